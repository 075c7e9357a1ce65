"""Worlds for planted bugs: four days in which much happens, the more of what single bugs need to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from tests.simulation.cast import BEGINNING, Cast, draw
from tests.simulation.closings import closings_between
from tests.simulation.machine import Machine
from tests.simulation.rules import DigestRule, Kind, Rules
from tests.simulation.story import Posting, Spell, Step, Story, Wish
from tests.simulation.world import World
from tests.simulation.worlds import NIGHT, SEVEN, cadences, some_weeks

#: Posts of a burst, and edits of an author who finds no end.
BURST, EDITS = 5, 11
#: Where clocks turn, be it that an hour comes twice or never: the zone, and the noon before it.
TURNS = (
    ("Europe/London", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("Europe/London", datetime(2027, 3, 27, 12, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 0, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 5, 12, tzinfo=UTC)),
)
#: Two days before the closing of what closes on Mondays.
SATURDAY = BEGINNING + timedelta(days=2)
#: What befalls the worlds in turn; the even ones have no feeds.
KINDS = (
    *("blog down", "blog lies", "clocks turn", "clock leapt"),
    *("relay dead", "nothing", "machine off", "machine off"),
)
CADENCES: tuple[tuple[Kind, ...], ...] = (
    ("weekly", "at-once"),
    ("daily", "weekly", "at-once"),
    ("daily", "at-once"),
    ("weekly", "daily", "monthly"),
    ("monthly", "daily", "at-once"),
)
#: Numbers of posts that are written beside those of the cast.
FIRST = 101
#: What settles so soon does so at the very instant of a closing, where it was seen by the look before.
ON_THE_DOT = {NIGHT: timedelta(minutes=23), SEVEN: timedelta(minutes=53)}


class _NoFeeds(Machine):
    """It publishes nothing, which takes little more than half of the time."""

    def publish(self) -> None:
        """Nobody reads feeds here."""


@dataclass
class WithoutFeeds(World):
    """A world of mails alone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        there = self.machine
        seams = (there.store, there.clock, there.blog, there.relay, there.documents, there.facts)
        self.machine = _NoFeeds(there.config, there.folder, *seams)


def released(story: Story) -> datetime:
    """When a release comes that has a bug: an hour and a half before the first closing from the second day on."""
    first, zone = story.rules.digests[0].first, story.rules.zone
    closings = closings_between(first, zone, story.starts + timedelta(hours=12), story.ends)
    return next(closings, story.starts + timedelta(days=1)) - timedelta(minutes=90)


def has_feeds(number: int) -> bool:
    """Every other world has."""
    return number % 2 == 1


def world(number: int) -> Story:
    """The same for the same *number*."""
    random = Random(f"planting {number}")  # the same world each time
    place, round_ = number % len(KINDS), number // len(KINDS)
    turn = TURNS[round_ % len(TURNS)] if KINDS[place] == "clocks turn" else None
    starts = turn[1] - timedelta(days=1, minutes=-20) if turn else SATURDAY
    rules = _rules(random, some_weeks(number).rules, turn[0] if turn else None)
    cast = Cast(
        rules=rules,
        starts=starts,
        days=4,
        readers=4,
        posts_a_week=8,
        wishes_a_week=12,
        relay_acts_a_week=9,
        kills_a_week=3.5,
        bounces_a_week=1.8,
        cancels_a_week=1,
        file_kills_a_week=1,
        besides_a_week=1,
        forms_a_week=2,
        restarts_a_week=1,
    )
    cast = replace(cast, spells=tuple(_spells(random, cast, KINDS[place])))
    story = draw(number, cast)
    steps: list[Step] = [*map(partial(_soon, starts), story.steps), *_more(random, cast, turn[1] if turn else None)]
    return replace(story, name=f"world {number}", steps=tuple(sorted(steps, key=lambda step: step.at)))


def _soon(starts: datetime, step: Step) -> Step:
    """Readers are there from the first day on, once there was a poll."""
    joins = isinstance(step, Wish) and step.what == "join"
    return replace(step, at=starts + timedelta(hours=1) + (step.at - starts) / 6) if joins else step


def _rules(random: Random, rules: Rules, zone: str | None) -> Rules:
    """Two digests for most, which come by several cadences."""
    at = NIGHT if zone else random.choice([SEVEN, NIGHT])
    kinds = random.choice(CADENCES)
    settle = ON_THE_DOT[at] if random.random() < 0.4 else timedelta(minutes=random.choice([5, 30, 90]))
    first = DigestRule(
        name="weekly",
        cadences=cadences(*kinds, at=at),
        settle=settle,
        leave_out=random.choice([(), ("in-brief",), ("jobs",)]),
    )
    places = DigestRule(
        name="places",
        cadences=cadences(random.choice(["daily", "weekly"]), at=random.choice([SEVEN, NIGHT])),
        categories=random.choice([None, ("housing", "scotland")]),
        settle=settle,
    )
    digests = (first, places) if random.random() < 0.7 else (first,)
    return replace(rules, digests=digests, zone=zone or rules.zone)


def _spells(random: Random, cast: Cast, kind: str) -> Iterator[Spell]:
    """What befalls it for a while, about a closing."""
    digest = cast.rules.digests[0]
    closings = list(closings_between(digest.first, cast.rules.zone, cast.starts + timedelta(days=1), cast.ends))
    closing = closings[0] if closings else cast.starts + timedelta(days=3)
    hour = timedelta(hours=1)
    match kind:
        case "machine off":
            yield Spell(at=closing - hour, until=closing + 53 * hour, what="machine off")
        case "blog down":
            at = max(closing - 27 * hour, cast.starts + 2 * hour)
            yield Spell(at=at, until=closing + random.choice([3, 20]) * hour, what="blog down")
        case "relay dead":
            yield Spell(at=closing - hour, until=closing + random.choice([8, 26]) * hour, what="relay dead")
        case "blog lies":
            at = cast.starts + timedelta(days=random.choice([2, 3]))
            yield Spell(at=at, until=at + 8 * hour, what="blog lies")
        case "clock leapt":
            at = cast.starts + timedelta(days=random.choice([1, 2]))
            yield Spell(at=at, until=at + 6 * hour, what="clock leapt")
        case _:
            pass


def _more(random: Random, cast: Cast, turn: datetime | None) -> Iterator[Posting]:
    """Posts that settle about closings and turns, many on one day, and one that is edited hour after hour."""
    number = FIRST
    first = cast.rules.digests[0].first
    closings = list(closings_between(first, cast.rules.zone, cast.starts + timedelta(hours=12), cast.ends))
    for closing in random.sample(closings, min(3, len(closings))):
        for minutes in (random.randrange(54, 113), random.randrange(5, 54)):
            yield _written(random, cast, number, closing - timedelta(minutes=minutes))
            number += 1
    for _ in range(2):
        if turn:
            yield _written(random, cast, number, turn + timedelta(hours=random.randrange(2, 9)))
            number += 1
    day = cast.starts + timedelta(hours=random.randrange(6, 60))
    for _ in range(BURST):
        yield _written(random, cast, number, day + timedelta(minutes=random.randrange(6 * 60)))
        number += 1
    at = cast.starts + timedelta(minutes=random.randrange(3 * 60, 60 * 60))
    yield _written(random, cast, number, at)
    for edit in range(1, EDITS + 1):
        yield Posting(at=at + timedelta(minutes=35 * edit), post=number, what=random.choice(["title", "text"]))


def _written(random: Random, cast: Cast, number: int, at: datetime) -> Posting:
    filed = tuple(slug for slug in cast.rules.parents if random.random() < 0.5)
    return Posting(at=at, post=number, what="write", categories=filed)
