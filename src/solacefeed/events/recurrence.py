"""When something recurs by a rule (RFC 5545 section 3.3.10), in steps that are counted.

dateutil knows these rules too, and is what the tests compare with. It has no place to stop: a rule that matches nothing
is looked for until the year 9999 before it answers, and one without COUNT is stepped from its beginning. Here each
period and each day that is looked at is a step, and who asks says how many may be taken.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

_LAST_YEAR: Final = 9999
_A_WEEK: Final = 7


class OutOfStepsError(Exception):
    """More steps would have to be taken than may be."""


class Steps:
    """How many steps may still be taken: own ones first, then of those that are shared."""

    def __init__(self, left: int, shared: Steps | None = None, *, most: int | None = None) -> None:
        self.left = left
        self.shared = shared
        #: How many may be taken in all, however many are shared; ``None`` for no such end.
        self.most = most
        #: How many were taken, be it of the shared ones.
        self.taken = 0

    def take(self, number: int = 1) -> None:
        """Raises ``OutOfStepsError`` where there are not as many."""
        if self.most is not None and self.taken + number > self.most:
            raise OutOfStepsError
        own = min(self.left, number)
        if own < number:
            if self.shared is None:
                raise OutOfStepsError
            self.shared.take(number - own)
        self.left -= own
        self.taken += number


class Frequency(StrEnum):
    """What a rule's INTERVAL counts; what recurs within a day is no event's rule."""

    YEARLY = "YEARLY"
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A RRULE by the clock of its place; empty sets are parts that it has not."""

    frequency: Frequency
    #: 1 or more.
    interval: int = 1
    #: 1 or more; ``None`` for no end.
    count: int | None = None
    #: The last moment, inclusive, by the clock of the place.
    until: datetime | None = None
    months: frozenset[int] = frozenset()
    #: Below zero from the end, as all numbers of days and weeks here.
    month_days: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    #: Which of its kind in the month or year, 0 for each; and the day, Monday being 0.
    weekdays: frozenset[tuple[int, int]] = frozenset()
    #: Which of a period's (BYSETPOS).
    positions: frozenset[int] = frozenset()
    #: Monday is 0.
    week_start: int = 0
    #: ``None`` where it is the beginning's own.
    hour: int | None = None
    minute: int | None = None
    second: int | None = None


def starts(rule: Rule, first: datetime, *, after: datetime, before: datetime, steps: Steps) -> Iterator[datetime]:
    """When what began at *first* begins again by *rule*, from *after* until *before*, both inclusive, in order.

    All by one clock, without a zone. *first* itself is among them only where the rule names it. A rule without COUNT
    is stepped from *after* on. Raises ``OutOfStepsError``.
    """
    whole = _completed(rule, first)
    number = _periods_before(rule, first, after)
    left = None if rule.count is None else rule.count - _times_before(whole, first, number)
    if left is not None and not _is_even(whole):
        number, left = 0, rule.count
    while (days := _period(whole, first, number)) is not None:
        steps.take()
        for day in _chosen(whole, days, steps):
            moment = _at(rule, first, day)
            if moment < first:
                continue
            if (left is not None and left <= 0) or moment > before or (rule.until and moment > rule.until):
                return
            left = None if left is None else left - 1
            if moment >= after:
                yield moment
        if days.begins > before.date():
            return
        number += 1


def _is_even(whole: Rule) -> bool:
    """Whether each period but the first has as many times as the next, so that COUNT needs no counting."""
    limited = whole.months or whole.month_days or whole.year_days or whole.weeks or whole.positions
    daily = whole.frequency is Frequency.DAILY and not whole.weekdays
    return not limited and (daily or whole.frequency is Frequency.WEEKLY)


def _times_before(whole: Rule, first: datetime, number: int) -> int:
    """How many times an even rule has had before the period of this *number*."""
    if number == 0 or whole.frequency is not Frequency.WEEKLY:
        return number
    days = {day for _, day in whole.weekdays}
    begun = (first.weekday() - whole.week_start) % _A_WEEK
    late = _at(whole, first, first.date()) < first
    in_first = sum((day - whole.week_start) % _A_WEEK >= begun + (late and day == first.weekday()) for day in days)
    return in_first + (number - 1) * len(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    begins: date
    #: In any order; those among which the rule's days are.
    days: Iterable[date]


def _completed(rule: Rule, first: datetime) -> Rule:
    """What a rule does not say, its beginning does."""
    if rule.month_days or rule.year_days or rule.weeks or rule.weekdays:
        return rule
    if rule.frequency is Frequency.YEARLY:
        return replace(rule, months=rule.months or frozenset({first.month}), month_days=frozenset({first.day}))
    if rule.frequency is Frequency.MONTHLY:
        return replace(rule, month_days=frozenset({first.day}))
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, weekdays=frozenset({(0, first.weekday())}))
    return rule


# -- periods ----------------------------------------------------------------------------------------


def _periods_before(rule: Rule, first: datetime, after: datetime) -> int:
    """How many whole intervals are over by *after*."""
    between = {
        Frequency.YEARLY: after.year - first.year,
        Frequency.MONTHLY: (after.year - first.year) * 12 + after.month - first.month,
        Frequency.WEEKLY: (after.toordinal() - _week_of(first.date(), rule.week_start)) // _A_WEEK,
        Frequency.DAILY: after.toordinal() - first.toordinal(),
    }[rule.frequency]
    return max(0, between // rule.interval)


def _period(rule: Rule, first: datetime, number: int) -> _Period | None:
    """The period so many intervals from the first; ``None`` beyond the calendar's end."""
    away = number * rule.interval
    if rule.frequency is Frequency.YEARLY:
        year = first.year + away
        return None if year > _LAST_YEAR else _Period(begins=date(year, 1, 1), days=_of_year(rule, year))
    if rule.frequency is Frequency.MONTHLY:
        year, month = divmod(first.year * 12 + first.month - 1 + away, 12)
        if year > _LAST_YEAR:
            return None
        return _Period(begins=date(year, month + 1, 1), days=_of_month(rule, year, month + 1))
    if rule.frequency is Frequency.WEEKLY:
        begins = _week_of(first.date(), rule.week_start) + away * _A_WEEK
        return _of_days(begins, begins + _A_WEEK)
    return _of_days(first.toordinal() + away, first.toordinal() + away + 1)


def _of_days(begins: int, ends: int) -> _Period | None:
    last = date.max.toordinal()
    if begins > last:
        return None
    return _Period(
        begins=date.fromordinal(max(1, begins)),
        days=[date.fromordinal(each) for each in range(max(1, begins), min(ends, last + 1))],
    )


def _week_of(day: date, week_start: int) -> int:
    """The ordinal of the first day of *day*'s week, which may lie before the calendar's beginning."""
    return day.toordinal() - (day.weekday() - week_start) % _A_WEEK


def _of_year(rule: Rule, year: int) -> Iterable[date]:
    """Few of the year's days, where the rule's parts allow it: most series recur yearly by their month and day."""
    if rule.year_days or rule.weeks or (rule.weekdays and not rule.months and not rule.month_days):
        beginning = date(year, 1, 1).toordinal()
        return map(date.fromordinal, range(beginning, beginning + 365 + isleap(year)))
    return [day for month in sorted(rule.months or range(1, 13)) for day in _of_month(rule, year, month)]


def _of_month(rule: Rule, year: int, month: int) -> list[date]:
    if rule.months and month not in rule.months:
        return []
    length = monthrange(year, month)[1]
    if not rule.month_days:
        return [date(year, month, number) for number in range(1, length + 1)]
    numbers = {number if number > 0 else length + 1 + number for number in rule.month_days}
    return [date(year, month, number) for number in sorted(numbers) if 1 <= number <= length]


# -- days -------------------------------------------------------------------------------------------


def _chosen(rule: Rule, period: _Period, steps: Steps) -> list[date]:
    fitting: list[date] = []
    for day in period.days:
        steps.take()
        if _fits(rule, day):
            fitting.append(day)
    if not rule.positions:
        return fitting
    numbers = {at - 1 if at > 0 else len(fitting) + at for at in rule.positions}
    return [fitting[number] for number in sorted(numbers) if 0 <= number < len(fitting)]


def _fits(rule: Rule, day: date) -> bool:
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.month_days or _counts(rule.month_days, day.day, monthrange(day.year, day.month)[1]))
        and (not rule.year_days or _counts(rule.year_days, day.timetuple().tm_yday, 365 + isleap(day.year)))
        and (not rule.weeks or _counts(rule.weeks, *_week(day, rule.week_start)))
        and (not rule.weekdays or any(_is_weekday(rule, day, *each) for each in rule.weekdays))
    )


def _counts(wanted: frozenset[int], number: int, of: int) -> bool:
    """Whether the *number*-th of so many is wanted, counted from either end."""
    return number in wanted or number - of - 1 in wanted


def _week(day: date, week_start: int) -> tuple[int, int]:
    """Its week's number, and how many that year has: the first week is that of the year's 4 January."""
    middle = _week_of(day, week_start) + 3
    if not 1 <= middle <= date.max.toordinal():
        return 1, 53
    year = date.fromordinal(middle).year
    last = _week_of(date(year, 12, 28), week_start) + 3
    beginning = date(year, 1, 1).toordinal()
    return (middle - beginning) // _A_WEEK + 1, (last - beginning) // _A_WEEK + 1


def _is_weekday(rule: Rule, day: date, which: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    if which == 0 or rule.frequency in (Frequency.WEEKLY, Frequency.DAILY):
        return True
    if rule.frequency is Frequency.YEARLY and not rule.months:
        number, length = day.timetuple().tm_yday, 365 + isleap(day.year)
    else:
        number, length = day.day, monthrange(day.year, day.month)[1]
    return which in ((number - 1) // _A_WEEK + 1, -((length - number) // _A_WEEK + 1))


def _at(rule: Rule, first: datetime, day: date) -> datetime:
    at = time(
        first.hour if rule.hour is None else rule.hour,
        first.minute if rule.minute is None else rule.minute,
        first.second if rule.second is None else rule.second,
    )
    return datetime.combine(day, at)
