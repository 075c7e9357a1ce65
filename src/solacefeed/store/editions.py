"""Editions, each an issue of a digest; this module owns their states.

    draft ---> approved ---> preparing ---> delivering ---> done
      |           |              |            |    ^
      +-> held <--+--------------+            v    |
            |                               paused          refused for us, its canary went badly, or by the operator
            +---> any of those before it, when it is released
    any before delivering ---> skipped      with its reason; folded, where its posts stand in the next one
    any ----------> cancelled               by the operator; folded, its closing is answered, and its posts stand in the
                                            next one; else its id and its period are free again

Each move is a compare-and-swap: the statement names the states it leaves, and says whether it found one of them. What
is frozen has ``counts``: its copies are written, and go when it is moved to ``delivering``. A cancelled edition keeps
its row, for those who got a copy: under its id as long as nobody needs that, then put aside as ``weekly/2026-11-23~1``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.editions import OPEN, PUBLIC, WAITING, Editing, Edition, EditionCounts, EditionState, Variant
from solacefeed.store.changes import about_to_change
from solacefeed.store.copies import HANDED, came_before, key_of_variant
from solacefeed.store.database import among
from solacefeed.store.edition_rows import (
    ALL_OPEN,
    ALL_WAITING,
    ANSWERS_ITS_CLOSING,
    BEGUN,
    BEING_MADE,
    BY_ID,
    COVERED,
    IS_BEING_MADE,
    STATE,
    WAITING_OF_DIGEST,
    editing_row,
    edition_of,
    is_in,
    recent_ones,
)
from solacefeed.store.held_editions import hold_whole
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import ON_EDITIONS, deliveries, edition_posts, editions
from solacefeed.store.variants import variant

#: Whatever an edition can be cancelled out of.
STANDING = tuple(state for state in EditionState if state is not EditionState.CANCELLED)

#: The day that names an edition of a digest's first cadence, as SQL's LIKE knows it.
_DAY = "____-__-__"

#: Between the id of a cancelled edition and its number, once another has its id.
_ASIDE = "~"


#: So many of a digest's newest ones have, between them, every name that a closing to come could have again.
RECENT = 8


def add(connection: sa.Connection, edition: Edition) -> bool:
    """Begins *edition*, and puts aside one that was cancelled before it; false where another one has its id.

    That may be one that was cancelled since *edition* was thought of. Pages of what is put aside are made anew.
    """
    if (covered := _put_aside(connection, edition)) is None:
        return False
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
            editing=editing_row(edition.editing),
            until=edition.until,
        )
    )
    return True


def edit(connection: sa.Connection, edition_id: str, editing: Editing) -> bool:
    """Keeps what an editor has made of an edition; false where it is frozen, or is not there."""
    unfrozen = [state for state in WAITING if state is not EditionState.PREPARING]
    there = (editions.c.id == edition_id) & is_in(unfrozen) & editions.c.counts.is_(None)
    return connection.execute(editions.update().where(there).values(editing=editing_row(editing))).rowcount == 1


def is_being_made(connection: sa.Connection, edition_id: str) -> bool:
    """Whether the copies of this edition are being written: nobody has one, and nobody has decided otherwise."""
    return connection.execute(IS_BEING_MADE, {"of_id": edition_id}).scalar_one()


def forget_dead(connection: sa.Connection, edition_id: str) -> None:
    """Forgets an edition that a dead process has left while it wrote its copies; these are discarded before."""
    connection.execute(editions.delete().where(editions.c.id == edition_id, BEING_MADE))


def closing_at(connection: sa.Connection, digest: str, cadence: CadenceKind, ends: datetime) -> Edition | None:
    """The edition of a cadence that closes at that very instant, unless it was cancelled to be made anew."""
    its = (editions.c.digest == digest) & (editions.c.cadence == cadence) & (editions.c.ends == ends)
    query = editions.select().where(its, ANSWERS_ITS_CLOSING).order_by(editions.c.issue.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return edition_of(row) if row else None


def wait_no_more(connection: sa.Connection, edition_id: str, until: datetime) -> bool:
    """Drafts what was held for want of a poll: it brings what settled *until* then; false where it is not held."""
    held = (editions.c.id == edition_id) & (editions.c.state == EditionState.HELD) & editions.c.counts.is_(None)
    values = {"state": EditionState.DRAFT.value, "reason": None, "until": until}
    return connection.execute(editions.update().where(held).values(**values)).rowcount == 1


def close_at(connection: sa.Connection, edition_id: str, ends: datetime) -> bool:
    """Lets an edition close then that is not frozen; false where it is, or is not there."""
    there = (editions.c.id == edition_id) & is_in(WAITING) & editions.c.counts.is_(None)
    return connection.execute(editions.update().where(there).values(ends=ends)).rowcount == 1


def begin_preparing(connection: sa.Connection, edition: Edition, *, leaving: Collection[EditionState]) -> bool:
    """Moves an edition on to have its copies written, as of *edition*'s period and instant; false where it can't be."""
    there = (editions.c.id == edition.id) & is_in(leaving) & editions.c.counts.is_(None)
    values = {
        "state": EditionState.PREPARING.value,
        "reason": None,
        "starts": edition.period.starts,
        "prepared_at": edition.prepared_at,
        "until": edition.until,
    }
    return connection.execute(editions.update().where(there).values(**values)).rowcount == 1


def note_counts(connection: sa.Connection, edition_id: str, counts: EditionCounts) -> None:
    """Says that all copies of an edition are written."""
    connection.execute(editions.update().where(editions.c.id == edition_id).values(counts=asdict(counts)))


def issue(connection: sa.Connection, edition_id: str) -> int:
    """The number of the next edition of this id: one more than were cancelled."""
    ids = sa.or_(editions.c.id == edition_id, editions.c.id.startswith(f"{edition_id}{_ASIDE}", autoescape=True))
    return (connection.execute(sa.select(sa.func.max(editions.c.issue)).where(ids)).scalar() or 0) + 1


def latest(connection: sa.Connection, digest: str) -> Edition | None:
    """The newest edition of *digest* that was not cancelled."""
    standing = (editions.c.digest == digest) & (editions.c.state != EditionState.CANCELLED)
    row = connection.execute(editions.select().where(standing).order_by(editions.c.ends.desc()).limit(1)).one_or_none()
    return edition_of(row) if row else None


def recent(
    connection: sa.Connection,
    digest: str,
    cadence: CadenceKind | None = None,
    *,
    begun_by: datetime | None = None,
    limit: int = RECENT,
) -> list[Edition]:
    """The newest editions of *digest*, of a *cadence* or of all, that answer their closings, newest first.

    One that was cancelled does so too, unless it is to be made anew.

    With *begun_by*, those alone whose period had begun by then.
    """
    asked = {"of_digest": digest, "of_cadence": cadence, "begun_by": begun_by}
    query = recent_ones(of_cadence=cadence is not None, begun=begun_by is not None, limit=limit)
    known = {name: value for name, value in asked.items() if value is not None}
    return [edition_of(row) for row in connection.execute(query, known)]


def is_one_being_made(connection: sa.Connection) -> bool:
    """Whether copies of an edition are being written, or were when its process died."""
    return connection.execute(sa.select(sa.exists().where(BEING_MADE))).scalar_one()


def waiting(connection: sa.Connection, digest: str | None = None) -> list[Edition]:
    """The editions, of a digest or of all, that have not begun to leave, the oldest first."""
    query, given = (ALL_WAITING, {}) if digest is None else (WAITING_OF_DIGEST, {"of_digest": digest})
    return [edition_of(row) for row in connection.execute(query, given)]


def named_of_day(connection: sa.Connection, beginning: str) -> list[Edition]:
    """The editions whose ids begin so, whatever became of them."""
    query = editions.select().where(editions.c.id.startswith(beginning, autoescape=True)).order_by(editions.c.ends)
    return [edition_of(row) for row in connection.execute(query)]


def forget_empty(connection: sa.Connection, edition_id: str) -> None:
    """Forgets an edition at once that was for nobody; its posts are not kept with it."""
    connection.execute(edition_posts.delete().where(edition_posts.c.edition_id == edition_id))
    connection.execute(editions.delete().where(editions.c.id == edition_id, editions.c.state == EditionState.SKIPPED))


def counted_before(connection: sa.Connection, edition: Edition) -> EditionCounts | None:
    """How much the last edition of its digest and cadence was that somebody got; ``None`` where there was none."""
    query = editions.select().where(
        editions.c.digest == edition.digest,
        editions.c.cadence == edition.cadence,
        editions.c.ends < edition.period.ends,
        is_in(PUBLIC),
    )
    row = connection.execute(query.order_by(editions.c.ends.desc()).limit(1)).one_or_none()
    return edition_of(row).counts if row else None


def latest_begun(connection: sa.Connection, digest: str) -> Edition | None:
    """The newest edition of *digest* that closed, be it one that was skipped: the next one closes after it."""
    row = connection.execute(BEGUN, {"of_digest": digest}).one_or_none()
    return edition_of(row) if row else None


def have_begun(connection: sa.Connection, digest: str) -> bool:
    """Whether *digest* has had an edition, be it one that was skipped."""
    past = (editions.c.digest == digest) & ~is_in((*WAITING, EditionState.CANCELLED))
    return connection.execute(sa.select(sa.exists().where(past))).scalar_one()


def latest_cancelled(connection: sa.Connection, digest: str, *, until: datetime) -> Edition | None:
    """The newest cancelled edition of *digest* that closed by *until*."""
    query = editions.select().where(
        editions.c.digest == digest, editions.c.state == EditionState.CANCELLED, editions.c.ends <= until
    )
    row = connection.execute(query.order_by(editions.c.ends.desc(), editions.c.issue.desc()).limit(1)).one_or_none()
    return edition_of(row) if row else None


def find(connection: sa.Connection, edition_id: str) -> Edition | None:
    """The edition of this id, whatever its state."""
    row = connection.execute(BY_ID, {"of_id": edition_id}).one_or_none()
    return edition_of(row) if row else None


def listing(connection: sa.Connection) -> list[Edition]:
    """All editions, newest first."""
    query = editions.select().order_by(editions.c.ends.desc(), editions.c.id)
    return [edition_of(row) for row in connection.execute(query)]


def newest(connection: sa.Connection, states: Collection[EditionState], *, limit: int) -> list[Edition]:
    """The *limit* newest in one of these states, newest first."""
    query = editions.select().where(is_in(states)).order_by(editions.c.ends.desc(), editions.c.id).limit(limit)
    return [edition_of(row) for row in connection.execute(query)]


def by_state(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """How many there are of each digest in each state."""
    columns = (editions.c.digest, editions.c.state)
    counted = sa.select(*columns, sa.func.count()).group_by(*columns).order_by(*columns)
    return {(row[0], row[1]): row[2] for row in connection.execute(counted)}


def public(connection: sa.Connection, digest: str, *, limit: int | None = None) -> list[Edition]:
    """The editions of *digest* that have a page, newest first: of its first cadence, those that somebody gets or has.

    Of those that were cancelled: what somebody has a copy of, as long as no other has its id. At most *limit*.
    """
    rows = connection.execute(_public(limit), {"of_digest": digest, "called": f"{digest}/{_DAY}"})
    return [edition_of(row) for row in rows]


@cache
def _public(limit: int | None) -> sa.Select[Any]:
    cancelled = (editions.c.state == EditionState.CANCELLED) & _was_handed()
    its = (editions.c.digest == sa.bindparam("of_digest")) & editions.c.id.like(sa.bindparam("called"))
    query = editions.select().where(its, is_in(PUBLIC) | cancelled)
    return query.order_by(editions.c.ends.desc(), editions.c.id).limit(limit)


def open_ones(connection: sa.Connection) -> list[Edition]:
    """The editions that may have copies to hand over, oldest first."""
    return [edition_of(row) for row in connection.execute(ALL_OPEN)]


def state_of(connection: sa.Connection, edition_id: str) -> EditionState | None:
    state = connection.execute(STATE, {"of_id": edition_id}).scalar()
    return None if state is None else as_known(EditionState, state)


def move(
    connection: sa.Connection,
    edition_id: str,
    *,
    leaving: Collection[EditionState],
    to: EditionState,
    reason: str | None = None,
) -> bool:
    """Whether the edition was in one of the states *leaving*, and is *to* now, for that *reason*."""
    there = (editions.c.id == edition_id) & is_in(leaving)
    moved = connection.execute(editions.update().where(there).values(state=to.value, reason=reason))
    return moved.rowcount == 1


def skip(connection: sa.Connection, edition_id: str, reason: str, *, folded: bool = False) -> bool:
    """An edition that goes to nobody; *folded*, what it would have covered stands in the next one's window."""
    there = (editions.c.id == edition_id) & is_in(WAITING)
    values = {"state": EditionState.SKIPPED.value, "reason": reason, "folded": folded}
    return connection.execute(editions.update().where(there).values(**values)).rowcount == 1


def cancel(connection: sa.Connection, edition_id: str, reason: str, *, folded: bool) -> bool:
    """An edition that goes to nobody any more; *folded*, its closing has no other, until this is taken back."""
    frees = (editions.c.state == EditionState.CANCELLED) & editions.c.folded if not folded else sa.false()
    there = (editions.c.id == edition_id) & (is_in(STANDING) | frees)
    values = {"state": EditionState.CANCELLED.value, "reason": reason, "folded": folded}
    return connection.execute(editions.update().where(there).values(**values)).rowcount == 1


def uncover(connection: sa.Connection, edition_id: str) -> int:
    """Lets the next edition cover the posts of this one that nobody was handed; returns how many.

    Done twice it changes nothing.
    """
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
        sa.select(key_of_variant().label("variant"), deliveries.c.revision)
        .where(deliveries.c.edition_id == edition_id, deliveries.c.revision.is_not(None), _may_have_it())
        .distinct()
    )
    return [variant(connection, edition_id, row.variant, row.revision) for row in connection.execute(gone).all()]


def _may_have_it() -> sa.ColumnElement[bool]:
    # One that was refused in the end may have come when it was first offered.
    return deliveries.c.state.in_(HANDED) | came_before()


def _was_handed() -> sa.ColumnElement[bool]:
    return sa.exists().where(deliveries.c.edition_id == editions.c.id, _may_have_it())


def _put_aside(connection: sa.Connection, edition: Edition) -> list[str] | None:
    """Gives the one cancelled before *edition* another id, and all that is of it; its posts, ``None`` if it stays."""
    edition_id, known = edition.id, find(connection, edition.id)
    if known is None:
        return []
    if known.state is not EditionState.CANCELLED or known.issue >= edition.issue:
        return None
    aside = f"{edition_id}{_ASIDE}{known.issue}"
    hold_whole(connection, edition_id)
    row = connection.execute(editions.select().where(editions.c.id == edition_id)).one()
    connection.execute(editions.insert().values(**{**row._mapping, "id": aside}))
    for table in ON_EDITIONS:
        connection.execute(table.update().where(table.c.edition_id == edition_id).values(edition_id=aside))
    connection.execute(editions.delete().where(editions.c.id == edition_id))
    return covered_posts(connection, aside)


def close_all(connection: sa.Connection, digest: str, *, reason: str) -> int:
    """Nothing more is handed over of the editions of a digest that is given up; returns how many were open."""
    its = editions.c.digest == digest
    skipped = {"state": EditionState.SKIPPED.value, "reason": reason, "folded": True}
    connection.execute(editions.update().where(its, is_in(WAITING)).values(**skipped))
    done = {"state": EditionState.DONE.value, "reason": reason}
    return connection.execute(editions.update().where(its, is_in(OPEN)).values(**done)).rowcount


def uncover_closed(connection: sa.Connection, digest: str, *, reason: str) -> None:
    """Leaves to the next edition what nobody was handed when a digest, now taken up again, was given up."""
    closed = (editions.c.digest == digest) & (editions.c.state == EditionState.DONE) & (editions.c.reason == reason)
    for edition_id in connection.execute(sa.select(editions.c.id).where(closed)).scalars().all():
        uncover(connection, edition_id)


def covered_posts(connection: sa.Connection, edition_id: str) -> list[str]:
    """The ids of the posts of an edition's own window."""
    return list(connection.execute(COVERED, {"of_id": edition_id}).scalars())
