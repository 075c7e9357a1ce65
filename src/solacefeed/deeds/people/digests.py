"""The digests that the config has, beside those that the store has served: none is lost without a word.

A digest is known by its first name, its key. One that the config has no more, under none of its names, is lost until
the operator gives it up or ties it to its new name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.clock import SharedClock
from solacefeed.errors import UsageError
from solacefeed.models.digests import Digest
from solacefeed.ports import Clock
from solacefeed.store import delivery_ends, digest_ends, digests, editions
from solacefeed.store.database import Store
from solacefeed.store.digests import ServedDigest
from solacefeed.store.locks import A_WHILE, DELIVER, only_one
from solacefeed.words import counted, day_words, listing

GIVEN_UP = "the digest was given up"
RESUMED = "the digest was taken up again"

#: Copies, or subscriptions, that follow their digest in the first transaction.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredDigest:
    """A digest as the config has it, with all the names that it ever had, the first one first."""

    digest: Digest
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """What giving a digest up has ended."""

    name: str
    subscriptions: int
    #: Copies that waited.
    copies: int

    def has_news(self) -> bool:
        return self.subscriptions + self.copies > 0

    def line(self) -> str:
        return (
            f"digests: {self.name} is given up; {counted(self.subscriptions, 'subscription')} ended, "
            f"{counted(self.copies, 'waiting copy', 'waiting copies')} cancelled"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfEnded:
    """A digest that was given up, and has still what its end should have ended: the process was killed in between."""

    digest: ServedDigest
    subscriptions: int
    #: Copies that wait.
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsFinished:
    """What a look has ended that ends which were cut off had left."""

    ended: tuple[GivenUp, ...] = ()

    def has_news(self) -> bool:
        return bool(self.ended)

    def line(self) -> str:
        return "; ".join(each.line() for each in self.ended)


# -- deciding ---------------------------------------------------------------------------------------


def misfits(configured: Sequence[ConfiguredDigest], served: Mapping[str, ServedDigest]) -> list[str]:
    """Why no mail may go under this config, one line each: a digest that it lost, or has and was given up."""
    keys = {each.digest.key for each in configured}
    lost = [each for each in served.values() if each.ended_at is None and each.key not in keys]
    return [*(_lost(each, configured, served) for each in lost), *_resumed_unasked(configured, served)]


def _lost(lost: ServedDigest, configured: Sequence[ConfiguredDigest], served: Mapping[str, ServedDigest]) -> str:
    ending = f"`solacefeed digests end {lost.key}`"
    tied = next((each for each in configured if lost.key in each.names), None)
    if tied is not None and tied.digest.key in served:
        # Renamed by a release that took the new name for another digest.
        return f"this store has served {tied.digest.key} and {lost.key} as two digests: give one up, as by {ending}"
    if tied is not None and lost.key == tied.digest.name:
        return f"{lost.key} is called as it was first: take former_names out of its [[digests]]"
    if tied is not None:
        names = ", ".join(f'"{name}"' for name in dict.fromkeys((lost.key, *tied.names[:-1])))
        return f"{lost.key} is the first name of {tied.digest.name}: write former_names = [{names}] in its [[digests]]"
    if not configured:
        return (
            f"this store serves the digest {lost.name}, and the config has none: put it back, or give it up: {ending}"
        )
    now = listing((each.digest.name for each in configured), "en")
    return (
        f"this store serves the digest {lost.name}, and the config has {now}: write "
        f'former_names = ["{lost.key}"] in its [[digests]] if it is the same, or give {lost.name} up: {ending}'
    )


def _resumed_unasked(configured: Iterable[ConfiguredDigest], served: Mapping[str, ServedDigest]) -> Iterator[str]:
    for each in configured:
        known = served.get(each.digest.key)
        if known is not None and known.ended_at is not None:
            yield (
                f"the digest {each.digest.name} was given up on {day_words(known.ended_at)}: "
                f"`solacefeed digests resume {known.key}` takes it up again; another one needs another name"
            )


def called(name: str, served: Mapping[str, ServedDigest]) -> ServedDigest:
    """The digest that the store knows by this key, or by this name; raises ``UsageError`` where there is none."""
    found = served.get(name) or next((each for each in served.values() if each.name == name), None)
    if found is None:
        raise UsageError(f"this store has never served a digest {name}: `solacefeed digests list`")
    return found


# -- doing ------------------------------------------------------------------------------------------


def known_digests(store: Store) -> dict[str, ServedDigest]:
    """All that the store has ever served, by key."""
    with store.read_at_once() as connection:
        return digests.everything(connection)


def note_served(store: Store, configured: Iterable[ConfiguredDigest]) -> None:
    """Knows the config's digests from now on; writes nothing where they are known."""
    current = [each.digest for each in configured]
    known = known_digests(store)
    if any(not _is_known(each, known) for each in current):
        with store.write() as connection:
            digests.note(connection, current)


def _is_known(digest: Digest, known: Mapping[str, ServedDigest]) -> bool:
    there = known.get(digest.key)
    return there is not None and (there.name, there.title) == (digest.name, digest.title)


def give_up(store: Store, clock: Clock, served: ServedDigest) -> GivenUp:
    """Ends a digest for good: its subscriptions, its waiting copies, its open editions; its documents stay.

    Its copies and readers follow in short transactions; cut off among them, the next look ends the rest
    (``finish_ends``), or the same once more. Raises ``Busy`` while its mail is being prepared or delivered, and
    ``UsageError`` when it was given up already.
    """
    with only_one(store, "prepare"), only_one(store, DELIVER, within=A_WHILE):
        with store.write() as connection:
            new = digests.end(connection, served.key, at=clock())
            editions.close_all(connection, served.key, reason=GIVEN_UP)
        done = _end_the_rest(store, clock, served)
    if not (new or done.has_news()):
        raise UsageError(f"{served.name} was given up before")
    return done


def half_ended(connection: sa.Connection) -> tuple[HalfEnded, ...]:
    """The digests whose end was cut off."""
    found = (
        HalfEnded(
            digest=each,
            subscriptions=digest_ends.count_left(connection, each.key),
            copies=delivery_ends.count_of_given_up(connection, each.key),
        )
        for each in digests.everything(connection).values()
        if each.ended_at is not None
    )
    return tuple(each for each in found if each.subscriptions or each.copies)


def finish_ends(store: Store, clock: Clock) -> EndsFinished:
    """Ends what is left of digests whose end was cut off; writes nothing where none was.

    Who was brought back by a ``resume`` that was cut off goes with it: it is given up still, and done again brings back
    all. Raises ``Busy`` while a digest is given up or taken up, or an edition prepared.
    """
    with store.read() as connection:
        if not half_ended(connection):
            return EndsFinished()
    with only_one(store, "prepare"):
        # Whoever held it meanwhile may have finished it, or taken the digest up.
        with store.read() as connection:
            found = half_ended(connection)
        return EndsFinished(ended=tuple(_end_the_rest(store, clock, each.digest) for each in found))


def _end_the_rest(store: Store, clock: Clock, served: ServedDigest) -> GivenUp:
    copies = _end_copies(store, clock, served.key)
    ended = _all(store, partial(digest_ends.end_all, digest=served.key, at=clock(), reason=GIVEN_UP))
    return GivenUp(name=served.name, subscriptions=ended, copies=copies)


def resume(store: Store, clock: Clock, served: ServedDigest) -> int:
    """Takes a digest up again, with those who had it when it was given up; returns how many they are.

    Its readers come first, in short transactions: cut off among them, it is given up still, and done again it brings
    back all. Before them end the copies that giving it up did not come to, so that their posts stand in the next
    edition. Raises ``UsageError`` when it was never given up, and ``Busy`` while an edition is prepared.
    """
    with only_one(store, "prepare"):
        known = known_digests(store).get(served.key)
        if known is None or known.ended_at is None:
            raise UsageError(f"{served.name} was never given up")
        _end_copies(store, clock, served.key)
        revived = _all(store, partial(digest_ends.revive_all, digest=served.key, at=clock(), reason=RESUMED))
        with store.write() as connection:
            digests.resume(connection, served.key)
            editions.uncover_closed(connection, served.key, reason=GIVEN_UP)
    return revived


def _end_copies(store: Store, machines_clock: Clock, key: str) -> int:
    """Ends what waits of a digest, or what a dead worker has in hand of it; returns how many copies are cancelled."""
    count, chunks, clock = 0, Chunks(CHUNK), SharedClock(store, machines_clock)
    while True:
        with store.read() as connection:
            ids = delivery_ends.of_given_up(connection, key, limit=chunks.size)
        if not ids:
            return count
        with chunks.write(store, len(ids)) as connection:
            count += delivery_ends.give_up(connection, key, reason=GIVEN_UP, at=clock(), ids=ids)


def _all(store: Store, some: Callable[..., int]) -> int:
    """Does *some* until nothing is left of it, each in a transaction of its own; returns how many they were."""
    count, chunks = 0, Chunks(CHUNK)
    while True:
        with chunks.write(store) as connection:
            done = some(connection, limit=chunks.size)
        if not done:
            return count
        count += done
