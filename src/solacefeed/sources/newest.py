"""The newest posts of a blog alone, for who looks at it once and keeps nothing: no later poll goes on from there.

A feed and the pages of a blog show the newest posts first, so that reading on is what is left out. WordPress is asked
for them by their date, which no crawl does that shall miss nothing: posts that come meanwhile move the others on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final

from solacefeed.errors import CutOff, Refused, SourceError
from solacefeed.http_client.client import HttpClient
from solacefeed.ports import Batch, Known, Source
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.found import REST, WORDPRESS_COM
from solacefeed.sources.wordpress_alone import BEHIND
from solacefeed.sources.wordpress_api import Api
from solacefeed.sources.wordpress_besides import readable
from solacefeed.sources.wordpress_paging import CollectionPage, is_beyond_the_end, is_too_much, portions
from solacefeed.sources.wordpress_poll import Poll

#: Where it is remembered that bounds were reached before the end.
CUT_OFF: Final = "cut_off"
#: Asked for at most, of any blog.
MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The *most* newest posts that *source* shows, the newest first as it does; a ``ports.Source``."""

    source: Source
    most: int

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields them, page by page; as *source* raises."""
        left = self.most
        for batch in _within_bounds(self.source.changes(known, now)):
            posts = batch.posts[:left]
            left -= len(posts)
            yield replace(batch, posts=posts, complete=batch.complete or not left)
            if batch.complete or not left:
                return


class NewestOfWordPress:
    """The *most* newest posts of the WordPress blog whose API *api* reaches; a ``ports.Source``."""

    def __init__(self, api: Callable[[datetime], Api], most: int) -> None:
        self._api = api
        self._most = most

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields them, the newest first, behind what the blog says of itself; raises as a crawl does."""
        yield from _within_bounds(_PollOfNewest(self._api(now), known, now).of_newest(self._most))


def _within_bounds(batches: Iterator[Batch]) -> Iterator[Batch]:
    """*batches*; where bounds cut them off behind the first posts, those that came are all there is, and that is noted.

    Raises ``CutOff`` before the first posts.
    """
    memory: Mapping[str, str] = {}
    is_begun = False
    try:
        for batch in batches:
            memory = batch.memory or memory
            is_begun = is_begun or bool(batch.posts)
            yield batch
    except CutOff:
        if not is_begun:
            raise
        yield Batch(memory={**memory, CUT_OFF: "yes"}, complete=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByDate:
    """The rows of the newest posts, by their places from 0."""

    most: int
    listing: Callable[[int, int], CollectionPage]

    def ask(self, start: int, size: int) -> CollectionPage:
        # Pages are counted by their size, so that the last one may bring more than is wanted.
        wanted = self.wanted(start, size)
        try:
            page = self.listing(size if start else wanted, start // size + 1)
        except Refused as error:
            if not is_beyond_the_end(error):
                raise
            return CollectionPage(rows=[], total=None, pages=None, answered_at=None)
        return replace(page, rows=page.rows[:wanted])

    def begins(self, size: int) -> int:  # noqa: ARG002  # it is the first place in any size
        return 0

    def wanted(self, start: int, size: int) -> int:
        return max(min(size, self.most - start), 0)

    def is_over(self, start: int, size: int, page: CollectionPage) -> bool:
        end = start + size
        return end >= self.most or not page.rows or (page.total is not None and end >= page.total)

    def again(self, start: int, size: int) -> int:
        return start // size * size

    def pass_over(self) -> None:
        """Places alone tell where it goes on."""


class _PollOfNewest(Poll):
    """One poll, by date."""

    def of_newest(self, most: int) -> Iterator[Batch]:
        pages = self._by_date(min(most, MOST))
        # Before anything is given: where posts are shut to us, another kind of source has its turn.
        first = next(pages, None)
        site, categories = self._besides.site(), self._besides.categories(self._known.categories)
        yield replace(categories, site=site, authors=self._authors())
        total = None
        for page in chain([first] if first else [], pages):
            total = total if page.total is None else page.total
            yield self._on_the_way(self._taken(page))
        yield from self._left_out(behind=None)
        yield self._last(gap=self._gap(total))

    def _by_date(self, most: int) -> Iterator[CollectionPage]:
        asked = {"orderby": "date", "order": "desc"}

        def listing(size: int, number: int) -> CollectionPage:
            return self._api.listing("posts", **asked, per_page=size, page=number, _fields=rows.POST_FIELDS)

        def alone(place: int, error: SourceError) -> None:
            self._alone.blame(partial(self._id_at, place, asked), error)

        for page in portions(_ByDate(most=most, listing=listing), self._sizes, "posts", alone):
            self._alone.another_answers(page.rows, whole=True)
            yield page
        self._alone.all_came()

    def _id_at(self, place: int, asked: dict[str, str]) -> str:
        """The number of the post at that *place*, where the blog will say that much of it."""
        unknown = f"{BEHIND}{place}"
        try:
            page = self._api.listing("posts", **asked, per_page=1, page=place + 1, _fields="id")
        except SourceError as error:
            if not is_too_much(error):
                raise
            return unknown
        return next((number for row in page.rows if (number := readable(rows.row_id, row))), unknown)


def newest(kind: str, client: HttpClient, address: str, source: Source, most: int) -> Source:
    """The *most* newest posts of the blog at *address*, which *source* of this *kind* would read whole.

    At WordPress.com by the first of its two APIs alone.
    """
    if kind == REST:
        return NewestOfWordPress(lambda now: Api(client, address, None, now), most)
    if kind == WORDPRESS_COM:
        from solacefeed.sources.wordpress_com import CoreApi

        return NewestOfWordPress(lambda now: CoreApi(client, address, now), most)
    return Newest(source=source, most=most)
