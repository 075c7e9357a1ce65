"""What waits goes by the config of now: a closing that is moved takes its draft along, and no edition is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from solacefeed.deeds.editions.desk_acts import edit, hold, release
from solacefeed.deeds.upkeep.edition_status import last_edition
from solacefeed.models.digests import Approval, Cadence, CadenceKind, Closing
from solacefeed.models.editions import Edition, EditionState
from tests.deeds.world import World
from tests.support.builders import MONDAY, a_digest, a_source_post

HOUR = timedelta(hours=1)
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("2",), published=MONDAY - 12 * HOUR)
THIS = "weekly/2026-11-23"
EVERY_DAY = tuple(Closing(weekday=day, at=time(7)) for day in range(7))


def closing_on(world: World, weekday: int, hour: int) -> None:
    """The config says so from now on."""
    cadence = Cadence(
        kind=CadenceKind.WEEKLY, closings=(Closing(weekday=weekday, at=time(hour)),), approval=Approval.HOLD
    )
    world.digest = replace(a_digest(), cadences=(cadence,))


def drafted(world: World) -> Edition:
    """Six hours before Monday's closing there is a draft, and an editor has written a line for it."""
    world.join("ann")
    world.appear(POST)
    world.clock.now = MONDAY - 7 * HOUR
    closing_on(world, 0, 7)
    world.prepare()
    edit(world.store, world.clock, THIS, lambda editing: replace(editing, opening="A short week."))
    return world.the_edition()


def test_a_draft_leaves_when_its_day_closes_now_with_all_that_its_editor_has_made_of_it(world: World) -> None:
    drafted(world)
    closing_on(world, 0, 5)
    world.clock.now = MONDAY - 2 * HOUR
    world.prepare()
    edition = world.the_edition()
    assert (edition.state, edition.issue, edition.editing.opening) == (EditionState.DELIVERING, 1, "A short week.")
    assert edition.period.ends == MONDAY - 3 * HOUR
    world.clock.now = MONDAY + HOUR
    world.prepare()
    assert [each.id for each in world.editions() if each.period.ends <= MONDAY] == [THIS]


@pytest.mark.more
def test_a_draft_that_is_put_off_within_its_day_does_not_leave_before(world: World) -> None:
    drafted(world)
    closing_on(world, 0, 15)
    world.prepare()
    world.clock.now = MONDAY
    world.prepare()
    assert (world.the_edition().state, world.deliver().accepted) == (EditionState.DRAFT, 0)
    world.clock.now = MONDAY + 8 * HOUR
    world.prepare()
    assert world.deliver().accepted == 1


@pytest.mark.more
def test_what_is_held_and_released_waits_for_the_closing_of_now(world: World) -> None:
    drafted(world)
    hold(world.store, world.clock, THIS)
    closing_on(world, 0, 15)
    world.prepare()
    world.clock.now = MONDAY
    release(world.store, world.clock, THIS, lambda _: world.digest, seen=world.seen(THIS))
    world.prepare()
    assert world.deliver().accepted == 0
    world.clock.now = MONDAY + 8 * HOUR
    world.prepare()
    assert world.deliver().accepted == 1


def test_a_draft_whose_day_closes_no_more_leaves_its_posts_to_the_next_closing(world: World) -> None:
    drafted(world)
    closing_on(world, 2, 7)
    assert world.prepare().line() == (
        f"prepare: {THIS} is cancelled: its closing was moved; its posts stand in the next one"
    )
    world.clock.now = MONDAY
    world.prepare()
    assert world.deliver().accepted == 0
    world.clock.now = MONDAY + timedelta(days=2)
    world.prepare()
    assert (world.deliver().accepted, [each.id for each in world.editions()][-1]) == (1, "weekly/2026-11-25")


def test_a_closing_that_was_moved_and_moved_back_has_its_edition(world: World) -> None:
    drafted(world)
    closing_on(world, 2, 7)
    world.prepare()
    closing_on(world, 0, 7)
    world.prepare()
    world.clock.now = MONDAY
    world.prepare()
    assert world.deliver().accepted == 1


def with_a_daily(world: World, approval: Approval = Approval.HOLD) -> None:
    daily = Cadence(kind=CadenceKind.DAILY, closings=EVERY_DAY, approval=approval)
    world.digest = replace(a_digest(), cadences=(*a_digest().cadences, daily))


@pytest.mark.more
def test_what_waits_of_a_cadence_that_is_dropped_holds_nothing_back(world: World) -> None:
    with_a_daily(world, Approval.REQUIRED)
    world.join("ann", cadence=CadenceKind.DAILY)
    world.appear(POST)
    world.clock.now = MONDAY - 7 * HOUR
    world.prepare()
    (waiting,) = [each.id for each in world.editions() if each.state is EditionState.DRAFT]
    world.digest = a_digest()
    world.prepare()
    assert [each.id for each in world.editions() if each.state is EditionState.CANCELLED] == [waiting]
    world.clock.now = MONDAY
    world.prepare()
    assert world.deliver().accepted == 1


@pytest.mark.more
def test_what_was_approved_and_written_before_its_cadence_was_dropped_leaves_as_promised(world: World) -> None:
    with_a_daily(world)
    world.join("ann", cadence=CadenceKind.DAILY)
    world.appear(POST)
    world.clock.now = MONDAY - 7 * HOUR
    world.prepare()
    (coming,) = [each for each in world.editions() if each.period.ends > world.clock.now]
    world.approve(coming.id)
    world.prepare()
    world.digest = a_digest()
    assert world.deliver().accepted == 0
    world.clock.now = MONDAY
    world.prepare()
    world.deliver()
    assert world.got() == ["ann"]


@pytest.mark.more
def test_what_is_written_and_held_when_its_cadence_is_dropped_frees_its_posts(world: World) -> None:
    with_a_daily(world)
    world.join("ann", cadence=CadenceKind.DAILY)
    world.appear(POST)
    world.clock.now = MONDAY - 7 * HOUR
    world.prepare()
    (coming,) = [each for each in world.editions() if each.period.ends > world.clock.now]
    world.approve(coming.id)
    world.prepare()
    hold(world.store, world.clock, coming.id)
    world.digest = a_digest()
    world.clock.now = MONDAY
    world.prepare()
    assert world.deliver().accepted == 1
    assert world.copies()["ann"].edition_id == THIS


def test_the_edition_of_before_is_the_last_one_where_the_digest_has_another_cadence_now(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.deliver()
    every_day = Cadence(kind=CadenceKind.DAILY, closings=(Closing(weekday=None, at=time(7)),))
    world.digest = replace(a_digest(), cadences=(every_day,))
    with world.store.read() as connection:
        last = last_edition(connection, world.digest, world.clock.now)
    assert last is not None
    assert (last.id, last.state) == (THIS, EditionState.DONE)
