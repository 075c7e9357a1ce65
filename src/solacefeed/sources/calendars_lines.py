"""What an iCalendar file is written in: octets, lines and components; what of it is none is noted and left out.

A file is read to its end whatever stands in it. Components are found by their BEGIN and END alone, so that a bad one
costs itself; lines of names that nobody reads are passed over before anything of them is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from quopri import decodestring
from typing import Final

from solacefeed.errors import SourceError
from solacefeed.http_client.answer import one_line

#: Octets of a line, unfolded. What is longer is an attachment, or no line.
LONGEST_LINE: Final = 100_000

_BEGINNING: Final = b"BEGIN:VCALENDAR"
#: Where the calendar is looked for behind what a broken program wrote before it.
_JUNK: Final = 20_000

_EMPTY_LINES: Final = re.compile(rb"\n{2,}")
_LINE: Final = re.compile(rb"[^\n]+")
_NAME: Final = re.compile(rb"([A-Za-z0-9-]+)[ \t]*[:;]")
#: Up to the colon before the value: what stands in quotes is a parameter's.
_HEAD: Final = re.compile(r'(?:[^":]|"[^"]*")*:')
_PARAMETER: Final = re.compile(r';[ \t]*([A-Za-z0-9-]+)[ \t]*=[ \t]*("[^"]*"|[^";]*)')

_ISO_TIME: Final = re.compile(
    r"(\d{4}-?\d\d-?\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d))?(?:\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
_QUOTED_PRINTABLE: Final = re.compile(rb"[A-Za-z0-9-]{1,60};[^:]{0,200}\bQUOTED-PRINTABLE\b[^:]{0,200}:", re.IGNORECASE)
#: A program's template has its lines indented.
_INDENTED: Final = re.compile(rb"\n[ \t]+(?=(?:BEGIN|END):V(?:CALENDAR|EVENT)\b)")
_INDENT: Final = re.compile(rb"\n[ \t]+(?=[A-Z][A-Z0-9-]{1,40}[;:])")

_ZONES: Final = frozenset({"TZID", "TZOFFSETFROM", "TZOFFSETTO", "X-LIC-LOCATION"})
_DATES: Final = frozenset({"DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID", "LAST-MODIFIED"})
_WHOLE_DAYS: Final = frozenset(
    {"X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY"}
)
#: What is read of a component, whichever it is.
READ: Final = frozenset(
    {"METHOD", "X-WR-TIMEZONE", "UID", "SUMMARY", "LOCATION", "URL", "STATUS", "CLASS", "SEQUENCE", "DURATION"}
    | {"RRULE", "EXRULE"} | _ZONES | _DATES | _WHOLE_DAYS
)  # fmt: skip
_MANY: Final = frozenset({"RDATE", "EXDATE", "RRULE", "EXRULE"})
#: The components that are kept: of the others nothing is.
_KEPT: Final = frozenset({"VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT"})
#: Lines between which somebody may end it all.
_A_PIECE: Final = 10_000
#: Components within components.
_DEEPEST: Final = 20
#: Lines of one name in a component.
_MOST_LINES: Final = 1000
#: Of each, what is left out is told so often.
_MOST_NOTES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One line: its parameters by their names in upper case, its value as it is written."""

    parameters: dict[str, str]
    value: str


class Component:
    """What stands between a BEGIN and its END."""

    __slots__ = ("components", "left_out", "name", "properties")

    def __init__(self, *, name: str) -> None:
        self.name = name
        #: By name in upper case; several only where several may stand.
        self.properties: dict[str, list[Property]] = {}
        self.components: list[Component] = []
        #: What of it could not be read, a few words each.
        self.left_out: list[str] = []

    def one(self, name: str) -> Property | None:
        """The first of this *name*."""
        return next(iter(self.properties.get(name, ())), None)

    def value(self, name: str) -> str:
        """What stands there, without blanks around it; empty where nothing does."""
        found = self.one(name)
        return found.value.strip() if found else ""


@dataclass(slots=True, kw_only=True)
class ReadFile:
    """A file's calendars, and in them the components that are read."""

    calendars: list[Component] = field(default_factory=list)
    #: What stood in no component, or ended none.
    left_out: list[str] = field(default_factory=list)
    #: Whether its last calendar has an end.
    is_whole: bool = True


def as_octets(body: bytes) -> bytes:
    """*body* in UTF-8 where it is in UTF-16, as Windows' editors save it; without a mark of its own, from BEGIN on."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        body = body.decode("utf-16", "replace").encode()
    elif body[:4] in (b"B\0E\0", b"\0B\0E"):
        body = body.decode("utf-16-le" if body[1] == 0 else "utf-16-be", "replace").encode()
    return body.removeprefix(b"\xef\xbb\xbf")


def is_calendar(octets: bytes) -> bool:
    """Whether an iCalendar begins here, be it behind a program's warnings."""
    beginning = octets[:_JUNK].upper()
    at = beginning.find(_BEGINNING)
    return at == 0 or (at > 0 and (beginning[:at].isspace() or beginning[at - 1] in b"\r\n"))


def components(octets: bytes, *, most: int, going: Callable[[], None] = lambda: None) -> ReadFile:
    """The components of a file. Raises ``SourceError`` where those that are read are more than *most*.

    *going* is called between pieces, and may end it all.
    """
    read = ReadFile()
    left = most
    stack: list[Component] = []
    for number, line in enumerate(_lines(octets)):
        if number % _A_PIECE == 0:
            going()
        named = _NAME.match(line)
        name = named[1].decode("ascii").upper() if named else ""
        if name == "BEGIN":
            left -= _begin(read, stack, _word(line))
            if left < 0:
                raise SourceError(f"an iCalendar of more than {most} components is larger than what is read")
        elif name == "END":
            _end(read, stack, _word(line))
        elif not stack:
            _note(read.left_out, line, "stands in no calendar")
        elif not named:
            _note(stack[-1].left_out, line, "is no line of an iCalendar")
        elif name in READ and stack[-1].name in _KEPT:
            _add(stack[-1], name, line)
    read.is_whole = not stack
    return read


def _lines(octets: bytes) -> Iterator[bytes]:
    """Unfolded before they are decoded: a fold may stand within a character (RFC 5545 section 3.1)."""
    # Under one name, so that no more copies of a large file are held than are made.
    octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    octets = _EMPTY_LINES.sub(b"\n", octets)
    if _INDENTED.search(octets) and b"\nEND:VEVENT" not in octets:
        octets = _INDENT.sub(b"\n", octets)
    octets = octets.replace(b"\n ", b"").replace(b"\n\t", b"")
    return (found[0] for found in _LINE.finditer(octets) if not found[0].isspace())


def _word(line: bytes) -> str:
    return line.partition(b":")[2].strip()[:60].decode("ascii", "replace").upper()


def _begin(read: ReadFile, stack: list[Component], name: str) -> int:
    """How many components are kept more than before."""
    if name == "VCALENDAR":
        # What has no end ends where the next one begins.
        stack.clear()
    elif name == "VEVENT" and any(each.name == "VEVENT" for each in stack):
        _note(stack[-1].left_out, b"VEVENT", "has no end")
        while stack.pop().name != "VEVENT":
            pass
    begun = Component(name=name)
    if name == "VCALENDAR":
        read.calendars.append(begun)
    elif not stack:
        _note(read.left_out, name.encode(), "stands in no calendar")
        return 0
    elif name in _KEPT:
        # An event is the calendar's, however deep it stands.
        (stack[0] if name == "VEVENT" else stack[-1]).components.append(begun)
    if len(stack) < _DEEPEST:
        stack.append(begun)
    return int(name in _KEPT)


def _end(read: ReadFile, stack: list[Component], name: str) -> None:
    depth = next((at for at in reversed(range(len(stack))) if stack[at].name == name), None)
    if depth is None:
        _note(stack[-1].left_out if stack else read.left_out, f"END:{name}".encode(), "ends nothing")
        return
    for unended in stack[depth + 1 :]:
        _note(unended.left_out, unended.name.encode(), "has no end")
    del stack[depth:]


def _add(component: Component, name: str, line: bytes) -> None:
    if len(line) > LONGEST_LINE:
        _note(component.left_out, name.encode(), f"is longer than {LONGEST_LINE} octets")
        return
    found = component.properties.setdefault(name, [])
    if found and name not in _MANY:
        _note(component.left_out, name.encode(), "stands there twice: the first counts")
        return
    if len(found) == _MOST_LINES:
        _note(component.left_out, name.encode(), f"stands there more than {_MOST_LINES} times")
        return
    if _QUOTED_PRINTABLE.match(line):
        # vCalendar 1.0 wrote its texts so, and old Outlooks still do.
        line = decodestring(line)
    found.append(_property(name, decoded(line)))


def _property(name: str, line: str) -> Property:
    if name in _DATES:
        # No date has a colon in it, but zones' names have them, also without quotes.
        head, _, value = _extended(line).rpartition(":")
    else:
        found = _HEAD.match(line)
        at = found.end() if found else line.find(":") + 1
        head, value = line[: at - 1], line[at:]
    written = {each[1].upper(): each[2].strip().strip('"').strip() for each in _PARAMETER.finditer(head)}
    return Property(parameters=written, value=value)


def _extended(line: str) -> str:
    """A time that is written 10:00:00 instead of 100000, or 2026-10-05 10:00:00+01:00."""
    return _ISO_TIME.sub(
        lambda found: f"{found[1]}T{found[2]}{found[3]}{found[4] or ''}{(found[5] or '').replace(':', '')}", line
    )


def decoded(octets: bytes) -> str:
    """RFC 5545 section 3.1.4 wants UTF-8; a line that is none comes from an old Windows program."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def _note(left_out: list[str], what: bytes, why: str) -> None:
    if len(left_out) < _MOST_NOTES:
        left_out.append(f"{one_line(decoded(what[:200]), 60)} {why}")
