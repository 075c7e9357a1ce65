"""All that the store keeps of one person, found and taken out of it, whichever table has it.

The law: a table that nobody has thought of here is taken to be about people. Of each but those of ``PUBLIC`` a row goes
that bears the person's number or has their address for its own, and where another row's words name the address, the
address goes out of them. What is left is what ``copies`` of editions were: without an address, a name, a Message-ID and
an answer, under a random number that no two of them share.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.people import Actor, Subscriber
from solacefeed.store import schema
from solacefeed.store.database import among, insert_missing, update_all
from solacefeed.store.mail_states import NOBODYS
from solacefeed.store.personal_columns import ADDRESSES, is_led_by_owner, is_words, looked_through
from solacefeed.store.schema import address_changes, deliveries, editions, erasures, outbox, subscribers
from solacefeed.store.subscription_rows import subscriber_of
from solacefeed.traces import Traces

#: So many people are looked for in one look through the store.
AT_ONCE = 20

#: All that a letter says, to whomever it is: one that tells of them, such as a complaint passed on, is theirs too.
_LETTERS_WORDS = (outbox.c.subject, outbox.c.text, outbox.c.html, outbox.c.once)

#: How many numbers there are below zero for erased readers; of one bit less than a number may have.
NUMBERS = 2**31 - 1

#: The number of who is no subscriber.
NOBODY = 0

#: Draws a number from 0 up to, and without, the one that it is given.
Draw = Callable[[int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPerson:
    """Whom the store is to know no more."""

    number: int
    #: Every address that was theirs and is nobody else's, as it is written anywhere.
    addresses: tuple[str, ...]
    #: Those that were theirs, and are others' by now.
    of_others: tuple[str, ...] = ()
    #: ``None`` for an address that is no subscriber's.
    subscriber: Subscriber | None = None


# -- who is to be erased ----------------------------------------------------------------------------------


def mark(connection: sa.Connection, number: int, *, at: datetime, by: Actor) -> None:
    """Writes down that somebody is to be erased; every link of theirs is void but those that unsubscribe."""
    row = {"subscriber_id": number, "actor": by.value, "at": at}
    voided = subscribers.update().where(subscribers.c.id == number).values(generation=subscribers.c.generation + 1)
    connection.execute(voided)
    insert_missing(connection, erasures, [row], key=("subscriber_id",))


def waiting(connection: sa.Connection) -> list[int]:
    """The numbers of those who are to be erased, who waits longest first."""
    asked = sa.select(erasures.c.subscriber_id).order_by(erasures.c.at, erasures.c.subscriber_id)
    return list(connection.execute(asked).scalars())


def waits_since(connection: sa.Connection) -> tuple[int, datetime | None]:
    """How many wait, and since when the first."""
    row = connection.execute(sa.select(sa.func.count(), sa.func.min(erasures.c.at))).one()
    return row[0], row[1]


def is_there(connection: sa.Connection, number: int) -> bool:
    """Whether somebody has the number."""
    return connection.execute(sa.select(sa.exists().where(subscribers.c.id == number))).scalar_one()


def person(connection: sa.Connection, number: int) -> KeptPerson | None:
    """Somebody with all their addresses, those that they had before too; ``None`` where nobody has the number."""
    row = connection.execute(subscribers.select().where(subscribers.c.id == number)).one_or_none()
    if row is None:
        return None
    found = {row.email.strip(), *_earlier(connection, number)}
    others = _others(connection, number, found)
    return KeptPerson(
        number=number,
        addresses=tuple(sorted(each for each in found if canonical(each) not in others)),
        of_others=tuple(sorted(others)),
        subscriber=subscriber_of(row),
    )


def _earlier(connection: sa.Connection, number: int) -> Iterator[str]:
    moved = sa.select(address_changes.c.before).where(address_changes.c.subscriber_id == number)
    mailed = sa.select(deliveries.c.email).where(copies_of(number)).distinct()
    written = sa.select(outbox.c.email).where(outbox.c.subscriber_id == number).distinct()
    for asked in (moved, mailed, written):
        yield from (email.strip() for email in connection.execute(asked).scalars() if email.strip())


def _others(connection: sa.Connection, number: int, emails: Iterable[str]) -> set[str]:
    """Those of *emails* that are somebody else's by now."""
    conditions = among(connection, subscribers.c.canonical, set(map(canonical, emails)))
    asked = sa.select(subscribers.c.canonical).where(subscribers.c.id != number)
    return {found for each in conditions for found in connection.execute(asked.where(each)).scalars()}


def copies_of(number: int) -> sa.ColumnElement[bool]:
    """Somebody's copies, by way of the editions, so that the index on both is used."""
    return deliveries.c.edition_id.in_(sa.select(editions.c.id)) & (deliveries.c.subscriber_id == number)


# -- finding it -------------------------------------------------------------------------------------------

#: A row's primary key.
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetRows:
    """Where a look through the store has met somebody."""

    #: By table, the keys of rows that are theirs or seem to name them.
    rows: Mapping[str, Sequence[Key]]
    #: By table, the highest number that there was: a row above it came later.
    newest: Mapping[str, int]


def look_through(connection: sa.Connection, people: Sequence[KeptPerson]) -> list[MetRows]:
    """Where each of *people* is met: one look through all there is, which takes seconds where there are many readers.

    Only for the holder of the deliver lock, under whom no copy comes to name anybody. It is no part of the transactions
    that write, and keeps nobody from writing.
    """
    traces = [(who, Traces(who.addresses).needles) for who in people]
    newest = {table.name: _newest(connection, table) for table in looked_through() if _is_numbered(table)}
    met: list[dict[str, list[Key]]] = [{} for _ in people]
    for table in looked_through():
        for key, told, number in _candidates(connection, table, traces):
            for (who, needles), found in zip(traces, met, strict=True):
                if number == who.number or any(needle in told for needle in needles):
                    found.setdefault(table.name, []).append(key)
    return [MetRows(rows=each, newest=newest) for each in met]


def _candidates(
    connection: sa.Connection, table: sa.Table, traces: Sequence[tuple[KeptPerson, Sequence[str]]]
) -> Iterator[tuple[Key, str, int | None]]:
    """The key of each row in which somebody may be met, all its words, and whose it is where no index tells that."""
    keys = list(table.primary_key.columns)
    words = [sa.cast(each, sa.Text) for each in table.columns if is_words(table, each)]
    needles = sorted({each for _, some in traces for each in some})
    conditions = [_has_one(each, needles) for each in words]
    own = _unindexed_owner(table)
    if own is not None:
        conditions.append(sa.or_(*(own == who.number for who, _ in traces)))
    whose = sa.null() if own is None else own
    asked: sa.Select[Any] = sa.select(*keys, *words, whose).where(sa.or_(sa.false(), *conditions))
    for row in connection.execute(asked):
        told = "\n".join(each for each in row[len(keys) : -1] if each is not None)
        yield tuple(row[: len(keys)]), told.casefold(), row[-1]


def _has_one(words: sa.ColumnElement[str], needles: Sequence[str]) -> sa.ColumnElement[bool]:
    """What has no at sign, however it is spelt, is no further looked at."""
    named = sa.or_(sa.false(), *(words.icontains(each, autoescape=True) for each in needles))
    if not all("@" in each or "%40" in each for each in needles):
        return named
    return (words.contains("@") | words.contains("%40", autoescape=True)) & named


def _unindexed_owner(table: sa.Table) -> sa.Column[Any] | None:
    """The column that says whose a row is, where only a look through all of them finds somebody's.

    An edition's copies are found by the edition.
    """
    if table is deliveries or "subscriber_id" not in table.columns or is_led_by_owner(table):
        return None
    return table.c.subscriber_id


def _is_numbered(table: sa.Table) -> bool:
    """Whether its rows bear numbers that grow."""
    return table.primary_key.columns.keys() == ["id"] and isinstance(table.c.id.type, sa.Integer | sa.BigInteger)


def _newest(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one())


# -- taking it out ----------------------------------------------------------------------------------------


def take_out(
    connection: sa.Connection,
    who: KeptPerson,
    traces: Traces,
    *,
    found: MetRows,
    address_keys: Iterable[str],
    draw: Draw,
) -> int:
    """Takes *who* out of every table, in one transaction; returns how many copies outlive them.

    Only for the holder of the deliver lock. Nothing is looked through: it
    goes by the keys that ``look_through`` *found*, by what an index finds and by the rows that came since.
    *address_keys* are what sign-ups are counted by.
    """
    # First, so that whoever is about to write a copy for them waits, and finds nobody.
    own = sa.select(subscribers.c.id).where(subscribers.c.id == who.number)
    connection.execute(own.with_for_update())
    kept = _leave_copies(connection, who.number, draw)
    for some in among(connection, schema.sign_ups.c.address_key, address_keys):
        connection.execute(schema.sign_ups.delete().where(some))
    complaints = schema.reader_complaints
    nameless = {"subscriber_id": None, "words": ""}
    connection.execute(complaints.update().where(complaints.c.subscriber_id == who.number).values(**nameless))
    for table in looked_through():
        for some in _to_clear(connection, table, found):
            _clear(connection, table, who, traces, some)
        # Also what became theirs since it was looked for.
        if is_led_by_owner(table):
            connection.execute(table.delete().where(table.c.subscriber_id == who.number))
    for some in among(connection, schema.suppressions.c.canonical, map(canonical, who.addresses)):
        connection.execute(schema.suppressions.delete().where(some))
    connection.execute(subscribers.delete().where(subscribers.c.id == who.number))
    return kept


def _to_clear(connection: sa.Connection, table: sa.Table, found: MetRows) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions that together say which rows of *table* are to be looked at."""
    if table is not deliveries and table.name in found.newest:
        since = table.c.id > found.newest[table.name]
        if connection.execute(sa.select(sa.exists().where(since))).scalar_one():
            yield since
    keys, met = list(table.primary_key.columns), found.rows.get(table.name, ())
    if len(keys) == 1:
        yield from among(connection, keys[0], (value for (value,) in met))
    else:
        yield from (_this(each, keys) for each in met)


def _leave_copies(connection: sa.Connection, number: int, draw: Draw) -> int:
    table = deliveries.c
    asked = sa.select(table.id, table.edition_id, table.state, table.doubts, editions.c.prepared_at)
    rows = connection.execute(asked.join_from(deliveries, editions).where(copies_of(number))).all()
    numbers = [_free_number(connection, row.edition_id, draw) for row in rows]
    update_all(connection, deliveries, [_without_reader(row, drawn) for row, drawn in zip(rows, numbers, strict=True)])
    # When something was done of each of them would tell which are of one reader.
    for some in among(connection, schema.copy_acts.c.delivery_id, (row.id for row in rows)):
        connection.execute(schema.copy_acts.delete().where(some))
    return len(rows)


def _without_reader(row: sa.Row[*tuple[Any, ...]], number: int) -> dict[str, Any]:
    state, doubts = _ended(row.state, row.doubts)
    return {
        "id": row.id,
        "subscriber_id": number,
        "email": "",
        "name": None,
        "message_id": "",
        "answer": None,
        "state": state,
        "doubts": doubts,
        "next_try_at": None,
        "until": None,
        # No answer that comes late is written here: it may name them.
        **NOBODYS,
        # When each of them came out would tell which are of one reader.
        "changed_at": row.prepared_at,
    }


def _ended(state: str, doubts: int) -> tuple[str, int]:
    """What becomes of a copy that is offered no more; what may have arrived is never called cancelled."""
    if state == DeliveryState.HANDING:
        return DeliveryState.UNCERTAIN.value, doubts + 1
    if state in (DeliveryState.PENDING, DeliveryState.CLAIMED):
        return (DeliveryState.UNCERTAIN if doubts else DeliveryState.CANCELLED).value, doubts
    return state, doubts


def _free_number(connection: sa.Connection, edition_id: str, draw: Draw) -> int:
    """A random one that no other copy of the edition has; it says nothing of whose it was."""
    while True:
        number = -1 - draw(NUMBERS)
        taken = (deliveries.c.edition_id == edition_id) & (deliveries.c.subscriber_id == number)
        if not connection.execute(sa.select(sa.exists().where(taken))).scalar_one():
            return number


def _clear(
    connection: sa.Connection, table: sa.Table, who: KeptPerson, traces: Traces, which: sa.ColumnElement[bool]
) -> None:
    """Of some rows deletes those that are theirs, and takes the address out of the words of all others."""
    if table is deliveries:
        _blank(connection, table, deliveries.c.answer, which, traces)
        its = which & _is_one(deliveries.c.email, who.addresses)
        connection.execute(deliveries.update().where(its).values(email="", name=None))
        return
    own = rows_of(table, who)
    if own is not None:
        connection.execute(table.delete().where(which, own))
    # A key that names them can't be written otherwise.
    whole = [each for each in table.primary_key.columns if is_words(table, each)]
    _delete_naming(connection, table, [*whole, *(_LETTERS_WORDS if table is outbox else ())], which, traces)
    for column in table.columns:
        if is_words(table, column) and not column.primary_key and column.name not in ADDRESSES:
            _blank(connection, table, column, which, traces)


def _delete_naming(
    connection: sa.Connection,
    table: sa.Table,
    words: Sequence[sa.Column[Any]],
    which: sa.ColumnElement[bool],
    traces: Traces,
) -> None:
    """Deletes those of some rows of which one of *words* names the address."""
    if not words:
        return
    keys = list(table.primary_key.columns)
    asked: sa.Select[Any] = sa.select(*keys, *(each.label(f"the_{each.name}") for each in words)).where(which)
    for row in connection.execute(asked).all():
        told = (row._mapping[f"the_{each.name}"] for each in words)
        if any(traces.stand_in(each) for each in told if each is not None):
            connection.execute(table.delete().where(_this(row[: len(keys)], keys)))


def _this(key: Key, columns: Iterable[sa.Column[Any]]) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(columns, key, strict=True)))


def _blank(
    connection: sa.Connection,
    table: sa.Table,
    column: sa.Column[Any],
    which: sa.ColumnElement[bool],
    traces: Traces,
) -> None:
    keys = list(table.primary_key.columns)
    asked = sa.select(*keys, sa.cast(column, sa.Text).label("the_words")).where(which, column.is_not(None))
    for row in connection.execute(asked).all():
        if row.the_words is None or not traces.stand_in(row.the_words):
            continue
        told = traces.out_of(row.the_words)
        value = json.loads(told) if isinstance(column.type, sa.JSON) else told
        connection.execute(table.update().where(_this(row[: len(keys)], keys)).values(**{column.name: value}))


# -- asking -----------------------------------------------------------------------------------------------


def rows_of(table: sa.Table, who: KeptPerson) -> sa.ColumnElement[bool] | None:
    """Which rows of *table* are somebody's, by their number or their address; ``None`` where none can be."""
    own = [_is_one(each, who.addresses) for each in table.columns if each.name in ADDRESSES]
    own += [each == who.number for each in table.columns if each.name == "subscriber_id"]
    return sa.or_(*own) if own else None


def _is_one(column: sa.Column[Any], addresses: Iterable[str]) -> sa.ColumnElement[bool]:
    spelt = sorted({form for each in addresses for form in (each, each.lower(), canonical(each))})
    lower = sa.func.lower(sa.func.trim(column))
    return sa.or_(sa.false(), *(lower == each for each in spelt), *(column == each for each in spelt))
