"""What is told of posts after they were mailed: another title, a withdrawal, or what an editor has to say.

The law: a reader is told what a post is called now if the last that they were told is something else; that a post was
withdrawn, once; and an editor's words, once. Nobody hears of a post that they have not got, and a title that differs in
spaces, quotation marks or capitals alone is no other title.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from solacefeed.models.digests import CadenceKind, Corrections, Digest
from solacefeed.models.editions import Correction, Period
from solacefeed.models.posts import Post, PostState
from solacefeed.stable import stable_hash

#: How long after the edition in which they got it readers are told of a post.
WITHIN = timedelta(days=30)
#: From the first Monday of a month to that of the next there are five weeks at most.
LONGEST_MONTH = timedelta(weeks=5)

#: Quotation marks and dashes that fonts and editors exchange for one another.
_ALIKE = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u00b4`\u2032", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one copy that a reader has got told them of posts that are asked about."""

    edition_id: str
    #: When its edition was frozen.
    at: datetime
    #: Those that it brought.
    post_ids: frozenset[str]
    #: The titles of these, as it brought them; of an edition of an older release they are not known.
    titles: tuple[tuple[str, str], ...] = ()
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What an editor says of a post that was mailed."""

    post_id: str
    words: str
    #: Who gets the post from then on gets it as it is.
    at: datetime

    @property
    def key(self) -> str:
        """Of the correction that says so."""
        return stable_hash((self.post_id, self.words))


def told_since(period: Period) -> datetime:
    """The instant since which an edition must have been frozen for its posts to be corrected by the one of *period*.

    The edition before is always among them: else a monthly one would never correct another.
    """
    return min(period.ends - WITHIN, period.starts)


def may_be_told_since(now: datetime, digests: Iterable[Digest]) -> datetime:
    """Since when an edition must have been frozen for some edition of *digests* that comes to correct its posts."""
    monthly = any(cadence.kind is CadenceKind.MONTHLY for digest in digests for cadence in digest.cadences)
    return now - max(WITHIN, LONGEST_MONTH if monthly else WITHIN)


def tells(key: str, policy: Corrections, decisions: Mapping[str, bool]) -> bool:
    """Whether readers are told of a correction, by the digest's *policy* and what editors decided of it."""
    return policy is not Corrections.NEVER and decisions.get(key, policy is Corrections.ALWAYS)


def change_of(post: Post, title: str | None) -> Correction | None:
    """What there is to tell of *post* to whom was told that *title* last; ``None`` for nothing.

    Of one that was withdrawn no title is told: neither the one that is withdrawn, nor any other.
    """
    if post.state is not PostState.PUBLISHED:
        return _correction(post, old_title="", new_title=None)
    if title is None or same_title(title, post.title):
        return None
    return _correction(post, old_title=title, new_title=post.title)


def remark_on(post: Post, remark: Remark) -> Correction:
    """An editor's words as a correction."""
    return Correction(
        key=remark.key,
        post_id=post.id,
        old_title=post.title,
        new_title=post.title,
        url=post.url,
        words=remark.words,
    )


def due_to(
    said: Sequence[Said],
    posts: Mapping[str, Post],
    remarks: Iterable[Remark],
    tells: Callable[[str], bool],
) -> tuple[Correction, ...]:
    """What a reader is told by the next edition who was *said* this by the copies that they got, the oldest first.

    *posts* are those that are asked about, as they are now; *tells* answers by a correction's key.
    """
    last: dict[str, str | None] = {}
    got_at: dict[str, datetime] = {}
    told: set[str] = set()
    for copy in said:
        last |= dict.fromkeys(copy.post_ids) | dict(copy.titles)
        got_at |= dict.fromkeys(copy.post_ids, copy.at)
        told |= {correction.key for correction in copy.corrections}
        last |= {each.post_id: each.new_title for each in copy.corrections if each.new_title is not None}
    known = {post_id: posts[post_id] for post_id in sorted(got_at) if post_id in posts}
    changes = [change for post_id, post in known.items() if (change := change_of(post, last[post_id]))]
    withdrawn = {change.post_id for change in changes if change.new_title is None}
    remarked = [
        remark_on(known[remark.post_id], remark)
        for remark in remarks
        if remark.post_id in known and remark.post_id not in withdrawn and got_at[remark.post_id] < remark.at
    ]
    # A title that came back after it was told is news again; the other two are said once.
    once = [each for each in (*changes, *remarked) if not (each.key in told and _is_said_once(each))]
    return tuple(each for each in once if tells(each.key))


def same_title(one: str, other: str) -> bool:
    """Whether two titles differ in spaces, quotation marks, dashes or capitals at most."""
    return _bare(one) == _bare(other)


def _bare(title: str) -> str:
    plain = unicodedata.normalize("NFKC", title.translate(_ALIKE)).translate(_ALIKE)
    return re.sub(r"\s*-+\s*", "-", " ".join(plain.split())).casefold()


def _is_said_once(correction: Correction) -> bool:
    return correction.new_title is None or correction.words is not None


def _correction(post: Post, *, old_title: str, new_title: str | None) -> Correction:
    withdrawn = new_title is None
    return Correction(
        key=stable_hash((post.id, None if withdrawn else old_title, new_title)),
        post_id=post.id,
        old_title=old_title,
        new_title=new_title,
        url=None if withdrawn else post.url,
    )
