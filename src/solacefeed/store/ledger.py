"""The ledger: which posts a reader has got or is promised. It is no table, but copies read through their variants.

    got        accepted, uncertain, and whatever may have arrived when it was first offered
    promised   pending, claimed, handing: they stand in no other edition meanwhile
    neither    rejected, expired, cancelled: their posts are free for the next edition

A copy says what the revision does that it was handed over with, and else the newest. It is read by ranges of
subscribers, on the index that says who has a copy of an edition, so that a million readers need no room at once; and
readers who have got the same share one set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Correction
from solacefeed.store.copies import HANDED, NEITHER, came_before, counts, key_of_variant
from solacefeed.store.database import among
from solacefeed.store.known_names import as_known
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import Instant, deliveries, editions, variants

NOTHING: frozenset[str] = frozenset()

#: Between copies, and between the parts of what one is called: in no id and no key is a control character.
_COPY = "\x1e"
_PART = "\x1f"
#: Whether a reader has it or may have it, or is promised it.
_HAS_COME, _PROMISED = "1", ""

#: So many different sets are kept to be shared by the readers of the next range.
MOST_KEPT = 20_000

#: Of a copy: its edition, the key of its variant, and the revision that it keeps, ``None`` for the newest.
CopyOf = tuple[str, str, int | None]


def digests_that_count(digest: Digest) -> frozenset[str] | None:
    """The keys of the digests whose posts *digest* does not bring again; ``None`` for all."""
    return frozenset({digest.key}) if digest.repeats else None


class Ledger:
    """What readers have got or are promised of some posts, by the editions that were frozen since an instant."""

    def __init__(
        self,
        connection: sa.Connection,
        *,
        since: datetime,
        posts: Collection[str],
        digests: Collection[str] | None = None,
        but_for: str | None = None,
    ) -> None:
        """Reads what the editions said, once; *digests* are the keys of those that count, ``None`` for all.

        The edition *but_for* is the one that is being made: what it promises by now keeps nothing out of it.
        """
        wanted = frozenset(posts)
        said = said_by(connection, since=since, digests=digests, but_for=but_for)
        self._parts = {copy: part for copy, each in said.items() if (part := wanted.intersection(each.post_ids))}
        self._sets: dict[str, frozenset[str]] = {}
        self._shared: dict[frozenset[str], frozenset[str]] = {}

    def got(self, connection: sa.Connection, first: int, last: int) -> Mapping[int, frozenset[str]]:
        """The posts, by subscribers from *first* to *last*; who has got none of them need not be there.

        Equal sets are one object, as long as there are not too many.
        """
        if len(self._sets) > MOST_KEPT:
            self._sets.clear()
            self._shared.clear()
        found: dict[int, frozenset[str]] = {}
        for subscriber_id, names in copies(connection, {edition_id for edition_id, _, _ in self._parts}, first, last):
            got = self._sets.get(names)
            found[subscriber_id] = self._read(names) if got is None else got
        return found

    def _read(self, names: str) -> frozenset[str]:
        union = frozenset[str]().union(*(self._parts.get(copy, ()) for copy, _ in named(names)))
        got = self._sets[names] = self._shared.setdefault(union, union)
        return got


def overtaken(
    connection: sa.Connection,
    edition_id: str,
    ids: Collection[int],
    *,
    within: timedelta,
    digests: Collection[str] | None = None,
) -> set[int]:
    """Which of these copies of an edition, that came to nothing, must never be offered again.

    A copy that counts has brought, or promises, one of their posts to their reader: one of an edition after it, or of
    one *within* so long before it that was offered again. *digests* as of ``Ledger``.
    """
    frozen_at = connection.execute(sa.select(editions.c.prepared_at).where(editions.c.id == edition_id)).scalar_one()
    said = {
        key: set(each.post_ids) for key, each in said_by(connection, since=frozen_at).items() if key[0] == edition_id
    }
    since = frozen_at - within
    others = Ledger(connection, since=since, posts=set().union(*said.values()), digests=digests, but_for=edition_id)
    found: set[int] = set()
    table = deliveries.c
    query = sa.select(table.id, table.subscriber_id, table.revision, key_of_variant().label("key"))
    for some in among(connection, table.id, ids):
        rows = connection.execute(query.where(some).order_by(table.subscriber_id)).all()
        for start in range(0, len(rows), MOST_KEPT):
            page = rows[start : start + MOST_KEPT]
            got = others.got(connection, page[0].subscriber_id, page[-1].subscriber_id)
            found |= {
                row.id
                for row in page
                if not said.get((edition_id, row.key, row.revision), NOTHING).isdisjoint(got.get(row.subscriber_id, ()))
            }
    return found


# -- what copies said ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSaid:
    """What one revision of a variant says of posts."""

    edition_id: str
    #: When its edition was frozen.
    at: datetime
    post_ids: tuple[str, ...]
    corrections: tuple[Correction, ...]


def said_by(
    connection: sa.Connection,
    *,
    since: datetime,
    digests: Collection[str] | None = None,
    but_for: str | None = None,
) -> dict[CopyOf, VariantSaid]:
    """What the variants of the editions that were frozen since then say; oldest edition first."""
    query, given = _said(), {"since": since, "but_for": but_for or ""}
    rows: Iterable[sa.Row[*tuple[Any, ...]]] = (
        connection.execute(query, given)
        if digests is None
        else rows_among(connection, query, editions.c.digest, digests, given)
    )
    found: dict[CopyOf, VariantSaid] = {}
    for row in rows:
        # The last one is the newest.
        found[row.id, row.selection, row.revision] = found[row.id, row.selection, None] = VariantSaid(
            edition_id=row.id,
            at=row.prepared_at,
            post_ids=tuple(pick["post_id"] for pick in row.picks),
            corrections=tuple(Correction(**each) for each in row.corrections or ()),
        )
    return found


@cache
def _said() -> sa.Select[Any]:
    since = sa.bindparam("since", type_=Instant)
    return (
        sa.select(
            editions.c.id,
            editions.c.prepared_at,
            variants.c.selection,
            variants.c.revision,
            variants.c.picks,
            variants.c.corrections,
        )
        .join_from(editions, variants, variants.c.edition_id == editions.c.id)
        .where((editions.c.prepared_at >= since) | (editions.c.ends >= since))
        .where(editions.c.id != sa.bindparam("but_for"))
        .order_by(editions.c.prepared_at, editions.c.id, variants.c.selection, variants.c.revision)
    )


def copies(connection: sa.Connection, edition_ids: Collection[str], first: int, last: int) -> Iterator[tuple[int, str]]:
    """Yields each subscriber from *first* to *last*, with the names of their copies of these editions that count.

    Of most readers these are the same, so the database puts them together: a row a copy would take twice as long.
    """
    given = {"first": first, "last": last}
    for row in rows_among(connection, _copies(), deliveries.c.edition_id, edition_ids, given):
        yield row[0], row[1]


@cache
def _copies() -> sa.Select[int, str]:
    table = deliveries.c
    now = sa.case((table.state.in_(HANDED) | came_before(), _HAS_COME), else_=_PROMISED)
    # Of one that was sent again, what it said before and what it says now.
    name = sa.case(
        (table.got_revision.is_(None), _name(table.revision, now)),
        else_=_name(table.got_revision, sa.literal(_HAS_COME)) + _COPY + _name(table.revision, now),
    )
    return (
        sa.select(table.subscriber_id, sa.func.aggregate_strings(name, _COPY))
        .where(table.subscriber_id.between(sa.bindparam("first"), sa.bindparam("last")), counts())
        .group_by(table.subscriber_id)
    )


def has_come(connection: sa.Connection, edition_id: str, those: Collection[CopyOf]) -> bool:
    """Whether some reader has one of *those* copies of the edition by now or may have it, as ``named`` says it."""
    called = {_PART.join((copy[0], copy[1], "" if copy[2] is None else str(copy[2]))) for copy in those}
    # Ended by the first that is found: of a post that some readers have that is soon.
    return any(
        any(rows_among(connection, query, name, called, {"of_edition": edition_id})) for query, name in _have_come()
    )


@cache
def _have_come() -> tuple[tuple[sa.Select[int], sa.ColumnElement[str]], ...]:
    its = deliveries.c.edition_id == sa.bindparam("of_edition")
    found = sa.select(sa.literal(1)).select_from(deliveries).limit(1)
    return (
        (found.where(its, deliveries.c.state.in_(HANDED)), _said_by_it(deliveries.c.revision)),
        (found.where(its, came_before()), _said_by_it(deliveries.c.revision)),
        (found.where(its, deliveries.c.got_revision.is_not(None)), _said_by_it(deliveries.c.got_revision)),
    )


def _name(revision: sa.ColumnElement[int | None], stands: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return _said_by_it(revision) + _PART + stands


def _said_by_it(revision: sa.ColumnElement[int | None]) -> sa.ColumnElement[str]:
    said = sa.func.coalesce(sa.cast(revision, sa.Text), "")
    return deliveries.c.edition_id + _PART + key_of_variant() + _PART + said


def named(names: str) -> Iterator[tuple[CopyOf, bool]]:
    """The copies behind what ``copies`` calls them, each with whether its reader has it or may have it by now."""
    for name in names.split(_COPY):
        edition_id, key, revision, stands = name.split(_PART)
        yield (edition_id, key, int(revision) if revision else None), stands == _HAS_COME


# -- one reader's ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCopy:
    """A copy of one reader's, with what it says."""

    id: int
    edition_id: str
    #: Of the edition.
    digest: str
    frozen_at: datetime
    #: The name of the reader's choice.
    selection: str
    #: Of its variant.
    key: str
    state: DeliveryState
    #: It came when it was offered or sent before, or may have come.
    doubtful: bool
    changed_at: datetime
    answer: str | None
    post_ids: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """As ``counts`` asks it of the database."""
        return self.state not in NEITHER or self.doubtful

    @property
    def came_in_spite_of_it(self) -> bool:
        """What was sent last came to nothing, and its reader has one, or may have."""
        return self.state in NEITHER and self.doubtful

    def counted_at(self, instant: datetime) -> bool:
        """Whether it counted then: one that came to nothing was promised until it did."""
        return self.counts or self.changed_at > instant


def of_reader(connection: sa.Connection, subscriber_id: int, *, since: datetime) -> list[ReaderCopy]:
    """A subscriber's copies of the editions frozen since then, whatever became of them; oldest first."""
    said = said_by(connection, since=since)
    query = (
        sa.select(deliveries, editions.c.digest, editions.c.prepared_at, key_of_variant().label("key"))
        .join_from(deliveries, editions, deliveries.c.edition_id == editions.c.id)
        .where(deliveries.c.subscriber_id == subscriber_id)
        .order_by(deliveries.c.id)
    )
    found: list[ReaderCopy] = []
    for some in among(connection, deliveries.c.edition_id, {edition_id for edition_id, _, _ in said}):
        for row in connection.execute(query.where(some)):
            told = _told(said, row)
            found.append(
                ReaderCopy(
                    id=row.id,
                    edition_id=row.edition_id,
                    digest=row.digest,
                    frozen_at=row.prepared_at,
                    selection=row.selection,
                    key=row.key,
                    state=as_known(DeliveryState, row.state),
                    doubtful=row.doubts > 0 or row.got_before > 0,
                    changed_at=row.changed_at,
                    answer=row.answer,
                    post_ids=told,
                )
            )
    return found


def _told(said: Mapping[CopyOf, VariantSaid], row: sa.Row[*tuple[Any, ...]]) -> tuple[str, ...]:
    """The posts of a copy; of one that was sent again, also those that it had before."""
    revisions = [row.revision] if row.got_revision is None else [row.got_revision, row.revision]
    found = [said[key] for revision in revisions if (key := (row.edition_id, row.key, revision)) in said]
    return tuple(dict.fromkeys(post_id for each in found for post_id in each.post_ids))
