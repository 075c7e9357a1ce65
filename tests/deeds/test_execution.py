"""Every deed is done alone on its store, and written down from its beginning to its end."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.execution import beside, execute
from solacefeed.errors import BrokenOff, Busy, ConfigError, OtherClock, SourceError, UsageError
from solacefeed.models.records import Record
from solacefeed.store import facts, records
from solacefeed.store.database import Store, open_store
from solacefeed.store.locks import holder, only_one
from solacefeed.store.unkept_ends import UnkeptEnds
from tests.support.builders import MONDAY
from tests.support.counting import before_each_statement
from tests.support.fakes import Killed, SettableClock

pytestmark = pytest.mark.both_stores


@dataclass(frozen=True, kw_only=True)
class Tidied:
    shelves: int = 3
    remark: str = "dusty"
    troubles: tuple[str, ...] = ()

    def falls_short(self) -> bool:
        return False

    def is_pressing(self) -> bool:
        return False

    def has_news(self) -> bool:
        return self.shelves > 0

    def line(self) -> str:
        return f"tidy: {self.shelves} shelves"


def tidy(store: Store, *, error: BaseException | None = None, writes: bool = True, rehearsed: bool = False) -> Tidied:
    clock = SettableClock(MONDAY)

    def work(store: Store) -> Tidied:
        clock.forward(seconds=5)
        if writes:
            with store.write() as connection:
                facts.put(connection, "shelves", "3")
        if error:
            raise error
        return Tidied(shelves=3 if writes else 0)

    return execute(store, clock, "tidy", work, rehearsed=rehearsed)


def record(store: Store) -> Record:
    with store.read() as connection:
        newest = records.latest(connection, "tidy")
    assert newest
    return newest


def test_a_deed_that_worked_leaves_its_line_and_its_counts(store: Store) -> None:
    assert tidy(store) == Tidied()
    kept = record(store)
    assert (kept.ok, kept.summary, kept.counts) == (True, "tidy: 3 shelves", {"shelves": 3})
    assert kept.ended_at
    assert (kept.started_at, (kept.ended_at - kept.started_at).seconds) == (MONDAY, 5)


@pytest.mark.parametrize("writes", [True, False], ids=["with news", "without"])
def test_what_a_deed_says_in_words_is_kept_beside_its_counts(store: Store, *, writes: bool) -> None:
    tidy(store, writes=writes)
    assert record(store).said == {"remark": "dusty"}


def test_a_deed_that_did_not_work_leaves_its_error(store: Store) -> None:
    with pytest.raises(SourceError):
        tidy(store, error=SourceError("the blog is down"))
    assert (record(store).ok, record(store).summary) == (False, "the blog is down")


def test_a_deed_that_was_killed_leaves_an_open_record_and_no_lock(store: Store) -> None:
    with pytest.raises(Killed):
        tidy(store, error=Killed())
    assert (record(store).ok, record(store).ended_at) == (None, None)
    tidy(store)
    assert record(store).ok


@pytest.mark.parametrize("writes", [True, False])
def test_a_bug_leaves_its_first_line_and_its_traceback_goes_on(store: Store, writes: bool) -> None:
    with pytest.raises(KeyError):
        tidy(store, error=KeyError("shelf\n 7" + "7" * 1000), writes=writes)
    kept = record(store)
    assert (kept.ok, kept.summary[:46]) == (False, "a bug of solacefeed: KeyError: 'shelf\\n 777777")
    assert kept.ended_at
    assert len(kept.summary) < 400
    tidy(store)
    assert record(store).ok


def test_where_even_the_failure_cannot_be_written_down_it_is_the_failure_that_is_told(store: Store) -> None:
    broken = False

    def step() -> None:
        if broken:
            raise ZeroDivisionError

    def work(_: Store) -> Tidied:
        nonlocal broken
        broken = True
        raise SourceError("the blog is down")

    with before_each_statement(store, step), pytest.raises(SourceError, match="the blog is down"):
        execute(store, SettableClock(MONDAY), "tidy", work, rehearsed=False)


def test_how_one_ended_that_the_store_cannot_take_is_known_beside_it(store: Store, tmp_path: Path) -> None:
    broken = False
    ends = store.unkept.ends = UnkeptEnds.beside(tmp_path / "solacefeed.db.home")

    def step() -> None:
        if broken:
            raise ZeroDivisionError

    def work(store: Store) -> Tidied:
        nonlocal broken
        with store.write() as connection:
            facts.put(connection, "shelves", "3")
        broken = True
        raise SourceError("no answer to ann@example.org")

    with before_each_statement(store, step):
        with pytest.raises(SourceError):
            execute(store, SettableClock(MONDAY), "tidy", work, rehearsed=False)
        broken = False
        begun = record(store)
    assert (begun.ok, ends.path.stat().st_mode & 0o777) == (None, 0o600)
    known = ends.of(begun)
    assert known is not None
    assert known.startswith("no answer to ")
    assert "@" not in known
    # What a full disk cut short costs no later one, nor does a name that no text may have.
    with ends.path.open("a") as file:
        file.write("tidy\t7")
    ends.add("tidy", begun.id + 7, at=MONDAY, words="no file is called caf\udce9")
    assert ends.of(replace(begun, id=begun.id + 7)) == "no file is called caf\\udce9"
    # Another with its number, as of a store that was brought back, is another.
    assert ends.of(replace(begun, id=begun.id + 1)) is None
    assert ends.of(replace(begun, started_at=MONDAY + timedelta(seconds=1))) is None
    assert ends.of(replace(begun, deed="dust")) is None


# -- beside a deed ----------------------------------------------------------------------------------------


def dust(store: Store, *, error: Exception | None = None) -> str | None:
    def work() -> None:
        if error is not None:
            raise error

    return beside(store, SettableClock(MONDAY), "dust", work)


def dusted(store: Store) -> Record | None:
    with store.read() as connection:
        return records.latest(connection, "dust")


def test_what_goes_wrong_beside_a_deed_is_a_record_of_its_own_until_it_works_again(store: Store) -> None:
    assert dust(store) is None
    assert dusted(store) is None
    for _ in range(3):
        assert dust(store, error=SourceError("no cloth")) == "dust: no cloth"
    kept = dusted(store)
    assert kept
    assert (kept.ok, kept.summary, kept.times) == (False, "no cloth", 3)
    assert dust(store) is None
    mended = dusted(store)
    assert mended
    assert mended.ok


def test_what_another_process_is_at_is_no_failure(store: Store) -> None:
    assert dust(store, error=Busy("another does it now")) is None
    assert dusted(store) is None


def test_whoever_wants_it_to_end_ends_the_deed_too(store: Store) -> None:
    with pytest.raises(BrokenOff):
        dust(store, error=BrokenOff("the daemon ends"))


# -- alone, and by the clock of its store -----------------------------------------------------------------


def test_a_deed_that_another_does_now_is_refused_and_leaves_no_record(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    with only_one(other, "tidy"), pytest.raises(Busy):
        tidy(store)
    with store.read() as connection:
        assert records.latest(connection, "tidy") is None
    other.close()


def test_what_the_config_forbids_and_a_bug_before_it_begins_are_written_down_a_mistake_at_the_prompt_is_not(
    store: Store,
) -> None:
    def work(_: Store) -> Tidied:
        raise AssertionError

    refused: tuple[tuple[Exception, bool], ...] = (
        (UsageError("there is no mail to make"), False),
        (ConfigError(["the digest is lost"]), True),
        (KeyError("digest"), True),
    )
    for error, recorded in refused:

        def admit(error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)):
            execute(store, SettableClock(MONDAY), "tidy", work, rehearsed=False, admit=admit)
        with store.read() as connection:
            assert (records.latest(connection, "tidy") is not None) is recorded


def test_a_failure_that_tells_another_instant_each_time_counts_up_and_says_the_last(store: Store) -> None:
    for minute in range(3):
        with pytest.raises(SourceError):
            tidy(store, error=SourceError(f"locked until 2026-11-23 08:0{minute} UTC"))
    assert (record(store).times, record(store).summary) == (3, "locked until 2026-11-23 08:02 UTC")


def test_what_of_the_config_forbids_a_deed_is_kept_line_by_line(store: Store) -> None:
    lines = ["the digest is lost; rename it", "another is lost"]
    for error, problems in (
        (ConfigError(lines), tuple(lines)),
        (ConfigError(lines), tuple(lines)),
        (SourceError("; ".join(lines)), ()),
    ):
        with pytest.raises(type(error)):
            tidy(store, error=error)
        assert (record(store).summary, record(store).problems) == ("; ".join(lines), problems)


def test_a_deed_by_the_other_clock_is_refused_and_leaves_no_record(store: Store) -> None:
    tidy(store)
    live = record(store)
    with pytest.raises(OtherClock, match="this store is live"):
        tidy(store, rehearsed=True)
    assert record(store) == live


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_deed_whose_lock_went_with_its_connection_writes_nothing_more(store: Store, store_url: str) -> None:
    """As one that was frozen, and was taken for dead by another."""
    held = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"

    def work(its: Store) -> Tidied:
        with its.write() as connection:
            facts.put(connection, "shelves", "3")
        with closing(open_store(store_url)) as other:
            until_it_is_free(other, held)
            with (
                only_one(other, "tidy"),
                pytest.raises(Busy, match="tidy: the connection that held its lock was ended"),
                its.write() as connection,
            ):
                facts.put(connection, "shelves", "4")
        with store.read() as connection:
            assert facts.read(connection, "shelves") == "3"
        return Tidied()

    execute(store, SettableClock(MONDAY), "tidy", work, rehearsed=False)


def until_it_is_free(other: Store, held: str) -> None:
    with other.write() as connection:
        connection.exec_driver_sql(held)
    while holder(other, "tidy") is not None:
        """The server ends a session soon, and says nothing of it."""
