"""The model of what editors decide, and of a config that changes: what it holds the product to, and that it notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from tests.simulation.rules import CadenceRule, ClosingRule
from tests.simulation.telling import FIRST, MONDAY, SECOND, TUESDAY, WEEK, Telling, a_mail, rules

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_week(approval: str = "hold") -> Telling:
    """Ann takes everything; post 1 is told on Tuesday."""
    return Telling(rules=rules(approval=approval)).wish("join").at(TUESDAY + HOUR).poll(1)


# -- editors ------------------------------------------------------------------------------------------------


def test_what_nobody_holds_leaves_when_it_closes() -> None:
    assert a_week().at(MONDAY).look().breaches() == ["missed"]


def test_what_is_held_is_owed_once_it_is_let_go() -> None:
    tale = a_week().at(MONDAY - HOUR).edit("hold", FIRST).at(MONDAY).look()
    assert tale.breaches() == []
    assert tale.at(MONDAY + 60 * HOUR).edit("release", FIRST).look().breaches() == ["missed"]


def test_what_is_held_and_comes_is_told() -> None:
    tale = a_week().at(MONDAY - HOUR).edit("hold", FIRST)
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["not theirs"]


def test_what_is_held_until_the_next_closing_stands_in_that_edition() -> None:
    tale = a_week().at(MONDAY - HOUR).edit("hold", FIRST).at(MONDAY).look()
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == []


def test_what_nobody_approves_does_not_leave_where_that_is_required() -> None:
    assert a_week("required").at(MONDAY).look().breaches() == []
    assert a_week("required").at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["not theirs"]
    tale = a_week("required").at(MONDAY).look().at(MONDAY + DAY).edit("approve", FIRST)
    assert tale.look(a_mail(FIRST, 1)).breaches() == []


def test_what_is_approved_is_frozen_and_leaves_when_it_closes() -> None:
    tale = a_week().at(MONDAY - 5 * HOUR).edit("approve", FIRST).look()
    tale.at(MONDAY - 4 * HOUR).poll(2)
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).at(MONDAY + WEEK).poll().look(a_mail(SECOND, 2)).breaches() == []


def test_what_is_approved_brings_what_would_have_settled_by_its_closing() -> None:
    tale = Telling(rules=rules(approval="hold")).wish("join").at(MONDAY - 5 * HOUR).poll(1)
    tale.at(MONDAY - 5 * HOUR + MINUTE).edit("approve", FIRST).look()
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == []


def test_what_nobody_had_seen_who_approved_waits_for_the_next_edition() -> None:
    def approved_before(post: int) -> Telling:
        tale = a_week().at(MONDAY - 5 * HOUR).edit("approve", FIRST)
        return tale.at(MONDAY - 5 * HOUR + MINUTE).poll(post).look()

    assert approved_before(2).at(MONDAY).look(a_mail(FIRST, 1, 2)).breaches() == ["not theirs"]
    tale = approved_before(2).at(MONDAY).look(a_mail(FIRST, 1))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 2)).breaches() == []


def test_what_came_back_or_was_filed_elsewhere_after_the_approval_was_seen_by_nobody() -> None:
    def comes_back() -> Telling:
        tale = a_week().poll(2).at(TUESDAY + 2 * HOUR).gone(2).at(MONDAY - 5 * HOUR).edit("approve", FIRST)
        return tale.at(MONDAY - 5 * HOUR + MINUTE).poll(2).look()

    assert comes_back().at(MONDAY).look(a_mail(FIRST, 1, 2)).breaches() == ["not theirs"]
    tale = comes_back().at(MONDAY).look(a_mail(FIRST, 1))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 2)).breaches() == []


def test_what_reads_otherwise_than_it_was_approved_is_a_draft_again() -> None:
    def rewritten(approval: str, **changed: object) -> Telling:
        tale = a_week(approval).at(MONDAY - 5 * HOUR).edit("approve", FIRST)
        tale.posts[1] = replace(tale.posts[1], **changed)  # type: ignore[arg-type]
        return tale.at(MONDAY - 5 * HOUR + MINUTE).poll(1).look().at(MONDAY)

    otherwise = a_mail(FIRST, 1, titles={1: "Another title"})
    assert rewritten("hold", title="Another title").look(otherwise).breaches() == []
    for changed in ({"title": "Another title"}, {"text": "Other words."}, {"categories": ("scotland",)}):
        assert rewritten("required", **changed).look(a_mail(FIRST, 1)).breaches() == ["not theirs"]
    assert rewritten("required", modified=MONDAY).look(a_mail(FIRST, 1)).breaches() == []


def test_what_may_go_no_more_is_taken_out_of_what_was_approved() -> None:
    tale = a_week("required").poll(2).at(MONDAY - 5 * HOUR).edit("approve", FIRST)
    tale.at(MONDAY - 5 * HOUR + MINUTE).gone(2).look()
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == []


def test_what_an_editor_changes_is_approved_no_more() -> None:
    tale = a_week("required").poll(2).at(MONDAY - 5 * HOUR).edit("approve", FIRST).edit("drop", FIRST, 2)
    assert tale.look().at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["not theirs"]


def test_what_is_approved_and_leaves_before_it_closes_is_told() -> None:
    tale = a_week().at(MONDAY - 5 * HOUR).edit("approve", FIRST)
    assert tale.look(a_mail(FIRST, 1)).breaches() == ["mailed before its time"]


def test_what_is_frozen_and_held_again_stays_and_then_stands_in_the_next_edition() -> None:
    def frozen_and_held() -> Telling:
        return a_week().at(MONDAY - 5 * HOUR).edit("approve", FIRST).look().edit("hold", FIRST)

    assert frozen_and_held().at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["mailed before its time"]
    tale = frozen_and_held().at(MONDAY).look().at(MONDAY + WEEK).poll()
    assert tale.look(a_mail(SECOND, 1)).breaches() == []


def test_what_an_editor_drops_comes_by_no_later_edition_until_it_is_kept() -> None:
    tale = a_week().poll(2).at(MONDAY - HOUR).edit("drop", FIRST, 1).at(MONDAY).look(a_mail(FIRST, 2))
    assert tale.breaches() == []
    assert tale.at(MONDAY + WEEK).poll().look().breaches() == []
    tale.at(MONDAY + 2 * WEEK - HOUR).edit("keep", "weekly-2026-12-14", 1)
    assert tale.at(MONDAY + 2 * WEEK).poll().look().breaches() == ["missed"]


# -- the config ---------------------------------------------------------------------------------------------


def closing_at(hour: int) -> CadenceRule:
    return CadenceRule(kind="weekly", closings=(ClosingRule(at=time(hour), weekday=0),))


def test_an_edition_leaves_when_the_config_of_now_says() -> None:
    tale = a_week().at(MONDAY - DAY).configure(rules(cadences=(closing_at(15),)))
    assert tale.at(MONDAY).look().breaches() == []
    assert tale.at(MONDAY + 8 * HOUR).look().breaches() == ["missed"]


def test_a_day_that_has_had_its_edition_has_no_second_one() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1)).poll(2).at(MONDAY + HOUR)
    tale.configure(rules(cadences=(closing_at(15),)))
    assert tale.at(MONDAY + 8 * HOUR).poll().look().breaches() == []


def test_how_long_posts_settle_is_as_the_config_of_now_says() -> None:
    shorter = replace(rules().digests[0], settle=timedelta(minutes=5))
    tale = Telling().wish("join").at(MONDAY - timedelta(minutes=10)).poll(1)
    tale.configure(rules().with_digest(shorter))
    assert tale.at(MONDAY).look().breaches() == ["missed"]
