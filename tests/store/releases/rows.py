"""The rows of a store as a small file, and back into a database at the revision that they were taken from."""

from __future__ import annotations

import base64
import json
import lzma
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from solacefeed.store import migrations
from solacefeed.store.database import Store
from solacefeed.store.schema import metadata

#: A folder for each release, by the revision of its stores.
HERE = Path(__file__).parent
STORE = "store.json.xz"


def keep(store: Store, folder: Path, *, instead: Mapping[str, str]) -> None:
    """Writes every row of *store* into a file in *folder*, with other words *instead* of this machine's."""
    with store.read() as connection:
        every = {
            table.name: [_plain(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    told = {"revision": migrations.current(store.engine), "tables": every}
    written = json.dumps(told, ensure_ascii=False)
    for word, other in instead.items():
        written = written.replace(word, other)
    (folder / STORE).write_bytes(lzma.compress(written.encode(), preset=9))


def kept() -> list[str]:
    """The revisions of which a store is kept, the newest last."""
    return sorted(path.name for path in HERE.iterdir() if path.name.isdigit())


def tables(revision: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of the store that is kept of *revision*, by their tables."""
    return {name: list(map(_typed, found)) for name, found in told_in(HERE / revision / STORE)["tables"].items()}


def load(revision: str, url: str, *, to: str | None = None) -> None:
    """Makes the empty database at *url* what the kept store was, at its own revision, or brought *to* another one.

    Of an earlier one it has what there was a place for.
    """
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection, connection.begin():
            migrate(connection, min(revision, to or revision))
            _fill(connection, tables(revision))
            if to is not None and to > revision:
                migrate(connection, to)
    finally:
        engine.dispose()


def _fill(connection: sa.Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    there = sa.MetaData()
    there.reflect(connection)
    _take_null_for_none(there)
    for table in there.sorted_tables:
        if found := rows.get(table.name):
            connection.execute(table.insert(), [{name: row[name] for name in row if name in table.c} for row in found])
            _count_on(connection, table)


def told_in(path: Path) -> dict[str, Any]:
    """The revision and the rows that the file *path* holds, as JSON."""
    told: dict[str, Any] = json.loads(lzma.decompress(path.read_bytes()))
    return told


def migrate(connection: sa.Connection, revision: str) -> None:
    """Up to that revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _take_null_for_none(there: sa.MetaData) -> None:
    """Else None would become JSON's own null."""
    for column in (column for table in there.tables.values() for column in table.columns):
        if isinstance(column.type, sa.JSON):
            column.type = sa.JSON(none_as_null=True)


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL's numbers go on behind those that were given here; SQLite's do by themselves."""
    if connection.dialect.name == "postgresql" and table.autoincrement_column is not None:
        name = table.autoincrement_column.name
        sequence = sa.func.pg_get_serial_sequence(table.name, name)
        if connection.execute(sa.select(sequence)).scalar():
            highest = sa.select(sa.func.max(table.c[name])).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, highest)))


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    return {name: _told(value) for name, value in row._mapping.items()}


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return value


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(told) for name, told in row.items()}


def _value(told: Any) -> Any:
    if isinstance(told, dict) and told.keys() == {"instant"}:
        return datetime.fromisoformat(told["instant"]).astimezone(UTC)
    if isinstance(told, dict) and told.keys() == {"bytes"}:
        return base64.b64decode(told["bytes"])
    return told
