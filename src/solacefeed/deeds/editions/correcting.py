"""What readers are told of posts that they were mailed and that are otherwise now, and what editors decide of it.

copies of the last editions --> what each told --> the posts that read otherwise --> what a reader has yet to hear
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.digest.corrections import (
    Remark,
    Said,
    change_of,
    due_to,
    may_be_told_since,
    remark_on,
    same_title,
    tells,
    told_since,
)
from solacefeed.errors import UsageError
from solacefeed.models.digests import Corrections, Digest
from solacefeed.models.editions import Correction, Period
from solacefeed.models.posts import Post, PostState
from solacefeed.ports import Clock
from solacefeed.store import correction_decisions, frozen_posts, ledger, posts
from solacefeed.store.database import Store
from solacefeed.store.ledger import CopyOf, VariantSaid
from solacefeed.text.characters import one_line

#: So many readers' answers are kept for the readers of the next range.
MOST_KEPT = 20_000

#: Of an editor's words of a post.
MOST_WORDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """The posts of the last editions that read otherwise now, and what was told of them."""

    #: By copy, what it told of them.
    said: Mapping[CopyOf, Said]
    #: As they are now.
    posts: Mapping[str, Post]
    remarks: tuple[Remark, ...]
    decisions: Mapping[str, bool]


def mailed(connection: sa.Connection, *, since: datetime, but_for: str | None = None) -> Mailed:
    """What there is to correct of the editions that were frozen since then."""
    told = ledger.said_by(connection, since=since, but_for=but_for)
    titles = frozen_posts.titles(connection, {each.edition_id for each in told.values()})
    remarks = tuple(correction_decisions.remarks(connection, since=since))
    ids = {post_id for each in told.values() for post_id in each.post_ids}
    now = {post.id: post for post in posts.some(connection, ids)}
    about = {each.post_id for each in remarks} | _read_otherwise(told.values(), titles, now)
    said = {copy: _said(each, titles.get(each.edition_id, {}), about) for copy, each in told.items()}
    return Mailed(
        said={copy: each for copy, each in said.items() if each.post_ids or each.corrections},
        posts={post_id: post for post_id, post in now.items() if post_id in about},
        remarks=remarks,
        decisions=correction_decisions.decisions(connection),
    )


def _read_otherwise(
    told: Iterable[VariantSaid], titles: Mapping[str, Mapping[str, str]], now: Mapping[str, Post]
) -> set[str]:
    """The posts of which some reader may have been told what holds no more."""
    called = {(post_id, title) for of_one in titles.values() for post_id, title in of_one.items()}
    for each in told:
        called |= {(told.post_id, told.new_title) for told in each.corrections if told.new_title is not None}
    hidden = {post_id for post_id, post in now.items() if post.state is not PostState.PUBLISHED}
    return hidden | {
        post_id for post_id, title in called if post_id in now and not same_title(title, now[post_id].title)
    }


def _said(told: VariantSaid, titles: Mapping[str, str], about: Collection[str]) -> Said:
    brought = [post_id for post_id in told.post_ids if post_id in about]
    return Said(
        edition_id=told.edition_id,
        at=told.at,
        post_ids=frozenset(brought),
        titles=tuple((post_id, titles[post_id]) for post_id in brought if post_id in titles),
        corrections=tuple(each for each in told.corrections if each.post_id in about),
    )


class Correcting:
    """What readers are told by an edition of *digest* that covers *period*; it is never a mail by itself."""

    def __init__(
        self,
        connection: sa.Connection,
        digest: Digest,
        period: Period,
        *,
        but_for: str | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        """*but_for* is the edition that is being made: what it says itself is not yet told.

        *only* are the keys of those that may be told; ``None`` for all.
        """
        never = digest.corrections is Corrections.NEVER
        self._mailed = None if never else mailed(connection, since=told_since(period), but_for=but_for)
        self._policy = digest.corrections
        self._only = only
        self._editions = {edition_id for edition_id, _, _ in self._mailed.said} if self._mailed else set[str]()
        self._due: dict[str, tuple[Correction, ...]] = {}
        self._shared: dict[tuple[Correction, ...], tuple[Correction, ...]] = {}

    def keys(self) -> tuple[str, ...]:
        """Those of the corrections of which readers are told, whoever has got what."""
        if self._mailed is None:
            return ()
        found = {each.key for copy in self._mailed.said.values() for each in _of_copy(copy, self._mailed)}
        return tuple(sorted(key for key in found if self._tells(key)))

    def due(self, connection: sa.Connection, first: int, last: int) -> Mapping[int, tuple[Correction, ...]]:
        """By subscribers from *first* to *last*; who has nothing to be told is not there. Equal answers are one."""
        if self._mailed is None or not self._editions:
            return {}
        if len(self._due) > MOST_KEPT:
            self._due.clear()
        found = ((who, self._told(names)) for who, names in ledger.copies(connection, self._editions, first, last))
        return {who: told for who, told in found if told}

    def _told(self, names: str) -> tuple[Correction, ...]:
        if names not in self._due:
            assert self._mailed is not None
            due = _due_by(self._mailed, names, self._tells)
            self._due[names] = self._shared.setdefault(due, due)
        return self._due[names]

    def _tells(self, key: str) -> bool:
        assert self._mailed is not None
        may_be = self._only is None or key in self._only
        return may_be and tells(key, self._policy, self._mailed.decisions)


def _due_by(found: Mailed, names: str, tells_of: Callable[[str], bool]) -> tuple[Correction, ...]:
    copies = ((found.said.get(copy), has_come) for copy, has_come in ledger.named(names))
    # Of a post that is on its way there is nothing to correct yet; what such a mail tells is told by it.
    said = (each if has_come else replace(each, post_ids=frozenset(), titles=()) for each, has_come in copies if each)
    in_order = sorted(said, key=lambda each: (each.at, each.edition_id))
    return due_to(in_order, found.posts, found.remarks, tells_of)


# -- what editors decide -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A correction that readers may be told."""

    correction: Correction
    #: The title of the post as it is now; empty of one that was withdrawn.
    title: str
    #: The editions that brought what is corrected.
    edition_ids: tuple[str, ...]
    #: What an editor has decided; ``None`` while nobody has.
    told: bool | None = None


def proposals(connection: sa.Connection, *, since: datetime) -> list[Proposal]:
    """What there is to tell of posts that editions frozen since then brought to somebody, decided or not; by post."""
    found = mailed(connection, since=since)
    brought: dict[Correction, list[CopyOf]] = {}
    for name, copy in found.said.items():
        for correction in _of_copy(copy, found):
            brought.setdefault(correction, []).append(name)
    come = {each: _that_brought_it(connection, copies) for each, copies in brought.items()}
    listed = (_proposal(each, edition_ids, found) for each, edition_ids in come.items() if edition_ids)
    return sorted(listed, key=lambda each: (each.correction.post_id, each.correction.key))


def _that_brought_it(connection: sa.Connection, copies: Iterable[CopyOf]) -> list[str]:
    """The editions of which some reader has one of these copies or may have it; nobody else is told of it."""
    by_edition: dict[str, list[CopyOf]] = {}
    for copy in copies:
        by_edition.setdefault(copy[0], []).append(copy)
    return [each for each in sorted(by_edition) if ledger.has_come(connection, each, by_edition[each])]


def waiting(connection: sa.Connection, digests: Collection[Digest], now: datetime) -> int:
    """How many corrections wait for an editor's word, where a digest asks for one."""
    if not any(digest.corrections is Corrections.ASK for digest in digests):
        return 0
    return sum(each.told is None for each in proposals(connection, since=may_be_told_since(now, digests)))


def _of_copy(copy: Said, found: Mailed) -> Iterable[Correction]:
    """What a reader of that copy alone may be told."""
    titles: list[tuple[str, str | None]] = [*dict.fromkeys(copy.post_ids).items(), *copy.titles]
    titles += [(each.post_id, each.new_title) for each in copy.corrections]
    changes = (change_of(found.posts[post_id], title) for post_id, title in titles if post_id in found.posts)
    yield from filter(None, changes)
    for remark in found.remarks:
        if remark.post_id in copy.post_ids and copy.at < remark.at and _is_public(found, remark.post_id):
            yield remark_on(found.posts[remark.post_id], remark)


def _is_public(found: Mailed, post_id: str) -> bool:
    return found.posts[post_id].state is PostState.PUBLISHED


def _proposal(correction: Correction, edition_ids: Iterable[str], found: Mailed) -> Proposal:
    return Proposal(
        correction=correction,
        title=found.posts[correction.post_id].title,
        edition_ids=tuple(edition_ids),
        told=found.decisions.get(correction.key),
    )


def decide(store: Store, clock: Clock, key: str, *, told: bool, since: datetime) -> Proposal:
    """Lets readers be told of the correction whose key begins so, or not.

    Raises ``UsageError`` where there is none such, or more than one.
    """
    with store.write() as connection:
        before = decide_within(connection, key, told=told, since=since, at=clock())
    return replace(before, told=told)


def decide_within(connection: sa.Connection, key: str, *, told: bool, since: datetime, at: datetime) -> Proposal:
    """The same, as part of a greater change; returns the correction as it was decided before."""
    found = [each for each in proposals(connection, since=since) if each.correction.key.startswith(key)]
    if len(found) != 1:
        several = f"{len(found)} corrections begin" if found else "there is no correction that begins"
        raise UsageError(f"{several} with {key}: `solacefeed corrections list`")
    correction_decisions.decide(connection, found[0].correction.key, told=told, at=at)
    return found[0]


def say(store: Store, clock: Clock, post_id: str, words: str, *, since: datetime) -> str:
    """Lets the readers who have got a post be told these words of it; returns the key by which they can be dropped.

    Raises ``UsageError`` for a post that no edition since then has brought to anybody, and for no words or too many.
    """
    with store.write() as connection:
        return say_within(connection, post_id, words, since=since, at=clock())


def say_within(connection: sa.Connection, post_id: str, words: str, *, since: datetime, at: datetime) -> str:
    """The same, as part of a greater change."""
    line = one_line(words)
    if not line or len(line) > MOST_WORDS:
        raise UsageError(f"--words: say it in 1 to {MOST_WORDS} characters")
    brought = [copy for copy, said in ledger.said_by(connection, since=since).items() if post_id in said.post_ids]
    if not brought:
        raise UsageError(f"no edition has brought post {post_id} lately: `solacefeed editions list`")
    if not _that_brought_it(connection, brought):
        raise UsageError(f"nobody has got post {post_id} yet: `solacefeed editions list`")
    if posts.some(connection, [post_id])[0].state is not PostState.PUBLISHED:
        raise UsageError(f"post {post_id} is not public: that it was withdrawn is told without words")
    return correction_decisions.remark(connection, Remark(post_id=post_id, words=line, at=at))
