"""A large edition's canary: a share of its copies goes first, and the rest only if that went well.

    no copy has gone --> chosen --> all offered --> wait --> few refused, few came back? --> the rest goes
                                                         --> else the edition is paused, as soon as that is known

No round waits: each does what is due, and what is decided, and when, stands in the store. Mails that came back are read
with each look before copies are handed over, and so before it is decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from solacefeed.digest.canaries import sample, too_much, wait
from solacefeed.models.canaries import Canary, CanaryRules, CanaryState
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.editions import Edition, EditionState
from solacefeed.ports import Clock
from solacefeed.store import canaries, copies, deliveries, editions, held_editions
from solacefeed.store.database import Store

#: Copies that are gone through in one look.
CHUNK = 20_000


def see_to(store: Store, clock: Clock, rules: CanaryRules | None, edition: Edition, digest: Digest) -> bool:
    """Does what is due of an edition's canary, be it to choose one; returns whether the edition was paused for it."""
    with store.read() as connection:
        found = canaries.find(connection, edition.id)
        wanted = found is None and rules is not None and _is_wanted(connection, edition, rules)
    if wanted and rules:
        _begin(store, clock, rules, edition)
    elif found and found.state is CanaryState.OUT:
        return _go_on(store, clock, rules or CanaryRules(), edition, digest)
    return False


def _is_wanted(connection: sa.Connection, edition: Edition, rules: CanaryRules) -> bool:
    """Not where each mail is for the moment, where few would get it, or where somebody has it already."""
    if not rules.share or edition.cadence is CadenceKind.AT_ONCE or edition.state is not EditionState.DELIVERING:
        return False
    readers = edition.counts.readers if edition.counts else deliveries.count(connection, edition.id)
    return readers > rules.above and not copies.has_come(connection, edition.id)


def _begin(store: Store, clock: Clock, rules: CanaryRules, edition: Edition) -> None:
    chosen = list(sample(_candidates(store, edition.id), rules.share))
    if chosen:
        with store.write() as connection:
            canaries.begin(connection, edition.id, chosen, at=clock())


def _candidates(store: Store, edition_id: str) -> Iterator[tuple[int, str]]:
    after = 0
    while True:
        with store.read() as connection:
            page = canaries.candidates(connection, edition_id, after=after, limit=CHUNK)
        yield from page
        if len(page) < CHUNK:
            return
        after = page[-1][0]


def stirs(connection: sa.Connection, rules: CanaryRules | None, found: Canary, now: datetime) -> bool:
    """Whether something is to be written of it at *now*: that it has gone, was taken badly, or is over."""
    if found.state is not CanaryState.OUT:
        return False
    if found.waits_until is None:
        return canaries.has_gone(connection, found.edition_id)
    return found.waits_until <= now or _is_taken_badly(connection, rules or CanaryRules(), found.edition_id)


def _is_taken_badly(connection: sa.Connection, rules: CanaryRules, edition_id: str) -> bool:
    """What came back by now stays so: when all of it has gone, the end of the wait makes nothing of it better."""
    return too_much(canaries.counts(connection, edition_id), rules) is not None


def _go_on(store: Store, clock: Clock, rules: CanaryRules, edition: Edition, digest: Digest) -> bool:
    now = clock()
    with store.read() as connection:
        found = canaries.find(connection, edition.id)
        if found is None or not stirs(connection, rules, found, now):
            return False
    with store.write() as connection:
        held_editions.hold(connection, [edition.id])
        found = canaries.find(connection, edition.id)
        if found is None or found.state is not CanaryState.OUT:
            return False
        until = found.waits_until
        if until is None:
            until = now + wait(rules, now, _ends(connection, edition, digest))
            canaries.note_gone(connection, edition.id, at=now, waits_until=until)
        return (until <= now or _is_taken_badly(connection, rules, edition.id)) and _decide(
            connection, rules, edition, now
        )


def _ends(connection: sa.Connection, edition: Edition, digest: Digest) -> datetime:
    """When the last of an edition's copies is too late."""
    ends = edition.leaves_at + digest.max_late
    return max(ends, canaries.latest_time(connection, edition.id) or ends)


def _decide(connection: sa.Connection, rules: CanaryRules, edition: Edition, now: datetime) -> bool:
    """Whether the edition is paused. One that stands paused is asked when it goes on."""
    standing = editions.find(connection, edition.id)
    if standing is None or standing.state is not EditionState.DELIVERING:
        return False
    why = too_much(canaries.counts(connection, edition.id), rules)
    to = CanaryState.STOPPED if why else CanaryState.PASSED
    canaries.decide(connection, edition.id, leaving=CanaryState.OUT, to=to, at=now)
    return why is not None and editions.move(
        connection, edition.id, leaving={EditionState.DELIVERING}, to=EditionState.PAUSED, reason=why
    )
