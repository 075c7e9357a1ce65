"""adopt: says what a copied or restored store would send twice, and takes it as the one that sends from now on.

look at it   what waits in editions that have closed, and what of that the relay is known to have taken; who has left or
             was erased meanwhile
adopt        the same is written: who was erased is erased again, who has left is gone, known copies are accepted, and
             others in doubt; then the store is at home. A kill before that lets it be done again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.delivering import adopted
from solacefeed.deeds.people.erasing import ask
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.digest.periods import day_of_at_once
from solacefeed.models.editions import is_notice
from solacefeed.models.people import Actor
from solacefeed.ports import Clock
from solacefeed.store import brought_back, doubted_mail, fingerprints, home, outbox, records, subscribers
from solacefeed.store.adopted import Adoption, put
from solacefeed.store.database import Store
from solacefeed.store.home import HomeFiles
from solacefeed.store.home_log import LogKind
from solacefeed.store.locks import only_one
from solacefeed.words import counted, instant_words

#: Why somebody's subscription ends by it.
LEFT = "they had left before the store was restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionInDoubt:
    """An edition that has closed, of which copies wait in this store."""

    id: str
    waiting: int
    #: Of these, those that the relay is known to have taken.
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionLook:
    """What adopting a store comes to."""

    #: Why no mail leaves it; ``None`` where it is at home.
    why: str | None
    #: When it last looked for mail; ``None`` where it never did.
    since: datetime | None
    until: datetime
    editions: tuple[EditionInDoubt, ...]
    #: Editions of which the relay took copies since, and which this store does not have.
    unknown: tuple[str, ...]
    #: The same of those that this store has, and that had not begun to leave when it was copied.
    undecided: tuple[str, ...]
    #: Of mails at once of days that are over, which it does not have either, the copies that the relay took since.
    at_once: int
    #: Letters of the outbox that wait, and of these those that are known to be taken.
    letters: int
    letters_taken: int
    #: Subscriptions that had ended since, and people who were erased since.
    left: int
    erased: int
    #: Whether the log beside the store goes back beyond the copy.
    is_complete: bool
    #: What becomes of copies in doubt, as ``[mail] on_uncertain`` says: they go once more, or are held.
    repeat_uncertain: bool

    def lines(self) -> list[str]:
        """For people, one thing a line."""
        looked = f"it last looked for mail at {instant_words(self.since)}" if self.since else "it never looked for mail"
        known = "all that left here since is known" if self.is_complete else "what left since is not known in full"
        told = [self.why or "the store is at home here, and sends", f"{looked}; {known}"]
        told += [self._of(each) for each in self.editions]
        told += [_of_unknown(each) for each in self.unknown]
        told += [
            f"{each}: left since, and had not when this store was copied: {_AT_ITS_TURN}" for each in self.undecided
        ]
        told += (
            [f"{counted(self.at_once, 'copy', 'copies')} of mails at once of days before {_AGAIN}"]
            if self.at_once
            else []
        )
        if not self.is_complete:
            other = "other editions that closed since"
            told.append(f"{other} are prepared anew, and {self._doubt('their copies')}")
        if self.letters:
            rest = self.letters - self.letters_taken
            told.append(
                f"{counted(self.letters, 'letter')} of the outbox wait: {self._parts(self.letters_taken, rest)}"
            )
        told += (
            [f"{counted(self.left, 'subscription had', 'subscriptions had')} ended since: again"] if self.left else []
        )
        told += [f"{counted(self.erased, 'person was', 'people were')} erased since: again"] if self.erased else []
        return told

    def _of(self, edition: EditionInDoubt) -> str:
        rest = edition.waiting - edition.taken
        return f"{edition.id}: {counted(edition.waiting, 'copy waits', 'copies wait')}: " + self._parts(
            edition.taken, rest
        )

    def _parts(self, taken: int, rest: int) -> str:
        words = [f"{taken} taken by the relay, and not sent again"] if taken else []
        if rest and self.is_complete:
            words.append(f"{rest} not taken, and sent")
        elif rest:
            words.append(self._doubt(str(rest)))
        return "; ".join(words)

    def _doubt(self, which: str) -> str:
        if self.repeat_uncertain:
            return f"{which} may go twice, under the same Message-ID"
        return f"{which} may have gone: they are held as uncertain"


#: What becomes of an edition that somebody had decided of, and that waits for that in this store.
_AT_ITS_TURN = "it is prepared without an approval, which it had, and goes to nobody twice"
#: A mail at once is called by the day on which it is made, and what the log says of it by that.
_AGAIN = "left since: on another day it can't be told which they were, and their posts go again to who had them"


def _of_unknown(edition_id: str) -> str:
    """A closing comes again by the config; what somebody once wrote does not."""
    left = f"{edition_id}: left since, and is not in this store"
    if is_notice(edition_id):
        return f"{left}: a notice, which is not made again"
    return f"{left}: it is prepared anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What was done."""

    taken: int
    doubted: int
    left: int
    erased: int
    #: Editions that left since, and that are made again, each with what is known to be taken of it.
    again: int = 0

    def line(self) -> str:
        """``adopt: this store sends from now on; 12 copies known to be taken, 3 in doubt, ...``."""
        parts = (
            f"{counted(self.taken, 'mail')} known to be taken, {self.doubted} in doubt",
            f"{counted(self.left, 'subscription')} ended again" if self.left else "",
            f"{counted(self.erased, 'person is', 'people are')} erased again" if self.erased else "",
            f"the next prepare makes {counted(self.again, 'edition')} again that left since" if self.again else "",
        )
        return f"adopt: this store sends from now on; {'; '.join(filter(None, parts))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptSettings:
    """What a store is adopted with."""

    home: HomeFiles
    key: FingerprintKey
    repeat_uncertain: bool
    #: Of the site.
    zone: tzinfo = UTC
    #: Message-IDs that the relay's own log has, and addresses that the operator knows to be erased.
    mails: Collection[str] = ()
    erased: Collection[str] = ()


def look(store: Store, machines_clock: Clock, settings: AdoptSettings) -> AdoptionLook:
    """What it would come to; changes nothing. Raises ``ConfigError`` where the key of fingerprints is not right."""
    now = SharedClock(store, machines_clock)()
    log, why = settings.home.log, home.why_not_at_home(store, settings.home)
    with store.read() as connection:
        adoption = _adoption(connection, now, settings)
        mails = {*settings.mails, *log.told(LogKind.MAILS)}
        found = adopted.in_doubt(connection, adoption) if why else []
        told = tuple(_told(connection, each.id, log.taken(each.id), mails) for each in found)
        there = brought_back.have_begun(connection)
        left = adoption.left if why else ()
        at_once = {
            each for each in left if (day := day_of_at_once(each)) and day < now.astimezone(settings.zone).date()
        }
        return AdoptionLook(
            why=why,
            since=adoption.since,
            until=now,
            editions=tuple(each for each in told if each.waiting),
            unknown=tuple(each for each in left if each not in there and each not in at_once),
            undecided=tuple(each for each in left if each in there),
            at_once=sum(len(log.taken(each)) for each in at_once),
            letters=doubted_mail.count_waiting(connection) if why else 0,
            letters_taken=doubted_mail.count_letters(connection, _letters(settings), mails) if why else 0,
            left=len(_left(connection, adoption, settings)) if why else 0,
            erased=len(_to_erase(connection, adoption, settings)) if why else 0,
            is_complete=adoption.is_complete,
            repeat_uncertain=settings.repeat_uncertain,
        )


def adopt(store: Store, machines_clock: Clock, settings: AdoptSettings) -> Adopted:
    """Does it. Raises ``Busy`` while somebody delivers, and what ``look`` raises.

    People first: whatever ends it, nobody is mailed before the last step.
    """
    with only_one(store, "deliver"):
        clock = SharedClock(store, machines_clock)
        now, log = clock(), settings.home.log
        if not home.why_not_at_home(store, settings.home):
            return Adopted(taken=0, doubted=0, left=0, erased=0)
        with store.read() as connection:
            adoption = _adoption(connection, now, settings)
            to_erase, left = _to_erase(connection, adoption, settings), _left(connection, adoption, settings)
            known = outbox.newest(connection)
            coming = _made_again(connection, adoption)
        _keep_erased(store, adoption, settings, now)
        for number in to_erase:
            ask(store, clock, number, by=Actor.OPERATOR)
        for number, digest, by in left:
            with store.write() as connection:
                subscribers.end(connection, number, digest, at=now, by=by, reason=LEFT)
        log.add(LogKind.MAILS, settings.mails, at=now)
        mails = log.told(LogKind.MAILS)
        letters = [number for number in _letters(settings) if number <= known]
        taken = doubted_mail.letters_taken(store, letters, mails, at=now)
        doubted = 0
        if not adoption.is_complete:
            again = now if settings.repeat_uncertain else None
            doubted = doubted_mail.doubt_letters(store, offer_again_at=again, at=now)
        with store.write() as connection:
            put(connection, replace(adoption, until=now))
        seen = adopted.see_to(store, settings.home, machines_clock, repeat_uncertain=settings.repeat_uncertain)
        home.settle(store, settings.home, at=now)
        return Adopted(
            taken=taken + sum(each.taken for each in seen),
            doubted=doubted + sum(each.doubted for each in seen),
            left=len(left),
            erased=len(to_erase),
            again=coming,
        )


def _adoption(connection: sa.Connection, now: datetime, settings: AdoptSettings) -> Adoption:
    """What is known of the span; one that was begun and cut off has its own beginning still."""
    last = records.latest_good(connection, "deliver")
    since = last.ended_at if last else None
    # Of PostgreSQL other machines may have delivered, each with a log of its own.
    alone = connection.dialect.name == "sqlite"
    log, home_id = settings.home.log, home.id_of(connection) or ""
    has_begun = brought_back.have_begun(connection)
    left = tuple(each for each in log.editions(home_id, since=since) if not has_begun.get(each))
    return Adoption(since=since, until=now, is_complete=alone and log.knows(home_id, since=since), left=left)


def _made_again(connection: sa.Connection, adoption: Adoption) -> int:
    """How many editions that left since have their turn again by their closing, or by what this store has of them."""
    there = brought_back.have_begun(connection)
    by_closing = (each for each in adoption.left if not is_notice(each) and day_of_at_once(each) is None)
    return len(there.keys() & adoption.left | {*by_closing})


def _told(
    connection: sa.Connection, edition_id: str, readers: Collection[int], mails: Collection[str]
) -> EditionInDoubt:
    return EditionInDoubt(
        id=edition_id,
        waiting=doubted_mail.count_waiting(connection, edition_id),
        taken=doubted_mail.count_copies(connection, edition_id, readers, mails),
    )


def _letters(settings: AdoptSettings) -> list[int]:
    return sorted(int(each) for each in settings.home.log.told(LogKind.LETTERS) if each.isdecimal())


def _left(connection: sa.Connection, adoption: Adoption, settings: AdoptSettings) -> list[tuple[int, str, Actor]]:
    """Whose subscription of which digest had ended since, and goes on in this store; and by whose word it had."""
    said = settings.home.log.who_left(since=adoption.since)
    going_on = brought_back.going_on(connection, said)
    return [(number, digest, said[digest, number]) for number, digest in going_on]


def _to_erase(connection: sa.Connection, adoption: Adoption, settings: AdoptSettings) -> list[int]:
    """The numbers of people who were erased since, by any address that they had."""
    wanted = _erased(adoption, settings)
    if not wanted:
        return []
    settings.key.must_be_right(connection)
    found: set[int] = set()
    for people in brought_back.people(connection):
        by_print = settings.key.fingerprints(people)
        found.update(people[by_print[mark]] for mark in wanted & by_print.keys())
    return sorted(found)


def _erased(adoption: Adoption, settings: AdoptSettings) -> set[str]:
    """Fingerprints; of those who were erased before that, the store itself knows whether they have come back."""
    told = settings.home.log.told(LogKind.ERASED, since=adoption.since)
    return told | {settings.key.fingerprint(each) for each in settings.erased}


def _keep_erased(store: Store, adoption: Adoption, settings: AdoptSettings, now: datetime) -> None:
    """So that no list brings anybody back who was erased."""
    wanted = sorted(_erased(adoption, settings))
    for start in range(0, len(wanted), 1000):
        with store.write() as connection:
            for each in wanted[start : start + 1000]:
                fingerprints.add(connection, each, at=now)
            settings.key.keep_check(connection)
