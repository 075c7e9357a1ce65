"""Editions as rows have them, what an editor has said as a row keeps it, and what is asked of them often."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.editions import OPEN, WAITING, Editing, Edition, EditionCounts, EditionState, Period
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import edition_posts, editions


def edition_of(row: sa.Row[Any]) -> Edition:
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
        editing=_editing(row.editing),
        until=row.until,
        counts=EditionCounts(**row.counts) if row.counts else None,
        sender_id=row.sender_id,
    )


def _editing(row: Mapping[str, Any] | None) -> Editing:
    if row is None:
        return Editing()
    said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Editing(**said)


def editing_row(editing: Editing) -> dict[str, Any] | None:
    """Only what an editor has said."""
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(editing).items()}
    return {name: value for name, value in said.items() if value} or None


def is_in(states: Collection[EditionState]) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(editions.c.state == state.value for state in states))


# Asked by each look, mostly several times: built once.
ANSWERS_ITS_CLOSING = (editions.c.state != EditionState.CANCELLED) | editions.c.folded
BY_ID = editions.select().where(editions.c.id == sa.bindparam("of_id"))
STATE = sa.select(editions.c.state).where(editions.c.id == sa.bindparam("of_id"))
_RECENT = editions.select().where(editions.c.digest == sa.bindparam("of_digest"), ANSWERS_ITS_CLOSING)
_RECENT_OF_CADENCE = _RECENT.where(editions.c.cadence == sa.bindparam("of_cadence"))
ALL_WAITING = editions.select().where(is_in(WAITING)).order_by(editions.c.ends, editions.c.id)
WAITING_OF_DIGEST = ALL_WAITING.where(editions.c.digest == sa.bindparam("of_digest"))
BEGUN = (
    editions.select()
    .where(editions.c.digest == sa.bindparam("of_digest"), ~is_in(WAITING), ANSWERS_ITS_CLOSING)
    .order_by(editions.c.ends.desc(), editions.c.id)
    .limit(1)
)
ALL_OPEN = editions.select().where(editions.c.state.in_(OPEN)).order_by(editions.c.ends, editions.c.id)
BEING_MADE = (editions.c.state == EditionState.PREPARING) & editions.c.counts.is_(None)
IS_BEING_MADE = sa.select(sa.exists().where(editions.c.id == sa.bindparam("of_id"), BEING_MADE))
COVERED = (
    sa.select(edition_posts.c.post_id)
    .where(edition_posts.c.edition_id == sa.bindparam("of_id"), ~edition_posts.c.late)
    .order_by(edition_posts.c.post_id)
)


@cache
def recent_ones(*, of_cadence: bool, begun: bool, limit: int) -> sa.Select[Any]:
    query = _RECENT_OF_CADENCE if of_cadence else _RECENT
    if begun:
        query = query.where(editions.c.starts <= sa.bindparam("begun_by"))
    return query.order_by(editions.c.ends.desc()).limit(limit)
