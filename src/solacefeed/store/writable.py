"""Whether the store could be written, asked without writing."""

from __future__ import annotations

import os

import sqlalchemy as sa

from solacefeed.store.database import Store
from solacefeed.store.file_hints import why_full


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
    asked = "SELECT current_setting('transaction_read_only'), has_table_privilege('records', 'INSERT')"
    with store.read() as connection:
        read_only, may_insert = connection.execute(sa.text(asked)).one()
    if read_only == "on":
        return "the store's server takes no writes"
    return None if may_insert else "the store's account may not write"
