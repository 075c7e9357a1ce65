"""All rows of one person, whichever table has them: what ``erasing`` takes out, to be shown to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.store import named_rows, schema
from solacefeed.store.database import among
from solacefeed.store.erasing import KeptPerson, copies_of
from solacefeed.store.schema import deliveries, metadata, outbox, posts, reader_complaints, sign_ups
from solacefeed.traces import Traces

#: Those of which the nouns' own files tell, each in its words.
_TOLD = frozenset(
    {
        schema.subscribers,
        schema.subscriptions,
        schema.subscription_changes,
        schema.consents,
        schema.suppressions,
        schema.deliveries,
        schema.outbox,
        schema.sign_ups,
        schema.reader_complaints,
        schema.address_changes,
    }
)

#: What would let whoever gets it act as us, or says nothing of them.
_KEYS = frozenset({"nonce", "address_key"})


def letters(connection: sa.Connection, who: KeptPerson) -> list[dict[str, Any]]:
    """Those to an address of theirs; one that is of them and went elsewhere tells of whoever has it."""
    theirs = {*map(canonical, who.addresses), *who.of_others}
    return [each for each in _rows(connection, outbox, who) if canonical(each["email"]) in theirs]


def asked_on_forms(connection: sa.Connection, who: KeptPerson) -> list[dict[str, Any]]:
    return list(_rows(connection, sign_ups, who))


def complaints(connection: sa.Connection, who: KeptPerson) -> list[dict[str, Any]]:
    return list(_rows(connection, reader_complaints, who))


def of_other_tables(connection: sa.Connection, who: KeptPerson) -> dict[str, list[dict[str, Any]]]:
    """By table, as they stand."""
    others = (table for table in metadata.sorted_tables if table not in _TOLD)
    return {table.name: found for table in others if (found := list(_rows(connection, table, who)))}


def addresses_of_copies(connection: sa.Connection, number: int) -> dict[int, str]:
    """To which address each copy of somebody went, by the copy's number."""
    asked = sa.select(deliveries.c.id, deliveries.c.email).where(copies_of(number))
    return {row.id: row.email for row in connection.execute(asked)}


def names_of_posts(connection: sa.Connection, ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Title and address of each."""
    asked = sa.select(posts.c.id, posts.c.title, posts.c.url)
    rows = (row for some in among(connection, posts.c.id, ids) for row in connection.execute(asked.where(some)))
    return {row.id: {"title": row.title, "url": row.url} for row in rows}


def _rows(connection: sa.Connection, table: sa.Table, who: KeptPerson) -> Iterator[dict[str, Any]]:
    traces = Traces(who.addresses)
    for row in named_rows.rows_of(connection, table, who.number, traces, before_them=who.before_them):
        # Who asked to move to this address is nobody's to know.
        left_out = _KEYS if row.get("subscriber_id", who.number) == who.number else {*_KEYS, "subscriber_id"}
        yield {name: value for name, value in row.items() if value is not None and name not in left_out}
