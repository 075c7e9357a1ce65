"""Laws of paging: whatever a blog can't give, every other row comes once, in order, at a bounded cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from solacefeed.errors import SourceError, Unanswered
from solacefeed.sources.wordpress_paging import GROWS_AGAIN, SIZES, ByNumber, Chosen, CollectionPage, Sizes, portions

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@dataclass(slots=True)
class Table:
    """Rows of which some are refused wherever they stand, and pages that are refused above a size."""

    ids: list[int]
    bad: frozenset[int]
    most: int
    #: More than so many are never given at once, whatever is asked for, and nobody says so.
    cap: int
    counted: bool
    asked: int = 0
    refused: list[int] = field(default_factory=list)

    def page(self, size: int, number: int) -> CollectionPage:
        real = min(size, self.cap)
        return self.given(self.ids[(number - 1) * real : number * real], size, real)

    def given(self, ids: list[int], size: int, real: int) -> CollectionPage:
        self.asked += 1
        if size > self.most or not self.bad.isdisjoint(ids):
            raise Unanswered("too much")
        total, pages = (len(self.ids), -(-len(self.ids) // real)) if self.counted else (None, None)
        return CollectionPage(rows=[{"id": each} for each in ids], total=total, pages=pages, answered_at=None)

    def alone(self, place: int, _error: SourceError) -> None:
        self.refused.append(place)


def repeats(number: int) -> SourceError:
    return SourceError(f"page {number} repeats")


_IDS = st.sets(st.integers(1, 2_000), max_size=330).map(sorted)


@given(ids=_IDS, bad=st.frozensets(st.integers(0, 329), max_size=3), most=st.integers(1, 100), counted=st.booleans())
def test_every_row_comes_once_and_each_that_is_refused_alone_is_told(
    ids: list[int], bad: frozenset[int], most: int, counted: bool
) -> None:
    spoilt = frozenset(ids[place] for place in bad if place < len(ids))
    table = Table(ids, spoilt, most, 100, counted)
    places = ByNumber(listing=table.page, repeats=repeats)
    came = [row["id"] for page in portions(places, Sizes(None, NOW), "posts", table.alone) for row in page.rows]
    assert came == [each for each in ids if each not in spoilt]
    assert [ids[place] for place in table.refused] == sorted(spoilt)
    works = next(size for size in SIZES if size <= most)
    # The pages that must be, the way down and up again for each that is refused, and one beyond the end.
    assert table.asked <= -(-len(ids) // works) + (len(spoilt) + 1) * (2 * len(SIZES) + 20) + 2


@given(ids=_IDS, bad=st.frozensets(st.integers(0, 329), max_size=3), most=st.integers(1, 100))
def test_chosen_rows_come_once_and_each_that_is_refused_alone_is_told(
    ids: list[int], bad: frozenset[int], most: int
) -> None:
    spoilt = frozenset(ids[place] for place in bad if place < len(ids))
    table = Table(ids, spoilt, most, 100, counted=True)
    places = Chosen(
        ids=[str(each) for each in ids],
        listing=lambda some: table.given([int(each) for each in some], len(some), len(some) or 1),
    )
    came = [row["id"] for page in portions(places, Sizes(None, NOW), "posts", table.alone) for row in page.rows]
    assert came == [each for each in ids if each not in spoilt]
    assert [ids[place] for place in table.refused] == sorted(spoilt)


@given(ids=_IDS, cap=st.integers(1, 100), most=st.integers(1, 100), counted=st.booleans())
def test_a_cap_that_the_blog_does_not_tell_of_costs_no_row(ids: list[int], cap: int, most: int, counted: bool) -> None:
    table = Table(ids, frozenset(), most, cap, counted)
    places = ByNumber(listing=table.page, repeats=repeats)
    came = [row["id"] for page in portions(places, Sizes(None, NOW), "posts", table.alone) for row in page.rows]
    assert came == ids


@given(size=st.sampled_from(SIZES[1:]), days=st.integers(-10, 30))
def test_a_smaller_size_holds_for_a_week_and_never_from_a_time_to_come(size: int, days: int) -> None:
    noted = Sizes(None, NOW)
    noted.works("posts", size)
    later = Sizes(noted.written(), NOW + timedelta(days=days))
    assert later.of("posts") == (size if timedelta() <= timedelta(days=days) < GROWS_AGAIN else SIZES[0])
    assert later.of("stamps") == SIZES[0]
