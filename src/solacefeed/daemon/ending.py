"""That what runs for good ends in time, wherever its threads are."""

from __future__ import annotations

import _thread
import os
import threading
from time import sleep
from typing import Final

from solacefeed.signals import Order, Orders

#: Seconds after which the process is gone, whatever holds it up.
ENDS_WITHIN: Final = 29.5


def give(orders: Orders, order: Order) -> None:
    """In a signal's hands: from here on the process has its time, also where the main thread hears no order."""
    if order is Order.END:
        # A thread of Python's own would have to be waited for, under the hands of whatever the main one is at.
        _thread.start_new_thread(_be_gone, (ENDS_WITHIN,))
    orders.give(order)


def _be_gone(seconds: float) -> None:
    sleep(seconds)
    os._exit(0)


def be_gone_after(seconds: float, *, code: int = 0) -> None:
    """Ends this process with *code* then, wherever it is: what it holds it lets go, as by kill -9."""
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()
