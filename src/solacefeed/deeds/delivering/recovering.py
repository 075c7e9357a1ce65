"""What dead workers left in hand is settled, before a round takes up anything.

What had its mark is in doubt, unless the log beside the store tells that the relay has taken it: then its 250 was
heard, and only the store could not be written any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime

from solacefeed.deeds.editions.cancelling import drop_all_cancelled
from solacefeed.delivery.retries import WAIT_IN_DOUBT
from solacefeed.models.deliveries import DeliveryState, Outcome
from solacefeed.ports import Clock
from solacefeed.store import deliveries, outbox, schema
from solacefeed.store.database import Store
from solacefeed.store.home_log import LogKind
from solacefeed.store.taken_claims import Left, TakenClaim, held_at_once, left_handing

#: Tells which of these claims the relay has taken since an instant.
TellsOfTaken = Callable[[Collection[TakenClaim], datetime], set[TakenClaim]]


def tells_of_none(_claims: Collection[TakenClaim], _since: datetime) -> set[TakenClaim]:
    """Where no log is kept."""
    return set()


#: What is kept instead of the relay's own words.
TAKEN = "the relay took it, as the log beside the store says"

_TABLES = {
    LogKind.COPIES: (schema.deliveries, deliveries.settle_all),
    LogKind.LETTERS: (schema.outbox, outbox.settle_all),
}


def recover(store: Store, clock: Clock, tells_of_taken: TellsOfTaken, *, repeat: bool, worker: str) -> Counter[str]:
    """Settles what lost its lease, or what an edition's end left; how many copies are what for it."""
    hold, now, tally = not repeat, clock(), Counter[str]()
    with store.read() as connection:
        copies = deliveries.left_in_hand(connection, at=now, hold=hold, worker=worker)
        letters = outbox.left_in_hand(connection, at=now, hold=hold, worker=worker)
        left = [
            left_handing(connection, _TABLES[kind][0], kind, at=now, worker=worker)
            for kind, is_any in ((LogKind.COPIES, copies), (LogKind.LETTERS, letters))
            if is_any
        ]
    tally["accepted"] = _settle_taken(store, now, [each for each in left if each], tells_of_taken)
    again = None if hold else now + WAIT_IN_DOUBT
    if letters:
        with store.write() as connection:
            outbox.recover(connection, at=now, offer_again_at=again, worker=worker)
    if copies:
        with store.write() as connection:
            tally["uncertain"] = deliveries.recover(connection, at=now, offer_again_at=again, worker=worker)
        drop_all_cancelled(store, clock)
    return tally


def _settle_taken(store: Store, at: datetime, left: Collection[Left], tells_of_taken: TellsOfTaken) -> int:
    """Writes down what the relay took; returns how many copies."""
    if not left:
        return 0
    known = tells_of_taken({claim for each in left for claim in each.claims}, min(each.since for each in left))
    if not known:
        return 0
    settled = 0
    with store.write() as connection:
        for kind, worker in sorted({(each.kind, each.worker) for each in known}):
            theirs = [(each.id, each.claim) for each in known if (each.kind, each.worker) == (kind, worker)]
            table, settle_all = _TABLES[kind]
            free = held_at_once(connection, table, (number for number, _ in theirs))
            outcomes = [
                Outcome(id=number, claim=claim, state=DeliveryState.ACCEPTED, answer=TAKEN)
                for number, claim in sorted(theirs)
                if number in free
            ]
            done = settle_all(connection, outcomes, worker=worker, at=at)
            settled += len(done) if kind is LogKind.COPIES else 0
    return settled
