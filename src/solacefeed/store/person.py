"""What the store holds of one person besides their subscriptions: letters, and what they have asked on forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.sign_ups import SignUpKind, SignUpState
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import address_changes, outbox, sign_ups

#: Sign-ups of one address that are told: whoever floods a form fills no screen.
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSent:
    """A letter to somebody, without its words."""

    id: int
    kind: str
    subject: str
    state: str
    answer: str | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSignUp:
    """What somebody has asked on a form and nobody has confirmed."""

    id: int
    kind: SignUpKind
    state: SignUpState
    at: datetime
    #: Why it was dropped, or set aside.
    reason: str | None


def letters(connection: sa.Connection, subscriber_id: int, email: str, *, limit: int) -> list[LetterSent]:
    """The newest *limit* to them, newest first."""
    columns = [outbox.c[name] for name in LetterSent.__dataclass_fields__]
    # One that is of them need not be to them: a complaint's goes to whoever answers it.
    had = sa.select(address_changes.c.before).where(address_changes.c.subscriber_id == subscriber_id)
    to_them = (sa.func.lower(outbox.c.email) == email.lower()) | outbox.c.email.in_(had)
    theirs = (outbox.c.email == email) | ((outbox.c.subscriber_id == subscriber_id) & to_them)
    rows = connection.execute(sa.select(*columns).where(theirs).order_by(outbox.c.id.desc()).limit(limit))
    return [LetterSent(**row._mapping) for row in rows]


def open_sign_ups(connection: sa.Connection, address_key: str) -> list[OpenSignUp]:
    """The newest ``MOST`` of an address that wait to be answered or confirmed, or were dropped; newest first."""
    columns = (sign_ups.c.id, sign_ups.c.kind, sign_ups.c.state, sign_ups.c.at, sign_ups.c.reason)
    told = sign_ups.c.state.in_((SignUpState.WAITING, SignUpState.ASIDE, SignUpState.ANSWERED, SignUpState.DROPPED))
    asked = sa.select(*columns).where(sign_ups.c.address_key == address_key, told)
    return [_open(row) for row in connection.execute(asked.order_by(sign_ups.c.id.desc()).limit(MOST))]


def _open(row: sa.Row[Any, Any, Any, Any, Any]) -> OpenSignUp:
    kind, state = as_known(SignUpKind, row.kind), as_known(SignUpState, row.state)
    return OpenSignUp(id=row.id, kind=kind, state=state, at=row.at, reason=row.reason)
