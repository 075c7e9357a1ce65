"""When a time zone turns its clocks, as rules of a calendar (RFC 5545 section 3.6.5), from zoneinfo's data.

icalendar can tell this too, but its onsets are by the clock after the turn where the RFC wants the one before (London's
summer would begin at 02:00), and hold for a span alone, not by a rule.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

#: Years that are looked at, so that "the last Sunday" and "the fourth Sunday" can be told apart.
_ENOUGH_YEARS = 12
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
    begins = datetime(first_year - 1, 1, 1, tzinfo=UTC)
    ends = datetime(max(last_year + 1, first_year + _ENOUGH_YEARS), 1, 1, tzinfo=UTC)
    turns: dict[tuple[timedelta, timedelta, str], list[datetime]] = {}
    for instant in _turns(zone, begins, ends):
        before, after = _shown(zone, instant - _SECOND), _shown(zone, instant)
        onset = (instant + before[0]).replace(tzinfo=None)
        turns.setdefault((before[0], *after), []).append(onset)
    if not turns:
        offset, name = _shown(zone, begins)
        return (Observance(name=name, offset_before=offset, offset=offset, onsets=(_LONG_AGO,), rule=None),)
    years = ends.year - begins.year
    return tuple(
        Observance(name=name, offset_before=before, offset=after, onsets=tuple(onsets), rule=_rule(onsets, years=years))
        for (before, after, name), onsets in sorted(turns.items(), key=lambda turn: turn[1])
    )


def clock_turns(zone: tzinfo) -> tuple[Observance, ...]:
    """Changes when another release of the time zones' data tells other local times of present years."""
    return () if is_utc(zone) or not isinstance(zone, ZoneInfo) else observances(zone, *_PRESENT)


_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001  # tzinfo.utcoffset is asked by the zone's own clock


def _turns(zone: tzinfo, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """The instants from which clocks in *zone* show another time, each the first second of it."""
    day = begins
    while day < ends:
        if _shown(zone, day) != _shown(zone, day + _DAY):
            yield _first_second(zone, day, day + _DAY)
        day += _DAY


def _first_second(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    """The first second that shows what *high* shows, which *low* does not."""
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (low, middle) if _shown(zone, middle) == _shown(zone, high) else (middle, high)
    return high


def _shown(zone: tzinfo, instant: datetime) -> tuple[timedelta, str]:
    local = instant.astimezone(zone)
    return local.utcoffset() or timedelta(), local.tzname() or ""


def _rule(onsets: Sequence[datetime], *, years: int) -> Yearly | None:
    """The rule that all *onsets* follow, one in each of so many *years*."""
    first = onsets[0]
    months = {(onset.month, onset.weekday(), onset.time()) for onset in onsets}
    if len(onsets) != years or len(months) > 1 or {onset.year for onset in onsets} != _in_a_row(first.year, years):
        return None
    for count in (_from_end, _from_beginning):
        if len({count(onset) for onset in onsets}) == 1:
            return Yearly(month=first.month, nth=count(first), weekday=first.weekday())
    return None


def _in_a_row(first: int, years: int) -> set[int]:
    return set(range(first, first + years))


def _from_beginning(day: datetime) -> int:
    return (day.day - 1) // 7 + 1


def _from_end(day: datetime) -> int:
    return -((monthrange(day.year, day.month)[1] - day.day) // 7 + 1)
