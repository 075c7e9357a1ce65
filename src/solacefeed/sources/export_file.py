"""The file of a WordPress export, read into records as a stream; the only user of expat.

Laws:

- A megabyte of the file and one record are in memory, whatever the file's size.
- Nothing in it names another file or address to open: a document type, which WordPress never writes and every XML
  attack needs, is refused.
- A file that is no whole one ends in a ``SourceError``, at the latest at its end.

What WordPress writes, and other readers trip over: a plugin's blank lines before the XML declaration, and control
characters inside CDATA, which no XML may hold.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import stat
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Final
from xml.parsers import expat

from solacefeed.errors import SourceError
from solacefeed.http_client.answer import one_line

#: Of a record with more characters than these, only so many are kept.
MOST_CHARACTERS: Final = 8_000_000
#: A compressed file that holds more characters than these is a trap, not an export.
MOST_UNPACKED: Final = 4_000_000_000

_CHUNK: Final = 1 << 20

_Octets = BufferedReader | gzip.GzipFile


@dataclass(slots=True)
class ExportItem:
    """An author, a category, a post or the channel itself, as the file has it."""

    kind: str
    #: Texts by name, such as ``wp:post_id``; the first of each.
    texts: dict[str, str] = field(default_factory=dict)
    #: The ``category`` elements: domain, nicename, text.
    terms: list[tuple[str | None, str | None, str]] = field(default_factory=list)
    #: How many its texts have together, those beyond the limit too.
    characters: int = 0

    def text(self, name: str) -> str:
        """The text of this name without the space around it; empty where there is none."""
        return self.texts.get(name, "").strip()

    def learn(self, name: str, attributes: Mapping[str, str], text: str) -> None:
        if name == "category":
            self.terms.append((attributes.get("domain"), attributes.get("nicename"), text))
        else:
            self.texts.setdefault(name, text)


def fingerprint(path: Path) -> str:
    """Returns the SHA-256 of the file's bytes."""
    try:
        with _opened(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: can't be read ({error.strerror})") from error


def _opened(path: Path) -> BufferedReader:
    if stat.S_IFMT(path.stat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
        # A pipe can't be read twice, and a device would be read for ever.
        raise SourceError(f"{path}: is no file; save the export as one")
    return path.open("rb")


def records(path: Path) -> Iterator[ExportItem]:
    """Yields the authors, categories and posts (``item``) of the export at *path* in its order, the channel last.

    Raises ``SourceError`` where the file is no whole document.
    """
    reading = _Reading()
    try:
        with _opened(path) as file, _unpacked(file) as unpacked, _text(unpacked) as text:
            for piece in _pieces(text):
                yield from reading.feed(piece)
            yield from reading.end()
    except expat.ExpatError as error:
        raise SourceError(f"{path}: {_why_broken(error)}") from error
    except _Odd as odd:
        raise SourceError(f"{path}: {odd}") from odd
    except UnicodeError as error:
        raise SourceError(f"{path}: is not in the encoding that it says ({error}); save it as UTF-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path}: the gzip stream is broken ({error}); fetch it again") from error
    except OSError as error:
        raise SourceError(f"{path}: can't be read ({error.strerror})") from error


class _Odd(Exception):
    """What no export of WordPress would be; ``str()`` says what, and what to do."""


def _why_broken(error: expat.ExpatError) -> str:
    if error.code in _CUT_OFF:
        return f"it ends in its midst, at line {error.lineno}; was it cut off on its way? Fetch it again"
    return f"broken XML at line {error.lineno} ({expat.ErrorString(error.code)}); make the export anew"


_CUT_OFF: Final = frozenset(
    expat.errors.codes[words]
    for words in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)


def _unpacked(file: BufferedReader) -> _Octets:
    begins = file.read(4)
    file.seek(0)
    if begins.startswith(b"PK"):
        raise _Odd("a zip archive; unzip it and name the file in it")
    return gzip.GzipFile(fileobj=file) if begins.startswith(b"\x1f\x8b") else file


# -- its characters -----------------------------------------------------------------------------------

_DECLARED: Final = re.compile(rb"""\s*<\?xml[^>]{1,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: What XML 1.0 (section 2.2) has no place for, in CDATA either.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(file: _Octets) -> TextIOWrapper[_Octets]:
    """The file's text; a byte that is none in its encoding becomes U+FFFD."""
    begins = file.read(200)
    file.seek(0)
    try:
        return TextIOWrapper(file, encoding=_encoding(begins), errors="replace", newline="")
    except LookupError as error:
        raise _Odd(f"its encoding can't be read ({error}); save it as UTF-8") from error


def _pieces(text: TextIOWrapper[_Octets]) -> Iterator[bytes]:
    """The text in characters of XML, in UTF-8."""
    unpacked, begun = 0, False
    while chunk := text.read(_CHUNK):
        unpacked += len(chunk)
        if unpacked > MOST_UNPACKED:
            raise _Odd(f"holds more than {MOST_UNPACKED} characters; is that an export?")
        piece = _NOT_XML.sub(lambda found: " " if found[0].isspace() else "", chunk)
        # A plugin's blank lines may stand before the XML declaration, which XML forbids.
        piece = piece if begun else piece.lstrip()
        begun = begun or bool(piece)
        yield piece.encode()


def _encoding(begins: bytes) -> str:
    marked = next((encoding for mark, encoding in _MARKS if begins.startswith(mark)), None)
    declared = _DECLARED.match(begins)
    return marked or (declared[1].decode("ascii") if declared else "utf-8")


# -- its records --------------------------------------------------------------------------------------

_NAMESPACES: Final = (
    # WordPress.com writes https.
    (re.compile(r"https?://wordpress\.org/export/\d+\.\d+/"), "wp:"),
    (re.compile(r"https?://wordpress\.org/export/\d+\.\d+/excerpt/"), "excerpt:"),
    (re.compile(r"http://purl\.org/rss/1\.0/modules/content/"), "content:"),
    (re.compile(r"http://purl\.org/dc/elements/1\.1/"), "dc:"),
)
_OUTER: Final = ("rss", "channel")
#: The elements right below the channel that are records of their own.
_KINDS: Final = frozenset({"item", "wp:author", "wp:category"})
#: What is kept of each record; comments and the plugins' own fields are the bulk of a file.
_WANTED: Final = {
    "channel": frozenset({"title", "description", "link", "wp:base_blog_url", "wp:wxr_version"}),
    "wp:author": frozenset({"wp:author_id", "wp:author_login", "wp:author_display_name"}),
    "wp:category": frozenset({"wp:term_id", "wp:category_nicename", "wp:category_parent", "wp:cat_name"}),
    "item": frozenset(
        {
            "title", "link", "guid", "pubDate", "category", "dc:creator", "content:encoded", "excerpt:encoded",
            "wp:post_id", "wp:post_type", "wp:status", "wp:post_password", "wp:post_date", "wp:post_date_gmt",
            "wp:post_modified_gmt",
        }
    ),
}  # fmt: skip


class _Reading:
    """XML in, records out, as soon as each is whole; the channel's own record comes last."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._fed = 0
        self._open: list[str] = []
        self._channel = ExportItem("channel")
        self._record = self._channel
        self._attributes: Mapping[str, str] = {}
        self._text: list[str] = []
        self._whole: list[ExportItem] = []

    def feed(self, piece: bytes) -> list[ExportItem]:
        self._parser.Parse(piece, False)
        self._fed += len(piece)
        # expat holds a tag or comment until it is whole.
        if self._fed - self._parser.CurrentByteIndex > MOST_CHARACTERS:
            raise _Odd(f"has one tag of more than {MOST_CHARACTERS} characters; is that an export?")
        whole, self._whole = self._whole, []
        return whole

    def end(self) -> list[ExportItem]:
        self._parser.Parse(b"", True)
        return [*self._whole, self._channel]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = _prefixed(name)
        self._open.append(name)
        if len(self._open) <= 2 and name != _OUTER[len(self._open) - 1]:
            raise _Odd(f"begins with <{one_line(name, 40)}>, not as an export of WordPress")
        if len(self._open) == 3 and name in _KINDS:
            self._record = ExportItem(name)
        elif self._is_wanted(name):
            self._attributes, self._text = attributes, []
            self._parser.CharacterDataHandler = self._characters

    def _end(self, name: str) -> None:
        name = _prefixed(name)
        if self._is_wanted(name):
            self._record.learn(name, self._attributes, "".join(self._text))
            self._parser.CharacterDataHandler = None
        elif len(self._open) == 3 and name in _KINDS:
            self._whole.append(self._record)
            self._record = self._channel
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._record.characters += len(text)
        if self._record.characters <= MOST_CHARACTERS:
            self._text.append(text)

    def _is_wanted(self, name: str) -> bool:
        depth = 3 if self._record is self._channel else 4
        return len(self._open) == depth and name in _WANTED[self._record.kind]

    def _refuse(self, *_: object) -> None:
        raise _Odd("has a document type, which no export of WordPress has")


@lru_cache(maxsize=500)
def _prefixed(name: str) -> str:
    """``wp:post_id`` for the name as expat gives it, whatever prefix the file has for the namespace."""
    namespace, _, local = name.rpartition(" ")
    if not namespace:
        return local
    return next((f"{prefix}{local}" for known, prefix in _NAMESPACES if known.fullmatch(namespace)), name)
