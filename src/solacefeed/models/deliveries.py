"""One message to one recipient, and how it fares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

#: So long at most a copy goes after its edition could leave, or after it was sent again: nothing is done after it.
LONGEST_SENDING = timedelta(days=14)


#: What tells one taking-up of mail from all others: the mail's number, and the number of its claim. One worker may have
#: the same mail twice, by a claim that it lost and by a newer one.
ClaimKey = tuple[int, int]


class DeliveryState(StrEnum):
    """The states of one copy; ``store.deliveries`` draws the transitions."""

    PENDING = "pending"
    CLAIMED = "claimed"
    HANDING = "handing"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


# Of all that there is one of each mail nothing is frozen: to be made takes three times as long then.
@dataclass(slots=True, kw_only=True)
class Delivery:
    """One message to one recipient: our row, not the relay's."""

    id: int
    edition_id: str
    subscriber_id: int
    email: str
    name: str | None
    #: Of the variant.
    selection: str
    #: The variant's revision, fixed for ever when the copy first reaches ``handing``; ``None`` before.
    revision: int | None
    state: DeliveryState
    #: How often a worker took it up, since it was sent or sent again.
    attempts: int
    #: How often it was cut off between the final dot and the answer.
    doubts: int
    next_try_at: datetime | None
    #: The last answer of the relay, or why there is none.
    answer: str | None
    message_id: str
    changed_at: datetime
    #: The key of its variant; ``None`` where an older release wrote it: then the selection's.
    variant: str | None = None
    #: Of its reader's links; as it was when the copy was taken up.
    generation: int = 0
    #: How often it was claimed: the number of its newest claim, which no other claim of it ever has.
    claims: int = 0
    #: How often it was sent before, each time under a Message-ID of its own, and taken or perhaps taken by the relay.
    got_before: int = 0
    #: Until when it may go; ``None`` for as long as its edition may.
    until: datetime | None = None
    #: The number of what it says of who sends it (``models.senders``), since it was taken up; ``None`` before.
    sender_id: int | None = None

    @property
    def variant_key(self) -> str:
        return self.variant or self.selection

    @property
    def claim_key(self) -> ClaimKey:
        return self.id, self.claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What mail is claimed with: for whom, and for how long unless it is renewed."""

    #: ``HOST-PID-RANDOM``, of one process, or of a part of it that ends before it.
    worker: str
    length: timedelta


# A tuple, which is made in a third of the time: there is one of each mail, and so there is of ``Outcome``.
class Mark(NamedTuple):
    """That a mail's final dot is about to leave."""

    id: int
    #: The number of the claim by which it is in hand.
    claim: int
    #: Of a copy's variant; ``None`` for a letter.
    revision: int | None = None

    @property
    def claim_key(self) -> ClaimKey:
        return self.id, self.claim


class Outcome(NamedTuple):
    """How a mail in hand came out."""

    id: int
    #: The number of the claim by which it was in hand.
    claim: int
    state: DeliveryState
    #: What the relay said, or why it was not asked.
    answer: str
    next_try_at: datetime | None = None

    @property
    def claim_key(self) -> ClaimKey:
        return self.id, self.claim


@dataclass(slots=True, kw_only=True)
class Message:
    """A composed mail with its envelope."""

    sender: str
    recipient: str
    #: RFC 5322, CRLF line ends, not dot-stuffed.
    content: bytes
    message_id: str
    #: A content of ASCII, and what goes over the wire for it (``mail_lines.for_the_wire``), where whoever composed it
    #: knows: of any other content than this very one it says nothing.
    known_on_the_wire: tuple[bytes, bytes] | None = field(default=None, repr=False, compare=False)

    @property
    def on_the_wire(self) -> bytes | None:
        """``None`` where it wants a look; else it is of ASCII."""
        known = self.known_on_the_wire
        return known[1] if known is not None and known[0] is self.content else None


class CopyActKind(StrEnum):
    """What the operator can do of a copy that came out otherwise than it should have."""

    #: Rejected, and offered again.
    RETRIED = "retried"
    #: Uncertain, and known to have arrived.
    RESOLVED_AS_ACCEPTED = "resolved as accepted"
    #: Uncertain, known not to have arrived, and offered again.
    RESOLVED_TO_RESEND = "resolved to resend"
    #: Uncertain, known not to have arrived, and offered to nobody: its posts are free for its reader's next edition.
    RESOLVED_AS_LOST = "resolved as lost"
    #: Sent again, with a time of its own; under another Message-ID where its reader has it, or may have it.
    SENT_AGAIN = "sent again"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyAct:
    """Something that the operator did of a copy."""

    kind: CopyActKind
    actor: str
    at: datetime
    #: How the copy stood then, and since when.
    was: DeliveryState
    was_since: datetime
