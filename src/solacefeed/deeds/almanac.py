"""The events that are known at one instant: from the posts' blurbs and the config, merged into one each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from html import unescape

import sqlalchemy as sa

from solacefeed.events.dates import Certainty
from solacefeed.events.merging import KnownEvent, Origin, Sighting, merge
from solacefeed.events.understanding import Understanding, understand
from solacefeed.models import Blurb, Event, EventStanding
from solacefeed.store import posts
from solacefeed.text.clean import plain
from solacefeed.text.reading import read

_TO_BE = (EventStanding.SCHEDULED, EventStanding.MOVED)


def known_events(
    connection: sa.Connection, configured: Iterable[Event], now: datetime, zone: tzinfo
) -> tuple[KnownEvent, ...]:
    """Every event that posts published by *now* or the config tell of, by their first days."""
    by_hand = (_by_hand(event) for event in configured)
    return merge([*by_hand, *_from_blurbs(connection, now, zone)], zone=zone)


def events_to_promote(known: Iterable[KnownEvent], configured: Iterable[Event]) -> tuple[Event, ...]:
    """Those of the *known* events of which enough is certain; what the config says of one stands over all."""
    by_id = {event.id: event for event in configured}
    made = (_event(event, by_id) for event in known)
    return tuple(event for event in made if event is not None)


def identifier(event: KnownEvent) -> str:
    """The config's id, else name and year: ``solace-summit-2012``."""
    first = event.sightings[0]
    if first.origin is Origin.CONFIG:
        return first.source
    letters = unicodedata.normalize("NFKD", event.name or "event").encode("ascii", "ignore").decode().lower()
    year = [str(event.starts.year)] if event.starts else []
    return "-".join([*re.findall(r"[a-z0-9]+", letters), *year])


def _event(known: KnownEvent, by_id: dict[str, Event]) -> Event | None:
    by_hand = by_id.get(known.sightings[0].source) if known.sightings[0].origin is Origin.CONFIG else None
    if by_hand is not None:
        return replace(by_hand, place=known.place, url=known.url)
    uncertain = known.certainty is not Certainty.CERTAIN or known.standing not in _TO_BE
    if uncertain or known.name is None or known.starts is None or known.ends is None:
        return None
    return Event(
        id=identifier(known),
        name=known.name,
        place=known.place,
        starts=known.starts,
        ends=known.ends,
        url=known.url,
    )


def _by_hand(event: Event) -> Sighting:
    told = Understanding(
        name=event.name,
        place=event.place,
        starts=event.starts,
        ends=event.ends,
        url=event.url,
        certainty=Certainty.CERTAIN,
        year_said=True,
    )
    said_at = datetime.max.replace(tzinfo=UTC)
    return Sighting(told=told, origin=Origin.CONFIG, source=event.id, said_at=said_at, uid=event.id)


def _from_blurbs(connection: sa.Connection, now: datetime, zone: tzinfo) -> Iterator[Sighting]:
    """What each wording told when it was first used in a year: repeated under later posts it tells nothing new."""
    told: set[object] = set()
    for post_id, published, blurbs in posts.with_blurbs(connection, until=now):
        for blurb in blurbs:
            if (blurb, published.year) in told:
                continue
            told.add((blurb, published.year))
            for understood in understand(blurb, published=published, zone=zone):
                yield Sighting(told=understood, origin=Origin.BLURB, source=f"post {post_id}", said_at=published)


def understood(text: str, *, published: datetime, zone: tzinfo) -> tuple[Understanding, ...]:
    """What a paragraph or a whole post, in text or HTML, tells of events."""
    reading = read("", text, url="https://example.org/")
    # A paragraph by itself is the whole post, and no blurb of one.
    links = tuple(unescape(link) for link in re.findall(r'href="([^"]+)"', reading.content))
    blurbs = reading.blurbs or (Blurb(text=plain(text), links=links),)
    return tuple(event for blurb in blurbs for event in understand(blurb, published=published, zone=zone))
