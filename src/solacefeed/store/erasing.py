"""All that the store keeps of one person, found and taken out of it, whichever table has it.

The law: a table that nobody has thought of here is taken to be about people. Of each but those of ``PUBLIC`` a row goes
that bears the person's number or has their address for its own, and where another row's words name the address, the
address goes out of them; which addresses are theirs, ``held_addresses`` says. What is left is what ``copies`` of
editions were: without an address, a name, a Message-ID and an answer, under a random number that no two of them share;
and the keyed hashes by which letters to an address are counted for a month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.people import Actor, Subscriber
from solacefeed.store import held_addresses, mailable, named_rows, schema, sign_ups
from solacefeed.store.database import among, insert_missing
from solacefeed.store.held_editions import hold_mail, hold_mail_of
from solacefeed.store.mail_moves import write_each
from solacefeed.store.mail_states import NOBODYS
from solacefeed.store.named_rows import Key, NamedRow
from solacefeed.store.personal_columns import looked_through
from solacefeed.store.row_tables import wanted
from solacefeed.store.schema import deliveries, desk_links, editions, erasures, outbox, subscribers
from solacefeed.store.subscription_rows import subscriber_of
from solacefeed.traces import ERASED, Traces

#: So many people are looked for in one look through the store.
AT_ONCE = 20

#: All that a letter says, to whomever it is: one that tells of them, such as a complaint passed on, is theirs too.
_LETTERS_WORDS = frozenset({"subject", "text", "html", "once"})

#: By table, the columns from which an address takes all of the row with it: a link to the desk is one editor's alone.
_WHOLE: Mapping[sa.Table, frozenset[str]] = {outbox: _LETTERS_WORDS, desk_links: frozenset({"editor"})}

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
    #: The canonical ones that were theirs, and are others' by now.
    of_others: tuple[str, ...] = ()
    #: The numbers of who had their present address before them.
    before_them: frozenset[int] = frozenset()
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
    email, left = row.email.strip(), held_addresses.left(connection, number)
    left = {each: at for each, at in left.items() if canonical(each) != row.canonical}
    others = {
        canonical(each) for each, at in left.items() if held_addresses.is_anothers(connection, number, each, since=at)
    }
    return KeptPerson(
        number=number,
        addresses=tuple(sorted({email, *(each for each in left if canonical(each) not in others)})),
        of_others=tuple(sorted(others)),
        before_them=held_addresses.had_before(connection, number, email),
        subscriber=subscriber_of(row),
    )


def _is_as_it_was(connection: sa.Connection, who: KeptPerson) -> bool:
    """Whether *who* is to be erased still, as they were when they were looked for; of an address, that it is nobody's.

    Whoever has come back meanwhile by their own word stays.
    """
    if who.number == NOBODY:
        theirs = among(connection, subscribers.c.canonical, map(canonical, who.addresses))
        return not any(connection.execute(sa.select(sa.exists().where(each))).scalar_one() for each in theirs)
    marked = sa.select(sa.exists().where(erasures.c.subscriber_id == who.number))
    now = person(connection, who.number) if connection.execute(marked).scalar_one() else None
    return now is not None and (now.addresses, now.of_others) == (who.addresses, who.of_others)


def copies_of(number: int) -> sa.ColumnElement[bool]:
    """Somebody's copies, by way of the editions, so that the index on both is used."""
    return deliveries.c.edition_id.in_(sa.select(editions.c.id)) & (deliveries.c.subscriber_id == number)


# -- finding it -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MetRows:
    """Where a look through the store has met somebody."""

    #: By table, the keys of rows that are theirs or name them.
    rows: Mapping[str, Sequence[Key]]
    #: By table, the highest number that there was: a row above it came later.
    newest: Mapping[str, int]


def look_through(connection: sa.Connection, people: Sequence[KeptPerson]) -> list[MetRows]:
    """Where each of *people* is met: one look through all there is, which takes seconds where there are many readers.

    Only for the holder of the deliver lock, under whom no copy comes to name anybody. It is no part of the transactions
    that write, and keeps nobody from writing.
    """
    traces = [Traces(who.addresses) for who in people]
    newest = {table.name: _newest(connection, table) for table in looked_through() if _is_numbered(table)}
    met: list[dict[str, list[Key]]] = [{} for _ in people]
    for table in looked_through():
        for row in named_rows.rows(connection, table, named_rows.may_be_met(connection, table, traces)):
            for who, its, found in zip(people, traces, met, strict=True):
                if row.is_of(who.number, its, before_them=who.before_them) or row.names(its):
                    found.setdefault(table.name, []).append(row.key)
    return [MetRows(rows=each, newest=newest) for each in met]


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
) -> int | None:
    """Takes *who* out of every table, in one transaction; returns how many copies outlive them.

    ``None``, and nothing is done, where they are not to be erased any more, or other addresses are theirs than were
    looked for: who is marked still is found by the next look.
    Only for the holder of the deliver lock. Nothing is looked through: it
    goes by the keys that ``look_through`` *found*, by what an index finds and by the rows that came since.
    *address_keys* are what sign-ups are counted by: the counts stay, so that nobody is mailed more by being erased.
    """
    # Before any row: who suppresses, or begins a subscription, has this before theirs.
    mailable.hold(connection, alone=True)
    # Then theirs, so that whoever is about to write a copy for them waits, and finds nobody.
    own = sa.select(subscribers.c.id).where(subscribers.c.id == who.number)
    connection.execute(own.with_for_update())
    if not _is_as_it_was(connection, who):
        return None
    _hold_mail(connection, who.number, found)
    kept = _leave_copies(connection, who.number, draw)
    for some in among(connection, schema.sign_ups.c.address_key, address_keys):
        sign_ups.leave_count(connection, some)
    sign_ups.leave_count(connection, schema.sign_ups.c.subscriber_id == who.number)
    complaints = schema.reader_complaints
    nameless = {"subscriber_id": None, "words": ""}
    connection.execute(complaints.update().where(complaints.c.subscriber_id == who.number).values(**nameless))
    for table in looked_through():
        for some in _to_clear(connection, table, traces, found):
            _clear(connection, table, who, traces, some)
        # Also what became theirs since it was looked for.
        if "subscriber_id" in table.columns and table is not deliveries:
            connection.execute(table.delete().where(table.c.subscriber_id == who.number))
    for some in among(connection, schema.suppressions.c.canonical, map(canonical, who.addresses)):
        connection.execute(schema.suppressions.delete().where(some))
    connection.execute(subscribers.delete().where(subscribers.c.id == who.number))
    return kept


def _hold_mail(connection: sa.Connection, number: int, found: MetRows) -> None:
    """Takes all mail that is theirs or may name them, copies before letters, each in the order of their numbers."""
    own, newest = copies_of(number), found.newest.get(outbox.name, 0)
    letters = (outbox.c.subscriber_id == number) | (outbox.c.id > newest)
    for table, which in ((deliveries, own), (outbox, letters)):
        met = {value for (value,) in found.rows.get(table.name, ())}
        hold_mail_of(connection, table, met.union(connection.execute(sa.select(table.c.id).where(which)).scalars()))


def _to_clear(
    connection: sa.Connection, table: sa.Table, traces: Traces, found: MetRows
) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions that together say which rows of *table* are to be looked at."""
    if table is not deliveries and table.name in found.newest:
        since = table.c.id > found.newest[table.name]
        if connection.execute(sa.select(sa.exists().where(since))).scalar_one():
            yield since & named_rows.may_be_met(connection, table, [traces])
    keys, met = list(table.primary_key.columns), found.rows.get(table.name, ())
    if len(keys) == 1:
        yield from among(connection, keys[0], (value for (value,) in met))
    else:
        yield from (named_rows.this(each, table) for each in met)


def _leave_copies(connection: sa.Connection, number: int, draw: Draw) -> int:
    table = deliveries.c
    asked = sa.select(table.id, table.edition_id, table.state, table.doubts, editions.c.prepared_at)
    # As they stand when nobody else can move them any more.
    hold_mail(connection, deliveries, copies_of(number))
    rows = connection.execute(asked.join_from(deliveries, editions).where(copies_of(number)).order_by(table.id)).all()
    numbers = _free_numbers(connection, [row.edition_id for row in rows], draw)
    write_each(connection, deliveries, [_without_reader(row, drawn) for row, drawn in zip(rows, numbers, strict=True)])
    # When something was done of each of them would tell which are of one reader.
    for some in among(connection, schema.copy_acts.c.delivery_id, (row.id for row in rows)):
        connection.execute(schema.copy_acts.delete().where(some))
    for some in among(connection, schema.policy_refusals.c.delivery_id, (row.id for row in rows)):
        connection.execute(schema.policy_refusals.delete().where(some))
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


def _free_numbers(connection: sa.Connection, edition_ids: Sequence[str], draw: Draw) -> list[int]:
    """For a copy of each edition a random one that no other of its copies has; it says nothing of whose it was."""
    drawn = [-1 - draw(NUMBERS) for _ in edition_ids]
    while taken := _taken(connection, list(zip(edition_ids, drawn, strict=True))):
        drawn = [-1 - draw(NUMBERS) if each in taken else each[1] for each in zip(edition_ids, drawn, strict=True)]
    return drawn


def _taken(connection: sa.Connection, pairs: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of *pairs* of an edition and a number that a copy has."""
    table = deliveries.c
    found: set[tuple[str, int]] = set()
    for some in wanted(connection, {"edition_id": table.edition_id, "subscriber_id": table.subscriber_id}, pairs):
        same = (table.edition_id == some.c.edition_id) & (table.subscriber_id == some.c.subscriber_id)
        asked = sa.select(table.edition_id, table.subscriber_id).join_from(some, deliveries, same)
        found.update((row.edition_id, row.subscriber_id) for row in connection.execute(asked))
    return found


def _clear(
    connection: sa.Connection, table: sa.Table, who: KeptPerson, traces: Traces, which: sa.ColumnElement[bool]
) -> None:
    """Of some rows deletes those that are theirs, and takes the address out of the words of all others."""
    for row in list(named_rows.rows(connection, table, which)):
        its = named_rows.this(row.key, table)
        is_theirs = row.is_of(who.number, traces, before_them=who.before_them)
        if table is subscribers and is_theirs:
            # It goes last, after all that hangs on it.
            continue
        whole = row.owner not in who.before_them and _is_theirs_whole(table, row, traces)
        if table is not deliveries and (is_theirs or whole):
            connection.execute(table.delete().where(its))
            continue
        without = _without(table, row, traces)
        if table is deliveries and is_theirs:
            without |= {"email": "", "name": None}
        if without:
            connection.execute(table.update().where(its).values(**without))


def _is_theirs_whole(table: sa.Table, row: NamedRow, traces: Traces) -> bool:
    """Whether the address stands where it can't be taken out: in a key, or where nothing is of use without it."""
    whole = {each.name for each in table.primary_key.columns} | _WHOLE.get(table, frozenset())
    return any(named_rows.stand_in(value, traces) for name, value in row.words.items() if name in whole)


def _without(table: sa.Table, row: NamedRow, traces: Traces) -> dict[str, Any]:
    """By column, what is left of its words without the address; a name that was nothing else is none."""
    left = {name: traces.out_of_all(value) for name, value in row.words.items() if named_rows.stand_in(value, traces)}
    return {
        name: None if each == ERASED and name == "name" and table.c[name].nullable else each
        for name, each in left.items()
    }
