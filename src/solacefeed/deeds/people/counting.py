"""From when a choice counts that is made now, as a store has it."""

from __future__ import annotations

from datetime import tzinfo

import sqlalchemy as sa

from solacefeed.digest.choices import StartOf, start_of_period
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.store import editions


def counts_from(connection: sa.Connection, digest: Digest, cadence: CadenceKind | None, zone: tzinfo) -> StartOf:
    """The start of the period in which an instant lies, for a reader with that cadence (``None``: the first)."""
    is_new = not editions.have_begun(connection, digest.key)
    return start_of_period(digest, cadence, zone, is_new=is_new)
