"""What it takes to read the tests for the first time, shared among workers: each begins with another part of them.

pytest rewrites a module's assertions when it is imported, and keeps what came of it. Workers that all begin with the
same module do all of that work, each of them; who begins elsewhere finds the rest done by the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest


def import_from_own_part_on(config: pytest.Config, root: Path) -> None:
    """Imports what is to be collected below *root*, a worker its own part first; who is alone has nothing to share."""
    worker = getattr(config, "workerinput", None)
    if worker is None:
        return
    asked = (root / each for each in config.args)
    files = [file for folder in asked if folder.is_dir() for file in sorted(folder.rglob("test_*.py"))]
    for file in own_part_first(files, int(worker["workerid"].removeprefix("gw")), worker["workercount"]):
        # What can't be imported is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(root).with_suffix("").parts))


def own_part_first(files: Sequence[Path], worker: int, workers: int) -> Sequence[Path]:
    """All *files*, from that on with which the part of this one of so many workers begins."""
    begins = len(files) * worker // workers
    return [*files[begins:], *files[:begins]]
