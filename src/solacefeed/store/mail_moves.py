"""The one door by which copies and letters are moved while no worker says so.

What a worker has in hand it moves itself, by statements of ``mail_states`` that are about its own claims, and to which
the two laws of this place are known already:

* Rows are taken in the order of their numbers, and before any of them is written, so that nobody waits in a ring. An
  UPDATE by itself takes them as it comes upon them.
* A sum that is kept of an edition (``edition_sums``) is forgotten when a copy leaves a state in which it could rest.

Statements that are made for whichever table change mail as well, none of them a state: an edition that is set aside
(``editions``) gives all its copies another edition, erasing (``erasing``) empties what names a person, row by row, and
``instants`` brings back what lies ahead of the clock. They have held all that they are about by then, in that order.

Three take rows as they come upon them, and can't stand in a ring, for they wait for none: what is taken up, what lost
its lease and leases that are begun anew (``mail_states``) leave out whatever another has at that moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store import edition_sums
from solacefeed.store.database import among, update_all
from solacefeed.store.dialects import changed
from solacefeed.store.held_editions import hold_mail
from solacefeed.store.schema import deliveries

#: What mail is moved to: a state, or what the row tells.
To = DeliveryState | sa.ColumnElement[str]


def move(
    connection: sa.Connection,
    table: sa.Table,
    which: sa.ColumnElement[bool],
    *,
    leaving: Collection[DeliveryState],
    to: To,
    **values: Any,
) -> int:
    """Moves what of *which* is in a state that it is *leaving*, and writes *values* with it; returns how much."""
    its = which & _is_in(table, leaving)
    hold_mail(connection, table, its)
    if table is deliveries and any(state not in edition_sums.MOVES and state is not to for state in leaving):
        edition_sums.forget(connection, its)
    state = to.value if isinstance(to, DeliveryState) else to
    return changed(connection, table.update().where(its).values(state=state, **values))


def change(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], **values: Any) -> int:
    """Writes *values* to *which*, whose states stay; returns how many rows."""
    _keeps_state(values)
    hold_mail(connection, table, which)
    return changed(connection, table.update().where(which).values(**values))


def write_each(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes *rows* over those of their ``id``, also their states; each names the same columns.

    The caller has held them since it read them: each of these rows was made of what it read.
    """
    by_state = defaultdict(list)
    for row in rows if table is deliveries else ():
        by_state[row["state"]].append(row["id"])
    for state, ids in by_state.items():
        rested = sa.and_(*(deliveries.c.state != each for each in (*edition_sums.MOVES, state)))
        for some in among(connection, deliveries.c.id, ids):
            edition_sums.forget(connection, some & rested)
    update_all(connection, table, sorted(rows, key=lambda row: row["id"]))


def _is_in(table: sa.Table, states: Collection[DeliveryState]) -> sa.ColumnElement[bool]:
    return sa.or_(*(table.c.state == each for each in states))


def _keeps_state(values: Mapping[str, Any]) -> None:
    if "state" in values:
        raise TypeError("a state is changed by move")
