"""prepare: freezes the edition that is due, with its variants and one delivery a recipient, in one transaction.

Whether an edition is due is a fact in the store: the last edition's end and the time. So it does not matter who looks,
or how often: there is one edition for a digest and a period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.clock_check import believe
from solacefeed.deeds.due import covered_by, due_period, had_enough, selection_of
from solacefeed.deeds.press import Press
from solacefeed.digest.periods import edition_id
from solacefeed.models import Category, Edition, EditionState, Period, Post, Subscription, Variant
from solacefeed.ports import Clock
from solacefeed.store import categories, deliveries, editions, subscribers
from solacefeed.store.database import Store
from solacefeed.words import counted

#: Deliveries written in one statement.
CHUNK = 1000

#: The Message-ID of a copy, from its edition and its subscriber.
NameCopy = Callable[[str, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareResult:
    editions: int = 0
    posts: int = 0
    variants: int = 0
    deliveries: int = 0
    skipped: int = 0
    #: In words, what became of the edition that was due.
    news: str = "no edition is due"
    #: What did not work beside it, and who is not served as the config says, and why.
    troubles: tuple[str, ...] = ()

    def has_news(self) -> bool:
        return self.editions + self.skipped > 0

    def line(self) -> str:
        return f"prepare: {self.news}"


def prepare(store: Store, clock: Clock, press: Press, *, name_copy: NameCopy) -> PrepareResult:
    """Freezes the edition of the press's digest, if one is due.

    Raises ``ClockDoubt`` when the time can't be right.
    """
    believe(store, clock)
    now = clock()
    with store.read() as connection:
        if due_period(connection, press.digest, press.imprint.zone, now) is None:
            return PrepareResult(news=_why_none(connection, press.digest.key, now))
        if not _ever_had_readers(connection, press.digest.key):
            return PrepareResult(news="nobody has subscribed yet")
    store.begin_work()
    with store.write() as connection:
        period = due_period(connection, press.digest, press.imprint.zone, now)
        if period is None:
            return PrepareResult(news=_why_none(connection, press.digest.key, now))
        if not _ever_had_readers(connection, press.digest.key):
            return PrepareResult(news="nobody has subscribed yet")
        return _freeze(connection, press, period, now, name_copy)


def _why_none(connection: sa.Connection, digest: str, now: datetime) -> str:
    last = editions.latest(connection, digest)
    if last is None or last.period.ends <= now:
        return "no edition is due"
    until = f"{last.period.ends:%d %B %Y}"
    return f"no edition is due before {until}, for {last.id} closes ahead of now: `solacefeed clock check`"


def _ever_had_readers(connection: sa.Connection, digest: str) -> bool:
    """A new digest waits for its first reader; later a week without readers is a week skipped."""
    return editions.latest(connection, digest) is not None or any(subscribers.confirmed(connection, digest))


def _freeze(
    connection: sa.Connection, press: Press, period: Period, now: datetime, name_copy: NameCopy
) -> PrepareResult:
    name = edition_id(press.digest.key, period, press.imprint.zone)
    edition = Edition(
        id=name,
        digest=press.digest.key,
        period=period,
        state=EditionState.APPROVED,
        reason=None,
        prepared_at=now,
        issue=editions.issue(connection, name),
    )
    covered = covered_by(connection, press.digest, period)
    editions.add(connection, edition, [post.id for post in covered])
    if not covered:
        return _skip(connection, edition, "no new posts")
    variants = _Variants(press, edition, covered, categories.everything(connection))
    enough = had_enough(connection, press.digest, press.events, press.imprint.zone, now)
    readers = subscribers.confirmed(connection, edition.digest)
    chosen = ((reader, selection_of(reader, enough)) for reader in readers)
    copies = (_copy(edition, reader, name, name_copy) for reader, name in chosen if variants.has_something(name))
    intended = sum(deliveries.intend(connection, chunk, at=now) for chunk in _chunks(copies))
    if not intended:
        return _skip(connection, edition, f"none of its {counted(len(covered), 'post')} is for any subscriber")
    for variant in variants.used():
        editions.add_variant(connection, variant)
    return PrepareResult(
        editions=1,
        posts=len(covered),
        variants=len(variants.used()),
        deliveries=intended,
        skipped=0,
        news=_news(edition, len(covered), len(variants.used()), intended),
    )


def _skip(connection: sa.Connection, edition: Edition, reason: str) -> PrepareResult:
    editions.skip(connection, edition.id, reason)
    return PrepareResult(skipped=1, news=f"{edition.id} skipped: {reason}")


def _news(edition: Edition, covered: int, variants: int, copies: int) -> str:
    return (
        f"{edition.id} with {counted(covered, 'post')} in {counted(variants, 'variant')} "
        f"for {counted(copies, 'subscriber')}"
    )


class _Variants:
    """The variants of an edition in the making, each typeset when its first reader is met."""

    def __init__(self, press: Press, edition: Edition, covered: Sequence[Post], listed: Sequence[Category]) -> None:
        self._press = press
        self._edition = edition
        self._covered = covered
        self._listed = listed
        self._made: dict[str, Variant] = {}

    def has_something(self, name: str) -> bool:
        """Whether there is a post for the readers of the selection *name*."""
        if name not in self._made:
            self._made[name] = self._typeset(name)
        return bool(self._made[name].picks)

    def _typeset(self, name: str) -> Variant:
        edition = self._edition
        return self._press.typeset(
            edition.id, edition.period, name, self._covered, self._listed, now=edition.prepared_at
        )

    def used(self) -> list[Variant]:
        return [variant for variant in self._made.values() if variant.picks]


def _copy(edition: Edition, reader: Subscription, selection: str, name_copy: NameCopy) -> dict[str, Any]:
    return {
        "edition_id": edition.id,
        "subscriber_id": reader.subscriber.id,
        "email": reader.subscriber.email,
        "name": reader.subscriber.name,
        "selection": selection,
        "message_id": name_copy(edition.mail_name, reader.subscriber.id),
    }


def _chunks(copies: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(copies, CHUNK)):
        yield chunk
