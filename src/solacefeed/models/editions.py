"""Editions of a digest, and what each says to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from solacefeed.models.posts import CategoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The half-open span [starts, ends) that an edition covers."""

    starts: datetime
    ends: datetime


class EditionState(StrEnum):
    """The states an edition goes through; ``store.editions`` draws the transitions."""

    APPROVED = "approved"
    DELIVERING = "delivering"
    PAUSED = "paused"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


#: Editions with copies still to hand over, or to give up when they are too late.
OPEN = (EditionState.APPROVED, EditionState.DELIVERING, EditionState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One issue of a digest."""

    #: Digest and local closing day: ``weekly/2026-11-23``.
    id: str
    #: Its key.
    digest: str
    period: Period
    state: EditionState
    #: Why it was skipped, is paused or was cancelled; ``None`` otherwise.
    reason: str | None
    prepared_at: datetime
    #: How many editions have had this id with this one: those before it were cancelled.
    issue: int = 1

    @property
    def mail_name(self) -> str:
        """What its copies' Message-IDs are made of: never what a cancelled edition's were made of."""
        return self.id if self.issue == 1 else f"{self.id}.{self.issue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A post chosen for a reader, and why."""

    post_id: str
    #: The ids of the chosen categories that it was picked for; empty means that the reader takes everything.
    because: tuple[CategoryId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What one edition says to all recipients with the same selection."""

    edition_id: str
    #: The chosen categories, and the events that are withheld (``digest.selection`` names it).
    selection: str
    #: Grows when what it says changed after preparation, of posts, events or categories; copies once tried keep theirs.
    revision: int
    picks: tuple[Pick, ...]
    event_ids: tuple[str, ...]
    subject: str
    #: Both with the placeholders of ``digest.rendering`` where the recipient's own address and link go.
    text: str
    html: str
    #: A stable hash of all that it was rendered from; ``None`` in what a release before wrote.
    made_of: str | None = None
