"""The store is held to a membership database, which owns what it brought and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solacefeed.deeds.people.choose import choose, pause, resume
from solacefeed.deeds.people.fingerprints import ERASED, FingerprintKey, all_of_one
from solacefeed.deeds.people.list_rules import Listed
from solacefeed.deeds.people.subscribe import DECIDED, end, subscribe
from solacefeed.deeds.people.subscriber_list import hold_to_list
from solacefeed.deeds.people.sync import sync
from solacefeed.deeds.people.sync_rules import ENDED_THERE
from solacefeed.models.people import Actor, Basis, How, SuppressionReason, Wording
from solacefeed.store import consents, fingerprints, suppressions
from solacefeed.store.subscription_changes import history
from tests.deeds.syncing import (
    NO_KEY,
    address,
    all_rows,
    bounces,
    done,
    kept,
    looked,
    member,
    moves,
    settings,
    states,
    synced,
    why,
    with_share,
)
from tests.deeds.world import World
from tests.store.rows import written
from tests.support.builders import A_CONSENT, LONDON, MONDAY, WEEK
from tests.support.fakes import Killed

MANY = [member(str(number), f"r{number}") for number in range(1, 11)]


# -- what it brought follows it ----------------------------------------------------------------------------


def test_a_member_is_entered_once_with_the_consent_of_the_config_and_nothing_is_written_again(world: World) -> None:
    assert done(synced(world, member("7", "ann", name="Ann"))) == {"new": 1}
    before = all_rows(world)
    world.clock.now += WEEK
    assert done(synced(world, member("7", "ANN", name="Ann"))) == {"same": 1}
    assert all_rows(world) == before
    ann = kept(world)["ann"]
    with world.store.read() as connection:
        (consent,) = consents.of_one(connection, ann.subscriber.id)
    assert (ann.entered_by, ann.subscriber.name, ann.reason) == (Actor.SYNC, "Ann", "members lists them")
    assert (consent.basis, consent.how, consent.source) == (Basis.SOFT_OPT_IN, How.SYNC, "members")
    assert (consent.evidence, consent.claimed) == ("the form", False)


def test_the_words_that_members_agreed_to_are_kept_with_their_consent(world: World) -> None:
    said = Wording(name="members", language="en", text="Mail me the digest.")
    synced(world, member("7", "ann"), by=replace(settings(world), wording=said, evidence=None))
    with world.store.read() as connection:
        (consent,) = consents.of_one(connection, kept(world)["ann"].subscriber.id)
        assert consents.wording(connection, said.hash) == said
    assert (consent.wording_hash, consent.claimed) == (said.hash, True)


def test_a_look_tells_the_same_and_writes_nothing(world: World) -> None:
    synced(world, member("1", "ann"), member("2", "ben"))
    before = all_rows(world)
    found = looked(world, member("1", "anna"), member("3", "cat"))
    assert done(found) == {"new": 1, "moved": 1, "gone": 1}
    assert all_rows(world) == before


def test_who_is_listed_no_more_ends_and_comes_back_with_the_choice_they_had(world: World) -> None:
    synced(world, member("7", "ann", "housing"), member("8", "ben"))
    choose(world.store, world.clock, world.digest, LONDON, who=address("ann"), slugs=["scotland"])
    assert done(synced(world, member("8", "ben"))) == {"gone": 1, "ended": 1, "same": 1}
    assert states(world) == {"ann": "ended", "ben": "confirmed"}
    assert kept(world)["ann"].reason == "members lists them no more"
    assert done(synced(world, member("8", "ben"))) == {"same": 1}
    assert done(synced(world, member("7", "ann", "housing"), member("8", "ben"))) == {"back": 1, "same": 1}
    ann = kept(world)["ann"]
    assert (ann.state, ann.category_ids, ann.chosen_by) == ("confirmed", ("3",), Actor.READER)
    with world.store.read() as connection:
        steps = history(connection, ann.subscriber.id, "weekly")
    assert [each.actor.value for each in steps] == ["sync", "reader", "sync", "sync"]


def test_interests_are_set_once_and_are_the_readers_from_then_on(world: World) -> None:
    synced(world, member("7", "ann", "Housing", "scotland"))
    assert kept(world)["ann"].category_ids == ("1", "3")
    assert done(synced(world, member("7", "ann", "homelessness"))) == {"same": 1}
    assert kept(world)["ann"].category_ids == ("1", "3")


def test_words_that_are_no_category_are_told_and_who_has_no_other_is_left_out(world: World) -> None:
    found = synced(
        world,
        member("1", "ann", "Homes", "gardens"),
        member("2", "ben", "cooking"),
        by=replace(settings(world), words={"Homes": "housing"}),
    )
    assert why(found) == {"2": "none of what it names is a category: cooking"}
    assert found.unknown == ("cooking", "gardens")
    assert {who: each.category_ids for who, each in kept(world).items()} == {"ann": ("1",)}


def test_a_name_follows_until_somebody_else_says_one(world: World) -> None:
    synced(world, member("7", "ann", name="Ann"))
    assert done(synced(world, member("7", "ann", name="Ann Other"))) == {"renamed": 1}
    assert done(synced(world, member("7", "ann"))) == {"same": 1}
    subscribe(
        world.store,
        world.clock,
        world.digest,
        LONDON,
        email=address("ann"),
        name="Anna",
        slugs=None,
        keeps_choice=True,
        consent=A_CONSENT,
        key=NO_KEY,
    )
    assert done(synced(world, member("7", "ann", name="Ann"))) == {"same": 1}
    assert kept(world)["ann"].subscriber.name == "Anna"


# -- what is somebody's own ---------------------------------------------------------------------------------


def test_nobody_comes_back_who_ended_themselves_or_whom_the_operator_ended(world: World) -> None:
    rows = [member("1", "ann"), member("2", "ben"), member("3", "cat")]
    synced(world, *rows)
    world.leave("ann")
    end(world.store, world.clock, "weekly", email=address("ben"), by=Actor.OPERATOR, reason=DECIDED)
    before = all_rows(world)
    found = synced(world, *rows)
    assert states(world) == {"ann": "ended", "ben": "ended", "cat": "confirmed"}
    assert why(found) == {
        "1": "ended on 23 November 2026, and stays so",
        "2": "has ended weekly, which stays so",
    }
    assert all_rows(world) == before


def test_nor_one_who_ended_themselves_after_the_database_had_let_them_go(world: World) -> None:
    synced(world, member("1", "ann"))
    synced(world)
    world.leave("ann")
    synced(world, member("1", "ann"))
    assert states(world) == {"ann": "ended"}


@pytest.mark.parametrize("reason", [SuppressionReason.HARD, SuppressionReason.COMPLAINT])
def test_nor_one_who_bounced_or_complained_neither_by_another_address(world: World, reason: SuppressionReason) -> None:
    synced(world, member("1", "ann"), member("2", "ben"))
    bounces(world, "ann", reason)
    found = synced(world, member("1", "ann"), member("2", "ben"))
    assert states(world) == {"ann": "bounced", "ben": "confirmed"}
    found = synced(world, member("1", "anna"), member("2", "ben"))
    assert states(world) == {"ann": "bounced", "ben": "confirmed"}
    assert why(found)["1"].startswith("the address that they have here is never to be mailed since 23 November 2026")
    assert done(synced(world, member("2", "ben"))) == {"gone": 1, "same": 1}
    written(world.store, lambda c: suppressions.remove(c, address("ann"), at=MONDAY, by=Actor.OPERATOR))
    synced(world, member("1", "anna"), member("2", "ben"))
    assert states(world) == {"anna": "confirmed", "ben": "confirmed"}


def test_a_suppressed_address_is_not_entered(world: World) -> None:
    bounces(world, "ann")
    assert list(why(synced(world, member("1", "ann")))) == ["1"]
    assert states(world) == {}


def test_an_erased_person_is_brought_back_by_no_address_and_no_number(world: World, tmp_path: Path) -> None:
    key = FingerprintKey(path=tmp_path / "fingerprint.key")
    by = settings(world, key=key)
    synced(world, member("7", "ann"), by=by)
    with world.store.write() as connection:
        for each in all_of_one(connection, kept(world)["ann"].subscriber, key):
            fingerprints.add(connection, each, at=MONDAY)
        for table in ("sync_members", "subscription_changes", "consents", "subscriptions", "subscribers"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    assert why(synced(world, member("7", "ann"), by=by)) == {"7": ERASED}
    assert why(synced(world, member("7", "another"), by=by)) == {"7": ERASED}
    assert why(synced(world, member("8", "ann"), by=by)) == {"8": ERASED}
    assert states(world) == {}


def test_people_who_came_in_another_way_are_left_as_they_are(world: World) -> None:
    world.join("ann", categories=("housing",))
    ann = kept(world)["ann"]
    assert done(synced(world, member("7", "ann", "scotland", name="Ann"))) == {}
    assert kept(world)["ann"] == ann
    assert why(synced(world, member("7", "anna"))) == {
        "7": "has another address here, and did not come by sync alone: they keep it"
    }
    assert done(synced(world)) == {"gone": 1}
    assert kept(world) == {"ann": ann}


def test_who_subscribed_themselves_after_an_end_is_theirs_and_ends_by_no_list(world: World) -> None:
    synced(world, member("1", "ann"))
    synced(world)
    subscribe(
        world.store,
        world.clock,
        replace(world.digest),
        LONDON,
        email=address("ann"),
        name=None,
        slugs=None,
        consent=A_CONSENT,
        key=NO_KEY,
        by=Actor.READER,
    )
    synced(world, member("1", "ann"))
    synced(world)
    assert states(world) == {"ann": "confirmed"}


def test_a_pause_is_its_readers_and_who_is_gone_meanwhile_ends_when_it_is_over(world: World) -> None:
    synced(world, member("1", "ann"))
    pause(world.store, world.clock, world.digest, LONDON, who=address("ann"), until=None)
    synced(world)
    assert states(world) == {"ann": "paused"}
    resume(world.store, world.clock, world.digest, who=address("ann"))
    synced(world)
    assert states(world) == {"ann": "ended"}


# -- addresses ------------------------------------------------------------------------------------------------


def test_another_address_in_the_database_moves_the_person_with_all_that_is_theirs(world: World) -> None:
    synced(world, member("7", "ann", "housing"))
    before = kept(world)["ann"]
    assert done(synced(world, member("7", "anna"))) == {"moved": 1}
    after = kept(world)["anna"]
    assert (after.subscriber.id, after.category_ids) == (before.subscriber.id, ("1",))
    assert after.subscriber.generation == before.subscriber.generation + 1
    assert done(synced(world, member("7", "anna"))) == {"same": 1}


def test_somebody_who_ended_themselves_stays_so_under_another_address(world: World) -> None:
    synced(world, member("7", "ann"))
    world.leave("ann")
    synced(world, member("7", "anna"))
    assert states(world) == {"anna": "ended"}


def test_nobody_is_moved_onto_somebody_elses_address(world: World) -> None:
    world.join("ben")
    synced(world, member("7", "ann"))
    before = all_rows(world)
    assert why(synced(world, member("7", "ben"))) == {"7": "another subscriber has the new address"}
    assert all_rows(world) == before


def test_an_address_that_its_reader_has_left_by_themselves_is_not_brought_back(world: World) -> None:
    synced(world, member("7", "ann"))
    moves(world, "ann", "anna")
    assert done(synced(world, member("7", "ann"))) == {"same": 1}
    assert states(world) == {"anna": "confirmed"}
    # The database learns of it, takes it back, and learns of a third one.
    assert done(synced(world, member("7", "anna"))) == {}
    assert why(synced(world, member("7", "ann"))) == {"7": "has left this address for another by themselves"}
    assert states(world) == {"anna": "confirmed"}
    synced(world, member("7", "annie"))
    assert states(world) == {"annie": "confirmed"}


def test_nor_is_it_entered_anew_for_a_member_whom_nobody_knew(world: World) -> None:
    world.join("ann")
    moves(world, "ann", "anna")
    assert why(synced(world, member("7", "ann"))) == {"7": "whoever had this address has left it for another"}
    assert states(world) == {"anna": "confirmed"}


def test_of_two_members_with_one_address_the_one_who_has_another_goes_alone(world: World) -> None:
    synced(world, member("1", "both"), member("2", "both"))
    assert states(world) == {"both": "confirmed"}
    synced(world, member("2", "both"))
    assert states(world) == {"both": "confirmed"}
    synced(world, member("1", "both"), member("2", "both"))
    assert done(synced(world, member("1", "both"), member("2", "ben"))) == {"new": 1, "same": 1}
    assert states(world) == {"ben": "confirmed", "both": "confirmed"}
    synced(world, member("2", "ben"))
    assert states(world) == {"ben": "confirmed", "both": "ended"}


def test_who_complained_is_brought_back_by_no_number_that_another_member_took_over(world: World) -> None:
    synced(world, member("1", "ann"), member("2", "ben"))
    bounces(world, "ann", SuppressionReason.COMPLAINT)
    rows = [member("1", "anna"), member("10", "ann"), member("2", "ben")]
    for _ in range(2):
        found = synced(world, *rows, believe=True)
        assert states(world) == {"ann": "bounced", "ben": "confirmed"}
    assert why(found)["1"].startswith("the address that they had with another is never to be mailed")


def test_who_shared_an_address_at_which_mail_was_ended_does_not_go_alone(world: World) -> None:
    synced(world, member("1", "both"), member("2", "both"))
    world.leave("both")
    found = synced(world, member("1", "ann"), member("2", "both"), believe=True)
    assert states(world) == {"both": "ended"}
    assert why(found)["1"] == "the reader of the address that they had with another ended what they had there"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_mailbox_whose_reader_ended_is_entered_by_no_other_number(world: World, at_once: bool) -> None:
    synced(world, member("1", "ann"), member("2", "ben"))
    world.leave("ann")
    world.clock.now += WEEK
    if not at_once:
        synced(world, member("1", "anna"), member("2", "ben"), believe=True)
    found = synced(world, member("1", "anna"), member("10", "ann"), member("2", "ben"), believe=True)
    assert states(world) == {"anna": "ended", "ben": "confirmed"}
    assert why(found)["10"] == ENDED_THERE
    # Nor does it become somebody's who has mail.
    found = synced(world, member("1", "anna"), member("2", "ann"), believe=True)
    assert states(world) == {"anna": "ended", "ben": "confirmed"}
    assert why(found)["2"] == f"the new address: {ENDED_THERE}"


def test_addresses_that_are_passed_on_are_taken_in_one_go(world: World) -> None:
    synced(world, member("1", "a"), member("2", "b"), member("3", "c"))
    numbers = {who: each.subscriber.id for who, each in kept(world).items()}
    found = synced(world, member("1", "b"), member("2", "c"), member("3", "d"))
    assert (done(found), found.alone) == ({"moved": 3}, ())
    assert {who: each.subscriber.id for who, each in kept(world).items()} == {
        "b": numbers["a"],
        "c": numbers["b"],
        "d": numbers["c"],
    }


@pytest.mark.parametrize("turned", [False, True])
def test_a_mailbox_that_another_member_has_now_is_theirs_in_whatever_order_the_rows_stand(
    world: World, turned: bool
) -> None:
    synced(world, member("6", "chair", "housing"))
    before = kept(world)["chair"].subscriber.id
    rows = [member("5", "chair", "scotland"), member("6", "cat")]
    synced(world, *(reversed(rows) if turned else rows))
    after = kept(world)
    assert (after["cat"].subscriber.id, after["cat"].category_ids) == (before, ("1",))
    assert after["chair"].category_ids == ("3",)


def test_a_database_that_numbers_its_members_anew_ends_nobody(world: World) -> None:
    synced(world, *MANY)
    before = {who: (each.state, each.subscriber.id) for who, each in kept(world).items()}
    anew = [replace(each, member=f"new-{each.member}") for each in MANY]
    assert done(synced(world, *anew)) == {}
    assert {who: (each.state, each.subscriber.id) for who, each in kept(world).items()} == before
    assert done(synced(world, *anew)) == {"same": 10}


# -- too many at once -----------------------------------------------------------------------------------------


def test_a_fall_by_more_than_a_share_waits_until_it_is_believed_and_all_else_is_done(world: World) -> None:
    synced(world, *MANY)
    found = synced(world, *MANY[4:], member("99", "new"))
    assert (found.held_gone, found.ended, done(found)) == (4, 0, {"new": 1, "gone": 4, "same": 6})
    assert set(states(world).values()) == {"confirmed"}
    found = synced(world, *MANY[4:], member("99", "new"), believe=True)
    assert (found.held_gone, found.ended) == (0, 4)
    assert sum(state == "ended" for state in states(world).values()) == 4


@pytest.mark.parametrize(("gone", "share", "held"), [(3, 0.1, 0), (4, 0.1, 4), (4, 0.5, 0), (6, 0.5, 6)])
def test_the_share_is_the_configs(world: World, gone: int, share: float, held: int) -> None:
    synced(world, *MANY)
    assert synced(world, *MANY[gone:], by=with_share(world, share)).held_gone == held


def test_an_empty_export_ends_nobody_until_it_is_believed(world: World) -> None:
    synced(world, *MANY)
    assert synced(world).held_gone == 10
    assert synced(world, believe=True).ended == 10


def test_a_column_that_slipped_moves_nobody_until_it_is_believed(world: World) -> None:
    synced(world, *MANY)
    slipped = [replace(each, email=address(f"x{each.member}")) for each in MANY]
    before = all_rows(world)
    found = synced(world, *slipped)
    assert (found.held_moves, done(found), len(found.alone)) == (10, {}, 10)
    assert all_rows(world) == before
    assert done(synced(world, *slipped, believe=True)) == {"moved": 10}


def test_a_member_whose_row_cant_be_read_is_there_still(world: World) -> None:
    synced(world, member("1", "ann"), member("2", "ben"))
    assert done(synced(world, member("2", "ben"), present=["1"])) == {"same": 1}
    assert states(world) == {"ann": "confirmed", "ben": "confirmed"}


# -- side by side -----------------------------------------------------------------------------------------------


def test_who_is_in_two_databases_stays_while_one_has_them(world: World) -> None:
    synced(world, member("1", "ann"))
    synced(world, member("77", "ann"), by="staff")
    assert done(synced(world)) == {"gone": 1}
    assert states(world) == {"ann": "confirmed"}
    synced(world, by="staff")
    assert states(world) == {"ann": "ended"}
    assert done(synced(world, member("1", "ann"))) == {"back": 1}


def test_two_databases_with_two_addresses_of_one_person_move_them_once(world: World) -> None:
    synced(world, member("1", "ann"))
    synced(world, member("77", "ann"), by="staff")
    synced(world, member("1", "anna"))
    assert done(synced(world, member("77", "ann"), by="staff")) == {"same": 1}
    assert states(world) == {"anna": "confirmed"}


def test_whom_the_configs_list_has_too_stays_for_it(world: World) -> None:
    synced(world, member("1", "ann"))
    by = replace(settings(world), listed={"weekly": {address("ann")}})
    assert done(synced(world, by=by)) == {"gone": 1}
    assert kept(world)["ann"].entered_by is Actor.LIST
    line = Listed(email=address("ann"), name=None, categories=None)
    hold_to_list(world.store, world.clock, [line], world.digest, LONDON, NO_KEY)
    hold_to_list(world.store, world.clock, [], world.digest, LONDON, NO_KEY)
    assert states(world) == {"ann": "ended"}


def test_a_digest_that_a_source_is_for_no_more_is_let_go(world: World) -> None:
    jobs = replace(world.digest, key="jobs", name="jobs")
    both = replace(settings(world), digests=(world.digest, jobs))
    synced(world, member("1", "ann"), by=both)
    found = synced(world, member("1", "ann"))
    assert (found.gone, found.ended) == (1, 1)
    assert done(synced(world, member("1", "ann"))) == {"same": 1}
    assert done(synced(world, member("1", "ann"), by=both)) == {"back": 1}


def test_who_stopped_all_mail_gets_no_digest_that_is_added_later(world: World) -> None:
    synced(world, member("1", "ann"))
    world.leave("ann")
    jobs = replace(world.digest, key="jobs", name="jobs")
    found = synced(world, member("1", "ann"), by=replace(settings(world), digests=(world.digest, jobs)))
    assert why(found) == {"1": "ended on 23 November 2026, and stays so"}
    assert len(kept(world)) == 1


# -- cut off, and meanwhile -------------------------------------------------------------------------------------


def test_cut_off_and_done_again_it_comes_to_the_same(world: World) -> None:
    rows = [member(str(number), f"r{number}") for number in range(1, 121)]

    def die(_count: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        sync(world.store, world.clock, settings(world), rows, {each.member for each in rows}, on_rows=die)
    assert len(kept(world)) == 80
    assert done(synced(world, *rows)) == {"new": 40, "same": 80}
    assert len(kept(world)) == 120


@pytest.mark.more
def test_who_leaves_while_the_rows_are_gone_through_stays_away(world: World) -> None:
    rows = [member(str(number), f"r{number}") for number in range(1, 91)]
    synced(world, *rows)
    synced(world, believe=True)
    left: list[str] = []

    def leave(_count: int) -> None:
        if not left:
            left.append("r90")
            world.leave("r90")

    sync(world.store, world.clock, settings(world), rows, {each.member for each in rows}, on_rows=leave)
    assert (states(world)["r90"], states(world)["r89"]) == ("ended", "confirmed")
