"""CSV as any program writes it, read in pieces: its letters, its separators and its quotes are found by looking.

The home of the standard library's csv. What it lacks: a way to know how a file is written (RFC 4180 is one of many),
and a bound on a line that never ends.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from solacefeed.errors import UsageError
from solacefeed.spreadsheets.rows import Table, TableRow

if TYPE_CHECKING:
    from _csv import Reader

#: Bytes that are looked at in one piece.
PIECE = 1 << 16
#: Letters of the longest line that is read: a table of people has none such.
LONGEST = 1 << 20
#: What stands for a letter that can't be known (Unicode).
REPLACED = "\N{REPLACEMENT CHARACTER}"
#: Rows by which the separator is found.
_LOOKED_AT = 20

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}

# By itself in the first line, for Excel: sep=;
_SAYS_SEPARATOR = re.compile(r"\"?sep=(?P<separator>[,;\t|])\"?[\r\n]*", re.IGNORECASE)
# MailPoet writes \" for a quotation mark within quotes; a backslash that ends a cell stands before a separator.
_ESCAPED_QUOTE = re.compile(r'\\"(?![,;\t|\r\n]|$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How a file is written."""

    encoding: str
    separator: str
    #: Whether a backslash stands before a quotation mark that is meant.
    escapes: bool
    #: Whether the first line says the separator, and nothing else.
    says_separator: bool


def csv_table(path: Path) -> Table:
    """The table in *path*, of which no more than a piece is in memory at any time; raises ``UsageError``."""
    try:
        manner = _manner(path)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    reading = f"{_NAMES[manner.encoding]}, separated by {_SEPARATORS[manner.separator]}"
    return Table(rows=_rows(path, manner), reading=reading)


def _rows(path: Path, manner: _Manner) -> Iterator[TableRow]:
    # newline="" leaves line ends within quotes as they are, and takes those of any system.
    with path.open(encoding=manner.encoding, errors="replace", newline="") as file:
        before = 1 if manner.says_separator else 0
        reader = _reading(islice(_bounded(file, path), before, None), manner.separator, escapes=manner.escapes)
        number = before + 1
        try:
            for cells in reader:
                if cells:
                    yield TableRow(number, [_without_nought(each) if "\0" in each else each for each in cells])
                number = before + reader.line_num + 1
        except csv.Error as error:
            raise UsageError(f"{path}, line {number}: a quotation mark there has no end ({error})") from error


def _reading(lines: Iterator[str], separator: str, *, escapes: bool) -> Reader:
    return csv.reader(lines, delimiter=separator, escapechar="\\" if escapes else None)


def _bounded(file: TextIO, path: Path) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) == LONGEST:
            raise UsageError(f"{path}, line {number} is longer than a million letters: that is no table of people")
        yield line


def _without_nought(cell: str) -> str:
    """*cell* without letters of nought, which no database takes; an address with one is none, and not another."""
    return cell.replace("\0", REPLACED if "@" in cell else "")


# -- how it is written ------------------------------------------------------------------------------


def _manner(path: Path) -> _Manner:
    with path.open("rb") as file:
        encoding = _encoding(file)
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        sample = text.read(PIECE)
    said = _SAYS_SEPARATOR.match(sample)
    says = said is not None and sample[said.end() - 1 : said.end()] in ("\r", "\n")
    escapes = _ESCAPED_QUOTE.search(sample) is not None
    separator = said["separator"] if said and says else _separator(sample, escapes=escapes)
    return _Manner(encoding=encoding, separator=separator, escapes=escapes, says_separator=says)


def _encoding(file: BinaryIO) -> str:
    """The one in which the whole file can be read: it is looked through to its end."""
    beginning = file.read(PIECE)
    if marked := next((name for mark, name in _MARKS if beginning.startswith(mark)), None):
        return marked
    # Most letters of a table of people are of ASCII, and half of their bytes are nought.
    if beginning[1::2].count(0) > len(beginning) // 4:
        return "utf-16-le"
    if beginning[::2].count(0) > len(beginning) // 4:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    piece = beginning
    try:
        while piece:
            decoder.decode(piece)
            piece = file.read(PIECE)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _separator(sample: str, *, escapes: bool) -> str:
    """The one that cuts all rows into most cells, or the first row where they differ."""
    lines = sample.splitlines(keepends=True)
    # The sample's end may stand within a row.
    whole = lines if len(sample) < PIECE else lines[:-1]
    return max(_SEPARATORS, key=lambda each: _cells_of(whole, each, escapes=escapes))


def _cells_of(lines: list[str], separator: str, *, escapes: bool) -> tuple[int, int]:
    try:
        rows = [row for row in islice(_reading(iter(lines), separator, escapes=escapes), _LOOKED_AT) if row]
    except csv.Error:
        return 0, 0
    return (min(map(len, rows)), len(rows[0])) if rows else (0, 0)
