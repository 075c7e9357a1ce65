"""The pages of visitors and readers, as a config wants them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from solacefeed import catalogue
from solacefeed.addresses import parsed
from solacefeed.composition.base import Base
from solacefeed.composition.people import People
from solacefeed.composition.publishing import has_events
from solacefeed.store.database import Store
from solacefeed.web import complaining, confirming, finding, leaving, preferences, subscribing
from solacefeed.web.challenge import Challenge
from solacefeed.web.complaining import Complaining
from solacefeed.web.confirming import Confirming
from solacefeed.web.finding import Finding
from solacefeed.web.leaving import Leaving
from solacefeed.web.pages import Front, Pages, VisitorsPage, visitors_page
from solacefeed.web.preferences import Preferring
from solacefeed.web.rates import Rates
from solacefeed.web.subscribing import Subscribing
from solacefeed.web.views import TEMPLATES, own_page
from solacefeed.words import interface

if TYPE_CHECKING:
    from starlette.routing import Route

    from solacefeed.deeds.upkeep.template_check import Shows

#: Every view of our own pages, and what shows it.
OWN_PAGES: Mapping[type, Shows] = {VisitorsPage: visitors_page, **dict.fromkeys(TEMPLATES, own_page)}


def front(base: Base, store: Store) -> Front:
    """What every page says of the site."""
    logo, site, web = base.brand.logo, base.site(store), base.config.web
    return Front(
        site=site,
        base_url=(web.base_url or site.base_url).rstrip("/"),
        titles=base.audience(store).titles(),
        keys=base.keys(store),
        logo_origin=logo.origin if logo else None,
        framed_by=web.embed or (parsed(site.url).origin,),
        privacy_url=web.privacy_url,
        tongues=tongues(base, site.language),
    )


def tongues(base: Base, language: str) -> tuple[str, ...]:
    """The languages that people may choose: the config's, else the site's *language* and what the operator brought."""
    theirs = base.config.web.languages or catalogue.languages(of_ours=False)
    return tuple(dict.fromkeys((interface(language), *map(interface, theirs))))


def routes(base: Base, store: Store, pages: Pages) -> list[Route]:
    """Of all that visitors and readers see and do."""
    web, names, common = base.config.web, base.names, _common(base, store, pages)
    challenge = Challenge(question=web.question, answers=web.answers) if web.question else None
    events = partial(has_events, store)
    asking = Subscribing(**common, names=names, consent=web.consent, challenge=challenge, has_events=events)
    return [
        *subscribing.routes(asking),
        *confirming.routes(Confirming(**common, names=names)),
        *finding.routes(Finding(**common)),
        *preferences.routes(Preferring(**common, consent=web.consent)),
        *leaving.routes(Leaving(**common)),
        *complaining.routes(Complaining(**common)),
    ]


def _common(base: Base, store: Store, pages: Pages) -> dict[str, Any]:
    """What each part has; ``people`` is none where there is nothing to have."""
    people, web = People(base), base.config.web
    return {
        "store": store,
        "clock": base.clock,
        "pages": pages,
        "people": people.settings(store) if people.come_by_themselves else None,
        "allows": Rates(per_network=web.sign_ups_per_network, in_all=web.sign_ups_in_all).allows,
    }
