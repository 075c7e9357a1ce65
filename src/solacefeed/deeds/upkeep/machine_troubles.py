"""What the machine lacks: room on its disks."""

from __future__ import annotations

from collections.abc import Iterator

from solacefeed.deeds.upkeep.hints import Hint
from solacefeed.deeds.upkeep.room import LEAST_ROOM, SCARCE_ROOM, DiskRoom, megabytes
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.trouble import Trouble


def full_disks(status: SiteStatus) -> Iterator[Trouble]:
    for disk in status.disks:
        if disk.free < LEAST_ROOM:
            ends_by = "make room: where it ends, nothing is kept of what happens"
            yield Trouble(key=f"disk:{disk.holds}", words=_words(disk), ends_by=ends_by)


def filling_disks(status: SiteStatus) -> Iterator[Hint]:
    for disk in status.disks:
        if LEAST_ROOM <= disk.free < SCARCE_ROOM:
            yield Hint(key=f"disk:{disk.holds}", words=_words(disk), ends_by="make room before it ends")


def _words(disk: DiskRoom) -> str:
    return f"the disk of {disk.holds} has {megabytes(disk.free)} free"
