"""Whose a link is: the subscriber of a number, and the generation by which their links hold."""

from __future__ import annotations

import sqlalchemy as sa

from solacefeed.models.people import Subscriber
from solacefeed.store.deliveries import LARGEST_NUMBER
from solacefeed.store.schema import subscribers
from solacefeed.store.subscription_rows import subscriber_of


def whose(connection: sa.Connection, number: int) -> Subscriber | None:
    """The subscriber of this number."""
    if not 0 < number <= LARGEST_NUMBER:
        # A statement could not even ask for it.
        return None
    row = connection.execute(subscribers.select().where(subscribers.c.id == number)).one_or_none()
    return subscriber_of(row) if row else None


def void(connection: sa.Connection, number: int, generation: int) -> bool:
    """Makes all links of a generation void; false where they were already."""
    this = (subscribers.c.id == number) & (subscribers.c.generation == generation)
    values = {"generation": subscribers.c.generation + 1}
    return connection.execute(subscribers.update().where(this).values(**values)).rowcount == 1
