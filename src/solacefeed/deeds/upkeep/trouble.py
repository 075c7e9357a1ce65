"""What a trouble is."""

from __future__ import annotations

from dataclasses import dataclass

#: What ends a trouble that an operator can only take note of.
ACKNOWLEDGE = "`solacefeed status --acknowledge` ends this"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that did not come out as it should have."""

    #: Its kind, and what it is about: ``rejected:weekly/2026-11-23``. Programs may go by it.
    key: str
    words: str
    #: A command, or what passes by itself.
    ends_by: str
    #: The occasion: with another one it is news, also to an operator who knew of the last.
    cause: str = ""
    #: How large it is: when it grows it is news.
    size: int = 1
    #: No alarm tells it: somebody has decided it, or it is as little as any edition has.
    is_quiet: bool = False
