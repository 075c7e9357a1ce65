"""How many forms are taken in an hour, of one network and in all; the home of limits.

It is kept in memory alone: what a restart forgets, the caps of ``deeds.people.answering`` still know.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    #: An hour.
    per_network: int
    in_all: int
    _windows: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, network: str) -> bool:
        """Whether one more form is taken from *network*; it counts, where it is.

        A network that is over its own share uses up nothing of all the others', so memory is bounded by these.
        """
        own, every = RateLimitItemPerHour(self.per_network), RateLimitItemPerHour(self.in_all)
        with self._lock:
            if not self._windows.test(every, _ALL) or not self._windows.hit(own, _ALL, network):
                return False
            return self._windows.hit(every, _ALL)
