"""A folder that lasts as long as its process: nothing stays behind, and nobody else's is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from solacefeed.scratch import BEING_MADE, LOCK, remove_stale, scratch_folder

HOLDS_ONE = """
import sys
from solacefeed.scratch import scratch_folder
with scratch_folder(sys.argv[1]) as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def prefix(tmp_path: Path) -> Iterator[str]:
    """Of folders that nobody but this test has."""
    own = f"solacefeed-{os.getpid()}-{tmp_path.name}-"
    yield own
    remove_stale(own)


def there(prefix: str) -> list[Path]:
    return sorted(Path(tempfile.gettempdir()).glob(f"{prefix}*"))


def test_it_is_its_user_s_alone_and_goes_with_its_context(prefix: str) -> None:
    with scratch_folder(prefix) as folder:
        (folder / "below").mkdir()
        (folder / "below" / "file").write_text("words", encoding="utf-8")
        assert there(prefix) == [folder]
        assert folder.stat().st_mode & 0o777 == 0o700
    assert there(prefix) == []


def test_it_goes_whatever_is_raised(prefix: str) -> None:
    with pytest.raises(KeyboardInterrupt), scratch_folder(prefix):
        raise KeyboardInterrupt
    assert there(prefix) == []


def test_one_whose_process_lives_stays_and_that_of_a_killed_one_goes(prefix: str) -> None:
    command = [sys.executable, "-c", HOLDS_ONE, prefix]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        theirs = Path(process.stdout.readline().strip())
        with scratch_folder(prefix) as ours:
            assert there(prefix) == sorted([theirs, ours])
        process.kill()
        process.wait()
        assert there(prefix) == [theirs]
        assert remove_stale(prefix) == 1
    assert there(prefix) == []


def test_one_that_is_just_being_made_stays_and_an_old_one_without_a_lock_goes(prefix: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    assert remove_stale(prefix) == 0
    os.utime(folder, (0, folder.stat().st_mtime - BEING_MADE - 60))
    assert remove_stale(prefix) == 1
    assert there(prefix) == []


def test_what_is_a_link_to_elsewhere_is_left_alone_with_what_it_leads_to(prefix: str, tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()
    (tmp_path / "mine").touch()
    link = Path(tempfile.gettempdir()) / f"{prefix}link"
    link.symlink_to(tmp_path)
    try:
        assert remove_stale(prefix) == 0
        assert (tmp_path / "mine").exists()
    finally:
        link.unlink()


def test_a_lock_that_is_a_link_is_not_opened(prefix: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "file"
    elsewhere.touch()
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    (folder / LOCK).symlink_to(elsewhere)
    assert remove_stale(prefix) == 0
    (folder / LOCK).unlink()
    folder.rmdir()
