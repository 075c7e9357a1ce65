"""What a store knows of a blog that was just read: what was understood, from where, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.events.known_events import post_that_tells
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Blurb, Category, CategoryId, Post, PostState, Telling
from solacefeed.models.sightings import KnownEvent, Sighting
from solacefeed.sources.found import FEED, PAGES, Found, in_use, lacking
from solacefeed.sources.newest import CUT_OFF
from solacefeed.store import categories, documents, posts, quarantine, sources
from solacefeed.store.database import Store
from solacefeed.store.quarantine import Quarantined

#: Of so many posts it is told what was read of each.
MOST_POSTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryReport:
    """A category, and what of it was published."""

    category: Category
    #: Of those that were read.
    posts: int
    #: Where its feed stands below the feeds' folder, ``category/housing``; ``None`` where it has none.
    stem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """Where an event is told of."""

    #: A post's title, or the address of a calendar.
    name: str
    #: ``None`` for no post.
    post: Post | None
    #: The paragraph that tells of it; ``None`` where no text does.
    sentence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReport:
    event: KnownEvent
    #: The most exact first.
    sources: tuple[EventSource, ...]
    #: All posts that have a paragraph which tells of it, the newest first: it is read where it was first written.
    told_by: tuple[Post, ...]
    #: Why it is tentative, or has no date; ``None`` where all is certain.
    doubt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutReport:
    """Everything; posts are the newest first."""

    #: ``None`` where the store does not know it.
    found: Found | None
    #: Of what the source could not be had, and why.
    lacking: Mapping[str, str]
    #: How many posts of the blog were not asked for; ``None`` where the blog does not tell.
    beyond: int | None
    #: The bounds of reading were reached before all was read that was asked for.
    is_cut_off: bool
    posts: tuple[Post, ...]
    #: Listed by the blog, while their text wants a password.
    protected: tuple[Post, ...]
    #: The advertising paragraphs that were taken out of posts, by these posts' ids.
    blurbs: Mapping[str, tuple[Blurb, ...]]
    #: Those with most posts first.
    categories: tuple[CategoryReport, ...]
    #: By their first days.
    events: tuple[EventReport, ...]
    quarantined: tuple[Quarantined, ...]
    #: The documents that stand in the feeds' folder.
    paths: frozenset[str]

    @property
    def is_by_api(self) -> bool:
        """Whether the blog itself was asked, which knows its own zone."""
        return self.found is not None and self.found.kind not in (FEED, PAGES)

    @property
    def unsigned(self) -> tuple[Post, ...]:
        """Posts in whose text no by-line was found."""
        return tuple(post for post in self.posts if post.byline is None)


def report(store: Store, url: str, known: Collection[KnownEvent], *, at: datetime) -> TryoutReport:
    """What *store* holds of the blog at *url*, with the events that are *known* at that instant."""
    with store.read() as connection:
        notes = sources.notes(connection, url)
        listed = posts.listing(connection, limit=MOST_POSTS)
        shown = tuple(post for post in listed if post.state is PostState.PUBLISHED)
        telling = {each.post_id: each for each in posts.telling(connection, until=at)}
        return TryoutReport(
            found=in_use(notes.memory),
            lacking=lacking(notes.memory),
            beyond=_beyond(notes.memory),
            is_cut_off=_remembered(notes.memory, CUT_OFF) is not None,
            posts=shown,
            protected=tuple(post for post in listed if post.state is PostState.PROTECTED),
            blurbs={post_id: each.blurbs for post_id, each in telling.items() if each.blurbs},
            categories=tuple(_categories(connection, shown)),
            events=tuple(_event(each, shown, telling) for each in known),
            quarantined=tuple(quarantine.everything(connection)),
            paths=frozenset(documents.paths(connection)),
        )


def _beyond(memory: Mapping[str, str]) -> int | None:
    """By how many posts the blog's own total is more than what was read, as WordPress's source has noted it."""
    found = in_use(memory)
    if found is None or found.kind in (FEED, PAGES):
        return None
    said = _remembered(memory, "gap") or ""
    return int(said) if said.isdecimal() else None


def _remembered(memory: Mapping[str, str], name: str) -> str | None:
    """What the source in use has noted under that *name*."""
    found = in_use(memory)
    return memory.get(f"{found.kind}:{name}") if found else None


def _categories(connection: sa.Connection, shown: Collection[Post]) -> Iterator[CategoryReport]:
    counts = Counter(category_id for post in shown for category_id in post.category_ids)
    listed = sorted(categories.everything(connection), key=lambda each: (-counts[each.id], each.name.casefold()))
    for category in listed:
        if counts[category.id]:
            yield CategoryReport(category=category, posts=counts[category.id], stem=_stem(connection, category.id))


def _stem(connection: sa.Connection, category_id: CategoryId) -> str | None:
    """Its live document stands above those of its months, and so has the shortest path."""
    paths = documents.paths(connection, FeedKind.CATEGORY.key(category_id))
    feeds = [path.removesuffix(".atom") for path in paths if path.endswith(".atom")]
    return min(feeds, key=len, default=None)


# -- events -----------------------------------------------------------------------------------------


def _event(event: KnownEvent, shown: Collection[Post], telling: Mapping[str, Telling]) -> EventReport:
    by_id = {post.id: post for post in shown}
    found = tuple(_source(each, by_id, telling) for each in event.sightings)
    sentences = {each.sentence for each in found if each.sentence}
    return EventReport(
        event=event,
        sources=found,
        told_by=tuple(post for post in shown if sentences.intersection(_texts(telling.get(post.id)))),
        doubt=_doubt(event),
    )


def _source(sighting: Sighting, shown: Mapping[str, Post], telling: Mapping[str, Telling]) -> EventSource:
    post = shown.get(post_that_tells(sighting) or "")
    if post is None:
        return EventSource(name=sighting.source, post=None, sentence=None)
    return EventSource(name=post.title, post=post, sentence=_sentence(sighting, telling.get(post.id)))


def _texts(told: Telling | None) -> list[str]:
    """The paragraphs of a post that tell of events."""
    if told is None:
        return []
    return [blurb.text for blurb in (*told.blurbs, *filter(None, [told.announcement]))]


def _sentence(sighting: Sighting, told: Telling | None) -> str | None:
    """Of all paragraphs of a post that tell of events, the one with this event's name in it, else the first."""
    texts, name = _texts(told), sighting.told.name
    named = (text for text in texts if name and name in text)
    return next(named, next(iter(texts), None))


def _doubt(event: KnownEvent) -> str | None:
    """As the most exact source has it that says one."""
    said = (
        sighting.told.missing.get(what)
        for what in ("certainty", "starts")
        if what == "certainty" or event.starts is None
        for sighting in event.sightings
    )
    reason = next(filter(None, said), None)
    return reason if event.certainty == "tentative" or event.starts is None else None
