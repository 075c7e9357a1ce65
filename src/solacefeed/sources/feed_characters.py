"""In which encoding a feed is: as it says, or as its first octets give away; pure."""

from __future__ import annotations

import codecs
import re
from typing import Final

from solacefeed.sources.feed_entry import Broken
from solacefeed.text.characters import one_line

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
#: Python knows codecs that are none of text, and some that take quadratic time.
_ENCODINGS: Final = re.compile(
    r"utf-?8|utf-?(?:16|32)-?(?:[bl]e)?|(?:us-)?ascii|iso-?8859-?\d{1,2}|latin-?\d|windows-?\d{3,4}|cp-?\d{3,4}"
    r"|koi8-?\w|big5(?:-hkscs)?|gb(?:k|2312|18030)|euc-?\w\w|shift[_-]?jis|iso-2022-\w{2,3}|tis-?620|mac(?:intosh|-?\w+)"
)
#: What the web means by them (WHATWG Encoding section 4.2); plain ASCII is UTF-8 as well.
_MEANT: Final = {"iso8859-1": "cp1252", "ascii": "utf-8"}


def codec_of(body: bytes, charset: str | None) -> tuple[int, str]:
    """How many octets of *body* mark its encoding, and the codec for what follows (RFC 7303 section 3).

    *charset* is what the answer's header says. Raises ``Broken``.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if body.startswith(mark)), (b"", ""))
    said = [name for name in (encoding, charset, _declared(body)) if name]
    known = next((codec for name in said if (codec := _codec(name))), None)
    if known is None and not _is_utf8(body):
        raise Broken(f"in the encoding {one_line(said[0])!r}, which is not known here")
    return len(mark), known or "utf-8"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _declared(body: bytes) -> str:
    found = _DECLARED.match(body)
    name = found[1].decode("ascii", "replace").lower() if found else "utf-8"
    # What could be read byte by byte is not in one of these.
    return "utf-8" if name.startswith(("utf-16", "utf-32", "ucs", "iso-10646")) else name


def _codec(name: str) -> str | None:
    """``None`` for one that is not known here, such as a database's name for it."""
    wanted = name.strip().lower()
    try:
        codec = codecs.lookup(wanted).name if _ENCODINGS.fullmatch(wanted) else None
    except LookupError:
        return None
    return None if codec is None else _MEANT.get(codec, codec)
