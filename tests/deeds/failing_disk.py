"""A round on a disk that fails in its midst, in a process that was begun with ``tests/support/failing_disk.c``.

    python -m tests.deeds.failing_disk FOLDER mark|dot goes-on|dies

It fails as a mark is asked for, or between a final dot and what is written of its answer, until it was tried in vain
three times; then it works again, or the process dies. The relay writes each copy that it takes to ``FOLDER/book``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.models.deliveries import DeliveryState, Message
from solacefeed.ports import nothing_follows
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import deliveries
from tests.deeds.store_trouble import Trouble, watching
from tests.deeds.world import World
from tests.support.builders import a_source_post
from tests.support.fakes import ScriptedRelay

READERS = tuple(f"reader{number}" for number in range(24))
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
#: The one whose turn it is when the disk begins to fail.
_TURN = 9


class BookedRelay(ScriptedRelay):
    """It asks at each final dot what others see in the store, and writes down what it takes."""

    def __init__(self, store: Store, book: Path) -> None:
        super().__init__()
        self._store = store
        self._book = book
        self._alone = Lock()

    def hand_over(
        self,
        message: Message,
        mark: Callable[[], bool],
        following: Callable[[], Message | None] = nothing_follows,
    ) -> str:
        def marked() -> bool:
            if not mark():
                return False
            asked = sa.select(deliveries.c.state).where(deliveries.c.email == message.recipient)
            with self._store.read() as connection:
                assert connection.execute(asked).scalar_one() == DeliveryState.HANDING
            return True

        answer = super().hand_over(message, marked, following)
        with self._alone, self._book.open("a") as book:
            book.write(message.recipient.partition("@")[0] + "\n")
            book.flush()
            os.fsync(book.fileno())
        return answer


def prepared(folder: Path) -> None:
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        world = World(store)
        world.join(*READERS)
        world.appear(POST)
        world.prepare()


def a_world(store: Store, folder: Path) -> World:
    """Nothing that may have gone is offered again: whoever is lost stays lost, and would be seen."""
    return World(store, crawled=False, relay=BookedRelay(store, folder / "book"), connections=4, repeat_uncertain=False)


@contextmanager
def failing(flag: Path, *, dies: bool) -> Iterator[None]:
    flag.touch()
    try:
        yield
    finally:
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        flag.unlink()


def main(folder: Path, moment: str, end: str) -> None:
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        world = a_world(store, folder)
        trouble = Trouble(lambda: failing(folder / "fails", dies=end == "dies"))

        def begin() -> None:
            if world.relay.tried >= _TURN:
                trouble.begin()

        setattr(world.relay, f"at_{moment}", begin)
        with watching(trouble), suppress(StoreError):
            world.deliver()
        assert trouble.tried >= 1, "the disk did not fail"
        world.deliver()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
