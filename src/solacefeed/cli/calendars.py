"""``calendars``: when each was read, how many events it told of, and what of it was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.events.calendars import asked_next
from solacefeed.models.events import Calendar
from solacefeed.store import calendars as calendar_store
from solacefeed.store.calendars import CalendarNotes

#: In a table; ``--json`` has all that are kept.
_MOST_SHOWN = 5


@click.group
def calendars() -> None:
    """Look at calendars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRow:
    """How a calendar stands."""

    name: str
    #: Without its query, which in a private calendar is its key; ``None`` where the config has it no more.
    address: str | None
    asked_at: datetime | None
    #: When its whole answer was last read.
    read_at: datetime | None
    #: How many events that told of.
    events: int | None
    #: What of it was left out, and why; the first of it, and all in a line.
    left_out: tuple[str, ...]
    note: str | None
    #: Why it could not be read the last time.
    trouble: str | None
    #: From when on a poll asks it; ``None`` where the next one does.
    asked_next: datetime | None
    #: Whether it has asked for rest until then.
    rests: bool


@calendars.command("list")
@common
@pass_options
def list_calendars(options: Options) -> None:
    """Every calendar: when it was read, how many events it has, what was left out and why, and when it is asked next.

    Also those that the config has no more, until the next poll takes back what they told.
    """
    app, now = options.app, options.moment
    wanted = {table.name: table.calendar() for table in app.config.calendars}
    with app.looking() as store, store.read() as connection:
        known = calendar_store.notes(connection)
    rows = [_row(name, wanted.get(name), known.get(name), now) for name in dict.fromkeys([*wanted, *known])]
    options.console.tell(rows)
    options.console.table(
        ("name", "read", "events", "asked next", "left out"),
        ((row.name, row.read_at or "not yet", row.events, _next(row), _left_out(row)) for row in rows),
        "no calendars: the config has no [[calendars]]",
    )


def _row(name: str, calendar: Calendar | None, notes: CalendarNotes | None, now: datetime) -> CalendarRow:
    # What was read at another address begins anew.
    known = None if notes and calendar and notes.address != calendar.address else notes
    return CalendarRow(
        name=name,
        address=calendar.address.partition("?")[0] if calendar else None,
        asked_at=known.asked_at if known else None,
        read_at=known.read_at if known else None,
        events=known.events if known else None,
        left_out=tuple(known.left_out or ()) if known else (),
        note=known.note if known else None,
        trouble=known.trouble if known else None,
        asked_next=asked_next(known, calendar, now) if calendar else None,
        rests=bool(known and known.not_before and known.not_before > now),
    )


def _next(row: CalendarRow) -> object:
    if row.address is None:
        return "never: the config has it no more"
    return row.asked_next or "at the next poll"


def _left_out(row: CalendarRow) -> str:
    """A line for each, and last how many there are."""
    lines = [f"could not be read: {row.trouble}"] if row.trouble else []
    lines += row.left_out[:_MOST_SHOWN]
    if row.note and (not row.left_out or len(row.left_out) > _MOST_SHOWN or "nearest" in row.note):
        lines.append(row.note)
    return "\n".join(lines)
