"""Which posts are gone from a blog: absence from a list proves nothing, the blog's own word for one does.

A post is gone when it is asked for by itself and the blog says so, while it still answers for another, the witness.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from solacefeed.errors import Refused
from solacefeed.sources.wordpress_api import Api

#: How many absent posts are asked for one by one in one poll; the others in the next.
MOST_ASKED: Final = 200

#: What the blog answers for a post that is not there (any more), and what that means.
_EVIDENCE: Final = {
    (404, "rest_post_invalid_id"): "deleted (404 rest_post_invalid_id)",
    (401, "rest_forbidden"): "withdrawn (401 rest_forbidden)",
}


def missing(known: Sequence[int], above: int, up_to: int | None, listed: Collection[str]) -> list[str]:
    """Those of the ascending *known* numbers above one, and up to another, that were not *listed*."""
    end = len(known) if up_to is None else bisect_right(known, up_to)
    return [str(number) for number in known[bisect_right(known, above) : end] if str(number) not in listed]


def witness(listed: Iterable[str], known: Collection[str], absent: Collection[str]) -> str | None:
    """A post that must be there: one of those just *listed*, where any of them is *known*."""
    told = next((post_id for post_id in listed if post_id in known), None)
    return told or max(set(known) - set(absent), key=int, default=None)


def gone(api: Api, absent: Sequence[str], witness: str | None) -> dict[str, str]:
    """Those of the *absent* ones that the blog says are gone, and its evidence in words."""
    if not absent or witness is None:
        return {}
    refusals = {post_id: _refusal(api, post_id) for post_id in absent}
    if _refusal(api, witness):
        return {}  # The blog refuses what it has just listed: its refusals mean nothing now.
    evidence = {post_id: _EVIDENCE.get((no.status, no.code or "")) for post_id, no in refusals.items() if no}
    return {post_id: words for post_id, words in evidence.items() if words}


def _refusal(api: Api, post_id: str) -> Refused | None:
    return api.refusal(f"posts/{post_id}", _fields="id")
