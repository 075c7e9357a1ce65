"""Goes through the readers of an edition, and says what each of them gets of it.

    readers, by ranges of their numbers --> what they were told before --> picked for each

No transaction lasts longer than the reading of one range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.deeds.editions.picking import Picker, ReaderContents, ToldBefore
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.editions.terms import Terms
from solacefeed.store import deliveries, promotions, subscribers
from solacefeed.store.database import Store

#: Readers looked at in one transaction.
PAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What some readers get, in the order of their numbers."""

    recipients: tuple[ReaderContents, ...]
    #: How many of them there is nothing for.
    empty: int


def pages(store: Store, renderer: Renderer, terms: Terms) -> Iterator[Page]:
    """The readers of the edition of *terms*, as they are when they are read."""
    picker, after = Picker(renderer, terms), 0
    while True:
        with store.read() as connection:
            readers = subscribers.page(connection, renderer.digest.key, after=after, limit=PAGE)
            if not readers:
                return
            told = told_before(connection, renderer, terms, readers[0].subscriber.id, readers[-1].subscriber.id)
        theirs = [reader for reader in readers if picker.is_for(reader)]
        found = tuple(each for reader in theirs if (each := picker.contents(reader, told)))
        yield Page(recipients=found, empty=len(theirs) - len(found))
        after = readers[-1].subscriber.id


def told_before(connection: sa.Connection, renderer: Renderer, terms: Terms, first: int, last: int) -> ToldBefore:
    """What the subscribers from *first* to *last* were told before the edition of *terms*."""
    counts = deliveries.counts_of(connection, terms.counted, first, last) if terms.counted else {}
    return ToldBefore(
        got=terms.ledger.got(connection, first, last) if terms.ledger else {},
        corrections=terms.corrections.due(connection, first, last) if terms.corrections else {},
        enough=_enough(connection, renderer, terms, first, last),
        full=frozenset(who for who, count in counts.items() if count >= terms.most),
        announced=terms.announced.to(connection, first, last) if terms.announced else {},
    )


def _enough(
    connection: sa.Connection, renderer: Renderer, terms: Terms, first: int, last: int
) -> Mapping[int, frozenset[str]]:
    """The events that a reader is told of no more."""
    digest, zone, now = renderer.digest, renderer.imprint.site.zone, terms.material.now
    if not digest.promote_times:
        return {}
    to_come = [event.id for event in terms.material.events if event.over_at(zone) > now]
    return promotions.had_often(connection, digest.key, to_come, times=digest.promote_times, readers=(first, last))
