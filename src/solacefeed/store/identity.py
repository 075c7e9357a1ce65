"""Which post it is: one met another way keeps its id.

A post is known by the blog's number, else by its guid, else by its address, else by its title and day. Of a guid or an
address only what identifies counts: not its scheme, not a slash at its end, nor upper case in its host.

New ids are the blog's number; where a source shows none, a digest of guid or address, which outlives them both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import sqlalchemy as sa

from solacefeed.addresses import WEB_SCHEMES, parsed
from solacefeed.models.blog import SourcePost
from solacefeed.store.database import insert_missing
from solacefeed.store.schema import post_keys, posts

NUMBER, GUID, ADDRESS = "number", "guid", "address"

#: How far a post's day may lie from its instant, in whatever zone either was read.
_SAME_DAY = timedelta(hours=26)

_NUMBER_IN_ADDRESS = re.compile(r"[?&]p=(\d+)$")


class AnotherBlog(ValueError):
    """The blog's number for this post was another post's before: perhaps it is another blog."""


def numbered(post: SourcePost) -> str | None:
    """The blog's number for *post*, also where only its guid or its short link tells it."""
    if post.number is not None:
        return post.number
    found = (_NUMBER_IN_ADDRESS.search(address) for address in (post.guid or "", post.url))
    return next((match[1] for match in found if match), None)


def find(connection: sa.Connection, post: SourcePost, title: str) -> str | None:
    """The id under which *post* is known; *title* is as it was read. Raises ``AnotherBlog``."""
    for kind, value in _keys(post):
        query = sa.select(post_keys.c.post_id).where(post_keys.c.kind == kind, post_keys.c.value == value)
        post_id: str | None = connection.execute(query).scalar()
        if post_id is not None:
            if kind == NUMBER:
                _corroborate(connection, post_id, post, title)
            return post_id
    return _by_title_and_day(connection, post, title)


def new_id(connection: sa.Connection, post: SourcePost) -> str:
    """An id for a post that is not known, free in the store."""
    wanted = numbered(post) or f"x{sha256((post.guid or post.url).encode()).hexdigest()[:16]}"
    taken = connection.execute(sa.select(posts.c.id).where(posts.c.id == wanted)).scalar()
    return wanted if taken is None else f"{wanted}-{sha256(post.url.encode()).hexdigest()[:8]}"


def remember(connection: sa.Connection, post_id: str, post: SourcePost) -> None:
    """Knows the post *post_id* by everything that *post* says of it; what is another's already stays so."""
    rows = [{"kind": kind, "value": value, "post_id": post_id} for kind, value in _keys(post)]
    insert_missing(connection, post_keys, rows, key=("kind", "value"))


def by_number(connection: sa.Connection) -> dict[str, str]:
    """The id of each post that the blog has a number for, by that number."""
    query = sa.select(post_keys.c.value, post_keys.c.post_id).where(post_keys.c.kind == NUMBER)
    return {row.value: row.post_id for row in connection.execute(query)}


def _keys(post: SourcePost) -> Iterator[tuple[str, str]]:
    number = numbered(post)
    if number is not None:
        yield NUMBER, number
    if post.guid:
        yield GUID, canonical(post.guid)
    yield ADDRESS, canonical(post.url)


def canonical(address: str) -> str:
    """What identifies of a guid or an address; a guid that is no address counts as it is."""
    parts = parsed(address)
    if parts.scheme not in WEB_SCHEMES or not parts.authority:
        return address
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.authority.lower()}{parts.path.rstrip('/')}{query}"


def _corroborate(connection: sa.Connection, post_id: str, post: SourcePost, title: str) -> None:
    """Numbers begin at one on every blog, so that one alone does not make it the same post."""
    known = connection.execute(posts.select().where(posts.c.id == post_id)).one()
    same = (
        post.guid is not None and _place(known.guid) == _place(post.guid),
        _place(known.url) == _place(post.url),
        known.title == title,
        known.published == post.published,
    )
    if not any(same):
        raise AnotherBlog(
            f'the blog\'s post {post.number} was "{known.title}" before, and has nothing in common with it now: '
            "does [source] url still name the same blog?"
        )


def _place(address: str) -> str:
    """What is left of an address when the blog moves to another host."""
    return canonical(address).partition("/")[2] or address


def _by_title_and_day(connection: sa.Connection, post: SourcePost, title: str) -> str | None:
    """The one post with this title of that day; none where several could be meant, or where numbers tell them apart."""
    near = posts.c.published.between(post.published - _SAME_DAY, post.published + _SAME_DAY)
    query = sa.select(posts.c.id).where(posts.c.title == title, near)
    if numbered(post) is not None:
        # Asked of each post by itself: a list of all would be read anew for every post that comes.
        has_number = sa.exists().where(post_keys.c.kind == NUMBER, post_keys.c.post_id == posts.c.id)
        query = query.where(~has_number)
    found = connection.execute(query).scalars().all()
    return found[0] if len(found) == 1 else None
