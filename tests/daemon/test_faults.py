"""Whatever befalls a daemon and workers while they send an edition, nobody is lost, and nobody gets too much.

``tests.daemon.faults`` and ``tests.daemon.drill`` do it as often, and with as many, as they are asked to.
"""

from __future__ import annotations

import argparse

import pytest

from tests.daemon.drill import TAKES_OVER_WITHIN, Drill
from tests.daemon.faults import play
from tests.daemon.machines import Machines

pytestmark = pytest.mark.slow


def told(**other: object) -> argparse.Namespace:
    return argparse.Namespace(
        **{"workers": 4, "copies": 600, "faults": 30, "seed": 1, "seconds": 1800.0, "from_sqlite": False, **other}
    )


@pytest.mark.parametrize("policy", ["hold", "retry"])
def test_faults_across_machines_lose_nobody_and_give_nobody_too_much(policy: str) -> None:
    outcome = play(told(policy=policy))
    assert outcome.broken == [], outcome.line()
    assert outcome.kinds.total() == 30


def test_each_kind_of_fault_by_itself_loses_nobody_and_gives_nobody_too_much() -> None:
    outcome = play(told(policy="hold"), Machines.meet_each)
    assert outcome.broken == [], outcome.line()


def test_an_edition_is_sent_whole_across_the_kill_of_the_leader() -> None:
    drill = Drill()
    outcome = play(told(policy="hold", from_sqlite=True), drill.befall)
    assert outcome.broken == [], outcome.line()
    assert drill.took is not None
    assert drill.took < TAKES_OVER_WITHIN
