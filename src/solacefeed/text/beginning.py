"""The box that a blog sets before its texts, known by standing before so many of them.

Law: it is short, names no author, greets nobody, is no heading, and is not all there is.
"""

from __future__ import annotations

from solacefeed.text import byline, tree
from solacefeed.text.tree import Element

_LONGEST = 300
_BOXES = ("div", "ul", "ol", "table", "blockquote", "details", "figure")


def beginning(body: Element) -> str | None:
    """What the tidied *body* begins with, where it would be a blog's own box if others began so."""
    first = _first(body)
    if first is None or byline.is_heading(first) or byline.find(body).begins_with(first):
        return None
    words = tree.text(first)
    # Whom the author greets, the author greets each time.
    return words if words and not words.endswith(",") else None


def take_beginning(body: Element) -> None:
    """Takes out of *body* what it begins with."""
    first = _first(body)
    if first is not None:
        tree.remove(first)


def _first(body: Element) -> Element | None:
    """The first paragraph or small box of *body*; ``None`` where nothing stands behind it."""
    while len(body):
        first = body[0]
        small = tree.length(first) <= _LONGEST
        if len(body) > 1 and small:
            return first
        if first.tag not in _BOXES or not tree.has_blocks(first):
            return None
        body = first
    return None
