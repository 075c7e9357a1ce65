"""Keeping addresses from ever being mailed, by the operator's word: one, or a file of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from solacefeed.deeds.chunks import Chunks
from solacefeed.email_addresses import canonical, email_address
from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.ports import Clock
from solacefeed.store import suppressions
from solacefeed.store.database import Store
from solacefeed.words import counted

#: Lines in the first transaction.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """What became of a list of addresses."""

    new: int
    #: Those that were suppressed before, and stay so for the reason that they were.
    before: int
    #: Lines that are no address, with their numbers.
    refused: tuple[str, ...] = ()

    def line(self) -> str:
        """``suppressions: 2 addresses are never mailed from now on, 1 was so before``."""
        new = f"{counted(self.new, 'address is', 'addresses are')} never mailed from now on"
        before = f", {self.before} {'was' if self.before == 1 else 'were'} so before" if self.before else ""
        refused = f", {counted(len(self.refused), 'line')} refused" if self.refused else ""
        return f"suppressions: {new}{before}{refused}"


def suppress(
    store: Store, clock: Clock, lines: Iterable[str], *, reason: SuppressionReason, words: str | None
) -> Suppressed:
    """Suppresses the address of each line; empty ones, and those that begin with ``#``, are none.

    What waits for them goes no more from then on. A few lines are one transaction, so that nobody waits long.
    """
    new, before, refused = 0, 0, []
    chunks = Chunks(CHUNK)
    for chunk in chunks.of(enumerate(lines, start=1)):
        at, found = clock(), list[Suppression]()
        for number, line in chunk:
            said = line.strip()
            if not said or said.startswith("#"):
                continue
            try:
                whose = canonical(email_address(said))
            except ValueError as error:
                refused.append(f"line {number}: {said!r} {error}")
                continue
            found.append(Suppression(canonical=whose, reason=reason, words=words, actor=Actor.OPERATOR, at=at))
        with chunks.write(store, len(chunk)) as connection:
            added = suppressions.add_all(connection, found)
        new, before = new + added, before + len(found) - added
    return Suppressed(new=new, before=before, refused=tuple(refused))


def allow_again(store: Store, clock: Clock, email: str) -> bool:
    """Takes a suppression away: subscriptions are as they were before; false where there is none."""
    with store.write() as connection:
        return suppressions.remove(connection, canonical(email), at=clock(), by=Actor.OPERATOR)
