"""A folder that lasts as long as the process that works in it: what a killed one left, the next one removes.

Whose process lives is told by a lock within the folder, which goes with the process however that ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR

from solacefeed.errors import SolacefeedError

LOCK = ".lock"
#: Seconds: an older folder without a lock is no other's that is just being made.
BEING_MADE = 3600


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A folder of our own, and readable by nobody else, whose name begins with *prefix*; removed when the context ends.

    Those of that *prefix* go too whose process is dead. Raises ``SolacefeedError`` where none can be made.
    """
    remove_stale(prefix)
    try:
        folder = Path(tempfile.mkdtemp(prefix=prefix))
    except OSError as error:
        raise SolacefeedError(f"no temporary folder can be made: {error.strerror}") from error
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield folder
        finally:
            _remove(folder)
            os.close(handle)
    finally:
        _remove(folder)


def remove_stale(prefix: str) -> int:
    """Removes the folders of that *prefix* whose process is dead; returns how many."""
    folders = Path(tempfile.gettempdir()).glob(f"{prefix}*")
    return sum(_is_removed(folder) for folder in sorted(folders) if _is_ours(folder))


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user's, and no link to one: anybody may name one so."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _is_removed(folder: Path) -> bool:
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return _is_left_without_lock(folder) and _remove(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _remove(folder)
    except OSError:
        return False
    finally:
        os.close(handle)


def _is_left_without_lock(folder: Path) -> bool:
    with suppress(OSError):
        return not (folder / LOCK).exists() and time.time() - folder.stat().st_mtime > BEING_MADE
    return False


def _remove(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
