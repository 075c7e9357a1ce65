"""Formulas and drawings that can't stand in a feed or a mail: the words that they leave.

Law: only words come out, as they were written for those who can't see.
"""

from __future__ import annotations

import re
from typing import Final

from solacefeed.text import tree
from solacefeed.text.characters import blank, one_line
from solacefeed.text.tree import Element

_DRAWN: Final = ("svg", "math")
_TEX: Final = "application/x-tex"
#: Units of a drawing no larger than a letter: nobody draws what has to be told in so few.
_ICON: Final = 64
_SIDE: Final = re.compile(r"\s*([0-9]{1,6})(?:\.[0-9]{1,6})?(?:px)?\s*")
_VIEW: Final = re.compile(r"\s*[-0-9.]{1,12}[\s,]+[-0-9.]{1,12}[\s,]+([0-9]{1,6})(?:\.[0-9]{1,6})?[\s,].{0,20}")


def settle_alternatives(body: Element) -> None:
    """Each drawing and formula of *body* becomes its words; what is only for the eye goes."""
    for script in body.iter("script"):
        if script.get("type", "").startswith("math/tex"):
            _say(script, one_line(script.text or ""))
    for element in list(body.iter(*_DRAWN)):
        if not tree.marked(element):
            _say(element, _words_of_formula(element) if element.tag == "math" else _words_of_drawing(element))
    for element in body.iter("span"):
        # What KaTeX shows beside the formula itself.
        if "katex-html" in element.get("class", "").split() and element.getprevious() is not None:
            tree.drop(element)
    tree.sweep(body)


def _say(element: Element, words: str) -> None:
    for child in element:
        tree.drop(child)
    element.attrib.clear()
    if blank(words):
        tree.drop(element)
    else:
        element.tag, element.text = "span", words


def _words_of_formula(math: Element) -> str:
    told = one_line(math.get("alttext", "")) or one_line(math.get("aria-label", ""))
    if not blank(told):
        return told
    notes = list(math.iter("annotation", "annotation-xml"))
    tex = next((tree.text(note) for note in notes if note.get("encoding") == _TEX), "")
    if not blank(tex):
        return tex
    for note in notes:
        tree.drop(note)
    return one_line(" ".join(str(text) for text in tree.sweep(math).itertext()))


def _words_of_drawing(svg: Element) -> str:
    if svg.get("aria-hidden") == "true" or svg.get("role") in ("presentation", "none") or _is_beside_words(svg):
        return ""
    title, told = svg.find("title"), svg.find("desc")
    label = one_line(svg.get("aria-label", ""))
    if not label and told is None and svg.get("role") != "img" and _is_icon(svg):
        return ""
    words = label or (tree.text(title) if title is not None else "")
    more = tree.text(told) if told is not None else ""
    return ": ".join(part for part in dict.fromkeys((words, more)) if not blank(part))


def _is_icon(svg: Element) -> bool:
    side = _SIDE.fullmatch(svg.get("width", "")) or _VIEW.fullmatch(svg.get("viewbox", svg.get("viewBox", "")))
    return side is not None and int(side[1]) <= _ICON


def _is_beside_words(svg: Element) -> bool:
    """Beside the words of a link or a button it only says the same."""
    around = svg.getparent()
    if around is None or around.tag not in ("a", "button"):
        return False
    return not blank(around.text) or any(not blank(child.tail) for child in around)
