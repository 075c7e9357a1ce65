"""Another program is told what became of subscriptions and addresses, each once and in order."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.people.change_log import PAGE, Cursor, LoggedChange, changes, cursor_of
from solacefeed.deeds.people.choose import choose, pause, resume
from solacefeed.models.people import Actor
from solacefeed.store import subscribers, suppressions
from tests.deeds.syncing import address, bounces, kept, member, moves, synced
from tests.deeds.world import World
from tests.store.rows import written
from tests.support.builders import LONDON, MONDAY, WEEK


def log(world: World, start: Cursor | None = None, since: datetime | None = None) -> list[LoggedChange]:
    return list(changes(world.store, start or Cursor(), since=since))


def told(found: list[LoggedChange]) -> list[tuple[str, str, str]]:
    return [(each.subscriber.email.partition("@")[0], each.what.value, each.by.value) for each in found]


def test_a_database_is_told_who_came_chose_paused_moved_bounced_and_left_with_its_own_number(world: World) -> None:
    synced(world, member("7", "ann"))
    who = address("ann")
    choose(world.store, world.clock, world.digest, LONDON, who=who, slugs=["housing"])
    pause(world.store, world.clock, world.digest, LONDON, who=who, until=None)
    resume(world.store, world.clock, world.digest, who=who)
    world.clock.now += timedelta(minutes=1)
    moves(world, "ann", "anna")
    world.clock.now += timedelta(minutes=1)
    bounces(world, "anna")
    written(world.store, lambda c: suppressions.remove(c, address("anna"), at=world.clock(), by=Actor.OPERATOR))
    world.leave("anna")
    found = log(world)
    assert told(found) == [
        ("anna", "came", "sync"),
        ("anna", "chose", "reader"),
        ("anna", "paused", "reader"),
        ("anna", "resumed", "reader"),
        ("anna", "moved", "reader"),
        ("anna", "bounced", "suppression"),
        ("anna", "restored", "operator"),
        ("anna", "left", "reader"),
    ]
    assert {tuple(each.members.items()) for each in found} == {(("members", "7"),)}
    assert (found[4].before, found[4].after) == (address("ann"), address("anna"))


def test_it_goes_on_behind_a_cursor_and_tells_nothing_twice(world: World) -> None:
    world.join("ann")
    moves(world, "ann", "anna")
    first = log(world)
    end = cursor_of(first[-1].cursor)
    assert log(world, end) == []
    world.leave("anna")
    assert told(log(world, end)) == [("anna", "left", "reader")]
    every = log(world)
    for place, each in enumerate(every):
        assert log(world, cursor_of(each.cursor)) == every[place + 1 :]


def test_it_can_begin_with_a_day(world: World) -> None:
    world.join("ann")
    world.clock.now += WEEK
    world.join("ben")
    assert told(log(world, since=MONDAY + WEEK)) == [("ben", "came", "operator")]


def test_a_long_log_is_told_whole_in_pages(world: World) -> None:
    world.join_at_once({f"r{number}": None for number in range(PAGE + 10)})
    assert len({each.cursor for each in log(world)}) == PAGE + 10


def test_a_clock_that_leapt_loses_nothing(world: World) -> None:
    world.join("ann", "ben")
    moves(world, "ann", "anna")
    world.clock.now -= WEEK
    world.leave("ben")
    moves(world, "anna", "ann")
    every = log(world)
    assert len(every) == 5
    for place, each in enumerate(every):
        assert log(world, cursor_of(each.cursor)) == every[place + 1 :]


def test_a_change_that_is_under_way_is_not_passed_by(world: World) -> None:
    """On PostgreSQL, where a later one may be on disk before it."""
    world.join("ann", "ben")
    if world.store.engine.dialect.name != "postgresql":
        return
    start = cursor_of(log(world)[-1].cursor)
    found: list[LoggedChange] = []
    reader = threading.Thread(target=lambda: found.extend(log(world, start)))
    ann, ben = (kept(world)[who].subscriber.id for who in ("ann", "ben"))
    with world.store.engine.connect() as first:
        with first.begin():
            _end(first, ann)
            with world.store.engine.connect() as second, second.begin():
                _end(second, ben)
            reader.start()
            _await_somebody_who_waits(world)
        reader.join()
    assert told(found) == [("ann", "left", "reader"), ("ben", "left", "reader")]


def _end(connection: sa.Connection, number: int) -> None:
    assert subscribers.end(connection, number, "weekly", at=MONDAY)


def _await_somebody_who_waits(world: World) -> None:
    asked = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(100_000):
        with world.store.engine.connect() as connection:
            if connection.execute(asked).scalar_one():
                return
    raise AssertionError("nobody waits")
