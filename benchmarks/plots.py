"""Plots of figures as SVG: seconds against sizes, both by powers of ten; or a bar for each contestant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from statistics import median
from typing import Any

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 620, 24, 250
#: Told apart also by who does not see all colours, and by their order in the legend.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")

Points = list[tuple[float, Sequence[float]]]


def plot(suite: Mapping[str, Any]) -> str | None:
    """Of a suite as ``Told.as_json`` tells it; ``None`` where there is nothing to draw."""
    lines: dict[str, Points] = {}
    for figure in suite["figures"]:
        if figure["samples"] and figure.get("size"):
            seconds = [each["seconds"] for each in figure["samples"]]
            lines.setdefault(figure["name"], []).append((figure["size"], seconds))
    curves = {name: sorted(points) for name, points in lines.items() if len(points) > 1}
    if curves:
        return _drawing(list(_curves(curves, suite["unit"])))
    rates = {each["name"]: [s["amount"] / s["seconds"] for s in each["samples"]] for each in suite["figures"]}
    bars = {name: values for name, values in rates.items() if values}
    return _drawing(list(_bars(bars, suite["unit"])), height=40 + 34 * len(bars)) if bars else None


def _drawing(parts: Sequence[str], *, height: int = HEIGHT) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>', *parts, "</svg>", ""])


# -- against sizes --------------------------------------------------------------------------------------------


def _curves(curves: Mapping[str, Points], unit: str) -> Iterator[str]:
    yield _text(8, 15, f"seconds, by {_several(unit)}; both axes by powers of ten", "start")
    sizes = [size for points in curves.values() for size, _ in points]
    seconds = [each for points in curves.values() for _, every in points for each in every]
    across, up = _decades(sizes), _decades(seconds)
    for exponent in range(across[0], across[1] + 1):
        x = _place(10.0**exponent, across, LEFT, RIGHT)
        yield f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BOTTOM}" stroke="#dddddd"/>'
        # The last one ends with its line: in the midst of it the drawing would cut it.
        anchor = "end" if exponent == across[1] else "middle"
        yield _text(x, BOTTOM + 18, f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:g}", anchor)
    for exponent in range(up[0], up[1] + 1):
        y = _place(10.0**exponent, up, BOTTOM, TOP)
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield _text(LEFT - 8, y + 4, f"{10.0**exponent:g} s", "end")
    for number, (name, points) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        yield from _curve(points, across, up, colour)
        yield from _legend(number, name, colour)


def _curve(points: Points, across: tuple[int, int], up: tuple[int, int], colour: str) -> Iterator[str]:
    """A line through the medians, and at each size a stroke from the least to the most."""
    placed = []
    for size, seconds in points:
        x = _place(size, across, LEFT, RIGHT)
        least, middle, most = (_place(each, up, BOTTOM, TOP) for each in (min(seconds), median(seconds), max(seconds)))
        placed.append(f"{x:.1f},{middle:.1f}")
        yield f'<line x1="{x:.1f}" y1="{least:.1f}" x2="{x:.1f}" y2="{most:.1f}" stroke="{colour}" stroke-width="5"/>'
        yield f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="4" fill="{colour}"/>'
    yield f'<polyline points="{" ".join(placed)}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _place(value: float, decades: tuple[int, int], begin: float, end: float) -> float:
    low, high = decades
    return begin + (log10(value) - low) / (high - low) * (end - begin)


def _legend(number: int, name: str, colour: str) -> Iterator[str]:
    x, y = LEFT + (number % 2) * 280, BOTTOM + 44 + (number // 2) * 18
    yield f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>'
    yield _text(x + 16, y, name, "start")


# -- beside one another ---------------------------------------------------------------------------------------


def _bars(bars: Mapping[str, Sequence[float]], unit: str) -> Iterator[str]:
    most = max(median(values) for values in bars.values())
    yield _text(8, 20, f"{_several(unit)} a second", "start")
    for number, (name, values) in enumerate(bars.items()):
        y, length = 34 + 34 * number, median(values) / most * 340
        yield f'<rect x="8" y="{y + 13}" width="{length:.1f}" height="12" fill="{COLOURS[0]}"/>'
        yield _text(8, y + 9, name, "start")
        yield _text(14 + length, y + 24, f"{median(values):,.3g}" if most < 100 else f"{median(values):,.0f}", "start")


def _several(unit: str) -> str:
    return f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222222">{escape(words)}</text>'
