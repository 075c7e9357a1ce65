"""Bugs that are planted while a story by hand is played: each breaks a law there, and without it none is broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.store.database import Store
from tests.simulation.laws import breaches
from tests.simulation.planted import PACKAGE, ROOT, Bug
from tests.simulation.rules import DigestRule
from tests.simulation.story import Answers, Lift, Posting, SendAgain, Step, Story
from tests.simulation.swapping import swap
from tests.simulation.test_stories import HOUR, MONDAY, a_story, a_week, joins, writes
from tests.simulation.world import World
from tests.simulation.worlds import cadences
from tests.support.fakes import Act

WEEK = timedelta(weeks=1)


def weeks(*steps: Step, number: int = 2) -> Story:
    """So many closings of a weekly digest, for ann; each of which has a post."""
    posts = [writes(2 + n, MONDAY + n * WEEK + 30 * HOUR) for n in range(number - 1)]
    story = a_week(*posts, *steps)
    return replace(story, ends=MONDAY + (number - 1) * WEEK + timedelta(days=3))


def refused() -> Story:
    """The relay does not know ann, until the operator says that it does."""
    no_such = Answers(at=MONDAY - HOUR, reader="ann", acts=(Act.REJECT,))
    story = weeks(no_such, Lift(at=MONDAY + WEEK + HOUR, reader="ann"), number=3)
    return replace(story, rules=replace(story.rules, refusals_suppress=True))


def corrected() -> Story:
    """Of a daily digest: a post has another title while its mail is put off; another is withdrawn after it has come."""
    daily = DigestRule(name="weekly", cadences=cadences("daily"), corrections=True)
    days = [MONDAY + timedelta(days=n) for n in range(4)]
    steps: list[Step] = [
        joins("ann", "weekly", "daily"),
        *(writes(1 + n, day - 5 * HOUR) for n, day in enumerate(days)),
        Answers(at=MONDAY - HOUR, reader="ann", acts=(Act.DEFER,) * 12),
        Posting(at=MONDAY + 3 * HOUR, post=1, what="title"),
        Posting(at=days[2] + 3 * HOUR, post=2, what="withdraw"),
    ]
    return replace(a_story(*steps, digests=(daily,)), ends=days[-1] + timedelta(days=1))


def sent_again() -> Story:
    """What was rejected comes by the next edition, and then the operator sends the first one again."""
    refuses = Answers(at=MONDAY - HOUR, reader="ann", acts=(Act.REJECT,))
    late = SendAgain(at=MONDAY + WEEK + 2 * HOUR, to="rejected")
    joined = joins("bob", "weekly", "weekly")
    no_relay = Answers(at=MONDAY - HOUR, reader="bob", acts=(Act.DEFER,) * 30)
    soon = SendAgain(at=MONDAY + 60 * HOUR, to="expired")
    return weeks(refuses, late, joined, no_relay, soon)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    story: Story
    bug: Bug
    law: str


def bug(name: str, file: str, before: str, after: str, suffers: str, under: str = "") -> Bug:
    return Bug(name=name, story="", file=file, before=before, after=after, suffers=suffers, under=under)


PLANTED = [
    Planted(
        story=sent_again(),
        bug=bug(
            "what-came-since-is-sent-again",
            "deeds/delivering/sending_again.py",
            "left |= dict.fromkeys(self._overtaken(connection, fresh), _OVERTAKEN)",
            "left |= {}",
            "Who was missed by an edition and got its posts by the next one gets them twice, when it is sent again.",
        ),
        law="twice",
    ),
    Planted(
        story=refused(),
        bug=bug(
            "one-refusal-more",
            "deeds/people/bounced.py",
            "if new.kind is BounceKind.HARD and _hard_ones(row, kinds, had, since) >= rules.hard:",
            "if new.kind is BounceKind.HARD and _hard_ones(row, kinds, had, since) > rules.hard:",
            "Mail goes on to addresses that are no more, and receivers think ill of us.",
        ),
        law="not suppressed",
    ),
    Planted(
        story=corrected(),
        bug=bug(
            "what-is-on-its-way-is-corrected",
            "deeds/editions/correcting.py",
            "said = (each if has_come else replace(each, post_ids=frozenset(), titles=()) "
            "for each, has_come in copies if each)",
            "said = (each for each, _ in copies if each)",
            "Readers are told of another title of a post that they never got.",
        ),
        law="corrected though not got",
    ),
    Planted(
        story=corrected(),
        bug=bug(
            "titles-are-never-corrected",
            "digest/corrections.py",
            "if title is None or same_title(title, post.title):",
            "if title is not None:",
            "Nobody is told what a post that they got is called now.",
        ),
        law="not corrected",
    ),
]


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """With the bug, in this process."""
    before = (ROOT / PACKAGE / bug.file).read_text(encoding="utf-8")
    after = bug.planted(before)
    swap(bug.module, before, after)
    try:
        yield
    finally:
        swap(bug.module, after, before)


def laws(story: Story, store: Store, folder: Path) -> list[str]:
    world = World(story, store, folder, afterwards=timedelta(days=3))
    facts = world.play()
    return [each.law for each in breaches(story, facts, store, world.why, world.blog.addresses)]


@pytest.mark.slow
@pytest.mark.parametrize("each", PLANTED, ids=lambda each: each.bug.name)
def test_a_bug_breaks_its_law(sqlite_store: Store, tmp_path: Path, each: Planted) -> None:
    with planted(each.bug):
        assert each.law in laws(each.story, sqlite_store, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("each", PLANTED, ids=lambda each: each.bug.name)
def test_without_it_no_law_is_broken(sqlite_store: Store, tmp_path: Path, each: Planted) -> None:
    assert laws(each.story, sqlite_store, tmp_path) == []
