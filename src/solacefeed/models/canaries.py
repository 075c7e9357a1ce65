"""The part of an edition that goes before the rest of it, so that what is amiss is seen while few have met it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class CanaryState(StrEnum):
    """``store.canaries`` draws the transitions."""

    #: It goes, or has gone, and the rest waits for it.
    OUT = "out"
    #: The rest goes: too little of it was refused or came back to stop that.
    PASSED = "passed"
    #: The edition was paused for it.
    STOPPED = "stopped"
    #: The rest goes by the operator's word.
    OVERRULED = "overruled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """That of one edition."""

    edition_id: str
    copies: int
    state: CanaryState
    begun_at: datetime
    #: When each of its copies had been offered; ``None`` while some have not.
    went_at: datetime | None = None
    #: When it is decided whether the rest goes; ``None`` before it has gone.
    waits_until: datetime | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryCounts:
    """How many of its copies came out how; what was put off counts nowhere."""

    taken: int = 0
    refused: int = 0
    #: Of those that were taken.
    bounced: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryRules:
    """Which part goes first, for how long the rest waits, and what stops it; shares of 1."""

    share: float = 0.01
    wait: timedelta = timedelta(minutes=45)
    #: More than so much of what was answered, or taken, stops it.
    refusals: float = 0.05
    bounces: float = 0.05
    complaints: float = 0.003
    #: An edition for so many readers, or fewer, has none.
    above: int = 5_000
