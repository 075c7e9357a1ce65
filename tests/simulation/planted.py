"""Bugs that an engineer could make, as planted.toml has them, and how each comes into a file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.planting_worlds import about

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path("src/solacefeed")
#: The bugs: their names, each with what is changed where, and what somebody would suffer by it.
BUGS = Path(__file__).with_name("planted.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    name: str
    #: Below the package.
    file: str
    #: A line as it is without its indentation, which the file has once (behind the line *under*), and what it becomes.
    before: str
    after: str
    #: What somebody would suffer by it, in one sentence.
    suffers: str
    #: What the worlds are about that have what it needs to show; those are played first.
    story: str
    #: A line before it, where several are alike.
    under: str = ""

    @property
    def module(self) -> str:
        return f"solacefeed.{self.file.removesuffix('.py').replace('/', '.')}"

    def first(self, worlds: Iterable[int]) -> list[int]:
        """*worlds* in the order in which they are played: first those that have what it is about."""
        return sorted(worlds, key=lambda number: (about(number) != self.story, number))

    def planted(self, text: str) -> str:
        """*text*, the file's, with the bug; raises ``ValueError`` where the line is not there, or not once."""
        lines = text.splitlines(keepends=True)
        start = self._only(lines, self.under, 0) + 1 if self.under else 0
        place = self._only(lines, self.before, start)
        indented = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
        lines[place] = f"{indented}{self.after}\n" if self.after else "\n"
        return "".join(lines)

    def _only(self, lines: Sequence[str], wanted: str, start: int) -> int:
        found = [number for number in range(start, len(lines)) if lines[number].strip() == wanted]
        if not found or (len(found) > 1 and not self.under):
            times = len(found) or "no"
            raise ValueError(f"{self.name}: {self.file} has {times} lines {wanted!r}, and should have one")
        return found[0]


def bugs() -> list[Bug]:
    with BUGS.open("rb") as file:
        return [Bug(name=name, **values) for name, values in tomllib.load(file).items()]
