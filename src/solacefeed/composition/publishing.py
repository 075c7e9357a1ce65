"""The deeds of publishing, as a config wants them: documents, the hub that is told of them, and rules for moving in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from solacefeed import brand, files
from solacefeed.catalogue import mark
from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.deeds.publishing.ping import PingResult, Tell, tell_hub
from solacefeed.deeds.publishing.plan import EVENTS, PublishSettings
from solacefeed.deeds.publishing.planning import owes_pages
from solacefeed.deeds.publishing.publish import Forecast, PublishDeed, PublishResult, forecast, publish
from solacefeed.publish.feeds import Naming
from solacefeed.publish.formats import written_by
from solacefeed.store import documents, events
from solacefeed.store.database import Store
from solacefeed.words import interface

if TYPE_CHECKING:
    from solacefeed.publish.redirects import Server

#: How long a hub may take to answer a ping.
PING_SECONDS = 10


#: Why nothing is published yet.
NO_ZONE = "the blog's time zone could not be read, and months stand in permanent addresses; write [site] time_zone"


class Publishing:
    def __init__(self, base: Base, events: Events) -> None:
        self._base = base
        self._events = events

    def publish(self, store: Store, *, everything: bool = False) -> PublishResult:
        base = self._base
        deed = PublishDeed(
            settings=self.settings,
            environment=lambda: base.environment,
            refresh=self._events.refresh,
            url=base.config.source.url,
            rehearsed=base.rehearsed,
        )
        return publish(store, base.clock, deed, everything=everything)

    def owes_pages(self, store: Store) -> bool:
        """Whether an edition leaves to whose page its mails would lead in vain."""
        with store.read() as connection:
            return owes_pages(connection, self._base.audience(store).titles())

    def forecast(self, store: Store, *, everything: bool = False) -> Forecast:
        """What a publish would do now."""
        base, url = self._base, self._base.config.source.url
        return forecast(
            store, base.clock, self.settings(store), lambda: base.environment, url=url, everything=everything
        )

    def ping(self, store: Store) -> PingResult:
        """Tells the hub of what was published, where the config has one."""
        hub = self._base.config.feeds.hub
        if hub is None or self._base.rehearsed:
            return PingResult(told=0)
        return tell_hub(store, self._base.clock, partial(self._connected, hub))

    @contextmanager
    def _connected(self, hub: str) -> Iterator[Tell]:
        from solacefeed.http_client.client import HttpClient
        from solacefeed.websub import tell

        with HttpClient(agent=self._base.agent, timeout=PING_SECONDS, max_bytes=65536) as client:
            yield partial(tell, client, hub)

    def redirects(self, store: Store, server: Server, *, category_base: str) -> str:
        """The rules that lead readers of the blog's own feeds to ours."""
        from solacefeed.deeds.publishing.redirects import redirects

        return redirects(
            store,
            server,
            naming(self._base, store),
            blog_url=self._base.site(store).url,
            category_base=category_base,
            is_there=partial(files.is_there, self._base.config.feeds.dir),
        )

    def settings(self, store: Store) -> PublishSettings:
        config = self._base.config
        return PublishSettings(
            folder=config.feeds.dir,
            naming=naming(self._base, store),
            most_entries=config.feeds.entries,
            most_bytes=config.feeds.max_bytes,
            combined=tuple(table.combined() for table in config.combined),
            authors=config.feeds.authors,
            digests=tuple(self._base.audience(store).titles().items()),
            events=has_events(store),
            subscribe_url=self._base.subscribe_url,
            no_zone="" if self._base.zone_is_known(store) else NO_ZONE,
            brand=brand.mark(self._base.brand),
            formats=written_by(_version, self._base.templates_mark("site/"), mark(interface(config.site.language))),
        )


@cache
def _version(library: str) -> str:
    """That of what this process has loaded, whatever is installed meanwhile."""
    return version(library)


def naming(base: Base, store: Store) -> Naming:
    """What all feeds have in common."""
    config, site = base.config, base.site(store)
    # Only where there is such a page, or a line would lead nowhere.
    has_page = config.feeds.event_line and has_events(store)
    return Naming(
        site=site,
        names=base.names,
        rights=config.site.rights,
        hub=config.feeds.hub,
        significance=config.feeds.updated,
        blogs_ids=config.feeds.ids == "blog",
        events_url=site.published_at("events/") if has_page else None,
    )


def is_published(store: Store, path: str) -> bool:
    """Whether a document stands at *path*."""
    with store.read() as connection:
        return bool(documents.some(connection, [path]))


def has_events(store: Store) -> bool:
    """Whether events are published: an address that was once there stays."""
    with store.read() as connection:
        return bool(events.shown(connection) or documents.paths(connection, EVENTS))
