"""Whether a store's file is there, and still the one that was opened; one that is lost is not begun anew unasked."""

from __future__ import annotations

import json
import os
from pathlib import Path

from solacefeed.errors import LostStore

#: What a file is known by while a process has it open: its device, and its inode there.
FileMark = tuple[int, int]


def home_beside(file: Path) -> Path:
    """The home file of an SQLite store (``store.home``)."""
    return file.with_name(f"{file.name}.home")


def must_not_be_lost(what: str, home: Path) -> None:
    """Raises ``LostStore`` for *what* is not there, or empty, while its *home* file says that a store was used here."""
    if os.path.lexists(home) and not _is_unused(home):
        raise LostStore(what, home)


def _is_unused(home: Path) -> bool:
    """Whether it says that nothing was kept in the store yet (``home_file``)."""
    try:
        said = json.loads(home.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("unused") is True


def mark(file: Path) -> FileMark | None:
    """``None`` where there is no file."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def why_gone(file: Path, opened: FileMark) -> str | None:
    """Why what is written into an open file would be lost; ``None`` while it is there under its name."""
    now = mark(file)
    if now == opened:
        return None
    how = "is not there any more" if now is None else "was replaced by another file"
    return (
        f"the store {file} {how}, while this process has it open: nothing more is kept; end what has it open, "
        "then `solacefeed restore FILE` with a backup; docs/recovery.md has the rest"
    )
