"""What a publish leaves in the store of what it was made of, by which the next one knows what has changed since."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.publishing import fence, former_event_marks
from solacefeed.deeds.publishing.plan import EMPTY_SINCE, Plan, PublishSettings
from solacefeed.models.events import Event
from solacefeed.models.posts import Category
from solacefeed.stable import stable_hash
from solacefeed.store import changes, events, facts
from solacefeed.store.events import KeptEvent

#: The facts that the last publish left.
MADE_WITH = "feeds_made_with"
FOLDER = "feeds_folder"
CATEGORIES = "feeds_made_of_categories"
EVENTS_TOLD = "feeds_made_of_events"
BOOKINGS_TOLD = "feeds_made_of_bookings"


def remember(connection: sa.Connection, plan: Plan, settings: PublishSettings) -> None:
    """Writes down what was published with, so that the next publish knows what has changed since."""
    for name, value in _marks(plan, settings).items():
        facts.put(connection, name, value)
    events.note_looks(connection, plan.event_looks)
    changes.done(connection, plan.pending)


def is_remembered(connection: sa.Connection, plan: Plan, settings: PublishSettings) -> bool:
    """Whether the store says already all that ``remember`` would write down."""
    if plan.pending or plan.event_looks:
        return False
    marks = _marks(plan, settings)
    return facts.several(connection, *marks) == marks


def _marks(plan: Plan, settings: PublishSettings) -> dict[str, str]:
    return {
        MADE_WITH: settings.made_with.written(),
        FOLDER: os.path.realpath(settings.folder),
        EVENTS_TOLD: f"{plan.events_changed_at.isoformat()} {_told(plan.events)}",
        BOOKINGS_TOLD: bookings(plan.events),
        CATEGORIES: json.dumps([asdict(category) for category in plan.categories]),
        **fence.mark(plan.overtaken),
    }


def folder_is_another(connection: sa.Connection, settings: PublishSettings) -> bool:
    """Whether documents were published elsewhere the last time: a folder that was left may hold old ones."""
    return facts.read(connection, FOLDER) != os.path.realpath(settings.folder)


def are_as_told(told: Sequence[Event], mark: str) -> bool:
    """Whether *mark* is that of these events, of whichever release."""
    return mark == _told(told) or mark == former_event_marks.of_events(told)


def _told(told: Sequence[Event]) -> str:
    """Changes with whatever is published of events, but for ``bookings``."""
    return stable_hash([replace(event, book_by=None, booking_over=False) for event in told])


def bookings(told: Sequence[Event]) -> str:
    """Changes with what is published of booking; empty where nothing is."""
    said = [(event.id, event.book_by, event.booking_over) for event in told if event.book_by]
    return stable_hash(said) if said else ""


def changed_looks(connection: sa.Connection) -> dict[str, str]:
    """The events that a page of an edition would show otherwise than the last one did, with their marks."""
    return {name: look for name, event in events.kept(connection).items() if (look := _look(event)) != event.shown_as}


def _look(event: KeptEvent) -> str:
    """Changes with whatever an edition's page shows of an event."""
    row = event.row
    told = {name: value for name, value in row.told.items() if name != "certainty"}
    return stable_hash((told, row.over, row.shown, bool(row.booking_over), event.dismissed))


def events_before(connection: sa.Connection) -> tuple[str, datetime]:
    """The mark of the events as they were last published, and since when they have been so."""
    at, _, told = (facts.read(connection, EVENTS_TOLD) or f"{EMPTY_SINCE.isoformat()} ").partition(" ")
    return told, datetime.fromisoformat(at)


def categories_before(connection: sa.Connection) -> list[Category]:
    """What a newer release wrote is none of them: then all is made anew, as for a list that has changed."""
    try:
        return [Category(**row) for row in json.loads(facts.read(connection, CATEGORIES) or "[]")]
    except (TypeError, ValueError):
        return []
