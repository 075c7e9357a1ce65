"""What the relay took while the store could not be written: the next round knows it by the log beside the store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.deeds.delivering.group_commit import GroupCommit
from solacefeed.deeds.delivering.in_hand import Marked
from solacefeed.deeds.delivering.recovering import TAKEN
from solacefeed.deeds.delivering.taken_mail import TakenMail
from solacefeed.errors import StoreError
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.store import outbox, schema, taken_claims
from solacefeed.store.database import Store
from solacefeed.store.home_log import HomeLog, LogKind
from solacefeed.store.taken_claims import TakenClaim
from tests.deeds.test_group_commit import WorkerByHand, prepared, ways
from tests.deeds.world import World
from tests.store.rows import EDITION, LEASE, everything, leases_end, written
from tests.support.builders import MONDAY


@pytest.fixture
def log(tmp_path: Path) -> HomeLog:
    return HomeLog(path=tmp_path / "home.log")


def no_room() -> object:
    raise StoreError("database or disk is full")


def left_by_a_dead_worker(world: World, log: HomeLog) -> World:
    """Ann's and Ben's copies were taken, and Cat's nobody answered; nothing of that could be written."""
    worker = WorkerByHand(prepared(world, "ann", "ben", "cat"))
    commits = GroupCommit(world.store, world.clock, LEASE, TakenMail(log, world.clock).note)
    ann, ben, cat = worker.take()
    assert commits.commit([ann, ben, cat], []) == [Marked.GO] * 3

    with pytest.MonkeyPatch.context() as broken:
        for each in ("write", "write_at_once"):
            broken.setattr(world.store, each, no_room)
        with pytest.raises(StoreError, match="full"):
            commits.commit([], ways([ann, ben]))
    assert set(world.states().values()) == {"handing"}
    leases_end(world.store, at=world.clock.now)
    return world


def goes_on(world: World, log: HomeLog) -> World:
    """By a process that knows what stands on the disk."""
    world.taken = TakenMail(log, world.clock)
    world.deliver()
    return world


@pytest.mark.parametrize("repeat", [False, True], ids=["hold", "retry"])
def test_what_the_log_says_was_taken_is_in_no_doubt(sqlite_store: Store, log: HomeLog, repeat: bool) -> None:
    world = left_by_a_dead_worker(World(sqlite_store, repeat_uncertain=repeat), log)
    goes_on(world, log)
    assert world.states() == {"ann": "accepted", "ben": "accepted", "cat": "uncertain"}
    assert {each.answer for each in everything(sqlite_store) if each.state == "accepted"} == {TAKEN}
    assert {each.doubts for each in everything(sqlite_store) if each.state == "accepted"} == {0}
    world.clock.now += timedelta(hours=1)
    world.deliver()
    assert [each.recipient for each in world.relay.mailbox] == ["cat@example.org"] * repeat


def test_what_a_dead_worker_of_a_database_on_a_server_had_is_known_where_its_log_is(store: Store, log: HomeLog) -> None:
    world = goes_on(left_by_a_dead_worker(World(store), log), log)
    assert world.states() == {"ann": "accepted", "ben": "accepted", "cat": "uncertain"}


def test_without_its_log_all_of_it_is_in_doubt(sqlite_store: Store, log: HomeLog) -> None:
    world = left_by_a_dead_worker(World(sqlite_store), log)
    log.path.unlink()
    assert set(goes_on(world, log).states().values()) == {"uncertain"}


def test_what_cannot_be_read_is_told_and_leaves_it_in_doubt(
    sqlite_store: Store, log: HomeLog, caplog: pytest.LogCaptureFixture
) -> None:
    world = left_by_a_dead_worker(World(sqlite_store), log)
    log.path.unlink()
    log.path.mkdir()
    assert set(goes_on(world, log).states().values()) == {"uncertain"}
    assert any("can't be read" in each and "in doubt" in each for each in caplog.messages)


def test_what_could_not_be_added_is_known_as_long_as_its_process_lives(sqlite_store: Store, log: HomeLog) -> None:
    log.path.mkdir()
    world = World(sqlite_store)
    world.taken = TakenMail(log, world.clock)
    worker = WorkerByHand(prepared(world, "ann"))
    commits = GroupCommit(sqlite_store, world.clock, LEASE)
    (ann,) = worker.take()
    commits.commit([ann], [])
    world.taken.note([ann], LEASE.worker)
    world.deliver()
    assert (world.states(), world.relay.mailbox) == ({"ann": "accepted"}, [])


def test_a_line_of_earlier_releases_names_no_claim_and_is_read_by_who_restores(
    sqlite_store: Store, log: HomeLog
) -> None:
    world = left_by_a_dead_worker(World(sqlite_store), log)
    log.path.unlink()
    who = {each.subscriber_id for each in everything(sqlite_store)}
    log.add(LogKind.COPIES, sorted(who), at=world.clock.now, of=EDITION)
    assert set(goes_on(world, log).states().values()) == {"uncertain"}
    assert log.taken(EDITION) == who


def test_whose_copies_were_taken_is_read_beside_the_claims(sqlite_store: Store, log: HomeLog) -> None:
    left_by_a_dead_worker(World(sqlite_store), log)
    readers = {each.subscriber_id for each in everything(sqlite_store) if each.email[:3] in {"ann", "ben"}}
    assert log.taken(EDITION) == readers


def test_a_letter_that_was_taken_is_in_no_doubt(sqlite_store: Store, log: HomeLog) -> None:
    world = World(sqlite_store)
    words = LetterWords(subject="Confirm", text="...", html="<p>...</p>", language="en")
    letter = NewLetter(kind=OutboxKind.TEST, email="ann@example.org", words=words, not_after=MONDAY + timedelta(days=1))
    number = written(sqlite_store, lambda c: outbox.put(c, letter, at=MONDAY, name=lambda *_: "<letter@example.org>"))
    (held,) = written(sqlite_store, lambda c: outbox.claim(c, lease=LEASE, limit=1, at=MONDAY))
    is_marked = schema.outbox.update().values(state="handing")
    written(sqlite_store, lambda c: c.execute(is_marked))
    log.add(LogKind.LETTERS, taken_claims.written([held.id], [(held.id, held.claims)], LEASE.worker), at=MONDAY)
    goes_on(world, log)
    with sqlite_store.read() as connection:
        (row,) = connection.execute(sa.select(schema.outbox.c.id, schema.outbox.c.state, schema.outbox.c.answer))
    assert tuple(row) == (number, "accepted", TAKEN)
    assert world.relay.mailbox == []


# -- whose line it is --------------------------------------------------------------------------------------


ONE = TakenClaim(LogKind.COPIES, "here-7-ab12", 12, 3)


def told(log: HomeLog, *, claim: TakenClaim = ONE, since: timedelta = timedelta()) -> bool:
    return taken_claims.found(log, {claim}, since=MONDAY + since) == {claim}


def add(log: HomeLog, claim: TakenClaim = ONE, *, reader: int = 5, at: timedelta = timedelta()) -> None:
    values = taken_claims.written([reader], [(claim.id, claim.claim)], claim.worker)
    log.add(claim.kind, values, at=MONDAY + at, of=EDITION)


@pytest.mark.parametrize(
    "other",
    [
        ONE._replace(claim=4),
        ONE._replace(claim=2),
        ONE._replace(id=3, claim=12),
        ONE._replace(worker="here-7-ab13"),
        ONE._replace(worker="here-7-ab1"),
        ONE._replace(worker=""),
        ONE._replace(kind=LogKind.LETTERS),
    ],
    ids=str,
)
def test_a_line_is_about_one_attempt_of_one_worker(log: HomeLog, other: TakenClaim) -> None:
    add(log)
    assert told(log)
    assert not told(log, claim=other)


def test_a_machine_may_be_called_anything(log: HomeLog) -> None:
    add(log, claim := ONE._replace(worker="the 5 mills-7-ab12"))
    assert told(log, claim=claim)
    assert log.taken(EDITION) == {5}


def test_no_part_of_a_line_that_was_torn_tells_a_claim(log: HomeLog) -> None:
    add(log)
    whole = log.path.read_bytes()
    for size in range(len(whole)):
        for rest in (b"", b"\n", b"\nletters\t2026-11-23T08:00:00+00:00\t-\t1 1.1 @else\n"):
            log.path.write_bytes(whole[:size] + rest)
            # Its end alone may be missing: then all of it is there.
            assert told(log) == (size == len(whole) - 1 and rest != b""), (size, rest)


@pytest.mark.parametrize("lines", [0, 1, 700, 1400, 2800], ids=str)
def test_a_line_is_found_wherever_it_stands(log: HomeLog, lines: int) -> None:
    """Also across what is read at once."""
    add(log)
    for number in range(lines):
        add(log, ONE._replace(id=1000 + number))
    assert told(log)
    assert told(log, claim=ONE._replace(id=1000 + lines // 2)) == (lines > 0)


def test_no_more_is_read_than_from_the_oldest_mark_on(log: HomeLog) -> None:
    add(log)
    add(log, ONE._replace(id=13), at=timedelta(days=2))
    with log.path.open("r+b") as file:
        # What is not looked at may be anything.
        file.seek(0)
    assert told(log, since=timedelta(minutes=30))
    assert not told(log, since=timedelta(days=1))
    assert told(log, claim=ONE._replace(id=13), since=timedelta(days=1))
