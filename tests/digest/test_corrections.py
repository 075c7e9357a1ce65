"""What readers are told of posts that they were mailed and that are otherwise now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.corrections import (
    WITHIN,
    Remark,
    Said,
    change_of,
    due_to,
    may_be_told_since,
    remark_on,
    same_title,
    tells,
    told_since,
)
from solacefeed.models.digests import Cadence, CadenceKind, Closing, Corrections
from solacefeed.models.editions import Correction, Period
from solacefeed.models.posts import Post, PostState
from tests.support.builders import MONDAY, MONDAYS_AT_SEVEN, WEEK, a_digest, a_post

OLD = "The quiet budget"
NEW = "The loud budget"


def said(*posts: tuple[str, str | None], at: datetime = MONDAY, corrections: tuple[Correction, ...] = ()) -> Said:
    """What a copy told: posts, each with the title that it had."""
    return Said(
        edition_id=f"weekly/{at.date()}",
        at=at,
        post_ids=frozenset(post_id for post_id, _ in posts),
        titles=tuple((post_id, title) for post_id, title in posts if title is not None),
        corrections=corrections,
    )


def due(copies: list[Said], *posts: Post, remarks: tuple[Remark, ...] = ()) -> list[tuple[str, str | None]]:
    """The corrections that a reader with these copies is told: what was, and what is."""
    by_id: Mapping[str, Post] = {post.id: post for post in posts}
    return [(each.old_title, each.words or each.new_title) for each in due_to(copies, by_id, remarks, lambda _: True)]


def called(title: str, state: PostState = PostState.PUBLISHED) -> Post:
    return replace(a_post(title=title), state=state)


def change(old: str, new: Post) -> Correction:
    found = change_of(new, old)
    assert found is not None
    return found


def test_who_got_a_post_is_told_what_it_is_called_now() -> None:
    assert due([said(("1", OLD))], called(NEW)) == [(OLD, NEW)]


def test_nothing_is_told_of_a_post_that_is_called_as_before() -> None:
    assert due([said(("1", OLD))], called(OLD)) == []


def test_nobody_is_told_of_a_post_that_they_have_not_got() -> None:
    assert due([said(("2", OLD))], called(NEW)) == []


def test_who_was_told_is_told_no_more() -> None:
    told = change(OLD, called(NEW))
    assert due([said(("1", OLD)), said(at=MONDAY + WEEK, corrections=(told,))], called(NEW)) == []


def test_a_title_that_changes_once_more_is_told_from_the_one_that_was_told_last() -> None:
    told = change(OLD, called(NEW))
    copies = [said(("1", OLD)), said(at=MONDAY + WEEK, corrections=(told,))]
    assert due(copies, called("The last budget")) == [(NEW, "The last budget")]


def test_a_title_that_comes_back_after_it_was_told_is_told_again_and_one_that_nobody_heard_of_is_not() -> None:
    told = change(OLD, called(NEW))
    assert due([said(("1", OLD)), said(at=MONDAY + WEEK, corrections=(told,))], called(OLD)) == [(NEW, OLD)]
    assert due([said(("1", OLD))], called(OLD)) == []
    back = change(NEW, called(OLD))
    copies = [said(("1", OLD)), said(at=MONDAY + WEEK, corrections=(told,))]
    copies.append(said(at=MONDAY + 2 * WEEK, corrections=(back,)))
    assert due(copies, called(NEW)) == [(OLD, NEW)]


def test_who_got_it_again_under_its_new_title_is_told_nothing() -> None:
    assert due([said(("1", OLD)), said(("1", NEW), at=MONDAY + WEEK)], called(NEW)) == []


def test_a_withdrawal_is_told_once_and_without_any_title() -> None:
    gone = called(NEW, PostState.GONE)
    assert due([said(("1", OLD))], gone) == [("", None)]
    told = change(OLD, gone)
    assert (told.old_title, told.new_title, told.url) == ("", None, None)
    assert due([said(("1", OLD)), said(at=MONDAY + WEEK, corrections=(told,))], gone) == []


def test_a_post_behind_a_password_counts_as_withdrawn() -> None:
    assert due([said(("1", OLD))], called(OLD, PostState.PROTECTED)) == [("", None)]


def test_a_withdrawal_is_told_also_where_an_older_release_kept_no_title_and_a_new_title_is_not() -> None:
    assert due([said(("1", None))], called(NEW, PostState.GONE)) == [("", None)]
    assert due([said(("1", None))], called(NEW)) == []


def test_an_editors_words_are_told_once_to_who_got_the_post_before_they_were_said() -> None:
    remark = Remark(post_id="1", words="The second table was of 2024.", at=MONDAY + timedelta(hours=1))
    assert due([said(("1", OLD))], called(OLD), remarks=(remark,)) == [(OLD, remark.words)]
    assert due([said(("1", OLD), at=MONDAY + WEEK)], called(OLD), remarks=(remark,)) == []
    told = remark_on(called(OLD), remark)
    copies = [said(("1", OLD)), said(at=MONDAY + WEEK, corrections=(told,))]
    assert due(copies, called(OLD), remarks=(remark,)) == []


def test_of_a_post_that_was_withdrawn_an_editors_words_are_not_told() -> None:
    remark = Remark(post_id="1", words="The second table was of 2024.", at=MONDAY + WEEK)
    assert due([said(("1", OLD))], called(OLD, PostState.GONE), remarks=(remark,)) == [("", None)]


def test_only_what_the_editor_lets_be_told_is() -> None:
    key = change(OLD, called(NEW)).key
    assert due_to([said(("1", OLD))], {"1": called(NEW)}, (), lambda told: told != key) == ()


@pytest.mark.parametrize(
    ("policy", "decided", "told"),
    [
        (Corrections.ASK, None, False),
        (Corrections.ASK, True, True),
        (Corrections.ASK, False, False),
        (Corrections.ALWAYS, None, True),
        (Corrections.ALWAYS, False, False),
        (Corrections.NEVER, None, False),
        (Corrections.NEVER, True, False),
    ],
)
def test_the_digests_rule_and_the_editors_word_decide(policy: Corrections, decided: bool | None, told: bool) -> None:
    assert tells("k", policy, {} if decided is None else {"k": decided}) is told


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The quiet budget", "The  quiet budget ", True),
        ("Don't wait", "Don\u2019t wait", True),
        ("The \u201cquiet\u201d budget", 'The "quiet" budget', True),
        ("Housing - what next", "Housing \u2013 what next", True),
        ("Housing\u2014what next", "Housing - what next", True),
        ("What next\u2026", "What next...", True),
        ("The Quiet Budget", "The quiet budget", True),
        ("The quiet\u00a0bud\u00adget", "The quiet budget", True),
        ("The quiet budget", "The quite budget", False),
        ("The quiet budget", "The quiet budget?", False),
        ("Care in 2025", "Care in 2026", False),
        ("Caf\u00e9", "Cafe\u0301", True),
        ("Caf\u00e9", "Cafe", False),
    ],
)
def test_only_what_reads_otherwise_is_another_title(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same


@given(st.text())
def test_a_title_is_its_own(title: str) -> None:
    assert same_title(title, title)
    assert same_title(title, f" {title} ")


def test_posts_are_corrected_for_thirty_days_and_always_by_the_next_edition() -> None:
    week = Period(starts=MONDAY - WEEK, ends=MONDAY)
    month = Period(starts=MONDAY - 5 * WEEK, ends=MONDAY)
    assert (told_since(week), told_since(month)) == (MONDAY - WITHIN, MONDAY - 5 * WEEK)


def test_the_list_reaches_back_as_far_as_any_edition_that_comes() -> None:
    first_monday = Closing(weekday=0, at=MONDAYS_AT_SEVEN.at, week=1)
    monthly = replace(a_digest(), cadences=(Cadence(kind=CadenceKind.MONTHLY, closings=(first_monday,)),))
    assert may_be_told_since(MONDAY, [a_digest()]) == MONDAY - WITHIN
    assert may_be_told_since(MONDAY, [a_digest(), monthly]) == MONDAY - 5 * WEEK


def test_a_correction_has_one_key_in_every_process_and_another_for_another_title() -> None:
    keys = [change(OLD, called(NEW)).key, change(OLD, called(OLD, PostState.GONE)).key, change(NEW, called(OLD)).key]
    assert len(set(keys)) == 3
    assert change("Any title", called("Any other", PostState.GONE)).key == keys[1]
    assert keys[0].startswith("a389795f0d02")
