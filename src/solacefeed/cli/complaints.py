"""What did not work, said on stderr: by a command, and at the end of one that broke off."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from solacefeed.errors import ConfigError, UsageError, in_a_line, is_a_bug

_log = logging.getLogger(__name__)


def complain(line: str) -> None:
    """Says what is wrong, on stderr, where cron and a person look for it."""
    print(f"solacefeed: {line}\n", end="", file=sys.stderr, flush=True)


def complain_of(error: Exception, *, deed: str | None = None) -> None:
    """Says what went wrong; of a bug a line too, and with -v where it stands."""
    if is_a_bug(error):
        _log.info("how it came to that", exc_info=error)
        complain(f"{f'{deed}: ' if deed else ''}{in_a_line(error)}; the same with -v shows where")
    else:
        _log.debug("how it came to that", exc_info=error)
        complain(str(error))


def exit_with(troubles: Sequence[str]) -> NoReturn:
    """Ends a command that did its own work: says what did not work beside it, and exits with 1 if there was any."""
    for trouble in troubles:
        complain(trouble)
    sys.exit(1 if troubles else 0)


def exit_code_of(error: Exception) -> int:
    """Says why a command has ended with *error*; returns 1 for what did not work and 2 for what can't be asked for."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    if isinstance(error, click.Abort):
        complain("broken off; what was done before stays done")
        return 1
    if isinstance(error, click.UsageError):
        complain(_in_one_line(error))
        return 2
    complain_of(error)
    return 2 if isinstance(error, (ConfigError, UsageError)) else 1


def _in_one_line(error: click.UsageError) -> str:
    """click's words, as all our errors are said: what, and what to do."""
    words = " ".join(error.format_message().split()).replace("(Did you", "Did you").replace("?)", "?")
    command = error.ctx.command_path if error.ctx else "solacefeed"
    end = "" if words.endswith((".", "?")) else "."
    return f"{words[:1].lower()}{words[1:]}{end} See `{command} --help`"


class NamelessFormatter(logging.Formatter):
    """A record in words, its traceback too, with nobody's address in them: logs are kept, and read by others."""

    def format(self, record: logging.LogRecord) -> str:
        from solacefeed.traces import nameless  # where nothing is logged it is not wanted

        return nameless(super().format(record))


def keep_libraries_quiet() -> None:
    """Lets what libraries warn of stand in the log, which ``-v`` shows: an operator can do nothing about it.

    What they call an error is shown all the same, and so is all that we say ourselves.
    """
    logging.captureWarnings(True)
    # The handler of records that nobody asked for.
    if logging.lastResort:
        logging.lastResort.addFilter(_is_pressing)
        logging.lastResort.setFormatter(NamelessFormatter())


def _is_pressing(record: logging.LogRecord) -> bool:
    return record.name.startswith("solacefeed") or record.levelno >= logging.ERROR
