"""What is asked of copies in many statements: which variant one has, and whether its reader has got it."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import sqlalchemy as sa

from solacefeed.models.deliveries import CopyActKind, DeliveryState
from solacefeed.store.schema import copy_acts, deliveries

#: Of copies that came to nothing.
NEITHER = (DeliveryState.REJECTED, DeliveryState.EXPIRED, DeliveryState.CANCELLED)

#: Of copies that somebody has or may have.
HANDED = (DeliveryState.HANDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)

# Written into statements as they are: an index that is for some rows alone is found by its own words.
_NONE = sa.literal(0, sa.Integer, literal_execute=True)
_MAY_HAVE_COME, _CAME = deliveries.c.doubts > _NONE, deliveries.c.got_before > _NONE

# Asked by each round: built once.
_ITS = deliveries.c.edition_id == sa.bindparam("of_edition")
_TAKEN = _ITS & (deliveries.c.state == DeliveryState.ACCEPTED)
# Each by an index of its own.
_HAS_COME = sa.select(
    sa.or_(*(sa.exists().where(_ITS, each) for each in (deliveries.c.state.in_(HANDED), _MAY_HAVE_COME, _CAME)))
)


def key_of_variant() -> sa.ColumnElement[str]:
    """Of a copy: what its variant is called; in what a release before wrote, by its selection."""
    return sa.func.coalesce(deliveries.c.variant, deliveries.c.selection)


def counts() -> sa.ColumnElement[bool]:
    """Of a copy: whether its reader has got it or is promised it; what was refused in the end may have come before."""
    return deliveries.c.state.not_in(NEITHER) | came_before()


def came_before() -> sa.ColumnElement[bool]:
    """Of a copy: whether it came when it was offered or sent before, or may have come."""
    return _MAY_HAVE_COME | _CAME


def was_taken_before() -> sa.ColumnElement[bool]:
    """Of a copy: whether the relay took it when it was sent before; what became of the one sent again is told apart."""
    acts = copy_acts.c
    known = (acts.delivery_id == deliveries.c.id) & (acts.act == CopyActKind.SENT_AGAIN.value)
    taken = sa.select(sa.literal(1)).where(known, acts.was == DeliveryState.ACCEPTED.value)
    return _CAME & sa.exists(taken.correlate(deliveries))


def count_taken(connection: sa.Connection, edition_id: str, *, most: int) -> int:
    """How many copies of the edition the relay has taken, as far as *most*: each round asks it."""
    return connection.execute(_count_taken(most), {"of_edition": edition_id}).scalar_one()


@cache
def _count_taken(most: int) -> sa.Select[int]:
    some = sa.select(sa.literal(1)).select_from(deliveries).where(_TAKEN).limit(most).subquery()
    return sa.select(sa.func.count()).select_from(some)


def domains_taken(connection: sa.Connection, edition_id: str, *, enough: int, most: int) -> set[str]:
    """At which domains copies of the edition were taken, as far as *enough* of them, and as far as *most* copies."""
    # Read at once: no read stays open while something else goes on.
    asked = _domains_taken(connection.dialect.name, enough, most)
    return set(connection.execute(asked, {"of_edition": edition_id}).scalars())


@cache
def _domains_taken(dialect: str, enough: int, most: int) -> sa.Select[str]:
    some = sa.select(deliveries.c.email).where(_TAKEN).limit(most).subquery()
    domain = sa.func.lower(sa.func.substr(some.c.email, _at_sign(dialect, some.c.email) + 1))
    return sa.select(domain).where(some.c.email != "").distinct().limit(enough)


def _at_sign(dialect: str, email: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Where the first ``@`` stands; a quoted local part may have another, and such a domain is another one then."""
    return sa.func.strpos(email, "@") if dialect == "postgresql" else sa.func.instr(email, "@")


def has_come(connection: sa.Connection, edition_id: str) -> bool:
    """Whether somebody has a copy of the edition or may have one, be it one that was sent before."""
    return connection.execute(_HAS_COME, {"of_edition": edition_id}).scalar_one()


def is_in_hand(connection: sa.Connection, edition_id: str) -> bool:
    """Whether a worker has a copy of the edition that is not at the relay yet."""
    claimed = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.CLAIMED)
    return connection.execute(sa.select(sa.exists().where(claimed))).scalar_one()


def last_accepted(connection: sa.Connection, edition_id: str) -> datetime | None:
    """When the relay took the last copy of the edition; ``None`` where it took none."""
    taken = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.ACCEPTED)
    return connection.execute(sa.select(sa.func.max(deliveries.c.changed_at)).where(taken)).scalar()
