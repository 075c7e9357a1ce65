"""What the model keeps of posts, readers, copies and breaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.facts import (
    Shown,
)


@dataclass(slots=True)
class Known:
    """A post as it was told, and since when."""

    shown: Shown
    seen: datetime
    #: When it was noticed that its title, text or address was another.
    revised: list[datetime] = field(default_factory=list)
    public: bool = True

    def settled_at(self, settle: timedelta) -> datetime:
        at = self.seen + settle
        for noticed in sorted(self.revised):
            if noticed >= at:
                break
            at = min(noticed + settle, self.seen + 4 * settle)
        return at


@dataclass(slots=True)
class Subscription:
    """A reader's wish to have a digest."""

    state: str
    cadence: str
    #: From when each chosen slug counts, or ``EVERYTHING``.
    since: dict[str, datetime]
    paused_until: datetime | None = None
    away_until: datetime | None = None
    #: What an end by mistake is taken back to.
    before_its_end: str = "confirmed"
    #: What it is again when its address takes mail again.
    before_it_bounced: str | None = None


@dataclass(slots=True)
class Copy:
    """What a reader is to get by one edition, or the posts that are to come at once, one by one or together."""

    reader: str
    digest: str
    kind: str
    #: As Message-IDs have it; ``None`` while no mail has shown which it is.
    edition: str | None
    closes: datetime
    frozen_at: datetime
    posts: frozenset[int]
    #: The title that each had then.
    titles: Mapping[int, str]
    #: How many of them have to go at once; the others wait for the morning.
    least: int
    #: ``None`` until its final dot was written for the first time.
    held: frozenset[int] | None = None
    offers: int = 0
    doubts: int = 0
    #: ``"waits"``, ``"got"`` or why it did not come.
    state: str = "waits"
    #: Of one at once: it is the morning's.
    is_mornings: bool = False
    #: It lies in the reader's mailbox, or may.
    has_come: bool = False
    #: When its own time is over, where it was sent again.
    until: datetime | None = None
    #: An editor keeps its edition back, frozen as it is.
    held_back: bool = False

    def promises(self) -> frozenset[int]:
        """The posts that no other edition may bring."""
        if self.state in ("got", "waits"):
            return self.posts if self.held is None else self.held
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Where the product did not do as the rules say."""

    law: str
    at: datetime
    reader: str
    posts: frozenset[int]
    words: str

    def __str__(self) -> str:
        named = ", ".join(f"post {number}" for number in sorted(self.posts)) or "no post"
        return f"{self.law}: {self.reader}, {named}, at {self.at:%Y-%m-%d %H:%M} UTC: {self.words}"
