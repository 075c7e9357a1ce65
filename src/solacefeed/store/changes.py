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

from solacefeed.models.posts import CategoryId, PostState
from solacefeed.store.database import among, upsert
from solacefeed.store.schema import authors, post_categories, post_changes, posts, unpublished

#: Rows that are taken off the list at once.
CHUNK = 500


#: The posts that documents speak of: those that they show, and those of which they say that they are gone.
SPOKEN_OF = sa.or_(posts.c.state == PostState.PUBLISHED, posts.c.tombstone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a post stands: what decides on its feeds and its month."""

    published: datetime
    category_ids: tuple[CategoryId, ...]
    author: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpublished:
    """A post that changed, and where it stood before."""

    post_id: str
    number: int
    before: tuple[Placement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChange:
    """One change of a post, as it was noticed."""

    noticed_at: datetime
    #: The blog's date of it.
    modified: datetime
    #: What changed: ``title``, ``text``, ``address`` and the like.
    what: tuple[str, ...]
    #: Whether readers should look again.
    revised: bool


def about_to_change(connection: sa.Connection, post_ids: Iterable[str]) -> None:
    """Puts posts on the list, with the place that each has now; to be said before it is changed."""
    for some in among(connection, posts.c.id, post_ids):
        there = sa.select(posts.c.id).where(some).order_by(posts.c.id)
        _note(connection, list(connection.execute(there).scalars()))


def _note(connection: sa.Connection, post_ids: list[str]) -> None:
    listed = {
        row.post_id: row
        for some in among(connection, unpublished.c.post_id, post_ids)
        for row in connection.execute(unpublished.select().where(some))
    }
    places = places_of(connection, post_ids)
    rows = []
    for post_id in post_ids:
        known = listed.get(post_id)
        before = list(known.places) if known else []
        here = _row_of(places[post_id]) if post_id in places else None
        if here is not None and here not in before:
            before.append(here)
        rows.append({"post_id": post_id, "number": known.number + 1 if known else 1, "places": before})
    upsert(connection, unpublished, rows, key=("post_id",))


def pending(connection: sa.Connection, *, places: bool = True) -> list[Unpublished]:
    """The posts on the list; without *places*, which a whole publish has no use for, in little memory."""
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
            sa.func.coalesce(posts.c.byline_name, authors.c.name, posts.c.author_name).label("author"),
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
        row.id: Placement(published=row.published, category_ids=tuple(filed.get(row.id, ())), author=row.author)
        for row in rows
    }


def places_of(connection: sa.Connection, post_ids: Sequence[str]) -> dict[str, Placement]:
    """Where those of these posts stand that documents speak of."""
    found: dict[str, Placement] = {}
    for some in among(connection, posts.c.id, post_ids):
        found |= placements(connection, some, SPOKEN_OF)
    return found


def write_down(connection: sa.Connection, post_id: str, change: PostChange) -> None:
    connection.execute(
        post_changes.insert().values(
            post_id=post_id,
            noticed_at=change.noticed_at,
            modified=change.modified,
            what=list(change.what),
            revised=change.revised,
        )
    )


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
