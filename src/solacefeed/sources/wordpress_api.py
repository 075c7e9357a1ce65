"""WordPress's REST API: where it is, how it is asked, and what its refusals mean.

No answer is believed before its status, its content type and its JSON were looked at (``answers``).
What each endpoint really answers: NOTES of the test kit, tried on WordPress 6.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from solacefeed.addresses import joined, parsed
from solacefeed.errors import Refused, SourceError
from solacefeed.http_client.answer import Answer, one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.sources import answers
from solacefeed.sources.answers import Wanted

PAGE: Final = 100

_REL: Final = "https://api.w.org/"
_LINK_HEADER: Final = re.compile(rf'<([^>]*)>\s*;[^,<]*\brel="?{re.escape(_REL)}"?')
_LINK_TAG: Final = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_HREF: Final = re.compile(r"""\bhref\s*=\s*["']([^"']*)["']""", re.IGNORECASE)

_API: Final = Wanted(
    it="the REST API",
    form="JSON",
    types=re.compile("application/json"),
    doubt="is this a WordPress blog, and its REST API switched on?",
    hints=(
        (401, "rest_not_logged_in", "{it} is closed to visitors; open it in the blog's security plugin"),
        (401, None, "the blog wants a password; open it to visitors"),
        (404, "rest_no_route", "{it} is switched off; allow wp/v2 in the blog's security plugin"),
    ),
)


class NotTheApi(Refused):
    """What answers there is a web page, not the REST API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPage:
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

    def listing(self, route: str, **params: str | int) -> CollectionPage:
        """Returns one page of the collection *route*, such as ``posts``."""
        answer, rows = self._json(f"wp/v2/{route}", params)
        if not isinstance(rows, list):
            raise answers.refused(answer, "answers something other than a list; is that the blog's own API?", self._now)
        return CollectionPage(
            rows=rows,
            total=self._count(answer, "x-wp-total"),
            pages=self._count(answer, "x-wp-totalpages"),
            answered_at=answer.date,
        )

    def pages(self, route: str, **params: str | int) -> Iterator[CollectionPage]:
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
        """Asks for *route* and returns the refusal; ``None`` when it is there.

        Raises ``SourceError`` where that tells nothing of *route*, for the blog wants to be left alone.
        """
        try:
            self._json(f"wp/v2/{route}", params)
        except Refused as error:
            if answers.asks_for_rest(error):
                raise
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
        answer = answers.asked(self._client, _endpoint(self.root, route, params), accept="application/json")
        if _is_another_page(answer):
            raise answers.instead(answer, _API, self._now, NotTheApi)
        return answer, answers.json_of(answers.believed(answer, _API, self._now), self._now)

    def _count(self, answer: Answer, header: str) -> int:
        count = answers.whole_number(answer.headers.get(header, ""))
        if count is None:
            raise answers.refused(answer, f"no number in the header {header}; does a proxy take it away?", self._now)
        return count

    # -- where it is ----------------------------------------------------------------------------------

    def _discovered(self) -> str:
        page = answers.asked(self._client, self.home, accept="text/html, */*;q=0.1")
        if page.status != HTTPStatus.OK:
            raise answers.refusal(page, _API, self._now)
        # Some themes take the link away; ?rest_route= works with every kind of permalinks.
        said = _announced(page)
        root = (said and joined(page.url, said)) or joined(page.url, "./?rest_route=/") or page.url
        blog, api = parsed(page.url), parsed(root)
        if api.host != blog.host:
            raise SourceError(
                f"{self.home}: says that its REST API is at {one_line(root)}, another host; "
                "if that is the blog's own address, write it into [source] url"
            )
        if (blog.scheme, api.scheme) == ("https", "http"):
            root = str(replace(api, scheme="https", authority=blog.authority))
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
    parts = parsed(root)
    query: dict[str, str | int] = dict(parse_qsl(parts.query))
    path = parts.path
    if "rest_route" in query:
        query["rest_route"] = f"{str(query['rest_route']).rstrip('/')}/{route}"
    else:
        path = f"{path.rstrip('/')}/{route}"
    return str(replace(parts, path=path, query=urlencode(query | params, safe="/,:")))


# -- belief -------------------------------------------------------------------------------------------


def _is_another_page(answer: Answer) -> bool:
    """Whether a web page answers in the API's place; WordPress's own 404 has a code."""
    if answer.status == HTTPStatus.NOT_FOUND:
        return answers.own_words(answer)[0] is None
    return answer.status == HTTPStatus.OK and not answers.is_json(answer)


def _highest_id(rows: list[Any]) -> int:
    ids = (row.get("id") for row in rows if isinstance(row, dict))
    return max((number for number in ids if isinstance(number, int)), default=0)
