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
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from solacefeed.models.blog import CategoryNumber, Grade, SourcePost, Stamp
from solacefeed.models.posts import Blurb, Byline, CategoryId, Image, Post, PostState, Reading
from solacefeed.store import categories, changes, identity
from solacefeed.store.changes import Placement, PostChange
from solacefeed.store.database import among, as_known, insert_missing
from solacefeed.store.schema import authors, post_categories, post_keys, posts
from solacefeed.text.clean import plain

#: A paragraph that ends so many posts is no part of any.
RECURRING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A post as its source gave it."""

    post_id: str
    url: str
    title: str
    content: str | None
    excerpt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """A post that is gone, and where it stood."""

    post_id: str
    guid: str
    gone_at: datetime
    place: Placement


#: Columns that not every source can say something of.
_SAID_BY_SOME = ("modified", "author_id", "author_name", "comments_url", "comments", "language")


class Change(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


#: What a reader reads; of its columns, ``content`` counts by its words alone.
_REVISES = {"title": "title", "content": "text", "url": "address"}

#: Other columns that a change is told by.
_TOLD = {
    "byline_name": "by-line",
    "byline_role": "by-line",
    "author_id": "author",
    "author_name": "author",
    "published": "date",
    "state": "state",
    "first_published": "first publication",
    "excerpt": "excerpt",
    "blurbs": "event paragraph",
}


def keep(
    connection: sa.Connection,
    post: SourcePost,
    reading: Reading,
    *,
    seen: datetime,
    at: datetime | None = None,
    grade: Grade = Grade.API,
) -> Change:
    """Writes *post* as it was read and returns what that changed; *seen* counts only when it is new.

    *at* is when it was noticed, if not when it was seen.

    What the source does not show stays as it was known. A source of a lower grade than the one that knew the post best
    changes it only where the blog dates the change later. Raises ``identity.AnotherBlog``.
    """
    post_id = identity.find(connection, post, reading.title)
    if post_id is None:
        return _keep_new(connection, post, reading, seen, grade)
    identity.remember(connection, post_id, post)
    known = connection.execute(posts.select().where(posts.c.id == post_id)).one()
    row = _row(post, reading, grade)
    if grade < known.grade:
        row = _what_is_later(known, post, row)
    elif post.day_only:
        del row["published"]
    before = {name: getattr(known, name) for name in row}
    filing = categories.ids_of(connection, post) if grade >= known.grade else None
    refiled = filing is not None and filing != set(_filed(connection, post_id))
    if before == row and not refiled:
        return Change.SAME
    changes.about_to_change(connection, [post_id])
    change = _what_changed(known, row, refiled=refiled, at=at or seen)
    if change.revised:
        row["revised"] = change.modified
    if row:
        connection.execute(posts.update().where(posts.c.id == post_id).values(**row))
    if refiled:
        _file(connection, post_id, filing)
    if change.what:
        changes.write_down(connection, post_id, change)
    return Change.CHANGED


def _what_changed(known: sa.Row[Any], row: Mapping[str, Any], *, refiled: bool, at: datetime) -> PostChange:
    """What a reader would notice, and whether the blog did it: by what our own rules read anew, nothing is revised."""
    changed = {name for name, value in row.items() if getattr(known, name) != value}
    if "content" in changed and plain(known.content) == plain(row["content"]):
        changed.remove("content")
    by_the_blog = not changed.isdisjoint({"raw", "url"})
    what = dict.fromkeys([words for name, words in (_REVISES | _TOLD).items() if name in changed])
    return PostChange(
        noticed_at=at,
        modified=row.get("modified", known.modified),
        what=(*what, "categories") if refiled else tuple(what),
        revised=by_the_blog and not changed.isdisjoint(_REVISES),
    )


def _keep_new(connection: sa.Connection, post: SourcePost, reading: Reading, seen: datetime, grade: Grade) -> Change:
    post_id = identity.new_id(connection, post)
    unsaid = dict.fromkeys(_SAID_BY_SOME) | {"guid": post.guid or post.url, "modified": post.published}
    row = unsaid | _row(post, reading, grade)
    connection.execute(posts.insert().values(**row, id=post_id, seen=seen, revised=row["modified"]))
    identity.remember(connection, post_id, post)
    _file(connection, post_id, categories.ids_of(connection, post))
    changes.about_to_change(connection, [post_id])
    return Change.NEW


def _row(post: SourcePost, reading: Reading, grade: Grade) -> dict[str, Any]:
    """The columns that this source can say something of."""
    raw = {"title": post.title, "content": post.content, "excerpt": post.excerpt}
    said = {name: getattr(post, name) for name in _SAID_BY_SOME}
    return {
        **_text_of(reading),
        **{name: value for name, value in said.items() if value is not None},
        "url": post.url,
        "published": post.published,
        "state": PostState.PROTECTED.value if post.protected else PostState.PUBLISHED.value,
        "grade": int(grade),
        "gone_at": None,
        "evidence": None,
        "tombstone": False,
        "raw": zlib.compress(json.dumps(raw).encode()),
    }


def _text_of(reading: Reading) -> dict[str, Any]:
    return {
        "title": reading.title,
        "content": reading.content,
        "excerpt": reading.excerpt,
        "byline_name": reading.byline.name if reading.byline else None,
        "byline_role": reading.byline.role if reading.byline else None,
        "first_published": reading.first_published,
        "blurbs": [{"text": blurb.text, "links": list(blurb.links)} for blurb in reading.blurbs],
        "ending": reading.ending,
        "minutes": reading.minutes,
        "lead_image": asdict(reading.lead_image) if reading.lead_image else None,
    }


def _what_is_later(known: sa.Row[Any], post: SourcePost, row: dict[str, Any]) -> dict[str, Any]:
    """Of a weaker source's words those that the blog has changed since the better one was asked: its text."""
    if (
        post.content is None
        or post.modified is None
        or post.modified <= known.modified
        or known.state == PostState.GONE
    ):
        return {}
    later = (
        "title",
        "content",
        "excerpt",
        "byline_name",
        "byline_role",
        "first_published",
        "blurbs",
        "ending",
        "modified",
        "raw",
    )
    return {name: row[name] for name in later}


def _filed(connection: sa.Connection, post_id: str) -> tuple[CategoryId, ...]:
    query = sa.select(post_categories.c.category_id).where(post_categories.c.post_id == post_id)
    return tuple(sorted(connection.execute(query).scalars()))


def _file(connection: sa.Connection, post_id: str, category_ids: frozenset[CategoryId] | None) -> None:
    """Files a post under exactly these categories, ``None`` for as it is."""
    if category_ids is None:
        return
    connection.execute(post_categories.delete().where(post_categories.c.post_id == post_id))
    rows = [{"post_id": post_id, "category_id": category} for category in sorted(category_ids)]
    insert_missing(connection, post_categories, rows, key=("post_id", "category_id"))


def bury(connection: sa.Connection, evidence: Mapping[str, str], *, at: datetime) -> None:
    """Marks posts as gone, with the evidence for each; feeds say so until ``forget_tombstones``."""
    changes.about_to_change(connection, evidence)
    for post_id, words in sorted(evidence.items()):
        values = {"state": PostState.GONE.value, "gone_at": at, "evidence": words, "tombstone": True}
        connection.execute(posts.update().where(posts.c.id == post_id).values(**values))


def old_tombstones(connection: sa.Connection, *, until: datetime) -> list[str]:
    """The posts that went before *until* of which feeds still say so."""
    return list(connection.execute(sa.select(posts.c.id).where(posts.c.tombstone, posts.c.gone_at < until)).scalars())


def forget_tombstones(connection: sa.Connection, *, until: datetime) -> int:
    """Feeds say no more that posts are gone that went before *until*; returns how many."""
    old = old_tombstones(connection, until=until)
    changes.about_to_change(connection, old)
    for some in among(connection, posts.c.id, old):
        connection.execute(posts.update().where(some).values(tombstone=False))
    return len(old)


def reread(connection: sa.Connection, post_id: str, reading: Reading) -> bool:
    """Writes a post's text as better rules read it; false when they read the same."""
    row = _text_of(reading)
    known = connection.execute(posts.select().where(posts.c.id == post_id)).one()
    if row == {name: getattr(known, name) for name in row}:
        return False
    changes.about_to_change(connection, [post_id])
    connection.execute(posts.update().where(posts.c.id == post_id).values(**row))
    return True


def raw(connection: sa.Connection, *, after: str, limit: int) -> list[Raw]:
    """The next *limit* posts by id, as their source gave them."""
    query = sa.select(posts.c.id, posts.c.url, posts.c.raw).where(posts.c.id > after).order_by(posts.c.id).limit(limit)
    return [_raw(row) for row in connection.execute(query)]


def recurring_endings(connection: sa.Connection) -> frozenset[str]:
    """The paragraphs that end at least ``RECURRING`` published posts."""
    query = (
        sa.select(posts.c.ending)
        .where(posts.c.ending.is_not(None), posts.c.state == PostState.PUBLISHED)
        .group_by(posts.c.ending)
        .having(sa.func.count() >= RECURRING)
    )
    return frozenset(connection.execute(query).scalars())


def raw_ending(connection: sa.Connection, endings: Iterable[str]) -> list[Raw]:
    """The posts that end with one of *endings* and still show it, as their source gave them."""
    found: list[Raw] = []
    for words in sorted(endings):
        query = sa.select(posts.c.id, posts.c.url, posts.c.raw, posts.c.blurbs).where(posts.c.ending == words)
        rows = connection.execute(query.order_by(posts.c.id)).all()
        found += [_raw(row) for row in rows if words not in {blurb["text"] for blurb in row.blurbs}]
    return found


def _raw(row: sa.Row[*tuple[Any, ...]]) -> Raw:
    return Raw(post_id=row.id, url=row.url, **json.loads(zlib.decompress(row.raw)))


def stamps(connection: sa.Connection) -> dict[str, Stamp]:
    """The stamp of every post not gone that the blog has a number for, by that number and with its numbers."""
    numbering = categories.numbering(connection)
    filed: dict[str, list[CategoryNumber]] = {}
    for row in connection.execute(post_categories.select()):
        filed.setdefault(row.post_id, []).append(numbering.number_of(row.category_id))
    query = (
        sa.select(post_keys.c.value, posts.c.id, posts.c.modified, posts.c.url, posts.c.author_id, posts.c.grade)
        .join_from(post_keys, posts)
        .where(post_keys.c.kind == identity.NUMBER, posts.c.state != PostState.GONE)
    )
    return {
        row.value: Stamp(
            modified=row.modified,
            url=row.url,
            author_id=row.author_id,
            category_numbers=tuple(sorted(filed.get(row.id, ()))),
        )
        for row in connection.execute(query)
        # What only a weaker source has told is asked for whole.
        if row.grade >= Grade.API
    }


def published_between(connection: sa.Connection, starts: datetime, ends: datetime) -> list[Post]:
    """The posts that feeds show of the half-open span, newest first."""
    query = _query().where(*_shown_in(starts, ends)).order_by(posts.c.published.desc(), posts.c.id.desc())
    return list(_read(connection, query))


def placements_between(connection: sa.Connection, starts: datetime, ends: datetime) -> dict[str, Placement]:
    """Where the posts that feeds show of the half-open span stand, newest first."""
    return changes.placements(connection, *_shown_in(starts, ends))


def newest_ids(
    connection: sa.Connection, since: datetime, category_ids: frozenset[CategoryId] | None, *, limit: int | None
) -> list[str]:
    """The ids of the newest posts that feeds show of these categories, ``None`` for all, newest first."""
    query = (
        sa.select(posts.c.published, posts.c.id)
        .where(posts.c.state == PostState.PUBLISHED, posts.c.published >= since)
        .order_by(posts.c.published.desc(), posts.c.id.desc())
        .limit(limit)
    )
    if category_ids is None:
        return [row.id for row in connection.execute(query)]
    found: dict[str, datetime] = {}
    for some in among(connection, post_categories.c.category_id, category_ids):
        filed = sa.exists().where(post_categories.c.post_id == posts.c.id, some)
        found |= {row.id: row.published for row in connection.execute(query.where(filed))}
    # Stable: of the same instant they stay as the database sorts them.
    return sorted(found, key=found.__getitem__, reverse=True)[:limit]


def buried(connection: sa.Connection) -> list[Buried]:
    """The posts of which feeds say that they are gone, latest first."""
    query = sa.select(posts.c.id, posts.c.guid, posts.c.gone_at).where(posts.c.tombstone)
    rows = connection.execute(query.order_by(posts.c.gone_at.desc(), posts.c.id.desc())).all()
    if not rows:
        return []
    places = changes.placements(connection, posts.c.tombstone)
    return [Buried(post_id=row.id, guid=row.guid, gone_at=row.gone_at, place=places[row.id]) for row in rows]


def everybody(connection: sa.Connection) -> set[str]:
    """Everybody by whom posts are that feeds show."""
    found = changes.placements(connection, posts.c.state == PostState.PUBLISHED)
    return {place.author for place in found.values() if place.author}


def months_with_posts(connection: sa.Connection) -> list[tuple[int, int]]:
    """The years and months, in UTC, in which posts that feeds show were published, newest first."""
    year, month = (sa.extract(part, posts.c.published) for part in ("year", "month"))
    query = sa.select(year.label("year"), month.label("month")).where(posts.c.state == PostState.PUBLISHED).distinct()
    return sorted(((int(row.year), int(row.month)) for row in connection.execute(query)), reverse=True)


def ids_filed_under(connection: sa.Connection, category_ids: Iterable[CategoryId]) -> list[str]:
    """The ids of the posts that are filed under one of these categories."""
    found: set[str] = set()
    for category_id in category_ids:
        query = sa.select(post_categories.c.post_id).where(post_categories.c.category_id == category_id)
        found.update(connection.execute(query).scalars())
    return sorted(found)


def _shown_in(starts: datetime, ends: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (posts.c.published >= starts, posts.c.published < ends, posts.c.state == PostState.PUBLISHED)


def some(connection: sa.Connection, ids: Iterable[str]) -> list[Post]:
    """The posts of these ids, in whatever state, newest first."""
    found: list[Post] = []
    for those in among(connection, posts.c.id, ids):
        found.extend(_read(connection, _query().where(those)))
    return sorted(found, key=lambda post: (post.published, post.id), reverse=True)


def listing(connection: sa.Connection, *, limit: int) -> list[Post]:
    """The newest *limit* posts, in whatever state."""
    return list(_read(connection, _query().order_by(posts.c.published.desc(), posts.c.id.desc()).limit(limit)))


def blurbs(connection: sa.Connection, post_id: str) -> tuple[Blurb, ...]:
    rows = connection.execute(sa.select(posts.c.blurbs).where(posts.c.id == post_id)).scalar() or []
    return _blurbs(rows)


def with_blurbs(connection: sa.Connection, *, until: datetime) -> list[tuple[str, datetime, tuple[Blurb, ...]]]:
    """The published posts that carry blurbs, up to an instant, oldest first: id, publication, blurbs."""
    query = (
        sa.select(posts.c.id, posts.c.published, posts.c.blurbs)
        .where(posts.c.state == PostState.PUBLISHED, posts.c.published <= until)
        .order_by(posts.c.published, posts.c.id)
    )
    return [(row.id, row.published, _blurbs(row.blurbs)) for row in connection.execute(query) if row.blurbs]


def _blurbs(rows: list[dict[str, Any]]) -> tuple[Blurb, ...]:
    return tuple(Blurb(text=row["text"], links=tuple(row["links"])) for row in rows)


def evidence(connection: sa.Connection, post_id: str) -> str | None:
    """Why a post is gone; ``None`` while it is there."""
    return connection.execute(sa.select(posts.c.evidence).where(posts.c.id == post_id)).scalar()


def tally(connection: sa.Connection) -> dict[str, int]:
    """How many posts are in each state."""
    counted = connection.execute(sa.select(posts.c.state, sa.func.count()).group_by(posts.c.state))
    return {row[0]: row[1] for row in counted}


def _query() -> sa.Select[Any]:
    return sa.select(posts, authors.c.name.label("user_name")).join_from(
        posts, authors, posts.c.author_id == authors.c.id, isouter=True
    )


def _read(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Post]:
    rows = connection.execute(query).all()
    filed = _filings(connection, [row.id for row in rows])
    return (_post(row, filed.get(row.id, ())) for row in rows)


def _filings(connection: sa.Connection, ids: list[str]) -> dict[str, tuple[CategoryId, ...]]:
    found: dict[str, list[CategoryId]] = {}
    for some in among(connection, post_categories.c.post_id, ids):
        query = post_categories.select().where(some).order_by(post_categories.c.category_id)
        for row in connection.execute(query):
            found.setdefault(row.post_id, []).append(row.category_id)
    return {post_id: tuple(category_ids) for post_id, category_ids in found.items()}


def _post(row: sa.Row[Any], category_ids: tuple[CategoryId, ...]) -> Post:
    byline = Byline(name=row.byline_name, role=row.byline_role) if row.byline_name else None
    return Post(
        id=row.id,
        guid=row.guid,
        url=row.url,
        title=row.title,
        content=row.content,
        excerpt=row.excerpt,
        minutes=row.minutes,
        lead_image=Image(**row.lead_image) if row.lead_image else None,
        comments_url=row.comments_url,
        comments=row.comments,
        language=row.language,
        author=row.byline_name or row.user_name or row.author_name,
        byline=byline,
        first_published=row.first_published,
        category_ids=category_ids,
        advertises=bool(row.blurbs),
        published=row.published,
        updated=max(row.published, row.modified),
        revised=max(row.published, row.revised),
        seen=row.seen,
        state=as_known(PostState, row.state),
    )
