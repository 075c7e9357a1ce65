"""The page behind a mail's unsubscribe link; with ``web.server`` the home of Starlette.

A GET only ever shows: link scanners follow every link of a mail, and must not end anybody's subscription. A POST acts,
whether it comes from the page's button or from a mail program's one click (RFC 8058).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from html import escape
from typing import Any

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from solacefeed.catalogue import N_, gettext
from solacefeed.deeds.people.subscribe import end_by_number, stands
from solacefeed.errors import ConfigError, UsageError
from solacefeed.ports import Clock
from solacefeed.site import Site
from solacefeed.store.database import Store
from solacefeed.tokens import Keys, unsubscribing
from solacefeed.words import interface

_log = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_POLICY = "Content-Security-Policy"


#: What a visitor reads who can't be helped, by status.
REFUSALS: dict[Any, tuple[str, str]] = {
    404: (
        N_("There is no such page"),
        N_("The link in your mail leads to the right one; perhaps not all of it was copied."),
    ),
    405: (N_("That can't be done here"), N_("Open the link in your mail once more.")),
    500: (
        N_("Something went wrong here"),
        N_("That is our fault, not yours. Please try again in a few minutes."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the pages say of the site."""

    site: Site
    #: What readers know each digest by, by its name.
    titles: dict[str, str]
    keys: Keys
    #: Where the site's logo comes from; ``None`` where it has none.
    logo_origin: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Of each answer: the page may show the logo, and load nothing else."""
        logo = f"; img-src {self.logo_origin}" if self.logo_origin else ""
        return HEADERS | {_POLICY: HEADERS[_POLICY] + logo}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorsPage:
    #: BCP 47, of our own words.
    language: str
    organisation: str
    title: str
    sentence: str
    #: What the button says that posts back to the same address; ``None`` for no button.
    button: str | None = None


def visitors_page(page: VisitorsPage, environment: Environment) -> str:
    """The page as html."""
    return environment.get_template("web/page.html", globals={"language": page.language}).render(page=page)


def _in_whatever_looks(page: VisitorsPage, environment: Environment) -> str:
    """A mistake in the template costs the page its looks, and no visitor their answer."""
    try:
        return visitors_page(page, environment)
    except ConfigError as error:
        _log.error("%s; visitors see the page without it", error)
        button = f'<form method="post"><button>{escape(page.button)}</button></form>' if page.button else ""
        return (
            f'<!doctype html><html lang="{escape(page.language)}"><meta charset="utf-8"><title>{escape(page.title)}'
            f"</title><h1>{escape(page.title)}</h1><p>{escape(page.sentence)}</p>{button}</html>"
        )


def pages(store: Store, clock: Clock, environment: Environment, front: Front) -> Starlette:
    """The application: ``/unsubscribe/TOKEN``, and no more."""

    language = interface(front.site.language)

    def show(title: str, sentence: str, *, button: str | None = None, status: int = 200) -> Response:
        page = VisitorsPage(
            language=language,
            organisation=front.site.organisation,
            title=title,
            sentence=sentence,
            button=button,
        )
        return HTMLResponse(_in_whatever_looks(page, environment), status_code=status, headers=front.headers)

    def unsubscribe(request: Request) -> Response:
        try:
            digest, number = unsubscribing(request.path_params["token"], front.keys)
        except UsageError:
            return show(
                gettext("This link does not work", language),
                gettext(
                    "It is not one of ours, or not all of it was copied. Every mail has it whole at its foot.", language
                ),
                status=404,
            )
        title = front.titles.get(digest, digest)
        if request.method == "POST":
            end_by_number(store, clock, digest, number)
        if not stands(store, digest, number):
            gone = gettext("%(digest)s will not come to you any more.", language, digest=title)
            return show(gettext("You are unsubscribed", language), gone)
        return show(
            gettext("Unsubscribe?", language),
            gettext(
                "Press the button, and %(digest)s will not come to you any more. To keep it, just close this page.",
                language,
                digest=title,
            ),
            button=gettext("Unsubscribe", language),
        )

    def refuse(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        title, sentence = (gettext(each, language) for each in REFUSALS.get(status, REFUSALS[500]))
        answer = show(title, sentence, status=status)
        answer.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return answer

    application = Starlette(
        routes=[Route("/unsubscribe/{token}", unsubscribe, methods=["GET", "POST"])],
        exception_handlers=dict.fromkeys(REFUSALS, refuse),
    )
    # It would redirect to wherever the request's Host says.
    application.router.redirect_slashes = False
    return application
