"""Editions and their variants; this module owns the states of editions.

    approved ---> delivering ---> done
        |           |    ^
        |           v    |
        +---------> paused          the relay refuses us; until the operator resumes it, or all its copies are too late
    skipped                         from the beginning, with its reason
    any ----------> cancelled       by the operator; its id and its period are free again

Each move is a compare-and-swap: the statement names the states it leaves, and says whether it found one of them. A
cancelled edition keeps its row, for those who got a copy: under its id as long as nobody needs that, then put aside
as ``weekly/2026-11-23~1``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.digests import CadenceKind
from solacefeed.models.editions import OPEN, Edition, EditionState, Period, Pick, Variant
from solacefeed.models.posts import PostState
from solacefeed.store import promotions as promotion_store
from solacefeed.store.changes import about_to_change
from solacefeed.store.database import among, as_known
from solacefeed.store.schema import deliveries, edition_posts, editions, posts, promotions, variants

#: Whatever an edition can be cancelled out of.
STANDING = tuple(state for state in EditionState if state is not EditionState.CANCELLED)

#: States of copies that somebody has or may have.
_HANDED = (DeliveryState.HANDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)

#: Between the id of a cancelled edition and its number, once another has its id.
_ASIDE = "~"

#: So many of a digest's newest ones have, between them, every name that a closing to come could have again.
RECENT = 8


def add(connection: sa.Connection, edition: Edition, post_ids: Iterable[str]) -> None:
    """Freezes *edition* with the posts it covers, which no later edition of the digest will cover again.

    A cancelled one of the same id is put aside; its page is made anew.
    """
    covered = sorted(post_ids)
    if _put_aside(connection, edition.id):
        about_to_change(connection, covered)
    connection.execute(
        editions.insert().values(
            id=edition.id,
            digest=edition.digest,
            starts=edition.period.starts,
            ends=edition.period.ends,
            state=edition.state.value,
            reason=edition.reason,
            prepared_at=edition.prepared_at,
            issue=edition.issue,
            cadence=edition.cadence,
        )
    )
    rows = [{"digest": edition.digest, "post_id": post_id, "edition_id": edition.id} for post_id in covered]
    if rows:
        connection.execute(edition_posts.insert(), rows)


def issue(connection: sa.Connection, edition_id: str) -> int:
    """The number of the next edition of this id: one more than were cancelled."""
    ids = sa.or_(editions.c.id == edition_id, editions.c.id.startswith(f"{edition_id}{_ASIDE}", autoescape=True))
    return (connection.execute(sa.select(sa.func.max(editions.c.issue)).where(ids)).scalar() or 0) + 1


def latest(connection: sa.Connection, digest: str) -> Edition | None:
    """The newest edition of *digest* that was not cancelled."""
    newest = recent(connection, digest, limit=1)
    return newest[0] if newest else None


def recent(
    connection: sa.Connection, digest: str, *, begun_by: datetime | None = None, limit: int = RECENT
) -> list[Edition]:
    """The newest editions of *digest* that were not cancelled, newest first.

    With *begun_by*, those alone whose period had begun by then.
    """
    query = editions.select().where(editions.c.digest == digest, editions.c.state != EditionState.CANCELLED)
    if begun_by is not None:
        query = query.where(editions.c.starts <= begun_by)
    return [_edition(row) for row in connection.execute(query.order_by(editions.c.ends.desc()).limit(limit))]


def latest_cancelled(connection: sa.Connection, digest: str, *, until: datetime) -> Edition | None:
    """The newest cancelled edition of *digest* that closed by *until*."""
    query = editions.select().where(
        editions.c.digest == digest, editions.c.state == EditionState.CANCELLED, editions.c.ends <= until
    )
    row = connection.execute(query.order_by(editions.c.ends.desc(), editions.c.issue.desc()).limit(1)).one_or_none()
    return _edition(row) if row else None


def find(connection: sa.Connection, edition_id: str) -> Edition | None:
    """The edition of this id, whatever its state."""
    row = connection.execute(editions.select().where(editions.c.id == edition_id)).one_or_none()
    return _edition(row) if row else None


def listing(connection: sa.Connection) -> list[Edition]:
    """All editions, newest first."""
    query = editions.select().order_by(editions.c.ends.desc(), editions.c.id)
    return [_edition(row) for row in connection.execute(query)]


def public(connection: sa.Connection, digest: str) -> list[Edition]:
    """The editions of *digest* that somebody gets or has got, newest first.

    Of those that were cancelled: what somebody has a copy of, as long as no other has its id.
    """
    cancelled = editions.c.state == EditionState.CANCELLED
    told = _was_handed() & ~editions.c.id.contains(_ASIDE, autoescape=True)
    query = editions.select().where(
        editions.c.digest == digest, editions.c.state != EditionState.SKIPPED, ~cancelled | told
    )
    return [_edition(row) for row in connection.execute(query.order_by(editions.c.ends.desc(), editions.c.id))]


def covering(connection: sa.Connection, post_ids: Iterable[str]) -> set[str]:
    """The ids of the editions, of any digest, that cover one of these posts."""
    found: set[str] = set()
    for some in among(connection, edition_posts.c.post_id, post_ids):
        found.update(connection.execute(sa.select(edition_posts.c.edition_id).where(some).distinct()).scalars())
    return found


def open_ones(connection: sa.Connection) -> list[Edition]:
    """The editions that may have copies to hand over, oldest first."""
    query = editions.select().where(editions.c.state.in_(OPEN)).order_by(editions.c.ends, editions.c.id)
    return [_edition(row) for row in connection.execute(query)]


def move(
    connection: sa.Connection,
    edition_id: str,
    *,
    leaving: Collection[EditionState],
    to: EditionState,
    reason: str | None = None,
) -> bool:
    """Whether the edition was in one of the states *leaving*, and is *to* now, for that *reason*."""
    there = (editions.c.id == edition_id) & sa.or_(*(editions.c.state == state for state in leaving))
    moved = connection.execute(editions.update().where(there).values(state=to.value, reason=reason))
    return moved.rowcount == 1


def skip(connection: sa.Connection, edition_id: str, reason: str) -> bool:
    """An edition that has nothing to say to anybody; its posts stay covered."""
    return move(connection, edition_id, leaving={EditionState.APPROVED}, to=EditionState.SKIPPED, reason=reason)


def uncover(connection: sa.Connection, edition_id: str) -> int:
    """Lets the next edition cover the posts of this one that nobody was handed; returns how many."""
    handed = {pick.post_id for each in _handed_variants(connection, edition_id) for pick in each.picks}
    covered = covered_posts(connection, edition_id)
    free = [post_id for post_id in covered if post_id not in handed]
    # Who was handed a copy still finds its page, without the others.
    about_to_change(connection, handed.intersection(covered))
    for some in among(connection, edition_posts.c.post_id, free):
        connection.execute(edition_posts.delete().where(edition_posts.c.edition_id == edition_id, some))
    return len(free)


def handed(connection: sa.Connection, edition_id: str) -> int:
    """How many copies of an edition somebody has, or may have."""
    which = (deliveries.c.edition_id == edition_id) & _may_have_it()
    return connection.execute(sa.select(sa.func.count()).select_from(deliveries).where(which)).scalar_one()


def _handed_variants(connection: sa.Connection, edition_id: str) -> list[Variant]:
    """What those got, or may have got, who were handed a copy."""
    gone = (
        sa.select(deliveries.c.selection, deliveries.c.revision)
        .where(deliveries.c.edition_id == edition_id, deliveries.c.revision.is_not(None), _may_have_it())
        .distinct()
    )
    return [variant(connection, edition_id, row.selection, row.revision) for row in connection.execute(gone).all()]


def _may_have_it() -> sa.ColumnElement[bool]:
    # One that was refused in the end may have come when it was first offered.
    return deliveries.c.state.in_(_HANDED) | (deliveries.c.doubts > 0)


def _was_handed() -> sa.ColumnElement[bool]:
    return sa.exists().where(deliveries.c.edition_id == editions.c.id, _may_have_it())


def _put_aside(connection: sa.Connection, edition_id: str) -> bool:
    """Gives a cancelled edition another id, with all that hangs on it; false where there is none."""
    known = find(connection, edition_id)
    if known is None or known.state is not EditionState.CANCELLED:
        return False
    aside = f"{edition_id}{_ASIDE}{known.issue}"
    row = connection.execute(editions.select().where(editions.c.id == edition_id)).one()
    connection.execute(editions.insert().values(**{**row._mapping, "id": aside}))
    for table in (edition_posts, variants, promotions, deliveries):
        connection.execute(table.update().where(table.c.edition_id == edition_id).values(edition_id=aside))
    connection.execute(editions.delete().where(editions.c.id == edition_id))
    return True


def close_all(connection: sa.Connection, digest: str, *, reason: str) -> int:
    """Nothing more is handed over of the editions of a digest that is given up; returns how many were open."""
    open_ones = (editions.c.digest == digest) & editions.c.state.in_(OPEN)
    values = {"state": EditionState.DONE.value, "reason": reason}
    return connection.execute(editions.update().where(open_ones).values(**values)).rowcount


def uncover_closed(connection: sa.Connection, digest: str, *, reason: str) -> None:
    """Leaves to the next edition what nobody was handed when a digest, now taken up again, was given up."""
    closed = (editions.c.digest == digest) & (editions.c.state == EditionState.DONE) & (editions.c.reason == reason)
    for edition_id in connection.execute(sa.select(editions.c.id).where(closed)).scalars().all():
        uncover(connection, edition_id)


def uncovered_posts(connection: sa.Connection, digest: str, period: Period) -> list[str]:
    """The ids of published posts seen before the period's end that no edition of *digest* has covered.

    Posts seen before the digest's first period are its back-catalogue and never wanted. A post that came into the store
    too late for the edition of its own week stands in the next one. Editions that began after the period, which only
    a look back meets, say nothing of when it began.
    """
    begun = (editions.c.digest == digest, editions.c.starts <= period.starts)
    first = connection.execute(sa.select(sa.func.min(editions.c.starts)).where(*begun)).scalar()
    covered = sa.select(edition_posts.c.post_id).where(edition_posts.c.digest == digest)
    query = (
        sa.select(posts.c.id)
        .where(
            posts.c.state == PostState.PUBLISHED,
            posts.c.seen >= (first or period.starts),
            posts.c.seen < period.ends,
            posts.c.published < period.ends,
            posts.c.id.not_in(covered),
        )
        .order_by(posts.c.id)
    )
    return list(connection.execute(query).scalars())


def covered_posts(connection: sa.Connection, edition_id: str) -> list[str]:
    """The ids of the posts that an edition covers."""
    query = sa.select(edition_posts.c.post_id).where(edition_posts.c.edition_id == edition_id)
    return list(connection.execute(query.order_by(edition_posts.c.post_id)).scalars())


def promoted_by(connection: sa.Connection, edition_id: str) -> list[str]:
    """The ids of the events that an edition was frozen with, whoever's variant told of them.

    Those of the first revisions: later ones come and go with the hour at which a copy leaves.
    """
    frozen = (variants.c.edition_id == edition_id, variants.c.revision == 1)
    rows = connection.execute(sa.select(variants.c.event_ids).where(*frozen)).scalars()
    return sorted({event_id for event_ids in rows for event_id in event_ids})


def add_variant(connection: sa.Connection, variant: Variant) -> None:
    connection.execute(
        variants.insert().values(
            edition_id=variant.edition_id,
            selection=variant.selection,
            revision=variant.revision,
            picks=[{"post_id": pick.post_id, "because": list(pick.because)} for pick in variant.picks],
            event_ids=list(variant.event_ids),
            subject=variant.subject,
            text=variant.text,
            html=variant.html,
            made_of=variant.made_of,
        )
    )
    promotion_store.note(connection, variant)


def note_made_of(connection: sa.Connection, variant: Variant) -> None:
    """Writes down that something else than before gives just this revision's words."""
    connection.execute(
        variants.update()
        .where(
            variants.c.edition_id == variant.edition_id,
            variants.c.selection == variant.selection,
            variants.c.revision == variant.revision,
        )
        .values(made_of=variant.made_of)
    )


def variant(connection: sa.Connection, edition_id: str, selection: str, revision: int | None = None) -> Variant:
    """That revision of a variant; without one, the newest."""
    query = variants.select().where(variants.c.edition_id == edition_id, variants.c.selection == selection)
    if revision is not None:
        query = query.where(variants.c.revision == revision)
    return _variant(connection.execute(query.order_by(variants.c.revision.desc()).limit(1)).one())


def newest_variants(connection: sa.Connection, edition_id: str) -> list[Variant]:
    """The newest revision of each variant of an edition."""
    query = (
        variants.select().where(variants.c.edition_id == edition_id).order_by(variants.c.selection, variants.c.revision)
    )
    newest = {row.selection: row for row in connection.execute(query)}
    return [_variant(row) for row in newest.values()]


def _edition(row: sa.Row[Any]) -> Edition:
    return Edition(
        id=row.id,
        digest=row.digest,
        period=Period(starts=row.starts, ends=row.ends),
        state=as_known(EditionState, row.state),
        reason=row.reason,
        prepared_at=row.prepared_at,
        issue=row.issue,
        cadence=None if row.cadence is None else as_known(CadenceKind, row.cadence),
        folded=row.folded,
    )


def _variant(row: sa.Row[Any]) -> Variant:
    return Variant(
        edition_id=row.edition_id,
        selection=row.selection,
        revision=row.revision,
        picks=tuple(Pick(post_id=pick["post_id"], because=tuple(pick["because"])) for pick in row.picks),
        event_ids=tuple(row.event_ids),
        subject=row.subject,
        text=row.text,
        html=row.html,
        made_of=row.made_of,
    )
