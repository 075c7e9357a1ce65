"""What makes readers refuse a feed, lose its entries or show them twice: in Atom, in RSS and in JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from solacefeed.publish.gate_values import (
    YEARS,
    Children,
    children,
    instant,
    instant_822,
    is_iri,
    is_written_web,
    more_than_once,
    plain,
    quoted,
    text_of,
)
from solacefeed.publish.markup import Element, NotWellFormed, parse_xml

# -- Atom -------------------------------------------------------------------------------------------

_ATOM = "{http://www.w3.org/2005/Atom}"
_ENTRY, _ID, _TITLE, _UPDATED, _PUBLISHED, _LINK, _AUTHOR, _NAME, _CONTENT = (
    _ATOM + name for name in ("entry", "id", "title", "updated", "published", "link", "author", "name", "content")
)
_ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
_DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


def atom_problems(rendered: bytes) -> Iterator[str]:
    root = parse_xml(rendered)
    if root.tag != f"{_ATOM}feed":
        yield f"feed: the document is {quoted(root.tag)}, no Atom feed"
        return
    parts = children(root)
    entries = [children(entry) for entry in parts.get(_ENTRY, ())]
    yield from _atom_head(parts)
    has_author = _AUTHOR in parts
    for number, entry in enumerate(entries, 1):
        for problem in _atom_entry(entry, has_author=has_author):
            yield f"entry {number} ({plain(text_of(entry, _ID))}): {problem}"
    ids = [text_of(entry, _ID) for entry in entries]
    for repeated in more_than_once(ids):
        yield f"feed: more than one entry has the id {plain(repeated)}"
    for grave in parts.get(_DELETED, ()):
        yield from _tombstone(grave, ids)


def _atom_head(parts: Children) -> Iterator[str]:
    for problem in (*_atom_required(parts), *_atom_links(parts)):
        yield f"feed: {problem}"
    relations = {link.get("rel") for link in parts.get(_LINK, ())}
    if "self" not in relations:
        yield "feed: no link says where it stands itself (rel=self)"
    if _ARCHIVE in parts and "current" not in relations:
        yield "feed: an archive without a link to the current feed (RFC 5005 section 4)"


def _atom_entry(parts: Children, *, has_author: bool) -> Iterator[str]:
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
        yield from _atom_order(text_of(parts, _PUBLISHED), text_of(parts, _UPDATED))


def _atom_required(parts: Children) -> Iterator[str]:
    """RFC 4287 sections 4.1.1 and 4.1.2: exactly one id, title and updated."""
    for tag in (_ID, _TITLE, _UPDATED):
        found = parts.get(tag, ())
        if len(found) != 1:
            yield f"{len(found)} elements {tag.removeprefix(_ATOM)}, not one"
        elif not (found[0].text or "").strip():
            yield f"{tag.removeprefix(_ATOM)} is empty"
    name, updated = text_of(parts, _ID), text_of(parts, _UPDATED)
    if name and not is_iri(name):
        yield f"id {quoted(name)} is no absolute IRI"
    if updated and not instant(updated):
        yield f"updated {quoted(updated)} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"


def _atom_order(published: str, updated: str) -> Iterator[str]:
    first, last = instant(published), instant(updated)
    if not first:
        yield f"published {quoted(published)} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"
    elif last and first > last:
        yield f"updated {plain(updated)}, before it was published"


def _atom_links(parts: Children) -> Iterator[str]:
    """RFC 4287 sections 4.1.1 and 4.2.7: absolute, and at most one alternate of a type and language."""
    alternates: list[str] = []
    for link in parts.get(_LINK, ()):
        relation = link.get("rel", "alternate")
        if not is_written_web(link.get("href")):
            yield f"link {plain(relation)} to {quoted(link.get('href'))} is no absolute web address"
        if relation == "alternate":
            alternates.append(f"{link.get('type', '')} {link.get('hreflang', '')}")
    for repeated in more_than_once(alternates):
        yield f"more than one alternate link of the type {plain(repeated)}".rstrip()


def _tombstone(grave: Element, alive: Sequence[str]) -> Iterator[str]:
    name, when = grave.get("ref"), grave.get("when")
    if not is_iri(name):
        yield f"tombstone: ref {quoted(name)} is no absolute IRI"
    if not instant(when):
        yield f"tombstone {plain(name)}: when {quoted(when)} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"
    if name in alive:
        yield f"tombstone {plain(name)}: the entry is there (RFC 6721 section 4)"


# -- RSS --------------------------------------------------------------------------------------------


def rss_problems(rendered: bytes) -> Iterator[str]:
    root = parse_xml(rendered)
    channels = root.findall("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or len(channels) != 1:
        yield "channel: the document is no RSS 2.0 of one channel"
        return
    channel = children(channels[0])
    items = [children(item) for item in channel.get("item", ())]
    yield from (f"channel: {problem}" for problem in _channel(channel))
    for number, item in enumerate(items, 1):
        where = f"item {number} ({plain(text_of(item, 'guid'))})"
        yield from (f"{where}: {problem}" for problem in _item(item))
    for repeated in more_than_once(text_of(item, "guid") for item in items):
        yield f"channel: more than one item has the guid {plain(repeated)}"


def _channel(parts: Children) -> Iterator[str]:
    for tag in ("title", "link", "description"):
        if not text_of(parts, tag):
            yield f"{tag} is missing or empty"
    if text_of(parts, "link") and not is_written_web(text_of(parts, "link")):
        yield f"link {quoted(text_of(parts, 'link'))} is no absolute web address"
    if "lastBuildDate" in parts and not instant_822(text_of(parts, "lastBuildDate")):
        yield f"lastBuildDate {quoted(text_of(parts, 'lastBuildDate'))} is no date of RFC 822"
    links = parts.get(_LINK, ())
    if not any(link.get("rel") == "self" for link in links):
        yield "no link says where it stands itself (atom:link rel=self)"
    for link in links:
        if not is_written_web(link.get("href")):
            yield f"link {plain(link.get('rel'))} to {quoted(link.get('href'))} is no absolute web address"


def _item(parts: Children) -> Iterator[str]:
    if not (text_of(parts, "title") or text_of(parts, "description")):
        yield "neither a title nor a description"
    if not text_of(parts, "guid"):
        yield "guid is missing or empty"
    for tag in ("link", "comments"):
        if tag in parts and not is_written_web(text_of(parts, tag)):
            yield f"{tag} {quoted(text_of(parts, tag))} is no absolute web address"
    for enclosure in parts.get("enclosure", ()):
        yield from _enclosure(enclosure)
    if not instant_822(text_of(parts, "pubDate")):
        yield f"pubDate {quoted(text_of(parts, 'pubDate'))} is no date of RFC 822 from {YEARS[0]} to {YEARS[-1]}"
    if "author" in parts and "@" not in text_of(parts, "author"):
        yield f"author {quoted(text_of(parts, 'author'))} is no address; dc:creator takes names"


def _enclosure(enclosure: Element) -> Iterator[str]:
    """RSS 2.0: all three of its attributes are required."""
    if not is_written_web(enclosure.get("url")):
        yield f"enclosure {quoted(enclosure.get('url'))} is no absolute web address"
    if not (enclosure.get("length") or "").isdecimal():
        yield f"enclosure of length {quoted(enclosure.get('length'))}, which is no number"
    if not enclosure.get("type"):
        yield "an enclosure without a type"


# -- JSON Feed --------------------------------------------------------------------------------------


def json_problems(rendered: bytes) -> Iterator[str]:
    feed = _json_object(rendered)
    if not str(feed.get("version", "")).startswith("https://jsonfeed.org/version/1"):
        yield f"feed: version {quoted(feed.get('version'))} is no JSON Feed's"
    if not _filled(feed.get("title")):
        yield "feed: title is missing or empty"
    for name in ("home_page_url", "feed_url"):
        if not _is_web_text(feed.get(name)):
            yield f"feed: {name} {quoted(feed.get(name))} is no absolute web address"
    items = feed.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        yield "feed: items is no list of objects"
        return
    for number, item in enumerate(items, 1):
        yield from (f"item {number} ({plain(item.get('id'))}): {problem}" for problem in _json_item(item))
    for repeated in more_than_once(str(item.get("id")) for item in items):
        yield f"feed: more than one item has the id {plain(repeated)}"


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
        yield f"id {quoted(item.get('id'))} is no text"
    if not (_filled(item.get("content_html")) or _filled(item.get("content_text"))):
        yield "neither content_html nor content_text"
    for name in ("url", "image"):
        if name in item and not _is_web_text(item[name]):
            yield f"{name} {quoted(item[name])} is no absolute web address"
    for name in ("date_published", "date_modified"):
        if name in item and not (isinstance(item[name], str) and instant(item[name])):
            yield f"{name} {quoted(item[name])} is no date of RFC 3339 from {YEARS[0]} to {YEARS[-1]}"
    authors = item.get("authors", [])
    if not isinstance(authors, list) or not all(isinstance(a, dict) and _filled(a.get("name")) for a in authors):
        yield f"authors {quoted(authors)} is no list of people with names"
    attachments = item.get("attachments", [])
    if not isinstance(attachments, list) or not all(map(_is_attachment, attachments)):
        yield f"attachments {quoted(attachments)} is no list of web addresses with types"
    tags = item.get("tags", [])
    if not isinstance(tags, list) or not all(map(_filled, tags)):
        yield f"tags {quoted(tags)} is no list of words"


def _is_attachment(told: object) -> bool:
    return isinstance(told, dict) and _is_web_text(told.get("url")) and _filled(told.get("mime_type"))


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_web_text(value: object) -> bool:
    return isinstance(value, str) and is_written_web(value)
