"""Boxes that software set around a text, known by how they are built: links with few words beside, forms, names.

Law: a box goes with its label, whole or not at all; no more than ``LIMITS`` says of an author's words ever goes with
it, and never all words there are. What advertises an event is no such box, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

from solacefeed.text import byline, labels, plugins, tree
from solacefeed.text.advertising import advertises
from solacefeed.text.tree import BLOCKS, Element, names

#: How many words beside links a box of a known name may hold; of other kinds ``_FEW_SENTENCES``.
LIMITS = {"author": 250, "related posts": 300, "forms": 150, "cookies": 80, "stamps": 30}
_FEW_SENTENCES = 60
#: So many words beside its links are a label.
LABEL_WORDS = 8
# A box of a name may be the greater part of a short post, but not nearly all of it.
_AT_LEAST_BESIDE = 0.25

BOXES = BLOCKS | names("section article aside main header footer nav address center form fieldset menu hgroup")
HEADINGS = (*tree.HEADINGS, "h1")
UNSEEN = names("script style noscript template svg math button select option textarea input datalist label")
# Boxes with films that are no post's own.
_AROUND_PLAYERS = ("advertising", "related posts", "comments", "unseen")
_SHOWN = names("img picture iframe video audio object embed")
_IN_PROSE = ("unseen", "copying", "reading time", "views", "more")
_ROLES = {
    "doc-toc": "contents", "navigation": "contents", "search": "forms", "form": "forms", "doc-pagelist": "contents",
    "toolbar": "sharing", "menu": "contents", "dialog": "cookies",
}  # fmt: skip

_TYPES = {"Person": "author", "BreadcrumbList": "breadcrumbs", "SiteNavigationElement": "contents"}
# So far about a picture its author's box is looked for, and before a box its label.
_NEAR = 4
# No box of so many parts is looked through again for each of them.
_MOST_HELD = 30
# Letters by mail are ordered there; of other forms elsewhere the link stays.
_FORMS_ELSEWHERE = re.compile(
    r"//[\w.-]*(?:substack\.com/embed|beehiiv\.com/|list-manage\.com/|mailerlite\.com/|convertkit\.com/|mailchi\.mp/)"
)

_ASCII_WORD = re.compile("[A-Za-z]+")
_WORD = re.compile("[぀-ヿ㐀-鿿가-힯]{1,2}|[^\\W\\d_぀-ヿ㐀-鿿가-힯]+")


class Size(NamedTuple):
    """What an element holds."""

    #: Words that are no link's.
    beside: int = 0
    links: int = 0
    linked: int = 0


def measured(body: Element) -> dict[Element, Size]:
    """The size of *body* and of each element in it."""
    sizes: dict[Element, Size] = {}
    for element in reversed(list(body.iter("*"))):
        sizes[element] = _size(element, sizes)
    return sizes


def _size(element: Element, sizes: dict[Element, Size]) -> Size:
    if element.tag in UNSEEN:
        return Size()
    beside, links, linked = words_of(element.text), 0, 0
    for child in element:
        size = sizes[child]
        beside += size.beside + (words_of(child.tail) if child.tail else 0)
        links += size.links
        linked += size.linked
    if element.tag == "a" and "href" in element.attrib:
        return Size(beside=0, links=links + 1, linked=linked + beside)
    return Size(beside=beside, links=links, linked=linked)


def words_of(text: str | None) -> int:
    if not text:
        return 0
    return len(_ASCII_WORD.findall(text)) if text.isascii() else len(_WORD.findall(text))


def has_words(text: str | None) -> bool:
    """Whether ``words_of`` *text* would be any, known at the first of them."""
    return bool(text) and _WORD.search(text or "") is not None


# -- by name ------------------------------------------------------------------------------------------


def remove_named(body: Element, *, keeping: str = "") -> list[list[str]]:
    """Removes the boxes that their names, roles and types give away, but for those of the kind *keeping*.

    Returns the lines of each that tells of an author.
    """
    told: list[list[str]] = []
    named = [(element, kind) for element in tree.every(body) if (kind := _kind(element)) and kind != keeping]
    named += [(box, "author") for box in _with_portraits(body)]
    if named:
        sizes, tells = measured(body), cache(_tells_of_an_event)
        going = [(element, kind) for element, kind in named if _may_go(element, kind, sizes, sizes[body])]
        told = [_lines(element) for element, kind in going if kind == "author"]
        # Where that is all there is, its words are what the author wrote, whatever their box is called.
        are_all = leaves_nothing(body, [element for element, _ in going])
        for element, kind in going:
            is_labelled = not sizes[element].beside or _begins_with_label(element, kind)
            if not tree.marked(element) and (is_labelled or not are_all):
                drop_with_label(_around(element, body, sizes, tells) if kind == "forms" else element, kind)
        tree.sweep(body)
    return told


def _begins_with_label(box: Element, kind: str) -> bool:
    pattern, lines = _LABELS.get(kind), _lines(box)
    return pattern is not None and bool(lines) and pattern.fullmatch(labels.bare(lines[0])) is not None


def _lines(box: Element) -> list[str]:
    return [line for block in tree.blocks(box) for line in tree.lines(block)]


def leaves_nothing(body: Element, going: Collection[Element]) -> bool:
    """Whether nothing that a reader sees stands in *body* beside the elements that are *going*."""
    waiting = [body]
    while waiting:
        element = waiting.pop()
        if element is not body and words_of(element.tail):
            return False
        if element in going or tree.dropped(element) or element.tag in UNSEEN:
            continue
        if words_of(element.text) or element.tag in _SHOWN or _asks_for_something(element):
            return False
        waiting += element
    return True


def _kind(element: Element) -> str | None:
    if element.tag == "nav":
        return "contents"
    if not element.attrib:
        return None
    is_box = element.tag in BOXES and element.tag not in HEADINGS
    classes = element.get("class", "").split()
    found = next((kind for name in classes if (kind := plugins.kind_of(name))), None)
    if found is None and is_box:
        alone = len(classes) == 1 and plugins.is_single(classes[0]) and element.tag != "p"
        found = plugins.kind_of(element.get("id", "")) or ("sharing" if alone else None) or _by_role(element)
    return found


def _by_role(element: Element) -> str | None:
    type_ = element.get("itemtype", "").rpartition("/")[2]
    return _TYPES.get(type_) or _ROLES.get(element.get("role", ""))


def _with_portraits(body: Element) -> Iterator[Element]:
    """The boxes that hold a picture of an author, as WordPress has them, beside a link to the author's posts."""
    leads = cache(_leads_to_an_author)
    for image in body.iter("img"):
        called = image.get("class", "").split() if image.attrib else ()
        if "avatar" in called or "gravatar.com/avatar/" in image.get("src", ""):
            box = next((each for each in islice(image.iterancestors(), _NEAR) if leads(each)), None)
            if box is not None and box is not body and box.tag in BOXES:
                yield box


def _leads_to_an_author(box: Element) -> bool:
    return any(
        "author" in link.get("rel", "").split() or "/author/" in link.get("href", "")
        for link in islice(box.iter("a"), _MOST_HELD)
    )


def _may_go(element: Element, kind: str, sizes: dict[Element, Size], whole: Size) -> bool:
    size = sizes[element]
    if element.tag in HEADINGS:
        return kind != "contents" and size.beside + size.linked <= LABEL_WORDS
    if element.tag not in BOXES and kind not in _IN_PROSE and _is_in_a_sentence(element):
        return False
    if _is_the_posts_own(element, kind, size):
        return False
    if size.beside > LIMITS.get(kind, _FEW_SENTENCES) or (kind == "cookies" and _covers_something(element)):
        return False
    rest = whole.beside - size.beside
    if size.beside > LABEL_WORDS and rest < size.beside * _AT_LEAST_BESIDE:
        return False
    return size.beside <= LABEL_WORDS or not _tells_of_an_event(element)


def _is_the_posts_own(element: Element, kind: str, size: Size) -> bool:
    """Whether what is called like a box of *kind* plays, leads nowhere, or says who wrote."""
    if kind == "related posts":
        return size.links == 0 and size.beside > LABEL_WORDS
    if kind == "stamps":
        words = tree.text(element)
        told = size.beside > LABEL_WORDS and words.endswith((".", "!", "?", "…"))
        return told or element.tag == "table" or byline.standfirst(words, apart=True) is not None
    return kind not in _AROUND_PLAYERS and plays(element)


def plays(element: Element) -> bool:
    """Whether a sound or a film is in *element*."""
    return next(element.iter("audio", "video"), None) is not None


def _is_in_a_sentence(element: Element) -> bool:
    """Whether the author's own words stand right beside *element*."""
    before = element.getprevious()
    text = before.tail if before is not None else (parent.text if (parent := element.getparent()) is not None else "")
    return has_words(text) or has_words(element.tail)


def _covers_something(element: Element) -> bool:
    """Whether what *element* asks a visitor's leave for is in it."""
    return next(
        element.iter("iframe", "video", "audio", "embed", "object", "noscript", "img"), None
    ) is not None or any(map(_asks_for_something, element.iter("*")))


def _asks_for_something(element: Element) -> bool:
    return any("//" in str(value) for value in element.attrib.values())


def _tells_of_an_event(element: Element) -> bool:
    return advertises(tree.text(element), linked=next(element.iter("a"), None) is not None)


# -- forms --------------------------------------------------------------------------------------------


def remove_forms(body: Element) -> None:
    """Removes forms with what stands about them; what a whole text was put into is no form."""
    elsewhere = (frame for frame in body.iter("iframe") if _FORMS_ELSEWHERE.search(frame.get("src", "")))
    forms = [*body.iter("form"), *elsewhere]
    if not forms:
        return
    sizes = measured(body)
    # Of many forms in one box that is asked once.
    tells = cache(_tells_of_an_event)
    for form in forms:
        if sizes[form].beside > _FEW_SENTENCES or tells(form):
            tree.unwrap(form)
        elif not tree.marked(form):
            drop_with_label(_around(form, body, sizes, tells), "forms")
    tree.sweep(body)


def _around(form: Element, body: Element, sizes: dict[Element, Size], tells: Callable[[Element], bool]) -> Element:
    box = form
    while (parent := box.getparent()) is not None and parent is not body and parent.tag in BOXES:
        size = sizes[parent]
        if size.beside > _FEW_SENTENCES or sizes[body].beside - size.beside <= size.beside or tells(parent):
            break
        box = parent
    return box


# -- labels --------------------------------------------------------------------------------------------


def drop_with_label(element: Element, kind: str) -> None:
    """Marks *element* to go, and what stands before it as the label of such a *kind*."""
    drop_labels(element, kind)
    drop_box(element)


def drop_labels(element: Element, kind: str) -> None:
    # A form is led to by a heading and a line.
    for _ in range(2 if kind == "forms" else 1):
        before = element_before(element)
        if before is not None and _is_label(before, kind):
            tree.drop(before)


def drop_box(element: Element) -> None:
    """Marks *element* to go, and the boxes that held nothing else but a summary."""
    tree.drop(element)
    parent = element.getparent()
    while parent is not None and parent.tag in BOXES and _holds_nothing(parent):
        tree.drop(parent)
        parent = parent.getparent()


def _holds_nothing(box: Element) -> bool:
    # lxml counts children one by one.
    held = list(islice(box, _MOST_HELD + 1))
    return (
        len(held) <= _MOST_HELD
        and not (box.text or "").strip()
        and all(
            (tree.dropped(child) or child.tag in ("br", "hr", "summary")) and not (child.tail or "").strip()
            for child in held
        )
    )


def _is_label(before: Element, kind: str) -> bool:
    """Whether the element *before* a box of this *kind* is only its label."""
    if before.tag not in (*HEADINGS, "p", "div", "strong", "b", "span", "summary", "figcaption"):
        return False
    words = tree.text(before)
    invites = (
        kind == "forms" and len(words) <= labels.LONGEST_INVITATION and labels.TO_SUBSCRIBE.fullmatch(words) is not None
    )
    if not words or (words_of(words) > LABEL_WORDS and not invites) or next(before.iter("a", "img"), None) is not None:
        return False
    if invites:
        return True
    label = labels.bare(words)
    pattern = _LABELS.get(kind)
    if pattern is not None and pattern.fullmatch(label):
        return True
    # A heading with a form or contents right below it is theirs, in any language.
    return before.tag in HEADINGS and kind in ("forms", "contents")


_LABELS: dict[str, re.Pattern[str]] = {
    "contents": labels.CONTENTS,
    "related posts": labels.RELATED,
    "sharing": labels.SHARING,
    "filing": labels.FILING,
    "likes": labels.SHARING,
    "author": re.compile(r"(?:about|meet) the authors?|about .{1,40}|(?:posted|written) by|authors?", re.IGNORECASE),
}


def element_before(element: Element) -> Element | None:
    before = element.getprevious()
    for _ in range(_NEAR):
        if before is None or not (before.tag in ("br", "hr") or tree.marked(before)) or has_words(before.tail):
            break
        before = before.getprevious()
    return None if before is None or has_words(before.tail) or tree.marked(before) else before
