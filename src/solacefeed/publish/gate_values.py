"""What the gate asks of single values: addresses, dates, names; and how it says them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from solacefeed.publish.markup import Element

#: Years in which a blog has posts; a date beyond them is a mistake that would stand at a feed's top for ever.
YEARS = range(1990, 2201)

#: The children of an element by their tag.
Children: TypeAlias = Mapping[Any, Sequence[Element]]

_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20/?#]+(?:[/?#][^\s<>\"{}|\\^`\x00-\x20]*)?", re.IGNORECASE)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC_822 = re.compile(
    rf"({'|'.join(_DAYS)}), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)", re.ASCII
)
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
#: What XML 1.0 can't say (section 2.2).
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def quoted(value: object) -> str:
    """*value* on one line, and not too long."""
    written = repr(value)
    return written if len(written) <= 100 else f"{written[:97]}..."


def plain(name: object) -> str:
    """*name* as it is, where that is one line and not too long."""
    written = str(name)
    return written if written.isprintable() and len(written) <= 100 else quoted(written)


def instant(written: str | None) -> datetime | None:
    """A sane date in RFC 3339's way; ``None`` for any other."""
    if not written or not _RFC_3339.fullmatch(written):
        return None
    return _sane(written)


def instant_822(written: str | None) -> datetime | None:
    """A sane date in RFC 822's way with the year's four digits, its day of the week right; ``None`` for any other."""
    found = _RFC_822.fullmatch(written or "")
    if not found:
        return None
    weekday, day, month, year, clock, hours, minutes = found.groups()
    instant = _sane(f"{year}-{_MONTHS.index(month) + 1:02}-{day}T{clock}{hours}:{minutes}")
    return instant if instant and _DAYS[instant.weekday()] == weekday else None


def _sane(written: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        return None
    return instant if instant.year in YEARS else None


def is_written_web(address: str | None) -> bool:
    """Whether it is a web address that is written out as a document has to write it."""
    return address is not None and _WEB.fullmatch(address) is not None


def is_iri(name: str | None) -> bool:
    return name is not None and _IRI.fullmatch(name) is not None


def more_than_once(names: Iterable[str]) -> Sequence[str]:
    """Each name that stands there more than once, once; what has no name is another rule's business."""
    there = [name for name in names if name]
    # Hardly ever, and asked of every entry: only then is it worth counting.
    return () if len(set(there)) == len(there) else tuple(name for name, times in Counter(there).items() if times > 1)


def children(element: Element) -> Children:
    """Its children by their tag."""
    parts: dict[Any, list[Element]] = {}
    for child in element:
        parts.setdefault(child.tag, []).append(child)
    return parts


def text_of(parts: Children, tag: str) -> str:
    """The text of the only child with this tag; empty where there is none, or several."""
    found = parts.get(tag, ())
    return (found[0].text or "").strip() if len(found) == 1 else ""
