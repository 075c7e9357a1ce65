"""Bounces and complaints on record: a row for each mail that came back, and for each refusal that counts as one.

What an address has had counts until a suppression of it is taken away: then its rows are spent, and it begins anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.bounces import Bounce, BounceKind, BounceOutcome, BounceSource
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.store.database import among, insert_new
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import bounces, copy_acts, deliveries, editions, outbox

#: Of those that name no mail of ours the newest so many are kept: anybody can send more.
MOST_UNKNOWN = 10_000

#: Of one mail and one kind: the first says it, and a few more show that there were more.
MOST_ALIKE = 10

#: Copies of the newest so many editions are asked for.
_MOST_EDITIONS = 5000

#: Of copies that a relay has been asked to take.
_OFFERED = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBounce:
    """A bounce that is to be written down."""

    mark: str
    source: BounceSource
    kind: BounceKind
    delivery_id: int | None = None
    letter_id: int | None = None
    #: The number of the newest by which that mail was in hand: with each it may come back.
    claim: int | None = None
    subscriber_id: int | None = None
    canonical: str | None = None
    status: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCopy:
    """A copy that a relay was asked to take, among those of one reader."""

    id: int
    email: str
    state: DeliveryState
    #: When its edition closed.
    closed_at: datetime


def says_nothing_new(connection: sa.Connection, new: NewBounce, *, is_out: bool) -> bool:
    """Whether as many of its kind are there of one reader's mail as are kept: whoever has its path can write more.

    Or one that was used up by a suppression, and the mail is not *out* by a newer claim, with which it may come back.
    """
    its = bounces.c.letter_id == new.letter_id if new.delivery_id is None else bounces.c.delivery_id == new.delivery_id
    # What was not believed is spent from its first day, and is kept all the same.
    is_kept = ~bounces.c.spent | (bounces.c.outcome == BounceOutcome.NOTED)
    alike = its & (bounces.c.subscriber_id == new.subscriber_id) & (bounces.c.kind == new.kind.value)
    # By claims, since no two clocks say which was first.
    came_of_it = bounces.c.claim == new.claim if is_out else sa.true()
    if connection.execute(sa.select(sa.exists().where(alike, ~is_kept, came_of_it))).scalar_one():
        return True
    few = sa.select(sa.literal(1)).where(alike, is_kept).limit(MOST_ALIKE).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(few)).scalar_one() == MOST_ALIKE


def add(connection: sa.Connection, new: NewBounce, *, at: datetime) -> bool:
    """Writes it down, to be counted; false where it was there before."""
    row = {
        "mark": new.mark,
        "source": new.source.value,
        "kind": new.kind.value,
        "delivery_id": new.delivery_id,
        "letter_id": new.letter_id,
        "claim": new.claim,
        "subscriber_id": new.subscriber_id,
        "canonical": new.canonical,
        "status": new.status,
        "words": new.words,
        "outcome": BounceOutcome.NOTED.value,
        "spent": False,
        "at": at,
    }
    return insert_new(connection, bounces, row, key=("mark",))


def came_to(connection: sa.Connection, mark: str, outcome: BounceOutcome) -> None:
    """Writes down what became of it."""
    connection.execute(bounces.update().where(bounces.c.mark == mark).values(outcome=outcome.value))


def of_address(connection: sa.Connection, canonical: str) -> list[Bounce]:
    """Those of an address that count still, oldest first."""
    asked = bounces.select().where(bounces.c.canonical == canonical, sa.not_(bounces.c.spent)).order_by(bounces.c.id)
    return [_bounce(row) for row in connection.execute(asked)]


def spend(connection: sa.Connection, canonical: str) -> None:
    """What an address has had counts no more."""
    connection.execute(bounces.update().where(bounces.c.canonical == canonical).values(spent=True))


def spend_one(connection: sa.Connection, mark: str) -> None:
    """It counts no more."""
    connection.execute(bounces.update().where(bounces.c.mark == mark).values(spent=True))


def listing(
    connection: sa.Connection,
    *,
    outcome: BounceOutcome | None = None,
    kind: BounceKind | None = None,
    canonical: str | None = None,
    limit: int,
) -> list[Bounce]:
    """The newest *limit*, newest first."""
    asked = bounces.select().order_by(bounces.c.id.desc()).limit(limit)
    for column, wanted in ((bounces.c.outcome, outcome), (bounces.c.kind, kind), (bounces.c.canonical, canonical)):
        asked = asked if wanted is None else asked.where(column == wanted)
    return [_bounce(row) for row in connection.execute(asked)]


def count_unknown(connection: sa.Connection, *, since: datetime) -> int:
    """How many came since an instant that name no mail of ours."""
    return _count(connection, (bounces.c.at >= since) & (bounces.c.outcome == BounceOutcome.UNKNOWN))


def count_of_us(connection: sa.Connection, *, since: datetime) -> int:
    """How many mails came back since an instant that are about us; the relay's own refusals pause an edition."""
    about_us = (bounces.c.kind == BounceKind.SENDER) & (bounces.c.source == BounceSource.MAIL)
    return _count(connection, (bounces.c.at >= since) & about_us & (bounces.c.outcome != BounceOutcome.UNKNOWN))


def by_kind(connection: sa.Connection, *, since: datetime) -> dict[str, int]:
    """How many came since an instant, by ``models.bounces.BounceKind``."""
    counted = sa.select(bounces.c.kind, sa.func.count()).where(bounces.c.at >= since).group_by(bounces.c.kind)
    return {row[0]: row[1] for row in connection.execute(counted.order_by(bounces.c.kind))}


def _count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(bounces).where(which)).scalar_one()


def _bounce(row: sa.Row[Any]) -> Bounce:
    return Bounce(
        id=row.id,
        source=as_known(BounceSource, row.source),
        kind=as_known(BounceKind, row.kind),
        delivery_id=row.delivery_id,
        letter_id=row.letter_id,
        canonical=row.canonical,
        status=row.status,
        words=row.words,
        outcome=as_known(BounceOutcome, row.outcome),
        at=row.at,
    )


# -- the mails that they are about -------------------------------------------------------------------


def copy_named(connection: sa.Connection, subscriber_id: int, message_ids: Iterable[str]) -> int | None:
    """The number of a subscriber's copy that has one of these Message-IDs, or had it before it was sent again."""
    theirs = deliveries.c.edition_id.in_(sa.select(editions.c.id)) & (deliveries.c.subscriber_id == subscriber_id)
    named = list(message_ids)
    for some in among(connection, deliveries.c.message_id, named):
        number = connection.execute(sa.select(deliveries.c.id).where(theirs, some).limit(1)).scalar()
        if number is not None:
            return int(number)
    sent_before = sa.select(deliveries.c.id).join(copy_acts, copy_acts.c.delivery_id == deliveries.c.id).where(theirs)
    for some in among(connection, copy_acts.c.message_id, named):
        number = connection.execute(sent_before.where(some).limit(1)).scalar()
        if number is not None:
            return int(number)
    return None


def letter_named(connection: sa.Connection, subscriber_id: int, message_ids: Iterable[str]) -> int | None:
    """The same of a letter to a subscriber."""
    theirs = outbox.c.subscriber_id == subscriber_id
    for some in among(connection, outbox.c.message_id, message_ids):
        number = connection.execute(sa.select(outbox.c.id).where(theirs, some).limit(1)).scalar()
        if number is not None:
            return int(number)
    return None


def offered_to(connection: sa.Connection, subscriber_id: int, *, besides: int | None) -> list[OfferedCopy]:
    """The copies of a subscriber that a relay was asked to take, in the order of their editions; the newest of many.

    And the one *besides*, whatever its state: its bounce may be here before the relay's answer was written down.
    """
    table = deliveries.c
    # By way of the editions, so that the index on both is used.
    newest = sa.select(editions.c.id).order_by(editions.c.ends.desc()).limit(_MOST_EDITIONS)
    offered = table.state.in_(_OFFERED) | (table.id == besides)
    asked = sa.select(table.id, table.edition_id, table.email, table.state)
    rows = connection.execute(asked.where(table.edition_id.in_(newest), table.subscriber_id == subscriber_id, offered))
    copies = rows.all()
    closed: dict[str, datetime] = {}
    for some in among(connection, editions.c.id, {row.edition_id for row in copies}):
        closed |= {
            row.id: row.ends for row in connection.execute(sa.select(editions.c.id, editions.c.ends).where(some))
        }
    found = [
        OfferedCopy(
            id=row.id, email=row.email, state=as_known(DeliveryState, row.state), closed_at=closed[row.edition_id]
        )
        for row in copies
    ]
    return sorted(found, key=lambda copy: (copy.closed_at, copy.id))


def refused_copies(connection: sa.Connection, *, left_since: datetime, limit: int) -> list[int]:
    """Copies that a relay refused, and of which that is not noted.

    One that is offered again may be refused again, by another claim. They are of editions that could leave after an
    instant, and of older ones those that were sent again, to go beyond it.
    """
    later = (editions.c.ends >= left_since) | (editions.c.prepared_at >= left_since)
    # By way of the editions, so that copies are found by an index.
    again = sa.select(deliveries.c.edition_id).where(deliveries.c.until >= left_since)
    going = editions.c.state != EditionState.CANCELLED
    recent = sa.select(editions.c.id).where(later, going)
    sent_again = sa.select(editions.c.id).where(editions.c.id.in_(again), going)
    of_recent = deliveries.c.edition_id.in_(recent)
    of_sent_again = deliveries.c.edition_id.in_(sent_again) & (deliveries.c.until >= left_since)
    by_relay = bounces.c.source == BounceSource.RELAY
    noted = sa.exists().where(
        bounces.c.delivery_id == deliveries.c.id, by_relay, bounces.c.claim == deliveries.c.claims
    )
    found: set[int] = set()
    for some in (of_recent, of_sent_again):
        asked = sa.select(deliveries.c.id).where(some, deliveries.c.state == DeliveryState.REJECTED, ~noted)
        found |= set(connection.execute(asked.limit(limit)).scalars())
    return sorted(found)[:limit]


def complaints_by_edition(connection: sa.Connection, *, since: datetime) -> dict[str, int]:
    """How many copies of each edition were called spam by their readers since an instant."""
    of_copies = sa.func.count(sa.distinct(bounces.c.delivery_id))
    joined = bounces.join(deliveries, deliveries.c.id == bounces.c.delivery_id)
    late = (bounces.c.at >= since) & (bounces.c.kind == BounceKind.COMPLAINT)
    query = sa.select(deliveries.c.edition_id, of_copies).select_from(joined).where(late)
    return {row[0]: row[1] for row in connection.execute(query.group_by(deliveries.c.edition_id))}


# -- what is kept no longer ---------------------------------------------------------------------------


def is_any_before(connection: sa.Connection, before: datetime) -> bool:
    return connection.execute(sa.select(sa.exists().where(bounces.c.at < before))).scalar_one()


def drop(connection: sa.Connection, *, before: datetime, limit: int) -> int:
    """Deletes up to *limit* that were written down before an instant; returns how many."""
    some = sa.select(bounces.c.id).where(bounces.c.at < before).limit(limit)
    return connection.execute(bounces.delete().where(bounces.c.id.in_(some))).rowcount


def trim_unknown(connection: sa.Connection, *, most: int = MOST_UNKNOWN) -> None:
    """Lets go of those that name no mail of ours, but for the newest."""
    unknown = bounces.c.outcome == BounceOutcome.UNKNOWN
    newest = sa.select(bounces.c.id).where(unknown).order_by(bounces.c.id.desc())
    first_to_go = connection.execute(newest.offset(most).limit(1)).scalar()
    if first_to_go is not None:
        connection.execute(bounces.delete().where(unknown, bounces.c.id <= first_to_go))


def kinds_of_copies(found: Collection[Bounce]) -> dict[int, BounceKind]:
    """By copy, the gravest that has come of it."""
    gravest: dict[int, BounceKind] = {}
    for each in found:
        if each.delivery_id is not None and each.kind is not BounceKind.COMPLAINT:
            known = gravest.get(each.delivery_id)
            gravest[each.delivery_id] = each.kind if known is None else min(known, each.kind, key=_GRAVITY.index)
    return gravest


_GRAVITY = (BounceKind.HARD, BounceKind.SOFT, BounceKind.SENDER, BounceKind.COMPLAINT)
