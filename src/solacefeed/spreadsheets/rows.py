"""What every table is read as, whatever file it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class TableRow(NamedTuple):
    """One row of a table."""

    #: Where it begins, as a person finds it: the line of a file, or the row of a sheet.
    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that can be read once, from its first row, which may hold headings."""

    rows: Iterator[TableRow]
    #: How it is read, in words: ``UTF-8, separated by commas``.
    reading: str
