"""deliver: asks whether any copy is due, and if one is, has a round done with events up to date.

On PostgreSQL several processes may, each with copies of its own; on SQLite one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from solacefeed.deeds.clock import SharedClock, believe
from solacefeed.deeds.delivering.due import has_work, left_to_the_operator
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.delivering.pace_status import last_of, paces
from solacefeed.deeds.mailing import MailSettings, execute_mailing
from solacefeed.models.canaries import CanaryRules
from solacefeed.models.digests import Digest
from solacefeed.pace import UNLIMITED, Pace
from solacefeed.ports import Clock
from solacefeed.store.database import Store
from solacefeed.store.locks import one_of_several

#: Hands over the copies of these digests that are due.
Round = Callable[[Store, Sequence[Digest]], DeliverResult]


def deliver(
    store: Store,
    machines_clock: Clock,
    settings: MailSettings,
    do_round: Round,
    *,
    repeat_uncertain: bool,
    pace: Pace = UNLIMITED,
    canary: CanaryRules | None = None,
) -> DeliverResult:
    """Raises ``ConfigError`` while the config has lost a digest, and what *do_round* and ``execute`` raise."""

    def work(store: Store) -> DeliverResult:
        believe(store, machines_clock)
        clock = SharedClock(store, machines_clock)
        digests = settings.digests()
        settings.settle_doubts(store)
        now = clock()
        if not has_work(store, digests, now, repeat_uncertain=repeat_uncertain, pace=pace, canary=canary):
            return _foreseen(store, clock, pace, left_to_the_operator(store, digests, now, pace=pace))
        with settings.around_mail(store):
            troubles = settings.refresh(store)
            audience = settings.audience(store)
            served = audience.serve(*digests)
            return replace(_foreseen(store, clock, pace, do_round(store, served)), troubles=troubles)

    return execute_mailing(store, machines_clock, "deliver", settings, work, lock=one_of_several)


def _foreseen(store: Store, clock: Clock, pace: Pace, result: DeliverResult) -> DeliverResult:
    """Says when the last of what a limit keeps back will leave."""
    if result.paced_until is None:
        return result
    with store.read() as connection:
        last = last_of(paces(connection, pace, clock()))
    # Letters may go on later than copies end.
    return replace(result, paced_ends=max(result.paced_until, last) if last else None)
