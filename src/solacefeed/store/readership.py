"""Who follows what is published: numbers by day and document, and while a day is open the sketches behind them.

    open:    the day has a salt; sketches are merged, so that what is counted twice counts once
    closed:  salt and sketches are gone; of two counts the greater one stays

A day is closed ``OPEN_FOR`` after its end. Who counts one later has a salt of their own, which is kept nowhere.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from solacefeed.readership.counting import DocumentCounts, raise_stated
from solacefeed.readership.distinct import Distinct
from solacefeed.store.database import Store, among, insert_new, upsert
from solacefeed.store.schema import document_readers, document_subscribers, reader_salts

#: After its end a day stays open for so long: a log that is read each morning has all of it by then.
OPEN_FOR = timedelta(days=1)
#: For so long numbers are kept.
KEPT = timedelta(days=3 * 366)

_SALT_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReadership:
    """How many followed a document on a day."""

    day: date
    path: str
    #: Single readers, estimated.
    readers: int = 0
    #: What aggregators state, by their names.
    stated: Mapping[str, int] = field(default_factory=dict)

    @property
    def subscribers(self) -> int:
        return sum(self.stated.values())


def is_open(day: date, now: datetime) -> bool:
    """Whether *day* is counted still; one that has not begun is not."""
    begins = datetime.combine(day, time(), UTC)
    return begins <= now < begins + timedelta(days=1) + OPEN_FOR


def new_salt() -> bytes:
    return secrets.token_bytes(_SALT_BYTES)


def settled_salt(store: Store, day: date) -> bytes:
    """The salt of an open day, drawn where it has none; of sketches whose salt is lost the numbers stay."""
    with store.read() as connection:
        held = _salt(connection, day)
    if held is not None:
        return held
    drawn, table = new_salt(), document_readers
    with store.write() as connection:
        if not insert_new(connection, reader_salts, {"day": day.isoformat(), "salt": drawn}, key=("day",)):
            return _salt(connection, day) or drawn
        lost = table.c.sketch.is_not(None) & (table.c.day == day.isoformat())
        connection.execute(table.update().where(lost).values(sketch=None))
    return drawn


def _salt(connection: sa.Connection, day: date) -> bytes | None:
    return connection.execute(sa.select(reader_salts.c.salt).where(reader_salts.c.day == day.isoformat())).scalar()


def keep(connection: sa.Connection, day: date, counts: Mapping[str, DocumentCounts], *, salt: bytes) -> int:
    """Adds what was counted of a day with *salt*, by path; how many documents have other numbers now."""
    paths = sorted(counts)
    is_mergeable = _salt(connection, day) == salt
    changed = _keep_readers(connection, day, {path: counts[path].readers for path in paths}, is_mergeable=is_mergeable)
    return len(changed | _keep_stated(connection, day, {path: counts[path].stated for path in paths}))


def _keep_readers(
    connection: sa.Connection, day: date, sketches: Mapping[str, Distinct], *, is_mergeable: bool
) -> set[str]:
    table = document_readers
    held: dict[str, tuple[int, bytes | None]] = {}
    for those in among(connection, table.c.path, sketches):
        for row in connection.execute(table.select().where(table.c.day == day.isoformat(), those)):
            held[row.path] = (row.readers, row.sketch)
    rows: list[dict[str, Any]] = []
    for path, counted in sketches.items():
        readers, packed = held.get(path, (0, None))
        sketch = Distinct.of(packed) if packed and is_mergeable else Distinct()
        is_new = sketch.merge(counted)
        estimate = max(readers, sketch.estimate())
        # A kept sketch says more than its number: that may stay as it is while it grows.
        if estimate != readers or (is_mergeable and is_new):
            kept = sketch.packed() if is_mergeable else None
            rows.append({"day": day.isoformat(), "path": path, "readers": estimate, "sketch": kept})
    upsert(connection, table, rows, key=("day", "path"))
    return {str(row["path"]) for row in rows}


def _keep_stated(connection: sa.Connection, day: date, told: Mapping[str, Mapping[tuple[str, str], int]]) -> set[str]:
    table = document_subscribers
    held: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for those in among(connection, table.c.path, [path for path in told if told[path]]):
        for row in connection.execute(table.select().where(table.c.day == day.isoformat(), those)):
            held[row.path][row.aggregator, row.feed] = row.subscribers
    changed = {path for path in told if told[path] and raise_stated(held[path], told[path])}
    rows = [
        {"day": day.isoformat(), "path": path, "aggregator": name, "feed": feed, "subscribers": number}
        for path in sorted(changed)
        for (name, feed), number in sorted(held[path].items())
    ]
    upsert(connection, table, rows, key=("day", "path", "aggregator", "feed"))
    return changed


def close(store: Store, now: datetime) -> bool:
    """Throws away salts and sketches of days that are closed, and numbers of long ago; whether there were any."""
    today = now.astimezone(UTC).date()
    first_open = next(day for day in (today - timedelta(days=2), today - timedelta(days=1), today) if is_open(day, now))
    # A clock that was ahead may have left salts for days to come.
    salts = (reader_salts.c.day < first_open.isoformat()) | (reader_salts.c.day > today.isoformat())
    sketches = document_readers.c.sketch.is_not(None) & (document_readers.c.day < first_open.isoformat())
    before = (today - KEPT).isoformat()
    old = [table.c.day < before for table in (document_readers, document_subscribers)]
    with store.read() as connection:
        if not any(connection.execute(sa.select(sa.exists().where(each))).scalar() for each in (salts, sketches, *old)):
            return False
    with store.write() as connection:
        connection.execute(reader_salts.delete().where(salts))
        connection.execute(document_readers.update().where(sketches).values(sketch=None))
        for table in (document_readers, document_subscribers):
            connection.execute(table.delete().where(table.c.day < before))
    return True


def since(connection: sa.Connection, first: date) -> list[DocumentReadership]:
    """Of each day from *first* on and each document, by day and path."""
    readers, stated = document_readers.c, document_subscribers.c
    single: dict[tuple[str, str], int] = {}
    asked = sa.select(readers.day, readers.path, readers.readers).where(readers.day >= first.isoformat())
    for row in connection.execute(asked):
        single[row.day, row.path] = row.readers
    by_name: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    key = (stated.day, stated.path, stated.aggregator)
    summed = sa.select(*key, sa.func.sum(stated.subscribers)).where(stated.day >= first.isoformat()).group_by(*key)
    for day, path, name, subscribers in connection.execute(summed):
        by_name[day, path][name] = int(subscribers)
    return [
        DocumentReadership(
            day=date.fromisoformat(day),
            path=path,
            readers=single.get((day, path), 0),
            stated=dict(sorted(by_name.get((day, path), {}).items())),
        )
        for day, path in sorted(single.keys() | by_name.keys())
    ]
