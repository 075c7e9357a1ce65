"""The zones that an iCalendar speaks of: by the names that programs have for them, or by its own definition.

icalendar keeps the zones that a file defines for the whole process, so that one calendar's "Office" would be the next
one's; it has dateutil expand their rules without an end, and warns on the terminal. Here a zone is its file's own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from solacefeed.events.recurrence import Steps, starts
from solacefeed.sources.calendars_lines import Component
from solacefeed.sources.calendars_rules import rule_of
from solacefeed.sources.calendars_values import UnreadableValue, moment_of

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+\-/]{0,60}")
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)(?::?(\d\d))?")
_FIXED: Final = re.compile(r"(?:\(?(?:UTC|GMT)\)?\s?)?([+-]\d{1,2}(?::?\d\d)?)", re.I)
_COUNTED: Final = re.compile(r"\s[0-9]{1,2}$")
#: Windows' names for a zone as they are shown: "(UTC+00:00) Dublin, Edinburgh, Lisbon, London".
_SHOWN: Final = re.compile(r"\((?:UTC|GMT)(?:([+-]\d\d):(\d\d))?\)\s*(.{1,120})", re.I)
#: Those that name no town.
_WITHOUT_TOWNS: Final = {
    "coordinated universal time": "UTC",
    "eastern time (us & canada)": "America/New_York",
    "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver",
    "pacific time (us & canada)": "America/Los_Angeles",
    "atlantic time (canada)": "America/Halifax",
}
#: An observance that began so long before what is looked at may hold in it.
_LONG_BEFORE: Final = timedelta(days=800)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Onset:
    """When an observance begins."""

    #: By the clock that went before it.
    at: datetime
    before: timedelta
    after: timedelta


class DefinedZone(tzinfo):
    """A zone as a file defines it (RFC 5545 section 3.6.5): its offsets from onset to onset."""

    def __init__(self, name: str, onsets: list[_Onset]) -> None:
        self._name = name
        ordered = sorted(onsets, key=lambda onset: (onset.at, onset.after))
        # An hour that is left out is by the clock before it (RFC 5545 section 3.3.5).
        self._by_clock = [onset.at + max(onset.after - onset.before, timedelta()) for onset in ordered]
        self._by_utc = [onset.at - onset.before for onset in ordered]
        self._offsets = [ordered[0].before, *(onset.after for onset in ordered)]

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        # Of no moment it is asked by who wants to know whether it is always the same.
        return None if moment is None else self._offsets[bisect_right(self._by_clock, moment.replace(tzinfo=None))]

    def fromutc(self, moment: datetime) -> datetime:
        offset = self._offsets[bisect_right(self._by_utc, moment.replace(tzinfo=None))]
        return moment + offset

    def dst(self, _moment: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, _moment: datetime | None) -> str:
        return self._name


def defined(zone: Component, *, after: datetime, before: datetime, steps: Steps) -> tzinfo:
    """The zone that a VTIMEZONE defines, from *after* until *before*; raises as ``written_event`` does."""
    onsets = [
        onset
        for part in zone.components
        if part.name in ("STANDARD", "DAYLIGHT")
        for onset in _onsets(part, after, before, steps)
    ]
    if not onsets:
        raise UnreadableValue("has no STANDARD or DAYLIGHT that can be read")
    return DefinedZone(zone.value("TZID"), onsets)


def _onsets(part: Component, after: datetime, before: datetime, steps: Steps) -> Iterator[_Onset]:
    after_it = _offset(part.value("TZOFFSETTO"))
    # Of a zone without summer time programs leave out what was before.
    offsets = _offset(part.value("TZOFFSETFROM")) if part.one("TZOFFSETFROM") else after_it, after_it
    begun = part.one("DTSTART")
    begins = moment_of(begun.value) if begun else None
    if offsets[0] is None or offsets[1] is None or not isinstance(begins, datetime):
        return
    first = begins.replace(tzinfo=None)
    yield _Onset(at=first, before=offsets[0], after=offsets[1])
    for written in part.properties.get("RRULE", ()):
        rule = rule_of(written.value, first, lambda until: _wall(until, offsets[0])).rule
        if rule is not None:
            for at in starts(rule, first, after=max(first, after - _LONG_BEFORE), before=before, steps=steps):
                yield _Onset(at=at, before=offsets[0], after=offsets[1])
    for written in part.properties.get("RDATE", ()):
        for value in written.value.split(","):
            steps.take()
            also = moment_of(value)
            if isinstance(also, datetime):
                yield _Onset(at=also.replace(tzinfo=None), before=offsets[0], after=offsets[1])


def _wall(until: datetime, offset: timedelta | None) -> datetime:
    assert offset is not None
    return (until.astimezone(UTC) + offset if until.tzinfo else until).replace(tzinfo=None)


def _offset(written: str) -> timedelta | None:
    found = _OFFSET.fullmatch(written)
    if not found:
        return None
    span = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return None if span >= timedelta(days=1) else -span if found[1] == "-" else span


def by_name(name: str, own: Mapping[str, tzinfo]) -> tzinfo | None:
    """The zone of this *name*: of the Olson database, the file's *own*, Windows', or one with a vendor before it."""
    cleaned = name.strip().strip("/")
    found = olson(cleaned) or own.get(name.strip()) or olson(WINDOWS_TO_OLSON.get(cleaned, ""))
    # Outlook counts those of one name: "W. Europe Standard Time 1"; others leave the underscore out.
    uncounted = _COUNTED.sub("", cleaned)
    found = (
        found
        or olson(WINDOWS_TO_OLSON.get(uncounted, ""))
        or (olson(cleaned.replace(" ", "_")) if "/" in cleaned else None)
    )
    # /mozilla.org/20050126_1/Europe/London is globally unique (RFC 5545 section 3.2.19), and meant so by all.
    parts = cleaned.split("/")[:8]
    return found or next(filter(None, (olson("/".join(parts[at:])) for at in range(1, len(parts)))), _shown(cleaned))


@lru_cache(maxsize=256)
def olson(name: str) -> tzinfo | None:
    """However its letters are written; ``None`` where there is none."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        pass
    except LookupError:
        pass
    written = _by_small_letters().get(name.lower())
    return ZoneInfo(written) if written else None


@lru_cache(maxsize=1)
def _by_small_letters() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _shown(name: str) -> tzinfo | None:
    """By the towns that Windows shows beside it: the first that the Olson database has at that offset."""
    found = _SHOWN.fullmatch(name)
    if not found:
        fixed = _FIXED.fullmatch(name)
        return _at_offset(fixed[1]) if fixed else None
    hours = int(found[1] or 0)
    offset = timedelta(hours=hours, minutes=int(found[2] or 0) * (-1 if (found[1] or "").startswith("-") else 1))
    known = _WITHOUT_TOWNS.get(found[3].strip().lower())
    towns = (f"/{town.strip().lower().replace(' ', '_')}" for town in found[3].split(","))
    names = [known] if known else [each for town in towns for each in _by_small_letters() if each.endswith(town)]
    zones = filter(None, map(olson, names))
    return next((zone for zone in zones if _standard(zone) == offset), None)


def _standard(zone: tzinfo) -> timedelta | None:
    """Its offset outside of summer time, on either half of the globe."""
    offsets = (datetime(2026, month, 1, 12, tzinfo=zone) for month in (1, 7))
    return min((each.utcoffset() or timedelta()) - (each.dst() or timedelta()) for each in offsets)


def _at_offset(written: str) -> tzinfo | None:
    sign, digits = written[0], written[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    span = timedelta(hours=int(hours), minutes=int(minutes))
    return None if span >= timedelta(days=1) else timezone(-span if sign == "-" else span)
