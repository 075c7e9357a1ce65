"""What the benchmarks measure with: a relay that is far away, turns that are fair, and a run of each suite."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest
from benchmarks.children import ROOT, Failed, child, python
from benchmarks.figures import Aim, Sample, Told, compare, take_turns
from benchmarks.page import BEGIN, END, write_page
from benchmarks.relay import far


@contextmanager
def an_echo() -> Iterator[int]:
    """The port of a server that says again what one client says."""

    def answer(listener: socket.socket) -> None:
        wire, _ = listener.accept()
        with wire:
            while said := wire.recv(1 << 16):
                wire.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=answer, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_what_is_far_away_answers_later_and_whole() -> None:
    said = bytes(range(256)) * 4096
    with an_echo() as port, far(port, 40) as distant, socket.create_connection(("127.0.0.1", int(distant))) as wire:
        begun = monotonic()
        Thread(target=wire.sendall, args=(said,)).start()
        heard = wire.recv(1)
        took = monotonic() - begun
        while len(heard) < len(said) and (more := wire.recv(1 << 16)):
            heard += more
    assert took >= 0.04
    assert heard == said


def test_contestants_take_turns_and_every_other_round_goes_the_other_way_round() -> None:
    order: list[str] = []

    def turn(name: str, seconds: float) -> Sample:
        order.append(name)
        return Sample(amount=10, seconds=seconds, processor=0.1)

    figures = take_turns({"ours": lambda: turn("ours", 1), "theirs": lambda: turn("theirs", 2)}, 2)
    assert order == ["ours", "theirs", "theirs", "ours"]
    told = Told(suite="near", about="", figures=figures)
    compare(told, [Aim(of="ours", beside="theirs", least=2.5), Aim(of="ours", beside="nobody")])
    assert told.lines == ["ours: 2.00 of theirs (short of 2.5)"]


def test_a_contestant_that_fails_is_named_and_the_others_go_on() -> None:
    def fails() -> Sample:
        raise Failed("no relay")

    sample = Sample(amount=10, seconds=1, processor=0.1)
    broken, whole = take_turns({"broken": fails, "whole": lambda: sample}, 2)
    assert (broken.samples, broken.failure) == ([], "no relay")
    assert whole.samples == [sample, sample]


def test_a_program_that_does_not_end_is_ended() -> None:
    with child([sys.executable, "-c", "import time; time.sleep(600)"]) as endless:
        with pytest.raises(Failed, match="did not end within"):
            endless.finish(within=0.2)
        assert not endless.runs


@pytest.mark.slow
def test_each_suite_runs_and_its_figures_stand_on_the_page(tmp_path: Path) -> None:
    page, file = tmp_path / "page.md", tmp_path / "figures.json"
    page.write_text(f"before {BEGIN}old{END} after", encoding="utf-8")
    command = python("bench_deliver", "--copies", 1, "--rounds", 1, "--json", file, "--page", page)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(file.read_text(encoding="utf-8"))
    assert set(found["suites"]) == {"compose", "near", "far", "postgres", "memory"}
    failed = [each for suite in found["suites"].values() for each in suite["figures"] if each["failure"]]
    assert failed == []
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before ")
    assert written.endswith(" after")
    assert "| solacefeed |" in written
    assert "old" not in written.partition(BEGIN)[2].partition("###")[0]


def test_the_page_can_be_written_again(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}{END}", encoding="utf-8")
    found = {
        "machine": {
            "cores": 2,
            "system": "Linux",
            "python": "3.11",
            "sync_ms": 1.5,
            "load": 0.1,
            "versions": {"sqlite": "3.53"},
        },
        "suites": {"compose": {"about": "copies", "figures": [], "lines": ["composed: 20,000"]}},
    }
    write_page(page, found)
    once = page.read_text(encoding="utf-8")
    write_page(page, found)
    assert page.read_text(encoding="utf-8") == once
    assert "* composed: 20,000" in once
