"""schema.org's ``eventSchedule``: an event that recurs, told by a rule instead of by its days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from solacefeed.events.recurrence import OutOfStepsError, Rule, Steps, starts
from solacefeed.sources.calendars_found import MOST_STEPS_OF_ONE, Window, iso
from solacefeed.sources.calendars_rules import rule_of
from solacefeed.sources.calendars_values import UnreadableValue, duration_of, moment_of
from solacefeed.sources.calendars_zones import by_name

Node = dict[str, Any]
Moment = date | datetime

_FREQUENCIES: Final = {"D": "DAILY", "W": "WEEKLY", "M": "MONTHLY", "Y": "YEARLY"}
_FREQUENCY: Final = re.compile(r"P([1-9][0-9]{0,2})([DWMY])", re.I | re.A)
_CLOCK: Final = re.compile(r"T?([01]?[0-9]|2[0-3]):?([0-5][0-9])(?::?[0-5][0-9])?(?:Z|[+-][0-9:]{2,5})?", re.A)
_PARTS: Final = {"byDay": "BYDAY", "byMonth": "BYMONTH", "byMonthDay": "BYMONTHDAY", "repeatCount": "COUNT"}


def times(schedule: Node, window: Window) -> Iterator[tuple[Moment, Moment | None]]:
    """When *schedule* has something begin, and end, within *window*. Raises ``UnreadableValue``."""
    first = moment_of(str(schedule.get("startDate") or ""))
    opens, closes = _clock(schedule.get("startTime")), _clock(schedule.get("endTime"))
    if isinstance(first, datetime):
        opens, first = opens or first.time(), first.date()
    begins = datetime.combine(first, opens or time.min)
    lasts = _lasts(schedule, opens, closes)
    zone = by_name(str(schedule.get("scheduleTimezone") or ""), {}) or window.zone
    never = {str(day)[:10] for day in _listed(schedule.get("exceptDate"))}
    rule = _rule(schedule, begins)
    after = datetime.combine(window.first - timedelta(days=2), time.min)
    before = datetime.combine(window.last + timedelta(days=2), time.max)
    steps = Steps(MOST_STEPS_OF_ONE)
    try:
        for at in starts(rule, begins, after=after, before=before, steps=steps) if rule else [begins]:
            if str(at.date()) in never:
                continue
            if opens is None:
                yield at.date(), None
            else:
                begun = at.replace(tzinfo=zone)
                yield begun, begun + lasts if lasts else None
    except OutOfStepsError as error:
        raise UnreadableValue("its eventSchedule takes more steps than are taken") from error


def _rule(schedule: Node, begins: datetime) -> Rule | None:
    often = str(schedule.get("repeatFrequency") or "").rpartition("/")[2]
    if not often:
        return None
    found = _FREQUENCY.fullmatch(often)
    frequency = _FREQUENCIES[found[2].upper()] if found else often.upper()
    parts = [f"FREQ={frequency}", f"INTERVAL={found[1] if found else 1}"]
    for name, part in _PARTS.items():
        values = [_day(value) if name == "byDay" else str(value) for value in _listed(schedule.get(name))]
        parts += [f"{part}={','.join(values)}"] if values else []
    ends = iso(schedule.get("endDate"))
    if ends is not None:
        parts.append(f"UNTIL={ends:%Y%m%d}")
    read = rule_of(";".join(parts), begins, lambda moment: moment.replace(tzinfo=None))
    if read.rule is None:
        raise UnreadableValue(f"eventSchedule: {read.left_out[-1]}")
    return read.rule


def _day(value: Any) -> str:
    """``MO`` of ``https://schema.org/Monday``; what is no such word is RFC 5545's own."""
    word = str(value).rpartition("/")[2]
    return word[:2].upper() if word.lower().endswith("day") else word


def _lasts(schedule: Node, opens: time | None, closes: time | None) -> timedelta:
    if opens is None:
        return timedelta()
    if closes is None:
        written = schedule.get("duration")
        return min(duration_of(written), timedelta(days=366)) if isinstance(written, str) and written else timedelta()
    day = date(2000, 1, 1)
    span = datetime.combine(day, closes) - datetime.combine(day, opens)
    # What ends before it begins ends on the next day.
    return span if span >= timedelta() else span + timedelta(days=1)


def _clock(value: Any) -> time | None:
    found = _CLOCK.fullmatch(str(value or "").strip())
    return time(int(found[1]), int(found[2])) if found else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]
