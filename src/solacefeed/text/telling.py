"""What a post tells in prose, in the order of the document: what excerpts are made of.

Law: no caption, no heading, no mark of a note, no address in full, and nothing that is only a link; but where there is
nothing else, that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, groupby

from solacefeed.text import byline, labels, notes, tree
from solacefeed.text.tree import BLOCKS, Element
from solacefeed.text.urls import host

_TELLING = ("p", "div", "li", "blockquote", "dd")
_LISTS = ("ul", "ol")
#: What a text stands in that is shown beside the telling.
_BESIDE = ("figure", "table", "pre")

_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"“”]+|(?<![\w@.])www\.[^\s<>\"“”]+", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?)]’'…"
_ENDED = re.compile(r"[.!?…:;,؟。！？：；][)\]\"'”’»]*\Z")
_JOINED = re.compile(r"(?:[;,]|\b(?:and|or))\Z")
_HEADING_WORDS = 8
_SHOUT = 60


def telling(body: Element, url: str, *, but: Collection[Element] = (), noted: bool = False) -> Iterator[str]:
    """The texts of the tidied *body* of the post at *url*, without the blocks of *but*; *noted* where it has notes."""
    prose = (block for block in _blocks(body) if block not in but and _is_prose(block))
    texts = _texts(prose, url, noted=noted)
    passed: list[str] = []
    for text in texts:
        if not _is_title(text):
            return chain([text], (later for later in texts if not _is_title(later)))
        passed.append(text)
    return iter(passed or [text for block in _blocks(body) if block not in but and (text := tree.text(block))])


def _blocks(body: Element) -> Iterator[Element]:
    """The blocks that hold text of their own: also an item with a list in it, for what stands before that."""
    for block in body.iter(*BLOCKS):
        if not tree.has_blocks(block) or (block.tag == "li" and (block.text or "").strip()):
            yield block


def _is_prose(block: Element) -> bool:
    if block.tag not in _TELLING or byline.is_heading(block) or _is_only(block, "a") or _is_only(block, "cite"):
        return False
    if _is_shouted(block):
        return False
    return not any(box.tag in _BESIDE for box in block.iterancestors())


def _is_only(block: Element, tag: str) -> bool:
    """Whether all words of *block* are those of its elements *tag*."""
    held = list(block.iter(tag))
    if not held or (block.text and block.text.strip()):
        return False
    return _letters(tree.text(block)) == "".join(_letters(tree.text(each)) for each in held)


def _is_shouted(block: Element) -> bool:
    """Whether it is a heading in bold with a sign of another kind before it: "📣 NEW!"."""
    if tree.length(block) > _SHOUT or next(block.iter("strong", "b"), None) is None:
        return False
    return _letters(tree.text(block)) == "".join(_letters(tree.text(each)) for each in block.iter("strong", "b"))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _texts(blocks: Iterable[Element], url: str, *, noted: bool) -> Iterator[str]:
    """The text of each block; items of one list are one text, which goes on what led to it."""
    before = ""
    for within, group in groupby(blocks, _together):
        texts = [text for block in group if (text := _text(block, url, noted=noted))]
        if not texts:
            continue
        listed = within.tag in _LISTS
        text = _enumerated(texts) if listed else texts[0]
        if listed and before.endswith(":"):
            before = f"{before} {text}"
            continue
        if before:
            yield before
        before = text
    if before:
        yield before


def _together(block: Element) -> Element:
    """The outermost list that *block* is an item of, else *block* itself."""
    return [block, *block.iterancestors(*_LISTS)][-1] if block.tag == "li" else block


def _text(block: Element, url: str, *, noted: bool) -> str:
    nested = {child for child in block if child.tag in BLOCKS} if block.tag == "li" else set()
    said = notes.without_marks(block, url, noted=noted, but=nested)
    if labels.DISCLOSURE.fullmatch(said):
        return ""
    if "://" not in said and "www." not in said:
        return said
    return "" if _ADDRESS.fullmatch(said) else _ADDRESS.sub(_shortened, said)


def _shortened(address: re.Match[str]) -> str:
    whole = address[0].rstrip(_AFTER_ADDRESS)
    after = address[0][len(whole) :]
    return host(whole if "://" in whole else f"https://{whole}") + after


def _enumerated(items: list[str]) -> str:
    """*items* as one sentence, or as the sentences that they are."""
    joined = [item if _ENDED.search(item) or _JOINED.search(item) else f"{item};" for item in items[:-1]]
    last = items[-1].rstrip(";,")
    return " ".join([*joined, last if _ENDED.search(last) else f"{last}."])


def _is_title(text: str) -> bool:
    """Whether *text* is a heading that nobody marked as one, or a label: a few words that no stop ends."""
    return len(text.split()) <= _HEADING_WORDS and (text.endswith(":") or not _ENDED.search(text))
