"""Subscribers and their subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from solacefeed.models.digests import CadenceKind
from solacefeed.models.posts import CategoryId

#: Among ``Subscription.since``: every category that is not named there.
EVERY = CategoryId("*")


class SubscriptionState(StrEnum):
    """``store.subscribers`` draws the transitions."""

    CONFIRMED = "confirmed"
    PAUSED = "paused"
    ENDED = "ended"


class Actor(StrEnum):
    """By whose word a subscription is as it is; ``list`` is the config's, ``digest`` the end of the digest itself."""

    READER = "reader"
    OPERATOR = "operator"
    LIST = "list"
    DIGEST = "digest"


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
    #: When the last pause ended: what came before it is told by titles.
    away_until: datetime | None = None
