"""Asks calendars, each on its own schedule: one that can't be read costs neither the blog nor another calendar."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.halving import MOST_LEFT_OUT, fitting
from solacefeed.deeds.resting import rests
from solacefeed.errors import BrokenOff, CutOff, Refused, in_a_line, is_a_bug
from solacefeed.models.events import Calendar
from solacefeed.models.sightings import Sighting
from solacefeed.ports import Clock
from solacefeed.sources.calendar_answers import CalendarAnswer, Validators
from solacefeed.store import calendars, events
from solacefeed.store.calendars import CalendarNotes
from solacefeed.store.database import Store
from solacefeed.store.savepoints import Unfit, attempt
from solacefeed.text.characters import one_line

_log = logging.getLogger(__name__)

#: Letters of what is noted of an event that is left out.
_NOTED = 200

#: An unchanged calendar is read anew after so long all the same: what recurs moves into sight.
READ_ANEW = timedelta(days=7)
_NEVER = datetime.min.replace(tzinfo=UTC)

Ask = Callable[[Calendar, Validators, datetime], CalendarAnswer | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarsResult:
    asked: int
    #: Events new, changed or taken back.
    changed: int
    #: Why calendars could not be read, a line each.
    troubles: tuple[str, ...]


def ask_calendars(
    store: Store,
    clock: Clock,
    wanted: Sequence[Calendar],
    ask: Ask,
    zone: tzinfo,
    *,
    on_batch: Callable[[int], None],
    at_once: bool = False,
) -> CalendarsResult:
    """Takes over what the *wanted* calendars that are due say, first those that were asked longest ago.

    *on_batch* is told before each, and may end it all by ``BrokenOff``, and what is left of it by ``CutOff``.

    Events known from one that can't be read stay as they were; what a calendar told that is wanted no more goes. Where
    somebody wants them asked *at_once* all are due, but those that were asked too often.
    """
    now = clock()
    _forget_others(store, wanted, now, zone)
    asked = changed = 0
    troubles: list[str] = []
    notes = [(calendar, _known(store, calendar)) for calendar in wanted]
    due = [(calendar, known) for calendar, known in notes if _is_due(known, calendar, now, at_once=at_once)]
    # Else one that takes all the time there is would be first again and again.
    for calendar, known in sorted(due, key=lambda one: one[1].asked_at if one[1] else _NEVER):
        try:
            on_batch(0)
        except CutOff as cut:
            troubles.append(f"calendars: {cut}")
            break
        asked += 1
        try:
            changed += _keep(store, calendar, known, ask(calendar, _validators(known, now), now), now, zone)
        except BrokenOff:
            raise
        except Exception as error:
            _log.info("calendar %s could not be read", calendar.name, exc_info=is_a_bug(error))
            troubles.append(f"calendar {calendar.name}: {in_a_line(error)}")
            _keep_trouble(store, calendar, known, error, now)
    return CalendarsResult(asked=asked, changed=changed, troubles=tuple(troubles))


def _known(store: Store, calendar: Calendar) -> CalendarNotes | None:
    """What is known of *calendar* at this address."""
    with store.read() as connection:
        known = calendars.notes(connection).get(calendar.name)
    return known if known and known.address == calendar.address else None


def _is_due(known: CalendarNotes | None, calendar: Calendar, now: datetime, *, at_once: bool) -> bool:
    if known is None:
        return True
    if rests(known.not_before, known.rests_for, now, at_once=at_once):
        return False
    if at_once:
        return True
    # A clock that was set back must not let it rest for years.
    return not known.asked_at <= now < known.asked_at + calendar.every


def asked_next(known: CalendarNotes | None, calendar: Calendar, now: datetime) -> datetime | None:
    """From when on a poll asks *calendar*; ``None`` where the next one does."""
    if known is None or _is_due(known, calendar, now, at_once=False):
        return None
    rested = known.not_before if rests(known.not_before, known.rests_for, now, at_once=False) else None
    return max(filter(None, (rested, known.asked_at + calendar.every)))


def _validators(known: CalendarNotes | None, now: datetime) -> Validators:
    if known is None or known.read_at is None or not known.read_at <= now < known.read_at + READ_ANEW:
        return Validators()
    return Validators(etag=known.etag, last_modified=known.last_modified)


def _keep(
    store: Store,
    calendar: Calendar,
    known: CalendarNotes | None,
    answer: CalendarAnswer | None,
    now: datetime,
    zone: tzinfo,
) -> int:
    fresh = replace(_noted(calendar, known, now), not_before=None, rests_for=None, trouble=None)
    changed = 0
    with store.write() as connection:
        if answer is not None:
            changed, unfit = _take(connection, _source(calendar.name), answer.sightings, now, zone)
            fresh = replace(
                fresh,
                etag=answer.validators.etag,
                last_modified=answer.validators.last_modified,
                read_at=now,
                note="; ".join(filter(None, [answer.note, *unfit])) or None,
                left_out=[*unfit, *answer.left_out] or None,
                events=len(answer.sightings) - len(unfit),
            )
        calendars.remember(connection, fresh)
    return changed


def _take(
    connection: sa.Connection, source: str, answer: Sequence[Sighting], now: datetime, zone: tzinfo
) -> tuple[int, list[str]]:
    """Takes over what the calendar tells, but for what no store can hold; how much that changed, and what was not."""

    def take(some: Sequence[Sighting]) -> int:
        return events.take_answer(connection, source, some, at=now, zone=zone)

    def try_it(some: Sequence[Sighting]) -> None:
        with attempt(connection, only_try=True):
            take(some)

    try:
        with attempt(connection):
            return take(answer), []
    except Unfit:
        fit, left_out = fitting(answer, try_it, most=MOST_LEFT_OUT)
        if not fit:
            raise
        return take(fit), [one_line(f"event {one.uid} left out: {error}")[:_NOTED] for one, error in left_out]


def _keep_trouble(
    store: Store, calendar: Calendar, known: CalendarNotes | None, error: Exception, now: datetime
) -> None:
    fresh = replace(_noted(calendar, known, now), not_before=None, rests_for=None, trouble=in_a_line(error))
    if isinstance(error, Refused) and error.retry_after:
        fresh = replace(fresh, not_before=now + error.retry_after, rests_for=error.status)
    with store.write() as connection:
        calendars.remember(connection, fresh)


def _noted(calendar: Calendar, known: CalendarNotes | None, now: datetime) -> CalendarNotes:
    fresh = CalendarNotes(name=calendar.name, address=calendar.address, asked_at=now)
    return replace(known, asked_at=now) if known else fresh


def _forget_others(store: Store, wanted: Sequence[Calendar], now: datetime, zone: tzinfo) -> None:
    """Takes back what calendars told that the config has no more."""
    names = {calendar.name for calendar in wanted}
    with store.read() as connection:
        stale = calendars.notes(connection).keys() - names
    if stale:
        with store.write() as connection:
            for name in sorted(stale):
                events.take_answer(connection, _source(name), (), at=now, zone=zone)
            calendars.forget(connection, stale)


def _source(name: str) -> str:
    return f"calendar {name}"
