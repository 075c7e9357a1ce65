"""The gate: every document is read again before it replaces the live one, and every entry before it is rendered.

A document with a problem stays out, and the last good one stays in; an entry with one is left out, never its feed. A
problem is one line that says where and what. What is judged is what makes readers refuse a feed, lose entries or show
them twice: the standards' own musts (RFC 4287, 4685, 5005, 6721, RSS 2.0, JSON Feed 1.1, OPML 2.0), and no taste.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from solacefeed.publish import gate_feeds, gate_pages
from solacefeed.publish.feeds import Entry
from solacefeed.publish.gate_values import LANGUAGE, NO_XML, YEARS, is_iri, is_written_web, quoted
from solacefeed.publish.markup import NotWellFormed

Kind = Literal["atom", "rss", "json", "html", "opml", "sitemap"]

#: Of one text of an entry: libxml2, which is behind many readers, refuses one of more than 10,000,000 bytes.
MOST_CHARACTERS = 2_400_000


_JUDGES: Mapping[str, Callable[[bytes], Iterator[str]]] = {
    "atom": gate_feeds.atom_problems,
    "rss": gate_feeds.rss_problems,
    "json": gate_feeds.json_problems,
    "html": gate_pages.html_problems,
    "opml": gate_pages.opml_problems,
    "sitemap": gate_pages.sitemap_problems,
}


def problems(kind: Kind, rendered: bytes) -> list[str]:
    """What is wrong with a document of this *kind*; nothing where it may go live."""
    try:
        return list(_JUDGES[kind](rendered))
    except NotWellFormed as error:
        return [str(error)]


# -- entries ----------------------------------------------------------------------------------------


def entry_problems(entry: Entry) -> list[str]:
    """What is wrong with an *entry*; nothing where it may stand in feeds."""
    return list(_entry_problems(entry))


def _entry_problems(entry: Entry) -> Iterator[str]:
    if not is_iri(entry.id):
        yield f"id {quoted(entry.id)} is no absolute IRI"
    if not is_written_web(entry.url):
        yield f"url {quoted(entry.url)} is no absolute web address"
    for name in ("title", "author"):
        if not getattr(entry, name).strip():
            yield f"{name} is empty"
    yield from _entry_dates(entry)
    yield from _entry_addresses(entry)
    for name, text in _entry_texts(entry):
        if len(text) > MOST_CHARACTERS:
            yield f"{name} has {len(text)} characters, more than parsers take"
        elif found := NO_XML.search(text):
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
    if entry.comments_url is not None and not is_written_web(entry.comments_url):
        yield f"comments_url {quoted(entry.comments_url)} is no absolute web address"
    if entry.image and not is_written_web(entry.image.url):
        yield f"image {quoted(entry.image.url)} is no absolute web address"
    for each in entry.enclosures:
        if not is_written_web(each.url):
            yield f"enclosure {quoted(each.url)} is no absolute web address"
    if entry.language is not None and not LANGUAGE.fullmatch(entry.language):
        yield f"language {quoted(entry.language)} is no language tag"
    for term in entry.terms:
        if not term.term or not is_iri(term.scheme):
            yield f"category {quoted(term.term)} of scheme {quoted(term.scheme)} names nothing"


def _entry_texts(entry: Entry) -> Iterator[tuple[str, str]]:
    for name in ("title", "author", "summary", "content"):
        yield name, getattr(entry, name)
    yield "origin", entry.origin or ""
    yield "image", entry.image.alt if entry.image else ""
    for term in entry.terms:
        yield "category", f"{term.term}{term.label}"
