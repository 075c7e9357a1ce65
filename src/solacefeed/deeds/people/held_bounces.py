"""What the operator says of an edition of which too many copies came back: that the mailboxes are gone, or that not.

held --accept--> suppressed     so many are gone indeed
     --refuse--> noted          a server was in trouble: nobody is suppressed for it, nor stays so who was before
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.people.bounced import suppress_for
from solacefeed.errors import UsageError
from solacefeed.models.bounces import BounceOutcome
from solacefeed.models.people import Actor, SuppressionReason
from solacefeed.ports import Clock
from solacefeed.store import editions, held_bounces, suppressions
from solacefeed.store.database import Store
from solacefeed.store.held_bounces import HardBounce
from solacefeed.words import counted

#: Bounces in the first transaction.
CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncesDecided:
    edition_id: str
    #: The operator believes them.
    believed: bool
    #: Bounces that waited for their word.
    held: int
    #: Addresses that are suppressed now, or that are so no more.
    addresses: int

    def line(self) -> str:
        """``bounces: 120 of weekly/2026-11-23 believed, 118 addresses suppressed``."""
        said, became = ("believed", "suppressed") if self.believed else ("not believed", "mailed again")
        addresses = counted(self.addresses, "address", "addresses")
        return f"bounces: {self.held} of {self.edition_id} {said}, {addresses} {became}"


def accept(store: Store, clock: Clock, edition_id: str) -> BouncesDecided:
    """Suppresses the addresses of an edition's held bounces, and of what comes back of it from now on.

    Raises ``UsageError`` where there is no such edition.
    """
    _say(store, edition_id, believed=True)

    def suppress(connection: sa.Connection, each: HardBounce) -> bool:
        outcome = suppress_for(connection, each.canonical, SuppressionReason.HARD, each.words, at=clock())
        held_bounces.came_to(connection, each.id, outcome, counts=True)
        return outcome is BounceOutcome.SUPPRESSED

    held, addresses = _go_through(store, edition_id, BounceOutcome.HELD, suppress)
    return BouncesDecided(edition_id=edition_id, believed=True, held=held, addresses=addresses)


def refuse(store: Store, clock: Clock, edition_id: str) -> BouncesDecided:
    """Lets an edition's hard bounces count for nobody, and mails those again who were suppressed for one.

    Raises ``UsageError`` where there is no such edition.
    """
    _say(store, edition_id, believed=False)

    def leave(connection: sa.Connection, each: HardBounce) -> bool:
        held_bounces.came_to(connection, each.id, BounceOutcome.NOTED, counts=False)
        return False

    def let_back_in(connection: sa.Connection, each: HardBounce) -> bool:
        held_bounces.came_to(connection, each.id, BounceOutcome.NOTED, counts=False)
        found = suppressions.find(connection, each.canonical)
        # Who was let back in and suppressed anew since stays so: then this one was used up.
        if each.spent or found is None or found.reason is not SuppressionReason.HARD:
            return False
        return suppressions.remove(connection, each.canonical, at=clock(), by=Actor.OPERATOR)

    held, _ = _go_through(store, edition_id, BounceOutcome.HELD, leave)
    _, addresses = _go_through(store, edition_id, BounceOutcome.SUPPRESSED, let_back_in)
    return BouncesDecided(edition_id=edition_id, believed=False, held=held, addresses=addresses)


def _say(store: Store, edition_id: str, *, believed: bool) -> None:
    with store.write() as connection:
        if editions.find(connection, edition_id) is None:
            raise UsageError(f"there is no edition {edition_id}: `solacefeed editions list`")
        held_bounces.say(connection, edition_id, believed=believed)


def _go_through(
    store: Store, edition_id: str, outcome: BounceOutcome, act: Callable[[sa.Connection, HardBounce], bool]
) -> tuple[int, int]:
    """How many bounces there were of an edition that had come to *outcome*, and of how many *act* said so."""
    chunks, found, done = Chunks(CHUNK), 0, 0
    while True:
        with chunks.write(store) as connection:
            some = held_bounces.of_edition(connection, edition_id, outcome, limit=chunks.size)
            done += sum([act(connection, each) for each in some])
        if not some:
            return found, done
        found += len(some)
