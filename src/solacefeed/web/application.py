"""Puts the routes of all parts together, with the pages of what can't be answered; with its room the home of Starlette.

No part of it writes a log of what was asked: addresses of pages carry the tokens of links.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from solacefeed.web import clients
from solacefeed.web.pages import REFUSALS, Pages


def application(pages: Pages, routes: Iterable[BaseRoute], *, trusted: Sequence[clients.Network] = ()) -> ASGIApp:
    """Answers by *routes*, and by a page of its own where none does.

    *trusted* are the networks of proxies whose word on the client's address is taken.
    """

    def refuse(_request: Request, error: Exception) -> Response:
        answer = pages.refuse(error.status_code if isinstance(error, HTTPException) else 500)
        answer.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return answer

    parts = Starlette(routes=list(routes), exception_handlers=dict.fromkeys(REFUSALS, refuse))
    # It would redirect to wherever the request's Host says.
    parts.router.redirect_slashes = False
    return _Through(parts, tuple(trusted))


@dataclass(frozen=True, slots=True)
class _Through:
    """Tells *application* whose request it is that came through trusted proxies."""

    application: ASGIApp
    trusted: tuple[clients.Network, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["client"] is not None:
            forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            scope["client"] = (clients.client(scope["client"][0], forwarded, self.trusted), 0)
        await self.application(scope, receive, send)
