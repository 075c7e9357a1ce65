"""Plays the story of a seed, and tells what became of it.

python -m tests.simulation 17                       some weeks of a site of its own
python -m tests.simulation 3 --year Europe/London   a year of two digests
python -m tests.simulation 17 --shrink              the fewest steps that break the same law
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from solacefeed.store.database import open_store
from tests.simulation.facts import Fact, Offered
from tests.simulation.laws import breaches, tale
from tests.simulation.model import Breach
from tests.simulation.shrinking import shrunk
from tests.simulation.story import Story, draw, in_words
from tests.simulation.world import World
from tests.simulation.worlds import a_year, some_weeks


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Plays the story of a seed.")
    parser.add_argument("seed", type=int)
    parser.add_argument("--year", metavar="ZONE", help="a year there, rather than some weeks")
    parser.add_argument("--story", action="store_true", help="print each step")
    parser.add_argument("--shrink", action="store_true", help="leave out what the breach can do without")
    given = parser.parse_args()
    cast = some_weeks(given.seed)
    if given.year:
        cast = a_year(given.year)
    story = draw(given.seed, cast)
    if given.story:
        print("\n".join(map(in_words, story.steps)))
    facts, found = played(story)
    print(summary(story, facts, found))
    if found and given.shrink:
        law = found[0].law
        story = shrunk(story, lambda each: any(breach.law == law for breach in played(each)[1]))
        facts, found = played(story)
        print(f"{len(story.steps)} steps break the same law:")
        print("\n".join(f"    {in_words(step)}" for step in story.steps))
    if found:
        print(tale(story, facts, found[0]))
        print("\n".join(map(str, found[1:20])))
    return 1 if found else 0


def played(story: Story) -> tuple[list[Fact], list[Breach]]:
    """On an SQLite store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/solacefeed.db")
        try:
            world = World(story, store, Path(folder))
            facts = world.play()
            return facts, breaches(story, facts, store, world.why, world.blog.addresses)
        finally:
            store.close()


def summary(story: Story, facts: list[Fact], found: list[Breach]) -> str:
    mails = [fact for fact in facts if isinstance(fact, Offered) and fact.arrived]
    laws = ", ".join(f"{count} {law}" for law, count in Counter(breach.law for breach in found).items()) or "none"
    digests = "; ".join(
        f"{digest.name} {', '.join(cadence.kind for cadence in digest.cadences)}" for digest in story.rules.digests
    )
    where = f"{story.name} in {story.rules.zone} ({digests})"
    return f"{where}: {len(story.steps)} steps, {len(mails)} mails; breaches: {laws}"


if __name__ == "__main__":
    raise SystemExit(main())
