"""publish: from the store to files, which change only where the store did. Reads no clock but for its notes.

    plan: what has changed --> build: documents, each after those that it leads to --> output: gate, names, books
    --> removal of what is published no more --> marks, by which the next publish knows what has changed

docs/publishing.md draws it on one page. Killed anywhere, it leaves whole documents that lead to what is there, and what
changed on its list; the next one ends where an undisturbed one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from solacefeed import files
from solacefeed.deeds.clock import believe
from solacefeed.deeds.execution import execute
from solacefeed.deeds.publishing.fence import Fence, telling
from solacefeed.deeds.publishing.made_with import ASKED, FIRST_TIME
from solacefeed.deeds.publishing.marks import folder_is_another, is_remembered, remember
from solacefeed.deeds.publishing.plan import Plan, PublishSettings
from solacefeed.deeds.publishing.planning import make_plan
from solacefeed.errors import PublishError
from solacefeed.models.feeds import FeedKind
from solacefeed.ports import Clock
from solacefeed.store import documents, feeds, posts, sources
from solacefeed.store.database import Store
from solacefeed.store.documents import Document

if TYPE_CHECKING:
    from jinja2 import Environment

    from solacefeed.deeds.publishing.output import Difference
    from solacefeed.publish.readers import UnreadCost

#: How long feeds say that a post is gone, and that a feed has nothing left.
TOMBSTONES_STAND = timedelta(days=90)
RETIRED_STANDS = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    feeds: int
    posts: int
    changed: int
    removed: int
    #: Documents that the gate did not let through; the last good ones stand there.
    refused: int = 0
    #: Posts that can't stand in a feed.
    left_out: int = 0
    #: Why everything was made anew though nobody asked for it; empty where it was not.
    since: str = ""
    #: What did not work beside it.
    troubles: tuple[str, ...] = ()

    def falls_short(self) -> bool:
        return self.refused > 0

    def is_pressing(self) -> bool:
        return self.falls_short()

    def has_news(self) -> bool:
        return bool(self.changed or self.removed or self.refused or self.since)

    def line(self) -> str:
        if not self.feeds:
            return "publish: nothing yet, no post has been polled"
        words = (
            f"publish: {self.feeds} feeds of {self.posts} posts; {self.changed} files changed, {self.removed} removed"
        )
        if self.since:
            words += f"; everything was made anew, since {self.since}"
        if self.left_out:
            words += f"; {self.left_out} posts left out, see `solacefeed posts quarantine list`"
        if self.refused:
            words += f"; {self.refused} documents not let through, see `solacefeed status`"
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a publish would do."""

    differences: tuple[Difference, ...]
    unread: UnreadCost
    #: Why the gate would not let documents through, by path.
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishDeed:
    """All that a publish needs besides the store; what is made of a store is made when it is needed."""

    settings: Callable[[Store], PublishSettings]
    environment: Callable[[], Environment]
    #: Brings events up to date; returns what did not work.
    refresh: Callable[[Store], tuple[str, ...]]
    #: Of the source whose first crawl is to be complete.
    url: str
    rehearsed: bool


def publish(store: Store, clock: Clock, deed: PublishDeed, *, everything: bool = False) -> PublishResult:
    """Brings events up to date and writes what has changed; raises what ``write_changes`` and ``execute`` raise."""

    def work(store: Store) -> PublishResult:
        troubles = deed.refresh(store)
        done = write_changes(store, clock, deed.settings(store), deed.environment, url=deed.url, everything=everything)
        return replace(done, troubles=troubles)

    return execute(store, clock, "publish", work, rehearsed=deed.rehearsed)


def write_changes(
    store: Store,
    clock: Clock,
    settings: PublishSettings,
    environment: Callable[[], Environment],
    *,
    url: str,
    everything: bool = False,
) -> PublishResult:
    """Makes the folder's documents say what the store says; *everything* makes each of them anew.

    Raises ``PublishError`` while the first crawl of the source named *url* is not complete: a feed never grows bit by
    bit before its readers' eyes; and while no time zone is known, for months stand in permanent addresses. Raises
    ``ClockDoubt`` when the time can't be right: what is gone would be forgotten. ``Overtaken`` where another publish
    began meanwhile. A fault of ours over one document is raised once all others stand.
    """
    believe(store, clock)
    _forget_what_is_old(store, clock)
    files.clear_drafts(settings.folder)
    plan = _planned(store, clock, settings, url, everything=everything)
    fence = Fence(plan.turn)
    with telling(store, fence):
        return _written(store, clock, settings, environment, plan, fence)


def _written(
    store: Store,
    clock: Clock,
    settings: PublishSettings,
    environment: Callable[[], Environment],
    plan: Plan,
    fence: Fence,
) -> PublishResult:
    if plan.nothing:
        _remember(store, settings, plan, fence)
        return _result(store, plan)
    # A file may be what is written next.
    with store.write() as connection:
        fence.begin(connection)
        feeds.retire(connection, plan.retiring)
    # What builds is large, and on most looks there is nothing to build.
    from solacefeed.deeds.publishing.build import Build
    from solacefeed.deeds.publishing.output import Output

    output = Output(store, clock, settings.folder, fence)
    build = Build(store, settings, environment(), output, plan)
    build.work()
    with store.write() as connection:
        fence.ask(connection)
        build.keep_books(connection, clock())
        if build.went_wrong is None:
            remember(connection, plan, settings)
    if build.went_wrong is not None:
        # All else stands. The next publish plans the same again, and so ends where an undisturbed one does.
        raise build.went_wrong
    done = _result(store, plan)
    left_out, refused = len(build.left_out), len(output.refused)
    return replace(done, changed=output.changed, removed=output.removed, refused=refused, left_out=left_out)


def _result(store: Store, plan: Plan) -> PublishResult:
    with store.read() as connection:
        alive = [feed for feed in feeds.everything(connection).values() if feed.retired_at is None]
    return PublishResult(
        feeds=len(alive),
        posts=next((feed.posts for feed in alive if feed.kind is FeedKind.ALL), 0),
        changed=0,
        removed=0,
        since="" if plan.since in (None, ASKED, FIRST_TIME) else plan.since,
    )


def _remember(store: Store, settings: PublishSettings, plan: Plan, fence: Fence) -> None:
    with store.read() as connection:
        if is_remembered(connection, plan, settings):
            return
    with store.write() as connection:
        fence.ask(connection)
        remember(connection, plan, settings)


def forecast(
    store: Store,
    clock: Clock,
    settings: PublishSettings,
    environment: Callable[[], Environment],
    *,
    url: str,
    everything: bool = False,
) -> Forecast:
    """What ``write_changes`` would do now, and what that would cost readers; nothing is written."""
    from solacefeed.deeds.publishing.build import Build
    from solacefeed.deeds.publishing.output import Output

    plan = _planned(store, clock, settings, url, everything=everything)
    output = Output(store, clock, settings.folder, Fence(plan.turn), look_only=True)
    build = Build(store, settings, environment(), output, plan)
    build.work()
    if build.went_wrong is not None:
        raise build.went_wrong
    return Forecast(differences=tuple(output.differences), unread=output.unread, refused=output.refused)


def _forget_what_is_old(store: Store, clock: Clock) -> None:
    """What ends by itself ends here, as a fact in the store: the documents are made of facts alone."""
    now = clock()
    with store.read() as connection:
        tombstones = posts.old_tombstones(connection, until=now - TOMBSTONES_STAND)
        retired = feeds.retired_long(connection, until=now - RETIRED_STANDS)
    if tombstones or retired:
        with store.write() as connection:
            posts.forget_tombstones(connection, until=now - TOMBSTONES_STAND)
            feeds.end_retired(connection, until=now - RETIRED_STANDS)


def _planned(store: Store, clock: Clock, settings: PublishSettings, url: str, *, everything: bool) -> Plan:
    with store.read() as connection:
        if not sources.notes(connection, url).complete:
            raise PublishError(f"nothing is published before the first crawl of {url} is complete: `solacefeed poll`")
        if settings.no_zone:
            raise PublishError(f"nothing is published yet: {settings.no_zone}")
        expected = documents.current(connection, archives=folder_is_another(connection, settings))
        spoiled = not _as_written(expected, settings.folder)
        return make_plan(connection, settings, now=clock(), everything=everything, spoiled=spoiled)


def _as_written(expected: Iterable[Document], folder: Path) -> bool:
    """Whether the files are there as they were written, by their sizes and times."""
    written = (each for each in expected if each.sha256)
    return all(files.stands(folder, each.path, each.size, each.published_at) for each in written)
