"""Puts the routes of all parts together, with the pages of what can't be answered; with its room the home of Starlette.

No part of it writes a log of what was asked: addresses of pages carry the tokens of links.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from solacefeed.addresses import parsed
from solacefeed.errors import StoreError
from solacefeed.web import clients
from solacefeed.web.documents import AskedHeaders, DocumentAnswer, Documents, Header
from solacefeed.web.pages import REFUSALS, Pages
from solacefeed.web.request_counts import DOCUMENTS, RequestCounts

_log = logging.getLogger(__name__)


def application(
    pages: Pages,
    routes: Iterable[Route],
    *,
    documents: Documents | None = None,
    trusted: Sequence[clients.Network] = (),
    counts: RequestCounts | None = None,
) -> Application:
    """Answers by *routes*, by *documents* where no route begins so, and by a page of its own where there is nothing.

    *trusted* are the networks of proxies whose word on the client's address is taken; what is answered is counted in
    *counts*.
    """

    def refuse(_request: Request, error: Exception) -> Response:
        answer = pages.refuse(error.status_code if isinstance(error, HTTPException) else 500)
        answer.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return answer

    def unkept(_request: Request, error: Exception) -> Response:
        # The looks say why; a page that is asked for again says no more.
        _log.error("a page was answered with 503: the store did not work")
        _log.info("where it stood: %s", _where_it_stood(error))
        return pages.refuse(503)

    listed = list(routes)
    parts = Starlette(routes=listed, exception_handlers={**dict.fromkeys(REFUSALS, refuse), StoreError: unkept})
    # It would redirect to wherever the request's Host says.
    parts.router.redirect_slashes = False
    return Application(
        parts=parts,
        own=frozenset(_first(route.path) for route in listed),
        prefix=parsed(pages.front.base_url).path.rstrip("/"),
        documents=documents,
        trusted=tuple(trusted),
        counts=counts or RequestCounts(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """All that is served, as an ASGI application."""

    parts: ASGIApp
    #: What the paths of the pages begin with.
    own: frozenset[str]
    #: What stands before them where the pages are reached below a path; a proxy may leave it out.
    prefix: str
    documents: Documents | None
    trusted: tuple[clients.Network, ...]
    counts: RequestCounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        documents = self._documents_for(scope["path"])
        if documents is not None:
            await documents(scope, receive, self.counts.counting(send, scope, DOCUMENTS))
            return
        if scope["path"].startswith(f"{self.prefix}/"):
            scope["root_path"] = self.prefix
        self._tell_who_asks(scope)
        try:
            await self.parts(scope, receive, self.counts.counting(send, scope))
        except Exception as error:
            # The visitor has their answer. What an error says may hold an address or a link: where it stood is enough.
            _log.error("a page did not work: %s", _where_it_stood(error))

    def ready(self, method: str, path: str, headers: Iterable[Header]) -> DocumentAnswer | None:
        """The answer, where it is a document that has to be read no more."""
        documents = self._documents_for(path)
        found = documents.ready(method, path, AskedHeaders.of(headers)) if documents is not None else None
        if found is not None:
            self.counts.count(DOCUMENTS, found.status)
        return found

    def _documents_for(self, path: str) -> Documents | None:
        if self.documents is None or not self.documents.takes(path):
            return None
        return None if _first(path.removeprefix(self.prefix)) in self.own else self.documents

    def _tell_who_asks(self, scope: Scope) -> None:
        peer = scope["client"][0] if scope["client"] else ""
        forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        scope["client"] = (clients.client(peer, forwarded, self.trusted), 0)


class Current:
    """The application that answers those who ask from now on; another one may take its place meanwhile."""

    def __init__(self, answering: Application) -> None:
        self.application = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)

    def ready(self, method: str, path: str, headers: Iterable[Header]) -> DocumentAnswer | None:
        return self.application.ready(method, path, headers)


def _where_it_stood(error: BaseException) -> str:
    """The kind of an error and of what led to it, with their places in the code, and nothing that they say."""
    stood = f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
    led_to_it = error.__cause__ or error.__context__
    return stood + (f"led to by {_where_it_stood(led_to_it)}" if led_to_it else "")


def _first(path: str) -> str:
    """The first word of a path; empty for the page at its root."""
    return path.removeprefix("/").partition("/")[0]
