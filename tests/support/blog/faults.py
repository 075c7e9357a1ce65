"""What goes wrong between a blog and its reader, on purpose: a table of faults, each for the requests it matches.

A spoil takes the answer that the blog would give and returns another, or ``None``: the connection is dropped.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import repeat
from threading import Event, Lock

from solacefeed.sample.answers import HTML, JSON, page_not_found, php_json, refusal
from solacefeed.sample.queries import RestError
from tests.support.blog.answers import Broken, SampleAnswer
from tests.support.blog.blog import Blog

Spoil = Callable[[SampleAnswer], SampleAnswer | None]

_CRITICAL = "There has been a critical error on this website."
_PHP_WARNING = (
    b'<br />\n<b>Warning</b>:  Undefined array key "utm" in '
    b"<b>/var/www/html/wp-content/plugins/seo/seo.php</b> on line <b>42</b><br />\n"
)
_MEGABYTE = 1_000_000

#: What security plugins say; the words of the status are WordPress's.
_REFUSALS = {
    401: ("rest_not_logged_in", "You are not currently logged in."),
    403: ("rest_cannot_access", "DRA: Only authenticated users can access the REST API."),
    404: ("rest_no_route", "No route was found matching the URL and request method."),
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One row of the table."""

    spoil: Spoil
    #: Searched for in the path and query.
    match: re.Pattern[str]
    #: How many requests it still spoils; ``None``: every one.
    count: int | None
    #: How many matching requests it lets pass first.
    skip: int

    def takes(self, target: str) -> bool:
        """Whether it spoils this request; counts it."""
        if self.count == 0 or not self.match.search(target):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults in force; the first that takes a request spoils it alone."""

    #: Set when the serving ends, so that nothing is held back for ever.
    ended: Event = field(default_factory=Event)
    _table: list[Fault] = field(default_factory=list)
    _held: list[Event] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, spoil: Spoil, *, match: str = "", count: int | None = None, skip: int = 0) -> None:
        """Spoils *count* requests (all, if not given) whose path and query *match*, after letting *skip* pass."""
        with self._lock:
            self._table.append(Fault(spoil=spoil, match=re.compile(match), count=count, skip=skip))

    def hold(self, *, match: str = "", count: int | None = None) -> Event:
        """Holds answers back until the event is set that is returned here."""
        release = Event()

        def wait(answer: SampleAnswer) -> SampleAnswer:
            release.wait()
            return answer

        self._held.append(release)
        self.add(wait, match=match, count=count)
        return release

    def drip(self, *, every: float, match: str = "", count: int | None = None) -> None:
        """Sends the body one octet *every* so many seconds, then spaces without end."""

        def drop_by_drop(answer: SampleAnswer) -> SampleAnswer:
            return Broken.of(answer, body=b"", stream=drops(answer.body))

        def drops(body: bytes) -> Iterator[bytes]:
            for place in range(len(body)):
                yield body[place : place + 1]
                if self.ended.wait(every):
                    return
            while not self.ended.wait(every):
                yield b" "

        self.add(drop_by_drop, match=match, count=count)

    def clear(self) -> None:
        """Ends every fault and lets go of what is held."""
        with self._lock:
            self._table.clear()
        for release in self._held:
            release.set()
        self._held.clear()

    def end(self) -> None:
        """The serving is over."""
        self.ended.set()
        self.clear()

    def spoilt(self, target: str, answer: SampleAnswer) -> SampleAnswer | None:
        """*answer* as the faults in force leave it; ``None`` for none at all."""
        with self._lock:
            fault = next((fault for fault in self._table if fault.takes(target)), None)
        return fault.spoil(answer) if fault else answer


# -- spoils -------------------------------------------------------------------------------------------


def status(code: int, *, body: str = "html", retry_after: int | str | None = None) -> Spoil:
    """The server's own error, its *body* ``html``, ``json`` or ``empty``."""
    bodies = {
        "html": (
            HTML,
            f"<!DOCTYPE html>\n<html><head><title>{code}</title></head>"
            f"<body><h1>Error {code}</h1><p>{_CRITICAL}</p></body></html>\n".encode(),
        ),
        "json": (
            JSON,
            php_json({"code": "internal_server_error", "message": f"<p>{_CRITICAL}</p>", "data": {"status": code}}),
        ),
        "empty": (HTML, b""),
    }
    kind, content = bodies[body]
    later = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return lambda _: SampleAnswer(status=code, headers=(kind, *later), body=content)


def refused(blog: Blog, code: int) -> Spoil:
    """A security plugin says 401, 403 or 404, in WordPress's JSON."""
    word, message = _REFUSALS[code]
    return lambda _: refusal(blog, RestError(code, word, message))


def not_found(blog: Blog) -> Spoil:
    """The blog's own 404 page, in HTML."""
    return lambda _: page_not_found(blog)


def challenge(code: int = 403) -> Spoil:
    """The page of a guard in front of the blog that wants a browser."""
    page = b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head></html>'
    return lambda _: SampleAnswer(status=code, headers=(HTML, ("Cf-Mitigated", "challenge")), body=page)


def redirect(code: int, to: str) -> Spoil:
    """Sends the reader elsewhere."""
    return lambda _: SampleAnswer(status=code, headers=(HTML, ("Location", to)))


def page_instead() -> Spoil:
    """200, and a page of HTML where JSON should be."""
    page = b"<!DOCTYPE html>\n<html><body><p>Welcome.</p></body></html>\n"
    return lambda _: SampleAnswer(status=200, headers=(HTML,), body=page)


def junk() -> Spoil:
    """A warning of PHP stands before the body."""
    return lambda answer: replace(answer, body=_PHP_WARNING + answer.body)


def bom() -> Spoil:
    """A byte order mark and two empty lines stand before the body."""
    return lambda answer: replace(answer, body=b"\xef\xbb\xbf\n\n" + answer.body)


def content(body: bytes) -> Spoil:
    """The same headers, and another body."""
    return lambda answer: replace(answer, body=body)


def content_type(kind: str) -> Spoil:
    """The same body, called something else."""
    return header("Content-Type", kind)


def header(name: str, value: str) -> Spoil:
    """One header says something else."""
    return lambda answer: replace(answer, headers=(*_without(answer, name), (name, value)))


def cut(octets: int) -> Spoil:
    """Well framed, and half a document."""
    return lambda answer: replace(answer, body=answer.body[:octets])


def truncated(octets: int) -> Spoil:
    """The connection breaks off within the body."""
    return lambda answer: Broken.of(answer, body=answer.body[:octets], missing=len(answer.body[octets:]) or 1)


def drop() -> Spoil:
    """The connection closes without an answer."""
    return lambda _: None


def endless(megabytes: int) -> Spoil:
    """A body of so many megabytes of spaces, made as it is taken."""
    return lambda answer: Broken.of(answer, body=answer.body, stream=repeat(b" " * _MEGABYTE, megabytes))


def gzip_bomb(megabytes: int) -> Spoil:
    """A small body that unpacks to so many megabytes."""

    def packed() -> Iterator[bytes]:
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
        for block in repeat(b" " * _MEGABYTE, megabytes):
            yield packer.compress(block)
        yield packer.flush()

    def bomb(answer: SampleAnswer) -> SampleAnswer:
        headers = (*answer.headers, ("Content-Encoding", "gzip"))
        return Broken.of(replace(answer, headers=headers), body=b"", stream=packed())

    return bomb


def zipped(answer: SampleAnswer) -> SampleAnswer:
    """*answer* compressed, as nginx does for a reader who offers gzip: an ETag turns weak."""
    packed = gzip.compress(answer.body, mtime=0)
    headers = [(name, f"W/{value}" if name == "ETag" else value) for name, value in answer.headers]
    return replace(answer, headers=(*headers, ("Content-Encoding", "gzip")), body=packed)


def _without(answer: SampleAnswer, name: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in answer.headers if pair[0] != name)
