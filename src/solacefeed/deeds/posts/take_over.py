"""Takes over what the source has: from the source to the store.

Each batch of the source is committed whole, with the source's own notes of how far it came, so a poll that dies is
begun again from its last commit and ends in the same state.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.addresses import is_web
from solacefeed.deeds.held_back import too_many_gone
from solacefeed.deeds.posts import bisection
from solacefeed.deeds.resting import rests
from solacefeed.errors import MAINTENANCE, Refused, SourceError, is_about_one
from solacefeed.models.blog import Grade, SourceCategory, SourcePost, Stamp
from solacefeed.models.posts import Reading
from solacefeed.ports import Batch, Clock, Known, Source
from solacefeed.posts.batches import Change
from solacefeed.posts.identity import called
from solacefeed.posts.looks import Look
from solacefeed.posts.merging import Told, told
from solacefeed.store import categories, details, identity, posts, quarantine, removals, sources
from solacefeed.store.database import Store
from solacefeed.text.characters import one_line
from solacefeed.words import near_instant_words

_log = logging.getLogger(__name__)

#: Posts of one batch of which not all go wrong by themselves.
MANY = 5

#: In the memory of a source: the next poll tells every post again that was set aside.
RETRY = "retry"

Read = Callable[[SourcePost], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    new: int
    changed: int
    gone: int
    #: Removals that the brake held back.
    held: int
    categories: int
    unreadable: int
    #: Why calendars could not be read, a line each.
    troubles: tuple[str, ...] = ()

    def falls_short(self) -> bool:
        return False

    def is_pressing(self) -> bool:
        return self.held > 0

    def has_news(self) -> bool:
        return self.new + self.changed + self.gone + self.categories > 0

    def line(self, deed: str = "poll") -> str:
        words = f"{deed}: {self.new} new, {self.changed} changed, {self.gone} gone"
        if self.categories:
            words += f"; {self.categories} categories new or changed"
        if self.unreadable:
            words += f"; {self.unreadable} set aside, see `solacefeed posts quarantine list`"
        if self.held:
            words += f"; {self.held} removals held back, see `solacefeed posts removals list`"
        return words


def take_over(
    store: Store,
    source: Source,
    clock: Clock,
    *,
    url: str,
    read: Read,
    on_batch: Callable[[int], None],
    at_once: bool = False,
) -> PollResult:
    """Takes over what changed at the source named *url*; *on_batch* is told how many posts each batch brought.

    A blog that asked for rest gets it, unless it was for a maintenance and somebody wants it asked *at_once*. Raises
    ``SourceError`` for an answer that can't be believed; batches before it are kept.
    """
    now = clock()
    _respect_rest(store, url, now, at_once=at_once)
    look = Look()
    taking = _Taking(store, url, read, now, on_batch, look)
    taking.all_of(source)
    if taking.waiting:
        # Which posts they are could not be told before all were seen; now it can.
        look.is_final = True
        taking.all_of(source)
    _end_rest(store, url, now)
    tally = taking.tally
    return PollResult(
        new=tally[Change.NEW],
        changed=tally[Change.CHANGED],
        gone=tally["gone"],
        held=tally["held"],
        categories=tally["categories"],
        unreadable=len(taking.unreadable),
    )


class _Taking:
    """One look at a source, which is taken over batch by batch."""

    def __init__(
        self, store: Store, url: str, read: Read, now: datetime, on_batch: Callable[[int], None], look: Look
    ) -> None:
        self._store = store
        self._url = url
        self._read = read
        self._now = now
        self._on_batch = on_batch
        self._look = look
        #: Whether this is the back-catalogue, also where it is told once more.
        self._is_first = False
        self.tally: Counter[str] = Counter()
        #: What posts are called that are set aside, and the numbers of those that wait for the end of the look.
        self.unreadable: set[str] = set()
        self.waiting: set[str] = set()

    def all_of(self, source: Source) -> None:
        """Takes over what *source* tells, and sets aside what it did not tell again that was waiting."""
        known = _known(self._store, self._url, self.waiting, self._now)
        self._is_first |= not known.complete
        waited, self.waiting = self.waiting, set()
        batches = _obeying(source.changes(known, self._now), self._store, self._url, self._now)
        for batch in _news(self._learning(batches), self._store, self._url, known, self._on_batch):
            waited -= {post.number or "" for post in batch.posts}
            self._one(batch, known)
        if waited:
            self._set_aside(waited)

    def _learning(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Passes *batches* on; what they say of all posts together belongs to the look, and is no news."""
        for batch in batches:
            if batch.listed is not None:
                self._look.listed = batch.listed
            self._look.unchanged |= batch.unchanged
            self._look.is_final |= batch.last_word
            yield replace(batch, listed=None, unchanged=frozenset(), last_word=False)

    def _one(self, batch: Batch, known: Known) -> None:
        if self.waiting:
            # What seems to be gone may be one of those that wait, under another number.
            batch = replace(batch, gone={})
        # Read before the transaction begins: nobody waits for a parser.
        readable, unreadable = _read_all(batch, self._read, self._now, is_first=self._is_first)
        # Categories that the back-catalogue brings have been there.
        came = None if batch.back_catalogue or self._is_first else self._now
        with self._store.write() as connection:
            tally, waiting = _take(
                connection, batch, readable, unreadable, known, self._url, self._now, self._look, came
            )
        self.tally.update(tally)
        self.waiting |= waiting
        self.unreadable |= unreadable.keys()
        _log.info("a batch is kept: %d posts read, %d gone", len(readable), len(batch.gone))
        self._on_batch(len(batch.posts))

    def _set_aside(self, numbers: Collection[str]) -> None:
        with self._store.write() as connection:
            quarantine.set_aside(connection, dict.fromkeys(numbers, _IN_DOUBT), at=self._now)
        self.unreadable.update(numbers)


_IN_DOUBT = "it has the number, guid or address of another post; which of them it is, only a look at all posts tells"


def _respect_rest(store: Store, url: str, now: datetime, *, at_once: bool) -> None:
    with store.read() as connection:
        notes = sources.notes(connection, url)
    until, status = notes.not_before, notes.rests_for
    if until is not None and rests(until, status, now, at_once=at_once):
        line = f"{url}: the blog asked not to be asked before {near_instant_words(until, now)}; it is not"
        hint = "; if its maintenance is over: `solacefeed poll --now`" if status == MAINTENANCE else ""
        raise SourceError(line + hint)


def _end_rest(store: Store, url: str, now: datetime) -> None:
    """A blog that answered whole, asked all the same, rests no more."""
    with store.read() as connection:
        until = sources.notes(connection, url).not_before
    if until is not None and until > now:
        with store.write() as connection:
            sources.end_rest(connection, url)


def _obeying(batches: Iterator[Batch], store: Store, url: str, now: datetime) -> Iterator[Batch]:
    """Passes *batches* on, and keeps in mind when the blog wants to be asked again (``Retry-After``)."""
    try:
        yield from batches
    except Refused as refused:
        if refused.retry_after:
            with store.write() as connection:
                sources.rest_until(connection, url, now + refused.retry_after, status=refused.status)
        raise


def _known(store: Store, url: str, waiting: Collection[str], now: datetime) -> Known:
    with store.read() as connection:
        notes = sources.notes(connection, url)
        return Known(
            memory=notes.memory,
            posts=posts.stamps(connection) | quarantine.stamps(connection, now),
            categories=categories.as_the_blog_lists_them(connection),
            authors=categories.authors_by_id(connection),
            complete=notes.complete,
            in_doubt=identity.in_doubt(connection) | set(waiting),
            again=quarantine.due(connection, now, every=RETRY in notes.memory),
        )


def _news(
    batches: Iterator[Batch], store: Store, url: str, known: Known, on_batch: Callable[[int], None]
) -> Iterator[Batch]:
    """Those of *batches* that say what the store does not hold yet: a look that finds nothing writes nothing.

    How far a source came on its way is written with the next news, or when it does not come to its end.
    """
    step: Batch | None = None
    try:
        for batch in batches:
            if _is_known(store, batch, known, url):
                step = step if batch.memory is None else None
                on_batch(0)
            elif _is_step(batch):
                step = batch
                on_batch(0)
            else:
                # In one transaction, unless the batch says itself how far its source came.
                late = step is not None and batch.memory is None
                yield replace(batch, memory=step.memory) if step and late else batch
                step = None
    except Exception:
        if step is not None:
            yield step
        raise
    if step is not None:
        yield step


def _is_step(batch: Batch) -> bool:
    """Whether it says nothing but how far its source came."""
    return batch == Batch(memory=batch.memory, grade=batch.grade) and batch.memory is not None


def _is_known(store: Store, batch: Batch, known: Known, url: str) -> bool:
    """Whether the store holds already all that *batch* says, so that there is nothing to write."""
    if batch.posts or batch.gone or batch.unreadable or batch.details or batch.read_again:
        return False
    if batch.complete and known.again:
        return False
    with store.read() as connection:
        notes = sources.notes(connection, url)
        return (
            batch.memory in (None, notes.memory)
            and (batch.memory is None or notes.complete >= (known.complete or batch.complete))
            and (batch.site is None or sources.is_described(notes, batch.site, grade=batch.grade))
            and (batch.categories is None or _are_known(connection, batch, batch.categories))
            and (batch.authors is None or categories.are_learnt(connection, batch.authors))
        )


def _are_known(connection: sa.Connection, batch: Batch, listed: Sequence[SourceCategory]) -> bool:
    return categories.are_known(connection, listed, grade=batch.grade) and (
        batch.grade < Grade.API
        or quarantine.are_settled(connection, quarantine.Kind.CATEGORY, batch.unreadable_categories)
    )


def _read_all(batch: Batch, read: Read, now: datetime, *, is_first: bool) -> tuple[list[Told], dict[str, str]]:
    """What the posts of *batch* say, and why some could not be read: whatever one holds, it costs no other.

    Raises what went wrong with each of many: that is no post's own fault.
    """
    wrong: list[Exception] = []
    readable: list[Told] = []
    unreadable = dict(batch.unreadable)
    for post in batch.posts:
        # A first crawl, also by another kind of source, brings the back-catalogue, which counts as seen long ago.
        seen = post.published if batch.back_catalogue or is_first else now
        if not is_web(post.url):
            unreadable.setdefault(_key(post), f"its address is none of the web: {one_line(post.url)[:200]!r}")
            continue
        try:
            readable.append(told(post, read(post), seen=seen, grade=batch.grade, now=now))
        except Exception as error:
            if not is_about_one(error):
                raise
            wrong.append(error)
            _log.info("post %s could not be read", _key(post), exc_info=True)
            unreadable.setdefault(_key(post), f"reading it failed: {error!r}")
    if len(wrong) >= MANY and not readable:
        raise wrong[0]
    return readable, unreadable


def _key(post: SourcePost) -> str:
    """What it is called while it is set aside."""
    return called(post.number or post.guid or post.url)


def _take(
    connection: sa.Connection,
    batch: Batch,
    readable: Sequence[Told],
    unreadable: dict[str, str],
    known: Known,
    url: str,
    now: datetime,
    look: Look,
    came: datetime | None,
) -> tuple[Counter[str], set[str]]:
    """Commits one batch and counts what it changed; returns also the numbers of posts that wait for the whole look.

    *came* is when categories did that nobody has met.
    """
    tally: Counter[str] = Counter()
    waiting: set[str] = set()
    if batch.memory is not None:
        sources.remember(connection, url, memory=batch.memory, complete=known.complete or batch.complete)
    if batch.site is not None:
        sources.describe(connection, url, batch.site, grade=batch.grade)
    if batch.categories is not None:
        changed, unfit = bisection.keep_categories(connection, batch.categories, batch.grade, seen=came)
        tally["categories"] += changed
        if batch.grade >= Grade.API:
            aside = {**batch.unreadable_categories, **unfit}
            quarantine.settle(connection, quarantine.Kind.CATEGORY, aside, at=now)
    if batch.authors is not None:
        categories.learn_authors(connection, batch.authors)
    if readable:
        kept = bisection.keep(connection, readable, at=now, look=look, came=came)
        tally.update(kept.changes)
        unreadable |= {_key(post): reason for post, reason in kept.left_out}
        waiting = {_key(post) for post in kept.waiting}
    if batch.details:
        tally[Change.CHANGED] += details.learn(connection, batch.details)
    good_again = {_key(each.post) for each in readable} | {*batch.read_again}
    quarantine.take_back(connection, good_again - unreadable.keys())
    quarantine.set_aside(connection, unreadable, at=now, marks=_marks(batch))
    if batch.complete:
        # Also what the source did not find: else it would look for it at each poll.
        quarantine.tried(connection, known.again, at=now)
    # What is gone is tried no more.
    quarantine.take_back(connection, batch.gone.keys())
    tally.update(_remove(connection, batch, known, now))
    return tally, waiting


def _marks(batch: Batch) -> dict[str, Stamp]:
    """What the blog shows of the posts that it has whole, by what they are called while they are set aside."""
    whole = batch.posts if batch.grade >= Grade.API else ()
    return {_key(post): stamp for post in whole if (stamp := post.stamp) is not None}


def _remove(connection: sa.Connection, batch: Batch, known: Known, now: datetime) -> Counter[str]:
    """Buries what the blog has removed; too much at once is held back for the operator."""
    shown = {post.number for post in batch.posts if post.number is not None}
    own = identity.by_number(connection, shown | batch.gone.keys())
    removals.settle(connection, {own[number] for number in shown if number in own})
    stay = removals.refused(connection) if batch.gone else set()
    gone = {own[number]: words for number, words in batch.gone.items() if number in own and own[number] not in stay}
    if too_many_gone(len(gone), len(known.posts)):
        removals.hold_back(connection, gone, at=now)
        return Counter(held=len(gone))
    posts.bury(connection, gone, at=now)
    removals.settle(connection, set(gone))
    return Counter(gone=len(gone))
