"""Which editions ``status`` tells of: those with copies to go, and the newest of each digest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from solacefeed.digest.periods import newest_first
from solacefeed.models.digests import Digest
from solacefeed.models.editions import PUBLIC, WAITING, Edition
from solacefeed.store import editions


def last_edition(connection: sa.Connection, digest: Digest, now: datetime) -> Edition | None:
    """The newest edition of its first cadence, or notice, that is no draft, be it a cancelled one."""
    own = newest_first(
        editions.recent(connection, digest.key, digest.first.kind), editions.recent(connection, digest.key)
    )
    shown = [each for each in own if each.cadence in (digest.first.kind, None) and each.state not in WAITING]
    newest = next(iter(shown), None)
    found = (newest, editions.latest_cancelled(connection, digest.key, until=now))
    return max(filter(None, found), key=lambda edition: edition.period.ends, default=None)


def told_editions(connection: sa.Connection, digests: Iterable[Digest], now: datetime) -> list[Edition]:
    """Of a digest that the config has lost too, what is to go should go; a cancelled one may have gone to some."""
    newest = [edition for digest in digests for edition in _newest(connection, digest, now)]
    there = {edition.id: edition for edition in (*editions.open_ones(connection), *newest)}
    return list(there.values())


def _newest(connection: sa.Connection, digest: Digest, now: datetime) -> list[Edition]:
    own = (editions.recent(connection, digest.key, each.kind) for each in digest.cadences)
    left = [each for each in newest_first(editions.recent(connection, digest.key), *own) if each.state in PUBLIC]
    newest = list({each.cadence: each for each in reversed(left)}.values())
    cancelled = editions.latest_cancelled(connection, digest.key, until=now)
    if cancelled is None or any(each.period.ends > cancelled.period.ends for each in newest):
        return newest
    return [*newest, cancelled]
