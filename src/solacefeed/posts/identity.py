"""What a post is known by: the blog's number, its guid, its address; and how alike two are (``posts.recognition``).

Of a guid or an address only what identifies counts: not its scheme, not a slash at its end, nor upper case in its
host. What stands behind its ``#`` does count.

New ids are the blog's number; where a source shows none, a digest of guid or address, which outlives them both.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from solacefeed.addresses import WEB_SCHEMES, parsed
from solacefeed.models.blog import SourcePost
from solacefeed.text.characters import scrub

NUMBER, GUID, ADDRESS = "number", "guid", "address"
#: What several posts have had at once is kept as such: by itself it tells none of them any more.
SHARED = {GUID: "shared guid", ADDRESS: "shared address"}

#: What a post is known by: a kind, and its value.
Key = tuple[str, str]

#: Letters by which a post is called that is set aside.
MOST_OF_A_NAME = 600

#: How far a post's day may lie from its instant, in whatever zone either was read.
SAME_DAY = timedelta(hours=26)

_NUMBER_IN_ADDRESS = re.compile(r"[?&]p=([1-9][0-9]{0,17})(?:&|\Z)")


def numbered(post: SourcePost) -> str | None:
    """The blog's number for *post*, also where only its guid or its short link tells it."""
    if post.number is not None:
        return post.number
    return number_of(post.guid, post.url)


def number_of(guid: str | None, url: str) -> str | None:
    """WordPress's number, where an address of its own tells it: a blog that moved may have numbered anew."""
    told = ((address, _number_in(address)) for address in (guid or "", url))
    return next((number for address, number in told if number and _is_beside(address, url)), None)


def _number_in(address: str) -> str | None:
    found = _NUMBER_IN_ADDRESS.search(address)
    return found[1] if found else None


def _is_beside(address: str, url: str) -> bool:
    this, that = parsed(address), parsed(url)
    return this.host == that.host and that.path.startswith(this.path)


def called(name: str) -> str:
    """What a post is called while it is set aside, by its number, guid or address: short enough for any index."""
    return scrub(name)[:MOST_OF_A_NAME]


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
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.authority.lower()}{parts.path.rstrip('/')}{query}{fragment}"


def traces(key: Key) -> Iterator[Key]:
    """Other keys that the same post may be kept by: without its fragment, as older releases kept it, and its ``www.``.

    They tell a post only together with its title.
    """
    kind, value = key
    if kind == NUMBER:
        return
    bare = value.partition("#")[0]
    for spelt in (bare, value.removeprefix("www."), f"www.{value}", bare.removeprefix("www.")):
        if spelt not in ("", value):
            yield kind, spelt


def wanted_ids(post: SourcePost) -> tuple[str, str, str]:
    """The ids that a new post may have, the first that is free."""
    wanted = numbered(post) or f"x{_digest(post.guid or post.url, 16)}"
    whole = repr((post.guid, post.url, post.title, post.published.isoformat()))
    return wanted, f"{wanted}-{_digest(post.url, 8)}", f"{wanted}-{_digest(whole, 16)}"


def free_id(post: SourcePost, taken: Collection[str]) -> str:
    """An id for a post that is not known, beside those that are *taken*."""
    *wanted, last = wanted_ids(post)
    return next((post_id for post_id in wanted if post_id not in taken), last)


def likeness(known: Mapping[str, Any], post: SourcePost, title: str, *, number: str | None) -> frozenset[str]:
    """What *post* has in common with the one that is *known*, a row of the store.

    Where they share the blog's *number*, its host may be another one, and a guid that is made of the number says no
    more than the number.
    """
    seen = _bare if number is None else _place
    says_more = post.guid is not None and not (number and _is_made_of(post.guid, number))
    same = {
        GUID: says_more and seen(known["guid"]) == seen(post.guid or ""),
        ADDRESS: seen(known["url"]) == seen(post.url),
        "title": known["title"] == title,
        "published": _is_of_the_same_time(known["published"], post),
    }
    return frozenset(name for name, is_so in same.items() if is_so)


def has_own_guid(known: Mapping[str, Any]) -> bool:
    """Whether a source has given the post of this row a guid; else its address stands there."""
    return bool(known["guid"] != known["url"])


def _is_of_the_same_time(published: datetime, post: SourcePost) -> bool:
    return abs(published - post.published) <= (SAME_DAY if post.day_only else timedelta())


def _is_made_of(guid: str, number: str) -> bool:
    return _number_in(guid) == number


def _bare(address: str) -> str:
    return canonical(address).removeprefix("www.")


def _place(address: str) -> str:
    """What is left of an address when the blog moves to another host."""
    return canonical(address).partition("/")[2] or address


def _digest(text: str, length: int) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:length]
