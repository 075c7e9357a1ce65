"""When a time zone turns its clocks, as rules of a calendar (RFC 5545 section 3.6.5), from zoneinfo's data.

icalendar can tell this too, but its onsets are by the clock after the turn where the RFC wants the one before (London's
summer would begin at 02:00), and hold for a span alone, not by a rule.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

#: Years that are looked at, so that "the last Sunday" and "the fourth Sunday" can be told apart.
_ENOUGH_YEARS = 12
#: zoneinfo knows no turn of its own from here on (Morocco's go furthest, to 2087): clocks follow a rule for ever, or
#: are turned no more. An event may last for thousands of years, and each of them would be looked at day by day.
_NOTHING_NEW = 2100
#: Years whose rules may still be changed by a law.
_PRESENT = (2020, 2036)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yearly:
    """One day of every year: the last Sunday of March is ``(3, -1, 6)``."""

    month: int
    #: From the month's beginning, or from its end where it is negative.
    nth: int
    #: Monday is 0.
    weekday: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observance:
    """A time that clocks show from each of its onsets on."""

    name: str
    offset_before: timedelta
    offset: timedelta
    #: By the clocks as they stand before the turn, without a zone; never empty.
    onsets: tuple[datetime, ...]
    #: ``None`` where the onsets follow no rule, and each is told.
    rule: Yearly | None

    @property
    def daylight(self) -> bool:
        """Whether clocks go forward for it."""
        return self.offset > self.offset_before


def is_utc(zone: tzinfo) -> bool:
    """Whether instants of *zone* are best told in UTC: there is no name that another program knows it by."""
    return not isinstance(zone, ZoneInfo) or zone.key in ("UTC", "Etc/UTC", "")


# A memo of a pure function: every calendar of a site asks for the same years.
@lru_cache(maxsize=8)
def observances(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[Observance, ...]:
    """All that clocks in *zone* show from the year before *first_year* to *last_year*, in the order of their onsets."""
    begins = datetime(min(first_year, _NOTHING_NEW - _ENOUGH_YEARS) - 1, 1, 1, tzinfo=UTC)
    ends = datetime(min(max(last_year + 1, first_year + _ENOUGH_YEARS), _NOTHING_NEW), 1, 1, tzinfo=UTC)
    turns: dict[tuple[timedelta, timedelta, str], list[datetime]] = {}
    for instant in _turns(zone, begins, ends):
        before, after = _shown(zone, instant - _SECOND), _shown(zone, instant)
        onset = (instant + before[0]).replace(tzinfo=None)
        turns.setdefault((before[0], *after), []).append(onset)
    if not turns:
        offset, name = _shown(zone, begins)
        return (Observance(name=name, offset_before=offset, offset=offset, onsets=(_LONG_AGO,), rule=None),)
    parts = (
        Observance(name=name, offset_before=before, offset=after, onsets=tuple(part), rule=rule)
        for (before, after, name), onsets in turns.items()
        for part, rule in _parts(onsets, last_year=ends.year - 1)
    )
    return tuple(sorted(parts, key=lambda part: part.onsets))


def clock_turns(zone: tzinfo) -> tuple[Observance, ...]:
    """Changes when another release of the time zones' data tells other local times of present years."""
    return () if is_utc(zone) or not isinstance(zone, ZoneInfo) else observances(zone, *_PRESENT)


_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001  # tzinfo.utcoffset is asked by the zone's own clock


def _turns(zone: tzinfo, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """The instants from which clocks in *zone* show another time, each the first second of it."""
    day, shown = begins, _shown(zone, begins)
    while day < ends:
        if (tomorrow := _shown(zone, day + _DAY)) != shown:
            yield _first_second(zone, day, day + _DAY)
        day, shown = day + _DAY, tomorrow


def _first_second(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    """The first second that shows what *high* shows, which *low* does not."""
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (low, middle) if _shown(zone, middle) == _shown(zone, high) else (middle, high)
    return high


def _shown(zone: tzinfo, instant: datetime) -> tuple[timedelta, str]:
    local = instant.astimezone(zone)
    return local.utcoffset() or timedelta(), local.tzname() or ""


def _parts(onsets: Sequence[datetime], *, last_year: int) -> Iterator[tuple[Sequence[datetime], Yearly | None]]:
    """The *onsets* that follow a rule, one in each year to *last_year*, and those before by themselves."""
    counts = (_from_end, _from_beginning)
    many, count = max(((_ruled(onsets, count, last_year), count) for count in counts), key=lambda found: found[0])
    if many <= _ENOUGH_YEARS:
        yield onsets, None
        return
    if before := onsets[:-many]:
        yield before, None
    last = onsets[-1]
    yield onsets[-many:], Yearly(month=last.month, nth=count(last), weekday=last.weekday())


def _ruled(onsets: Sequence[datetime], count: Callable[[datetime], int], last_year: int) -> int:
    """How many of them, back from the end, are in one year each, on the same day of it as *count* has it."""
    last = onsets[-1]
    rule = (last.month, last.weekday(), last.time(), count(last))
    years = zip(reversed(onsets), range(last_year, 0, -1), strict=False)
    follow = (
        onset.year == year and (onset.month, onset.weekday(), onset.time(), count(onset)) == rule
        for onset, year in years
    )
    return sum(1 for _ in takewhile(bool, follow))


def _from_beginning(day: datetime) -> int:
    return (day.day - 1) // 7 + 1


def _from_end(day: datetime) -> int:
    return -((monthrange(day.year, day.month)[1] - day.day) // 7 + 1)
