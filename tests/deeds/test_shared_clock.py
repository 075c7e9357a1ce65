"""Of several machines each has a clock of its own; what they write of mail goes by the database's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.app import App
from solacefeed.config.loading import load
from solacefeed.deeds.clock import SharedClock, be_sure, believe
from solacefeed.deeds.delivering.adopted import see_to
from solacefeed.deeds.delivering.due import DueMail
from solacefeed.deeds.people.digests import give_up
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.upkeep import clock_check
from solacefeed.deeds.upkeep.adopt import AdoptSettings, adopt
from solacefeed.delivery.retries import WAITS
from solacefeed.digest.messages import letter_id
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.pace import Limits
from solacefeed.store import adopted, editions, facts, home, pace
from solacefeed.store import outbox as outbox_store
from solacefeed.store.database import Store
from solacefeed.store.schema import Instant, deliveries, outbox
from tests.deeds.test_digests import weekly
from tests.deeds.test_outbox import letters, put
from tests.deeds.world import ENVELOPE, World
from tests.store.test_pace import take
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import Act, SettableClock
from tests.support.site import CONFIG

#: No test takes so long.
MEANWHILE = timedelta(minutes=5)
WRONG = [timedelta(minutes=-50), timedelta(minutes=50)]
NAMED = partial(letter_id, sender=ENVELOPE.sender)
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
    edition, by_database = "weekly/2026-11-23", apart(world, skew, monkeypatch)
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


def apart(world: World, skew: timedelta, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Lets the machine's clock be wrong from here on; returns what the database's says."""
    by_database = world.clock.now
    monkeypatch.setattr(pace, "ahead", lambda _connection, at: by_database - at)
    world.clock.forward(minutes=skew / timedelta(minutes=1))
    return by_database


@on_postgresql
@pytest.mark.parametrize("skew", WRONG, ids=["behind", "ahead"])
def test_mail_of_a_store_that_is_adopted_at_a_machine_whose_clock_is_wrong_goes_by_the_databases(
    world: World, skew: timedelta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("ann", "joe")
    world.appear(a_source_post(id="1", published=MONDAY - timedelta(days=4), category_numbers=("1",)))
    world.prepare()
    put(world, within=timedelta(hours=8))
    by_database = apart(world, skew, monkeypatch)
    home.settle(world.store, where := home.home_of(world.store, tmp_path / "home"), at=by_database)
    home.leave(world.store)
    settings = AdoptSettings(home=where, key=FingerprintKey(path=tmp_path / "key"), repeat_uncertain=True)
    assert adopt(world.store, world.clock, settings).doubted == 3
    with world.store.read() as connection:
        adoption = adopted.read(connection)
    assert adoption is not None
    assert adoption.until == by_database
    assert {(each.changed_at, each.next_try_at) for each in world.copies().values()} == {(by_database, by_database)}
    assert {(each.changed_at, each.next_try_at) for each in letters(world).values()} == {(by_database, by_database)}
    # Of what is prepared anew the next round of mail sees to the same.
    with world.store.write() as connection:
        adopted.put(connection, replace(adoption, done=()))
        connection.execute(deliveries.update().values(state=DeliveryState.PENDING, doubts=0, next_try_at=None))
    see_to(world.store, where, world.clock, repeat_uncertain=True)
    assert {each.next_try_at for each in world.copies().values()} == {by_database}


def give_its_digest_up(world: World) -> None:
    give_up(world.store, world.clock, weekly(world))


@on_postgresql
@pytest.mark.parametrize("skew", WRONG, ids=["behind", "ahead"])
@pytest.mark.parametrize("end", [World.cancel, give_its_digest_up])
def test_what_is_cancelled_or_given_up_at_a_machine_whose_clock_is_wrong_ends_by_the_databases(
    world: World, end: Callable[[World], object], skew: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("ann", "joe")
    world.appear(a_source_post(id="1", published=MONDAY - timedelta(days=4), category_numbers=("1",)))
    world.prepare()
    by_database = apart(world, skew, monkeypatch)
    end(world)
    assert {each.changed_at for each in world.copies().values()} == {by_database}


@on_postgresql
def test_news_that_is_put_at_a_machine_whose_clock_is_ahead_lets_what_it_follows_go_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = LetterWords(subject="1 trouble", text="Words.", html="<p>Words.</p>", language="en")
    late = world.clock.now + timedelta(hours=8)
    alarms = [
        NewLetter(kind=OutboxKind.ALARM, email="eve@example.org", words=words, once=once, not_after=late)
        for once in ("begun", "over")
    ]
    with world.store.write() as connection:
        outbox_store.put(connection, alarms[0], at=world.clock.now, name=NAMED)
        connection.execute(outbox.update().values(next_try_at=late - timedelta(hours=1)))
    by_database = apart(world, timedelta(minutes=50), monkeypatch)
    with world.store.write() as connection:
        outbox_store.put(connection, alarms[1], at=world.clock.now, name=NAMED)
        first = outbox_store.find(connection, 1)
    assert first is not None
    assert first.next_try_at == by_database


@on_postgresql
def test_what_the_databases_clock_wrote_lies_ahead_of_no_machine_whose_clock_is_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "ahead", lambda _connection, _at: timedelta(minutes=50))
    world.join("ann")
    world.appear(a_source_post(id="1", published=MONDAY - timedelta(days=4), category_numbers=("1",)))
    world.prepare()
    world.deliver()
    assert {each.changed_at for each in world.copies().values()} == {world.clock.now + timedelta(minutes=50)}
    with world.store.write() as connection:
        facts.put(connection, facts.CLOCK, facts.LIVE)
    assert clock_check.look(world.store, world.clock()).ahead == ()
    assert clock_check.repair(world.store, world.clock).instants == 0


#: As where a machine takes its local time for UTC, and where it has lost its time altogether.
FAR_OFF = [timedelta(hours=-9), timedelta(days=12)]


@on_postgresql
@pytest.mark.parametrize("wrong", FAR_OFF, ids=["behind", "ahead"])
def test_however_far_off_a_machine_of_a_live_store_is_it_delivers_by_the_databases_clock(
    world: World, wrong: timedelta
) -> None:
    before = by_database(world.store)
    facts.settle_clock(world.store, rehearsed=False)
    put(world, within=before - world.clock.now + timedelta(minutes=30))
    world.clock.now = before + wrong
    world.deliver()
    assert world.got() == ["eve"]
    assert before <= letters(world)["eve"].changed_at <= before + MEANWHILE


@on_postgresql
@pytest.mark.parametrize("wrong", FAR_OFF, ids=["behind", "ahead"])
def test_a_limit_is_used_up_too_for_a_machine_whose_clock_is_far_off(store: Store, wrong: timedelta) -> None:
    facts.settle_clock(store, rehearsed=False)
    limits, now = Limits(per_hour=100), by_database(store)
    assert take_by_a_machine(store, limits, 100, now) == 100
    assert take_by_a_machine(store, limits, 100, now + wrong) == 0


@on_postgresql
def test_a_machine_whose_clock_is_days_ahead_puts_that_of_no_other_in_doubt(store: Store) -> None:
    facts.settle_clock(store, rehearsed=False)
    now = by_database(store)
    be_sure(store, now - timedelta(hours=1))
    believe(store, lambda: now + timedelta(days=12))
    believe(store, lambda: now)
    be_sure(store, now - timedelta(days=2))
    believe(store, lambda: now + timedelta(days=12))
    believe(store, lambda: now)


def take_by_a_machine(store: Store, limits: Limits, wanted: int, says: datetime) -> int:
    with store.read() as connection:
        at = says + pace.ahead(connection, says)
    return take(store, limits, wanted, at, letters=True)


def test_a_rehearsed_clock_and_the_one_of_a_machine_alone_go_by_themselves(store: Store) -> None:
    assert SharedClock(store, lambda: MONDAY - timedelta(days=400))() == MONDAY - timedelta(days=400)
    if store.file is not None:
        assert SharedClock(store, lambda: MONDAY)() == MONDAY
