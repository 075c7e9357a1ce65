"""The gate: every document is read again before it replaces the live one, and every entry before it is rendered.

A document with a problem stays out, and the last good one stays in; an entry with one is left out, never its feed. A
problem is one line that says where and what. What is judged is what makes readers refuse a feed, lose entries or show
them twice: the standards' own musts (RFC 4287, 4685, 5005, 6721, RSS 2.0, JSON Feed 1.1, OPML 2.0), and no taste.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from solacefeed.publish.feeds import Entry
from solacefeed.publish.markup import Element, NotWellFormed, parse_html, parse_xml

Kind = Literal["atom", "rss", "json", "html", "opml", "sitemap"]

#: Years in which a blog has posts; a date beyond them is a mistake that would stand at a feed's top for ever.
YEARS = range(1990, 2201)

#: Of one text of an entry: libxml2, which is behind many readers, refuses one of more than 10,000,000 bytes.
MOST_CHARACTERS = 2_400_000

_Parts: TypeAlias = Mapping[Any, Sequence[Element]]


def problems(kind: Kind, rendered: bytes) -> list[str]:
    """What is wrong with a document of this *kind*; nothing where it may go live."""
    try:
        return list(_JUDGES[kind](rendered))
    except NotWellFormed as error:
        return [str(error)]


# -- values -------------------------------------------------------------------------------------------

_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20/?#]+(?:[/?#][^\s<>\"{}|\\^`\x00-\x20]*)?", re.IGNORECASE)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC_822 = re.compile(
    rf"({'|'.join(_DAYS)}), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)", re.ASCII
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
#: What XML 1.0 can't say (section 2.2).
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _quoted(value: object) -> str:
    """*value* on one line, and not too long."""
    written = repr(value)
    return written if len(written) <= 100 else f"{written[:97]}..."


def _plain(name: object) -> str:
    """*name* as it is, where that is one line and not too long."""
    written = str(name)
    return written if written.isprintable() and len(written) <= 100 else _quoted(written)


def _instant(written: str | None) -> datetime | None:
    """A sane date in RFC 3339's way; ``None`` for any other."""
    if not written or not _RFC_3339.fullmatch(written):
        return None
    return _sane(written)


def _instant_822(written: str | None) -> datetime | None:
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


def _is_web(address: str | None) -> bool:
    return address is not None and _WEB.fullmatch(address) is not None


def _is_iri(name: str | None) -> bool:
    return name is not None and _IRI.fullmatch(name) is not None


def _repeated(names: Iterable[str]) -> Iterator[str]:
    """Each name that stands there more than once, once; what has no name is another rule's business."""
    return (name for name, times in Counter(filter(None, names)).items() if times > 1)


def _parts(element: Element) -> _Parts:
    """Its children by their tag."""
    parts: dict[Any, list[Element]] = {}
    for child in element:
        parts.setdefault(child.tag, []).append(child)
    return parts


def _text(parts: _Parts, tag: str) -> str:
    """The text of the only child with this tag; empty where there is none, or several."""
    found = parts.get(tag, ())
    return (found[0].text or "").strip() if len(found) == 1 else ""


# -- entries ------------------------------------------------------------------------------------------


def entry_problems(entry: Entry) -> list[str]:
    """What is wrong with an *entry*; nothing where it may stand in feeds."""
    return list(_entry_problems(entry))


def _entry_problems(entry: Entry) -> Iterator[str]:
    if not _is_iri(entry.id):
        yield f"id {_quoted(entry.id)} is no absolute IRI"
    if not _is_web(entry.url):
        yield f"url {_quoted(entry.url)} is no absolute web address"
    for name in ("title", "author"):
        if not getattr(entry, name).strip():
            yield f"{name} is empty"
    yield from _entry_dates(entry)
    yield from _entry_addresses(entry)
    for name, text in _entry_texts(entry):
        if len(text) > MOST_CHARACTERS:
            yield f"{name} has {len(text)} characters, more than parsers take"
        elif found := _NO_XML.search(text):
            yield f"{name} has the character U+{ord(found[0]):04X}, which no feed can hold"


def _entry_dates(entry: Entry) -> Iterator[str]:
    for name in ("published", "updated"):
        instant = getattr(entry, name)
        if instant.tzinfo is None or instant.year not in YEARS:
            yield f"{name} {instant.isoformat()} is no date of a blog's post"
            return
    if entry.published > entry.updated:
        yield f"updated {entry.updated.isoformat()}, before it was published"


def _entry_addresses(entry: Entry) -> Iterator[str]:
    if entry.comments_url is not None and not _is_web(entry.comments_url):
        yield f"comments_url {_quoted(entry.comments_url)} is no absolute web address"
    if entry.image and not _is_web(entry.image.url):
        yield f"image {_quoted(entry.image.url)} is no absolute web address"
    if entry.language is not None and not _LANGUAGE.fullmatch(entry.language):
        yield f"language {_quoted(entry.language)} is no language tag"
    for term in entry.terms:
        if not term.term or not _is_iri(term.scheme):
            yield f"category {_quoted(term.term)} of scheme {_quoted(term.scheme)} names nothing"


def _entry_texts(entry: Entry) -> Iterator[tuple[str, str]]:
    for name in ("title", "author", "summary", "content"):
        yield name, getattr(entry, name)
    yield "origin", entry.origin or ""
    yield "image", entry.image.alt if entry.image else ""
    for term in entry.terms:
        yield "category", f"{term.term}{term.label}"


# -- Atom ---------------------------------------------------------------------------------------------

_ATOM = "{http://www.w3.org/2005/Atom}"
_ENTRY, _ID, _TITLE, _UPDATED, _PUBLISHED, _LINK, _AUTHOR, _NAME, _CONTENT = (
    _ATOM + name for name in ("entry", "id", "title", "updated", "published", "link", "author", "name", "content")
)
_ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
_DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


def _atom(rendered: bytes) -> Iterator[str]:
    root = parse_xml(rendered)
    if root.tag != f"{_ATOM}feed":
        yield f"feed: the document is {_quoted(root.tag)}, no Atom feed"
        return
    parts = _parts(root)
    entries = [_parts(entry) for entry in parts.get(_ENTRY, ())]
    yield from _atom_head(parts)
    for number, entry in enumerate(entries, 1):
        where = f"entry {number} ({_plain(_text(entry, _ID))})"
        yield from (f"{where}: {problem}" for problem in _atom_entry(entry, has_author=_AUTHOR in parts))
    ids = [_text(entry, _ID) for entry in entries]
    for repeated in _repeated(ids):
        yield f"feed: more than one entry has the id {_plain(repeated)}"
    for grave in parts.get(_DELETED, ()):
        yield from _tombstone(grave, ids)


def _atom_head(parts: _Parts) -> Iterator[str]:
    for problem in (*_atom_required(parts), *_atom_links(parts)):
        yield f"feed: {problem}"
    relations = {link.get("rel") for link in parts.get(_LINK, ())}
    if "self" not in relations:
        yield "feed: no link says where it stands itself (rel=self)"
    if _ARCHIVE in parts and "current" not in relations:
        yield "feed: an archive without a link to the current feed (RFC 5005 section 4)"


def _atom_entry(parts: _Parts, *, has_author: bool) -> Iterator[str]:
    yield from _atom_required(parts)
    yield from _atom_links(parts)
    if _AUTHOR in parts:
        if any(not (author.findtext(_NAME) or "").strip() for author in parts[_AUTHOR]):
            yield "an author without a name"
    elif not has_author:
        yield "no author, and none of the feed's"
    if _CONTENT not in parts and not any(link.get("rel", "alternate") == "alternate" for link in parts.get(_LINK, ())):
        yield "neither a content nor an alternate link"
    if _PUBLISHED in parts:
        yield from _atom_order(_text(parts, _PUBLISHED), _text(parts, _UPDATED))


def _atom_required(parts: _Parts) -> Iterator[str]:
    """RFC 4287 sections 4.1.1 and 4.1.2: exactly one id, title and updated."""
    for tag in (_ID, _TITLE, _UPDATED):
        found = parts.get(tag, ())
        if len(found) != 1:
            yield f"{len(found)} elements {tag.removeprefix(_ATOM)}, not one"
        elif not (found[0].text or "").strip():
            yield f"{tag.removeprefix(_ATOM)} is empty"
    name, updated = _text(parts, _ID), _text(parts, _UPDATED)
    if name and not _is_iri(name):
        yield f"id {_quoted(name)} is no absolute IRI"
    if updated and not _instant(updated):
        yield f"updated {_quoted(updated)} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"


def _atom_order(published: str, updated: str) -> Iterator[str]:
    first, last = _instant(published), _instant(updated)
    if not first:
        yield f"published {_quoted(published)} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"
    elif last and first > last:
        yield f"updated {_plain(updated)}, before it was published"


def _atom_links(parts: _Parts) -> Iterator[str]:
    """RFC 4287 sections 4.1.1 and 4.2.7: absolute, and at most one alternate of a type and language."""
    alternates: list[str] = []
    for link in parts.get(_LINK, ()):
        relation = link.get("rel", "alternate")
        if not _is_web(link.get("href")):
            yield f"link {_plain(relation)} to {_quoted(link.get('href'))} is no absolute web address"
        if relation == "alternate":
            alternates.append(f"{link.get('type', '')} {link.get('hreflang', '')}")
    for repeated in _repeated(alternates):
        yield f"more than one alternate link of the type {_plain(repeated)}".rstrip()


def _tombstone(grave: Element, alive: Sequence[str]) -> Iterator[str]:
    name, when = grave.get("ref"), grave.get("when")
    if not _is_iri(name):
        yield f"tombstone: ref {_quoted(name)} is no absolute IRI"
    if not _instant(when):
        yield f"tombstone {_plain(name)}: when {_quoted(when)} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"
    if name in alive:
        yield f"tombstone {_plain(name)}: the entry is there (RFC 6721 section 4)"


# -- RSS ----------------------------------------------------------------------------------------------


def _rss(rendered: bytes) -> Iterator[str]:
    root = parse_xml(rendered)
    channels = root.findall("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or len(channels) != 1:
        yield "channel: the document is no RSS 2.0 of one channel"
        return
    channel = _parts(channels[0])
    items = [_parts(item) for item in channel.get("item", ())]
    yield from (f"channel: {problem}" for problem in _channel(channel))
    for number, item in enumerate(items, 1):
        where = f"item {number} ({_plain(_text(item, 'guid'))})"
        yield from (f"{where}: {problem}" for problem in _item(item))
    for repeated in _repeated(_text(item, "guid") for item in items):
        yield f"channel: more than one item has the guid {_plain(repeated)}"


def _channel(parts: _Parts) -> Iterator[str]:
    for tag in ("title", "link", "description"):
        if not _text(parts, tag):
            yield f"{tag} is missing or empty"
    if _text(parts, "link") and not _is_web(_text(parts, "link")):
        yield f"link {_quoted(_text(parts, 'link'))} is no absolute web address"
    if "lastBuildDate" in parts and not _instant_822(_text(parts, "lastBuildDate")):
        yield f"lastBuildDate {_quoted(_text(parts, 'lastBuildDate'))} is no date of RFC 822"
    links = parts.get(_LINK, ())
    if not any(link.get("rel") == "self" for link in links):
        yield "no link says where it stands itself (atom:link rel=self)"
    for link in links:
        if not _is_web(link.get("href")):
            yield f"link {_plain(link.get('rel'))} to {_quoted(link.get('href'))} is no absolute web address"


def _item(parts: _Parts) -> Iterator[str]:
    if not (_text(parts, "title") or _text(parts, "description")):
        yield "neither a title nor a description"
    if not _text(parts, "guid"):
        yield "guid is missing or empty"
    for tag in ("link", "comments"):
        if tag in parts and not _is_web(_text(parts, tag)):
            yield f"{tag} {_quoted(_text(parts, tag))} is no absolute web address"
    if not _instant_822(_text(parts, "pubDate")):
        yield f"pubDate {_quoted(_text(parts, 'pubDate'))} is no date of RFC 822 from {YEARS[0]} to {YEARS[-1]}"
    if "author" in parts and "@" not in _text(parts, "author"):
        yield f"author {_quoted(_text(parts, 'author'))} is no address; dc:creator takes names"


# -- JSON Feed ----------------------------------------------------------------------------------------


def _json(rendered: bytes) -> Iterator[str]:
    feed = _json_object(rendered)
    if not str(feed.get("version", "")).startswith("https://jsonfeed.org/version/1"):
        yield f"feed: version {_quoted(feed.get('version'))} is no JSON Feed's"
    if not _filled(feed.get("title")):
        yield "feed: title is missing or empty"
    for name in ("home_page_url", "feed_url"):
        if not _is_web_text(feed.get(name)):
            yield f"feed: {name} {_quoted(feed.get(name))} is no absolute web address"
    items = feed.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        yield "feed: items is no list of objects"
        return
    for number, item in enumerate(items, 1):
        yield from (f"item {number} ({_plain(item.get('id'))}): {problem}" for problem in _json_item(item))
    for repeated in _repeated(str(item.get("id")) for item in items):
        yield f"feed: more than one item has the id {_plain(repeated)}"


def _json_object(rendered: bytes) -> dict[str, Any]:
    try:
        told = json.loads(rendered.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotWellFormed(f"not well-formed: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(told, dict):
        raise NotWellFormed("not well-formed: no object")
    return told


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _json_item(item: Mapping[str, Any]) -> Iterator[str]:
    if not _filled(item.get("id")):
        yield f"id {_quoted(item.get('id'))} is no text"
    if not (_filled(item.get("content_html")) or _filled(item.get("content_text"))):
        yield "neither content_html nor content_text"
    for name in ("url", "image"):
        if name in item and not _is_web_text(item[name]):
            yield f"{name} {_quoted(item[name])} is no absolute web address"
    for name in ("date_published", "date_modified"):
        if name in item and not (isinstance(item[name], str) and _instant(item[name])):
            yield f"{name} {_quoted(item[name])} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"
    authors = item.get("authors", [])
    if not isinstance(authors, list) or not all(isinstance(a, dict) and _filled(a.get("name")) for a in authors):
        yield f"authors {_quoted(authors)} is no list of people with names"
    tags = item.get("tags", [])
    if not isinstance(tags, list) or not all(map(_filled, tags)):
        yield f"tags {_quoted(tags)} is no list of words"


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_web_text(value: object) -> bool:
    return isinstance(value, str) and _is_web(value)


# -- pages, lists of feeds and of pages ---------------------------------------------------------------

_DOCTYPE = re.compile(rb"\s*<!doctype html\b[^>]*>", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def _html(rendered: bytes) -> Iterator[str]:
    root = parse_html(rendered)
    if not _DOCTYPE.match(rendered):
        yield "page: no <!doctype html> at its beginning"
    if not (root.findtext(".//title") or "").strip():
        yield "page: title is missing or empty"
    if not any((meta.get("charset") or "").lower() == "utf-8" for meta in root.iter("meta")):
        yield "page: no meta says that it is in UTF-8"
    body = root.find("body")
    if body is None or not "".join(map(str, body.itertext())).strip():
        yield "page: nothing in it for a person to read"
    if _CONTROLS.search(rendered):
        yield "page: a control character in it"


def _opml(rendered: bytes) -> Iterator[str]:
    root = parse_xml(rendered)
    if root.tag != "opml" or root.get("version") != "2.0" or root.find("body") is None:
        yield "list: the document is no OPML 2.0 with a body"
        return
    if not (root.findtext("head/title") or "").strip():
        yield "list: title is missing or empty"
    outlines = list(root.iter("outline"))
    if not outlines:
        yield "list: no outline in it"
    for number, outline in enumerate(outlines, 1):
        if not (outline.get("text") or "").strip():
            yield f"outline {number}: text is missing or empty"
        if outline.get("type") == "rss" and not _is_web(outline.get("xmlUrl")):
            yield f"outline {number}: xmlUrl {_quoted(outline.get('xmlUrl'))} is no absolute web address"


_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
#: Of one file, says the protocol.
_MOST_PAGES = 50_000


def _sitemap(rendered: bytes) -> Iterator[str]:
    root = parse_xml(rendered)
    if root.tag != f"{_SITEMAP}urlset":
        yield f"list: the document is {_quoted(root.tag)}, no sitemap"
        return
    addresses = [(url.findtext(f"{_SITEMAP}loc") or "").strip() for url in root.iter(f"{_SITEMAP}url")]
    for number, address in enumerate(addresses, 1):
        if not _is_web(address):
            yield f"url {number}: loc {_quoted(address)} is no absolute web address"
    for repeated in _repeated(addresses):
        yield f"list: {_plain(repeated)} stands there more than once"
    if not 0 < len(addresses) <= _MOST_PAGES:
        yield f"list: {len(addresses)} pages, not 1 to {_MOST_PAGES}"


_JUDGES: Mapping[str, Callable[[bytes], Iterator[str]]] = {
    "atom": _atom,
    "rss": _rss,
    "json": _json,
    "html": _html,
    "opml": _opml,
    "sitemap": _sitemap,
}
