"""Small charts: what is drawn where, in the units of an SVG, from numbers and their names.

A template draws them; here nothing is text of SVG, so that nothing can be put into it. Each is bounded by what it is
given, and a chart of nothing has no marks and an axis from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: The whole drawing, and the plot within it.
WIDTH, HEIGHT = 360, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 352, 10, 140
#: Less than that is drawn as nothing.
_NEXT_TO_NOTHING = 1e-9

#: Parts of a column's room that stay free beside it, and the widest that one becomes.
_GAP, _WIDEST = 0.25, 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMark:
    """A rectangle of a kind, by which the style draws it."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTick:
    """A line across the plot, and what it stands for."""

    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    width: int
    height: int
    left: int
    right: int
    #: Where names of columns stand.
    foot: int
    marks: tuple[ChartMark, ...]
    #: The points of a line, ``x,y x,y``; empty for none.
    line: str
    #: Where each of them is.
    dots: tuple[tuple[float, float], ...]
    ticks: tuple[ChartTick, ...]
    #: The names of the first column and the last.
    first: str
    last: str


def columns(names: Sequence[str], stacks: Sequence[Sequence[tuple[str, float]]], *, share: bool = False) -> Chart:
    """A column for each of *names*, of parts of a kind each, the first at its foot; *share*, of numbers up to 1."""
    top = _round_up(max((sum(value for _, value in stack) for stack in stacks), default=0), share=share)
    room = (_RIGHT - _LEFT) / max(len(stacks), 1)
    width = min(room * (1 - _GAP), _WIDEST)
    marks: list[ChartMark] = []
    for number, stack in enumerate(stacks):
        x, y = _LEFT + room * number + (room - width) / 2, float(_BOTTOM)
        for kind, value in stack:
            if value > 0:
                height = _scaled(value, top)
                y -= height
                marks.append(ChartMark(kind=kind, x=_r(x), y=_r(y), width=_r(width), height=_r(height)))
    return _chart(names, top, share=share, marks=marks)


def line(names: Sequence[str], values: Sequence[float]) -> Chart:
    """A line through *values*, each above its name."""
    top = _round_up(max(values, default=0))
    step = (_RIGHT - _LEFT) / max(len(values) - 1, 1)
    dots = [(_r(_LEFT + step * number), _r(_BOTTOM - _scaled(value, top))) for number, value in enumerate(values)]
    return _chart(names, top, dots=dots)


def _chart(
    names: Sequence[str],
    top: float,
    *,
    share: bool = False,
    marks: Sequence[ChartMark] = (),
    dots: Sequence[tuple[float, float]] = (),
) -> Chart:
    # Half a copy there is none.
    values = (0.0, top) if top == 1 and not share else (0.0, top / 2, top)
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=_RIGHT,
        foot=HEIGHT - 8,
        marks=tuple(marks),
        line=" ".join(f"{x},{y}" for x, y in dots) if len(dots) > 1 else "",
        dots=tuple(dots),
        ticks=tuple(ChartTick(y=_r(_BOTTOM - _scaled(each, top)), label=_label(each, share=share)) for each in values),
        first=names[0] if names else "",
        last=names[-1] if len(names) > 1 else "",
    )


def _scaled(value: float, top: float) -> float:
    return value / top * (_BOTTOM - _TOP)


def _round_up(value: float, *, share: bool = False) -> float:
    """The next number from there that is 1, 2, 4 or 10 times a power of ten; of next to nothing, one."""
    if value < _NEXT_TO_NOTHING:
        return 0.01 if share else 1.0
    power: float = 10.0 ** math.floor(math.log10(value))
    found = next(step * power for step in (1, 2, 4, 10, 20) if step * power >= value * 0.9999)
    return min(found, 1.0) if share else found


def _label(value: float, *, share: bool) -> str:
    if share:
        return f"{value * 100:.3g} %"
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:.3g}"


def _r(value: float) -> float:
    """Two places are finer than any screen."""
    return round(value, 2)
