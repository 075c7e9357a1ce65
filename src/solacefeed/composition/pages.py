"""Our own pages, as a config wants them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from solacefeed.composition.base import Base
from solacefeed.deeds.upkeep.template_check import SHOWN, check_templates, looks_to_try
from solacefeed.store.database import Store
from solacefeed.template_files import unused
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
    logo = base.brand.logo
    front = Front(
        site=base.site(store),
        titles=titles,
        keys=base.keys(store),
        logo_origin=logo.origin if logo else None,
    )
    with serving(pages(store, base.clock, base.environment, front), listen):
        yield


def check(base: Base) -> list[str]:
    """Renders every template with samples, and says which files of the operator's are none.

    Raises ``ConfigError``, with file and line, for all mistakes in them.
    """
    own = base.config.site.templates
    check_templates(looks_to_try(own, base.brand), {**SHOWN, VisitorsPage: visitors_page}, own)
    return list(unused(own)) if own else []
