"""What is asked before many are mailed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solacefeed.errors import UsageError

if TYPE_CHECKING:
    from solacefeed.cli.console import Console


def agree(console: Console, question: str, number: int, *, yes: bool) -> None:
    """Raises ``UsageError`` where a person at the terminal says no; or nobody can be asked, and *yes* was not said."""
    if not console.agreed(question, yes=yes):
        raise UsageError(f"nothing was done: {number} are many at once, look with --dry-run, then say --yes")
