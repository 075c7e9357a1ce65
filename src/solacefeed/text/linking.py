"""Making a link of an element that can't stand in a feed or a mail: where it leads, and what it is called.

Law: a link says in words where it leads; what its title was taken from stands nowhere else.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final
from urllib.parse import unquote

from solacefeed.addresses import parsed
from solacefeed.text import embeds, tree
from solacefeed.text.characters import blank, one_line, shorten
from solacefeed.text.tree import Element, names
from solacefeed.text.urls import host

#: The mark of a link that we made, until the allow-list takes it off.
MADE: Final = "data-solacefeed-made"
#: Attributes in which scripts keep an address, whatever they are called.
ADDRESS: Final = re.compile(
    r"(?:data|nitro|consent|cmp|uc)-[\w-]{0,40}(?:src|url|href|facade|original|lazy|cmplz)[\w-]{0,20}|suppressedsrc"
)

#: What frames are called by those who had to call them something.
_SAYS_NOTHING: Final = names(
    "youtube vimeo dailymotion video videos player embed embedded embeds iframe frame content media widget html5 "
    "document the a an of from on external custom audio default title untitled play watch oembed wp"
)
_BEFORE_TITLE: Final = re.compile(
    r"(?:play(?: video)?|spotify embed|embed(?:ded)? (?:post|video|content)|video):\s*", re.I
)
_WORD: Final = re.compile(r"[^\W_]+")
_TITLES: Final = ("title", "playlabel", "aria-label", "data-title", "data-alt", "data-video-title", "alt")
_LONGEST: Final = 300
_CAPTIONS_AWAY: Final = 4


def attributes(element: Element) -> dict[str, str]:
    """What *element* says of itself."""
    return {str(name): str(value) for name, value in element.attrib.items()}


def become_link(element: Element, url: str, *, title: str = "", picture: str | None = None, caption: str = "") -> None:
    """Makes *element* a link to *url*; without *title*, it is called as it says itself, or as its caption does.

    With *picture* the link is that, with *caption* behind it.

    In a link there can be no other: there it comes behind that, unless both lead to the same.
    """
    words = title or titled(element)
    words = words or caption_of(element) or host(url)
    drop_caption(element, words)
    place = _place_of_link(element, url)
    if picture:
        image = tree.new("img")
        image.set("src", picture)
        image.set("alt", "" if caption else words)
        image.tail = caption
        place.append(image)
    else:
        place.text = shorten(words, _LONGEST)


def _place_of_link(element: Element, url: str) -> Element:
    """The link to *url* that stands for *element*, empty; what stands in its link, where that leads there already."""
    for child in element:
        tree.drop(child)
    element.attrib.clear()
    element.text = ""
    # Of links in one another the outermost stays.
    around = next((link for link in reversed(list(element.iterancestors("a"))) if "href" in link.attrib), None)
    if around is not None and embeds.page(around.get("href", "")) == url:
        element.tag = "span"
        return element
    if around is not None:
        tree.drop(element)
        element = tree.new("a")
        around.addnext(element)
    element.tag = "a"
    element.set("href", url)
    element.set(MADE, "")
    return element


def titled(element: Element) -> str:
    """What *element* is called by itself; empty where that says nothing."""
    return next((title for name in _TITLES if (title := telling(element.get(name, "")))), "")


def telling(title: str) -> str:
    """*title* without what players put before it; empty where only a player speaks."""
    words = one_line(_BEFORE_TITLE.sub("", one_line(title), count=1))
    said = [word.lower() for word in _WORD.findall(words)]
    return "" if blank(words) or all(word in _SAYS_NOTHING for word in said) else words


def caption_of(element: Element) -> str:
    """The caption of the figure around *element*, which it is taken from; one that leads elsewhere is left there."""
    caption = figure_caption(element)
    if caption is None or caption.find(".//a") is not None:
        return ""
    words = tree.text(caption)
    if blank(words) or len(words) > _LONGEST:
        return ""
    tree.drop(caption)
    return words


def drop_caption(element: Element, words: str) -> None:
    """A caption that says nothing but *words* goes: a link says them already."""
    caption = figure_caption(element)
    if caption is not None and tree.text(caption) == words:
        tree.drop(caption)


def figure_caption(element: Element) -> Element | None:
    """The caption of the figure around *element*: its first or last part (HTML, section 4.4.12)."""
    near = islice(element.iterancestors(), _CAPTIONS_AWAY)
    figure = next((box for box in near if box.tag == "figure"), None)
    ends = (next(figure.iterchildren(), None), tree.last_child(figure)) if figure is not None else ()
    return next((end for end in ends if end is not None and end.tag == "figcaption"), None)


def file_name(url: str) -> str:
    """What a file is called: the last part of its address."""
    name = one_line(unquote(parsed(url).path.rstrip("/").rpartition("/")[2], errors="replace"))
    return name if not blank(name) else host(url)
