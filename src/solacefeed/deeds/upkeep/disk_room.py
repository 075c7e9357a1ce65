"""How much room there is on the disks that a site writes to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solacefeed.words import listing

#: Bytes without which a disk is full tomorrow; of a small one a tenth.
TOO_LITTLE = 100_000_000
#: Bytes without which that comes.
LITTLE = 1_000_000_000
#: A disk that has less than this share of it left, and less than so many bytes, is nearly full.
_SHARE = 0.02
_LITTLE_OF_MUCH = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskRoom:
    """What is left of a disk."""

    #: What of ours lies there: ``the store and feeds``.
    holds: str
    #: Bytes that we may write, and bytes in all.
    free: int
    size: int
    #: Whether it takes one more file.
    takes_files: bool = True

    def is_too_little(self, wanted: int = 0) -> bool:
        """Whether it is to be mended now; *wanted* bytes are what may be needed at once."""
        least = max(min(TOO_LITTLE, self.size // 10), wanted)
        return not self.takes_files or self.free < least or self._is_nearly_full()

    @property
    def is_little(self) -> bool:
        """Whether room is to be made before it ends."""
        return self.free < min(LITTLE, self.size // 10)

    def _is_nearly_full(self) -> bool:
        return self.free < self.size * _SHARE and self.free < _LITTLE_OF_MUCH

    @property
    def words(self) -> str:
        if not self.takes_files:
            return f"the disk of {self.holds} has no room for one more file"
        return f"the disk of {self.holds} has {megabytes(self.free)} free"


def rooms(folders: Mapping[str, Path]) -> tuple[DiskRoom, ...]:
    """Of each disk on which one of *folders* lies, or would lie, by what each folder is of."""
    by_disk: dict[int, list[str]] = {}
    paths: dict[int, Path] = {}
    for what, path in folders.items():
        there = next((each for each in (path, *path.parents) if each.is_dir()), None)
        if there is not None:
            disk = there.stat().st_dev
            by_disk.setdefault(disk, []).append(what)
            paths.setdefault(disk, there)
    return tuple(_room(listing(names), paths[disk]) for disk, names in by_disk.items())


def _room(holds: str, path: Path) -> DiskRoom:
    found = os.statvfs(path)
    return DiskRoom(
        holds=holds,
        free=found.f_bavail * found.f_frsize,
        size=found.f_blocks * found.f_frsize,
        takes_files=not found.f_files or bool(found.f_favail),
    )


def megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1_000_000_000 else f"{size // 1_000_000} MB"
