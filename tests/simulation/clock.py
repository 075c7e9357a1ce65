"""The clock of a simulated machine: an instant that is moved, and that is wrong while the clock has leapt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class Truth:
    """What time it is, which no machine knows for sure; the blog's and the database's own clocks say it."""

    now: datetime


@dataclass(slots=True)
class Clock:
    """What the product takes for now on one machine."""

    truth: Truth
    #: By how much the machine's clock is out, for good.
    apart: timedelta = timedelta(0)
    #: And while it has leapt.
    leap: timedelta = timedelta(0)

    @property
    def true(self) -> datetime:
        return self.truth.now

    @true.setter
    def true(self, now: datetime) -> None:
        self.truth.now = now

    def __call__(self) -> datetime:
        return self.truth.now + self.apart + self.leap
