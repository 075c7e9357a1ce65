"""deliver: asks whether any copy is due, and if one is, does a round with events up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from solacefeed.deeds.delivering.round import (
    Compose,
    DeliverResult,
    DeliverySettings,
    deliver_round,
    has_work,
    left_to_the_operator,
)
from solacefeed.deeds.mailing import MailSettings, execute_mailing
from solacefeed.deeds.upkeep.clock_check import believe
from solacefeed.ports import Clock, Transport
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """How copies are made and handed over."""

    transport: Callable[[], Transport]
    compose: Callable[[Store], Compose]
    #: Offer a copy in doubt once more, rather than hold it for ever.
    repeat_uncertain: bool
    on_copy: Callable[[], None]
    #: Asked between copies: whether to end the round.
    stop: Callable[[], bool]


def deliver(store: Store, clock: Clock, settings: MailSettings, by: HandOver) -> DeliverResult:
    """Raises ``ConfigError`` while the config has lost a digest, and what ``deliver_round`` and ``execute`` raise."""

    def work(store: Store) -> DeliverResult:
        believe(store, clock)
        if not has_work(store, settings.digest(), clock(), repeat_uncertain=by.repeat_uncertain):
            return left_to_the_operator(store, settings.digest())
        troubles = settings.refresh(store)
        made = DeliverySettings(
            renderer=settings.renderer(store, settings.audience(store).serve(settings.digest())),
            compose=by.compose(store),
            repeat_uncertain=by.repeat_uncertain,
            on_copy=by.on_copy,
            stop=by.stop,
        )
        return replace(deliver_round(store, by.transport(), clock, made), troubles=troubles)

    return execute_mailing(store, clock, "deliver", settings, work)
