"""What is asked of a store that was brought back: who of it has left or was erased since, and which editions it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from solacefeed.models.editions import WAITING
from solacefeed.models.people import SubscriptionState
from solacefeed.store.database import among
from solacefeed.store.schema import editions, subscribers, subscriptions

#: People who are asked for at once.
_PAGE = 10_000


def have_begun(connection: sa.Connection) -> dict[str, bool]:
    """All editions that are there, by their ids; and whether each has begun to leave, or is over."""
    query = sa.select(editions.c.id, editions.c.state)
    return {row.id: row.state not in WAITING for row in connection.execute(query)}


def going_on(connection: sa.Connection, left: Iterable[tuple[str, int]]) -> list[tuple[int, str]]:
    """Of these digests and subscribers those whose subscription has not ended here."""
    wanted = set(left)
    found: list[tuple[int, str]] = []
    query = sa.select(subscriptions.c.subscriber_id, subscriptions.c.digest)
    for some in among(connection, subscriptions.c.subscriber_id, {number for _, number in wanted}):
        rows = connection.execute(query.where(some, subscriptions.c.state != SubscriptionState.ENDED.value))
        found += [(row.subscriber_id, row.digest) for row in rows if (row.digest, row.subscriber_id) in wanted]
    return sorted(found)


def people(connection: sa.Connection) -> Iterator[dict[str, int]]:
    """The numbers of all subscribers by their canonical addresses, some at a time."""
    last = 0
    while True:
        query = sa.select(subscribers.c.id, subscribers.c.canonical).where(subscribers.c.id > last)
        rows = connection.execute(query.order_by(subscribers.c.id).limit(_PAGE)).all()
        if rows:
            yield {row.canonical: row.id for row in rows}
            last = rows[-1].id
        if len(rows) < _PAGE:
            return
