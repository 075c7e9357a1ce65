"""RRULE as it is written: what can't be read of it is left out, and the whole rule where it would be another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from typing import Any, Final

from solacefeed.events.recurrence import Frequency, Rule
from solacefeed.sources.calendars_values import UnreadableValue, moment_of, number_of

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.A)
_WITHIN_A_DAY: Final = ("SECONDLY", "MINUTELY", "HOURLY")

#: The parts that are lists of numbers: what a rule calls them, and the greatest; below zero counts from the end.
_NUMBERS: Final = {
    "BYMONTHDAY": ("month_days", 31, True),
    "BYYEARDAY": ("year_days", 366, True),
    "BYWEEKNO": ("weeks", 53, True),
    "BYMONTH": ("months", 12, False),
    "BYSETPOS": ("positions", 366, True),
}
#: Some programs write the property's name into its value again.
_NAMED_AGAIN: Final = re.compile(r"^\s{0,9}(?:EX|R)RULE\s{0,9}:", re.IGNORECASE)
_TIMES: Final = {"BYHOUR": ("hour", 23), "BYMINUTE": ("minute", 59), "BYSECOND": ("second", 59)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRule:
    """A rule, or ``None`` where it is left out; and why parts of it, or all, are."""

    rule: Rule | None
    left_out: list[str] = field(default_factory=list)


def rule_of(written: str, first: datetime, wall: Callable[[datetime], datetime]) -> ReadRule:
    """The rule of a series that begins at *first*; *wall* gives an instant by the clock of the place."""
    left_out: list[str] = []
    parts: dict[str, str] = {}
    for pair in _NAMED_AGAIN.sub("", written).strip(" ;").split(";"):
        name, _, value = pair.partition("=")
        # A part that says nothing is what a program's form was left empty in.
        if value.strip():
            parts.setdefault(name.strip().upper(), value.strip().upper())
    try:
        return ReadRule(rule=_rule(parts, first, wall, left_out), left_out=left_out)
    except UnreadableValue as error:
        return ReadRule(rule=None, left_out=[*left_out, str(error)])


def _rule(parts: dict[str, str], first: datetime, wall: Callable[[datetime], datetime], left_out: list[str]) -> Rule:
    """Raises ``UnreadableValue`` where nothing is left that would be the series."""
    # RFC 7529: who doesn't know the calendar of a rule shows its first time alone.
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN":
        raise UnreadableValue(f"RSCALE={parts['RSCALE'][:20]} is not followed")
    if parts.get("SKIP", "OMIT") != "OMIT":
        left_out.append("SKIP is not followed")
    often = parts.get("FREQ", "")
    if often in _WITHIN_A_DAY or any(len(set(parts.get(name, "").split(","))) > 1 for name in _TIMES):
        raise UnreadableValue("it recurs within a day")
    if often not in Frequency.__members__:
        raise UnreadableValue(f"FREQ={often[:20]} is none")
    said: dict[str, Any] = {
        "frequency": Frequency(often),
        "interval": _interval(parts.get("INTERVAL", "1")),
        "until": _until(parts, wall, left_out),
        "count": _count(parts.get("COUNT"), left_out),
    }
    for name, (attribute, greatest, from_end) in _NUMBERS.items():
        said[attribute] = frozenset(
            _list(parts, name, left_out, partial(_number, greatest=greatest, from_end=from_end))
        )
    for name, (attribute, greatest) in _TIMES.items():
        said[attribute] = next(iter(_list(parts, name, left_out, partial(_time, greatest=greatest))), None)
    said["weekdays"] = frozenset(_list(parts, "BYDAY", left_out, _weekday))
    said["week_start"] = next(iter(day for _, day in _list(parts, "WKST", left_out, _weekday)), 0)
    if said["until"] is not None and said["until"] < first:
        left_out.append("UNTIL is before its DTSTART")
    return Rule(**said)


def _interval(written: str) -> int:
    if re.fullmatch(r"\+?[0-9]{10,}", written):
        # Never again: farther than the calendar reaches.
        return 10**9
    number = number_of(written)
    if number < 1:
        raise UnreadableValue(f"INTERVAL={number} is below 1")
    return number


def _count(written: str | None, left_out: list[str]) -> int | None:
    if written is None or re.fullmatch(r"\+?[0-9]{10,}", written):
        return None
    number = number_of(written)
    if number == 0:
        raise UnreadableValue("COUNT=0 is below 1")
    if number < 0:
        # Programs write it for "without an end".
        left_out.append(f"COUNT={number} is ignored")
        return None
    return number


def _until(parts: dict[str, str], wall: Callable[[datetime], datetime], left_out: list[str]) -> datetime | None:
    """Raises ``UnreadableValue`` where nothing else ends the series."""
    written = parts.get("UNTIL")
    if written is None:
        return None
    try:
        until = moment_of(written)
    except UnreadableValue:
        if "COUNT" not in parts:
            raise
        left_out.append(f"UNTIL={written[:20]} is ignored")
        return None
    if isinstance(until, datetime):
        return wall(until)
    # A day that ends a series of times is its last one.
    return datetime.combine(until, time.max)


def _list(parts: dict[str, str], name: str, left_out: list[str], read: Callable[[str], Any]) -> list[Any]:
    """What can be read of the list *name*."""
    found = []
    for each in filter(None, (each.strip() for each in parts.get(name, "").split(","))):
        try:
            found.append(read(each))
        except UnreadableValue:
            left_out.append(f"{name}={each[:20]} is ignored")
    return found


def _number(written: str, *, greatest: int, from_end: bool) -> int:
    number = number_of(written)
    if number == 0 or abs(number) > greatest or (number < 0 and not from_end):
        raise UnreadableValue(written)
    return number


def _time(written: str, *, greatest: int) -> int:
    number = number_of(written)
    if not 0 <= number <= greatest:
        raise UnreadableValue(written)
    return number


def _weekday(written: str) -> tuple[int, int]:
    found = _WEEKDAY.fullmatch(written)
    if found is None or (found[1] and int(found[1]) == 0) or abs(int(found[1] or 1)) > 53:
        raise UnreadableValue(written)
    return int(found[1] or 0), _DAYS.index(found[2])
