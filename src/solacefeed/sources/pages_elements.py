"""Elements of a blog's page: what they are called, and what they hold; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from copy import deepcopy
from typing import Final

from solacefeed.sources.pages_links import Home
from solacefeed.text import tree
from solacefeed.text.tree import Element, names

COMMENTS: Final = names(
    "comments comments-area commentlist comment-respond respond wp-block-comments wp-block-post-comments "
    "wp-block-post-comments-form"
)
#: What stands in the box of a post, or in its text where tags were left open, and is no part of it.
FOREIGN: Final = COMMENTS | names("post-navigation nav-single nav-below page-links site-footer")


def names_of(element: Element) -> frozenset[str]:
    return frozenset((*element.get("class", "").split(), element.get("id", ""))) if element.attrib else frozenset()


def rels(element: Element) -> list[str]:
    return element.get("rel", "").lower().split()


def within(element: Element, wanted: frozenset[str]) -> bool:
    return bool(names_of(element) & wanted) or any(names_of(above) & wanted for above in element.iterancestors())


class Part:
    """An element and what it holds, in the page's order, *without* some elements and all of the names in *skip*."""

    def __init__(self, element: Element, *, without: Collection[Element], skip: frozenset[str]) -> None:
        left_out = frozenset(without)
        self._named: list[tuple[Element, frozenset[str]]] = []
        waiting = [element]
        while waiting:
            next_one = waiting.pop()
            own = names_of(next_one)
            if next_one is element or not (next_one in left_out or own & skip):
                self._named.append((next_one, own))
                waiting += next_one.iterchildren(reversed=True)

    def __iter__(self) -> Iterator[tuple[Element, frozenset[str]]]:
        """What it holds, each with its names."""
        return iter(self._named[1:])

    def every(self, wanted: Iterable[str]) -> Iterator[Element]:
        """Those with the first of the names, then those with the second."""
        return (element for name in wanted for element, own in self if name in own)

    def first(self, wanted: Iterable[str]) -> Element | None:
        return next(self.every(wanted), None)

    def line(self, wanted: Iterable[str]) -> str | None:
        """The text of the first that has any."""
        return next(filter(None, map(tree.text, self.every(wanted))), None)

    def links(self, page: str, home: Home) -> list[tuple[str, Element]]:
        """The links to the blog's own addresses."""
        links = ((home.own(element.get("href"), page), element) for element, _ in self if element.tag == "a")
        return [(address, link) for address, link in links if address]


def inner_html(element: Element, *, links: bool = True) -> str:
    """The HTML in *element*, without what is foreign to a post."""
    inner = deepcopy(element)
    inner.tail = None
    for part in tree.every(inner):
        if names_of(part) & FOREIGN:
            tree.drop(part)
        elif part.tag == "a" and not links:
            tree.unwrap(part)
    inner.attrib.clear()
    inner.tag = "div"
    holder = tree.new("div")
    holder.append(tree.sweep(inner))
    return tree.serialise(holder).removeprefix("<div>").removesuffix("</div>").strip()
