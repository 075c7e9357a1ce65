"""What the operator decides of events; the store's events follow at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa

from solacefeed.errors import UsageError
from solacefeed.events.decision import in_config
from solacefeed.events.permanence import nearest
from solacefeed.models.events import date_in_reach
from solacefeed.models.sightings import Decision, Edits, KnownEvent, Verdict
from solacefeed.ports import Clock
from solacefeed.store import events
from solacefeed.store.database import Store

#: Told of what was decided of an event before and is now, within the same transaction; gives what it wrote a number.
Note: TypeAlias = "Callable[[sa.Connection, Decision | None, Decision], int | None]"


def _nobody(_connection: sa.Connection, _before: Decision | None, _after: Decision) -> None:
    """Nothing is noted besides."""


def find(known: tuple[KnownEvent, ...], event_id: str) -> KnownEvent:
    """The event of this id, or of this id in the config; raises ``UsageError`` with the nearest ones."""
    for event in known:
        if event.id == event_id or (in_config(event) and event.sightings[0].source == event_id):
            return event
    near = nearest(event_id, [event.id for event in known])
    hint = f"; did you mean {' or '.join(near)}?" if near else ": `solacefeed events list`"
    raise UsageError(f"there is no event {event_id}{hint}")


def confirm(store: Store, clock: Clock, event: KnownEvent, note: Note = _nobody) -> int | None:
    """Returns the number of what *note* wrote, as the others do.

    Raises ``UsageError`` while its name or its days aren't known: nobody could go there.
    """
    _check(event)
    missing = [words for words, value in (("name", event.name), ("days", event.starts)) if value is None]
    if missing:
        raise UsageError(f"{event.id} has no {' and no '.join(missing)} yet: `solacefeed events edit {event.id}` first")
    return _decide(store, clock, event, note, verdict=Verdict.CONFIRMED)


def dismiss(store: Store, clock: Clock, event: KnownEvent, note: Note = _nobody) -> int | None:
    _check(event)
    return _decide(store, clock, event, note, verdict=Verdict.DISMISSED)


def edit(store: Store, clock: Clock, event: KnownEvent, edits: Edits, note: Note = _nobody) -> int | None:
    """Raises ``UsageError`` for days that can't be."""
    _check(event)
    _check_reach(edits)
    return _decide(store, clock, event, note, edits=_with_both_ends(event, edits))


def _check(event: KnownEvent) -> None:
    if in_config(event):
        raise UsageError(f"{event.id} stands in [[events]] of the config, which wins over all: change it there")


def _check_reach(edits: Edits) -> None:
    for moment in filter(None, (edits.starts, edits.ends)):
        try:
            date_in_reach(moment)
        except ValueError as error:
            raise UsageError(str(error)) from None


def _with_both_ends(event: KnownEvent, edits: Edits) -> Edits:
    """A new beginning alone keeps the event's length; a new end alone, its beginning."""
    starts, ends = edits.starts or event.starts, edits.ends or event.ends
    if edits.starts is None and edits.ends is None:
        return edits
    if starts is None or ends is None:
        starts = ends = starts or ends
    assert starts is not None
    assert ends is not None
    if edits.ends is None:
        ends = starts + _length(event) if isinstance(starts, datetime) == isinstance(event.starts, datetime) else starts
    if isinstance(starts, datetime) != isinstance(ends, datetime):
        raise UsageError("--starts and --ends must be of one kind: both days, or both instants")
    if ends < starts:
        raise UsageError("--ends must not be before --starts")
    return replace(edits, starts=starts, ends=ends)


def _length(event: KnownEvent) -> timedelta:
    starts, ends = event.starts, event.ends
    if starts is None or ends is None:
        return timedelta()
    assert isinstance(starts, date)
    return ends - starts


def _decide(
    store: Store,
    clock: Clock,
    event: KnownEvent,
    note: Note,
    *,
    verdict: Verdict | None = None,
    edits: Edits | None = None,
) -> int | None:
    """Adds to what the operator has said of *event*; raises ``UsageError`` where no refresh has met it yet."""
    with store.write() as connection:
        if event.id not in events.rows(connection):
            raise UsageError(f"{event.id} is not in the store yet: `solacefeed poll`")
        known = events.decisions(connection).get(event.id)
        before = known or Decision(decided_at=clock())
        after = Decision(
            verdict=verdict or before.verdict,
            edits=edits.over(before.edits) if edits else before.edits,
            decided_at=clock(),
        )
        events.decide(connection, event.id, after)
        return note(connection, known, after)
