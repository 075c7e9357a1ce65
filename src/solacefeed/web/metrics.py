"""``/metrics``: the site in numbers, for Prometheus; the home of prometheus-client.

A registry of our own has what is told, for the library's default one is the whole process's. Its collector reads the
store when it is asked, and at most every few seconds. The law of labels: each has few values, all of them ours or the
config's, and none is an address, a token or a title.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.routing import Route

from solacefeed import __version__
from solacefeed.deeds.upkeep.measures import SiteMeasures
from solacefeed.errors import StoreError
from solacefeed.web.families import families
from solacefeed.web.health import HEADERS
from solacefeed.web.pages import Pages
from solacefeed.web.request_counts import RequestCounts
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.watchers import Watchers

#: What every name begins with.
PREFIX = "solacefeed"


class SiteCollector(Collector):
    """Gives what there is to tell, whenever the registry asks."""

    def __init__(self, measured: Callable[[], SiteMeasures], counts: RequestCounts) -> None:
        self._measured = measured
        self._counts = counts

    def describe(self) -> list[Metric]:
        """Nothing, so that registering it reads no store."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(f"{PREFIX}_build", "Which release this is.", {"version": __version__})
        requests = CounterMetricFamily(
            f"{PREFIX}_web_requests",
            "Requests that this process has answered, by the template of their route and by status.",
            labels=("route", "status"),
        )
        for (template, status), count in sorted(self._counts.read().items()):
            requests.add_metric((template, str(status)), count)
        yield requests
        try:
            site = self._measured()
        except StoreError:
            site = None
        yield GaugeMetricFamily(
            f"{PREFIX}_store_up", "Whether the store can be read (1), or not (0).", 0 if site is None else 1
        )
        if site is not None:
            yield from self._of_site(site)

    def _of_site(self, site: SiteMeasures) -> Iterator[Metric]:
        for family in families(site):
            metric = GaugeMetricFamily(f"{PREFIX}_{family.name}", family.help, labels=family.labels)
            for labels, value in family.values:
                metric.add_metric(labels, value)
            yield metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    watchers: Watchers
    pages: Pages
    registry: CollectorRegistry

    def tell(self, asked: PageRequest) -> Response:
        """All of them, in OpenMetrics where that is asked for; to others there is no such page."""
        if not self.watchers.may_see(asked):
            return self.pages.refuse(404)
        encoder, content_type = choose_encoder(asked.request.headers.get("accept", ""))
        return Response(encoder(self.registry), headers={**HEADERS, "Content-Type": content_type})


def registry(measured: Callable[[], SiteMeasures], counts: RequestCounts) -> CollectorRegistry:
    """With the process's memory, processor time and open files besides."""
    made = CollectorRegistry(auto_describe=False)
    made.register(SiteCollector(measured, counts))
    ProcessCollector(registry=made)
    return made


def routes(part: Metrics) -> list[Route]:
    return [page("/metrics", part.tell)]
