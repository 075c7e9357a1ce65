"""What is measured, how contestants take turns, and how their figures are told."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.children import Failed
from solacefeed.store.database import sqlite_module


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One turn."""

    copies: int
    seconds: float
    #: Seconds of the processor, of all its processes.
    processor: float

    @property
    def rate(self) -> float:
        return self.copies / self.seconds


@dataclass(slots=True, kw_only=True)
class Figure:
    """All turns of one contestant."""

    name: str
    samples: list[Sample] = field(default_factory=list)
    #: Why there are none, or no more.
    failure: str | None = None

    @property
    def rate(self) -> float:
        return median(each.rate for each in self.samples)

    @property
    def processor_ms(self) -> float:
        """Milliseconds a copy."""
        return median(each.processor / each.copies for each in self.samples) * 1000

    def beside(self, other: Figure) -> float:
        """How many times *other* it is: the median of what it was in each round."""
        return median(ours.rate / theirs.rate for ours, theirs in zip(self.samples, other.samples, strict=False))

    def told(self) -> str:
        if not self.samples:
            return f"    {self.name:<44} failed: {self.failure}"
        rates = [each.rate for each in self.samples]
        return (
            f"    {self.name:<44} {self.rate:>7,.0f}/s ({min(rates):,.0f} to {max(rates):,.0f}); "
            f"{self.processor_ms:.2f} ms of the processor a copy"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How many times one contestant is another, and at least is to be."""

    of: str
    beside: str
    least: float | None = None


@dataclass(slots=True, kw_only=True)
class Told:
    """What a suite found."""

    suite: str
    about: str
    figures: list[Figure] = field(default_factory=list)
    ratios: list[dict[str, Any]] = field(default_factory=list)
    #: What else is told, a line each, and for programs.
    lines: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "about": self.about,
            "figures": [_as_json(each) for each in self.figures],
            "ratios": self.ratios,
            "lines": self.lines,
            **self.more,
        }


def _as_json(figure: Figure) -> dict[str, Any]:
    found = {"rate": figure.rate, "processor_ms": figure.processor_ms} if figure.samples else {}
    return {**asdict(figure), **found}


def take_turns(contestants: Mapping[str, Callable[[], Sample]], rounds: int) -> list[Figure]:
    """Each once a round; every other round goes the other way round, so that neighbours meet the same weather."""
    figures = {name: Figure(name=name) for name in contestants}
    for number in range(rounds):
        for name in list(contestants)[:: -1 if number % 2 else 1]:
            if figures[name].failure is None:
                _take_turn(figures[name], contestants[name])
    return list(figures.values())


def _take_turn(figure: Figure, turn: Callable[[], Sample]) -> None:
    try:
        figure.samples.append(turn())
    except Failed as error:
        figure.failure = str(error)


def compare(told: Told, aims: Sequence[Aim]) -> None:
    """Adds how many times one is another, where both are there."""
    by_name = {each.name: each for each in told.figures if each.samples}
    for aim in aims:
        if aim.of in by_name and aim.beside in by_name:
            ratio = by_name[aim.of].beside(by_name[aim.beside])
            reached = "" if aim.least is None else f" ({_reached(ratio, aim.least)} {aim.least:g})"
            told.lines.append(f"{aim.of}: {ratio:.2f} of {aim.beside}{reached}")
            told.ratios.append({**asdict(aim), "ratio": ratio})


def _reached(ratio: float, least: float) -> str:
    return "which reaches the aim," if ratio >= least else "short of"


def tell(told: Told) -> None:
    print(f"{told.suite}: {told.about}")
    for figure in told.figures:
        print(figure.told())
    for line in told.lines:
        print(f"    {line}")
    print(f"    load of the machine: {os.getloadavg()[0]:.1f}", flush=True)


# -- where it was measured ---------------------------------------------------------------------------------


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": dict(_versions()),
        "sync_ms": round(sync_ms(), 2),
        "load": os.getloadavg()[0],
    }


def _versions() -> Iterator[tuple[str, str]]:
    yield "sqlite", sqlite_module().sqlite_version
    for name in ("solacefeed", "sqlalchemy", "cryptography", "aiosmtplib"):
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
    if shutil.which("postconf"):
        yield "postfix", _said("postconf", "-h", "mail_version")
    if shutil.which("node"):
        yield "node", _said("node", "--version")
        yield "nodemailer", _said("node", "-p", 'require("nodemailer/package.json").version')


def _said(*command: str) -> str:
    asked = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30, check=False)  # noqa: S603
    return asked.stdout.strip() or "none"


def sync_ms() -> float:
    """What a write takes that waits for the disk of TMPDIR, in milliseconds."""
    with tempfile.NamedTemporaryFile() as file:
        took = []
        for _ in range(50):
            begun = perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            took.append(perf_counter() - begun)
    return median(took) * 1000


def as_json(where: Mapping[str, Any], suites: Sequence[Told]) -> dict[str, Any]:
    return {"machine": where, "suites": {each.suite: each.as_json() for each in suites}}


def write_json(file: Path, found: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
