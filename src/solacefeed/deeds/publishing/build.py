"""Build: makes the documents that are in the plan, one after another as the output asks for them.

    the feeds' style --> events --> archives, oldest month first --> live documents and pages, feed by feed
    --> last words --> editions --> the lists of all feeds --> what is over

Each comes after those that it leads to, and what is over goes last, so that no reader is led to what is not there.
An entry is rendered once a format, and stands so in every document that it belongs to. Only one month's posts, or one
feed's newest, are in memory at a time.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.deeds.publishing.build_editions import EditionBuild
from solacefeed.deeds.publishing.build_entries import ATOM, FORMATS, EntryBuild, Format
from solacefeed.deeds.publishing.build_events import EventBuild
from solacefeed.deeds.publishing.output import Draft, Output
from solacefeed.deeds.publishing.plan import EVENTS, Plan, PublishSettings
from solacefeed.errors import in_a_line, is_about_one
from solacefeed.models.feeds import FeedKind
from solacefeed.publish import months
from solacefeed.publish.describing import kinship
from solacefeed.publish.directory import ON_A_CARD, ListedFeed, directory_view, index_page
from solacefeed.publish.entries import entry_id, newest, retirement
from solacefeed.publish.event_documents import PAGE
from solacefeed.publish.feeds import (
    Entry,
    Feed,
    FeedDocument,
    Holders,
    Tombstone,
    tree_order,
)
from solacefeed.publish.fragments import STYLE
from solacefeed.publish.lists import feeds_json, opml, sitemap
from solacefeed.publish.missing import MISSING, missing_page, missing_view
from solacefeed.publish.page import Link, PagesInCommon, author_stems, category_stems, feed_page, page_path, page_view
from solacefeed.store import documents, feeds, posts, quarantine
from solacefeed.store.database import Store
from solacefeed.store.feeds import PublishedFeed
from solacefeed.store.posts import Buried
from solacefeed.words import interface

if TYPE_CHECKING:
    from jinja2 import Environment

_log = logging.getLogger(__name__)

#: The lists of all feeds, for people and for programs.
LISTS = ("index.html", "feeds.opml", "feeds.json", "sitemap.xml", *MISSING)
#: Deleted entries that one document tells of.
MOST_TOMBSTONES = 100

#: The last change of a feed of posts in which nothing has a date.
_NEVER_DATED = datetime(1970, 1, 1, tzinfo=UTC)
_FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)


class Build:
    """One publish on its way."""

    def __init__(
        self,
        store: Store,
        settings: PublishSettings,
        environment: Environment,
        output: Output,
        plan: Plan,
        *,
        formats: Sequence[Format] = FORMATS,
    ) -> None:
        self._store = store
        self._settings = settings
        self._naming = settings.naming
        self._environment = environment
        self._output = output
        self._plan = plan
        self._formats = formats
        self._atom = next(each for each in formats if each.ending == ATOM.ending)
        names = settings.naming.names
        self._shown = [category for category in tree_order(plan.categories, names) if names.shows(category)]
        with store.read() as connection:
            self._buried = posts.buried(connection)
        self._around = kinship(plan.feeds)
        self._common = PagesInCommon(
            subscribe_url=settings.subscribe_url,
            events_page=PAGE if settings.events else None,
            category_stems=category_stems(plan.feeds, plan.categories),
            author_stems=author_stems(plan.feeds),
        )
        self._entries = EntryBuild(self._shown, self._naming, names.languages_of(plan.categories))
        self._events = EventBuild(settings, environment, plan)
        self._editions = EditionBuild(store, settings, self._common, environment, plan, self._entries.of)
        self._rows: dict[str, PublishedFeed] = {}
        #: The first fault of ours over which something could not be made.
        self.went_wrong: Exception | None = None

    @property
    def left_out(self) -> dict[str, str]:
        """Why posts can't stand in a feed, by id."""
        return self._entries.left_out

    def work(self) -> None:
        if self._plan.nothing:
            return
        self._output.put(self._in_order())
        self._tidy()

    def _in_order(self) -> Iterator[Draft]:
        """Every document that is to be made anew, each after those that it leads to."""
        if self._plan.feeds or self._plan.events:
            language = interface(self._settings.site.language)
            style = self._environment.get_template(f"site/{STYLE}", globals={"language": language})
            yield Draft(path=STYLE, content=style.render().encode(), why="feeds are drawn by it in a browser")
        if self._plan.events_changed:
            yield from self._alone(self._event_drafts, partial(self._paths, EVENTS))
        for month, holding in self._plan.archives.items():
            yield from self._archives(month, holding)
        for feed in self._plan.live:
            yield from self._alone(partial(self._live_drafts, feed), partial(self._live_paths, feed))
        for feed, at in self._plan.retired():
            yield from self._alone(partial(self._last_drafts, feed, at), partial(self._live_paths, feed))
        for digest, title in self._editions.wanted():
            key = FeedKind.DIGEST.key(digest)
            yield from self._alone(partial(self._digest_drafts, digest, title), partial(self._paths, key))
        yield from self._alone(self._lists, lambda: LISTS)

    def _alone(self, make: Callable[[], Iterable[Draft]], paths: Callable[[], Iterable[str]]) -> Iterator[Draft]:
        """What *make* makes; where that goes wrong, what stands at *paths* stays and says so, and the others go on."""
        try:
            yield from self._entries.all_but_spoilt(make)
        except Exception as error:
            if not is_about_one(error):
                raise
            _log.info("a part of the build did not work", exc_info=True)
            self.went_wrong = self.went_wrong or error
            yield from (Draft(path=path, content=b"", trouble=in_a_line(error)) for path in paths())

    def _paths(self, key: str) -> list[str]:
        with self._store.read() as connection:
            return documents.paths(connection, key)

    def _live_paths(self, feed: Feed) -> Iterator[str]:
        for stem in (feed.stem, *feed.former_stems):
            yield from (f"{stem}.{each.ending}" for each in self._formats)
            yield page_path(stem)

    def _event_drafts(self) -> Iterator[Draft]:
        yield from self._events.drafts()
        yield from self._documents(self._events.document())

    def _live_drafts(self, feed: Feed) -> Iterator[Draft]:
        document = self._live(feed)
        yield from self._drafts(document)
        self._rows[feed.key] = self._row(document)

    def _last_drafts(self, feed: Feed, at: datetime) -> Iterator[Draft]:
        return self._drafts(self._last_words(feed, at))

    def _digest_drafts(self, digest: str, title: str) -> Iterator[Draft]:
        pages, document = self._editions.made(digest, title)
        yield from pages
        yield from self._drafts(document)

    def keep_books(self, connection: sa.Connection, at: datetime) -> None:
        """Writes down what became of feeds, and which posts can't stand in one."""
        feeds.note(connection, list(self._rows.values()))
        feeds.forget(connection, self._plan.ended)
        key = quarantine.Kind.ENTRY.key
        quarantine.take_back(connection, {key(post_id) for post_id in self._entries.looked_at})
        quarantine.set_aside(connection, {key(post_id): why for post_id, why in self.left_out.items()}, at=at)
        if self._plan.events_changed:
            quarantine.settle(connection, quarantine.Kind.EVENT, self._events.left_out, at=at)

    # -- archives ---------------------------------------------------------------------------------

    def _archives(self, month: str, holding: Sequence[Feed]) -> Iterator[Draft]:
        """The documents of one month; its posts are read once for all feeds that hold them."""
        with self._store.read() as connection:
            found = posts.published_between(connection, *months.span(month, self._settings.site.zone))
        entries, own = self._entries.of(found), defaultdict[str, list[Entry]](list)
        holders = Holders(holding)
        for post in found:
            for feed in holders.of(post) if post.id in entries else ():
                own[feed.key].append(entries[post.id])
        for feed in holding:
            make = partial(self._archive_draft, feed, month, own[feed.key])
            yield from self._alone(make, partial(_archive_paths, feed, [month]))

    def _archive_draft(self, feed: Feed, month: str, entries: Iterable[Entry]) -> Iterator[Draft]:
        document = self._archive(feed, month, self._entries.fit(entries))
        yield Draft(
            path=document.path(ATOM.ending),
            content=self._render(self._atom, document),
            feed=feed.key,
            month=month,
            entries=self._plan.counts[feed.key][month],
            why=self._plan.reason(feed, month),
        )

    def _archive(self, feed: Feed, month: str, entries: tuple[Entry, ...]) -> FeedDocument:
        counts = self._plan.counts[feed.key]
        tombstones = self._tombstones(feed, month)
        return FeedDocument(
            feed=feed,
            naming=self._naming,
            entries=entries,
            tombstones=tombstones,
            updated=_updated(entries, tombstones) or months.span(month, self._settings.site.zone)[0],
            month=month,
            previous=months.previous_of(month, counts),
            following=months.following_of(month, counts),
        )

    # -- live documents and pages -------------------------------------------------------------------

    def _live(self, feed: Feed) -> FeedDocument:
        counts = self._plan.counts[feed.key]
        entries = self._newest(feed, counts)
        tombstones = self._tombstones(feed, None)
        known = self._plan.known.get(feed.key)
        return FeedDocument(
            feed=feed,
            naming=self._naming,
            entries=entries,
            tombstones=tombstones,
            updated=_updated(entries, tombstones) or (known and known.updated) or _NEVER_DATED,
            previous=self._left_to_archives(entries, counts),
        )

    def _newest(self, feed: Feed, counts: Mapping[str, int]) -> tuple[Entry, ...]:
        oldest = months.enough_for(counts, self._settings.most_entries)
        if oldest is None:
            return ()
        with self._store.read() as connection:
            entries = self._entries.of_ids(connection, self._newest_ids(connection, feed, since=oldest))
        shown = newest(entries, most=self._settings.most_entries, most_bytes=self._settings.most_bytes)
        return self._of_whole_months(shown, counts)

    def _of_whole_months(self, entries: tuple[Entry, ...], counts: Mapping[str, int]) -> tuple[Entry, ...]:
        """Without the month that is cut in two, so that a client meets each post once; unless too few are left."""
        cut = self._left_to_archives(entries, counts)
        whole = tuple(each for each in entries if months.month_of(each.published, self._settings.site.zone) != cut)
        return whole if whole == entries[: len(whole)] and 2 * len(whole) >= len(entries) else entries

    def _newest_ids(self, connection: sa.Connection, feed: Feed, *, since: str) -> list[str]:
        begin = months.span(since, self._settings.site.zone)[0]
        most = self._settings.most_entries or None
        if feed.author_slug is None:
            return posts.newest_ids(connection, begin, feed.category_ids, limit=most)
        # An author is known by the letters of a name, which no database knows.
        found = posts.placements_between(connection, begin, _FAR_AHEAD)
        return [post_id for post_id, placement in found.items() if feed.holds(placement)][:most]

    def _left_to_archives(self, entries: Iterable[Entry], counts: Mapping[str, int]) -> str | None:
        """The newest month of which some posts stand in its archive only."""
        here = Counter(months.month_of(each.published, self._settings.site.zone) for each in entries)
        return max((month for month, count in counts.items() if here[month] < count), default=None)

    def _row(self, document: FeedDocument) -> PublishedFeed:
        feed = document.feed
        return PublishedFeed(
            key=feed.key,
            id=feed.id,
            stem=feed.stem,
            title=feed.title,
            name=feed.name,
            parent=feed.parent,
            depth=feed.depth,
            posts=sum(self._plan.counts[feed.key].values()),
            newest=document.entries[0].published if document.entries else None,
            updated=document.updated,
            latest=tuple((each.title, each.url) for each in document.entries[:ON_A_CARD]),
        )

    def _last_words(self, feed: Feed, at: datetime) -> FeedDocument:
        """The live document of a feed in which nothing is left, which says so before it goes."""
        return FeedDocument(feed=feed, naming=self._naming, entries=(retirement(feed, at, self._naming),), updated=at)

    def _drafts(self, document: FeedDocument) -> Iterator[Draft]:
        """The live document in every format, and its page."""
        yield from self._documents(document)
        feed, page = document.feed, self._page(document)
        for stem in (feed.stem, *feed.former_stems):
            yield Draft(path=page_path(stem), content=page, feed=feed.key, why=self._plan.reason(feed))

    def _documents(self, document: FeedDocument) -> Iterator[Draft]:
        """The live document in every format, at each of its stems."""
        feed = document.feed
        for each in self._formats:
            content = self._render(each, document)
            for stem in (feed.stem, *feed.former_stems):
                yield Draft(
                    path=f"{stem}.{each.ending}",
                    content=content,
                    feed=feed.key,
                    entries=len(document.entries),
                    # A former stem says the new address, of which the hub is told.
                    topic=document.url(each.ending) if self._naming.hub and stem == feed.stem else None,
                    why=self._plan.reason(feed),
                )

    def _page(self, document: FeedDocument) -> bytes:
        feed = document.feed
        view = page_view(document, self._common, self._around.get(feed.key), list(self._plan.counts.get(feed.key, ())))
        return feed_page(view, self._environment)

    # -- lists of all feeds -------------------------------------------------------------------------

    def _lists(self) -> Iterator[Draft]:
        """The index page, and the same for programs."""
        rows = self._plan.known | self._rows
        # One that could not be made yet stands nowhere.
        listed = [_listed(feed, rows[feed.key]) for feed in self._plan.feeds if feed.key in rows]
        listed += self._editions.listed()
        if not listed:
            return
        feeds_alone = [each.feed for each in listed]
        pages = [(self._naming.url(""), max(each.updated for each in listed))]
        pages += [(self._naming.url(f"{each.feed.stem}/"), each.updated) for each in listed]
        index = directory_view(listed, self._naming, self._common, self._events.coming())
        if self._settings.events:
            pages.append((self._naming.url("events/"), self._plan.events_changed_at))
        made = {
            "index.html": index_page(index, self._environment),
            "feeds.opml": opml(feeds_alone, self._naming),
            "feeds.json": feeds_json(listed, self._naming, self._common),
            "sitemap.xml": sitemap([*pages, *self._editions.pages()]),
            **{path: missing_page(missing_view(path, self._naming), self._environment) for path in MISSING},
        }
        for path, content in made.items():
            yield Draft(path=path, content=content, why="it lists what has changed")

    # -- what stands in documents -------------------------------------------------------------------

    def _tombstones(self, feed: Feed, month: str | None) -> tuple[Tombstone, ...]:
        found = [each for each in self._buried if feed.holds(each.place) and month in (None, self._month(each))]
        return tuple(
            Tombstone(id=entry_id(each.post_id, each.guid, self._naming), when=each.gone_at)
            for each in found[:MOST_TOMBSTONES]
        )

    def _month(self, buried: Buried) -> str:
        return months.month_of(buried.place.published, self._settings.site.zone)

    def _render(self, kind: Format, document: FeedDocument) -> bytes:
        return kind.document(document, [self._entries.written(kind, each) for each in document.entries])

    # -- what is over -------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Takes away what we published once and publish no more; files of others stay."""
        with self._store.read() as connection:
            if self._plan.whole:
                ours = set(documents.paths(connection))
            else:
                ours = {path for key in self._plan.keys for path in documents.paths(connection, key)}
                ours -= {path for feed in self._plan.live for path in _archive_paths(feed, self._plan.counts[feed.key])}
        self._output.take_away(ours - self._output.put_paths)


def _archive_paths(feed: Feed, of: Iterable[str]) -> list[str]:
    return [f"{feed.stem}/{month}.atom" for month in of]


def _listed(feed: Feed, row: PublishedFeed) -> ListedFeed:
    latest = tuple(Link(text=title, href=url) for title, url in row.latest)
    return ListedFeed(feed=feed, posts=row.posts, updated=row.updated or _NEVER_DATED, newest=row.newest, latest=latest)


def _updated(entries: Iterable[Entry], tombstones: Iterable[Tombstone]) -> datetime | None:
    changes = [*(each.updated for each in entries), *(each.when for each in tombstones)]
    return max(changes, default=None)
