"""The events that are known at one instant: from posts, calendars and the config, merged into one each."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from html import unescape
from typing import TypeVar

import sqlalchemy as sa

from solacefeed.deeds.halving import MOST_LEFT_OUT, fitting
from solacefeed.errors import in_a_line, is_about_one
from solacefeed.events.decision import decided
from solacefeed.events.merging import merge
from solacefeed.events.numeric_dates import order_in
from solacefeed.events.permanence import named
from solacefeed.events.understanding import announced, announcing, understand
from solacefeed.models.events import Event
from solacefeed.models.posts import Blurb, Telling
from solacefeed.models.sightings import Certainty, Decision, KnownEvent, Origin, Sighting, Understanding
from solacefeed.store import events
from solacefeed.store.events import EventRow
from solacefeed.text.clean import plain
from solacefeed.text.reading import read

_log = logging.getLogger(__name__)

T = TypeVar("T")

_FOREVER = datetime.max.replace(tzinfo=UTC)


def known_events(
    connection: sa.Connection, configured: Iterable[Event], now: datetime, zone: tzinfo
) -> tuple[KnownEvent, ...]:
    """Every event that posts and calendars had told of by *now*, or the config tells of, by their first days.

    What they told is taken from the store, as the last refresh left it (``refresh``).
    """
    ids = events.of_config(connection)
    told = [*sightings_by_hand(configured, ids), *events.told_at(connection, now)]
    decisions = events.decisions(connection, until=now)
    by_id = {event.id: event for event in configured}

    def made(some: Sequence[Sighting]) -> tuple[KnownEvent, ...]:
        known = as_decided(named(merge(some, zone=zone), zone=zone), decisions)
        return _sound(known, by_id, zone)

    return all_but_spoilt(told, made)[0]


def all_but_spoilt(told: Sequence[Sighting], work: Callable[[Sequence[Sighting]], T]) -> tuple[T, dict[str, str]]:
    """What *work* makes of all that is *told*, but for what spoils it; and why that was left out, by who tells it.

    Raises what goes wrong with each and every one, or with many: that is nothing's own fault.
    """
    try:
        return work(told), {}
    except Exception as error:
        if not is_about_one(error):
            raise
        fit, left_out = fitting(told, work, most=MOST_LEFT_OUT)
        if not fit and len(told) > 1:
            raise
        _log.info("not all that is told of events goes together", exc_info=True)
    return work(fit), {_teller(one): f"what it tells can't be used: {in_a_line(error)}" for one, error in left_out}


def _teller(sighting: Sighting) -> str:
    return " ".join(filter(None, [sighting.source, sighting.uid if sighting.uid != sighting.source else None]))


def _sound(known: tuple[KnownEvent, ...], configured: Mapping[str, Event], zone: tzinfo) -> tuple[KnownEvent, ...]:
    """The *known* events, of each of which it can be said when it is; raises whatever is wrong with one."""
    for each in known:
        if event := event_of(each, configured):
            check(event, zone)
    return known


def check(event: Event, zone: tzinfo) -> None:
    """Raises where nobody could say when it begins or ends."""
    _ = (event.begins_at(zone) < _FOREVER, event.over_at(zone) < _FOREVER, event.booking_ends_at(zone))


def as_decided(known: Iterable[KnownEvent], decisions: Mapping[str, Decision]) -> tuple[KnownEvent, ...]:
    """The *known* events as the operator wanted them."""
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


#: What the source of what a post tells begins with.
_POST = "post "


def post_that_tells(sighting: Sighting) -> str | None:
    """The id of the post that it is of; ``None`` for one of another source."""
    is_of_post = sighting.origin is Origin.BLURB and sighting.source.startswith(_POST)
    return sighting.source.removeprefix(_POST) if is_of_post else None


def sightings_of_posts(
    posts: Iterable[Telling],
    zone: tzinfo,
    left_out: dict[str, str] | None = None,
    *,
    language: str | None = None,
) -> dict[events.Key, Sighting]:
    """What each wording told when it was first used in a year: repeated under later posts it tells nothing new.

    *posts* are those that say something of events, the oldest first; *language* is the site's. Why one could not be
    understood is noted in *left_out*, by who tells it; where none could, that is raised.
    """
    told: set[object] = set()
    tried: set[str] = set()
    bad: dict[str, Exception] = {}
    found: dict[events.Key, Sighting] = {}
    for post in posts:
        source = f"{_POST}{post.post_id}"
        for number, understood in enumerate(_told_by(post, source, told, tried, bad, zone, language)):
            found[source, str(number)] = Sighting(
                told=understood, origin=Origin.BLURB, source=source, said_at=post.published
            )
    if len(bad) > 1 and bad.keys() == tried and not found:
        raise next(iter(bad.values()))
    if left_out is not None:
        left_out |= {source: f"understanding it failed: {in_a_line(error)}" for source, error in bad.items()}
    return found


def _told_by(
    post: Telling,
    source: str,
    told: set[object],
    tried: set[str],
    bad: dict[str, Exception],
    zone: tzinfo,
    language: str | None,
) -> Iterator[Understanding]:
    """What the blurbs of *post* tell that were not *told* before, and then what its own text does."""
    for blurb, work in _works(post, zone, language):
        if (blurb, post.published.year) in told:
            continue
        if blurb is not None:
            told.add((blurb, post.published.year))
        tried.add(source)
        yield from _careful(work, source, bad)


def _works(
    post: Telling, zone: tzinfo, language: str | None
) -> Iterator[tuple[Blurb | None, Callable[[], tuple[Understanding, ...]]]]:
    """How each blurb of *post* is understood, and then, with none, what its own text announces."""
    published, order = post.published, order_in(post.language, site=language)
    for blurb in post.blurbs:
        yield blurb, partial(understand, blurb, published=published, zone=zone, order=order)
    if post.announcement is not None:
        own = partial(announced, title=post.title, published=published, zone=zone, order=order)
        yield None, partial(own, post.announcement)


def _careful(
    work: Callable[[], Iterable[Understanding]], source: str, bad: dict[str, Exception]
) -> tuple[Understanding, ...]:
    """What *source* tells; nothing where a fault of ours comes over that, which is noted."""
    try:
        return tuple(work())
    except Exception as error:
        if not is_about_one(error):
            raise
        _log.info("what %s tells can't be understood", source, exc_info=True)
        bad[source] = error
        return ()


def understood(
    text: str,
    *,
    published: datetime,
    zone: tzinfo,
    title: str = "",
    language: str | None = None,
    site: str | None = None,
) -> tuple[Understanding, ...]:
    """What a paragraph or a whole post, in text or HTML, tells of events, as a poll would understand it.

    *language* is that of the post where it is not that of the *site*.
    """
    reading = announcing(read(title, text, url="https://example.org/"))
    # A paragraph by itself is the whole post, and no blurb of one.
    links = tuple(unescape(link) for link in re.findall(r'href="([^"]+)"', reading.content))
    whole = () if title else (Blurb(text=plain(text), links=links),)
    post = Telling(
        post_id="",
        title=reading.title,
        published=published,
        language=language,
        blurbs=reading.blurbs or whole,
        announcement=reading.announcement if title else None,
    )
    return tuple(told for _, work in _works(post, zone, site) for told in work())
