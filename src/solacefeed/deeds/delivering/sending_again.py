"""Sending an edition again: to those who did not get it, or to one reader; each copy with a time of its own.

    found --> who is mailed now? --> not brought by another edition since? --> pending, until its time is over

A copy that nobody can have goes under its Message-ID; one that its reader has, or may have, goes under another, and is
written down as sent again. Either way it says what holds when it leaves, and counts once for its reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.editions.decisions import CHUNK, FindDigest, find_edition
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import LONGEST_SENDING, DeliveryState
from solacefeed.models.digests import Digest
from solacefeed.models.editions import PUBLIC, WAITING, Edition, EditionState
from solacefeed.ports import Clock
from solacefeed.store import aging, copy_decisions, editions, held_editions, ledger, senders, subscribers
from solacefeed.store.copy_decisions import DecidableCopy, Sending
from solacefeed.store.database import Store
from solacefeed.words import counted, instant_words

#: States of copies that can be sent again all at once, for nobody has one.
TO_ALL = (DeliveryState.REJECTED, DeliveryState.EXPIRED)

ERASED = "the reader was erased"
ON_ITS_WAY = "it is on its way"
_CAME = "it came before, or may have: ADDRESS sends one a second time"
_OVERTAKEN = "another edition has brought one of its posts since, or is about to"

#: The Message-ID of a copy, from what its edition's are made of and its reader.
NameCopy = Callable[[str, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAgain:
    edition_id: str
    #: Until when the copies may go.
    until: datetime
    #: Copies that go again.
    copies: int
    #: Those of them that their reader has already, or may have.
    seconds: int
    #: Those of them that go to another address than before, since their reader has moved.
    moved: int
    #: Copies that do not, by reason.
    left: Mapping[str, int]
    #: The edition stands paused.
    paused: bool
    #: It was written, rather than only looked at.
    done: bool

    def line(self) -> str:
        copies = f"{counted(self.copies, 'copy', 'copies')} of {self.edition_id}"
        again = f"the next deliver offers {copies} again" if self.done else f"{copies} would be offered again"
        words = f"{again}, until {instant_words(self.until)}" if self.copies else "nothing to send again"
        words += f"; {self.seconds} for a second time" if self.seconds else ""
        words += f"; {self.moved} to the address that the reader has now" if self.moved else ""
        words += "".join(f"; {count} not, {why}" for why, count in self.left.items())
        if self.paused and self.copies:
            words += f"; it is paused: `solacefeed editions resume {self.edition_id}`"
        return f"editions: {words}{'' if self.done else '; nothing was written'}"


def send_again(
    store: Store,
    machines_clock: Clock,
    find_digest: FindDigest,
    name_copy: NameCopy,
    edition_id: str,
    *,
    to: DeliveryState | str,
    until: datetime | None = None,
    acts: bool = True,
) -> SentAgain:
    """Lets an edition's copies in a state of ``TO_ALL`` go again, or that of one address; *acts* not, only says which.

    *until* is when their time is over, within ``LONGEST_SENDING``; the digest's ``max_late`` from now where it is not
    said. Done twice it changes nothing more. Raises ``UsageError`` for an edition that has not left or was cancelled, a
    time that is none, an address that has no copy of it, and while an edition is being made.
    """
    now = SharedClock(store, machines_clock)()
    with store.read() as connection:
        edition = _left_house(connection, edition_id)
        digest = find_digest(edition.digest)
        reader = None if isinstance(to, DeliveryState) else _reader(connection, edition_id, to)
    work = _Sending(edition, digest, name_copy, until=_until(digest, until, now), at=now)
    after: int | None = 0
    while after is not None:
        with store.write() if acts else store.read() as connection:
            state = to if isinstance(to, DeliveryState) else None
            if acts:
                held_editions.hold(connection, [edition_id])
            found = copy_decisions.page(
                connection, edition_id=edition_id, state=state, reader=reader, after=after, limit=CHUNK, held=acts
            )
            sendings = work.decide(connection, found, alone=reader is not None)
            if acts:
                work.send(connection, sendings)
        after = found[-1].id if len(found) == CHUNK else None
    return work.result(done=acts)


def _left_house(connection: sa.Connection, edition_id: str) -> Edition:
    edition = find_edition(connection, edition_id)
    if edition.state in WAITING:
        raise UsageError(f"{edition_id} has not begun to leave: there is nothing to send again")
    if edition.state not in PUBLIC:
        raise UsageError(f"{edition_id} was {edition.state}: it goes to nobody")
    if aging.is_cleared(connection, edition.period.ends, within=LONGEST_SENDING):
        raise UsageError(f"{edition_id} is too old to be sent again: whom its copies went to is not kept for so long")
    return edition


def _reader(connection: sa.Connection, edition_id: str, address: str) -> int:
    """The number of who has a copy."""
    subscriber = subscribers.find(connection, address)
    if subscriber is None:
        raise UsageError(f"{address} is not a subscriber: `solacefeed subscribers list` shows who is")
    if not copy_decisions.page(connection, edition_id=edition_id, reader=subscriber.id, limit=1, held=False):
        raise UsageError(
            f"{address} has no copy of {edition_id}: `solacefeed editions why {edition_id} {address}` says why"
        )
    return subscriber.id


def _until(digest: Digest, until: datetime | None, now: datetime) -> datetime:
    if until is None:
        return now + min(digest.max_late, LONGEST_SENDING)
    if not now < until <= now + LONGEST_SENDING:
        last = instant_words(now + LONGEST_SENDING)
        raise UsageError(f"--until {instant_words(until)}: take an instant after now, {last} at the latest")
    return until


class _Sending:
    """One edition as it is sent again, chunk by chunk."""

    def __init__(self, edition: Edition, digest: Digest, name_copy: NameCopy, *, until: datetime, at: datetime) -> None:
        self._edition = edition
        self._digest = digest
        self._name_copy = name_copy
        self._until = until
        self._at = at
        self._copies = self._seconds = self._moved = 0
        self._left = Counter[str]()

    def decide(self, connection: sa.Connection, found: Sequence[DecidableCopy], *, alone: bool) -> list[Sending]:
        """Those of *found* that go; the others are counted by why not."""
        if editions.is_one_being_made(connection):
            raise UsageError("an edition is being made: `solacefeed prepare` ends that, then try again")
        left = {copy.id: why for copy in found if (why := _why_left(copy, alone=alone))}
        fresh = [each.id for each in found if each.id not in left and not (each.may_have_come or each.got_before)]
        left |= dict.fromkeys(self._overtaken(connection, fresh), _OVERTAKEN)
        going = [each for each in found if each.id not in left]
        self._left.update(left.values())
        self._copies += len(going)
        self._seconds += sum(each.may_have_come for each in going)
        self._moved += sum(each.email not in ("", each.address) for each in going)
        return [self._sending(each) for each in going]

    def send(self, connection: sa.Connection, sendings: Sequence[Sending]) -> None:
        if sendings:
            copy_decisions.send_again(connection, sendings, until=self._until, at=self._at)
            edition_id, over = self._edition.id, {EditionState.DONE}
            if editions.move(connection, edition_id, leaving=over, to=EditionState.DELIVERING):
                senders.forget_of(connection, edition_id)

    def result(self, *, done: bool) -> SentAgain:
        return SentAgain(
            edition_id=self._edition.id,
            until=self._until,
            copies=self._copies,
            seconds=self._seconds,
            moved=self._moved,
            left=self._left,
            paused=self._edition.state is EditionState.PAUSED,
            done=done,
        )

    def _overtaken(self, connection: sa.Connection, ids: Collection[int]) -> set[int]:
        if not ids:
            return set()
        digests = ledger.digests_that_count(self._digest)
        return ledger.overtaken(connection, self._edition.id, ids, digests=digests, within=self._digest.mail_within)

    def _sending(self, copy: DecidableCopy) -> Sending:
        assert copy.address is not None
        name = f"{self._edition.mail_name}.again{copy.got_before + 1}"
        return Sending(
            id=copy.id,
            message_id=self._name_copy(name, copy.subscriber_id) if copy.may_have_come else copy.message_id,
            is_second=copy.may_have_come,
            email=copy.address,
            name=copy.name,
        )


def _why_left(copy: DecidableCopy, *, alone: bool) -> str | None:
    if copy.address is None:
        return ERASED
    if copy.unwanted is not None:
        return copy.unwanted
    if copy.waits or copy.state in (DeliveryState.CLAIMED, DeliveryState.HANDING):
        return ON_ITS_WAY
    return _CAME if not alone and (copy.may_have_come or copy.got_before) else None
