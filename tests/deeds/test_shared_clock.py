"""Of several machines each has a clock of its own; what they write of mail goes by the database's."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.app import App
from solacefeed.config.loading import load
from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.delivering.due import DueMail
from solacefeed.delivery.retries import WAITS
from solacefeed.models.editions import EditionState
from solacefeed.store import editions, pace
from solacefeed.store.database import Store
from solacefeed.store.schema import Instant, outbox
from tests.deeds.test_outbox import letters, put
from tests.deeds.world import World
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import Act, SettableClock
from tests.support.site import CONFIG

#: No test takes so long.
MEANWHILE = timedelta(minutes=5)
WRONG = [timedelta(minutes=-50), timedelta(minutes=50)]
MAIL = """[mail]
from = "Example Officers <digest@example.org>"
transport = "rehearsal"
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
"""
on_postgresql = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


def by_database(store: Store) -> datetime:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.clock_timestamp(type_=Instant))).scalar_one()


@pytest.mark.more
@on_postgresql
@pytest.mark.parametrize("wrong", WRONG, ids=["behind", "ahead"])
def test_a_machine_whose_clock_is_wrong_delivers_by_the_databases(world: World, wrong: timedelta) -> None:
    before = by_database(world.store)
    world.clock.now = before + wrong
    put(world, within=timedelta(hours=2))
    world.deliver(Act.DEFER)
    letter = letters(world)["eve"]
    assert before <= letter.changed_at <= before + MEANWHILE
    assert letter.next_try_at is not None
    assert letter.next_try_at <= before + WAITS[0] + MEANWHILE


@pytest.mark.more
@on_postgresql
def test_a_machine_whose_clock_is_ahead_gives_nothing_up_before_its_time(world: World) -> None:
    world.clock.now = by_database(world.store)
    put(world, within=timedelta(minutes=30))
    world.clock.now += timedelta(minutes=50)
    world.deliver()
    assert world.got() == ["eve"]


@on_postgresql
def test_a_leader_whose_clock_is_behind_puts_what_is_due_by_the_databases(world: World, tmp_path: Path) -> None:
    now = by_database(world.store)
    put(world, within=timedelta(days=800))
    with world.store.write() as connection:
        connection.execute(outbox.update().values(next_try_at=now - timedelta(minutes=1)))
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(source="https://blog.example.org", more=MAIL), encoding="utf-8")
    leader = App(load(config, environ={}), as_of=now - timedelta(minutes=50), folder=tmp_path)
    found: list[DueMail] = []
    leader.mail.queue(world.store, found.append)
    assert [due.outbox for due in found] == [True]


@on_postgresql
def test_a_clock_that_is_set_while_a_round_goes_on_is_seen_with_its_next_look(store: Store) -> None:
    machine = SettableClock(by_database(store))
    shared = SharedClock(store, machine)
    machine.now += timedelta(minutes=50)
    assert shared() > by_database(store) + MEANWHILE
    shared.set()
    assert abs(shared() - by_database(store)) < MEANWHILE


@on_postgresql
@pytest.mark.parametrize("skew", WRONG, ids=["behind", "ahead"])
def test_what_the_operator_decides_at_a_machine_whose_clock_is_wrong_goes_at_once_and_by_the_databases(
    world: World, skew: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("ann", "joe", "zoe")
    world.appear(a_source_post(id="1", published=MONDAY - timedelta(days=4), category_numbers=("1",)))
    world.prepare()
    # Ann's is put off, Joe's refused, and of Zoe's nobody knows.
    world.repeat_uncertain = False
    world.deliver(Act.DEFER, Act.REJECT, Act.CUT_AFTER_THE_DOT)
    edition, by_database = "weekly/2026-11-23", world.clock.now
    monkeypatch.setattr(pace, "ahead", lambda _connection, at: by_database - at)
    world.clock.forward(minutes=skew / timedelta(minutes=1))
    with world.store.write() as connection:
        editions.move(connection, edition, leaving={EditionState.DELIVERING}, to=EditionState.PAUSED)
    world.resume()
    world.retry(edition)
    world.resolve(arrived=True, edition_id=edition)
    assert {copy.changed_at for copy in world.copies().values()} == {by_database}
    world.deliver()
    assert world.states() == dict.fromkeys(("ann", "joe", "zoe"), "accepted")
    world.send_again("joe")
    joe = world.copies()["joe"]
    assert joe.until is not None
    assert (joe.changed_at, joe.until - by_database) == (by_database, world.digest.max_late)


def test_a_rehearsed_clock_and_the_one_of_a_machine_alone_go_by_themselves(store: Store) -> None:
    assert SharedClock(store, lambda: MONDAY - timedelta(days=400))() == MONDAY - timedelta(days=400)
    if store.file is not None:
        assert SharedClock(store, lambda: MONDAY)() == MONDAY
