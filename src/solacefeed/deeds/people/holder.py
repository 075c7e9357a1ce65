"""Whose link it is, and what they have; what pages of a reader's own have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.people.counting import counts_from
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.digest.choices import since_noted
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState, email_mask
from solacefeed.store import address_history, mailable, reader_links, subscribers
from solacefeed.store.database import Store

#: In a subscription's history.
BY_PAGE = "on the page of what they get"
BY_FEED = "they read by feed"


class Gone(UsageError):
    """A link that its reader has made void, or of somebody who is not there any more."""


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


def standing(store: Store, number: int, generation: int) -> Standing:
    """Raises ``Gone`` where the link is void, or nobody is there."""
    with store.read() as connection:
        subscriber = holder(connection, number, generation)
        subscriptions = tuple(subscribers.of_one(connection, number))
        masked = masked_of(connection, subscriber)
    return Standing(
        subscriber=subscriber,
        subscriptions=subscriptions,
        masked=masked,
        reads_by_feed=any(map(is_paused_for_feed, subscriptions)),
    )


def masked_of(connection: sa.Connection, subscriber: Subscriber) -> str:
    """Somebody's address, masked so that it is told apart from those that they had before."""
    had = {each.before for each in address_history.of_one(connection, subscriber.id)}
    return email_mask(subscriber.email, beside=(each for each in had if canonical(each) != canonical(subscriber.email)))


def holder(connection: sa.Connection, number: int, generation: int, *, held: bool = False) -> Subscriber:
    """Whose link it is; *held*, they stay who they are, and where, until the transaction ends.

    Raises ``Gone`` where it is void, or nobody is there.
    """
    if held:
        mailable.hold(connection)
    subscriber = reader_links.whose(connection, number)
    if subscriber is None or subscriber.generation != generation:
        raise Gone("this link has ended: its reader has made it void, or is not here any more")
    return subscriber


def is_paused_for_feed(subscription: Subscription) -> bool:
    return subscription.state is SubscriptionState.PAUSED and subscription.paused_for_feed


def pause_one(
    connection: sa.Connection,
    settings: PeopleSettings,
    there: Subscription,
    *,
    until: datetime | None,
    at: datetime,
    reason: str,
    for_feed: bool = False,
) -> bool:
    digest = settings.digests.get(there.digest)
    since = there.since
    if digest is not None:
        since = since_noted(there, counts_from(connection, digest, there.cadence, settings.site.zone))
    by, number = Actor.READER, there.subscriber.id
    return subscribers.pause(
        connection,
        number,
        there.digest,
        until=until,
        since=since,
        at=at,
        by=by,
        reason=reason,
        for_feed=for_feed,
    )
