"""What became of posts since they were last published, and why a post was revised.

``unpublished`` is the list that publishing works off: every write to a post puts it there, with the place that it has
left, in the same transaction. It is taken off by its number when its documents are live, so that a change which comes
meanwhile stays on the list, and a publish that dies is done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.posts import CategoryId, Placement, PostChange, PostState
from solacefeed.posts.authors import author_of
from solacefeed.store.database import among, upsert
from solacefeed.store.schema import authors, post_categories, post_changes, posts, unpublished

#: Rows that are taken off the list at once.
CHUNK = 500


#: The posts that documents speak of: those that they show, and those of which they say that they are gone.
SPOKEN_OF = sa.or_(posts.c.state == PostState.PUBLISHED, posts.c.tombstone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpublished:
    """A post that changed, and where it stood before."""

    post_id: str
    number: int
    before: tuple[Placement, ...]


def about_to_change(connection: sa.Connection, post_ids: Iterable[str]) -> None:
    """Puts posts on the list, each with the place that it has now."""
    for some in among(connection, posts.c.id, post_ids):
        there = list(connection.execute(sa.select(posts.c.id).where(some).order_by(posts.c.id)).scalars())
        places = places_of(connection, there)
        note(connection, [(post_id, places.get(post_id)) for post_id in there])


def note(connection: sa.Connection, changed: Sequence[tuple[str, Placement | None]]) -> None:
    """Puts posts on the list as often as they changed, each time with the place that it had then."""
    listed = _listed(connection, {post_id for post_id, _ in changed})
    for post_id, place in changed:
        row = listed.setdefault(post_id, {"post_id": post_id, "number": 0, "places": []})
        row["number"] += 1
        here = None if place is None else _row_of(place)
        if here is not None and here not in row["places"]:
            row["places"] = [*row["places"], here]
    upsert(connection, unpublished, [listed[post_id] for post_id in sorted(listed)], key=("post_id",))


def _listed(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {
        row.post_id: dict(row._mapping)
        for some in among(connection, unpublished.c.post_id, post_ids)
        for row in connection.execute(unpublished.select().where(some))
    }


def pending(connection: sa.Connection, *, places: bool = True) -> list[Unpublished]:
    """The posts on the list, by their ids; without *places* nothing of where they stood, in little memory."""
    columns = (unpublished.c.post_id, unpublished.c.number, *((unpublished.c.places,) if places else ()))
    rows = connection.execute(sa.select(*columns).order_by(unpublished.c.post_id))
    return [
        Unpublished(
            post_id=row.post_id, number=row.number, before=tuple(map(_placement_of, row.places)) if places else ()
        )
        for row in rows
    ]


def done(connection: sa.Connection, published: Sequence[Unpublished]) -> None:
    """Takes off the list what has not changed since it was read from there."""
    statement = unpublished.delete().where(
        unpublished.c.post_id == sa.bindparam("the_post"), unpublished.c.number == sa.bindparam("the_number")
    )
    for start in range(0, len(published), CHUNK):
        some = published[start : start + CHUNK]
        connection.execute(statement, [{"the_post": each.post_id, "the_number": each.number} for each in some])


def placements(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> dict[str, Placement]:
    """Where the posts that fulfil *where* stand, by id, newest first."""
    query = (
        sa.select(
            posts.c.id,
            posts.c.published,
            posts.c.byline_name,
            authors.c.name.label("user_name"),
            posts.c.author_name,
        )
        .join_from(posts, authors, posts.c.author_id == authors.c.id, isouter=True)
        .where(*where)
        .order_by(posts.c.published.desc(), posts.c.id.desc())
    )
    rows = connection.execute(query).all()
    filings = (
        sa.select(post_categories.c.post_id, post_categories.c.category_id)
        .join_from(post_categories, posts)
        .where(*where)
        .order_by(post_categories.c.category_id)
    )
    filed: dict[str, list[CategoryId]] = {}
    for post_id, category_id in connection.execute(filings):
        filed.setdefault(post_id, []).append(category_id)
    return {
        row.id: Placement(
            published=row.published,
            category_ids=tuple(filed.get(row.id, ())),
            author=author_of(row.byline_name, row.user_name, row.author_name),
        )
        for row in rows
    }


def places_of(connection: sa.Connection, post_ids: Sequence[str]) -> dict[str, Placement]:
    """Where those of these posts stand that documents speak of."""
    found: dict[str, Placement] = {}
    for some in among(connection, posts.c.id, post_ids):
        found |= placements(connection, some, SPOKEN_OF)
    return found


def write_down(connection: sa.Connection, noticed: Iterable[tuple[str, PostChange]]) -> None:
    """Writes down what was noticed of posts, in that order."""
    rows = [
        {
            "post_id": post_id,
            "noticed_at": change.noticed_at,
            "modified": change.modified,
            "what": list(change.what),
            "revised": change.revised,
        }
        for post_id, change in noticed
    ]
    if rows:
        connection.execute(post_changes.insert(), rows)


def history(connection: sa.Connection, post_id: str) -> list[PostChange]:
    """Every change of a post that was noticed, oldest first."""
    rows = connection.execute(
        post_changes.select().where(post_changes.c.post_id == post_id).order_by(post_changes.c.id)
    )
    return [
        PostChange(noticed_at=row.noticed_at, modified=row.modified, what=tuple(row.what), revised=row.revised)
        for row in rows
    ]


def _row_of(place: Placement) -> dict[str, Any]:
    return {
        "published": place.published.isoformat(),
        "categories": list(place.category_ids),
        "author": place.author,
    }


def _placement_of(row: dict[str, Any]) -> Placement:
    return Placement(
        published=datetime.fromisoformat(row["published"]),
        category_ids=tuple(row["categories"]),
        author=row["author"],
    )
