"""The clock of a simulated machine: an instant that is moved, and that is wrong while the clock has leapt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class Clock:
    """What the product takes for now."""

    #: What time it is in truth; the blog's own clock says it.
    true: datetime
    #: By how much the machine's clock is out.
    leap: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.true + self.leap
