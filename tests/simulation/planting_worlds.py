"""Worlds for planted bugs: some days about closings, each with another kind of trouble that comes often.

A number draws a world. What it is about comes in turn, and what befalls it beside that is drawn (*swarm testing*): a
world that has little of everything shows less than one that has much of a few things.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from tests.simulation import planting_alone
from tests.simulation.fleet import Fleet
from tests.simulation.machine import Machine
from tests.simulation.planting_feeds import of_feeds
from tests.simulation.planting_mails import STORIES, Stage
from tests.simulation.rules import CadenceRule, DigestRule, Kind, Rules
from tests.simulation.story import Step, Story, Wish
from tests.simulation.world import World
from tests.simulation.worlds import NIGHT, PARENTS, SEVEN, ZONES, cadences

#: What worlds are about, in turn. Those of feeds have no readers, and those of readers no feeds, which saves half
#: of the time.
OF_FEEDS = ("archives", "few posts")
ABOUT = (*OF_FEEDS, *STORIES)
#: Where clocks turn, be it that an hour comes twice or never: the zone, and the noon before it.
TURNS = (
    ("Europe/London", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("Europe/London", datetime(2027, 3, 27, 12, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 5, 12, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 0, tzinfo=UTC)),
)
#: Of a Saturday, before a closing of each day.
SATURDAY = datetime(2026, 11, 21, 4, 20, tzinfo=UTC)
#: Two days before the first Monday of a month that does not begin with one.
FIRST_OF_MONTH = datetime(2026, 12, 5, 4, 20, tzinfo=UTC)
CADENCES: tuple[tuple[Kind, ...], ...] = (
    ("daily", "weekly", "at-once"),
    ("weekly", "daily", "at-once"),
    ("daily", "at-once"),
)
#: What settles so soon does so at the very instant of a closing, where it was seen by the look before.
ON_THE_DOT = {NIGHT: timedelta(minutes=23), SEVEN: timedelta(minutes=53)}
#: A closing at which somebody looks.
AT_A_LOOK = time(7, 7)
LOOKED_AT = ("forms", "busy days")
READERS = ("ann", "bob", "cid", "dot", "eve")
#: How often a world has what another one is about, too.
BESIDE = 0.08
#: What nothing else is told beside: for days nothing happens at all, or all of it is about that.
ALONE = ("machine off", "blog down", "clock leapt", "clocks turn", "kills")


class _MailAlone(Machine):
    def publish(self) -> None:
        """Nobody reads feeds here."""


class _FeedsAlone(Machine):
    def prepare(self) -> None:
        """Nobody is mailed here."""

    def deliver(self) -> None:
        """Nor here."""


@dataclass
class HalfOfAWorld(World):
    """A world of feeds alone, or of mails alone."""

    afterwards: timedelta = timedelta(days=3)

    def __post_init__(self) -> None:
        super().__post_init__()
        there = self.machine
        seams = (there.store, there.clock, there.blog, there.relay, there.documents, there.facts)
        what = about(int(self.story.name.rpartition(" ")[2]))
        if what == "refusals":
            # How long each deferral makes a copy wait is seen by whoever looks more often.
            self.while_copies_wait = timedelta(hours=1)
        kind = _FeedsAlone if what in OF_FEEDS else _MailAlone
        self.fleet = Fleet([kind(there.config, there.folder, *seams)])


def about(number: int) -> str:
    """What a world is about."""
    if number >= planting_alone.FIRST:
        return planting_alone.about(number)
    return ABOUT[number % len(ABOUT)]


def released(story: Story) -> datetime:
    """When a release comes that has a bug: once readers have joined, and before the first closing."""
    return story.starts + timedelta(minutes=110)


def world(number: int) -> Story:
    """The same for the same *number*."""
    if number >= planting_alone.FIRST:
        return planting_alone.world(number)
    random, what, round_ = Random(f"planting {number}"), about(number), number // len(ABOUT)  # the same each time
    name = f"world {number}"
    if what in OF_FEEDS:
        return of_feeds(random, name, random.choice(ZONES), is_of_archives=what == "archives")
    turn = TURNS[round_ % len(TURNS)] if what == "clocks turn" else None
    starts = FIRST_OF_MONTH if what == "monthly" else SATURDAY
    if turn:
        starts = turn[1] - timedelta(hours=11, minutes=40)
    zone = random.choice(["Europe/London", "Asia/Kolkata"])
    if what in LOOKED_AT or what == "settling":
        # Where an hour begins when it does for the machine.
        zone = "Europe/London"
    rules = _rules(random, what, turn[0] if turn else zone, round_)
    ends = starts + timedelta(days=4 if what == "machine off" else 2, hours=9)
    stage = Stage(random, rules, starts, ends, READERS)
    steps: list[Step] = [*_joins(random, rules, starts, what), *stage.posts()]
    for each, story in STORIES.items():
        if each == what or (random.random() < BESIDE and each not in ALONE and what not in ALONE):
            steps += story(stage)
    steps.sort(key=lambda step: step.at)
    steps = [each for each in steps if starts < each.at < ends]
    return Story(name=name, rules=rules, starts=starts, ends=ends, steps=tuple(steps))


def _rules(random: Random, what: str, zone: str, round_: int) -> Rules:
    """Two digests for most, which come by several cadences."""
    at = NIGHT if what == "clocks turn" else random.choice([SEVEN, SEVEN, NIGHT])
    if what in LOOKED_AT:
        at = AT_A_LOOK
    kinds: tuple[Kind, ...] = random.choice(CADENCES)
    if what == "monthly":
        kinds = ("monthly", "daily")
    if what in ("refusals", "bounces"):
        # One edition has all of them, and the next one comes within a day.
        kinds = ("daily",)
    if what == "machine off":
        kinds = random.choice([("weekly",), ("daily", "weekly"), ("weekly", "daily")])
    settle = timedelta(minutes=random.choice([5, 30, 90]))
    if what == "settling":
        settle = timedelta(minutes=90) if round_ % 2 else ON_THE_DOT[at]
    first = DigestRule(
        name="weekly",
        cadences=_closing_twice(cadences(*kinds, at=at), random, what),
        settle=settle,
        leave_out=random.choice([("in-brief",), ("jobs",)]),
    )
    places = DigestRule(
        name="places",
        cadences=cadences("daily", at=random.choice([NIGHT, SEVEN])),
        categories=("housing", "scotland") if what == "choosing" else random.choice([None, ("housing", "scotland")]),
        settle=settle,
    )
    digests = (first, places) if what in ("machine off", "choosing") or random.random() < 0.3 else (first,)
    return Rules(zone=zone, digests=digests, parents=PARENTS, follow=("planning",), entries=3)


def _closing_twice(given: tuple[CadenceRule, ...], random: Random, what: str) -> tuple[CadenceRule, ...]:
    """One of weekdays closes on Saturdays too."""
    if what != "blog down" or random.random() < 0.5:
        return given
    return tuple(
        replace(each, closings=(*each.closings, replace(each.closings[0], weekday=5)))
        if each.kind == "weekly"
        else each
        for each in given
    )


def _joins(random: Random, rules: Rules, starts: datetime, what: str) -> list[Wish]:
    """Readers are there from the first hours on: of each cadence one who has everything, and some who have less."""
    kinds = [each.kind for each in rules.digests[0].cadences]
    wishes = []
    for number, reader in enumerate(READERS[:4]):
        for digest in rules.digests:
            chosen = None if number < 3 else random.choice([("housing",), ("scotland", "education"), ("tag:planning",)])
            if what in ("coming back", "refusals"):
                chosen = None
            if what == "choosing" and chosen is not None:
                chosen = ("tag:planning",)
            if digest is not rules.digests[0] and number not in (0, 2):
                continue
            at = starts + timedelta(minutes=random.randrange(50, 105))
            kind = kinds[number % len(kinds)] if digest is rules.digests[0] else digest.first.kind
            wishes.append(Wish(at=at, reader=reader, digest=digest.name, what="join", categories=chosen, cadence=kind))
    return wishes
