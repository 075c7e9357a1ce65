"""The pages of visitors and readers, as a config wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from solacefeed import catalogue
from solacefeed.addresses import parsed
from solacefeed.composition.base import Base
from solacefeed.composition.people import People
from solacefeed.composition.publishing import is_published
from solacefeed.config.checks import is_loopback
from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.deeds.people.sign_up import joinable
from solacefeed.errors import UsageError
from solacefeed.models.digests import Digest
from solacefeed.publish.event_documents import PAGE as EVENTS_PAGE
from solacefeed.store.database import Store
from solacefeed.web import complaining, confirming, finding, leaving, own_data, preferences, subscribing
from solacefeed.web.challenge import Challenge
from solacefeed.web.choices import all_categories, choices_of
from solacefeed.web.complaining import Complaining
from solacefeed.web.confirming import Confirming
from solacefeed.web.finding import Finding
from solacefeed.web.leaving import Leaving
from solacefeed.web.limits import Rates
from solacefeed.web.own_data import OwnData
from solacefeed.web.pages import Front, Pages
from solacefeed.web.preferences import Preferring
from solacefeed.web.snippet import Snippet, form_html, iframe_html
from solacefeed.web.subscribing import Subscribing
from solacefeed.web.views import TEMPLATES, own_page
from solacefeed.web.wordings import snippet_wording
from solacefeed.words import interface

if TYPE_CHECKING:
    from starlette.routing import Route

    from solacefeed.deeds.upkeep.template_check import Shows

#: Every view of our own pages, and what shows it.
OWN_PAGES: Mapping[type, Shows] = dict.fromkeys(TEMPLATES, own_page)


def front(base: Base, store: Store) -> Front:
    """What every page says of the site."""
    logo, site, web = base.brand.logo, base.site(store), base.config.web
    base_url = (web.base_url or site.base_url).rstrip("/")
    return Front(
        site=replace(site, base_url=_documents_at(site.base_url, base_url)),
        base_url=base_url,
        titles=base.audience(store).titles(),
        keys=base.keys(store),
        logo_origin=logo.origin if logo else None,
        framed_by=web.embed or (parsed(site.url).origin,),
        privacy_url=web.privacy_url,
        languages=languages(base, site.language),
    )


def _documents_at(address: str, pages: str) -> str:
    """Where the pages lead to documents: to their permanent *address*; on this machine alone, to what serves *pages*.

    Whoever tries a site before its address serves anything is led to what was published, and nobody else to a second
    address of a feed.
    """
    there, here = parsed(address), parsed(pages)
    return f"{here.origin}{there.path.rstrip('/')}" if is_loopback(here.host) else address


def languages(base: Base, language: str) -> tuple[str, ...]:
    """The languages that people may choose: the config's, else the site's *language* and what the operator brought.

    What has the same words, as all English has, is offered once.
    """
    theirs = base.config.web.languages or catalogue.languages(of_ours=False)
    told: dict[object, str] = {}
    for each in (interface(language), *map(interface, theirs)):
        told.setdefault(catalogue.catalogues(each) or catalogue.primary(each), each)
    return tuple(told.values())


def routes(base: Base, store: Store, pages: Pages) -> list[Route]:
    """Of all that visitors and readers see and do."""
    web, names, common = base.config.web, base.names, _common(base, store, pages)
    challenge = Challenge(question=web.question, answers=web.answers) if web.question else None
    asking = Subscribing(
        **common,
        names=names,
        consent=web.consent,
        challenge=challenge,
        has_feeds=partial(is_published, store, "index.html"),
        has_events=partial(is_published, store, EVENTS_PAGE),
    )
    return [
        *subscribing.routes(asking),
        *confirming.routes(Confirming(**common, names=names)),
        *finding.routes(Finding(**common)),
        *preferences.routes(Preferring(**common, consent=web.consent)),
        *leaving.routes(Leaving(**common)),
        *complaining.routes(Complaining(**common)),
        *own_data.routes(OwnData(**common)),
    ]


def _common(base: Base, store: Store, pages: Pages) -> dict[str, Any]:
    """What each part has; ``people`` is none where there is nothing to have."""
    people, web = People(base), base.config.web
    rates = Rates(base.process.visitors_forms, per_network=web.sign_ups_per_network, in_all=web.sign_ups_in_all)
    return {
        "store": store,
        "clock": base.clock,
        "pages": pages,
        "people": people.settings(store) if people.come_by_themselves else None,
        "allows": rates.allows,
    }


def snippet(
    base: Base, store: Store, *, slugs: Sequence[str], digests: Sequence[str], language: str | None, framed: bool
) -> str:
    """The form as html for a page of somebody else's.

    Raises ``UsageError`` where nobody can subscribe by themselves, and for a digest, category or language that there is
    not.
    """
    if not People(base).come_by_themselves or base.config.web.base_url is None:
        raise UsageError("nobody can subscribe by themselves: that wants [web] base_url and [[digests]]")
    spoken = _spoken(base, store, language)
    named = [base.digest(name) for name in digests]
    # In the config's order, as a form that comes back is read.
    offered = joinable(each for each in base.digests() if not named or each in named)
    if not offered:
        raise UsageError("no such digest is public and open to readers: see public and join of [[digests]]")
    asked_for = offered if digests else offered[:1]
    made = Snippet(
        base_url=base.config.web.base_url.rstrip("/"),
        language=spoken,
        says_language=spoken != interface(base.config.site.language),
        digests=[each.name for each in asked_for],
        categories=_labels(base, store, slugs, offered),
        wording=snippet_wording(base.config.web.consent, base.config.site.organisation, asked_for, spoken),
        question=base.config.web.question,
        privacy_url=base.config.web.privacy_url,
    )
    return iframe_html(made) if framed else form_html(made, base.keys(store))


def _spoken(base: Base, store: Store, language: str | None) -> str:
    known = catalogue.languages()
    if language is not None and language not in known:
        raise UsageError(f"there are no words in {language}; there are {', '.join(known)}")
    return language or interface(base.site(store).language)


def _labels(base: Base, store: Store, slugs: Sequence[str], offered: Sequence[Digest]) -> list[tuple[str, str]]:
    """Slug and label of each of these; raises ``UsageError`` for one that can't be chosen."""
    with store.read() as connection:
        followed = tuple(slug for digest in offered for slug in digest.followed)
        wanted = category_ids(connection, slugs, "--categories", followed) or ()
        known = all_categories(choices_of(connection, offered, base.names))
    there = [each.slug for each in known]
    if lost := [slug for slug in slugs if slug not in there]:
        raise UsageError(
            f"--categories: {', '.join(lost)} can't be chosen by readers, who may choose {', '.join(there)}"
        )
    return [(each.slug, base.names.label(each)) for each in known if each.id in wanted]
