"""A blog at WordPress.com as a source, over WordPress.com's public API.

UNPROVEN: built from the documentation (developer.wordpress.com/docs/api, and Jetpack's public source of the endpoints),
never tried against WordPress.com itself.

WordPress.com answers for all its blogs at one host of its own, which alone is asked here; nothing that it says leads
us anywhere else. Of its two APIs the first is WordPress's own, so all that ``wordpress`` knows holds:

    wp/v2/sites/HOST        asked first in every poll
    rest/v1.1/sites/HOST    asked where the first is shut (401, 403, 404)

The second one lists by ascending number as well, and tells totals; it hides protected posts, can't be asked for chosen
ones, and so proves no removal. Both keep the same memory, so that either can go on where the other left off; but for a
poll that was cut off, which the same API goes on with.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import chain
from typing import Any, Final

from solacefeed.addresses import parsed
from solacefeed.errors import Refused, SourceError
from solacefeed.http_client.answer import Answer
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import Author, SourceCategory, SourcePost, Tag
from solacefeed.models.posts import Image
from solacefeed.ports import Batch, Known
from solacefeed.sources import answers
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.found import CATEGORIES, LACKING, SITE
from solacefeed.sources.wordpress_api import Api, NotTheApi
from solacefeed.sources.wordpress_besides import Besides, readable
from solacefeed.sources.wordpress_paging import SIZES, sizes_of
from solacefeed.sources.wordpress_poll import OVERLAP, SWEEP_EVERY, Poll
from solacefeed.text.clean import plain

#: The one host that is asked.
PUBLIC_API: Final = "https://public-api.wordpress.com"

_SHUT: Final = frozenset({401, 403, 404})
_CATEGORIES_A_PAGE: Final = 1000
_POST_FIELDS: Final = (
    "ID,date,modified,guid,URL,title,content,author,categories,tags,password,featured_image,post_thumbnail"
)


class WordPressComSource:
    """The blog that WordPress.com has at *url*; a ``ports.Source``."""

    def __init__(self, client: HttpClient, url: str) -> None:
        self._client = client
        self._url = url

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields what changed since *known*: everything, page by page, until a first crawl was complete.

        Raises ``SourceError`` at the first answer that can't be believed.
        """
        poll = Poll(CoreApi(self._client, self._url, now), known, now)
        begun = False
        try:
            for batch in poll.of_changes() if known.complete else poll.of_everything():
                begun = True
                yield batch
        except Refused as refused:
            if begun or refused.status not in _SHUT:
                raise
        if not begun:
            yield from _Poll11(_Api11(self._client, self._url, now), known, now).changes()


# -- the two APIs -------------------------------------------------------------------------------------


class _SiteApi(Api):
    """An API in whose addresses the blog's host stands: there is nothing to discover."""

    namespace: str

    def __init__(self, client: HttpClient, home: str, now: datetime) -> None:
        super().__init__(client, home, None, now)

    def _discovered(self) -> str:
        return f"{PUBLIC_API}/{self.namespace}/sites/{parsed(self.home).host}"

    def _believed(self, route: str, params: dict[str, str | int]) -> tuple[Answer, Any]:
        try:
            return super()._believed(route.removeprefix("wp/v2/"), params)
        except NotTheApi as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            message = f"{self.root}: WordPress.com has no such public blog; is the address right?"
            raise answers.retold(error, message) from error


class CoreApi(_SiteApi):
    """WordPress's own API, without its index."""

    namespace = "wp/v2"

    def __init__(self, client: HttpClient, home: str, now: datetime) -> None:
        super().__init__(client, home, now)
        self._other = _Api11(client, home, now)

    def index(self, fields: str) -> Any:  # noqa: ARG002  # the other API has other fields
        return self._other.site_row()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page of posts."""

    rows: list[Any]
    #: Of all pages together.
    total: int
    #: What to ask for the next page with; ``None`` on the last.
    next_page: str | None


class _Api11(_SiteApi):
    """WordPress.com's older API."""

    namespace = "rest/v1.1"

    def site_row(self) -> Any:
        """The blog itself, in the form of wp/v2."""
        said = self._object("", fields="name,description,URL,options")
        options = _dict(said.get("options"))
        # Only the blog's members are told its zone; [site] time_zone says it.
        zone = options.get("timezone") or ("" if "gmt_offset" in options else "UTC")
        return {
            # Plain text here, HTML there.
            "name": _escaped(said.get("name")),
            "description": _escaped(said.get("description")),
            "home": said.get("URL"),
            "timezone_string": zone,
            "gmt_offset": options.get("gmt_offset"),
        }

    def categories(self) -> Iterator[Any]:
        """Yields all of them, in the form of wp/v2."""
        number, page = 1, [None] * _CATEGORIES_A_PAGE
        while len(page) == _CATEGORIES_A_PAGE:
            page = self._list("categories", "categories", number=_CATEGORIES_A_PAGE, page=number)
            yield from ({name.lower(): value for name, value in _dict(row).items()} for row in page)
            number += 1

    def total(self) -> int:
        """How many posts there are."""
        return self._page(number=1, fields="ID").total

    def posts(self, handle: str | None = None, **filters: str) -> Iterator[_Page]:
        """Yields every page of posts that pass the *filters*, by ascending number, or those from a *handle* on."""
        last_number = 0
        while True:
            place = {"page_handle": handle} if handle else {}
            page = self._page(number=SIZES[0], order_by="ID", order="ASC", fields=_POST_FIELDS, **filters, **place)
            highest = max((_id(row) for row in page.rows), default=0)
            if page.rows and highest <= last_number:
                raise SourceError(f"{self.root}: a page of posts repeats what came before; does a proxy cache it?")
            yield page
            if not (page.rows and page.next_page):
                return
            handle, last_number = page.next_page, highest

    def _page(self, **params: str | int) -> _Page:
        said = self._object("posts", **params)
        posts, found, next_page = said.get("posts"), said.get("found"), _dict(said.get("meta")).get("next_page")
        if not isinstance(posts, list) or not isinstance(found, int):
            raise SourceError(f"{self.root}/posts: answers something other than a list of posts")
        return _Page(rows=posts, total=found, next_page=next_page if isinstance(next_page, str) else None)

    def _list(self, route: str, name: str, **params: str | int) -> list[Any]:
        listed = self._object(route, **params).get(name)
        if not isinstance(listed, list):
            raise SourceError(f"{self.root}/{route}: answers something other than a list of {name}")
        return listed

    def _object(self, route: str, **params: str | int) -> Mapping[str, Any]:
        return _dict(self._json(route, params)[1])


def _dict(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, dict) else {}


def _escaped(said: Any) -> Any:
    return html.escape(said, quote=False) if isinstance(said, str) else said


def _id(row: Any) -> int:
    number = _dict(row).get("ID")
    return number if isinstance(number, int) else 0


# -- a poll by the older one --------------------------------------------------------------------------


class _Poll11:
    """One poll by rest/v1.1: what was modified since the watermark; once a day, and when the total differs, all.

    It remembers besides, while it goes through all of them, where the next page is (``handle``) and since when that is
    under way (``begun``).
    """

    def __init__(self, api: _Api11, known: Known, now: datetime) -> None:
        self._api = api
        self._known = known
        self._now = now
        self._watermark = self._remembered("watermark")
        self._swept_at = self._remembered("swept_at")
        self._handle = known.memory.get("handle") if known.memory.get("home") == api.home else None
        #: What changed later may have been missed.
        self._begun = min(self._remembered("begun"), now) if self._handle else now
        self._besides = Besides(api, sizes_of({}, now), known.memory, now)

    def changes(self) -> Iterator[Batch]:
        if not self._known.complete:
            yield from self._everything()
            return
        since = max(self._watermark - OVERLAP, datetime(1970, 1, 1, tzinfo=UTC))
        yield Batch(categories=self._categories())
        for page in self._api.posts(modified_after=f"{since:%Y-%m-%dT%H:%M:%SZ}"):
            yield self._read(page)
        total = self._api.total()
        fresh = timedelta() <= self._now - self._swept_at < SWEEP_EVERY
        if self._handle or self._known.memory.get("total") != str(total) or not fresh:
            yield from self._everything()
        else:
            yield self._last(total)

    def _everything(self) -> Iterator[Batch]:
        pages = self._api.posts(self._handle)
        # Before anything is given: where posts are shut to us, another kind of source has its turn.
        try:
            first = next(pages, None)
        except Refused as refused:
            if self._handle is None or refused.status != HTTPStatus.BAD_REQUEST:
                raise
            # Its own word of days ago means nothing to it any more.
            pages = self._api.posts()
            first = next(pages, None)
        site = self._besides.without(SITE, lambda: rows.site(self._api.site_row()))
        yield Batch(site=site, categories=self._categories())
        for page in chain([first] if first else [], pages):
            self._handle = page.next_page
            batch = self._read(page)
            yield replace(batch, memory=self._memory(self._known.memory.get("total")))
        self._swept_at, self._handle = self._now, None
        yield self._last(self._api.total())

    def _read(self, page: _Page) -> Batch:
        batch = _taken(page.rows)
        # A date to come, as a plugin may write it, would hide every change until then.
        moments = (post.modified for post in batch.posts if post.modified)
        self._watermark = min(max((self._watermark, *moments)), self._begun)
        return batch

    def _categories(self) -> tuple[SourceCategory, ...] | None:
        return self._besides.without(CATEGORIES, lambda: tuple(map(rows.category, self._api.categories())))

    def _remembered(self, name: str) -> datetime:
        return datetime.fromisoformat(self._known.memory.get(name, "1970-01-01T00:00:00+00:00"))

    def _last(self, total: int) -> Batch:
        return Batch(memory=self._memory(str(total)), complete=True)

    def _memory(self, total: str | None) -> dict[str, str]:
        memory = {
            "home": self._api.home,
            "api": self._api.root,
            "watermark": self._watermark.isoformat(),
            "swept_at": self._swept_at.isoformat(),
            "total": total,
            "handle": self._handle,
            "begun": self._begun.isoformat() if self._handle else None,
            LACKING: self._besides.written(),
        }
        return {name: value for name, value in memory.items() if value is not None}


def _taken(whole: Iterable[Any]) -> Batch:
    posts: list[SourcePost] = []
    unreadable: dict[str, str] = {}
    for row in whole:
        try:
            posts.append(_post(row))
        except rows.Unreadable as reason:
            unreadable[str(_id(row) or "without an id")] = str(reason)
    authors = {post.author_id: post.author_name for post in posts if post.author_id and post.author_name}
    return Batch(
        authors=tuple(Author(id=number, name=name) for number, name in authors.items()) or None,
        posts=tuple(posts),
        unreadable=unreadable,
    )


def _post(row: Any) -> SourcePost:
    said, author = _dict(row), _dict(_dict(row).get("author"))
    categories = said.get("categories")
    name = author.get("name")
    post = rows.post(
        {
            "id": said.get("ID"),
            "date_gmt": _utc(said.get("date")),
            "modified_gmt": _utc(said.get("modified")),
            "guid": {"rendered": said.get("guid")},
            "link": said.get("URL"),
            "title": {"rendered": said.get("title")},
            "content": {"rendered": said.get("content"), "protected": bool(said.get("password"))},
            "author": author.get("ID", 0),
            # PHP writes an empty map as a list.
            "categories": [_id(category) for category in _dict(categories).values()] if categories != [] else [],
        }
    )
    return replace(
        post,
        author_name=plain(name) or None if isinstance(name, str) else None,
        tags=_tags(said),
        picture=_picture(said),
        picture_known="featured_image" in said,
    )


def _tags(said: Mapping[str, Any]) -> tuple[Tag, ...] | None:
    """What it is tagged with, by name; one that can't be read is left out."""
    told = said.get("tags")
    # PHP writes an empty map as a list.
    if not isinstance(told, dict) and told != []:
        return None
    read = (
        readable(rows.tag, {name.lower(): value for name, value in _dict(row).items()}) for row in _dict(told).values()
    )
    return tuple(sorted((tag for tag in read if tag), key=lambda tag: int(tag.number or 0)))


def _picture(said: Mapping[str, Any]) -> Image | None:
    """The picture above a post: with its size where that is told, else its address alone."""
    thumbnail = _dict(said.get("post_thumbnail"))
    details = {"width": thumbnail.get("width"), "height": thumbnail.get("height")}
    sized = rows.picture({"source_url": thumbnail.get("URL"), "media_details": details})
    return sized or rows.picture({"source_url": said.get("featured_image")})


def _utc(said: Any) -> Any:
    """A date with its offset, as wp/v2 writes it: in UTC, without; what is no date stays for its reader to refuse."""
    try:
        return f"{datetime.fromisoformat(said).astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    except (TypeError, ValueError, OverflowError):
        return said
