"""What was measured, as docs/benchmarks.md tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- measured by benchmarks/bench_deliver.py -->", "<!-- end of what was measured -->"


def write_page(file: Path, found: Mapping[str, Any]) -> None:
    """Puts *found*, as ``figures.write_json`` writes it, between the page's two marks."""
    before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n\n{table(found)}\n{END}{after}", encoding="utf-8")


def table(found: Mapping[str, Any]) -> str:
    where = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(where["versions"].items()))
    head = (
        f"{where['cores']} cores, {where['system']}, Python {where['python']}; a sync of the disk takes "
        f"{where['sync_ms']} ms, and the load was {where['load']:.1f} before. {versions}."
    )
    return "\n".join([head, "", *(line for name, suite in found["suites"].items() for line in _suite(name, suite))])


def _suite(name: str, suite: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### `{name}`", "", f"{suite['about'][0].upper()}{suite['about'][1:]}.", "")
    if any(each["samples"] for each in suite["figures"]):
        yield from ("| | copies a second | least to most | processor, ms a copy |", "| --- | --- | --- | --- |")
        yield from (_row(each) for each in suite["figures"] if each["samples"])
        yield ""
    yield from _items(suite["lines"])


def _row(figure: Mapping[str, Any]) -> str:
    rates = [each["copies"] / each["seconds"] for each in figure["samples"]]
    return (
        f"| {figure['name']} | {figure['rate']:,.0f} | {min(rates):,.0f} to {max(rates):,.0f} "
        f"| {figure['processor_ms']:.2f} |"
    )


def _items(lines: Iterable[str]) -> Iterator[str]:
    told = [f"* {line}" for line in lines]
    yield from ([*told, ""] if told else [])
