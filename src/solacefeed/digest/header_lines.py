"""Header lines of a mail, written so that no name, title or address can begin a header of its own.

Written here rather than by ``EmailMessage``, whose policy wraps a long List-Unsubscribe into an RFC 2047 encoded word,
which breaks one-click, and reads an encoded word in a name or a title as what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.charset import Charset
from email.header import Header
from email.utils import quote
from functools import lru_cache

from solacefeed.errors import Unaddressable

_CRLF = "\r\n"
_FOLD = f"{_CRLF} "
_NO_HEADER_TEXT = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ADDRESS = re.compile(r"[^\s@\"(),:;<>\\\[\]]{1,64}@[^\s@\"(),:;<>\\\[\]]{1,255}")
#: Of an ASCII word; a longer one would leave a line that can't be folded.
_LONGEST_WORD = 60
#: RFC 2047 section 2: a line with an encoded word has at most 76 characters, the word 75; ``Header``'s own limit is 78.
_LONGEST_LINE = 76
#: The longest name of a header that a name of somebody stands in, as ``Header`` counts it in.
_BEHIND = "Reply-To"
_UTF8 = Charset("utf-8")


def block(headers: Mapping[str, str]) -> bytes:
    """*headers* as they stand in a mail; whatever is in a value, it is one field."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    # Of one copy's own nearly always: no value has a line end, or is folded.
    if not "".join(lines).isprintable():
        lines = [f"{name}: {_one_field(value)}" for name, value in headers.items()]
    return _CRLF.join([*lines, ""]).encode()


def _one_field(value: str) -> str:
    """*value* without what could end it, but for its folds."""
    return value if value.isprintable() else _FOLD.join(map(one_line, value.split(_FOLD)))


def refuse_what_is_no_address(email: str, whose: str) -> None:
    if not (_ADDRESS.fullmatch(email) and email.isprintable()):
        raise Unaddressable(f"{whose}: this address can't stand in a mail; correct it")


def subject(text: str) -> str:
    line = one_line(text)
    return _encoded(line, "Subject", "us-ascii" if _needs_no_encoding(line) else "utf-8")


# Of names that many readers have, and of those without one.
@lru_cache(maxsize=4096)
def _phrase(name: str) -> str:
    shown = one_line(name)
    if not shown:
        return ""
    if len(shown) <= _LONGEST_WORD and _needs_no_encoding(shown):
        return f'"{quote(shown)}"'
    # ``Header`` comes to the same where one word holds it, and takes ten times as long.
    word = _UTF8.header_encode(shown)
    return word if len(f"{_BEHIND}: {word}") <= _LONGEST_LINE else _encoded(shown, _BEHIND, "utf-8")


def mailbox(name: str | None, address: str) -> str:
    """RFC 5322's name-addr, and just as well RFC 2919's list-id with its phrase."""
    phrase = _phrase(name or "")
    if not phrase:
        return f"<{address}>"
    fold = "" if len(phrase) + len(address) <= _LONGEST_WORD else _CRLF
    return f"{phrase}{fold} <{address}>"


def _encoded(line: str, header_name: str, charset: str) -> str:
    return Header(line, charset, header_name=header_name, maxlinelen=_LONGEST_LINE).encode(linesep=_CRLF)


def _needs_no_encoding(line: str) -> bool:
    """Whether *line* is read as it stands; ``=?`` would begin an encoded word."""
    return line.isascii() and "=?" not in line and max(map(len, line.split()), default=0) <= _LONGEST_WORD


def one_line(text: str) -> str:
    return _NO_HEADER_TEXT.sub(" ", text).strip()
