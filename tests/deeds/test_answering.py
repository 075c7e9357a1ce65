"""What a form can be misused for: many sign-ups for one address, learning who is there; and what cuts answering off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from solacefeed.deeds.people.answer_letters import cap_reached
from solacefeed.email_addresses import canonical
from solacefeed.errors import ClockDoubt
from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.models.sign_ups import SignUpState, Wish
from solacefeed.store import outbox, suppressions
from solacefeed.store.schema import sign_ups
from tests.deeds.people_world import People, address
from tests.support.builders import MONDAY, a_digest
from tests.support.counting import before_each_statement, what_is_asked
from tests.support.fakes import Killed

DAY = timedelta(days=1)


def states(people: People) -> dict[str, int]:
    counted = sa.select(sign_ups.c.state, sa.func.count()).group_by(sign_ups.c.state)
    with people.world.store.read() as connection:
        return {row[0]: row[1] for row in connection.execute(counted)}


# -- the same for everybody ---------------------------------------------------------------------------


def test_a_form_does_the_same_whoever_the_address_is(people: People) -> None:
    people.come("known")
    people.come("ended")
    people.world.leave("ended")
    people.come("suppressed")
    with people.world.store.write() as connection:
        gone = Suppression(
            canonical=canonical(address("suppressed")),
            reason=SuppressionReason.HARD,
            words=None,
            actor=Actor.SUPPRESSION,
            at=people.clock.now,
        )
        suppressions.add(connection, gone)
    done: dict[str, list[str]] = {}
    for who in ("unknown", "known", "ended", "suppressed"):
        with what_is_asked(people.world.store) as done[who]:
            people.ask(who)
    assert len(set(map(repr, done.values()))) == 1, done
    assert done["unknown"].count("commit") == 1
    assert [each.partition(" (")[0] for each in done["unknown"] if each.startswith("INSERT")] == [
        "INSERT INTO wordings",
        "INSERT INTO sign_ups",
    ]


# -- caps ---------------------------------------------------------------------------------------------


def _flood(people: People, victim: str, forms: int) -> None:
    """As they come from many networks, in every spelling of the address that is the same mailbox."""
    spellings = (victim, victim.upper(), victim.title())
    for number in range(forms):
        people.ask(f"{spellings[number % 3]}@example.org")


def test_three_hundred_sign_ups_for_one_victim_make_one_mail(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    _flood(people, "victim", 300)
    people.mail()
    assert len(people.world.relay.mailbox) == 1
    assert states(people) == {"answered": 1, "dropped": 299}
    people.clock.now += DAY - timedelta(minutes=1)
    _flood(people, "victim", 3)
    people.mail()
    assert len(people.world.relay.mailbox) == 1


@pytest.mark.slow
def test_ten_thousand_sign_ups_for_one_victim_make_one_mail(people: People) -> None:
    for _ in range(10):
        _flood(people, "victim", 1000)
        people.mail()
        people.clock.now += timedelta(hours=2)
    assert len(people.world.relay.mailbox) == 1
    assert states(people) == {"answered": 1, "dropped": 9999}


def test_an_address_gets_three_letters_in_thirty_days_that_nobody_confirms(people: People) -> None:
    for _ in range(5):
        people.ask("victim")
        people.mail()
        people.clock.now += DAY + timedelta(minutes=1)
    assert len(people.mailbox("victim")) == 3
    people.clock.now += 25 * DAY
    people.ask("victim")
    people.mail()
    assert len(people.mailbox("victim")) == 4


def test_why_a_sign_up_got_no_letter_stands_with_it(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("ann")
    second = people.ask("ann")
    people.mail()
    dropped = people.sign_up(second)
    assert (dropped.state, dropped.reason) == (SignUpState.DROPPED, "1 letter went there within 24 hours")


@pytest.mark.more
def test_links_and_questions_count_alike_and_what_was_confirmed_counts_no_more(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.digests = (people.world.digest, a_digest(name="news"))
    people.come("ann")
    people.deliver()
    before = len(people.mailbox("ann"))
    people.find("ann")
    people.mail()
    people.ask("ann", Wish(digest="news"))
    people.find("ann")
    people.mail()
    assert len(people.mailbox("ann")) == before + 1


@pytest.mark.more
def test_a_daemon_that_was_down_for_days_makes_no_exception(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    for _ in range(4):
        people.ask("ann")
        people.clock.now += DAY + timedelta(hours=1)
    people.mail()
    assert len(people.mailbox("ann")) == 1


@pytest.mark.more
@pytest.mark.parametrize("leap", [-timedelta(hours=20), timedelta(days=40)])
def test_a_clock_that_leaps_sends_no_second_letter_and_loses_no_first(people: People, leap: timedelta) -> None:
    people.ask("ann")
    people.mail()
    people.ask("ben")
    people.clock.now += leap
    people.ask("ann")
    people.mail()
    # Back, the letter to Ann lies ahead and counts; 40 days on, Ben's time is over.
    assert len(people.mailbox("ann")) == (1 if leap < timedelta() else 2)
    assert len(people.mailbox("ben")) == (1 if leap < timedelta() else 0)


def test_a_clock_that_is_not_believed_answers_and_forgets_nothing(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number = people.ask("ann")
    people.answer()
    people.clock.now += timedelta(days=400)
    with pytest.raises(ClockDoubt):
        people.answer()
    assert people.sign_up(number).email


def test_a_letter_ahead_of_the_clock_counts() -> None:
    assert cap_reached([MONDAY + DAY], MONDAY)
    assert cap_reached([], MONDAY) is None


def test_a_typing_error_of_a_visitor_alarms_no_operator(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("typo@exmaple.example.org")
    people.answer()
    with people.world.store.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'rejected'")
        assert outbox.standing(connection, since=people.clock.now - DAY).states == {}


# -- cut off ------------------------------------------------------------------------------------------


def test_answering_that_is_killed_anywhere_mails_once_and_loses_nothing(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("ann")
    people.ask("ben")
    people.ask("ann")
    at = 0
    while _dies(people, people.answer, at):
        at += 1
    assert at > 10
    people.deliver()
    assert (len(people.mailbox("ann")), len(people.mailbox("ben"))) == (1, 1)
    assert states(people) == {"answered": 2, "dropped": 1}


def test_a_confirmation_that_is_killed_anywhere_is_whole_or_not_there(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("ann")
    people.mail()
    at = 0
    while _dies(people, lambda: people.confirm("ann"), at):
        assert people.state("ann") is None
        assert len(people.letters()) == 1
        at += 1
    assert at > 10
    assert people.state("ann") is not None
    assert [each.kind for each in people.letters()] == ["confirmation", "welcome"]


def _dies(people: People, work: Callable[[], object], at: int) -> bool:
    """Whether *work* was killed, as it would ask the store for the statement of that number."""
    asked = iter(range(at))

    def step() -> None:
        if next(asked, None) is None:
            raise Killed

    try:
        with before_each_statement(people.world.store, step):
            work()
    except Killed:
        return True
    return False
