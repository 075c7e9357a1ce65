"""Our own pages, as a config wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from solacefeed import catalogue
from solacefeed.addresses import parsed
from solacefeed.composition.base import Base
from solacefeed.composition.people import People
from solacefeed.composition.publishing import has_events
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.upkeep.template_check import SHOWN, Shows, check_templates, looks_to_try
from solacefeed.store.database import Store
from solacefeed.template_files import unused
from solacefeed.web import clients, complaining, confirming, finding, leaving, own_data, preferences, subscribing
from solacefeed.web.application import application
from solacefeed.web.challenge import Challenge
from solacefeed.web.complaining import Complaining
from solacefeed.web.confirming import Confirming
from solacefeed.web.finding import Finding
from solacefeed.web.leaving import Leaving
from solacefeed.web.own_data import OwnData
from solacefeed.web.pages import Front, Pages, VisitorsPage, visitors_page
from solacefeed.web.preferences import Preferring
from solacefeed.web.server import serving
from solacefeed.web.subscribing import Subscribing
from solacefeed.web.views import TEMPLATES, own_page
from solacefeed.words import interface

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

#: What shows each of our own pages.
OWN: Mapping[type, Shows] = {VisitorsPage: visitors_page, **dict.fromkeys(TEMPLATES, own_page)}


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
    pages = Pages(front=front(base, store), environment=base.environment)
    return application(
        pages,
        [*of_visitors(base, store, pages)],
        trusted=clients.networks(base.config.web.trusted_proxies),
    )


def of_visitors(base: Base, store: Store, pages: Pages) -> list[BaseRoute]:
    """What visitors and readers see and do."""
    web, common = base.config.web, _common(base, store, pages)
    names = base.names
    asked = Challenge(question=web.question, answers=web.answers) if web.question else None
    return [
        *subscribing.routes(
            Subscribing(
                **common,
                names=names,
                consent=web.consent,
                challenge=asked,
                has_events=partial(has_events, store),
            )
        ),
        *confirming.routes(Confirming(**common, names=names)),
        *finding.routes(Finding(**common)),
        *preferences.routes(Preferring(**common, names=names, consent=web.consent)),
        *own_data.routes(OwnData(**common, export_of=partial(export_of, store), forget=_forget(base, store))),
        *leaving.routes(Leaving(**common)),
        *complaining.routes(Complaining(**common)),
    ]


def _common(base: Base, store: Store, pages: Pages) -> dict[str, Any]:
    """What each part has."""
    return {
        "store": store,
        "clock": base.clock,
        "pages": pages,
        "people": People(base).settings(store),
        "allows": allows,
    }


def front(base: Base, store: Store) -> Front:
    logo, site, web = base.brand.logo, base.site(store), base.config.web
    own = (interface(site.language), *catalogue.languages(of_ours=False)[1:])
    return Front(
        site=site,
        base_url=(web.base_url or site.base_url).rstrip("/"),
        titles=base.audience(store).titles(),
        keys=base.keys(store),
        logo_origin=logo.origin if logo else None,
        framed_by=web.embed or (parsed(site.url).origin,),
        privacy_url=web.privacy_url,
        tongues=web.languages or tuple(dict.fromkeys(own)),
    )


def check(base: Base) -> list[str]:
    """Renders every template with samples, and says which files of the operator's are none.

    Raises ``ConfigError``, with file and line, for all mistakes in them.
    """
    own = base.config.site.templates
    check_templates(looks_to_try(own, base.brand), {**SHOWN, **OWN}, own)
    return list(unused(own)) if own else []
