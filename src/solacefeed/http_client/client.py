"""Asks one question after another, on one connection, within a deadline and a size."""

from __future__ import annotations

import logging
import re
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode

import httpx

from solacefeed import __version__
from solacefeed.errors import MAINTENANCE, RequestError, TooLarge, Unfinished
from solacefeed.http_client.answer import Answer, one_line
from solacefeed.http_client.budget import Budget
from solacefeed.http_client.guard import host_of, named, origin_of, parsed, redirected, resolved
from solacefeed.http_client.unpacking import IN_AN_ENCODING, unpacker
from solacefeed.ports import Pause

_log = logging.getLogger(__package__)

MAX_REDIRECTS: Final = 5

#: How long a server in maintenance (503) is waited for where somebody waits, unless it says that less will do.
LONGEST_PAUSE: Final = timedelta(seconds=30)

_LIMITS: Final = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30)
_VALIDATOR: Final = re.compile(r"[!-~](?:[ -~]{0,500}[!-~])?")


def user_agent(contact: str) -> str:
    """Returns the name we go by: ``solacefeed/VERSION (+CONTACT)``, printable ASCII."""
    shown = "".join(char for char in contact if " " < char <= "~" and char not in "()")
    return f"solacefeed/{__version__} (+{shown})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is asked for, besides where."""

    headers: Mapping[str, str]
    method: str = "GET"
    content: bytes | None = None
    #: Its address is a secret itself: nothing but its host is logged.
    is_secret: bool = False


class HttpClient:
    """Asks one host after another, politely; used as a context manager.

    *timeout* is in seconds, for one ``get`` as a whole; *max_bytes* is the largest body, counted after
    decompression. *reach* maps an origin to the one that is really connected to: the bundled sample blog calls
    itself ``https://blog.example.org`` and listens on a loopback port. Where somebody waits, *pause* waits with them:
    the first 503 in the client's life, a maintenance's, is then asked once more. Every question is paid for from the
    *budget*, where there is one; its ``CutOff`` and ``BrokenOff`` are raised also in the midst of an answer.
    """

    def __init__(
        self,
        *,
        agent: str,
        timeout: float,
        max_bytes: int,
        reach: Mapping[str, str] = {},
        pause: Pause | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._budget = budget
        self._agent = agent
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._pause = pause
        self._doors = {origin_of(parsed(asked)): [origin_of(parsed(real))] for asked, real in reach.items()}
        self._origin: httpx.URL | None = None
        self._transport = self._new_transport()
        self._wire: socket.socket | None = None
        self._connected_anew = False
        #: What time it was by the last answer that told.
        self.server_time: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def get(self, url: str, *, accept: str, etag: str | None = None, modified_since: str | None = None) -> Answer:
        """Returns the answer for *url*, redirects within its host followed.

        With *etag* or *modified_since*, the ``ETag`` or ``Last-Modified`` of an earlier answer, the status may be 304
        and the body empty (RFC 9110 section 13.1). Raises ``RequestError`` where there is no answer: out of reach, too
        slow, too big, broken off, or leading elsewhere.
        """
        wanted = _Wanted(headers={"Accept": accept} | _conditions(etag, modified_since))
        answer = self._led(url, wanted)
        pause, self._pause = (self._pause, None) if answer.status == MAINTENANCE else (None, self._pause)
        if pause is None:
            return answer
        asked = answer.retry_after(datetime.now(UTC))
        pause(LONGEST_PAUSE if asked is None else min(asked, LONGEST_PAUSE))
        return self._led(url, wanted)

    def _led(self, url: str, wanted: _Wanted) -> Answer:
        """The answer at the end of all redirects."""
        with self._deadline() as deadline:
            asked = parsed(url)
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._ask(asked, wanted, deadline)
                target = redirected(asked, answer)
                if target is None:
                    return answer
                asked = target
        raise RequestError(f"{named(asked)}: redirects more than {MAX_REDIRECTS} times; open it in a browser")

    def post(self, url: str, form: Sequence[tuple[str, str]]) -> Answer:
        """Posts *form* to *url* and returns the answer, whatever its status; no redirect is followed.

        It may arrive twice, when a connection breaks: only what does no harm then is to be posted. Raises
        ``RequestError`` where there is no answer.
        """
        headers = {"Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded"}
        with self._deadline() as deadline:
            wanted = _Wanted(method="POST", headers=headers, content=urlencode(form).encode("ascii"))
            return self._ask(parsed(url), wanted, deadline)

    def call(self, url: str, content: bytes | None = None, headers: Mapping[str, str] = {}) -> Answer:
        """Calls an address that is a secret itself, by GET or with *content* by POST; no redirect is followed.

        It may arrive twice, as with ``post``. Raises ``RequestError``, which names the host alone, where there is no
        answer.
        """
        method = "GET" if content is None else "POST"
        wanted = _Wanted(headers={"Accept": "*/*", **headers}, method=method, content=content, is_secret=True)
        try:
            with self._deadline() as deadline:
                return self._ask(parsed(url), wanted, deadline)
        except RequestError as error:
            host = host_of(parsed(url))
            words = str(error).replace(named(parsed(url)), host).removeprefix(f"{host}: ")
            is_by_the_server = isinstance(error.__cause__, httpx.RemoteProtocolError) and not words.startswith(
                _TOO_LATE
            )
            if is_by_the_server or words.startswith(IN_AN_ENCODING):
                words = "what it answered can't be read"  # It may be the secret itself.
            raise type(error)(f"{host}: {words}") from None

    # -- one question ---------------------------------------------------------------------------------

    def _deadline(self) -> _Deadline:
        if self._budget is None:
            return _Deadline(self._timeout, self._cut)
        return _Deadline(min(self._timeout, self._budget.left), self._cut, self._budget.stop)

    def _ask(self, url: httpx.URL, wanted: _Wanted, deadline: _Deadline) -> Answer:
        if self._budget is not None:
            self._budget.spend()
        with _told(url, deadline), self._within_the_budget():
            try:
                return self._exchange(url, wanted, deadline)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # A kept-alive connection may be dropped at any time; a new one deserves no second try.
                if self._connected_anew or deadline.over:
                    raise
                self._hang_up()
                return self._exchange(url, wanted, deadline)

    @contextmanager
    def _within_the_budget(self) -> Iterator[None]:
        """What broke off because the budget did is told as that."""
        try:
            yield
        except Exception:
            if self._budget is not None:
                self._budget.check()
            raise

    def _exchange(self, url: httpx.URL, wanted: _Wanted, deadline: _Deadline) -> Answer:
        response = self._send(url, wanted, deadline)
        try:
            body = self._body(url, response)
        finally:
            response.close()
        if deadline.over:
            # Cut, a body without a length looks as if it were whole.
            raise httpx.ReadTimeout("over")
        shown = host_of(url) if wanted.is_secret else url
        _log.info("%s %s: %d, %d bytes", wanted.method, shown, response.status_code, len(body))
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(status=response.status_code, url=str(url), headers=headers, body=body)
        self.server_time = answer.server_time or self.server_time
        return answer

    def _send(self, url: httpx.URL, wanted: _Wanted, deadline: _Deadline) -> httpx.Response:
        self._turn_to(url)
        doors = self._doors_to(url)
        while len(doors) > 1:
            try:
                return self._send_to(doors[0], url, wanted, connect=deadline.left / len(doors), read=deadline.left)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                del doors[0]  # Such as IPv6 where there is none; not to be tried again at every question.
        return self._send_to(doors[0], url, wanted, connect=deadline.left, read=deadline.left)

    def _send_to(
        self, door: httpx.URL, url: httpx.URL, wanted: _Wanted, *, connect: float, read: float
    ) -> httpx.Response:
        self._connected_anew = False
        headers = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": self._agent,
            **wanted.headers,
            "Accept-Encoding": "gzip",
        }
        extensions = {
            "sni_hostname": host_of(url),
            "timeout": httpx.Timeout(read, connect=connect).as_dict(),
            "trace": self._noticed,
        }
        address = url.copy_with(scheme=door.scheme, host=host_of(door), port=door.port)
        question = httpx.Request(wanted.method, address, headers=headers, content=wanted.content, extensions=extensions)
        return self._transport.handle_request(question)

    def _body(self, url: httpx.URL, response: httpx.Response) -> bytes:
        unpack = unpacker(url, response.headers.get("content-encoding", ""))
        self._weigh(url, int(response.headers.get("content-length", "0")))
        body = bytearray()
        on_the_wire = 0
        for chunk in response.iter_raw():
            on_the_wire += len(chunk)
            body += unpack.feed(chunk, self._max_bytes - len(body) + 1)
            self._weigh(url, max(on_the_wire, len(body)))
        if on_the_wire and not unpack.whole:
            raise httpx.RemoteProtocolError("the gzip stream has no end")
        return bytes(body)

    def _weigh(self, url: httpx.URL, size: int) -> None:
        if size > self._max_bytes:
            raise TooLarge(f"{named(url)}: the answer is larger than {self._max_bytes} bytes")

    # -- the connection -------------------------------------------------------------------------------

    @staticmethod
    def _new_transport() -> httpx.HTTPTransport:
        return httpx.HTTPTransport(verify=_tls(), trust_env=False, limits=_LIMITS)

    def _turn_to(self, url: httpx.URL) -> None:
        # Two names may share an address: a connection that was verified for one never serves the other.
        origin = origin_of(url)
        if origin != self._origin:
            self._hang_up()
            self._origin = origin

    def _doors_to(self, url: httpx.URL) -> list[httpx.URL]:
        """Where *url* is really connected to: origins, resolved and checked once in the client's life."""
        origin = origin_of(url)
        if origin not in self._doors:
            self._doors[origin] = [origin.copy_with(host=address) for address in resolved(url)]
        return self._doors[origin]

    def _noticed(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            self._connected_anew = True
            self._let_go()
            # A second handle on the same connection: it can cut also a TLS handshake, which takes the first away.
            self._wire = info["return_value"].get_extra_info("socket").dup()

    def _cut(self) -> None:
        if self._wire is not None:
            try:
                self._wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # It ended by itself.

    def _let_go(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _hang_up(self) -> None:
        self._transport.close()
        self._let_go()
        self._transport = self._new_transport()


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates of a hundred authorities takes longer than a poll."""
    return httpx.create_ssl_context()


class _Deadline:
    """Calls *cut* when *seconds* are over, or somebody wants to *stop*: httpx bounds each read, never their sum."""

    _LOOKS_EVERY: Final = 0.5

    def __init__(self, seconds: float, cut: Callable[[], None], stop: Callable[[], bool] = lambda: False) -> None:
        self.seconds = seconds
        self._ends = monotonic() + seconds
        self._cut = cut
        self._stop = stop
        self._stopped = False
        self._answered = Event()
        self._watch = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._answered.set()

    def _look(self) -> None:
        while not self._answered.wait(min(self.left, self._LOOKS_EVERY)):
            self._stopped = self._stop()
            if self.over:
                self._cut()
                return

    @property
    def over(self) -> bool:
        return self._stopped or monotonic() >= self._ends

    @property
    def left(self) -> float:
        return max(self._ends - monotonic(), 0.001)


# -- conditions ---------------------------------------------------------------------------------------


def _conditions(etag: str | None, modified_since: str | None) -> dict[str, str]:
    """The headers of a conditional request; a validator that can't stand in a header is left out.

    If-None-Match compares weakly (RFC 9110 section 13.1.2), so ``W/`` says nothing there: WordPress, which made a
    strong ETag that nginx weakened for gzip, recognises it without.
    """
    named = {"If-None-Match": (etag or "").removeprefix("W/"), "If-Modified-Since": modified_since or ""}
    return {name: value for name, value in named.items() if _VALIDATOR.fullmatch(value)}


# -- what went wrong ----------------------------------------------------------------------------------

#: The first that occurs among an error's causes tells what happened, and what to do.
_IN_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ssl.SSLCertVerificationError, "its TLS certificate can't be verified ({}); it must be mended there"),
    (ssl.SSLError, "the TLS connection failed ({}); is it really https?"),
    (socket.gaierror, "the name can't be resolved ({}); is it written right, and does DNS work here?"),
    (ConnectionRefusedError, "nothing answers at that port; is the address right, and the server up?"),
    (httpx.ConnectError, "can't be connected to ({}); is the address right, and the network up?"),
    (zlib.error, "the gzip body can't be unpacked ({}); look at the server or a proxy before it"),
    (httpx.HTTPError, "the connection broke off ({}); it will be asked again"),
    (httpx.InvalidURL, "not an address ({})"),
    (OSError, "can't be reached ({}); is the network up?"),
)


_TOO_LATE: Final = "no whole answer within"

#: Nothing was answered at all, and no smaller question would be.
_UNCONNECTED: Final = (ssl.SSLError, socket.gaierror, ConnectionRefusedError, httpx.ConnectError, httpx.ConnectTimeout)
_OUT_OF_REACH: Final = (*_UNCONNECTED, httpx.InvalidURL)


@contextmanager
def _told(url: httpx.URL, deadline: _Deadline) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, OSError, zlib.error) as error:
        kind = RequestError if any(isinstance(cause, _OUT_OF_REACH) for cause in _causes(error)) else Unfinished
        raise kind(f"{named(url)}: {_in_words(error, deadline)}") from error


def _in_words(error: Exception, deadline: _Deadline) -> str:
    if deadline.over or isinstance(error, httpx.TimeoutException):
        return f"{_TOO_LATE} {deadline.seconds:g} s; it will be asked again"
    causes = list(_causes(error))
    for kind, words in _IN_WORDS:
        for cause in causes:
            if isinstance(cause, kind):
                return words.format(one_line(str(cause)))
    raise error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
