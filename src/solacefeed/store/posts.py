"""Posts: kept for ever, under the id of their first sight.

(unknown) --> published <--> protected
                  |              |
                  +---> gone <---+      on evidence

A post that comes back is published again, and counts as seen when it first was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.blog import CategoryNumber, Grade, Stamp
from solacefeed.models.posts import (
    Blurb,
    Byline,
    CategoryId,
    Enclosure,
    Image,
    Placement,
    Post,
    PostState,
    Reading,
    Telling,
)
from solacefeed.posts.authors import author_of
from solacefeed.posts.identity import NUMBER
from solacefeed.posts.merging import text_of, unpacked
from solacefeed.store import categories, changes, tags
from solacefeed.store.database import among, update_all
from solacefeed.store.known_names import as_known, only_known
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import authors, post_categories, post_keys, posts
from solacefeed.text.enclosures import each_once

#: A paragraph that ends so many posts is no part of any.
RECURRING = 3
#: So many posts at the least begin with a blog's own box, where half of all do.
RECURRING_FIRST = 5
#: What is noted of a text for rules to come, and nobody reads.
_UNREAD = frozenset({"ending", "beginning"})

# Asked several times by each deed: built once.
_WITH_AUTHORS = sa.select(posts, authors.c.name.label("user_name")).join_from(
    posts, authors, posts.c.author_id == authors.c.id, isouter=True
)
_FILINGS = post_categories.select().order_by(post_categories.c.category_id)


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


def bury(connection: sa.Connection, evidence: Mapping[str, str], *, at: datetime) -> None:
    """Marks posts as gone, with the evidence for each; feeds say so until ``forget_tombstones``."""
    changes.about_to_change(connection, evidence)
    gone = {"state": PostState.GONE.value, "gone_at": at, "tombstone": True}
    update_all(
        connection, posts, [{"id": post_id, "evidence": evidence[post_id]} | gone for post_id in sorted(evidence)]
    )


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


def reread(connection: sa.Connection, readings: Mapping[str, Reading]) -> int:
    """Writes posts' texts as better rules read them; returns how many they read otherwise."""
    anew: dict[str, dict[str, Any]] = {}
    read_otherwise: list[str] = []
    for some in among(connection, posts.c.id, readings):
        for known in connection.execute(posts.select().where(some).order_by(posts.c.id)):
            text = text_of(readings[known.id])
            otherwise = {name for name, value in text.items() if getattr(known, name) != value}
            if otherwise:
                anew[known.id] = {"id": known.id} | text
            if otherwise - _UNREAD:
                read_otherwise.append(known.id)
    changes.about_to_change(connection, read_otherwise)
    update_all(connection, posts, list(anew.values()))
    return len(read_otherwise)


def raw(connection: sa.Connection, *, after: str, limit: int) -> list[Raw]:
    """The next *limit* posts by id, as their source gave them."""
    query = sa.select(posts.c.id, posts.c.url, posts.c.raw).where(posts.c.id > after).order_by(posts.c.id).limit(limit)
    return [_raw(row) for row in connection.execute(query)]


def raw_of(connection: sa.Connection, post_ids: Iterable[str]) -> list[Raw]:
    """These posts by id, as their source gave them."""
    query = sa.select(posts.c.id, posts.c.url, posts.c.raw).order_by(posts.c.id)
    found = (query.where(those) for those in among(connection, posts.c.id, post_ids))
    return [_raw(row) for one in found for row in connection.execute(one)]


def recurring_endings(connection: sa.Connection) -> frozenset[str]:
    """The paragraphs that end at least ``RECURRING`` published posts."""
    query = (
        sa.select(posts.c.ending)
        .where(posts.c.ending.is_not(None), posts.c.state == PostState.PUBLISHED)
        .group_by(posts.c.ending)
        .having(sa.func.count() >= RECURRING)
    )
    return frozenset(connection.execute(query).scalars())


def recurring_beginnings(connection: sa.Connection) -> frozenset[str]:
    """The paragraphs that begin at least ``RECURRING_FIRST`` published posts, and half of all."""
    published = posts.c.state == PostState.PUBLISHED
    number = connection.execute(sa.select(sa.func.count()).where(published)).scalar_one()
    query = (
        sa.select(posts.c.beginning)
        .where(posts.c.beginning.is_not(None), published)
        .group_by(posts.c.beginning)
        .having(sa.func.count() >= max(RECURRING_FIRST, (number + 1) // 2))
    )
    return frozenset(connection.execute(query).scalars())


def ids_beginning(connection: sa.Connection, beginnings: Iterable[str]) -> list[str]:
    """The ids of the posts that begin with one of *beginnings* and still show it."""
    query = sa.select(posts.c.id).where(posts.c.beginning_taken.is_(False)).order_by(posts.c.id)
    found = (connection.execute(query.where(posts.c.beginning == words)) for words in sorted(beginnings))
    return [post_id for rows in found for post_id in rows.scalars()]


def ids_ending(connection: sa.Connection, endings: Iterable[str]) -> list[str]:
    """The ids of the posts that end with one of *endings* and still show it."""
    found: list[str] = []
    for words in sorted(endings):
        query = sa.select(posts.c.id, posts.c.blurbs).where(posts.c.ending == words).order_by(posts.c.id)
        rows = connection.execute(query)
        found += [row.id for row in rows if words not in {blurb["text"] for blurb in row.blurbs}]
    return found


def _raw(row: sa.Row[*tuple[Any, ...]]) -> Raw:
    return Raw(post_id=row.id, url=row.url, **unpacked(row.raw))


def stamps(connection: sa.Connection) -> dict[str, Stamp]:
    """The stamp of every post not gone that the blog has a number for, by that number and with its numbers."""
    numbering = categories.numbering(connection)
    filed: dict[str, list[CategoryNumber]] = {}
    for row in connection.execute(post_categories.select()):
        filed.setdefault(row.post_id, []).append(numbering.number_of(row.category_id))
    query = (
        sa.select(post_keys.c.value, posts.c.id, posts.c.modified, posts.c.url, posts.c.author_id, posts.c.grade)
        .join_from(post_keys, posts)
        .where(post_keys.c.kind == NUMBER, posts.c.state != PostState.GONE)
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
    query = _WITH_AUTHORS.where(*_shown_in(starts, ends)).order_by(posts.c.published.desc(), posts.c.id.desc())
    return list(_posts(connection, connection.execute(query).all()))


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
    found = _posts(connection, list(rows_among(connection, _WITH_AUTHORS, posts.c.id, ids)))
    return sorted(found, key=lambda post: (post.published, post.id), reverse=True)


def listing(connection: sa.Connection, *, limit: int) -> list[Post]:
    """The newest *limit* posts, in whatever state."""
    query = _WITH_AUTHORS.order_by(posts.c.published.desc(), posts.c.id.desc()).limit(limit)
    return list(_posts(connection, connection.execute(query).all()))


def blurbs(connection: sa.Connection, post_id: str) -> tuple[Blurb, ...]:
    rows = connection.execute(sa.select(posts.c.blurbs).where(posts.c.id == post_id)).scalar() or []
    return _blurbs(rows)


def telling(connection: sa.Connection, *, until: datetime) -> list[Telling]:
    """What the posts that were published up to an instant say of events, the oldest first."""
    query = (
        sa.select(posts.c.id, posts.c.title, posts.c.published, posts.c.language, posts.c.blurbs, posts.c.announcement)
        .where(posts.c.state == PostState.PUBLISHED, posts.c.published <= until)
        .order_by(posts.c.published, posts.c.id)
    )
    return [_telling(row) for row in connection.execute(query) if row.blurbs or row.announcement]


def _telling(row: sa.Row[Any, Any, Any, Any, Any, Any]) -> Telling:
    announcement = _blurbs([row.announcement])[0] if row.announcement else None
    return Telling(
        post_id=row.id,
        title=row.title if announcement else "",
        published=row.published,
        language=row.language if announcement else None,
        blurbs=_blurbs(row.blurbs),
        announcement=announcement,
    )


def _blurbs(rows: list[dict[str, Any]]) -> tuple[Blurb, ...]:
    return tuple(Blurb(text=row["text"], links=tuple(row["links"])) for row in rows)


def evidence(connection: sa.Connection, post_id: str) -> str | None:
    """Why a post is gone; ``None`` while it is there."""
    return connection.execute(sa.select(posts.c.evidence).where(posts.c.id == post_id)).scalar()


def tally(connection: sa.Connection) -> dict[str, int]:
    """How many posts are in each state."""
    counted = connection.execute(sa.select(posts.c.state, sa.func.count()).group_by(posts.c.state))
    return {row[0]: row[1] for row in counted}


def _posts(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> Iterator[Post]:
    """Of rows that have their authors."""
    ids = [row.id for row in rows]
    filed, tagged = _filings(connection, ids), tags.slugs_of(connection, ids)
    return (_post(row, filed.get(row.id, ()), tuple(sorted(tagged.get(row.id, ())))) for row in rows)


def _filings(connection: sa.Connection, ids: list[str]) -> dict[str, tuple[CategoryId, ...]]:
    found: dict[str, list[CategoryId]] = {}
    for row in rows_among(connection, _FILINGS, post_categories.c.post_id, ids):
        found.setdefault(row.post_id, []).append(row.category_id)
    return {post_id: tuple(category_ids) for post_id, category_ids in found.items()}


def _image(told: Mapping[str, Any] | None) -> Image | None:
    if not told:
        return None
    only_known(told, Image)
    return Image(**told)


def _enclosures(told: list[dict[str, Any]] | None) -> Iterator[Enclosure]:
    for each in told or ():
        only_known(each, Enclosure)
        yield Enclosure(**each)


def _post(row: sa.Row[Any], category_ids: tuple[CategoryId, ...], tags: tuple[str, ...]) -> Post:
    byline = Byline(name=row.byline_name, role=row.byline_role) if row.byline_name else None
    return Post(
        id=row.id,
        guid=row.guid,
        url=row.url,
        title=row.title,
        content=row.content,
        excerpt=row.excerpt,
        minutes=row.minutes,
        lead_image=_image(row.featured) or _image(row.lead_image),
        featured=_image(row.featured),
        enclosures=each_once(_enclosures(row.enclosures), _enclosures(row.text_enclosures)),
        comments_url=row.comments_url,
        comments=row.comments,
        language=row.language,
        author=author_of(row.byline_name, row.user_name, row.author_name),
        byline=byline,
        first_published=row.first_published,
        category_ids=category_ids,
        tags=tags,
        advertises=bool(row.blurbs),
        published=row.published,
        updated=max(row.published, row.modified),
        revised=max(row.published, row.revised),
        seen=row.seen,
        state=as_known(PostState, row.state),
    )
