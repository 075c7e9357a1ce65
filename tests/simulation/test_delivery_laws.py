"""The laws of how a relay is asked, each seen to be broken by facts written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from solacefeed.store.database import Store
from solacefeed.store.schema import outbox
from tests.simulation.delivery_laws import PatientModel, of_addresses, of_delivery, of_letters
from tests.simulation.documents import FeedDocument
from tests.simulation.facts import DeliveryBegins, Fact, Offered, Published
from tests.simulation.telling import FIRST, MONDAY, SECOND, TUESDAY, WEEK, Telling, a_mail, rules
from tests.support.fakes import Act

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def offered(*mails: Offered) -> list[str]:
    """What is breached by these offers of one delivery."""
    facts: list[Fact] = [DeliveryBegins(at=TUESDAY), *mails]
    return [breach.law for breach in of_delivery(facts)]


def test_what_was_put_off_waits() -> None:
    first, again = a_mail(FIRST, 1, act=Act.DEFER), a_mail(FIRST, 1)
    assert offered(first, again) == ["asked again too soon"]
    assert offered(first, replace(again, at=TUESDAY + 3 * MINUTE)) == ["asked again too soon"]
    assert offered(first, replace(again, at=TUESDAY + 4 * MINUTE)) == []


def test_what_is_put_off_again_and_again_waits_longer_each_time() -> None:
    first, second, third = (
        replace(a_mail(FIRST, 1, act=Act.DEFER), at=TUESDAY + after * MINUTE) for after in (0, 5, 20)
    )
    assert offered(first, second, replace(third, at=TUESDAY + 16 * MINUTE)) == ["asked again too soon"]
    assert offered(first, second, third, replace(third, at=TUESDAY + 42 * MINUTE)) == ["asked again too soon"]
    assert offered(first, second, third, replace(third, at=TUESDAY + 43 * MINUTE)) == []


def test_what_is_in_doubt_rests_for_longer() -> None:
    first, again = a_mail(FIRST, 1, act=Act.CUT_AFTER_THE_DOT), a_mail(FIRST, 1)
    assert offered(first, replace(again, at=TUESDAY + 14 * MINUTE)) == ["asked again too soon"]
    assert offered(first, replace(again, at=TUESDAY + 15 * MINUTE)) == []


def test_what_was_in_hand_as_a_process_died_rests_too() -> None:
    killed = replace(a_mail(FIRST, 1, act=Act.KILL_AFTER_THE_DOT), dotted=True)
    assert offered(killed, a_mail(FIRST, 1)) == ["asked again too soon"]
    assert offered(replace(killed, dotted=False), a_mail(FIRST, 1)) == []


def test_a_mark_that_was_refused_is_no_answer_of_the_relay() -> None:
    first = replace(a_mail(FIRST, 1, act=Act.CUT_AFTER_THE_DOT), dotted=False)
    assert offered(first, a_mail(FIRST, 1)) == []


def test_a_relay_that_refuses_us_is_asked_for_no_other_copy_of_the_edition() -> None:
    refused, other = a_mail(FIRST, 1, act=Act.REFUSE_US), a_mail(FIRST, 1, reader="bobby")
    assert offered(refused, other) == ["asked though it refuses us"]
    assert offered(refused, a_mail("places-2026-11-30", 1, reader="bobby")) == []
    later: list[Fact] = [
        DeliveryBegins(at=TUESDAY),
        refused,
        DeliveryBegins(at=TUESDAY + HOUR),
        replace(other, at=TUESDAY + HOUR),
    ]
    assert of_delivery(later) == []


def test_a_relay_that_is_lost_twice_in_a_row_is_left_alone() -> None:
    lost = [a_mail(FIRST, 1, reader="a" * n, act=Act.CUT_BEFORE_THE_DOT) for n in (1, 2)]
    taken, third = a_mail(FIRST, 1, reader="a" * 4), a_mail(FIRST, 1, reader="a" * 3)
    assert offered(*lost, third) == ["asked though it is lost"]
    assert offered(lost[0], taken, lost[1], third) == []


def held(telling: Telling) -> list[str]:
    model = PatientModel(telling.rules, before=TUESDAY - HOUR)
    model.begun.add("weekly")
    return [breach.law for breach in model.meet(telling.facts)]


def waiting() -> Telling:
    """One copy that was put off when its edition left."""
    telling = Telling().wish("join").poll(1)
    return telling.at(MONDAY).poll().look(a_mail(FIRST, 1, act=Act.DEFER))


def test_what_was_put_off_is_offered_again_before_long() -> None:
    assert held(waiting().at(MONDAY + 9 * HOUR).look()) == ["not offered again"]
    assert held(waiting().at(MONDAY + 3 * HOUR).look(a_mail(FIRST, 1)).at(MONDAY + 12 * HOUR).look()) == []


def test_who_left_is_offered_nothing_again() -> None:
    assert held(waiting().wish("leave").at(MONDAY + 9 * HOUR).look()) == []


def test_who_left_while_it_was_in_hand_and_came_back_is_offered_nothing_of_it() -> None:
    def stopped() -> Telling:
        stays = replace(a_mail(FIRST, 1), dotted=False, arrived=False)
        telling = Telling().wish("join").poll(1).at(MONDAY).poll().look(stays).wish("leave")
        # Between the beginning of the round and what became of the mail.
        telling.facts.insert(-2, telling.facts.pop())
        return telling.at(MONDAY + HOUR).wish("join")

    assert held(stopped().at(MONDAY + 12 * HOUR).look()) == []
    put_off = waiting().wish("leave").at(MONDAY + HOUR).wish("join")
    assert held(put_off.at(MONDAY + 12 * HOUR).look()) == ["not offered again"]


def test_what_had_nothing_left_to_say_may_come_by_its_copy_or_by_another() -> None:
    def hidden_for_a_while() -> Telling:
        telling = Telling(rules=rules(max_late=7 * DAY)).wish("join").poll(1)
        telling.at(MONDAY).poll().look(a_mail(FIRST, 1, act=Act.DEFER)).at(MONDAY + HOUR).gone(1).look()
        return telling.at(MONDAY + DAY).poll(1).look()

    assert held(hidden_for_a_while().at(MONDAY + 2 * DAY).look(a_mail(FIRST, 1))) == []
    assert held(hidden_for_a_while().at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1))) == []
    twice = hidden_for_a_while().at(MONDAY + 2 * DAY).look(a_mail(FIRST, 1))
    assert held(twice.at(MONDAY + WEEK).poll().look(a_mail(SECOND, 1))) == ["twice"]


def test_an_address_of_a_feed_answers_for_good() -> None:
    document = FeedDocument(path="category/housing.atom", mark="1")
    there = Published(at=TUESDAY, clock=TUESDAY, documents={document.path: document, "all/2026-11.atom": document})
    gone = replace(there, documents=MappingProxyType({}))
    assert [breach.reader for breach in of_addresses([there, gone])] == ["category/housing.atom"]
    assert list(of_addresses([there, replace(gone, clock=TUESDAY + timedelta(days=91))])) == []


def test_a_letter_that_is_in_hand_for_ever_is_told(sqlite_store: Store) -> None:
    words = dict.fromkeys(("subject", "text", "html", "message_id"), "Words.")
    row = {"kind": "test", "email": "ann@example.org", "language": "en-GB", "attempts": 1, "doubts": 0, **words}
    instants = {"created_at": TUESDAY, "not_after": MONDAY, "changed_at": TUESDAY}
    with sqlite_store.write() as connection:
        for state in ("accepted", "claimed"):
            connection.execute(outbox.insert().values(state=state, **row, **instants))
    assert [breach.words for breach in of_letters(sqlite_store, MONDAY)] == ["letter test: claimed"]
