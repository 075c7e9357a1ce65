"""The one way out to the web, and the only home of httpx: polite, capped, guarded.

Its laws, for every ``get``:

- One connection, GET alone, no cookies, no proxy from the environment; TLS is always verified.
- One deadline over connecting, redirects and dripping bodies. Only the look-up of a name has the system's own; and a
  maintenance is asked once more, where somebody waits.
- No byte beyond the cap is ever held, on the wire or after decompression.
- The host that was asked answers, or nobody: a redirect leads elsewhere never, to https of the same host at most.
- A public name never leads to a private address: what was resolved is checked, and the checked address is connected to.
"""

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
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode

import httpx

from solacefeed.errors import LONGEST_REST, SourceError
from solacefeed.ports import Pause

_log = logging.getLogger(__name__)

MAX_REDIRECTS: Final = 5

#: How long a server in maintenance (503) is waited for where somebody waits, unless it says that less will do.
LONGEST_PAUSE: Final = timedelta(seconds=30)

_LIMITS: Final = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAINTENANCE: Final = 503
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(rb"[a-z0-9_.:-]+")
_MOST_DIGITS: Final = 9
_VALIDATOR: Final = re.compile(r"[!-~](?:[ -~]{0,500}[!-~])?")


def user_agent(contact: str) -> str:
    """Returns the name we go by: ``solacefeed/VERSION (+CONTACT)``, printable ASCII."""
    shown = "".join(char for char in contact if " " < char <= "~" and char not in "()")
    return f"solacefeed/{version('solacefeed')} (+{shown})"


def one_line(text: str, most: int = 200) -> str:
    """Returns foreign *text* fit for an error: one line, no control characters, at most *most* characters."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said, whatever its status."""

    status: int
    #: As it was asked for after redirects; never the address that was connected to.
    url: str
    #: Names in lower case; fields given several times are joined by commas.
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when none was given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def date(self) -> datetime | None:
        """When the server answered, by its own clock (RFC 9110 section 6.6.1); ``None`` where it does not say."""
        try:
            return _instant(self.headers.get("date", ""))
        except (ValueError, OverflowError):
            return None

    @property
    def server_time(self) -> datetime | None:
        """The server's time when this answer came: its date, and its age in caches (RFC 9111 section 5.1)."""
        age = self.headers.get("age", "").strip()
        waited = timedelta(seconds=int(age)) if re.fullmatch(r"\d{1,9}", age) else timedelta()
        return self.date + waited if self.date else None

    def retry_after(self, now: datetime) -> timedelta | None:
        """How long the server asks to be left alone (RFC 9110 section 10.2.3), a day at most.

        A date is counted from the server's own, which its clock also wrote; from *now* where it does not say.
        """
        asked = self.headers.get("retry-after", "").strip()
        try:
            wait = _seconds(asked) if asked.isascii() and asked.isdigit() else _until(asked, self.date or now)
        except (ValueError, OverflowError):
            return None
        return min(wait, LONGEST_REST)


def _seconds(asked: str) -> timedelta:
    return LONGEST_REST if len(asked) > _MOST_DIGITS else timedelta(seconds=int(asked))


def _until(date: str, now: datetime) -> timedelta:
    return max(_instant(date) - now, timedelta())


def _instant(date: str) -> datetime:
    when = parsedate_to_datetime(date)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is asked for, besides where."""

    headers: Mapping[str, str]
    method: str = "GET"
    content: bytes | None = None


class HttpClient:
    """Asks one host after another, politely; used as a context manager.

    *timeout* is in seconds, for one ``get`` as a whole; *max_bytes* is the largest body, counted after
    decompression. *reach* maps an origin to the one that is really connected to: the bundled sample blog calls
    itself ``https://blog.example.org`` and listens on a loopback port. Where somebody waits, *pause* waits with them:
    the first 503 in the client's life, a maintenance's, is then asked once more.
    """

    def __init__(
        self,
        *,
        agent: str,
        timeout: float,
        max_bytes: int,
        reach: Mapping[str, str] = {},
        pause: Pause | None = None,
    ) -> None:
        self._agent = agent
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._pause = pause
        self._doors = {_origin(_parsed(asked)): [_origin(_parsed(real))] for asked, real in reach.items()}
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
        and the body empty (RFC 9110 section 13.1). Raises ``SourceError`` where there is no answer: out of reach, too
        slow, too big, broken off, or leading elsewhere.
        """
        wanted = _Wanted(headers={"Accept": accept} | _conditions(etag, modified_since))
        answer = self._led(url, wanted)
        pause, self._pause = (self._pause, None) if answer.status == _MAINTENANCE else (None, self._pause)
        if pause is None:
            return answer
        asked = answer.retry_after(datetime.now(UTC))
        pause(LONGEST_PAUSE if asked is None else min(asked, LONGEST_PAUSE))
        return self._led(url, wanted)

    def _led(self, url: str, wanted: _Wanted) -> Answer:
        """The answer at the end of all redirects."""
        with _Deadline(self._timeout, self._cut) as deadline:
            asked = _parsed(url)
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._ask(asked, wanted, deadline)
                target = _target(asked, answer)
                if target is None:
                    return answer
                asked = target
        raise SourceError(f"{_named(asked)}: redirects more than {MAX_REDIRECTS} times; open it in a browser")

    def post(self, url: str, form: Sequence[tuple[str, str]]) -> Answer:
        """Posts *form* to *url* and returns the answer, whatever its status; no redirect is followed.

        It may arrive twice, when a connection breaks: only what does no harm then is to be posted. Raises
        ``SourceError`` where there is no answer.
        """
        headers = {"Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded"}
        with _Deadline(self._timeout, self._cut) as deadline:
            wanted = _Wanted(method="POST", headers=headers, content=urlencode(form).encode("ascii"))
            return self._ask(_parsed(url), wanted, deadline)

    # -- one question ---------------------------------------------------------------------------------

    def _ask(self, url: httpx.URL, wanted: _Wanted, deadline: _Deadline) -> Answer:
        with _told(url, deadline):
            try:
                return self._exchange(url, wanted, deadline)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # A kept-alive connection may be dropped at any time; a new one deserves no second try.
                if self._connected_anew or deadline.over:
                    raise
                self._hang_up()
                return self._exchange(url, wanted, deadline)

    def _exchange(self, url: httpx.URL, wanted: _Wanted, deadline: _Deadline) -> Answer:
        response = self._send(url, wanted, deadline)
        try:
            body = self._body(url, response)
        finally:
            response.close()
        if deadline.over:
            # Cut, a body without a length looks as if it were whole.
            raise httpx.ReadTimeout("over")
        _log.info("%s %s: %d, %d bytes", wanted.method, url, response.status_code, len(body))
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
            "sni_hostname": _host(url),
            "timeout": httpx.Timeout(read, connect=connect).as_dict(),
            "trace": self._noticed,
        }
        address = url.copy_with(scheme=door.scheme, host=_host(door), port=door.port)
        question = httpx.Request(wanted.method, address, headers=headers, content=wanted.content, extensions=extensions)
        return self._transport.handle_request(question)

    def _body(self, url: httpx.URL, response: httpx.Response) -> bytes:
        unpack = _unpacker(url, response.headers.get("content-encoding", ""))
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
            raise SourceError(
                f"{_named(url)}: the answer is larger than {self._max_bytes} bytes; "
                "if that can be right, raise [source] max_bytes"
            )

    # -- the connection -------------------------------------------------------------------------------

    @staticmethod
    def _new_transport() -> httpx.HTTPTransport:
        return httpx.HTTPTransport(verify=_tls(), trust_env=False, limits=_LIMITS)

    def _turn_to(self, url: httpx.URL) -> None:
        # Two names may share an address: a connection that was verified for one never serves the other.
        origin = _origin(url)
        if origin != self._origin:
            self._hang_up()
            self._origin = origin

    def _doors_to(self, url: httpx.URL) -> list[httpx.URL]:
        """Where *url* is really connected to: origins, resolved and checked once in the client's life."""
        origin = _origin(url)
        if origin not in self._doors:
            self._doors[origin] = [origin.copy_with(host=address) for address in _resolved(url)]
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
    """Calls *cut* when *seconds* are over: httpx bounds each read, never their sum."""

    def __init__(self, seconds: float, cut: Callable[[], None]) -> None:
        self.seconds = seconds
        self._ends = monotonic() + seconds
        self._timer = Timer(seconds, cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()

    @property
    def over(self) -> bool:
        return monotonic() >= self._ends

    @property
    def left(self) -> float:
        return max(self._ends - monotonic(), 0.001)


# -- addresses ----------------------------------------------------------------------------------------


def guarded(host: str, addresses: Sequence[str]) -> list[str]:
    """Returns the *addresses* of *host* when it may be connected to.

    An address that *host* itself spells out is meant, and so is the loopback by the name ``localhost``. Any other
    name with one address that is not public raises ``SourceError``.
    """
    if _literal(host) is not None or (host == "localhost" and all(ip_address(a).is_loopback for a in addresses)):
        return list(addresses)
    for address in addresses:
        if not _public(ip_address(address)):
            raise SourceError(
                f"{host}: this name leads to {address}, which is not a public address; "
                "if that is meant, write the address itself into the configuration"
            )
    return list(addresses)


def _public(address: IPv4Address | IPv6Address) -> bool:
    inner = getattr(address, "ipv4_mapped", None) or address
    return bool(inner.is_global and not inner.is_multicast)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _resolved(url: httpx.URL) -> list[str]:
    found = socket.getaddrinfo(_host(url), _port(url), type=socket.SOCK_STREAM)
    return guarded(_host(url), list(dict.fromkeys(str(address[0]) for *_, address in found)))


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SourceError(f"{one_line(url.partition('?')[0])}: not an address ({one_line(str(error))})") from error
    # httpx takes more for a host than any resolver should be asked for, and url.host raises on a bad "xn--" name.
    if parsed.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(parsed.raw_host):
        raise SourceError(f"{one_line(_named(parsed))}: not an http or https address")
    return parsed


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    return url.port or _DEFAULT_PORTS[url.scheme]


def _origin(url: httpx.URL) -> httpx.URL:
    return url.copy_with(raw_path=b"/", fragment=None, userinfo=b"")


def _named(url: httpx.URL) -> str:
    """The URL as it may be shown: user and query can hold secrets."""
    return str(url.copy_with(query=None, fragment=None, userinfo=b""))


# -- conditions ---------------------------------------------------------------------------------------


def _conditions(etag: str | None, modified_since: str | None) -> dict[str, str]:
    """The headers of a conditional request; a validator that can't stand in a header is left out.

    If-None-Match compares weakly (RFC 9110 section 13.1.2), so ``W/`` says nothing there: WordPress, which made a
    strong ETag that nginx weakened for gzip, recognises it without.
    """
    named = {"If-None-Match": (etag or "").removeprefix("W/"), "If-Modified-Since": modified_since or ""}
    return {name: value for name, value in named.items() if _VALIDATOR.fullmatch(value)}


# -- redirects ----------------------------------------------------------------------------------------


def _target(asked: httpx.URL, answer: Answer) -> httpx.URL | None:
    if answer.status not in _REDIRECTS or "location" not in answer.headers:
        return None
    target = _parsed(_joined(asked, answer.headers["location"]))
    if not _same_host(asked, target):
        raise SourceError(
            f"{_named(asked)}: redirects to {_named(target)}, another host; "
            "if it has moved, write its new address into the configuration"
        )
    return target


def _joined(asked: httpx.URL, location: str) -> str:
    try:
        return str(asked.join(location))
    except httpx.InvalidURL:
        return location


def _same_host(asked: httpx.URL, target: httpx.URL) -> bool:
    upgraded = (asked.scheme, _port(asked), target.scheme, _port(target)) == ("http", 80, "https", 443)
    return asked.raw_host == target.raw_host and (upgraded or _origin(asked) == _origin(target))


# -- bodies -------------------------------------------------------------------------------------------


class _Plain:
    """A body as it comes."""

    whole = True

    def feed(self, chunk: bytes, most: int) -> bytes:
        return chunk[:most]


class _Gzip:
    """A compressed body, never unpacked beyond what is asked for: httpx would unpack a chunk whole."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def whole(self) -> bool:
        return self._stream.eof

    def feed(self, chunk: bytes, most: int) -> bytes:
        return self._stream.decompress(chunk, most)


def _unpacker(url: httpx.URL, encoding: str) -> _Plain | _Gzip:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
        case _:
            raise SourceError(f"{_named(url)}: answered in the encoding {one_line(encoding)!r}, which we did not offer")


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


@contextmanager
def _told(url: httpx.URL, deadline: _Deadline) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, OSError, zlib.error) as error:
        raise SourceError(f"{_named(url)}: {_in_words(error, deadline)}") from error


def _in_words(error: Exception, deadline: _Deadline) -> str:
    if deadline.over or isinstance(error, httpx.TimeoutException):
        return f"no whole answer within {deadline.seconds:g} s; it will be asked again"
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
