"""Editions and their variants.

approved --> delivering --> done        each state once, in this order
skipped                                 from the beginning, with its reason
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models import Edition, EditionState, Period, Pick, PostState, Variant
from solacefeed.store import promotions
from solacefeed.store.changes import CHUNK
from solacefeed.store.schema import edition_posts, editions, posts, variants

#: Editions with copies still to hand over.
OPEN = (EditionState.APPROVED, EditionState.DELIVERING)

#: So many of a digest's newest ones have, between them, every name that a closing to come could have again.
RECENT = 8


def add(connection: sa.Connection, edition: Edition, post_ids: Iterable[str]) -> None:
    """Freezes *edition* with the posts it covers, which no later edition of the digest will cover again."""
    connection.execute(
        editions.insert().values(
            id=edition.id,
            digest=edition.digest,
            starts=edition.period.starts,
            ends=edition.period.ends,
            state=edition.state.value,
            reason=edition.reason,
            prepared_at=edition.prepared_at,
        )
    )
    rows = [{"digest": edition.digest, "post_id": post_id, "edition_id": edition.id} for post_id in sorted(post_ids)]
    if rows:
        connection.execute(edition_posts.insert(), rows)


def latest(connection: sa.Connection, digest: str) -> Edition | None:
    newest = recent(connection, digest, limit=1)
    return newest[0] if newest else None


def recent(
    connection: sa.Connection, digest: str, *, begun_by: datetime | None = None, limit: int = RECENT
) -> list[Edition]:
    """The newest editions of *digest*, newest first; of those alone whose period had begun by *begun_by*."""
    query = editions.select().where(editions.c.digest == digest)
    if begun_by is not None:
        query = query.where(editions.c.starts <= begun_by)
    return [_edition(row) for row in connection.execute(query.order_by(editions.c.ends.desc()).limit(limit))]


def find(connection: sa.Connection, edition_id: str) -> Edition | None:
    row = connection.execute(editions.select().where(editions.c.id == edition_id)).one_or_none()
    return _edition(row) if row else None


def listing(connection: sa.Connection) -> list[Edition]:
    """All editions, newest first."""
    query = editions.select().order_by(editions.c.ends.desc(), editions.c.id)
    return [_edition(row) for row in connection.execute(query)]


def public(connection: sa.Connection, digest: str) -> list[Edition]:
    """The editions of *digest* that were not skipped, newest first."""
    query = editions.select().where(editions.c.digest == digest, editions.c.state != EditionState.SKIPPED)
    return [_edition(row) for row in connection.execute(query.order_by(editions.c.ends.desc(), editions.c.id))]


def covering(connection: sa.Connection, post_ids: Iterable[str]) -> set[str]:
    """The ids of the editions, of any digest, that cover one of these posts."""
    wanted = sorted(set(post_ids))
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        chunk = edition_posts.c.post_id.in_(wanted[start : start + CHUNK])
        found.update(connection.execute(sa.select(edition_posts.c.edition_id).where(chunk).distinct()).scalars())
    return found


def open_ones(connection: sa.Connection) -> list[Edition]:
    """The editions that may have copies to hand over, oldest first."""
    query = editions.select().where(editions.c.state.in_(OPEN)).order_by(editions.c.ends, editions.c.id)
    return [_edition(row) for row in connection.execute(query)]


def move(connection: sa.Connection, edition_id: str, *, to: EditionState) -> None:
    connection.execute(editions.update().where(editions.c.id == edition_id).values(state=to.value))


def skip(connection: sa.Connection, edition_id: str, reason: str) -> None:
    """An edition that has nothing to say to anybody; its posts stay covered."""
    values = {"state": EditionState.SKIPPED.value, "reason": reason}
    connection.execute(editions.update().where(editions.c.id == edition_id).values(**values))


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
    promotions.note(connection, variant)


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
        state=EditionState(row.state),
        reason=row.reason,
        prepared_at=row.prepared_at,
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
