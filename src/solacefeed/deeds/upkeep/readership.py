"""Counts who follows what is published: by web servers' logs, by what our own server was asked; and tells it.

a line of a log    --> logged --> wanted? --> a fetch
our own server's   ------------------------------ a fetch --> counted in memory --> merged into the store
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from solacefeed.errors import UsageError
from solacefeed.models.feeds import FeedKind
from solacefeed.readership.counting import GIVEN, MOST_DOCUMENTS, DocumentCounts, Fetch, FetchCounts
from solacefeed.readership.log_lines import LoggedRequest, logged
from solacefeed.store import documents, readership
from solacefeed.store.database import Store
from solacefeed.store.documents import Document
from solacefeed.store.readership import DocumentReadership
from solacefeed.words import counted

#: What documents are read by people or their programs, by their endings.
_READ = frozenset({"atom", "rss", "json", "ics", "html"})
#: A log's clock may be ahead of ours by so much.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedAt:
    """Where documents are served."""

    host: str
    #: What their paths begin with; empty, or with a slash at its beginning.
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsRead:
    """What reading logs came to."""

    lines: int = 0
    #: Lines that are no line of a known format, or too long.
    unreadable: int = 0
    #: Requests for something else than a document that people follow, or that had no answer.
    others: int = 0
    #: Requests of programs that nobody reads with.
    bots: int = 0
    #: Requests that were counted.
    counted: int = 0
    days: int = 0
    #: Logs that could not be read, or not to their end, and why.
    troubles: tuple[str, ...] = ()

    def line(self) -> str:
        """``audience: 1200 lines: 900 counted over 2 days, 90 of programs, 200 of other things, 10 unreadable``."""
        told = [
            f"{self.counted} counted over {counted(self.days, 'day')}",
            *([f"{self.bots} of programs"] if self.bots else []),
            *([f"{self.others} of other things"] if self.others else []),
            *([f"{self.unreadable} unreadable"] if self.unreadable else []),
        ]
        return f"audience: {counted(self.lines, 'line')}: {', '.join(told)}"


class StoreCounting:
    """Counts fetches in memory, and merges them into the store; the salt of a day that is closed is its own."""

    def __init__(self, store: Store, now: datetime, *, most: int = MOST_DOCUMENTS) -> None:
        self._store = store
        self._now = now
        self._salts: dict[date, bytes] = {}
        self._known: dict[str, Document] | None = None
        self.counts = FetchCounts(self._salt, most=most)

    def takes(self, path: str) -> bool:
        """Whether *path* is one of our documents that people follow."""
        if self._known is None:
            with self._store.read() as connection:
                self._known = {each.path: each for each in documents.current(connection) if is_followed(each)}
        return path in self._known

    def keep(self) -> int:
        """Writes down what was counted, a day at a time; of how many days."""
        by_day: dict[date, dict[str, DocumentCounts]] = defaultdict(dict)
        for (day, path), counts in self.counts.documents.items():
            by_day[day][path] = counts
        for day, counts_of in sorted(by_day.items()):
            # It may be drawn only now, and that is a write of its own.
            salt = self._salt(day)
            with self._store.write() as connection:
                readership.keep(connection, day, counts_of, salt=salt)
        return len(by_day)

    def _salt(self, day: date) -> bytes:
        if day not in self._salts:
            is_open = readership.is_open(day, self._now)
            self._salts[day] = readership.settled_salt(self._store, day) if is_open else readership.new_salt()
        return self._salts[day]


def is_followed(document: Document) -> bool:
    """Whether it is a live feed, a page of one, an edition or a calendar; no archive of a month, no list."""
    return bool(document.feed) and not document.month and document.path.rpartition(".")[2] in _READ


def count(store: Store, fetches: Iterable[Fetch], now: datetime) -> None:
    """Counts what our own server was asked."""
    counting = StoreCounting(store, now)
    for fetch in fetches:
        if counting.takes(fetch.path):
            counting.counts.add(fetch)
    counting.keep()


# -- logs --------------------------------------------------------------------------------------------------


def read_logs(
    store: Store,
    logs: Iterable[Iterable[str | None]],
    now: datetime,
    served_at: ServedAt,
    step: Callable[[int], None],
    *,
    most: int = MOST_DOCUMENTS,
) -> LogsRead:
    """Counts what web servers have logged; a log that was read before changes nothing.

    *step* is told of each line; *most* is how many documents, each of each day by itself, are counted.
    """
    counting, told = StoreCounting(store, now, most=most), Counter[str]()
    troubles: list[str] = []
    for log in logs:
        try:
            for line in log:
                step(1)
                told[_take(line, counting, now, served_at)] += 1
        except UsageError as error:
            troubles.append(str(error))
    days, left_out = counting.keep(), counting.counts.left_out
    if left_out:
        troubles.append(
            f"audience: {counted(left_out, 'request')} of too many days and documents not counted: give the logs of "
            "fewer days at once, those of one day together"
        )
    return LogsRead(
        lines=told.total(),
        unreadable=told["unreadable"],
        others=told["other"],
        bots=counting.counts.bots,
        counted=told["taken"] - counting.counts.bots - left_out,
        days=days,
        troubles=tuple(troubles),
    )


def _take(line: str | None, counting: StoreCounting, now: datetime, served_at: ServedAt) -> str:
    asked = logged(line) if line is not None else None
    if asked is None:
        return "unreadable"
    today = now.astimezone(UTC).date()
    path = _path(asked, served_at)
    if path is None or not today - readership.KEPT <= asked.day <= today + _AHEAD or not counting.takes(path):
        return "other"
    counting.counts.add(Fetch(asked.day, path, asked.address, asked.user_agent))
    return "taken"


def _path(asked: LoggedRequest, served_at: ServedAt) -> str | None:
    """Of the document that was given, below the feeds' folder."""
    if asked.method != "GET" or asked.status not in GIVEN or asked.host not in (None, served_at.host):
        return None
    if not asked.path.startswith(f"{served_at.prefix}/"):
        return None
    below = asked.path[len(served_at.prefix) + 1 :]
    return f"{below}index.html" if below.endswith("/") or not below else below


# -- told --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadershipWeek:
    """Of a week: means of the days that were counted."""

    #: Its Monday.
    monday: date
    #: Days that were counted.
    days: int
    #: What aggregators state for all feeds.
    subscribers: float
    #: Single readers of feeds and calendars.
    readers: float
    #: Of pages of feeds.
    page_readers: float
    #: Of editions' pages.
    edition_readers: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReadership:
    """Of a feed: subscribers and single readers together, means of the days that were counted."""

    #: Where it stands: ``category/housing``.
    stem: str
    #: By format: ``atom``, ``rss``, ``json``, ``ics``, and ``page``.
    formats: Mapping[str, float]
    subscribers: float
    readers: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReadership:
    """Of an edition's page."""

    path: str
    #: Single readers of each day, summed: who comes on two days counts twice.
    readers: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Readership:
    """Who followed what, over some days."""

    since: date
    until: date
    #: Days that were counted.
    days: int
    #: The oldest first.
    weeks: tuple[ReadershipWeek, ...] = ()
    #: The most followed first.
    feeds: tuple[FeedReadership, ...] = ()
    #: What each aggregator states for all feeds, the mean of days on which it came; the greatest first.
    aggregators: Mapping[str, float]
    #: The newest first.
    editions: tuple[EditionReadership, ...] = ()
    #: All that is known.
    by_day: tuple[DocumentReadership, ...] = ()


def told(store: Store, now: datetime, days: int) -> Readership:
    """Who followed what in the last *days* days, today among them."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    with store.read() as connection:
        rows = [row for row in readership.since(connection, first) if row.day <= today + _AHEAD]
    counted_days = {row.day for row in rows}
    return Readership(
        since=first,
        until=today,
        days=len(counted_days),
        weeks=_weeks(rows),
        feeds=_feeds(rows, len(counted_days)),
        aggregators=_aggregators(rows),
        editions=_editions(rows),
        by_day=tuple(rows),
    )


def _weeks(rows: list[DocumentReadership]) -> tuple[ReadershipWeek, ...]:
    weeks: dict[date, list[DocumentReadership]] = defaultdict(list)
    for row in rows:
        weeks[row.day - timedelta(days=row.day.weekday())].append(row)
    return tuple(_week(monday, of_week) for monday, of_week in sorted(weeks.items()))


def _week(monday: date, rows: list[DocumentReadership]) -> ReadershipWeek:
    days = len({row.day for row in rows})
    readers = Counter[str]()
    for row in rows:
        readers[_kind(row.path)] += row.readers
    return ReadershipWeek(
        monday=monday,
        days=days,
        subscribers=_mean(sum(row.subscribers for row in rows), days),
        readers=_mean(readers["feed"], days),
        page_readers=_mean(readers["page"], days),
        edition_readers=_mean(readers["edition"], days),
    )


def _feeds(rows: list[DocumentReadership], days: int) -> tuple[FeedReadership, ...]:
    formats: dict[str, Counter[str]] = defaultdict(Counter)
    subscribers, readers = Counter[str](), Counter[str]()
    for row in rows:
        if _kind(row.path) == "edition":
            continue
        stem, form = _stem(row.path), "page" if _kind(row.path) == "page" else row.path.rpartition(".")[2]
        formats[stem][form] += row.readers + row.subscribers
        if form != "page":
            subscribers[stem] += row.subscribers
            readers[stem] += row.readers
    feeds = [
        FeedReadership(
            stem=stem,
            formats={form: _mean(number, days) for form, number in sorted(of_stem.items())},
            subscribers=_mean(subscribers[stem], days),
            readers=_mean(readers[stem], days),
        )
        for stem, of_stem in formats.items()
    ]
    return tuple(sorted(feeds, key=lambda feed: (-feed.subscribers - feed.readers, feed.stem)))


def _aggregators(rows: list[DocumentReadership]) -> dict[str, float]:
    found: dict[str, Counter[date]] = defaultdict(Counter)
    for row in rows:
        for name, number in row.stated.items():
            found[name][row.day] += number
    means = {name: _mean(of_days.total(), len(of_days)) for name, of_days in found.items()}
    return dict(sorted(means.items(), key=lambda each: (-each[1], each[0])))


def _editions(rows: list[DocumentReadership]) -> tuple[EditionReadership, ...]:
    found: dict[str, list[DocumentReadership]] = defaultdict(list)
    for row in rows:
        if _kind(row.path) == "edition" and row.readers:
            found[row.path].append(row)
    editions = [
        EditionReadership(
            path=path,
            readers=sum(row.readers for row in of_path),
            first_day=of_path[0].day,
            last_day=of_path[-1].day,
        )
        for path, of_path in found.items()
    ]
    return tuple(sorted(editions, key=lambda each: (each.first_day, each.path), reverse=True))


def _kind(path: str) -> str:
    """``feed``, ``page`` or ``edition``."""
    if not path.endswith(".html"):
        return "feed"
    is_edition = path.startswith(f"{FeedKind.DIGEST}/") and not path.endswith("/index.html")
    return "edition" if is_edition else "page"


def _stem(path: str) -> str:
    """Where a feed stands: ``category/housing`` of its documents and of its page."""
    return path.removesuffix("/index.html") if path.endswith("/index.html") else path.rpartition(".")[0]


def _mean(number: int, days: int) -> float:
    return round(number / days, 1) if days else 0.0
