"""What is surely meant in a feed whose mark-up is not quite right: prefixes that nobody declared, relative addresses.

Law: a document that needs no mending comes out as it went in; pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from xml.parsers import expat

from solacefeed.addresses import is_web, joined
from solacefeed.text import tree
from solacefeed.text.tree import Element
from solacefeed.text.urls import LINK_SCHEMES, absolute

#: What a prefix means of which a feed's own module tells posts; any other means nothing to a reader.
_MEANT: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
_BASE: Final = re.compile(rb"""(?<=\s)xml:base\s*+=\s*+("[^"<>]*+"|'[^'<>]*+')""")
_BOUND: Final = frozenset({"xml", "xmlns"})
#: Prefixes that are declared for a document; more are poison.
_MOST: Final = 50
_ROOT_NAME: Final = re.compile(rb"<[\w:.-]+")
#: Places on a map, which say nothing of a post, and at some of which feedparser raises.
_OF_MAPS: Final = re.compile(
    rb"""(\bxmlns(?::[\w.-]+)?\s*=\s*["'])http://www\.(?:opengis\.net/gml|georss\.org/georss)"""
)


def without_maps(document: bytes) -> bytes:
    """*document* with its places on maps in a namespace of nobody's."""
    return _OF_MAPS.sub(rb"\1urn:x-map", document)


def without_broken_bases(document: bytes) -> bytes:
    """*document* without each ``xml:base`` from which nothing can be seen: feedparser then sees nothing any more."""
    return _BASE.sub(lambda said: said[0] if _is_a_base(said[1]) else b"", document)


def _is_a_base(said: bytes) -> bool:
    address = unescape(said[1:-1].decode("utf-8", "replace")).strip()
    seen_from = joined("https://example.org/", address)
    return seen_from is not None and is_web(seen_from)


def declaring(document: bytes) -> bytes:
    """*document*, well-formed from its root on, with a declaration for each prefix that its root does not declare.

    What was declared deeper down holds there as before.
    """
    declared = b"".join(
        f' xmlns:{prefix}="{_MEANT.get(prefix, f"urn:x-undeclared:{prefix}")}"'.encode()
        for prefix in sorted(_undeclared(document))[:_MOST]
    )
    return _ROOT_NAME.sub(lambda name: name[0] + declared, document, count=1)


def _undeclared(document: bytes) -> set[str]:
    """The prefixes that stand somewhere and are not declared by the root."""
    used: set[str] = set()
    of_the_root: list[set[str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not of_the_root:
            of_the_root.append({said.partition(":")[2] for said in attributes if said.startswith("xmlns:")})
        if len(used) <= 2 * _MOST:
            used.update(said.partition(":")[0] for said in (name, *attributes) if ":" in said)

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        return set()
    return used - of_the_root[0] - _BOUND


# -- addresses ----------------------------------------------------------------------------------------

_ADDRESSES: Final = ("href", "src", "poster", "cite", "data-src", "data-lazy-src", "data-orig-file", "data-large-file")
_SETS: Final = ("srcset", "data-srcset", "data-lazy-srcset")


def based(html: str, base: str) -> str:
    """*html* whose relative addresses are seen from *base* (RFC 3986 section 5.1); as it was where it has none."""
    body = tree.parse(html)
    changed = [_absolve(element, base) for element in tree.every(body)]
    return tree.serialise(body) if any(changed) else html


def _absolve(element: Element, base: str) -> bool:
    """Makes an element's addresses absolute, and returns whether any was not."""
    said = {name: value for name in (*_ADDRESSES, *_SETS) if (value := element.get(name))}
    meant = {name: _meant(name, value, base) for name, value in said.items()}
    for name, value in meant.items():
        element.set(name, value)
    return meant != said


def _meant(name: str, value: str, base: str) -> str:
    if name in _SETS:
        return ", ".join(_candidates(value, base))
    return value if value.startswith("#") else absolute(value, base, LINK_SCHEMES) or value


def _candidates(srcset: str, base: str) -> Iterator[str]:
    """Each picture of a set, with what is said of its size."""
    for candidate in re.split(r",\s", srcset):
        address, space, size = candidate.strip().partition(" ")
        yield f"{absolute(address, base) or address}{space}{size}"
