"""Goes through the readers of an edition, and says what each of them gets of it.

    readers, by ranges of their numbers --> choices, ledger --> picks --> contents

No transaction lasts longer than the reading of one range. Readers who get the same have the same contents, as one object
in memory: there may be a million of them, and a few hundred variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.editions.renderer import Material, Renderer
from solacefeed.digest.choice_words import offers
from solacefeed.digest.corrections import told
from solacefeed.digest.eligibility import Candidate
from solacefeed.digest.selection import Selector, Wishes, order_of, selection, wishes_of
from solacefeed.digest.variants import Contents
from solacefeed.models.digests import Cadence
from solacefeed.models.editions import Correction, Edition, Pick
from solacefeed.models.people import Subscription
from solacefeed.models.posts import CategoryId
from solacefeed.store import deliveries, ledger, promotions, subscribers
from solacefeed.store.database import Store

#: Readers looked at in one transaction.
PAGE = 2000


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
    #: Corrections that may be told.
    corrections: tuple[Correction, ...] = ()
    #: Categories that are offered to whoever follows others.
    new_categories: tuple[CategoryId, ...] = ()
    #: Editions that count against a limit of mails, and how many of them a reader gets at most.
    counted: tuple[str, ...] = ()
    most: int = 0
    #: The ledger's: what readers got by these editions.
    ledger: ledger.Ledger | None = None


class Recipients:
    """The readers of one edition, as they are when it is asked."""

    def __init__(self, store: Store, renderer: Renderer, terms: Terms) -> None:
        self._store = store
        self._renderer = renderer
        self._terms = terms
        order = order_of(renderer.labels(terms.material))
        self._selector = Selector(terms.candidates, order)
        self._names: dict[tuple[CategoryId, ...] | None, str] = {}
        self._wishes: dict[object, Wishes] = {}
        self._events: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
        self._contents: dict[object, tuple[tuple[Pick, ...], Contents | None]] = {}

    def pages(self) -> Iterator[Page]:
        after = 0
        while True:
            with self._store.read() as connection:
                readers = subscribers.page(connection, self._renderer.digest.key, after=after, limit=PAGE)
                if not readers:
                    return
                page = self._page(connection, readers)
            yield page
            after = readers[-1].subscriber.id

    def _page(self, connection: sa.Connection, readers: list[Subscription]) -> Page:
        first, last = readers[0].subscriber.id, readers[-1].subscriber.id
        theirs = [reader for reader in readers if self._is_for(reader)]
        got = self._got(connection, first, last)
        enough = self._enough(connection, first, last)
        full = self._full(connection, first, last)
        found = [
            self._recipient(reader, got.get(reader.subscriber.id, ledger.NOTHING), enough)
            for reader in theirs
            if reader.subscriber.id not in full
        ]
        there = tuple(each for each in found if each is not None)
        return Page(recipients=there, empty=len(theirs) - len(there))

    def _is_for(self, reader: Subscription) -> bool:
        cadence, wanted = self._terms.cadence, self._terms.edition.editing.audience
        if cadence is not None:
            return self._renderer.digest.cadence(reader.cadence).kind is cadence.kind
        return not wanted or reader.category_ids is None or not set(wanted).isdisjoint(reader.category_ids)

    def _got(self, connection: sa.Connection, first: int, last: int) -> Mapping[int, ledger.Got]:
        return self._terms.ledger.got(connection, first, last) if self._terms.ledger else {}

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

    def _recipient(
        self, reader: Subscription, got: ledger.Got, enough: Mapping[int, frozenset[str]]
    ) -> Recipient | None:
        name = self._name(reader.category_ids)
        picks = self._selector.picks(self._wished(reader), got.posts)
        had = enough.get(reader.subscriber.id, frozenset())
        # Picks that are equal are one object, which is kept here: to hash it is much cheaper than to hash what is in it.
        key = (id(picks), name, had, reader.language, got if self._terms.corrections else None)
        if key not in self._contents:
            self._contents[key] = picks, self._made(reader, picks, got, had)
        contents = self._contents[key][1]
        return None if contents is None else Recipient(reader, name, contents)

    def _made(
        self, reader: Subscription, picks: tuple[Pick, ...], got: ledger.Got, had: frozenset[str]
    ) -> Contents | None:
        """What a reader gets; ``None`` where that is nothing to write a mail for."""
        wanted = None if reader.category_ids is None else frozenset(reader.category_ids)
        events = self._renderer.promoted(wanted, had, self._terms.material)
        is_notice = self._terms.cadence is None
        if not (picks or is_notice or (events and self._renderer.digest.events_alone)):
            return None
        return Contents(
            picks=picks,
            event_ids=() if is_notice else events,
            corrections=told(self._terms.corrections, got.titles, got.corrections) if picks else (),
            offers=offers(self._terms.new_categories, wanted) if picks else (),
            language=reader.language,
        )

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
