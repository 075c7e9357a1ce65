"""The config's list enters nobody who is not to be mailed, follows who has moved, and shows why one may be mailed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solacefeed.deeds.people.fingerprints import ERASED, FingerprintKey, all_of_one
from solacefeed.deeds.people.list_rules import Comparison
from solacefeed.deeds.people.subscriber_list import hold_to_list
from solacefeed.models.people import Actor, Basis, How, Subscriber, Suppression, SuppressionReason
from solacefeed.store import address_history, consents, fingerprints, subscribers, suppressions, sync_members
from solacefeed.store.sync_members import Membership
from tests.deeds.test_subscriber_list import a_line, by, entered_by_hand, everything, held, kept, states
from tests.deeds.world import World
from tests.store.rows import written
from tests.support.builders import LONDON, MONDAY, WEEK, a_source_post


@pytest.fixture
def key(tmp_path: Path) -> FingerprintKey:
    return FingerprintKey(path=tmp_path / "fingerprint.key")


def suppressed(world: World, who: str) -> None:
    never = Suppression(
        canonical=f"{who}@example.org",
        reason=SuppressionReason.HARD,
        words="no such mailbox",
        actor=Actor.OPERATOR,
        at=world.clock(),
    )
    written(world.store, lambda connection: suppressions.add(connection, never))


def moved(world: World, who: str, to: str, actor: Actor = Actor.READER) -> None:
    person = kept(world)[who].subscriber
    email = f"{to}@example.org"
    assert written(world.store, lambda c: address_history.move(c, person.id, email, at=world.clock(), by=actor))


def person_called(world: World, who: str) -> Subscriber:
    return kept(world)[who].subscriber


NEVER = "is never to be mailed since 23 November 2026: no such mailbox (`solacefeed suppressions list`)"


def test_an_address_that_is_never_to_be_mailed_is_not_entered(world: World) -> None:
    suppressed(world, "ann")
    found = held(world, "ann", "ben")
    assert states(world) == {"ben": "confirmed"}
    assert (found.own, found.troubles()) == ((("ann@example.org", NEVER),), ())


def test_one_that_bounced_is_neither_brought_back_nor_ended_nor_changed(world: World) -> None:
    held(world, "ann", *(f"r{number}" for number in range(9)))
    suppressed(world, "ann")
    before = everything(world.store)
    assert held(world, a_line("ann", "housing"), *(f"r{number}" for number in range(9))).own == (
        ("ann@example.org", NEVER),
    )
    found = held(world, *(f"r{number}" for number in range(9)))
    assert (found.over, found.held, states(world)["ann"]) == ((), (), "bounced")
    assert everything(world.store) == before


def test_who_was_suppressed_after_the_list_had_ended_it_stays_away_until_that_is_lifted(world: World) -> None:
    held(world, "ann")
    held(world)
    suppressed(world, "ann")
    held(world, "ann")
    assert states(world) == {"ann": "ended"}
    written(world.store, lambda c: suppressions.remove(c, "ann@example.org", at=MONDAY, by=Actor.OPERATOR))
    held(world, "ann")
    assert states(world) == {"ann": "confirmed"}


PERSONAL = ("sync_members", "address_changes", "subscription_changes", "consents", "subscriptions", "subscribers")


def test_an_erased_person_is_not_entered_by_any_address_that_they_had(world: World, key: FingerprintKey) -> None:
    held(world, "ann")
    moved(world, "ann", "anna")
    with world.store.write() as connection:
        for each in all_of_one(connection, person_called(world, "anna"), key):
            fingerprints.add(connection, each, at=MONDAY)
        for table in PERSONAL:
            connection.exec_driver_sql(f"DELETE FROM {table}")
    lines = [a_line("ann"), a_line("Anna"), a_line("ben")]
    found = hold_to_list(world.store, world.clock, lines, world.digest, LONDON, key)
    assert found.own == (("ann@example.org", ERASED), ("Anna@example.org", ERASED))
    assert states(world) == {"ben": "confirmed"}


def test_a_line_with_an_address_that_its_reader_has_left_means_that_reader(world: World) -> None:
    held(world, "ann", "ben")
    moved(world, "ann", "anna")
    before = everything(world.store)
    found = held(world, "ann", "ben")
    assert states(world) == {"anna": "confirmed", "ben": "confirmed"}
    assert found.own == (("ann@example.org", "has another address by now, which stays: write that"),)
    assert everything(world.store) == before
    assert held(world, "anna", "ben") == Comparison()


def test_an_address_that_was_left_is_its_next_holders_when_they_subscribe(world: World) -> None:
    held(world, "ann")
    moved(world, "ann", "anna")
    entered_by_hand(world, "ann")
    held(world, "ann")
    assert states(world) == {"ann": "confirmed", "anna": "ended"}
    assert by(world, "anna") is Actor.LIST


def test_what_shows_a_consent_takes_the_place_of_a_claim_and_nothing_is_written_again(world: World) -> None:
    held(world, "ann")
    world.clock.now += WEEK
    shown = replace(a_line("ann"), basis=Basis.SOFT_OPT_IN, evidence="the form of May")
    assert len(held(world, shown).shown) == 1
    before = everything(world.store)
    assert held(world, shown) == Comparison()
    assert everything(world.store) == before
    with world.store.read() as connection:
        first, second = consents.of_one(connection, person_called(world, "ann").id)
    assert (first.claimed, first.how, first.basis) == (True, How.LIST, Basis.CONSENT)
    assert (second.claimed, second.evidence, second.basis) == (False, "the form of May", Basis.SOFT_OPT_IN)
    assert kept(world)["ann"].consent_id == second.id


def test_whom_a_membership_database_has_too_stays_for_it_when_the_list_names_them_no_more(world: World) -> None:
    held(world, "ann", "ben")
    ann = person_called(world, "ann")
    member = Membership(source="m", member="7", subscriber_id=ann.id, told="ann@example.org", digests=("weekly",))
    written(world.store, lambda c: sync_members.note(c, [member], at=MONDAY))
    found = held(world)
    assert (len(found.synced), len(found.over)) == (1, 1)
    assert states(world) == {"ann": "confirmed", "ben": "ended"}
    assert kept(world)["ann"].entered_by is Actor.SYNC
    assert held(world) == Comparison()


def test_nobody_takes_another_persons_address(world: World) -> None:
    held(world, "ann", "ben")
    ann = person_called(world, "ann")
    with world.store.write() as connection:
        assert not address_history.move(connection, ann.id, "BEN@example.org", at=MONDAY, by=Actor.SYNC)
        assert address_history.move(connection, ann.id, "Ann@Example.org", at=MONDAY, by=Actor.SYNC)
        assert address_history.of_one(connection, ann.id) == []
        assert address_history.move(connection, ann.id, "Anna@example.org", at=MONDAY, by=Actor.SYNC)
        (step,) = address_history.of_one(connection, ann.id)
        there = subscribers.find(connection, "anna@example.org")
    assert (step.before, step.after, step.actor) == ("Ann@Example.org", "Anna@example.org", Actor.SYNC)
    assert there
    assert (there.id, there.generation) == (ann.id, ann.generation + 1)


@pytest.mark.more
def test_a_copy_that_waits_goes_to_the_new_address_and_one_that_was_tried_where_it_went(world: World) -> None:
    world.join("ann", "ben")
    world.appear(a_source_post())
    world.prepare()
    moved(world, "ann", "anna")
    world.deliver()
    assert sorted(world.got()) == ["anna", "ben"]
    moved(world, "ben", "benno")
    assert set(world.copies()) == {"anna", "ben"}
