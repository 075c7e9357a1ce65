"""Outcomes of one group of mail and marks for the next, written together in as few steps as the database has.

Nearly always all of a group is as its worker believes it to be; what stays or was lost is told apart by
``mail_states.mark_all`` and ``settle_all``, which ask the same of each. On PostgreSQL it is one statement, so that a
database far away is asked once; SQLite, which is no journey away, is told each row by itself, which costs it a third of
what a table of rows does, and tells of how many it was so.

A statement of PostgreSQL's sees the store as it was when it began, however long it waits for a row. So that one waits
for none: where somebody else holds a row of the group, it writes nothing at all, and the group takes steps. So does one
with an answer to what lost its lease, for which more is to be written (``edition_sums``).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import ClaimKey, Outcome
from solacefeed.store import counters, mail_states
from solacefeed.store.compiled import Compiled, given
from solacefeed.store.mail_states import AT, WORKER, Marking, in_hand, key_of
from solacefeed.store.row_tables import BoundRow, Rows, bound_table, row_names, spelt, values_of

_CHANGES = given("the_changes", sa.Integer)
#: All of a group, each once.
_IDS, _NUMBER = given("the_ids_of_all", sa.ARRAY(sa.BigInteger, dimensions=1)), given("the_number", sa.Integer)

#: What a row of the answer is about: how many of a group are in hand and nobody else's, an outcome, or a mark.
_FREE, _SETTLED, _MARKED = 0, 1, 2


class NotAsBelieved(Exception):
    """Some of a group is otherwise than its worker believes; the transaction is to be rolled back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """By their claims: whose outcome is so now, and what has its mark."""

    settled: Set[ClaimKey]
    marked: Set[ClaimKey]


def write(
    connection: sa.Connection,
    marking: Marking,
    outcomes: Sequence[Outcome],
    rows: Sequence[tuple[Any, ...]],
    *,
    worker: str,
    at: datetime,
    changes: int | None,
) -> Written:
    """Settles *outcomes*, and marks *rows*, which have the marking's columns.

    Nothing is marked where the store counts other *changes*. Raises ``NotAsBelieved`` where somebody holds one of the
    rows, or the database does not tell which of them are not written.
    """
    values = {WORKER.key: worker, AT.key: at, _CHANGES.key: changes}
    settled_columns, settled_rows = mail_states.outcome_columns(marking.table), mail_states.outcome_rows(outcomes)
    if connection.dialect.name != "sqlite":
        values |= values_of(connection, settled_columns, settled_rows)
        values |= values_of(connection, marking.columns, rows, of=_MARKS)
        ids = {each.id for each in outcomes} | {row[0] for row in rows}
        values |= {_IDS.key: sorted(ids), _NUMBER.key: len(ids)}
        told = [tuple(row) for row in _both(marking).execute(connection, values)]
        if (_FREE, len(ids), 0) not in told:
            raise NotAsBelieved
        settled, marked = (
            {(number, claim) for how, number, claim in told if how == which} for which in (_SETTLED, _MARKED)
        )
        return Written(settled=settled, marked=marked)
    settling, going = _each(marking)
    for statement, columns, told_of in ((settling, settled_columns, settled_rows), (going, marking.columns, rows)):
        of_each = spelt(connection, columns, told_of)
        if of_each and statement.execute_each(connection, values, row_names(columns), of_each) != len(of_each):
            raise NotAsBelieved
    return Written(settled={each.claim_key for each in outcomes}, marked={(row[0], row[1]) for row in rows})


#: Whose parameters are the marks'.
_MARKS = "marked_"


@cache
def _each(marking: Marking) -> tuple[Compiled, Compiled]:
    """Of one row each."""
    outcome, mark = BoundRow(mail_states.outcome_columns(marking.table)), BoundRow(marking.columns)
    return (
        Compiled(lambda dialect: _settles(dialect, marking, outcome)),
        Compiled(lambda dialect: _marks(dialect, marking, mark)),
    )


@cache
def _both(marking: Marking) -> Compiled:
    def build(dialect: str) -> sa.CompoundSelect[Any]:
        key = key_of(marking.table)
        theirs = sa.select(marking.table.c.id).where(marking.table.c.id == sa.any_(_IDS), in_hand(marking.table))
        free = theirs.with_for_update(skip_locked=True, key_share=True).cte("free")
        how_many = sa.select(sa.func.count()).select_from(free).scalar_subquery()
        outcomes = bound_table(dialect, mail_states.outcome_columns(marking.table))
        settled = _settles(dialect, marking, outcomes).where(how_many == _NUMBER).returning(*key).cte("settled")
        its_marks = bound_table(dialect, marking.columns, of=_MARKS)
        marked = _marks(dialect, marking, its_marks).where(how_many == _NUMBER).returning(*key).cte("marked")
        return sa.union_all(
            sa.select(_said(_FREE), how_many, _said(0)),
            sa.select(_said(_SETTLED), settled.c.id, settled.c.claims),
            sa.select(_said(_MARKED), marked.c.id, marked.c.claims),
        )

    return Compiled(build)


def _said(number: int) -> sa.ColumnElement[int]:
    return sa.literal(number, sa.Integer, literal_execute=True)


def _settles(dialect: str, marking: Marking, rows: Rows) -> sa.Update:
    return mail_states.settles(dialect, marking.table, rows, late=False)


def _marks(dialect: str, marking: Marking, rows: Rows) -> sa.Update:
    unchanged = _CHANGES.is_(None) | (counters.how_often() == _CHANGES)
    return mail_states.marks(dialect, marking, rows).where(unchanged)
