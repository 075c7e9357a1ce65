"""Freezes the edition that is due, with its variants and one delivery a recipient, all at once or not at all.

    a view of the store: due? posts, readers' selections --> variants, rendered --> one transaction: all at once

Whether an edition is due is a fact in the store: the last edition's end and the time. So it does not matter who looks,
or how often: there is one edition for a digest and a period. Nothing is rendered in a transaction, for a page's POST
waits as long as that lasts. What was decided is written only while it still holds; else it is decided anew, and only
what changed is rendered again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.clock import believe
from solacefeed.deeds.editions.due import covered_by, due_period, had_enough, selection_of, why_none_is_due
from solacefeed.deeds.editions.prepare import PrepareResult
from solacefeed.deeds.editions.renderer import Material, Renderer
from solacefeed.digest.periods import edition_id
from solacefeed.errors import PrepareError
from solacefeed.models.editions import Edition, EditionState, Period, Variant
from solacefeed.models.people import Subscription
from solacefeed.ports import Clock
from solacefeed.store import counters, deliveries, editions, subscribers
from solacefeed.store.database import Store
from solacefeed.words import counted

#: Deliveries written in one statement.
CHUNK = 1000

#: How often an edition is decided on before it is left for the next look.
ATTEMPTS = 3

#: The Message-ID of a copy, from its edition and its subscriber.
NameCopy = Callable[[str, int], str]


def freeze(store: Store, clock: Clock, renderer: Renderer, *, name_copy: NameCopy) -> PrepareResult:
    """Freezes the edition of the renderer's digest, if one is due.

    Raises ``PrepareError`` when what it is made of changed each time while it was made, and ``ClockDoubt`` when the
    time can't be right.
    """
    believe(store, clock)
    rendered = _Rendered(renderer)
    for _ in range(ATTEMPTS):
        draft = _decide(store, renderer, clock())
        if isinstance(draft, PrepareResult):
            return draft
        # So that a look which dies while it renders is seen.
        store.begin_work()
        with suppress(_Changed):
            return _freeze(store, renderer, draft, rendered.variants(draft), name_copy)
    raise PrepareError(
        f"the edition of {renderer.digest.name} that is due is not prepared: posts, events or readers' choices changed "
        f"{ATTEMPTS} times while it was made; the next look tries again"
    )


class _Changed(Exception):
    """What was decided does not hold any more; the transaction that finds it leaves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An edition as it was decided on, in one view of the store."""

    edition: Edition
    #: With the posts that it covers.
    material: Material
    #: What its readers chose, by name.
    selections: frozenset[str]
    #: The events that a reader is told of no more, by subscriber.
    enough: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def selection(self, reader: Subscription) -> str:
        return selection_of(reader, self.enough)


def _decide(store: Store, renderer: Renderer, now: datetime) -> _Draft | PrepareResult:
    with store.read() as connection:
        period = due_period(connection, renderer.digest, renderer.imprint.site.zone, now)
        if period is None:
            return PrepareResult(news=why_none_is_due(connection, renderer.digest.key, now))
        if not _ever_had_readers(connection, renderer.digest.key):
            return PrepareResult(news="nobody has subscribed yet")
        return _draft(connection, renderer, period, now)


def _draft(connection: sa.Connection, renderer: Renderer, period: Period, now: datetime) -> _Draft:
    name = edition_id(renderer.digest, renderer.digest.first, period.ends, renderer.imprint.site.zone)
    edition = Edition(
        id=name,
        digest=renderer.digest.key,
        period=period,
        state=EditionState.APPROVED,
        reason=None,
        prepared_at=now,
        issue=editions.issue(connection, name),
        cadence=renderer.digest.first.kind,
    )
    covered = covered_by(connection, renderer.digest, period)
    material = renderer.gather(connection, covered, now)
    # Not asked again when the edition is written: a copy that waits counts for every event, so that what goes out
    # meanwhile makes nobody's count larger.
    enough = had_enough(connection, renderer.digest, material.events, renderer.imprint.site.zone, now)
    draft = _Draft(edition=edition, material=material, selections=frozenset(), enough=enough)
    readers = subscribers.confirmed(connection, edition.digest) if covered else ()
    return replace(draft, selections=frozenset(map(draft.selection, readers)))


def _ever_had_readers(connection: sa.Connection, digest: str) -> bool:
    """A new digest waits for its first reader; later a week without readers is a week skipped."""
    return editions.latest(connection, digest) is not None or any(subscribers.confirmed(connection, digest))


class _Rendered:
    """The variants that were rendered for an edition, however often it was decided on."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._by_selection: dict[str, Variant] = {}

    def variants(self, draft: _Draft) -> dict[str, Variant | None]:
        """By selection; ``None`` for one for which there is no post. Renders what it must: no transaction is open."""
        return {name: self._variant(draft, name) for name in sorted(draft.selections)}

    def _variant(self, draft: _Draft, name: str) -> Variant | None:
        unrendered = self._renderer.unrendered(draft.edition.id, draft.edition.period, name, draft.material)
        if not unrendered.picks:
            return None
        known = self._by_selection.get(name)
        if known is None or known.made_of != unrendered.made_of:
            self._by_selection[name] = self._renderer.render(unrendered)
        return self._by_selection[name]


def _freeze(
    store: Store, renderer: Renderer, draft: _Draft, variants: Mapping[str, Variant | None], name_copy: NameCopy
) -> PrepareResult:
    """Writes what was decided, all at once, for those who are readers now; raises ``_Changed`` if it does not hold."""
    edition, covered = draft.edition, draft.material.posts
    with store.write() as connection:
        period = due_period(connection, renderer.digest, renderer.imprint.site.zone, edition.prepared_at)
        if period is None:
            return PrepareResult()
        if period != edition.period or not _holds(connection, draft):
            raise _Changed
        editions.add(connection, edition, [post.id for post in covered])
        if not covered:
            return _skip(connection, edition, _no_posts(edition))
        intended = _intend(connection, draft, variants, name_copy)
        if not intended:
            return _skip(connection, edition, f"none of its {counted(len(covered), 'post')} is for any subscriber")
        for name in intended:
            if variant := variants[name]:
                editions.add_variant(connection, variant)
    copies = intended.total()
    return PrepareResult(
        editions=1,
        posts=len(covered),
        variants=len(intended),
        deliveries=copies,
        news=_news(edition, len(covered), len(intended), copies),
    )


def _holds(connection: sa.Connection, draft: _Draft) -> bool:
    """Whether the store would give the same draft again, but for its readers, who are asked one by one."""
    same = counters.content(connection) == draft.material.changes
    return same and _ever_had_readers(connection, draft.edition.digest)


def _intend(
    connection: sa.Connection, draft: _Draft, variants: Mapping[str, Variant | None], name_copy: NameCopy
) -> Counter[str]:
    """Writes the copies, and returns how many there are of each selection."""
    intended: Counter[str] = Counter()
    for chunk in _chunks(_copies(connection, draft, variants, name_copy)):
        deliveries.intend(connection, chunk, at=draft.edition.prepared_at)
        intended.update(copy["selection"] for copy in chunk)
    return intended


def _copies(
    connection: sa.Connection, draft: _Draft, variants: Mapping[str, Variant | None], name_copy: NameCopy
) -> Iterator[dict[str, Any]]:
    """One for each reader of this moment for whom there is something: who left meanwhile is none any more.

    Raises ``_Changed`` for a choice that nobody had when it was decided.
    """
    for reader in subscribers.confirmed(connection, draft.edition.digest):
        name = draft.selection(reader)
        if name not in variants:
            raise _Changed
        if variants[name] is not None:
            yield _copy(draft.edition, reader, name, name_copy)


def _no_posts(edition: Edition) -> str:
    return "no new posts" if edition.issue == 1 else "no new posts since the one that was cancelled"


def _skip(connection: sa.Connection, edition: Edition, reason: str) -> PrepareResult:
    editions.skip(connection, edition.id, reason)
    return PrepareResult(skipped=1, news=f"{edition.id} skipped: {reason}")


def _news(edition: Edition, covered: int, variants: int, copies: int) -> str:
    return (
        f"{edition.id} with {counted(covered, 'post')} in {counted(variants, 'variant')} "
        f"for {counted(copies, 'subscriber')}"
    )


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
