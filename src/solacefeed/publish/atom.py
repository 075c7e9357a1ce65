"""A feed as Atom documents (RFC 4287), live and archived (RFC 5005); with ``rss``, the home of feedgen.

What feedgen 1.0.0 gets wrong, and how it is met here:

- it drops rel, type, length and hreflang of an entry's links (python-feedgen #135): an entry extension writes them;
- ``add_entry`` prepends, and an entry is rendered anew for every document: entries are fragments, joined here;
- ``updated`` is the present moment unless set: both the feed's and each entry's always are;
- its generator names its own version, which would change every file at its next release: ours names none;
- it writes ``xmlns`` as a plain attribute, so its elements are in no namespace until they are read again: what stands
  inside the text of its root element is Atom's;
- it knows a subtitle in plain text alone, and no stylesheet: an extension writes the one, and ``fragments`` the other;
- one character outside XML's kills the whole feed: text is scrubbed where it comes in, in ``text``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from solacefeed.catalogue import gettext
from solacefeed.publish.content import content_html
from solacefeed.publish.describing import describe
from solacefeed.publish.feeds import Entry, FeedDocument, Naming, Tombstone
from solacefeed.publish.fragments import MEDIA, Frame, add_image, styled
from solacefeed.words import interface, marked

ATOM_TYPE = "application/atom+xml"
PAGE_TYPE = "text/html"
GENERATOR = "solacefeed"

#: The prefixes that every document declares, so that any fragment may use them.
NAMESPACES = {"fh": "http://purl.org/syndication/history/1.0", "media": MEDIA}
#: Declared where there are tombstones: the W3C's validator warns of it, and knows no better.
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_FRAME = Frame("feed", namespaces=NAMESPACES)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XHTML = "http://www.w3.org/1999/xhtml"
#: An ampersand by itself is one to whoever takes a title for HTML, too.
_LOOKS_LIKE_MARKUP = re.compile("<|&[#A-Za-z]")


def document(shown: FeedDocument, fragments: Iterable[bytes]) -> bytes:
    """*shown* with *fragments* for its entries, as ``entry`` renders them, in their order."""
    return _FRAME.document(_head(shown), fragments)


# -- entries ------------------------------------------------------------------------------------------


class _EntryRest(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen can't say of an entry; ``extend_atom`` runs at every rendering, so it keeps nothing."""

    def __init__(self) -> None:
        self.entry: Entry | None = None

    def extend_atom(self, element: etree._Element) -> etree._Element:
        assert self.entry is not None
        for link in _entry_links(self.entry):
            etree.SubElement(element, "link", link)
        if self.entry.image:
            add_image(element, self.entry.image)
        if self.entry.language:
            element.set(_XML_LANG, self.entry.language)
        title = element.find("title")
        if title is not None and _LOOKS_LIKE_MARKUP.search(title.text or ""):
            # Many readers take any title for HTML: only so does "<5% more" come out as it was written.
            title.set("type", "html")
            title.text = escape(title.text or "", quote=False)
        return element


def entry(shown: Entry, naming: Naming) -> bytes:
    """*shown* as a fragment, which ``document`` takes in."""
    made = FeedEntry()
    made.register_extension("rest", _EntryRest, atom=True, rss=False)
    made.rest.entry = shown
    made.id(shown.id)
    made.title(shown.title)
    made.published(_whole_seconds(shown.published))
    made.updated(_whole_seconds(shown.updated))
    made.author(name=shown.author)
    made.category([{"term": t.term, "scheme": t.scheme, "label": t.label} for t in shown.terms])
    made.summary(shown.summary or None)
    made.content(content_html(shown, naming.site.language), type="html")
    return _FRAME.fragment(made.atom_entry())


def _entry_links(shown: Entry) -> Iterator[dict[str, str]]:
    yield {"href": shown.url, "rel": "alternate", "type": PAGE_TYPE}
    if shown.comments_url:
        # RFC 4685; how many they are is not said, as every comment would change the document.
        yield {"href": shown.comments_url, "rel": "replies", "type": PAGE_TYPE}
    for each in shown.enclosures:
        length = {"length": str(each.length)} if each.length else {}
        yield {"href": each.url, "rel": "enclosure", "type": each.type, **length}


# -- heads --------------------------------------------------------------------------------------------


class _FeedRest(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen can't say of a feed."""

    def __init__(self) -> None:
        self.shown: FeedDocument | None = None
        self.tombstones: tuple[Tombstone, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        return {**NAMESPACES, "at": TOMBSTONES} if self.tombstones else NAMESPACES

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        assert self.shown is not None
        if self.shown.month is not None:
            etree.SubElement(feed, f"{{{NAMESPACES['fh']}}}archive")
        _add_subtitle(feed, self.shown)
        for tombstone in self.tombstones:
            when = _whole_seconds(tombstone.when).isoformat()
            etree.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", {"ref": tombstone.id, "when": when})
        return feed


def _add_subtitle(feed: etree._Element, shown: FeedDocument) -> None:
    """What the feed brings, and in a browser a link to its page: XHTML alone leads there (RFC 4287 section 3.1.1.3)."""
    subtitle = etree.SubElement(feed, "subtitle", {"type": "xhtml"})
    if language := marked(shown.naming.site.language):
        subtitle.set(_XML_LANG, language)
    # A plain attribute, as feedgen writes its own: what stands in it is in XHTML's namespace once it is read.
    said = etree.SubElement(subtitle, "div", {"xmlns": _XHTML})
    said.text = f"{describe(shown.feed, shown.naming, ())} "
    link = etree.SubElement(said, "a", {"href": shown.page_url})
    link.text = gettext("How to follow it", interface(shown.naming.site.language))


def _head(shown: FeedDocument) -> bytes:
    """The document without its entries."""
    feed, naming = shown.feed, shown.naming
    generator = FeedGenerator()
    generator.register_extension("rest", _FeedRest, BaseEntryExtension, rss=False)
    generator.rest.shown = shown
    generator.rest.tombstones = _tombstones(shown)
    generator.id(feed.id)
    generator.title(feed.title)
    generator.updated(_whole_seconds(shown.updated))
    generator.author(name=naming.site.organisation)
    generator.language(naming.site.language)
    generator.generator(GENERATOR)
    generator.rights(naming.rights)
    for rel, type_, href in _feed_links(shown):
        generator.link(href=href, rel=rel, **({"type": type_} if type_ else {}))
    return styled(generator.atom_str(pretty=True), shown.path("atom"))


def _feed_links(shown: FeedDocument) -> Iterator[tuple[str, str | None, str]]:
    """Relation, type and address of each link.

    The page is the only alternate: newsboat takes the last one for what a person sees, others the first.
    """
    yield "self", ATOM_TYPE, shown.url("atom")
    yield "alternate", PAGE_TYPE, shown.page_url
    if shown.month:
        yield "current", ATOM_TYPE, shown.current_url
    elif shown.naming.hub:
        yield "hub", None, shown.naming.hub
    if shown.previous:
        yield "prev-archive", ATOM_TYPE, shown.archive_url(shown.previous, "atom")
    if shown.following:
        yield "next-archive", ATOM_TYPE, shown.archive_url(shown.following, "atom")


def _tombstones(shown: FeedDocument) -> tuple[Tombstone, ...]:
    """Without those of entries that came back: an id is never both (RFC 6721 section 4)."""
    alive = {each.id for each in shown.entries}
    return tuple(each for each in shown.tombstones if each.id not in alive)


def _whole_seconds(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)
