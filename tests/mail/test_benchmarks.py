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
from xml.etree import ElementTree

import pytest
from benchmarks import bench_deliver
from benchmarks.children import ROOT, Failed, child
from benchmarks.figures import Aim, Figure, Sample, Told, compare, hold, take_turns
from benchmarks.page import BEGIN, END, three, write_page
from benchmarks.plots import plot
from benchmarks.relay import far
from benchmarks.slopes import tell_growth
from benchmarks.suites import EXTENTS


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
    command = [sys.executable, "-m", "benchmarks", "quick", "--json", str(file), "--page", str(page)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(file.read_text(encoding="utf-8"))
    assert set(found["suites"]) > {"start", "publish", "prepare", "poll", "import", "near"}
    failed = [each for suite in found["suites"].values() for each in suite["figures"] if each["failure"]]
    assert failed == []
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before ")
    assert written.endswith(" after")
    assert "| solacefeed |" in written
    assert "old" not in written.partition(BEGIN)[2].partition("###")[0]


def test_each_part_of_a_delivery_runs() -> None:
    assert set(EXTENTS["full"].delivery) == set(bench_deliver.SUITES)


def sized(name: str, size: int, seconds: float, memory: float) -> Figure:
    sample = Sample(amount=size, seconds=seconds, processor=seconds / 2, memory=memory)
    return Figure(name=name, size=size, samples=[sample])


def test_sizes_are_compared_each_by_itself_in_what_is_asked() -> None:
    figures = [sized(name, size, seconds, 50) for name, size, seconds in (("a", 10, 1), ("b", 10, 2), ("a", 100, 30))]
    told = Told(suite="publish", about="", figures=figures)
    compare(told, [Aim(of="a", beside="b", what="seconds", most=0.4)])
    hold(told, "seconds of a", 30, most=40)
    assert told.lines == ["10: a: 0.50 of b's time (more than 0.4)", "seconds of a: 30 (which keeps the aim, 40)"]


def test_one_edit_is_compared_with_a_whole_site_by_turns() -> None:
    edit = Figure(name="edit", size=100, samples=[Sample(amount=1, seconds=0.1, processor=0.1)])
    told = Told(suite="publish", about="", figures=[edit, sized("whole", 100, 2, 50)])
    compare(told, [Aim(of="edit", beside="whole", what="turn")])
    assert told.lines == ["100: edit: 0.05 of whole's whole turn"]


def test_what_grows_worse_than_its_size_is_said() -> None:
    figures = [sized("a", 10, 1, 50), sized("a", 1000, 10_000, 80), sized("b", 10, 1, 50), sized("b", 1000, 100, 50)]
    told = Told(suite="publish", about="", figures=figures)
    tell_growth(told)
    worse, same = told.lines
    assert "a: from 10 to 1,000 its time grows 10000.0 times (size to the power of 2.00, worse than in prop" in worse
    assert worse.endswith("memory from 50 to 80 MB")
    assert "(size to the power of 1.00, no worse than in proportion)" in same


def test_a_plot_is_svg_with_each_contestant_and_each_size() -> None:
    figures = [sized("<ours>", 10, 1, 50), sized("<ours>", 1000, 100, 50), sized("theirs", 10, 0.01, 50)]
    suite = Told(suite="publish", about="", figures=figures).as_json()
    drawn = ElementTree.fromstring(plot(suite) or "")
    words = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "<ours>" in words
    # One that has one size has no line.
    assert "theirs" not in words
    assert words[0] == "seconds, by copies; both axes by powers of ten"
    (last,) = [each for each in drawn.iter("{http://www.w3.org/2000/svg}text") if each.text == "1,000"]
    # Else the drawing's edge would cut it.
    assert last.get("text-anchor") == "end"
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}circle"))) == 2
    alone = Told(suite="serve", about="", figures=[Figure(name="theirs", samples=figures[2].samples)]).as_json()
    assert "theirs" in (plot(alone) or "")
    assert plot(Told(suite="none", about="").as_json()) is None


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
        "suites": {"compose": Told(suite="compose", about="copies", lines=["composed: 20,000"]).as_json()},
    }
    write_page(page, found)
    once = page.read_text(encoding="utf-8")
    write_page(page, found)
    assert page.read_text(encoding="utf-8") == once
    assert "* composed: 20,000" in once


@pytest.mark.parametrize(("value", "told"), [(1386.2, "1,386"), (100, "100"), (99.94, "99.9"), (0.04416, "0.0442")])
def test_a_table_has_three_digits_and_no_powers_of_ten(value: float, told: str) -> None:
    assert three(value) == told
