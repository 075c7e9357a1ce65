"""Deliveries: one row for each intended copy, unique for edition and subscriber; this module owns their states.

Its states are those of all mail (``store.mail_states`` draws them, with their law), with these ends:

    pending, claimed --> cancelled    the subscription ended, its reader may not be mailed, the edition was cancelled,
                                      the digest was given up, or its posts were withdrawn
    pending          --> expired      not accepted within the digest's ``max_late``, or the time that it was sent again
                                      for

What the operator does of those that came out otherwise than they should have, ``store.copy_decisions`` draws;
``store.policy_refusals`` lets those wait again that were rejected before it was known that the relay meant us.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import ClaimKey, CopyActKind, Delivery, DeliveryState, Lease, Mark, Outcome
from solacefeed.models.editions import OVER, EditionState
from solacefeed.store import copy_acts, edition_sums, held_editions, mail_groups, mail_states, policy_refusals
from solacefeed.store.copies import counts, key_of_variant
from solacefeed.store.database import among
from solacefeed.store.dialects import add_rows, spelling
from solacefeed.store.due_copies import due, is_over
from solacefeed.store.known_names import as_known
from solacefeed.store.mail_moves import change, move
from solacefeed.store.schema import Instant, deliveries, editions, subscribers
from solacefeed.store.wanted_copies import wanted, why_unwanted

#: The largest number that a row can have.
LARGEST_NUMBER = 2**63 - 1

#: States in which a copy may still move by itself.
UNSETTLED = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.HANDING)

# Asked by each look for mail, and of each edition: built once.
_OF_EDITION = deliveries.c.edition_id == sa.bindparam("of_edition")
_COUNT = sa.select(sa.func.count()).select_from(deliveries).where(_OF_EDITION)
_COUNTS_WHEN_FROZEN = sa.select(editions.c.counts).where(editions.c.id == sa.bindparam("of_edition"))
# Each by an index of its own, which one question for both would not use.
_HAS_UNSETTLED = sa.select(
    sa.or_(
        sa.exists().where(_OF_EDITION, deliveries.c.state.in_(UNSETTLED)),
        sa.exists().where(_OF_EDITION, deliveries.c.next_try_at.is_not(None)),
    )
)

#: What is said of a copy that is to be.
_INTENDED = ("edition_id", "subscriber_id", "email", "name", "selection", "variant", "message_id")
_MARKING = mail_states.Marking(
    table=deliveries,
    told={"revision": deliveries.c.revision},
    still=lambda _rows: wanted(),
    now=lambda _rows: wanted(on_its_way=True),
    unwanted=why_unwanted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retryable:
    """A rejected copy that could be offered again."""

    id: int
    edition_id: str
    #: Why its reader is mailed no more; ``None`` where they are.
    unwanted: str | None
    #: Its own time, once it was sent again.
    until: datetime | None
    #: It may have arrived when it was first offered.
    doubtful: bool


def intend(
    connection: sa.Connection,
    rows: Iterable[dict[str, Any]],
    *,
    at: datetime,
) -> int:
    """Writes one pending copy a row (``_INTENDED``); returns how many.

    Who was erased since they were read gets none.
    """
    changed_at = spelling(connection, Instant())(at)
    fresh = {"state": DeliveryState.PENDING.value, "attempts": 0, "doubts": 0, "changed_at": changed_at}
    wanted = list(rows)
    there = _still_there(connection, {row["subscriber_id"] for row in wanted})
    values = [(*map(row.get, _INTENDED), *fresh.values()) for row in wanted if row["subscriber_id"] in there]
    add_rows(connection, deliveries, (*_INTENDED, *fresh), values)
    return len(values)


def _still_there(connection: sa.Connection, numbers: Collection[int]) -> set[int]:
    """Those of *numbers* that are subscribers', and that nobody erases before the transaction ends."""
    conditions = among(connection, subscribers.c.id, numbers)
    asked = sa.select(subscribers.c.id).with_for_update(read=True, key_share=True)
    return {number for some in conditions for number in connection.execute(asked.where(some)).scalars()}


def discard(connection: sa.Connection, edition_id: str, *, limit: int) -> int:
    """Takes back up to *limit* copies of an edition of which none could be claimed yet; returns how many."""
    return connection.execute(_DISCARD, {"of_edition": edition_id, "most": limit}).rowcount


_SOME = sa.select(deliveries.c.id).where(_OF_EDITION).limit(sa.bindparam("most", type_=sa.Integer))
_DISCARD = deliveries.delete().where(deliveries.c.id.in_(_SOME))


def count(connection: sa.Connection, edition_id: str) -> int:
    """How many copies an edition has."""
    return connection.execute(_COUNT, {"of_edition": edition_id}).scalar_one()


def counts_of(connection: sa.Connection, edition_ids: Collection[str], first: int, last: int) -> dict[int, int]:
    """How many copies of these editions each subscriber from *first* to *last* has, or is to have."""
    found: dict[int, int] = {}
    for some in among(connection, deliveries.c.edition_id, edition_ids):
        query = sa.select(deliveries.c.subscriber_id, sa.func.count()).where(
            some, deliveries.c.subscriber_id.between(first, last), counts()
        )
        for who, number in connection.execute(query.group_by(deliveries.c.subscriber_id)):
            found[who] = found.get(who, 0) + number
    return found


def choices_by_variant(connection: sa.Connection, edition_id: str) -> dict[str, dict[str, int]]:
    """How many copies of an edition there are of each variant, by its key, and of each choice by its name."""
    key = key_of_variant()
    of_it = sa.select(key, deliveries.c.selection, sa.func.count()).where(deliveries.c.edition_id == edition_id)
    found: dict[str, dict[str, int]] = {}
    for variant, choice, copies in connection.execute(of_it.group_by(key, deliveries.c.selection)):
        found.setdefault(variant, {})[choice] = copies
    return found


def of_reader(connection: sa.Connection, edition_id: str, subscriber_id: int) -> Delivery | None:
    """A subscriber's copy of an edition; ``None`` where there is none."""
    own = (deliveries.c.edition_id == edition_id, deliveries.c.subscriber_id == subscriber_id)
    row = connection.execute(deliveries.select().where(*own)).one_or_none()
    return _delivery(row) if row else None


def recover(connection: sa.Connection, *, at: datetime, offer_again_at: datetime | None, worker: str | None) -> int:
    """Settles what lost its lease and returns how many copies are uncertain for it; on SQLite, of all but *worker*."""
    return mail_states.recover(connection, deliveries, at=at, offer_again_at=offer_again_at, worker=worker)


def left_in_hand(connection: sa.Connection, *, at: datetime, hold: bool, worker: str | None) -> bool:
    """Whether ``recover`` or ``drop_cancelled`` has something to settle.

    With *hold* also what was in doubt and to be offered again.
    """
    given = {mail_states.AT.key: at, mail_states.WORKER.key: worker}
    return bool(connection.execute(_left_in_hand(connection.dialect.name, hold), given).scalar_one())


@cache
def _left_in_hand(dialect: str, hold: bool) -> sa.Select[bool]:  # kept by its arguments
    lost = mail_states.has_lost_lease(dialect, deliveries, at=mail_states.AT, worker=mail_states.WORKER)
    given_up = (editions.c.state == EditionState.CANCELLED) & _has_copy(mail_states.waits(deliveries))
    # Asked of no single edition, for then copies in doubt would be looked for among all that wait.
    offered = sa.select(deliveries.c.edition_id).where(mail_states.offered_in_doubt(deliveries))
    in_doubt = editions.c.id.in_(offered) if hold else sa.false()
    # By way of the editions, since copies that wait are found there by an index.
    left = sa.select(sa.literal(1)).select_from(editions).where(editions.c.state.not_in(OVER), in_doubt | given_up)
    return sa.select(sa.or_(sa.exists().where(lost), left.limit(1).exists()))


def stirs(
    connection: sa.Connection,
    edition_id: str,
    *,
    at: datetime,
    too_late: bool,
    offered: bool,
    which: sa.ColumnElement[bool] | None = None,
    closed: Collection[str] = (),
) -> bool:
    """Whether a copy of an edition is to be moved now, be it handed over or given up, or none of them can any more.

    Without *offered* none is handed over, whatever is due; else of *which* alone, and of no lane that is *closed*. Who
    left is looked for among those that were put off, since the others are looked at when they are due.
    """
    asked = _stirring_of_all if which is None else partial(_stirring, which=which)
    query = asked(too_late=too_late, offered=offered, closed=tuple(closed))
    given = {"of_edition": edition_id, mail_states.AT.key: at}
    return connection.execute(query, given).first() is not None or is_settled(connection, edition_id)


@lru_cache(maxsize=32)
def _stirring_of_all(*, too_late: bool, offered: bool, closed: tuple[str, ...]) -> sa.Select[int]:
    return _stirring(too_late=too_late, offered=offered, closed=closed, which=sa.true())


def _stirring(
    *, too_late: bool, offered: bool, closed: tuple[str, ...], which: sa.ColumnElement[bool]
) -> sa.Select[int]:
    waiting, at = mail_states.waits(deliveries), mail_states.AT
    ready = sa.and_(due(at), *(deliveries.c.lane != each for each in closed), which)
    left = waiting & deliveries.c.next_try_at.is_not(None) & ~wanted()
    over = waiting & is_over(at, of_edition=too_late)
    moved = ready | over | left if offered else over
    # That it waits is said once more, for the sake of the index.
    return sa.select(sa.literal(1)).where(_OF_EDITION, waiting, moved).limit(1)


def goes_beyond(connection: sa.Connection, edition_id: str, at: datetime) -> bool:
    """Whether a copy of an edition waits that may still go when the edition itself is too late."""
    its = (deliveries.c.edition_id == edition_id) & mail_states.waits(deliveries) & (deliveries.c.until > at)
    return connection.execute(sa.select(sa.exists().where(its))).scalar_one()


def is_settled(connection: sa.Connection, edition_id: str) -> bool:
    """Whether no copy of an edition can move by itself any more, and there is one for each whom it was frozen for."""
    if has_unsettled(connection, edition_id):
        return False
    counts = connection.execute(_COUNTS_WHEN_FROZEN, {"of_edition": edition_id}).scalar()
    return counts is None or counts["readers"] == count(connection, edition_id)


def _has_copy(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Of an edition."""
    return sa.exists(
        sa.select(sa.literal(1)).where(deliveries.c.edition_id == editions.c.id, which).correlate(editions)
    )


def offer_at_once(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """Lets deferred copies wait no longer; returns how many of the edition's copies wait."""
    waiting = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.PENDING)
    change(connection, deliveries, waiting & (deliveries.c.next_try_at > at), next_try_at=at)
    return connection.execute(sa.select(sa.func.count()).select_from(deliveries).where(waiting)).scalar_one()


def rejected(
    connection: sa.Connection, edition_id: str, *, ids: Collection[int] | None = None, after: int = 0, limit: int
) -> list[Retryable]:
    """The next *limit* rejected copies of an edition, or of these *ids*, in the order of their numbers."""
    doubtful, why = (deliveries.c.doubts > 0).label("doubtful"), sa.case((wanted(), None), else_=why_unwanted())
    asked = deliveries.c.id, deliveries.c.edition_id, deliveries.c.until, doubtful, why.label("unwanted")
    its = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.REJECTED)
    query = sa.select(*asked).where(its, deliveries.c.id > after).order_by(deliveries.c.id).limit(limit)
    queries = [query] if ids is None else [query.where(some) for some in among(connection, deliveries.c.id, ids)]
    found = (Retryable(**row._mapping) for each in queries for row in connection.execute(each))
    return sorted(found, key=lambda each: each.id)[:limit]


def retry(connection: sa.Connection, edition_id: str, ids: Collection[int], *, at: datetime) -> int:
    """Offers again those of these *ids* that were rejected, and whose readers still want them; returns how many."""
    count = 0
    for some in among(connection, deliveries.c.id, ids):
        rejected_ones = (deliveries.c.edition_id == edition_id) & some & (deliveries.c.state == DeliveryState.REJECTED)
        which = rejected_ones & (deliveries.c.doubts == 0) & wanted()
        copy_acts.note(connection, which, CopyActKind.RETRIED, at=at)
        policy_refusals.forget(connection, which)
        until = sa.case((deliveries.c.until > at, deliveries.c.until), else_=None)
        again = {"next_try_at": None, "until": until, "changed_at": at}
        rejected_state = (DeliveryState.REJECTED,)
        count += move(connection, deliveries, which, leaving=rejected_state, to=DeliveryState.PENDING, **again)
    return count


def leave_in_doubt(connection: sa.Connection, which: sa.ColumnElement[bool], *, at: datetime) -> None:
    """Offers no more what may have arrived; nor is it ever called cancelled or expired."""
    mail_states.leave_in_doubt(connection, deliveries, which, at=at)


def hold(connection: sa.Connection, ids: Iterable[int]) -> None:
    """Keeps others from changing these copies until the transaction ends (``held_editions.hold_mail``)."""
    held_editions.hold_mail_of(connection, deliveries, ids)


def renew(connection: sa.Connection, *, lease: Lease, at: datetime) -> int:
    """Begins the leases of a worker's copies anew that have not ended; returns how many."""
    return mail_states.renew(connection, deliveries, lease=lease, at=at)


def release(connection: sa.Connection, keys: Iterable[ClaimKey], *, worker: str, at: datetime) -> None:
    """Puts copies back that *worker* has claimed so and not tried."""
    mail_states.release(connection, deliveries, keys, worker=worker, at=at)


def keep_back(connection: sa.Connection, keys: Iterable[ClaimKey], *, worker: str, answer: str, at: datetime) -> None:
    """Ends copies that *worker* has claimed so and that shall not be handed over."""
    mail_states.keep_back(connection, deliveries, keys, worker=worker, answer=answer, at=at)


def mark_all(
    connection: sa.Connection, marks: Collection[Mark], *, worker: str, at: datetime
) -> dict[ClaimKey, DeliveryState]:
    """The durable marks before final dots: what has become of each copy; those that are ``handing`` may go.

    That of a reader who has left since is cancelled; ``mail_states.mark_all`` has the rest.
    """
    rows = [(mark.id, mark.claim, mark.revision) for mark in marks]
    return mail_states.mark_all(connection, _MARKING, rows, worker=worker, at=at)


def settle_all(connection: sa.Connection, outcomes: Sequence[Outcome], *, worker: str, at: datetime) -> set[ClaimKey]:
    """Writes down how copies in hand came out; returns the claims of what is so now (``mail_states.settle_all``)."""
    settled = mail_states.settle_all(connection, deliveries, outcomes, worker=worker, at=at)
    # An answer that comes late is to what may have been counted as being in doubt.
    for some in among(connection, deliveries.c.id, (number for number, _ in settled)):
        edition_sums.forget(connection, some)
    return settled


def write_group(
    connection: sa.Connection,
    outcomes: Sequence[Outcome],
    marks: Collection[Mark],
    *,
    worker: str,
    at: datetime,
    changes: int | None,
) -> mail_groups.Written:
    """Both together, where nearly always all of it is as the worker believes (``mail_groups.write``)."""
    rows = [(mark.id, mark.claim, mark.revision) for mark in marks]
    return mail_groups.write(connection, _MARKING, outcomes, rows, worker=worker, at=at, changes=changes)


def has_unsettled(connection: sa.Connection, edition_id: str) -> bool:
    """Whether a copy of an edition may still move by itself."""
    return connection.execute(_HAS_UNSETTLED, {"of_edition": edition_id}).scalar_one()


def tally(connection: sa.Connection, edition_id: str | None = None) -> dict[str, int]:
    """How many copies are in each state, of one edition or of all."""
    return edition_sums.count(connection, edition_id)


def listing(
    connection: sa.Connection,
    *,
    edition_id: str | None,
    state: DeliveryState | None,
    limit: int,
    reader: int | None = None,
    domain: str | None = None,
    since: datetime | None = None,
    after: int | None = None,
) -> list[Delivery]:
    """The newest *limit* copies, newest first: of a *reader*, to a *domain*, changed *since* then, *after* another."""
    table = deliveries.c
    asked = (
        edition_id is None or table.edition_id == edition_id,
        state is None or table.state == state,
        # By way of the editions, so that the index on both is used.
        reader is None or table.edition_id.in_(sa.select(editions.c.id)) & (table.subscriber_id == reader),
        domain is None or sa.func.lower(table.email).endswith(f"@{domain.lower()}", autoescape=True),
        since is None or table.changed_at >= since,
        after is None or table.id < after,
    )
    conditions = [sa.true() if each is True else each for each in asked]
    query = deliveries.select().where(*conditions).order_by(table.id.desc()).limit(limit)
    return [_delivery(row) for row in connection.execute(query)]


def find(connection: sa.Connection, delivery_id: int) -> Delivery | None:
    if not 0 < delivery_id <= LARGEST_NUMBER:
        # A statement could not even ask for it.
        return None
    row = connection.execute(deliveries.select().where(deliveries.c.id == delivery_id)).one_or_none()
    return _delivery(row) if row else None


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        email=row.email,
        name=row.name,
        selection=row.selection,
        revision=row.revision,
        state=as_known(DeliveryState, row.state),
        attempts=row.attempts,
        doubts=row.doubts,
        next_try_at=row.next_try_at,
        answer=row.answer,
        message_id=row.message_id,
        changed_at=row.changed_at,
        variant=row.variant,
        claims=row.claims,
        got_before=row.got_before,
        until=row.until,
        sender_id=row.sender_id,
    )
