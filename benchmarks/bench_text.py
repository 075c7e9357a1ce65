"""How long one post of 6 kB takes to sanitise and to read, beside bare nh3 on the same HTML in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import nh3

from solacefeed.text import tree
from solacefeed.text.clean import guard, tidy
from solacefeed.text.reading import read

_URL = "https://blog.example.org/2026/11/a-post/"
_PARAGRAPH = (
    '<p>Every council has a plan, and <em>most</em> plans have a <a href="/2025/plan/">cost</a>. What we found, '
    "when we looked, was that the cost of the plan’s delay was larger than the plan’s own; nobody had asked. "
    "So we asked: who waits, for how long, and what does the waiting do? The answers fill this page.</p>\n"
)
_POST = (
    "<p><em>Jo Bloggs, Chief Executive of Anytown, writes on waiting.</em></p>\n"
    + _PARAGRAPH * 17
    + "<p>All this will be at the heart of the Summit in Harrogate on 13-15th April 2027. "
    'How to book is <a href="https://events.example.org/">here</a>.</p>\n'
)
_TIMES, _ROUNDS = 200, 5


def main() -> None:
    peer = least_seconds(lambda: nh3.clean(_POST))
    print(f"text: one post of {len(_POST.encode()) / 1000:.1f} kB; least of {_ROUNDS} rounds of {_TIMES}")
    print(f"  bare nh3   {peer * 1000:6.3f} ms")
    for name, step in {"sanitise": sanitised, "read": understood}.items():
        seconds = least_seconds(step)
        print(f"  {name:9}  {seconds * 1000:6.3f} ms  {seconds / peer:5.1f} x bare nh3  {1 / seconds:7,.0f} posts/s")


def sanitised() -> object:
    body = tree.parse(_POST)
    tidy(body, _URL)
    return guard(body)


def understood() -> object:
    return read("Slow is fast", _POST, url=_URL)


def least_seconds(step: Callable[[], object]) -> float:
    """Seconds that one call takes, the least over the rounds: what is above it was the machine's other work."""
    return min(_round(step) for _ in range(_ROUNDS)) / _TIMES


def _round(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(_TIMES):
        step()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
