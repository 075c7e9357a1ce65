"""What watches a site, as a config wants it: who may, what they are shown, and for how long that is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from solacefeed.composition.base import Base
from solacefeed.composition.upkeep import Upkeep
from solacefeed.deeds.upkeep.deed_troubles import wanted_deeds
from solacefeed.deeds.upkeep.measures import SiteMeasures, measures
from solacefeed.deeds.upkeep.readiness import why_not_ready
from solacefeed.errors import UsageError
from solacefeed.ports import Clock
from solacefeed.store.database import Store, shown
from solacefeed.tokens import for_statusz

if TYPE_CHECKING:
    from starlette.routing import Route

    from solacefeed.web.pages import Pages
    from solacefeed.web.request_counts import RequestCounts
    from solacefeed.web.statusz import SiteSight
    from solacefeed.web.watchers import Watchers

T = TypeVar("T")

#: For so long what was read for a scrape or a page is shown again: whoever asks more often costs the store nothing.
MEASURED_FOR, SEEN_FOR, READY_FOR = timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=2)
#: For so long a link to the operator's page works.
LINK_FOR = timedelta(days=1)


@dataclass
class Held(Generic[T]):
    """What *make* gives, made anew after a time, and once however many ask."""

    make: Callable[[], T]
    clock: Clock
    lasts: timedelta
    _making: threading.Lock = field(default_factory=threading.Lock)
    _made: tuple[datetime, T] | None = None

    def __call__(self) -> T:
        with self._making:
            now = self.clock()
            # A clock that was set back makes it anew too.
            if self._made is None or not timedelta(0) <= now - self._made[0] < self.lasts:
                self._made = (now, self.make())
            return self._made[1]


class Monitoring:
    def __init__(self, base: Base) -> None:
        self._base = base
        self._upkeep = Upkeep(base)

    def measures(self, store: Store) -> SiteMeasures:
        base, upkeep = self._base, self._upkeep
        status = upkeep.status(store)
        patience = upkeep.patience()
        return measures(
            store,
            status,
            upkeep.judgement(status),
            source_kind=upkeep.kind_in_use(store),
            patience={deed: patience.of(deed) for deed in wanted_deeds(status)},
            pace=base.pace,
        )

    def sight(self, store: Store, measured: SiteMeasures) -> SiteSight:
        from solacefeed.deeds.upkeep.history import history
        from solacefeed.deeds.upkeep.sheet import sheet
        from solacefeed.web.statusz import SiteSight

        kind = self._upkeep.source_in_use(store)
        return SiteSight(
            measures=measured,
            history=history(store, measured.status.now),
            sheet=sheet(measured.status, shown(self._base.config.store.url), kind),
        )

    def why_not_ready(self, store: Store) -> tuple[str, ...]:
        base = self._base
        return why_not_ready(
            store,
            base.clock(),
            folder=base.config.feeds.dir,
            deeds=self._upkeep.deeds_of_config(),
            patience=self._upkeep.patience(),
        )

    def link(self, store: Store) -> tuple[str, datetime]:
        """The address of the operator's page, and until when it works; raises ``UsageError`` where there is none."""
        base = self._base
        if base.config.web.base_url is None:
            raise UsageError(
                "[web] base_url is missing, and the link to the page is made of it: write it into the config"
            )
        until = base.clock() + LINK_FOR
        return f"{base.config.web.base_url.rstrip('/')}/statusz/{for_statusz(base.keys(store), until=until)}", until


def routes(base: Base, store: Store, pages: Pages, counts: RequestCounts, *, apart: bool = False) -> list[Route]:
    """Of all that is asked by programs that watch, and by the operator; *apart* at ``[monitoring] listen``."""
    from solacefeed.web import metrics, readiness, statusz
    from solacefeed.web.metrics import Metrics, registry
    from solacefeed.web.readiness import Readiness
    from solacefeed.web.statusz import Statusz

    monitoring, clock, watchers = Monitoring(base), base.clock, who_watches(base, apart=apart)
    measured = Held(lambda: monitoring.measures(store), clock, MEASURED_FOR)
    seen = Held(lambda: monitoring.sight(store, measured()), clock, SEEN_FOR)
    ready = Held(lambda: monitoring.why_not_ready(store), clock, READY_FOR)
    return [
        *readiness.routes(Readiness(why_not=ready)),
        *metrics.routes(Metrics(watchers=watchers, pages=pages, registry=registry(measured, counts))),
        *statusz.routes(Statusz(watchers=watchers, pages=pages, clock=clock, sight=seen)),
    ]


def who_watches(base: Base, *, apart: bool = False) -> Watchers:
    from solacefeed.web.clients import networks
    from solacefeed.web.watchers import Watchers

    web = base.config.web
    return Watchers(
        allowed=networks(base.config.monitoring.allow),
        trusted=networks(web.trusted_proxies),
        are_named="trusted_proxies" in web.model_fields_set,
        is_apart=apart,
    )
