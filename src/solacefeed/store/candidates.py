"""The posts that an edition may bring: what was seen of late, and when a change of each was noticed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.posts import Post
from solacefeed.store import posts as post_store
from solacefeed.store.database import among
from solacefeed.store.schema import post_changes, posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Posts that were seen of late, in whatever state."""

    #: Newest first.
    posts: tuple[Post, ...]
    #: When a change of title, text or address was noticed of each, oldest first.
    revised: Mapping[str, Sequence[datetime]]


def seen_since(connection: sa.Connection, since: datetime) -> Seen:
    """The posts that were first seen at *since* or later."""
    ids = list(connection.execute(sa.select(posts.c.id).where(posts.c.seen >= since)).scalars())
    return Seen(posts=tuple(post_store.some(connection, ids)), revised=_revised(connection, ids))


def _revised(connection: sa.Connection, ids: list[str]) -> dict[str, list[datetime]]:
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for some in among(connection, post_changes.c.post_id, ids):
        query = sa.select(post_changes.c.post_id, post_changes.c.noticed_at).where(some, post_changes.c.revised)
        for row in connection.execute(query.order_by(post_changes.c.noticed_at)):
            found[row.post_id].append(row.noticed_at)
    return dict(found)
