"""Puts the routes of all parts together, with the pages of what can't be answered; with its room the home of Starlette.

No part of it writes a log of what was asked: addresses of pages carry the tokens of links.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from solacefeed.addresses import parsed
from solacefeed.errors import StoreError
from solacefeed.readership.counting import GIVEN
from solacefeed.web import clients
from solacefeed.web.documents import AskedHeaders, DocumentAnswer, Documents, Header
from solacefeed.web.pages import REFUSALS, Pages
from solacefeed.web.reader_counting import ReaderCounting
from solacefeed.web.request_counts import DOCUMENTS, RequestCounts
from solacefeed.web.routing import TOLD_OF, first_word, first_words

_log = logging.getLogger(__name__)


def application(
    pages: Pages,
    routes: Iterable[BaseRoute],
    *,
    documents: Documents | None = None,
    trusted: Sequence[clients.Network] = (),
    counts: RequestCounts | None = None,
    readers: ReaderCounting | None = None,
) -> Application:
    """Answers by *routes*, by *documents* where no route begins so, and by a page of its own where there is nothing.

    *trusted* are the networks of proxies whose word on the client's address is taken; what is answered is counted in
    *counts*, and who fetches documents by *readers*, where that is wanted.
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
        own=frozenset(word for route in listed for word in first_words(route)),
        prefix=parsed(pages.front.base_url).path.rstrip("/"),
        documents=documents,
        trusted=tuple(trusted),
        counts=counts or RequestCounts(),
        readers=readers,
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
    readers: ReaderCounting | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        documents = self._documents_for(scope["path"])
        if documents is not None:
            counted = self.counts.counting(send, scope, DOCUMENTS)
            await documents(scope, receive, self._noting(documents, scope, counted))
            return
        if scope["path"].startswith(f"{self.prefix}/"):
            scope["root_path"] = self.prefix
        self._tell_who_asks(scope)
        try:
            await self.parts(scope, receive, self.counts.counting(send, scope))
        except Exception as error:
            # The visitor has their answer. What an error says may hold an address or a link: where it stood is enough.
            _log.error("a page did not work: %s", _where_it_stood(error))

    def ready(self, method: str, path: str, headers: Iterable[Header], peer: str = "") -> DocumentAnswer | None:
        """The answer, where it is a document that has to be read no more; *peer* is who has connected."""
        documents = self._documents_for(path)
        found = documents.ready(method, path, AskedHeaders.of(headers)) if documents is not None else None
        if documents is not None and found is not None:
            self.counts.count(DOCUMENTS, found.status)
            self._note_reader(documents, method, path, headers, peer, found.status)
        return found

    def _noting(self, documents: Documents, scope: Scope, send: Send) -> Send:
        """*send*, which notes who was given a document."""
        if self.readers is None:
            return send

        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                peer = scope["client"][0] if scope["client"] else ""
                asked = (scope["method"], scope["path"], scope["headers"], peer)
                self._note_reader(documents, *asked, message["status"])
            await send(message)

        return sent

    def _note_reader(
        self, documents: Documents, method: str, path: str, headers: Iterable[Header], peer: str, status: int
    ) -> None:
        if self.readers is None or method != "GET" or status not in GIVEN:
            return
        said = [value.decode("latin-1") for name, value in headers if name == b"user-agent"]
        address = clients.client(peer, _forwarded(headers), self.trusted)
        self.readers.note(documents.below(path), address, said[0] if said else "")

    def _documents_for(self, path: str) -> Documents | None:
        if self.documents is None or not self.documents.takes(path):
            return None
        return None if first_word(path.removeprefix(self.prefix)) in self.own else self.documents

    def _tell_who_asks(self, scope: Scope) -> None:
        peer = scope["client"][0] if scope["client"] else ""
        client = clients.client(peer, _forwarded(scope["headers"]), self.trusted)
        scope["client"] = (client, 0)
        scope[TOLD_OF] = client != peer


class Current:
    """The application that answers those who ask from now on; another one may take its place meanwhile."""

    def __init__(self, answering: Application) -> None:
        self.application = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)

    def ready(self, method: str, path: str, headers: Iterable[Header], peer: str = "") -> DocumentAnswer | None:
        return self.application.ready(method, path, headers, peer)


def _where_it_stood(error: BaseException) -> str:
    """The kind of an error and of what led to it, with their places in the code, and nothing that they say."""
    stood = f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
    led_to_it = error.__cause__ or error.__context__
    return stood + (f"led to by {_where_it_stood(led_to_it)}" if led_to_it else "")


def _forwarded(headers: Iterable[Header]) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
