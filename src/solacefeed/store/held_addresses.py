"""Whose an address is, and since when: by what somebody's rows are told from those of whoever had it, or has it now.

The law: an address is a person's while ``subscribers`` says so, and was theirs until the instant at which
``address_changes`` says that they left it. No letter and no wish makes it theirs: a complaint's letter goes to whoever
answers, and that of a change of address to whatever somebody typed. Where anything stands under an address since they
left it that is not theirs (a subscriber, a suppression, a sign-up, a letter, an editor), it is another's by now, and
nothing of it is told or taken with theirs. A row that bears the number of who had their address before them is that
one's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.store import named_rows
from solacefeed.store.personal_columns import looked_through
from solacefeed.store.schema import address_changes, deliveries, desk_acts, desk_links, subscribers
from solacefeed.traces import Traces

#: Where an editor's address stands, and when that was written.
_EDITORS = ((desk_links.c.editor, desk_links.c.made_at), (desk_acts.c.editor, desk_acts.c.at))


def left(connection: sa.Connection, number: int) -> Mapping[str, datetime]:
    """The addresses that somebody had, as they were given, each with when they left it last."""
    asked = sa.select(address_changes.c.before, address_changes.c.at).where(address_changes.c.subscriber_id == number)
    rows = connection.execute(asked.order_by(address_changes.c.id)).all()
    # What is left of an address that was another's, and was erased with them, is none.
    return {row.before.strip(): row.at for row in rows if "@" in row.before}


def is_anothers(connection: sa.Connection, number: int, email: str, *, since: datetime) -> bool:
    """Whether somebody else is known by an address since an instant at which this one left it."""
    wanted = canonical(email)
    has = sa.exists().where(subscribers.c.canonical == wanted, subscribers.c.id != number)
    if connection.execute(sa.select(has)).scalar_one():
        return True
    traces = Traces((email,))
    return any(_has_other(connection, table, at, number, traces, since) for table, at in _dated_tables()) or _is_editor(
        connection, traces, since
    )


def _dated_tables() -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    """Those whose rows may have an address for their own, with when one was written."""
    for table in looked_through():
        at = table.columns.get("created_at", table.columns.get("at"))
        # A copy is always its reader's.
        if at is not None and table not in (subscribers, deliveries) and named_rows.has_addresses(table):
            yield table, at


def _has_other(
    connection: sa.Connection, table: sa.Table, at: sa.Column[Any], number: int, traces: Traces, since: datetime
) -> bool:
    owner = named_rows.owner_of(table)
    others = sa.true() if owner is None else owner.is_(None) | (owner != number)
    which = named_rows.may_be_theirs(connection, table, [traces]) & others & (at > since)
    return any(any(map(traces.are, row.emails)) for row in named_rows.rows(connection, table, which))


def _is_editor(connection: sa.Connection, traces: Traces, since: datetime) -> bool:
    found = (connection.execute(sa.select(editor).where(at > since).distinct()).scalars() for editor, at in _EDITORS)
    return any(traces.are(each) for some in found for each in some)


def had_before(connection: sa.Connection, number: int, email: str) -> frozenset[int]:
    """The numbers of all others who have had an address, and left it."""
    left_it = address_changes.c.canonical_before == canonical(email)
    asked = sa.select(address_changes.c.subscriber_id).where(left_it, address_changes.c.subscriber_id != number)
    return frozenset(connection.execute(asked.distinct()).scalars())
