"""What SQLite's words leave out: who can't do what with which file, and whether its disk has room."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

#: Bytes without which no write can be counted on; of a small disk a fiftieth.
_NO_ROOM = 16_000_000
_SHARE = 50


def hint(path: Path | None) -> str:
    """In brackets, behind what went wrong; empty where nothing is known to be wrong with the file at *path*."""
    if path is None:
        return ""
    words = next((words for is_so, words in _HINTS if is_so(path)), None) or why_full(path.parent)
    return f" ({path}: {words})" if words else ""


def why_full(folder: Path) -> str | None:
    """That the disk of *folder* takes no more, and how much room it has; ``None`` where it has some."""
    try:
        return full(os.statvfs(folder))
    except OSError:
        return None


def full(found: os.statvfs_result) -> str | None:
    """The same of what the system says of a disk."""
    if found.f_files and not found.f_favail:
        return "its disk has no room for one more file"
    free, size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    return f"its disk is full, with {free // 1_000_000} MB free" if free < min(_NO_ROOM, size // _SHARE) else None


def _is_closed(path: Path, mode: int) -> bool:
    return not os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


#: What can be wrong with a file, the first that is.
_HINTS: tuple[tuple[Callable[[Path], bool], str], ...] = (
    (Path.is_dir, "that is a folder"),
    (lambda path: _is_closed(path, os.R_OK), "this user may not read it"),
    (lambda path: _is_closed(path, os.W_OK), "this user may not write it"),
    (lambda path: _is_closed(path.parent, os.W_OK), "this user may not write into its folder, as SQLite must"),
)
