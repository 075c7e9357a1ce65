"""The deeds of publishing, as a config wants them: documents, the hub that is told of them, and rules for moving in."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.metadata import version

from solacefeed import files
from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.deeds.execution import beside, execute
from solacefeed.deeds.publishing.ping import PingResult, ping
from solacefeed.deeds.publishing.plan import EVENTS, PublishSettings
from solacefeed.deeds.publishing.publish import Forecast, PublishResult, forecast, publish
from solacefeed.publish.feeds import Naming
from solacefeed.publish.formats import written_by
from solacefeed.publish.redirects import Server
from solacefeed.store import documents, events
from solacefeed.store.database import Store
from solacefeed.template_files import content_mark

#: How long a hub may take to answer a ping.
PING_SECONDS = 10


class Publishing:
    def __init__(self, base: Base, events: Events) -> None:
        self._base = base
        self._events = events

    def publish(self, store: Store, *, everything: bool = False) -> PublishResult:
        base = self._base

        def work(store: Store) -> PublishResult:
            troubles, url = self._events.refresh(store), base.config.source.url
            settings = self.settings(store)
            done = publish(store, base.clock, settings, lambda: base.environment, url=url, everything=everything)
            return replace(done, troubles=troubles)

        return execute(store, base.clock, "publish", work, rehearsed=base.rehearsed)

    def forecast(self, store: Store, *, everything: bool = False) -> Forecast:
        """What a publish would do now."""
        base, url = self._base, self._base.config.source.url
        return forecast(
            store, base.clock, self.settings(store), lambda: base.environment, url=url, everything=everything
        )

    def ping(self, store: Store) -> PingResult:
        """Tells the hub of what was published, where the config has one."""
        base, hub = self._base, self._base.config.feeds.hub
        if hub is None or base.rehearsed:
            return PingResult(told=0)
        from solacefeed.http_client.client import HttpClient, user_agent
        from solacefeed.websub import tell

        done = PingResult(told=0)

        def work() -> None:
            nonlocal done
            agent = user_agent(base.config.source.contact or base.config.site.base_url)
            with HttpClient(agent=agent, timeout=PING_SECONDS, max_bytes=65536) as client:
                done = ping(store, base.clock, partial(tell, client, hub))

        trouble = beside(store, base.clock, "ping", work)
        return done if trouble is None else replace(done, trouble=trouble)

    def redirects(self, store: Store, server: Server, *, category_base: str) -> str:
        """The rules that lead readers of the blog's own feeds to ours."""
        from solacefeed.deeds.publishing.redirects import redirects

        return redirects(
            store,
            server,
            self.settings(store).naming,
            blog_url=self._base.site(store).url,
            category_base=category_base,
            is_there=partial(files.is_there, self._base.config.feeds.dir),
        )

    def settings(self, store: Store) -> PublishSettings:
        config, site, has_events = self._base.config, self._base.site(store), _has_events(store)
        naming = Naming(
            site=site,
            names=config.categories.names(),
            rights=config.site.rights,
            hub=config.feeds.hub,
            significance=config.feeds.updated,
            blogs_ids=config.feeds.ids == "blog",
            # Only where there is such a page, or a line would lead nowhere.
            events_url=site.published_at("events/") if config.feeds.event_line and has_events else None,
        )
        return PublishSettings(
            folder=config.feeds.dir,
            naming=naming,
            most_entries=config.feeds.entries,
            most_bytes=config.feeds.max_bytes,
            combined=tuple(table.combined() for table in config.combined),
            authors=config.feeds.authors,
            digests=tuple(self._base.audience(store).titles().items()),
            events=has_events,
            subscribe_url=config.feeds.subscribe_url,
            formats=written_by(version, content_mark("site/")),
        )


def _has_events(store: Store) -> bool:
    """Whether events are published: an address that was once there stays."""
    with store.read() as connection:
        return bool(events.shown(connection) or documents.paths(connection, EVENTS))
