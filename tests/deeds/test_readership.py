"""Who follows what is published is counted, on both databases: within 5 %, once, and without anybody's address."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zlib import compress

import pytest

from solacefeed.access_logs import LONGEST_LINE, lines
from solacefeed.deeds.upkeep import history, readership
from solacefeed.deeds.upkeep.readership import LogsRead, Readership, ServedAt
from solacefeed.readership.counting import MOST_FEEDS, Fetch
from solacefeed.store import documents, schema
from solacefeed.store import readership as kept
from solacefeed.store.database import Store
from solacefeed.store.documents import Document
from tests.readership.population import APPS, STATED, Population, combined, hours, of_caddy
from tests.support.counting import transactions_that_write

DAY = date(2026, 11, 22)
#: The morning after.
NOW = datetime(2026, 11, 23, 6, 25, tzinfo=UTC)
LONG_AFTER = NOW + timedelta(days=30)
HERE = ServedAt(host="feeds.example.org", prefix="")
EDITION = "digest/weekly/2026-11-16.html"
AGENT = APPS[0]


@pytest.fixture(autouse=True)
def published(store: Store) -> None:
    feeds = {
        "all.atom": "all",
        "all.rss": "all",
        "all.json": "all",
        "all/index.html": "all",
        "category/housing.atom": "category/3",
        EDITION: "digest/weekly",
        "events.ics": "events",
        "index.html": "",
        "feeds.opml": "",
    }
    with store.write() as connection:
        documents.note(
            connection, [Document(path=path, sha256="0", published_at=NOW, feed=feed) for path, feed in feeds.items()]
        )
        archive = Document(path="all/2026-10.atom", sha256="0", published_at=NOW, feed="all", month="2026-10")
        documents.note(connection, [archive])
        # By a salt that is drawn, two of a few readers may now and then look like one.
        connection.execute(schema.reader_salts.insert().values(day=DAY.isoformat(), salt=b"a salt of the tests"))


def read(store: Store, *logs: Iterable[str | None], now: datetime = NOW, at: ServedAt = HERE) -> LogsRead:
    return readership.read_logs(store, logs, now, at, lambda _count: None)


def known(store: Store, now: datetime = NOW, days: int = 60) -> Readership:
    return readership.told(store, now, days)


def readers(store: Store, path: str = "all.atom", day: date = DAY, now: datetime = NOW) -> int:
    return next((each.readers for each in known(store, now).by_day if (each.path, each.day) == (path, day)), 0)


def visits(count: int, path: str = "/all.atom", day: date = DAY, first: int = 0) -> list[str]:
    at = hours(day, 1)[0]
    return [combined(f"10.0.{number >> 8}.{number & 255}", at, path, AGENT) for number in range(first, first + count)]


def everything_kept(store: Store) -> str:
    tables = (schema.document_readers, schema.document_subscribers, schema.reader_salts)
    with store.read() as connection:
        return repr([tuple(row) for table in tables for row in connection.execute(table.select())])


# -- a population of known size ----------------------------------------------------------------------------


@pytest.mark.more
def test_a_population_is_counted_within_five_percent(store: Store) -> None:
    people = Population(readers=1_000)
    done = read(store, people.log(DAY), people.log(DAY + timedelta(days=1)), now=NOW + timedelta(days=1))
    by_day = known(store, NOW + timedelta(days=1)).by_day
    assert [each.day for each in by_day] == [DAY, DAY + timedelta(days=1)]
    for each in by_day:
        assert abs(each.readers - people.readers) <= 0.05 * people.readers
        assert each.stated == {name: most for name, (most, _) in sorted(STATED.items())}
    assert (done.days, done.unreadable, done.bots) == (2, 0, 2 * 24 * 7)


def test_the_store_has_no_address_nor_anything_that_one_can_be_read_from(store: Store) -> None:
    read(store, Population(readers=50, hours=2).log(DAY), visits(3))
    said = everything_kept(store)
    assert "10.0.0" not in said
    assert "2001" not in said.replace("2026", "")
    assert not any(agent[:9] in said for agent in APPS)


# -- once --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [NOW, LONG_AFTER], ids=["an open day", "a closed day"])
def test_a_log_that_is_read_twice_counts_once(store: Store, now: datetime) -> None:
    log = list(Population(readers=200, hours=3).log(DAY))
    read(store, log, now=now)
    before = known(store, now).by_day
    read(store, log, now=now)
    after = known(store, now).by_day
    assert [each.stated for each in after] == [each.stated for each in before]
    # A closed day is estimated with another salt, and of two estimates the greater one stays.
    assert abs(after[0].readers - 200) <= 10
    assert now == LONG_AFTER or after == before


def test_parts_of_an_open_day_are_put_together(store: Store) -> None:
    read(store, visits(100))
    read(store, visits(100, first=50))
    assert abs(readers(store) - 150) <= 7


def test_of_a_closed_day_the_greater_part_stays_unless_all_is_given_at_once(store: Store) -> None:
    read(store, visits(100), now=LONG_AFTER)
    read(store, visits(60, first=100), now=LONG_AFTER)
    assert abs(readers(store, now=LONG_AFTER) - 100) <= 8
    read(store, visits(100), visits(60, first=100), now=LONG_AFTER)
    assert abs(readers(store, now=LONG_AFTER) - 160) <= 12


def test_our_own_server_and_the_log_of_the_one_before_it_count_the_same_once(store: Store) -> None:
    readership.count(store, [Fetch(DAY, "all.atom", f"10.0.0.{number}", AGENT) for number in range(80)], NOW)
    read(store, visits(80))
    assert abs(readers(store) - 80) <= 4


def test_what_is_known_already_writes_nothing_new(store: Store) -> None:
    fetches = [Fetch(DAY, "all.atom", "10.0.0.1", AGENT)]
    readership.count(store, fetches, NOW)
    before = everything_kept(store)
    readership.count(store, fetches, NOW)
    assert everything_kept(store) == before


# -- days end ----------------------------------------------------------------------------------------------


def test_salt_and_sketch_are_thrown_away_a_day_after_the_day_and_the_number_stays(store: Store) -> None:
    read(store, visits(30))
    before = readers(store)
    closes = datetime(2026, 11, 24, tzinfo=UTC)
    kept.close(store, closes - timedelta(seconds=1))
    with store.read() as connection:
        assert connection.execute(schema.reader_salts.select()).first() is not None
    history.note(store, closes)
    with store.read() as connection:
        assert connection.execute(schema.reader_salts.select()).first() is None
        assert {row.sketch for row in connection.execute(schema.document_readers.select())} == {None}
    assert readers(store, now=closes) == before
    assert before in (29, 30)


def test_a_look_writes_nothing_where_no_day_is_to_be_closed(store: Store) -> None:
    read(store, visits(3))
    with transactions_that_write(store) as tally:
        assert not kept.close(store, NOW)
    assert tally.since() == 0


def test_a_salt_is_drawn_for_each_day_and_another_in_each_store(store: Store) -> None:
    today = NOW.date()
    with store.write() as connection:
        connection.execute(schema.reader_salts.delete())
    salts = {kept.settled_salt(store, DAY), kept.settled_salt(store, DAY), kept.settled_salt(store, today)}
    assert len(salts) == 2
    assert all(len(salt) == 32 for salt in salts)


def test_a_store_that_has_lost_a_days_salt_counts_nobody_twice(store: Store) -> None:
    read(store, visits(100))
    with store.write() as connection:
        connection.execute(schema.reader_salts.delete())
    read(store, visits(100))
    assert abs(readers(store) - 100) <= 8


def test_numbers_go_after_three_years(store: Store) -> None:
    read(store, [*visits(2), combined("198.51.100.1", hours(DAY, 1)[0], "/all.atom", STATED["Feedbin"][1].format(4))])
    later = NOW + kept.KEPT + timedelta(days=3)
    kept.close(store, later)
    with store.read() as connection:
        assert kept.since(connection, date(2000, 1, 1)) == []


def test_a_salt_of_a_day_to_come_that_a_wrong_clock_drew_is_thrown_away(store: Store) -> None:
    ahead = NOW + timedelta(days=90)
    readership.count(store, [Fetch(ahead.date(), "all.atom", "10.0.0.1", AGENT)], ahead)
    kept.close(store, NOW)
    with store.read() as connection:
        assert [row.day for row in connection.execute(schema.reader_salts.select())] == [DAY.isoformat()]


# -- what counts -------------------------------------------------------------------------------------------


def test_what_is_followed_counts_and_nothing_else(store: Store) -> None:
    at = hours(DAY, 1)[0]
    fetched = ["/all.atom", "/all.rss", f"/{EDITION}", "/all/", "/events.ics", "/category/housing.atom"]
    others = ["/", "/feeds.opml", "/all/2026-10.atom", "/my/secret-token.atom", "/wp-login.php", "/../all.atom"]
    log = [combined("192.0.2.7", at, path, AGENT) for path in (*fetched, *others)]
    for status in (301, 404, 410, 500):
        log.append(combined("192.0.2.8", at, "/all.atom", AGENT, status=status))
    log.append(combined("192.0.2.9", at, "/all.atom", AGENT, method="HEAD"))
    log.append(combined("192.0.2.7", at, "/all.json", AGENT, status=304))
    done = read(store, log)
    assert {each.path for each in known(store).by_day} == {
        *("all.atom", "all.rss", "all.json", EDITION, "all/index.html", "events.ics", "category/housing.atom")
    }
    assert readers(store) == 1
    assert (done.counted, done.others, done.unreadable) == (7, 11, 0)
    assert "secret-token" not in everything_kept(store)


def test_a_site_below_a_path_and_of_a_name_is_told_from_its_neighbours(store: Store) -> None:
    at, below = hours(DAY, 1)[0], ServedAt(host="feeds.example.org", prefix="/feeds")
    log = [
        combined("192.0.2.1", at, "/feeds/all.atom", AGENT),
        combined("192.0.2.2", at, "/all.atom", AGENT),
        of_caddy("192.0.2.3", at, "/feeds/all.atom", AGENT),
        of_caddy("192.0.2.4", at, "/feeds/all.atom", AGENT, host="shop.example.org"),
    ]
    read(store, log, at=below)
    assert readers(store) == 2


def test_an_aggregator_that_knows_a_feed_by_two_numbers_has_both_their_subscribers(store: Store) -> None:
    at = hours(DAY, 1)[0]
    words = ("Feedbin feed-id:1 - 20 subscribers", "Feedbin feed-id:2 - 3 subscribers")
    read(store, [combined("198.51.100.1", at, "/all.atom", each) for each in (*words, *words)])
    assert known(store).by_day[0].stated == {"Feedbin": 23}


def test_numbers_of_a_feed_that_somebody_makes_up_are_bounded(store: Store) -> None:
    at = hours(DAY, 1)[0]
    log = [combined("198.51.100.1", at, "/all.atom", f"Feedbin feed-id:{n} - 1 subscribers") for n in range(500)]
    read(store, log)
    read(store, log)
    with store.read() as connection:
        rows = connection.execute(schema.document_subscribers.select()).all()
    assert MOST_FEEDS <= len(rows) <= MOST_FEEDS + 1


def test_days_of_long_ago_and_to_come_are_left_out(store: Store) -> None:
    log = [*visits(1, day=date(1999, 12, 31)), *visits(1, day=date(2026, 12, 24)), *visits(1, day=date(9999, 12, 31))]
    assert (read(store, log).others, known(store).by_day) == (3, ())


def test_more_days_than_there_is_room_for_are_told_and_those_before_count(store: Store) -> None:
    log = [line for days in range(5) for line in visits(2, day=DAY - timedelta(days=days))]
    done = readership.read_logs(store, [log], NOW, HERE, lambda _count: None, most=3)
    assert (done.counted, done.days, len(known(store).by_day)) == (6, 3, 3)
    (trouble,) = done.troubles
    assert trouble == (
        "audience: 4 requests of too many days and documents not counted: give the logs of fewer days at once, "
        "those of one day together"
    )


# -- files -------------------------------------------------------------------------------------------------


def test_logs_are_read_as_they_lie_plain_or_packed_whatever_they_are_called(store: Store, tmp_path: Path) -> None:
    text = "\n".join([*visits(5), ""]).encode()
    plain, packed, called = tmp_path / "access.log", tmp_path / "access.log.2.gz", tmp_path / "access.log.3"
    plain.write_bytes(text)
    packed.write_bytes(gzip.compress(text))
    called.write_bytes(gzip.compress(text.replace(b"\n", b"\r\n")))
    done = read(store, *map(lines, (plain, packed, called)))
    assert (done.lines, done.counted, readers(store)) == (15, 15, 5)


def test_hostile_lines_are_counted_and_left_out(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    hostile = [b"", b"\xff\xfe\x00", b"x" * (3 * LONGEST_LINE), b'{"request":', b"\x1b[2J", b"[" * 1000]
    log.write_bytes(b"\n".join([visits(1)[0].encode(), *hostile, visits(1, first=9)[0].encode()]))
    done = read(store, lines(log))
    assert (done.lines, done.unreadable, done.counted, readers(store)) == (8, 6, 2, 2)
    assert done.line() == "audience: 8 lines: 2 counted over 1 day, 6 unreadable"


def test_a_line_as_long_as_its_bound_is_whole_and_one_longer_is_one_line(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(
        b"a" * (LONGEST_LINE - 1) + b"\n" + b"b" * LONGEST_LINE + b"\n" + b"c" * (5 * LONGEST_LINE) + b"\nd"
    )
    assert [line and line[0] for line in lines(log)] == ["a", None, None, "d"]


@pytest.mark.parametrize("cut", [20, -9])
def test_a_packed_log_that_is_cut_off_is_told_and_what_it_said_counts(store: Store, tmp_path: Path, cut: int) -> None:
    log = tmp_path / "access.log.gz"
    packed = gzip.compress("\n".join(visits(2_000)).encode())
    log.write_bytes(packed[:cut] if cut < 0 else packed[:-cut])
    done = read(store, lines(log), visits(1, first=5_000))
    assert len(done.troubles) == 1
    assert "broken or cut off; what it said before that is counted" in done.troubles[0]
    assert readers(store) > 1


def test_what_only_looks_packed_is_told(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    log.write_bytes(b"\x1f\x8b" + compress(b"what is this"))
    assert len(read(store, lines(log)).troubles) == 1


# -- told --------------------------------------------------------------------------------------------------


def test_feeds_formats_and_editions_are_told_over_time(store: Store) -> None:
    feedly = STATED["Feedly"][1].format(100)
    monday, week_before = date(2026, 11, 23), date(2026, 11, 16)
    for day, count in ((week_before, 4), (monday, 8)):
        at = hours(day, 1)[0]
        log = [*visits(count, day=day), *visits(count // 2, "/all.rss", day=day), *visits(3, f"/{EDITION}", day=day)]
        log += [combined("198.51.100.1", at, "/all.atom", feedly), *visits(2, "/all/", day=day)]
        read(store, log, now=datetime(2026, 11, 23, 6, tzinfo=UTC))
    found = known(store, days=28)
    few: Callable[[int], Any] = partial(pytest.approx, abs=1)
    assert [(each.monday, each.days, each.subscribers, each.readers) for each in found.weeks] == [
        (week_before, 1, 100.0, few(6)),
        (monday, 1, 100.0, few(12)),
    ]
    assert [(each.page_readers, each.edition_readers) for each in found.weeks] == [(few(2), few(3))] * 2
    (feed,) = found.feeds
    assert (feed.stem, dict(feed.formats)) == ("all", {"atom": few(106), "page": few(2), "rss": few(3)})
    assert (feed.subscribers, feed.readers, dict(found.aggregators)) == (100.0, few(9), {"Feedly": 100.0})
    assert [(each.path, each.readers, each.first_day, each.last_day) for each in found.editions] == [
        (EDITION, few(6), week_before, monday)
    ]
    assert [each.monday for each in known(store, days=1).weeks] == [monday]
