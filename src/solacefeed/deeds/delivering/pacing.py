"""What one worker may take up of mail, as the limits of the config and the answers of the relay have it.

What is taken up counts in the commit that claims it, whatever becomes of it: a worker that is killed has used up what
it had claimed, and never gives the same right to another. Letters go before copies. As long as a letter waits for the
limit of all mail, no copy is taken up; and of an hour and a day a part is left to letters.

Where there is no limit nothing is asked and nothing is counted, until mail is deferred: then a scope is slowed down.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

import sqlalchemy as sa

from solacefeed.models.deliveries import Delivery
from solacefeed.models.letters import Letter
from solacefeed.pace import ALL, Pace, PaceStanding, slowed
from solacefeed.ports import Clock
from solacefeed.store import copy_lanes
from solacefeed.store import pace as pace_store
from solacefeed.store.database import Store

_log = logging.getLogger(__name__)

M = TypeVar("M")

#: While a limit is used up: how long it is waited for the next mails, so that several are taken up at once.
_BREATH = timedelta(milliseconds=200)

#: So long a round waits for a limit that is used up; where it takes longer, a later one goes on.
NEAR = timedelta(seconds=60)

#: Copies that are put into lanes at once.
_SORTED = 2000

#: Takes up as many copies of one lane.
ClaimCopies = Callable[[str, int], list[Delivery]]

#: Whether a copy of a lane is due.
IsDue = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDomains:
    """Which letters are of a scope: those to *domains*, or else to any but *others*."""

    domains: Collection[str] | None
    others: Collection[str]


#: Takes up as many letters of one scope.
ClaimLetters = Callable[[ToDomains, int], list[Letter]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Generic[M]):
    """What was taken up."""

    mails: list[M]
    #: When more of what is due may be; ``None`` where nothing is kept back by a limit.
    goes_on_at: datetime | None = None


class Pacing:
    """One round's."""

    def __init__(self, store: Store, clock: Clock, pace: Pace) -> None:
        self._clock = clock
        self._pace = pace
        self._scopes = pace.scopes
        self._lanes = pace.lanes
        with store.read_at_once() as connection:
            self._strained = pace_store.is_strained(connection)
        self._hearing = Lock()
        #: By scope, what became of mail since that was last written: whether it was deferred, or else accepted.
        self._heard: dict[str, list[bool]] = {}
        #: How many of these the transaction writes that is under way.
        self._writes: dict[str, int] = {}
        self._tried = 0
        self._began = clock()
        self._turn = 0
        #: Until when letters wait for the limit of all mail.
        self.letters_wait_until: datetime | None = None

    @property
    def lanes(self) -> Collection[str]:
        return self._lanes.values()

    def lane_of(self, email: str) -> str:
        return self._lanes[self._pace.scope_of(email)]

    # -- taking up --------------------------------------------------------------------------------

    def copies(
        self, connection: sa.Connection, claim: ClaimCopies, is_due: IsDue, at: datetime, *, most: int
    ) -> Taken[Delivery]:
        """Up to *most* of an edition, a lane after the other, and with another first each time."""
        if not self._is_active():
            return Taken(mails=claim(self._lanes[ALL], most))
        if self.letters_wait_until is not None:
            return Taken(mails=[], goes_on_at=self.letters_wait_until)
        self._turn += 1
        return self._take(
            connection,
            lambda scope, limit: claim(self._lanes[scope], limit),
            lambda scope: is_due(self._lanes[scope]),
            at,
            most=most,
            letters=False,
        )

    def letters(
        self, connection: sa.Connection, claim: ClaimLetters, is_due: Callable[[], bool], at: datetime, *, most: int
    ) -> Taken[Letter]:
        """Up to *most* of the outbox; what is kept of these keeps copies back."""
        self.letters_wait_until = None
        if not self._is_active():
            return Taken(mails=claim(ToDomains(domains=None, others=()), most))
        taken = self._take(
            connection,
            lambda scope, limit: claim(self._domains_of(scope), limit),
            lambda _scope: is_due(),
            at,
            most=most,
            letters=True,
        )
        if taken.goes_on_at is not None and is_due() and not self._has_room(connection, at):
            self.letters_wait_until = taken.goes_on_at
        return taken

    def _domains_of(self, scope: str) -> ToDomains:
        of_group = {each.name: each.domains for each in self._pace.groups}
        grouped = [domain for domains in of_group.values() for domain in domains]
        return ToDomains(domains=of_group.get(scope), others=grouped)

    def _take(
        self,
        connection: sa.Connection,
        claim: Callable[[str, int], list[M]],
        is_due: Callable[[str], bool],
        at: datetime,
        *,
        most: int,
        letters: bool,
    ) -> Taken[M]:
        ahead = pace_store.ahead(connection, at)
        at += ahead
        standing = self._held(connection, at)
        mails: list[M] = []
        used_up: list[str] = []
        for scope in self._in_turn():
            left = most - len(mails)
            limit = min((left, *self._rooms(standing, scope, at, letters=letters)))
            some = claim(scope, limit) if limit > 0 else []
            for each in {ALL, scope} if some else ():
                standing[each] = standing[each].after(self._scopes[each], len(some), at)
                pace_store.write(connection, each, standing[each])
                pace_store.count(connection, each, len(some), at=at)
            mails += some
            if len(some) == limit < left:
                used_up.append(scope)
        waiting = [scope for scope in used_up if is_due(scope)]
        opens = [self._opens_at(standing, scope, at, letters=letters) for scope in waiting]
        if not opens or len(mails) >= most:
            return Taken(mails=mails)
        return Taken(mails=mails, goes_on_at=max(min(opens), at + _BREATH) - ahead)

    def _in_turn(self) -> list[str]:
        scopes = list(self._scopes)
        first = self._turn % len(scopes)
        return scopes[first:] + scopes[:first]

    def _rooms(self, standing: dict[str, PaceStanding], scope: str, at: datetime, *, letters: bool) -> list[int]:
        rooms = (standing[each].room(self._scopes[each], at, letters=letters) for each in {ALL, scope})
        return [room for room in rooms if room is not None]

    def _opens_at(self, standing: dict[str, PaceStanding], scope: str, at: datetime, *, letters: bool) -> datetime:
        return max(standing[each].opens_at(self._scopes[each], at, letters=letters) for each in {ALL, scope})

    def _has_room(self, connection: sa.Connection, at: datetime) -> bool:
        at += pace_store.ahead(connection, at)
        room = pace_store.hold(connection, [ALL], at=at)[ALL].room(self._scopes[ALL], at, letters=True)
        return room is None or room > 0

    def _held(self, connection: sa.Connection, at: datetime) -> dict[str, PaceStanding]:
        """How all scopes stand, with what was heard of them since."""
        standing = pace_store.hold(connection, self._scopes, at=at)
        with self._hearing:
            heard = {scope: [*answers] for scope, answers in self._heard.items()}
        self._writes = {scope: len(answers) for scope, answers in heard.items()}
        for scope, answers in heard.items():
            before, limits = standing[scope], self._scopes[scope]
            standing[scope] = slowed(before, limits, answers, self._measured(at))
            if standing[scope] != before:
                _tell(scope, before, standing[scope])
                pace_store.write(connection, scope, standing[scope])
        self._strained = any(each.strain or each.slowed_to is not None for each in standing.values())
        return standing

    # -- what the relay answers -------------------------------------------------------------------

    def hear(self, email: str, *, deferred: bool) -> None:
        """A mail to that address was deferred by the relay, or else accepted; written with what is taken up next."""
        with self._hearing:
            self._tried += 1
            if deferred or self._strained or self._heard:
                self._heard.setdefault(self._pace.scope_of(email), []).append(deferred)

    def keep(self, store: Store) -> None:
        """Writes what was heard last."""
        if self._heard:
            with store.write() as connection:
                at = self._clock()
                self._held(connection, at + pace_store.ahead(connection, at))
            self.has_written()

    def has_written(self) -> None:
        """What was heard is on disk, as far as the last transaction had it; else the next one writes it."""
        with self._hearing:
            for scope, count in self._writes.items():
                if left := self._heard.pop(scope)[count:]:
                    self._heard[scope] = left
            self._writes = {}

    def _is_active(self) -> bool:
        return bool(self._pace) or self._strained or bool(self._heard)

    def _measured(self, at: datetime) -> float:
        """Mails a second, as they went in this round."""
        return self._tried / max(1.0, (at - self._began).total_seconds())


def _tell(scope: str, before: PaceStanding, now: PaceStanding) -> None:
    if now.slowed_to != before.slowed_to:
        rate = "as before" if now.slowed_to is None else f"at {now.slowed_to:.2g} a second"
        _log.info("mail%s goes %s, as the relay defers it", f" to {scope}" if scope else "", rate)


def sort_copies(store: Store, pacing: Pacing, edition_id: str, stop: Callable[[], bool]) -> None:
    """Puts an edition's copies into their lanes, where they wait in none of those that there are."""
    with store.read() as connection:
        astray = copy_lanes.astray(connection, edition_id, pacing.lanes)
    for lane in sorted(astray):
        moved = _SORTED
        while moved == _SORTED and not stop():
            with store.write() as connection:
                moved = copy_lanes.sort(connection, edition_id, lane, pacing.lane_of, limit=_SORTED)


def closed(connection: sa.Connection, pace: Pace, at: datetime, *, letters: bool) -> dict[str, datetime]:
    """The scopes of which nothing may be taken up for longer than a round waits, and until when: a look alone."""
    if not pace:
        return {}
    ahead = pace_store.ahead(connection, at)
    by_limits = at + ahead
    known = pace_store.read(connection, at=by_limits)
    found: dict[str, datetime] = {}
    for scope, limits in pace.scopes.items():
        opens = known.get(scope, PaceStanding()).opens_at(limits, by_limits, letters=letters)
        if opens - by_limits > NEAR:
            found[scope] = opens - ahead
    return found
