"""Worlds of feeds alone, for planted bugs: a back-catalogue of some months, and days in which much of it changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from tests.simulation.rules import DigestRule, Rules
from tests.simulation.story import Posting, Rename, Spell, Step, Story
from tests.simulation.worlds import PARENTS, cadences

STARTS = datetime(2026, 11, 29, 4, 20, tzinfo=UTC)
#: So often an author sits down and does some things; nothing is looked at in between.
EVERY, TIMES = timedelta(hours=14), 8
#: What may be changed of a post; the last is no change that anybody reads.
EDITS: tuple[Literal["title", "text", "address", "touch"], ...] = ("title", "text", "address", "touch")


def of_feeds(random: Random, name: str, zone: str, *, is_of_archives: bool) -> Story:
    """With archives of some months and few entries in a live document; or with few posts and all of them there."""
    entries = 3 if is_of_archives else 8
    digest = DigestRule(name="weekly", cadences=cadences("weekly"))
    rules = Rules(zone=zone, digests=(digest,), parents=PARENTS, follow=("planning",), entries=entries)
    steps: list[Step] = [*_catalogue(random, zone, 9 if is_of_archives else 6)]
    first = len(steps) + 1
    for turn in range(1, TIMES):
        at = STARTS + turn * EVERY
        steps += _a_sitting(random, at, turn, first, many=is_of_archives)
    if not is_of_archives:
        at = STARTS + 3 * EVERY
        steps.append(Spell(at=at, until=at + timedelta(hours=8), what="blog lies"))
    steps.sort(key=lambda step: step.at)
    return Story(name=name, rules=rules, starts=STARTS, ends=STARTS + TIMES * EVERY, steps=tuple(steps))


def _catalogue(random: Random, zone: str, many: int) -> Iterator[Posting]:
    """Some of it of a month's first and last hours, as they are there."""
    place = ZoneInfo(zone)
    for number in range(1, many + 1):
        month = datetime(2026, random.choice([8, 9, 10, 11]), 1, tzinfo=place)
        published = month + timedelta(hours=random.choice([1, 3, -2, 100, 300]), minutes=number)
        yield Posting(
            at=STARTS + timedelta(minutes=number),
            post=number,
            what="write",
            categories=_filed(random),
            published=published.astimezone(UTC),
        )


def _a_sitting(random: Random, at: datetime, turn: int, first: int, *, many: bool) -> Iterator[Step]:
    """What one does in it, a few minutes apart."""
    minutes = iter(range(1, 60, 2))

    def soon() -> datetime:
        return at + timedelta(minutes=next(minutes))

    known = first + turn - 1
    if many or turn % 3 == 0:
        yield Posting(at=soon(), post=known, what="write", categories=_filed(random), tags=("planning",))
    for edit in random.sample(EDITS, 3):
        yield Posting(at=soon(), post=random.randrange(1, known + 1), what=edit)
    some = random.randrange(1, known + 1)
    acts = random.sample(["refile", "refile", "withdraw", "protect", "rename", "call", "republish"], 3 if many else 2)
    for act in acts:
        category = random.choice(["housing", *PARENTS])
        match act:
            case "refile":
                yield Posting(at=soon(), post=random.randrange(1, known + 1), what="refile", categories=_filed(random))
            case "withdraw":
                yield Posting(at=soon(), post=some, what="withdraw")
            case "republish":
                yield from (Posting(at=soon(), post=each, what="republish") for each in range(1, known, 3))
            case "protect":
                # The newest is in the live documents, and an older one in an archive.
                yield from (Posting(at=soon(), post=each, what="protect") for each in (some, known))
                yield from (Posting(at=at + EVERY, post=each, what="open") for each in (some, known))
            case "rename":
                yield Rename(at=soon(), category=category, slug=f"{category}-{turn}", name=f"All of {category} {turn}")
            case "call":
                name = f"The whole of {category} {turn}"
                yield Rename(at=soon(), category=category, slug=category, name=name)


def _filed(random: Random) -> tuple[str, ...]:
    """Under one category mostly: so a month may have nothing of a category itself, and something of one below it."""
    return tuple(random.sample(list(PARENTS), random.choice([1, 1, 1, 2])))
