"""The Events Calendar, a WordPress plugin: its REST API ``tribe/events/v1``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from solacefeed.addresses import parsed
from solacefeed.errors import SourceError, is_about_one
from solacefeed.http_client.answer import Answer, one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.models.events import EventStatus
from solacefeed.sources import answers
from solacefeed.sources.answers import Wanted
from solacefeed.sources.calendars_found import MOST, FoundEvent, LeftOut, Listing, Span, Window, a_told, iso
from solacefeed.text.clean import plain

_ROUTE = "/tribe/events/v1/events"
_A_PAGE = 50
_MOST_PAGES = MOST // _A_PAGE
_ACCEPT = "application/json"
#: What it answers, with 404, to a page beyond the last one.
_NO_SUCH_PAGE = "event-archive-page-not-found"

_NO_EVENTS = "the answer holds no events; is it The Events Calendar's?"

_DOUBT = "is The Events Calendar there, and its REST API on?"
_API = Wanted(
    it="the calendar's REST API",
    form="JSON",
    types=re.compile("(?!text/html).*", re.DOTALL),
    doubt=_DOUBT,
    hints=((404, None, _DOUBT),),
    pace="its `every` in [[calendars]]",
)

#: The first and the last of those that are asked for.
_Days = tuple[date, date]

_STANDINGS = {
    "canceled": EventStatus.CANCELLED,
    "cancelled": EventStatus.CANCELLED,
    "postponed": EventStatus.POSTPONED,
}


def ask(client: HttpClient, url: str, window: Window, *, going: Callable[[], None] = lambda: None) -> Listing:
    """The events within *window*, page by page; *going* is called before each. Raises ``SourceError``.

    Of more than are taken what is to come is asked for first, then what is over, of which the last pages are nearest.
    """
    address, first = _first_page(client, url, window)

    def asked(days: _Days, page: int) -> dict[str, Any]:
        going()
        return _page(client, address(days, page), window.now)

    if _pages(first) <= _MOST_PAGES:
        return _listing(_rows(asked, _whole(window), first), window)
    to_come, over = (window.today, window.last), (window.first, window.today)
    opening = asked(to_come, 1)
    rows = _rows(asked, to_come, opening)
    room = _MOST_PAGES - _pages(opening)
    if room > 0:
        last = _pages(asked(over, 1))
        rows += [row for page in range(max(last - room, 0) + 1, last + 1) for row in asked(over, page)["events"]]
    return _listing(rows, window, is_cut=True)


def _whole(window: Window) -> _Days:
    return window.first, window.last


def _rows(asked: Callable[[_Days, int], dict[str, Any]], days: _Days, first: dict[str, Any]) -> list[Any]:
    """Those of the *first* page and of the others, as far as these are taken."""
    rows = list(first["events"])
    for page in range(2, min(_pages(first), _MOST_PAGES) + 1):
        more = asked(days, page)["events"]
        if not more:
            break
        rows += more
    return rows


def _first_page(client: HttpClient, url: str, window: Window) -> tuple[Callable[[_Days, int], str], dict[str, Any]]:
    """The first page, and how the others are addressed: without pretty permalinks only ``?rest_route=`` leads there."""
    pretty, plainly, days = partial(_address, url), partial(_plain_address, url), _whole(window)
    if "rest_route" in parsed(url).query:
        return plainly, _page(client, plainly(days, 1), window.now)
    answer = answers.asked(client, pretty(days, 1), accept=_ACCEPT)
    if answer.status in (200, 404) and answer.body.lstrip()[:1] == b"<":
        # A page of the blog's own: where the API is, no such address leads.
        with suppress(SourceError):
            return plainly, _page(client, plainly(days, 1), window.now)
    return pretty, _events_of(answer, window.now)


def _pages(answer: dict[str, Any]) -> int:
    """How many there are, as it says; one where it says nothing that can be."""
    said = str(answer.get("total_pages") or 1)
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 1


def read(body: bytes, window: Window, *, named: str) -> Listing:
    """The events of one answer that stands in a file."""
    return _listing(_parsed(body, named)["events"], window)


def _listing(rows: list[Any], window: Window, *, is_cut: bool = False) -> Listing:
    left_out = LeftOut()
    return left_out.listing(list(_all(rows, window, left_out)), is_cut=is_cut)


def is_answer(body: bytes) -> bool:
    """Whether *body* is what this API answers."""
    try:
        _parsed(body, "")
    except SourceError:
        return False
    return True


def _address(url: str, days: _Days, page: int) -> str:
    """The API's address on the site *url*, which may be the API's already."""
    parts = parsed(url)
    path = parts.path if _ROUTE in parts.path else f"{parts.path.rstrip('/')}/wp-json{_ROUTE}"
    asked = f"per_page={_A_PAGE}&page={page}&start_date={days[0]}&end_date={days[1]}"
    return str(replace(parts, path=path, query=asked, fragment=""))


def _plain_address(url: str, days: _Days, page: int) -> str:
    parts = parsed(url)
    path = parts.path.partition("/wp-json")[0].rstrip("/") + "/"
    asked = f"rest_route={_ROUTE}&per_page={_A_PAGE}&page={page}&start_date={days[0]}&end_date={days[1]}"
    return str(replace(parts, path=path, query=asked, fragment=""))


def _page(client: HttpClient, url: str, now: datetime) -> dict[str, Any]:
    return _events_of(answers.asked(client, url, accept=_ACCEPT), now)


def _events_of(answer: Answer, now: datetime) -> dict[str, Any]:
    if answer.status == 404 and _NO_SUCH_PAGE.encode() in answer.body:
        return {"events": []}
    said = answers.json_of(answers.believed(answer, _API, now), now)
    if not _holds_events(said):
        raise answers.refused(answer, _NO_EVENTS, now)
    return dict(said)


def _parsed(body: bytes, named: str) -> dict[str, Any]:
    try:
        said = answers.from_json(body)
    except answers.TooMuchJson as error:
        raise SourceError(f"{named}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{named}: is not JSON ({one_line(str(error))})") from error
    if not _holds_events(said):
        raise SourceError(f"{named}: {_NO_EVENTS}")
    return dict(said)


def _holds_events(said: Any) -> bool:
    return isinstance(said, dict) and isinstance(said.get("events"), list)


def _all(rows: list[Any], window: Window, left_out: LeftOut) -> Iterator[FoundEvent]:
    for row in rows:
        try:
            yield _found(row, window)
        # What a row lacks, and a bug, costs that row.
        except Exception as error:
            if not is_about_one(error):
                raise
            known_by = one_line(str(row.get("id") if isinstance(row, dict) else row), 60)
            left_out.add(f"event {known_by}", repr(error))


def _found(row: dict[str, Any], window: Window) -> FoundEvent:
    """Raises ``ValueError`` and its like for a row without what every row has."""
    venue = row.get("venue") or {}
    place = ", ".join(filter(None, map(plain, _place(venue[0] if isinstance(venue, list) else venue))))
    modified = iso(row.get("modified_utc"))
    return FoundEvent(
        uid=str(row.get("global_id") or row["id"]),
        told=a_told(
            name=plain(row["title"]),
            place="online" if row.get("is_virtual") and not place else place,
            span=_span(row, window),
            url=row.get("url"),
            standing=_STANDINGS.get(str(row.get("event_status") or "").lower(), EventStatus.SCHEDULED),
        ),
        changed=modified.replace(tzinfo=UTC) if isinstance(modified, datetime) else None,
    )


def _place(venue: dict[str, Any]) -> list[str]:
    name, city = str(venue.get("venue") or ""), str(venue.get("city") or "")
    return [name] if city in name else [name, city]


def _span(row: dict[str, Any], window: Window) -> Span:
    """Days where it is all day, which ends at 23:59:59 of the last one; else the instants in UTC."""
    if row.get("all_day"):
        first, last = (datetime.fromisoformat(row[name]).date() for name in ("start_date", "end_date"))
        return window.span(first, last)
    begin, end = (datetime.fromisoformat(row[name]).replace(tzinfo=UTC) for name in ("utc_start_date", "utc_end_date"))
    return window.span(begin, end)
