"""What is told or taken with one person is theirs: no letter makes an address theirs, nor one that they have left."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.cli.console import plain
from solacefeed.deeds.people import erasing
from solacefeed.deeds.people.address_by_reader import ask_to_move, confirm_move
from solacefeed.deeds.people.complaining import Stranger, complain
from solacefeed.deeds.people.confirming import Confirmed
from solacefeed.deeds.people.erasing import Erasing
from solacefeed.deeds.people.exporting import export_of
from solacefeed.deeds.people.fingerprints import refusal
from solacefeed.deeds.people.list_rules import Listed
from solacefeed.deeds.people.preferences import void_links
from solacefeed.deeds.people.subscriber_list import hold_to_list
from solacefeed.deeds.people.suppressing import suppress
from solacefeed.errors import UsageError
from solacefeed.models.desk import LinkKind
from solacefeed.models.letters import OutboxKind
from solacefeed.models.people import SuppressionReason
from solacefeed.store import desk, reader_complaints, suppressions
from tests.deeds.people_world import KEYS, People, address
from tests.store.rows import added, an_edition
from tests.support.builders import LONDON
from tests.support.counting import before_each_statement


@pytest.fixture
def settings(people: People, tmp_path: Path) -> Erasing:
    return Erasing(key=people.settings.key, rehearsals=tmp_path / "mail")


def told_of(people: People, number: int) -> str:
    return json.dumps(plain(export_of(people.world.store, number)))


def complains(people: People, who: str | Confirmed, words: str) -> None:
    """By their link, or by the open form with an address."""
    by_link = isinstance(who, Confirmed)
    complain(
        people.world.store,
        people.clock,
        people.settings,
        number=who.subscriber_id if isinstance(who, Confirmed) else None,
        digest=None,
        words=words,
        stranger=None if by_link else Stranger(email=address(str(who))),
    )


def asks_to_move(people: People, who: Confirmed, to: str) -> None:
    ask_to_move(people.world.store, people.clock, people.settings, who.subscriber_id, who.generation, address(to))
    people.mail()


def is_erased(people: People, who: Confirmed, settings: Erasing) -> None:
    assert erasing.ask(people.world.store, people.clock, who.subscriber_id)
    assert erasing.erase_waiting(people.world.store, people.clock, settings).people == 1


def is_suppressed(people: People, who: str) -> bool:
    with people.world.store.read() as connection:
        return suppressions.find(connection, address(who)) is not None


def is_refused(people: People, who: str) -> bool:
    """Whether others may not enter them."""
    with people.world.store.read() as connection:
        return refusal(connection, address(who), people.settings.key) is not None


# -- a letter with somebody's number ------------------------------------------------------------------------


@pytest.mark.more
def test_who_has_complained_is_told_of_no_other_complaint(people: People) -> None:
    complains(people, "dora", "Dora is angry.")
    ben, ann = people.come("ben"), people.come("ann")
    complains(people, ben, "Ben is angry.")
    complains(people, ann, "Ann is angry.")
    people.mail()
    told = told_of(people, ann.subscriber_id)
    assert "Ann is angry" in told
    assert [each for each in ("dora", "Dora", "ben@", "Ben", "complaints@") if each in told] == []


def test_who_is_erased_takes_no_letter_of_another_along(people: People, settings: Erasing) -> None:
    """That of Ben's complaint waits still, and so does his new link: both say the address that answers."""
    ann, ben = people.come("ann"), people.come("ben")
    complains(people, ann, "Ann is angry.")
    complains(people, ben, "Ben is angry.")
    void_links(people.world.store, people.clock, people.settings, ben.subscriber_id, ben.generation)
    is_erased(people, ann, settings)
    people.deliver()
    (complaint,) = people.mailbox("complaints")
    assert b"Ben is angry" in complaint.content
    assert people.link("ben", "preferences")
    assert not is_refused(people, "complaints")
    with people.world.store.read() as connection:
        assert [each.words for each in reader_complaints.listing(connection, limit=5)] == ["Ben is angry.", ""]


@pytest.mark.more
def test_an_address_that_a_reader_only_asked_for_is_nothing_of_theirs(people: People, settings: Erasing) -> None:
    """Its suppression, its own sign-up and its complaint stay when that reader is erased, and none is told."""
    mallory = people.come("mallory")
    asks_to_move(people, mallory, "victim")
    people.clock.now += timedelta(days=2)
    signed_up = people.ask("victim", name="Vic Tim")
    people.mail()
    complains(people, "victim", "Leave me alone.")
    people.clock.now += timedelta(days=1)
    people.mail()
    suppress(people.world.store, people.clock, [address("victim")], reason=SuppressionReason.OPERATOR, words="wrote")
    told = told_of(people, mallory.subscriber_id)
    assert [each for each in ("Vic Tim", "Leave me alone", "wrote") if each in told] == []
    is_erased(people, mallory, settings)
    assert is_suppressed(people, "victim")
    assert people.sign_up(signed_up).name == "Vic Tim"
    with people.world.store.read() as connection:
        assert "victim@example.org" in reader_complaints.listing(connection, limit=1)[0].words


def test_an_editors_desk_stays_when_a_reader_who_has_named_them_is_erased(people: People, settings: Erasing) -> None:
    with people.world.store.write() as connection:
        added(connection, an_edition())
        link = desk.make_link(connection, an_edition().id, address("jane"), LinkKind.DRAFT, at=people.clock.now)
    mallory = people.come("mallory")
    asks_to_move(people, mallory, "jane")
    is_erased(people, mallory, settings)
    with people.world.store.read() as connection:
        found = desk.find_link(connection, link.id)
    assert found is not None
    assert found.editor == address("jane")
    assert not is_refused(people, "jane")


# -- an address that they have left -------------------------------------------------------------------------


def moved(people: People, who: Confirmed, to: str) -> Confirmed:
    asks_to_move(people, who, to)
    move, generation = tokens.of_hour("moved", people.link(to, "moved"), KEYS, now=people.clock.now)
    done = confirm_move(people.world.store, people.clock, people.settings, move, generation)
    assert done is not None
    return Confirmed(subscriber_id=done.subscriber_id, generation=done.generation, digests=("weekly",), new=False)


@pytest.mark.more
@pytest.mark.parametrize("how", ["signs up", "is suppressed", "complains", "edits"])
def test_who_has_an_address_now_loses_nothing_with_who_has_left_it(people: People, settings: Erasing, how: str) -> None:
    ann = moved(people, people.come("desk"), "ann")
    people.clock.now += timedelta(days=40)
    signed_up = people.ask("desk", name="New Clerk") if how == "signs up" else None
    if how == "is suppressed":
        suppress(people.world.store, people.clock, [address("desk")], reason=SuppressionReason.COMPLAINT, words=None)
    elif how == "complains":
        complains(people, "desk", "I never asked for this.")
    elif how == "edits":
        with people.world.store.write() as connection:
            added(connection, an_edition())
            desk.make_link(connection, an_edition().id, address("desk"), LinkKind.DRAFT, at=people.clock.now)
    people.mail()
    before = people.letters()
    told = told_of(people, ann.subscriber_id)
    assert [each for each in ("New Clerk", "never asked") if each in told] == []
    is_erased(people, ann, settings)
    assert is_suppressed(people, "desk") == (how == "is suppressed")
    assert signed_up is None or people.sign_up(signed_up).name == "New Clerk"
    to_desk = [each for each in before if each.email == address("desk") and each.subscriber_id is None]
    assert [each for each in people.letters() if each.email == address("desk")] == to_desk
    if how in ("signs up", "complains"):
        assert [each.kind for each in to_desk] != []
    assert is_refused(people, "desk") == (how == "is suppressed")
    assert is_refused(people, "ann")


@pytest.mark.more
def test_who_has_come_to_an_address_is_told_nothing_of_who_had_it_before_and_takes_nothing(
    people: People, settings: Erasing
) -> None:
    ann = moved(people, people.come("desk"), "ann")
    people.clock.now += timedelta(days=40)
    clerk = people.come("desk")
    hers = [each for each in people.letters() if each.subscriber_id == ann.subscriber_id]
    told = plain(export_of(people.world.store, clerk.subscriber_id))
    assert [each["kind"] for each in told["letters"]] == [OutboxKind.CONFIRMATION, OutboxKind.WELCOME]
    assert "address_changes" not in told["also"]
    is_erased(people, clerk, settings)
    assert [each for each in people.letters() if each.subscriber_id == ann.subscriber_id] == hers
    assert len(hers) > 2


# -- asked again at the last moment -------------------------------------------------------------------------


@pytest.mark.parametrize("statement", [3, 8, 20])
def test_who_comes_back_while_they_are_being_erased_stays(people: People, settings: Erasing, statement: int) -> None:
    """Their POST comes while the store is looked through."""
    ann = people.come("ann")
    people.clock.now += timedelta(days=2)
    erasing.ask(people.world.store, people.clock, ann.subscriber_id)
    people.ask("ann")
    people.mail()
    left = iter(range(statement))
    came: list[Confirmed | None] = []

    def step() -> None:
        if next(left, None) is None and not came:
            came.append(None)
            came[0] = people.confirm("ann")

    with before_each_statement(people.world.store, step):
        done = erasing.erase_waiting(people.world.store, people.clock, settings)
    assert came[0] is not None
    assert came[0].new
    assert done.people == 0
    assert people.state("ann") == "confirmed"
    assert not is_refused(people, "ann")


def test_an_address_that_becomes_a_subscribers_while_it_is_erased_is_left_whole(
    people: People, settings: Erasing
) -> None:
    people.ask("ann")
    people.mail()
    left = iter(range(5))
    came: list[Confirmed | None] = []

    def step() -> None:
        if next(left, None) is None and not came:
            came.append(None)
            came[0] = people.confirm("ann")

    with (
        before_each_statement(people.world.store, step),
        pytest.raises(UsageError, match=r"ann@example\.org is a subscriber's meanwhile"),
    ):
        erasing.erase_address(people.world.store, people.clock, settings, address("ann"))
    assert people.state("ann") == "confirmed"
    assert not is_refused(people, "ann")


# -- the key of fingerprints --------------------------------------------------------------------------------


def test_where_the_key_is_missed_a_list_enters_nobody_and_ends_nobody_and_nobody_is_erased(
    people: People, settings: Erasing
) -> None:
    world, lines = people.world, [Listed(email=address(each), name=None, categories=None) for each in ("ben", "cat")]
    hold_to_list(world.store, people.clock, lines[:1], world.digest, LONDON, settings.key)
    ann = people.come("ann")
    is_erased(people, ann, settings)
    settings.key.path.rename(settings.key.path.with_name("lost"))
    found = hold_to_list(world.store, people.clock, lines, world.digest, LONDON, settings.key)
    assert (found.new, found.over) == ((), ())
    assert [people.state(each) for each in ("ben", "cat")] == ["confirmed", None]
    ben = people.subscription("ben")
    assert ben is not None
    erasing.ask(world.store, people.clock, ben.subscriber.id)
    waits = erasing.erase_waiting(world.store, people.clock, settings)
    assert (waits.people, str(waits.waits_for).endswith("is not there, the key of fingerprints")) == (0, True)
    settings.key.path.with_name("lost").rename(settings.key.path)
    assert erasing.erase_waiting(world.store, people.clock, settings).people == 1
    hold_to_list(world.store, people.clock, lines, world.digest, LONDON, settings.key)
    assert [people.state(each) for each in ("ben", "cat")] == [None, "confirmed"]


# -- what is counted ----------------------------------------------------------------------------------------


def test_no_mailbox_gets_more_by_an_asker_who_is_erased_and_comes_back(people: People, settings: Erasing) -> None:
    for _ in range(5):
        mallory = people.come("mallory")
        asks_to_move(people, mallory, "victim")
        is_erased(people, mallory, settings)
        people.clock.now += timedelta(minutes=5)
    assert len(people.mailbox("victim")) == 1


def test_nobody_asks_for_more_changes_by_being_erased_and_coming_back(people: People, settings: Erasing) -> None:
    for number in range(5):
        mallory = people.come("mallory")
        asks_to_move(people, mallory, f"victim{number}")
        is_erased(people, mallory, settings)
    assert [len(people.mailbox(f"victim{number}")) for number in range(5)] == [1, 1, 1, 0, 0]


def test_what_was_mailed_by_the_form_counts_also_when_its_reader_is_erased_at_once(
    people: People, settings: Erasing
) -> None:
    people.ask("victim")
    people.mail()
    erasing.erase_address(people.world.store, people.clock, settings, address("victim"))
    people.ask("victim")
    people.mail()
    assert len(people.mailbox("victim")) == 1
    people.clock.now += timedelta(days=1, minutes=1)
    people.ask("victim")
    people.mail()
    assert len(people.mailbox("victim")) == 2


@pytest.mark.more
@pytest.mark.parametrize("how", ["nobody's", "suppressed", "asked for of late", "a subscriber's", "the asker's own"])
def test_what_is_left_of_the_asks_tells_nothing_of_an_address(people: People, how: str) -> None:
    victim = "mallory" if how == "the asker's own" else "victim"
    if how == "suppressed":
        suppress(people.world.store, people.clock, [address("victim")], reason=SuppressionReason.OPERATOR, words=None)
    elif how == "asked for of late":
        people.ask("victim")
        people.mail()
    elif how == "a subscriber's":
        people.come("victim")
    mallory = people.come("mallory")
    for to in (victim, "first", "second", "third"):
        asks_to_move(people, mallory, to)
    assert [len(people.mailbox(each)) for each in ("first", "second", "third")] == [1, 1, 0]
