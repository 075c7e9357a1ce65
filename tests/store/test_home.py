"""Where a store is at home: moves and restarts are none of a copy, and each way of copying or setting back is seen."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.deeds.upkeep.backup import BackupSettings, back_up
from solacefeed.errors import NotAtHome, StoreError
from solacefeed.store import editions, facts, fingerprints, home
from solacefeed.store.database import Store, open_store
from solacefeed.store.home import HomeFiles, home_of
from solacefeed.store.home_file import HomeFile, write_home_file
from solacefeed.store.machine import Machine, this_machine
from solacefeed.store.schema import facts as fact_rows
from tests.store.rows import an_edition
from tests.support.builders import MONDAY
from tests.support.databases import Databases


def files(store: Store, folder: Path) -> HomeFiles:
    return home_of(store, folder / "solacefeed.home")


def sends(store: Store, folder: Path, times: int = 1) -> None:
    for _ in range(times):
        home.note_progress(store, files(store, folder), at=MONDAY)


def why(store: Store, folder: Path) -> str | None:
    return home.why_not_at_home(store, files(store, folder))


@pytest.fixture
def site(migrated_file: Path, tmp_path: Path) -> Path:
    """A folder with a store that has sent twice."""
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(migrated_file, folder / "solacefeed.db")
    with opened(folder) as store:
        sends(store, folder, 2)
    return folder


def opened(folder: Path) -> closing[Store]:
    return closing(open_store(f"sqlite:///{folder}/solacefeed.db"))


def told(folder: Path) -> str | None:
    with opened(folder) as store:
        return why(store, folder)


# -- at home ------------------------------------------------------------------------------------------------


def test_a_store_that_never_sent_is_at_home_and_stays_so(store: Store, tmp_path: Path) -> None:
    assert why(store, tmp_path) is None
    for _ in range(3):
        sends(store, tmp_path)
        assert why(store, tmp_path) is None


@pytest.mark.more
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_several_that_send_at_once_beside_one_file_are_all_at_home(store: Store, tmp_path: Path) -> None:
    sends(store, tmp_path)
    with ThreadPoolExecutor(4) as several:
        # What one of them raises is raised here.
        for each in [several.submit(sends_beside_others, str(store.engine.url), tmp_path) for _ in range(4)]:
            each.result()
    assert why(store, tmp_path) is None


def sends_beside_others(url: str, folder: Path) -> None:
    """With a store of its own, as a process has."""
    with closing(open_store(url)) as own:
        sends(own, folder, 40)


def test_after_a_restart_it_is_at_home(site: Path) -> None:
    assert told(site) is None


def test_a_folder_that_is_renamed_goes_on(site: Path) -> None:
    moved = site.rename(site.with_name("moved"))
    assert told(moved) is None
    with opened(moved) as store:
        sends(store, moved)
    assert told(moved) is None


def test_a_file_that_is_written_anew_is_the_same_store(site: Path) -> None:
    with opened(site) as store, store.alone() as connection:
        connection.execute("VACUUM")
    assert told(site) is None


def test_a_link_to_the_folder_leads_home(site: Path) -> None:
    link = site.with_name("link")
    link.symlink_to(site)
    assert told(link) is None


def _left_off(site: Path) -> None:
    """Killed between the store and the file."""
    with opened(site) as store, store.write() as connection:
        facts.put(connection, facts.HOME_COUNT, "3")


def _never_begun(site: Path) -> None:
    """Killed between the file and the store, the first time that it sent."""
    with opened(site) as store:
        with store.write() as connection:
            for name in (facts.HOME, facts.HOME_COUNT):
                connection.execute(sa.text("DELETE FROM facts WHERE name = :name"), {"name": name})
            editions.add(connection, an_edition())
        (site / "solacefeed.db.home").unlink()
        write_home_file(site / "solacefeed.db.home", HomeFile(id="x", count=0, place=None))


@pytest.mark.parametrize("killed", [_left_off, _never_begun])
def test_a_kill_at_any_step_is_no_copy(site: Path, killed: Callable[[Path], None]) -> None:
    killed(site)
    assert told(site) is None
    with opened(site) as store:
        sends(store, site)
    assert told(site) is None


# -- copied, restored, set back -----------------------------------------------------------------------------------


def _alone(site: Path) -> Path:
    (site.parent / "other").mkdir()
    shutil.copy(site / "solacefeed.db", site.parent / "other")
    return site.parent / "other"


def _whole(site: Path) -> Path:
    return shutil.copytree(site, site.parent / "other")


def _older(site: Path) -> Path:
    """The bytes of a copy over the same file, as ``cp`` does it."""
    before = (site / "solacefeed.db").read_bytes()
    with opened(site) as store:
        sends(store, site)
    (site / "solacefeed.db").write_bytes(before)
    return site


def _of_elsewhere(site: Path) -> Path:
    other = _whole(site)
    with opened(other) as store:
        home.settle(store, files(store, other), at=MONDAY)
        sends(store, other, 5)
    (site / "solacefeed.db").write_bytes((other / "solacefeed.db").read_bytes())
    return site


def _before_it_had_a_home(site: Path) -> Path:
    """A backup by an older release, which kept no id."""
    with opened(site) as store, store.write() as connection:
        connection.execute(sa.text("DELETE FROM facts WHERE name LIKE 'home%'"))
        editions.add(connection, an_edition())
    return site


@pytest.mark.parametrize("copied", [_alone, _whole, _older, _of_elsewhere, _before_it_had_a_home])
def test_a_copy_and_an_older_store_are_seen_and_send_nothing_until_they_are_adopted(
    site: Path, copied: Callable[[Path], Path]
) -> None:
    other = copied(site)
    with opened(other) as store:
        with pytest.raises(NotAtHome, match=r"no mail leaves: .*; `solacefeed adopt` says"):
            home.must_be_at_home(store, files(store, other))
        home.settle(store, files(store, other), at=MONDAY)
        assert why(store, other) is None


def test_the_store_that_was_copied_goes_on_while_its_copy_is_adopted(site: Path) -> None:
    other = _whole(site)
    with opened(other) as store:
        home.settle(store, files(store, other), at=MONDAY)
    assert told(site) is None


@pytest.mark.parametrize("damaged", ["", "{", "{}", "[]", '{"id": "x", "count": null}', "\0\0"])
def test_a_file_beside_the_store_that_is_damaged_is_told_as_a_reason_and_adopting_makes_it_anew(
    site: Path, damaged: str
) -> None:
    (site / "solacefeed.db.home").write_text(damaged)
    assert "solacefeed.db.home can't be read: it is not what solacefeed has written" in str(told(site))
    with opened(site) as store:
        home.settle(store, files(store, site), at=MONDAY)
        sends(store, site)
    assert told(site) is None


def test_what_a_later_release_keeps_besides_is_no_damage(site: Path) -> None:
    file = site / "solacefeed.db.home"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"more": 1}))
    assert told(site) is None


def test_a_file_that_could_not_be_written_for_long_is_no_copy_once_it_can(site: Path) -> None:
    """As on a full disk, where the store still had room."""
    kept = (site / "solacefeed.db.home").read_text()
    (site / "solacefeed.db.home.lock").unlink()
    (site / "solacefeed.db.home.lock").mkdir()
    with opened(site) as store:
        for _ in range(5):
            with pytest.raises(StoreError, match="can't be written"):
                sends(store, site)
        assert (site / "solacefeed.db.home").read_text() == kept
        (site / "solacefeed.db.home.lock").rmdir()
        assert why(store, site) is None
        sends(store, site)
    assert told(site) is None


def test_a_copy_made_in_the_midst_of_a_round_is_an_older_store_when_that_is_over(site: Path) -> None:
    with opened(site) as store:
        sends(store, site)
        with store.alone() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        midst = (site / "solacefeed.db").read_bytes()
        sends(store, site)
    (site / "solacefeed.db").write_bytes(midst)
    assert told(site) is not None


@pytest.mark.parametrize("copied", [_alone, _whole, _older])
def test_nothing_but_adopting_makes_a_copy_the_one_that_sends(site: Path, copied: Callable[[Path], Path]) -> None:
    other = copied(site)
    with opened(other) as store:
        beside = files(store, other)
        with store.write() as connection:
            fingerprints.add(connection, "ann", at=MONDAY)
        home.note_people(store, beside, at=MONDAY)
        back_up(store, lambda: MONDAY, BackupSettings(to=other / "backups", home=beside))
        with pytest.raises(NotAtHome):
            home.note_progress(store, beside, at=MONDAY)
        assert why(store, other) is not None


@pytest.mark.more
def test_a_clone_of_the_disk_beside_the_first_is_a_copy(site: Path, tmp_path: Path) -> None:
    """It has the same inodes; two mounts of our own have them too."""
    first, second = tmp_path / "first", tmp_path / "second"
    for each in (first, second):
        each.mkdir()
    mounted = " && ".join(f"mount -t tmpfs none {each}" for each in (first, second))
    ended = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mounted} && exec "$@"', "sh", sys.executable, "-c", CLONED, first, second],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if "Operation not permitted" in ended.stderr or "Permission denied" in ended.stderr:
        pytest.skip("this user may not mount")
    assert ended.stdout == f"the store was copied: {first}/solacefeed.db is still there\nNone\n", ended.stderr


#: With the folders of two disks.
CLONED = """
import shutil, sys
from pathlib import Path
from solacefeed.store import home
from solacefeed.store.database import open_store
from tests.support.builders import MONDAY

def opened(folder):
    store = open_store(f"sqlite:///{folder}/solacefeed.db")
    return store, home.home_of(store, folder)

first, second = map(Path, sys.argv[1:])
store, files = opened(first)
home.note_progress(store, files, at=MONDAY)
store.close()
inode = (first / "solacefeed.db").stat().st_ino
for number in range(inode + 100):
    made = second / str(number)
    made.touch()
    if made.stat().st_ino == inode:
        made.rename(second / "solacefeed.db")
        break
(second / "solacefeed.db").write_bytes((first / "solacefeed.db").read_bytes())
shutil.copy(first / "solacefeed.db.home", second)
for folder in (second, first):
    store, files = opened(folder)
    print(home.why_not_at_home(store, files))
    store.close()
"""


# -- machines -----------------------------------------------------------------------------------------------------

HERE, ELSEWHERE, ANOTHER = "a" * 32, "b" * 32, "c" * 32


def on(machine: str, boot: str, store: Store, folder: Path) -> HomeFiles:
    return replace(files(store, folder), machine=Machine(id=machine, boot=boot))


def sent_on(site: Path, *starts: tuple[str, str]) -> str | None:
    """Lets the store send after each start of a machine; why it could not after the last one."""
    told = None
    for machine, boot in starts:
        with opened(site) as store:
            beside = on(machine, boot, store, site)
            told = home.why_not_at_home(store, beside)
            if told is None:
                home.note_progress(store, beside, at=MONDAY)
    return told


def test_a_clone_of_the_whole_disk_sends_nothing_on_another_machine_until_it_is_adopted(site: Path) -> None:
    assert sent_on(site, (HERE, "1"), (HERE, "2")) is None
    assert "cloned, or moved: it delivered on another machine" in str(sent_on(site, (ELSEWHERE, "3")))
    with opened(site) as store:
        home.settle(store, on(ELSEWHERE, "3", store, site), at=MONDAY)
    assert sent_on(site, (ELSEWHERE, "3"), (ELSEWHERE, "4")) is None


@pytest.mark.parametrize(
    "starts",
    [
        # One round in a container that has no id; a clone that sends before it is given its own.
        [("", "1")],
        [("", "2")],
        # Nobody says when the machine was started, now or in between.
        [(HERE, "")],
        # Another id in the same start, as in a container that keeps its own; then the machine's, through starts.
        [(ELSEWHERE, "1"), (HERE, "1"), (HERE, "2"), (HERE, "2"), ("", "2"), (HERE, "3")],
    ],
)
def test_whatever_was_there_in_between_a_clone_is_seen_by_the_id_of_its_machine(
    site: Path, starts: list[tuple[str, str]]
) -> None:
    assert sent_on(site, (HERE, "1"), *starts) is None
    assert "cloned, or moved: it delivered on another machine" in str(sent_on(site, (ANOTHER, "9")))


def test_a_clone_that_cannot_say_when_it_was_started_sends_nothing_where_the_machine_could(site: Path) -> None:
    assert sent_on(site, (HERE, "1")) is None
    assert "cloned, or moved" in str(sent_on(site, (ELSEWHERE, "")))


@pytest.mark.parametrize(
    "starts",
    [
        # No machine-id, or one that is known not to last.
        [("", "1"), ("", "2")],
        # A machine-id that is made anew at each start of a container, whose host was not begun anew at first.
        [(HERE, "1"), (ELSEWHERE, "1"), (HERE, "2"), (ELSEWHERE, "3")],
        # Nobody says when the machine was started.
        [(HERE, ""), (ELSEWHERE, "")],
    ],
)
def test_where_a_machine_id_does_not_last_no_restart_stops_the_mail(site: Path, starts: list[tuple[str, str]]) -> None:
    assert sent_on(site, *starts) is None


def test_what_an_earlier_release_wrote_says_nothing_of_when_a_machine_was_started_and_stops_nothing(site: Path) -> None:
    file = site / "solacefeed.db.home"
    said = json.loads(file.read_text())
    del said["place"]["boot"], said["unused"]
    said["place"]["machine"] = HERE
    file.write_text(json.dumps(said))
    assert sent_on(site, (ELSEWHERE, "1")) is None


def a_machine(root: Path, told: str, *mounts: str, container: bool = False) -> Machine:
    """By the files of its system."""
    for name, content in (
        ("etc/machine-id", told),
        ("proc/sys/kernel/random/boot_id", "1\n"),
        ("proc/self/mountinfo", "".join(f"22 1 0:5 / {each} - {each.split()[-1]} none rw\n" for each in mounts)),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    if container:
        (root / ".dockerenv").touch()
    return this_machine(root)


@pytest.mark.parametrize(
    ("told", "mounts", "container", "known"),
    [
        (f"{HERE}\n", ["/ rw ext4", "/etc rw btrfs"], False, True),
        ("", ["/ rw ext4"], False, False),
        ("uninitialized\n", ["/ rw ext4"], False, False),
        # Of this start alone, as systemd has it while the disk can't be written.
        (f"{HERE}\n", ["/ rw ext4", "/etc/machine-id ro tmpfs"], False, False),
        (f"{HERE}\n", ["/ rw overlay"], False, False),
        (f"{HERE}\n", ["/ rw btrfs"], True, False),
        # The host's own, lent to the container.
        (f"{HERE}\n", ["/ rw overlay", "/etc/machine-id ro ext4"], True, True),
        (f"{HERE}\n", [], False, False),
    ],
)
def test_a_machine_is_known_by_an_id_that_outlives_its_restarts(
    tmp_path: Path, told: str, mounts: list[str], container: bool, known: bool
) -> None:
    found = a_machine(tmp_path, told, *mounts, container=container)
    assert found == Machine(id=HERE if known else "", boot="1")


# -- before it has sent -------------------------------------------------------------------------------------------


def test_a_copy_of_a_store_that_was_only_opened_sends_nothing(migrated_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(migrated_file, folder / "solacefeed.db")
    with opened(folder) as store:
        for _ in range(2):
            home.begin(store, files(store, folder), at=MONDAY)
    for other in (_alone(folder), folder):
        assert (told(other) is None) is (other == folder)
    with opened(folder) as store:
        sends(store, folder)
    assert told(folder) is None


def test_where_its_home_can_not_be_written_a_store_is_opened_and_asked_again_before_mail_leaves(
    store: Store, tmp_path: Path
) -> None:
    beside = files(store, tmp_path)
    beside.file.with_name(f"{beside.file.name}.lock").mkdir(parents=True)
    home.begin(store, beside, at=MONDAY)
    with pytest.raises(StoreError, match="can't be written"):
        home.note_progress(store, beside, at=MONDAY)
    beside.file.with_name(f"{beside.file.name}.lock").rmdir()
    sends(store, tmp_path)
    assert why(store, tmp_path) is None


# -- PostgreSQL -----------------------------------------------------------------------------------------------


@pytest.fixture
def database(databases: Databases) -> Iterator[Store]:
    with databases.migrated() as address, closing(open_store(address)) as opened:
        yield opened


def test_tables_that_were_read_in_from_a_dump_are_a_copy(database: Store, tmp_path: Path) -> None:
    """A dump brings rows along, and makes the tables anew."""
    sends(database, tmp_path)
    assert why(database, tmp_path) is None
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE facts_anew (LIKE facts INCLUDING ALL)"))
        connection.execute(sa.text("INSERT INTO facts_anew SELECT * FROM facts"))
        connection.execute(sa.text("DROP TABLE facts"))
        connection.execute(sa.text("ALTER TABLE facts_anew RENAME TO facts"))
    told = why(database, tmp_path)
    assert told is not None
    assert "restored from a dump" in told


def test_a_server_that_was_set_back_is_seen_where_the_file_of_the_machine_is_there(
    database: Store, tmp_path: Path
) -> None:
    sends(database, tmp_path, 3)
    with database.write() as connection:
        facts.put(connection, facts.HOME_COUNT, "1")
    told = why(database, tmp_path)
    assert told is not None
    assert "set back" in told


def test_another_machine_that_delivers_needs_no_word(database: Store, tmp_path: Path) -> None:
    sends(database, tmp_path / "first")
    assert why(database, tmp_path / "second") is None
    sends(database, tmp_path / "second", 3)
    assert why(database, tmp_path / "first") is None
    sends(database, tmp_path / "first")


# -- a server that is set back --------------------------------------------------------------------------------


def kept_facts(store: Store) -> list[tuple[str, str]]:
    with store.read() as connection:
        return [(row.name, row.value) for row in connection.execute(fact_rows.select())]


def set_back(store: Store, then: list[tuple[str, str]]) -> None:
    """As by a recovery to a point in time, which keeps the cluster's id and those of its tables."""
    with store.write() as connection:
        connection.execute(fact_rows.delete())
        connection.execute(fact_rows.insert(), [{"name": name, "value": value} for name, value in then])


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_server_that_is_set_back_once_more_sends_nothing_though_it_was_adopted_in_between(
    store: Store, tmp_path: Path
) -> None:
    sends(store, tmp_path, 3)
    then = kept_facts(store)
    sends(store, tmp_path)
    for _ in range(2):
        set_back(store, then)
        assert why(store, tmp_path) == "the database was set back: it is older than what was done here since"
        home.settle(store, files(store, tmp_path), at=MONDAY)
        assert why(store, tmp_path) is None
        sends(store, tmp_path, 2)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_store_that_is_adopted_on_one_machine_is_at_home_on_the_others(store: Store, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for each in (first, second, first):
        sends(store, each)
    home.settle(store, files(store, second), at=MONDAY)
    assert why(store, first) is None
    sends(store, first)
    assert why(store, second) is None
