"""Sign-ups: what people have asked on forms, a row each, until it is confirmed or its time is over.

    waiting --> answered --> confirmed    by a POST from its letter
            |            --> expired      nobody confirmed it in time
            +-> dropped                   no letter answers it, for the reason that it bears
            +-> expired                   nothing answered it in time
            +-> aside --> waiting         its letter could not be made, for the reason that it bears; tried again
                      --> expired

Each move is a compare-and-swap. The address, the name and what was wished go when the time is over, whatever became of
it; the row, by which letters to an address are counted, goes when no count asks for it any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Subscriber
from solacefeed.models.posts import CategoryId
from solacefeed.models.sign_ups import NewSignUp, SignUp, SignUpKind, SignUpState, Wish
from solacefeed.store.database import among
from solacefeed.store.deliveries import LARGEST_NUMBER
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import sign_ups
from solacefeed.store.subscription_rows import as_text, kept_choice

#: What tells of whoever asked.
_TOLD = ("email", "name", "wishes", "language", "wording_hash", "network", "page", "reason")

_KEPT = sign_ups.c.email.is_not(None)
_WAITING = sign_ups.c.state == SignUpState.WAITING


def add(connection: sa.Connection, new: NewSignUp, *, address_key: str, nonce: str, at: datetime) -> int:
    """Its number; it waits to be answered."""
    row = {
        "kind": new.kind.value,
        "address_key": address_key,
        "email": new.email,
        "name": new.name,
        "wishes": [_kept(wish) for wish in new.wishes],
        "language": new.language,
        "wording_hash": new.wording_hash,
        "network": new.network,
        "page": new.page,
        "nonce": nonce,
        "at": at,
        "state": SignUpState.WAITING.value,
        "changed_at": at,
    }
    return int(connection.execute(sign_ups.insert().values(**row).returning(sign_ups.c.id)).scalar_one())


# -- what becomes of it -------------------------------------------------------------------------------


def answer(connection: sa.Connection, number: int, *, at: datetime) -> bool:
    """A letter answers it; false where it waits no more."""
    values = {"state": SignUpState.ANSWERED.value, "answered_at": at, "changed_at": at}
    return connection.execute(sign_ups.update().where(sign_ups.c.id == number, _WAITING).values(**values)).rowcount == 1


def drop(connection: sa.Connection, numbers: Iterable[int], *, reason: str, at: datetime) -> int:
    """Lets no letter answer those; returns how many."""
    values = {"state": SignUpState.DROPPED.value, "reason": reason, "changed_at": at}
    return _change(connection, numbers, _WAITING, values)


def set_aside(connection: sa.Connection, number: int, *, reason: str, at: datetime) -> bool:
    """Lets others go on before it; false where it waits no more."""
    values = {"state": SignUpState.ASIDE.value, "reason": reason, "changed_at": at}
    return _change(connection, [number], _WAITING, values) == 1


def take_up(connection: sa.Connection, *, before: datetime, at: datetime) -> int:
    """Lets those wait again that were set aside before an instant; returns how many."""
    values = {"state": SignUpState.WAITING.value, "reason": None, "changed_at": at}
    return connection.execute(sign_ups.update().where(_set_aside(before)).values(**values)).rowcount


def expire(connection: sa.Connection, numbers: Iterable[int], *, at: datetime) -> int:
    """Ends those of which nothing came in time; returns how many."""
    lasts = sign_ups.c.state.in_((SignUpState.WAITING, SignUpState.ANSWERED, SignUpState.ASIDE))
    # Why a letter could not be made may say of whom.
    values = {"state": SignUpState.EXPIRED.value, "reason": None, "changed_at": at}
    return _change(connection, numbers, lasts, values)


def confirm(connection: sa.Connection, number: int, subscriber: Subscriber, *, at: datetime) -> bool:
    """It has become a subscriber's, by the links that hold now; false where it was not to be confirmed."""
    whose = {"subscriber_id": subscriber.id, "generation": subscriber.generation}
    values = {"state": SignUpState.CONFIRMED.value, **whose, "changed_at": at}
    answered = sign_ups.c.state == SignUpState.ANSWERED
    confirmed = sign_ups.update().where(sign_ups.c.id == number, answered).values(**values)
    return connection.execute(confirmed).rowcount == 1


def forget(connection: sa.Connection, numbers: Iterable[int]) -> int:
    """Takes address, name, wishes and network out of those; returns how many."""
    values = {"email": None, "name": None, "wishes": None, "network": None}
    return _change(connection, numbers, _KEPT, values)


def leave_count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Of those leaves nothing but what letters to an address are counted by; nothing answers or confirms them now."""
    nothing = dict.fromkeys((*_TOLD, "subscriber_id", "generation"))
    ended = sa.case((sign_ups.c.state == SignUpState.CONFIRMED, sign_ups.c.state), else_=SignUpState.EXPIRED.value)
    connection.execute(sign_ups.update().where(which).values(**nothing, nonce="", state=ended))


def remove(connection: sa.Connection, *, before: datetime, limit: int) -> int:
    """Takes away up to *limit* of the oldest that are from before an instant; returns how many."""
    oldest = sa.select(sign_ups.c.id).order_by(sign_ups.c.id).limit(limit)
    old = sign_ups.c.id.in_(oldest.scalar_subquery()) & (sign_ups.c.at < before)
    return connection.execute(sign_ups.delete().where(old)).rowcount


def _change(
    connection: sa.Connection, numbers: Iterable[int], which: sa.ColumnElement[bool], values: Mapping[str, Any]
) -> int:
    conditions = among(connection, sign_ups.c.id, numbers)
    return sum(
        connection.execute(sign_ups.update().where(each, which).values(**values)).rowcount for each in conditions
    )


# -- looking ------------------------------------------------------------------------------------------


def find(connection: sa.Connection, number: int) -> SignUp | None:
    if not 0 < number <= LARGEST_NUMBER:
        return None
    row = connection.execute(_asked().where(sign_ups.c.id == number)).one_or_none()
    return _sign_up(row) if row else None


def is_any_waiting(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(sa.exists().where(_WAITING))).scalar_one()


def is_any_aside(connection: sa.Connection, *, before: datetime) -> bool:
    """Whether one was set aside before an instant."""
    return connection.execute(sa.select(sa.exists().where(_set_aside(before)))).scalar_one()


def _set_aside(before: datetime) -> sa.ColumnElement[bool]:
    return (sign_ups.c.state == SignUpState.ASIDE) & (sign_ups.c.changed_at < before)


def aside(connection: sa.Connection) -> tuple[int, str | None]:
    """How many are set aside, and why the newest is."""
    these = sign_ups.c.state == SignUpState.ASIDE
    count = connection.execute(sa.select(sa.func.count()).select_from(sign_ups).where(these)).scalar_one()
    newest = sa.select(sign_ups.c.reason).where(these).order_by(sign_ups.c.id.desc()).limit(1)
    return count, connection.execute(newest).scalar()


def count_waiting(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(sign_ups).where(_WAITING)).scalar_one()


def oldest_waiting(connection: sa.Connection) -> datetime | None:
    """Since when the oldest waits."""
    return connection.execute(sa.select(sa.func.min(sign_ups.c.at)).where(_WAITING)).scalar()


def waiting(connection: sa.Connection, *, limit: int) -> list[SignUp]:
    """The first *limit* that wait, oldest first."""
    asked = _asked().where(_WAITING).order_by(sign_ups.c.id).limit(limit)
    return [_sign_up(row) for row in connection.execute(asked)]


def kept_from(connection: sa.Connection, *, before: datetime, limit: int) -> list[int]:
    """Up to *limit* from before an instant whose address is kept still."""
    asked = sa.select(sign_ups.c.id).where(_KEPT, sign_ups.c.at < before).order_by(sign_ups.c.at).limit(limit)
    return list(connection.execute(asked).scalars())


def is_any_from(connection: sa.Connection, *, before: datetime) -> bool:
    """Whether the oldest is from before an instant."""
    oldest = connection.execute(sa.select(sign_ups.c.at).order_by(sign_ups.c.id).limit(1)).scalar()
    return oldest is not None and oldest < before


def letters(connection: sa.Connection, address_keys: Iterable[str], *, after: datetime) -> dict[str, list[datetime]]:
    """When each address was answered by a letter after an instant that nobody there confirmed."""
    found: dict[str, list[datetime]] = {}
    for some in among(connection, sign_ups.c.address_key, address_keys):
        unconfirmed = sign_ups.c.state != SignUpState.CONFIRMED
        asked = sa.select(sign_ups.c.address_key, sign_ups.c.answered_at)
        for row in connection.execute(asked.where(some, unconfirmed, sign_ups.c.answered_at > after)):
            found.setdefault(row.address_key, []).append(row.answered_at)
    return found


# -- rows ---------------------------------------------------------------------------------------------


def _asked() -> sa.Select[Any]:
    return sa.select(*(as_text(each).label(each.name) if each.name == "wishes" else each for each in sign_ups.c))


def _kept(wish: Wish) -> dict[str, Any]:
    return {
        "digest": wish.digest,
        "category_ids": kept_choice(wish.category_ids),
        "cadence": wish.cadence.value if wish.cadence else None,
    }


def _wishes(text: str | None) -> Sequence[Wish]:
    return [
        Wish(
            digest=each["digest"],
            category_ids=None if each["category_ids"] is None else tuple(map(CategoryId, each["category_ids"])),
            cadence=as_known(CadenceKind, each["cadence"]) if each["cadence"] else None,
        )
        for each in json.loads(text or "null") or ()
    ]


def _sign_up(row: sa.Row[Any]) -> SignUp:
    told = {**row._mapping, "wishes": tuple(_wishes(row.wishes))}
    return SignUp(**{**told, "kind": as_known(SignUpKind, row.kind), "state": as_known(SignUpState, row.state)})
