"""What a blog's software leaves in a post: pixels, sharing blocks, shortcodes, "Filed under".

Law: only what no author wrote goes. A rule by mark-up looks at what plugins name so; a rule by words wants the
whole block to say it.
"""

from __future__ import annotations

import re
from itertools import islice

from solacefeed.text import boxes, labels, shortcodes, tree
from solacefeed.text.characters import one_line
from solacefeed.text.tree import Element, names

_PIXEL_ADDRESS = re.compile(
    r"//(?:pixel|stats|b)\.(?:wp|wordpress|quantserve)\.com/|/b\.gif(?:\?|$)|//feeds\.wordpress\.com/1\.0/"
    r"|//feeds\.feedburner\.com/~|/__utm\.gif|//www\.facebook\.com/tr\b|//[\w.]*doubleclick\.net/"
    r"|//[\w.]*google-analytics\.com/|/(?:spacer|pixel|blank|1x1|transparent)\.(?:gif|png)(?:\?|$)",
    re.IGNORECASE,
)
_TINY = re.compile(r"\s*[01](?:px)?\s*", re.IGNORECASE)
_TINY_STYLE = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)", re.IGNORECASE)
_CAPTIONS = names("wp-caption-text gallery-caption wp-caption-dd wp-element-caption blocks-gallery-caption")
_CAPTIONED = names("wp-caption")
_SMILEY_NAMES = names("wp-smiley emoji")
_SMILEY_ADDRESS = re.compile(r"/images/smilies/|//s\.w\.org/images/core/emoji/", re.IGNORECASE)

# Styles that Word wrote between comments, which somebody's editor made text of.
_PROCESSOR = re.compile(r"\A\s*<!--.*-->\s*\Z|(?<![\w-])mso-[a-z-]++\s*+:|\bp\.Mso[A-Z]\w+|X-NONE X-NONE", re.DOTALL)
_OF_A_PROCESSOR = ("<!--", "/*", "@font-face", "Normal 0", "mso-")
_LINES = ("p", "div")
# Of a list or a table all is the author's, or nothing.
_ENUMERATED = ("li", "td", "th", "dt", "dd")

_FILING = re.compile(r"\s*(?:filed under|posted in|tagged(?: with)?|tags|categories)\b", re.IGNORECASE)
_FILING_WORDS = re.compile(r"filed under|posted in|tagged(?: with)?|tags|categories|and|[\s:,;|·•.&–—-]", re.IGNORECASE)
_FILED = re.compile(
    r"(?:filed under|posted in|tagged(?: with)?|tags|categories|schlagw(?:ort|örter)|kategorien?|catégories?"
    r"|étiquettes?|mots[- ]clés|categorías?|etiquetas?|categorie|tagiau|categorïau|trefwoorden)\s?:[^.!?]{1,200}",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(
    r"(?:share|like) this:?|like loading\W*|leave a comment|leave a reply|\d+ comments?|print|tweet"
    r"|(?:continue reading|read (?:the rest|more))\W*",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[\w-]+")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,200}")
_LAST_BLOCKS, _LONGEST = 4, 500


def remove_marked(body: Element, *, keeping: str = "") -> list[list[str]]:
    """Removes what its mark-up gives away; *body* still has its classes and addresses.

    Boxes of the kind *keeping* (``plugins``) stay. Returns the lines of each box that tells of an author.
    """
    for image in body.iter("img"):
        _settle_image(image)
    for element in body.iter("a", "span"):
        if "data-cfemail" in element.attrib or "/cdn-cgi/l/email-protection" in element.get("href", ""):
            _settle_protected(element)
    for button in body.iter("button"):
        if _heads_a_panel(button):
            _open_panel(button)
    tree.sweep(body)
    for element in tree.every(body):
        _settle_caption(element)
    told = boxes.remove_named(body, keeping=keeping)
    boxes.remove_forms(body)
    shortcodes.remove(body)
    return told


def _heads_a_panel(button: Element) -> bool:
    """Whether it is the title of what it opens: in a heading, or called so by an accordion."""
    called = f"{button.get('class', '')} {button.get('id', '')}".lower()
    return (
        any(word in called for word in ("accordion", "faq"))
        or next(islice(button.iterancestors("h1", *tree.HEADINGS), 1), None) is not None
    )


def _open_panel(button: Element) -> None:
    for part in button.iter("*"):
        if part.get("aria-hidden") == "true" or part.tag == "svg":
            tree.drop(part)
    tree.unwrap(button)


def _settle_protected(element: Element) -> None:
    """Writes an address of mail that Cloudflare's script would show: each byte is mixed with the first."""
    code = element.get("data-cfemail") or element.get("href", "").partition("#")[2]
    try:
        key, *mixed = bytes.fromhex(code)
        address = bytes(byte ^ key for byte in mixed).decode()
    except ValueError:
        return
    if _MAIL.fullmatch(address) is None:
        return
    if element.tag == "a":
        element.attrib.clear()
        element.set("href", f"mailto:{address}")
    if "protected]" in tree.text(element):
        for child in element:
            tree.drop(child)
        element.text = address


def _names(element: Element) -> set[str]:
    return {*element.get("class", "").split(), element.get("id", "")} if element.attrib else set()


def _settle_caption(element: Element) -> None:
    """Makes the captions of older editors what they are by HTML."""
    called = element.get("class", "").split() if element.attrib else ()
    if element.tag in ("p", "div", "dd") and not _CAPTIONS.isdisjoint(called):
        element.tag = "figcaption"
    elif element.tag in ("div", "dl") and not _CAPTIONED.isdisjoint(called):
        element.tag = "figure"


def _settle_image(image: Element) -> None:
    address = image.get("src", "")
    if _names(image) & _SMILEY_NAMES or _SMILEY_ADDRESS.search(address):
        alt = image.get("alt", "")
        image.attrib.clear()
        image.tag, image.text = "span", alt
    elif _is_pixel(image, address):
        tree.drop(image)


def _is_pixel(image: Element, address: str) -> bool:
    tiny = any(_TINY.fullmatch(image.get(side, "")) for side in ("width", "height"))
    lazy = any(name.startswith("data-") for name in map(str, image.attrib))
    return (
        tiny or bool(_TINY_STYLE.search(image.get("style", ""))) or (bool(_PIXEL_ADDRESS.search(address)) and not lazy)
    )


def remove_lines(body: Element) -> list[str]:
    """Removes from a tidied *body* the lines that software set beside it, and what a word processor left.

    Returns what the short ones said. Where they are all there is they stay.
    """
    lines = [block for block in tree.blocks(body) if block.tag in _LINES and _is_line(block)]
    if not lines or (boxes.leaves_nothing(body, lines) and not all(map(_is_of_a_processor, lines))):
        return []
    said = [tree.text(line) for line in lines if tree.length(line) <= labels.LONGEST]
    for line in lines:
        boxes.drop_with_label(line, "likes")
    tree.sweep(body)
    return said


def _is_line(block: Element) -> bool:
    if tree.length(block) > labels.LONGEST:
        return _is_of_a_processor(block)
    line = tree.text(block)
    if next(block.iter("img"), None) is not None:
        return False
    # Signs and pictures part the words of a bar that has no links.
    offered = line if line.isascii() else " ".join(_WORDS.findall(line))
    printing = labels.PRINTING.fullmatch(offered) is not None and next(block.iter("a"), None) is None
    return printing or labels.is_small(line) or _is_of_a_processor(block)


def _is_of_a_processor(block: Element) -> bool:
    first = (block.text or "").lstrip()
    return first.startswith(_OF_A_PROCESSOR) and _PROCESSOR.search(tree.text(block)) is not None


def remove_trailers(body: Element) -> None:
    """Removes the last blocks and lines of a tidied *body* that only file or share it, and rules at either end."""
    for block in reversed(tree.blocks(body)[-_LAST_BLOCKS:]):
        if block.tag not in _ENUMERATED and _is_trailer([block]):
            tree.remove(block)
        elif block.tag == "p":
            _cut_trailing_line(block)
    for ends_reversed in (False, True):
        while (end := next(body.iterchildren(reversed=ends_reversed), None)) is not None and end.tag == "hr":
            body.remove(end)


def _cut_trailing_line(paragraph: Element) -> None:
    breaks = [child for child in paragraph if child.tag == "br"]
    if breaks:
        line = [breaks[-1], *breaks[-1].itersiblings()]
        if _is_trailer(line):
            for element in line:
                paragraph.remove(element)


def _is_trailer(elements: list[Element]) -> bool:
    """Whether *elements* and the texts between them only file or share the post."""
    words = " ".join(f"{tree.text(element)} {one_line(element.tail or '')}".strip() for element in elements).strip()
    if len(words) > _LONGEST:
        return False
    if _LEFT_OVER.fullmatch(words) or _FILED.fullmatch(words):
        return True
    links = sorted({tree.text(link) for element in elements for link in element.iter("a")}, key=len, reverse=True)
    if not links or not _FILING.match(words):
        return False
    for link in links:
        words = words.replace(link or " ", " ")
    return not _FILING_WORDS.sub("", words)
