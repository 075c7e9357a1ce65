"""Serves a tryout: its page, its mails and the feeds beside it, as they were written; all of it only shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from solacefeed.web.pages import STYLE
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.security import PageKind, headers


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutPart:
    """What is served of one."""

    html: str
    #: The origins that the page has pictures from, and those that mails have them from.
    pictures: tuple[str, ...]
    mail_pictures: tuple[str, ...]
    #: The html of each mail and its text part, by their paths below ``digests/``.
    mails: Mapping[str, str]
    texts: Mapping[str, str]

    def show(self, _asked: PageRequest) -> Response:
        of_kind = headers(PageKind.PRIVATE, styles=STYLE.findall(self.html), pictures=self.pictures)
        return HTMLResponse(self.html, headers=of_kind)

    def show_mail(self, asked: PageRequest) -> Response:
        """A mail as it will look, or its text part."""
        name = asked.path("name")
        if (text := self.texts.get(name)) is not None:
            return PlainTextResponse(text, headers=headers(PageKind.PRIVATE))
        html = self.mails.get(name)
        if html is None:
            return PlainTextResponse("There is no such mail.\n", status_code=404, headers=headers(PageKind.PRIVATE))
        return HTMLResponse(html, headers=headers(PageKind.MAIL, pictures=self.mail_pictures))


def routes(part: TryoutPart) -> list[Route]:
    return [page("/", part.show), page("/digests/{name}", part.show_mail)]
