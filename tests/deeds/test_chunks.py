"""How many rows a write transaction has, so that a page's write never waits long for a deed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from solacefeed.deeds.chunks import AIM, Chunks
from solacefeed.store.database import Store
from tests.deeds.world import World

FIRST = 160


@dataclass
class Disk:
    """What writes take, by a watch of its own."""

    a_row: float
    a_commit: float = 0.0
    read: float = 0.0

    def seconds(self) -> float:
        return self.read

    def write(self, rows: int) -> None:
        self.read += self.a_commit + rows * self.a_row


def written(store: Store, disk: Disk, rows: int) -> list[int]:
    """How many rows each transaction has got."""
    chunks, sizes = Chunks(FIRST, seconds=disk.seconds), []
    for chunk in chunks.of(range(rows)):
        with chunks.write(store, len(chunk)):
            disk.write(len(chunk))
        sizes.append(len(chunk))
    return sizes


def test_quick_writes_grow_to_what_a_page_may_wait_for_and_no_further(world: World) -> None:
    assert written(world.store, Disk(a_row=AIM / 400), 1500) == [160, 320, 400, 400, 220]
    assert written(world.store, Disk(a_row=AIM / 10_000), 3000) == [160, 320, 640, 640, 640, 600]


def test_a_slow_one_is_followed_by_a_small_one_at_once(world: World) -> None:
    assert written(world.store, Disk(a_row=AIM / 50), 360) == [160, 50, 50, 50, 50]


def test_a_disk_whose_every_commit_is_slow_is_not_asked_for_one_a_row(world: World) -> None:
    assert written(world.store, Disk(a_row=0, a_commit=10 * AIM), 200) == [160, 40]


def test_what_fails_teaches_nothing(world: World) -> None:
    disk = Disk(a_row=AIM)
    chunks = Chunks(FIRST, seconds=disk.seconds)
    with suppress(ZeroDivisionError), chunks.write(world.store):
        disk.write(FIRST)
        raise ZeroDivisionError
    assert chunks.size == FIRST
