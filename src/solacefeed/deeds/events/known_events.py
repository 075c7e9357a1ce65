"""The events that are known at one instant: from posts, calendars and the config, merged into one each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from html import unescape

import sqlalchemy as sa

from solacefeed.events.decision import decided
from solacefeed.events.merging import merge
from solacefeed.events.numeric_dates import Order, order_in
from solacefeed.events.permanence import named
from solacefeed.events.understanding import announced, understand
from solacefeed.models.events import Event
from solacefeed.models.posts import Blurb, Telling
from solacefeed.models.sightings import Certainty, KnownEvent, Origin, Sighting, Understanding
from solacefeed.store import events
from solacefeed.store.events import EventRow
from solacefeed.text.clean import plain
from solacefeed.text.reading import read


def known_events(
    connection: sa.Connection, configured: Iterable[Event], now: datetime, zone: tzinfo
) -> tuple[KnownEvent, ...]:
    """Every event that posts and calendars had told of by *now*, or the config tells of, by their first days.

    What they told is taken from the store, as the last refresh left it (``refresh``).
    """
    ids = events.of_config(connection)
    told = [*sightings_by_hand(configured, ids), *events.told_at(connection, now)]
    return as_decided(connection, named(merge(told, zone=zone), zone=zone), now)


def as_decided(connection: sa.Connection, known: Iterable[KnownEvent], now: datetime) -> tuple[KnownEvent, ...]:
    """The *known* events as the operator wanted them by *now*."""
    decisions = events.decisions(connection, until=now)
    return tuple(decided(event, decisions.get(event.id)) for event in known)


def events_to_promote(
    known: Iterable[KnownEvent],
    configured: Iterable[Event],
    rows: Mapping[str, EventRow],
    now: datetime,
    *,
    tentative: bool = False,
) -> tuple[Event, ...]:
    """Those of the *known* events of which enough is certain, unless *tentative* ones are wanted too.

    What the config says of one stands over all. *rows* say since when each is known; one without a row is as the next
    refresh would keep it.
    """
    by_id = {event.id: event for event in configured}
    made: list[Event] = []
    for each in known:
        event = event_of(each, by_id)
        if event and each.standing.is_to_be and is_public(each, tentative=tentative):
            made.append(_since(event, rows.get(event.id), each, now))
    return tuple(made)


def is_public(event: KnownEvent, *, tentative: bool = False) -> bool:
    """Whether readers may see it."""
    return not event.dismissed and (tentative or event.certainty is Certainty.CERTAIN)


def event_of(known: KnownEvent, configured: Mapping[str, Event]) -> Event | None:
    """*known* as an event; ``None`` where its name or its days aren't known."""
    if known.name is None or known.starts is None or known.ends is None:
        return None
    first = known.sightings[0]
    by_hand = configured.get(first.source) if first.origin is Origin.CONFIG else None
    if by_hand is not None:
        return replace(by_hand, id=known.id, place=known.place, url=known.url)
    return Event(
        id=known.id,
        name=known.name,
        place=known.place,
        starts=known.starts,
        ends=known.ends,
        url=known.url,
        categories=known.categories,
        standing=known.standing,
    )


def told_first(known: KnownEvent, now: datetime) -> datetime:
    """When a post first told of it: what a first crawl brings is no news. Calendars and the config tell it now."""
    in_posts = (one.said_at for one in known.sightings if one.origin is Origin.BLURB)
    return min([now, *in_posts])


def _since(event: Event, row: EventRow | None, known: KnownEvent, now: datetime) -> Event:
    if row is None:
        return replace(event, known_since=told_first(known, now), changed=now)
    return replace(event, sequence=row.sequence, known_since=row.known_since, changed=row.changed)


# -- what posts and the config tell -------------------------------------------------------------------


def sightings_by_hand(configured: Iterable[Event], ids: Mapping[str, str]) -> Iterator[Sighting]:
    """What the config tells; *ids* are the permanent ones of those that were met before."""
    for event in configured:
        told = Understanding(
            name=event.name,
            place=event.place,
            starts=event.starts,
            ends=event.ends,
            url=event.url,
            certainty=Certainty.CERTAIN,
            year_said=True,
        )
        yield Sighting(
            told=told,
            origin=Origin.CONFIG,
            source=event.id,
            said_at=datetime.max.replace(tzinfo=UTC),
            uid=event.id,
            categories=event.categories,
            event_id=ids.get(event.id),
        )


def sightings_of_posts(
    posts: Iterable[Telling], zone: tzinfo, language: str | None = None
) -> dict[events.Key, Sighting]:
    """What each wording told when it was first used in a year: repeated under later posts it tells nothing new.

    *posts* are those that say something of events, the oldest first; *language* is the site's.
    """
    told: set[object] = set()
    found: dict[events.Key, Sighting] = {}
    for post in posts:
        source = f"post {post.post_id}"
        order = order_in(post.language or language)
        new = [blurb for blurb in dict.fromkeys(post.blurbs) if (blurb, post.published.year) not in told]
        told.update((blurb, post.published.year) for blurb in new)
        for number, understood in enumerate(_told_by(post, new, zone, order)):
            found[source, str(number)] = Sighting(
                told=understood, origin=Origin.BLURB, source=source, said_at=post.published
            )
    return found


def _told_by(post: Telling, blurbs: Iterable[Blurb], zone: tzinfo, order: Order | None) -> Iterator[Understanding]:
    """What the *blurbs* of *post* tell, and then what its own text does."""
    for blurb in blurbs:
        yield from understand(blurb, published=post.published, zone=zone, order=order)
    if post.announcement is not None:
        yield from announced(post.announcement, published=post.published, zone=zone, title=post.title, order=order)


def understood(
    text: str, *, published: datetime, zone: tzinfo, title: str = "", language: str | None = None
) -> tuple[Understanding, ...]:
    """What a paragraph or a whole post, in text or HTML, tells of events."""
    reading = read(title, text, url="https://example.org/")
    order = order_in(language)
    told: list[Understanding] = []
    # A paragraph by itself is the whole post, and no blurb of one.
    links = tuple(unescape(link) for link in re.findall(r'href="([^"]+)"', reading.content))
    whole = () if title else (Blurb(text=plain(text), links=links),)
    for blurb in reading.blurbs or whole:
        told += understand(blurb, published=published, zone=zone, order=order)
    if title and reading.announcement is not None:
        told += understand(reading.announcement, published=published, zone=zone, title=title, order=order)
    return tuple(told)
