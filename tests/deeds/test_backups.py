"""Backups: whole or not there, while others write, and the older ones stay until a new one was looked through."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from stat import S_IMODE, S_ISFIFO

import psycopg
import pytest
import sqlalchemy as sa

from solacefeed.deeds.upkeep import backup
from solacefeed.deeds.upkeep.backup import BackupSettings, back_up, backups, is_due, words_for_postgres
from solacefeed.deeds.upkeep.restore import restore
from solacefeed.errors import BrokenOff, Busy, StoreError, UsageError
from solacefeed.spreadsheets.writing import private_text
from solacefeed.store import copying, facts, readership, schema
from solacefeed.store.database import Store, insert_missing, open_store, sqlite_module
from solacefeed.store.home import home_of
from solacefeed.store.locks import in_use, only_one
from tests.support.builders import MONDAY
from tests.support.databases import Databases
from tests.support.fakes import SettableClock

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(MONDAY)


@pytest.fixture
def settings(sqlite_store: Store, tmp_path: Path) -> BackupSettings:
    return BackupSettings(to=tmp_path / "backups", home=home_of(sqlite_store, tmp_path))


def noted(store: Store, word: str) -> None:
    with store.write() as connection:
        facts.put(connection, "word", word)


def filled(store: Store) -> None:
    """With so much that a copy of it takes SQLite some steps."""
    with store.write() as connection:
        rows = [{"name": f"filling {number}", "value": "x" * 200} for number in range(10_000)]
        insert_missing(connection, schema.facts, rows, key=("name",))


def word_in(path: Path) -> str:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        found: str = connection.execute("SELECT value FROM facts WHERE name = 'word'").fetchone()[0]
        return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_no_backup_has_the_salts_by_which_addresses_could_be_tried(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock
) -> None:
    salt = readership.settled_salt(sqlite_store, MONDAY.date())
    done = back_up(sqlite_store, clock, settings)
    assert salt not in done.file.read_bytes()
    assert names(settings.to) == [done.file.name]
    assert readership.settled_salt(sqlite_store, MONDAY.date()) == salt


def test_a_backup_is_whole_and_for_its_owner_alone(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock
) -> None:
    noted(sqlite_store, "kept")
    done = back_up(sqlite_store, clock, settings)
    assert names(settings.to) == ["solacefeed-20261123T080000Z.db"]
    assert word_in(done.file) == "kept"
    assert (S_IMODE(done.file.stat().st_mode), S_IMODE(settings.to.stat().st_mode)) == (0o600, 0o700)
    assert f"{done.file}: revision " in done.line()


def test_who_writes_in_another_connection_meanwhile_waits_for_nothing_and_is_not_in_it(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock
) -> None:
    """Asked between SQLite's own steps, when the copy is half made."""
    noted(sqlite_store, "before")
    filled(sqlite_store)
    with closing(open_store(str(sqlite_store.engine.url))) as other:
        written: list[int] = []

        def write_meanwhile() -> bool:
            if not written:
                written.append(1)
                noted(other, "meanwhile")
            return False

        done = back_up(sqlite_store, clock, settings, stop=write_meanwhile)
    assert written
    assert word_in(done.file) == "before"


def test_as_many_stay_as_are_wanted_and_nothing_else_in_the_folder_is_touched(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock
) -> None:
    settings.to.mkdir()
    (settings.to / "notes.txt").touch()
    (settings.to / "solacefeed.db").touch()
    for _ in range(5):
        back_up(sqlite_store, clock, replace(settings, keep=3))
        clock.now += DAY
    kept = ["solacefeed-20261127T080000Z.db", "solacefeed-20261126T080000Z.db", "solacefeed-20261125T080000Z.db"]
    assert [path.name for path in backups(settings.to)] == kept
    assert {"notes.txt", "solacefeed.db"} <= set(names(settings.to))


def test_the_last_of_another_store_stays_whatever_comes_after_it(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock, tmp_path: Path
) -> None:
    for number in range(2):
        noted(sqlite_store, f"good {number}")
        back_up(sqlite_store, clock, replace(settings, keep=1))
        clock.now += DAY
    with closing(open_store(f"sqlite:///{tmp_path / 'anew' / 'solacefeed.db'}")) as anew:
        begun = replace(settings, home=home_of(anew, tmp_path), keep=1)
        for number in range(3):
            noted(anew, f"new {number}")
            back_up(anew, clock, begun)
            clock.now += DAY
    assert [word_in(path) for path in backups(settings.to)] == ["new 2", "good 1"]


def test_two_of_one_second_both_stay(sqlite_store: Store, settings: BackupSettings, clock: SettableClock) -> None:
    back_up(sqlite_store, clock, settings)
    back_up(sqlite_store, clock, settings)
    assert [path.name for path in backups(settings.to)] == [
        "solacefeed-20261123T080000Z-2.db",
        "solacefeed-20261123T080000Z.db",
    ]


def test_one_that_is_broken_off_leaves_the_older_ones_and_nothing_else(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock
) -> None:
    filled(sqlite_store)
    back_up(sqlite_store, clock, settings)
    clock.now += DAY
    with pytest.raises(BrokenOff):
        back_up(sqlite_store, clock, replace(settings, keep=1), stop=lambda: True)
    assert names(settings.to) == ["solacefeed-20261123T080000Z.db"]


def test_what_a_killed_one_left_goes_with_the_next(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock
) -> None:
    settings.to.mkdir()
    for ending in ("", "-journal"):
        (settings.to / f".solacefeed-20261122T080000Z.db.draft{ending}").write_bytes(b"half")
    back_up(sqlite_store, clock, settings)
    assert names(settings.to) == ["solacefeed-20261123T080000Z.db"]


def test_a_store_that_is_damaged_is_no_backup_and_costs_no_older_one(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock
) -> None:
    filled(sqlite_store)
    back_up(sqlite_store, clock, settings)
    with sqlite_store.alone() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert sqlite_store.file is not None
    with sqlite_store.file.open("r+b") as file:
        # Pages of a table that is not asked for the deed itself.
        file.seek(sqlite_store.file.stat().st_size // 2)
        file.write(b"\xff" * 50_000)
    sqlite_store.close()
    clock.now += DAY
    with pytest.raises(StoreError):
        back_up(sqlite_store, clock, replace(settings, keep=1))
    assert names(settings.to) == ["solacefeed-20261123T080000Z.db"]


def test_a_folder_that_is_a_file_and_a_file_that_is_there_are_one_line(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.touch()
    with pytest.raises(UsageError, match="is there already"):
        back_up(sqlite_store, clock, replace(settings, to=there, is_folder=False))
    with pytest.raises(StoreError, match="can't be made"):
        back_up(sqlite_store, clock, replace(settings, to=there / "below"))


def test_two_at_once_are_one(sqlite_store: Store, settings: BackupSettings, clock: SettableClock) -> None:
    with only_one(sqlite_store, backup.DEED), pytest.raises(Busy, match="backup: process"):
        back_up(sqlite_store, clock, settings)


def test_postgres_is_left_to_its_own_tool_without_its_password(databases: Databases, clock: SettableClock) -> None:
    with databases.migrated() as address, closing(open_store(address)) as store:
        settings = BackupSettings(to=Path("backups"), home=home_of(store, Path("home")))
        with pytest.raises(UsageError, match=r"pg_dump --format=custom .*'postgresql://"):
            back_up(store, clock, settings)


def test_the_command_for_postgres_reaches_the_server_that_the_store_is_on(databases: Databases) -> None:
    with databases.migrated() as address, closing(open_store(address)) as store:
        words = words_for_postgres(store)
        own = sa.make_url(words.partition("'")[2].partition("'")[0])
        # As a newcomer does who copies it; the socket's folder and the port stand in the query.
        with closing(psycopg.connect(own.render_as_string())) as connection:
            assert connection.info.dbname == store.engine.url.database


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("host=/run/pg&port=5433", "?host=%2Frun%2Fpg&port=5433"),
        ("host=a:5432&host=b:5433&sslmode=verify-full", "?host=a%2Cb&port=5432%2C5433&sslmode=verify-full"),
        ("service=site&password=hush&sslpassword=hush", "?service=site"),
        ("options=-c%20lock_timeout%3D3", "?options=-c%20lock_timeout%3D3"),
    ],
)
def test_of_the_query_all_is_told_but_secrets(query: str, told: str) -> None:
    store = Store(sa.create_engine(f"postgresql+psycopg:///site?{query}"))
    assert f"'postgresql:///site{told}'" in words_for_postgres(store)


def test_the_command_for_postgres_has_no_stars_in_the_place_of_a_password() -> None:
    store = Store(sa.create_engine("postgresql+psycopg://ann:hush@db.example.org:5433/site"))
    assert "'postgresql://ann@db.example.org:5433/site'" in words_for_postgres(store)


def test_one_is_due_after_its_time_and_a_failing_one_is_not_tried_at_each_look(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock, tmp_path: Path
) -> None:
    assert is_due(sqlite_store, clock.now, DAY)
    back_up(sqlite_store, clock, settings)
    assert not is_due(sqlite_store, clock.now + timedelta(hours=23), DAY)
    clock.now += DAY
    assert is_due(sqlite_store, clock.now, DAY)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        back_up(sqlite_store, clock, replace(settings, to=tmp_path / "file" / "below"))
    assert not is_due(sqlite_store, clock.now + timedelta(minutes=59), DAY)
    assert is_due(sqlite_store, clock.now + timedelta(hours=1), DAY)


# -- bringing one back ---------------------------------------------------------------------------------------------


@pytest.fixture
def backed_up(sqlite_store: Store, settings: BackupSettings, clock: SettableClock) -> tuple[str, Path]:
    """The address of a store, and a backup of it from before something was noted."""
    noted(sqlite_store, "then")
    done = back_up(sqlite_store, clock, settings)
    noted(sqlite_store, "now")
    sqlite_store.close()
    return str(sqlite_store.engine.url), done.file


def word_of(url: str) -> str | None:
    with closing(open_store(url)) as store, store.read() as connection:
        return facts.read(connection, "word")


def test_a_backup_takes_the_stores_place_and_the_one_before_is_kept(
    backed_up: tuple[str, Path], clock: SettableClock
) -> None:
    url, file = backed_up
    done = restore(url, file, clock)
    assert word_of(url) == "then"
    assert done.aside is not None
    assert word_of(f"sqlite:///{done.aside}") == "now"
    assert S_IMODE(done.file.stat().st_mode) == 0o600
    assert file.exists()


def test_nothing_is_replaced_while_somebody_has_the_store_open(
    backed_up: tuple[str, Path], clock: SettableClock
) -> None:
    url, file = backed_up
    with closing(open_store(url)) as store, in_use(store), pytest.raises(Busy, match="is in use: end the daemon"):
        restore(url, file, clock)
    assert word_of(url) == "now"


#: Has a store open, as a daemon does, until it is told to end.
HOLDER = """
import sys
from solacefeed.store import facts
from solacefeed.store.database import open_store
from solacefeed.store.locks import in_use
store = open_store(sys.argv[1])
with in_use(store):
    with store.write() as connection:
        facts.put(connection, "word", "held")
    print("held", flush=True)
    sys.stdin.read()
store.close()
"""


@pytest.mark.more
@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
@pytest.mark.parametrize("is_held_by_link", [False, True])
def test_nothing_is_replaced_while_somebody_has_the_store_open_by_another_name(
    backed_up: tuple[str, Path],
    clock: SettableClock,
    link: Callable[[Path, Path], None],
    is_held_by_link: bool,
    tmp_path: Path,
) -> None:
    url, file = backed_up
    present = Path(str(sa.make_url(url).database))
    other = tmp_path / "elsewhere" / "link.db"
    other.parent.mkdir()
    link(other, present)
    held, restored = (other, present) if is_held_by_link else (present, other)
    command = [sys.executable, "-c", HOLDER, f"sqlite:///{held}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Busy, match="is in use: end the daemon"):
            restore(f"sqlite:///{restored}", file, clock)
        process.communicate("")
    restore(f"sqlite:///{restored}", file, clock)
    assert word_of(f"sqlite:///{restored}") == "then"
    # A link that is no file of its own leads where it led.
    assert word_of(f"sqlite:///{held}") == ("then" if link is Path.symlink_to else "held")


@pytest.mark.parametrize("spoil", [lambda b: b[:5000], lambda b: b"no store" + b[8:], lambda _: b""])
def test_what_is_no_whole_store_takes_nobodys_place(
    backed_up: tuple[str, Path], clock: SettableClock, tmp_path: Path, spoil: object
) -> None:
    url, file = backed_up
    assert callable(spoil)
    bad = tmp_path / "bad.db"
    bad.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(StoreError, match=r"bad\.db"):
        restore(url, bad, clock)
    assert word_of(url) == "now"
    assert not list(tmp_path.glob("*.before-*"))


def test_a_backup_comes_back_where_nothing_is_left(
    backed_up: tuple[str, Path], clock: SettableClock, tmp_path: Path
) -> None:
    _, file = backed_up
    done = restore(f"sqlite:///{tmp_path}/new/var/solacefeed.db", file, clock)
    assert done.aside is None
    assert word_of(f"sqlite:///{done.file}") == "then"


def test_a_log_of_the_store_before_is_not_read_into_the_other(
    backed_up: tuple[str, Path], clock: SettableClock
) -> None:
    """Left by a process that was killed: nobody has it open."""
    url, file = backed_up
    with closing(open_store(url)) as store:
        noted(store, "in the log")
        assert store.file is not None
        log = store.file.with_name(f"{store.file.name}-wal")
        left = log.read_bytes() if log.exists() else b""
    if left:
        log.write_bytes(left)
    restore(url, file, clock)
    assert word_of(url) == "then"


# -- odd places, and files with a journal beside them ------------------------------------------------------------------


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """What is neither a file nor a folder, as /dev/null is."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipe").chmod(0o666)
    return tmp_path / "pipe"


def is_as_it_was(pipe: Path) -> bool:
    return S_ISFIFO(pipe.stat().st_mode) and S_IMODE(pipe.stat().st_mode) == 0o666


def test_what_is_no_regular_file_is_no_store_no_backup_and_stays_what_it_is(
    sqlite_store: Store, settings: BackupSettings, clock: SettableClock, pipe: Path
) -> None:
    noted(sqlite_store, "kept")
    good = back_up(sqlite_store, clock, settings).file
    with pytest.raises(StoreError, match="no regular file"):
        open_store(f"sqlite:///{pipe}")
    with pytest.raises(UsageError, match="no regular file"):
        restore(f"sqlite:///{pipe}", good, clock)
    with pytest.raises(UsageError, match="is no file"):
        restore(f"sqlite:///{pipe.with_name('new.db')}", pipe, clock)
    for is_folder in (True, False):
        with pytest.raises(UsageError, match="no regular file"):
            back_up(sqlite_store, clock, replace(settings, to=pipe, is_folder=is_folder))
    with pytest.raises(UsageError, match="no regular file"), private_text(pipe) as file:
        file.write("people")
    assert is_as_it_was(pipe)


@contextmanager
def in_a_transaction(file: Path) -> Iterator[None]:
    """Of somebody without WAL, whose half is in the file and whose journal stands beside it.

    By the SQLite that we use: two of them in one process do not see each other's locks.
    """
    with closing(sqlite_module().connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        connection.execute("PRAGMA cache_size = 5")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE facts SET value = 'half'")
        assert file.with_name(f"{file.name}-journal").exists()
        yield
        connection.execute("ROLLBACK")


def test_a_file_whose_journal_was_kept_with_it_is_restored_as_it_was_before_its_transaction(
    sqlite_store: Store, clock: SettableClock, tmp_path: Path
) -> None:
    noted(sqlite_store, "whole")
    filled(sqlite_store)
    sqlite_store.close()
    file, kept = sqlite_store.file, tmp_path / "kept"
    assert file is not None
    kept.mkdir()
    with in_a_transaction(file):
        for ending in ("", "-journal"):
            shutil.copy(f"{file}{ending}", kept / f"store.db{ending}")
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    done = restore(f"sqlite:///{tmp_path}/new.db", kept / "store.db", clock)
    with closing(open_store(f"sqlite:///{done.file}")) as opened, opened.read() as connection:
        assert facts.read(connection, "word") == "whole"
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before


def test_a_copy_of_a_store_that_is_written_to_without_wal_waits_and_is_whole(
    sqlite_store: Store, tmp_path: Path
) -> None:
    noted(sqlite_store, "whole")
    filled(sqlite_store)
    sqlite_store.close()
    file = sqlite_store.file
    assert file is not None
    with ThreadPoolExecutor(1) as pool:
        with in_a_transaction(file):
            copied = pool.submit(copying.copy_used_file, file, tmp_path / "copy.db")
        copied.result(timeout=60)
    assert word_in(tmp_path / "copy.db") == "whole"


def test_a_backup_that_can_not_be_brought_up_to_date_is_not_put_in_the_place_of_the_store(
    sqlite_store: Store, clock: SettableClock, tmp_path: Path
) -> None:
    noted(sqlite_store, "present")
    backup_file = tmp_path / "backup.db"
    copying.copy_into(sqlite_store, backup_file, stop=lambda: False)
    sqlite_store.close()
    with closing(sqlite3.connect(backup_file)) as connection:
        # It says that it is older than it is, so that a table is made that is there.
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    file = sqlite_store.file
    assert file is not None
    with pytest.raises(StoreError, match=r"already exists|duplicate column"):
        restore(f"sqlite:///{file}", backup_file, clock)
    with closing(open_store(f"sqlite:///{file}")) as opened, opened.read() as connection:
        assert facts.read(connection, "word") == "present"
    assert not [name for name in names(file.parent) if "restored" in name]
