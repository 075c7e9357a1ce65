"""Whole stories on the product, held to the model: three weeks, a year of two digests, and worlds of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.pace import ALL
from solacefeed.store import facts as kept
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import Instant, paces
from tests.simulation.cast import draw
from tests.simulation.database_clock import go_by
from tests.simulation.ground import Ground
from tests.simulation.known import Breach
from tests.simulation.laws import breaches, promise, tale
from tests.simulation.many import Tally, commit, outcome, told
from tests.simulation.paging import put
from tests.simulation.shrinking import shrunk
from tests.simulation.story import Posting, Story
from tests.simulation.world import AFTERWARDS, World
from tests.simulation.worlds import a_few_days, a_year, some_days, some_weeks, three_weeks
from tests.support.databases import Databases

A_MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
#: Worlds of one test.
AT_ONCE = 10
EACH_TIME = 10
GENERATED = 200
ON_POSTGRESQL = 20


Stores = Callable[[], AbstractContextManager[tuple[Store, Path]]]


#: How long a few days are played on: copies wait for two days at most.
SOON = timedelta(days=3)


def held(story: Story, store: Store, folder: Path, afterwards: timedelta = AFTERWARDS) -> None:
    """Plays *story* to its end; a breach is told with what its reader and its posts met."""
    world = World(story, store, folder, afterwards=afterwards)
    with closing(world):
        facts = world.play()
        found = breaches(story, facts, store, world.why, world.blog.addresses)
    assert not found, "\n".join([tale(story, facts, found[0]), *map(str, found[:20])])


@pytest.mark.slow
def test_three_weeks_of_two_digests(sqlite_store: Store, tmp_path: Path) -> None:
    held(draw(1, three_weeks()), sqlite_store, tmp_path)


@pytest.mark.parametrize("first", range(1, EACH_TIME, 5))
def test_a_few_days_of_sites_in_trouble(tmp_path: Path, first: int) -> None:
    ground = Ground(tmp_path)
    for seed in range(first, first + 5):
        store = ground.store()
        held(draw(seed, a_few_days(seed)), store, tmp_path, SOON)
        store.close()


def test_mail_that_goes_slower_is_played_as_the_daemon_hands_it_over(tmp_path: Path) -> None:
    store = Ground(tmp_path).store()
    slowed = {"scope": ALL, "used_until": A_MONDAY - timedelta(weeks=52), "slowed_to": 0.1, "slowed_from": 3.2}
    with store.write() as connection:
        connection.execute(paces.insert().values(**slowed, strain=0, relief=-1000))
    held(draw(4, a_few_days(4)), store, tmp_path, SOON)
    with store.read() as connection:
        assert connection.execute(sa.select(paces.c.slowed_to)).scalar_one() is not None
    store.close()


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    assert draw(7, some_weeks(7)) == draw(7, some_weeks(7))
    assert draw(7, some_weeks(7)).steps != draw(8, some_weeks(8)).steps


def test_a_story_is_shrunk_to_the_steps_that_matter() -> None:
    story = draw(7, some_weeks(7))
    two = [step for step in story.steps if isinstance(step, Posting)][3:5]
    found = shrunk(story, lambda each: set(two) <= set(each.steps), most=1000)
    assert list(found.steps) == two


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "zone"), [(1, "Europe/London"), (2, "Australia/Lord_Howe")])
def test_a_year_of_weeks_brings_nobody_a_post_twice_and_nobody_misses_one(
    sqlite_store: Store, tmp_path: Path, seed: int, zone: str
) -> None:
    held(draw(seed, a_year(zone)), sqlite_store, tmp_path)


# -- many worlds ----------------------------------------------------------------------------------------


@pytest.fixture
def on_sqlite(migrated_file: Path, tmp_path: Path) -> Stores:
    numbers = count()

    @contextmanager
    def one() -> Iterator[tuple[Store, Path]]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        (folder / "store.db").write_bytes(migrated_file.read_bytes())
        store = open_store(f"sqlite:///{folder / 'store.db'}")
        yield store, folder
        store.close()

    return one


@pytest.fixture
def on_postgresql(databases: Databases, tmp_path: Path) -> Stores:
    numbers = count()

    @contextmanager
    def one() -> Iterator[tuple[Store, Path]]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        with databases.migrated() as address:
            store = open_store(address)
            yield store, folder
            store.close()

    return one


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, GENERATED, AT_ONCE))
def test_whatever_becomes_of_a_site_its_readers_get_what_they_are_to_get(on_sqlite: Stores, first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        with on_sqlite() as (store, folder):
            held(draw(seed, some_weeks(seed)), store, folder)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1001, 1001 + ON_POSTGRESQL, AT_ONCE))
def test_on_postgresql_too_readers_get_what_they_are_to_get(on_postgresql: Stores, first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        with on_postgresql() as (store, folder):
            held(draw(seed, some_weeks(seed)), store, folder)


def test_the_server_of_a_world_on_postgresql_goes_by_the_simulated_clock(on_postgresql: Stores) -> None:
    with on_postgresql() as (store, _):
        now = A_MONDAY
        go_by(store.engine, lambda: now)
        for now in (A_MONDAY, A_MONDAY + timedelta(days=40)):
            with store.read() as connection:
                assert connection.execute(sa.select(sa.func.clock_timestamp(type_=Instant))).scalar_one() == now


def test_a_world_finds_nothing_of_the_one_before(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    with (before := ground.store()).write() as connection:
        kept.put(connection, "seen", "yes")
    before.close()
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "all.atom").write_text("<feed/>")
    with (store := ground.store()).read() as connection:
        assert kept.read(connection, "seen") is None
    store.close()
    assert not (tmp_path / "feeds").exists()


# -- what is told of many -----------------------------------------------------------------------------------


def test_what_was_run_stands_in_its_place_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "simulation.md"
    page.write_text("Before.\n\n<!-- made by: make simulate -->\n\nOld.\n\n<!-- end -->\n\nBehind.\n")
    put(page, "make simulate", ["| worlds |", "| 3 |"])
    assert page.read_text() == (
        "Before.\n\n<!-- made by: make simulate -->\n\n| worlds |\n| 3 |\n\n<!-- end -->\n\nBehind.\n"
    )
    with pytest.raises(ValueError, match="has no place"):
        put(page, "make soak", [])


def test_worlds_are_counted_together_and_a_breach_is_told_with_its_seed_and_the_fewest_steps() -> None:
    story = draw(3, some_days(3))
    one = outcome(story, tries=0)
    tally = Tally()
    tally.add(one)
    tally.add(one)
    assert (tally.worlds, tally.span, tally.mails) == (2, 2 * (story.ends - story.starts), 2 * one.mails)
    lines = "\n".join(tally.lines())
    assert f"| post write | {2 * one.acts['post write']} |" in lines
    breach = Breach(law="missed", at=story.starts, reader="ann", posts=frozenset({1}), words="no mail came")
    words = told(story, [], [breach], tries=0)
    assert words.startswith(f"seed 3 at {commit()}: {len(story.steps)} steps show it\n")
    assert "missed: ann, post 1" in words


def test_what_is_late_is_told_apart_from_what_is_wrong() -> None:
    assert {promise(law) for law in ("missed", "not settled", "not shown")} == {"liveness"}
    assert {promise(law) for law in ("twice", "mailed though ended", "another id", "a bug")} == {"safety"}
