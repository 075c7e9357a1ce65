"""A feed as an Atom document (RFC 4287); the home of feedgen.

What feedgen 1.0.0 gets wrong, and how it is met here:

- it drops rel, type, length and hreflang of an entry's links (python-feedgen #135): an entry extension writes them;
- ``add_entry`` prepends: ``order="append"``;
- ``updated`` is the present moment unless set: both the feed's and each entry's always are;
- its generator names its own version, which would change every file at its next release: ours names none;
- one character outside XML's kills the whole feed: text is scrubbed where it comes in, in ``text``.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import escape

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from solacefeed.publish.feeds import Entry, FeedDocument

ATOM = "application/atom+xml"
GENERATOR = "solacefeed"

_LOOKS_LIKE_MARKUP = re.compile("[<&]")


class _NoFeedPart(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """feedgen wants a feed's half for every extension."""


class _EntryRest(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen can't say of an entry; ``extend_atom`` runs at every rendering, so it keeps nothing."""

    def __init__(self) -> None:
        self.links: tuple[dict[str, str], ...] = ()

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        for link in self.links:
            etree.SubElement(entry, "link", link)
        title = entry.find("title")
        if title is not None and _LOOKS_LIKE_MARKUP.search(title.text or ""):
            # Many readers take any title for HTML: only so does "<5% more" come out as it was written.
            title.set("type", "html")
            title.text = escape(title.text or "", quote=False)
        return entry


def render(document: FeedDocument) -> bytes:
    """The whole document, in UTF-8 with its XML declaration; the same bytes for the same document."""
    feed, naming = document.feed, document.naming
    generator = FeedGenerator()
    generator.register_extension("rest", _NoFeedPart, _EntryRest, rss=False)
    generator.id(feed.id)
    generator.title(feed.title)
    generator.updated(_whole_seconds(document.updated))
    generator.author(name=naming.organisation)
    generator.language(naming.language)
    generator.generator(GENERATOR)
    generator.link(href=document.url("atom"), rel="self", type=ATOM)
    generator.link(href=document.page_url, rel="alternate", type="text/html")
    for entry in document.entries:
        _fill(generator.add_entry(FeedEntry(), order="append"), entry)
    rendered: bytes = generator.atom_str(pretty=True)
    return rendered


def _fill(made: FeedEntry, entry: Entry) -> None:
    made.id(entry.id)
    made.title(entry.title)
    made.published(_whole_seconds(entry.published))
    made.updated(_whole_seconds(entry.updated))
    made.author(name=entry.author)
    made.category([{"term": t.term, "scheme": t.scheme, "label": t.label} for t in entry.terms])
    made.summary(entry.summary or None)
    made.content(entry.content or _pointer(entry), type="html")
    made.rest.links = ({"href": entry.url, "rel": "alternate", "type": "text/html"},)


def _pointer(entry: Entry) -> str:
    """What stands for a post without a text of its own, such as a picture that was left out."""
    return f'<p><a href="{escape(entry.url)}">{escape(entry.title)}</a></p>'


def _whole_seconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
