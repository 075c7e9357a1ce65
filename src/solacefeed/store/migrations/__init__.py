"""Brings a store's schema from whatever it is to the newest; the home of Alembic.

Each file in ``versions/`` is named by its number and what it does, and only goes forward. A new store is made as
``schema`` has it, at once and without Alembic, which would stay in a daemon's memory for good with all that it loads; a
test holds what migrations make of an empty database to be the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from solacefeed.errors import MissingStore, OlderStore, StoreError
from solacefeed.store.schema import indexes_of, tables_for
from solacefeed.store.server_connections import lift_bounds

#: The newest revision; a test holds it to ``versions/``.
HEAD = "0046"
#: Of a database into which a store is being moved (``store.transfer``): no release takes it for one of its own.
MOVING = "moving"

_VERSIONS = Path(__file__).parent / "versions"
#: Alembic's own table, as it makes it.
_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def current(engine: sa.Engine) -> str | None:
    """The store's revision; ``None`` for an empty database."""
    with engine.connect() as connection:
        return _current(connection)


def _current(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(sa.select(_VERSION.c.version_num)).scalar()


def upgrade(engine: sa.Engine) -> None:
    """Raises ``StoreError`` for a store that a newer solacefeed has made."""
    if known(current(engine)) != HEAD:
        _run(engine)


def require_newest(engine: sa.Engine) -> None:
    """Raises ``MissingStore`` for an empty database, ``OlderStore`` for one that would first be brought up to date."""
    revision = known(current(engine))
    if revision is None:
        raise MissingStore("the store is empty yet: `solacefeed run` fills it")
    if revision != HEAD:
        raise OlderStore(
            f"the store is of an older release (revision {revision}, this one has {HEAD}): back it up, then "
            "`solacefeed run`; the next deed brings it up to date, and nothing brings it back",
            revision=revision,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMigration:
    revision: str
    #: What it does, in the words of its name.
    words: str


def waiting(revision: str) -> tuple[WaitingMigration, ...]:
    """Those that a store at *revision* has before it, in their order."""
    names = sorted(path.stem for path in _VERSIONS.glob("[0-9]*.py"))
    return tuple(
        WaitingMigration(revision=number, words=words.replace("_", " "))
        for number, _, words in (name.partition("_") for name in names)
        if number > revision
    )


def known(revision: str | None) -> str | None:
    """*revision* where this release knows it; raises ``StoreError`` for a newer one, and for no one of ours."""
    if revision is None or revision in {path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py")}:
        return revision
    if revision > HEAD and revision.isdigit():
        raise StoreError(
            f"the store is at revision {revision}, this solacefeed knows {HEAD}: install the newer one again"
        )
    if revision == MOVING:
        raise StoreError(
            "a store is being moved into this database: call `solacefeed migrate-store` again, which goes on where it "
            "was; until it is through, let [store] url name the one that it comes from"
        )
    raise StoreError(f"the store is at revision {revision}, which no solacefeed has: is it another program's database?")


def _run(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                # It takes as long as it takes, for whoever migrates and whoever waits for that.
                lift_bounds(connection, "lock_timeout", "idle_in_transaction_session_timeout")
                # Two processes that meet a new release together: one migrates, the other waits and finds it done.
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('solacefeed migrations'))"))
            if _current(connection) is None:
                _make(connection)
            else:
                migrate(connection)


def _make(connection: sa.Connection) -> None:
    for table in tables_for(connection):
        connection.execute(CreateTable(table))
        for index in indexes_of(table):
            connection.execute(CreateIndex(index))
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=HEAD))


def migrate(connection: sa.Connection) -> None:
    """Does all migrations that wait, in the transaction of *connection*."""
    # Imported only when there is something to do: it costs a command a fifth of a second.
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
