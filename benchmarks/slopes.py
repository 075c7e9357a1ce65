"""How cost grows with size: by which power of it, and whether that is worse than in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from benchmarks.figures import Figure, Told

#: A power up to which time is taken for growing in proportion: one turn is never just as the other.
LINEAR = 1.10


def tell_growth(told: Told) -> None:
    """Adds for each contestant that was measured at several sizes how its time and its memory grow."""
    for name in dict.fromkeys(each.name for each in told.figures):
        sizes = sorted((each for each in told.figures if each.name == name and each.samples and each.size), key=_size)
        if len(sizes) > 1:
            told.lines.append(f"{name}: {_growth(sizes)}")
            told.more.setdefault("powers", {})[name] = power(sizes[0], sizes[-1])


def power(small: Figure, large: Figure) -> float:
    """By which power of the size the time of a turn grows between two; 1 is in proportion, 0 not at all."""
    return log(large.seconds / small.seconds) / log(_size(large) / _size(small))


def _growth(sizes: Sequence[Figure]) -> str:
    small, large = sizes[0], sizes[-1]
    grown = power(small, large)
    word = "worse than in proportion" if grown > LINEAR else "no worse than in proportion"
    memory = ""
    if small.memory is not None and large.memory is not None:
        memory = f"; memory from {small.memory:.0f} to {large.memory:.0f} MB"
    times = f"from {_size(small):,} to {_size(large):,} its time grows {large.seconds / small.seconds:.1f} times"
    return f"{times} (size to the power of {grown:.2f}, {word}){memory}"


def _size(figure: Figure) -> int:
    return figure.size or 0
