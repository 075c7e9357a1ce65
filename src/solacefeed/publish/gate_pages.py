"""What is wrong with pages, and with the lists of feeds and of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from solacefeed.publish.gate_values import (
    is_written_web,
    more_than_once,
    plain,
    quoted,
)
from solacefeed.publish.markup import parse_html, parse_xml

_DOCTYPE = re.compile(rb"\s*<!doctype html\b[^>]*>", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def html_problems(rendered: bytes) -> Iterator[str]:
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


def opml_problems(rendered: bytes) -> Iterator[str]:
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
        if outline.get("type") == "rss" and not is_written_web(outline.get("xmlUrl")):
            yield f"outline {number}: xmlUrl {quoted(outline.get('xmlUrl'))} is no absolute web address"


_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
#: Of one file, says the protocol.
_MOST_PAGES = 50_000


def sitemap_problems(rendered: bytes) -> Iterator[str]:
    root = parse_xml(rendered)
    if root.tag != f"{_SITEMAP}urlset":
        yield f"list: the document is {quoted(root.tag)}, no sitemap"
        return
    addresses = [(url.findtext(f"{_SITEMAP}loc") or "").strip() for url in root.iter(f"{_SITEMAP}url")]
    for number, address in enumerate(addresses, 1):
        if not is_written_web(address):
            yield f"url {number}: loc {quoted(address)} is no absolute web address"
    for repeated in more_than_once(addresses):
        yield f"list: {plain(repeated)} stands there more than once"
    if not 0 < len(addresses) <= _MOST_PAGES:
        yield f"list: {len(addresses)} pages, not 1 to {_MOST_PAGES}"
