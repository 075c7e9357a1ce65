"""Reads what was published as feed readers do: Atom, RSS and JSON by themselves, with nothing of the product."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import etree

_ATOM, _GONE = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"
#: Folders of feeds of posts; the others are of editions and of events.
_OF_POSTS = ("category", "author", "combined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post as a reader of feeds shows it."""

    id: str
    title: str
    #: Where it leads to.
    url: str
    published: datetime
    updated: datetime
    #: With its mark-up.
    content: str
    #: Of each category that it is filed under: the slug, and what readers see.
    terms: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """A published Atom document, live or an archive."""

    path: str
    #: Changes with its bytes.
    mark: str
    #: Why no reader could read it; empty where all can.
    problem: str = ""
    feed_id: str = ""
    #: When it changed last, as it says of itself.
    updated: datetime | None = None
    entries: tuple[Entry, ...] = ()
    #: Ids of entries that are gone, each with when.
    gone: Mapping[str, datetime] = field(default_factory=dict)
    #: Paths by relation: ``prev-archive``, ``next-archive``, ``current``.
    leads_to: Mapping[str, str] = field(default_factory=dict)
    #: The ids that the RSS and JSON documents beside it have, in their order; ``None`` where neither stands there.
    ids_beside: tuple[tuple[str, ...], ...] = ()


@dataclass
class Documents:
    """What stands in a folder of feeds that is served at *base*; what has not changed is not read again."""

    folder: Path
    base: str
    _known: dict[str, tuple[tuple[object, ...], FeedDocument]] = field(default_factory=dict)

    def look(self) -> dict[str, FeedDocument]:
        """Each Atom document of posts by its path, such as ``category/housing.atom``."""
        found = dict(self._look())
        for path in self._known.keys() - found.keys():
            del self._known[path]
        return found

    def _look(self) -> Iterator[tuple[str, FeedDocument]]:
        for path in sorted(self._paths()):
            name = path.relative_to(self.folder).as_posix()
            files = [each for each in (path, path.with_suffix(".rss"), path.with_suffix(".json")) if each.exists()]
            state = tuple((s.st_ino, s.st_mtime_ns, s.st_size) for s in (each.stat() for each in files))
            if name not in self._known or self._known[name][0] != state:
                self._known[name] = (state, self._read(name, files))
            yield name, self._known[name][1]

    def _paths(self) -> Iterator[Path]:
        if (self.folder / "all.atom").exists():
            yield self.folder / "all.atom"
        for kind in ("all", *_OF_POSTS):
            yield from (each for each in (self.folder / kind).rglob("*.atom") if each.stem != "events")

    def _read(self, name: str, files: list[Path]) -> FeedDocument:
        content = files[0].read_bytes()
        mark = sha256(content).hexdigest()[:16]
        try:
            root = etree.fromstring(content)
            beside = tuple(_ids(each) for each in files[1:])
            return self._parsed(name, mark, root, beside)
        except (etree.XMLSyntaxError, ValueError, KeyError, AttributeError) as error:
            return FeedDocument(path=name, mark=mark, problem=f"{type(error).__name__}: {error}")

    def _parsed(self, name: str, mark: str, root: Any, beside: tuple[tuple[str, ...], ...]) -> FeedDocument:
        links = {each.get("rel"): each.get("href") for each in root.findall(f"{_ATOM}link")}
        relations = ("prev-archive", "next-archive", "current")
        return FeedDocument(
            path=name,
            mark=mark,
            feed_id=root.findtext(f"{_ATOM}id"),
            updated=datetime.fromisoformat(root.findtext(f"{_ATOM}updated")),
            entries=tuple(_entry(each) for each in root.findall(f"{_ATOM}entry")),
            gone={
                each.get("ref"): datetime.fromisoformat(each.get("when"))
                for each in root.findall(f"{_GONE}deleted-entry")
            },
            leads_to={each: links[each].removeprefix(f"{self.base}/") for each in relations if each in links},
            ids_beside=beside,
        )


def _entry(element: Any) -> Entry:
    links = [each for each in element.findall(f"{_ATOM}link") if each.get("rel") in (None, "alternate")]
    return Entry(
        id=element.findtext(f"{_ATOM}id"),
        title=element.findtext(f"{_ATOM}title"),
        url=links[0].get("href") if links else "",
        published=datetime.fromisoformat(element.findtext(f"{_ATOM}published")),
        updated=datetime.fromisoformat(element.findtext(f"{_ATOM}updated")),
        content=element.findtext(f"{_ATOM}content") or "",
        terms=frozenset((each.get("term"), each.get("label")) for each in element.findall(f"{_ATOM}category")),
    )


def _ids(path: Path) -> tuple[str, ...]:
    if path.suffix == ".json":
        return tuple(item["id"] for item in json.loads(path.read_bytes())["items"])
    return tuple(str(item.findtext("guid")) for item in etree.fromstring(path.read_bytes()).iter("item"))
