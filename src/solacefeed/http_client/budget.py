"""How much one poll may ask, and for how long; and whether whoever waits for it wants it to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from solacefeed.errors import BrokenOff, CutOff

_GOES_ON: Final = "what was read is kept, and the next poll goes on there"
#: As it is where many are asked, one behind the other.
OTHERS_LATER: Final = "what was read is kept, and the next poll asks those that were not asked"


def _nobody_stops() -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Budget:
    """What is left of a poll's bounds, from when it is made; one for all that the poll asks of a blog."""

    seconds: float
    requests: int
    #: What it bounds, and what becomes of that where it is over.
    what: str = "the poll"
    goes_on: str = _GOES_ON
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
            raise BrokenOff(f"{self.what} was broken off; {self.goes_on}")
        if not self.left:
            raise self._cut_off(f"{self.seconds:g} s", "poll_seconds")

    def check_for_one(self) -> None:
        """Raises as ``check`` does, and ``CutOff`` where no question is left."""
        self.check()
        if self.asked == self.requests:
            raise self._cut_off(f"{self.requests} questions", "poll_requests")

    def spend(self) -> None:
        """Counts one question more; raises as ``check_for_one`` does."""
        self.check_for_one()
        self.asked += 1

    def _cut_off(self, after: str, key: str) -> CutOff:
        return CutOff(f"{self.what} was cut off after {after}; {self.goes_on}; [source] {key} gives more")
