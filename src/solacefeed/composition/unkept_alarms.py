"""Troubles that can't be written down, such as a full disk: told outside from memory, once until they are over.

first seen --> told at once where it won't pass, else when the next look sees it too --> over: told, if it was told

What was told is known until the process ends, or reads its config anew: then it is told once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from solacefeed.models.alarms import AlarmState, NewAlarm

KEY = "store"
_ENDS_BY = "`solacefeed status` on that machine says how it stands; see docs/operating.md, When something is wrong"


@dataclass(slots=True)
class UnkeptAlarms:
    """By one thread seen, by another told."""

    #: What stands, whether it is to be told already or not.
    stands: NewAlarm | None = None
    #: Whether somebody is to be told of it.
    is_pressing: bool = False
    #: What is told of it; ``None`` for nothing.
    told: NewAlarm | None = None
    #: What was told, and is over, until that is told too.
    over: NewAlarm | None = None

    def see(self, why: str, *, at: datetime, passes: bool) -> None:
        """A look could not write down what it saw: *why*, in a line without anybody's address."""
        if self.stands is None:
            self.stands = NewAlarm(
                key=KEY, state=AlarmState.FIRING, words=f"nothing can be kept: {why}", ends_by=_ENDS_BY, since=at
            )
            self.is_pressing = not passes
        else:
            self.is_pressing = True

    def see_none(self) -> None:
        """A look could write down what it saw."""
        if self.told is not None:
            self.over = replace(self.told, state=AlarmState.RESOLVED)
        self.stands, self.is_pressing, self.told = None, False, None

    def next(self) -> NewAlarm | None:
        """What is to be posted now."""
        if self.over is not None:
            return self.over
        return self.stands if self.is_pressing and self.told is None else None

    def note_posted(self, posted: NewAlarm) -> None:
        if posted is self.over:
            self.over = None
        elif posted is self.stands:
            self.told = posted
