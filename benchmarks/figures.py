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

    #: Of what is counted: copies, readers, posts, requests.
    amount: float
    seconds: float
    #: Seconds of the processor, of all its processes; ``None`` where it is a server's, that others use too.
    processor: float | None
    #: The most that its process had, in MB; ``None`` where that was not asked.
    memory: float | None = None

    @property
    def rate(self) -> float:
        return self.amount / self.seconds

    def each(self, what: str) -> float | None:
        """A *rate* a second; *seconds* or the *processor*'s, for each that is counted; of a whole *turn*; *memory*."""
        if what == "memory":
            return self.memory
        if what == "turn":
            return self.seconds
        spent = self.processor if what == "processor" else self.seconds
        if spent is None:
            return None
        return self.amount / spent if what == "rate" else spent / self.amount


@dataclass(slots=True, kw_only=True)
class Figure:
    """All turns of one contestant, at one size."""

    name: str
    #: How much there was of what the work may depend on; ``None`` where only one size is measured.
    size: int | None = None
    samples: list[Sample] = field(default_factory=list)
    #: Why there are none, or no more.
    failure: str | None = None

    @property
    def rate(self) -> float:
        return median(each.rate for each in self.samples)

    @property
    def seconds(self) -> float:
        """Of a whole turn."""
        return median(each.seconds for each in self.samples)

    @property
    def processor_ms(self) -> float | None:
        """Milliseconds for each that is counted."""
        known = [each.processor / each.amount for each in self.samples if each.processor is not None]
        return median(known) * 1000 if known else None

    @property
    def memory(self) -> float | None:
        return max((each.memory for each in self.samples if each.memory is not None), default=None)

    def beside(self, other: Figure, what: str = "rate") -> float | None:
        """How many times *other* it is: the median of what it was in each round."""
        pairs = [
            (ours.each(what), theirs.each(what)) for ours, theirs in zip(self.samples, other.samples, strict=False)
        ]
        known = [ours / theirs for ours, theirs in pairs if ours is not None and theirs]
        return median(known) if known else None

    def told(self) -> str:
        who = self.name if self.size is None else f"{self.name}, {self.size:,}"
        if not self.samples:
            return f"    {who:<52} failed: {self.failure}"
        seconds = [each.seconds for each in self.samples]
        rate = f"{self.rate:,.0f}" if self.rate >= 10 else f"{self.rate:.2f}"
        processor = "" if self.processor_ms is None else f"; {self.processor_ms:.2f} ms of the processor each"
        memory = "" if self.memory is None else f"; {self.memory:,.0f} MB"
        return (
            f"    {who:<52} {rate:>9}/s; {self.seconds:.3f} s ({min(seconds):.3f} to {max(seconds):.3f})"
            f"{processor}{memory}"
        )


#: How a comparison is said, by what is compared.
_OF = {"rate": "", "seconds": "'s time", "turn": "'s whole turn", "processor": "'s processor", "memory": "'s memory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How many times one contestant is another, and at least or at most is to be."""

    of: str
    beside: str
    least: float | None = None
    most: float | None = None
    what: str = "rate"


@dataclass(slots=True, kw_only=True)
class Told:
    """What a suite found."""

    suite: str
    about: str
    #: What one of the amount is.
    unit: str = "copy"
    figures: list[Figure] = field(default_factory=list)
    ratios: list[dict[str, Any]] = field(default_factory=list)
    #: What else is told, a line each, and for programs.
    lines: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "about": self.about,
            "unit": self.unit,
            "figures": [_as_json(each) for each in self.figures],
            "ratios": self.ratios,
            "lines": self.lines,
            **self.more,
        }

    def without(self, missing: Sequence[str]) -> None:
        """Names the peers that are not installed."""
        if missing:
            self.lines.append(f"not installed, so not beside it: {', '.join(missing)}")
            self.more["missing"] = list(missing)


def _as_json(figure: Figure) -> dict[str, Any]:
    if not figure.samples:
        return asdict(figure)
    found = {"rate": figure.rate, "seconds": figure.seconds, "processor_ms": figure.processor_ms}
    return {**asdict(figure), **found, "memory": figure.memory}


def take_turns(
    contestants: Mapping[str, Callable[[], Sample]], rounds: int, *, size: int | None = None
) -> list[Figure]:
    """Each once a round; every other round goes the other way round, so that neighbours meet the same weather."""
    figures = {name: Figure(name=name, size=size) for name in contestants}
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
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else error.stderr
        figure.failure = f"{Path(error.cmd[0]).name} ended with {error.returncode}: {(said or '')[-500:]}"


def compare(told: Told, aims: Sequence[Aim]) -> None:
    """Adds how many times one is another, where both are there; at each size by itself."""
    there = {(each.name, each.size): each for each in told.figures if each.samples}
    for aim in aims:
        for name, size in list(there):
            other = there.get((aim.beside, size))
            if name != aim.of or other is None:
                continue
            ratio = there[name, size].beside(other, aim.what)
            if ratio is not None:
                at = "" if size is None else f"{size:,}: "
                told.lines.append(f"{at}{aim.of}: {ratio:.2f} of {aim.beside}{_OF[aim.what]}{_verdict(aim, ratio)}")
                told.ratios.append({**asdict(aim), "size": size, "ratio": ratio})


def hold(told: Told, words: str, value: float, *, most: float) -> None:
    """Adds what one figure is to be at most."""
    aim = Aim(of=words, beside="", most=most, what="value")
    told.lines.append(f"{words}: {value:.3g}{_verdict(aim, value)}")
    told.ratios.append({**asdict(aim), "ratio": value})


def _verdict(aim: Aim, ratio: float) -> str:
    if aim.least is not None:
        return f" ({'which reaches the aim,' if ratio >= aim.least else 'short of'} {aim.least:g})"
    if aim.most is not None:
        return f" ({'which keeps the aim,' if ratio <= aim.most else 'more than'} {aim.most:g})"
    return ""


def tell(told: Told) -> None:
    print(f"{told.suite}: {told.about}")
    for figure in told.figures:
        print(figure.told())
    for line in told.lines:
        print(f"    {line}")
    print(f"    load of the machine: {os.getloadavg()[0]:.1f}", flush=True)


# -- where it was measured ---------------------------------------------------------------------------------


#: Of what is not installed.
_NONE = "none"


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: told for name, told in _versions() if told != _NONE},
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
    if shutil.which("hugo"):
        yield "hugo", _said("hugo", "version").split()[1].partition("-")[0].removeprefix("v")
    if nginx := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"):
        yield "nginx", _said(nginx, "-v").rpartition("/")[2]
    if shutil.which("sqlite3"):
        yield "sqlite3", _said("sqlite3", "--version").split()[0]
    if shutil.which("postconf"):
        yield "postfix", _said("postconf", "-h", "mail_version")
    if shutil.which("node"):
        yield "node", _said("node", "--version")
        yield "nodemailer", _said("node", "-p", 'require("nodemailer/package.json").version')


def _said(*command: str) -> str:
    asked = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30, check=False)  # noqa: S603
    return (asked.stdout.strip() or asked.stderr.strip()) if asked.returncode == 0 else _NONE


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
