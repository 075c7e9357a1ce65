"""What is done of an edition before it leaves: it is written down with who and when, and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.deeds.editions import desk_acts
from solacefeed.deeds.editions.undoing import ChangedSince, EditionFrozen, undo
from solacefeed.digest.approved_drafts import as_told
from solacefeed.errors import UsageError
from solacefeed.models.desk import ActKind, DeskAct, LinkKind
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import desk, editions
from tests.deeds.world import World
from tests.store.rows import an_edition
from tests.support.builders import LONDON, MONDAY, WEEK, a_source_post

JANE = "jane@example.org"
THIS = "weekly/2026-11-24"


SETTLE = timedelta(minutes=30)


@pytest.fixture
def drafted(world: World) -> World:
    """A draft that closes tomorrow."""
    with world.store.write() as connection:
        editions.add(connection, an_edition(name=THIS, ends=MONDAY + timedelta(days=1), state=EditionState.DRAFT))
    return world


def acts(world: World) -> list[DeskAct]:
    with world.store.read() as connection:
        return desk.acts(connection, THIS)


def edition(world: World, edition_id: str = THIS) -> Edition:
    with world.store.read() as connection:
        found = editions.find(connection, edition_id)
    assert found is not None
    return found


def take_back(world: World, number: int | None = None) -> DeskAct:
    return undo(world.store, world.clock, THIS, number or acts(world)[0].id, by=JANE)


def test_an_act_is_written_down_with_who_and_when_and_what_it_changed(drafted: World) -> None:
    desk_acts.hold(drafted.store, drafted.clock, THIS, reason="a typo", by=JANE)
    drafted.clock.forward(minutes=5)
    drafted.approve(THIS, by=JANE)
    told = [(act.kind, act.editor, act.at, act.before["state"], act.after["state"]) for act in acts(drafted)]
    assert told == [
        (ActKind.APPROVED, JANE, MONDAY + timedelta(minutes=5), "held", "approved"),
        (ActKind.HELD, JANE, MONDAY, "draft", "held"),
    ]
    drafted.clock.forward(minutes=1)
    assert as_told(acts(drafted)[0].after) == drafted.seen(THIS)


def test_what_is_refused_leaves_no_act(drafted: World) -> None:
    with pytest.raises(UsageError, match="not held but draft"):
        desk_acts.release(drafted.store, drafted.clock, THIS, lambda _: drafted.digest, by=JANE, seen=None)
    assert acts(drafted) == []


def test_what_changes_nothing_leaves_no_act(drafted: World) -> None:
    desk_acts.edit(drafted.store, drafted.clock, THIS, lambda editing: editing, by=JANE)
    assert acts(drafted) == []


def test_an_approval_is_taken_back_to_what_the_edition_was(drafted: World) -> None:
    desk_acts.hold(drafted.store, drafted.clock, THIS, reason="a typo", by=JANE)
    drafted.approve(THIS, by=JANE)
    take_back(drafted)
    assert (edition(drafted).state, edition(drafted).reason) == (EditionState.HELD, "a typo")
    undone = acts(drafted)[0]
    assert (undone.undone_at, undone.undone_by) == (MONDAY, JANE)


def test_one_of_two_dropped_posts_comes_back_and_the_other_stays_out(drafted: World) -> None:
    for post_id in ("1", "2"):
        desk_acts.drop(drafted.store, drafted.clock, THIS, post_id, "A post", by=JANE)
    first = acts(drafted)[1]
    take_back(drafted, first.id)
    assert edition(drafted).editing.dropped == ("2",)


def test_a_post_that_is_kept_and_dropped_again_is_as_it_was_after_both_are_undone(drafted: World) -> None:
    desk_acts.keep(drafted.store, drafted.clock, THIS, "1", "A post", by=JANE)
    desk_acts.drop(drafted.store, drafted.clock, THIS, "1", "A post", by=JANE)
    assert edition(drafted).editing.kept == ()
    take_back(drafted)
    take_back(drafted, acts(drafted)[1].id)
    assert edition(drafted).editing == an_edition().editing


def opening(world: World, words: str) -> None:
    desk_acts.edit(world.store, world.clock, THIS, lambda e: replace(e, opening=words), by=JANE, kind=ActKind.OPENING)


def test_what_was_changed_since_is_not_taken_back_over_somebody_elses_words(drafted: World) -> None:
    opening(drafted, "A short week.")
    opening(drafted, "A long week.")
    with pytest.raises(ChangedSince):
        take_back(drafted, acts(drafted)[1].id)
    assert edition(drafted).editing.opening == "A long week."
    take_back(drafted)
    take_back(drafted, acts(drafted)[1].id)
    assert edition(drafted).editing.opening is None


def test_nothing_is_taken_back_of_a_frozen_edition_nor_twice(drafted: World) -> None:
    opening(drafted, "A short week.")
    take_back(drafted)
    with pytest.raises(UsageError, match="nothing to undo"):
        take_back(drafted)
    opening(drafted, "A long week.")
    with drafted.store.write() as connection:
        editions.move(connection, THIS, leaving=(EditionState.DRAFT,), to=EditionState.DELIVERING)
    with pytest.raises(EditionFrozen):
        take_back(drafted)


def test_a_notice_that_is_taken_back_goes_to_nobody(drafted: World) -> None:
    words = "The office is closed\n\nFrom Monday on."
    begun = desk_acts.begin_notice(
        drafted.store, drafted.clock, THIS, drafted.digest, LONDON, words=words, slugs=None, by=JANE
    ).outcome
    with drafted.store.read() as connection:
        (act,) = desk.acts(connection, begun.id)
    assert (begun.state, act.kind, act.title) == (EditionState.DRAFT, ActKind.BEGUN, "The office is closed")
    undo(drafted.store, drafted.clock, begun.id, act.id, by=JANE)
    assert edition(drafted, begun.id).state is EditionState.SKIPPED


def test_what_was_done_of_a_cancelled_edition_goes_with_it_when_another_takes_its_name(drafted: World) -> None:
    opening(drafted, "A short week.")
    with drafted.store.write() as connection:
        link = desk.make_link(connection, THIS, JANE, LinkKind.DRAFT, at=MONDAY)
        editions.move(connection, THIS, leaving=(EditionState.DRAFT,), to=EditionState.CANCELLED)
        another = an_edition(name=THIS, ends=MONDAY + timedelta(days=1), state=EditionState.DRAFT)
        assert editions.add(connection, replace(another, issue=2))
        aside = desk.find_link(connection, link.id)
    assert acts(drafted) == []
    assert aside is not None
    assert edition(drafted, aside.edition_id).state is EditionState.CANCELLED


def test_what_is_approved_brings_what_stands_in_the_draft_and_would_settle_by_the_closing(drafted: World) -> None:
    drafted.digest = replace(drafted.digest, settle=SETTLE)
    drafted.join("ann")
    drafted.clock.forward(hours=20)
    drafted.appear(a_source_post(id="1", title="Seen", published=drafted.clock()))
    drafted.approve(THIS, by=JANE)
    drafted.clock.forward(minutes=1)
    drafted.prepare()
    assert edition(drafted).state is EditionState.PREPARING
    assert [pick.post_id for pick in drafted.variant_of("ann", THIS).picks] == ["1"]


def test_what_nobody_had_seen_who_approved_waits_for_the_next_edition(world: World) -> None:
    """Also where it is approved at the prompt, which names no draft."""
    world.digest, closes = replace(world.digest, settle=SETTLE), MONDAY + WEEK
    name = "weekly/2026-11-30"
    with world.store.write() as connection:
        editions.add(connection, an_edition(name=name, ends=closes, state=EditionState.DRAFT))
    world.join("ann")
    world.clock.now = closes - timedelta(hours=4)
    world.appear(a_source_post(id="1", title="Seen", published=world.clock()))
    world.approve(name)
    world.clock.forward(minutes=1)
    world.appear(a_source_post(id="2", title="Unseen", published=world.clock()))
    world.prepare()
    assert [pick.post_id for pick in world.variant_of("ann", name).picks] == ["1"]
    for at in (closes, closes + WEEK):
        world.clock.now = at + timedelta(minutes=1)
        world.prepare()
        world.deliver()
    assert [pick.post_id for pick in world.variant_of("ann", "weekly/2026-12-07").picks] == ["2"]
