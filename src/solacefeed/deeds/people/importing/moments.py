"""When something was, as lists write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# 16/03/2015, 16.03.2015 14:40, 3/16/15 2:40 PM: which is the day has to be said.
_SLASHED = re.compile(
    r"(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<year>\d{4})"
    r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*(?P<half>[AaPp][Mm])?)?"
)


#: No list of people who agreed to be mailed is older.
FIRST = datetime(1995, 1, 1, tzinfo=UTC)


def moment(text: str, *, day_first: bool | None) -> datetime | None:
    """The instant that *text* says, in UTC where it names no zone; ``None`` where it can't be read, or in two ways."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _slashed(text, day_first)
    return _in_utc(found)


def _slashed(text: str, day_first: bool | None) -> datetime | None:
    said = _SLASHED.fullmatch(text.strip())
    if said is None:
        return None
    one, two = int(said["one"]), int(said["two"])
    is_day_first = _is_day_first(one, two, day_first)
    if is_day_first is None:
        return None
    day, month = (one, two) if is_day_first else (two, one)
    minute, second = int(said["minute"] or 0), int(said["second"] or 0)
    try:
        return datetime(int(said["year"]), month, day, _hour(said), minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _hour(said: re.Match[str]) -> int:
    hour = int(said["hour"] or 0)
    return hour % 12 + 12 * (said["half"].lower() == "pm") if said["half"] else hour


def _is_day_first(one: int, two: int, said: bool | None) -> bool | None:
    """What is said; where nothing is, what the numbers leave possible."""
    if said is not None:
        return said
    if one == two or (one > 12) != (two > 12):
        return one >= two
    return None


def _in_utc(found: datetime) -> datetime | None:
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
