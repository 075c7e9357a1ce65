"""Calendars that events are known from: an address or a file in, sightings out."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

from solacefeed.errors import SourceError
from solacefeed.http_client.answer import one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.models.events import Calendar, CalendarKind
from solacefeed.models.sightings import Origin, Sighting
from solacefeed.sources import answers, calendars_ics, calendars_page, calendars_tribe
from solacefeed.sources.answers import Wanted
from solacefeed.sources.calendar_answers import CalendarAnswer, Validators
from solacefeed.sources.calendars_found import MOST, FoundEvent, Listing, Nearness, Window
from solacefeed.sources.calendars_lines import as_octets, is_calendar
from solacefeed.stable import stable_hash

_ACCEPT = "text/calendar, application/json;q=0.9, text/html;q=0.8, */*;q=0.1"
#: Octets of a file.
_LARGEST = 32 * 2**20

#: Characters of an event's id; a longer one is known by its beginning and a hash.
_LONGEST_UID = 500
_BEGINNING = 200
#: What no database takes for text.
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")

# What it is, its first bytes tell: many servers call it text/plain, or nothing.
_WANTED = Wanted(
    it="the calendar",
    form="a calendar",
    types=re.compile(".*", re.DOTALL),
    doubt="is that the calendar's own address?",
    pace="its `every` in [[calendars]]",
)
_WANTED_AS_ICS = replace(_WANTED, types=re.compile("(?!text/html).*", re.DOTALL))

_READERS: dict[CalendarKind, Callable[..., Listing]] = {
    CalendarKind.ICS: calendars_ics.read,
    CalendarKind.TRIBE: calendars_tribe.read,
    CalendarKind.PAGE: calendars_page.read,
}


def ask(
    client: HttpClient,
    calendar: Calendar,
    known: Validators,
    now: datetime,
    *,
    zone: tzinfo,
    going: Callable[[], None] = lambda: None,
) -> CalendarAnswer | None:
    """The whole answer of *calendar*; ``None`` where it has not changed since the answer that *known* is of.

    *going* is called between the pieces of a long one, and may end it all by ``BrokenOff``.

    Raises ``SourceError``, which does not name the calendar, where there is none that can be read.
    """
    window = Window(now=now, zone=zone)
    if calendar.is_file:
        path = Path(calendar.address)
        return _read(calendar, _bytes_of(path), window, named=path.name, going=going)
    if calendar.kind is CalendarKind.TRIBE:
        return _made(calendar, calendars_tribe.ask(client, calendar.address, window, going=going), window)
    answer = answers.asked(
        client, calendar.address, accept=_ACCEPT, etag=known.etag, modified_since=known.last_modified
    )
    if answer.status == 304:
        return None
    wanted = _WANTED_AS_ICS if calendar.kind is CalendarKind.ICS else _WANTED
    answers.believed(answer, wanted, now)
    if _kind(calendar, answer.body) is CalendarKind.TRIBE:
        # What was asked for may be one page of many.
        return _made(calendar, calendars_tribe.ask(client, calendar.address, window, going=going), window)
    validators = Validators(etag=answer.headers.get("etag"), last_modified=answer.headers.get("last-modified"))
    try:
        read = _read(calendar, answer.body, window, named=_named(calendar.address), going=going)
    except SourceError as error:
        if answers.stands_in(answer, wanted):
            raise answers.instead(answer, wanted, now) from error
        raise
    return replace(read, validators=validators)


def _read(calendar: Calendar, body: bytes, window: Window, *, named: str, going: Callable[[], None]) -> CalendarAnswer:
    kind = _kind(calendar, body)
    more = {"going": going} if kind is CalendarKind.ICS else {}
    origin = Origin.PAGE if kind is CalendarKind.PAGE else Origin.CALENDAR
    return _made(calendar, _READERS[kind](body, window, named=named, **more), window, origin)


def _named(url: str) -> str:
    """The address without its query, which in a private calendar is its key."""
    return url.partition("?")[0]


def _bytes_of(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            # A pipe or a device would be read for ever.
            raise SourceError(f"{path}: is no file")
        if found.st_size > _LARGEST:
            raise SourceError(f"{path}: is larger than {_LARGEST} bytes")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: can't be read: {error.strerror}") from error


def _kind(calendar: Calendar, body: bytes) -> CalendarKind:
    """As the config says, else as the *body* looks."""
    if calendar.kind is not CalendarKind.AUTO:
        return calendar.kind
    if is_calendar(as_octets(body)):
        return CalendarKind.ICS
    beginning = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    if beginning.startswith(b"{") and calendars_tribe.is_answer(body):
        return CalendarKind.TRIBE
    if beginning.startswith(b"<"):
        return CalendarKind.PAGE
    shown = one_line(beginning.decode("utf-8", "replace"), 40)
    raise SourceError(f"{_named(calendar.address)}: is neither an iCalendar, nor a page, nor JSON of events: {shown!r}")


def _made(calendar: Calendar, listing: Listing, window: Window, origin: Origin = Origin.CALENDAR) -> CalendarAnswer:
    within = sorted(_within(listing.found, window), key=lambda each: each[0])
    unique = {found.uid: (nearness, found) for nearness, found in reversed(within)}
    ordered = [found for _, found in sorted(unique.values(), key=lambda each: each[0])]
    return CalendarAnswer(
        sightings=tuple(_sighting(calendar, found, window.now, origin) for found in ordered[:MOST]),
        note=_note(listing, len(ordered)),
        left_out=tuple(listing.left_out),
    )


def _within(found: Iterable[FoundEvent], window: Window) -> Iterator[tuple[Nearness, FoundEvent]]:
    for each in found:
        starts, ends = each.told.starts, each.told.ends
        if starts is not None and ends is not None and window.meets((starts, ends)):
            yield window.nearness((starts, ends), each.uid), each


def _note(listing: Listing, count: int) -> str | None:
    words = []
    if count > MOST or listing.is_cut:
        words.append(f"only the nearest {min(count, MOST)} events are taken")
    if listing.left_out:
        others = max(listing.number_left_out, len(listing.left_out)) - 1
        words.append(f"left out: {listing.left_out[0]}{f' and {others} more' if others else ''}")
    return one_line("; ".join(words), 300) or None


def _sighting(calendar: Calendar, found: FoundEvent, now: datetime, origin: Origin) -> Sighting:
    return Sighting(
        told=found.told,
        origin=origin,
        source=f"calendar {calendar.name}",
        said_at=min(found.changed, now) if found.changed else now,
        uid=_fit_to_keep(found.uid),
        categories=calendar.categories,
    )


def _fit_to_keep(uid: str) -> str:
    """*uid* as a database can hold and find it; nearly all are that as they are."""
    clean = _UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", uid)
    return clean if len(clean) <= _LONGEST_UID else f"{clean[:_BEGINNING]}…{stable_hash(clean)}"
