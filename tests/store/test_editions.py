"""An edition freezes what it covers; no later one of its digest covers that again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from solacefeed.models.editions import OPEN, EditionState, Period, Pick, Variant
from solacefeed.store import editions, posts
from solacefeed.store.database import Store
from tests.store.rows import CLOSED, EDITION, an_edition, keep, written
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


def uncovered(store: Store, period: Period = THE_WEEK) -> list[str]:
    with store.read() as connection:
        return editions.uncovered_posts(connection, "weekly", period)


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


def test_a_period_covers_its_first_instant_and_not_its_last(store: Store) -> None:
    appears(store, "1", published=THE_WEEK.starts - SECOND)
    appears(store, "2", published=THE_WEEK.starts)
    appears(store, "3", published=THE_WEEK.ends - SECOND)
    appears(store, "4", published=THE_WEEK.ends)
    assert uncovered(store) == ["2", "3"]


def test_a_post_that_was_met_after_the_period_waits_for_the_next(store: Store) -> None:
    appears(store, "1", seen=THE_WEEK.ends)
    assert uncovered(store) == []
    assert uncovered(store, Period(starts=CLOSED, ends=CLOSED + WEEK)) == ["1"]


def test_a_post_dated_after_the_period_waits_for_the_next_though_it_was_met_within(store: Store) -> None:
    appears(store, "1", published=THE_WEEK.ends, seen=THE_WEEK.ends - SECOND)
    assert uncovered(store) == []


def test_a_post_that_an_edition_covered_is_not_covered_again(store: Store) -> None:
    appears(store, "1")
    written(store, lambda c: editions.add(c, an_edition(), ["1"]))
    appears(store, "2")
    assert uncovered(store, Period(starts=CLOSED, ends=CLOSED + WEEK)) == ["2"]


def test_a_post_may_stand_in_one_edition_of_each_digest(store: Store) -> None:
    appears(store, "1")
    written(store, lambda c: editions.add(c, an_edition(name="daily/2026-11-23", digest="daily"), ["1"]))
    assert uncovered(store) == ["1"]


def test_the_same_post_in_two_editions_of_a_digest_is_refused_by_the_database(store: Store) -> None:
    appears(store, "1")
    written(store, lambda c: editions.add(c, an_edition(), ["1"]))
    late = an_edition(name="weekly/2026-11-30", ends=CLOSED + WEEK)
    with pytest.raises(sa.exc.IntegrityError):
        written(store, lambda c: editions.add(c, late, ["1"]))


def test_two_editions_of_a_digest_that_close_together_are_refused_by_the_database(store: Store) -> None:
    written(store, lambda c: editions.add(c, an_edition(), ()))
    with pytest.raises(sa.exc.IntegrityError):
        written(store, lambda c: editions.add(c, an_edition(name="weekly/again"), ()))


def test_an_edition_moves_only_out_of_a_state_that_the_move_names(store: Store) -> None:
    written(store, lambda c: editions.add(c, an_edition(), ()))
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
    written(store, lambda c: editions.add(c, an_edition(), ()))
    moves = [
        written(store, lambda c: editions.move(c, EDITION, leaving={EditionState.APPROVED}, to=EditionState.DELIVERING))
        for _ in range(2)
    ]
    assert moves == [True, False]


def test_a_cancelled_edition_leaves_its_period_and_its_id_to_another(store: Store) -> None:
    appears(store, "1")
    written(store, lambda c: editions.add(c, an_edition(), ["1"]))
    written(store, lambda c: editions.add_variant(c, a_variant()))
    written(store, lambda c: editions.move(c, EDITION, leaving=editions.STANDING, to=EditionState.CANCELLED))
    assert written(store, lambda c: editions.uncover(c, EDITION)) == 1
    with store.read() as connection:
        assert editions.latest(connection, "weekly") is None
        assert editions.issue(connection, EDITION) == 2
    written(store, lambda c: editions.add(c, replace(an_edition(), issue=2), ["1"]))
    with store.read() as connection:
        assert [edition.id for edition in editions.listing(connection)] == [EDITION, f"{EDITION}~1"]
        assert editions.variant(connection, f"{EDITION}~1", "*") == replace(a_variant(), edition_id=f"{EDITION}~1")
        assert editions.newest_variants(connection, EDITION) == []


def test_posts_that_nobody_may_read_are_not_covered(store: Store) -> None:
    appears(store, "1", protected=True)
    appears(store, "2")
    written(store, lambda c: posts.bury(c, {"2": "deleted"}, at=CLOSED))
    assert uncovered(store) == []


def test_the_back_catalogue_is_never_covered_however_late_it_is_looked(store: Store) -> None:
    appears(store, "1", published=THE_WEEK.starts - WEEK)
    written(store, lambda c: editions.add(c, an_edition(), ()))
    assert uncovered(store, Period(starts=CLOSED, ends=CLOSED + 52 * WEEK)) == []


def test_a_back_dated_post_is_covered_when_it_is_first_seen(store: Store) -> None:
    appears(store, "1", published=THE_WEEK.starts - 10 * WEEK, seen=WEDNESDAY)
    assert uncovered(store) == ["1"]


def test_the_newest_revision_of_a_variant_is_the_one_that_counts(store: Store) -> None:
    written(store, lambda c: editions.add(c, an_edition(), ()))
    made = [a_variant(1), a_variant(2, subject="Later news"), a_variant(1, selection="4")]
    for variant in made:
        written(store, lambda c, v=variant: editions.add_variant(c, v))  # type: ignore[misc]  # bound at once
    with store.read() as connection:
        assert editions.variant(connection, EDITION, "*") == made[1]
        assert editions.variant(connection, EDITION, "*", 1) == made[0]
        assert editions.newest_variants(connection, EDITION) == [made[1], made[2]]


def test_editions_are_open_until_they_are_done_or_skipped(store: Store) -> None:
    for number in range(4):
        edition = an_edition(name=f"weekly/{number}", ends=CLOSED + number * WEEK)
        written(store, lambda c, e=edition: editions.add(c, e, ()))  # type: ignore[misc]  # bound at once
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
