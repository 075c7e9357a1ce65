"""Worlds for planted bugs: six days in which much happens, the more of what single bugs need to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from tests.simulation.model import closings_between
from tests.simulation.rules import Rules
from tests.simulation.story import BEGINNING, Cast, Posting, Step, Story, draw
from tests.simulation.worlds import NIGHT, some_days

#: Posts of a burst, and edits of an author who finds no end.
BURST, EDITS = 5, 11
#: Where clocks turn, be it that an hour comes twice or never: the zone, and the noon before it.
TURNS = (
    ("Europe/London", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("Europe/London", datetime(2027, 3, 27, 12, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 0, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 5, 12, tzinfo=UTC)),
)
#: Each so many-th world is one of these.
EACH = 4
#: Numbers of posts that are written beside those of the cast.
FIRST = 101
#: What settles so soon does so at the very instant of a closing, where it was seen by the look before.
ON_THE_DOT = {True: timedelta(minutes=23), False: timedelta(minutes=53)}


def world(number: int) -> Story:
    """The same for the same *number*."""
    random = Random(f"planting {number}")  # the same world each time
    cast = some_days(number)
    night = cast.rules.digests[0].first.closings[0].at == NIGHT
    turn = TURNS[number // EACH % len(TURNS)] if number % EACH == 0 else None
    starts = BEGINNING
    if turn:
        cast, night = replace(cast, rules=_closing_at(cast.rules, NIGHT, zone=turn[0]), spells=()), True
        starts = turn[1] - timedelta(days=random.choice([2, 4]), minutes=-20)
    if random.random() < 0.4:
        cast = replace(cast, rules=_settling(cast.rules, ON_THE_DOT[night]))
    cast = replace(
        cast,
        starts=starts,
        days=6,
        readers=4,
        posts_a_week=5,
        wishes_a_week=8,
        relay_acts_a_week=5,
        kills_a_week=2,
        bounces_a_week=0.8,
    )
    story = draw(number, cast)
    steps: list[Step] = [*story.steps, *_more(random, cast, turn[1] if turn else None)]
    return replace(story, name=f"world {number}", steps=tuple(sorted(steps, key=lambda step: step.at)))


def _closing_at(rules: Rules, at: time, *, zone: str) -> Rules:
    digests = tuple(
        replace(
            digest,
            cadences=tuple(
                replace(cadence, closings=tuple(replace(each, at=at) for each in cadence.closings))
                for cadence in digest.cadences
            ),
        )
        for digest in rules.digests
    )
    return replace(rules, digests=digests, zone=zone)


def _settling(rules: Rules, settle: timedelta) -> Rules:
    return replace(rules, digests=tuple(replace(digest, settle=settle) for digest in rules.digests))


def _more(random: Random, cast: Cast, turn: datetime | None) -> Iterator[Posting]:
    """Posts that settle about closings and turns, many on one day, and one that is edited hour after hour."""
    number = FIRST
    first = cast.rules.digests[0].first
    closings = list(closings_between(first, cast.rules.zone, cast.starts + timedelta(days=1), cast.ends))
    for closing in random.sample(closings, min(3, len(closings))):
        for minutes in (random.randrange(54, 113), random.randrange(5, 54)):
            yield _written(random, cast, number, closing - timedelta(minutes=minutes))
            number += 1
    for _ in range(2 if turn else 0):
        yield _written(random, cast, number, turn + timedelta(hours=random.randrange(2, 9)))  # type: ignore[operator]
        number += 1
    day = cast.starts + timedelta(days=random.randrange(1, 5))
    for _ in range(BURST):
        yield _written(random, cast, number, day + timedelta(minutes=random.randrange(12 * 60)))
        number += 1
    at = cast.starts + timedelta(days=random.randrange(1, 5), minutes=random.randrange(24 * 60))
    yield _written(random, cast, number, at)
    for edit in range(1, EDITS + 1):
        yield Posting(at=at + timedelta(minutes=35 * edit), post=number, what=random.choice(["title", "text"]))


def _written(random: Random, cast: Cast, number: int, at: datetime) -> Posting:
    filed = tuple(slug for slug in cast.rules.parents if random.random() < 0.5)
    return Posting(at=at, post=number, what="write", categories=filed)
