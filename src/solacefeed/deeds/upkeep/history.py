"""What a site has been through: counted once a day beside the mail's deeds, and read for the page of its operator.

    look --> is today counted? --> readers by state; of a store that never counted, the weeks before
                               --> the sums of editions that are over
                               --> who followed what is published, on days that are closed: numbers alone are left

Everything that is read of it is bounded: so many editions, so many weeks, so many polls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.upkeep import clock_check
from solacefeed.models.digests import CadenceKind
from solacefeed.models.editions import EditionState
from solacefeed.store import edition_sums, editions, held_bounces, reader_counts, readership, records
from solacefeed.store.database import Store

EDITIONS, WEEKS, POLLS = 26, 52, 52

#: Editions that are counted in one transaction's time.
_AT_ONCE = 5

#: Those of which copies were written.
_WITH_COPIES = (EditionState.DELIVERING, EditionState.PAUSED, EditionState.DONE, EditionState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionHistory:
    """What became of an edition."""

    id: str
    digest: str
    cadence: CadenceKind | None
    #: When it closed.
    ends: datetime
    state: EditionState
    #: By state.
    copies: Mapping[str, int]
    #: How many of its mails came back for good.
    hard: int

    @property
    def answered(self) -> int:
        """The copies of which a relay has said something."""
        return self.copies.get("accepted", 0) + self.copies.get("rejected", 0)

    @property
    def bounce_share(self) -> float | None:
        """Of these, those that came back; ``None`` where there are none."""
        return min(self.hard / self.answered, 1.0) if self.answered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersOfDay:
    """How many subscriptions stood on a day, by state."""

    day: date
    states: Mapping[str, int]

    @property
    def confirmed(self) -> int:
        return self.states.get("confirmed", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTime:
    """How long a poll took that had news, or did not work."""

    at: datetime
    #: ``None`` of one that was ended by force.
    seconds: float | None
    worked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHistory:
    """Each the oldest first."""

    editions: tuple[EditionHistory, ...] = ()
    readers: tuple[ReadersOfDay, ...] = ()
    polls: tuple[PollTime, ...] = ()


# -- written down ------------------------------------------------------------------------------------------


def note(store: Store, now: datetime) -> None:
    """Counts what is to be counted; where today was, it writes nothing."""
    today = now.astimezone(UTC).date()
    with store.read() as connection:
        counted = reader_counts.newest_day(connection)
        if counted is not None and counted >= today:
            return
        days = {today: reader_counts.now(connection)}
        if counted is None:
            days |= _weeks_before(connection, now)
    with store.write() as connection:
        for day, counts in sorted(days.items()):
            reader_counts.keep(connection, day, counts)
    _keep_sums(store, now)
    clock_check.note(store, now)
    readership.close(store, now)


def _weeks_before(connection: sa.Connection, now: datetime) -> dict[date, list[reader_counts.ReaderCount]]:
    ends = [now - timedelta(weeks=weeks) for weeks in range(WEEKS, 0, -1)]
    known = reader_counts.from_changes(connection, ends)
    return {end.astimezone(UTC).date(): counts for end, counts in known.items() if counts}


def _keep_sums(store: Store, now: datetime) -> None:
    """Of the newest editions; what is left out is counted on another day."""
    with store.read() as connection:
        limit = _AT_ONCE if edition_sums.is_any(connection) else EDITIONS
        at_rest = edition_sums.to_be_kept(connection, now=now, limit=limit)
    for edition_id in at_rest:
        # Each by itself, so that nobody waits for more than one count.
        with store.write() as connection:
            edition_sums.keep(connection, edition_id, now=now)


# -- read --------------------------------------------------------------------------------------------------


def history(store: Store, now: datetime) -> SiteHistory:
    with store.read() as connection:
        return SiteHistory(
            editions=_editions(connection),
            readers=_readers(connection, now),
            polls=_polls(connection),
        )


def _editions(connection: sa.Connection) -> tuple[EditionHistory, ...]:
    newest = editions.newest(connection, _WITH_COPIES, limit=EDITIONS)
    ids = [each.id for each in newest]
    copies, hard = edition_sums.tallies(connection, ids), held_bounces.hard_of(connection, ids)
    return tuple(
        EditionHistory(
            id=each.id,
            digest=each.digest,
            cadence=each.cadence,
            ends=each.period.ends,
            state=each.state,
            copies=copies[each.id],
            hard=hard.get(each.id, 0),
        )
        for each in reversed(newest)
    )


def _readers(connection: sa.Connection, now: datetime) -> tuple[ReadersOfDay, ...]:
    """The last day of each week that was counted; the newest week ends today."""
    today = now.astimezone(UTC).date()
    counted = reader_counts.by_day(connection, since=today - timedelta(weeks=WEEKS))
    last = {(today - day).days // 7: day for day in counted if day <= today}
    return tuple(ReadersOfDay(day=day, states=counted[day]) for _, day in sorted(last.items(), reverse=True))


def _polls(connection: sa.Connection) -> tuple[PollTime, ...]:
    newest = records.newest(connection, "poll", limit=POLLS)
    return tuple(
        PollTime(
            at=each.started_at,
            # Of a failure that came again the record spans all of its times.
            seconds=(each.ended_at - each.started_at).total_seconds() if each.ended_at and each.times == 1 else None,
            worked=each.ok is True,
        )
        for each in reversed(newest)
    )
