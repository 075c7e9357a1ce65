"""What keeps its thread waiting for a moment, and the interpreter free, is done beside the tasks of a loop.

So is a commit, which waits for the disk: what the others have to do takes longer than that. A thread for each
(``event_loop.Apart``) would cost more than it spares.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread

from solacefeed.delivery.event_loop import Signal, its_loop


class Beside:
    """One thread, begun with the first work; *name* is its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: Thread | None = None
        self._given: tuple[Callable[[], object], Signal[None]] | None = None
        #: Released once for each work that is given, and once for each that is begun.
        self._news, self._begun = Lock(), Lock()
        self._news.acquire()
        self._begun.acquire()

    def do(self, work: Callable[[], object]) -> None:
        """Returns when *work*, one at a time, is done, and raises what it raises; other tasks go on meanwhile.

        Outside a loop there are none: then it is done here.
        """
        if its_loop() is None:
            work()
            return
        signal: Signal[None] = Signal()
        self._give((work, signal))
        # Else it would be begun when the other tasks let the interpreter go, and waited for then.
        self._begun.acquire()
        signal.wait()

    def close(self) -> None:
        """Nothing is given any more."""
        if self._thread is not None:
            self._give(None)
            self._thread.join()

    def _give(self, given: tuple[Callable[[], object], Signal[None]] | None) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._given = given
        self._news.release()

    def _run(self) -> None:
        while True:
            self._news.acquire()
            if self._given is None:
                return
            work, signal = self._given
            self._begun.release()
            try:
                work()
            except BaseException as error:
                signal.fail(error)
            else:
                signal.tell(None)
