"""Workbooks of Excel and its like (.xlsx, .xls, .ods): their sheets as one table. The home of python-calamine.

It takes the whole workbook into memory, so what it may hold is bounded before it is opened.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solacefeed.errors import UsageError
from solacefeed.spreadsheets.grids import largest_grid
from solacefeed.spreadsheets.rows import Table, TableRow

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

#: Rows that are read of one, besides headings.
MOST_ROWS = 50_000
#: Bytes that one may unpack to.
MOST_BYTES = 400_000_000
#: Cells of the rectangle around what a sheet holds: room is made for each, also for empty ones.
MOST_CELLS = 5_000_000
#: How the files begin: as a zip does, and as Excel's did before it.
SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

_INSTEAD = "save it as CSV (UTF-8), and take that"


def workbook_table(path: Path) -> Table:
    """The table in *path*; of several sheets those that have the first one's headings. Raises ``UsageError``."""
    if path.stat().st_size > MOST_BYTES or not _fits(path):
        raise UsageError(f"{path} is too large a workbook: {_INSTEAD}")
    sheets = _sheets(path)
    if sum(sheet.height - 1 for sheet in sheets) > MOST_ROWS:
        raise UsageError(
            f"{path} has more than {MOST_ROWS:,} rows, which are as many as a workbook may have: {_INSTEAD}"
        )
    named = ", ".join(sheet.name for sheet in sheets)
    return Table(rows=_rows(sheets), reading=f"a workbook (sheet {named})" if sheets else "a workbook")


def _fits(path: Path) -> bool:
    """Whether what is packed there has room; .xls, which is not, spans no more than 65,536 rows of 256 columns."""
    if not zipfile.is_zipfile(path):
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if any(each.filename.lower().endswith("workbook.bin") for each in parts):
                raise UsageError(f"{path} is a binary workbook (.xlsb), which is not read: {_INSTEAD}")
            return sum(each.file_size for each in parts) <= MOST_BYTES and largest_grid(archive) <= MOST_CELLS
    except (ValueError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} can't be read as a workbook ({error}): {_INSTEAD}") from error


def _sheets(path: Path) -> list[CalamineSheet]:
    """Those with rows and with the first one's headings."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        book = load_workbook(str(path))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except PasswordError as error:
        raise UsageError(f"{path} is locked by a password: {_INSTEAD}") from error
    except (CalamineError, OSError) as error:
        raise UsageError(f"{path} can't be read as a workbook ({error}): {_INSTEAD}") from error
    filled = [sheet for sheet in sheets if sheet.height]
    return [sheet for sheet in filled if _headings(sheet) == _headings(filled[0])]


def _headings(sheet: CalamineSheet) -> list[str]:
    return _texts(next(iter(sheet.iter_rows()), []))


def _rows(sheets: list[CalamineSheet]) -> Iterator[TableRow]:
    for place, sheet in enumerate(sheets):
        first = sheet.start[0] if sheet.start else 0
        for number, row in enumerate(sheet.iter_rows(), first + 1):
            cells = _texts(row)
            # The further sheets begin with the headings that the first one had.
            if any(cells) and not (place and number == first + 1):
                yield TableRow(number, cells)


def _texts(row: list[Any]) -> list[str]:
    return [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    # Whatever number a cell holds is one with a point, for Excel.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else str(cell)
