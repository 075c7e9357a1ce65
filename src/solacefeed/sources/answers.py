"""Disbelief: what an answer that can't be believed means, and when to ask again; the one room for it.

    no answer         as the HTTP client says it
    another status    the server's own words, what an operator can do, when to come back (``Retry-After``)
    another thing     a login, a firewall's challenge, a maintenance page, or whatever stands there instead
    a broken body     empty, cut off, in another encoding, behind a warning of PHP

What a body is counts for more than the type that it is said to be of: many a server serves JSON as text/html.

Every kind of source and of calendar asks here, so that each disbelief is one line of one manner: where, what, what to
do. And no kind can lose how long a server asks to be left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from solacefeed.addresses import parsed
from solacefeed.errors import BrokenAnswer, Refused, RequestError, SourceError, TooLarge, Unanswered, Unfinished
from solacefeed.http_client.answer import Answer, one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.text.clean import plain

#: Answers that ask for rest: whoever goes on asking makes it worse.
_REST_WANTED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

Hints = tuple[tuple[int, str | None, str], ...]

#: What an operator can do, by status and the server's own code; the first that fits.
_HINTS: Final[Hints] = (
    (401, None, "{it} wants a password; open it to visitors"),
    (403, None, "{it} is closed to us; allow our User-Agent in the blog's security plugin or firewall"),
    (404, None, "is the address right?"),
    (410, None, "{it} was given up; write another address into the configuration"),
    (429, None, "it is asked too often; raise {pace}"),
    (503, None, "maintenance, or too much to do"),
)

#: Digits of a whole number that a column of any database holds: a blog numbers and counts nothing beyond.
_MOST_DIGITS: Final = 18

#: What JSON may hold at most, marks in its texts counted with it.
MOST_OBJECTS: Final = 500_000
MOST_VALUES: Final = 2_000_000
#: So much of a page is looked at, to tell what it is.
_HEAD: Final = 200_000
_LOGIN_FORM: Final = re.compile(rb"""<form\b[^>]{0,500}\bid=["']?loginform\b""", re.IGNORECASE)
_TITLE: Final = re.compile(rb"<title\b[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)
_MAINTENANCE: Final = re.compile(
    rb"\b(?:maintenance|under construction|coming soon|back soon|(?:briefly|temporarily) unavailable)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for, in the words that its refusals need."""

    #: ``the REST API``.
    it: str
    #: What it comes as: ``JSON``.
    form: str
    #: The media types of that.
    types: re.Pattern[str]
    #: How it begins, where it is told by its body whatever type it is said to be of.
    begins: re.Pattern[bytes] | None = None
    #: What to ask oneself where something else answers.
    doubt: str
    #: Better hints than the common ones.
    hints: Hints = ()
    #: What in the config says how often it is asked.
    pace: str = "[daemon] poll_every"


def asked(
    client: HttpClient, url: str, *, accept: str, etag: str | None = None, modified_since: str | None = None
) -> Answer:
    """What is answered at *url*, whatever its status; raises ``SourceError`` where there is no answer."""
    try:
        return client.get(url, accept=accept, etag=etag, modified_since=modified_since)
    except TooLarge as error:
        raise Unanswered(f"{error}; if that can be right, raise [source] max_bytes") from error
    except Unfinished as error:
        raise Unanswered(str(error)) from error
    except RequestError as error:
        raise SourceError(str(error)) from error


def believed(answer: Answer, wanted: Wanted, now: datetime) -> Answer:
    """Returns *answer* where it has what was *wanted*; raises ``Refused`` for any other."""
    if answer.status != HTTPStatus.OK:
        raise refusal(answer, wanted, now)
    if not _is_of(answer, wanted) or _is_guard(answer):
        raise instead(answer, wanted, now)
    if not answer.body.strip():
        what = f"an empty answer instead of {wanted.form}; was it cut off on its way?"
        raise refused(answer, what, now, kind=BrokenAnswer)
    return answer


def _is_of(answer: Answer, wanted: Wanted) -> bool:
    """Whether it has the type or the beginning of what was *wanted*."""
    begins = wanted.begins is not None and wanted.begins.match(answer.body) is not None
    return begins or wanted.types.fullmatch(answer.content_type) is not None


def refusal(answer: Answer, wanted: Wanted, now: datetime) -> Refused:
    """The error for an answer that is not 200."""
    code, message = own_words(answer)
    said = one_line(f"answered {answer.status} {code or ''} {message or _phrase(answer.status)}")
    return refused(answer, f"{said}; {_hint(answer.status, code, wanted)}", now, code=code)


def instead(answer: Answer, wanted: Wanted, now: datetime, kind: type[Refused] = Refused) -> Refused:
    """The error, of that *kind*, for an answer of something else than what was *wanted*."""
    said = "" if answer.status == HTTPStatus.OK else f"answered {answer.status}, "
    what, hint = _stand_in(answer, wanted) or (_named(answer), wanted.doubt)
    return refused(answer, f"{said}{what} instead of {wanted.form}; {hint}", now, kind=kind)


def stands_in(answer: Answer, wanted: Wanted) -> bool:
    """Whether what was answered looks like a page that the server gives whatever is asked for."""
    return _stand_in(answer, wanted) is not None


def refused(
    answer: Answer, what: str, now: datetime, *, code: str | None = None, kind: type[Refused] = Refused
) -> Refused:
    """The error for an answer of which *what* is wrong, with the rest that it asks for."""
    rest = answer.retry_after(now)
    line = "; ".join([f"{place(answer)}: {what}", *_later(rest)])
    return kind(line, status=answer.status, code=code, retry_after=rest)


def retold(error: Refused, line: str) -> Refused:
    """The same refusal in other words."""
    return Refused(line, status=error.status, code=error.code, retry_after=error.retry_after)


def json_of(answer: Answer, now: datetime) -> Any:
    """The JSON that was answered; raises ``Refused`` where it is broken."""
    try:
        return from_json(answer.body.decode())
    except UnicodeDecodeError as error:
        what = "JSON that is not UTF-8; look at the blog's database charset"
        raise refused(answer, what, now, kind=BrokenAnswer) from error
    except TooMuchJson as error:
        raise refused(answer, str(error), now) from error
    except (ValueError, RecursionError) as error:
        raise refused(answer, _why_broken(answer.body), now, kind=BrokenAnswer) from error


class TooMuchJson(ValueError):  # no JSON that is read
    """JSON that holds more than is read; ``str()`` says what."""


def from_json(text: str | bytes) -> Any:
    """What *text* says; raises ``ValueError`` and ``RecursionError`` as ``json.loads`` does.

    A number that is none of a blog's costs nothing beside it, nor does a control character in a text. Byte order marks
    before it are passed over (RFC 8259 section 8.1), since files of plugins begin with one, and so are comments behind
    it, by which caches sign what they keep. Raises ``TooMuchJson`` before anything is made of too many values.
    """
    written = text.decode(json.detect_encoding(text), "surrogatepass") if isinstance(text, bytes) else text
    # Each value costs a hundred bytes once it is read, and a comma one before.
    for what, marks, most in (("objects and lists", "[{", MOST_OBJECTS), ("values", ",", MOST_VALUES)):
        if sum(map(written.count, marks)) > most:
            raise TooMuchJson(f"JSON of more than {most} {what}; no answer of a blog needs so many")
    start = _BEFORE.match(written)
    said, end = _DECODER.raw_decode(written, start.end() if start else 0)
    if not _BEHIND.fullmatch(written, end):
        raise ValueError("something stands behind it")
    return said


def number(said: str) -> int | float:
    """The whole number of JSON that *said* is, or so much of it as can be told."""
    # Python reads no whole number of more than 4,300 digits, and raises.
    return int(said) if len(said) <= _MOST_DIGITS else float(said)


_DECODER: Final = json.JSONDecoder(parse_int=number, strict=False)


_BEFORE: Final = re.compile(r"[\ufeff \t\r\n]*+")
_BEHIND: Final = re.compile(r"(?:[\ufeff\s]++|<!--.*?-->)*+", re.DOTALL)


def whole_number(said: str) -> int | None:
    """What *said* counts, in a header or an attribute; ``None`` where it is no number, or none of a blog's."""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _MOST_DIGITS else None


def own_words(answer: Answer) -> tuple[str | None, str | None]:
    """The server's own code and message, as WordPress gives them in JSON, where the answer has them."""
    if not is_json(answer):
        return None, None
    try:
        said = from_json(answer.body.decode())
    except (ValueError, RecursionError):
        return None, None
    code, message = (said.get(name) if isinstance(said, dict) else None for name in ("code", "message"))
    return code if isinstance(code, str) else None, plain(message) if isinstance(message, str) else None


#: How JSON begins that is an object or a list.
JSON_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n]){0,1000}+[\[{]")


def is_json(answer: Answer) -> bool:
    """Whether it is JSON by its type, or by its beginning where the server says another."""
    return answer.content_type == "application/json" or JSON_BEGINS.match(answer.body) is not None


def place(answer: Answer) -> str:
    """The question's address as it may be shown: a query can hold secrets, but for WordPress's own route."""
    address, _, query = answer.url.partition("?")
    route = query.partition("&")[0]
    return f"{address}?{route}" if route.startswith("rest_route=") else address


def asks_for_rest(error: Exception) -> bool:
    """Whether whoever said that must be left alone now, and not be asked for anything else either."""
    return isinstance(error, Refused) and error.status in _REST_WANTED


# -- words --------------------------------------------------------------------------------------------


def _hint(status: int, code: str | None, wanted: Wanted) -> str:
    fits = (hint for known, word, hint in (*wanted.hints, *_HINTS) if known == status and word in (code, None))
    other = "the blog has a fault of its own; look into its log" if status >= 500 else "open it in a browser"
    return next(fits, other).format(it=wanted.it, pace=wanted.pace)


def _later(rest: timedelta | None) -> Iterator[str]:
    if rest is not None:
        yield f"asks to come back in {rest.total_seconds():.0f} s"


def _phrase(status: int) -> str:
    try:
        return f"({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _named(answer: Answer) -> str:
    return "HTML" if answer.content_type == "text/html" else one_line(answer.content_type) or "something unnamed"


def _stand_in(answer: Answer, wanted: Wanted) -> tuple[str, str] | None:
    """What a page is that a server gives whatever is asked for, and what to do; ``None`` for any other thing."""
    if _is_challenged(answer):
        return "a firewall's challenge", "allow our User-Agent there"
    head = answer.body[:_HEAD] if answer.content_type == "text/html" else b""
    if _is_login(answer) or _LOGIN_FORM.search(head):
        return "a login page", f"open {wanted.it} to visitors"
    title = _TITLE.search(head)
    if title and _MAINTENANCE.search(title[1]):
        return "a maintenance page", "it will be asked again"
    return None


def _is_guard(answer: Answer) -> bool:
    """Whether it surely is no page of the blog's own; a form to log in, or a title, may stand in one that is."""
    return _is_challenged(answer) or _is_login(answer)


def _is_challenged(answer: Answer) -> bool:
    return answer.headers.get("cf-mitigated", "").lower() == "challenge"


def _is_login(answer: Answer) -> bool:
    return parsed(answer.url).path.endswith("/wp-login.php")


def _why_broken(body: bytes) -> str:
    if body.lstrip().startswith(b"<"):
        return "something stands before the JSON, such as a warning of PHP; turn display_errors off there"
    return f"broken JSON ({len(body)} bytes); was it cut off on its way?"
