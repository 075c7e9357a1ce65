"""Records: each execution of a deed that had news or went wrong; and heartbeats, of looks that found nothing to do.

begin --> finish      what a deed did; a record without an end is of one that works, or was killed
fail                  the same failure again counts up on its record
beat                  a look without news: one row a deed, which counts as a good look
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from solacefeed.models.records import Record
from solacefeed.store.database import upsert
from solacefeed.store.schema import heartbeats, records
from solacefeed.words import without_instants

#: Of each deed, as many are kept.
KEPT = 500

#: Of a result without words of its own.
NOTHING: Final[Mapping[str, str]] = {}

# Asked by each look: built once.
_BEGIN = records.insert().returning(records.c.id)
_FINISH = records.update().where(records.c.id == sa.bindparam("the_record"))
_NEWEST = records.select().where(records.c.deed == sa.bindparam("of_deed")).order_by(records.c.id.desc()).limit(1)
_HEARTBEAT = heartbeats.select().where(heartbeats.c.deed == sa.bindparam("of_deed"))
_OLDEST_KEPT = (
    sa.select(records.c.id)
    .where(records.c.deed == sa.bindparam("of_deed"))
    .order_by(records.c.id.desc())
    .offset(KEPT - 1)
    .limit(1)
    .scalar_subquery()
)
_FORGET_OLD = records.delete().where(records.c.deed == sa.bindparam("of_deed"), records.c.id < _OLDEST_KEPT)


def begin(connection: sa.Connection, deed: str, *, at: datetime) -> int:
    """Begins a record, and returns its number."""
    values = {"deed": deed, "started_at": at, "summary": "", "counts": {}}
    number: int = connection.execute(_BEGIN, values).scalar_one()
    forget_old(connection, deed)
    return number


def finish(
    connection: sa.Connection,
    number: int,
    *,
    at: datetime,
    ok: bool,
    summary: str,
    counts: Mapping[str, int],
    said: Mapping[str, str] = NOTHING,
) -> None:
    values = {"ended_at": at, "ok": ok, "summary": summary, "counts": dict(counts), "said": dict(said)}
    connection.execute(_FINISH, {"the_record": number, **values})


def fail(
    connection: sa.Connection,
    deed: str,
    number: int | None,
    *,
    started_at: datetime,
    at: datetime,
    summary: str,
    said: Mapping[str, str] = NOTHING,
) -> None:
    """Writes down that *deed*, of which the record *number* was begun, if one was, did not work.

    What failed in the same way the last time counts up there.
    """
    before = _newest(connection, deed, but=number)
    if before is not None and _is_same_again(connection, before, summary):
        _drop(connection, number)
        values = {"times": records.c.times + 1, "ended_at": at, "summary": summary, "said": dict(said)}
        connection.execute(records.update().where(records.c.id == before.id).values(**values))
        return
    number = begin(connection, deed, at=started_at) if number is None else number
    finish(connection, number, at=at, ok=False, summary=summary, counts={}, said=said)


def beat(
    connection: sa.Connection,
    deed: str,
    number: int | None,
    *,
    at: datetime,
    summary: str,
    counts: Mapping[str, int],
    said: Mapping[str, str] = NOTHING,
) -> None:
    """Writes down a look of *deed* that had no news; a record *number* that was begun for it goes again."""
    _drop(connection, number)
    newest, before = _newest(connection, deed), _heartbeat(connection, deed)
    follows = newest.id if newest is not None else 0
    looks = before.looks + 1 if before is not None and before.follows == follows else 1
    told = {"summary": summary, "counts": dict(counts), "said": dict(said)}
    row = {"deed": deed, "at": at, "looks": looks, "follows": follows, **told}
    upsert(connection, heartbeats, [row], key=("deed",))


def latest(connection: sa.Connection, deed: str) -> Record | None:
    """How *deed* was done last, be it a look without news."""
    newest, heartbeat = _newest(connection, deed), _heartbeat(connection, deed)
    if heartbeat is not None and (newest is None or newest.id <= heartbeat.follows):
        return _of_heartbeat(heartbeat)
    return _record(newest) if newest is not None else None


def latest_good(connection: sa.Connection, deed: str) -> Record | None:
    """How *deed* worked last, be it a look without news."""
    query = records.select().where(records.c.deed == deed, records.c.ok).order_by(records.c.id.desc()).limit(1)
    newest, heartbeat = connection.execute(query).one_or_none(), _heartbeat(connection, deed)
    if heartbeat is not None and (newest is None or newest.id <= heartbeat.follows):
        return _of_heartbeat(heartbeat)
    return _record(newest) if newest is not None else None


def newest(connection: sa.Connection, deed: str, *, limit: int) -> list[Record]:
    """The newest *limit* records of *deed*, newest first."""
    query = records.select().where(records.c.deed == deed).order_by(records.c.id.desc()).limit(limit)
    return [_record(row) for row in connection.execute(query)]


def news_since_failing(connection: sa.Connection, deed: str) -> datetime | None:
    """When *deed* first had news again after it last failed; ``None`` where it has had none, or never failed."""
    first = connection.execute(_news_since_failing(), {"of_deed": deed}).one_or_none()
    return None if first is None else _record(first).ended_at


@cache
def _news_since_failing() -> sa.Select[Any]:
    its = records.c.deed == sa.bindparam("of_deed")
    failed = sa.select(sa.func.max(records.c.id)).where(its, records.c.ok.is_(False))
    since = records.select().where(its, records.c.ok, records.c.id > failed.scalar_subquery())
    return since.order_by(records.c.id).limit(1)


def latest_with_news(connection: sa.Connection, deed: str) -> Record | None:
    """How *deed* was done last when there was something to do."""
    newest = _newest(connection, deed)
    return _record(newest) if newest is not None else None


def newest_good(connection: sa.Connection) -> datetime | None:
    """When a deed that worked last ended, be it a look without news."""
    ended = connection.execute(sa.select(sa.func.max(records.c.ended_at)).where(records.c.ok)).scalar()
    looked = connection.execute(sa.select(sa.func.max(heartbeats.c.at))).scalar()
    return max((at for at in (ended, looked) if at is not None), default=None)


def forget_old(connection: sa.Connection, deed: str) -> None:
    """Keeps the newest ``KEPT`` records of *deed*."""
    connection.execute(_FORGET_OLD, {"of_deed": deed})


def _newest(connection: sa.Connection, deed: str, *, but: int | None = None) -> sa.Row[Any] | None:
    query = _NEWEST if but is None else _NEWEST.where(records.c.id != but)
    return connection.execute(query, {"of_deed": deed}).one_or_none()


def _heartbeat(connection: sa.Connection, deed: str) -> sa.Row[Any] | None:
    return connection.execute(_HEARTBEAT, {"of_deed": deed}).one_or_none()


def _is_same_again(connection: sa.Connection, before: sa.Row[Any], summary: str) -> bool:
    """Whether nothing good lies between that record and a failure that says *summary*, whatever instants that tells."""
    heartbeat = _heartbeat(connection, before.deed)
    worked_since = heartbeat is not None and before.id <= heartbeat.follows
    return before.ok is False and without_instants(before.summary) == without_instants(summary) and not worked_since


def _drop(connection: sa.Connection, number: int | None) -> None:
    if number is not None:
        connection.execute(records.delete().where(records.c.id == number))


def _record(row: sa.Row[Any]) -> Record:
    return Record(
        id=row.id,
        deed=row.deed,
        started_at=row.started_at,
        ended_at=row.ended_at,
        ok=row.ok,
        summary=row.summary,
        counts=row.counts,
        said=row.said,
        times=row.times,
    )


def _of_heartbeat(row: sa.Row[Any]) -> Record:
    return Record(
        id=row.follows,
        deed=row.deed,
        started_at=row.at,
        ended_at=row.at,
        ok=True,
        summary=row.summary,
        counts=row.counts,
        said=row.said,
        looks=row.looks,
    )
