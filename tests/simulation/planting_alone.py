"""Worlds for planted bugs that one thing alone befalls: what they need to show seldom comes together by itself.

Their numbers begin where no drawn one ends, so that those stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from tests.simulation.planting_mails import CUT, DAY, HOUR, MINUTE, REJECT, Stage
from tests.simulation.rules import DigestRule, Kind, Rules
from tests.simulation.story import Answers, Edit, Kill, Posting, Step, Story
from tests.simulation.worlds import PARENTS, cadences
from tests.support.fakes import Act

#: The first number of such a world.
FIRST = 1001
#: Of a Saturday, before a closing of each day; it is played until Monday's is over.
STARTS, LASTS = datetime(2026, 11, 21, 4, 20, tzinfo=UTC), 2 * DAY + 9 * HOUR
READERS = ("ann", "bob", "cid", "dot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """One thing that befalls a site, with the digest that it needs."""

    kinds: tuple[Kind, ...]
    #: The cadence that each reader joins by; all of them want everything.
    readers: tuple[Kind, ...]
    befalls: Callable[[Stage], Iterator[Step]]
    settle: timedelta = timedelta(minutes=30)
    max_late: timedelta = timedelta(hours=48)
    most_a_day: int = 3
    approval: Literal["none", "hold", "required"] = "none"

    def rules(self) -> Rules:
        own = tuple(replace(each, most_a_day=self.most_a_day) for each in cadences(*self.kinds))
        digest = DigestRule(
            name="weekly", cadences=own, settle=self.settle, max_late=self.max_late, approval=self.approval
        )
        return Rules(zone="Europe/London", digests=(digest,), parents=PARENTS, follow=("planning",), entries=3)


def world(number: int) -> Story:
    """The same for the same *number*; those of one thing differ in their minutes."""
    alone = ALONE[about(number)]
    rules = alone.rules()
    stage = Stage(Random(f"alone {number}"), rules, STARTS, STARTS + LASTS, READERS)  # the same each time
    steps: list[Step] = [
        stage.wish(STARTS + stage.minutes(50, 70), "join", reader, cadence=kind)
        for reader, kind in zip(READERS, alone.readers, strict=False)
    ]
    steps += [stage.writes(STARTS + MINUTE, old=age) for age in (5 * HOUR, 20 * HOUR, 4 * DAY)]
    steps += alone.befalls(stage)
    return Story(
        name=f"world {number}",
        rules=rules,
        starts=STARTS,
        ends=STARTS + LASTS,
        steps=tuple(sorted(steps, key=lambda step: step.at)),
    )


def about(number: int) -> str:
    """What befalls it."""
    return list(ALONE)[(number - FIRST) % len(ALONE)]


def _before_each(stage: Stage) -> Iterator[Step]:
    """A post that has settled by then."""
    for closing in stage.closings():
        yield stage.writes(closing - stage.minutes(100, 230))


def _soon_too_late(stage: Stage) -> Iterator[Step]:
    """Editions wait for a blog that is down, for longer than half of what they may."""
    yield from _before_each(stage)
    ends = stage.closings()[1] + 3 * HOUR
    yield stage.spell("blog down", STARTS + 2 * HOUR, ends)
    # What it tells then has it looked at again.
    yield from (stage.writes(ends + hours * HOUR + 10 * MINUTE) for hours in range(3))


def _restless(stage: Stage) -> Iterator[Step]:
    """An author who finds no end, while somebody waits for the post at once."""
    for closing in stage.closings()[:2]:
        post = stage.writes(closing + 2 * HOUR + stage.minutes(0, 40))
        yield post
        yield from (Posting(at=post.at + 45 * n * MINUTE, post=post.post, what="text") for n in range(1, 11))


def _each_misses_another(stage: Stage) -> Iterator[Step]:
    """Of two posts one reader is refused the first and another one the second; then both have the digest daily."""
    closing = stage.closings()[0]
    ann, bob, *_ = stage.readers
    yield Answers(at=closing + HOUR, reader=ann, acts=(REJECT,))
    yield stage.writes(closing + 2 * HOUR)
    yield Answers(at=closing + 6 * HOUR, reader=bob, acts=(REJECT,))
    yield stage.writes(closing + 7 * HOUR)
    yield from (stage.wish(closing + 12 * HOUR, "turn", reader, cadence="daily") for reader in (ann, bob))


def _one_instant(stage: Stage) -> Iterator[Step]:
    """Two posts of one poll settle at one instant, and the process dies between their mails."""
    for day, closing in enumerate(stage.closings()[:2]):
        for number in range(8):
            at = closing + (2 + 2 * number) * HOUR
            yield stage.writes(at + 10 * MINUTE)
            yield stage.writes(at + 20 * MINUTE)
            # Both are told at seven past the next hour, and settled an hour later.
            yield Kill(at=at + 100 * MINUTE, deed="prepare", transaction=2 + day + number)


def _in_doubt_twice(stage: Stage) -> Iterator[Step]:
    """Mails that may have come, and then are refused, or may have come once more."""
    yield from _before_each(stage)
    for closing in stage.closings()[:2]:
        for reader in READERS[:2]:
            yield Answers(at=closing - MINUTE, reader=reader, acts=(CUT, REJECT))
        yield Answers(at=closing - MINUTE, reader=READERS[2], acts=(Act.KILL_AFTER_THE_DOT,) * 2)


def _away_at_a_closing(stage: Stage) -> Iterator[Step]:
    """Who leaves before a digest closes, and is back before the next one does."""
    yield from _before_each(stage)
    for closing, reader in zip(stage.closings(), READERS, strict=False):
        yield stage.wish(closing - 50 * MINUTE, "leave", reader)
        yield stage.wish(closing + stage.minutes(60, 300), "join", reader, cadence="daily")


def _approved(stage: Stage) -> Iterator[Step]:
    """What an editor has approved reads otherwise when it is looked at next, or a post came that nobody has seen."""
    first, *others = stage.closings()
    yield Edit(at=first + HOUR, digest="weekly", what="approve")
    for number, closing in enumerate(others):
        seen = stage.writes(closing - stage.minutes(260, 290))
        yield seen
        yield Edit(at=closing - 150 * MINUTE, digest="weekly", what="approve")
        if number % 2:
            yield stage.writes(closing - stage.minutes(120, 140))
        else:
            yield Posting(at=closing - stage.minutes(120, 140), post=seen.post, what="title")
            # What is a draft again waits for a word.
            yield Edit(at=closing + 4 * HOUR, digest="weekly", what="approve")


ALONE: Mapping[str, Alone] = {
    "soon too late": Alone(
        kinds=("daily",), readers=("daily",) * 3, befalls=_soon_too_late, max_late=timedelta(hours=12)
    ),
    "restless": Alone(
        kinds=("daily", "at-once"),
        readers=("daily", "at-once"),
        befalls=_restless,
        settle=timedelta(minutes=90),
    ),
    "each misses another": Alone(kinds=("daily", "at-once"), readers=("at-once",) * 2, befalls=_each_misses_another),
    "one instant": Alone(kinds=("daily", "at-once"), readers=("daily", "at-once"), befalls=_one_instant, most_a_day=30),
    "in doubt twice": Alone(kinds=("daily",), readers=("daily",) * 4, befalls=_in_doubt_twice),
    "away at a closing": Alone(kinds=("daily",), readers=("daily",) * 4, befalls=_away_at_a_closing),
    "approved": Alone(kinds=("daily",), readers=("daily",) * 2, befalls=_approved, approval="required"),
}
#: One of each.
NUMBERS = range(FIRST, FIRST + len(ALONE))
