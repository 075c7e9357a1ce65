"""Embeds behind a question for leave: consent plugins show a box with words of law, and keep the embed's address in it.

Law: a box becomes the link to what it covers, and its words about leave go; where no service is known by an address in
it, it stays as it is.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from itertools import islice
from typing import Final

from solacefeed.text import embeds, plugins, tree
from solacefeed.text.linking import ADDRESS, attributes, become_link, telling, titled
from solacefeed.text.tree import Element
from solacefeed.text.urls import absolute

#: More parts or letters than these hold a text.
_MOST_PARTS: Final = 60
_MOST_LETTERS: Final = 1_200
#: What plugins write an embed in, until it may be shown.
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/=\s]{40,20000}")
_SOURCE: Final = re.compile(r"""\bsrc=\\?["']((?:https?:)?\\?/\\?/[^"'\s\\<>]{4,2000})""")
_TITLE: Final = re.compile(r"""\btitle=\\?["']([^"'\\<>]{4,300})""")


def settle_covered(body: Element, base: str) -> None:
    """Makes a link of each box in *body* that only asks for leave to show an embed."""
    for box in list(tree.every(body)):
        if not tree.marked(box) and box.attrib and _asks(box):
            _settle(box, base)
    tree.sweep(body)


def _asks(box: Element) -> bool:
    names = box.get("class", "").split()
    # One that holds such a box may hold anything.
    return any(plugins.kind_of(name) == "cookies" and not name.endswith("-parent") for name in names)


def _settle(box: Element, base: str) -> None:
    parts = list(islice(box.iter("*"), _MOST_PARTS + 1))
    if len(parts) > _MOST_PARTS or tree.length(box) > _MOST_LETTERS:
        return
    for part in parts:
        for address, title in _kept(part, base):
            page = embeds.known_page(address)
            if page is None:
                continue
            words = title or next((words for each in parts if each.tag != "img" and (words := titled(each))), "")
            _drop_words(box)
            become_link(box, page, title=words)
            return


def _kept(part: Element, base: str) -> Iterator[tuple[str, str]]:
    """The addresses that *part* keeps, each with what it calls its embed."""
    told = attributes(part)
    for name in told:
        if name in ("src", "href") or ADDRESS.fullmatch(name):
            address = absolute(told[name], base)
            if address:
                yield address, telling(tree.text(part)) if part.tag == "a" else ""
    if part.tag == "script":
        markup = _decoded(part.text or "")
        source, title = _SOURCE.search(markup), _TITLE.search(markup)
        address = absolute(source[1].replace("\\", ""), base) if source else None
        if address:
            yield address, telling(title[1]) if title else ""


def _decoded(text: str) -> str:
    if not _ENCODED.fullmatch(text):
        return text[:20_000]
    try:
        return b64decode(text).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _drop_words(box: Element) -> None:
    """What stands right behind *box*, and asks too."""
    after = box.getnext()
    if after is not None and not tree.marked(after) and after.attrib and _asks(after):
        tree.drop(after)
