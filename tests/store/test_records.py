"""Each execution of a deed is written down, and old ones are forgotten."""

from __future__ import annotations

from datetime import timedelta

from solacefeed.store import records
from solacefeed.store.database import Store
from solacefeed.store.records import KEPT
from tests.store.rows import written
from tests.support.builders import MONDAY


def begun(store: Store, deed: str = "poll") -> int:
    return written(store, lambda c: records.begin(c, deed, at=MONDAY))


def finished(store: Store, number: int, *, ok: bool, summary: str) -> None:
    written(store, lambda c: records.finish(c, number, at=MONDAY, ok=ok, summary=summary, counts={"new": 3}))


def test_a_deed_that_was_killed_leaves_a_record_without_an_end(store: Store) -> None:
    begun(store)
    with store.read() as connection:
        record = records.latest(connection, "poll")
    assert record
    assert (record.ended_at, record.ok) == (None, None)


def test_the_newest_record_and_the_newest_good_one_are_told_apart(store: Store) -> None:
    finished(store, begun(store), ok=True, summary="poll: 3 new")
    finished(store, begun(store), ok=False, summary="the blog is down")
    finished(store, begun(store, "publish"), ok=True, summary="publish: ...")
    with store.read() as connection:
        newest, good = records.latest(connection, "poll"), records.latest_good(connection, "poll")
    assert newest
    assert good
    assert (newest.ok, newest.summary) == (False, "the blog is down")
    assert (good.ok, good.summary, good.counts) == (True, "poll: 3 new", {"new": 3})


def test_when_a_deed_last_worked_is_told_of_looks_without_news_too(store: Store) -> None:
    finished(store, begun(store), ok=True, summary="poll: 3 new")
    later = MONDAY + timedelta(days=90)
    written(store, lambda c: records.beat(c, "deliver", None, at=later, summary="deliver: 0 accepted", counts={}))
    with store.read() as connection:
        assert records.newest_good(connection) == later


def test_when_a_deed_first_had_news_again_is_told_however_often_it_had_since(store: Store) -> None:
    with store.write() as connection:
        assert records.news_since_failing(connection, "poll") is None
        for minutes, ok in ((0, True), (15, False), (30, True), (45, True)):
            at = MONDAY + timedelta(minutes=minutes)
            number = records.begin(connection, "poll", at=at)
            records.finish(connection, number, at=at, ok=ok, summary="", counts={})
        assert records.news_since_failing(connection, "poll") == MONDAY + timedelta(minutes=30)


def test_old_records_of_a_deed_are_forgotten_and_those_of_others_stay(store: Store) -> None:
    other = begun(store, "publish")
    with store.write() as connection:
        for _ in range(KEPT + 20):
            records.begin(connection, "poll", at=MONDAY)
        records.forget_old(connection, "poll")
        left = connection.exec_driver_sql("SELECT deed, count(*) FROM records GROUP BY deed ORDER BY deed").all()
    assert [tuple(row) for row in left] == [("poll", KEPT), ("publish", 1)]
    with store.read() as connection:
        record = records.latest(connection, "publish")
    assert record
    assert record.id == other
