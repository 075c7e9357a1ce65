"""Build: makes the documents that are in the plan, one after another as the output asks for them.

    the feeds' style --> events --> archives, oldest month first --> live documents and pages, feed by feed
    --> last words --> editions --> the lists of all feeds --> what is over

Each comes after those that it leads to, and what is over goes last, so that no reader is led to what is not there.
An entry is rendered once a format, and stands so in every document that it belongs to. Only one month's posts, or one
feed's newest, are in memory at a time.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from solacefeed.deeds.publishing.build_editions import EditionBuild
from solacefeed.deeds.publishing.build_events import EventBuild
from solacefeed.deeds.publishing.output import Draft, Output
from solacefeed.deeds.publishing.plan import Plan, PublishSettings
from solacefeed.models.posts import Post
from solacefeed.publish import atom, gate, jsonfeed, months, rss
from solacefeed.publish.describing import kinship
from solacefeed.publish.directory import ON_A_CARD, ListedFeed, directory_view, index_page
from solacefeed.publish.entries import entry, entry_id, newest, retirement
from solacefeed.publish.event_documents import PAGE
from solacefeed.publish.feeds import (
    Entry,
    Feed,
    FeedDocument,
    Holders,
    Naming,
    Tombstone,
    tree_order,
)
from solacefeed.publish.fragments import STYLE
from solacefeed.publish.lists import feeds_json, opml, sitemap
from solacefeed.publish.page import Link, PagesInCommon, author_stems, category_stems, feed_page, page_path, page_view
from solacefeed.store import documents, feeds, posts, quarantine
from solacefeed.store.database import Store
from solacefeed.store.feeds import PublishedFeed
from solacefeed.store.posts import Buried

if TYPE_CHECKING:
    from jinja2 import Environment

#: Deleted entries that one document tells of.
MOST_TOMBSTONES = 100
#: Entries, and rendered ones, that are kept for the next document that wants them.
KEPT = 1000

#: The last change of a feed of posts in which nothing has a date.
_NEVER_DATED = datetime(1970, 1, 1, tzinfo=UTC)
_FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a feed is written."""

    ending: str
    entry: Callable[[Entry, Naming], bytes]
    document: Callable[[FeedDocument, Iterable[bytes]], bytes]


ATOM = Format(ending="atom", entry=atom.entry, document=atom.document)
FORMATS = (
    ATOM,
    Format(ending="json", entry=jsonfeed.item, document=jsonfeed.document),
    Format(ending="rss", entry=rss.item, document=rss.document),
)


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
        names = settings.naming.names
        self._shown = [category for category in tree_order(plan.categories, names) if names.shows(category)]
        self._languages = names.languages_of(plan.categories)
        with store.read() as connection:
            self._buried = posts.buried(connection)
        self._around = kinship(plan.feeds)
        self._common = PagesInCommon(
            subscribe_url=settings.subscribe_url,
            events_page=PAGE if settings.events else None,
            category_stems=category_stems(plan.feeds, plan.categories),
            author_stems=author_stems(plan.feeds),
        )
        self._events = EventBuild(settings, environment, plan)
        self._editions = EditionBuild(store, settings, self._common, environment, plan, self._entries)
        self._made: OrderedDict[str, Entry] = OrderedDict()
        self._rendered: OrderedDict[tuple[str, str], tuple[Entry, bytes]] = OrderedDict()
        self._rows: dict[str, PublishedFeed] = {}
        self._looked_at: set[str] = set()
        #: Why posts can't stand in a feed, by id.
        self.left_out: dict[str, str] = {}

    def work(self) -> None:
        if self._plan.nothing:
            return
        self._output.put(self._in_order())
        self._tidy()

    def _in_order(self) -> Iterator[Draft]:
        """Every document that is to be made anew, each after those that it leads to."""
        if self._plan.feeds or self._plan.events:
            style = self._environment.get_template(f"site/{STYLE}").render()
            yield Draft(path=STYLE, content=style.encode(), why="feeds are drawn by it in a browser")
        if self._plan.events_changed:
            yield from self._events.drafts()
            yield from self._documents(self._events.document())
        for month, holding in self._plan.archives.items():
            yield from self._archives(month, holding)
        for feed in self._plan.live:
            document = self._live(feed)
            self._rows[feed.key] = self._row(document)
            yield from self._drafts(document)
        for feed, at in self._plan.retired():
            yield from self._drafts(self._last_words(feed, at))
        for pages, document in self._editions.work():
            yield from pages
            yield from self._drafts(document)
        yield from self._lists()

    def keep_books(self, connection: sa.Connection, at: datetime) -> None:
        """Writes down what became of feeds, and which posts can't stand in one."""
        feeds.note(connection, list(self._rows.values()))
        feeds.forget(connection, self._plan.ended)
        quarantine.take_back(connection, {_key(post_id) for post_id in self._looked_at})
        quarantine.set_aside(connection, {_key(post_id): why for post_id, why in self.left_out.items()}, at=at)

    # -- archives ---------------------------------------------------------------------------------

    def _archives(self, month: str, holding: Sequence[Feed]) -> Iterator[Draft]:
        """The documents of one month; its posts are read once for all feeds that hold them."""
        with self._store.read() as connection:
            found = posts.published_between(connection, *months.span(month, self._settings.site.zone))
        entries, own = self._entries(found), defaultdict[str, list[Entry]](list)
        holders = Holders(holding)
        for post in found:
            for feed in holders.of(post) if post.id in entries else ():
                own[feed.key].append(entries[post.id])
        for feed in holding:
            document = self._archive(feed, month, tuple(own[feed.key]))
            yield Draft(
                path=document.path("atom"),
                content=self._render(ATOM, document),
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
            entries = self._entries_of(connection, self._newest_ids(connection, feed, since=oldest))
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
        listed = [_listed(feed, rows[feed.key]) for feed in self._plan.feeds]
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
        }
        for path, content in made.items():
            yield Draft(path=path, content=content, why="it lists what has changed")

    # -- what stands in documents -------------------------------------------------------------------

    def _entries(self, found: Iterable[Post]) -> dict[str, Entry]:
        """The posts as entries, by id; one that can't stand in a feed is left out, and the others go on."""
        made: dict[str, Entry] = {}
        for post in found:
            self._looked_at.add(post.id)
            each = entry(post, self._shown, self._naming, self._languages)
            if problems := gate.entry_problems(each):
                self.left_out[post.id] = f"it can't stand in a feed: {'; '.join(problems)}"
            else:
                made[post.id] = self._made[post.id] = each
                _keep_some(self._made)
        return made

    def _entries_of(self, connection: sa.Connection, ids: Sequence[str]) -> list[Entry]:
        """The entries of these posts, newest first; what was made for another document is not read again."""
        made = {post_id: self._made[post_id] for post_id in ids if post_id in self._made}
        made |= self._entries(posts.some(connection, [post_id for post_id in ids if post_id not in made]))
        return [made[post_id] for post_id in sorted(made, key=lambda it: (made[it].published, it), reverse=True)]

    def _tombstones(self, feed: Feed, month: str | None) -> tuple[Tombstone, ...]:
        found = [each for each in self._buried if feed.holds(each.place) and month in (None, self._month(each))]
        return tuple(
            Tombstone(id=entry_id(each.post_id, each.guid, self._naming), when=each.gone_at)
            for each in found[:MOST_TOMBSTONES]
        )

    def _month(self, buried: Buried) -> str:
        return months.month_of(buried.place.published, self._settings.site.zone)

    def _render(self, kind: Format, document: FeedDocument) -> bytes:
        return kind.document(document, [self._render_entry(kind, each) for each in document.entries])

    def _render_entry(self, kind: Format, wanted: Entry) -> bytes:
        key = (kind.ending, wanted.id)
        kept = self._rendered.get(key)
        if kept is None or kept[0] != wanted:
            self._rendered[key] = kept = (wanted, kind.entry(wanted, self._naming))
            _keep_some(self._rendered)
        return kept[1]

    # -- what is over -------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Takes away what we published once and publish no more; files of others stay."""
        with self._store.read() as connection:
            if self._plan.whole:
                ours = set(documents.paths(connection))
            else:
                ours = {path for key in self._plan.keys for path in documents.paths(connection, key)}
                ours -= {path for feed in self._plan.live for path in self._archive_paths(feed)}
        self._output.take_away(ours - self._output.put_paths)

    def _archive_paths(self, feed: Feed) -> Iterator[str]:
        return (f"{feed.stem}/{month}.atom" for month in self._plan.counts[feed.key])


def _listed(feed: Feed, row: PublishedFeed) -> ListedFeed:
    latest = tuple(Link(text=title, href=url) for title, url in row.latest)
    return ListedFeed(feed=feed, posts=row.posts, updated=row.updated or _NEVER_DATED, newest=row.newest, latest=latest)


def _keep_some(made: OrderedDict[Any, Any]) -> None:
    """Lets go of what was made longest ago, where it is more than ``KEPT``."""
    if len(made) > KEPT:
        made.popitem(last=False)


def _key(post_id: str) -> str:
    """In quarantine; another than what the poll sets aside of the same post."""
    return f"entry {post_id}"


def _updated(entries: Iterable[Entry], tombstones: Iterable[Tombstone]) -> datetime | None:
    changes = [*(each.updated for each in entries), *(each.when for each in tombstones)]
    return max(changes, default=None)
