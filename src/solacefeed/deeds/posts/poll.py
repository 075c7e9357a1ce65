"""poll: takes over what changed on the blog, and then asks what stands beside it: endings, calendars, events.

source --> take_over --> lift_recurring, calendars, events      each of these costs the poll nothing but a line
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, partial

from solacefeed.deeds.clock import believe, is_believed
from solacefeed.deeds.events.calendars import CalendarsResult
from solacefeed.deeds.execution import beside, execute
from solacefeed.deeds.posts.reread import RereadResult, lift_recurring, reread
from solacefeed.deeds.posts.take_over import PollResult, take_over
from solacefeed.errors import BrokenOff
from solacefeed.models.blog import SourcePost
from solacefeed.models.posts import Reading
from solacefeed.ports import Clock, Source
from solacefeed.store import posts
from solacefeed.store.database import Store
from solacefeed.store.locks import only_one
from solacefeed.store.posts import Raw

OnBatch = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """All that a poll needs besides the store."""

    #: The name under which the source's notes are kept.
    url: str
    #: Opens the source for as long as it is asked.
    source: Callable[[Store], AbstractContextManager[Source]]
    #: How a post is read, by the endings and beginnings that are known to recur.
    read: Callable[[SourcePost | Raw, frozenset[str]], Reading]
    #: Asks the calendars that are due.
    calendars: Callable[[Store, OnBatch], CalendarsResult]
    #: Brings events up to date; returns what did not work.
    refresh: Callable[[Store], tuple[str, ...]]
    rehearsed: bool
    #: Also a blog that asked for rest for a maintenance.
    at_once: bool = False


def poll(store: Store, clock: Clock, settings: PollSettings, on_batch: OnBatch) -> PollResult:
    """Polls; *on_batch* is told how many posts each batch brought, and may end it all by ``BrokenOff``.

    Raises ``SourceError`` when the blog can't be read, and as ``execute`` does; what stands beside it was asked then
    too, unless the time is in doubt.
    """

    def work(store: Store) -> PollResult:
        try:
            with settings.source(store) as source:
                read = _reader(store, settings)
                done = take_over(
                    store, source, clock, url=settings.url, read=read, on_batch=on_batch, at_once=settings.at_once
                )
        except BrokenOff:
            raise
        except Exception:
            if is_believed(store, clock()):
                _ask_beside(store, clock, settings, on_batch)
            raise
        return replace(done, troubles=_ask_beside(store, clock, settings, on_batch))

    return execute(store, clock, "poll", work, rehearsed=settings.rehearsed)


def import_posts(
    store: Store, clock: Clock, source: Source, name: str, settings: PollSettings, on_batch: OnBatch
) -> PollResult:
    """Takes over all that *source* has, once, as a poll of a source of its own called *name*."""

    def work(store: Store) -> PollResult:
        believe(store, clock)
        done = take_over(store, source, clock, url=name, read=_reader(store, settings), on_batch=on_batch)
        return replace(done, troubles=(*_lift_recurring(store, clock, settings), *settings.refresh(store)))

    return execute(store, clock, "poll", work, rehearsed=settings.rehearsed)


def reread_all(store: Store, clock: Clock, settings: PollSettings, on_chunk: OnBatch) -> RereadResult:
    """Reads every post anew, and what stands beside them; raises ``Busy`` beside a poll, whose news would be lost."""
    with only_one(store, "poll"):
        done = reread(store, clock, _reader(store, settings), on_chunk=on_chunk)
        return replace(done, troubles=(*_lift_recurring(store, clock, settings), *settings.refresh(store)))


def _reader(store: Store, settings: PollSettings) -> Callable[[SourcePost | Raw], Reading]:
    """How posts are read, by what is known of their endings and beginnings when the first of them is.

    Most polls bring none, and all posts that there are would be looked through for it.
    """

    @cache
    def recurring() -> frozenset[str]:
        with store.read() as connection:
            return posts.recurring_endings(connection) | posts.recurring_beginnings(connection)

    return lambda post: settings.read(post, recurring())


def _ask_beside(store: Store, clock: Clock, settings: PollSettings, on_batch: OnBatch) -> tuple[str, ...]:
    """Returns what did not work."""
    return (
        *_lift_recurring(store, clock, settings),
        *_ask_calendars(store, clock, partial(settings.calendars, store, on_batch)),
        *settings.refresh(store),
    )


def _lift_recurring(store: Store, clock: Clock, settings: PollSettings) -> tuple[str, ...]:
    return _beside(store, clock, "endings", lambda: lift_recurring(store, clock, _reader(store, settings)))


def _ask_calendars(store: Store, clock: Clock, ask: Callable[[], CalendarsResult]) -> tuple[str, ...]:
    of_calendars: list[str] = []

    def work() -> None:
        of_calendars.extend(ask().troubles)

    return (*_beside(store, clock, "calendars", work), *of_calendars)


def _beside(store: Store, clock: Clock, name: str, work: Callable[[], object]) -> tuple[str, ...]:
    trouble = beside(store, clock, name, work)
    return () if trouble is None else (trouble,)
