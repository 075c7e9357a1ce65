"""The Events Calendar, a WordPress plugin: its REST API ``tribe/events/v1``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from solacefeed.addresses import parsed
from solacefeed.errors import SourceError
from solacefeed.http_client.answer import Answer, one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.models.events import EventStatus
from solacefeed.sources import answers
from solacefeed.sources.answers import Wanted
from solacefeed.sources.calendars_found import MOST, FoundEvent, Listing, Span, Window, a_told, iso
from solacefeed.text.clean import plain

_ROUTE = "/tribe/events/v1/events"
_A_PAGE = 50
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

_STANDINGS = {
    "canceled": EventStatus.CANCELLED,
    "cancelled": EventStatus.CANCELLED,
    "postponed": EventStatus.POSTPONED,
}


def ask(client: HttpClient, url: str, window: Window, *, going: Callable[[], None] = lambda: None) -> Listing:
    """Every event within *window*, page by page; *going* is called before each. Raises ``SourceError``."""
    address, first = _first_page(client, url, window)
    rows: list[Any] = list(first["events"])
    for page in range(2, min(_pages(first), MOST // _A_PAGE) + 1):
        going()
        answer = _page(client, address(page), window.now)
        if not answer["events"]:
            break
        rows += answer["events"]
    left_out: list[str] = []
    return Listing(found=list(_all(rows, window, left_out)), left_out=left_out)


def _first_page(client: HttpClient, url: str, window: Window) -> tuple[Callable[[int], str], dict[str, Any]]:
    """The first page, and how the others are addressed: without pretty permalinks only ``?rest_route=`` leads there."""
    pretty, plainly = partial(_address, url, window), partial(_plain_address, url, window)
    if "rest_route" in parsed(url).query:
        return plainly, _page(client, plainly(1), window.now)
    answer = answers.asked(client, pretty(1), accept=_ACCEPT)
    if answer.status in (200, 404) and answer.body.lstrip()[:1] == b"<":
        # A page of the blog's own: where the API is, no such address leads.
        with suppress(SourceError):
            return plainly, _page(client, plainly(1), window.now)
    return pretty, _events_of(answer, window.now)


def _pages(answer: dict[str, Any]) -> int:
    """How many there are, as it says; one where it says nothing that can be."""
    said = str(answer.get("total_pages") or 1)
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 1


def read(body: bytes, window: Window, *, named: str) -> Listing:
    """The events of one answer that stands in a file."""
    left_out: list[str] = []
    return Listing(found=list(_all(_parsed(body, named)["events"], window, left_out)), left_out=left_out)


def is_answer(body: bytes) -> bool:
    """Whether *body* is what this API answers."""
    try:
        _parsed(body, "")
    except SourceError:
        return False
    return True


def _address(url: str, window: Window, page: int) -> str:
    """The API's address on the site *url*, which may be the API's already."""
    parts = parsed(url)
    path = parts.path if _ROUTE in parts.path else f"{parts.path.rstrip('/')}/wp-json{_ROUTE}"
    asked = f"per_page={_A_PAGE}&page={page}&start_date={window.first}&end_date={window.last}"
    return str(replace(parts, path=path, query=asked, fragment=""))


def _plain_address(url: str, window: Window, page: int) -> str:
    parts = parsed(url)
    path = parts.path.partition("/wp-json")[0].rstrip("/") + "/"
    asked = f"rest_route={_ROUTE}&per_page={_A_PAGE}&page={page}&start_date={window.first}&end_date={window.last}"
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
        said = answers.from_json(body.decode())
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{named}: is not JSON ({one_line(str(error))})") from error
    if not _holds_events(said):
        raise SourceError(f"{named}: {_NO_EVENTS}")
    return dict(said)


def _holds_events(said: Any) -> bool:
    return isinstance(said, dict) and isinstance(said.get("events"), list)


def _all(rows: list[Any], window: Window, left_out: list[str]) -> Iterator[FoundEvent]:
    for row in rows:
        try:
            yield _found(row, window)
        # What a row lacks, and a bug, costs that row.
        except Exception as error:
            left_out.append(f"event {one_line(str(row.get('id') if isinstance(row, dict) else row), 60)}: {error!r}")


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
