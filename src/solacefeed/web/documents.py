"""Serves the feeds' folder over HTTP, as docs/feeds.md says that any server should: types, packed forms, 304, caches.

A document that was read before is answered at once, from memory, by ``ready``; whatever has to be looked at on the disk
waits in a thread of this room's own, where it holds up no page.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, TypeAlias

from starlette.types import Receive, Scope, Send

from solacefeed.web.document_files import MOST_KEPT, DocumentFile, DocumentFiles, plain_path
from solacefeed.web.negotiation import IDENTITY, encoding, has_it, http_date

Header: TypeAlias = tuple[bytes, bytes]

_XML = "application/xml"
#: What each ending is, for who follows it.
_TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
    "html": "text/html",
    "css": "text/css",
    "ics": "text/calendar",
    "opml": "text/x-opml",
    "xml": _XML,
    "txt": "text/plain",
    "ico": "image/x-icon",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
_UNKNOWN = "application/octet-stream"
#: Lists of ours that are no feeds.
_TYPES_BY_NAME = {"feeds.json": "application/json"}
#: What other sites' pages may read: it holds nothing private.
_OPEN = {"atom", "rss", "json", "opml", "ics", "xml"}
_FEEDS = {"atom", "rss", "json"}
#: What browsers draw by its style, where they are told that it is XML.
_DRAWN = {"atom", "rss"}

#: A reader sees a new post within five minutes. While we can't be asked, a cache may show what it has for a day.
FRESH = "public, max-age=300, stale-if-error=86400"
#: Of a month that is over, which seldom changes.
_SELDOM = "public, max-age=3600, stale-if-error=86400"
#: Each page's own policy, by sums, is the strict one; only a header can say that no other site may frame it.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}
_READ_BY_ALL: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link",
}
_SHOWING = ("GET", "HEAD")

#: Bytes of a large document that are on their way to a client.
_PIECE = 256 * 1024

#: The archive of a month.
_ARCHIVE = re.compile(r"/\d{4}-\d{2}\.(?:atom|rss|json)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The folder, and where it is served."""

    folder: Path
    #: Its address, without a slash at its end; the path of it is what requests begin with.
    base_url: str
    #: What stands before its documents in a request's path; empty or with a slash at its beginning.
    prefix: str = ""
    #: WebSub's, told in the header of each feed; ``None`` for none.
    hub: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHeaders:
    """What a request asks of a document: its headers, as far as any of them changes the answer."""

    accept: str = ""
    accept_encoding: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None

    @classmethod
    def of(cls, headers: Iterable[Header]) -> AskedHeaders:
        """By the headers of a request, their names in lower case; of one that comes twice all count, as one list."""
        found: dict[str, str] = {}
        for name, value in headers:
            field = _ASKING.get(name)
            if field is not None:
                said = value.decode("latin-1")
                found[field] = f"{found[field]}, {said}" if field in found else said
        return cls(**found)


_ASKING = {
    b"accept": "accept",
    b"accept-encoding": "accept_encoding",
    b"if-none-match": "if_none_match",
    b"if-modified-since": "if_modified_since",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAnswer:
    status: int
    headers: tuple[Header, ...]
    body: bytes = b""
    #: What the body is read from, piece by piece, and then closed; ``None`` where it is all there.
    file: BinaryIO | None = None
    #: The status and the headers as they go over the wire, each line with its end.
    head: bytes = b""


class Documents:
    """Answers for the folder.

    *missing* gives the status of what is not there, by its path below the folder: it never was, or is gone; *page* the
    page of such a status, where the folder has none of its own.
    """

    def __init__(
        self,
        published: Published,
        missing: Callable[[str], int],
        page: Callable[[int], bytes],
        *,
        most_kept: int = MOST_KEPT,
    ) -> None:
        self._published = published
        self._missing = missing
        self._page = page
        self._files = DocumentFiles(published.folder, most_kept=most_kept)
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="documents")

    def takes(self, path: str) -> bool:
        """Whether *path* lies where the folder is served."""
        prefix = self._published.prefix
        return path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in {"", "/"}

    def ready(self, method: str, path: str, wanted: AskedHeaders) -> DocumentAnswer | None:
        """The answer, where the document was read before and stands so still; else ``None``, at once."""
        found = self._files.kept(self.below(path)) if method in _SHOWING else None
        return self._of(found, method, wanted) if found else None

    def answer(self, method: str, path: str, wanted: AskedHeaders) -> DocumentAnswer:
        """The answer, whatever has to be read for it."""
        below = self.below(path)
        if method == "OPTIONS" and _ending(below) in _OPEN:
            return _answer(204, _PREFLIGHT)
        if method not in _SHOWING:
            return _answer(405, {"Allow": ", ".join(_SHOWING)})
        try:
            found = self._files.read(below)
        except OSError:
            return _UNREADABLE
        if found is not None:
            return self._of(found, method, wanted) if not found.lies_at else self._of_large(found, method, wanted)
        if not below or self._files.is_folder(below):
            to = "/".join(each for each in (self._published.prefix, below) if each)
            return _answer(301, {"Location": f"/{to.lstrip('/')}/", "Cache-Control": FRESH})
        return self._lacking(below, method)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """As an ASGI application."""
        asked = (scope["method"], scope["path"], AskedHeaders.of(scope["headers"]))
        answer = self.ready(*asked)
        if answer is None:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, self.answer, *asked)
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        if answer.file is not None:
            await self._send_pieces(answer.file, send)
        await send({"type": "http.response.body", "body": answer.body})

    async def _send_pieces(self, file: BinaryIO, send: Send) -> None:
        """Sends a large document; the next piece is read when the client has taken the last one."""
        with file:
            while piece := await asyncio.get_running_loop().run_in_executor(self._threads, file.read, _PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    def below(self, path: str) -> str:
        """The document's path below the folder; empty for the folder without its slash."""
        below = path[len(self._published.prefix) :]
        return (f"{below}index.html" if below.endswith("/") else below)[1:]

    # -- what is there ----------------------------------------------------------------------------

    def _of(self, found: DocumentFile, method: str, wanted: AskedHeaders) -> DocumentAnswer:
        form = encoding(wanted.accept_encoding, found.encodings)
        drawn = "text/html" in wanted.accept and _ending(found.path) in _DRAWN
        has = has_it(
            _etag(found, form),
            found.changed_at,
            if_none_match=wanted.if_none_match,
            if_modified_since=wanted.if_modified_since,
        )
        what = (form, drawn, has or method)
        made = found.notes.get(what)
        if not isinstance(made, DocumentAnswer):
            made = self._unchanged(found, form) if has else self._whole(found, form, drawn=drawn, method=method)
            found.notes[what] = made
        return made

    def _of_large(self, found: DocumentFile, method: str, wanted: AskedHeaders) -> DocumentAnswer:
        answer = self._of(found, method, wanted)
        if answer.status != 200 or method != "GET":
            return answer
        file = found.opened(encoding(wanted.accept_encoding, found.encodings))
        return replace(answer, file=file) if file is not None else _UNREADABLE

    def _whole(self, found: DocumentFile, form: str, *, drawn: bool, method: str) -> DocumentAnswer:
        body = found.forms.get(form, b"")
        headers = _of_any_answer(found, form) | {
            "Content-Type": _type(found.path, drawn=drawn),
            "Content-Length": str(found.length(form)),
            "Accept-Ranges": "none",
            **({"Content-Encoding": form} if form != IDENTITY else {}),
            **({"Content-Security-Policy": _POLICY} if _ending(found.path) == "html" else {}),
            **self._link(found.path),
        }
        return _answer(200, headers, body if method == "GET" else b"")

    def _unchanged(self, found: DocumentFile, form: str) -> DocumentAnswer:
        return _answer(304, _of_any_answer(found, form))

    def _link(self, path: str) -> dict[str, str]:
        hub = self._published.hub
        if hub is None or _ending(path) not in _FEEDS or path in _TYPES_BY_NAME:
            return {}
        return {"Link": f'<{hub}>; rel="hub", <{self._published.base_url}/{path}>; rel="self"'}

    # -- what is not ------------------------------------------------------------------------------

    def _lacking(self, below: str, method: str) -> DocumentAnswer:
        status = self._missing(below) if plain_path(below) else 404
        page = self._page_of(status)
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(page)),
            "Cache-Control": "public, max-age=60",
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        return _answer(status, headers, page if method == "GET" else b"")

    def _page_of(self, status: int) -> bytes:
        try:
            found = self._files.read(f"{status}.html")
        except OSError:
            found = None
        return found.forms[IDENTITY] if found else self._page(status)


def _of_any_answer(found: DocumentFile, form: str) -> dict[str, str]:
    """The headers of a document that a 304 says too (RFC 9110 section 15.4.5)."""
    ending = _ending(found.path)
    return {
        "ETag": _etag(found, form),
        "Last-Modified": http_date(found.changed_at),
        "Cache-Control": _SELDOM if _ARCHIVE.search(found.path) else FRESH,
        "Vary": "Accept, Accept-Encoding" if ending in _DRAWN else "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        **(_READ_BY_ALL if ending in _OPEN else {}),
    }


def _answer(status: int, headers: Mapping[str, str], body: bytes = b"") -> DocumentAnswer:
    length = {} if status in {204, 304} or "Content-Length" in headers else {"Content-Length": "0"}
    lines = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in {**headers, **length}.items())
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode(), *(b"%s: %s\r\n" % line for line in lines)]
    return DocumentAnswer(status=status, headers=lines, body=body, head=b"".join(head))


def _etag(found: DocumentFile, form: str) -> str:
    """A strong one: packed, it is another (RFC 9110 section 8.8.3.3)."""
    return f'"{found.digest}"' if form == IDENTITY else f'"{found.digest}-{form}"'


def media_type(path: str) -> str:
    """What a document is, for who follows it, without parameters."""
    return _TYPES_BY_NAME.get(path) or _TYPES.get(_ending(path), _UNKNOWN)


def _type(path: str, *, drawn: bool) -> str:
    kind = _XML if drawn else media_type(path)
    return f"{kind}; charset=utf-8" if kind.startswith(("text/", "application/")) and kind != _UNKNOWN else kind


def _ending(path: str) -> str:
    return path.rpartition(".")[2]


_UNREADABLE = _answer(503, {"Retry-After": "60", "Cache-Control": "no-store"})
