"""The command line: ``solacefeed COMMAND``. Each command is one door to deeds that are done elsewhere."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Sequence

from solacefeed.cli.root import root
from solacefeed.errors import UsageError
from solacefeed.signals import terminated_as_interrupted

#: Objects that are made before Python looks for garbage; by itself it looks after 700.
FEW_LOOKS_FOR_GARBAGE = 20_000


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command of *words*, by default this process's own, and exits with 0, 1 (did not work) or 2 (usage)."""
    # A command loads much and throws little away: to look for garbage after every few objects costs a tenth of it.
    gc.set_threshold(FEW_LOOKS_FOR_GARBAGE)
    _spell_what_the_terminal_lacks()
    try:
        _check_letters(sys.argv[1:] if words is None else words)
        with terminated_as_interrupted():
            sys.exit(root.main(words, prog_name="solacefeed", standalone_mode=False))
    except Exception as error:
        from solacefeed.cli.complaints import exit_code_of

        sys.exit(exit_code_of(error))


def _spell_what_the_terminal_lacks() -> None:
    """Lets stdout, in an encoding that lacks a letter, write its number instead."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _check_letters(words: Sequence[str]) -> None:
    """A store, a file and a page hold text: what is none is refused before a command begins with it."""
    for word in words:
        shown = word.encode(errors="backslashreplace").decode().replace("\0", "\\0")
        if shown != word:
            raise UsageError(f"{shown}: not UTF-8 text; write it in UTF-8, as this terminal's locale should")
