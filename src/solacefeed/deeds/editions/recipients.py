"""Goes through the readers of an edition, and says what each of them gets of it.

    readers, by ranges of their numbers --> choices, ledger --> picks --> contents

No transaction lasts longer than the reading of one range. Readers who get the same have the same contents, as one
object in memory: there may be a million of them, and a few hundred variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import sqlalchemy as sa

from solacefeed.deeds.editions.renderer import Material, Renderer
from solacefeed.digest.choices import audience_of, left_without, offers
from solacefeed.digest.contents import Contents
from solacefeed.digest.eligibility import Candidate
from solacefeed.digest.selection import Selector, Wishes, order_of, selection, wishes_of
from solacefeed.models.digests import Cadence
from solacefeed.models.editions import Correction, Edition, EditionState, Period, Pick
from solacefeed.models.people import Subscription
from solacefeed.models.posts import CategoryId
from solacefeed.store import deliveries, promotions, subscribers
from solacefeed.store.database import Store
from solacefeed.store.ledger import Ledger

#: Readers looked at in one transaction.
PAGE = 2000

_NOTHING: frozenset[str] = frozenset()
_NOBODY: frozenset[int] = frozenset()


class Corrector(Protocol):
    """Says what readers are told of posts that they got before (``store.ledger``)."""

    def due(self, connection: sa.Connection, first: int, last: int) -> Mapping[int, tuple[Correction, ...]]:
        """By subscribers from *first* to *last*; equal answers are one object."""
        ...


@dataclass(frozen=True, slots=True)
class Recipient:
    """A reader of an edition, and what it says to them."""

    reader: Subscription
    #: The name of their choice.
    selection: str
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What some readers get, in the order of their numbers."""

    recipients: tuple[Recipient, ...]
    #: How many of them there is nothing for.
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an edition has for readers, and by which rules they get it."""

    edition: Edition
    #: ``None`` for a notice, which all get.
    cadence: Cadence | None
    candidates: tuple[Candidate, ...]
    material: Material
    #: From when a choice counts of which nobody has noted that, by the instant at which it was made.
    floor: Callable[[datetime], datetime]
    #: Says what readers are told of posts that they got before; ``None`` where there is nothing to tell.
    corrections: Corrector | None = None
    #: When the categories were first seen that came in its window.
    new_categories: Mapping[CategoryId, datetime] = field(default_factory=dict)
    #: The editions that told readers, of whose choice nothing was left, that it is so.
    bereft: tuple[str, ...] = ()
    #: Editions that count against a limit of mails, and how many of them a reader gets at most.
    counted: tuple[str, ...] = ()
    most: int = 0
    #: ``None`` where there is nothing that could have been got.
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What some readers were told before, by their numbers."""

    #: Posts.
    got: Mapping[int, frozenset[str]]
    #: What they are to be told of posts that they got.
    corrections: Mapping[int, tuple[Correction, ...]]
    #: Events that they are told of no more.
    enough: Mapping[int, frozenset[str]]
    #: Who has had as many mails of a day as they get.
    full: frozenset[int]
    #: Who was told that nothing is left of their choice.
    bereft: frozenset[int]


class Recipients:
    """The readers of one edition, as they are when it is asked."""

    def __init__(self, store: Store | None, renderer: Renderer, terms: Terms) -> None:
        self._store = store
        self._renderer = renderer
        self._terms = terms
        order = order_of(renderer.labels(terms.material))
        self._listed = frozenset(category.id for category in terms.material.categories)
        self._audience = audience_of(terms.edition.editing, terms.material.categories)
        self._selector = Selector(terms.candidates, order)
        self._names: dict[tuple[CategoryId, ...] | None, str] = {}
        self._wishes: dict[object, Wishes] = {}
        self._events: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
        self._contents: dict[object, tuple[tuple[Pick, ...], Contents | None]] = {}

    def pages(self) -> Iterator[Page]:
        after = 0
        while self._store is not None:
            with self._store.read() as connection:
                readers = subscribers.page(connection, self._renderer.digest.key, after=after, limit=PAGE)
                if not readers:
                    return
                page = self._page(connection, readers)
            yield page
            after = readers[-1].subscriber.id

    def _page(self, connection: sa.Connection, readers: list[Subscription]) -> Page:
        said = self._said(connection, readers[0].subscriber.id, readers[-1].subscriber.id)
        theirs = [reader for reader in readers if self._is_for(reader)]
        found = [self._recipient(reader, said) for reader in theirs if reader.subscriber.id not in said.full]
        there = tuple(each for each in found if each is not None)
        return Page(recipients=there, empty=len(theirs) - len(there))

    def _said(self, connection: sa.Connection, first: int, last: int) -> _Said:
        terms = self._terms
        return _Said(
            got=terms.ledger.got(connection, first, last) if terms.ledger else {},
            corrections=terms.corrections.due(connection, first, last) if terms.corrections else {},
            enough=self._enough(connection, first, last),
            full=self._full(connection, first, last),
            bereft=frozenset(deliveries.counts_of(connection, terms.bereft, first, last)) if terms.bereft else _NOBODY,
        )

    def _is_for(self, reader: Subscription) -> bool:
        cadence = self._terms.cadence
        if cadence is not None:
            return self._renderer.digest.cadence(reader.cadence).kind is cadence.kind
        return not self._audience or reader.category_ids is None or not self._audience.isdisjoint(reader.category_ids)

    def _enough(self, connection: sa.Connection, first: int, last: int) -> Mapping[int, frozenset[str]]:
        """The events that a reader is told of no more."""
        digest, zone, now = self._renderer.digest, self._renderer.imprint.site.zone, self._terms.material.now
        if not digest.promote_times:
            return {}
        to_come = [event.id for event in self._terms.material.events if event.over_at(zone) > now]
        return promotions.had_often(connection, digest.key, to_come, times=digest.promote_times, readers=(first, last))

    def _full(self, connection: sa.Connection, first: int, last: int) -> frozenset[int]:
        """Who has had as many mails of a day as they get of this kind."""
        if not self._terms.counted:
            return frozenset()
        counts = deliveries.counts_of(connection, self._terms.counted, first, last)
        return frozenset(who for who, count in counts.items() if count >= self._terms.most)

    def _recipient(self, reader: Subscription, said: _Said) -> Recipient | None:
        number, name = reader.subscriber.id, self._name(reader.category_ids)
        picks = self._selector.picks(self._wished(reader), said.got.get(number, _NOTHING))
        had, corrections = said.enough.get(number, _NOTHING), said.corrections.get(number, ())
        # Picks that are equal are one object, which is kept here: to hash that is much cheaper than what is in it.
        key = (id(picks), name, had, reader.language, corrections, number in said.bereft)
        if key not in self._contents:
            self._contents[key] = picks, self._made(reader, picks, had, corrections, told=number in said.bereft)
        contents = self._contents[key][1]
        return None if contents is None else Recipient(reader, name, contents)

    def _made(
        self,
        reader: Subscription,
        picks: tuple[Pick, ...],
        had: frozenset[str],
        corrections: tuple[Correction, ...],
        *,
        told: bool,
    ) -> Contents | None:
        """What a reader gets; ``None`` where that is nothing to write a mail for."""
        if self._terms.cadence is None:
            return Contents(language=reader.language)
        wanted = None if reader.category_ids is None else frozenset(reader.category_ids)
        if left_without(wanted, self._listed) and not told:
            return Contents(left_without=True, language=reader.language)
        events = self._renderer.promoted(wanted, had, self._terms.material)
        if not (picks or (events and self._renderer.digest.events_alone)):
            return None
        return Contents(
            picks=picks,
            event_ids=events,
            corrections=corrections if picks else (),
            offers=self._offers(wanted) if picks else (),
            language=reader.language,
        )

    def _offers(self, wanted: frozenset[CategoryId] | None) -> tuple[CategoryId, ...]:
        terms = self._terms
        return offers(terms.material.categories, terms.new_categories, terms.edition.period, wanted)

    def _name(self, category_ids: tuple[CategoryId, ...] | None) -> str:
        if category_ids not in self._names:
            self._names[category_ids] = selection(category_ids)
        return self._names[category_ids]

    def _wished(self, reader: Subscription) -> Wishes:
        since = None if reader.since is None else tuple(reader.since.items())
        floor = self._terms.floor(reader.changed_at) if since is None else None
        key = (reader.category_ids, since, floor, reader.away_until)
        if key not in self._wishes:
            self._wishes[key] = wishes_of(reader, floor or reader.changed_at)
        return self._wishes[key]

    # -- one reader ---------------------------------------------------------------------------------

    @classmethod
    def of_one(
        cls, renderer: Renderer, material: Material, candidates: tuple[Candidate, ...], reader: Subscription
    ) -> Contents:
        """What somebody gets who has got nothing before; nothing is asked of any store."""
        terms = Terms(
            edition=_NO_EDITION,
            cadence=renderer.digest.cadence(reader.cadence),
            candidates=candidates,
            material=material,
            floor=lambda at: at,
        )
        return cls(None, renderer, terms)._contents_of(reader, _TOLD_NOTHING)

    @classmethod
    def of_reader(cls, connection: sa.Connection, renderer: Renderer, terms: Terms, reader: Subscription) -> Contents:
        """What one reader gets of an edition; empty where that is nothing."""
        recipients = cls(None, renderer, terms)
        said = recipients._said(connection, reader.subscriber.id, reader.subscriber.id)
        return recipients._contents_of(reader, said)

    def _contents_of(self, reader: Subscription, said: _Said) -> Contents:
        recipient = self._recipient(reader, said)
        if recipient is not None:
            return recipient.contents
        wanted = None if reader.category_ids is None else frozenset(reader.category_ids)
        had = said.enough.get(reader.subscriber.id, _NOTHING)
        return Contents(event_ids=self._renderer.promoted(wanted, had, self._terms.material), language=reader.language)


_TOLD_NOTHING = _Said(got={}, corrections={}, enough={}, full=_NOBODY, bereft=_NOBODY)

#: Of somebody who looks at posts, and at no edition.
_EVER = datetime(1, 1, 2, tzinfo=UTC)
_NO_EDITION = Edition(
    id="",
    digest="",
    period=Period(starts=_EVER, ends=_EVER),
    state=EditionState.DRAFT,
    reason=None,
    prepared_at=_EVER,
)
