"""When a digest closes, and which period is due or comes next; local time, so that a closing keeps its hour over DST.

The same digest, editions and time have the same answer: the period that is promised is the one that becomes due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from solacefeed.models.digests import Cadence, CadenceKind, Closing, Digest
from solacefeed.models.editions import Edition, Period

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
    if is_too_late(ends, now, max_late=max_late) or (covered_until is not None and covered_until >= ends):
        return None
    return Period(starts=covered_until or latest_period(now, closings, zone).starts, ends=ends)


def is_too_late(ends: datetime, now: datetime, *, max_late: timedelta) -> bool:
    """Whether an edition whose period *ends* then is made no more at *now*, and handed to nobody any more."""
    return now - ends > max_late


def latest_period(now: datetime, closings: tuple[Closing, ...], zone: tzinfo) -> Period:
    """The period between the last two closings."""
    ends = last_closing(now, closings, zone)
    return Period(starts=last_closing(ends - _MOMENT, closings, zone), ends=ends)


# -- a digest with its editions; *past* are the newest ones, newest first ------------------------------


def next_due(now: datetime, past: Sequence[Edition], digest: Digest, zone: tzinfo) -> Period | None:
    """The period whose edition is to be prepared at *now*; ``None`` also where that day's edition is there already."""
    period = due(now, _covered_until(past), digest.closings, zone, max_late=digest.max_late)
    return period if period and edition_id(digest.key, period, zone) not in _names(past) else None


def being_collected(now: datetime, past: Sequence[Edition], digest: Digest, zone: tzinfo) -> Period:
    """The period of the edition that comes next, after the one that is due at *now*, if one is."""
    before = next_due(now, past, digest, zone)
    since = before.ends if before else _covered_until(past)
    taken = _names(past) | ({edition_id(digest.key, before, zone)} if before else set())
    ends = _up_to_a_free_day(max(now, since or now), taken, digest, zone)[-1]
    return Period(starts=since or last_closing(ends - _MOMENT, digest.closings, zone), ends=ends)


def passed_over(past: Sequence[Edition], digest: Digest, zone: tzinfo) -> tuple[datetime, ...]:
    """The closings after the last edition that make none: they were moved within its day, which names it."""
    since = _covered_until(past)
    return tuple(_up_to_a_free_day(since, _names(past), digest, zone)[:-1]) if since else ()


def _covered_until(past: Sequence[Edition]) -> datetime | None:
    return past[0].period.ends if past else None


def _names(past: Iterable[Edition]) -> set[str]:
    return {edition.id for edition in past}


def _up_to_a_free_day(after: datetime, taken: set[str], digest: Digest, zone: tzinfo) -> list[datetime]:
    """The closings after that instant, up to the first whose day has no edition yet."""
    found = [next_closing(after, digest.closings, zone)]
    while day_edition(digest.key, found[-1], zone) in taken:
        found.append(next_closing(found[-1], digest.closings, zone))
    return found


# -- names and closings ------------------------------------------------------------------------------


def edition_id(digest: str, period: Period, zone: tzinfo) -> str:
    """``weekly/2026-11-23``: the digest and its local closing day."""
    return day_edition(digest, period.ends, zone)


def day_edition(digest: str, closing: datetime, zone: tzinfo) -> str:
    """The name of the edition that a closing makes."""
    return f"{digest}/{closing.astimezone(zone).date().isoformat()}"


def _around(now: datetime, closing: Closing, zone: tzinfo) -> list[datetime]:
    """This closing in the weeks before, of and after *now*.

    An hour that DST leaves out is taken as the one after it, and one that comes twice as its first (PEP 495).
    """
    today = now.astimezone(zone).date()
    this_week = today + timedelta(days=(closing.weekday or 0) - today.weekday())
    days = (this_week + weeks * _WEEK for weeks in (-1, 0, 1))
    return [datetime.combine(day, closing.at, zone).astimezone(UTC) for day in days]


def period_start(at: datetime, cadence: Cadence, zone: tzinfo) -> datetime:
    """The start of the period in which an instant lies; at once, each instant begins its own."""
    return at if cadence.kind is CadenceKind.AT_ONCE else last_closing(at, cadence.closings, zone)
