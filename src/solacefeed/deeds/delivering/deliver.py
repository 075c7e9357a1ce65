"""deliver: asks whether any copy is due, and if one is, has a round done with events up to date.

On PostgreSQL several processes may, each with copies of its own; on SQLite one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from solacefeed.deeds.clock import believe
from solacefeed.deeds.delivering.due import has_work, left_to_the_operator
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.mailing import MailSettings, execute_mailing
from solacefeed.models.digests import Digest
from solacefeed.models.pace import UNLIMITED, Pace
from solacefeed.ports import Clock
from solacefeed.store.database import Store
from solacefeed.store.locks import one_of_several

#: Hands over the copies of these digests that are due.
Round = Callable[[Store, Sequence[Digest]], DeliverResult]


def deliver(
    store: Store,
    clock: Clock,
    settings: MailSettings,
    do_round: Round,
    *,
    repeat_uncertain: bool,
    pace: Pace = UNLIMITED,
) -> DeliverResult:
    """Raises ``ConfigError`` while the config has lost a digest, and what *do_round* and ``execute`` raise."""

    def work(store: Store) -> DeliverResult:
        believe(store, clock)
        digests = settings.digests()
        if not has_work(store, digests, clock(), repeat_uncertain=repeat_uncertain, pace=pace):
            return left_to_the_operator(store, digests, clock(), pace=pace)
        troubles = settings.refresh(store)
        audience = settings.audience(store)
        served = [audience.serve(each) for each in digests]
        return replace(do_round(store, served), troubles=troubles)

    return execute_mailing(store, clock, "deliver", settings, work, lock=one_of_several)
