"""Which posts an edition may bring, and why it leaves the others out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.eligibility import Obstacle, candidates, eligible, settled_at, why_not
from solacefeed.models.digests import Digest, Marks
from solacefeed.models.posts import Post, PostState
from tests.support.builders import MONDAY, WEDNESDAY, a_category, a_digest, a_post

HOUSING = a_category(id="1", slug="housing")
HOMELESSNESS = a_category(id="2", slug="homelessness", parent_id="1")
SCOTLAND = a_category(id="4", slug="scotland")
CATEGORIES = (HOUSING, HOMELESSNESS, SCOTLAND)

CLOSES = MONDAY.replace(hour=7)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKLY = replace(a_digest(), settle=30 * MINUTE)


# -- when a post counts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revised", "after"),
    [
        pytest.param([], 30, id="untouched"),
        pytest.param([10], 40, id="a change begins the wait anew"),
        pytest.param([10, 35], 65, id="and so does each that comes while it waits"),
        pytest.param([30], 30, id="a change at its end comes too late"),
        pytest.param([10, 41], 40, id="as does one after it"),
        pytest.param([20, 45, 70, 95], 120, id="it waits four times as long at most"),
        pytest.param([20, 45, 70, 95, 119], 120, id="however often it changes"),
        pytest.param([35, 10], 65, id="in whatever order they were written down"),
        pytest.param([-500], 30, id="a change before we met it is none"),
    ],
)
def test_a_post_counts_once_it_has_stood_unchanged_for_half_an_hour(revised: list[int], after: int) -> None:
    noticed = [WEDNESDAY + each * MINUTE for each in revised]
    assert settled_at(WEDNESDAY, noticed, 30 * MINUTE) == WEDNESDAY + after * MINUTE


MINUTES = st.integers(min_value=-10, max_value=200)


@given(st.lists(MINUTES), st.integers(min_value=0, max_value=60))
def test_a_post_settles_after_its_wait_and_within_four_of_them(revised: list[int], settle: int) -> None:
    at = settled_at(WEDNESDAY, [WEDNESDAY + each * MINUTE for each in revised], settle * MINUTE)
    assert WEDNESDAY + settle * MINUTE <= at <= WEDNESDAY + 4 * settle * MINUTE


@given(st.lists(MINUTES), MINUTES, st.integers(min_value=0, max_value=60))
def test_what_has_settled_never_settles_anew(revised: list[int], later: int, settle: int) -> None:
    noticed = [WEDNESDAY + each * MINUTE for each in revised]
    at = settled_at(WEDNESDAY, noticed, settle * MINUTE)
    after = WEDNESDAY + later * MINUTE
    if after >= at:
        assert settled_at(WEDNESDAY, [*noticed, after], settle * MINUTE) == at


@given(st.lists(MINUTES), st.integers(min_value=1, max_value=60))
def test_it_has_stood_unchanged_unless_it_has_waited_long_enough(revised: list[int], settle: int) -> None:
    noticed = [WEDNESDAY + each * MINUTE for each in revised]
    at = settled_at(WEDNESDAY, noticed, settle * MINUTE)
    unchanged = not any(at - settle * MINUTE < each < at for each in noticed)
    assert unchanged or at == WEDNESDAY + 4 * settle * MINUTE


# -- what keeps it out ---------------------------------------------------------------------------------


def reason(
    post: Post, digest: Digest | None = None, *, revised: Sequence[datetime] = (), dropped: frozenset[str] = frozenset()
) -> Obstacle | None:
    own = digest or WEEKLY
    [looked_at] = candidates([post], {post.id: revised}, own, CATEGORIES)
    why = why_not(looked_at, own, closes=CLOSES, dropped=dropped)
    may = eligible([post], {post.id: revised}, own, closes=CLOSES, categories=CATEGORIES, dropped=dropped)
    assert bool(may) == (why is None), "what is told is not what is done"
    return why.kind if why else None


def seen(at: datetime, *, published: datetime | None = None, **changes: Any) -> Post:
    return replace(a_post(category_ids=("2",), published=published or at), seen=at, **changes)


def test_a_post_of_the_week_is_brought() -> None:
    assert reason(seen(WEDNESDAY)) is None


@pytest.mark.parametrize(
    ("post", "kind"),
    [
        pytest.param(seen(WEDNESDAY, state=PostState.GONE), Obstacle.GONE, id="withdrawn"),
        pytest.param(seen(WEDNESDAY, state=PostState.PROTECTED), Obstacle.PROTECTED, id="behind a password"),
        pytest.param(seen(CLOSES - 30 * MINUTE), Obstacle.UNSETTLED, id="it settles when the edition closes"),
        pytest.param(seen(CLOSES - 31 * MINUTE), None, id="it settles a minute before"),
        pytest.param(seen(WEDNESDAY, published=WEDNESDAY - 31 * DAY), Obstacle.BACK_DATED, id="an old one, new to us"),
        pytest.param(seen(WEDNESDAY, published=WEDNESDAY - 30 * DAY), None, id="just not too old"),
        pytest.param(seen(CLOSES - 60 * DAY - MINUTE), Obstacle.TOO_OLD, id="met too long ago"),
        pytest.param(seen(CLOSES - 60 * DAY), None, id="just not too long ago"),
    ],
)
def test_a_post_that_may_not_be_brought_has_its_reason(post: Post, kind: Obstacle | None) -> None:
    assert reason(post) is kind


def test_a_change_shortly_before_the_closing_leaves_it_to_the_next_edition() -> None:
    post = seen(CLOSES - 40 * MINUTE)
    assert reason(post) is None
    assert reason(post, revised=[CLOSES - 15 * MINUTE]) is Obstacle.UNSETTLED


def test_a_change_after_it_has_settled_takes_it_out_of_no_edition() -> None:
    assert reason(seen(WEDNESDAY), revised=[CLOSES - MINUTE]) is None


def test_what_an_editor_dropped_is_brought_to_nobody() -> None:
    assert reason(seen(WEDNESDAY), dropped=frozenset({"1"})) is Obstacle.DROPPED
    assert reason(seen(WEDNESDAY), dropped=frozenset({"2"})) is None


@pytest.mark.parametrize(
    ("marks", "kind"),
    [
        pytest.param(Marks(leave_out=frozenset({"homelessness"})), Obstacle.MARKED, id="by its category"),
        pytest.param(Marks(leave_out=frozenset({"housing"})), Obstacle.MARKED, id="by one above that"),
        pytest.param(Marks(leave_out=frozenset({"not-by-mail"})), Obstacle.MARKED, id="by a tag"),
        pytest.param(Marks(leave_out=frozenset({"scotland"})), None, id="by no mark of its own"),
        pytest.param(Marks(only=frozenset({"scotland"})), Obstacle.MARKED, id="for want of one"),
        pytest.param(
            Marks(only=frozenset({"scotland", "not-by-mail"})), None, id="it has one of those that are wanted"
        ),
    ],
)
def test_an_author_keeps_a_post_out_by_a_mark(marks: Marks, kind: Obstacle | None) -> None:
    assert reason(seen(WEDNESDAY, tags=("not-by-mail",)), replace(WEEKLY, marks=marks)) is kind


def test_a_digest_of_some_categories_brings_those_below_them_and_no_others() -> None:
    assert reason(seen(WEDNESDAY), replace(WEEKLY, categories=("housing",))) is None
    assert reason(seen(WEDNESDAY), replace(WEEKLY, categories=("scotland",))) is Obstacle.OTHER_CATEGORIES


@given(st.permutations(["1", "2", "3", "4"]))
def test_the_newest_come_first_in_whatever_order_they_are_met(order: list[str]) -> None:
    posts = {each: a_post(id=each, published=WEDNESDAY + (int(each) // 2) * DAY) for each in "1234"}
    found = eligible([posts[each] for each in order], {}, WEEKLY, closes=CLOSES, categories=CATEGORIES)
    assert [each.post.id for each in found] == ["4", "3", "2", "1"]
