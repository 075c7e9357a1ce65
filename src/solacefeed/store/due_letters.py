"""Which letters of the outbox may go: none that is void by now, and none before an older one that it must not overtake.

A draft is for who decides of an edition: once that is no draft any more, nor held, nobody is mailed it. What tells one
person how things stand (an alarm, and that it is over; a receipt, and the next one) comes in the order in which it was
written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.letters import NewLetter, OutboxKind
from solacefeed.store import held_editions, mail_moves, mail_states, pace
from solacefeed.store.schema import editions, outbox

DECIDED = "its edition is no draft any more"

_TO_DECIDE = (EditionState.DRAFT, EditionState.HELD)

#: Letters of which one to an address follows another.
IN_ORDER = (OutboxKind.ALARM, OutboxKind.RECEIPT)

_IN_HAND_OR_PENDING = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.HANDING)


def is_void() -> sa.ColumnElement[bool]:
    """Whether a letter is a draft of an edition that is one no more."""
    decided = sa.select(sa.literal(1)).where(editions.c.id == outbox.c.edition_id, editions.c.state.not_in(_TO_DECIDE))
    return (outbox.c.kind == OutboxKind.DRAFT.value) & sa.exists(decided.correlate_except(editions))


def is_to_be_taken_back() -> sa.ColumnElement[bool]:
    """Whether it is void, and waits."""
    return mail_states.waits(outbox) & is_void()


def has_its_turn(at: datetime | sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Whether no older letter is to come before it that may still go, or may be going just now."""
    older = outbox.alias("older")
    in_doubt = (older.c.state == DeliveryState.UNCERTAIN) & older.c.next_try_at.is_not(None)
    goes = older.c.state.in_(_IN_HAND_OR_PENDING) | in_doubt
    # Pending for ever is nothing: what is too late is given up by the next look.
    lasts = (older.c.not_after >= at) | older.c.lease_until.is_not(None)
    same = (older.c.email == outbox.c.email) & (older.c.kind == outbox.c.kind) & (older.c.id < outbox.c.id)
    first = sa.select(sa.literal(1)).where(same, goes, lasts).correlate_except(older)
    return outbox.c.kind.not_in(IN_ORDER) | ~sa.exists(first)


def hasten(connection: sa.Connection, letter: NewLetter, *, at: datetime) -> None:
    """Lets what is to come before *letter*, and was put off, wait no longer: news is not kept for hours by what is old.

    *at* is by the clock of whoever writes it, what waits by that of those who hand it over. What may have arrived has
    its rest.
    """
    if letter.kind in IN_ORDER:
        at += pace.ahead(connection, at)
        same = (outbox.c.email == letter.email) & (outbox.c.kind == letter.kind.value)
        waiting = (outbox.c.state == DeliveryState.PENDING) & (outbox.c.doubts == 0) & (outbox.c.next_try_at > at)
        mail_moves.change(connection, outbox, same & waiting, next_try_at=at)


def take_back(connection: sa.Connection, *, at: datetime) -> int:
    """Cancels what waits and is void; returns how many letters. What may have arrived stays uncertain.

    Should its edition be a draft again, its editors may be told of it anew.
    """
    which = is_to_be_taken_back()
    held_editions.hold_mail(connection, outbox, which)
    mail_states.leave_in_doubt(connection, outbox, which, at=at)
    ended: dict[str, Any] = {"answer": DECIDED, "next_try_at": None, "changed_at": at, "once": None}
    pending = (DeliveryState.PENDING,)
    return mail_moves.move(connection, outbox, which, leaving=pending, to=DeliveryState.CANCELLED, **ended)
