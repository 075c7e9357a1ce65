"""WordPress's REST API: where it is, how it is asked, and what its refusals mean.

No answer is believed before its status, its content type and its JSON were looked at; each disbelief is one clear line.
What each endpoint really answers: NOTES of the test kit, tried on WordPress 6.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from solacefeed.errors import Refused, SourceError
from solacefeed.http_client import Answer, HttpClient, one_line
from solacefeed.text.clean import plain

PAGE: Final = 100

_REL: Final = "https://api.w.org/"
_LINK_HEADER: Final = re.compile(rf'<([^>]*)>\s*;[^,<]*\brel="?{re.escape(_REL)}"?')
_LINK_TAG: Final = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_HREF: Final = re.compile(r"""\bhref\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


class NotTheApi(Refused):
    """What answers there is a web page, not the REST API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a collection."""

    rows: list[Any]
    #: How many rows the whole collection has (X-WP-Total).
    total: int
    #: X-WP-TotalPages; 0 when nothing is there.
    pages: int
    #: When the blog answered, by its own clock; ``None`` where it does not say.
    answered_at: datetime | None


class Api:
    """The REST API of the blog at *home*, for the length of one poll.

    *root* is where it was found last time; when that proves at the first question not to be the API any more, it is
    looked for anew.
    """

    def __init__(self, client: HttpClient, home: str, root: str | None, now: datetime) -> None:
        self._client = client
        self.home = home
        self._now = now
        self._remembered = root is not None
        self.root = root or self._discovered()

    def index(self, fields: str) -> Any:
        """Returns what the API says of the site."""
        return self._json("", {"_fields": fields})[1]

    def listing(self, route: str, **params: str | int) -> Listing:
        """Returns one page of the collection *route*, such as ``posts``."""
        answer, rows = self._json(f"wp/v2/{route}", params)
        if not isinstance(rows, list):
            raise _refused(answer, "answers something other than a list; is that the blog's own API?")
        return Listing(
            rows=rows,
            total=_count(answer, "x-wp-total"),
            pages=_count(answer, "x-wp-totalpages"),
            answered_at=answer.date,
        )

    def pages(self, route: str, **params: str | int) -> Iterator[Listing]:
        """Yields every page of *route*, by ascending id: the one order in which paging loses no row."""
        number, last_id = 1, 0
        while True:
            try:
                page = self.listing(route, **params, orderby="id", order="asc", per_page=PAGE, page=number)
            except Refused as error:
                if error.code == "rest_post_invalid_page_number":
                    return  # Posts vanished while we paged.
                raise
            highest = _highest_id(page.rows)
            if page.rows and highest <= last_id:
                raise SourceError(
                    f"{self.root}: page {number} of {route} repeats what came before; does a cache ignore the query?"
                )
            yield page
            if number >= page.pages:
                return
            number, last_id = number + 1, highest

    def refusal(self, route: str, **params: str | int) -> Refused | None:
        """Asks for *route* and returns the refusal; ``None`` when it is there."""
        try:
            self._json(f"wp/v2/{route}", params)
        except Refused as error:
            return error
        return None

    # -- one question ---------------------------------------------------------------------------------

    def _json(self, route: str, params: dict[str, str | int]) -> tuple[Answer, Any]:
        remembered, self._remembered = self._remembered, False
        try:
            return self._believed(route, params)
        except NotTheApi:
            if not remembered:
                raise
            root, self.root = self.root, self._discovered()
            if self.root == root:
                raise
        return self._believed(route, params)

    def _believed(self, route: str, params: dict[str, str | int]) -> tuple[Answer, Any]:
        answer = self._client.get(_endpoint(self.root, route, params), accept="application/json")
        if answer.status != HTTPStatus.OK:
            raise _refusal(answer, self._now)
        if not _is_json(answer):
            raise _not_the_api(answer)
        return answer, _parsed(answer)

    # -- where it is ----------------------------------------------------------------------------------

    def _discovered(self) -> str:
        page = self._client.get(self.home, accept="text/html, */*;q=0.1")
        if page.status != HTTPStatus.OK:
            raise _refusal(page, self._now)
        # Some themes take the link away; ?rest_route= works with every kind of permalinks.
        root = urljoin(page.url, _announced(page) or "./?rest_route=/")
        blog, api = urlsplit(page.url), urlsplit(root)
        if api.hostname != blog.hostname:
            raise SourceError(
                f"{self.home}: says that its REST API is at {one_line(root)}, another host; "
                "if that is the blog's own address, write it into [source] url"
            )
        if (blog.scheme, api.scheme) == ("https", "http"):
            root = urlunsplit(api._replace(scheme="https", netloc=blog.netloc))
        return root


def _announced(page: Answer) -> str | None:
    """The API's root by the Link header, else by the link element."""
    header = _LINK_HEADER.search(page.headers.get("link", ""))
    if header:
        return header[1]
    tags = _LINK_TAG.findall(page.body.decode("utf-8", "replace"))
    href = next((found for tag in tags if _REL in tag and (found := _HREF.search(tag))), None)
    return unescape(href[1]) if href else None


def _endpoint(root: str, route: str, params: dict[str, str | int]) -> str:
    parts = urlsplit(root)
    query: dict[str, str | int] = dict(parse_qsl(parts.query))
    path = parts.path
    if "rest_route" in query:
        query["rest_route"] = f"{str(query['rest_route']).rstrip('/')}/{route}"
    else:
        path = f"{path.rstrip('/')}/{route}"
    return urlunsplit(parts._replace(path=path, query=urlencode(query | params, safe="/,:")))


# -- belief -------------------------------------------------------------------------------------------


def _is_json(answer: Answer) -> bool:
    return answer.content_type == "application/json"


def _parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _refused(answer, "JSON that is not UTF-8; look at the blog's database charset") from error
    except (ValueError, RecursionError) as error:
        raise _refused(answer, _why_broken(answer.body)) from error


def _why_broken(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        return "a byte order mark stands before the JSON; a file of a plugin or theme begins with one"
    if body.lstrip().startswith(b"<"):
        return "something stands before the JSON, such as a warning of PHP; turn display_errors off there"
    return f"broken JSON ({len(body)} bytes); was it cut off on its way?"


def _count(answer: Answer, header: str) -> int:
    said = answer.headers.get(header, "")
    if not (said.isascii() and said.isdigit()):
        raise _refused(answer, f"no number in the header {header}; does a proxy take it away?")
    return int(said)


def _highest_id(rows: list[Any]) -> int:
    ids = (row.get("id") for row in rows if isinstance(row, dict))
    return max((number for number in ids if isinstance(number, int)), default=0)


# -- refusals -----------------------------------------------------------------------------------------

#: What an operator can do, by status and WordPress's own word; the first that fits.
_HINTS: Final[tuple[tuple[int, str | None, str], ...]] = (
    (401, "rest_not_logged_in", "the REST API is closed to visitors; open it in the blog's security plugin"),
    (401, None, "the blog wants a password; open it to visitors"),
    (403, None, "the REST API is closed to us; allow our User-Agent in the blog's security plugin or firewall"),
    (404, "rest_no_route", "the REST API is switched off; allow wp/v2 in the blog's security plugin"),
    (404, None, "is the address right?"),
    (429, None, "it is asked too often; raise [daemon] poll_every"),
    (503, None, "maintenance, or too much to do"),
)


def _refusal(answer: Answer, now: datetime) -> Refused:
    """The error for an answer that is not 200."""
    code, message = _own_words(answer)
    if answer.status == HTTPStatus.NOT_FOUND and code is None:
        return _not_the_api(answer)
    said = one_line(f"answered {answer.status} {code or ''} {message or _phrase(answer.status)}")
    what = "; ".join([said, *_hint(answer.status, code), *_wait(answer, now)])
    return _refused(answer, what, code, answer.retry_after(now))


def _not_the_api(answer: Answer) -> NotTheApi:
    kind = "HTML" if answer.content_type == "text/html" else one_line(answer.content_type) or "something unnamed"
    said = "" if answer.status == HTTPStatus.OK else f"answered {answer.status}, "
    line = f"{_place(answer)}: {said}{kind} instead of JSON; is this a WordPress blog, and its REST API switched on?"
    return NotTheApi(line, status=answer.status)


def _refused(answer: Answer, what: str, code: str | None = None, retry_after: timedelta | None = None) -> Refused:
    return Refused(f"{_place(answer)}: {what}", status=answer.status, code=code, retry_after=retry_after)


def _own_words(answer: Answer) -> tuple[str | None, str | None]:
    """WordPress's own code and message, where the answer has them."""
    if not _is_json(answer):
        return None, None
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None, None
    code, message = (said.get(name) if isinstance(said, dict) else None for name in ("code", "message"))
    return code if isinstance(code, str) else None, plain(message) if isinstance(message, str) else None


def _hint(status: int, code: str | None) -> list[str]:
    fits = (hint for known, word, hint in _HINTS if known == status and word in (code, None))
    return [
        next(fits, "the blog has a fault of its own; look into its log" if status >= 500 else "open it in a browser")
    ]


def _wait(answer: Answer, now: datetime) -> list[str]:
    asked = answer.retry_after(now)
    return [] if asked is None else [f"asks to come back in {asked.total_seconds():.0f} s"]


def _phrase(status: int) -> str:
    try:
        return f"({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _place(answer: Answer) -> str:
    """The question's address: of its query only the route, where it stands there."""
    address, _, query = answer.url.partition("?")
    route = query.partition("&")[0]
    return f"{address}?{route}" if route.startswith("rest_route=") else address
