"""The command line: ``solacefeed COMMAND``. Each command is one door to deeds that are done elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from solacefeed.cli import (
    clock,
    deeds,
    digests,
    editions,
    events,
    look,
    post_decisions,
    redirects,
    setting_up,
    subscribers,
)
from solacefeed.cli.console import complain, complain_of, spell_what_the_terminal_lacks
from solacefeed.cli.options import keep_libraries_quiet, root
from solacefeed.errors import ConfigError, UsageError

# ``editions`` and ``post_decisions`` add their commands to those of ``look``.
__all__ = ["editions", "main", "post_decisions"]

for module in (deeds, look, events, subscribers, digests, setting_up, redirects, clock):
    module.add_to(root)


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command of *words*, by default this process's own, and exits with 0, 1 (did not work) or 2 (usage)."""
    spell_what_the_terminal_lacks()
    keep_libraries_quiet()
    try:
        _check_letters(sys.argv[1:] if words is None else words)
        sys.exit(root.main(words, prog_name="solacefeed", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.UsageError as error:
        complain(_in_one_line(error))
        sys.exit(2)
    except click.Abort:
        complain("broken off; what was done before stays done")
        sys.exit(1)
    except (ConfigError, UsageError) as error:
        complain(str(error))
        sys.exit(2)
    except Exception as error:
        complain_of(error)
        sys.exit(1)


def _check_letters(words: Sequence[str]) -> None:
    """A store, a file and a page hold text: what is none is refused before a command begins with it."""
    for word in words:
        shown = word.encode(errors="backslashreplace").decode().replace("\0", "\\0")
        if shown != word:
            raise UsageError(f"{shown}: not UTF-8 text; write it in UTF-8, as this terminal's locale should")


def _in_one_line(error: click.UsageError) -> str:
    """click's words, as all our errors are said: what, and what to do."""
    words = " ".join(error.format_message().split())
    command = error.ctx.command_path if error.ctx else "solacefeed"
    end = "" if words.endswith((".", "?")) else "."
    return f"{words[:1].lower()}{words[1:]}{end} See `{command} --help`"
