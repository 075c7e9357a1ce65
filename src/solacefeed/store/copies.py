"""What is asked of copies in many statements: which variant one has, and whether its reader has got it."""

from __future__ import annotations

from datetime import datetime

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
    taken = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.ACCEPTED)
    some = sa.select(sa.literal(1)).select_from(deliveries).where(taken).limit(most).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def domains_taken(connection: sa.Connection, edition_id: str, *, enough: int, most: int) -> set[str]:
    """At which domains copies of the edition were taken, as far as *enough* of them, and as far as *most* copies."""
    taken = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.ACCEPTED)
    some = sa.select(deliveries.c.email).where(taken).limit(most).subquery()
    # Read at once: no read stays open while something else goes on.
    domain = sa.func.lower(sa.func.substr(some.c.email, _at_sign(connection, some.c.email) + 1))
    return set(connection.execute(sa.select(domain).where(some.c.email != "").distinct().limit(enough)).scalars())


def _at_sign(connection: sa.Connection, email: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Where the first ``@`` stands; a quoted local part may have another, and such a domain is another one then."""
    return sa.func.strpos(email, "@") if connection.dialect.name == "postgresql" else sa.func.instr(email, "@")


def has_come(connection: sa.Connection, edition_id: str) -> bool:
    """Whether somebody has a copy of the edition or may have one, be it one that was sent before."""
    its = deliveries.c.edition_id == edition_id
    handed = sa.exists().where(its, deliveries.c.state.in_(HANDED))
    # Each by an index of its own.
    before = (sa.exists().where(its, each) for each in (_MAY_HAVE_COME, _CAME))
    return connection.execute(sa.select(sa.or_(handed, *before))).scalar_one()


def is_in_hand(connection: sa.Connection, edition_id: str) -> bool:
    """Whether a worker has a copy of the edition that is not at the relay yet."""
    claimed = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.CLAIMED)
    return connection.execute(sa.select(sa.exists().where(claimed))).scalar_one()


def last_accepted(connection: sa.Connection, edition_id: str) -> datetime | None:
    """When the relay took the last copy of the edition; ``None`` where it took none."""
    taken = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.ACCEPTED)
    return connection.execute(sa.select(sa.func.max(deliveries.c.changed_at)).where(taken)).scalar()
