"""The blurb: what advertises an event near the end of a post, be it a paragraph or a box of many parts.

Law: it says what (an event), when or where (a date or a place), and how to book, and does not look back. A last
paragraph that says what, with a date or a link, is one too where it recurs at the end of posts. A paragraph that says
less stays where it is, and so does one without which the post would be empty. With a blurb go its heading, buttons,
banner and rules, and a box that holds nothing else; a list or a table goes whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from solacefeed.models.posts import Blurb
from solacefeed.text import advertising, byline, tree
from solacefeed.text.characters import one_line
from solacefeed.text.pictures import is_picture
from solacefeed.text.tree import BLOCKS, Element

# Of what says something, by number: later ones are near the end.
_LAST, _LONGEST_RUN = 4, 5
_LAST_PARTS, _MOST_LEAVES = 8, 16
# Letters of a text below which a picture with words is no advertisement but its poster.
_A_TEXT = 150
_SHORT_LINE = 80
_PARAGRAPHS = ("p", "div", "blockquote", *tree.HEADINGS)
_BOXES = ("div", "blockquote", "ul", "ol", "dl", "table", "figure", "details")
#: What ends a post by recurring is a paragraph or a box of them, no list.
_ENDINGS = (*_PARAGRAPHS, "figure", "details")
_STOPS = (".", "!", "?", "…", ":", ";", ",", "–", "—", "-")


def take_blurbs(body: Element) -> tuple[Blurb, ...]:
    """Takes the blurbs out of a tidied *body*, in the order of the document."""
    parts = _last_parts(body)
    found = _advertising(parts, with_pictures=tree.length(body) >= _A_TEXT)
    taken = [_with_its_own(parts, run) for run in found]
    if not found or _is_all(body, taken):
        return ()
    blurbs = tuple(_blurb(run) for run in taken)
    for run in taken:
        _remove(run)
    return blurbs


def ending(body: Element) -> str | None:
    """The last paragraph, where it would be a blurb if it recurred: it tells of an event, with a date or a link."""
    parts = _last_parts(body)
    last = next((part for part in reversed(parts) if tree.text(part)), None)
    if last is None or last.tag not in _ENDINGS or _is_all(body, [[last]]):
        return None
    words = _said([last])
    tells = (_linked(last) or advertising.says_when(words)) and advertising.speaks_of_event(words)
    if tells or (
        (_linked(last) or advertising.says_when_anywhere(words)) and advertising.speaks_of_event_anywhere(words)
    ):
        return words
    return None


def take_ending(body: Element) -> Blurb:
    """Takes the last paragraph out of *body*, as the blurb that it is."""
    parts = _last_parts(body)
    last = next(part for part in reversed(parts) if tree.text(part))
    blurb = _blurb([last])
    _remove(_with_its_own(parts, [last]))
    return blurb


# -- the parts of an ending ---------------------------------------------------------------------------


def _last_parts(body: Element) -> list[Element]:
    """The last paragraphs, pictures and rules of *body*; a box is one part where all of it could be one blurb."""
    parts: list[Element] = []
    waiting = list(_held(body))
    while waiting and len(parts) < _LAST_PARTS:
        part = waiting.pop()
        if _is_opened(part):
            waiting += list(part)
        else:
            parts.append(part)
    return parts[::-1]


def _held(body: Element) -> Element:
    """*body*, or the box in it that holds all there is."""
    while len(body) == 1 and body[0].tag == "div" and tree.has_blocks(body[0]):
        body = body[0]
    return body


def _is_opened(part: Element) -> bool:
    return part.tag in BLOCKS and tree.has_blocks(part) and not (part.tag in _BOXES and _could_be_one(part))


def _could_be_one(box: Element) -> bool:
    leaves: list[Element] = []
    length = 0
    for element in box.iter("*"):
        length += len(element.text or "") + len(element.tail or "")
        if length > advertising.LONGEST or len(leaves) > _MOST_LEAVES:
            return False
        if element.tag in BLOCKS and not tree.has_blocks(element):
            leaves.append(element)
    return all(map(_belongs, leaves)) or (_is_card(leaves) and all(map(_may_belong, leaves)))


def _is_card(leaves: list[Element]) -> bool:
    """Whether a box begins with an event's name and ends with a button to book by: a short line may stand between."""
    told = [leaf for leaf in leaves if tree.text(leaf)]
    if not told or told[0].tag not in tree.HEADINGS or not advertising.speaks_of_event(tree.text(told[0])):
        return False
    return _is_link(told[-1]) and advertising.is_to_book(tree.text(told[-1]))


def _may_belong(leaf: Element) -> bool:
    return len(tree.text(leaf)) <= _SHORT_LINE or _belongs(leaf)


def _belongs(leaf: Element) -> bool:
    """Whether *leaf* could be a part of an advertisement, and no prose."""
    words = tree.text(leaf)
    return leaf.tag in tree.HEADINGS or not words or _is_link(leaf) or advertising.could_advertise(words)


def _is_link(leaf: Element) -> bool:
    if (leaf.text or "").strip():
        return False
    words = tree.text(leaf)
    return bool(words) and words == " ".join(filter(None, map(tree.text, leaf.iter("a"))))


# -- what advertises ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What one part says."""

    element: Element
    words: str
    linked: bool
    #: A button in it does.
    books: bool
    #: It says all by itself.
    advertises: bool


def _told_by_picture(part: Element) -> _Told | None:
    """What the words say that a picture alone bears: a banner with the event, its day and where it leads."""
    alt = _alt(part)
    # One that leads to its own file is there to be looked at.
    linked = any(not is_picture(link.get("href", "")) for link in part.iter("a"))
    leads = linked and any(advertising.leads_to_event(link.get("href", "")) for link in part.iter("a"))
    tells = leads and advertising.speaks_of_event(alt) and advertising.says_when(alt)
    if tells or (alt and advertising.advertises(alt, linked=linked)):
        return _Told(element=part, words=alt, linked=linked, books=False, advertises=True)
    return None


def _alt(part: Element) -> str:
    """What the one picture in *part* is called."""
    images = list(islice(part.iter("img"), 2))
    return one_line(images[0].get("alt", "")) if len(images) == 1 else ""


def _told(part: Element, words: str) -> _Told:
    linked = _linked(part)
    books = linked and (
        any(_is_link(leaf) and advertising.is_to_book(tree.text(leaf)) for leaf in _leaves(part))
        or _ends_with_button(part)
    )
    fits = part.tag in _PARAGRAPHS or part.tag in _BOXES
    said = _said([part]) if tree.has_blocks(part) else words
    advertises = fits and advertising.advertises(said, linked=linked, books=books)
    return _Told(element=part, words=words, linked=linked, books=books, advertises=advertises)


def _ends_with_button(part: Element) -> bool:
    """Whether the last line of *part* is a link to book by."""
    lines = tree.lines(part)
    *_, link = part.iter("a")
    return len(lines) > 1 and tree.text(link) == lines[-1] and advertising.is_to_book(lines[-1])


def _advertising(parts: list[Element], *, with_pictures: bool) -> list[list[Element]]:
    """Each blurb among the last *parts*: one that says all, or neighbours of which the last says how to book."""
    telling = [
        told
        for part in parts
        if (words := tree.text(part)) or with_pictures
        if (told := _told(part, words) if words else _told_by_picture(part)) is not None
    ]
    start, first_end = 0, max(0, len(telling) - _LAST)
    found: list[list[_Told]] = []
    while start < len(telling):
        run = next((run for run in _runs(telling, start, first_end) if _advertise(run)), [])
        if run and not found and _ends_with_another(telling[:start]):
            return []
        found += [run] if run else []
        start += len(run) or 1
    return [[part.element for part in run] for run in found]


def _ends_with_another(before: list[_Told]) -> bool:
    """Whether what stands before a blurb advertises too: the post lists events, and its list stays whole."""
    return any(_advertise(before[-length:]) for length in range(1, min(len(before), _LONGEST_RUN) + 1))


def _runs(telling: list[_Told], start: int, first_end: int) -> Iterator[list[_Told]]:
    """What begins at *start* and ends at *first_end* or later."""
    for end in range(max(start, first_end), min(start + _LONGEST_RUN, len(telling))):
        yield telling[start : end + 1]


def _advertise(run: list[_Told]) -> bool:
    if len(run) == 1:
        return run[0].advertises
    *first, last = run
    linked = any(part.linked for part in run)
    invites = linked and (advertising.invites(last.words, linked=True) or (last.linked and last.books))
    if not invites or any(part.advertises for part in run):
        return False
    if len(run) == 2 and last.linked and advertising.announces(first[0].words):
        return True
    titled = advertising.speaks_of_event(first[0].words) and all(advertising.is_title(part.words) for part in first)
    said = _said([part.element for part in run])
    return titled and advertising.advertises(said, linked=True, books=last.linked and last.books)


def _said(run: list[Element]) -> str:
    """The words of *run*, each of its leaves a sentence."""
    leaves = [leaf for part in run for leaf in _leaves(part)]
    words = [text for leaf in leaves if (text := tree.text(leaf))]
    return " ".join([text if text.endswith(_STOPS) else f"{text}." for text in words[:-1]] + words[-1:])


def _leaves(part: Element) -> Iterator[Element]:
    return (
        (leaf for leaf in part.iter(*BLOCKS) if not tree.has_blocks(leaf)) if tree.has_blocks(part) else iter((part,))
    )


def _linked(part: Element) -> bool:
    return next(part.iter("a"), None) is not None


def _blurb(run: list[Element]) -> Blurb:
    links = [str(link.get("href")) for part in run for link in part.iter("a")]
    return Blurb(text=_said(run) or _alt(run[0]), links=tuple(dict.fromkeys(links)))


# -- what goes with it --------------------------------------------------------------------------------


def _with_its_own(parts: list[Element], run: list[Element]) -> list[Element]:
    """*run* with the heading before it and the buttons and the banner behind it, among *parts*."""
    addresses = {link.get("href") for part in run for link in part.iter("a")}
    start, end = parts.index(run[0]), parts.index(run[-1]) + 1
    words = _said(run)
    after = end
    while after < len(parts) and (parts[after].tag == "hr" or _is_its_own(parts[after], addresses, words)):
        after += 1
        end = after if parts[after - 1].tag != "hr" else end
    before = start - 1
    if before >= 0 and _is_banner(parts[before], addresses, words, behind=False):
        before, start = before - 1, before
    if before >= 0 and _is_its_heading(parts[before], parts[end:]):
        start = before
    if start > 0 and parts[start - 1].tag == "hr":
        start -= 1
    return parts[start:end]


def _is_its_own(part: Element, addresses: set[str | None], words: str) -> bool:
    said = tree.text(part)
    if not said:
        return _is_banner(part, addresses, words, behind=True)
    return advertising.is_closing(said) or (
        part.tag in _PARAGRAPHS
        and _is_link(part)
        and (advertising.is_button(said) or all(link.get("href") in addresses for link in part.iter("a")))
    )


def _is_banner(part: Element, addresses: set[str | None], words: str, *, behind: bool) -> bool:
    """Whether *part* is a picture of the event that *words* tell of."""
    image = next(part.iter("img"), None) if not tree.text(part) else None
    if image is None:
        return False
    links = [link.get("href") for link in part.iter("a")]
    if links:
        return any(link in addresses for link in links) or advertising.speaks_of_event(image.get("alt", ""))
    alt = image.get("alt", "")
    return advertising.is_about(alt, words) if alt else behind


def _is_its_heading(part: Element, following: list[Element]) -> bool:
    words = tree.text(part)
    if not words or not byline.is_heading(part) or byline.names_someone(words):
        return False
    if advertising.could_title(words):
        return True
    alone = not any(len(tree.text(other)) > advertising.LONGEST_TITLE for other in following)
    return part.tag in tree.HEADINGS and alone


def _is_all(body: Element, taken: list[list[Element]]) -> bool:
    """Whether nothing but headings would stay."""
    going = {leaf for run in taken for part in run for leaf in (part, *part.iterdescendants())}
    staying = (leaf for leaf in _leaves(body) if leaf not in going)
    return all(leaf.tag == "hr" or leaf.tag in tree.HEADINGS for leaf in staying)


def _remove(run: list[Element]) -> None:
    for part in run:
        tree.remove(part)
