"""Whatever file a table stands in."""

from __future__ import annotations

from pathlib import Path

from solacefeed.errors import UsageError
from solacefeed.spreadsheets.csv_files import csv_table
from solacefeed.spreadsheets.rows import Table


def opened(path: Path) -> Table:
    """The table in the file at *path*, by what its first bytes are; raises ``UsageError`` where it can't be read."""
    from solacefeed.spreadsheets.workbooks import SIGNATURES, workbook_table

    try:
        with path.open("rb") as file:
            beginning = file.read(8)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    return workbook_table(path) if beginning.startswith(SIGNATURES) else csv_table(path)
