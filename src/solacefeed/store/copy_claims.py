"""Copies are claimed: whatever is due, once each, by statements that are built once for all batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import Delivery, DeliveryState, Lease
from solacefeed.models.editions import EditionState
from solacefeed.store import mail_states
from solacefeed.store.compiled import Compiled, given
from solacefeed.store.dialects import reading
from solacefeed.store.due_copies import may_go_yet
from solacefeed.store.schema import Instant, deliveries, editions, subscribers
from solacefeed.store.wanted_copies import wanted

#: Which copies alone; ``None`` for all.
Which = sa.ColumnElement[bool] | None

_EDITION, _ISSUE, _LANE = given("the_edition", sa.Text), given("the_issue", sa.Integer), given("the_lane", sa.Text)

#: What a claim is told of each copy, in the order in which ``_taken`` reads it; behind that its reader's generation and
#: the instants that few copies have.
_TOLD = (
    *("id", "edition_id", "subscriber_id", "email", "name", "selection", "variant", "revision"),
    *("attempts", "doubts", "answer", "message_id", "claims", "got_before", "sender_id"),
)


def claim(
    connection: sa.Connection,
    edition_id: str,
    *,
    lease: Lease,
    limit: int,
    at: datetime,
    issue: int = 1,
    lane: str = "",
    which: Which = None,
    too_late: bool = False,
    sender_id: int | None = None,
) -> list[Delivery]:
    """Takes up to *limit* copies of a lane that are due, of *which* alone; those never put off go first.

    So a copy that pauses its edition each time it is offered holds up no other. There are none of an edition that is
    paused, cancelled or given up meanwhile, nor of another *issue*: an edition that was cancelled and made anew has the
    same id, and other words. Nor any whose time is over, be it its own or that of its edition, which is *too_late*.
    They say of who sends them what *sender_id* tells, but for those that may have arrived.
    """
    going = _claiming(too_late) if which is None else _Claiming(which, too_late)
    values = mail_states.taking_values(connection.dialect.name, lease, limit, at, sender_id)
    values |= {_EDITION.key: edition_id, _ISSUE.key: issue, _LANE.key: lane}
    taken = mail_states.in_order(going.first.execute(connection, values).all())
    if len(taken) < limit:
        values[mail_states.LIMIT.key] = limit - len(taken)
        taken += mail_states.in_order(going.again.execute(connection, values).all())
    read = reading(connection, Instant())
    return [_taken(row, at, read) for row in taken]


class _Claiming:
    """The statements of one kind of claim: of what was never put off, and of what is due *again*."""

    def __init__(self, which: Which, too_late: bool) -> None:
        its = (deliveries.c.edition_id == _EDITION) & (deliveries.c.lane == _LANE)
        theirs = its & _goes_on() & wanted() & may_go_yet(mail_states.AT, too_late=too_late)
        theirs = theirs if which is None else theirs & which
        columns = (
            *(deliveries.c[name] for name in _TOLD),
            _generation(),
            deliveries.c.next_try_at,
            deliveries.c.until,
        )
        self.first = Compiled(lambda dialect: mail_states.taking(dialect, deliveries, theirs, *columns))
        self.again = Compiled(
            lambda dialect: mail_states.taking(dialect, deliveries, theirs, *columns, again=True).values(
                email=_present_address()
            )
        )


@cache
def _claiming(too_late: bool) -> _Claiming:
    return _Claiming(None, too_late)


def _generation() -> sa.ColumnElement[int]:
    """Of the links of a copy's reader."""
    asked = sa.select(subscribers.c.generation).where(subscribers.c.id == deliveries.c.subscriber_id)
    return sa.func.coalesce(asked.correlate(deliveries).scalar_subquery(), 0).label("generation")


def _present_address() -> sa.ColumnElement[str]:
    """That of a copy's reader, who may have moved while the relay put it off; what may have arrived keeps its own."""
    asked = sa.select(subscribers.c.email).where(subscribers.c.id == deliveries.c.subscriber_id)
    present = sa.func.coalesce(asked.correlate(deliveries).scalar_subquery(), deliveries.c.email)
    return sa.case((deliveries.c.doubts > 0, deliveries.c.email), else_=present)


def _taken(row: Sequence[Any], at: datetime, read: Callable[[Any], datetime]) -> Delivery:
    """One that was claimed at that instant; of its others only those are read that few copies have."""
    number, edition, who, email, name, *what, next_try_at, until = row
    selection, variant, revision, attempts, doubts, answer, message_id, claims, got_before, sender, generation = what
    return Delivery(
        id=number,
        edition_id=edition,
        subscriber_id=who,
        email=email,
        name=name,
        selection=selection,
        variant=variant,
        revision=revision,
        state=DeliveryState.CLAIMED,
        attempts=attempts,
        doubts=doubts,
        next_try_at=None if next_try_at is None else read(next_try_at),
        answer=answer,
        message_id=message_id,
        changed_at=at,
        claims=claims,
        got_before=got_before,
        until=None if until is None else read(until),
        generation=generation,
        sender_id=sender,
    )


def _goes_on() -> sa.ColumnElement[bool]:
    this = (editions.c.id == _EDITION) & (editions.c.issue == _ISSUE)
    going = this & (editions.c.state == EditionState.DELIVERING)
    return sa.exists(sa.select(sa.literal(1)).where(going).correlate(deliveries))
