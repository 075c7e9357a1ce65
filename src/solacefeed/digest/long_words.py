"""Lines and words that are wider than what they stand in: text is wrapped, and long words may break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from itertools import cycle

#: Columns of a plain text part; RFC 5322 section 2.1.1 advises at most 78, and a reply's "> " wants two.
COLUMNS = 76
#: Characters of a word that fits a phone whole in small letters; a longer one may break after each so many.
LONGEST_UNBROKEN = 20
PIECE = 10

#: Where a word may break: a space without width, which Outlook and Gmail's programs know where they know no ``wbr``.
BREAK = "\u200b"

#: Characters of a word with hyphens that does not break behind them.
_HYPHENED = 28
#: A command of one line.
_COMMAND = re.compile(r"`([^`\n]+)`")
_LONG = re.compile(rf"\S{{{LONGEST_UNBROKEN + 1},}}")
_SPACE = re.compile(r"(\s+)")
_ADDRESS = re.compile(r"https?://(?:www\.)?([^\s/?#]+)[/?#]\S*", re.IGNORECASE)
#: One word of which nothing is escaped, and no address of the web.
_PLAIN_WORD = re.compile(r"[\w.@+-]+", re.ASCII)
_JOINER = "\u200d"
_MARKS = frozenset({"Mn", "Mc", "Me"})


def breakable(text: str) -> str:
    """*text* as html that fits a phone: an address is shortened to its host, and any long word may break.

    Not every mail program knows ``overflow-wrap``, and one word that can't break widens the whole mail.
    """
    if not _LONG.search(text):
        return escape(text)
    if _PLAIN_WORD.fullmatch(text):
        # As nearly every reader's own address is, which stands in each copy.
        return BREAK.join(_pieces(text))
    shown = _ADDRESS.sub(lambda found: f"{found[1]}/…" if len(found[0]) > LONGEST_UNBROKEN else found[0], text)
    return "".join(
        BREAK.join(map(escape, _pieces(word))) if len(word) > LONGEST_UNBROKEN else escape(word)
        for word in _SPACE.split(shown)
    )


def with_commands(text: str) -> str:
    """The same, with what stands between backquotes as code to be copied: it breaks at spaces, and holds nothing else.

    A word of it that no phone has room for breaks as the mail program likes.
    """
    parts = _COMMAND.split(text)
    return "".join(_code(part) if is_command else breakable(part) for is_command, part in zip(cycle((0, 1)), parts))


def _code(command: str) -> str:
    whole = (
        f'<span style="white-space:nowrap">{escape(word)}</span>'
        if "-" in word and len(word) <= _HYPHENED
        else escape(word)
        for word in command.split()
    )
    return f"<code>{' '.join(whole)}</code>"


def shortened(text: str, most: int) -> str:
    """*text* in at most *most* characters, cut after a word with an ellipsis."""
    if len(text) <= most:
        return text
    words = text[:most].rpartition(" ")[0] or text[: most - 1]
    return words.rstrip(" ,;:–—-") + "…"


def wrapped(text: str, indent: int = 0) -> str:
    """*text* in lines of at most ``COLUMNS``, *indent* included; a longer word, such as a URL, stays whole."""
    margin, lines = " " * indent, [""]
    for word in text.split():
        if lines[-1] and indent + len(lines[-1]) + len(word) >= COLUMNS:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(f"{margin}{line}" for line in lines if line)


def _pieces(word: str) -> Iterator[str]:
    """*word* in pieces of about ``PIECE`` characters; what belongs to a letter stays with it."""
    if word.isascii():
        yield from (word[at : at + PIECE] for at in range(0, len(word), PIECE))
        return
    start = 0
    for end in range(PIECE, len(word)):
        if end - start >= PIECE and not (_joins(word[end]) or word[end - 1] == _JOINER):
            yield word[start:end]
            start = end
    yield word[start:]


def _joins(character: str) -> bool:
    """Whether *character* changes or extends the one before: an accent, a skin's tone, a joiner."""
    return (
        character == _JOINER or unicodedata.category(character) in _MARKS or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
