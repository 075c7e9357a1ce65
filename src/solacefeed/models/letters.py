"""Mail to one person that stands in no edition: what it says, and how it fares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from solacefeed.models.deliveries import ClaimKey, DeliveryState


class OutboxKind(StrEnum):
    """What a letter is for."""

    #: An edition as it will look, to an editor.
    DRAFT = "draft"
    #: An edition as a reader would get it, to whoever tries it.
    TEST = "test"
    #: What somebody who operates the site should see to.
    ALARM = "alarm"
    #: Asks whether a sign-up was meant.
    CONFIRMATION = "confirmation"
    #: What a new reader gets first.
    WELCOME = "welcome"
    #: Leads to one's own choice, or to what only a fresh link may do.
    LINK = "link"
    #: Tells of what was done.
    RECEIPT = "receipt"
    #: What somebody complains of, to whoever answers it.
    COMPLAINT = "complaint"
    #: That a complaint has come, to whoever complained.
    ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """What a letter says: frozen when it is put into the outbox, so that it is the same however often it is offered."""

    #: One line.
    subject: str
    text: str
    html: str
    #: BCP 47, of our words in it.
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter that is to be put into the outbox."""

    kind: OutboxKind
    email: str
    name: str | None = None
    #: ``None`` for who is no subscriber, such as an editor.
    subscriber_id: int | None = None
    #: What it is about; ``None`` for no edition.
    edition_id: str | None = None
    words: LetterWords
    #: To whom an answer goes; ``None`` for who answers all.
    reply_to: str | None = None
    #: There is never a second one with the same; ``None`` where several may be.
    once: str | None = None
    #: Not accepted by then, it goes no more.
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter of the outbox: our row, not the relay's. Its states are a copy's."""

    id: int
    kind: str
    email: str
    name: str | None
    subscriber_id: int | None
    edition_id: str | None
    subject: str
    once: str | None
    state: DeliveryState
    #: How often a worker took it up.
    attempts: int
    #: How often it was cut off between the final dot and the answer.
    doubts: int
    next_try_at: datetime | None
    #: The last answer of the relay, or why there is none.
    answer: str | None
    message_id: str
    created_at: datetime
    #: Not accepted by then, it is expired.
    not_after: datetime
    changed_at: datetime
    #: To whom an answer goes; ``None`` for who answers all.
    reply_to: str | None = None
    #: How often it was claimed: the number of its newest claim, which no other claim of it ever has.
    claims: int = 0
    #: The number of what it says of who sends it (``models.senders``), since it was taken up; ``None`` before.
    sender_id: int | None = None

    @property
    def claim_key(self) -> ClaimKey:
        return self.id, self.claims
