"""Which post it is: one met another way keeps its id.

A post is known by the blog's number, else by its guid, else by its address, else by its title and day. Of a guid or an
address only what identifies counts: not its scheme, not a slash at its end, nor upper case in its host.

New ids are the blog's number; where a source shows none, a digest of guid or address, which outlives them both.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from solacefeed.addresses import WEB_SCHEMES, parsed
from solacefeed.models.blog import SourcePost

NUMBER, GUID, ADDRESS = "number", "guid", "address"

#: What a post is known by: a kind, and its value.
Key = tuple[str, str]

#: How far a post's day may lie from its instant, in whatever zone either was read.
SAME_DAY = timedelta(hours=26)

_NUMBER_IN_ADDRESS = re.compile(r"[?&]p=(\d+)$")


class AnotherBlog(ValueError):
    """The blog's number for this post was another post's before: perhaps it is another blog."""


def numbered(post: SourcePost) -> str | None:
    """The blog's number for *post*, also where only its guid or its short link tells it."""
    if post.number is not None:
        return post.number
    found = (_NUMBER_IN_ADDRESS.search(address) for address in (post.guid or "", post.url))
    return next((match[1] for match in found if match), None)


def keys(post: SourcePost) -> Iterator[Key]:
    """Everything that *post* is known by, the surest first."""
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


def wanted_id(post: SourcePost) -> str:
    """The id that a new post has where it is free."""
    return numbered(post) or f"x{sha256((post.guid or post.url).encode()).hexdigest()[:16]}"


def free_id(post: SourcePost, taken: Collection[str]) -> str:
    """An id for a post that is not known, beside those that are *taken*."""
    wanted = wanted_id(post)
    return wanted if wanted not in taken else f"{wanted}-{sha256(post.url.encode()).hexdigest()[:8]}"


def corroborate(known: Mapping[str, Any], post: SourcePost, title: str) -> None:
    """Raises ``AnotherBlog`` where *post* shares but its number with the one that is *known*, a row of the store.

    Numbers begin at one on every blog, so that one alone does not make it the same post.
    """
    same = (
        post.guid is not None and _place(known["guid"]) == _place(post.guid),
        _place(known["url"]) == _place(post.url),
        known["title"] == title,
        known["published"] == post.published,
    )
    if not any(same):
        raise AnotherBlog(
            f'the blog\'s post {post.number} was "{known["title"]}" before, and has nothing in common with it now: '
            "does [source] url still name the same blog?"
        )


def _place(address: str) -> str:
    """What is left of an address when the blog moves to another host."""
    return canonical(address).partition("/")[2] or address
