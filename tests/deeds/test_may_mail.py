"""Whether somebody may be mailed, and why: what can be shown, and what keeps mail from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.deeds.people.address_by_operator import change_address
from solacefeed.deeds.people.erasing import ask
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.may_mail import verdicts
from solacefeed.deeds.people.suppressing import allow_again, suppress
from solacefeed.errors import UsageError
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.models.people import Actor, SuppressionReason
from solacefeed.store import deliveries, fingerprints, outbox, subscribers
from tests.deeds.world import World
from tests.support.builders import MONDAY, WEEK, a_source_post
from tests.support.counting import Tally

ANN = "ann@example.org"


@pytest.fixture
def key(tmp_path: Path) -> FingerprintKey:
    return FingerprintKey(path=tmp_path / "apart" / "key")


def told(world: World, key: FingerprintKey, email: str = ANN) -> list[tuple[bool, str]]:
    with world.store.read() as connection:
        return [(each.may, each.why) for each in verdicts(connection, email, key)]


def number(world: World) -> int:
    with world.store.read() as connection:
        found = subscribers.find(connection, ANN)
    assert found is not None
    return found.id


def bounce(world: World, email: str = ANN) -> None:
    suppress(world.store, world.clock, [email], reason=SuppressionReason.HARD, words="no such mailbox")


def erase(world: World) -> None:
    ask(world.store, world.clock, number(world))


def pause(world: World) -> None:
    with world.store.write() as connection:
        subscribers.pause(
            connection, number(world), "weekly", until=MONDAY + WEEK, since=None, at=MONDAY, by=Actor.READER
        )


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (
            number,
            (True, "consent of 2026-11-23 08:00 UTC, entered by you; a form of paper shows it"),
        ),
        (lambda world: world.leave("ann"), (False, "they ended it themselves on 2026-11-23 08:00 UTC")),
        (pause, (False, "paused until 2026-11-30 08:00 UTC")),
        (
            bounce,
            (
                False,
                "is never to be mailed since 23 November 2026: no such mailbox (`solacefeed suppressions list`)",
            ),
        ),
        (erase, (False, "is being erased")),
    ],
)
def test_what_keeps_mail_from_somebody_is_told_or_on_which_basis_it_goes(
    world: World, key: FingerprintKey, happens: Callable[[World], object], why: tuple[bool, str]
) -> None:
    world.join("ann")
    happens(world)
    assert told(world, key) == [why]


def test_of_a_stranger_and_of_who_was_erased_is_told_so(world: World, key: FingerprintKey) -> None:
    assert told(world, key) == [(False, "nobody subscribes with this address")]
    with world.store.write() as connection:
        fingerprints.add(connection, key.fingerprint(ANN), at=MONDAY)
    assert told(world, key) == [(False, "was erased at the person's wish: only they can come back, by the form")]


# -- suppressions -----------------------------------------------------------------------------------------


def test_who_is_suppressed_after_the_preparation_gets_nothing_nor_a_letter(world: World) -> None:
    world.appear(a_source_post())
    world.join("ann", "bob")
    world.prepare()
    letter = NewLetter(
        kind=OutboxKind.LINK,
        email="Ann@example.org",
        words=LetterWords(subject="Your link", text="", html="", language="en"),
        not_after=MONDAY + WEEK,
    )
    with world.store.write() as connection:
        outbox.put(connection, letter, at=MONDAY, name=lambda *_: "<1@example.org>")

    def when_both_copies_are_claimed() -> bool:
        bounce(world)
        return False

    world.stop = when_both_copies_are_claimed
    world.deliver()
    assert world.got() == ["bob"]
    with world.store.read() as connection:
        assert [each.state for each in outbox.listing(connection, limit=5)] == ["cancelled"]


def test_a_copy_that_waits_for_who_is_suppressed_is_told_as_such(world: World) -> None:
    world.appear(a_source_post())
    world.join("ann")
    world.prepare()
    bounce(world)
    world.deliver()
    assert [(each.state, each.answer) for each in world.copies().values()] == [
        ("cancelled", "the address is never to be mailed")
    ]


def test_a_file_of_addresses_is_taken_line_by_line_and_a_bad_line_costs_no_other(world: World) -> None:
    lines = ["# from the old tool\n", "\n", " Ann@Example.org\n", "nobody\n", "bob@example.org", "ann@example.org"]
    done = suppress(world.store, world.clock, lines, reason=SuppressionReason.OPERATOR, words=None)
    assert done.line() == ("suppressions: 2 addresses are never mailed from now on, 1 was so before, 1 line refused")
    assert [line.partition(":")[0] for line in done.refused] == ["line 4"]
    assert allow_again(world.store, world.clock, "ANN@example.org")
    assert not allow_again(world.store, world.clock, "ann@example.org")


def test_however_many_lines_a_file_has_the_letters_that_wait_are_looked_at_once_a_chunk(world: World) -> None:
    looks = Tally()

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        looks.count += statement.startswith("SELECT outbox.id")

    sa.event.listen(world.store.engine, "before_cursor_execute", count)
    lines = [f"r{number}@example.org" for number in range(50)]
    suppress(world.store, world.clock, lines, reason=SuppressionReason.OPERATOR, words=None)
    assert looks.count == 1


# -- another address --------------------------------------------------------------------------------------


def test_who_changes_their_address_keeps_what_they_have_got_and_gets_what_waits_there(
    world: World, key: FingerprintKey
) -> None:
    world.appear(a_source_post())
    world.join("ann")
    world.prepare()
    before = number(world)
    assert change_address(world.store, world.clock, "Ann@example.org", "anna@example.org", key)
    world.deliver()
    assert world.got() == ["anna"]
    with world.store.read() as connection:
        moved = subscribers.find(connection, "anna@example.org")
        copy = deliveries.of_reader(connection, "weekly/2026-11-23", before)
    assert moved is not None
    assert (moved.id, moved.generation) == (before, 1)
    assert copy is not None
    assert told(world, key) == [(False, "nobody subscribes with this address")]


def test_what_bounced_at_the_old_address_is_as_it_was_before(world: World, key: FingerprintKey) -> None:
    world.join("ann")
    bounce(world)
    assert change_address(world.store, world.clock, ANN, "anna@example.org", key)
    assert [may for may, _ in told(world, key, "anna@example.org")] == [True]


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINT, SuppressionReason.OPERATOR])
def test_a_complaint_and_the_operators_word_go_with_somebody_to_their_new_address(
    world: World, key: FingerprintKey, reason: SuppressionReason
) -> None:
    world.join("ann")
    suppress(world.store, world.clock, [ANN], reason=reason, words=None)
    assert change_address(world.store, world.clock, ANN, "anna@example.org", key)
    ((may, why),) = told(world, key, "anna@example.org")
    assert not may
    assert why.startswith("is never to be mailed")
    assert allow_again(world.store, world.clock, "anna@example.org")
    assert [may for may, _ in told(world, key, "anna@example.org")] == [True]


def test_nobody_is_entered_by_others_where_somebody_ended_who_has_another_address(
    world: World, key: FingerprintKey
) -> None:
    world.join("ann")
    world.leave("ann")
    assert change_address(world.store, world.clock, ANN, "anna@example.org", key)
    with pytest.raises(UsageError, match="ended what they had there"):
        world.join("ann")


def test_an_address_is_changed_into_no_others_and_into_none_that_may_not_be_mailed(
    world: World, key: FingerprintKey
) -> None:
    world.join("ann", "bob")
    bounce(world, "carol@example.org")
    with pytest.raises(UsageError, match="another subscriber's: to have one in place of two"):
        change_address(world.store, world.clock, ANN, "Bob@example.org", key)
    with pytest.raises(UsageError, match="never to be mailed"):
        change_address(world.store, world.clock, ANN, "carol@example.org", key)
    assert change_address(world.store, world.clock, ANN, "Ann@Example.org", key)
    assert not change_address(world.store, world.clock, ANN, "Ann@Example.org", key)
