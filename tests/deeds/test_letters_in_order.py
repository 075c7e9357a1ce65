"""What tells one person how things stand comes in order, and a draft comes only to who can still decide of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from solacefeed.deeds.editions.decisions import CANCELLED, approve_within, cancel_within, hold_within
from solacefeed.delivery.retries import WAITS
from solacefeed.digest.messages import letter_id
from solacefeed.models.deliveries import Lease
from solacefeed.models.editions import EditionState
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.store import due_letters, editions, outbox
from solacefeed.store.outbox import OutboxStanding
from tests.deeds.alarm_world import OPERATOR, Watch
from tests.deeds.test_editors import told
from tests.deeds.test_outbox import prepared
from tests.deeds.world import ENVELOPE, World
from tests.digest.test_drafts import a_draft, an_edition
from tests.support.builders import MONDAY
from tests.support.fakes import Act

US = Act.REFUSE_US


def put(world: World, subject: str, *, kind: OutboxKind = OutboxKind.ALARM, to: str = OPERATOR) -> None:
    words = LetterWords(subject=subject, text="So.\n", html="<p>So.</p>", language="en-GB")
    until = world.clock.now + timedelta(days=2)
    letter = NewLetter(kind=kind, email=to, words=words, not_after=until)
    with world.store.write() as connection:
        outbox.put(connection, letter, at=world.clock.now, name=partial(letter_id, sender=ENVELOPE.sender))


def stand(world: World) -> dict[str, str]:
    """In which state each letter is, by its subject."""
    with world.store.read() as connection:
        return {each.subject: each.state.value for each in reversed(outbox.listing(connection, limit=100))}


def subjects(world: World) -> list[str]:
    """Of letters, in the order in which the relay took them."""
    with world.store.read() as connection:
        by_id = {each.message_id: each.subject for each in outbox.listing(connection, limit=100)}
    return [by_id[mail.message_id] for mail in world.relay.mailbox if mail.message_id in by_id]


def standing(world: World) -> OutboxStanding:
    with world.store.read() as connection:
        return outbox.standing(connection, since=MONDAY)


# -- an alarm and its end ----------------------------------------------------------------------------------


def test_that_it_is_over_never_overtakes_the_alarm_itself(world: World) -> None:
    prepared(world, "ann")
    world.deliver(US)
    watch = Watch(world)
    watch.look_at_it()
    world.deliver(US)
    world.clock.forward(minutes=2)
    world.resume()
    watch.looks(minutes=12)
    world.deliver()
    assert [each.partition("]")[0] for each in subjects(world)] == ["[Alarm", "[Over"]


def test_with_a_resume_the_letters_are_due_that_were_refused_with_the_edition(world: World) -> None:
    prepared(world, "ann")
    world.deliver(US)
    put(world, "Alarm")
    world.deliver(US)
    assert standing(world).answer
    assert not world.has_work()
    world.resume()
    assert standing(world).answer is None
    world.deliver()
    assert world.got() == ["op", "ann"]


def test_a_newer_alarm_waits_for_an_older_one_that_is_put_off_again(world: World) -> None:
    put(world, "Alarm")
    world.deliver(Act.DEFER)
    put(world, "Over")
    world.deliver(Act.DEFER)
    assert stand(world) == {"Alarm": "pending", "Over": "pending"}
    assert not world.has_work()
    world.clock.now += WAITS[1]
    world.deliver()
    assert subjects(world) == ["Alarm", "Over"]


def test_news_has_an_older_alarm_tried_at_once(world: World) -> None:
    put(world, "Alarm")
    world.deliver(Act.DEFER)
    put(world, "Over")
    world.deliver()
    assert subjects(world) == ["Alarm", "Over"]


def test_an_alarm_waits_for_nobody_elses_and_for_none_that_has_come_out(world: World) -> None:
    put(world, "Alarm")
    put(world, "Theirs", to="eve@example.org")
    world.deliver(Act.REJECT)
    assert subjects(world) == ["Theirs"]
    put(world, "Over")
    world.deliver()
    assert subjects(world) == ["Theirs", "Over"]


def test_an_alarm_in_doubt_has_its_rest_and_is_not_overtaken(world: World) -> None:
    put(world, "Alarm")
    world.deliver(Act.CUT_AFTER_THE_DOT)
    put(world, "Over")
    world.deliver()
    assert stand(world) == {"Alarm": "uncertain", "Over": "pending"}
    world.clock.now += WAITS[1]
    world.deliver()
    assert subjects(world) == ["Alarm", "Alarm", "Over"]


def test_an_older_letter_that_is_too_late_keeps_no_newer_one_back(world: World) -> None:
    put(world, "Alarm")
    world.deliver(Act.DEFER)
    world.clock.forward(days=2, minutes=1)
    put(world, "Over")
    world.deliver()
    assert stand(world) == {"Alarm": "expired", "Over": "accepted"}


def test_letters_of_other_kinds_wait_for_no_older_one(world: World) -> None:
    put(world, "First", kind=OutboxKind.LINK)
    world.deliver(Act.DEFER)
    put(world, "Second", kind=OutboxKind.LINK)
    world.deliver()
    assert subjects(world) == ["Second"]


# -- drafts ------------------------------------------------------------------------------------------------


def drafted(world: World) -> None:
    """An edition is a draft, of which its editors are told and the relay has not taken it yet."""
    with world.store.write() as connection:
        editions.add(connection, an_edition())
    assert told(world, a_draft()) == 2


def approve(connection: sa.Connection) -> None:
    approve_within(connection, an_edition().id, MONDAY)


def cancel(connection: sa.Connection) -> None:
    cancel_within(connection, an_edition().id, at=MONDAY)


def skip(connection: sa.Connection) -> None:
    editions.skip(connection, an_edition().id, "nothing in it")


def give_up(connection: sa.Connection) -> None:
    editions.close_all(connection, an_edition().digest, reason=CANCELLED)


def let_go(connection: sa.Connection) -> None:
    edition = an_edition()
    assert editions.begin_preparing(connection, edition, leaving=(edition.state,))


@pytest.mark.parametrize("decide", [approve, cancel, skip, give_up, let_go])
def test_a_draft_goes_to_nobody_once_it_is_decided_of(world: World, decide: Callable[[sa.Connection], None]) -> None:
    drafted(world)
    with world.store.write() as connection:
        decide(connection)
    assert world.has_work()
    world.deliver()
    assert world.got() == []
    with world.store.read() as connection:
        letters = outbox.listing(connection, limit=9)
    assert {(each.state.value, each.answer) for each in letters} == {("cancelled", due_letters.DECIDED)}
    assert not world.has_work()


def test_a_draft_that_is_held_goes_to_its_editors(world: World) -> None:
    drafted(world)
    with world.store.write() as connection:
        hold_within(connection, an_edition().id, "by an editor")
    world.deliver()
    assert world.got() == ["ed", "eve"]


def test_a_draft_that_is_decided_of_while_it_is_in_hand_gets_no_final_dot(world: World) -> None:
    drafted(world)

    def decided() -> None:
        if editions_state(world) is not EditionState.APPROVED:
            with world.store.write() as connection:
                approve(connection)

    world.relay.at_mark = decided
    world.deliver()
    assert world.got() == []
    assert not world.has_work()


def test_a_draft_that_is_decided_of_is_not_even_taken_up(world: World) -> None:
    drafted(world)
    lease = Lease(worker="a worker", length=timedelta(minutes=5))
    with world.store.write() as connection:
        approve(connection)
        assert outbox.claim(connection, lease=lease, limit=9, at=MONDAY) == []


def editions_state(world: World) -> EditionState | None:
    with world.store.read() as connection:
        return editions.state_of(connection, an_edition().id)


def test_an_edition_that_is_a_draft_again_is_told_of_anew(world: World) -> None:
    drafted(world)
    with world.store.write() as connection:
        approve(connection)
    world.deliver()
    with world.store.write() as connection:
        editions.move(connection, an_edition().id, leaving={EditionState.APPROVED}, to=EditionState.DRAFT)
    assert told(world, a_draft()) == 2
    world.deliver()
    assert world.got() == ["ed", "eve"]


# -- a row of refusals -------------------------------------------------------------------------------------

PEOPLE = ("eve@example.org", "fay@example.com", "gus@example.net")
REFUSED_THREE_TIMES = 3


def refused_thrice(world: World, *, apart: bool = False) -> None:
    """The relay refuses each letter in words that may be about us, three times; *apart*, each in rounds of its own."""
    for number, person in enumerate(PEOPLE):
        put(world, person, to=person, kind=OutboxKind.TEST)
        if apart:
            refused_by_rounds(world, number)
    if not apart:
        refused_by_rounds(world, 0)


def refused_by_rounds(world: World, first: int) -> None:
    for attempt in range(REFUSED_THREE_TIMES):
        world.deliver(*[Act.REFUSE] * (first + len(PEOPLE)))
        world.clock.now += WAITS[attempt]


@pytest.mark.parametrize("apart", [False, True])
def test_a_relay_that_refuses_all_alike_has_rejected_no_letter(world: World, apart: bool) -> None:
    put(world, "Before", to="ann@example.org", kind=OutboxKind.TEST)
    world.deliver()
    world.clock.forward(minutes=1)
    refused_thrice(world, apart=apart)
    assert {stand(world)[person] for person in PEOPLE} == {"pending"}
    world.clock.forward(hours=5)
    world.deliver()
    assert {stand(world)[person] for person in PEOPLE} == {"accepted"}


def test_such_a_row_is_said_to_be_about_us(world: World) -> None:
    for person in PEOPLE:
        put(world, person, to=person, kind=OutboxKind.TEST)
    for attempt in range(REFUSED_THREE_TIMES):
        result = world.deliver(*[Act.REFUSE] * len(PEOPLE))
        world.clock.now += WAITS[attempt]
    assert result.letters.refusal
    assert result.falls_short()


def test_what_one_domain_refuses_while_others_take_is_rejected_at_the_third_time(world: World) -> None:
    put(world, "Before", to="ann@example.com", kind=OutboxKind.TEST)
    world.deliver()
    world.clock.forward(minutes=1)
    for name in ("eve", "fay", "gus"):
        put(world, name, to=f"{name}@example.org", kind=OutboxKind.TEST)
    for attempt in range(REFUSED_THREE_TIMES):
        world.deliver(*[Act.REFUSE] * 3)
        world.clock.now += WAITS[attempt]
    assert [stand(world)[name] for name in ("eve", "fay", "gus")] == ["rejected"] * 3
