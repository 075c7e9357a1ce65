"""Sites to simulate: what they promise, and how much happens there."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from random import Random
from typing import Literal, get_args

from tests.simulation.cast import BEGINNING, Cast
from tests.simulation.rules import CadenceRule, ClosingRule, DigestRule, Kind, Rules
from tests.simulation.story import Spell, SpellKind

PARENTS = {"housing": None, "homelessness": "housing", "scotland": None, "education": None}

#: With DST in both halves of the year, at midnight, by half an hour, and without.
ZONES = ("Europe/London", "Australia/Lord_Howe", "Pacific/Auckland", "America/Santiago", "Asia/Kolkata")

SEVEN, NIGHT = time(7), time(1, 30)

_CLOSINGS: dict[Kind, tuple[ClosingRule, ...]] = {
    "at-once": (ClosingRule(at=SEVEN),),
    "daily": (ClosingRule(at=SEVEN),),
    "weekly": (ClosingRule(at=SEVEN, weekday=0),),
    "monthly": (ClosingRule(at=SEVEN, weekday=0, ordinal=1),),
}


def cadences(*kinds: Kind, at: time = SEVEN) -> tuple[CadenceRule, ...]:
    return tuple(CadenceRule(kind=k, closings=tuple(replace(each, at=at) for each in _CLOSINGS[k])) for k in kinds)


def two_digests(zone: str) -> Rules:
    """One of everything by all four cadences, and one of some categories that closes in the night."""
    everything = DigestRule(
        name="weekly", cadences=cadences("weekly", "daily", "monthly", "at-once"), leave_out=("in-brief",)
    )
    places = DigestRule(
        name="places", cadences=cadences("daily", "weekly", at=NIGHT), categories=("housing", "scotland")
    )
    return Rules(zone=zone, digests=(everything, places), parents=PARENTS, follow=("planning",))


def _spell(what: SpellKind, day: float, days: float, *, room: int = 0) -> Spell:
    at = BEGINNING + timedelta(days=day)
    return Spell(at=at, until=at + timedelta(days=days), what=what, room=room)


#: What may befall a site for a while.
SPELLS: tuple[SpellKind, ...] = get_args(SpellKind)


def a_year(zone: str) -> Cast:
    """Whose Mondays are missed, once for a day and once for all, whose blog breaks, and whose relay dies."""
    return Cast(
        rules=two_digests(zone),
        starts=BEGINNING,
        weeks=52,
        readers=9,
        spells=(
            _spell("machine off", 24, 2),
            _spell("machine off", 45, 5.5),
            _spell("blog down", 70, 9),
            _spell("blog half down", 100, 1.5),
            _spell("relay dead", 128, 1.2),
            _spell("relay dead", 164, 3.5),
            _spell("clock leapt", 190, 0.4),
            _spell("blog down", 199.5, 1.5),
        ),
    )


_APPROVALS: tuple[Literal["none", "hold", "required"], ...] = ("none", "none", "none", "hold", "required")


def some_weeks(seed: int) -> Cast:
    """A site of its own for each seed: zone, digests, cadences and troubles."""
    random = Random(f"cast {seed}")  # the same site each time
    kinds: list[Kind] = random.sample(["weekly", "daily", "monthly", "at-once"], random.randint(1, 4))
    if kinds[0] == "at-once":
        kinds = [*kinds[1:], "at-once"] if len(kinds) > 1 else ["weekly"]
    digests = [
        DigestRule(
            name="weekly",
            cadences=cadences(*kinds, at=random.choice([SEVEN, NIGHT])),
            settle=timedelta(minutes=random.choice([5, 30, 30, 90])),
            leave_out=random.choice([(), ("in-brief",), ("scotland", "jobs")]),
        )
    ]
    if random.random() < 0.5:
        kind: Kind = random.choice(["daily", "weekly"])
        digests.append(
            DigestRule(
                name="places",
                cadences=cadences(kind, at=random.choice([SEVEN, NIGHT])),
                categories=random.choice([None, ("housing", "scotland")]),
                repeats=random.random() < 0.2,
            )
        )
    desk = Random(f"desk of {seed}")
    corrected = Random(f"corrections of {seed}").random() < 0.5
    with_editors = tuple(replace(each, approval=desk.choice(_APPROVALS), corrections=corrected) for each in digests)
    rules = Rules(
        zone=random.choice(ZONES),
        digests=with_editors,
        parents=PARENTS,
        follow=("planning",),
        refusals_suppress=Random(f"refusals of {seed}").random() < 0.5,
    )
    spells = [
        _spell(random.choice(SPELLS), day, days, room=random.choice([0, 4096, 40_000, 400_000]))
        for _ in range(random.choice([0, 1, 1, 2, 3]))
        for day, days in [(random.uniform(1, 20), random.choice([0.1, 1, 2.5, 4]))]
    ]
    return Cast(
        rules=rules,
        starts=BEGINNING,
        weeks=4,
        readers=random.randint(2, 7),
        spells=tuple(spells),
        moves=random.random() < 0.1,
    )


def some_days(seed: int) -> Cast:
    """As ``some_weeks``, with ten days of it and as much trouble."""
    weeks = some_weeks(seed)
    spells = tuple(each for each in weeks.spells if each.until < BEGINNING + timedelta(days=9))
    return replace(weeks, days=10, readers=3, spells=spells, posts_a_week=3, cancels_a_week=0.8, kills_a_week=1)


def several_machines(seed: int) -> Cast:
    """As ``some_days``, on two to four machines, whose clocks are minutes apart."""
    days, random = some_days(seed), Random(f"machines of {seed}")
    apart = (timedelta(minutes=random.choice([-2, -1, 0, 0, 1, 2])) for _ in range(random.randint(2, 4)))
    return replace(
        days,
        machines=tuple(apart),
        # It is one machine's; the others' have room.
        spells=tuple(each for each in days.spells if each.what != "disk full"),
        stands_still_a_week=4,
        breaks_off_a_week=4,
        leads_a_week=3,
    )


def a_few_days(seed: int) -> Cast:
    """As ``some_days``, for each run of the tests: four of them, the last a Monday."""
    days = some_days(seed)
    spells = tuple(each for each in days.spells if each.until < BEGINNING + timedelta(days=3.5))
    return replace(days, days=4, spells=spells, posts_a_week=4)


def three_weeks() -> Cast:
    """Two digests, one reader of which has each post at once."""
    weekly = DigestRule(name="weekly", cadences=cadences("weekly", "at-once"), leave_out=("in-brief",))
    places = DigestRule(name="places", cadences=cadences("weekly", at=NIGHT), categories=("housing", "scotland"))
    rules = Rules(zone="Europe/London", digests=(weekly, places), parents=PARENTS, follow=("planning",))
    return Cast(rules=rules, starts=BEGINNING, weeks=3, readers=4, posts_a_week=1.5, kills_a_week=0.4)


def soak_site(*, weeks: int) -> Cast:
    """A weekly digest in London for as long as is wanted, with a bad day now and then."""
    spells = [
        spell
        for week in range(8, weeks - 4, 26)
        for spell in (_spell("machine off", week * 7, 1), _spell("blog down", week * 7 + 40, 2))
    ]
    return Cast(
        rules=Rules(
            zone="Europe/London",
            digests=(DigestRule(name="weekly", cadences=cadences("weekly")),),
            parents=PARENTS,
            follow=("planning",),
        ),
        starts=BEGINNING,
        weeks=weeks,
        readers=9,
        posts_a_week=0.5,
        wishes_a_week=0.2,
        relay_acts_a_week=0.2,
        kills_a_week=0.05,
        cancels_a_week=0.02,
        file_kills_a_week=0.02,
        besides_a_week=0.05,
        meanwhiles_a_week=0.02,
        forms_a_week=0.02,
        bounces_a_week=0.05,
        restarts_a_week=0.02,
        spells=tuple(spells),
    )
