"""What of sign-ups and consents is kept no longer: addresses that nobody confirmed, rows no count asks for, networks.

Where nothing is over, nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from solacefeed.deeds.chunks import Chunks
from solacefeed.store import address_requests, consents, desk, outbox, sign_ups
from solacefeed.store.database import Store

#: So long a sign-up can be confirmed; then its address, its name and what was wished go, whatever became of it.
LASTS = timedelta(days=7)

#: So long its row stays, without any of these, by which letters to an address are counted.
COUNTED = timedelta(days=30)

#: Of sign-ups, and of consents, let go in the first transaction.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """What is kept no more."""

    #: Sign-ups that nobody confirmed in time.
    expired: int = 0
    #: Of all whose time is over.
    forgotten: int = 0


def once_of(sign_up_id: int) -> str:
    """By which the letter that answers a sign-up is known: there is never a second one."""
    return f"sign-up {sign_up_id}"


def let_go(store: Store, now: datetime, *, keep_networks: timedelta) -> LetGo:
    """Forgets what is due, in short transactions."""
    expired = forgotten = 0
    chunks = Chunks(CHUNK)
    while some := _over(store, now, chunks.size):
        with chunks.write(store, len(some)) as connection:
            expired += sign_ups.expire(connection, some, at=now)
            forgotten += sign_ups.forget(connection, some)
            outbox.remove_ended(connection, map(once_of, some))
    _remove_rows(store, now)
    _forget_networks(store, now - keep_networks)
    _forget_asked(store, now - COUNTED)
    return LetGo(expired=expired, forgotten=forgotten)


def _over(store: Store, now: datetime, limit: int) -> list[int]:
    with store.read() as connection:
        return sign_ups.kept_from(connection, before=now - LASTS, limit=limit)


def _remove_rows(store: Store, now: datetime) -> None:
    chunks = Chunks(CHUNK)
    while _is_any_old(store, now):
        with chunks.write(store) as connection:
            sign_ups.remove(connection, before=now - COUNTED, limit=chunks.size)


def _is_any_old(store: Store, now: datetime) -> bool:
    with store.read() as connection:
        return sign_ups.is_any_from(connection, before=now - COUNTED)


def _forget_networks(store: Store, before: datetime) -> None:
    chunks = Chunks(CHUNK)
    while _is_any_network(store, before):
        with chunks.write(store) as connection:
            consents.forget_networks(connection, before=before, limit=chunks.size)


def _is_any_network(store: Store, before: datetime) -> bool:
    with store.read() as connection:
        return consents.has_network(connection, before=before)


def _forget_asked(store: Store, before: datetime) -> None:
    with store.read() as connection:
        moves = address_requests.is_any_from(connection, before=before)
        asks = desk.is_any_ask_from(connection, before=before)
    if moves or asks:
        with store.write() as connection:
            address_requests.remove(connection, before=before)
            desk.drop_asks(connection, before=before)
