"""Our own pages, as a config wants them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from solacefeed.composition.base import Base
from solacefeed.deeds.upkeep.template_check import SHOWN, check_templates
from solacefeed.store.database import Store
from solacefeed.web.pages import Front, VisitorsPage, pages, visitors_page
from solacefeed.web.server import serving


@contextmanager
def served(base: Base, store: Store) -> Iterator[None]:
    """Serves them while the context lasts, where the config wants them."""
    listen = base.config.web.listen
    if listen is None:
        yield
        return
    titles = base.audience(store).titles()
    front = Front(site=base.site(store), titles=titles, secret=base.secret(store))
    with serving(pages(store, base.clock, base.environment, front), listen):
        yield


def check(base: Base) -> None:
    """Renders every template with samples; raises ``ConfigError``, with file and line, for all mistakes in them."""
    check_templates(base.environment, {**SHOWN, VisitorsPage: visitors_page})
