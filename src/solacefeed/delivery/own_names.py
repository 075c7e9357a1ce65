"""What this machine calls itself to a relay (RFC 5321 section 4.1.1.1)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread

#: Seconds for the resolver: where none answers, each of its tries takes as many, and a relay waits for no name.
_PATIENCE = 3.0

#: What a machine that does not know its name is called: by its address (RFC 5321 section 4.1.3).
NAMELESS = "[127.0.0.1]"


@cache
def own_name() -> str:
    """As smtplib would say it; asked once in a process, since each asking may go to a resolver."""
    return name_by(_asked)


def name_by(ask: Callable[[], str], *, within: float = _PATIENCE) -> str:
    """What *ask* tells; ``NAMELESS`` where it tells nothing within so many seconds, or what is no name."""
    told: SimpleQueue[str] = SimpleQueue()
    # It can't be broken off: nobody waits for its end.
    Thread(target=lambda: told.put(ask()), name="this machine's name", daemon=True).start()
    try:
        name = told.get(timeout=within)
    except Empty:
        return NAMELESS
    return name if "." in name and name.isascii() and name.isprintable() and " " not in name else NAMELESS


def _asked() -> str:
    try:
        name = socket.getfqdn()
        return name if "." in name else f"[{socket.gethostbyname(socket.gethostname())}]"
    except (OSError, UnicodeError):
        return NAMELESS
