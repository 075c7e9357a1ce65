"""Plays the worlds of many seeds on all cores, and counts what befell them and what came of it."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.cast import Cast, draw
from tests.simulation.facts import Died, Fact, Offered
from tests.simulation.known import Breach
from tests.simulation.laws import breaches, tale
from tests.simulation.shrinking import shrunk
from tests.simulation.story import Answers, Kill, KillAtFile, Posting, Spell, Step, Story, Wish, in_words
from tests.simulation.worlds import some_weeks
from tests.support.fakes import Act

#: What became of processes, as it is counted.
_BEFELL = {"died": "killed", "stood still": "stood still", "broke off": "broke off"}
#: How often a story is played again to find the shortest one.
TRIES = 60
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one world."""

    name: str
    span: timedelta
    mails: int
    #: What befell it, each by its name.
    faults: Counter[str]
    #: What people did in it.
    acts: Counter[str]
    #: Of each breach, its law.
    laws: Counter[str]
    #: How it is told; empty where nothing was breached.
    told: str = ""
    #: Of the processor's time.
    seconds: float = 0.0


def played(story: Story, server: str | None = None) -> tuple[list[Fact], list[Breach]]:
    """On an SQLite store of its own, or a database of its own on the PostgreSQL *server* (as ``Databases`` has it)."""
    # Loaded by whoever plays, not by whoever counts.
    from tests.simulation.ground import place
    from tests.simulation.world import World

    with place(server) as (store, folder), closing(World(story, store, folder)) as world:
        # Of what is loaded nothing goes, and a world is short.
        gc.freeze()
        facts = world.play()
        return facts, breaches(story, facts, store, world.why, world.blog.addresses)


def outcome(story: Story, *, tries: int = TRIES, server: str | None = None) -> Outcome:
    """Plays *story*, and where it breaks a law finds the fewest steps that break it, by so many *tries* at most."""
    before = time.process_time()
    facts, found = played(story, server)
    seconds = time.process_time() - before
    return Outcome(
        name=story.name,
        span=story.ends - story.starts,
        mails=sum(isinstance(fact, Offered) and fact.arrived for fact in facts),
        faults=Counter(_faults(story.steps, facts)),
        acts=Counter(_acts(story.steps)),
        laws=Counter(breach.law for breach in found),
        told=told(story, facts, found, tries=tries, server=server) if found else "",
        seconds=seconds,
    )


def told(story: Story, facts: list[Fact], found: list[Breach], *, tries: int = TRIES, server: str | None = None) -> str:
    """A breach with its seed, the commit, and the shortest story that was found to show it."""
    law = found[0].law
    shortest = shrunk(story, lambda each: any(breach.law == law for breach in played(each, server)[1]), most=tries)
    if shortest.steps != story.steps:
        facts, found = played(shortest, server)
    steps = "\n".join(f"    {in_words(step)}" for step in shortest.steps)
    return (
        f"{story.name} at {commit()}: {len(shortest.steps)} steps show it\n{steps}\n{tale(shortest, facts, found[0])}"
    )


@cache
def commit() -> str:
    """The commit that is played, with a plus where files differ from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "an unknown commit"


def outcomes(
    seeds: Iterable[int],
    cast: Callable[[int], Cast] = some_weeks,
    *,
    jobs: int | None = None,
    tries: int = TRIES,
    server: str | None = None,
) -> Iterator[Outcome]:
    """Those of all *seeds*, as they come, by as many processes as there are cores; *cast* is a function of a module."""
    warm = get_context("forkserver")
    # Loaded once, by a process that has neither a thread nor a connection.
    warm.set_forkserver_preload(["tests.simulation.world"])
    with ProcessPoolExecutor(max_workers=jobs or os.cpu_count(), mp_context=warm) as pool:
        yield from pool.map(partial(_of_seed, cast=cast, tries=tries, server=server), seeds)


def _of_seed(seed: int, *, cast: Callable[[int], Cast], tries: int, server: str | None) -> Outcome:
    story = draw(seed, cast(seed))
    try:
        return outcome(story, tries=tries, server=server)
    except Exception:
        # No deed may end so, whatever befell it; the other seeds are played all the same.
        return Outcome(
            name=story.name,
            span=story.ends - story.starts,
            mails=0,
            faults=Counter(),
            acts=Counter(),
            laws=Counter({"a bug": 1}),
            told=f"{story.name} at {commit()} broke off\n{traceback.format_exc()}",
        )


def _faults(steps: Iterable[Step], facts: Iterable[Fact]) -> Iterator[str]:
    for step in steps:
        match step:
            case Spell():
                yield step.what
            case Posting() | Wish() | Answers() | Kill() | KillAtFile():
                pass
            case _:
                yield re.sub(r"(?<!^)(?=[A-Z])", " ", type(step).__name__).lower()
    for fact in facts:
        match fact:
            case Died():
                yield f"{_BEFELL[fact.what]} in {fact.deed}"
            case Offered() if fact.act is not Act.ACCEPT:
                yield f"relay: {fact.act.name.lower().replace('_', ' ')}"
            case _:
                pass


def _acts(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        match step:
            case Posting():
                yield f"post {step.what}"
            case Wish():
                yield f"reader {step.what}"
            case _:
                pass


@dataclass(slots=True)
class Tally:
    """All that many worlds had."""

    worlds: int = 0
    span: timedelta = timedelta(0)
    mails: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    laws: Counter[str] = field(default_factory=Counter)

    def add(self, one: Outcome) -> None:
        self.worlds += 1
        self.span += one.span
        self.mails += one.mails
        self.seconds += one.seconds
        self.faults += one.faults
        self.acts += one.acts
        self.laws += one.laws

    def lines(self) -> Iterator[str]:
        """As docs/simulation.md has it."""
        years = self.span / timedelta(days=365.25)
        yield "| worlds | simulated years | mails that arrived | processor seconds a world | breaches |"
        yield "| --- | --- | --- | --- | --- |"
        each = self.seconds / max(self.worlds, 1)
        yield f"| {self.worlds:,} | {years:,.1f} | {self.mails:,} | {each:.1f} | {sum(self.laws.values())} |"
        yield ""
        yield "| what befell them | times |"
        yield "| --- | --- |"
        yield from (f"| {name} | {count:,} |" for name, count in sorted((self.faults + self.acts).items()))
