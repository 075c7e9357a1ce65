"""schema.org events in a web page, as search engines read them: JSON-LD, also within ``@graph``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from json import JSONDecodeError
from typing import Any

from solacefeed.errors import SourceError, is_about_one
from solacefeed.models.events import EventStatus
from solacefeed.sources.answers import TooMuchJson, from_json
from solacefeed.sources.calendars_found import (
    FoundEvent,
    LeftOut,
    Listing,
    Span,
    Window,
    a_told,
    address,
    iso,
    whole_days,
)
from solacefeed.text.clean import plain

_SCRIPT = re.compile(r"<script\b(?=[^>]{0,500}\btype\s{0,3}=\s{0,3}[\"']?application/ld\+json\b)[^>]{0,1000}>", re.I)
_END = re.compile(r"</script", re.I)
#: Marks around a script that hide it from the browsers of another time, or from XML.
_BEFORE = ("<![CDATA[", "<!--", "//", "/*", "*/", "\ufeff")
_BEHIND = ("]]>", "-->", "//", "/*", "*/", ";")
_MOST_MARKS = 10
#: A text, which stays, be it without an end; or a comma with nothing behind it.
_TEXT_OR_COMMA = re.compile(r'("(?:[^"\\]|\\.)*(?:"|\Z))|,(?=\s{0,99}[\]}])', re.S)
#: Characters of one script: more is no page's word for its events.
_LONGEST = 8_000_000
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

Node = dict[str, Any]


def read(body: bytes, window: Window, *, named: str) -> Listing:
    """The events of a page within *window*. Raises ``SourceError`` where it has none at all."""
    left_out = LeftOut()
    nodes = list(islice((node for script in _scripts(body, left_out) for node in _walk(script, 0)), _MOST_NODES + 1))
    if len(nodes) > _MOST_NODES:
        raise SourceError(f"{named}: a page of more than {_MOST_NODES} events is larger than what is read")
    if not nodes:
        why = f" ({left_out.told[0]})" if left_out.told else ""
        raise SourceError(f"{named}: the page has no schema.org events in it{why}; give the calendar's own address")
    shared = Counter(_address_of(node) for node in nodes)
    found = []
    for node in nodes:
        name = _text(node.get("name")) or "an event"
        try:
            one = _found(node, window, shared)
        # A bug at one event costs that one.
        except Exception as error:
            if not is_about_one(error):
                raise
            left_out.add(name, f"a bug of solacefeed: {error!r}")
            continue
        if one is None:
            left_out.add(name, "it has no startDate that can be read")
        else:
            found.append(one)
    return left_out.listing(found)


def _scripts(body: bytes, left_out: LeftOut) -> Iterator[Any]:
    for script in _written(body.decode("utf-8", "replace")):
        try:
            yield _parsed(_unwrapped(script))
        except TooMuchJson as error:
            left_out.add("its JSON-LD", str(error))
        except (ValueError, RecursionError):
            left_out.add("", "its JSON-LD is broken")


def _written(page: str) -> Iterator[str]:
    """The text of each script of JSON-LD, wherever it stands."""
    at = 0
    while begins := _SCRIPT.search(page, at):
        ends = _END.search(page, begins.end())
        if ends is None:
            return
        at = ends.end()
        if page[begins.end() : ends.start()].strip():
            yield page[begins.end() : ends.start()]


def _unwrapped(script: str) -> str:
    """What stands in CDATA or in a comment."""
    script = script.strip()
    for _ in range(_MOST_MARKS):
        before = next((mark for mark in _BEFORE if script.startswith(mark)), "")
        behind = next((mark for mark in _BEHIND if script.endswith(mark)), "")
        if not before and not behind:
            break
        script = script.removeprefix(before).removesuffix(behind).strip()
    return script


def _parsed(written: str) -> Any:
    """As JSON wants it, else without the commas that stand before an end. Raises ``ValueError``."""
    if len(written) > _LONGEST:
        raise ValueError(written[:_MOST_MARKS])
    try:
        return from_json(written, strict=False)
    except JSONDecodeError:
        return from_json(_TEXT_OR_COMMA.sub(lambda found: found[1] or "", written), strict=False)


def _walk(value: Any, depth: int) -> Iterator[Node]:
    """Every event in *value*, wherever it stands."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _walk(each, depth + 1)
    elif isinstance(value, dict):
        if _is_event(value):
            yield value
        for name, each in value.items():
            # What an event belongs to is told by itself, if at all.
            if name != "superEvent":
                yield from _walk(each, depth + 1)


def _is_event(node: Node) -> bool:
    kinds = node.get("@type")
    names = {
        str(kind).rpartition("/")[2].rpartition(":")[2] for kind in (kinds if isinstance(kinds, list) else [kinds])
    }
    return any(name in _EVENTS or name.endswith("Event") for name in names) and "startDate" in node


def _found(node: Node, window: Window, shared: Counter[str | None]) -> FoundEvent | None:
    starts = iso(node.get("startDate"))
    if starts is None:
        return None
    status = str(node.get("eventStatus") or "").rpartition("/")[2]
    where = _place(node.get("location"))
    return FoundEvent(
        uid=_uid(node, starts, shared),
        told=a_told(
            name=_text(node.get("name")),
            place="online" if status == "EventMovedOnline" else where,
            span=_span(starts, iso(node.get("endDate")), window),
            url=_booking(node.get("offers")) or _address_of(node),
            standing=_STANDINGS.get(status, EventStatus.SCHEDULED),
        ),
    )


def _span(starts: date, ends: date | None, window: Window) -> Span:
    """Days where it is all of them by the clock that it is written in."""
    if isinstance(starts, datetime) and (ends is None or isinstance(ends, datetime)):
        clock = starts.replace(tzinfo=None), (ends or starts).replace(tzinfo=None)
        return whole_days(*clock, alone=True) or window.span(starts, ends or starts)
    return window.span(starts, ends or starts)


def _uid(node: Node, starts: date, shared: Counter[str | None]) -> str:
    """Its own id, else an address that is its alone, else what it is called and when it begins."""
    own = node.get("@id") if isinstance(node.get("@id"), str) else None
    url = _address_of(node)
    if own or (url and shared[url] == 1):
        return str(own or url)
    return f"{_text(node.get('name'))} {starts.isoformat()}"


def _address_of(node: Node) -> str | None:
    return address(node.get("url"))


def _booking(offers: Any) -> str | None:
    listed = offers if isinstance(offers, list) else [offers]
    return next((url for each in listed if isinstance(each, dict) and (url := address(each.get("url")))), None)


def _place(location: Any) -> str | None:
    """The name and town of the first place; ``online`` for a virtual one alone."""
    listed = location if isinstance(location, list) else [location]
    for each in listed:
        if isinstance(each, str):
            return _text(each)
        if isinstance(each, dict) and "VirtualLocation" not in str(each.get("@type")):
            name, town = _text(each.get("name")), _town(each.get("address"))
            parts = [name, town if town and town not in (name or "") else None]
            if any(parts):
                return ", ".join(filter(None, parts))
    return "online" if any(isinstance(each, dict) and "Virtual" in str(each.get("@type")) for each in listed) else None


def _town(place: Any) -> str | None:
    if isinstance(place, dict):
        return _text(place.get("addressLocality"))
    return _text(place)


def _text(value: Any) -> str | None:
    return plain(value) or None if isinstance(value, str) else None
