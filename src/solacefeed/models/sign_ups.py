"""What people ask on a form: a digest, their own link, or to be told that a complaint of theirs has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from solacefeed.models.digests import CadenceKind
from solacefeed.models.posts import CategoryId


class SignUpKind(StrEnum):
    """What was asked."""

    SUBSCRIBE = "subscribe"
    #: The link to one's own choice.
    LINK = "link"
    #: To be told that a complaint has come, which was made without a link.
    COMPLAINT = "complaint"


class SignUpState(StrEnum):
    """How far a sign-up has come."""

    WAITING = "waiting"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    DROPPED = "dropped"
    #: Its letter could not be made; it is tried again.
    ASIDE = "aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A digest that somebody asks for."""

    #: Its key.
    digest: str
    #: ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None = None
    #: ``None`` for the digest's first.
    cadence: CadenceKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSignUp:
    """What a form has brought."""

    kind: SignUpKind
    email: str
    name: str | None = None
    wishes: tuple[Wish, ...] = ()
    #: BCP 47, of the form and of what follows; ``None`` for the site's.
    language: str | None = None
    #: Of the sentence beside the button (``models.people.Wording``).
    wording_hash: str | None = None
    #: A prefix of the address that it came from.
    network: str | None = None
    #: Where the form stood.
    page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """A sign-up on record."""

    id: int
    kind: SignUpKind
    #: A keyed hash of the address.
    address_key: str
    #: ``None`` when its time is over: then the address is kept no more.
    email: str | None
    name: str | None
    wishes: tuple[Wish, ...]
    language: str | None
    wording_hash: str | None
    network: str | None
    page: str | None
    nonce: str
    at: datetime
    state: SignUpState
    reason: str | None
    changed_at: datetime
    #: When a letter answered it.
    answered_at: datetime | None = None
    #: Whose it became when it was confirmed.
    subscriber_id: int | None = None
    #: Of that one's links then.
    generation: int | None = None
