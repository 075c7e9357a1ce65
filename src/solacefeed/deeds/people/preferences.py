"""What a reader does by the link in a mail: looks at what they have, chooses, pauses, stops, and makes links void.

Whoever holds a forwarded mail holds that link too. So it begins no digest: one that does not stand is asked for by a
sign-up, which the address itself confirms; and what tells or moves a person's data wants a letter to the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Subscriber, Subscription, Wording, email_mask
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Clock
from solacefeed.store.database import Store


class Gone(UsageError):
    """A link that its reader has made void, or of somebody who is not there any more."""


class HourPurpose(StrEnum):
    """What wants a letter to the present address, whose link holds for an hour."""

    EXPORT = "export"
    ERASE = "erase"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody has."""

    subscriber: Subscriber
    #: All that they ever had, by digest; ended ones too.
    subscriptions: tuple[Subscription, ...]
    #: ``a…@example.org``
    masked: str
    #: Whether their mail is paused since they read by feed.
    reads_by_feed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDigest:
    """How somebody wants a digest."""

    #: ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None = None
    #: ``None`` for the digest's first.
    cadence: CadenceKind | None = None
    paused: bool = False
    #: When the pause ends; ``None`` for when they say so.
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The whole of a preferences form."""

    #: ``None`` for none.
    name: str | None
    #: BCP 47; ``None`` for the site's.
    language: str | None
    #: By digest key; ``None`` for one that they do not want. What is not named stays as it is.
    digests: Mapping[str, WantedDigest | None] = field(default_factory=dict)
    #: The sentence beside the button, for what has to be confirmed.
    wording: Wording | None = None
    #: A prefix of the address that the form came from.
    network: str | None = None
    #: Of the page, and so of the words of ``Saved``.
    speaking: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What saving has changed."""

    #: In words, a sentence each; empty where all was so already.
    changes: tuple[str, ...] = ()
    #: Keys of digests that begin when the letter about them is confirmed.
    asked: tuple[str, ...] = ()


def standing(store: Store, number: int, generation: int) -> Standing:
    """Raises ``Gone`` where the link is void, or nobody is there."""
    raise NotImplementedError


def save(store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int, wanted: Wanted) -> Saved:
    """Makes all of a form so, in one transaction; a digest that does not stand is asked for by a sign-up instead.

    Raises ``Gone``, and ``UsageError`` for a category, a cadence or a time that can't be.
    """
    raise NotImplementedError


def end_one(store: Store, clock: Clock, number: int, digest: str) -> bool:
    """Ends one digest, whatever the generation; false where there was none to end."""
    raise NotImplementedError


def end_all(store: Store, clock: Clock, number: int) -> tuple[str, ...]:
    """Ends all that somebody has, whatever the generation; returns the keys."""
    raise NotImplementedError


def undo(store: Store, clock: Clock, digest: str, number: int) -> bool:
    """Takes a reader's own end back within the hour; false where there is none to take back."""
    raise NotImplementedError


def void_links(store: Store, clock: Clock, number: int, generation: int) -> int:
    """Makes all earlier preference and feed links void; returns the generation of those that hold. Raises ``Gone``."""
    raise NotImplementedError


def ask_for_hour(
    store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int, purpose: HourPurpose
) -> None:
    """Mails a link to the present address that holds for an hour; no second one within it. Raises ``Gone``."""
    raise NotImplementedError


def read_by_feed(store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int) -> bool:
    """Pauses all mail, since they read by feed; false where nothing was to pause. Raises ``Gone``."""
    raise NotImplementedError


def read_by_mail(store: Store, clock: Clock, number: int, generation: int) -> bool:
    """Ends those pauses, with the same choice as before; false where there was none. Raises ``Gone``."""
    raise NotImplementedError


__all__ = ["email_mask"]  # pages look for it here
