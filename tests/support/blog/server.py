"""Puts a blog on a free loopback port for as long as a test works: it notes what is asked, and misbehaves on purpose.

It answers for any Host, and no port stands in what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from solacefeed.sample.server import BlogHandler, BlogServer
from tests.support.blog.answers import Broken, SampleAnswer, answer
from tests.support.blog.blog import Blog
from tests.support.blog.faults import Faults, zipped
from tests.support.blog.feeds import unless_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, and what it was given."""

    method: str
    #: Path and query.
    target: str
    #: Names in lower case.
    headers: Mapping[str, str]
    #: ``None`` where the connection was dropped.
    status: int | None
    #: Octets of the body on the wire; of a streamed one, those known beforehand.
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A blog that is being served."""

    blog: Blog
    #: Where it is reached: ``http://127.0.0.1:PORT``.
    origin: str
    #: What was asked so far, each noted before its answer leaves.
    requests: list[Asked] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


@contextmanager
def serve(blog: Blog) -> Iterator[Serving]:
    """Serves *blog*, which may be changed meanwhile, until the context ends."""
    with _Server(blog) as server, server.accepting():
        try:
            yield server.serving
        finally:
            server.serving.faults.end()


class _Server(BlogServer):
    def __init__(self, blog: Blog) -> None:
        super().__init__(blog, _Handler)
        self.serving = Serving(blog=blog, origin=self.origin)


class _Handler(BlogHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802  (http.server's)
        self._answer()

    def do_HEAD(self) -> None:  # noqa: N802  (http.server's)
        self._answer()

    def _answer(self) -> None:
        serving = self.server.serving
        given = serving.faults.spoilt(self.path, unless_known(answer(serving.blog, self.path), self.headers))
        if given and self._may_zip(given):
            given = zipped(given)
        self._note(given)
        if given is None:
            self.close_connection = True
        else:
            self._send(given)

    def _may_zip(self, given: SampleAnswer) -> bool:
        offered = "gzip" in self.headers.get("Accept-Encoding", "")
        return offered and bool(given.body) and not isinstance(given, Broken)

    def _note(self, given: SampleAnswer | None) -> None:
        asked = Asked(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            status=given.status if given else None,
            octets=len(given.body) if given and self.command == "GET" else 0,
        )
        self.server.serving.requests.append(asked)

    def _send(self, given: SampleAnswer) -> None:
        dated = () if "Date" in dict(given.headers) else (("Date", self.date_time_string()),)
        self.begin(given.status, (*dated, *given.headers, *_framing(given)))
        if self.command == "GET":
            self.wfile.write(given.body)
            for part in (isinstance(given, Broken) and given.stream) or ():
                self.wfile.write(part)


def _framing(given: SampleAnswer) -> Iterator[tuple[str, str]]:
    """How its end is told; what is broken ends with its connection."""
    if not isinstance(given, Broken):
        yield "Content-Length", str(len(given.body))
        return
    if given.stream is None:
        yield "Content-Length", str(len(given.body) + given.missing)
    yield "Connection", "close"
