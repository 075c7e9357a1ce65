"""Whether the daemon's looks go on: what a watchdog is told of.

A deed may last for hours, and goes on by steps all the while: each statement to the store is one. So a deed that has
made none for long is stuck, and so is a look that is not begun though its time came.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

#: Seconds without a step. The longest wait for one answer that a config can ask for ([source] timeout) takes 600.
STUCK_AFTER: Final = 900.0


class LookProgress:
    """*clock* counts seconds, and never goes back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._changing = threading.Lock()
        #: Of each thread that is at a deed: which, and when it made its last step.
        self._at_work: dict[int, tuple[str, float]] = {}
        #: Of each look, when it is to be begun again at the latest.
        self._due: dict[str, float] = {}

    @contextmanager
    def doing(self, deed: str) -> Iterator[None]:
        """The thread that enters is at *deed* while the context lasts."""
        with self._changing:
            self._at_work[threading.get_ident()] = deed, self._clock()
        try:
            yield
        finally:
            with self._changing:
                del self._at_work[threading.get_ident()]

    def step(self, *_: object) -> None:
        """Something has happened in this thread; where that is at no deed, it is no step of one."""
        me = threading.get_ident()
        with self._changing:
            if me in self._at_work:
                self._at_work[me] = self._at_work[me][0], self._clock()

    @contextmanager
    def looking(self, look: str, *, every: float) -> Iterator[None]:
        """A look that is begun again *every* so many seconds, at the latest that long after its end."""
        with self._changing:
            self._due.pop(look, None)
        try:
            yield
        finally:
            with self._changing:
                self._due[look] = self._clock() + every

    def stuck(self) -> str | None:
        """What does not go on, in words; ``None`` while all does."""
        now = self._clock()
        with self._changing:
            still = [deed for deed, since in self._at_work.values() if now - since > STUCK_AFTER]
            missed = [look for look, due in self._due.items() if now - due > STUCK_AFTER]
        if still:
            return f"{', '.join(sorted(still))} made no step for {STUCK_AFTER / 60:.0f} min"
        return f"the look {', '.join(sorted(missed))} was not begun when its time came" if missed else None
