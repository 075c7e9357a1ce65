"""Fingerprints of erased addresses: what keeps a list from bringing them back, and tells nobody whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store import mailable
from solacefeed.store.database import among, insert_missing
from solacefeed.store.schema import fingerprints


def add(connection: sa.Connection, fingerprint: str, *, at: datetime) -> None:
    mailable.hold(connection, alone=True)
    insert_missing(connection, fingerprints, [{"fingerprint": fingerprint, "at": at}], key=("fingerprint",))


def there(connection: sa.Connection, wanted: Iterable[str]) -> set[str]:
    """Those of *wanted* that stand."""
    conditions = among(connection, fingerprints.c.fingerprint, wanted)
    asked = sa.select(fingerprints.c.fingerprint)
    return {row.fingerprint for each in conditions for row in connection.execute(asked.where(each))}


def is_any(connection: sa.Connection) -> bool:
    """Whether anybody was ever erased: else nobody need be asked for."""
    return connection.execute(sa.select(sa.exists(sa.select(fingerprints.c.fingerprint)))).scalar_one()


def everybody(connection: sa.Connection) -> set[str]:
    """All that stand."""
    return set(connection.scalars(sa.select(fingerprints.c.fingerprint)))


def remove(connection: sa.Connection, fingerprint: str) -> None:
    """Takes it away, when the person has come back by their own form."""
    connection.execute(fingerprints.delete().where(fingerprints.c.fingerprint == fingerprint))
