"""The page behind a mail's unsubscribe link; with ``web.server`` the home of Starlette.

A GET only ever shows: link scanners follow every link of a mail, and must not end anybody's subscription. A POST acts,
whether it comes from the page's button or from a mail program's one click (RFC 8058).
"""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from solacefeed.deeds.subscribing import end_by_number, stands
from solacefeed.errors import UsageError
from solacefeed.ports import Clock
from solacefeed.store.database import Store
from solacefeed.tokens import unsubscribing

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the pages say of the site."""

    language: str
    organisation: str
    #: What readers know each digest by, by its name.
    titles: dict[str, str]
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    language: str
    organisation: str
    title: str
    sentence: str
    #: What the button says that posts back to the same address; ``None`` for no button.
    button: str | None = None


def pages(store: Store, clock: Clock, environment: Environment, front: Front) -> Starlette:
    """The application: ``/unsubscribe/TOKEN``, and no more."""

    def show(title: str, sentence: str, *, button: str | None = None, status: int = 200) -> Response:
        page = Page(
            language=front.language, organisation=front.organisation, title=title, sentence=sentence, button=button
        )
        body = environment.get_template("web/page.html").render(page=page)
        return HTMLResponse(body, status_code=status, headers=HEADERS)

    def unsubscribe(request: Request) -> Response:
        try:
            digest, number = unsubscribing(request.path_params["token"], front.secret)
        except UsageError:
            return show(
                "This link does not work",
                "It is not one of ours, or not all of it was copied. Every mail has it whole at its foot.",
                status=404,
            )
        title = front.titles.get(digest, digest)
        if request.method == "POST":
            end_by_number(store, clock, digest, number)
        if not stands(store, digest, number):
            return show("You are unsubscribed", f"{title} will not come to you any more.")
        return show("Unsubscribe?", f"{title} will not come to you any more.", button="Unsubscribe")

    return Starlette(routes=[Route("/unsubscribe/{token}", unsubscribe, methods=["GET", "POST"])])
