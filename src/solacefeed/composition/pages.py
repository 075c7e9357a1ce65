"""Our own pages, as a config wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from solacefeed.addresses import parsed
from solacefeed.composition.base import Base
from solacefeed.composition.desk import desk
from solacefeed.deeds.upkeep.template_check import SHOWN, Shows, check_templates, looks_to_try
from solacefeed.store.database import Store
from solacefeed.template_files import unused
from solacefeed.web import clients, leaving
from solacefeed.web import desk as at_desk
from solacefeed.web.application import application
from solacefeed.web.desk_view import DeskDoorPage, DeskPage, DeskText, desk_door, desk_page, desk_text
from solacefeed.web.leaving import Leaving
from solacefeed.web.pages import Front, Pages, VisitorsPage, visitors_page
from solacefeed.web.server import serving

if TYPE_CHECKING:
    from starlette.types import ASGIApp


#: The views of our own pages, and what shows each.
OURS: Mapping[type, Shows] = {
    VisitorsPage: visitors_page,
    DeskPage: desk_page,
    DeskText: desk_text,
    DeskDoorPage: desk_door,
}


@contextmanager
def served(base: Base, store: Store) -> Iterator[None]:
    """Serves them while the context lasts, where the config wants them."""
    listen = base.config.web.listen
    if listen is None:
        yield
        return
    with serving(put_together(base, store), listen):
        yield


def put_together(base: Base, store: Store) -> ASGIApp:
    """All parts of the pages."""
    pages = Pages(front=_front(base, store), environment=base.environment)
    return application(
        pages,
        [
            *leaving.routes(Leaving(store=store, clock=base.clock, pages=pages)),
            *at_desk.routes(desk(base, store, pages)),
        ],
        trusted=clients.networks(base.config.web.trusted_proxies),
    )


def _front(base: Base, store: Store) -> Front:
    logo, site, web = base.brand.logo, base.site(store), base.config.web
    return Front(
        site=site,
        base_url=(web.base_url or site.base_url).rstrip("/"),
        titles=base.audience(store).titles(),
        keys=base.keys(store),
        logo_origin=logo.origin if logo else None,
        framed_by=web.embed or (parsed(site.url).origin,),
    )


def check(base: Base) -> list[str]:
    """Renders every template with samples, and says which files of the operator's are none.

    Raises ``ConfigError``, with file and line, for all mistakes in them.
    """
    own = base.config.site.templates
    check_templates(looks_to_try(own, base.brand), {**SHOWN, **OURS}, own)
    return list(unused(own)) if own else []
