"""How much room is left on the disks that a site writes to."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solacefeed.words import listing

#: Bytes without which a disk is full tomorrow, and without which that comes.
LEAST_ROOM, SCARCE_ROOM = 100_000_000, 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskRoom:
    """Of one disk, in bytes."""

    #: What lies on it: "the store and the feeds".
    holds: str
    #: A folder on it.
    path: Path
    free: int
    size: int


def rooms(folders: Mapping[str, Path]) -> tuple[DiskRoom, ...]:
    """Of the disks on which *folders* lie, by what they are; where one is not there yet, of the next one above."""
    held: dict[int, list[str]] = {}
    paths: dict[int, Path] = {}
    for what, path in folders.items():
        try:
            there = next(each for each in (path, *path.parents) if each.is_dir())
            disk = there.stat().st_dev
        except (OSError, StopIteration):
            continue
        held.setdefault(disk, []).append(what)
        paths.setdefault(disk, there)
    found = []
    for disk, path in paths.items():
        usage = shutil.disk_usage(path)
        found.append(DiskRoom(holds=listing(held[disk]), path=path, free=usage.free, size=usage.total))
    return tuple(found)


def megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1_000_000_000 else f"{size // 1_000_000} MB"
