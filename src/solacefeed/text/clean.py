"""Sanitising: from the HTML of a blog to what may stand in a feed, a page and a mail. The only user of nh3.

Law: the result holds elements, attributes and schemes of the lists below and nothing else, its addresses are
absolute, its characters are XML's; sanitising it again changes nothing; no input raises or takes more than
linear time.

The tree is brought to that state by ``tidy``, and nh3, which shares no code with it, has the last word. Quirks
of nh3: it keeps a vertical tab, allows the same schemes for pictures as for links, and takes quadratic time and
space on deep or misnested formatting. Hence the tree comes first, and hands it 256 levels at the most, formatting
without attributes, and no block inside an inline element.
"""

from __future__ import annotations

import re

import nh3

from solacefeed.text import boxes, media, structure, tree
from solacefeed.text.characters import blank, one_line, scrub, shorten
from solacefeed.text.embeds import known_page
from solacefeed.text.linking import ADDRESS
from solacefeed.text.tree import Element, names
from solacefeed.text.urls import LINK_SCHEMES, absolute

__all__ = ["ALLOWED", "guard", "plain", "scrub", "tidy", "title"]

#: What bears no attributes: a parser repeats such an element in every block after it was left open, and keeps
#: three of a kind at the most (HTML, section 13.2.4.3).
_FORMATTING = "em strong b i u s small code"
_BARE = f"{_FORMATTING} hr br"
_PLAIN = (
    "p h2 h3 h4 h5 h6 div ul dl dt dd pre figure figcaption details summary mark sub sup kbd samp var cite "
    "table caption colgroup thead tbody tfoot tr span bdi"
)
_OWN = {
    "a": "href title hreflang",
    "img": "src alt title width height",
    "abbr": "title",
    "dfn": "title",
    "blockquote": "cite",
    "q": "cite",
    "del": "datetime",
    "ins": "datetime",
    "time": "datetime",
    "ol": "start reversed type",
    "li": "value",
    "col": "span",
    "td": "colspan rowspan",
    "th": "colspan rowspan scope",
}
#: The elements that stay, each with its attributes.
ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(names(_BARE), frozenset()),
    **dict.fromkeys(names(_PLAIN), frozenset({"lang", "dir"})),
    **{tag: names(f"{attributes} lang dir") for tag, attributes in _OWN.items()},
}

_DROPPED = names(
    "script style noscript template svg math head title meta link base form input button select option optgroup "
    "textarea datalist output progress meter frameset frame noframes noembed xmp plaintext listing canvas applet "
    "area map dialog portal marquee"
)
_RENAMED = {
    "h1": "h2",
    "acronym": "abbr",
    "strike": "s",
    "tt": "code",
    "dir": "ul",
    "menu": "ul",
    **dict.fromkeys(names("section article aside main header footer nav address center hgroup fieldset"), "div"),
}
_POINTLESS_BARE = frozenset({"span", "bdi"})
_VALUES = {
    **dict.fromkeys(("width", "height", "start", "value", "span", "colspan", "rowspan"), r"-?[0-9]{1,5}"),
    "dir": r"ltr|rtl|auto",
    "lang": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "hreflang": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "type": r"[1aAiI]",
    "scope": r"row|col|rowgroup|colgroup",
    "datetime": r"[0-9A-Za-z:+. -]{1,40}",
    "reversed": r"|reversed",
}
_WELL_FORMED = {name: re.compile(pattern) for name, pattern in _VALUES.items()}
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)

_PANELS = names("div section article dd p li ul ol details")
_PANEL = re.compile(
    r"accordion|toggle|tab-?(?:content|pane|panel)|tabs?__(?:content|panel)|\bfaq|collaps|spoiler|read-?more|expand"
    r"|answer|\bregion\b",
    re.IGNORECASE,
)
# What comes over a page, or leads elsewhere, is no part of its text.
_OVERLAY = re.compile(
    r"modal|pop-?up|lightbox|overlay|dialog|menu|\bnav|navbar|navigation|cookie|consent|share|search|\btoc|login|form",
    re.IGNORECASE,
)

_CLEANER = nh3.Cleaner(
    tags=set(ALLOWED),
    clean_content_tags=set(_DROPPED),
    attributes={tag: set(attributes) for tag, attributes in ALLOWED.items()},
    url_schemes=set(LINK_SCHEMES),
    url_relative="deny",
    link_rel=None,
)

#: nh3 takes quadratic time on ampersands and no-break spaces in one text: where there are more than a few, two
#: noncharacters stand in for them meanwhile, which no scrubbed text holds.
_FEW = 1_000
_AMPERSAND, _NO_BREAK = "\ufdd0", "\ufdd1"

_TITLE_LENGTH = 500
_TITLE_WORDS = 10


def plain(html: str) -> str:
    """The text of *html* on one line, decoded once; ``<5%`` is text, not a tag."""
    body = tree.parse(html)
    # A form may hold all there is; a small one is none of the text's.
    boxes.remove_forms(body)
    _drop_hidden(body)
    _drop_unwanted(body)
    return tree.text(tree.sweep(body))


def title(html: str, text: str) -> str:
    """The title in *html* as plain text; without one the first words of *text*, else "Untitled"."""
    return shorten(_visible(plain(html)) or _first_words(text) or "Untitled", _TITLE_LENGTH)


def _visible(text: str) -> str:
    return "" if blank(text) else text


def _first_words(text: str) -> str:
    words = _visible(one_line(text)).split(" ")
    first = " ".join(words[:_TITLE_WORDS])
    return first if len(words) <= _TITLE_WORDS else first.rstrip(",;:.…–—-") + "…"


def tidy(body: Element, base: str) -> None:
    """Brings *body* to what may stay, in the shape of ``structure``."""
    _drop_hidden(body)
    media.settle(tree.sweep(body), base)
    _drop_unwanted(body)
    tree.sweep(body)
    for element in tree.every(body):
        _settle(element, base)
    tree.sweep(body)
    structure.settle(body)


def guard(body: Element) -> str:
    """The HTML inside a tidied *body*."""
    html = tree.serialise(body)
    if html.count("&amp;") + html.count("\xa0") <= _FEW:
        return _CLEANER.clean(html).strip()
    stood_in = _CLEANER.clean(html.replace("&amp;", _AMPERSAND).replace("\xa0", _NO_BREAK))
    return stood_in.replace(_AMPERSAND, "&amp;").replace(_NO_BREAK, "&nbsp;").strip()


def _drop_hidden(body: Element) -> None:
    for element in tree.every(body):
        style = element.get("style")
        hidden = "hidden" in element.attrib or bool(style and _HIDDEN.search(style))
        if hidden and not _waits(element) and not _is_panel(element):
            tree.drop(element)


def _is_panel(element: Element) -> bool:
    """Whether it is what a reader opens by its title: of an accordion, a tab, a "read more"."""
    called = f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}"
    return element.tag in _PANELS and bool(_PANEL.search(called)) and not _OVERLAY.search(called)


def _waits(element: Element) -> bool:
    """Whether it is a known service's frame that is shown once the visitor allows it."""
    return element.tag == "iframe" and any(
        ADDRESS.fullmatch(str(name)) and known_page(absolute(str(value), "") or "")
        for name, value in element.attrib.items()
    )


def _drop_unwanted(body: Element) -> None:
    for element in body.iter(*_DROPPED):
        tree.drop(element)


def _settle(element: Element, base: str) -> None:
    if element.tag in _RENAMED:
        element.tag = _RENAMED[element.tag]
    if element.tag in ALLOWED:
        _settle_attributes(element, base)
    elif not tree.marked(element):
        tree.unwrap(element)


def _settle_attributes(element: Element, base: str) -> None:
    if element.attrib:
        attributes = {str(name): str(value) for name, value in element.attrib.items()}
        element.attrib.clear()
        for name in sorted(ALLOWED[element.tag] & attributes.keys()):
            value = _value(name, attributes[name], base)
            if value is not None:
                element.set(name, value)
    if _pointless(element):
        tree.unwrap(element)


def _pointless(element: Element) -> bool:
    return "href" not in element.attrib if element.tag == "a" else element.tag in _POINTLESS_BARE and not element.attrib


def _value(name: str, value: str, base: str) -> str | None:
    match name:
        case "href":
            return absolute(value, base, LINK_SCHEMES)
        case "src" | "cite":
            return absolute(value, base)
        case "title" | "alt":
            return one_line(value)
    return value if _WELL_FORMED[name].fullmatch(value) else None
