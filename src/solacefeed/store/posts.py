"""Posts: kept for ever, under the id of their first sight.

(unknown) --> published <--> protected
                  |              |
                  +---> gone <---+      on evidence

A post that comes back is published again, and counts as seen when it first was.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from solacefeed.models import Blurb, Byline, Period, Post, PostState, Reading, SourcePost, Stamp
from solacefeed.store.database import insert_missing
from solacefeed.store.schema import authors, post_categories, posts

#: Ids in one statement: well under what either database takes.
CHUNK = 500


class Change(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


def keep(connection: sa.Connection, post: SourcePost, reading: Reading, *, seen: datetime) -> Change:
    """Writes *post* as it was read and returns what that changed; *seen* counts only when it is new."""
    known = connection.execute(posts.select().where(posts.c.id == post.id)).one_or_none()
    filed = _filed(connection, post.id) if known else ()
    row = _row(post, reading)
    if known is None:
        connection.execute(posts.insert().values(**row, guid=post.guid, seen=seen))
        _file(connection, post)
        return Change.NEW
    before = {name: getattr(known, name) for name in row}
    if before == row and filed == tuple(sorted(post.category_ids)):
        return Change.SAME
    connection.execute(posts.update().where(posts.c.id == post.id).values(**row))
    _file(connection, post)
    return Change.CHANGED


def _row(post: SourcePost, reading: Reading) -> dict[str, Any]:
    return {
        "id": post.id,
        "url": post.url,
        "title": reading.title,
        "content": reading.content,
        "excerpt": reading.excerpt,
        "author_id": post.author_id,
        "byline_name": reading.byline.name if reading.byline else None,
        "byline_role": reading.byline.role if reading.byline else None,
        "first_published": reading.first_published,
        "blurbs": [{"text": blurb.text, "links": list(blurb.links)} for blurb in reading.blurbs],
        "published": post.published,
        "modified": post.modified,
        "state": PostState.PROTECTED.value if post.protected else PostState.PUBLISHED.value,
        "gone_at": None,
        "evidence": None,
        "raw": zlib.compress(json.dumps({"title": post.title, "content": post.content}).encode()),
    }


def _filed(connection: sa.Connection, post_id: str) -> tuple[str, ...]:
    query = sa.select(post_categories.c.category_id).where(post_categories.c.post_id == post_id)
    return tuple(sorted(connection.execute(query).scalars()))


def _file(connection: sa.Connection, post: SourcePost) -> None:
    connection.execute(post_categories.delete().where(post_categories.c.post_id == post.id))
    rows = [{"post_id": post.id, "category_id": category} for category in sorted(set(post.category_ids))]
    insert_missing(connection, post_categories, rows, key=("post_id", "category_id"))


def bury(connection: sa.Connection, evidence: Mapping[str, str], *, at: datetime) -> None:
    """Marks posts as gone, with the evidence for each."""
    for post_id, words in sorted(evidence.items()):
        connection.execute(
            posts.update().where(posts.c.id == post_id).values(state=PostState.GONE.value, gone_at=at, evidence=words)
        )


def stamps(connection: sa.Connection) -> dict[str, Stamp]:
    """The stamp of every post not gone, by id."""
    filed: dict[str, list[str]] = {}
    for row in connection.execute(post_categories.select()):
        filed.setdefault(row.post_id, []).append(row.category_id)
    query = sa.select(posts.c.id, posts.c.modified, posts.c.url, posts.c.author_id).where(
        posts.c.state != PostState.GONE
    )
    return {
        row.id: Stamp(
            modified=row.modified,
            url=row.url,
            author_id=row.author_id,
            category_ids=tuple(sorted(filed.get(row.id, ()))),
        )
        for row in connection.execute(query)
    }


def published(connection: sa.Connection) -> list[Post]:
    """Every post that feeds show, newest first."""
    where = posts.c.state == PostState.PUBLISHED
    query = _query().where(where).order_by(posts.c.published.desc(), posts.c.id.desc())
    return list(_read(connection, query))


def some(connection: sa.Connection, ids: Iterable[str]) -> list[Post]:
    """The posts of these ids, in whatever state, newest first."""
    wanted = sorted(set(ids))
    found: list[Post] = []
    for start in range(0, len(wanted), CHUNK):
        found.extend(_read(connection, _query().where(posts.c.id.in_(wanted[start : start + CHUNK]))))
    return sorted(found, key=lambda post: (post.published, post.id), reverse=True)


def seen_in(connection: sa.Connection, period: Period) -> list[Post]:
    """The published posts first met in *period*, newest first."""
    query = (
        _query()
        .where(
            posts.c.state == PostState.PUBLISHED,
            posts.c.seen >= period.starts,
            posts.c.seen < period.ends,
            posts.c.published < period.ends,
        )
        .order_by(posts.c.published.desc(), posts.c.id.desc())
    )
    return list(_read(connection, query))


def listing(connection: sa.Connection, *, limit: int) -> list[Post]:
    """The newest *limit* posts, in whatever state."""
    return list(_read(connection, _query().order_by(posts.c.published.desc(), posts.c.id.desc()).limit(limit)))


def blurbs(connection: sa.Connection, post_id: str) -> tuple[Blurb, ...]:
    rows = connection.execute(sa.select(posts.c.blurbs).where(posts.c.id == post_id)).scalar() or []
    return tuple(Blurb(text=row["text"], links=tuple(row["links"])) for row in rows)


def evidence(connection: sa.Connection, post_id: str) -> str | None:
    """Why a post is gone; ``None`` while it is there."""
    return connection.execute(sa.select(posts.c.evidence).where(posts.c.id == post_id)).scalar()


def tally(connection: sa.Connection) -> dict[str, int]:
    """How many posts are in each state."""
    counted = connection.execute(sa.select(posts.c.state, sa.func.count()).group_by(posts.c.state))
    return {row[0]: row[1] for row in counted}


def newest_seen(connection: sa.Connection) -> datetime | None:
    return connection.execute(sa.select(sa.func.max(posts.c.seen))).scalar()


def _query() -> sa.Select[Any]:
    return sa.select(posts, authors.c.name.label("author_name")).join_from(
        posts, authors, posts.c.author_id == authors.c.id, isouter=True
    )


def _read(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Post]:
    rows = connection.execute(query).all()
    filed = _filings(connection, [row.id for row in rows])
    return (_post(row, filed.get(row.id, ())) for row in rows)


def _filings(connection: sa.Connection, ids: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), CHUNK):
        query = (
            post_categories.select()
            .where(post_categories.c.post_id.in_(ids[start : start + CHUNK]))
            .order_by(post_categories.c.category_id)
        )
        for row in connection.execute(query):
            found.setdefault(row.post_id, []).append(row.category_id)
    return {post_id: tuple(category_ids) for post_id, category_ids in found.items()}


def _post(row: sa.Row[Any], category_ids: tuple[str, ...]) -> Post:
    byline = Byline(name=row.byline_name, role=row.byline_role) if row.byline_name else None
    return Post(
        id=row.id,
        guid=row.guid,
        url=row.url,
        title=row.title,
        content=row.content,
        excerpt=row.excerpt,
        author=row.byline_name or row.author_name,
        byline=byline,
        first_published=row.first_published,
        category_ids=category_ids,
        published=row.published,
        updated=max(row.published, row.modified),
        seen=row.seen,
        state=PostState(row.state),
    )
