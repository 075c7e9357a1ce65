"""Alarms: what operators are told of a trouble, and what became of telling it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: The keys of what is no trouble but a hint to ``status``, and told to operators all the same.
HINTS = frozenset({"quarantine"})


class AlarmState(StrEnum):
    """What an alarm says of its trouble."""

    FIRING = "firing"
    RESOLVED = "resolved"
    #: It says nothing, but that alarms arrive.
    TEST = "test"


class PostingState(StrEnum):
    """What became of posting an alarm to the webhook."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    #: It was not taken within its time.
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlarm:
    """What is to be told."""

    #: Of the trouble, as ``status`` has it.
    key: str
    state: AlarmState
    #: Without anybody's address.
    words: str
    ends_by: str
    #: Since when the trouble stands.
    since: datetime

    @property
    def is_hint(self) -> bool:
        return self.key in HINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmMessage(NewAlarm):
    """What was told: our row."""

    id: int
    #: When it was decided to be told.
    at: datetime
    #: How many operators have a letter about it.
    letters: int
    #: ``None`` where there was no webhook.
    post: PostingState | None
    #: How often it was posted.
    attempts: int
    next_try_at: datetime | None
    #: What the webhook answered last, or why it did not.
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedTrouble:
    """A trouble that stands, or stood lately, and what was told of it: our row."""

    key: str
    #: A hash of its occasion.
    cause: str
    size: int
    words: str
    ends_by: str
    since: datetime
    #: Since when it stands no more; ``None`` while it does.
    gone_since: datetime | None = None
    #: When it was told last; ``None`` before.
    told_at: datetime | None = None
    #: Of which occasion, and how large it was then.
    told_cause: str | None = None
    told_size: int | None = None
