"""Pictures and embeds: the picture that was meant, and a link for what can't stand in a feed or a mail.

Law: no address is made up; a picture without a web address goes, and so does an embed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from solacefeed.models.posts import Image
from solacefeed.text import tree
from solacefeed.text.characters import blank, one_line
from solacefeed.text.tree import Element
from solacefeed.text.urls import absolute, host

EMBEDS = frozenset({"iframe", "embed", "object", "audio", "video"})

# Where scripts that load pictures late keep the true address; src holds a placeholder then.
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "src")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")


def settle_image(image: Element, base: str) -> None:
    """Gives *image* the address it is meant to have, or drops it."""
    address = next(_addresses(image, base), None)
    if address is None:
        tree.drop(image)
    else:
        image.set("src", address)


def _addresses(image: Element, base: str) -> Iterator[str]:
    for name in _LAZY:
        if address := absolute(image.get(name), base):
            yield address
    for name in _SETS:
        if address := absolute(_largest(image.get(name, "")), base):
            yield address


def _largest(srcset: str) -> str | None:
    """The address in *srcset* with the greatest width or density; the first of equals."""
    sizes: dict[str, float] = {}
    for candidate in re.split(r",\s+|(?<=[0-9][wx]),", srcset):
        address, _, size = candidate.strip().partition(" ")
        sizes.setdefault(address, _number(size))
    return max(sizes, key=lambda address: sizes[address])


def _number(size: str) -> float:
    digits = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9})?(?=[wx]$)", size.strip())
    return float(digits[0]) if digits else 1.0


def link_instead(embed: Element, base: str) -> None:
    """Makes *embed* a link to what it shows; what already holds a link for those who can't see it keeps that."""
    own_link = embed.find(".//a[@href]")
    if own_link is not None:
        tree.unwrap(embed)
        return
    address = next(_sources(embed, base), None)
    title = one_line(embed.get("title", ""))
    for child in embed:
        tree.drop(child)
    embed.attrib.clear()
    embed.tag, embed.text = "a", ""
    if address is None:
        tree.drop(embed)
    else:
        embed.set("href", address)
        embed.text = title if not blank(title) else host(address)


def _sources(embed: Element, base: str) -> Iterator[str]:
    for element in embed.iter("*"):
        for name in ("src", "data-src", "data"):
            if address := absolute(element.get(name), base):
                yield address


def lead_image(body: Element) -> Image | None:
    """The first picture of a tidied *body*."""
    found = body.find(".//img[@src]")
    if found is None:
        return None
    return Image(
        url=found.get("src", ""),
        alt=one_line(found.get("alt", "")),
        width=_pixels(found.get("width")),
        height=_pixels(found.get("height")),
    )


def _pixels(said: str | None) -> int | None:
    return int(said) if said and re.fullmatch(r"[1-9][0-9]{0,4}", said) else None
