"""Writes what was run into its place in a page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ENDS = "<!-- end -->"


def put(page: Path, begins: str, lines: Iterable[str]) -> None:
    """Puts *lines* between the line that *begins* so and the end of that place; raises where there is none."""
    head, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- made by: {begins}")
    line, _, rest = rest.partition("\n")
    _, end, tail = rest.partition(ENDS)
    if not (mark and end):
        raise ValueError(f"{page} has no place for what `{begins}` makes")
    between = "\n".join(lines)
    page.write_text(f"{head}{mark}{line}\n\n{between}\n\n{end}{tail}", encoding="utf-8")
