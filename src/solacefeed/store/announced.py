"""What editions told readers besides posts: of categories that are new, and that nothing is left of their choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.models.posts import CategoryId
from solacefeed.store.copies import counts, key_of_variant
from solacefeed.store.database import among
from solacefeed.store.schema import deliveries, editions, variants


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBesides:
    offers: frozenset[CategoryId] = frozenset()
    #: That nothing is left of what they chose.
    left_without: bool = False


# Without posts and events it says that alone.
_BARE = (sa.cast(variants.c.picks, sa.Text) == "[]") & (sa.cast(variants.c.event_ids, sa.Text) == "[]")
_SAID = (
    sa.select(variants.c.edition_id, variants.c.selection, variants.c.offers, _BARE.label("bare"))
    .select_from(variants.join(editions, editions.c.id == variants.c.edition_id))
    .where(editions.c.digest == sa.bindparam("of_digest"), editions.c.cadence.is_not(None))
    .where(editions.c.id != sa.bindparam("but_for"))
    .where(variants.c.offers.is_not(None) | _BARE)
)

#: To whom nothing of the kind was said.
NOTHING = ToldBesides()


class Announced:
    """What the editions of a digest have told readers besides posts: few of their variants have."""

    def __init__(self, connection: sa.Connection, digest: str, *, but_for: str | None = None) -> None:
        """*but_for* is the edition that is being made: what it says itself is not yet told."""
        self._said = {
            (row.edition_id, row.selection): ToldBesides(
                offers=frozenset(row.offers or ()), left_without=bool(row.bare)
            )
            for row in connection.execute(_SAID, {"of_digest": digest, "but_for": but_for or ""})
        }
        self._editions = sorted({edition_id for edition_id, _ in self._said})

    def to(self, connection: sa.Connection, first: int, last: int) -> Mapping[int, ToldBesides]:
        """By subscribers from *first* to *last*; who was told nothing is not there."""
        found: dict[int, ToldBesides] = {}
        query = sa.select(deliveries.c.subscriber_id, deliveries.c.edition_id, key_of_variant().label("key"))
        query = query.where(deliveries.c.subscriber_id.between(first, last), counts())
        for some in among(connection, deliveries.c.edition_id, self._editions):
            for row in connection.execute(query.where(some)):
                if (said := self._said.get((row.edition_id, row.key))) is not None:
                    before = found.get(row.subscriber_id, NOTHING)
                    found[row.subscriber_id] = ToldBesides(
                        offers=before.offers | said.offers, left_without=before.left_without or said.left_without
                    )
        return found
