"""HTML as a tree of elements: the only user of lxml.

Law: everything here is linear in the length of the HTML, and no input raises. A tree belongs to the one call
that parsed it, so changing it in place is nobody else's business.

Two quirks of lxml decide how this module looks. Finding an element's place among its siblings is a walk along
them, so nothing is taken out one by one: it is marked, and ``sweep`` takes out all marked in one pass. And
libxml2 stops without a word at the 256th level of nesting, so ``parse`` asks for its error log.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

from solacefeed.text.characters import blank, one_line, scrub_html

Element = etree._Element


def names(words: str) -> frozenset[str]:
    """The names in *words*, which are parted by spaces."""
    return frozenset(words.split())


BLOCKS = names(
    "p h1 h2 h3 h4 h5 h6 div ul ol li dl dt dd blockquote pre figure figcaption table caption colgroup col thead "
    "tbody tfoot tr th td hr details summary"
)
HEADINGS = ("h2", "h3", "h4", "h5", "h6")

_EMPHASIS = names("em i strong b")
# Where one of these ends, a line or a word does.
_PARTING = BLOCKS | {"br"}

_DROPPED = "solacefeed-dropped"
_UNWRAPPED = "solacefeed-unwrapped"

_DOCUMENT_TAG = re.compile(r"</?(?:html|body)\b[^<>]*>", re.IGNORECASE)
# Void by HTML (section 13.1.2), but libxml2 puts what follows into them.
_VOID_TAG = re.compile(r"<(embed|source|track|wbr)\b[^<>]*>", re.IGNORECASE)
_NESTING_TAG = re.compile(r"</?(?!(?:p|br|script|style)\b)[a-z][^<>]*>", re.IGNORECASE)
# An element costs a kilobyte while it is looked at: of a fragment with more tags than these the words alone are kept.
_TAGS = 50_000
_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\b[^<>]*+>?|\Z)", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
# libxml2 takes quadratic time on the attributes of one tag: more than these are poison.
_ATTRIBUTES = 500
_SHORT = 20_000
_ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>"'][^\s>]*+)?)?"""
_TAG = re.compile(rf"<!--.*?(?:-->|\Z)|(<[a-zA-Z][^\s/>]*+)((?:[\s/]++|{_ATTRIBUTE})*+)(?:>|\Z)", re.DOTALL)


def parse(html: str) -> Element:
    """The ``body`` that holds the fragment *html*; of one that nests too deep, its paragraphs alone, and of one with
    too many tags its words.
    """
    html = _VOID_TAG.sub(r"\g<0></\1>", _DOCUMENT_TAG.sub("", scrub_html(_bounded(html))))
    if html.count("<") > _TAGS:
        html = _ANY_TAG.sub(" ", _UNSEEN.sub(" ", html))
    body, whole = _parsed(html)
    return body if whole else _parsed(_NESTING_TAG.sub("", html))[0]


def _bounded(html: str) -> str:
    return html if len(html) < _SHORT else _TAG.sub(_bounded_tag, html)


def _bounded_tag(tag: re.Match[str]) -> str:
    attributes = tag[2] or ""
    poisoned = len(attributes) > _ATTRIBUTES and len(re.findall(_ATTRIBUTE, attributes)) > _ATTRIBUTES
    return f"{tag[1]}>" if poisoned else tag[0]


def _parsed(html: str) -> tuple[Element, bool]:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # Text directly in a body would become a paragraph by libxml2's leave; an element of no known name prevents it.
    document = f"<html><body><{_UNWRAPPED}>{html}</{_UNWRAPPED}></body></html>"
    body = etree.fromstring(document.encode(), parser).find("body")
    assert body is not None
    whole = all(entry.type != etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)
    return sweep(body), whole


def serialise(body: Element) -> str:
    """The HTML inside *body*, a line for each block."""
    inner = (etree.tostring(child, encoding="unicode", method="html") for child in body)
    return (body.text or "") + "\n".join(inner)


def drop(element: Element) -> None:
    """Marks *element* to go with all it holds."""
    element.tag = _DROPPED


def unwrap(element: Element) -> None:
    """Marks *element* to go, leaving what it holds."""
    element.tag = _UNWRAPPED


def marked(element: Element) -> bool:
    """Whether *element* will go."""
    return element.tag in (_DROPPED, _UNWRAPPED)


def dropped(element: Element) -> bool:
    """Whether *element* will go with all it holds."""
    return element.tag == _DROPPED


def sweep(body: Element) -> Element:
    """Takes out what was marked, and returns *body*."""
    etree.strip_elements(body, _DROPPED, with_tail=False)
    etree.strip_tags(body, _UNWRAPPED)
    return body


def blocks(body: Element) -> list[Element]:
    """The blocks of a tidied *body* that hold text and no other block, in the order of the document."""
    return [block for block in body.iter(*BLOCKS) if not has_blocks(block)]


def has_blocks(element: Element) -> bool:
    """Whether a block stands right in *element*."""
    for child in element:  # noqa: SIM110  # asked of each element many times, and twice as quick so
        if child.tag in BLOCKS:
            return True
    return False


def emphasised(block: Element) -> bool:
    """Whether all words of *block* are set in italics or bold."""
    while block.tag not in _EMPHASIS:
        children = [child for child in block if child.tag != "br"]
        if len(children) != 1 or not blank(block.text) or not all(blank(child.tail) for child in block):
            return False
        block = children[0]
    return True


def remove(block: Element) -> None:
    """Takes *block* out at once, with the boxes that held nothing else."""
    parent = block.getparent()
    while parent is not None and parent.tag in BLOCKS and _holds_only(parent, block):
        block, parent = parent, parent.getparent()
    if parent is not None:
        drop(block)
        sweep(parent)


def cut(element: Element) -> Element:
    """Takes *element* out, to stand elsewhere; the text behind it stays, once its old tree is swept."""
    parent, stand_in = element.getparent(), etree.Element(_DROPPED)
    element.tail, stand_in.tail = None, element.tail
    if parent is not None:
        parent.replace(element, stand_in)
    return element


def _holds_only(parent: Element, block: Element) -> bool:
    return len(parent) == 1 and blank(parent.text) and blank(block.tail)


def every(body: Element) -> Iterator[Element]:
    """All elements below *body*, in the order of the document."""
    elements = body.iter("*")
    next(elements)
    return elements


def length(element: Element) -> int:
    """How long the text of *element* is as it stands there; much cheaper to know than the text."""
    return len(whole(element))


def whole(element: Element) -> str:
    """The text of *element* as it stands there, blocks and lines not parted."""
    return str(etree.tostring(element, method="text", encoding="unicode", with_tail=False))


def _is_unparted(element: Element) -> bool:
    """Whether the text of *element* is as it stands there: most paragraphs hold a link or two, and nothing else."""
    for part in element.iterdescendants():  # noqa: SIM110  # as above
        if part.tag in _PARTING:
            return False
    return True


def text(element: Element) -> str:
    """Plain text on one line; a ``br`` counts as a space."""
    return " ".join(lines(element))


def lines(element: Element, *, but: Collection[Element] = ()) -> list[str]:
    """Plain text, a line for each ``br`` and for the last, without the empty ones and what elements of *but* hold."""
    if not but and _is_unparted(element):
        line = one_line(whole(element))
        return [line] if line else []
    # No text holds a NUL: libxml2 lets none through.
    return [line for line in map(one_line, "".join(_pieces(element, but)).split("\0")) if line]


def walk(element: Element) -> Iterator[tuple[str, Element]]:
    """*element* and all that it holds, each at its "start" and at its "end"."""
    return iter(etree.iterwalk(element, events=("start", "end")))


def _pieces(element: Element, but: Collection[Element]) -> Iterator[str]:
    left_out: Element | None = None
    for event, node in walk(element):
        if event == "start":
            left_out = node if left_out is None and node in but else left_out
            yield node.text or "" if left_out is None else ""
            continue
        left_out = None if node is left_out else left_out
        if node is not element and left_out is None:
            yield "\0" if node.tag == "br" else " " if node.tag in BLOCKS else ""
            yield node.tail or ""


def spoken(body: Element) -> Iterator[tuple[Element, bool, bool]]:
    """All elements below *body* in order, each with whether words stand before it, and any outside of links.

    Before it is behind the beginning of the last element, or its end.
    """
    said = outside = False
    in_link = 0
    for event, node in etree.iterwalk(body, events=("start", "end")):
        if event == "start":
            if node is not body:
                yield node, said, outside
                said = outside = False
            in_link += node.tag == "a"
        else:
            in_link -= node.tag == "a"
        text = node.text if event == "start" else node.tail
        if not blank(text):
            said, outside = True, outside or not in_link


def new(tag: str, text: str = "") -> Element:
    """An element that stands nowhere yet."""
    element = etree.Element(tag)
    element.text = text
    return element


def last_child(element: Element) -> Element | None:
    """The last element in *element*, found without a walk along the others."""
    return next(element.iterchildren(reversed=True), None)


def append_text(element: Element, text: str) -> None:
    """Adds *text* behind all that *element* holds."""
    last = last_child(element)
    if last is not None:
        last.tail = (last.tail or "") + text
    else:
        element.text = (element.text or "") + text
