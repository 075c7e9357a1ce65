"""When a cadence closes, as the operator writes it: a value in, closings out, else ``ValueError`` with a sentence."""

from __future__ import annotations

import re
from datetime import time

from solacefeed.models.digests import Closing

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AT_ONCE = "at once"
#: Which of a month's Mondays, Tuesdays ...; -1 is its last.
WEEKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}

_CLOCK = r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
_CLOSING = re.compile(
    rf"((?P<daily>daily)|(?P<week>{'|'.join(WEEKS)}) (?P<of_month>[a-z]{{3,9}}) of (the )?month|(?P<day>[a-z]{{3,9}}))"
    rf" {_CLOCK}"
)
_A_CLOSING = (
    'must be a day and a local time, such as "mon 07:00", "daily 07:00" or "first mon of month 07:00", or "at once"'
)


def closings(value: object) -> tuple[Closing, ...]:
    """``"mon 07:00"`` or several of its kind in the order of the week; each day, or one of the month; none at once."""
    given = value if isinstance(value, list | tuple) else [value]
    if [_words(each) for each in given] == [AT_ONCE]:
        return ()
    found = sorted(map(_closing, given), key=lambda closing: (closing.weekday or 0, closing.at))
    if not found:
        raise ValueError('must name at least one closing time, such as "mon 07:00"')
    if len(found) > 1 and any(closing.weekday is None or closing.week is not None for closing in found):
        raise ValueError('can be a list of weekdays alone, such as ["mon 07:00", "thu 07:00"]')
    if len({closing.weekday for closing in found}) < len(found):
        raise ValueError("must not close twice on one day, since an edition is named by its day")
    return tuple(found)


def local_time(value: object) -> time:
    """``"07:00"``, by the blog's clock."""
    match = re.fullmatch(_CLOCK, value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a local time in quotes, such as "07:00"')
    return time(int(match["hour"]), int(match["minute"]))


def _closing(value: object) -> Closing:
    said = _words(value)
    match = _CLOSING.fullmatch(said)
    weekday = _weekday(match["of_month"] or match["day"]) if match and not match["daily"] else None
    if match is None or (weekday is None and not match["daily"]):
        raise ValueError(f"{_A_CLOSING}{_meant(said)}")
    at = time(int(match["hour"]), int(match["minute"]))
    return Closing(weekday=weekday, at=at, week=WEEKS[match["week"]] if match["week"] else None)


def _meant(said: str) -> str:
    """What somebody may have meant who did not write a closing, as the end of a sentence."""
    word, _, _ = said.partition(" ")
    if word == "monthly" or word in WEEKS:
        return '; one of a month is written "first mon of month 07:00"'
    if word in ("weekly", "every", "each"):
        return '; one of each week is written "mon 07:00"'
    return '; "at once" stands alone, without a time' if said.startswith(("at once", "at-once")) else ""


def _words(value: object) -> str:
    return " ".join(str(value).lower().split())


def _weekday(word: str) -> int | None:
    return next((number for number, day in enumerate(DAYS) if word in (day, day[:3])), None)
