"""Where pysqlite3 has no wheel: the store's own tests, by the standard library's sqlite3."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
#: Of mail's states, which have most of the statements that find their rows first.
_OF_MAIL = ("tests/store/test_deliveries.py",)


def by_plain_sqlite(*words: str) -> str:
    """What pytest says in the end of these tests in a process that has no pysqlite3."""
    ours = "-q", "-p", "tests.support.plain_sqlite", "-p", "no:cacheprovider", "-n", "0", "-k", "not postgresql"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ours, *words], cwd=_ROOT, capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout.splitlines()[-1]


def test_mail_has_its_states_and_counts_also_by_the_standard_library() -> None:
    assert " passed" in by_plain_sqlite(*_OF_MAIL)


@pytest.mark.slow
def test_the_whole_store_works_also_by_the_standard_library() -> None:
    assert " passed" in by_plain_sqlite("tests/store", "tests/deeds/test_group_commit.py", f"--ignore={__file__}")
