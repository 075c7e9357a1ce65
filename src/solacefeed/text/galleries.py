"""Galleries and captions, however WordPress and its plugins mark them up: figures in their order, each with its own."""

from __future__ import annotations

from typing import Final

from solacefeed.text import tree
from solacefeed.text.tree import Element, names

#: The boxes of one picture: the classic gallery's, Jetpack's, and the editor's before there were blocks.
_FIGURES: Final = names("gallery-item tiled-gallery-item tiled-gallery__item wp-caption")
_CAPTIONS: Final = names("gallery-caption tiled-gallery-caption wp-caption-text blocks-gallery-item__caption")
#: Boxes around pictures that say nothing.
_BOXES: Final = names("gallery-icon blocks-gallery-grid blocks-gallery-item")
_LISTS: Final = names("wp-block-gallery swiper-wrapper swiper-slide slides")

#: What sliders put at their ends, to begin anew behind the last.
_COPIES: Final = names("swiper-slide-duplicate slick-cloned cloned")


def settle_galleries(body: Element) -> None:
    """Makes figures of what is one in all but its name."""
    for element in tree.every(body):
        classes = set(element.get("class", "").split()) if element.attrib else None
        if not classes:
            continue
        if classes & _COPIES:
            tree.drop(element)
        elif classes & _CAPTIONS and element.tag in ("p", "dd", "div", "span", "figcaption"):
            element.tag = "figcaption"
        elif classes & _FIGURES and element.tag in ("dl", "div", "li", "figure"):
            element.tag = "figure"
        elif (classes & _BOXES and element.tag in ("div", "dt", "ul", "li", "span")) or (
            classes & _LISTS and element.tag in ("ul", "li")
        ):
            tree.unwrap(element)
    tree.sweep(body)
