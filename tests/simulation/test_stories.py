"""Stories written by hand, of what once went wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from solacefeed.store.database import Store
from tests.simulation.facts import Offered
from tests.simulation.laws import breaches
from tests.simulation.rules import DigestRule, Rules
from tests.simulation.story import BEGINNING, Answers, Cancel, Posting, Spell, Step, Story, Wish
from tests.simulation.test_kernel import held
from tests.simulation.world import World
from tests.simulation.worlds import PARENTS, cadences
from tests.support.fakes import Act

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: A Monday on which a weekly digest closes at seven; and the days before it, of the weekend.
MONDAY = datetime.fromisoformat("2026-11-30T07:00:00+00:00")
WEEKEND = MONDAY - timedelta(days=2)


def a_story(*steps: Step, digests: tuple[DigestRule, ...]) -> Story:
    rules = Rules(zone="Europe/London", digests=digests, parents=PARENTS)
    in_order = tuple(sorted(steps, key=lambda step: step.at))
    return Story(name="by hand", rules=rules, starts=BEGINNING, ends=MONDAY + timedelta(days=3), steps=in_order)


def joins(reader: str, digest: str, cadence: str) -> Wish:
    at = BEGINNING + timedelta(days=1)
    return Wish(at=at, reader=reader, digest=digest, what="join", cadence=cadence)


def writes(post: int, at: datetime) -> Posting:
    return Posting(at=at, post=post, what="write", categories=("housing",))


@pytest.mark.slow
def test_an_edition_that_waited_for_the_blog_leaves_though_it_is_asked_again_and_again(
    sqlite_store: Store, tmp_path: Path
) -> None:
    weekly = DigestRule(name="weekly", cadences=cadences("weekly"), settle=90 * MINUTE)
    story = a_story(
        joins("ann", "weekly", "weekly"),
        writes(1, WEEKEND),
        Spell(at=MONDAY - timedelta(days=9), until=MONDAY + 10 * HOUR, what="blog down"),
        digests=(weekly,),
    )
    held(story, sqlite_store, tmp_path)


@pytest.mark.slow
def test_who_waited_for_an_edition_that_was_cancelled_gets_its_posts_by_another(
    sqlite_store: Store, tmp_path: Path
) -> None:
    weekly = DigestRule(name="weekly", cadences=cadences("weekly"))
    story = a_story(
        joins("ann", "weekly", "weekly"),
        joins("bob", "weekly", "weekly"),
        writes(1, WEEKEND),
        Answers(at=WEEKEND, reader="ann", acts=(Act.DEFER,)),
        Cancel(at=MONDAY + 30 * MINUTE),
        digests=(weekly,),
    )
    world = World(story, sqlite_store, tmp_path)
    facts = world.play()
    assert breaches(story, facts, sqlite_store, world.why, world.blog.addresses) == []
    arrived = {(f.mail.reader, f.mail.edition) for f in facts if isinstance(f, Offered) and f.arrived}
    assert arrived == {("bob", "weekly-2026-11-30"), ("ann", "weekly-2026-11-30.2")}


@pytest.mark.slow
def test_a_morning_at_once_has_its_place_among_closings_of_the_same_instant(
    sqlite_store: Store, tmp_path: Path
) -> None:
    first = DigestRule(name="weekly", cadences=cadences("weekly", "at-once"))
    second = DigestRule(name="places", cadences=cadences("daily"))
    story = a_story(
        joins("ann", "weekly", "at-once"),
        joins("ann", "places", "daily"),
        *(writes(number, MONDAY - 40 * MINUTE) for number in range(1, 7)),
        digests=(first, second),
    )
    held(story, sqlite_store, tmp_path)
