"""What an entry is called that can't be taken over: each by a name of its own, so that each is counted; pure."""

from __future__ import annotations

from collections.abc import Container
from itertools import count


def apart(name: str, taken: Container[str]) -> str:
    """*name*, or where that is *taken* already, the name and a number."""
    if name not in taken:
        return name
    return next(numbered for number in count(2) if (numbered := f"{name} ({number})") not in taken)
