"""WordPress's REST API: where it is, how it is asked, and what its refusals mean.

No answer is believed before its status, its content type and its JSON were looked at (``answers``).
What each endpoint really answers: NOTES of the test kit, tried on WordPress 6.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from html import unescape
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from solacefeed.addresses import joined, parsed
from solacefeed.errors import LedAway, Refused, SourceError, TooLarge
from solacefeed.http_client.answer import Answer, one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.sources import answers
from solacefeed.sources.answers import Wanted
from solacefeed.sources.wordpress_paging import (
    ByNumber,
    Chosen,
    CollectionPage,
    id_of,
    is_beyond_the_end,
    is_too_much,
    rows_up_to,
)
from solacefeed.sources.wordpress_progress import Progress

_REL: Final = "https://api.w.org/"
_LINK_HEADER: Final = re.compile(rf'<([^<>]*+)>\s*+;[^,<]*\brel="?{re.escape(_REL)}"?')
_LINK_TAG: Final = re.compile(r"<link\b[^<>]*+>", re.IGNORECASE)
_HREF: Final = re.compile(r"""\bhref\s*=\s*["']([^"']*)["']""", re.IGNORECASE)

_API: Final = Wanted(
    it="the REST API",
    form="JSON",
    types=re.compile("application/json"),
    begins=answers.JSON_BEGINS,
    doubt="is this a WordPress blog, and its REST API switched on?",
    hints=(
        (401, "rest_not_logged_in", "{it} is closed to visitors; open it in the blog's security plugin"),
        (401, None, "the blog wants a password; open it to visitors"),
        (404, "rest_no_route", "{it} is switched off; allow wp/v2 in the blog's security plugin"),
    ),
)


#: Where an earlier poll came to is given up for this one when so many questions for it fail: the blog is down.
MOST_FAILURES: Final = 3


class NotTheApi(Refused):
    """What answers there is a web page, not the REST API."""


class Api:
    """The REST API of the blog at *home*, for the length of one poll.

    *root* is where it was found last time; when that proves at the first question not to be the API any more, it is
    looked for anew. Where the blog's page does not tell, or tells wrong, ``?rest_route=`` is tried.
    """

    def __init__(self, client: HttpClient, home: str, root: str | None, now: datetime) -> None:
        self._client = client
        self.home = home
        self._now = now
        self._remembered = root is not None
        #: Why the blog's own page does not tell where its API is.
        self._doubt: SourceError | None = None
        self._is_first = True
        self.root = root or self._discovered()

    def index(self, fields: str) -> Any:
        """Returns what the API says of the site."""
        return self._json("", {"_fields": fields})[1]

    def listing(self, route: str, **params: str | int) -> CollectionPage:
        """Returns one page of the collection *route*, such as ``posts``."""
        answer, said = self._json(f"wp/v2/{route}", params)
        rows = _listed(said)
        if rows is None:
            raise answers.refused(answer, "answers something other than a list; is that the blog's own API?", self._now)
        return CollectionPage(
            rows=rows,
            total=_count(answer, "x-wp-total"),
            pages=_count(answer, "x-wp-totalpages"),
            answered_at=answer.date,
        )

    def by_number(self, route: str, behind: Progress | None = None, **params: str | int) -> ByNumber:
        """All that *route* has, in the order in which paging loses no row; *behind* what an earlier poll has read."""

        def listing(size: int, number: int) -> CollectionPage:
            return self.listing(route, **params, orderby="id", order="asc", per_page=size, page=number)

        def repeats(number: int) -> SourceError:
            return SourceError(
                f"{self.root}: page {number} of {route} repeats what came before; does a cache ignore the query?"
            )

        if behind is None or not behind.last_id:
            return ByNumber(listing=listing, repeats=repeats)
        rows = rows_up_to(behind.last_id, behind.taken, self._id_at(route, **params))
        page = behind.page if rows == behind.taken else (0, 0)
        return ByNumber(listing=listing, repeats=repeats, last_id=behind.last_id, taken=rows, page=page)

    def _id_at(self, route: str, **params: str | int) -> Callable[[int], int | None]:
        """Tells the id at a place of *route*; a few times ``None`` where the blog can't say it."""
        failures = 0

        def id_at(place: int) -> int | None:
            nonlocal failures
            asked = params | {"orderby": "id", "order": "asc", "per_page": 1, "page": place + 1, "_fields": "id"}
            try:
                page = self.listing(route, **asked)
            except SourceError as error:
                if isinstance(error, Refused) and is_beyond_the_end(error):
                    return None
                failures += 1
                if failures == MOST_FAILURES or not is_too_much(error):
                    raise
                return None
            return next(map(id_of, page.rows), None)

        return id_at

    def chosen(self, route: str, ids: Sequence[str], **params: str | int) -> Chosen:
        """Those rows of *route* that have one of *ids*."""

        def listing(some: Sequence[str]) -> CollectionPage:
            return self.listing(route, include=",".join(some), orderby="id", per_page=len(some), **params)

        return Chosen(ids=ids, listing=listing)

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
        is_first, self._is_first = self._is_first, False
        try:
            return self._believed(route, params)
        except SourceError as error:
            if not is_first:
                raise
            if self._doubt is not None and not answers.asks_for_rest(error):
                raise self._doubt from error
            if not isinstance(error, NotTheApi):
                raise
            before, self.root = self.root, self._discovered() if self._remembered else self._plain_root(self.home)
            if self.root == before:
                raise
            return self._tried_otherwise(route, params, before, error)

    def _tried_otherwise(
        self, route: str, params: dict[str, str | int], before: str, error: SourceError
    ) -> tuple[Answer, Any]:
        """What is answered at another root than *before*; where that is an *error* too, the first one counts."""
        try:
            return self._believed(route, params)
        except SourceError as other:
            if self._remembered or answers.asks_for_rest(other):
                raise
            self.root = before
            raise error from other

    def _believed(self, route: str, params: dict[str, str | int]) -> tuple[Answer, Any]:
        answer = answers.asked(self._client, _endpoint(self.root, route, params), accept="application/json")
        if _is_another_page(answer):
            raise answers.instead(answer, _API, self._now, NotTheApi)
        return answer, answers.json_of(answers.believed(answer, _API, self._now), self._now)

    # -- where it is ----------------------------------------------------------------------------------

    @staticmethod
    def _plain_root(page: str) -> str:
        """Where it is with every kind of permalinks, seen from the blog's own *page*."""
        return joined(page, "./?rest_route=/") or page

    def _discovered(self) -> str:
        try:
            page = answers.asked(self._client, self.home, accept="text/html, */*;q=0.1")
            if page.status != HTTPStatus.OK:
                raise answers.refusal(page, _API, self._now)
        except SourceError as error:
            # A page for people may be shut, too heavy or elsewhere, while the API is here.
            if not _is_of_the_page(error):
                raise
            self._doubt = error
            return self._plain_root(self.home)
        # Some themes take the link away.
        said = _announced(page)
        root = (said and joined(page.url, said)) or self._plain_root(page.url)
        blog, api = parsed(page.url), parsed(root)
        if api.host != blog.host:
            raise SourceError(
                f"{self.home}: says that its REST API is at {one_line(root)}, another host; "
                "if that is the blog's own address, write it into [source] url"
            )
        if (blog.scheme, api.scheme) == ("https", "http"):
            root = str(replace(api, scheme="https", authority=blog.authority))
        return root


def _is_of_the_page(error: SourceError) -> bool:
    """Whether it tells of the blog's own page alone, not that the blog is down or wants to be left alone."""
    if isinstance(error, Refused):
        return HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR and not answers.asks_for_rest(
            error
        )
    return isinstance(error.__cause__, LedAway | TooLarge)


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
    return str(replace(parts, path=path, query=urlencode(query | params, safe="/,:", errors="replace")))


# -- belief -------------------------------------------------------------------------------------------


def _is_another_page(answer: Answer) -> bool:
    """Whether a web page answers in the API's place; WordPress's own 404 has a code."""
    if answer.status == HTTPStatus.NOT_FOUND:
        return answers.own_words(answer)[0] is None
    return answer.status == HTTPStatus.OK and not answers.is_json(answer)


def _listed(said: Any) -> list[Any] | None:
    """The rows of a list; PHP writes one that a plugin has filtered as an object by their places."""
    if isinstance(said, dict) and said and all(name.isascii() and name.isdigit() for name in said):
        return list(said.values())
    return said if isinstance(said, list) else None


def _count(answer: Answer, header: str) -> int | None:
    """The number in *header*; ``None`` where a proxy took it away, or it can't be one."""
    return answers.whole_number(answer.headers.get(header, ""))
