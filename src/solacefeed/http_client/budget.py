"""How much one poll may ask, and for how long; and whether whoever waits for it wants it to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from solacefeed.errors import BrokenOff, CutOff

_GOES_ON: Final = "what was read is kept, and the next poll goes on there"


def _nobody_stops() -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Budget:
    """What is left of a poll's bounds, from when it is made; one for all that the poll asks of a blog."""

    seconds: float
    requests: int
    #: Whether it shall end at the next step.
    stop: Callable[[], bool] = _nobody_stops
    clock: Callable[[], float] = monotonic
    asked: int = field(default=0, init=False)
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = self.clock() + self.seconds

    @property
    def left(self) -> float:
        """Seconds, never below zero."""
        return max(self._ends - self.clock(), 0)

    def check(self) -> None:
        """Raises ``BrokenOff`` where it shall end, and ``CutOff`` where its time is over."""
        if self.stop():
            raise BrokenOff(f"the poll was broken off; {_GOES_ON}")
        if not self.left:
            raise CutOff(f"the poll was cut off after {self.seconds:g} s; {_GOES_ON}; [source] poll_seconds gives more")

    def spend(self) -> None:
        """Counts one question more; raises as ``check`` does, and ``CutOff`` where none is left."""
        self.check()
        if self.asked == self.requests:
            raise CutOff(
                f"the poll was cut off after {self.requests} questions; {_GOES_ON}; [source] poll_requests gives more"
            )
        self.asked += 1
