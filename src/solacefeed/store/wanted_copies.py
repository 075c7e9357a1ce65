"""Whose copy may go: asked in the statement that claims or marks it, and told where it may not."""

from __future__ import annotations

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.people import SubscriptionState
from solacefeed.store.dialects import count_anew
from solacefeed.store.mailable import is_suppressed, may_be_mailed
from solacefeed.store.schema import deliveries, editions, subscribers, subscriptions

ENDED = "the subscription ended"
PAUSED = "the subscription is paused"
SUPPRESSED = "the address is never to be mailed"


def wanted(*, on_its_way: bool = False) -> sa.ColumnElement[bool]:
    """Asks, in the statement itself, whether the reader still has the subscription, and may be mailed.

    *on_its_way*, also whether the edition is: of one that is paused a copy is wanted, and waits.
    """
    goes_on = (editions.c.state == EditionState.DELIVERING,) if on_its_way else ()
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(subscriptions.join(editions, editions.c.digest == subscriptions.c.digest))
        .where(
            editions.c.id == deliveries.c.edition_id,
            *goes_on,
            subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
            subscriptions.c.state == SubscriptionState.CONFIRMED,
            subscriptions.c.consent_id.is_not(None),
            may_be_mailed(subscriptions.c.subscriber_id),
        )
        .correlate(deliveries)
    )


def plan_anew(connection: sa.Connection) -> None:
    """To be said when many copies were written: what asks whether they are wanted takes hours by an old plan."""
    count_anew(connection, (deliveries, editions, subscribers, subscriptions))


def why_unwanted() -> sa.ColumnElement[str]:
    """Of a copy that is not wanted: why."""
    return sa.case(
        (_is(SubscriptionState.PAUSED), PAUSED),
        (_is(SubscriptionState.BOUNCED) | is_suppressed(deliveries.c.subscriber_id), SUPPRESSED),
        else_=ENDED,
    )


def may_go_again(connection: sa.Connection, edition_id: str, state: DeliveryState) -> bool:
    """Whether an edition has a copy in that *state* whose reader is mailed still, and which nobody may have."""
    its = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == state)
    return connection.execute(sa.select(sa.exists().where(its, deliveries.c.doubts == 0, wanted()))).scalar_one()


def _is(state: SubscriptionState) -> sa.ColumnElement[bool]:
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(subscriptions.join(editions, editions.c.digest == subscriptions.c.digest))
        .where(
            editions.c.id == deliveries.c.edition_id,
            subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
            subscriptions.c.state == state,
        )
        .correlate(deliveries)
    )
