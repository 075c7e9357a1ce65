"""What is kept of mail that went has an end: letters go, copies forget to whom they went, and sums stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solacefeed.deeds.people import sign_up_retention
from solacefeed.deeds.people.mail_retention import let_go
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.store import address_requests, deliveries, desk, outbox
from tests.deeds.world import World
from tests.support.builders import MONDAY, a_source_post
from tests.support.counting import transactions_that_write

MONTH = timedelta(days=30)


def let_go_after(world: World, days: int) -> None:
    now = MONDAY + timedelta(days=days)
    let_go(world.store, now, keep_letters=timedelta(days=90), keep_copies=timedelta(days=366))


def letters(world: World) -> int:
    with world.store.read() as connection:
        return len(outbox.listing(connection, limit=10))


def test_a_letter_is_kept_for_its_time_and_what_waits_stays(world: World) -> None:
    words = LetterWords(subject="Your link", text="", html="", language="en")
    for kind, not_after in ((OutboxKind.LINK, MONDAY), (OutboxKind.DRAFT, MONDAY + 12 * MONTH)):
        letter = NewLetter(kind=kind, email="ann@example.org", words=words, not_after=not_after)
        with world.store.write() as connection:
            outbox.put(connection, letter, at=MONDAY, name=lambda *_: "<1@example.org>")
    with world.store.write() as connection:
        outbox.expire(connection, at=MONDAY + timedelta(hours=1))
    let_go_after(world, 89)
    assert letters(world) == 2
    let_go_after(world, 91)
    assert letters(world) == 1


@pytest.mark.more
def test_a_copy_forgets_to_whom_it_went_and_no_sum_changes(world: World) -> None:
    world.appear(a_source_post())
    world.join("ann", "bob")
    world.prepare()
    world.deliver()
    let_go_after(world, 365)
    assert sorted(world.copies()) == ["ann", "bob"]
    let_go_after(world, 367)
    with world.store.read() as connection:
        found = deliveries.listing(connection, edition_id=None, state=None, limit=5)
        assert deliveries.tally(connection) == {"accepted": 2}
    assert {(copy.email, copy.name, copy.answer) for copy in found} == {("", None, None)}
    assert {copy.subscriber_id for copy in found} == {1, 2}
    with transactions_that_write(world.store) as written:
        let_go_after(world, 368)
    assert written.count == 0


def test_what_was_typed_for_a_move_or_at_the_desks_door_goes_after_a_month(world: World) -> None:
    world.join("ann")
    with world.store.write() as connection:
        address_requests.add(connection, 1, "stranger@example.com", at=MONDAY)
        desk.ask(connection, "stranger@example.com", at=MONDAY)

    def left(days: int) -> tuple[bool, int]:
        now = MONDAY + timedelta(days=days)
        sign_up_retention.let_go(world.store, now, keep_networks=MONTH)
        with world.store.read() as connection:
            return address_requests.find(connection, 1) is not None, desk.count_asks(connection)

    assert left(29) == (True, 1)
    assert left(31) == (False, 0)
