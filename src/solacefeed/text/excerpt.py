"""The excerpt: the beginning of a post in whole sentences.

Law: it is a beginning of the text it is made of, never longer than asked for, and never cuts a word that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from solacefeed.text.characters import shorten
from solacefeed.text.tree import names

# A run is looked at once, from where it begins: of dots without an end each would else begin a search of its own.
_END = re.compile(r"(?<![.!?…؟。])[.!?…؟。]++[)\]\"'”’»]*+(?=\s)")
_ABBREVIATIONS = names(
    "dr mr mrs ms prof st cllr hon rev sir gen col lt sgt capt jr sr vs cf viz approx ca c no nos p pp para paras vol "
    "ed eds fig figs ch sec sect art ltd co inc plc gov dept est tel ext jan feb mar apr jun jul aug sep "
    "sept oct nov dec mon tue tues wed thu thur thurs fri sat sun al ibid"
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_OPENING = "\"'“‘«([ "


def excerpt(texts: Iterable[str], length: int) -> str:
    """Whole sentences from the beginning of *texts* in at most *length* characters.

    Where the first sentence is longer, its whole words and an ellipsis.
    """
    taken = ""
    for sentence in (sentence for text in texts for sentence in sentences(text)):
        longer = f"{taken} {sentence}".lstrip()
        if len(longer) > length:
            return taken or shorten(longer, length)
        taken = longer
    return taken


def sentences(text: str) -> Iterator[str]:
    """*text*, which is one line, cut after each sentence; "Dr.", "e.g." and initials end none."""
    start = 0
    for end in _END.finditer(text):
        if _ends_sentence(text, end):
            yield text[start : end.end()].strip()
            start = end.end()
    if rest := text[start:].strip():
        yield rest


def _ends_sentence(text: str, end: re.Match[str]) -> bool:
    following = text[end.end() : end.end() + 8].lstrip(_OPENING)[:1]
    if following.islower():
        return False
    return end[0] != "." or not _abbreviated(text[max(0, end.start() - 20) : end.start()])


def _abbreviated(before: str) -> bool:
    word = re.split(r"[\s(\[“‘\"'/–—-]", before)[-1]
    return word.lower() in _ABBREVIATIONS or bool(_INITIALS.fullmatch(word))
