"""Editions and their states: each move is made by one, and a cancelled one leaves its place to another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from solacefeed.models.editions import OPEN, EditionState, Period, Pick, Variant
from solacefeed.store import editions, variants
from solacefeed.store.database import Store
from tests.store.rows import CLOSED, EDITION, added, an_edition, keep, written
from tests.support.builders import WEDNESDAY, WEEK, a_source_post, category_ids

THE_WEEK = Period(starts=CLOSED - WEEK, ends=CLOSED)
SECOND = timedelta(seconds=1)


def appears(
    store: Store,
    post_id: str,
    *,
    published: datetime = WEDNESDAY,
    seen: datetime | None = None,
    protected: bool = False,
) -> None:
    post = a_source_post(id=post_id, published=published, protected=protected)
    written(store, lambda c: keep(c, post, seen=seen or published))


def a_variant(revision: int = 1, *, selection: str = "*", subject: str = "News") -> Variant:
    picks = (Pick(post_id="1", because=()), Pick(post_id="2", because=category_ids("4", "7")))
    return Variant(
        edition_id=EDITION,
        selection=selection,
        revision=revision,
        picks=picks,
        event_ids=("summit",),
        subject=subject,
        text="",
        html="",
    )


def test_two_editions_of_a_digest_that_close_together_are_refused_by_the_database(store: Store) -> None:
    written(store, lambda c: added(c, an_edition(), ()))
    with pytest.raises(sa.exc.IntegrityError):
        written(store, lambda c: added(c, an_edition(name="weekly/again"), ()))


def test_an_edition_moves_only_out_of_a_state_that_the_move_names(store: Store) -> None:
    written(store, lambda c: added(c, an_edition(state=EditionState.DRAFT), ()))
    out_of_done = {EditionState.DONE}
    assert not written(store, lambda c: editions.move(c, EDITION, leaving=out_of_done, to=EditionState.DELIVERING))
    assert written(store, lambda c: editions.skip(c, EDITION, "no new posts"))
    assert not written(store, lambda c: editions.skip(c, EDITION, "again"))
    assert not written(store, lambda c: editions.move(c, EDITION, leaving=OPEN, to=EditionState.DONE))
    with store.read() as connection:
        skipped = editions.find(connection, EDITION)
    assert skipped
    assert (skipped.state, skipped.reason) == (EditionState.SKIPPED, "no new posts")


def test_of_two_who_move_an_edition_one_does(store: Store) -> None:
    written(store, lambda c: added(c, an_edition(), ()))
    moves = [
        written(store, lambda c: editions.move(c, EDITION, leaving={EditionState.DELIVERING}, to=EditionState.PAUSED))
        for _ in range(2)
    ]
    assert moves == [True, False]


def test_a_cancelled_edition_leaves_its_period_and_its_id_to_another(store: Store) -> None:
    appears(store, "1")
    written(store, lambda c: added(c, an_edition(), ["1"]))
    written(store, lambda c: variants.add_variant(c, a_variant()))
    written(store, lambda c: editions.move(c, EDITION, leaving=editions.STANDING, to=EditionState.CANCELLED))
    assert written(store, lambda c: editions.uncover(c, EDITION)) == 1
    with store.read() as connection:
        assert editions.latest(connection, "weekly") is None
        assert editions.issue(connection, EDITION) == 2
    written(store, lambda c: added(c, replace(an_edition(), issue=2), ["1"]))
    with store.read() as connection:
        assert [edition.id for edition in editions.listing(connection)] == [EDITION, f"{EDITION}~1"]
        assert variants.variant(connection, f"{EDITION}~1", "*") == replace(a_variant(), edition_id=f"{EDITION}~1")
        assert variants.newest_variants(connection, EDITION) == []


def test_the_newest_revision_of_a_variant_is_the_one_that_counts(store: Store) -> None:
    written(store, lambda c: added(c, an_edition(), ()))
    made = [a_variant(1), a_variant(2, subject="Later news"), a_variant(1, selection="4")]
    for variant in made:
        written(store, lambda c, v=variant: variants.add_variant(c, v))  # type: ignore[misc]  # bound at once
    with store.read() as connection:
        assert variants.variant(connection, EDITION, "*") == made[1]
        assert variants.variant(connection, EDITION, "*", 1) == made[0]
        assert variants.newest_variants(connection, EDITION) == [made[1], made[2]]


def test_editions_are_open_until_they_are_done_or_skipped(store: Store) -> None:
    for number in range(4):
        state = EditionState.HELD if number == 1 else EditionState.DELIVERING
        edition = an_edition(name=f"weekly/{number}", ends=CLOSED + number * WEEK, state=state)
        written(store, lambda c, e=edition: added(c, e, ()))  # type: ignore[misc]  # bound at once
    written(store, lambda c: editions.move(c, "weekly/0", leaving=OPEN, to=EditionState.DONE))
    written(store, lambda c: editions.skip(c, "weekly/1", "no new posts"))
    written(store, lambda c: editions.move(c, "weekly/2", leaving=OPEN, to=EditionState.DELIVERING))
    with store.read() as connection:
        assert [edition.id for edition in editions.open_ones(connection)] == ["weekly/2", "weekly/3"]
        latest, skipped = editions.latest(connection, "weekly"), editions.find(connection, "weekly/1")
    assert latest
    assert latest.id == "weekly/3"
    assert skipped
    assert skipped.reason == "no new posts"
