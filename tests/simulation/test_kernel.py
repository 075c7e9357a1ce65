"""The simulator itself: whole stories on the product, held to the model."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from solacefeed.store.database import Store
from tests.simulation.laws import breaches, tale
from tests.simulation.story import Story, draw
from tests.simulation.world import World
from tests.simulation.worlds import weeks_without_a_ledger


def held(story: Story, store: Store, folder: Path) -> None:
    facts = World(story, store, folder).play()
    found = breaches(story, facts, store)
    assert not found, "\n".join([tale(story, facts, found[0]), *map(str, found[:20])])


def test_a_month_of_one_weekly_digest(sqlite_store: Store, tmp_path: Path) -> None:
    held(draw(1, weeks_without_a_ledger(4)), sqlite_store, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "at"), [("Europe/London", time(1, 30)), ("Australia/Lord_Howe", time(1, 45))])
def test_a_year_of_one_weekly_digest_over_both_nights_of_dst(
    sqlite_store: Store, tmp_path: Path, zone: str, at: time
) -> None:
    held(draw(2, weeks_without_a_ledger(52, zone, at=at)), sqlite_store, tmp_path)
