"""What a monitor is told of a site in numbers: its status, and what is counted besides; of nobody, and bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.upkeep.status import DEEDS, SiteStatus
from solacefeed.deeds.upkeep.troubles import Judgement
from solacefeed.models.records import Record
from solacefeed.pace import ALL, Pace
from solacefeed.store import bounces, deferred_copies, editions, held_bounces, quarantine, reader_counts, records
from solacefeed.store.database import Store
from solacefeed.store.reader_counts import ReaderCount

#: So long bounces are counted.
BOUNCES_COUNTED = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMeasures:
    """All of it, at one instant."""

    status: SiteStatus
    judged: Judgement
    #: The kind of source that posts come from.
    source_kind: str
    #: In how many seconds each deed should have worked, else somebody should look.
    patience: Mapping[str, timedelta]
    #: How each deed was done last when there was something to do.
    news: Mapping[str, Record]
    #: By digest and state.
    editions: Mapping[tuple[str, str], int]
    readers: Sequence[ReaderCount]
    #: Copies that came back, of the editions that ``status`` shows, by their ids.
    hard: Mapping[str, int]
    #: By kind, of the last seven days.
    bounces: Mapping[str, int]
    #: Copies that are put off, by the name of their domain group; that of all others is empty.
    deferred: Mapping[str, int]
    #: By kind; ``post`` of what a poll could not read.
    quarantined: Mapping[str, int]
    #: Deeds of whose last failure not even a record could be written, by this process.
    unkept: frozenset[str]
    #: Bytes of the SQLite file; ``None`` on a server.
    store_bytes: int | None


def measures(
    store: Store,
    status: SiteStatus,
    judged: Judgement,
    *,
    source_kind: str,
    patience: Mapping[str, timedelta],
    pace: Pace,
) -> SiteMeasures:
    with store.read() as connection:
        news = {deed: record for deed in DEEDS if (record := records.latest_with_news(connection, deed))}
        return SiteMeasures(
            status=status,
            judged=judged,
            source_kind=source_kind,
            patience=patience,
            news=news,
            editions=editions.by_state(connection),
            readers=reader_counts.now(connection),
            hard=held_bounces.hard_of(connection, [each.id for each in status.editions]),
            bounces=bounces.by_kind(connection, since=_since(status.now)),
            deferred=_deferred(connection, status, pace),
            quarantined=Counter(str(each.kind or "post") for each in quarantine.everything(connection)),
            unkept=frozenset(store.unkept),
            store_bytes=_size(store),
        )


def _since(now: datetime) -> datetime:
    return now - BOUNCES_COUNTED


def _deferred(connection: sa.Connection, status: SiteStatus, pace: Pace) -> dict[str, int]:
    """Those that wait in lanes of another config count among all others until they are sorted."""
    names = {lane: scope for scope, lane in pace.lanes.items()}
    found = dict.fromkeys(pace.scopes, 0)
    for edition in status.editions:
        if edition.deferred:
            for lane, count in deferred_copies.by_lane(connection, edition.id).items():
                found[names.get(lane, ALL)] += count
    return found


def _size(store: Store) -> int | None:
    try:
        return store.file.stat().st_size if store.file else None
    except OSError:
        return None
