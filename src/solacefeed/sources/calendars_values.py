"""The values of an iCalendar's properties (RFC 5545 section 3.3), each read by itself; icalendar reads durations."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from icalendar.prop import vDuration

from solacefeed.text.clean import plain

_MOMENT: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?)?", re.I | re.A
)
_ESCAPED: Final = re.compile(r"\\([\\,;:nN])")
#: With its semicolon: without one it may be a word's beginning, as in "Q&notes".
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
#: What two programs in a row have escaped; nobody writes it.
_ESCAPED_TWICE: Final = re.compile(r"\\([,;])")
#: Elements that plugins leave in names; "<3" and "<T>" are none.
_MARKUP: Final = re.compile(
    r"</?(?:a|abbr|b|big|br|center|div|em|font|h[1-6]|i|li|ol|p|s|small|span|strong|sub|sup|u|ul)(?:\s[^<>]{0,500})?/?>",
    re.I,
)
_AMPERSAND: Final = re.compile(r"&(?:amp|#0?38|#x26);", re.I)


class UnreadableValue(ValueError):  # it says what is so of a value
    """A value is not what its property wants; the words say why."""


def moment_of(written: str) -> date | datetime:
    """A day, or a time with no zone but what stands in it; 24:00 is the next midnight. Raises ``UnreadableValue``."""
    found = _MOMENT.fullmatch(written.strip(" \t;"))
    if found is None:
        raise UnreadableValue(f"{written.strip()[:40]!r} is neither a day nor a time")
    try:
        day = date(*map(int, found.group(1, 2, 3)))
        if found[4] is None:
            return day
        hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
        if (hour, minute, second) == (24, 0, 0):
            day, hour = day + timedelta(days=1), 0
        # A leap second is the last one of its minute.
        at = datetime.combine(day, time(hour, minute, 59 if second == 60 else second))
        return at.replace(tzinfo=_offset(found[7])) if found[7] else at
    except (ValueError, OverflowError) as error:
        raise UnreadableValue(f"{written.strip()[:40]!r} is no time that there is") from error


def _offset(written: str) -> timezone:
    if written in "Zz":
        return UTC
    span = timedelta(hours=int(written[1:3]), minutes=int(written[-2:]))
    return timezone(-span if written[0] == "-" else span)


def duration_of(written: str) -> timedelta:
    """Raises ``UnreadableValue``."""
    try:
        span: object = vDuration.from_ical(written.strip().upper())  # type: ignore[no-untyped-call]
    # icalendar's own kind of error is none of ValueError's in each release.
    except Exception as error:
        raise UnreadableValue(f"{written.strip()[:40]!r} is no duration") from error
    if not isinstance(span, timedelta) or span < timedelta():
        raise UnreadableValue(f"{written.strip()[:40]!r} is no duration")
    return span


def number_of(written: str) -> int:
    """Raises ``UnreadableValue`` also for what no calendar counts to."""
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", written.strip()):
        raise UnreadableValue(f"{written.strip()[:40]!r} is no number")
    return int(written)


def text_of(written: str) -> str:
    """Its escapes undone (RFC 5545 section 3.3.11)."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], written)


def without_entities(text: str) -> str:
    """HTML's entities, which a blog's plugin has left in a calendar, decoded once."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def words_of(written: str) -> str:
    """A name or a place as its reader sees it: without escapes, those that were escaped twice too, and without HTML."""
    text = _ESCAPED_TWICE.sub(r"\1", text_of(written))
    return plain(text) if _MARKUP.search(text) else without_entities(text)


def address_of(written: str) -> str:
    """An address from HTML: of its entities only the ampersand is one, else ``&copy=2`` would be a sign."""
    return _AMPERSAND.sub("&", text_of(written.strip()))
