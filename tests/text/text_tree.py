"""A post's HTML as the tree that is read of it."""

from __future__ import annotations

from solacefeed.text import tree
from solacefeed.text.clean import tidy
from solacefeed.text.tree import Element


def tidied(html: str, base: str) -> Element:
    """The body of *html*, brought to what may stay."""
    body = tree.parse(html)
    tidy(body, base)
    return body
