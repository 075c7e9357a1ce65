"""Dates of feeds: as feedparser reads them, and such as are near to RFC 822 (section 5) and no such date; pure.

Blogs write these in their own language, without a space, at 24 o'clock, or as seconds since 1970. What could be read in
two ways (05/10/2026), or is no day there is (31 February), is no date.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from time import struct_time
from typing import Final

from solacefeed.sources.feed_entry import Moment

#: How months begin in the languages of WordPress's larger communities, without accents, from January on.
_MONTHS: Final = (
    "jan ene gen ion sty",
    "feb fev few chwe lut",
    "mar maer mae maa mrt maw",
    "apr avr abr ebr kwi",
    "mai may mag maj mei",
    "jun juin giu meh cze",
    "jul juil lug gor lip",
    "aug aou ago aws sie",
    "sep set med wrz",
    "oct okt ott out hyd paz",
    "nov tach lis",
    "dec dez des dic rhag gru",
)
_BEGINNINGS: Final = sorted(
    ((start, number) for number, starts in enumerate(_MONTHS, start=1) for start in starts.split()),
    key=lambda pair: -len(pair[0]),
)
_NAME: Final = r"[^\W\d_]{3,12}"
_TIME: Final = (
    r"(?:\D{0,4}?\b(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s*(?P<zone>[+-]\d\d:?\d\d|UTC?|GMT|Z))?)?"
)
_OF: Final = r"(?:de |del |d')?"
#: The day before the month, and behind it.
_SHAPES: Final = tuple(
    re.compile(rf"(?:[^\W\d_]{{2,12}}(?:\.?, ?|\.? ))?{day}{_TIME}", re.IGNORECASE)
    for day in (
        rf"(?P<day>\d\d?)(?:\.|er|st|nd|rd|th)?[ -]{_OF}(?P<month>{_NAME})\.?,?[ -]{_OF}(?P<year>\d{{4}})",
        rf"(?P<month>{_NAME})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?, ?(?P<year>\d{{4}})",
    )
)
_SECONDS: Final = re.compile(r"[12]\d{9}")


_ISO_DAY: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?!\d)")


def moment(written: str, parsed: struct_time | None) -> Moment | None:
    """What was *written*, which feedparser has *parsed* or has not; without a zone it is taken for UTC, as there."""
    if parsed is None or not _has_a_day(written):
        at = instant(written)
        return None if at is None else Moment(at=at, day_only=":" not in written and not written.isdigit())
    try:
        at = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Moment(at=at, day_only=":" not in written)


def _has_a_day(written: str) -> bool:
    """Whether a date that begins with its year goes on to a day there is; feedparser would make one up."""
    if not written[:4].isdigit():
        return True
    found = _ISO_DAY.match(written)
    try:
        return found is not None and bool(date(*map(int, found.groups())))
    except ValueError:
        return False


def instant(written: str) -> datetime | None:
    """When that is; without a zone it is taken for UTC."""
    said = " ".join(written.split())
    if _SECONDS.fullmatch(said):
        return datetime.fromtimestamp(int(said), UTC)
    found = next((found for shape in _SHAPES if (found := shape.fullmatch(said))), None)
    month = _month(found["month"]) if found else None
    if found is None or month is None:
        return None
    hour = int(found["hour"] or 0)
    # The day's end (ISO 8601) is the next one's beginning.
    more = timedelta(days=1) if (hour, found["minute"]) == (24, "00") else timedelta()
    try:
        at = datetime(
            int(found["year"]),
            month,
            int(found["day"]),
            0 if more else hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
            tzinfo=_zone(found["zone"] or ""),
        )
        return (at + more).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> int | None:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isascii())
    return next((number for start, number in _BEGINNINGS if plain.startswith(start)), None)


def _zone(said: str) -> timezone:
    if said[:1] not in ("+", "-"):
        return UTC
    hours, minutes = int(said[1:3]), int(said[-2:])
    return timezone((-1 if said[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
