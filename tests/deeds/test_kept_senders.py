"""What mail says of who sends it, when the config is changed while an edition is out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.utils import parseaddr

import pytest

from solacefeed.deeds.delivering.senders import Senders
from solacefeed.delivery.retries import WAIT_IN_DOUBT, WAITS
from solacefeed.models.deliveries import DeliveryState, Message
from solacefeed.models.editions import EditionState
from solacefeed.store import schema, senders
from tests.deeds.test_outbox import put
from tests.deeds.world import SAYS, World
from tests.support.builders import a_source_post
from tests.support.fakes import Act

OTHERS = replace(SAYS, sender="Another Council <news@example.net>", return_path="returned@example.net")


def prepared(world: World, *readers: str) -> None:
    world.join(*readers)
    world.appear(a_source_post())
    world.prepare()


def changes(world: World) -> None:
    """The config has another sender, and what was put off is due again."""
    world.says = OTHERS
    world.clock.now += max(WAIT_IN_DOUBT, WAITS[0])


def said(message: Message) -> tuple[str, str]:
    return parseaddr(message_from_bytes(message.content)["From"])[1], message.sender


OF_THE_FIRST, OF_THE_OTHERS = (
    (parseaddr(SAYS.sender)[1], SAYS.return_path),
    (parseaddr(OTHERS.sender)[1], OTHERS.return_path),
)


@pytest.mark.more
def test_all_readers_of_an_edition_get_it_from_one_sender_though_the_config_has_another_by_then(world: World) -> None:
    prepared(world, "ann", "ben", "cat")
    world.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER_AFTER_THE_DOT)
    changes(world)
    assert world.deliver().accepted == 2
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_FIRST] * 3


@pytest.mark.more
def test_the_next_edition_has_the_sender_that_the_config_has_then(world: World) -> None:
    prepared(world, "ann")
    world.deliver()
    world.says = OTHERS
    world.clock.now += timedelta(days=7)
    world.appear(a_source_post(id="2", published=world.clock.now - timedelta(days=1)))
    world.prepare()
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_FIRST, OF_THE_OTHERS]


@pytest.mark.more
def test_as_long_as_nobody_has_a_copy_a_config_that_is_mended_counts(world: World) -> None:
    prepared(world, "ann", "ben")
    world.deliver(Act.DEFER, Act.DEFER_AFTER_THE_DOT)
    changes(world)
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_OTHERS] * 2


@pytest.mark.more
def test_an_edition_that_the_relay_refused_for_its_sender_goes_on_with_the_one_that_the_operator_has_mended(
    world: World,
) -> None:
    prepared(world, "ann", "ben", "cat")
    world.deliver(Act.ACCEPT, Act.DEFER_AFTER_THE_DOT, Act.REFUSE_US)
    assert world.the_edition().state is EditionState.PAUSED
    changes(world)
    world.resume()
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_FIRST, OF_THE_OTHERS, OF_THE_OTHERS]


@pytest.mark.more
def test_a_copy_that_may_have_arrived_is_offered_again_with_the_same_bytes_even_then(world: World) -> None:
    prepared(world, "ann", "ben")
    world.deliver(Act.CUT_AFTER_THE_DOT, Act.REFUSE_US)
    changes(world)
    world.resume()
    world.deliver()
    first, second = (each for each in world.relay.mailbox if each.recipient == "ann@example.org")
    assert first == second
    assert [said(each) for each in world.relay.mailbox if each.recipient == "ben@example.org"] == [OF_THE_OTHERS]


@pytest.mark.more
def test_a_copy_that_did_not_arrive_by_the_operators_word_goes_again_with_the_same_bytes(world: World) -> None:
    world.repeat_uncertain = False
    prepared(world, "ann")
    world.deliver(Act.CUT_AFTER_THE_DOT)
    changes(world)
    world.resolve(world.copies()["ann"].id, arrived=False)
    world.deliver()
    first, second = world.relay.mailbox
    assert first == second


@pytest.mark.more
def test_an_edition_that_is_sent_again_when_it_is_done_has_the_sender_of_then(world: World) -> None:
    prepared(world, "ann", "ben")
    world.deliver(Act.ACCEPT, Act.REJECT)
    changes(world)
    world.send_again(DeliveryState.REJECTED)
    world.deliver()
    world.send_again("ann")
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_FIRST, OF_THE_OTHERS, OF_THE_OTHERS]


@pytest.mark.more
def test_what_was_rejected_and_is_retried_when_its_edition_is_done_has_the_sender_of_then(world: World) -> None:
    prepared(world, "ann", "ben")
    world.deliver(Act.ACCEPT, Act.REJECT)
    changes(world)
    world.retry()
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_FIRST, OF_THE_OTHERS]


def test_a_worker_with_another_config_sends_by_what_the_first_one_has_begun_with(world: World) -> None:
    prepared(world, "ann", "ben")
    world.relay.at_mark = lambda: seen.append(Senders(lambda _: OTHERS).begin(world.store, world.the_edition()))
    seen: list[int] = []
    world.deliver()
    with world.store.read() as connection:
        first = senders.find(connection, SAYS)
    # Also while nobody can have a copy: the first one has taken them up.
    assert seen == [first, first]
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_FIRST] * 2


def test_copies_that_a_worker_takes_up_after_another_has_begun_with_a_mended_config_say_what_that_one_kept(
    world: World,
) -> None:
    prepared(world, "ann")
    slow = Senders(lambda _: SAYS)
    edition = world.the_edition()
    begun_with = slow.begin(world.store, edition)
    # Nobody has a copy in hand yet, so that another config counts.
    kept = Senders(lambda _: OTHERS).begin(world.store, edition)
    assert kept != begun_with
    with world.store.write() as connection:
        assert slow.of_edition(connection, edition.id, begun_with=begun_with) == kept


def test_a_worker_that_was_about_to_take_copies_up_sends_by_what_another_one_has_begun_with_meanwhile(
    world: World,
) -> None:
    prepared(world, "ann", "ben")

    def meanwhile() -> bool:
        Senders(lambda _: OTHERS).begin(world.store, world.the_edition())
        return False

    # Asked before each claim, also before the first one.
    world.gives_way = meanwhile
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_OTHERS] * 2


def test_a_letter_that_may_have_arrived_is_offered_again_with_the_same_bytes(world: World) -> None:
    put(world)
    world.deliver(Act.CUT_AFTER_THE_DOT)
    changes(world)
    world.deliver()
    first, second = world.relay.mailbox
    assert first == second


def test_a_letter_that_nobody_can_have_goes_by_the_config_of_now(world: World) -> None:
    put(world)
    world.deliver(Act.REFUSE_US_AFTER_THE_DOT)
    changes(world)
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_OTHERS]


@pytest.mark.more
def test_what_a_release_before_began_goes_on_by_the_config_of_the_first_round_after_it(world: World) -> None:
    prepared(world, "ann", "ben", "cat")
    world.deliver(Act.ACCEPT, Act.CUT_AFTER_THE_DOT, Act.DEFER)
    with world.store.write() as connection:
        for table in (schema.editions, schema.deliveries):
            connection.execute(table.update().values(sender_id=None))
        connection.execute(schema.senders.delete())
    changes(world)
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.says = SAYS
    world.clock.now += WAIT_IN_DOUBT
    world.deliver()
    assert [said(each) for each in world.relay.mailbox] == [OF_THE_FIRST] * 2 + [OF_THE_OTHERS] * 2


def test_what_is_kept_once_is_kept_for_all_that_say_the_same(world: World) -> None:
    with world.store.write() as connection:
        first, other, again = (senders.keep(connection, each) for each in (SAYS, OTHERS, SAYS))
        assert first == again != other
        assert senders.some(connection, {first, other}) == {first: SAYS, other: OTHERS}
