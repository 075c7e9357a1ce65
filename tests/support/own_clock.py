"""Warm commands (``tests.support.warm``) whose clocks are minutes apart, by ``libfaketime``.

It fails whoever sleeps until an instant of the machine's clock (``clock_nanosleep``, EINVAL, in 0.9.10), as Python does
it: so processes that have a clock of their own sleep by ``select``.
"""

from __future__ import annotations

import select
import sys
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


if __name__ == "__main__":
    time.sleep = _sleep
    # Loaded with it: whoever takes ``sleep`` by its name takes this one.
    from tests.support import warm

    warm.serve_as_told(sys.argv[1])
