"""Our own pages, as a config wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from solacefeed.addresses import parsed
from solacefeed.composition import visitors
from solacefeed.composition.base import Base
from solacefeed.composition.readership import counted
from solacefeed.deeds.publishing.own_feed import OwnFeeds, OwnFeedSettings
from solacefeed.errors import ConfigError, StoreError
from solacefeed.store import documents
from solacefeed.store.database import Store
from solacefeed.template_files import unused
from solacefeed.web import clients, health, own_feed
from solacefeed.web.application import Application, Current, application
from solacefeed.web.documents import Documents, Published
from solacefeed.web.health import Health
from solacefeed.web.own_feed import FollowedByFeed
from solacefeed.web.pages import Pages
from solacefeed.web.reader_counting import ReaderCounting
from solacefeed.web.routing import LateRoutes
from solacefeed.web.server import serving

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from solacefeed.deeds.upkeep.template_check import Shows
    from solacefeed.web.request_counts import RequestCounts

PutTogether: TypeAlias = Callable[[Base, Store], Application]

#: Connections at once of those who watch.
_WATCHERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served: pages and documents, and apart from them how the site stands; each at its ``HOST:PORT``."""

    store: Store
    where: str | None = None
    apart: str | None = None
    #: What serves each of them, and what makes it of a config.
    current: Sequence[tuple[Current, PutTogether]] = ()

    def turn_to(self, base: Base) -> None:
        """From now on who asks is answered as *base* wants it; who is being answered still, as before."""
        turned = [make(base, self.store) for _, make in self.current]
        for (current, _), answering in zip(self.current, turned, strict=True):
            current.application = answering

    def told(self) -> str:
        """Where what is; empty for nowhere."""
        pages = f"serves pages on {self.where}" if self.where else ""
        return ", ".join(filter(None, (pages, f"tells how it stands on {self.apart}" if self.apart else "")))


@contextmanager
def served(base: Base, store: Store, *, listen: str | None = None) -> Iterator[Served]:
    """Serves them while the context lasts, where the config or *listen* wants it.

    Raises ``ConfigError`` where nothing can be listened on.
    """
    where, apart = listen or base.config.web.listen, base.config.monitoring.listen
    current: list[tuple[Current, PutTogether]] = []
    with ExitStack() as stack:
        if apart is not None:
            watched = Current(put_apart(base, store))
            stack.enter_context(serving(watched, apart, most=_WATCHERS, key="[monitoring] listen"))
            current.append((watched, put_apart))
        if where is not None:
            readers = ReaderCounting(base.clock, counted(base, store))
            make = partial(put_together, readers=readers)
            pages = Current(make(base, store))
            stack.enter_context(readers.writing())
            stack.enter_context(serving(pages, where))
            current.append((pages, make))
        yield Served(store=store, where=where, apart=apart, current=current)


def put_together(base: Base, store: Store, readers: ReaderCounting | None = None) -> Application:
    """All parts of what is served; *readers* counts who fetches documents, where the config wants that."""
    pages = Pages(front=visitors.front(base, store), environment=base.environment)
    counts = base.process.requests
    return application(
        pages,
        [
            *health.routes(Health(store=store)),
            _watching(base, store, pages, counts),
            *visitors.routes(base, store, pages),
            *own_feed.routes(FollowedByFeed(feeds=OwnFeeds(store, partial(_own_feeds, base, store)), pages=pages)),
            _editing(base, store, pages),
        ],
        documents=Documents(
            _published(base, store),
            missing=partial(_status_of_missing, store),
            page=lambda status: bytes(pages.refuse(status).body),
        ),
        trusted=clients.networks(base.config.web.trusted_proxies),
        counts=counts,
        readers=readers if base.config.web.count_readers and not base.rehearsed else None,
    )


def put_apart(base: Base, store: Store) -> Application:
    """What ``[monitoring] listen`` serves: how the site stands, and nothing of readers; no proxy is trusted there."""
    pages = Pages(front=visitors.front(base, store), environment=base.environment)
    counts = base.process.requests
    routes = [
        *health.routes(Health(store=store)),
        _watching(base, store, pages, counts, apart=True),
    ]
    return application(pages, routes, counts=counts)


def _watching(base: Base, store: Store, pages: Pages, counts: RequestCounts, *, apart: bool = False) -> LateRoutes:
    """How the site stands, for who watches it: nobody does of most sites."""

    def make() -> Sequence[BaseRoute]:
        from solacefeed.composition import monitoring

        return monitoring.routes(base, store, pages, counts, apart=apart)

    return LateRoutes(("readyz", "metrics", "statusz"), make)


def _editing(base: Base, store: Store, pages: Pages) -> LateRoutes:
    """The desk; what shows an edition is large."""

    def make() -> Sequence[BaseRoute]:
        from solacefeed.composition.desk import desk
        from solacefeed.web.desk import routes

        return routes(desk(base, store, pages))

    return LateRoutes(("desk",), make)


def _published(base: Base, store: Store) -> Published:
    address = base.site(store).base_url
    return Published(
        folder=base.config.feeds.dir,
        base_url=address,
        prefix=parsed(address).path.rstrip("/"),
        hub=base.config.feeds.hub,
    )


def _own_feeds(base: Base, store: Store) -> OwnFeedSettings:
    from solacefeed.composition.publishing import naming

    feeds, digests = base.config.feeds, [table.digest() for table in base.config.digests]
    return OwnFeedSettings(
        # No hub is told of what one reader chose.
        naming=replace(naming(base, store), hub=None),
        digests={digest.key: digest for digest in digests},
        most_entries=feeds.entries,
        most_bytes=feeds.max_bytes,
    )


def _status_of_missing(store: Store, path: str) -> int:
    """410 for a document that stood at *path* once; 404 where none did, or nobody can tell."""
    try:
        with store.read() as connection:
            return 410 if documents.is_gone(connection, path) else 404
    except StoreError:
        return 404


def every_view() -> Mapping[type, Shows]:
    """Every view, those of mails and of our own pages, and what shows each."""
    from solacefeed.deeds.upkeep.template_check import SHOWN
    from solacefeed.web.desk_view import DeskDoorPage, DeskPage, DeskText, desk_door, desk_page, desk_text
    from solacefeed.web.statusz_view import StatuszPage, statusz_html
    from solacefeed.web.tryout_view import TryoutPage, tryout_html

    return {
        **SHOWN,
        **visitors.OWN_PAGES,
        DeskPage: desk_page,
        DeskText: desk_text,
        DeskDoorPage: desk_door,
        TryoutPage: tryout_html,
        StatuszPage: statusz_html,
    }


def template_problems(base: Base) -> tuple[str, ...]:
    """What is wrong with the templates, as the site's own brand shows them."""
    from solacefeed.deeds.upkeep.template_check import check_shipped_templates, check_templates

    own = base.config.site.templates
    try:
        if own is None:
            check_shipped_templates(base.environment, every_view())
        else:
            check_templates([base.environment], every_view(), own)
    except ConfigError as error:
        return tuple(error.problems)
    return ()


def check(base: Base) -> list[str]:
    """Renders templates with samples, the operator's in all their branches, and says which of their files are none.

    Raises ``ConfigError``, with file and line, for all mistakes in them.
    """
    from solacefeed.deeds.upkeep.template_check import check_shipped_templates, check_templates, looks_to_try

    own = base.config.site.templates
    if own is None:
        check_shipped_templates(base.environment, every_view())
        return []
    check_templates(looks_to_try(own, base.brand), every_view(), own)
    return list(unused(own))
