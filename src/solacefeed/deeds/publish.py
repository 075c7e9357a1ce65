"""publish: from the store to files, which change only where the store did. Reads no clock but for its notes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from jinja2 import Environment

from solacefeed.errors import PublishError
from solacefeed.files import publish_file, remove_file
from solacefeed.models import Post
from solacefeed.ports import Clock
from solacefeed.publish import atom
from solacefeed.publish.directory import DirectoryView, directory_view, index_page, listed
from solacefeed.publish.feeds import FeedDocument, Naming, category_feeds, entry, newest, tree_order
from solacefeed.publish.page import PagesInCommon
from solacefeed.store import categories, documents, posts, sources
from solacefeed.store.database import Store

INDEX = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    feeds: int
    posts: int
    changed: int
    removed: int

    def line(self) -> str:
        if not self.feeds:
            return "publish: nothing yet, no post has been polled"
        return (
            f"publish: {self.feeds} feeds of {self.posts} posts; {self.changed} files changed, {self.removed} removed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where documents go, and what they have in common."""

    folder: Path
    naming: Naming
    zone: tzinfo
    #: The blog, for people.
    site_url: str
    #: The newest entries that a feed holds; 0 for all.
    most_entries: int = 0


def publish(store: Store, clock: Clock, place: Place, environment: Environment, *, url: str) -> PublishResult:
    """Makes the folder's documents say what the store says.

    Raises ``PublishError`` while the first crawl of the source named *url* is not complete: a feed never grows bit by
    bit before its readers' eyes.
    """
    made, shown = _feeds(store, place, url)
    if made:
        _claim(store, clock, {INDEX, *(path for document in made for path in _paths(document))})
    written: dict[str, str] = {}
    changed = 0
    for path, document in _documents(made, place, environment):
        changed += publish_file(place.folder, path, document)
        written[path] = hashlib.sha256(document).hexdigest()
    removed = _remember(store, clock, place, written)
    return PublishResult(feeds=len(made), posts=len(shown), changed=changed, removed=removed)


def _feeds(store: Store, place: Place, url: str) -> tuple[list[FeedDocument], list[Post]]:
    with store.read() as connection:
        if not sources.notes(connection, url).complete:
            raise PublishError(f"nothing is published before the first crawl of {url} is complete: `solacefeed poll`")
        shown = posts.published(connection)
        listed = categories.everything(connection)
        former = categories.slugs_before(connection)
    if not shown:
        return [], []
    naming = place.naming
    visible = [category for category in tree_order(listed, naming.names) if naming.names.shows(category)]
    entries = {post.id: entry(post, visible, naming) for post in shown}
    filled = {category for post in shown for category in post.category_ids}
    made = []
    for feed in category_feeds(listed, filled, naming, former):
        own = newest([entries[post.id] for post in shown if feed.holds(post)], most=place.most_entries, most_bytes=0)
        made.append(FeedDocument(feed=feed, naming=naming, entries=own, updated=max(each.updated for each in own)))
    return made, shown


def _paths(document: FeedDocument) -> tuple[str, ...]:
    return tuple(f"{place}.atom" for place in (document.feed.place, *document.feed.former_places))


def _documents(made: list[FeedDocument], place: Place, environment: Environment) -> Iterator[tuple[str, bytes]]:
    """Each document with its path, one in memory at a time."""
    for document in made:
        rendered = atom.render(document)
        for path in _paths(document):
            yield path, rendered
    if made:
        yield INDEX, index_page(_directory(made, place), environment)


def _directory(made: list[FeedDocument], place: Place) -> DirectoryView:
    common = PagesInCommon(site_url=place.site_url, zone=place.zone)
    return directory_view([listed(document) for document in made], place.naming, common)


def _claim(store: Store, clock: Clock, paths: set[str]) -> None:
    """Notes new files as ours before they are written: a publish that dies in between leaves none without an owner."""
    with store.read() as connection:
        new = paths - documents.sums(connection).keys()
    if new:
        with store.write() as connection:
            documents.note(connection, dict.fromkeys(new, ""), at=clock())


def _remember(store: Store, clock: Clock, place: Place, written: dict[str, str]) -> int:
    """Takes away what we published once and publish no more; files of others stay."""
    with store.read() as connection:
        before = documents.sums(connection)
    stale = sorted(before.keys() - written.keys())
    for path in stale:
        remove_file(place.folder, path)
    fresh = {path: digest for path, digest in written.items() if before.get(path) != digest}
    if fresh or stale:
        with store.write() as connection:
            documents.note(connection, fresh, at=clock())
            documents.forget(connection, stale)
    return len(stale)
