"""Whether the store could be written, asked without writing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from solacefeed.store.database import Store
from solacefeed.store.file_hints import why_full


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWrites:
    """Why a server takes no writes, whoever asks."""

    words: str
    to_do: str


_STANDBY: Final = NoWrites(
    words="PostgreSQL is a standby there, which takes no writes",
    to_do="name its primary in [store] url, or all of them with target_session_attrs=read-write",
)
_READ_ONLY: Final = NoWrites(
    words="the store's database is read only (default_transaction_read_only is on)",
    to_do="set it off for the database and its account, or name a server that target_session_attrs=read-write finds",
)


def why_read_only(store: Store) -> NoWrites | None:
    """Of a store on a server; asked without a look at what this account may do. Raises ``StoreError``."""
    if store.file:
        return None
    # Not that of the transaction: who looks has one that is read only.
    asked = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
    with store.read_at_once() as connection:
        is_standby, read_only = connection.execute(sa.text(asked)).one()
    if is_standby:
        return _STANDBY
    return _READ_ONLY if read_only == "on" else None


def why_not_writable(store: Store) -> str | None:
    """Why nothing could be written now; ``None`` where it could. Waits for nobody who writes.

    Raises ``StoreError`` where the store can't be read either.
    """
    return _of_file(store) if store.file else _of_server(store)


def _of_file(store: Store) -> str | None:
    file = store.file
    assert file is not None
    effective = os.access in os.supports_effective_ids
    if not os.access(file, os.W_OK, effective_ids=effective):
        return "the store's file may not be written"
    # SQLite keeps its journal beside the file.
    if not os.access(file.parent, os.W_OK, effective_ids=effective):
        return "the store's folder may not be written"
    return "the store's disk is full" if why_full(file.parent) else None


def _of_server(store: Store) -> str | None:
    if why_read_only(store):
        return "the store's server takes no writes"
    with store.read_at_once() as connection:
        may_insert = connection.execute(sa.text("SELECT has_table_privilege('records', 'INSERT')")).scalar_one()
    return None if may_insert else "the store's account may not write"
