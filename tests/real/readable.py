"""Folders that a server reads which has given up root."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path


def let_all_read(folder: Path) -> None:
    """Lets everybody into *folder*, and on the way there; pytest keeps what is its own to itself."""
    for each in (folder, *folder.parents[: -len(Path(tempfile.gettempdir()).parts)]):
        each.chmod(stat.S_IMODE(each.stat().st_mode) | 0o055)
