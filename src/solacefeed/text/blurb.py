"""The blurb: the paragraph near the end of a post that advertises an event.

Law: it says what (an event), when or where (a date or a place), and how to book, and does not look back. A last
paragraph that says what, with a date or a link, is one too where it recurs at the end of posts. A paragraph that says
less stays where it is, and so does one without which the post would be empty.
"""

from __future__ import annotations

import re
from itertools import chain, zip_longest

from solacefeed.models.posts import Blurb
from solacefeed.text import tree
from solacefeed.text.tree import Element

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?"
)
_DAY = r"\b[0-3]?[0-9](?:st|nd|rd|th)?"
_EVENT = re.compile(
    r"\b(?:summit|conference|congress|convention|symposium|seminar|webinar|workshop|masterclass|forum|roadshow|festival"
    r"|colloquium|round ?table|study tour|training day|open day|lecture|annual (?:meeting|dinner|general meeting)"
    r"|event|awards)s?\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"{_DAY} (?:of )?{_MONTH}|{_DAY} ?(?:-|–|—|to|and|&|until) ?{_DAY} (?:of )?{_MONTH}|\b{_MONTH} {_DAY}\b"
    r"|\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b|\b[0-3]?[0-9]/[01]?[0-9]/(?:20)?[0-9]{2}\b",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\b(?:[Ss]ummit|[Cc]onference|[Ss]eminar|[Ww]orkshop|[Ff]orum|[Ee]vent)\b[^.]{0,40}? (?:in|at) [A-Z]"
)
_BOOKING = re.compile(
    r"\b(?:how to (?:book|register|attend|apply)|to (?:book|register|reserve|sign up|attend)\b"
    r"|book(?:ing)? (?:a|an|your|now|here|online|early|places?|tickets?|via|by|through|form"
    r"|details|information|is|closes|opens)\b|bookings"
    r"|register (?:a|an|your|now|here|online|early|via|by|for|at)\b|registration (?:is|form|details|opens|closes|now)\b"
    r"|reserve (?:a|your) |tickets? (?:are|can|cost|available|from|now)\b|buy (?:a |your )?tickets?|sign up\b"
    r"|places are (?:free|limited|going)|delegate (?:places|fee|rate)|join us)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:(?:more|further|full|the) (?:information|details|programme)|find out more|details (?:are|can|here))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"\b(?:will|forthcoming|upcoming|coming|join us|takes place|next|book|register)\b", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:took place|was held|were held|was (?:a|the) |last (?:week|month|year|night)|attended|spoke"
    r"|heard|booked|registered|earlier this|recent(?:ly)?|yesterday)\b",
    re.IGNORECASE,
)  # fmt: skip

_LAST_BLOCKS = 4
_LONGEST, _LONGEST_INVITATION = 800, 250
_PARAGRAPHS = ("p", "div", "blockquote", *tree.HEADINGS)


def take_blurbs(body: Element) -> tuple[Blurb, ...]:
    """Takes the blurbs out of a tidied *body*, in the order of the document."""
    blocks = _blocks(body)
    found = _advertising([block for block in blocks[-_LAST_BLOCKS:] if block.tag in _PARAGRAPHS])
    if sum(map(len, found)) == len(blocks):
        return ()
    blurbs = tuple(_blurb(paragraphs) for paragraphs in found)
    for paragraph in chain(*found):
        tree.remove(paragraph)
    return blurbs


def ending(body: Element) -> str | None:
    """The last paragraph, where it would be a blurb if it recurred: it tells of an event, with a date or a link."""
    blocks = _blocks(body)
    if len(blocks) < 2 or blocks[-1].tag not in _PARAGRAPHS:
        return None
    words = tree.text(blocks[-1])
    tells = _speaks_of_event(words) and (_linked(blocks[-1]) or _WHEN.search(words))
    return words if tells else None


def take_ending(body: Element) -> Blurb:
    """Takes the last paragraph out of *body*, as the blurb that it is."""
    last = _blocks(body)[-1]
    blurb = _blurb([last])
    tree.remove(last)
    return blurb


def _blocks(body: Element) -> list[Element]:
    return [block for block in tree.blocks(body) if block.tag != "hr"]


def _advertising(paragraphs: list[Element]) -> list[list[Element]]:
    """Each blurb among *paragraphs*: one that says all, or two, of which the second says how to book."""
    found: list[list[Element]] = []
    words = {paragraph: tree.text(paragraph) for paragraph in paragraphs}
    for paragraph, following in zip_longest(paragraphs, paragraphs[1:]):
        if found and paragraph in found[-1]:
            continue
        if advertises(words[paragraph], linked=_linked(paragraph)):
            found.append([paragraph])
        elif following is not None and _announces(words[paragraph]) and _invites(words[following], _linked(following)):
            found.append([paragraph, following])
    return found


def advertises(words: str, *, linked: bool) -> bool:
    """Whether the paragraph *words* advertises an event; *linked* when it holds a link."""
    if not _tells_of_event(words):
        return False
    return bool(_BOOKING.search(words) or (linked and _MORE.search(words) and _AHEAD.search(words)))


def _announces(words: str) -> bool:
    return _tells_of_event(words) and bool(_AHEAD.search(words))


def _tells_of_event(words: str) -> bool:
    return _speaks_of_event(words) and bool(_WHEN.search(words) or _WHERE.search(words))


def _speaks_of_event(words: str) -> bool:
    """Whether the paragraph *words* is about an event and does not look back."""
    looks_back = _BACK.search(words) and not _AHEAD.search(words)
    return len(words) <= _LONGEST and bool(_EVENT.search(words)) and not looks_back


def _invites(words: str, linked: bool) -> bool:
    return linked and len(words) <= _LONGEST_INVITATION and bool(_BOOKING.search(words) or _MORE.search(words))


def names_a_day(words: str) -> bool:
    """Whether *words* say a day with its month."""
    return _WHEN.search(words) is not None


def _linked(paragraph: Element) -> bool:
    return next(paragraph.iter("a"), None) is not None


def _blurb(paragraphs: list[Element]) -> Blurb:
    links = [str(link.get("href")) for paragraph in paragraphs for link in paragraph.iter("a")]
    return Blurb(text=" ".join(map(tree.text, paragraphs)), links=tuple(dict.fromkeys(links)))
