"""The log beside the store: each line whole or not at all, whoever else writes, and known to lack what it lacks."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from solacefeed.errors import StoreError
from solacefeed.models.people import Actor
from solacefeed.store import fingerprints, home, subscribers
from solacefeed.store.database import Store, open_store
from solacefeed.store.home import HomeFiles, home_of
from solacefeed.store.home_log import HomeLog, LogKind
from tests.store.rows import a_reader
from tests.support.builders import MONDAY
from tests.support.databases import Databases

HOUR = timedelta(hours=1)
EDITION = "weekly/2026-11-30"


@pytest.fixture
def log(tmp_path: Path) -> HomeLog:
    made = HomeLog(path=tmp_path / "home.log")
    made.begin("home", at=MONDAY)
    return made


def taken(log: HomeLog, *numbers: int, at: datetime = MONDAY) -> None:
    log.add(LogKind.COPIES, numbers, at=at, of=EDITION)


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file of this process grows beyond that many bytes, as on a full disk."""
    before, handled = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)


def test_a_line_for_which_there_is_no_room_leaves_nothing_and_swallows_no_other(log: HomeLog) -> None:
    taken(log, 1)
    whole = log.path.read_bytes()
    with no_room_beyond(len(whole) + 30), pytest.raises(StoreError, match=r"home\.log can't be written"):
        taken(log, 2)
    assert log.path.read_bytes() == whole
    taken(log, 3)
    assert log.taken(EDITION) == {1, 3}


def test_what_a_power_cut_left_half_swallows_no_other(log: HomeLog) -> None:
    with log.path.open("a") as file:
        file.write("copies\t2026-11-23T08:00:00+00:00\tweekly/2026-")
    taken(log, 3)
    assert log.taken(EDITION) == {3}


def test_a_log_that_lacks_a_line_says_so_of_what_was_copied_before(log: HomeLog) -> None:
    assert log.knows("home", since=MONDAY)
    with no_room_beyond(log.path.stat().st_size), pytest.raises(StoreError):
        taken(log, 2)
    assert log.has_gap()
    assert not log.knows("home", since=MONDAY)
    taken(log, 3, at=MONDAY + HOUR)
    assert not log.has_gap()
    assert not log.knows("home", since=MONDAY)
    # What was copied later has all that is missing here.
    assert log.knows("home", since=MONDAY + 2 * HOUR)


def test_a_damaged_log_does_not_know_all_of_what_was_copied_before(log: HomeLog) -> None:
    with log.path.open("a") as file:
        file.write("copies\t2026-11-23T08:00:00+00:00\tweekly/2026-")
    assert not log.knows("home", since=MONDAY + HOUR)
    taken(log, 3, at=MONDAY + HOUR)
    assert not log.knows("home", since=MONDAY)
    assert log.knows("home", since=MONDAY + 2 * HOUR)


def test_a_log_that_was_itself_brought_back_does_not_know_what_came_after(log: HomeLog) -> None:
    copied = log.path.read_bytes()
    taken(log, 1)
    log.path.rename(log.path.with_name("aside"))
    log.path.write_bytes(copied)
    assert not log.knows("home", since=MONDAY)


def test_a_log_that_may_not_be_written_is_told_and_ends_by_a_line(tmp_path: Path) -> None:
    log = HomeLog(path=tmp_path / "home.log")
    log.path.mkdir()
    with pytest.raises(StoreError):
        taken(log, 1)
    assert log.has_gap()
    log.path.rmdir()
    taken(log, 2)
    assert not log.has_gap()
    assert log.taken(EDITION) == {2}


def test_what_is_no_regular_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "home.log").symlink_to("/dev/null")
    with pytest.raises(StoreError, match="no regular file"):
        taken(HomeLog(path=tmp_path / "home.log"), 1)


def test_what_others_write_while_old_lines_go_is_not_lost(log: HomeLog) -> None:
    """Some of them wait for it, and some have opened the file that goes."""
    for _ in range(300):
        log.add(LogKind.COPIES, range(100_000, 100_500), at=MONDAY - timedelta(days=70), of="weekly/old")
    taken(log, 1)

    def write(number: int) -> None:
        for each in range(40):
            log.add(LogKind.ERASED, [f"{number}-{each}"], at=MONDAY)

    writers = [Thread(target=write, args=(number,)) for number in range(4)]
    for each in writers:
        each.start()
    log.let_go(MONDAY)
    for each in writers:
        each.join()
    assert log.taken("weekly/old") == set()
    assert log.taken(EDITION) == {1}
    assert len(log.told(LogKind.ERASED)) == 160
    assert log.knows("home", since=MONDAY)


# -- people -------------------------------------------------------------------------------------------------------


def at_home(store: Store, folder: Path) -> HomeFiles:
    files = home_of(store, folder / "solacefeed.home")
    home.note_progress(store, files, at=MONDAY)
    home.note_people(store, files, at=MONDAY)
    return files


def erase(store: Store, mark: str, at: datetime) -> None:
    with store.write() as connection:
        fingerprints.add(connection, mark, at=at)


def test_who_was_erased_is_in_the_log_whatever_the_clock_said(store: Store, tmp_path: Path) -> None:
    files = at_home(store, tmp_path)
    for mark, at in (("ann", MONDAY + HOUR), ("bob", MONDAY), ("cid", MONDAY + 5 * HOUR), ("dan", MONDAY - 9 * HOUR)):
        erase(store, mark, at)
        home.note_people(store, files, at=at)
    assert files.log.erased() == {"ann", "bob", "cid", "dan"}


def test_who_came_back_and_was_erased_again_is_in_the_log_again(store: Store, tmp_path: Path) -> None:
    files = at_home(store, tmp_path)
    erase(store, "ann", MONDAY)
    home.note_people(store, files, at=MONDAY)
    with store.write() as connection:
        fingerprints.remove(connection, "ann")
    home.note_people(store, files, at=MONDAY + HOUR)
    assert files.log.erased() == set()
    erase(store, "ann", MONDAY + 2 * HOUR)
    home.note_people(store, files, at=MONDAY + 2 * HOUR)
    assert files.log.erased() == {"ann"}
    assert files.log.told(LogKind.ERASED, since=MONDAY + 2 * HOUR) == {"ann"}


def test_a_look_with_nothing_new_writes_nothing(store: Store, tmp_path: Path) -> None:
    files = at_home(store, tmp_path)
    erase(store, "ann", MONDAY)
    home.note_people(store, files, at=MONDAY)
    before = (files.log.path.read_bytes(), files.file.stat().st_ino)
    home.note_people(store, files, at=MONDAY + HOUR)
    assert (files.log.path.read_bytes(), files.file.stat().st_ino) == before


def test_who_left_by_a_transaction_that_took_longer_than_a_later_one_is_in_the_log(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.migrated() as url, closing(open_store(url)) as store, closing(open_store(url)) as other:
        ann, bob = a_reader(store, "ann@example.org"), a_reader(store, "bob@example.org")
        files = at_home(store, tmp_path)
        with other.write() as slow:
            subscribers.end(slow, ann.id, "weekly", at=MONDAY)
            with store.write() as quick:
                subscribers.end(quick, bob.id, "weekly", at=MONDAY)
            home.note_people(store, files, at=MONDAY)
        home.note_people(store, files, at=MONDAY)
        assert files.log.who_left(since=None).keys() == {("weekly", ann.id), ("weekly", bob.id)}


def test_the_log_tells_by_whose_word_a_subscription_ended_last(store: Store, tmp_path: Path) -> None:
    files = at_home(store, tmp_path)
    ann, bob, cem = (a_reader(store, f"{name}@example.org") for name in ("ann", "bob", "cem"))
    with store.write() as connection:
        for who, by in ((ann, Actor.OPERATOR), (bob, Actor.READER), (cem, Actor.LIST)):
            subscribers.end(connection, who.id, "weekly", at=MONDAY, by=by)
        # A reader's own end stands over one that was not theirs.
        subscribers.end(connection, cem.id, "weekly", at=MONDAY + HOUR)
    home.note_people(store, files, at=MONDAY + HOUR)
    told = {("weekly", ann.id): Actor.OPERATOR, ("weekly", bob.id): Actor.READER, ("weekly", cem.id): Actor.READER}
    assert files.log.who_left(since=None) == told


def test_an_end_in_a_log_of_an_earlier_release_is_the_readers_own(tmp_path: Path) -> None:
    log = HomeLog(path=tmp_path / "log")
    log.path.write_text(f"ended\t{MONDAY.isoformat()}\tweekly\t7\n")
    assert log.who_left(since=None) == {("weekly", 7): Actor.READER}


def test_an_earlier_release_reads_who_left_by_whatever_word(tmp_path: Path) -> None:
    """It has numbers alone on such a line, and takes what stands before them for a digest."""
    log = HomeLog(path=tmp_path / "log")
    log.add_end("weekly", 7, by=Actor.OPERATOR, at=MONDAY)
    told = [line.split("\t") for line in log.path.read_text().splitlines()]
    assert [(kind, digest, int(number)) for kind, _, digest, number in told] == [
        ("ended", "weekly", 7),
        ("ended", "weekly@operator", 7),
    ]
