"""prepare: holds the store to the config's list, and has the edition that is due frozen, if one is.

audience --> is an edition due? --> events, up to date --> freeze
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo

from solacefeed.deeds.clock import believe
from solacefeed.deeds.editions.due import is_due, why_none_is_due
from solacefeed.deeds.mailing import MailSettings, execute_mailing
from solacefeed.deeds.people.choose import resume_paused
from solacefeed.models.digests import Digest
from solacefeed.ports import Clock
from solacefeed.store.database import Store
from solacefeed.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareResult:
    editions: int = 0
    posts: int = 0
    variants: int = 0
    deliveries: int = 0
    skipped: int = 0
    #: Readers whom the config lists, and whom it names categories for that the blog has not.
    left_out: int = 0
    #: Whom the config's list has entered, and whom it has ended.
    entered: int = 0
    ended: int = 0
    #: Whose pauses are over.
    resumed: int = 0
    #: In words, what became of the edition that was due.
    news: str = "no edition is due"
    #: What did not work beside it, and who is not served as the config says, and why.
    troubles: tuple[str, ...] = ()

    def falls_short(self) -> bool:
        return False

    def is_pressing(self) -> bool:
        return False

    def has_news(self) -> bool:
        return self.editions + self.skipped + self.entered + self.ended + self.resumed > 0

    def line(self) -> str:
        left_out = f"; {counted(self.left_out, 'listed reader')} left out" if self.left_out else ""
        entered = f"; {counted(self.entered, 'reader')} entered" if self.entered and not self.editions else ""
        ended = f"; {counted(self.ended, 'reader')} ended, listed no more" if self.ended else ""
        resumed = f"; {counted(self.resumed, 'reader')} back from a pause" if self.resumed else ""
        return f"prepare: {self.news}{left_out}{entered}{ended}{resumed}"


#: Freezes the edition of a digest that is due.
Freeze = Callable[[Store, Digest], PrepareResult]


def prepare(store: Store, clock: Clock, settings: MailSettings, zone: tzinfo, freeze: Freeze) -> PrepareResult:
    """Raises ``ConfigError`` while the config has lost a digest, and what *freeze* and ``execute`` raise."""

    def work(store: Store) -> PrepareResult:
        audience = settings.audience(store)
        if not audience.crawled or audience.waits_for:
            return PrepareResult(news=f"nothing before {audience.waits_for or 'the first crawl is complete'}")
        believe(store, clock)
        resumed = resume_paused(store, clock)
        digest = audience.serve(settings.digest())
        compared = audience.hold_to_list(digest)
        troubles = compared.troubles()
        if is_due(store, digest, zone, clock()):
            beside_it = settings.refresh(store)
            done = freeze(store, digest)
            done = replace(done, left_out=len(compared.left_out) if done.editions else 0)
            troubles = (*beside_it, *troubles)
        else:
            with store.read() as connection:
                done = PrepareResult(news=why_none_is_due(connection, digest.key, clock()))
        return replace(done, troubles=troubles, entered=len(compared.new), ended=len(compared.over), resumed=resumed)

    return execute_mailing(store, clock, "prepare", settings, work)
