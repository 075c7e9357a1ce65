"""Cells that no spreadsheet takes for a formula, and back."""

from __future__ import annotations

from collections.abc import Sequence

#: What a spreadsheet takes for the beginning of a formula, or of one behind what it leaves out (OWASP, CSV injection);
#: those of Japan, China and Korea take the fullwidth signs for it too.
TRIGGERS = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


def safe(cell: str) -> str:
    """*cell* behind an apostrophe where a spreadsheet would work out what it says."""
    return f"'{cell}" if _is_taken(cell) else cell


def plain(cell: str) -> str:
    """What ``safe`` was given."""
    return cell[1:] if cell[:1] == "'" and _is_taken(cell[1:]) else cell


def safe_row(row: Sequence[str | None]) -> list[str]:
    return [safe(cell or "") for cell in row]


def _is_taken(cell: str) -> bool:
    # One that stands behind apostrophes of its own gets another, so that the way back is the same.
    return cell.lstrip("'")[:1] in TRIGGERS if cell[:1] == "'" else cell[:1] in TRIGGERS
