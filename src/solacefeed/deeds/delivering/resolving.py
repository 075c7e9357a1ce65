"""Resolving copies in doubt by the operator's word: that they arrived, or did not and go again, if they can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.delivering.sending_again import ERASED
from solacefeed.deeds.editions.decisions import CANCELLED, CHUNK, TOO_LATE, FindDigest, find_edition, why_not
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.ports import Clock
from solacefeed.store import copy_decisions, editions, held_editions
from solacefeed.store.copy_decisions import DecidableCopy
from solacefeed.store.database import Store
from solacefeed.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    #: Copies that were resolved, by edition.
    editions: Mapping[str, int]
    #: They arrived; else they are offered again.
    arrived: bool
    #: Those that did not arrive and are not offered again, by reason; their posts are free for the next edition.
    given_up: Mapping[str, int]
    #: It was written, rather than only looked at.
    done: bool

    def line(self) -> str:
        copies = " and ".join(f"{counted(count, 'copy', 'copies')} of {name}" for name, count in self.editions.items())
        words = []
        if copies and self.arrived:
            words.append(f"{copies} {'accepted' if self.done else 'would be accepted'}")
        elif copies:
            words.append(f"the next deliver offers {copies} again" if self.done else f"{copies} would be offered again")
        words += [f"{self._lost(count)}, {why}" for why, count in self.given_up.items()]
        if self.given_up:
            words.append("what they had is free for their readers' next edition")
        said = "; ".join(words) or "nothing to resolve"
        return f"deliveries: {said}{'' if self.done else '; nothing was written'}"

    def _lost(self, count: int) -> str:
        is_not = "would not be" if not self.done else "is not" if count == 1 else "are not"
        return f"{counted(count, 'copy', 'copies')} did not arrive and {is_not} offered again"


def resolve(
    store: Store,
    machines_clock: Clock,
    find_digest: FindDigest,
    *,
    arrived: bool,
    edition_id: str | None = None,
    ids: Collection[int] | None = None,
    acts: bool = True,
) -> Resolved:
    """Says of the uncertain copies of *ids*, or of an edition, whether they *arrived*; *acts* not, only says of which.

    What did not arrive is offered again under its Message-ID; where its reader is mailed no more, its edition was
    cancelled or it would come too late, it is cancelled, and its posts are free for the next edition.

    Raises ``UsageError`` for a copy that is not uncertain, and for an edition that there is not.
    """
    clock = SharedClock(store, machines_clock)
    with store.read() as connection:
        if edition_id is not None:
            find_edition(connection, edition_id)
        _refuse_others(connection, ids or (), edition_id)
    counts, given_up = Counter[str](), Counter[str]()
    numbers = sorted(set(ids)) if ids else None
    after: int | None = 0
    while after is not None:
        part = None if numbers is None else [each for each in numbers if each > after][:CHUNK]
        with store.write() if acts else store.read() as connection:
            asked = copy_decisions.page(
                connection,
                edition_id=edition_id,
                state=DeliveryState.UNCERTAIN,
                ids=part,
                after=after,
                limit=CHUNK,
                held=False,
            )
            found = _held(connection, asked) if acts else asked
            why_left = {} if arrived else _why_left(connection, found, find_digest, clock())
            going = [copy for copy in found if copy.id not in why_left]
            if acts:
                _write(connection, going, arrived=arrived, at=clock())
                _give_up(connection, why_left, at=clock())
                for name in {copy.edition_id for copy in found if why_left.get(copy.id) == CANCELLED}:
                    # Nobody may have it any more for whom its page stayed, and its posts are free.
                    editions.uncover(connection, name)
        counts.update(copy.edition_id for copy in going)
        given_up.update(why_left.values())
        last = part[-1] if part else asked[-1].id if asked else None
        after = last if len(asked if part is None else part) == CHUNK else None
    return Resolved(editions=counts, arrived=arrived, given_up=given_up, done=acts)


def _held(connection: sa.Connection, asked: Sequence[DecidableCopy]) -> list[DecidableCopy]:
    """Those that are uncertain yet, which nobody else moves until the transaction ends, nor their editions."""
    held_editions.hold(connection, {copy.edition_id for copy in asked})
    ids = [copy.id for copy in asked]
    return copy_decisions.page(connection, state=DeliveryState.UNCERTAIN, ids=ids, limit=len(ids), held=True)


def _refuse_others(connection: sa.Connection, ids: Collection[int], edition_id: str | None) -> None:
    found = copy_decisions.page(connection, ids=ids, limit=len(ids) or 1, held=False) if ids else []
    fitting = {
        copy.id for copy in found if copy.state is DeliveryState.UNCERTAIN and edition_id in (None, copy.edition_id)
    }
    if others := set(ids) - fitting:
        of_it = f" of {edition_id}" if edition_id else ""
        raise UsageError(f"{min(others)} is no uncertain copy{of_it}: `solacefeed deliveries list --state uncertain`")


def _why_left(
    connection: sa.Connection, found: Sequence[DecidableCopy], find_digest: FindDigest, now: datetime
) -> dict[int, str]:
    of_edition = {name: _why_none(connection, name, find_digest, now) for name in {each.edition_id for each in found}}
    reasons = {copy.id: _why(copy, of_edition[copy.edition_id], now) for copy in found}
    return {number: why for number, why in reasons.items() if why}


def _why_none(connection: sa.Connection, edition_id: str, find_digest: FindDigest, now: datetime) -> str | None:
    edition = find_edition(connection, edition_id)
    return CANCELLED if edition.state is EditionState.CANCELLED else why_not(edition, find_digest, now)


def _why(copy: DecidableCopy, of_edition: str | None, now: datetime) -> str | None:
    if copy.address is None:
        return ERASED
    if copy.unwanted is not None:
        return copy.unwanted
    if copy.until is not None and of_edition in (None, TOO_LATE):
        return TOO_LATE if copy.until <= now else None
    return of_edition


def _write(connection: sa.Connection, going: Sequence[DecidableCopy], *, arrived: bool, at: datetime) -> None:
    if not going:
        return
    copy_decisions.resolve(connection, [copy.id for copy in going], arrived=arrived, at=at)
    if not arrived:
        for name in {copy.edition_id for copy in going}:
            editions.move(connection, name, leaving={EditionState.DONE}, to=EditionState.DELIVERING)


def _give_up(connection: sa.Connection, why_left: Mapping[int, str], *, at: datetime) -> None:
    for why in sorted(set(why_left.values())):
        its = [number for number, each in why_left.items() if each == why]
        copy_decisions.give_up(connection, its, why=why, at=at)
