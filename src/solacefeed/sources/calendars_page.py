"""schema.org events in a web page, as search engines read them: JSON-LD, also within ``@graph``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from solacefeed.errors import SourceError
from solacefeed.models.events import EventStatus
from solacefeed.sources import calendars_times
from solacefeed.sources.calendars_found import FoundEvent, Listing, Span, Window, a_told, address, iso, whole_days
from solacefeed.sources.calendars_json import decoded, scripts
from solacefeed.sources.calendars_values import UnreadableValue
from solacefeed.text.clean import plain

#: Of one page.
_MOST_NODES = 10_000
# Of schema.org's kinds of events, those of which the name does not end so.
_EVENTS = frozenset({"Festival", "CourseInstance", "Hackathon"})
_STANDINGS = {
    "EventCancelled": EventStatus.CANCELLED,
    "EventPostponed": EventStatus.POSTPONED,
    "EventRescheduled": EventStatus.MOVED,
}
_DEEPEST = 12
#: ISO 8601 as plugins write it: days and hours of one digit, a blank before the offset, which may be of one digit too.
_LOOSE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]{1,3}(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?\s?(?:(Z)|([+-])(\d{1,2}):?(\d\d)?)?)?",
    re.I | re.A,
)

Node = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What holds for all events of a page."""

    window: Window
    #: How many of them have an address.
    addresses: Counter[str | None]
    #: How many events, by name and beginning, have an id.
    ids: Counter[object]
    #: The places that are told elsewhere in it, by their ids.
    places: Mapping[str, Node]


def read(body: bytes, window: Window, *, named: str) -> Listing:
    """The events of a page within *window*. Raises ``SourceError`` where it has none at all."""
    left_out: list[str] = []
    said = list(scripts(decoded(body), lambda: left_out.append("its JSON-LD is broken")))
    nodes = list(islice((node for script in said for node in _walk(script, 0, _is_event)), _MOST_NODES + 1))
    if len(nodes) > _MOST_NODES:
        raise SourceError(f"{named}: a page of more than {_MOST_NODES} events is larger than what is read")
    if not nodes:
        why = f" ({left_out[0]})" if left_out else ""
        raise SourceError(f"{named}: the page has no schema.org events in it{why}; give the calendar's own address")
    page = _Page(
        window=window,
        addresses=Counter(_address_of(node) for node in nodes),
        ids=Counter(
            own
            for own, *_ in {
                (node.get("@id"), _text(node.get("name")), str(node.get("startDate")))
                for node in nodes
                if isinstance(node.get("@id"), str)
            }
        ),
        places={str(node["@id"]): node for script in said for node in islice(_walk(script, 0, _is_place), _MOST_NODES)},
    )
    found: list[FoundEvent] = []
    for node in nodes:
        name = _text(node.get("name")) or "an event"
        try:
            found += _found(node, page)
        except UnreadableValue as error:
            left_out.append(f"{name}: {error}")
        # A bug at one event costs that one.
        except Exception as error:
            left_out.append(f"{name}: a bug of solacefeed: {error!r}")
    return Listing(found=found, left_out=left_out)


def _walk(value: Any, depth: int, wanted: Callable[[Node], bool]) -> Iterator[Node]:
    """Everything in *value* that is *wanted*, wherever it stands."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _walk(each, depth + 1, wanted)
    elif isinstance(value, dict):
        if wanted(value):
            yield value
        for name, each in value.items():
            # What an event belongs to is told by itself, if at all.
            if name != "superEvent":
                yield from _walk(each, depth + 1, wanted)


def _is_event(node: Node) -> bool:
    kinds = node.get("@type")
    names = {
        str(kind).rpartition("/")[2].rpartition(":")[2] for kind in (kinds if isinstance(kinds, list) else [kinds])
    }
    is_one = any(name in _EVENTS or name.endswith("Event") for name in names)
    return is_one and ("startDate" in node or "eventSchedule" in node)


def _is_place(node: Node) -> bool:
    return isinstance(node.get("@id"), str) and "address" in node


def _found(node: Node, page: _Page) -> Iterator[FoundEvent]:
    """The event *node*, each time that it takes place. Raises ``UnreadableValue``."""
    starts = _moment(node.get("startDate"))
    if starts is not None:
        yield _at(node, page, starts, _moment(node.get("endDate")), _uid(node, starts, page))
        return
    schedules = [each for each in _listed(node.get("eventSchedule")) if isinstance(each, dict)]
    if not schedules:
        raise UnreadableValue("it has no startDate that can be read")
    for schedule in schedules:
        for begins, ends in calendars_times.times(schedule, page.window):
            own = node.get("@id") or _address_of(node) or _text(node.get("name"))
            yield _at(node, page, begins, ends, f"{own} {begins.isoformat()}")


def _at(node: Node, page: _Page, starts: date, ends: date | None, uid: str) -> FoundEvent:
    statuses = {_word(each) for each in _listed(node.get("eventStatus"))}
    where = _place(node.get("location"), page.places)
    if _word(node.get("eventAttendanceMode")) == "OnlineEventAttendanceMode" and where is None:
        where = "online"
    return FoundEvent(
        uid=uid,
        told=a_told(
            name=_text(node.get("name")),
            place="online" if "EventMovedOnline" in statuses else where,
            span=_span(starts, ends, page.window),
            url=_booking(node.get("offers")) or _address_of(node),
            standing=next((known for status, known in _STANDINGS.items() if status in statuses), EventStatus.SCHEDULED),
        ),
    )


def _moment(value: Any) -> date | datetime | None:
    """A day or an instant, as it is written in pages; ``None`` for anything else."""
    value = _value(value)
    known = iso(value)
    found = _LOOSE.fullmatch(value.strip()) if known is None and isinstance(value, str) else None
    if found is None:
        return known
    day = f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
    if found[4] is None:
        return iso(day)
    offset = "+00:00" if found[7] else f"{found[8]}{int(found[9]):02}:{found[10] or '00'}" if found[8] else ""
    return iso(f"{day}T{int(found[4]):02}:{found[5]}:{found[6] or '00'}{offset}")


def _value(value: Any) -> Any:
    """The first of several, and what stands in a value's own brackets."""
    for _ in range(3):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get("@value")
    return value


def _word(value: Any) -> str:
    """A word of schema.org's, whether it is written as an address, as itself, or as what has that for its id."""
    said = value.get("@id") if isinstance(value, dict) else value
    return str(said or "").rstrip("/").rpartition("/")[2]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _span(starts: date, ends: date | None, window: Window) -> Span:
    """Days where it is all of them by the clock that it is written in."""
    if isinstance(starts, datetime) and ends is not None and not isinstance(ends, datetime) and ends <= starts.date():
        # The day that it ends on says nothing of when.
        ends = None
    if isinstance(starts, datetime) and (ends is None or isinstance(ends, datetime)):
        clock = starts.replace(tzinfo=None), (ends or starts).replace(tzinfo=None)
        return whole_days(*clock, alone=True) or window.span(starts, ends or starts)
    return window.span(starts, ends or starts)


def _uid(node: Node, starts: date, page: _Page) -> str:
    """Its own id, else an address that is its alone, else what it is called and when it begins."""
    own = node.get("@id") if isinstance(node.get("@id"), str) else None
    url = _address_of(node)
    if own and page.ids[own] > 1:
        # One id for several is that of the page, or of a series.
        return f"{own} {_text(node.get('name'))} {starts.isoformat()}"
    if own or (url and page.addresses[url] == 1):
        return str(own or url)
    return f"{_text(node.get('name'))} {starts.isoformat()}"


def _address_of(node: Node) -> str | None:
    return address(node.get("url"))


def _booking(offers: Any) -> str | None:
    return next((url for each in _listed(offers) if isinstance(each, dict) and (url := address(each.get("url")))), None)


def _place(location: Any, known: Mapping[str, Node]) -> str | None:
    """The name and town of the first place; ``online`` for a virtual one alone."""
    listed = [known.get(str(each.get("@id")), each) if isinstance(each, dict) else each for each in _listed(location)]
    for each in listed:
        if isinstance(each, str):
            return _text(each)
        if isinstance(each, dict) and "VirtualLocation" not in str(each.get("@type")):
            name, town = _text(each.get("name")), _town(each.get("address"))
            if name is None and isinstance(each.get("address"), dict):
                name = _text(each["address"].get("streetAddress"))
            parts = [name, town if town and town not in (name or "") else None]
            if any(parts):
                return ", ".join(filter(None, parts))
    return "online" if any(isinstance(each, dict) and "Virtual" in str(each.get("@type")) for each in listed) else None


def _town(place: Any) -> str | None:
    if isinstance(place, dict):
        return _text(place.get("addressLocality"))
    return _text(place)


def _text(value: Any) -> str | None:
    value = _value(value)
    return plain(value) or None if isinstance(value, str) else None
