"""What may stand in what, so that every parser sees the same tree.

Law: after ``settle`` each child of the body is a block, no paragraph, heading or inline element holds a block,
each part of a table or list stands in one, and nothing is empty. Parsed by HTML's own rules (section 13.2.6)
such a tree comes out as it went in; that is what makes sanitising idempotent. No text is lost on the way.
"""

from __future__ import annotations

import re

from solacefeed.text import tree
from solacefeed.text.characters import blank
from solacefeed.text.tree import BLOCKS, HEADINGS, Element

_PARENTS = {
    "li": {"ul", "ol"},
    "dt": {"dl"},
    "dd": {"dl"},
    "figcaption": {"figure"},
    "summary": {"details"},
    "caption": {"table"},
    "colgroup": {"table"},
    "col": {"colgroup"},
    "thead": {"table"},
    "tbody": {"table"},
    "tfoot": {"table"},
    "tr": {"table", "thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
}
_CHILDREN = {
    "ul": {"li", "ul", "ol"},
    "ol": {"li", "ul", "ol"},
    "dl": {"dt", "dd"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
    "colgroup": {"col"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"td", "th"},
}
#: These say something without text.
_SOLID = frozenset({"img", "hr", "td", "th", "col"})

#: A link around more blocks than these was never closed.
_MOST_LINKED = 20
#: In a browser none stands in another; where so many do, nobody wrote them so.
_MOST_AROUND = 4

#: A text is parted into so many paragraphs at most; what is behind stays in the last.
_PARAGRAPHS = 20_000
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def settle(body: Element) -> None:
    """Makes the law true of *body*, whose elements are all of the allow-list."""
    _drop_empty(body)
    _dissolve_disorder(body)
    _rename_strays(body)
    _separate_blocks(body)
    for block in body.iter("pre"):
        # A parser skips the first line break (HTML, section 13.2.6.4.7), so every pass would lose one.
        block.text = (block.text or "").lstrip("\n")
    tree.sweep(body)
    _drop_empty(body)
    for container in [body, *body.iter("div", "blockquote")]:
        if container is body or any(child.tag in BLOCKS for child in container):
            _make_paragraphs(container)


def _dissolve_disorder(body: Element) -> None:
    """A table or list with something between its cells or items is none; what it holds stays."""
    for part in body.iter(*_CHILDREN):
        for child in part:
            if child.tag == "br":
                tree.drop(child)
    tree.sweep(body)
    for part in reversed(list(body.iter(*_CHILDREN))):
        if part.tag in _CHILDREN and not _in_order(part):
            _whole(part).tag = "div"


def _in_order(part: Element) -> bool:
    allowed = _CHILDREN[part.tag]
    return blank(part.text) and all(child.tag in allowed and blank(child.tail) for child in part)


def _whole(part: Element) -> Element:
    return next(part.iterancestors("table"), part) if part.tag in _PARENTS else part


def _rename_strays(body: Element) -> None:
    for element in tree.every(body):
        parent = element.getparent()
        if element.tag in _PARENTS and (parent is None or parent.tag not in _PARENTS[element.tag]):
            element.attrib.clear()
            element.tag = "div"


def _separate_blocks(body: Element) -> None:
    for heading in body.iter(*HEADINGS):
        for block in heading.iterdescendants(*BLOCKS):
            tree.unwrap(block)
    holding = _holding_blocks(body)
    for element in holding:
        if element.tag in ("p", "pre"):
            element.tag = "div"
        elif element.tag not in BLOCKS and element.tag != "a":
            tree.unwrap(element)
    tree.sweep(body)
    for link in list(body.iter("a")):
        if len(list(link.iterancestors("a"))) >= _MOST_AROUND:
            tree.unwrap(link)
    tree.sweep(body)
    links = list(body.iter("a"))
    holding.update(outer for link in links for outer in link.iterancestors("a"))
    # What stands in another comes first.
    for link in reversed(links):
        if link in holding:
            _link_inside(link)


def _link_inside(link: Element) -> None:
    """A link around blocks becomes one in each of them, around what is no block; of a figure, around its picture.

    A link in it ends it, as in a browser.
    """
    pictured = {figure for image in link.iter("img") for figure in image.iterancestors("figure")}
    linked = 0
    for box in [link, *link.iterdescendants(*BLOCKS)]:
        if (box.tag == "figcaption" and box.getparent() in pictured) or (
            box is not link and next(box.iterancestors("a")) is not link
        ):
            continue
        if linked >= _MOST_LINKED:
            break
        for run in _runs(box):
            if linked < _MOST_LINKED and any(map(_says_something, run)):
                _wrap(run, link)
                linked += 1
    tree.unwrap(link)


def _runs(box: Element) -> list[list[Element]]:
    """What stands in *box* between its blocks and links; its text, and that behind each, is put into elements first."""
    runs = [[_held(box.text)]]
    box.text = None
    children = [runs[0][0]]
    for child in list(box):
        children.append(child)
        if child.tag in BLOCKS or next(child.iter("a"), None) is not None:
            runs.append([_held(child.tail)])
            child.tail = None
            children += runs[-1]
        else:
            runs[-1].append(child)
    box[:] = children
    return runs


def _held(text: str | None) -> Element:
    """An element that holds *text* until the next sweep."""
    element = tree.new("span", text or "")
    tree.unwrap(element)
    return element


def _says_something(element: Element) -> bool:
    return (
        not blank(element.tail)
        or not all(blank(str(text)) for text in element.itertext())
        or next(element.iter("img"), None) is not None
    )


def _wrap(run: list[Element], link: Element) -> None:
    """Puts *run*, neighbours, into a link like *link*."""
    first = run[0]
    around = tree.new("a")
    around.attrib.update(link.attrib)
    first.addprevious(around)
    around.extend(run)


def _holding_blocks(body: Element) -> set[Element]:
    holding: set[Element] = set()
    for element in reversed(list(tree.every(body))):
        parent = element.getparent()
        if parent is not None and parent is not body and (element.tag in BLOCKS or element in holding):
            holding.add(parent)
    return holding


def _make_paragraphs(container: Element) -> None:
    """Loose text becomes paragraphs, ended by a block, a blank line or two line breaks."""
    children = list(container)
    paragraph = tree.new("p")
    settled = [paragraph]

    def add(text: str | None) -> None:
        nonlocal paragraph
        if not text:
            return
        first, *others = _BLANK_LINE.split(text, maxsplit=_PARAGRAPHS) if "\n" in text else (text,)
        tree.append_text(paragraph, first)
        for other in [*(part for part in others[:-1] if not blank(part)), *others[-1:]]:
            paragraph = tree.new("p", other)
            settled.append(paragraph)

    add(container.text)
    for child in children:
        tail, child.tail = child.tail, None
        if child.tag in BLOCKS:
            paragraph = tree.new("p")
            settled += [child, paragraph]
        elif child.tag == "br" and _ends_with_break(paragraph):
            paragraph.remove(paragraph[-1])
            paragraph = tree.new("p")
            settled.append(paragraph)
        else:
            paragraph.append(child)
        add(tail)
    container.text = None
    container[:] = [element for element in settled if element.tag != "p" or _shows(element)]


def _shows(paragraph: Element) -> bool:
    return not blank(paragraph.text) or any(child.tag != "br" or not blank(child.tail) for child in paragraph)


def _ends_with_break(paragraph: Element) -> bool:
    last = tree.last_child(paragraph)
    return last is not None and last.tag == "br" and blank(last.tail)


def _drop_empty(body: Element) -> None:
    """Drops the elements that show nothing; white space in them stays."""
    full: set[Element] = set()
    for element in reversed(list(tree.every(body))):
        parent = element.getparent()
        shows = element.tag in _SOLID or element in full or not blank(element.text)
        if parent is not None and (shows or not blank(element.tail)):
            full.add(parent)
        if not shows and element.tag != "br":
            (tree.drop if element.tag in BLOCKS else tree.unwrap)(element)
    tree.sweep(body)
