"""A disk that is full, or that does not say that anything is on it: no dot without its mark, and nobody is lost.

It is the real thing as far as a process can see: the calls to the system fail.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from solacefeed.models.editions import EditionState
from solacefeed.store.database import open_store
from tests.deeds.failing_disk import READERS, a_world, prepared

HOUSE = Path(__file__).parents[2]
SOURCE = HOUSE / "tests" / "support" / "failing_disk.c"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("there is no C compiler, by which the calls to the system are made to fail")
    built = tmp_path_factory.mktemp("shim") / "failing_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, SOURCE, "-ldl"], check=True)
    return built


def environment(shim: Path, folder: Path, fault: str) -> Mapping[str, str]:
    return {**os.environ, "LD_PRELOAD": str(shim), "FAILING_FILES": f"{folder}/store.db", fault: f"{folder}/fails"}


def a_round(shim: Path, folder: Path, fault: str, moment: str, end: str) -> int:
    command = [sys.executable, "-m", "tests.deeds.failing_disk", str(folder), moment, end]
    own = environment(shim, folder, fault)
    done = subprocess.run(command, cwd=HOUSE, env=own, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stdout + done.stderr
    return done.returncode


FAULTS = pytest.mark.parametrize("fault", ["FAILING_SYNC", "FAILING_ROOM"], ids=["not synced", "no room"])
MOMENTS = pytest.mark.parametrize("moment", ["mark", "dot"])


@FAULTS
@MOMENTS
def test_all_goes_on_by_itself_when_the_disk_works_again(shim: Path, tmp_path: Path, fault: str, moment: str) -> None:
    prepared(tmp_path)
    assert a_round(shim, tmp_path, fault, moment, "goes-on") == 0
    assert Counter((tmp_path / "book").read_text().split()) == Counter(READERS)
    with closing(open_store(f"sqlite:///{tmp_path}/store.db")) as store:
        world = a_world(store, tmp_path)
        assert set(world.states().values()) == {"accepted"}
        assert {copy.doubts for copy in world.copies().values()} == {0}
        assert world.the_edition().state is EditionState.DONE


@FAULTS
@MOMENTS
def test_of_a_process_that_dies_of_it_nobodys_copy_is_lost_and_nobody_gets_two(
    shim: Path, tmp_path: Path, fault: str, moment: str
) -> None:
    prepared(tmp_path)
    assert a_round(shim, tmp_path, fault, moment, "dies") == -signal.SIGKILL
    with closing(open_store(f"sqlite:///{tmp_path}/store.db")) as store:
        world = a_world(store, tmp_path)
        world.deliver()
        states = world.states()
    got = Counter((tmp_path / "book").read_text().split())
    assert set(states.values()) <= {"accepted", "uncertain"}
    assert max(got.values()) == 1
    assert {name for name, state in states.items() if state == "accepted"} <= set(got)
    # Those that were in a connection's hand, and no others.
    assert Counter(states.values())["uncertain"] <= 4
