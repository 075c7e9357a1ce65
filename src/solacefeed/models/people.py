"""Subscribers and their subscriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from solacefeed.models.digests import CadenceKind
from solacefeed.models.posts import CategoryId

#: Among ``Subscription.since``: every category that is not named there.
EVERY = CategoryId("*")


class SubscriptionState(StrEnum):
    """``store.subscribers`` draws the transitions."""

    CONFIRMED = "confirmed"
    PAUSED = "paused"
    ENDED = "ended"
    #: Its address is suppressed.
    BOUNCED = "bounced"


class Actor(StrEnum):
    """By whose word a subscription is as it is; ``list`` is the config's, ``digest`` the end of the digest itself.

    ``import`` is a list of another tool that was read once, ``sync`` a database that the store is held to, and
    ``suppression`` what made the address one that is never mailed.
    """

    READER = "reader"
    OPERATOR = "operator"
    LIST = "list"
    DIGEST = "digest"
    IMPORT = "import"
    SYNC = "sync"
    SUPPRESSION = "suppression"


class Basis(StrEnum):
    """Why somebody may be mailed (PECR regulation 22; UK GDPR article 6)."""

    CONSENT = "consent"
    SOFT_OPT_IN = "soft-opt-in"
    #: Of charities, for addresses given to them since 2026 (Data (Use and Access) Act 2025, section 114).
    CHARITABLE_SOFT_OPT_IN = "charitable-soft-opt-in"
    #: An address of an organisation, which the rule on individuals does not cover.
    CORPORATE = "corporate-subscriber"


class How(StrEnum):
    """How a consent came to us."""

    FORM = "form"
    OPERATOR = "operator"
    LIST = "list"
    IMPORT = "import"
    SYNC = "sync"
    #: A release that noted none has entered the subscription.
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """What is to be written down of a consent."""

    basis: Basis
    #: When it was given.
    at: datetime
    how: How
    #: Of which page, file or list.
    source: str | None = None
    #: What shows it.
    evidence: str | None = None
    #: Nothing shows it but the word of whoever enters it.
    claimed: bool = False
    #: Of the sentence that was agreed to (``Wording.hash``).
    wording_hash: str | None = None
    #: A prefix of the address that it came from.
    network: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(NewConsent):
    """A consent on record."""

    id: int
    subscriber_id: int
    #: The digest's key.
    digest: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The sentence beside a form's button."""

    #: What it is called where it comes from.
    name: str
    #: BCP 47
    language: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 of the text in UTF-8, in hex."""
        return sha256(self.text.encode()).hexdigest()


class SuppressionReason(StrEnum):
    """Why an address is never to be mailed."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that is never to be mailed."""

    #: As ``email_addresses.canonical`` has it.
    canonical: str
    reason: SuppressionReason
    words: str | None
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person with an address."""

    id: int
    #: As it was given; compared by ``email_addresses.canonical``.
    email: str
    name: str | None
    created_at: datetime
    #: Whose word the name is; ``None`` where an older release has not noted it.
    named_by: Actor | None = None
    #: Of their links: those of an earlier one are void.
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscriber's wish to have one digest; an actor is ``None`` where an older release has not noted it."""

    subscriber: Subscriber
    #: Its key.
    digest: str
    state: SubscriptionState
    #: The ids of the chosen categories; ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None
    changed_at: datetime
    #: By whose word it began, or began again.
    entered_by: Actor | None = None
    #: Whose choice the categories are.
    chosen_by: Actor | None = None
    changed_by: Actor | None = None
    #: Why it was changed last.
    reason: str | None = None
    #: ``None`` for the digest's first.
    cadence: CadenceKind | None = None
    #: BCP 47, of our words in their mails; ``None`` for the site's.
    language: str | None = None
    #: From which instant each chosen category counts: its own, else that of ``EVERY``. ``None`` where an older release
    #: wrote it: then from the period of ``changed_at``.
    since: Mapping[CategoryId, datetime] | None = None
    #: When a pause ends; ``None`` for when the reader says so.
    paused_until: datetime | None = None
    #: Of a pause: whether it is there since its reader reads by feed.
    paused_for_feed: bool = False
    #: When the last pause ended: what came before it is told by titles.
    away_until: datetime | None = None
    #: The consent by which it stands; without one nothing is mailed.
    consent_id: int | None = None


def email_mask(email: str, *, beside: Iterable[str] = ()) -> str:
    """``a…@example.org``: tells its owner which one is meant, and nobody else what it is.

    *beside* are other addresses that its owner has or had: of its letters so many are shown, the fewest, that it can be
    none of those (``a…r@example.org``), but never all.
    """
    local, _, domain = email.rpartition("@")
    others = [other.casefold() for other, _, at in (each.rpartition("@") for each in beside) if at == domain]

    def fits_another(first: str, last: str) -> bool:
        return any(each.startswith(first.casefold()) and each.endswith(last.casefold()) for each in others)

    for shown in range(1, len(local)):
        for first in range(shown, 0, -1):
            ends = local[:first], local[len(local) - (shown - first) :]
            if not fits_another(*ends):
                return f"{ends[0]}…{ends[1]}@{domain}"
    return f"{local[:1]}…@{domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMove:
    """A change of address that a reader has asked for."""

    id: int
    subscriber_id: int
    #: The new one.
    email: str
    at: datetime
    #: ``None`` while the new address has not confirmed it.
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderComplaint:
    """What somebody complains of, with the day by which it has to be answered."""

    id: int
    #: ``None`` for who came without a link, or was erased since.
    subscriber_id: int | None
    #: The key of the one that it is about.
    digest: str | None
    words: str
    at: datetime
    due: datetime
    answered_at: datetime | None
