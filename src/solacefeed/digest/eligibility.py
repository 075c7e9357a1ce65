"""Which posts an edition may bring, whoever reads it, and for each other one why not.

The law: a post may be mailed once it has stood unchanged for a while, and that instant decides its period; it was no
old one when it was first seen, was seen not too long ago, is public, and neither its author nor an editor keeps it out.
What an edition brings and what is told of it are asked of one function.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from solacefeed.digest.lineage import Parents, filed_under
from solacefeed.digest.marks import kept_out
from solacefeed.models.digests import Digest
from solacefeed.models.posts import Category, CategoryId, Post, PostState

#: So many times the time for which it should stand unchanged a post waits at most.
LONGEST_WAIT = 4


class Obstacle(StrEnum):
    """Why an edition does not bring a post to anybody."""

    GONE = "gone"
    PROTECTED = "protected"
    UNSETTLED = "unsettled"
    BACK_DATED = "back-dated"
    TOO_OLD = "too old"
    MARKED = "marked"
    OTHER_CATEGORIES = "other categories"
    DROPPED = "dropped"


_NOT_PUBLIC = {PostState.GONE: Obstacle.GONE, PostState.PROTECTED: Obstacle.PROTECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a post is left out."""

    kind: Obstacle
    #: The instant that decided it, where one did: when it settles, was published, or could last be mailed.
    at: datetime | None = None
    #: The mark that keeps it out, in words.
    mark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A post that an edition may bring."""

    post: Post
    #: Since when it counts: what decides its period, and whether a reader had chosen it by then.
    settled_at: datetime
    #: The ids of all that can be chosen to get it.
    filed: frozenset[CategoryId]
    #: The slugs of its categories and of those above them.
    slugs: frozenset[str] = frozenset()


def settled_at(seen: datetime, revised_at: Iterable[datetime], settle: timedelta) -> datetime:
    """The first instant at which a post has stood unchanged for *settle*, or has waited four times that.

    *revised_at* are the instants at which changes of its title, text or address were noticed. One that is noticed
    afterwards moves nothing: what has passed never comes again.
    """
    latest = seen + LONGEST_WAIT * settle
    at = seen + settle
    for noticed in sorted(revised_at):
        if noticed >= at:
            break
        at = max(at, min(noticed + settle, latest))
    return at


def eligible(
    posts: Iterable[Post],
    revised: Mapping[str, Sequence[datetime]],
    digest: Digest,
    *,
    closes: datetime,
    categories: Iterable[Category],
    dropped: Collection[str] = frozenset(),
) -> tuple[Candidate, ...]:
    """Those of *posts* that an edition of *digest* which closes then may bring, newest first.

    *revised* tells when revisions of posts were noticed, by post. *dropped* are those that editors have dropped.
    """
    looked_at = candidates(posts, revised, digest, categories)
    return tuple(each for each in looked_at if why_not(each, digest, closes=closes, dropped=dropped) is None)


def candidates(
    posts: Iterable[Post],
    revised: Mapping[str, Sequence[datetime]],
    digest: Digest,
    categories: Iterable[Category],
) -> tuple[Candidate, ...]:
    """*posts* as *digest* looks at them, whether it may bring them or not, newest first."""
    listed = tuple(categories)
    parents = {category.id: category.parent_id for category in listed}
    slugs = {category.id: category.slug for category in listed}
    found = (_candidate(post, revised.get(post.id, ()), digest, parents, slugs) for post in posts)
    return tuple(sorted(found, key=lambda each: (each.post.published, each.post.id), reverse=True))


def _candidate(
    post: Post, revised_at: Iterable[datetime], digest: Digest, parents: Parents, slugs: Mapping[CategoryId, str]
) -> Candidate:
    filed = filed_under(post, parents, digest.followed)
    return Candidate(
        post=post,
        settled_at=settled_at(post.seen, revised_at, digest.settle),
        filed=filed,
        slugs=frozenset(slugs[each] for each in filed if each in slugs),
    )


def why_not(
    looked_at: Candidate, digest: Digest, *, closes: datetime, dropped: Collection[str] = frozenset()
) -> Reason | None:
    """Why an edition of *digest* that closes then brings a post to nobody; ``None`` where it may."""
    post = looked_at.post
    if post.state is not PostState.PUBLISHED:
        return Reason(kind=_NOT_PUBLIC[post.state])
    if post.id in dropped:
        return Reason(kind=Obstacle.DROPPED)
    if mark := kept_out(looked_at.slugs, post.tags, digest.marks):
        return Reason(kind=Obstacle.MARKED, mark=mark)
    if digest.categories is not None and looked_at.slugs.isdisjoint(digest.categories):
        return Reason(kind=Obstacle.OTHER_CATEGORIES)
    if post.published < post.seen - digest.max_age:
        return Reason(kind=Obstacle.BACK_DATED, at=post.published)
    if post.seen < closes - digest.mail_within:
        return Reason(kind=Obstacle.TOO_OLD, at=post.seen + digest.mail_within)
    if looked_at.settled_at >= closes:
        return Reason(kind=Obstacle.UNSETTLED, at=looked_at.settled_at)
    return None
