"""How the command line speaks: lines, tables, JSON and progress bars; with ``cli.options`` the home of click and rich.

Its law: what is said never changes what is done. When nobody listens any more (``| head``), the command works on in
silence; a letter that the terminal lacks is written as its number.
"""

from __future__ import annotations

import base64
import json
import math
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from types import NoneType
from typing import Any
from uuid import UUID

import click

from solacefeed.errors import SolacefeedError
from solacefeed.words import instant_words

#: Wider than any line: a program that reads a pipe gets whole ones.
ENDLESS = 100_000

#: Columns that a value needs beside its name before it is worth wrapping.
LEAST = 24


class Console:
    """What a command says on stdout: words for people, or JSON for programs; *quiet* says nothing that is well.

    *bars* allows progress bars, which would be torn by other lines.
    """

    def __init__(self, *, as_json: bool, quiet: bool, bars: bool = True) -> None:
        self._as_json = as_json
        self._for_people = not quiet and not as_json
        self._bars = bars and self._for_people

    def say(self, line: str) -> None:
        """A line for people."""
        if self._for_people:
            _write(line)

    def tell(self, data: object) -> None:
        """Data for programs."""
        if self._as_json:
            _write(json.dumps(plain(data), indent=2))

    def pour(self, text: str) -> None:
        """What was asked for itself, as it is: for people and programs alike."""
        _write(text, end="")

    def table(
        self, headings: Sequence[str], rows: Iterable[Sequence[object]], nothing: str, *, most: int | None = None
    ) -> None:
        """A table for people; *nothing* is said where there are no rows, and a hint where there are *most*."""
        if not self._for_people:
            return
        lines = [list(row) for row in rows]
        self.say(_drawn(headings, lines) if lines else nothing)
        if len(lines) == most:
            self.say(f"these are the newest {most}: --limit {most * 10} shows more")

    def sheet(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Names and values, one pair a line, the names in a column."""
        known = [(name, in_words(value)) for name, value in pairs if value is not None]
        width = max((len(name) for name, _ in known), default=0)
        for name, value in known:
            first, *rest = _wrapped(value, _columns() - width - 2)
            self.say(f"{name:<{width}}  {first}".rstrip())
            for line in rest:
                self.say(f"{'':<{width}}  {line}".rstrip())

    def agreed(self, question: str, *, yes: bool) -> bool:
        """Whether a person at the terminal says yes, or has said so before; where nobody can be asked, no."""
        if yes or not self.can_ask:
            return yes
        return click.confirm(question)

    @property
    def can_ask(self) -> bool:
        """Whether a person sits at the terminal, who reads and answers."""
        return self._for_people and sys.stdin is not None and sys.stdin.isatty()

    @contextmanager
    def progress(self, words: str) -> Iterator[Callable[[int], None]]:
        """A counter that long work advances; drawn in a terminal alone."""
        if not self._bars or not sys.stderr.isatty():
            yield lambda _count: None
            return
        # rich costs a command more than all its own work, and most draw nothing.
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        terminal = Terminal(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
        with Progress(*columns, console=terminal, transient=True) as bar:
            task = bar.add_task(words, total=None)
            yield lambda count: bar.advance(task, count)


def plain(value: object) -> Any:
    """*value* as JSON has it: whatever a command may tell, in the one way in which all commands tell it.

    Instants are in UTC with ``Z``, spans in seconds, bytes in base64, sets sorted, dataclasses by their field names.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {_key(name): plain(each) for name, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value), key=_order)
    if isinstance(value, (list, tuple)):
        return list(map(plain, value))
    # A word of a library that has found its way here is still a word: an operator's command does not die of it.
    return next((told(value) for kinds, told in TOLD if isinstance(value, kinds)), str(value))


def _key(name: object) -> str:
    told = plain(name)
    return told if isinstance(told, str) else json.dumps(told)


def _order(told: Any) -> tuple[float, str]:
    """Numbers by their size, before all else by its words."""
    return (told, "") if isinstance(told, (int, float)) else (math.inf, json.dumps(told))


def _instant(value: datetime) -> str:
    try:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    except OverflowError:
        # At the calendar's ends UTC may have no word for it.
        return value.isoformat()


def _number(value: float) -> float | str:
    """JSON has no word for what is no number."""
    return value if math.isfinite(value) else str(value)


#: What a single value may be, and how JSON has it; the first that fits.
TOLD: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: plain(value.value)),
    ((str, bool, int, NoneType), lambda value: value),
    (float, _number),
    (datetime, _instant),
    ((date, time), lambda value: value.isoformat()),
    (timedelta, lambda value: _number(value.total_seconds())),
    (bytes, lambda value: base64.b64encode(value).decode()),
    ((tzinfo, PurePath, Decimal, UUID), str),
)


def in_words(value: object) -> str:
    """*value* as a person reads it in a table; control characters can't move the terminal's cursor."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return instant_words(value)
    text = ", ".join(map(in_words, value)) if isinstance(value, (list, tuple)) else str(value)
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def _write(text: str, *, end: str = "\n") -> None:
    try:
        # With its line end in one piece: the daemon's threads speak at once.
        print(f"{text}{end}", end="", flush=True)
    except BrokenPipeError:
        _fall_silent()
    except OSError as error:
        _fall_silent()
        raise SolacefeedError(f"stdout can't be written: {error.strerror}") from error


def _fall_silent() -> None:
    """Lets all further words go nowhere; also those that Python still holds for its own end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _columns() -> int:
    """The terminal's width; without one, no end."""
    in_terminal = sys.stdout is not None and sys.stdout.isatty()
    return os.get_terminal_size(sys.stdout.fileno()).columns if in_terminal else ENDLESS


def _wrapped(value: str, width: int) -> list[str]:
    """*value* in lines, broken between words where the terminal is wide enough for that."""
    lines = value.splitlines() or [""]
    if width < LEAST:
        return lines
    return [part for line in lines for part in textwrap.wrap(line, width, break_long_words=False) or [""]]


def _drawn(headings: Sequence[str], rows: list[list[object]]) -> str:
    """The table as wide as the terminal: a time stays on its line, other cells are broken, none is cut off."""
    from rich.console import Console as Terminal
    from rich.table import Column, Table
    from rich.text import Text

    columns = (
        Column(heading, overflow="fold", no_wrap=any(isinstance(row[number], datetime) for row in rows))
        for number, heading in enumerate(headings)
    )
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(in_words(cell)) for cell in row))
    # rich gives a dumb terminal 80 columns, unless it is told both.
    terminal = Terminal(width=_columns(), height=len(rows))
    with terminal.capture() as capture:
        terminal.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def from_here(path: Path) -> str:
    """*path* as a person at this prompt would write it."""
    try:
        here = Path.cwd()
    except OSError:
        # Somebody has removed the folder meanwhile.
        return str(path)
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
