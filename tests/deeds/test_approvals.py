"""What is approved is what goes: what stood in the draft is written down by the approval, and no clock is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from solacefeed.deeds.editions import desk_acts
from solacefeed.deeds.editions.preview import Viewer, preview_edition
from solacefeed.deeds.editions.redrafting import CHANGED
from solacefeed.models.desk import ActKind, NewAct
from solacefeed.models.digests import Corrections
from solacefeed.models.editions import EditionState
from solacefeed.store import desk, editions
from tests.deeds.world import World
from tests.store.rows import an_edition
from tests.support.builders import MONDAY, WEEK, a_source_post, an_event
from tests.support.fakes import Act, Killed

JANE = "jane@example.org"
THIS, NEXT = "weekly/2026-11-30", "weekly/2026-12-07"
CLOSING = MONDAY + WEEK
#: When the edition is approved.
THEN = CLOSING - timedelta(hours=4)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def drafted(world: World) -> World:
    """A draft with post 1, and a post 2 that the blog has withdrawn."""
    with world.store.write() as connection:
        editions.add(connection, an_edition(name=THIS, ends=CLOSING, state=EditionState.DRAFT))
    world.join("ann")
    appears(world, "1", THEN - timedelta(days=2))
    appears(world, "2", THEN - timedelta(days=2))
    world.vanish("2")
    world.clock.now = THEN
    return world


def appears(
    world: World, number: str, at: datetime, *, title: str | None = None, filed: tuple[str, ...] = ("1",)
) -> None:
    """It is seen first when it is published."""
    world.appear(a_source_post(id=number, title=title or f"Post {number}", published=at, category_numbers=filed))


def goes(world: World) -> list[str]:
    """The posts that Ann is to get by the edition that was approved, once the next look has frozen it."""
    world.prepare()
    edition = state(world)
    assert edition == (EditionState.PREPARING, None)
    return sorted(pick.post_id for pick in world.variant_of("ann", THIS).picks)


def comes_next(world: World) -> list[str]:
    for at in (CLOSING, CLOSING + WEEK):
        world.clock.now = at + A_MINUTE
        world.prepare()
        world.deliver()
    return sorted(pick.post_id for pick in world.variant_of("ann", NEXT).picks)


def state(world: World) -> tuple[EditionState, str | None]:
    (edition,) = (each for each in world.editions() if each.id == THIS)
    return edition.state, edition.reason


def test_what_the_editor_saw_goes_whole_though_the_approvers_clock_is_behind_the_pollers(drafted: World) -> None:
    appears(drafted, "3", THEN)
    seen = drafted.seen(THIS)
    drafted.clock.forward(seconds=-10)
    drafted.approve(THIS, by=JANE, seen=seen)
    drafted.clock.forward(minutes=1)
    assert goes(drafted) == ["1", "3"]


def test_a_post_that_was_withdrawn_and_comes_again_after_the_approval_waits_for_the_next_edition(
    drafted: World,
) -> None:
    drafted.approve(THIS)
    drafted.clock.forward(seconds=30)
    drafted.appear(a_source_post(id="2", title="Nobody saw it", published=THEN - timedelta(days=2)))
    assert goes(drafted) == ["1"]
    assert comes_next(drafted) == ["2"]


def test_what_a_slow_poll_writes_after_the_approval_waits_though_it_was_asked_for_before(drafted: World) -> None:
    drafted.approve(THIS)
    drafted.clock.forward(minutes=1)
    appears(drafted, "3", THEN - timedelta(minutes=10))
    assert goes(drafted) == ["1"]
    assert comes_next(drafted) == ["3"]


def test_what_is_filed_under_the_digest_after_the_approval_waits_for_the_next_edition(drafted: World) -> None:
    drafted.digest = replace(drafted.digest, categories=("housing",))
    appears(drafted, "3", THEN - timedelta(days=1), filed=("3",))
    drafted.approve(THIS)
    drafted.clock.forward(minutes=1)
    appears(drafted, "3", THEN - timedelta(days=1), filed=("1",))
    assert goes(drafted) == ["1"]
    assert comes_next(drafted) == ["3"]


def test_what_is_withdrawn_after_the_approval_is_taken_out_and_the_rest_goes(drafted: World) -> None:
    appears(drafted, "3", THEN - timedelta(days=1))
    drafted.approve(THIS, by=JANE)
    drafted.vanish("3")
    assert goes(drafted) == ["1"]


@pytest.mark.parametrize("by", ["operator", JANE])
@pytest.mark.parametrize(("title", "filed"), [("Rewritten", ("1",)), ("Post 1", ("3",))])
def test_what_reads_otherwise_or_is_filed_elsewhere_by_now_makes_it_a_draft_again(
    drafted: World, by: str, title: str, filed: tuple[str, ...]
) -> None:
    drafted.approve(THIS, by=by)
    drafted.clock.forward(minutes=1)
    appears(drafted, "1", THEN - timedelta(days=2), title=title, filed=filed)
    drafted.prepare()
    assert state(drafted) == (EditionState.DRAFT, CHANGED)
    drafted.approve(THIS, by=by)
    assert goes(drafted) == ["1"]


def test_an_event_that_is_nearer_after_midnight_makes_no_draft_of_what_was_approved_before(drafted: World) -> None:
    drafted.events = (an_event(starts=CLOSING.date() + timedelta(days=1)),)
    drafted.clock.now = CLOSING.replace(hour=0) - timedelta(minutes=5)
    drafted.approve(THIS, by=JANE)
    drafted.clock.forward(minutes=10)
    assert goes(drafted) == ["1"]
    assert "Tomorrow" in drafted.variant_of("ann", THIS).text


def test_what_an_editor_changes_after_the_approval_makes_it_a_draft_again(drafted: World) -> None:
    drafted.approve(THIS, by=JANE)
    desk_acts.drop(drafted.store, drafted.clock, THIS, "1", "Post 1", by="sam@example.org")
    drafted.prepare()
    assert state(drafted) == (EditionState.DRAFT, CHANGED)


def test_what_is_let_go_after_its_closing_is_approved_as_it_stands(drafted: World) -> None:
    desk_acts.hold(drafted.store, drafted.clock, THIS, by=JANE)
    drafted.clock.now = CLOSING + A_MINUTE
    seen = drafted.seen(THIS)
    desk_acts.release(drafted.store, drafted.clock, THIS, lambda _: drafted.digest, by=JANE, seen=seen)
    drafted.appear(a_source_post(id="2", title="Nobody saw it", published=THEN - timedelta(days=2)))
    drafted.prepare()
    assert [pick.post_id for pick in drafted.variant_of("ann", THIS).picks] == ["1"]


def test_what_is_told_of_earlier_posts_is_what_was_told_when_it_was_approved(drafted: World) -> None:
    drafted.digest = replace(drafted.digest, corrections=Corrections.ALWAYS)
    for number in ("8", "9"):
        appears(drafted, number, MONDAY - timedelta(days=1))
    drafted.clock.now = MONDAY
    drafted.prepare()
    drafted.deliver()
    drafted.clock.now = THEN
    appears(drafted, "8", MONDAY - timedelta(days=1), title="Renamed before")
    drafted.approve(THIS)
    appears(drafted, "9", MONDAY - timedelta(days=1), title="Renamed since")
    assert goes(drafted) == ["1"]
    assert "Renamed before" in drafted.variant_of("ann", THIS).text
    assert "Renamed since" not in drafted.variant_of("ann", THIS).text


def test_an_older_post_that_a_reader_lacks_waits_where_it_was_rewritten_after_the_approval(drafted: World) -> None:
    for number in ("8", "9"):
        appears(drafted, number, MONDAY - timedelta(days=1))
    drafted.clock.now = MONDAY
    drafted.prepare()
    drafted.deliver(Act.REJECT)
    drafted.clock.now = THEN
    drafted.approve(THIS)
    appears(drafted, "9", MONDAY - timedelta(days=1), title="Rewritten")
    assert goes(drafted) == ["1", "8"]
    assert comes_next(drafted) == ["9"]


@pytest.mark.parametrize("title", ["Post 1", "Rewritten"])
def test_killed_at_its_freezing_an_edition_is_made_of_what_was_approved_by_the_next_look(
    drafted: World, title: str
) -> None:
    drafted.join("ben", categories=("housing",))
    drafted.approve(THIS)
    with pytest.raises(Killed):
        drafted.prepare_and_die()
    assert state(drafted) == (EditionState.PREPARING, None)
    appears(drafted, "3", THEN - timedelta(minutes=10))
    appears(drafted, "1", THEN - timedelta(days=2), title=title)
    if title == "Post 1":
        assert goes(drafted) == ["1"]
    else:
        drafted.prepare()
        assert (state(drafted), drafted.copies()) == ((EditionState.DRAFT, CHANGED), {})


def test_all_who_look_at_an_approved_edition_see_what_will_go(drafted: World) -> None:
    drafted.approve(THIS)
    appears(drafted, "3", THEN - timedelta(minutes=10))
    seen = drafted.seen(THIS)
    assert seen is not None
    assert list(seen.version.posts) == ["1"]
    shown = preview_edition(drafted.store, drafted.renderer, THIS, drafted.clock.now, Viewer())
    assert (shown.posts, "Post 3" in shown.text) == (1, False)


@pytest.mark.parametrize("title", ["Post 1", "Rewritten"])
@pytest.mark.parametrize("names_a_version", [True, False])
def test_an_approval_by_a_release_before_is_as_good_as_it_was(
    drafted: World, title: str, names_a_version: bool
) -> None:
    """At the desk it named a version, and at the prompt nothing."""
    seen = drafted.seen(THIS)
    assert seen is not None
    after = {"state": "approved", "reason": None} | ({"version": seen.version.whole} if names_a_version else {})
    act = NewAct(
        edition_id=THIS,
        editor=JANE,
        kind=ActKind.APPROVED,
        before={"state": "draft", "reason": None},
        after=after,
    )
    with drafted.store.write() as connection:
        editions.move(connection, THIS, leaving=(EditionState.DRAFT,), to=EditionState.APPROVED)
        desk.note(connection, act, at=THEN)
    appears(drafted, "1", THEN - timedelta(days=2), title=title)
    if title == "Post 1" or not names_a_version:
        assert goes(drafted) == ["1"]
    else:
        drafted.prepare()
        assert state(drafted) == (EditionState.DRAFT, CHANGED)
