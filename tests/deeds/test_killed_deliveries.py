"""Killed whenever it may be, over several connections: nobody is lost, and nobody gets more than was promised.

``tests.deeds.killing`` does it as often as it is asked to.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


def killed(policy: str, *, kills: int, copies: int, connections: int = 8, seed: int = 1) -> str:
    """What came of it, in one line."""
    asked = {"--kills": kills, "--copies": copies, "--policy": policy, "--connections": connections, "--seed": seed}
    words = [str(word) for pair in asked.items() for word in pair]
    command = [sys.executable, "-m", "tests.deeds.killing", *words]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("policy", ["hold", "retry"])
def test_a_few_kills_lose_nobody_and_give_nobody_too_much(policy: str) -> None:
    line = killed(policy, kills=4, copies=80)
    assert line.startswith(f"{policy}: ")
    assert not line.startswith(f"{policy}: 0 killed")


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["hold", "retry"])
@pytest.mark.parametrize("connections", [1, 8, 20])
def test_hundreds_of_kills_lose_nobody_and_give_nobody_too_much(policy: str, connections: int) -> None:
    assert killed(policy, kills=300, copies=4000, connections=connections, seed=connections)
