"""Sending an edition again, and resolving copies in doubt: who gets what, once more, and what of it is written down."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from solacefeed.deeds.editions.decisions import cancel, pause
from solacefeed.deeds.people.erasing import Erasing, ask, erase_waiting
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.suppressing import allow_again
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.deeds.upkeep.troubles import judgement
from solacefeed.errors import ConfigError, UsageError
from solacefeed.models.deliveries import CopyActKind, DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.store import copy_acts, deliveries, edition_sums, ledger, schema, subscribers, suppressions
from solacefeed.store.database import open_store
from tests.deeds.world import World
from tests.support.builders import LONDON, MONDAY, WEDNESDAY, a_source_post
from tests.support.fakes import Act, Killed

EDITION = "weekly/2026-11-23"
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
ISLANDS = a_source_post(id="2", title="Islands", category_numbers=("3",), published=WEDNESDAY + timedelta(hours=1))
REJECTED, EXPIRED = DeliveryState.REJECTED, DeliveryState.EXPIRED


@pytest.fixture
def prepared(world: World) -> World:
    """An edition for ann, ben and cat, with two posts."""
    world.join("ann", "ben", "cat")
    world.appear(POST, ISLANDS)
    world.prepare()
    return world


def all_expired(world: World) -> None:
    world.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    world.clock.forward(days=3)
    world.deliver()
    assert world.states() == {"ann": "accepted", "ben": "expired", "cat": "expired"}


def acts_of(world: World, name: str) -> list[tuple[CopyActKind, DeliveryState]]:
    with world.store.read() as connection:
        return [(each.kind, each.was) for each in copy_acts.of_copy(connection, world.copies()[name].id)]


def in_doubt(world: World) -> None:
    """ann's copy, for good."""
    world.repeat_uncertain = False
    world.deliver(Act.CUT_AFTER_THE_DOT)
    assert world.states()["ann"] == "uncertain"


# -- to all who got none -------------------------------------------------------------------------------


def test_expired_copies_go_again_with_a_time_of_their_own_and_under_their_message_ids(prepared: World) -> None:
    all_expired(prepared)
    names = {name: copy.message_id for name, copy in prepared.copies().items()}
    assert prepared.the_edition().state is EditionState.DONE
    assert prepared.send_again(EXPIRED).line() == (
        "editions: the next deliver offers 2 copies of weekly/2026-11-23 again, until 2026-11-28 08:00 UTC"
    )
    assert prepared.the_edition().state is EditionState.DELIVERING
    assert prepared.deliver().line() == "deliver: 2 accepted"
    assert Counter(prepared.got()) == {"ann": 1, "ben": 1, "cat": 1}
    assert {name: copy.message_id for name, copy in prepared.copies().items()} == names
    assert prepared.the_edition().state is EditionState.DONE
    assert acts_of(prepared, "ben") == [(CopyActKind.SENT_AGAIN, EXPIRED)]
    assert not prepared.has_work()


@pytest.mark.more
def test_what_is_sent_again_expires_in_its_own_time(prepared: World) -> None:
    all_expired(prepared)
    prepared.send_again(EXPIRED, until=prepared.clock.now + timedelta(hours=1))
    prepared.deliver(Act.DEFER, Act.DEFER)
    assert prepared.states()["ben"] == "pending"
    prepared.clock.forward(hours=2)
    assert prepared.deliver().line() == "deliver: 0 accepted, 2 expired"
    assert prepared.the_edition().state is EditionState.DONE


def test_rejected_copies_can_be_sent_again_when_a_retry_would_be_too_late(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.REJECT, Act.REJECT)
    prepared.clock.forward(days=3)
    assert prepared.retry().editions == {}
    assert prepared.send_again(REJECTED).copies == 2
    prepared.deliver()
    assert prepared.states() == {"ann": "accepted", "ben": "accepted", "cat": "accepted"}


@pytest.mark.more
def test_a_paused_edition_can_be_resumed_for_what_was_sent_again(prepared: World) -> None:
    all_expired(prepared)
    prepared.send_again(EXPIRED)
    prepared.deliver(Act.REFUSE_US)
    assert prepared.the_edition().state is EditionState.PAUSED
    prepared.resume()
    prepared.clock.forward(hours=1)
    prepared.deliver()
    assert prepared.states()["cat"] == "accepted"


def test_a_look_writes_nothing_and_says_who_would_get_one(prepared: World) -> None:
    all_expired(prepared)
    before = prepared.copies()
    assert prepared.send_again(EXPIRED, acts=False).line() == (
        "editions: 2 copies of weekly/2026-11-23 would be offered again, until 2026-11-28 08:00 UTC; "
        "nothing was written"
    )
    assert prepared.copies() == before


def test_each_who_gets_none_is_counted_by_the_reason(prepared: World) -> None:
    all_expired(prepared)
    prepared.leave("ben")
    with prepared.store.write() as connection:
        never = Suppression(
            canonical="cat@example.org",
            reason=SuppressionReason.OPERATOR,
            words=None,
            actor=Actor.OPERATOR,
            at=prepared.clock.now,
        )
        suppressions.add(connection, never)
    assert prepared.send_again(EXPIRED).left == {
        "the subscription ended": 1,
        "the address is never to be mailed": 1,
    }
    assert prepared.the_edition().state is EditionState.DONE


def test_what_another_edition_has_brought_since_is_not_sent_again(prepared: World) -> None:
    all_expired(prepared)
    prepared.clock.now = MONDAY + timedelta(days=7)
    prepared.prepare()
    assert prepared.send_again(EXPIRED).left == {
        "another edition has brought one of its posts since, or is about to": 2
    }


def test_a_withdrawn_post_stands_in_no_copy_that_is_sent_again(prepared: World) -> None:
    all_expired(prepared)
    prepared.vanish("2")
    prepared.send_again(EXPIRED)
    prepared.send_again("ann")
    prepared.deliver()
    late = [mail.content for mail in prepared.relay.mailbox[1:]]
    assert [b"Islands" in content for content in late] == [False] * 3


# -- to one reader -------------------------------------------------------------------------------------


def test_who_has_it_gets_a_second_one_under_another_message_id_and_it_is_written_down(prepared: World) -> None:
    prepared.deliver()
    first = prepared.copies()["ann"]
    assert prepared.send_again("ann").line() == (
        "editions: the next deliver offers 1 copy of weekly/2026-11-23 again, until 2026-11-25 08:00 UTC; "
        "1 for a second time"
    )
    prepared.deliver()
    second = prepared.copies()["ann"]
    assert Counter(prepared.got()) == {"ann": 2, "ben": 1, "cat": 1}
    assert (second.id, second.state, second.got_before) == (first.id, DeliveryState.ACCEPTED, 1)
    assert second.message_id != first.message_id
    assert acts_of(prepared, "ann") == [(CopyActKind.SENT_AGAIN, DeliveryState.ACCEPTED)]
    prepared.deliver()
    assert Counter(prepared.got())["ann"] == 2


@pytest.mark.more
def test_a_second_one_that_comes_to_nothing_leaves_what_its_reader_got(prepared: World) -> None:
    prepared.deliver()
    prepared.send_again("ann")
    prepared.deliver(Act.REJECT)
    assert prepared.states()["ann"] == "rejected"
    with prepared.store.read() as connection:
        ann = prepared.copies()["ann"].subscriber_id
        got = ledger.Ledger(connection, since=MONDAY - timedelta(days=9), posts=["1", "2"]).got(connection, ann, ann)
    assert len(got[ann]) == 2
    again = prepared.copies()["ann"].message_id
    prepared.send_again("ann")
    prepared.deliver()
    # Under that name nobody had one.
    assert (prepared.copies()["ann"].message_id, prepared.copies()["ann"].got_before) == (again, 1)


@pytest.mark.parametrize("how", ["they leave", "the edition is cancelled", "its time is over"])
def test_who_has_it_counts_as_having_it_whatever_became_of_a_second_one(prepared: World, how: str) -> None:
    prepared.deliver()
    prepared.send_again("ann")
    match how:
        case "they leave":
            prepared.leave("ann")
        case "the edition is cancelled":
            cancel(prepared.store, prepared.clock, EDITION)
        case _:
            prepared.clock.now += timedelta(days=30)
    prepared.deliver()
    assert prepared.states()["ann"] in ("cancelled", "expired")
    with prepared.store.read() as connection:
        assert edition_sums.count(connection, EDITION) == edition_sums.count(connection) == {"accepted": 3}
        (copy,) = ledger.of_reader(connection, prepared.copies()["ann"].subscriber_id, since=MONDAY)
    assert copy.came_in_spite_of_it


def test_who_may_have_it_alone_does_not_count_as_having_it(prepared: World) -> None:
    in_doubt(prepared)
    prepared.send_again("ann")
    cancel(prepared.store, prepared.clock, EDITION)
    prepared.deliver()
    with prepared.store.read() as connection:
        assert edition_sums.count(connection, EDITION).get("accepted") == 2


def test_what_is_on_its_way_is_not_sent_again_beside_itself(prepared: World) -> None:
    assert prepared.send_again("ann").left == {"it is on its way": 1}
    prepared.deliver()
    prepared.send_again("ann")
    assert prepared.send_again("ann").left == {"it is on its way": 1}


@pytest.mark.more
def test_a_reader_who_moved_gets_it_where_they_are_now(prepared: World) -> None:
    prepared.deliver(Act.REJECT)
    with prepared.store.write() as connection:
        own = schema.subscribers.c.email == "ann@example.org"
        moved = {"email": "ann@example.net", "canonical": "ann@example.net"}
        connection.execute(schema.subscribers.update().where(own).values(**moved))
    sent = prepared.send_again(REJECTED)
    assert (sent.copies, sent.moved) == (1, 1)
    prepared.deliver()
    assert prepared.relay.mailbox[-1].recipient == "ann@example.net"


def test_what_can_not_be_sent_again_is_refused_with_the_reason(prepared: World) -> None:
    prepared.deliver()
    with pytest.raises(UsageError, match="is not a subscriber"):
        prepared.send_again("dan")
    with pytest.raises(UsageError, match="there is no edition"):
        prepared.send_again("ann", "weekly/2030-01-07")
    with pytest.raises(UsageError, match="take an instant after now"):
        prepared.send_again("ann", until=prepared.clock.now)
    with pytest.raises(UsageError, match="at the latest"):
        prepared.send_again("ann", until=prepared.clock.now + timedelta(days=15))


def test_who_came_later_has_no_copy_to_be_sent_again(prepared: World) -> None:
    prepared.deliver()
    prepared.join("dan")
    with pytest.raises(UsageError, match="has no copy of weekly/2026-11-23"):
        prepared.send_again("dan")


def test_a_cancelled_edition_goes_to_nobody_again(prepared: World) -> None:
    prepared.deliver(Act.REJECT, Act.DEFER)
    prepared.cancel()
    with pytest.raises(UsageError, match="was cancelled: it goes to nobody"):
        prepared.send_again(REJECTED)


# -- copies in doubt -----------------------------------------------------------------------------------


def test_a_copy_in_doubt_that_arrived_is_accepted_by_the_operators_word(prepared: World) -> None:
    in_doubt(prepared)
    ann = prepared.copies()["ann"]
    assert prepared.resolve(ann.id, arrived=True).line() == "deliveries: 1 copy of weekly/2026-11-23 accepted"
    assert prepared.states()["ann"] == "accepted"
    assert acts_of(prepared, "ann") == [(CopyActKind.RESOLVED_AS_ACCEPTED, DeliveryState.UNCERTAIN)]
    assert not prepared.has_work()


def test_a_copy_in_doubt_that_did_not_arrive_goes_again_with_the_same_bytes(prepared: World) -> None:
    in_doubt(prepared)
    prepared.resolve(arrived=False, edition_id=EDITION)
    assert prepared.the_edition().state is EditionState.DELIVERING
    prepared.deliver()
    mails = [mail for mail in prepared.relay.mailbox if mail.recipient == "ann@example.org"]
    assert len({mail.content for mail in mails}) == 1
    assert prepared.states()["ann"] == "accepted"
    assert prepared.the_edition().state is EditionState.DONE


def test_a_copy_that_waits_to_be_offered_again_is_not_once_it_is_resolved(prepared: World) -> None:
    prepared.deliver(Act.CUT_AFTER_THE_DOT)
    had = Counter(prepared.got())["ann"]
    prepared.resolve(prepared.copies()["ann"].id, arrived=True)
    prepared.clock.forward(hours=1)
    prepared.deliver()
    assert Counter(prepared.got())["ann"] == had
    assert prepared.the_edition().state is EditionState.DONE


def test_what_would_come_too_late_or_to_who_left_is_not_offered_again(prepared: World) -> None:
    in_doubt(prepared)
    prepared.clock.forward(days=3)
    too_late = prepared.resolve(arrived=False, edition_id=EDITION, acts=False)
    assert too_late.given_up == {"it would come too late": 1}
    assert prepared.states()["ann"] == "uncertain"
    prepared.leave("ann")
    assert prepared.resolve(arrived=False, edition_id=EDITION).line() == (
        "deliveries: 1 copy did not arrive and is not offered again, the subscription ended; what they had is free for "
        "their readers' next edition"
    )
    assert prepared.states()["ann"] == "cancelled"
    assert acts_of(prepared, "ann") == [(CopyActKind.RESOLVED_AS_LOST, DeliveryState.UNCERTAIN)]
    assert not prepared.has_work()


@pytest.mark.more
@pytest.mark.parametrize("cancelled", [True, False], ids=["of a cancelled edition", "too late"])
def test_what_is_known_to_be_lost_comes_with_the_readers_next_edition(prepared: World, cancelled: bool) -> None:
    prepared.repeat_uncertain = False
    prepared.deliver(Act.CUT_AFTER_THE_DOT, Act.DEFER, Act.DEFER)
    if cancelled:
        prepared.cancel()
    prepared.clock.forward(days=3)
    prepared.resolve(prepared.copies()["ann"].id, arrived=False)
    assert prepared.states()["ann"] == "cancelled"
    had = Counter(prepared.got())
    prepared.clock.now = MONDAY + timedelta(days=7)
    prepared.prepare()
    prepared.deliver()
    came = Counter(prepared.got()) - had
    assert came["ann"] == 1


def test_only_what_is_in_doubt_is_resolved(prepared: World) -> None:
    in_doubt(prepared)
    copies = prepared.copies()
    with pytest.raises(UsageError, match=f"{copies['ben'].id} is no uncertain copy"):
        prepared.resolve(copies["ann"].id, copies["ben"].id, arrived=True)
    assert prepared.states()["ann"] == "uncertain"


# -- the sum -------------------------------------------------------------------------------------------


def test_an_edition_is_not_done_while_a_recipient_has_no_copy(prepared: World) -> None:
    with prepared.store.write() as connection:
        connection.execute(schema.deliveries.delete().where(schema.deliveries.c.email == "cat@example.org"))
    prepared.deliver()
    assert prepared.states() == {"ann": "accepted", "ben": "accepted"}
    assert prepared.the_edition().state is EditionState.DELIVERING
    assert not prepared.has_work()


# -- a law ----------------------------------------------------------------------------------------------

NAMES = ("ann", "ben", "cat")
#: What the relay does in a round.
SCRIPTS = st.lists(
    st.sampled_from([Act.ACCEPT, Act.DEFER, Act.REJECT, Act.CUT_AFTER_THE_DOT, Act.KILL_AFTER_THE_DOT]), max_size=3
)
#: What the operator and readers do between rounds.
DONE = st.sampled_from(
    [
        *NAMES,
        "retry",
        "accepted",
        "resend",
        "rejected",
        "expired",
        "leave",
        "return",
        "wait",
        "pause",
        "resume",
        "cancel",
        "suppress",
        "allow",
        "erase",
    ]
)


def suppress_ann(world: World) -> None:
    never = Suppression(
        canonical="ann@example.org",
        reason=SuppressionReason.HARD,
        words=None,
        actor=Actor.OPERATOR,
        at=world.clock(),
    )
    with world.store.write() as connection:
        suppressions.add(connection, never)


def erase_cat(world: World) -> None:
    """As her own word; what is in hand is let finish, and she gets nothing more."""
    with world.store.read() as connection:
        cat = subscribers.find(connection, "cat@example.org")
    if cat is not None:
        ask(world.store, world.clock, cat.id)
    folder = Path(str(world.store.file)).parent
    erase_waiting(
        world.store, world.clock, Erasing(key=FingerprintKey(path=folder / "key"), rehearsals=folder / "mail")
    )


#: Who gets nothing after that, and after which it is over.
SHUT = {"suppress": ("ann", "allow"), "erase": ("cat", None), "leave": ("ben", "return")}


def do(world: World, what: str) -> None:
    """Whatever is refused changes nothing."""
    acts: dict[str, Callable[[], object]] = {
        "retry": world.retry,
        "accepted": lambda: world.resolve(arrived=True, edition_id=EDITION),
        "resend": lambda: world.resolve(arrived=False, edition_id=EDITION),
        "rejected": lambda: world.send_again(REJECTED),
        "expired": lambda: world.send_again(EXPIRED),
        "leave": lambda: world.leave("ben"),
        "return": lambda: world.join("ben"),
        "wait": lambda: world.clock.forward(hours=30),
        "pause": lambda: pause(world.store, EDITION),
        "resume": world.resume,
        "cancel": world.cancel,
        "suppress": lambda: suppress_ann(world),
        "allow": lambda: allow_again(world.store, world.clock, "ann@example.org"),
        "erase": lambda: erase_cat(world),
    }
    # Who was erased leaves a fingerprint, whose key those who join here have not.
    with suppress(UsageError, ConfigError):
        acts.get(what, lambda: world.send_again(what))()


def check_a_round(world: World, script: list[Act], shut: Collection[str] = ()) -> None:
    """None that was accepted is offered again by itself, nor to who is *shut*; and there is one copy a recipient."""
    before = world.copies()
    had = len(world.relay.mailbox)
    with suppress(Killed):
        world.deliver(*script)
    named = {before[name].email for name in before if before[name].state is DeliveryState.ACCEPTED}
    reached = {mail.recipient for mail in world.relay.mailbox[had:]}
    assert not reached.intersection(named)
    assert not reached.intersection(f"{name}@example.org" for name in shut)
    for name, copy in world.copies().items():
        mails = [mail for mail in world.relay.mailbox if mail.recipient == copy.email]
        assert len({mail.message_id for mail in mails}) <= copy.got_before + 1
        with world.store.read() as connection:
            sent = [each for each in copy_acts.of_copy(connection, copy.id) if each.kind is CopyActKind.SENT_AGAIN]
        assert copy.got_before <= len(sent), name
    edition = world.the_edition()
    assert edition.counts is not None
    with world.store.read() as connection:
        assert sum(deliveries.tally(connection, EDITION).values()) == edition.counts.readers == 3
        if edition.state is EditionState.DONE:
            assert not deliveries.has_unsettled(connection, EDITION)


Life = list[tuple[str, list[Act]]]
LIVES: st.SearchStrategy[Life] = st.lists(st.tuples(DONE, SCRIPTS), max_size=8)


@settings(max_examples=4, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=LIVES)
def test_whatever_is_done_of_copies_the_sum_holds_and_nobody_gets_a_second_one_unasked(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, life: Life
) -> None:
    live(migrated_file, tmp_path_factory, life)


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=LIVES)
def test_so_it_is_in_many_lives(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, life: Life) -> None:
    live(migrated_file, tmp_path_factory, life)


def live(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, life: Life) -> None:
    store = open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path_factory.mktemp('world'))}")
    try:
        world = World(store)
        world.join(*NAMES)
        world.appear(POST, ISLANDS)
        world.prepare()
        check_a_round(world, [Act.ACCEPT, Act.REJECT, Act.CUT_AFTER_THE_DOT])
        shut: set[str] = set()
        for what, script in life:
            do(world, what)
            shut |= {SHUT[what][0]} if what in SHUT else set()
            shut -= {name for name, over in SHUT.values() if over == what}
            check_a_round(world, script, shut)
    finally:
        store.close()


# -- what is told of it ---------------------------------------------------------------------------------


@pytest.mark.more
def test_an_edition_that_somebody_has_has_reached_somebody_though_it_is_put_off_when_it_goes_again(
    world: World,
) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.deliver()
    world.send_again("ann")
    again = world.deliver(Act.DEFER)
    assert (again.deferred, again.unreached, again.falls_short()) == (1, (), False)
    status = site_status(world.store, world.clock.now, "https://blog.example.org", [world.digest], LONDON)
    assert [each.key for each in judgement(status).troubles if each.key.startswith("waiting")] == []


def test_one_that_nobody_has_has_reached_nobody(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    assert world.deliver(Act.DEFER).unreached == (EDITION,)
