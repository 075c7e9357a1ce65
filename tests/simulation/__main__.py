"""Plays the story of a seed, or of many, and tells what became of it; exits with 1 where a law was broken.

python -m tests.simulation 17                       some weeks of a site of its own
python -m tests.simulation 3 --year Europe/London   a year of two digests
python -m tests.simulation 17 --shrink              the fewest steps that break the same law
python -m tests.simulation --seeds 100              a hundred sites, on all cores, and the table of what befell them
python -m tests.simulation --machines --seeds 20    so many sites of several machines, on a PostgreSQL
python -m tests.simulation --soak 5                 years of one site, and what has grown by the end of each
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.simulation.cast import Cast, draw
from tests.simulation.facts import Fact, Offered
from tests.simulation.known import Breach
from tests.simulation.laws import promise, tale
from tests.simulation.many import TRIES, Tally, commit, outcomes, played
from tests.simulation.paging import put
from tests.simulation.shrinking import shrunk
from tests.simulation.soak import soaked
from tests.simulation.story import Story, in_words
from tests.simulation.worlds import a_year, several_machines, some_days, some_weeks
from tests.support.postgres import running


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Plays the story of a seed.")
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--year", metavar="ZONE", help="a year there, rather than some weeks")
    parser.add_argument("--story", action="store_true", help="print each step")
    parser.add_argument("--shrink", action="store_true", help="leave out what the breach can do without")
    parser.add_argument("--seeds", type=int, metavar="MANY", help="so many seeds, from this one on")
    parser.add_argument("--jobs", type=int, help="on so many cores rather than all")
    parser.add_argument("--days", action="store_true", help="ten days of each, as the tests play them")
    parser.add_argument("--machines", action="store_true", help="ten days of each on several machines and a PostgreSQL")
    parser.add_argument("--tries", type=int, default=TRIES, help="how often a story is played again to shorten it")
    parser.add_argument("--soak", type=int, metavar="YEARS", help="so many years of one site")
    parser.add_argument("--page", type=Path, help="put the table into its place in this page")
    given = parser.parse_args()
    if given.soak:
        return soaked(given.seed, given.soak, given.page)
    with running() if given.machines else nullcontext() as server:
        if given.seeds:
            return _many(given, server)
        story = draw(given.seed, a_year(given.year) if given.year else _cast(given)(given.seed))
        if given.story:
            print("\n".join(map(in_words, story.steps)))
        return _one(story, shrinks=given.shrink, server=server)


def _cast(given: argparse.Namespace) -> Callable[[int], Cast]:
    if given.machines:
        return several_machines
    return some_days if given.days else some_weeks


def _one(story: Story, *, shrinks: bool, server: str | None) -> int:
    facts, found = played(story, server)
    print(summary(story, facts, found))
    if found and shrinks:
        law = found[0].law
        story = shrunk(story, lambda each: any(breach.law == law for breach in played(each, server)[1]))
        facts, found = played(story, server)
        print(f"{len(story.steps)} steps break the same law:")
        print("\n".join(f"    {in_words(step)}" for step in story.steps))
    if found:
        print(f"{story.name} at {commit()}")
        print(tale(story, facts, found[0]))
        print("\n".join(map(str, found[1:20])))
    return 1 if found else 0


def _many(given: argparse.Namespace, server: str | None) -> int:
    tally, first, count = Tally(), given.seed, given.seeds
    seeds = range(first, first + count)
    for one in outcomes(seeds, _cast(given), jobs=given.jobs, tries=given.tries, server=server):
        tally.add(one)
        print(f"{one.name}: {one.mails} mails, {one.seconds:.0f} s; {_of_laws(one.laws)}", flush=True)
        if one.told:
            print(f"{one.told}\n", flush=True)
    lines = [*tally.lines(), "", f"Seeds {first} to {first + count - 1}; {_of_laws(tally.laws)}."]
    print("\n".join(lines))
    print(f"\nplayed: {commit()}")
    if given.page:
        made_by = ".venv/bin/python -m tests.simulation --machines" if given.machines else "make simulate"
        put(given.page, made_by, lines)
    return 1 if tally.laws else 0


def summary(story: Story, facts: list[Fact], found: Sequence[Breach]) -> str:
    mails = [fact for fact in facts if isinstance(fact, Offered) and fact.arrived]
    digests = "; ".join(
        f"{digest.name} {', '.join(cadence.kind for cadence in digest.cadences)}" for digest in story.rules.digests
    )
    where = f"{story.name} in {story.rules.zone} ({digests})"
    told = _of_laws(Counter(breach.law for breach in found))
    return f"{where}: {len(story.steps)} steps, {len(mails)} mails; {told}"


def _of_laws(laws: Counter[str]) -> str:
    """Apart: what must never be, and what has to come in its time."""
    words = []
    for what in ("safety", "liveness"):
        broken = ", ".join(f"{count} {law}" for law, count in laws.items() if promise(law) == what)
        words.append(f"breaches of {what}: {broken or 'none'}")
    return "; ".join(words)


if __name__ == "__main__":
    raise SystemExit(main())
