"""The deeds of posts, as a config wants them: where posts come from, how they are read, what is asked beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path

from solacefeed.addresses import parsed
from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.config.checks import is_loopback
from solacefeed.deeds.clock import AttestedSource
from solacefeed.deeds.events.calendars import CalendarsResult, ask_calendars
from solacefeed.deeds.posts.export_origin import must_be_ours
from solacefeed.deeds.posts.poll import OnBatch, PollSettings, import_posts, poll, reread_all
from solacefeed.deeds.posts.reread import RereadResult
from solacefeed.deeds.posts.take_over import PollResult
from solacefeed.errors import SourceError
from solacefeed.http_client.budget import OTHERS_LATER, Budget
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import SourcePost
from solacefeed.models.events import Calendar
from solacefeed.models.posts import Reading
from solacefeed.ports import Pause, Source
from solacefeed.sources.calendar_answers import CalendarAnswer, Validators
from solacefeed.sources.finding import AutoSource
from solacefeed.sources.found import FEED, PAGES, REST, WORDPRESS_COM
from solacefeed.store import sources
from solacefeed.store.database import Store
from solacefeed.store.posts import Raw

SAMPLE = "sample:"


def _ignore(_: int) -> None:
    """Nobody watches."""


def _nobody_stops() -> bool:
    return False


class Posts:
    def __init__(self, base: Base, events: Events) -> None:
        self._base = base
        self._events = events

    def poll(
        self,
        store: Store,
        on_batch: OnBatch = _ignore,
        *,
        pause: Pause | None = None,
        at_once: bool = False,
        stop: Callable[[], bool] = _nobody_stops,
        newest: int | None = None,
    ) -> PollResult:
        """*pause* waits with a person for a maintenance; *at_once* asks also a blog that asked for rest for one.

        Once *stop* says so it ends at the next step by ``BrokenOff``. With *newest*, so many posts are taken over and
        no others, for a store that is not kept.
        """
        settings = self._settings(pause=pause, at_once=at_once, stop=stop, newest=newest)
        return poll(store, self._base.clock, settings, on_batch)

    def import_export(
        self, store: Store, path: Path, on_batch: OnBatch, *, moved_from: Collection[str] = ()
    ) -> PollResult:
        """Takes over a WordPress export file, as a poll of a source of its own.

        Raises ``SourceError`` for one of another blog than the config's, unless it has *moved_from* there.
        """
        from solacefeed.sources.export import ExportSource

        source = ExportSource(path)
        must_be_ours(path.name, source.home, self._addresses(store), moved_from)
        name = f"export {path.name}"
        return import_posts(store, self._base.clock, source, name, self._settings(), on_batch)

    def _addresses(self, store: Store) -> tuple[str, ...]:
        """Where the blog is, as far as that is known: by its own word, and where it is asked, unless that is here."""
        asked = self._base.config.source.url
        with store.read() as connection:
            told = sources.notes(connection, asked).site
        is_public = asked != SAMPLE and not is_loopback(parsed(asked).host)
        return (*((told.url,) if told and told.url else ()), *((asked,) if is_public else ()))

    def reread(self, store: Store, on_chunk: OnBatch) -> RereadResult:
        return reread_all(store, self._base.clock, self._settings(), on_chunk)

    def _settings(
        self,
        *,
        pause: Pause | None = None,
        at_once: bool = False,
        stop: Callable[[], bool] = _nobody_stops,
        newest: int | None = None,
    ) -> PollSettings:
        return PollSettings(
            url=self._base.config.source.url,
            source=partial(self.source, pause=pause, stop=stop, newest=newest),
            read=self.read,
            calendars=partial(self._ask_calendars, pause=pause, at_once=at_once, stop=stop),
            refresh=self._events.refresh,
            rehearsed=self._base.rehearsed,
            at_once=at_once,
        )

    @contextmanager
    def source(
        self,
        store: Store,
        *,
        pause: Pause | None = None,
        stop: Callable[[], bool] = _nobody_stops,
        newest: int | None = None,
    ) -> Iterator[Source]:
        """The source of posts, reached for as long as the context lasts."""
        config = self._base.config.source
        with self._reached(pause, stop) as (client, url):
            kinds = _kinds(client, newest)
            kind = REST if config.url == SAMPLE else config.kind
            # Also for one kind alone: each keeps notes of its own, so that a change of kind begins nothing anew.
            chosen = AutoSource(client, url, kinds if kind == "auto" else {kind: kinds[kind]})
            yield AttestedSource(chosen, store, self._base.clock, lambda: client.server_time)

    def page_language(self) -> str | None:
        """The language that the blog's own page says it is in; ``None`` where it says none, or can't be had."""
        from solacefeed.sources.finding_site import Candidates, language_of

        with self._reached(None, _nobody_stops) as (client, url):
            try:
                return language_of(Candidates(client, url, self._base.clock()).page())
            except SourceError:
                return None

    @contextmanager
    def _reached(self, pause: Pause | None, stop: Callable[[], bool]) -> Iterator[tuple[HttpClient, str]]:
        """What asks the blog, and at which address."""
        url, reach = self._base.config.source.url, {}
        with ExitStack() as stack:
            if url == SAMPLE:
                from solacefeed.sample.blog import Blog
                from solacefeed.sample.server import serve

                blog = Blog.shipped()
                url, reach = blog.url, {blog.url: stack.enter_context(serve(blog))}
            yield stack.enter_context(_client(self._base, pause, self._budget(stop), reach)), url

    def read(self, post: SourcePost | Raw, recurring: frozenset[str]) -> Reading:
        """Where a source shows an excerpt only, that is the content."""
        from solacefeed.text.reading import read

        reading = read(
            post.title,
            post.content or post.excerpt or "",
            url=post.url,
            own_excerpt=post.excerpt if post.content else None,
            excerpt_length=self._base.config.feeds.excerpt_length,
            recurring=recurring,
        )
        if reading.announcement is None:
            return reading
        from solacefeed.events.understanding import announcing

        return announcing(reading)

    def _budget(self, stop: Callable[[], bool]) -> Budget:
        config = self._base.config.source
        return Budget(seconds=config.poll_seconds, requests=config.poll_requests, stop=stop)

    def _budget_of_calendars(self, stop: Callable[[], bool]) -> Budget:
        """Another one, for all of a poll's calendars together."""
        return replace(self._budget(stop), what="asking the calendars", goes_on=OTHERS_LATER)

    def _ask_calendars(
        self, store: Store, on_batch: OnBatch, *, pause: Pause | None, at_once: bool, stop: Callable[[], bool]
    ) -> CalendarsResult:
        config, zone = self._base.config, self._base.site(store).zone
        wanted = [table.calendar() for table in config.calendars]
        budget = self._budget_of_calendars(stop)

        def before_each(count: int) -> None:
            on_batch(count)
            budget.check_for_one()

        def ask(calendar: Calendar, known: Validators, now: datetime) -> CalendarAnswer | None:
            from solacefeed.sources.calendars import ask

            with _client(self._base, pause, budget) as client:
                return ask(client, calendar, known, now, zone=zone, going=lambda: on_batch(0))

        return ask_calendars(store, self._base.clock, wanted, ask, zone, on_batch=before_each, at_once=at_once)


#: Every kind of source, best first, and where it is made.
_KINDS = {
    REST: ("wordpress", "WordPressSource"),
    WORDPRESS_COM: ("wordpress_com", "WordPressComSource"),
    FEED: ("feed", "FeedSource"),
    PAGES: ("pages", "PagesSource"),
}


def _kinds(client: HttpClient, most: int | None) -> Mapping[str, Callable[[str], Source]]:
    return {kind: partial(_made, client, kind, most) for kind in _KINDS}


def _made(client: HttpClient, kind: str, most: int | None, address: str) -> Source:
    """The source of this *kind* at *address*, of its newest posts alone where it is told how many at *most*; the others
    are not even loaded."""
    module, name = _KINDS[kind]
    source: Source = getattr(import_module(f"solacefeed.sources.{module}"), name)(client, address)
    if most is None:
        return source
    from solacefeed.sources.newest import newest

    return newest(kind, client, address, source, most)


def _client(base: Base, pause: Pause | None, budget: Budget, reach: Mapping[str, str] | None = None) -> HttpClient:
    source = base.config.source
    return HttpClient(
        agent=base.agent,
        timeout=source.timeout,
        max_bytes=source.max_bytes,
        reach=reach or {},
        pause=pause,
        budget=budget,
    )
