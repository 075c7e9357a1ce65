"""Mails that came back: what a bounce or a complaint says, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: Octets that the local part of the config's return path may have where one mail is told from another by it: of 64
#: (RFC 5321 section 4.5.3.1.1) the rest is what ``delivery.return_path`` adds.
LONGEST_RETURN_LOCAL = 32


class BounceKind(StrEnum):
    """What a bounce says of its reader's address."""

    #: There is no such mailbox, and there will be none.
    HARD = "hard"
    #: It did not take this mail, and may take the next.
    SOFT = "soft"
    #: Its reader called the mail spam.
    COMPLAINT = "complaint"
    #: It is about us, and says nothing of the reader.
    SENDER = "sender"


class BounceSource(StrEnum):
    """How we came to know of it."""

    MAIL = "mail"
    #: The relay refused the copy at once.
    RELAY = "relay"


class BounceOutcome(StrEnum):
    """What became of a bounce."""

    #: The address is never mailed from now on.
    SUPPRESSED = "suppressed"
    #: It was so before.
    BEFORE = "before"
    #: It would be so, but too many of its edition came back: the operator is asked.
    HELD = "held"
    #: It counts, and is not enough.
    COUNTED = "counted"
    #: It is about us, about nobody who subscribes, or about mail whose address is kept no more.
    NOTED = "noted"
    #: It names no mail of ours that is on record: forged, broken, or another's.
    UNKNOWN = "unknown"


class ReportVerdict(StrEnum):
    """What a mail in the mailbox of bounces is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    #: It is on its way still, or has arrived after all.
    DELAY = "delay"
    #: A program answers, such as an absence notice.
    AUTOMATIC = "automatic"
    #: No rule knows it.
    OTHER = "other"
    #: It is no mail that can be read.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a bounce says of one recipient, or a complaint of whoever complained."""

    #: As the mail that came back was addressed, and where it went from there.
    addresses: tuple[str, ...]
    kind: BounceKind
    #: RFC 3463: ``5.1.1``; ``None`` where none is said.
    status: str | None
    #: What the server said, in one line.
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMail:
    """What a mail in the mailbox of bounces says, and of which mail of ours it may be."""

    #: Of a hash that is the same however mailbox programs rewrite it.
    mark: str
    verdict: ReportVerdict
    failures: tuple[Failure, ...] = ()
    #: Addresses in it that are written like a return path of ours, the likeliest first.
    paths: tuple[str, ...] = ()
    #: What is left of the headers of the mail that came back: its Message-IDs, and tokens of its links.
    message_ids: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A bounce or a complaint on record."""

    id: int
    source: BounceSource
    kind: BounceKind
    #: Of the copy or the letter that it is about; ``None`` where it names none.
    delivery_id: int | None
    letter_id: int | None
    #: Where the mail went, as ``email_addresses.canonical`` has it.
    canonical: str | None
    status: str | None
    words: str
    outcome: BounceOutcome
    at: datetime
