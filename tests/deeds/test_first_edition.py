"""The first edition of a digest brings what came before it: what its editors see and approve is what goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from solacefeed.deeds.editions.desk import DeskSight, look
from solacefeed.deeds.editions.drafting import draft
from solacefeed.deeds.editions.freeze import freeze
from solacefeed.deeds.editions.redrafting import CHANGED
from solacefeed.deeds.editions.terms import offer
from solacefeed.digest.drafts import LATE, draft_words
from solacefeed.models.digests import Approval
from solacefeed.models.editions import Edition, EditionState, Variant
from solacefeed.models.people import EVERY
from solacefeed.store import editions, subscribers
from tests.deeds.world import World
from tests.store.rows import an_edition
from tests.support.builders import A_CONSENT, MONDAY, WEEK, a_source_post

JANE = "jane@example.org"

#: When the digest's period before closed, and this one does.
BEFORE = MONDAY.replace(hour=7)
CLOSING = BEFORE + WEEK
OLD = ("1", "2")


@pytest.fixture
def first(world: World) -> World:
    """A new digest, whose first reader comes the day before its first closing; its posts are of the week before."""
    approved = replace(world.digest.first, approval=Approval.REQUIRED)
    world.digest = replace(world.digest, cadences=(approved, *world.digest.cadences[1:]))
    for number in OLD:
        at = BEFORE - timedelta(days=int(number))
        world.appear(a_source_post(id=number, title=f"Post {number}", published=at))
    world.clock.now = CLOSING - timedelta(hours=20)
    world.join("ann")
    world.prepare()
    return world


def at_the_desk(world: World) -> DeskSight:
    return look(world.store, world.renderer, world.editions()[-1], (), world.clock.now)


def ids(sight: DeskSight) -> list[str]:
    assert sight.draft is not None
    return sorted(post.id for post in sight.draft.posts)


def approve(world: World) -> None:
    world.approve(at_the_desk(world).edition.id, by=JANE)


def closes(world: World, at: datetime = CLOSING) -> Edition:
    world.clock.now = at + timedelta(minutes=10)
    world.prepare()
    return world.editions()[-1]


def in_the_next(world: World) -> Variant:
    closes(world, CLOSING + WEEK)
    approve(world)
    edition = closes(world, CLOSING + WEEK)
    return world.variant_of("ben", edition.id)


def test_the_desk_shows_what_the_first_readers_of_a_digest_get_from_before_it(first: World) -> None:
    sight = at_the_desk(first)
    assert (ids(sight), sight.now.posts, sight.now.readers) == (list(OLD), 2, 1)
    assert sight.shown is not None
    assert "Post 2" in sight.shown.text
    approve(first)
    edition = closes(first)
    assert edition.state is EditionState.DELIVERING
    assert sorted(pick.post_id for pick in first.variant_of("ann", edition.id).picks) == ids(sight)
    frozen = at_the_desk(first)
    assert frozen.shown is not None
    assert "Post 2" in frozen.shown.text


def test_a_change_of_what_came_before_the_first_period_makes_an_approved_edition_a_draft(first: World) -> None:
    approve(first)
    first.appear(a_source_post(id="2", title="Post 2, corrected", published=BEFORE - timedelta(days=2)))
    edition = closes(first)
    assert (edition.state, edition.reason) == (EditionState.DRAFT, CHANGED)
    approve(first)
    assert closes(first).state is EditionState.DELIVERING


def test_the_first_reader_who_comes_after_the_approval_gets_nothing_that_no_editor_saw(first: World) -> None:
    first.leave("ann")
    assert ids(at_the_desk(first)) == []
    approve(first)
    first.join("ben")
    assert closes(first).state is EditionState.SKIPPED
    assert sorted(pick.post_id for pick in in_the_next(first).picks) == list(OLD)


def test_what_came_before_the_first_period_and_no_reader_gets_is_not_in_the_draft(first: World) -> None:
    first.leave("ann")
    first.join("ben", categories=("scotland",))
    assert ids(at_the_desk(first)) == []


def test_what_a_reader_lacks_of_an_earlier_edition_is_listed_and_counted_with_the_draft(world: World) -> None:
    world.join("ann")
    world.appear(a_source_post(id="1", title="Post 1", published=BEFORE - timedelta(days=2)))
    world.prepare()
    world.deliver()
    world.clock.now = CLOSING - timedelta(hours=20)
    world.appear(a_source_post(id="2", title="Post 2", published=BEFORE + timedelta(days=2)))
    with world.store.write() as connection:
        reader = subscribers.enter(connection, email="ben@example.org", name=None, at=MONDAY)
        since = {EVERY: BEFORE - timedelta(days=7)}
        subscribers.subscribe(
            connection, reader, "weekly", category_ids=None, consent=A_CONSENT, at=MONDAY, since=since
        )
    edition = an_edition(name="weekly/2026-11-30", ends=CLOSING, state=EditionState.DRAFT)
    with world.store.write() as connection:
        editions.add(connection, edition)
    sight = at_the_desk(world)
    assert ids(sight) == ["2"]
    assert ([post.id for post in sight.now.late], sight.now.posts) == (["1"], 2)
    drafted, count = draft(
        world.store, world.renderer, edition, world.digest.first, world.clock.now, links_to="https://blog.example.org"
    )
    words = draft_words(drafted, count(), JANE, world.renderer.environment).text
    assert "Posts: 2" in words
    assert f"1 Post 1 [{LATE}]" in words


def test_who_joins_while_a_first_edition_is_frozen_gets_nothing_of_it_that_nobody_saw(first: World) -> None:
    first.leave("ann")
    edition = first.the_edition()
    with first.store.read() as connection:
        made = offer(
            connection, first.renderer, edition, first.digest.first, first.clock.now, until=edition.brings_until
        )
    first.join("ben")
    frozen = freeze(
        first.store, first.renderer, made.terms, made.own, name_copy=lambda *_: "<1@example.org>", now=first.clock.now
    )
    assert frozen.counts.readers == 0
