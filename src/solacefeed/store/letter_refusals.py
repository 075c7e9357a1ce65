"""Letters that a relay refused: which of them came one after the other, and those that are offered again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.database import among
from solacefeed.store.mail_moves import change, move
from solacefeed.store.policy_refusals import domain_of
from solacefeed.store.schema import outbox

#: So many of the newest letters in a state tell what the relay takes and refuses of late.
MOST = 200

_REFUSED = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.REJECTED, DeliveryState.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLetter:
    number: int
    domain: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersOfLate:
    """What the relay did with letters of late."""

    #: Those that were not taken since it took one.
    refused: Collection[RefusedLetter] = ()
    #: The domains at which it took one.
    taken_at: frozenset[str] = frozenset()


def of_late(connection: sa.Connection) -> LettersOfLate:
    """Of the newest ``MOST`` letters in each state."""

    def newest(state: DeliveryState) -> sa.Subquery:
        columns = (outbox.c.id, outbox.c.email, outbox.c.answer, outbox.c.changed_at)
        return sa.select(*columns).where(outbox.c.state == state).order_by(outbox.c.id.desc()).limit(MOST).subquery()

    taken = connection.execute(sa.select(newest(DeliveryState.ACCEPTED))).all()
    since = max((row.changed_at for row in taken), default=None)
    found = [row for state in _REFUSED for row in connection.execute(sa.select(newest(state)))]
    refused = [
        RefusedLetter(number=row.id, domain=domain_of(row.email), answer=row.answer)
        for row in found
        if row.answer and (since is None or row.changed_at > since)
    ]
    return LettersOfLate(refused=refused, taken_at=frozenset(domain_of(row.email) for row in taken))


def set_right(connection: sa.Connection, numbers: Iterable[int], *, at: datetime, next_try_at: datetime | None) -> None:
    """Lets letters wait again that were rejected because of us; not what may have arrived, or would come too late."""
    for some in among(connection, outbox.c.id, sorted(numbers)):
        _offer(connection, some, at=at, next_try_at=next_try_at)


def offer_at_once(connection: sa.Connection, *, at: datetime) -> int:
    """Lets letters wait no longer that the relay did not take, since it was mended; returns how many.

    What it answered before tells nothing any more. What may have arrived has its rest.
    """
    put_off = (outbox.c.state == DeliveryState.PENDING) & (outbox.c.doubts == 0) & outbox.c.next_try_at.is_not(None)
    return change(connection, outbox, put_off, next_try_at=None, answer=None, changed_at=at)


def retry(connection: sa.Connection, number: int, *, at: datetime) -> bool:
    """Offers a rejected letter again; not what may have arrived, or would come too late."""
    return _offer(connection, outbox.c.id == number, at=at) == 1


def retry_some(connection: sa.Connection, *, after: int, at: datetime) -> tuple[int, int | None]:
    """The same of the next ``MOST`` that were rejected; returns how many, and behind which to go on, if anywhere."""
    rejected = (outbox.c.state == DeliveryState.REJECTED) & (outbox.c.id > after)
    numbers = connection.execute(sa.select(outbox.c.id).where(rejected).order_by(outbox.c.id).limit(MOST)).scalars()
    found = list(numbers)
    count = sum(_offer(connection, some, at=at) for some in among(connection, outbox.c.id, found))
    return count, found[-1] if len(found) == MOST else None


def _offer(
    connection: sa.Connection, which: sa.ColumnElement[bool], *, at: datetime, next_try_at: datetime | None = None
) -> int:
    again = which & (outbox.c.doubts == 0) & (outbox.c.not_after >= at)
    fresh = {"next_try_at": next_try_at, "changed_at": at}
    return move(connection, outbox, again, leaving=(DeliveryState.REJECTED,), to=DeliveryState.PENDING, **fresh)
