"""What every page of ours is made with: the site's looks, whatever they are, and the headers of its kind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from solacefeed.catalogue import N_, gettext
from solacefeed.errors import ConfigError
from solacefeed.site import Site
from solacefeed.tokens import Keys
from solacefeed.web.security import PageKind, headers
from solacefeed.words import interface

_log = logging.getLogger(__name__)

#: What a visitor reads who can't be helped, by status.
REFUSALS: dict[Any, tuple[str, str]] = {
    400: (
        N_("That could not be read"),
        N_("Perhaps not all of it arrived. Please go back and try once more."),
    ),
    404: (
        N_("There is no such page"),
        N_("The link in your mail leads to the right one; perhaps not all of it was copied."),
    ),
    405: (N_("That can't be done here"), N_("Open the link in your mail once more.")),
    410: (
        N_("This is gone"),
        N_("What stood here is there no more. If a link in a mail of ours led you here, a newer mail has a newer one."),
    ),
    413: (N_("That is too much"), N_("No form of ours takes so much. Please write less, and try once more.")),
    429: (N_("Too much at once"), N_("Please try again in an hour.")),
    500: (
        N_("Something went wrong here"),
        N_("That is our fault, not yours. Please try again in a few minutes."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the pages say of the site."""

    site: Site
    #: Where our pages are reached, without a slash at its end; no request says it.
    base_url: str
    #: What readers know each digest by, by its name.
    titles: dict[str, str]
    keys: Keys
    #: Where the site's logo comes from; ``None`` where it has none.
    logo_origin: str | None = None
    #: The origins that may show the form's page in a frame.
    framed_by: tuple[str, ...] = ()


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


def _without_looks(page: VisitorsPage) -> str:
    button = f'<form method="post"><button>{escape(page.button)}</button></form>' if page.button else ""
    return (
        f'<!doctype html><html lang="{escape(page.language)}"><meta charset="utf-8"><title>{escape(page.title)}'
        f"</title><h1>{escape(page.title)}</h1><p>{escape(page.sentence)}</p>{button}</html>"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Makes the answers of every part."""

    front: Front
    environment: Environment

    @property
    def language(self) -> str:
        """Of our own words, where a visitor has asked for no other."""
        return interface(self.front.site.language)

    def answer(self, html: str, *, kind: PageKind = PageKind.PRIVATE, status: int = 200) -> Response:
        of_kind = headers(kind, logo_origin=self.front.logo_origin, framed_by=self.front.framed_by)
        return HTMLResponse(html, status_code=status, headers=of_kind)

    def in_whatever_looks(self, rendered: Callable[[], str], otherwise: Callable[[], str]) -> str:
        """A mistake in the template costs the page its looks, and no visitor their answer."""
        try:
            return rendered()
        except ConfigError as error:
            _log.error("%s; visitors see the page without it", error)
            return otherwise()

    def say(
        self,
        title: str,
        sentence: str,
        *,
        button: str | None = None,
        status: int = 200,
        language: str | None = None,
    ) -> Response:
        """A page of one sentence, and of one button at most."""
        page = VisitorsPage(
            language=language or self.language,
            organisation=self.front.site.organisation,
            title=title,
            sentence=sentence,
            button=button,
        )
        html = self.in_whatever_looks(lambda: visitors_page(page, self.environment), lambda: _without_looks(page))
        return self.answer(html, status=status)

    def refuse(self, status: int) -> Response:
        title, sentence = (gettext(each, self.language) for each in REFUSALS.get(status, REFUSALS[500]))
        return self.say(title, sentence, status=status)
