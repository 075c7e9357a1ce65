"""What is asked of posts before an edition is made: which there may be, when they changed, and which were dropped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.posts import Post, PostState
from solacefeed.store import posts as post_store
from solacefeed.store.database import among
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import editions, post_changes, posts

# Asked by each look for editions, and for each that is made: built once.
_SEEN_SINCE = sa.select(posts.c.id).where(posts.c.seen >= sa.bindparam("instant"))
_REVISIONS = (
    sa.select(post_changes.c.post_id, post_changes.c.noticed_at)
    .where(post_changes.c.revised)
    .order_by(post_changes.c.id)
)
_EDITED = (
    sa.select(editions.c.id, editions.c.editing)
    .where(editions.c.digest == sa.bindparam("of_digest"), editions.c.editing.is_not(None))
    .where(editions.c.ends > sa.bindparam("since"))
    .order_by(editions.c.ends, editions.c.id)
)


def seen_since(connection: sa.Connection, instant: datetime) -> list[Post]:
    """The posts that were first seen at that instant or later, in whatever state, newest first."""
    return post_store.some(connection, connection.execute(_SEEN_SINCE, {"instant": instant}).scalars().all())


def revisions(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, tuple[datetime, ...]]:
    """When changes of these posts' titles, texts or addresses were noticed, by post."""
    found: dict[str, list[datetime]] = {}
    for row in rows_among(connection, _REVISIONS, post_changes.c.post_id, post_ids):
        found.setdefault(row.post_id, []).append(row.noticed_at)
    return {post_id: tuple(instants) for post_id, instants in found.items()}


def dropped(
    connection: sa.Connection, digest: str, *, since: datetime, until: datetime | None = None
) -> dict[str, str]:
    """The posts that editors dropped from editions of *digest* that closed after *since*, each with the last such.

    Not those that they kept in a later one. With *until*, from those alone that closed by then.
    """
    query = _EDITED if until is None else _EDITED.where(editions.c.ends <= until)
    found: dict[str, str] = {}
    for row in connection.execute(query, {"of_digest": digest, "since": since}):
        for post_id in row.editing.get("kept", ()):
            found.pop(post_id, None)
        found |= dict.fromkeys(row.editing.get("dropped", ()), row.id)
    return found


def public_at(connection: sa.Connection, post_ids: Iterable[str], instant: datetime) -> set[str]:
    """Those of these posts that were hidden or withdrawn only after that instant, as far as it is noted."""
    found: set[str] = set()
    wanted = set(post_ids)
    gone_later = sa.select(posts.c.id).where(posts.c.state == PostState.GONE, posts.c.gone_at > instant)
    for some in among(connection, posts.c.id, wanted):
        found.update(connection.execute(gone_later.where(some)).scalars())
    changed = sa.select(post_changes.c.post_id, post_changes.c.what).where(post_changes.c.noticed_at > instant)
    hidden = sa.select(posts.c.id).where(posts.c.state == PostState.PROTECTED)
    for some in among(connection, post_changes.c.post_id, wanted):
        rows = connection.execute(changed.where(some, post_changes.c.post_id.in_(hidden)))
        found.update(row.post_id for row in rows if "state" in row.what)
    return found
