"""When a digest closes, and which period is due; local time, so that a closing keeps its hour over DST."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from solacefeed.models import Closing, Period

_WEEK = timedelta(days=7)
_MOMENT = timedelta(seconds=1)


def last_closing(now: datetime, closings: Iterable[Closing], zone: tzinfo) -> datetime:
    """The newest closing at or before *now*, in UTC."""
    return max(found for closing in closings for found in _around(now, closing, zone) if found <= now)


def next_closing(now: datetime, closings: Iterable[Closing], zone: tzinfo) -> datetime:
    """The first closing after *now*, in UTC."""
    return min(found for closing in closings for found in _around(now, closing, zone) if found > now)


def due(
    now: datetime, covered_until: datetime | None, closings: tuple[Closing, ...], zone: tzinfo, *, max_late: timedelta
) -> Period | None:
    """The period whose edition should be prepared at *now*; at most one, however long nobody looked.

    It begins where the last edition ended (*covered_until*; ``None`` for a digest's first), so that a missed week's
    posts stand in the next edition. A closing more than *max_late* ago is let pass.
    """
    ends = last_closing(now, closings, zone)
    if now - ends > max_late or (covered_until is not None and covered_until >= ends):
        return None
    return Period(starts=covered_until or latest_period(now, closings, zone).starts, ends=ends)


def latest_period(now: datetime, closings: tuple[Closing, ...], zone: tzinfo) -> Period:
    """The period between the last two closings."""
    ends = last_closing(now, closings, zone)
    return Period(starts=last_closing(ends - _MOMENT, closings, zone), ends=ends)


def open_period(now: datetime, closings: tuple[Closing, ...], zone: tzinfo) -> Period:
    """The period that is being collected at *now*."""
    return Period(starts=last_closing(now, closings, zone), ends=next_closing(now, closings, zone))


def edition_id(digest: str, period: Period, zone: tzinfo) -> str:
    """``weekly/2026-11-23``: the digest and its local closing day."""
    return f"{digest}/{period.ends.astimezone(zone).date().isoformat()}"


def _around(now: datetime, closing: Closing, zone: tzinfo) -> list[datetime]:
    """This closing in the weeks before, of and after *now*.

    An hour that DST leaves out is taken as the one after it, and one that comes twice as its first (PEP 495).
    """
    today = now.astimezone(zone).date()
    this_week = today + timedelta(days=closing.weekday - today.weekday())
    days = (this_week + weeks * _WEEK for weeks in (-1, 0, 1))
    return [datetime.combine(day, closing.at, zone).astimezone(UTC) for day in days]
