"""What was measured, as docs/benchmarks.md tells it, with a plot of each suite beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.plots import plot

BEGIN, END = "<!-- measured by python -m benchmarks -->", "<!-- end of what was measured -->"
#: The folder of plots, beside the page.
IMAGES = "images"


def write_page(file: Path, found: Mapping[str, Any]) -> None:
    """Puts *found*, as ``figures.write_json`` writes it, between the page's two marks, and its plots beside the page.

    A page that is not there is begun.
    """
    page = file.read_text(encoding="utf-8") if file.exists() else f"# Benchmarks\n\n{BEGIN}{END}\n"
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    drawn = {name: svg for name, suite in found["suites"].items() if (svg := plot(suite)) is not None}
    for name, svg in drawn.items():
        (file.parent / IMAGES).mkdir(parents=True, exist_ok=True)
        (file.parent / _image(name)).write_text(svg, encoding="utf-8")
    file.write_text(f"{before}{BEGIN}\n\n{table(found, drawn)}\n{END}{after}", encoding="utf-8")


def _image(suite: str) -> str:
    return f"{IMAGES}/benchmark-{suite}.svg"


def table(found: Mapping[str, Any], drawn: Iterable[str] = ()) -> str:
    where = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(where["versions"].items()))
    head = (
        f"{where['cores']} cores, {where['system']}, Python {where['python']}; a sync of the disk takes "
        f"{where['sync_ms']} ms, and the load was {where['load']:.1f} before. {versions}."
    )
    suites = found["suites"].items()
    return "\n".join([head, "", *(line for name, suite in suites for line in _suite(name, suite, name in drawn))])


def _suite(name: str, suite: Mapping[str, Any], is_drawn: bool) -> Iterator[str]:
    yield from (f"### `{name}`", "", f"{suite['about'][0].upper()}{suite['about'][1:]}.", "")
    if any(each["samples"] for each in suite["figures"]):
        yield "| | size | a second | seconds | least to most | processor, ms each | memory, MB |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        yield from (_row(each) for each in suite["figures"] if each["samples"])
        yield ""
    failed = [f"{each['name']} failed: {each['failure']}" for each in suite["figures"] if each["failure"]]
    yield from _items([*failed, *suite["lines"]])
    if is_drawn:
        yield from (f"![{name}, drawn]({_image(name)})", "")


def _row(figure: Mapping[str, Any]) -> str:
    seconds = [each["seconds"] for each in figure["samples"]]
    size, processor, memory = figure["size"], figure["processor_ms"], figure["memory"]
    cells = (
        figure["name"],
        "" if size is None else f"{size:,}",
        f"{figure['rate']:,.0f}" if figure["rate"] >= 10 else f"{figure['rate']:.2f}",
        three(figure["seconds"]),
        f"{three(min(seconds))} to {three(max(seconds))}",
        "" if processor is None else three(processor),
        "" if memory is None else f"{memory:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def three(value: float) -> str:
    """In three digits, or with all that stand before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _items(lines: Iterable[str]) -> Iterator[str]:
    told = [f"* {line}" for line in lines]
    yield from ([*told, ""] if told else [])
