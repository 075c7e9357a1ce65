"""Entries as fragments: rendered once, and joined into every document in which they stand.

A fragment is a piece of a document's bytes, with its indent and its line's end. Its prefixes are those that the
document's root element declares, so that each namespace is declared once however many entries there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from lxml import etree

from solacefeed.models.posts import Image
from solacefeed.publish.content import image_type

#: What feeds look like in a browser, below the folder.
STYLE = "feed.css"

MEDIA = "http://search.yahoo.com/mrss/"


class Frame:
    """The elements around entries, outermost first, with the prefixes that the first of them declares."""

    def __init__(self, *tags: str, namespaces: Mapping[str, str]) -> None:
        self._tags = tags
        self._namespaces = dict(namespaces)

    def fragment(self, entry: etree._Element) -> bytes:
        """*entry* as it stands in the frame; it is taken out of the tree that it was in."""
        before, after = self._around
        return self._serialised(entry)[len(before) : -len(after)]

    def document(self, head: bytes, fragments: Iterable[bytes]) -> bytes:
        """*head*, a document without entries, with *fragments* at its end."""
        _, after = self._around
        if not head.endswith(after):
            raise ValueError(f"a head that does not end with {after.decode()!r}")
        return b"".join([head[: -len(after)], *fragments, after])

    @cached_property
    def _around(self) -> tuple[bytes, bytes]:
        before, _, after = self._serialised(etree.Element("entry")).partition(b"<entry/>\n")
        return before.rstrip(b" "), after

    def _serialised(self, entry: etree._Element) -> bytes:
        inner = outer = etree.Element(self._tags[0], nsmap=self._namespaces)
        for tag in self._tags[1:]:
            inner = etree.SubElement(inner, tag)
        inner.append(entry)
        return etree.tostring(outer, encoding="UTF-8", pretty_print=True)


def styled(document: bytes, path: str) -> bytes:
    """*document*, which is to stand at *path* below the folder, with what a browser draws it by (xml-stylesheet 1.0).

    Feed readers pay no heed to it. Its address is relative, as links within the folder are.
    """
    declaration, _, rest = document.partition(b"?>\n")
    address = f"{'../' * path.count('/')}{STYLE}"
    return b'%b?>\n<?xml-stylesheet type="text/css" href="%b"?>\n%b' % (declaration, address.encode(), rest)


def add_image(entry: etree._Element, image: Image) -> None:
    """Media RSS 1.5: the picture that stands for *entry*, with what is surely known of it."""
    told = {"url": image.url, "medium": "image", "type": image_type(image.url)}
    sizes = {name: str(pixels) for name, pixels in (("width", image.width), ("height", image.height)) if pixels}
    known = {name: value for name, value in told.items() if value}
    media = etree.SubElement(entry, f"{{{MEDIA}}}content", {**known, **sizes})
    if image.alt:
        etree.SubElement(media, f"{{{MEDIA}}}description").text = image.alt
