"""prepare: holds the store to the config's lists, and does what is due with the editions of all digests.

audience --> pauses that are over --> is anything due? --> events, up to date --> steps
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.deeds.clock import believe
from solacefeed.deeds.editions.cancelling import drop_all_cancelled
from solacefeed.deeds.editions.planned import EditionSettings, Planned, at_once_due, planned
from solacefeed.deeds.mailing import MailSettings, execute_mailing
from solacefeed.deeds.people.choose import resume_paused
from solacefeed.deeds.people.list_rules import Comparison
from solacefeed.digest.schedule import StepKind
from solacefeed.models.digests import Digest
from solacefeed.models.editions import EditionState
from solacefeed.ports import Clock
from solacefeed.store import editions, subscribers
from solacefeed.store.database import Store
from solacefeed.words import counted, day_words

if TYPE_CHECKING:
    from solacefeed.deeds.editions.steps import Done

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareResult:
    editions: int = 0
    posts: int = 0
    variants: int = 0
    deliveries: int = 0
    skipped: int = 0
    #: Editions that were held, and drafts that were begun.
    held: int = 0
    drafted: int = 0
    #: Readers whom the config lists, and whom it names categories for that the blog has not.
    left_out: int = 0
    #: Whom the config's list has entered, and whom it has ended.
    entered: int = 0
    ended: int = 0
    #: Readers whose pause was over.
    back: int = 0
    #: In words, what became of the editions that were due.
    news: str = "no edition is due"
    #: What did not work beside it, and who is not served as the config says, and why.
    troubles: tuple[str, ...] = ()

    def falls_short(self) -> bool:
        return False

    def is_pressing(self) -> bool:
        return self.held > 0

    def has_news(self) -> bool:
        counts = (self.editions, self.skipped, self.held, self.drafted, self.entered, self.ended, self.back)
        return sum(counts) > 0

    def line(self) -> str:
        left_out = f"; {counted(self.left_out, 'listed reader')} left out" if self.left_out else ""
        entered = f"; {counted(self.entered, 'reader')} entered" if self.entered and not self.editions else ""
        ended = f"; {counted(self.ended, 'reader')} ended, listed no more" if self.ended else ""
        back = f"; {counted(self.back, 'reader')} back from a pause" if self.back else ""
        return f"prepare: {self.news}{left_out}{entered}{ended}{back}"


def prepare(store: Store, clock: Clock, settings: MailSettings, edition_settings: EditionSettings) -> PrepareResult:
    """Raises ``ConfigError`` while the config has lost a digest, and what rendering and ``execute`` raise."""

    def work(store: Store) -> PrepareResult:
        audience = settings.audience(store)
        if not audience.crawled or audience.waits_for:
            return PrepareResult(news=f"nothing before {audience.waits_for or 'the first crawl is complete'}")
        believe(store, clock)
        back = resume_paused(store, clock)
        compared = Comparison.of(audience.hold_to_list(each) for each in audience.serve(*settings.digests()))
        beside_it, result = make(store, clock, edition_settings, settings.refresh)
        return replace(
            result,
            troubles=(*beside_it, *compared.troubles()),
            left_out=len(compared.left_out) if result.editions else 0,
            entered=len(compared.new),
            ended=len(compared.over),
            back=back,
        )

    return execute_mailing(store, clock, "prepare", settings, work)


def make(
    store: Store, clock: Clock, settings: EditionSettings, refresh: Callable[[Store], tuple[str, ...]]
) -> tuple[tuple[str, ...], PrepareResult]:
    """Does what is due with editions: what did not work beside it, and what became of them."""
    with store.read() as connection:
        steps = planned(connection, settings, clock())
        at_once = at_once_due(connection, settings, clock())
    # Events say what is promoted: they are brought up to date before something is made for good.
    beside_it = refresh(store) if at_once or any(_makes(each) for each in steps) else ()
    done = list(_do(store, clock, settings, steps, at_once)) if steps or at_once else []
    return beside_it, _result(done) if done else PrepareResult(news=_why_nothing(store, settings, clock()))


def _makes(wanted: Planned) -> bool:
    return wanted.step.kind is StepKind.FREEZE


def _do(
    store: Store, clock: Clock, settings: EditionSettings, steps: Sequence[Planned], at_once: Sequence[Digest]
) -> Iterable[Done]:
    from solacefeed.deeds.editions.steps import do, do_at_once

    # What waits of an edition that is cancelled would count as on its way.
    drop_all_cancelled(store, clock)
    places = {digest.key: place for place, digest in enumerate(settings.digests)}
    for wanted in steps:
        for digest in at_once if _makes(wanted) else ():
            # In one order with all closings, and at equal ones as the config has the digests.
            first = places[digest.key] < places[wanted.digest.key]
            before = wanted.step.period.ends + (_MOMENT if first else timedelta())
            yield from do_at_once(store, clock, settings, digest, before=before)
        if (done := do(store, clock, settings, wanted)) is not None:
            yield done
    for digest in at_once:
        yield from do_at_once(store, clock, settings, digest)


def _result(done: Sequence[Done]) -> PrepareResult:
    made = [each.frozen for each in done if each.frozen and each.frozen.skipped is None]
    return PrepareResult(
        editions=len(made),
        posts=sum(each.counts.posts for each in made),
        variants=sum(each.counts.variants for each in made),
        deliveries=sum(each.counts.readers for each in made),
        skipped=sum(" skipped: " in each.line for each in done),
        held=sum(each.held for each in done),
        drafted=sum(each.line.endswith(" is drafted") for each in done),
        news="; ".join(each.line for each in done),
    )


def _why_nothing(store: Store, settings: EditionSettings, now: datetime) -> str:
    with store.read() as connection:
        if not any(subscribers.is_read(connection, each.key) for each in settings.digests):
            return "nobody has subscribed yet"
        waits = [*_ahead(connection, settings.digests, now), *_waits(connection, now)]
        return "; ".join(waits) or "no edition is due"


def _waits(connection: sa.Connection, now: datetime) -> Iterable[str]:
    """Of each edition that has closed and waits for somebody."""
    for edition in editions.waiting(connection):
        if edition.state is EditionState.DRAFT and edition.period.ends <= now:
            yield f"{edition.id} waits for an editor: `solacefeed editions approve {edition.id}`"
        elif edition.state is EditionState.HELD:
            yield f"{edition.id} is held: {edition.reason}"


def _ahead(connection: sa.Connection, digests: Iterable[Digest], now: datetime) -> Iterable[str]:
    """Of each digest whose last edition closes ahead of now, as a clock that was wrong leaves it."""
    for digest in digests:
        last = editions.latest_begun(connection, digest.key)
        if last is not None and last.period.ends > now and last.prepared_at > now:
            until = day_words(last.period.ends)
            yield f"no edition is due before {until}, for {last.id} closes ahead of now: `solacefeed clock check`"
