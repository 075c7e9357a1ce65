"""Several machines of one site, on PostgreSQL: what befalls one of them at any moment the others outlive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa

from solacefeed.store.database import Store, open_store
from tests.simulation.cast import DEEDS, draw
from tests.simulation.facts import Deed, Died, Fact, Offered
from tests.simulation.laws import breaches, tale
from tests.simulation.story import BreaksOff, Kill, StandsStill, Step, Story
from tests.simulation.test_planted_by_hand import bug, planted
from tests.simulation.test_stories import HOUR, MINUTE, MONDAY, WEEKLY, a_story, joins, writes
from tests.simulation.world import World
from tests.simulation.worlds import several_machines
from tests.support.databases import Databases

#: Worlds that are drawn, and of one test.
DRAWN, AT_ONCE = 40, 5
#: By how much clocks are apart: no two by as much as a lease lasts, and two by more.
APART = (timedelta(0), 6 * MINUTE, -5 * MINUTE)
#: No deed of such a week writes more often; a turn at mail has its marks behind the first eight.
WRITES: dict[Deed, range] = {
    "poll": range(1, 5),
    "prepare": range(1, 9),
    "publish": range(1, 7),
    "deliver": range(1, 15),
}
AT_THE_MARK = 9

Stores = Callable[[], AbstractContextManager[tuple[Store, Path]]]


@pytest.fixture
def stores(databases: Databases, tmp_path: Path) -> Stores:
    numbers = count()

    @contextmanager
    def one() -> Iterator[tuple[Store, Path]]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        with databases.migrated() as address, closing(open_store(address)) as store:
            yield store, folder

    return one


def a_week(*steps: Step) -> Story:
    """Of three machines, with a closing that ann and bob wait for, and a post a day before it."""
    readers = (joins(name, "weekly", "weekly") for name in ("ann", "bob"))
    story = a_story(*readers, writes(1, MONDAY - 30 * HOUR), *steps, digests=(WEEKLY,))
    return replace(story, machines=APART)


def played(story: Story, stores: Stores) -> tuple[list[Fact], list[str]]:
    """What came of it, and which laws it broke."""
    with stores() as (store, folder), closing(World(story, store, folder, afterwards=timedelta(days=3))) as world:
        facts = world.play()
        found = breaches(story, facts, store, world.why, world.blog.addresses)
        return facts, [tale(story, facts, found[0])[:4000]] + [each.law for each in found] if found else []


def stands_still(deed: Deed, write: int, *, connections: Literal["ended", "kept"] = "ended") -> StandsStill:
    """For longer than leases last, before that write of the deed by which the digest goes."""
    return StandsStill(at=MONDAY - HOUR, deed=deed, transaction=write, span=6 * MINUTE, connections=connections)


def befell(facts: list[Fact]) -> list[tuple[Deed, str]]:
    return [(fact.deed, fact.what) for fact in facts if isinstance(fact, Died)]


def arrived(facts: list[Fact]) -> list[str]:
    return sorted(fact.mail.reader for fact in facts if isinstance(fact, Offered) and fact.arrived)


# -- at each moment -----------------------------------------------------------------------------------


def test_a_worker_that_stood_still_before_a_mark_sends_nothing_that_another_has_sent(stores: Stores) -> None:
    facts, laws = played(a_week(stands_still("deliver", AT_THE_MARK, connections="kept")), stores)
    assert laws == []
    assert befell(facts) == [("deliver", "stood still")]
    offers = [(fact.mail.reader, fact.arrived) for fact in facts if isinstance(fact, Offered)]
    assert sorted(offers) == [("ann", False), ("ann", True), ("bob", True)]


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS)
def test_a_machine_that_stands_still_before_any_write_is_overtaken_and_spoils_nothing(
    stores: Stores, deed: Deed
) -> None:
    stood = 0
    for write in WRITES[deed]:
        facts, laws = played(a_week(stands_still(deed, write)), stores)
        assert laws == []
        assert set(arrived(facts)) == {"ann", "bob"}
        stood += (deed, "stood still") in befell(facts)
    assert stood >= len(WRITES[deed]) // 2


@pytest.mark.slow
def test_a_worker_that_wakes_with_its_connections_hands_over_nothing_that_another_has(stores: Stores) -> None:
    for write in WRITES["deliver"]:
        facts, laws = played(a_week(stands_still("deliver", write, connections="kept")), stores)
        assert laws == []
        assert arrived(facts) == ["ann", "bob"]


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("deed", DEEDS)
def test_a_commit_whose_answer_nobody_hears_is_done_once(stores: Stores, deed: Deed, kept: bool) -> None:
    for write in WRITES[deed]:
        breaks = BreaksOff(at=MONDAY - HOUR, deed=deed, transaction=write, kept=kept)
        facts, laws = played(a_week(breaks), stores)
        assert laws == []
        assert arrived(facts) == ["ann", "bob"]


# -- drawn --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("first", range(2001, 2001 + DRAWN, AT_ONCE))
def test_whatever_becomes_of_several_machines_readers_get_what_they_are_to_get(stores: Stores, first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        assert played(draw(seed, several_machines(seed)), stores)[1] == []


# -- bugs ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_dead_worker_whose_leases_never_ended_would_be_missed(stores: Stores) -> None:
    never = bug(
        "leases-never-end",
        "store/mail_states.py",
        "over = table.c.lease_until <= _now(dialect, at)",
        "over = table.c.lease_until <= _now(dialect, at) - sa.text(\"interval '9 days'\")",
        "Who waits for what a dead worker had in hand waits for ever.",
    )
    dies = Kill(at=MONDAY - HOUR, deed="deliver", transaction=8)
    assert played(a_week(dies), stores)[1] == []
    with planted(never):
        assert "missed" in played(a_week(dies), stores)[1]


@pytest.mark.slow
def test_a_leader_that_did_not_ask_for_its_lock_would_write_what_another_has_written(stores: Stores) -> None:
    asks_in_vain = bug(
        "lost-lock-writes-on",
        "store/locks.py",
        'if not connection.execute(asked, {"session": session, "name": advisory_name(deed)}).scalar():',
        'if connection.execute(asked, {"session": session, "name": advisory_name(deed)}).scalar() is None:',
        "One that woke prepares an edition again that another has prepared.",
    )
    with planted(asks_in_vain), pytest.raises(sa.exc.IntegrityError):
        played(a_week(stands_still("prepare", 4)), stores)
