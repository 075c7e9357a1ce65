"""How many rows of a collection are asked for at once: fewer where the blog can't give so many, down to a single one.

    100 --> 50 --> 25 --> 5 --> 1      four questions more, and the row alone is to blame, or the blog is down

A host may answer 500 to more than a few dozen posts, a security plugin 400 above a cap, and one post that the blog
can't render takes all others of its page down. The size that works is kept for a week (``Sizes``); where a row alone
was to blame, the pages behind it are of the old size again. A server that asks for rest (``Retry-After``) has it.

Each size divides the one before it, so whatever place was reached begins a page of every smaller size: no row is
skipped when the size changes. What was already read, and comes once more, is passed over by its id. So is where a
poll goes on that was cut off: what stands there is asked by single ids (``rows_up_to``) before it is believed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Protocol

from solacefeed.errors import BrokenAnswer, Refused, SourceError, Unanswered
from solacefeed.sources.wordpress_rows import Unreadable, row_id

SIZES: Final = (100, 50, 25, 5, 1)
#: After so long a larger size is tried again.
GROWS_AGAIN: Final = timedelta(days=7)
#: So many rows are asked for in one collection; no blog has more, and no server shall lead us on for ever.
MOST_ROWS: Final = 200_000

#: A cap on the size of a page, of an answer, of an address.
_OF_A_LARGE_QUESTION: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_URI_TOO_LONG}
)
_BEYOND_THE_END: Final = "rest_post_invalid_page_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPage:
    """One page of a collection."""

    rows: list[Any]
    #: How many rows the whole collection has (X-WP-Total); ``None`` where no number is said.
    total: int | None
    #: X-WP-TotalPages; 0 when nothing is there, ``None`` where no number is said.
    pages: int | None
    #: When the blog answered, by its own clock; ``None`` where it does not say.
    answered_at: datetime | None


def is_too_much(error: SourceError) -> bool:
    """Whether a smaller question may be answered where this one was not."""
    if isinstance(error, Unanswered | BrokenAnswer):
        return True
    if not isinstance(error, Refused) or error.retry_after is not None:
        return False
    return error.status in _OF_A_LARGE_QUESTION or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Sizes:
    """The sizes that work, by what is asked for; those that are smaller than the largest are noted, and since when."""

    def __init__(self, noted: str | None, now: datetime) -> None:
        self._now = now
        self._smaller = {what: (size, since) for what, size, since in _noted(noted) if self._holds(size, since)}

    def _holds(self, size: int, since: datetime) -> bool:
        return size in SIZES and timedelta() <= self._now - since < GROWS_AGAIN

    def of(self, what: str) -> int:
        return self._smaller.get(what, (SIZES[0], self._now))[0]

    def works(self, what: str, size: int) -> None:
        """Notes that *size* works where a larger one did not."""
        if size == SIZES[0]:
            self._smaller.pop(what, None)
        elif size != self.of(what):
            self._smaller[what] = (size, self._now)

    def written(self) -> str | None:
        """To be remembered; ``None`` while nothing is smaller than it need be."""
        rows = [[what, size, since.isoformat()] for what, (size, since) in sorted(self._smaller.items())]
        return json.dumps(rows) if rows else None


def _noted(noted: str | None) -> Iterator[tuple[str, int, datetime]]:
    for what, size, since in json.loads(noted or "[]"):
        yield what, size, datetime.fromisoformat(since)


class Places(Protocol):
    """The rows of one question, by their places from 0."""

    def ask(self, start: int, size: int) -> CollectionPage: ...

    def wanted(self, start: int, size: int) -> int:
        """How many rows that page is asked for."""
        ...

    def begins(self, size: int) -> int:
        """Where the first page of *size* begins."""
        ...

    def is_over(self, start: int, size: int, page: CollectionPage) -> bool:
        """Whether nothing comes behind *page*."""
        ...

    def again(self, start: int, size: int) -> int:
        """Where pages of *size* go on that hold the row at *start*."""
        ...

    def pass_over(self) -> None:
        """One row is left out."""


#: Is told of a row that the blog refuses alone: its place, and how; raises where the blog is to blame.
Alone = Callable[[int, SourceError], None]


def portions(places: Places, sizes: Sizes, what: str, alone: Alone) -> Iterator[CollectionPage]:
    """Yields all pages of *places*, in sizes that work."""
    full = size = sizes.of(what)
    start, blamed = places.begins(size), False
    while start < MOST_ROWS:
        try:
            page = places.ask(start, size)
        except SourceError as error:
            if not is_too_much(error):
                raise
            if (wanted := places.wanted(start, size)) > 1:
                size = next(each for each in SIZES if each < wanted)
                start = places.again(start, size)
                continue
            alone(start, error)
            places.pass_over()
            sizes.works(what, full)
            size, blamed = 1, True
            if places.wanted(start + 1, 1) == 0:
                return
        else:
            if not blamed:
                # Noted first: who takes the page may remember it, and never come back.
                sizes.works(what, size)
            yield page
            if places.is_over(start, size, page):
                return
        start += size
        if blamed:
            size = next(each for each in SIZES if each <= full and start % each == 0)
            blamed = size < full
    raise SourceError(f"{what}: more than {MOST_ROWS} rows; does the blog's API lead in circles?")


@dataclass(slots=True, kw_only=True)
class ByNumber:
    """Every row of a collection by ascending id: the one order in which paging loses no row."""

    #: Asks for one page: its size and its number, from 1.
    listing: Callable[[int, int], CollectionPage]
    #: What is said of a page that repeats what came before, by its number.
    repeats: Callable[[int], SourceError]
    #: The id of the last row that was taken, and how many were.
    last_id: int = 0
    taken: int = 0
    #: Where the last page began, and its size.
    page: tuple[int, int] = (0, 0)
    #: The places up to which was asked.
    _reached: int = 0
    _was_empty: bool = False
    #: As the last page told it.
    _total: int | None = field(default=None, init=False)
    #: It goes on behind rows of an earlier poll, and has not met any that it did not read.
    _catches_up: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._catches_up = self.last_id > 0

    def begins(self, size: int) -> int:
        # Under a cap that the blog does not tell of, its last page is farther than rows came, by that size alone.
        start, by = self.page
        return max(self.taken // size * size, start if by == size else 0)

    def ask(self, start: int, size: int) -> CollectionPage:
        number = start // size + 1
        try:
            page = self.listing(size, number)
        except Refused as error:
            if not is_beyond_the_end(error):
                raise
            # Posts vanished while we paged, or nobody said where the end is.
            self._was_empty = True
            return CollectionPage(rows=[], total=None, pages=None, answered_at=None)
        self._was_empty = not page.rows
        highest = max((id_of(row) for row in page.rows), default=0)
        # Where the total moves at the same time, posts came before it, and moved the others on.
        moved, self._total = page.total != self._total, page.total
        if page.rows and highest <= self.last_id and start >= self._reached and not (self._catches_up or moved):
            raise self.repeats(number)
        fresh = [row for row in page.rows if not 0 < id_of(row) <= self.last_id]
        self.last_id = max(highest, self.last_id)
        self._catches_up = self._catches_up and not fresh
        self.taken += len(fresh)
        self._reached = max(self._reached, start + size)
        self.page = start, size
        return replace(page, rows=fresh) if len(fresh) < len(page.rows) else page

    def wanted(self, start: int, size: int) -> int:  # noqa: ARG002  # nobody knows how many there are
        return size

    def is_over(self, start: int, size: int, page: CollectionPage) -> bool:
        """By the first empty page, or by both counts where they agree with one another and with what was given."""
        end = start + size
        if self._was_empty:
            return True
        if page.total is None or page.pages is None or page.pages != -(-page.total // size):
            return False
        return end >= page.total and not (len(page.rows) == size and page.total < end)

    def again(self, start: int, size: int) -> int:
        # A page may have had fewer rows than places, by a cap that the blog does not tell of: nothing is skipped.
        return min(start, self.taken) // size * size

    def pass_over(self) -> None:
        self.taken += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The rows of chosen ids."""

    ids: Sequence[str]
    listing: Callable[[Sequence[str]], CollectionPage]

    def ask(self, start: int, size: int) -> CollectionPage:
        return self.listing(self.ids[start : start + size])

    def begins(self, size: int) -> int:  # noqa: ARG002
        return 0

    def wanted(self, start: int, size: int) -> int:
        return max(min(size, len(self.ids) - start), 0)

    def is_over(self, start: int, size: int, page: CollectionPage) -> bool:  # noqa: ARG002  # the ids alone tell
        return start + size >= len(self.ids)

    def again(self, start: int, size: int) -> int:  # noqa: ARG002
        return start

    def pass_over(self) -> None:
        """The ids tell where it goes on."""


def rows_up_to(last_id: int, guess: int, id_at: Callable[[int], int | None]) -> int:
    """How many rows have ids up to *last_id*, where they stand by ascending id; *guess* as many as there were once.

    *id_at* tells the id at a place, ``None`` behind the end or where it can't: then it may be fewer, never more.
    """
    low, high = 0, MOST_ROWS
    place, step = guess - 1, 1
    while low < high:
        place = min(max(place, low), high - 1)
        number = id_at(place)
        if number == last_id:
            return place + 1
        if number is not None and number < last_id:
            low, place = place + 1, place + step
        else:
            high, place = place, place - step
        step *= 2
        if low > 0 and high < MOST_ROWS:
            place = (low + high) // 2
    return low


def is_beyond_the_end(error: Refused) -> bool:
    return error.code == _BEYOND_THE_END


def sizes_of(memory: Mapping[str, str], now: datetime) -> Sizes:
    """What a source has noted of them."""
    return Sizes(memory.get("sizes"), now)


def id_of(row: Any) -> int:
    try:
        return int(row_id(row))
    except Unreadable:
        return 0
