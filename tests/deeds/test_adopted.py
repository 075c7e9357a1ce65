"""What had left before a store was brought back is made again at the next look, each edition once, however late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.models.digests import Approval
from solacefeed.models.editions import EditionCounts, EditionState
from solacefeed.store import adopted, editions
from solacefeed.store.adopted import Adoption
from tests.deeds.world import World
from tests.store.rows import an_edition
from tests.support.builders import MONDAY, WEEK, a_source_post

THIS, NEXT, LAST = "weekly/2026-11-23", "weekly/2026-11-30", "weekly/2026-12-07"
CLOSED = MONDAY.replace(hour=7)


def was_adopted(world: World, *left: str, done: tuple[str, ...] = ()) -> None:
    """By now, and the log beside the store has copies of these editions."""
    adoption = Adoption(since=None, until=world.clock.now, is_complete=True, left=left, done=done)
    with world.store.write() as connection:
        adopted.put(connection, adoption)


def wants_approval(world: World) -> None:
    first = replace(world.digest.first, approval=Approval.REQUIRED)
    world.digest = replace(world.digest, cadences=(first,))


def begun(world: World) -> dict[str, str]:
    return {each.id: each.state.value for each in world.editions()}


def appears(world: World, number: str, days: float) -> None:
    world.appear(a_source_post(id=number, published=CLOSED + timedelta(days=days)))


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED])
def test_what_waited_when_the_store_was_copied_and_left_since_is_made_by_the_next_look(
    world: World, state: EditionState
) -> None:
    wants_approval(world)
    with world.store.write() as connection:
        editions.add(connection, an_edition(name=THIS, ends=CLOSED, state=state))
    world.join("ann")
    appears(world, "1", -1)
    was_adopted(world, THIS)
    world.clock.now = CLOSED + timedelta(days=4)
    world.prepare()
    assert begun(world) == {THIS: "delivering"}
    assert not world.is_due()


def test_each_edition_that_left_is_made_again_with_its_own_posts_though_others_closed_since(world: World) -> None:
    world.had_an_edition()
    world.clock.now = CLOSED - timedelta(days=2)
    world.join("ann")
    for number, days in (("1", -1), ("2", 6), ("3", 13)):
        appears(world, number, days)
    world.clock.now = CLOSED + 2 * WEEK + timedelta(hours=1)
    was_adopted(world, NEXT, THIS)
    world.prepare()
    assert begun(world) == {
        "weekly/2026-11-09": "done",
        THIS: "delivering",
        NEXT: "delivering",
        LAST: "delivering",
    }
    told = {each: [pick.post_id for pick in world.variant_of("ann", each).picks] for each in (THIS, NEXT, LAST)}
    assert told == {THIS: ["1"], NEXT: ["2"], LAST: ["3"]}
    assert not world.is_due()


def test_what_waits_for_a_word_is_made_by_none_once_what_left_of_that_name_was_seen_to(world: World) -> None:
    wants_approval(world)
    world.join("ann")
    appears(world, "1", -1)
    world.clock.now = CLOSED + timedelta(hours=1)
    was_adopted(world, THIS, done=(THIS,))
    world.prepare()
    assert begun(world) == {THIS: "draft"}


def test_what_was_frozen_and_held_when_the_store_was_copied_and_left_since_leaves_again(world: World) -> None:
    world.join("ann")
    appears(world, "1", -1)
    world.clock.now = CLOSED + timedelta(hours=1)
    world.prepare()
    with world.store.write() as connection:
        editions.move(connection, THIS, leaving={EditionState.DELIVERING}, to=EditionState.HELD, reason="by an editor")
    was_adopted(world, THIS)
    world.prepare()
    assert begun(world) == {THIS: "delivering"}


def test_an_edition_that_left_is_held_for_no_number_of_posts_and_asks_nobody(world: World) -> None:
    world.digest = replace(world.digest, hold_over=1.5)
    world.had_an_edition()
    with world.store.write() as connection:
        editions.note_counts(connection, "weekly/2026-11-09", EditionCounts(posts=1, readers=1, variants=1))
    world.clock.now = CLOSED - timedelta(days=2)
    world.join("ann")
    for number in range(1, 30):
        appears(world, str(number), -1)
    world.clock.now = CLOSED + timedelta(hours=1)
    was_adopted(world, THIS)
    world.prepare()
    assert begun(world)[THIS] == "delivering"
