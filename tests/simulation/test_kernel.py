"""The simulator itself: whole stories on the product, held to the model."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

from solacefeed.store.database import Store
from tests.simulation.laws import breaches, tale
from tests.simulation.rules import CadenceRule, ClosingRule, DigestRule, Rules
from tests.simulation.story import BEGINNING, Cast, Story, draw
from tests.simulation.world import World

PARENTS = {"housing": None, "homelessness": "housing", "scotland": None, "education": None}
FOREVER = timedelta(days=3000)

WEEKLY = DigestRule(
    name="weekly",
    cadences=(CadenceRule(kind="weekly", closings=(ClosingRule(weekday=0, at=time(7)),)),),
    settle=timedelta(0),
    max_age=FOREVER,
    mail_within=FOREVER,
)
TODAY = Rules(
    zone="Europe/London",
    digests=(WEEKLY,),
    parents=PARENTS,
    late_from_freezing=False,
    frees=False,
    words_are_frozen=False,
)


def held(story: Story, store: Store, folder: Path) -> None:
    facts = World(story, store, folder).play()
    found = breaches(story, facts, store)
    assert not found, "\n".join([tale(story, facts, found[0]), *map(str, found[:20])])


def test_a_month_of_one_weekly_digest(sqlite_store: Store, tmp_path: Path) -> None:
    cast = Cast(rules=TODAY, starts=BEGINNING, weeks=4, wishes=("join", "choose", "leave", "undo"))
    held(draw(1, cast), sqlite_store, tmp_path)
