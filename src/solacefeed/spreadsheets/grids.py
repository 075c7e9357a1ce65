"""How large a grid the cells of a workbook span, found by reading its XML in pieces.

A program that takes a sheet into memory makes room for the whole rectangle around its cells: one cell in the last
corner, in a file of a kilobyte, asks for hundreds of gigabytes. What a sheet says of its own dimensions may be untrue.
The home of expat.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from xml.parsers import expat

_PIECE = 1 << 16
_REFERENCE = re.compile(r"\$?(?P<column>[A-Za-z]{1,4})\$?(?P<row>[0-9]{1,9})")
#: What no sheet has, of rows or columns.
_BEYOND = 1 << 31


def largest_grid(archive: zipfile.ZipFile) -> int:
    """Cells of the largest rectangle around what a part of *archive* holds.

    Raises ``ValueError`` for a part of a sheet's kind that can't be read.
    """
    return max((_grid_of(archive, part) for part in archive.infolist()), default=0)


def _grid_of(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    grid = _Grid()
    parser = expat.ParserCreate()
    parser.StartElementHandler = grid.begins
    parser.EndElementHandler = grid.ends
    try:
        with archive.open(part) as file:
            while piece := file.read(_PIECE):
                parser.Parse(piece)
    except expat.ExpatError as error:
        # Pictures and the like are no XML; a sheet under whatever name counts as far as it can be read.
        if part.filename.lower().endswith(".xml"):
            raise ValueError(f"{part.filename}: {error}") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ValueError(f"{part.filename}: {error}") from error
    return grid.cells


class _Grid:
    """The largest rectangle around filled cells, of the sheets of a part: of Excel's XML, and of OpenDocument's."""

    def __init__(self) -> None:
        self.cells = 0
        self._row = self._column = 0
        self._repeats = self._wide = 1
        self._forget()

    def _forget(self) -> None:
        self._rows = self._columns = (_BEYOND, 0)

    def begins(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local in ("table", "sheetData"):
            self._row = 0
            self._forget()
        elif local in ("row", "table-row"):
            self._begin_row(attributes)
        elif local == "c":
            self._cell(attributes.get("r", ""))
        elif local in ("table-cell", "covered-table-cell"):
            self._open_cell(attributes)
        elif local == "p":
            self._fill()

    def ends(self, name: str) -> None:
        if name.rpartition(":")[2] == "table-row":
            self._row += self._repeats - 1

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row = _number(attributes.get("r", "")) or self._row + 1
        self._column, self._wide = 0, 1
        self._repeats = _repeated(attributes, "number-rows-repeated")

    def _cell(self, reference: str) -> None:
        """One of Excel's, which says where it is, or else stands behind the one before."""
        self._column, row = self._column + 1, self._row
        if found := _REFERENCE.fullmatch(reference):
            self._column, row = _column(found["column"]), int(found["row"])
        self._spans((row, row), (self._column, self._column))

    def _open_cell(self, attributes: Mapping[str, str]) -> None:
        """One of OpenDocument's, which may stand for many; empty ones at the end ask for no room."""
        self._column += self._wide
        self._wide = _repeated(attributes, "number-columns-repeated")
        if any(name.endswith((":value-type", ":formula")) for name in attributes):
            self._fill()

    def _fill(self) -> None:
        if self._row and self._column:
            self._spans((self._row, self._row + self._repeats - 1), (self._column, self._column + self._wide - 1))

    def _spans(self, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        self._rows = min(self._rows[0], rows[0]), max(self._rows[1], rows[1])
        self._columns = min(self._columns[0], columns[0]), max(self._columns[1], columns[1])
        height, width = self._rows[1] - self._rows[0] + 1, self._columns[1] - self._columns[0] + 1
        self.cells = max(self.cells, height * width)


def _repeated(attributes: Mapping[str, str], what: str) -> int:
    return next((_number(value) or 1 for name, value in attributes.items() if name.endswith(what)), 1)


def _number(text: str) -> int:
    return min(int(text), _BEYOND) if re.fullmatch(r"[0-9]{1,20}", text) else 0


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
