"""An edition that an editor must approve, and that has nothing for anybody, waits for nobody when it has closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.models.digests import Approval
from solacefeed.models.editions import Editing, EditionState
from solacefeed.store import editions
from tests.deeds.world import World
from tests.support.builders import MONDAY, WEEK, a_source_post

BEFORE = MONDAY.replace(hour=7)
CLOSING = BEFORE + WEEK
NAME = "weekly/2026-11-30"


@pytest.fixture
def quiet(world: World) -> World:
    """A week without a post, after one whose post everybody has; the draft of it is there."""
    world.join("ann")
    world.appear(a_source_post(id="1", published=BEFORE - timedelta(days=2)))
    world.prepare()
    world.deliver()
    approved = replace(world.digest.first, approval=Approval.REQUIRED)
    world.digest = replace(world.digest, cadences=(approved, *world.digest.cadences[1:]), draft_lead=timedelta(days=1))
    world.clock.now = CLOSING - timedelta(hours=2)
    world.prepare()
    return world


def closes(world: World) -> str:
    world.clock.now = CLOSING + timedelta(minutes=10)
    return world.prepare().news


def test_a_week_without_a_post_is_skipped_at_its_closing_and_asks_no_editor(quiet: World) -> None:
    assert quiet.editions()[-1].state is EditionState.DRAFT
    assert closes(quiet) == f"{NAME} skipped: no new posts"
    edition = quiet.editions()[-1]
    assert (edition.id, edition.state, edition.reason) == (NAME, EditionState.SKIPPED, "no new posts")
    assert edition.counts is not None
    assert (edition.counts.readers, edition.counts.empty) == (0, 1)
    assert quiet.prepare().news == "no edition is due"


def test_a_closing_that_nobody_drafted_before_it_is_skipped_at_the_first_look_after_it(quiet: World) -> None:
    quiet.clock.now = CLOSING + WEEK + timedelta(minutes=10)
    assert "weekly/2026-12-07 skipped: no new posts" in quiet.prepare().news


def test_a_post_of_that_week_makes_it_wait_for_its_editor(quiet: World) -> None:
    quiet.appear(a_source_post(id="2", published=CLOSING - timedelta(hours=1)))
    assert closes(quiet) == f"{NAME} waits for an editor: `solacefeed editions approve {NAME}`"
    assert quiet.editions()[-1].state is EditionState.DRAFT


def test_what_one_reader_lacks_of_an_earlier_week_makes_it_wait_too(quiet: World) -> None:
    quiet.digest = replace(quiet.digest, events_alone=False)
    quiet.join("ben")
    with quiet.store.write() as connection:
        copy = quiet.copies()["ann"]
        connection.exec_driver_sql(f"UPDATE deliveries SET state = 'cancelled' WHERE id = {copy.id}")
    assert "waits for an editor" in closes(quiet)


def test_one_that_an_editor_has_written_into_waits_for_them(quiet: World) -> None:
    with quiet.store.write() as connection:
        edition = editions.find(connection, NAME)
        assert edition is not None
        editions.edit(connection, NAME, Editing(opening="A quiet week."))
    assert "waits for an editor" in closes(quiet)
