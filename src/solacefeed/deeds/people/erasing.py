"""Forgetting a person, in three steps that each may be the last one before a kill: the next look goes on.

ask        at once: no mail goes to them any more, their links are void, and they are marked
erase      while nobody delivers: the files of rehearsed mails go, then in one transaction every row; a fingerprint
           stays, and copies of editions without a name
rewrite    SQLite alone, while no deed is under way: the file is written anew, so that no byte is left in it
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import sqlalchemy as sa

from solacefeed.deeds.people.fingerprints import FingerprintKey, all_of_one
from solacefeed.delivery import mailboxes, rehearsal
from solacefeed.errors import Busy, UsageError
from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.ports import Clock
from solacefeed.store import erasing, fingerprints, mailable, outbox, rewriting, subscribers
from solacefeed.store.database import Store
from solacefeed.store.locks import A_WHILE, DELIVER, only_one
from solacefeed.traces import Traces
from solacefeed.words import counted

ASKED = "they asked to be erased"
DECIDED = "you erase them"

#: A file of so many bytes is written anew in less than a page may wait.
SOON_WRITTEN = 4 * 1024 * 1024
#: The hour of the day, by the site's clock, in which a larger one is; and how long it waits for it at most.
QUIET_HOUR = 3
_LONGEST = timedelta(days=1)

#: The deeds beside which the file is not written anew; a page that writes meanwhile waits.
_DEEDS = ("poll", "publish", "prepare", "answer", "deliver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """What somebody is erased with."""

    key: FingerprintKey
    #: The folder of rehearsed mails, whether there are any or not.
    rehearsals: Path
    #: The folder of mails that people have to read, whether there are any or not; ``None`` for no such folder.
    unread: Path | None = None
    #: Seconds for which those are waited for who hand copies over beside one another.
    within: float = A_WHILE
    #: Draws the numbers of copies that outlive their reader.
    draw: Callable[[int], int] = secrets.randbelow


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What became of some who asked to be erased."""

    #: How many of them are gone now.
    people: int = 0
    #: Copies of editions that outlive them, and files of rehearsed mails that went.
    copies: int = 0
    files: int = 0
    #: Who keeps the rest from being done now; ``None`` where nothing is left.
    waits_for: str | None = None
    #: Whether the store's file is still to be written anew.
    owed: bool = False

    def has_news(self) -> bool:
        return self.people > 0

    def line(self) -> str:
        """``erase: 1 person is gone; 12 copies stay without a name``."""
        gone = f"{counted(self.people, 'person is', 'people are')} gone" if self.people else ""
        copies = f"{counted(self.copies, 'copy stays', 'copies stay')} without a name" if self.copies else ""
        files = f"{counted(self.files, 'rehearsed mail')} removed" if self.files else ""
        waits = f"the rest waits: {self.waits_for}" if self.waits_for else ""
        owed = "the store's file is written anew in the night" if self.owed else ""
        return f"erase: {'; '.join(filter(None, (gone, copies, files, waits, owed))) or 'nobody'}"


def ask(store: Store, clock: Clock, number: int, *, by: Actor = Actor.READER) -> bool:
    """Marks the subscriber of this number to be erased, at once; false where there is none.

    From now on no copy for them is begun, and none of their links works but those that unsubscribe.
    """
    at, why = clock(), ASKED if by is Actor.READER else DECIDED
    with store.write() as connection:
        mailable.hold(connection, alone=True)
        if not erasing.is_there(connection, number):
            return False
        for each in subscribers.of_one(connection, number):
            if each.state is not SubscriptionState.ENDED:
                subscribers.end(connection, number, each.digest, at=at, by=by, reason=why)
        outbox.take_all_back(connection, number, why=why, at=at)
        erasing.mark(connection, number, at=at, by=by)
    return True


def erase_waiting(store: Store, clock: Clock, settings: Erasing) -> Erased:
    """Erases everyone who is marked, each in a transaction of their own, unless copies are being handed over now.

    On PostgreSQL, where workers hand them over one after the other without a pause, they give way to this for a moment.
    """
    with store.read() as connection:
        waiting, amiss = erasing.waiting(connection), settings.key.amiss(connection)
    if not waiting:
        return Erased(owed=_is_owed(store))
    if amiss:
        # A fingerprint by another key would keep nobody away.
        return Erased(waits_for=f"{amiss}, the key of fingerprints", owed=_is_owed(store))
    try:
        with only_one(store, DELIVER, within=settings.within):
            done = _erase_all(store, clock, settings, waiting)
    except Busy as busy:
        return Erased(waits_for=str(busy), owed=_is_owed(store))
    copies, files = sum(each[0] for each in done), sum(each[1] for each in done)
    return Erased(people=len(done), copies=copies, files=files, owed=_is_owed(store))


def erase_address(store: Store, clock: Clock, settings: Erasing, email: str) -> Erased:
    """Erases all that is kept of an address which is no subscriber's, such as a sign-up or a letter.

    Raises ``Busy`` while copies are being handed over, ``UsageError`` where it has become a subscriber's, and
    ``ConfigError`` where the key of fingerprints is not the one that it was.
    """
    with store.read() as connection:
        settings.key.must_be_right(connection)
    with only_one(store, DELIVER, within=settings.within):
        who = erasing.KeptPerson(number=erasing.NOBODY, addresses=(email.strip(),))
        done = _take_out_all(store, clock, settings, [who])
    if not done:
        raise UsageError(f"{email} is a subscriber's meanwhile: give the command again to erase them")
    ((copies, files),) = done
    return Erased(people=1, copies=copies, files=files, owed=_is_owed(store))


def _is_owed(store: Store) -> bool:
    with store.read() as connection:
        return rewriting.owed_since(connection) is not None


def _erase_all(store: Store, clock: Clock, settings: Erasing, numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Of each how many copies stay, and how many files went; only for the holder of the deliver lock."""
    done = []
    for start in range(0, len(numbers), erasing.AT_ONCE):
        with store.read() as connection:
            some = [erasing.person(connection, each) for each in numbers[start : start + erasing.AT_ONCE]]
        done += _take_out_all(store, clock, settings, [who for who in some if who is not None])
    return done


def _take_out_all(
    store: Store, clock: Clock, settings: Erasing, people: Sequence[erasing.KeptPerson]
) -> list[tuple[int, int]]:
    """One look through the store for all, then each in a short transaction of their own; tells of who is gone."""
    with store.read() as connection:
        met = erasing.look_through(connection, people)
    done = (_take_out(store, clock, settings, *each) for each in zip(people, met, strict=True))
    return [each for each in done if each is not None]


def _take_out(
    store: Store, clock: Clock, settings: Erasing, who: erasing.KeptPerson, found: erasing.MetRows
) -> tuple[int, int] | None:
    """How many copies stay, and how many files went; ``None`` for who is not to be erased any more."""
    traces = Traces(who.addresses)
    with store.read() as connection:
        prints = _fingerprints(connection, who, settings.key)
    # Before the rows: after a kill the rows still say which files are theirs.
    files = rehearsal.forget(settings.rehearsals, who.addresses)
    if settings.unread:
        mailboxes.forget(settings.unread, traces)
    keys = {settings.key.address_key(each) for each in who.addresses}
    with store.write() as connection:
        at = clock()
        copies = erasing.take_out(connection, who, traces, found=found, address_keys=keys, draw=settings.draw)
        if copies is None:
            return None
        for each in prints:
            fingerprints.add(connection, each, at=at)
        settings.key.keep_check(connection)
        rewriting.owe(connection, at=at)
    return copies, files


def _fingerprints(connection: sa.Connection, who: erasing.KeptPerson, key: FingerprintKey) -> list[str]:
    """Of each address that was theirs alone, and of their numbers in membership databases."""
    found = all_of_one(connection, who.subscriber, key) if who.subscriber else set()
    return sorted(found.union(map(key.fingerprint, who.addresses)).difference(map(key.fingerprint, who.of_others)))


def rewrite_is_due(store: Store, now: datetime, zone: tzinfo, *, soon_written: int = SOON_WRITTEN) -> bool:
    """Whether the file is to be written anew now: a large one in the small hours, when pages can wait for it."""
    with store.read() as connection:
        since = rewriting.owed_since(connection)
    if since is None:
        return False
    quiet = now.astimezone(zone).hour == QUIET_HOUR
    return quiet or rewriting.size(store) <= soon_written or now - since > _LONGEST


def rewrite(store: Store) -> None:
    """Writes the file anew; raises ``Busy``, naming who does it, while a deed is under way."""
    with ExitStack() as stack:
        for deed in _DEEDS:
            stack.enter_context(only_one(store, deed))
        rewriting.rewrite(store)
