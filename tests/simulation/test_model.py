"""The model by itself: what it holds the product to, and that it notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.simulation.closings import closings_between, last_closing
from tests.simulation.facts import Died, Looked
from tests.simulation.telling import CLOSINGS, FIRST, MONDAY, SECOND, THIRD, TUESDAY, WEEK, Telling, a_mail, rules
from tests.support.fakes import Act

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_week() -> Telling:
    """Ann takes everything; post 1 is told on Tuesday."""
    return Telling().wish("join").at(TUESDAY + HOUR).poll(1)


# -- what comes -----------------------------------------------------------------------------------------


def test_a_post_that_comes_with_its_edition_is_as_it_should_be() -> None:
    assert a_week().at(MONDAY).look(a_mail(FIRST, 1)).breaches() == []


def test_a_post_that_no_mail_brings_is_missed() -> None:
    assert a_week().at(MONDAY).look().breaches() == ["missed"]


def test_a_post_that_its_mail_does_not_hold_is_missed() -> None:
    assert a_week().poll(2).at(MONDAY).look(a_mail(FIRST, 2)).breaches() == ["missed"]


def test_what_waits_while_the_relay_is_dead_is_not_missed_yet() -> None:
    assert a_week().at(MONDAY).look(whole=False).at(MONDAY + HOUR).look(a_mail(FIRST, 1)).breaches() == []


def test_a_post_that_comes_again_is_told() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == ["twice"]


def test_a_mail_after_the_end_is_told() -> None:
    tale = a_week().at(MONDAY - HOUR).wish("leave")
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["mailed though ended"]


@pytest.mark.parametrize(("what", "state"), [("leave", "ended"), ("pause", "paused")])
def test_a_final_dot_for_whoever_goes_while_their_mail_is_in_hand_is_told(what: str, state: str) -> None:
    for dotted, told in ((True, [f"mailed though {state}"]), (False, [])):
        tale = a_week().at(MONDAY).look(replace(a_mail(FIRST, 1), dotted=dotted, arrived=dotted)).wish(what)
        # Between the beginning of the round and what became of the mail.
        tale.facts.insert(-2, tale.facts.pop())
        assert tale.breaches() == told


def test_a_mail_in_a_pause_is_told() -> None:
    tale = a_week().at(MONDAY - HOUR).wish("pause")
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["mailed though paused"]


def test_a_pause_ends_by_itself_and_what_it_kept_comes() -> None:
    tale = a_week().at(MONDAY - HOUR).wish("pause", until=MONDAY + DAY).at(MONDAY).look()
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == []


def test_an_empty_mail_is_told() -> None:
    assert Telling().wish("join").at(MONDAY).poll().look(a_mail(FIRST)).breaches() == ["an empty mail"]


def test_a_post_of_another_category_is_told() -> None:
    tale = Telling().wish("join", categories=("scotland",)).at(TUESDAY + HOUR).poll(1)
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["not theirs"]


def test_a_chosen_category_brings_what_is_filed_below_it() -> None:
    tale = Telling().wish("join", categories=("housing",)).at(TUESDAY + HOUR).poll(1, categories=("homelessness",))
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == []


def test_other_words_than_those_that_were_frozen_are_told() -> None:
    found = a_week().at(MONDAY).look(a_mail(FIRST, 1, titles={1: "Another title"})).breaches()
    assert found == ["not the words that were frozen"]


# -- what the relay does to it ----------------------------------------------------------------------------


def test_what_the_relay_rejected_is_due_again() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.REJECT))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == []


def test_what_may_have_come_is_not_due_again() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.CUT_AFTER_THE_DOT))
    tale.at(MONDAY + HOUR).look(a_mail(FIRST, 1))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == ["twice"]


def test_what_expired_is_due_again() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.DEFER)).at(MONDAY + 3 * DAY).look()
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == []


def test_what_still_waits_is_promised_to_no_other_edition() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.DEFER))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == ["not theirs"]


def test_a_copy_once_tried_says_the_same_again() -> None:
    tale = a_week().poll(2).at(MONDAY).look(a_mail(FIRST, 1, 2, act=Act.DEFER_AFTER_THE_DOT))
    assert tale.at(MONDAY + HOUR).gone(2).look(a_mail(FIRST, 1)).breaches() == ["changed once tried"]


def test_what_was_withdrawn_before_it_was_tried_is_taken_out() -> None:
    tale = a_week().poll(2).at(MONDAY).look(a_mail(FIRST, 1, 2, act=Act.DEFER))
    assert tale.at(MONDAY + HOUR).gone(2).look(a_mail(FIRST, 1)).breaches() == []


def test_what_was_cancelled_comes_by_another_edition_of_the_same_closing() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.DEFER)).at(MONDAY + 30 * MINUTE).cancel(FIRST)
    assert tale.at(MONDAY + HOUR).look(a_mail(f"{FIRST}.2", 1)).breaches() == []


def test_a_copy_of_a_cancelled_edition_is_told() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.DEFER)).at(MONDAY + 30 * MINUTE).cancel(FIRST)
    assert tale.at(MONDAY + HOUR).look(a_mail(FIRST, 1)).breaches() == ["twice", "missed"]


# -- when it is due ---------------------------------------------------------------------------------------


def test_a_post_that_has_not_settled_when_it_closes_waits_for_the_next_edition() -> None:
    tale = Telling().wish("join").at(MONDAY - 20 * MINUTE).poll(1).at(MONDAY).look()
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == []


def test_each_edit_lets_a_post_wait_anew_but_no_longer_than_four_times() -> None:
    tale = Telling().wish("join").at(MONDAY - 121 * MINUTE).poll(1)
    for minutes in (100, 80, 60, 40, 20, 10):
        tale.at(MONDAY - minutes * MINUTE).poll(1, text=f"{minutes} minutes to go.")
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == []


def test_a_touch_lets_nothing_wait() -> None:
    tale = Telling().wish("join").at(MONDAY - 35 * MINUTE).poll(1)
    tale.at(MONDAY - 10 * MINUTE).poll(1, modified=MONDAY - 10 * MINUTE)
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == []


def test_who_joins_gets_what_settled_since_the_period_began_and_nothing_older() -> None:
    tale = Telling().poll(1).at(MONDAY + HOUR).poll(2).at(MONDAY + DAY).wish("join")
    assert tale.at(MONDAY + WEEK).look(a_mail(SECOND, 2)).breaches() == []


def test_what_was_dropped_and_chosen_again_begins_anew() -> None:
    tale = Telling().wish("join", categories=("housing", "scotland")).at(TUESDAY + HOUR).poll(1)
    tale.wish("choose", categories=("scotland",)).at(MONDAY).look()
    tale.at(MONDAY + HOUR).wish("choose", categories=("housing", "scotland"))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == ["not theirs"]


def test_a_back_dated_import_floods_nobody() -> None:
    tale = Telling().wish("join").at(TUESDAY + HOUR).poll(1, published=TUESDAY - 40 * DAY)
    assert tale.at(MONDAY).look(a_mail(FIRST, 1)).breaches() == ["not theirs"]


def test_a_period_in_which_the_blog_could_not_be_read_has_no_edition_until_what_it_told_then_has_settled() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.REJECT))
    tale.at(MONDAY + WEEK).fail().look()
    tale.at(MONDAY + WEEK + HOUR).poll(2).look()
    assert tale.at(MONDAY + WEEK + 2 * HOUR).look(a_mail(SECOND, 1, 2)).breaches() == []


def test_where_the_blog_has_nothing_new_then_it_goes_at_once() -> None:
    tale = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.REJECT)).at(MONDAY + WEEK).fail().look()
    assert tale.at(MONDAY + WEEK + HOUR).poll().look(a_mail(SECOND, 1)).breaches() == []


def test_a_closing_that_is_too_long_ago_is_folded_into_the_next() -> None:
    tale = a_week().at(MONDAY + 3 * DAY).poll().look()
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == []


def test_after_a_downtime_the_newest_edition_alone_goes() -> None:
    tale = a_week().at(MONDAY + 2 * WEEK).poll().look(a_mail(THIRD, 1))
    assert tale.breaches() == []


# -- at once ----------------------------------------------------------------------------------------------


def at_once() -> Telling:
    return Telling(rules=rules("weekly", "at-once")).wish("join", cadence="at-once").look()


def one_by_one(*posts: int) -> list[str]:
    return [f"weekly-at-once-2026-11-24-{number}" for number in posts]


def test_what_the_relay_took_may_be_lost_with_the_mark_of_the_next_copy() -> None:
    tale = Telling().wish("join").wish("join", reader="bobby").poll(1).at(MONDAY).look(whole=False)
    del tale.facts[-1]
    first, next_one = a_mail(FIRST, 1), a_mail(FIRST, 1, reader="bobby", act=Act.KILL_BEFORE_THE_DOT)
    tale.facts += [replace(each, at=MONDAY) for each in (first, next_one)]
    tale.facts.append(Died(at=MONDAY, deed="deliver"))
    again = tale.at(MONDAY + HOUR).look(first, replace(next_one, act=Act.ACCEPT, dotted=True, arrived=True))
    assert again.breaches() == []


def test_at_once_each_post_comes_when_it_has_settled() -> None:
    tale = at_once().at(TUESDAY + HOUR).poll(1).look()
    assert tale.at(TUESDAY + 2 * HOUR).look(a_mail(one_by_one(1)[0], 1)).breaches() == []


def test_at_once_a_post_that_does_not_come_is_missed() -> None:
    tale = at_once().at(TUESDAY + HOUR).poll(1).look()
    assert tale.at(TUESDAY + 2 * HOUR).look().breaches() == ["missed"]


def test_at_once_the_fourth_of_a_day_waits_for_the_morning() -> None:
    tale = at_once().at(TUESDAY + HOUR).poll(1, 2, 3, 4, 5).look()
    mails = [a_mail(name, post) for post, name in enumerate(one_by_one(1, 2, 3), 1)]
    tale.at(TUESDAY + 2 * HOUR).look(*mails)
    morning = a_mail("weekly-at-once-2026-11-25-1", 4, 5)
    assert tale.at(MONDAY - 5 * DAY).look(morning).breaches() == []


def test_at_once_what_waited_for_the_morning_lasts_from_its_mail_on() -> None:
    tale = at_once().at(TUESDAY + HOUR).poll(1, 2, 3, 4).look()
    tale.at(TUESDAY + 2 * HOUR).look(*(a_mail(name, post) for post, name in enumerate(one_by_one(1, 2, 3), 1)))
    morning = TUESDAY + DAY - 2 * HOUR
    # An editor looks at what there is an hour before, and nobody delivers then.
    tale.at(morning - HOUR).facts.append(Looked(at=morning - HOUR, deed="prepare", well=True))
    put_off = a_mail("weekly-at-once-2026-11-25-1", 4, act=Act.DEFER)
    tale.at(morning).look(put_off, whole=False).at(morning + 2 * DAY).look(put_off, whole=False)
    assert tale.breaches() == []


def test_at_once_more_than_so_many_a_day_are_told() -> None:
    tale = at_once().at(TUESDAY + HOUR).poll(1, 2, 3, 4, 5).look()
    mails = [a_mail(name, post) for post, name in enumerate(one_by_one(1, 2, 3, 4, 5), 1)]
    assert tale.at(TUESDAY + 2 * HOUR).look(*mails).breaches() == ["too many a day"]


# -- time ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CLOSINGS)
def test_closings_come_at_their_hour_over_both_nights(kind: str) -> None:
    (cadence,) = rules(kind).digests[0].cadences  # type: ignore[arg-type]
    found = list(closings_between(cadence, "Europe/London", TUESDAY, TUESDAY + 365 * DAY))
    assert len(found) == {"weekly": 52, "daily": 365, "monthly": 12, "at-once": 365}[kind]
    assert last_closing(cadence, "Europe/London", found[3]) == found[3]
    assert last_closing(cadence, "Europe/London", found[3] - MINUTE) == found[2]


def test_at_once_what_was_put_off_and_is_withdrawn_is_no_mail_of_the_day() -> None:
    tale = at_once().at(TUESDAY + HOUR).poll(1, 2, 3).look()
    first, *mails = (
        a_mail(name, post, act=Act.DEFER if post == 1 else Act.ACCEPT)
        for post, name in enumerate(one_by_one(1, 2, 3), 1)
    )
    tale.at(TUESDAY + 2 * HOUR).look(first, *mails)
    tale.at(TUESDAY + 3 * HOUR).gone(1).poll(4, 5).look()
    tale.at(TUESDAY + 4 * HOUR).look(*(a_mail(f"weekly-at-once-2026-11-24-{post}", post) for post in (4, 5)))
    assert "too many a day" not in tale.breaches()


# -- whom the relay does not know ---------------------------------------------------------------------------


def refused() -> Telling:
    """Ann's mail is refused for good."""
    return a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.REJECT)).at(MONDAY + HOUR)


def test_who_is_refused_for_good_is_mailed_no_more_until_that_is_taken_back() -> None:
    tale = refused().take_refusals("ann")
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == ["mailed though bounced"]
    tale = refused().take_refusals("ann").at(MONDAY + WEEK).poll().look().restore("ann")
    assert tale.at(MONDAY + 2 * WEEK).poll().look(a_mail(THIRD, 1)).breaches() == []


def test_who_is_refused_for_good_and_not_suppressed_for_it_is_told() -> None:
    assert refused().take_refusals().breaches() == ["not suppressed"]


def test_who_is_suppressed_and_was_not_refused_is_told() -> None:
    assert a_week().take_refusals("ann").breaches() == ["suppressed for nothing"]
    # Once it was looked at it is looked at no more.
    assert refused().take_refusals("ann").restore("ann").take_refusals("ann").breaches() == ["suppressed for nothing"]


def test_who_is_refused_when_they_are_offered_it_again_is_suppressed_too_though_it_may_have_come() -> None:
    in_doubt = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.CUT_AFTER_THE_DOT)).at(MONDAY + HOUR)
    assert in_doubt.look(a_mail(FIRST, 1, act=Act.REJECT)).take_refusals().breaches() == ["not suppressed"]


def test_what_an_edition_met_that_was_cancelled_since_suppresses_nobody() -> None:
    assert refused().cancel(FIRST).take_refusals("ann").breaches() == ["suppressed for nothing"]


# -- what is sent again -------------------------------------------------------------------------------------


def test_what_was_rejected_and_is_sent_again_has_to_go_and_is_promised() -> None:
    tale = refused().send_again(FIRST, "rejected")
    assert tale.look().breaches() == ["missed"]
    tale = refused().send_again(FIRST, "rejected").look(a_mail(FIRST, 1))
    assert tale.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).breaches() == ["twice"]


def test_what_is_sent_again_has_a_time_of_its_own() -> None:
    late = a_week().at(MONDAY).look(a_mail(FIRST, 1, act=Act.DEFER)).at(MONDAY + 3 * DAY).look()
    assert late.send_again(FIRST, "expired").look(a_mail(FIRST, 1)).breaches() == []
    put_off = refused().send_again(FIRST, "rejected").look(a_mail(FIRST, 1, act=Act.DEFER))
    assert put_off.at(MONDAY + 3 * DAY).look(a_mail(FIRST, 1)).breaches() == ["not theirs"]


def test_what_is_sent_again_though_another_edition_has_brought_it_is_told() -> None:
    tale = refused().at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1)).send_again(FIRST, "rejected")
    assert tale.look(a_mail(FIRST, 1)).breaches() == ["twice"]
    assert refused().send_again(FIRST, "expired").look(a_mail(FIRST, 1)).breaches() == ["not theirs"]


def test_what_is_sent_again_goes_to_nobody_who_has_left() -> None:
    tale = refused().wish("leave").send_again(FIRST, "rejected")
    assert tale.look(a_mail(FIRST, 1)).breaches() == ["mailed though ended"]
