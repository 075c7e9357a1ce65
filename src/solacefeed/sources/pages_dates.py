"""When a post was published, as a page shows it; pure.

Law: an instant is believed where its offset from UTC is written; of anything less only the day is taken, at midnight
UTC, for no page tells the blog's time zone. What can be read in two ways (``05/06/2012``) is not read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from solacefeed.addresses import parsed

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY: Final = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?\b"
_YEAR: Final = r"(?:,?\s+(?P<year>[12]\d{3})\b)?"
_SPOKEN: Final = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (rf"{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}", rf"\b{_MONTH}\s+{_DAY}{_YEAR}")
)
_ISO_DAY: Final = re.compile(r"([12]\d{3})-(\d{2})-(\d{2})(?!\d)")
_IN_PATH: Final = re.compile(r"/([12]\d{3})/(\d{1,2})(?:/(\d{1,2}))?(?=/)")


class Dated(NamedTuple):
    """An instant in UTC, or the midnight that stands for a day."""

    at: datetime
    day_only: bool


def machine(said: str) -> Dated | None:
    """Reads ``2012-05-17T10:00:00+01:00``; without offset or time the day alone."""
    try:
        read = datetime.fromisoformat(said.strip())
        if read.tzinfo is not None:
            return Dated(read.astimezone(UTC), False)
    except (ValueError, OverflowError):
        pass
    day = _ISO_DAY.match(said.strip())
    return _day(day[1], day[2], day[3]) if day else None


def spoken(text: str, url: str) -> Dated | None:
    """Reads "May 17, 2012" or "17th May 2012" in *text*; a missing year is taken from the post's *url*."""
    words = next((found for pattern in _SPOKEN if (found := pattern.search(text))), None)
    if words is None:
        return machine(text)
    month = str(_MONTHS.index(words["month"][:3].lower()) + 1)
    year = words["year"] or _year(url, month)
    return _day(year, month, words["day"]) if year else None


def in_address(url: str) -> Dated | None:
    """Reads ``/2012/05/17/`` in a post's address."""
    found = _IN_PATH.search(parsed(url).path)
    return _day(found[1], found[2], found[3]) if found and found[3] else None


def _year(url: str, month: str) -> str | None:
    found = _IN_PATH.search(parsed(url).path)
    return found[1] if found and int(found[2]) == int(month) else None


def _day(year: str, month: str, day: str) -> Dated | None:
    try:
        return Dated(datetime(int(year), int(month), int(day), tzinfo=UTC), True)
    except ValueError:
        return None
