"""The plan of a publish, as values: which feeds there are, which of their documents are made anew, and why.

``planning`` reads it out of the store, ``build`` makes its documents, ``marks`` remembers what it was made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from solacefeed.deeds.publishing.made_with import MadeWith
from solacefeed.models.digests import Combined
from solacefeed.models.editions import Edition
from solacefeed.models.events import Event
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Category, CategoryId
from solacefeed.publish.feeds import (
    Feed,
    Naming,
    slugs_left,
)
from solacefeed.publish.zones import clock_turns
from solacefeed.site import Site
from solacefeed.stable import stable_hash
from solacefeed.store.changes import Unpublished
from solacefeed.store.feeds import PublishedFeed

#: The key of the events' feed.
EVENTS = FeedKind.EVENTS.key()

#: Since when a feed of events, or of editions, has stood as it is that never had one.
EMPTY_SINCE = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """Where documents go, and what they have in common."""

    folder: Path
    naming: Naming
    #: The newest entries that a live document holds, and the bytes of their text; 0 for all.
    most_entries: int = 0
    most_bytes: int = 0
    combined: tuple[Combined, ...] = ()
    #: Each author has a feed.
    authors: bool = False
    #: Name and title of each digest.
    digests: tuple[tuple[str, str], ...] = ()
    #: Events are published: there are some, or there were.
    events: bool = False
    #: Where people subscribe by email.
    subscribe_url: str | None = None
    #: Changes with the site's looks (``brand.mark``); empty for our own.
    brand: str = ""
    #: Why no month can be told yet, by whose names archives are found for good; empty where it can.
    no_zone: str = ""
    #: What writes each format (``publish.formats``).
    formats: Mapping[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return self.naming.site

    @property
    def made_with(self) -> MadeWith:
        """What documents are made with besides posts, categories and events; the folder is shown by none."""
        shown = replace(self, folder=Path(), formats={}, no_zone="")
        site, turns = self.site, clock_turns(self.site.zone)
        nameless = replace(site, title="", url="", zone=UTC)
        naming = replace(self.naming, site=nameless, events_url=None)
        return MadeWith(
            config=stable_hash((shown, turns)),
            formats=dict(self.formats),
            beside={
                "site": stable_hash((site.title, site.url, site.zone, turns)),
                "events": stable_hash(self.events),
            },
            rest=stable_hash(replace(shown, naming=naming, events=False)),
        )


@dataclass(slots=True)
class Plan:
    """What is to be done; *why* has the posts that are the reason, by feed and month."""

    #: Of the store when it was made: the number of the newest publish, and how many were overtaken (``fence``).
    turn: str = "0"
    overtaken: str = "0"
    #: Every feed there is now, in the directory's order.
    feeds: list[Feed] = field(default_factory=list)
    #: How many posts each month of a feed has, for the feeds whose documents are made anew; newest first.
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    #: The feeds whose archive of a month is made anew, by month, oldest first: each leads to the one before it.
    archives: dict[str, list[Feed]] = field(default_factory=dict)
    #: The feeds whose live document and page are made anew.
    live: list[Feed] = field(default_factory=list)
    #: Those in which nothing is left to stand from now on, and since when.
    retiring: dict[str, datetime] = field(default_factory=dict)
    #: The keys of those that have said so long enough.
    ended: list[str] = field(default_factory=list)
    known: dict[str, PublishedFeed] = field(default_factory=dict)
    #: Every edition that was not skipped, by digest, newest first.
    editions: dict[str, list[Edition]] = field(default_factory=dict)
    #: The ids of those whose pages are made anew.
    edition_pages: set[str] = field(default_factory=set)
    #: The events that pages of editions show otherwise than before, each with the mark of how.
    event_looks: dict[str, str] = field(default_factory=dict)
    #: The digests of which an edition was cancelled since its page was made.
    edition_withdrawn: set[str] = field(default_factory=set)
    categories: list[Category] = field(default_factory=list)
    #: The slugs that a category once had, by its id.
    former: Mapping[CategoryId, tuple[str, ...]] = field(default_factory=dict)
    #: What is published of events, and when that last changed.
    events: list[Event] = field(default_factory=list)
    events_changed: bool = False
    events_changed_at: datetime = EMPTY_SINCE
    pending: list[Unpublished] = field(default_factory=list)
    #: Why everything is made anew; ``None`` where it is not.
    since: str | None = None
    why: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Everything is made anew."""
        return self.since is not None

    @property
    def nothing(self) -> bool:
        feeds_change = self.archives or self.live or self.retiring or self.ended
        editions_change = self.edition_pages or self.edition_withdrawn
        return not (feeds_change or editions_change or self.events_changed or self.whole)

    @property
    def keys(self) -> set[str]:
        """Of all feeds that this is about."""
        keys = {feed.key for feed in self.live} | self.retiring.keys() | set(self.ended)
        keys |= {FeedKind.DIGEST.key(digest) for digest in self.edition_withdrawn}
        return keys | {EVENTS} if self.events_changed else keys

    def retired(self) -> Iterator[tuple[Feed, datetime]]:
        """The feeds whose documents are to say that nothing is left in them, and since when.

        At their former stems they say so too. Where another feed stands at a stem, now or as its former one, the
        stem is the other's.
        """
        there = {feed.key for feed in self.feeds}
        taken = {stem for feed in self.feeds for stem in (feed.stem, *feed.former_stems)}
        last: list[tuple[Feed, datetime]] = []
        for key, known in self.known.items():
            at = self.retiring.get(key) or (known.retired_at if self.whole and not known.ended else None)
            if at is not None and key not in there and known.stem not in taken:
                last.append((Feed(key=key, id=known.id, title=known.title, name=known.name, stem=known.stem), at))
        taken.update(feed.stem for feed, _ in last)
        for feed, at in last:
            feed = replace(feed, former_slugs=self._slugs_left(feed, taken))
            taken.update(feed.former_stems)
            yield feed, at

    def _slugs_left(self, feed: Feed, taken: AbstractSet[str]) -> tuple[str, ...]:
        """Those that the feed of a category stood at before, where no other one stands."""
        if feed.kind is not FeedKind.CATEGORY:
            return ()
        number = CategoryId(feed.subject)
        slugs = slugs_left(number, self.former.get(number, ()))
        return tuple(slug for slug in slugs if feed.kind.key(slug) not in taken)

    def reason(self, feed: Feed, month: str | None = None) -> str:
        """Why a document is made anew, for the operator."""
        if self.whole:
            return f"everything is made anew, since {self.since}"
        ids = {
            post_id
            for (key, its_month), touched in self.why.items()
            if key == feed.key and month in (None, its_month)
            for post_id in touched
        }
        return f"post {', '.join(sorted(ids)[:5])}" if ids else "what stands beside it has changed"
