"""Posts as their authors typed them, made the HTML that WordPress shows: its exports leave that to the reader.

Law: ``paragraphs`` is pure, loses no word, and takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

_BLOCKS: Final = (
    r"(?:address|article|aside|audio|blockquote|caption|center|col|colgroup|dd|details|dir|div|dl|dt|embed|fieldset"
    r"|figcaption|figure|footer|form|h[1-6]|header|hgroup|hr|iframe|legend|li|main|map|menu|nav|object|ol|p|param"
    r"|section|source|summary|table|tbody|td|tfoot|th|thead|tr|ul|video)(?=[\s/>])"
)
_BLOCK_EDITOR: Final = "<!-- wp:"
_VERBATIM: Final = re.compile(r"<(?P<ends>/?)(?P<name>pre|script|style|textarea)\b[^<>]*>", re.IGNORECASE)
#: Marks such as "more" and "nextpage", which say nothing to a reader.
_COMMENT: Final = re.compile("<!--[^<>]*-->")
_BROKEN_TAG: Final = re.compile(r"</?[a-z][^<>\n]*\n[^<>]*>", re.IGNORECASE)
_OPENING: Final = re.compile(rf"<{_BLOCKS}[^<>]*>", re.IGNORECASE)
_CLOSING: Final = re.compile(rf"</{_BLOCKS}[^<>]*>", re.IGNORECASE)
_CLOSED: Final = re.compile(rf"</{_BLOCKS}[^<>]*>\Z", re.IGNORECASE)
_QUOTE: Final = re.compile(r"<blockquote\b", re.IGNORECASE)
_UNBROKEN_END: Final = re.compile(r"(?<!<br>)(?<!<br/>)(?<!<br />)\n")


def paragraphs(text: str) -> str:
    """The HTML of a post as its author typed it: blank lines part paragraphs, a single newline breaks the line.

    What stands in a block of its own is left alone, and so is a post of the block editor, which wrote its paragraphs
    itself. To well-formed text it does what WordPress's ``wpautop`` does.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _BLOCK_EDITOR in text:
        return text
    parts = (part if verbatim else _typeset(part) for part, verbatim in _parted(text))
    return "\n".join(part for part in parts if part)


def _parted(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of *text*, and whether each is verbatim: from ``<pre>`` to its end, say."""
    start, inside = 0, ""
    for tag in _VERBATIM.finditer(text):
        name = tag["name"].lower()
        if not inside and not tag["ends"]:
            yield text[start : tag.start()], False
            start, inside = tag.start(), name
        elif name == inside and tag["ends"]:
            yield text[start : tag.end()], True
            start, inside = tag.end(), ""
    yield text[start:], bool(inside)


def _typeset(text: str) -> str:
    text = _BROKEN_TAG.sub(lambda tag: tag[0].replace("\n", " "), _COMMENT.sub("", text))
    text = _CLOSING.sub(r"\g<0>\n\n", _OPENING.sub(r"\n\n\g<0>", text))
    lines = (line.strip() for line in text.split("\n"))
    pieces = ("\n".join(piece) for told, piece in groupby(lines, bool) if told)
    return "\n".join(map(_paragraph, pieces))


def _paragraph(piece: str) -> str:
    """*piece* in ``<p>``; a block tag can only stand at its beginning, or its end."""
    opening, closing = _OPENING.match(piece), _CLOSED.search(piece)
    begins, ends = opening.end() if opening else 0, closing.start() if closing else len(piece)
    words = piece[begins:ends].strip()
    if not words:
        return piece
    words = _UNBROKEN_END.sub("<br>\n", words)
    boxed = opening and closing and not _QUOTE.match(piece)
    return piece[:begins] + (words if boxed else f"<p>{words}</p>") + piece[ends:]
