"""How the command line speaks: lines, tables, JSON and progress bars; with ``cli.root`` the home of click and rich."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table


def complain(line: str) -> None:
    """Says what is wrong, on stderr, where cron and a person look for it."""
    print(f"solacefeed: {line}", file=sys.stderr)


class Voice:
    """What a command says on stdout: words for people, or JSON for programs; *quiet* says nothing that is well."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet

    def say(self, line: str) -> None:
        """A line for people."""
        if not self.quiet and not self.as_json:
            print(line, flush=True)

    def tell(self, data: object) -> None:
        """Data for programs."""
        if self.as_json:
            print(json.dumps(plain(data), ensure_ascii=False, indent=2), flush=True)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> None:
        """A table for people; *nothing* is said where there are no rows."""
        lines = [[in_words(cell) for cell in row] for row in rows]
        if not lines:
            self.say(nothing)
        elif not self.quiet and not self.as_json:
            _print_table(headings, lines)

    def sheet(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Names and values, one pair a line, the names in a column."""
        known = [(name, in_words(value)) for name, value in pairs if value is not None]
        width = max((len(name) for name, _ in known), default=0)
        for name, value in known:
            first, *rest = value.splitlines() or [""]
            self.say(f"{name:<{width}}  {first}".rstrip())
            for line in rest:
                self.say(f"{'':<{width}}  {line}".rstrip())

    @contextmanager
    def progress(self, words: str) -> Iterator[Callable[[int], None]]:
        """A counter that long work advances; drawn in a terminal alone."""
        console = Console(stderr=True)
        if self.quiet or self.as_json or not console.is_terminal:
            yield lambda _count: None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, TextColumn("{task.completed}"), console=console, transient=True) as bar:
            task = bar.add_task(words, total=None)
            yield lambda count: bar.advance(task, count)


def plain(value: object) -> Any:
    """*value* as JSON has it: dataclasses by their field names, instants in UTC with ``Z``."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def in_words(value: object) -> str:
    """*value* as a person reads it in a table; control characters can't move the terminal's cursor."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    text = ", ".join(map(in_words, value)) if isinstance(value, (list, tuple)) else str(value)
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def _print_table(headings: Sequence[str], lines: list[list[str]]) -> None:
    # No width is forced on a pipe: a program that reads it gets whole lines.
    console = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 10_000)
    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for line in lines:
        table.add_row(*map(_escaped, line))
    console.print(table, markup=True)


def _escaped(cell: str) -> str:
    return cell.replace("[", r"\[")
