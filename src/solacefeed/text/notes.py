"""Notes of a post: set apart from what its author tells, and its marks told from words.

Law: a note is known by where it stands behind its mark, by its way back to it, or by what plugins call it; all notes
stand at the end of an entry, in their order, and no word of them is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache

from solacefeed.text import labels, tree
from solacefeed.text.link_kinds import is_in_page
from solacefeed.text.shortcodes import NOTE
from solacefeed.text.tree import BLOCKS, Element, names

_LISTS = names(
    "wp-block-footnotes footnotes footnote-list footnotes-list easy-footnotes-wrapper modern-footnotes-list endnotes "
    "footnotes_reference_container footnote_container_prepare footnote-container footnotes-container simple-footnotes "
    "footnotes-section footnotes-sep footnote-section endnotes-list references-list reflist mfn-list efn-list "
    "easy-footnote-title modern-footnotes-list-heading footnote_container_overall wp-footnotes footnotes-wrap"
)
_SINGLE = names("footnote footnote-text endnote MsoFootnoteText MsoEndnoteText sdfootnote sdendnote footnote-item")
_INLINE = names(
    f"{NOTE} modern-footnotes-footnote__note footnote_tooltip footnote-tooltip sidenote mfn-content footnote-content"
)
_ROLES = names("doc-endnotes doc-footnote doc-footnotes")
_BOXES = names("div ol ul dl section aside table p li footer details dd")

_NUMBER = r"(?:note |fn\.? ?)?(?:[0-9]{1,3}|[ivx]{1,5}|[*†‡§]{1,3})"
_MARK = re.compile(rf"[\[(]?{_NUMBER}[\])]?[.:]?", re.IGNORECASE)
_BACK = re.compile(
    r"[\[(]?(?:[↩↑⏎↵⤴⮌^⇧⬆🡑]\ufe0e?\ufe0f?\s?[0-9]{0,3}"
    r"|(?:(?:jump|go) )?back(?: (?:to (?:the )?(?:text|content|top|reference))"
    r"|up)?|return(?: to text)?)[\])]?",
    re.IGNORECASE,
)
_TYPED = re.compile(r"\[(?:[0-9]{1,3}|[ivx]{1,5})\]\s", re.IGNORECASE)
_TYPED_MARK = re.compile(r"\s?\[(?:[0-9]{1,3}|[ivx]{1,5})\]", re.IGNORECASE)
_RAISED = re.compile(r"[\[(]?(?:[0-9]{1,3}|[*†‡§]{1,3})(?:[,–-] ?[0-9]{1,3})*[\])]?")
_LONGEST_DIV = 1500
#: Longer than all that ``_MARK`` and ``_BACK`` match.
_LONGEST_MARK = 60


def take(body: Element, url: str) -> Element:
    """Takes the notes out of *body*, as its source gave it; what they are taken into may be empty."""
    taken = tree.new("body")
    found = _found(body, url)
    for note in found:
        if not any(box in found for box in note.iterancestors()):
            _move(note, taken)
    inline = [element for element in tree.every(body) if not _INLINE.isdisjoint(element.get("class", "").split())]
    if inline and not len(taken):
        taken.append(_list_of(inline))
    for element in inline:
        tree.drop(element)
    tree.sweep(body)
    return tree.sweep(taken)


def _found(body: Element, url: str) -> dict[Element, None]:
    """The notes in *body* and the boxes that hold them, in the order of the document."""
    links = [link for link in body.iter("a") if is_in_page(link.get("href", ""), url)]
    # Any number of links may stand in one note, or lead to one: each note is looked at once.
    start, is_small = cache(_start), cache(_is_small)
    led_back = {note for link in links if (note := _led_back(link, start)) is not None}
    by_links = set(_by_their_marks(body, links, is_small)) | led_back
    boxes = {_box(note) for note in by_links} | set(_typed(body))
    if links:
        boxes |= set(_last_list(body, links))
    return {element: None for element in tree.every(body) if element in boxes or _is_named(element)}


def _is_named(element: Element) -> bool:
    if not element.attrib or element.tag not in _BOXES:
        return False
    called = {*element.get("class", "").split(), element.get("id", "")}
    return not called.isdisjoint(_LISTS) or not called.isdisjoint(_SINGLE) or element.get("role") in _ROLES


def _by_their_marks(body: Element, links: list[Element], is_small: Callable[[Element], bool]) -> Iterator[Element]:
    marks = [link for link in links if _MARK.fullmatch(tree.text(link))]
    if not marks:
        return
    places: dict[str, Element] = {}
    order = {element: number for number, element in enumerate(body.iter("*"))}
    for element in order:
        for name in (element.get("id"), element.get("name") if element.tag == "a" else None):
            if name:
                places.setdefault(name, element)
    for mark in marks:
        place = places.get(mark.get("href", "").partition("#")[2])
        if place is not None and order[place] > order[mark]:
            note = _note_at(place, is_small)
            if note is not None and note not in mark.iterancestors():
                yield note


def _note_at(place: Element, is_small: Callable[[Element], bool]) -> Element | None:
    """The note that begins at *place*; ``None`` where it is a heading's, or a section's."""
    for element in (place, *place.iterancestors()):
        if element.tag in ("li", "p", "tr", "dd", "dt"):
            return element
        if element.tag in BLOCKS or element.tag in ("section", "article", "body"):
            return element if element.tag == "div" and is_small(element) else None
    return None


def _is_small(box: Element) -> bool:
    return len(tree.text(box)) <= _LONGEST_DIV and not any(child.tag in tree.HEADINGS for child in box.iter("*"))


def _start(note: Element) -> str:
    """The text of *note*, as far as it could be that of a mark, and one letter more."""
    return tree.text(note)[: _LONGEST_MARK + 1]


def _led_back(link: Element, start: Callable[[Element], str]) -> Element | None:
    """The note that *link* leads back from: by its arrow, or by the mark that the note begins with."""
    note = next((each for each in link.iterancestors() if each.tag in ("li", "p", "tr", "dd", "body")), None)
    if note is None or note.tag == "body":
        return None
    said = tree.text(link)
    if len(said) > _LONGEST_MARK:
        return None
    if _BACK.fullmatch(said) and (note.tag != "p" or start(note) != said):
        return note
    return note if _MARK.fullmatch(said) and start(note).startswith(said) and start(note) != said else None


def _box(note: Element) -> Element:
    """The list or the table that *note* stands in, else *note*."""
    parent = note.getparent()
    if note.tag == "p" and parent is not None and parent.tag == "li":
        note, parent = parent, parent.getparent()
    if note.tag == "tr":
        return next(note.iterancestors("table"), note)
    return parent if parent is not None and parent.tag in ("ol", "ul", "dl") else note


def _typed(body: Element) -> Iterator[Element]:
    """The paragraphs that begin with a mark in brackets which another has within its words."""
    begun = [paragraph for paragraph in body.iter("p") if (paragraph.text or "").lstrip().startswith("[")]
    marks = [_TYPED.match(tree.text(paragraph)) for paragraph in begun]
    words = tree.text(body) if any(marks) else ""
    count = cache(words.count)
    for paragraph, mark in zip(begun, marks, strict=True):
        if mark and count(mark[0].strip()) > 1:
            yield paragraph


def _last_list(body: Element, links: list[Element]) -> Iterator[Element]:
    """The list that ends a text, where it has as many items as the text has marks."""
    last = tree.last_child(body)
    if last is not None and last.tag == "ol":
        marks = {tree.text(link).strip("[]()") for link in links if last not in link.iterancestors()}
        if marks and marks == {str(number) for number in range(1, len(last) + 1)}:
            yield last


def _move(note: Element, taken: Element) -> None:
    before = note.getprevious()
    while before is not None and before.tag in ("br", "hr") and not (before.tail or "").strip():
        tree.drop(before)
        before = before.getprevious()
    if before is not None and _is_label(before):
        taken.append(_unboxed(tree.cut(before)))
    taken.append(_unboxed(tree.cut(note)))


def _unboxed(note: Element) -> Element:
    """*note* without the box and the rule that parted it from the text."""
    for rule in note.iter("hr"):
        tree.drop(rule)
    if note.tag in ("div", "section", "aside", "footer"):
        tree.unwrap(note)
    return note


def _is_label(element: Element) -> bool:
    said = element.tag in (*tree.HEADINGS, "h1", "p", "div", "strong", "b") and not (element.tail or "").strip()
    return said and labels.NOTES.fullmatch(labels.bare(tree.text(element))) is not None


def _list_of(inline: list[Element]) -> Element:
    notes = tree.new("ol")
    for element in inline:
        item = tree.new("li", element.text or "")
        item.extend(list(element))
        notes.append(item)
    return notes


# -- marks --------------------------------------------------------------------------------------------


def without_marks(block: Element, url: str, *, noted: bool, but: Collection[Element] = ()) -> str:
    """The text of *block* on one line without *but* and the marks of notes; *noted* where its post has notes."""
    marks = {element for element in block.iter("a", "sup") if _is_mark(element, url, noted=noted)}
    words = " ".join(tree.lines(block, but={*marks, *but}))
    return _TYPED_MARK.sub("", words) if noted else words


def _is_mark(element: Element, url: str, *, noted: bool) -> bool:
    said = tree.text(element)
    if element.tag == "a":
        return is_in_page(element.get("href", ""), url) and bool(_MARK.fullmatch(said) or _BACK.fullmatch(said))
    return noted and _RAISED.fullmatch(said) is not None
