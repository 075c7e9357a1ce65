"""Model feed readers: what a change of a feed costs those who follow it.

Three kinds of readers are about. Each takes an entry with an id that it does not know for new; of one that it knows,

- ``BY_ID`` readers never show it again (newsboat, and most readers on the web);
- ``BY_CONTENT`` readers do, when its link, title, authors, content or tags are others than before;
- ``BY_UPDATED`` readers do, when its ``updated`` is another.

They remember for ever, so an entry that comes back is not new to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeAlias

from solacefeed.publish.markup import Element, parse_xml

_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderEntry:
    """An entry as readers see it in an Atom document."""

    id: str
    link: str
    title: str
    authors: tuple[str, ...]
    content: str
    #: Term and label of each category, in any order.
    tags: frozenset[tuple[str, str]]
    published: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderShows:
    """What a reader puts before a person's eyes after it has fetched a document; ids in the document's order."""

    #: New, and no older than what was there already.
    new: tuple[str, ...] = ()
    #: New to it, though older than the newest entry that it has seen.
    late: tuple[str, ...] = ()
    #: Seen before, and unread again.
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadCost:
    """How many entries a change shows again to each kind of reader."""

    by_id: int = 0
    by_content: int = 0
    by_updated: int = 0
    #: New to all of them though others are newer: posts filed here later. Those older than all that stood there are
    #: not among them, since a short feed shows such again when another leaves it.
    late: int = 0

    def line(self) -> str:
        """``shows 3 entries again to readers that compare content, 0 ...``"""
        shown = (
            f"shows {self.by_content} {'entry' if self.by_content == 1 else 'entries'} again to readers that compare "
            f"content, {self.by_updated} to those that compare updated, {self.by_id} to those that go by id"
        )
        return (
            f"{shown}; {self.late} older {'one is' if self.late == 1 else 'ones are'} new to all"
            if self.late
            else shown
        )

    def __add__(self, other: UnreadCost) -> UnreadCost:
        return UnreadCost(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self))


# -- what readers compare -----------------------------------------------------------------------------


def _nothing(_: ReaderEntry) -> str:
    return ""


def _what_is_read(entry: ReaderEntry) -> str:
    seen = (entry.link, entry.title, entry.authors, entry.content, sorted(entry.tags))
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _updated(entry: ReaderEntry) -> str:
    return entry.updated.isoformat()


#: What a reader remembers of an entry, to compare it.
Compares: TypeAlias = Callable[[ReaderEntry], str]

BY_ID: Compares = _nothing
BY_CONTENT: Compares = _what_is_read
BY_UPDATED: Compares = _updated


class Reader:
    """A reader of one feed: it fetches document after document, and remembers what it has seen."""

    def __init__(self, compares: Compares = BY_ID) -> None:
        self._compares = compares
        self._seen: dict[str, str] = {}
        self._newest: datetime | None = None

    def fetch(self, document: bytes) -> ReaderShows:
        """What it shows of this Atom *document*; raises ``NotWellFormed`` for what is none."""
        return self.see(entries(document))

    def follow(self, documents: Iterable[bytes]) -> list[ReaderShows]:
        """What it shows of each of a feed's *documents*, as they were published."""
        return [self.fetch(document) for document in documents]

    def see(self, found: Iterable[ReaderEntry]) -> ReaderShows:
        """What it shows of these entries, the feed's first to last."""
        told = list(found)
        unknown = [entry for entry in told if entry.id not in self._seen]
        known = (entry for entry in told if entry.id in self._seen)
        again = tuple(entry.id for entry in known if self._seen[entry.id] != self._compares(entry))
        new = tuple(entry.id for entry in unknown if not self._newest or entry.published >= self._newest)
        late = tuple(entry.id for entry in unknown if entry.id not in set(new))
        self._remember(told)
        return ReaderShows(new=_once(new), late=_once(late), again=_once(again))

    def _remember(self, told: Iterable[ReaderEntry]) -> None:
        for entry in told:
            self._seen[entry.id] = self._compares(entry)
            self._newest = max(self._newest or entry.published, entry.published)


def cost(before: bytes | None, after: bytes) -> UnreadCost:
    """What it costs the readers of a feed when its Atom document *before* becomes *after*; ``None`` for a new feed."""
    if before is None:
        return UnreadCost()
    then, now = list(entries(before)), list(entries(after))
    by_id, by_content, by_updated = (_change(compares, then, now) for compares in (BY_ID, BY_CONTENT, BY_UPDATED))
    oldest = min((entry.published for entry in then), default=None)
    since = {entry.id for entry in now if oldest and entry.published >= oldest}
    return UnreadCost(
        by_id=len(by_id.again),
        by_content=len(by_content.again),
        by_updated=len(by_updated.again),
        late=len(since.intersection(by_id.late)),
    )


def _change(compares: Compares, then: list[ReaderEntry], now: list[ReaderEntry]) -> ReaderShows:
    reader = Reader(compares)
    reader.see(then)
    return reader.see(now)


def _once(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


# -- reading ------------------------------------------------------------------------------------------


def entries(document: bytes) -> Iterator[ReaderEntry]:
    """The entries of an Atom *document* that passed the gate, in its order."""
    return (_entry(element) for element in parse_xml(document).iter(f"{_ATOM}entry"))


def _entry(element: Element) -> ReaderEntry:
    updated = datetime.fromisoformat(_text(element, "updated"))
    published = _text(element, "published")
    return ReaderEntry(
        id=_text(element, "id"),
        link=next((link.get("href", "") for link in element.iterfind(f"{_ATOM}link") if _is_page(link)), ""),
        title=_text(element, "title"),
        authors=tuple(name.text or "" for name in element.iterfind(f"{_ATOM}author/{_ATOM}name")),
        content=_text(element, "content") or _text(element, "summary"),
        tags=frozenset((tag.get("term", ""), tag.get("label", "")) for tag in element.iterfind(f"{_ATOM}category")),
        published=datetime.fromisoformat(published) if published else updated,
        updated=updated,
    )


def _is_page(link: Element) -> bool:
    return link.get("rel", "alternate") == "alternate"


def _text(element: Element, name: str) -> str:
    return (element.findtext(f"{_ATOM}{name}") or "").strip()
