"""What the operator sees and does when our clock could not be believed (``deeds.clock``).

What a clock has left ahead of now, by an older release or a smaller leap, ``look`` finds and ``repair`` mends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.clock import EARLIEST, be_sure, believe, doubt, is_live, last_sure
from solacefeed.deeds.editions.decisions import cancel_within
from solacefeed.errors import UsageError
from solacefeed.ports import Clock
from solacefeed.store import facts, instants, pace
from solacefeed.store.database import Store
from solacefeed.store.instants import Ahead
from solacefeed.words import counted, instant_words

#: When ``note`` last looked, and what it found: ["2026-11-23T08:00:00+00:00", [["deliveries.changed_at", 3, ...]]].
_NOTED = "clock_ahead"
#: It is done once a day.
_NOTED_FOR = timedelta(hours=26)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """How a live store and its clock stand."""

    #: Why the clock is not believed; ``None`` when it is.
    doubt: str | None = None
    #: What lies ahead of now and should not.
    ahead: tuple[Ahead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    #: Instants brought back.
    instants: int
    #: The ids of editions that closed ahead of now, and are cancelled.
    cancelled: tuple[str, ...]

    def line(self) -> str:
        words = f"clock: {counted(self.instants, 'instant')} brought back"
        return words + (f", cancelled {', '.join(self.cancelled)}" if self.cancelled else "")


def look(store: Store, now: datetime) -> ClockState:
    """Whether *now* is believed, and if so what lies ahead of it: every table is read. Changes nothing."""
    return _look(store, now, instants.ahead)


def glance(store: Store, now: datetime) -> ClockState:
    """The same, but of large tables what ``note`` has found within a day, where it has."""
    return _look(store, now, _ahead_as_noted)


def note(store: Store, now: datetime) -> None:
    """Writes down what lies ahead in large tables, so that nobody reads them all day."""
    with store.read() as connection:
        if not is_live(connection) or doubt(now, last_sure(connection)):
            return
        ahead = instants.ahead_in_large(connection, _by_either_clock(connection, now))
    found = [(each.kept, each.count, each.furthest.isoformat()) for each in ahead]
    with store.write() as connection:
        facts.put(connection, _NOTED, json.dumps([now.isoformat(), found]))


def _look(store: Store, now: datetime, ahead: Callable[[sa.Connection, datetime], list[Ahead]]) -> ClockState:
    with store.read() as connection:
        if not is_live(connection):
            return ClockState()
        if why := doubt(now, last_sure(connection)):
            return ClockState(doubt=why)
        return ClockState(ahead=tuple(ahead(connection, _by_either_clock(connection, now))))


def _by_either_clock(connection: sa.Connection, now: datetime) -> datetime:
    """The later of ours and the database's, by which mail goes: what neither has come to lies ahead."""
    return now + max(pace.ahead(connection, now), timedelta())


def _ahead_as_noted(connection: sa.Connection, now: datetime) -> list[Ahead]:
    noted = facts.read(connection, _NOTED)
    at, found = json.loads(noted) if noted else (None, ())
    if at is None or not timedelta(0) <= now - datetime.fromisoformat(at) < _NOTED_FOR:
        return instants.ahead(connection, now)
    large = (Ahead(kept=kept, count=count, furthest=datetime.fromisoformat(last)) for kept, count, last in found)
    still = [each for each in large if each.furthest > now + instants.SLACK]
    return [*instants.ahead_in_small(connection, now), *still]


def confirm(store: Store, clock: Clock) -> None:
    """Takes the operator's word that the clock is right; raises ``UsageError`` where that can't be."""
    now = clock()
    if now < EARLIEST:
        raise UsageError(f"the clock says {instant_words(now)}, before this program was made: that can't be right")
    be_sure(store, now)


def repair(store: Store, clock: Clock) -> Repaired:
    """Brings back what lies ahead of now, and cancels editions that close ahead of it.

    Raises ``ClockDoubt`` while the clock itself is in doubt: all would be measured by it.
    """
    believe(store, clock)
    with store.write() as connection:
        now = _by_either_clock(connection, clock())
        cancelled = instants.editions_ahead(connection, now)
        for edition_id in cancelled:
            # Their closings are yet to come, and are to have their editions then.
            cancel_within(connection, edition_id, at=now, make_anew=True, even_done=True)
        facts.put(connection, _NOTED, json.dumps([now.isoformat(), []]))
        return Repaired(instants=instants.bring_back(connection, now), cancelled=tuple(cancelled))
