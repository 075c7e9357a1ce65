"""``events``: what is known of them, and what is understood of a paragraph."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import IO

import click

from solacefeed.cli.root import Wishes, common, pass_wishes
from solacefeed.deeds.almanac import identifier, understood
from solacefeed.errors import UsageError
from solacefeed.events.merging import KnownEvent
from solacefeed.events.understanding import Understanding
from solacefeed.words import span_in_words


def add_to(root: click.Group) -> None:
    root.add_command(events)


@click.group
def events() -> None:
    """Look at events, and try a wording."""


@events.command("list")
@click.option("--tentative", is_flag=True, help="Those of which too little is certain to promote them.")
@common
@pass_wishes
def list_events(wishes: Wishes, tentative: bool) -> None:
    """The events that are known, by their first day."""
    app = wishes.app
    with app.store(create=False) as store:
        zone = app.site(store).zone
        known = [event for event in app.known_events(store, zone) if not tentative or event.certainty == "tentative"]
    wishes.voice.tell(known)
    now = wishes.moment
    rows = ((identifier(e), _when(e, zone), _state(e, now, zone), e.name, e.place, _sources(e)) for e in known)
    headings = ("id", "when", "state", "name", "place", "known from")
    wishes.voice.table(headings, rows, "no events: posts advertise none, and the config has no [[events]]")


@events.command("show")
@click.argument("event_id", metavar="ID")
@common
@pass_wishes
def show_event(wishes: Wishes, event_id: str) -> None:
    """One event, and where each thing about it is known from."""
    app = wishes.app
    with app.store(create=False) as store:
        zone = app.site(store).zone
        known = {identifier(event): event for event in app.known_events(store, zone)}
    found = known.get(event_id)
    if found is None:
        raise UsageError(f"there is no event {event_id}: `solacefeed events list`")
    wishes.voice.tell(found)
    wishes.voice.sheet(
        [
            ("id", event_id),
            ("name", _said(found.name, found, "name")),
            ("when", _said(_when(found, zone), found, "starts")),
            ("place", _said(found.place, found, "place")),
            ("url", _said(found.url, found, "url")),
            ("state", _state(found, wishes.moment, zone)),
            ("certainty", found.certainty),
            ("seen in", _sources(found)),
        ]
    )


@events.command("read")
@click.argument("file", type=click.File(encoding="utf-8"), metavar="FILE|-")
@click.option(
    "--published", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="When the post appears.  [default: today]"
)
@common
@pass_wishes
def read(wishes: Wishes, file: IO[str], published: datetime | None) -> None:
    """What is understood of a paragraph or a post, in text or HTML: try a wording before you publish it."""
    day = published.date() if published else datetime.now(UTC).date()
    found = understood(file.read(), published=datetime.combine(day, time(12), UTC), zone=UTC)
    wishes.voice.tell(found)
    for event in found:
        wishes.voice.sheet(_told(event))
    if not found:
        wishes.voice.say(f"{Path(file.name).name}: no event is understood here")


def _told(event: Understanding) -> list[tuple[str, object]]:
    missing = {name: f"- ({reason})" for name, reason in event.missing.items()}
    when = span_in_words(event.starts, event.ends, UTC, "en") if event.starts and event.ends else None
    return [
        ("name", event.name or missing.get("name")),
        ("when", when or missing.get("starts")),
        ("place", event.place or missing.get("place")),
        ("url", event.url or missing.get("url")),
        ("state", event.standing),
        ("certainty", f"{event.certainty} {missing.get('certainty', '')}".rstrip(" -")),
    ]


def _said(value: str | None, event: KnownEvent, attribute: str) -> str | None:
    return f"{value} ({event.known_from[attribute]})" if value and attribute in event.known_from else value


def _when(event: KnownEvent, zone: tzinfo) -> str | None:
    return span_in_words(event.starts, event.ends, zone, "en") if event.starts and event.ends else None


def _state(event: KnownEvent, now: datetime, zone: tzinfo) -> str:
    ends = event.ends
    if ends is None:
        return "without a date"
    today: date = now.astimezone(zone).date()
    over = ends <= now if isinstance(ends, datetime) else ends < today
    if over:
        return "over"
    return "tentative" if event.certainty == "tentative" else event.standing


def _sources(event: KnownEvent) -> str:
    first = list(dict.fromkeys(sighting.source for sighting in event.sightings))
    return ", ".join(first[:3]) + (f" and {len(first) - 3} more" if len(first) > 3 else "")
