"""A feed as an RSS 2.0 document, for readers that know nothing better; with ``atom``, the home of feedgen.

What feedgen 1.0.0 gets wrong of RSS, and how it is met here:

- ``formatRFC2822`` sets the process's locale for a moment, for each date: an entry's date is written by ours, the
  head's one by feedgen. So heads are rendered by one thread at a time;
- the channel's link is the last of all links, whatever its relation: the page's comes last;
- of the links it writes ``self`` alone: an extension writes the hub's;
- ``author`` wants an email address, and by-lines have none: ``dc:creator`` says who;
- ``description`` after ``content`` overwrites it: it comes before;
- a prefix that the root element does not declare becomes ``ns0``: entries are rendered in a frame that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from solacefeed.models.posts import Enclosure
from solacefeed.publish.atom import GENERATOR
from solacefeed.publish.content import content_html, summary_html
from solacefeed.publish.describing import describe
from solacefeed.publish.feeds import Entry, FeedDocument, Naming
from solacefeed.publish.fragments import MEDIA, Frame, add_image, styled

RSS = "application/rss+xml"
ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
#: The prefixes that every document declares, so that any fragment may use them.
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": MEDIA,
}
_PLAIN_TEXT = re.compile(rb"<(?:title|category|copyright|dc:creator|media:description)\b[^<>]*>[^<&]*+&[^<]*+")
_FRAME = Frame("rss", "channel", namespaces=NAMESPACES)


def document(shown: FeedDocument, fragments: Iterable[bytes]) -> bytes:
    """*shown*, a live document, with *fragments* for its entries, as ``item`` renders them, in their order."""
    return _FRAME.document(_plainly(_head(shown)), fragments)


# -- items --------------------------------------------------------------------------------------------


class _ItemRest(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen can't say of an entry."""

    def __init__(self) -> None:
        self.entry: Entry | None = None

    def extend_rss(self, element: etree._Element) -> etree._Element:
        assert self.entry is not None
        etree.SubElement(element, f"{{{NAMESPACES['dc']}}}creator").text = self.entry.author
        etree.SubElement(element, "pubDate").text = _english(self.entry.published)
        if (played := _played(self.entry)) is not None:
            length = str(played.length)
            etree.SubElement(element, "enclosure", {"url": played.url, "length": length, "type": played.type})
        if self.entry.language:
            etree.SubElement(element, f"{{{NAMESPACES['dc']}}}language").text = self.entry.language
        if self.entry.image:
            add_image(element, self.entry.image)
        return element


def item(shown: Entry, naming: Naming) -> bytes:
    """*shown* as a fragment, which ``document`` takes in."""
    made = FeedEntry()
    made.register_extension("rest", _ItemRest, atom=False, rss=True)
    made.rest.entry = shown
    made.id(shown.id)
    made.title(shown.title)
    made.link(href=shown.url, rel="alternate")
    made.description(summary_html(shown) or None)
    made.content(content_html(shown, naming.site.language))
    made.category([{"term": t.term, "scheme": t.scheme, "label": t.label} for t in shown.terms])
    made.comments(shown.comments_url)
    return _plainly(_FRAME.fragment(made.rss_entry()))


def _played(shown: Entry) -> Enclosure | None:
    """The one enclosure that an item may have: RSS wants its length, and many readers know no more than one.

    What plays comes before what is looked at.
    """
    measured = [each for each in shown.enclosures if each.length]
    return min(measured, key=lambda each: not each.type.startswith(("audio/", "video/")), default=None)


def _english(instant: datetime) -> str:
    """As RFC 822 has it, in any locale."""
    return format_datetime(instant.astimezone(UTC))


def _plainly(rendered: bytes) -> bytes:
    """*rendered* with hexadecimal references where RSS has plain text, as its best practices want them.

    They say the same to XML, and more to readers that take text for HTML.
    """
    return _PLAIN_TEXT.sub(lambda found: found[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), rendered)


# -- heads --------------------------------------------------------------------------------------------


class _ChannelRest(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen can't say of a channel."""

    def __init__(self) -> None:
        self.hub: str | None = None

    def extend_ns(self) -> dict[str, str]:
        return NAMESPACES

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        if self.hub:
            etree.SubElement(rss[0], ATOM_LINK, {"href": self.hub, "rel": "hub"})
        return rss


def _head(shown: FeedDocument) -> bytes:
    """The document without its items."""
    feed, naming = shown.feed, shown.naming
    generator = FeedGenerator()
    generator.register_extension("rest", _ChannelRest, BaseEntryExtension, atom=False)
    generator.rest.hub = naming.hub
    generator.title(feed.title)
    generator.description(describe(feed, naming, ()))
    generator.lastBuildDate(shown.updated)
    generator.language(naming.site.language)
    generator.copyright(naming.rights)
    generator.generator(GENERATOR)
    generator.link(href=shown.url("rss"), rel="self", type=RSS)
    generator.link(href=shown.page_url, rel="alternate")
    return styled(generator.rss_str(pretty=True), shown.path("rss"))
