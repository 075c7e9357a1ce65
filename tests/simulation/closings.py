"""When a cadence closes, by the words of docs/digests.md alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.rules import CadenceRule, ClosingRule


def closings_between(cadence: CadenceRule, zone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """The instants at which a cadence closes in (*after*, *until*]; an hour that is left out counts as the next one."""
    place = ZoneInfo(zone)
    day, last = after.astimezone(place).date() - timedelta(days=1), until.astimezone(place).date() + timedelta(days=1)
    while day <= last:
        for closing in cadence.closings:
            if _closes_on(closing, day):
                at = datetime.combine(day, closing.at, place).astimezone(UTC)
                if after < at <= until:
                    yield at
        day += timedelta(days=1)


def _closes_on(closing: ClosingRule, day: date) -> bool:
    if closing.weekday is not None and day.weekday() != closing.weekday:
        return False
    if closing.ordinal is None:
        return True
    if closing.ordinal > 0:
        return (day.day - 1) // 7 + 1 == closing.ordinal
    return (day + timedelta(days=7)).month != day.month


def last_closing(cadence: CadenceRule, zone: str, at: datetime) -> datetime:
    """The newest one at or before *at*."""
    return max(closings_between(cadence, zone, at - timedelta(days=64), at))


def next_closing(cadence: CadenceRule, zone: str, at: datetime) -> datetime:
    """The first one after *at*."""
    return min(closings_between(cadence, zone, at, at + timedelta(days=64)))
