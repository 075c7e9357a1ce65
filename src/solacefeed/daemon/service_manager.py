"""What systemd is told, and what it asks for: datagrams to the socket in ``NOTIFY_SOCKET`` (``sd_notify(3)``).

Without that variable nobody listens, and each word costs nothing. A few lines of our own: the libraries for it are kept
no more, or bind systemd's.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic_ns
from typing import Final, Self

#: Seconds by which a time limit is put off, how often, and for how long at most.
_MORE: Final = 60
_ASKS_EVERY: Final = 20
_LONGEST: Final = 3600


class ServiceManager:
    """*address* is a path, or a name that begins with ``@``; ``None`` where nobody listens.

    *watch_every* is how many seconds may pass between two signs of life; ``None`` where nobody waits for them.
    """

    def __init__(self, address: str | None = None, watch_every: float | None = None) -> None:
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address
        self.watch_every = watch_every

    @classmethod
    def of(cls, environ: Mapping[str, str], process: int) -> Self:
        """The one that started *process*; what was meant for another one is not taken (``WATCHDOG_PID``)."""
        micro = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(process)) == str(process)
        watched = ours and micro.isascii() and micro.isdecimal() and int(micro) > 0
        return cls(environ.get("NOTIFY_SOCKET") or None, int(micro) / 1e6 if watched else None)

    def ready(self, status: str) -> None:
        self._tell("READY=1", f"STATUS={_line(status)}")

    def status(self, words: str) -> None:
        self._tell(f"STATUS={_line(words)}")

    def reloading(self) -> None:
        """Until ``ready`` says that it is through; the instant is what ``Type=notify-reload`` wants."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={monotonic_ns() // 1000}")

    def stopping(self, status: str) -> None:
        self._tell("STOPPING=1", f"STATUS={_line(status)}")

    def alive(self) -> None:
        self._tell("WATCHDOG=1")

    @contextmanager
    def patient(self, status: str) -> Iterator[None]:
        """While the context lasts, an hour at most, a time limit for starting is put off."""
        if self._address is None:
            yield
            return
        done = threading.Event()

        def ask() -> None:
            for _ in range(_LONGEST // _ASKS_EVERY):
                self._tell(f"EXTEND_TIMEOUT_USEC={_MORE * 1_000_000}", f"STATUS={_line(status)}")
                if done.wait(_ASKS_EVERY):
                    return

        asking = threading.Thread(target=ask, name="patience", daemon=True)
        asking.start()
        try:
            yield
        finally:
            done.set()
            asking.join()

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        # Nobody need listen: what is done does not depend on it.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
            wire.setblocking(False)
            wire.sendto("\n".join(lines).encode(), self._address)


def _line(words: str) -> str:
    return " ".join(words.split())
