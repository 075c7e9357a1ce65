"""What every page of ours is made with: the site's looks, whatever they are, and the headers of its kind."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from solacefeed.catalogue import N_, gettext, languages
from solacefeed.errors import ConfigError
from solacefeed.publish.page import Link
from solacefeed.site import Site
from solacefeed.templating import templates
from solacefeed.tokens import Keys
from solacefeed.web.security import PageKind, headers
from solacefeed.web.views import FormOption, OwnPage, VisitorsPage, own_page
from solacefeed.words import interface, language_name

_log = logging.getLogger(__name__)

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)

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

    #: With the address at which a visitor finds the documents.
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
    privacy_url: str | None = None
    #: The languages (BCP 47) that people may choose of our words, the site's own first.
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Makes the answers of every part."""

    front: Front
    environment: Environment

    @property
    def language(self) -> str:
        """Of our own words, where a visitor has asked for no other."""
        return interface(self.front.site.language)

    def spoken(self, *wanted: str | None) -> str:
        """The first of the languages *wanted* that we speak; whatever else a visitor sends is none."""
        known = {each.lower(): each for each in languages()}
        found = (known.get(each.lower()) for each in wanted if each)
        return next(filter(None, found), self.language)

    def at(self, path: str, language: str | None = None) -> str:
        """The address of a page of ours, in that *language* where it is another than the site's."""
        said = f"?lang={language}" if language and language != self.language else ""
        return f"{self.front.base_url}{path}{said}"

    def ways_out(self, language: str) -> tuple[Link, ...]:
        """For who can't go on: to their own link, and to the form."""
        return (
            Link(text=gettext("Mail me my link", language), href=self.at("/find", language)),
            Link(text=gettext("To the form", language), href=self.at("/subscribe", language)),
        )

    def home_link(self, language: str) -> Link:
        text = gettext("Follow %(site)s", language, site=self.front.site.title)
        return Link(text=text, href=self.at("/", language))

    def around(self, title: str, language: str) -> dict[str, Any]:
        """What every ``OwnPage`` has."""
        front = self.front
        languages = front.languages if len(front.languages) > 1 else ()
        return {
            "language": language,
            "title": title,
            "organisation": front.site.organisation,
            "site_title": front.site.title,
            "site_url": front.site.url,
            "home": self.at("/", language),
            "privacy_url": front.privacy_url,
            "complain": self.at("/complain", language),
            "languages": tuple(
                FormOption(value=each, text=language_name(each)) for each in languages if each != language
            ),
        }

    def show(self, page: OwnPage, *, kind: PageKind = PageKind.PRIVATE, status: int = 200) -> Response:
        return self.answer(self._in_whatever_looks(page), kind=kind, status=status)

    def answer(self, html: str, *, kind: PageKind = PageKind.PRIVATE, status: int = 200) -> Response:
        of_kind = headers(
            kind,
            # Of a template alone: whatever else stands in a page is escaped.
            styles=STYLE.findall(html),
            logo_origin=self.front.logo_origin,
            framed_by=self.front.framed_by,
        )
        return HTMLResponse(html, status_code=status, headers=of_kind)

    def _in_whatever_looks(self, page: OwnPage) -> str:
        """A mistake in a template of the operator's costs the page their looks, and no visitor their answer."""
        try:
            return own_page(page, self.environment)
        except ConfigError as error:
            _log.error("%s; visitors see the shipped page", error)
            return own_page(page, templates())

    def say(
        self,
        title: str,
        sentence: str,
        *,
        points: tuple[str, ...] = (),
        button: str | None = None,
        action: str | None = None,
        token: str | None = None,
        links: tuple[Link, ...] = (),
        status: int = 200,
        language: str | None = None,
        kind: PageKind = PageKind.PRIVATE,
    ) -> Response:
        """A page of few sentences, and of one button at most."""
        page = VisitorsPage(
            **self.around(title, language or self.language),
            sentence=sentence,
            points=points,
            button=button,
            action=action,
            token=token,
            links=links,
            framed=kind is PageKind.FRAMED,
        )
        return self.show(page, kind=kind, status=status)

    def refuse(self, status: int, language: str | None = None) -> Response:
        """What stands where a visitor can't be helped; nobody asks for it in another language."""
        spoken = language or self.language
        title, sentence = (gettext(each, spoken) for each in REFUSALS.get(status, REFUSALS[500]))
        around = self.around(title, spoken) | {"languages": ()}
        page = VisitorsPage(**around, sentence=sentence, links=(self.home_link(spoken),))
        return self.show(page, status=status)
