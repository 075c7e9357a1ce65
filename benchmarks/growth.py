"""What grows with how many copies wait: the memory of the process that delivers them, and the time of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.delivering import Editions, Way, hand_over, sample
from benchmarks.figures import Figure, Told
from benchmarks.worker import Delivered

#: How much the memory may grow from the smallest edition to the largest.
FLAT = 1.10
#: A statement is told of that takes so many times as long, and so many milliseconds.
TIMES, AT_LEAST_MS = 5.0, 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """A statement that takes longer the more copies wait."""

    statement: str
    #: How often, with the most of them.
    count: int
    #: Milliseconds each, with the fewest and with the most.
    least_ms: float
    most_ms: float

    def told(self) -> str:
        took = f"{self.least_ms:.1f} ms, then {self.most_ms:.0f} ms"
        return f"grows: {took}, {self.count} in a round: {self.statement[:200]}"


def watch_growth(told: Told, kept: Editions, way: Way, editions: Sequence[tuple[int, int]]) -> None:
    """Delivers each of *editions*: how many copies wait, and after how many to stop (0 for none too many)."""
    found: list[tuple[int, Delivered]] = []
    for copies, most in editions:
        with kept.fresh(kept.make(copies)) as store:
            (done,) = hand_over(kept, [store], replace(way, most=most, watched=True))
        found.append((copies, done))
        figure = Figure(name=f"{copies:,} wait, {done.accepted:,} go", samples=[sample([done])])
        told.figures.append(figure)
        told.lines.append(f"{copies:,}: {done.memory} MB at most, {done.memory_before} before")
    told.more["memory_mb"] = {str(copies): done.memory for copies, done in found}
    told.lines.append(_verdict(*(found[at][1].memory for at in (0, -1))))
    growing = sorted(_growing(found[0][1].statements, found[-1][1].statements), key=lambda each: -each.most_ms)
    told.lines += [each.told() for each in growing] or ["no statement takes longer the more copies wait"]
    told.more["growing"] = [asdict(each) for each in growing]


def _verdict(least: int, most: int) -> str:
    word = "is flat" if most <= least * FLAT else "is not flat"
    return f"memory {word}: {most / least:.2f} times from the smallest to the largest"


def _growing(least: Mapping[str, Any], most: Mapping[str, Any]) -> Iterator[Growing]:
    for statement in least.keys() & most.keys():
        (few, seconds), (many, longer) = least[statement], most[statement]
        before, after = seconds / few * 1000, longer / many * 1000
        if after >= max(before * TIMES, AT_LEAST_MS):
            yield Growing(statement=" ".join(statement.split()), count=many, least_ms=before, most_ms=after)
