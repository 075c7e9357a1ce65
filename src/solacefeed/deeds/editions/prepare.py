"""prepare: holds the store to the config's list, and freezes the edition that is due, if one is.

audience --> is an edition due? --> events, up to date --> freeze
"""

from __future__ import annotations

from dataclasses import replace

from solacefeed.deeds.editions.freeze import NameCopy, PrepareResult, freeze, is_due, why_none_is_due
from solacefeed.deeds.mailing import MailSettings, execute_mailing
from solacefeed.deeds.upkeep.clock_check import believe
from solacefeed.ports import Clock
from solacefeed.store.database import Store


def prepare(store: Store, clock: Clock, settings: MailSettings, *, name_copy: NameCopy) -> PrepareResult:
    """Raises ``ConfigError`` while the config has lost a digest, and what ``freeze`` and ``execute`` raise."""

    def work(store: Store) -> PrepareResult:
        audience = settings.audience(store)
        if not audience.crawled:
            return PrepareResult(news="nothing before the first crawl is complete")
        believe(store, clock)
        renderer = settings.renderer(store, audience.serve(settings.digest()))
        compared = audience.hold_to_list(renderer.digest)
        troubles = compared.troubles()
        if is_due(store, renderer, clock()):
            beside_it = settings.refresh(store)
            done = freeze(store, clock, renderer, name_copy=name_copy)
            done = replace(done, left_out=len(compared.left_out) if done.editions else 0)
            troubles = (*beside_it, *troubles)
        else:
            done = PrepareResult(news=why_none_is_due(store, renderer, clock()))
        return replace(done, troubles=troubles, entered=len(compared.new), ended=len(compared.over))

    return execute_mailing(store, clock, "prepare", settings, work)
