"""Of a feed's document that is not well-formed, what is: the posts whose own mark-up is sound; pure.

Laws:

- A post whose mark-up is broken costs itself alone: what stands around the posts must be sound, and come to its end.
- What stands behind the end of the feed is none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

#: What can hide a post's tags, to its end or that of all, and those tags.
_TOKEN: Final = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)|<(/?)(?:[A-Za-z][\w.-]{0,60}:)?(?:item|entry)(?=[\s/>])", re.DOTALL
)
_ROOT: Final = re.compile(rb"\s*+<((?:[A-Za-z][\w.-]{0,60}:)?(?:feed|rss|rdf))(?=[\s/>])", re.IGNORECASE)


def whole(document: bytes) -> bytes | None:
    """*document* up to the end of its root; ``None`` where it was cut off before."""
    root = _ROOT.match(document)
    end_tag = b"</" + root[1] + b">" if root else b""
    end = document.rfind(end_tag) if end_tag else -1
    if end < 0 or document.rfind(b"<![CDATA[") > document.rfind(b"]]>"):
        return None
    return document[: end + len(end_tag)]


def parted(document: bytes) -> tuple[bytes, list[tuple[bytes, str]]]:
    """*document* without the posts whose mark-up is broken; and those, each with what is wrong."""
    kept = bytearray()
    broken: list[tuple[bytes, str]] = []
    place = 0
    for start, end in _posts(document):
        wrong = _wrong_with(document[start:end])
        kept += document[place : start if wrong else end]
        place = end
        if wrong:
            broken.append((document[start:end], wrong))
    return bytes(kept + document[place:]), broken


def _posts(document: bytes) -> Iterator[tuple[int, int]]:
    """From where to where each post stands; one that has no end is over where the next begins."""
    start: int | None = None
    for token in _TOKEN.finditer(document):
        if token[1] is None:
            continue
        if token[1]:
            end = document.find(b">", token.end()) + 1
            if start is not None and end:
                yield start, end
            start = None
        else:
            if start is not None:
                yield start, token.start()
            start = token.start()


def _wrong_with(post: bytes) -> str | None:
    odd: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        odd.extend(said for said in (name, *attributes) if said.count(":") > 1)

    # Which prefixes are declared, only the whole document tells.
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    try:
        parser.Parse(post, True)
    except expat.ExpatError as error:
        return expat.ErrorString(error.code)
    return "a name of two prefixes" if odd else None
