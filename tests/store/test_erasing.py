"""Everything of one person goes, whichever table has it; nothing of anybody else does."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.people import Actor
from solacefeed.store import address_history, erasing, subscribers
from solacefeed.store import deliveries as delivery_store
from solacefeed.store.database import Store
from solacefeed.store.personal_columns import CLOSED, PUBLIC, is_words
from solacefeed.store.schema import Instant, deliveries, metadata, sign_ups
from solacefeed.traces import ERASED, Traces
from tests.store.rows import (
    EDITION,
    a_reader,
    added,
    an_edition,
    claimed,
    copies_for,
    everything,
    marked,
    settled,
    written,
)
from tests.support.builders import MONDAY

ANN, JOANN = "ann@example.org", "joann@example.org"
TELLS_OF_ANN = "550 <Ann@Example.org>: who is ann@example.org?"
NEXT = iter(range(1, 10**6))


def erased(store: Store, number: int, *, draw: erasing.Draw = lambda _: next(NEXT), keys: tuple[str, ...] = ()) -> int:
    def step(connection: sa.Connection) -> int:
        erasing.mark(connection, number, at=MONDAY, by=Actor.READER)
        who = erasing.person(connection, number)
        assert who is not None
        traces = Traces(who.addresses)
        (found,) = erasing.look_through(connection, [who])
        copies = erasing.take_out(connection, who, traces, found=found, address_keys=keys, draw=draw)
        assert copies is not None
        return copies

    return written(store, step)


# -- whatever table there is ------------------------------------------------------------------------------


def a_row(table: sa.Table, number: int, words: str, key: int) -> dict[str, Any]:
    """One of *table* in which each column that can name somebody does."""
    return {column.name: _value(column, number, words, key) for column in table.columns}


#: Of what other rows must belong to: the one that there is.
_FIRST = {"editions": EDITION, "deliveries": 1}


def _value(column: sa.Column[Any], number: int, words: str, key: int) -> Any:
    if column.name == "subscriber_id":
        return number
    if column.name in ("email", "canonical"):
        return ANN if words == TELLS_OF_ANN else words
    if column.foreign_keys:
        return _FIRST.get(next(iter(column.foreign_keys)).column.table.name)
    if isinstance(column.type, Instant):
        return MONDAY
    if column.name in CLOSED.get(column.table.name, ()):
        return {"one": key} if isinstance(column.type, sa.JSON) else f"one of ours {key}"
    if isinstance(column.type, sa.JSON):
        return {"told": [words]}
    if isinstance(column.type, sa.Boolean):
        return False
    return key if isinstance(column.type, sa.Integer | sa.BigInteger) else words


#: Those of which rows can't be made of anything: what is there is made to name somebody.
SPECIAL = ("subscribers", "editions", "deliveries", "subscriptions")


def people_tables() -> Iterator[sa.Table]:
    """Those that nobody has said to be public, but for the special ones."""
    return (table for table in metadata.sorted_tables if table not in PUBLIC and table.name not in SPECIAL)


def tell_of_her(connection: sa.Connection, table: sa.Table) -> None:
    """Lets every row name her in each column that can, but for what a row is known by."""
    words = [each for each in table.columns if is_words(table, each) and not each.primary_key]
    connection.execute(table.update().values({each.name: _value(each, 0, f"x {TELLS_OF_ANN}", 904) for each in words}))


def test_no_table_keeps_a_word_of_who_was_erased_and_none_loses_a_row_of_another(store: Store) -> None:
    (copy,) = copies_for(store, JOANN)
    ann, joann = (a_reader(store, email) for email in (ANN, JOANN))
    with store.write() as connection:
        for name in SPECIAL:
            tell_of_her(connection, metadata.tables[name])
        for table in people_tables():
            # A row of hers; another's that names her; and another's that names somebody called nearly so.
            connection.execute(table.insert().values(a_row(table, ann.id, TELLS_OF_ANN, 901)))
            if "email" not in table.columns and "canonical" not in table.columns and not _is_keyed_by_reader(table):
                connection.execute(table.insert().values(a_row(table, joann.id, f"x {TELLS_OF_ANN}", 902)))
                connection.execute(table.insert().values(a_row(table, joann.id, JOANN, 903)))
    erased(store, ann.id)
    left = rows(store)
    assert [
        name for name, told in left.items() if any("ann@example.org" in each.replace(JOANN, "") for each in told)
    ] == []
    kept = {name for name, told in left.items() if any(JOANN in each for each in told)}
    owned = {t.name for t in people_tables() if {"email", "canonical"} & {*t.columns.keys()} or _is_keyed_by_reader(t)}
    assert everything(store)[0].email == copy.email == JOANN
    others = {t.name for t in people_tables()} - owned - kept
    assert others - {"heartbeats", "fingerprints", "read_mails", "copy_acts", "counted_moves"} == set()


def _is_keyed_by_reader(table: sa.Table) -> bool:
    return "subscriber_id" in table.primary_key.columns


def rows(store: Store) -> dict[str, list[str]]:
    with store.read() as connection:
        return {
            table.name: [repr(tuple(row)).lower() for row in connection.execute(table.select())]
            for table in metadata.sorted_tables
            if table not in PUBLIC
        }


def test_each_column_of_what_may_be_a_persons_is_of_a_kind_that_is_looked_through_or_holds_no_words() -> None:
    """A new kind, such as octets, has to be thought of first."""
    known = (sa.Text, sa.JSON, Instant, sa.Integer, sa.BigInteger, sa.Boolean)
    columns = [each for table in metadata.sorted_tables if table not in PUBLIC for each in table.columns]
    assert [str(each) for each in columns if not isinstance(each.type, known)] == []


def test_what_is_said_to_be_ours_alone_is_there() -> None:
    assert {name: told - set(metadata.tables[name].columns.keys()) for name, told in CLOSED.items()} == {
        name: frozenset() for name in CLOSED
    }


def test_an_index_finds_the_rows_of_one_reader_in_every_table() -> None:
    """But of copies, which are found by their edition."""
    theirs = [each for each in metadata.sorted_tables if "subscriber_id" in each.columns and each is not deliveries]
    led = {
        table.name
        for table in theirs
        for first in (*list(table.primary_key.columns)[:1], *(next(iter(each.columns)) for each in table.indexes))
        if first.name == "subscriber_id"
    }
    assert {each.name for each in theirs} == led


def test_what_is_said_to_be_public_has_no_place_for_an_address_or_a_reader() -> None:
    about_people = {"email", "canonical", "subscriber_id", "network", "address_key", "name_of_reader"}
    assert [table.name for table in PUBLIC if about_people & set(table.columns.keys())] == []


# -- copies -----------------------------------------------------------------------------------------------


def test_no_answer_that_comes_after_its_reader_is_erased_is_written_to_a_copy(store: Store) -> None:
    copy, _other = copies_for(store, ANN, "bob@example.org")
    (taken,) = claimed(store, limit=1)
    assert marked(store, taken)
    erased(store, copy.subscriber_id)
    assert not settled(store, taken, DeliveryState.ACCEPTED)
    left = everything(store)[-1]
    assert (left.state, left.answer) == (DeliveryState.UNCERTAIN, None)


def test_a_copy_that_outlives_its_reader_has_an_edition_a_state_and_a_number_of_its_own(store: Store) -> None:
    copy, other = copies_for(store, ANN, "bob@example.org")
    claimed(store, limit=1)
    assert erased(store, copy.subscriber_id) == 1
    left, same = everything(store)[::-1]
    assert (left.edition_id, left.state, left.email, left.name, left.message_id, left.answer) == (
        EDITION,
        "cancelled",
        "",
        None,
        "",
        None,
    )
    assert left.subscriber_id < 0
    assert same == other


@pytest.mark.parametrize(
    ("state", "doubts", "becomes"),
    [
        ("accepted", 0, "accepted"),
        ("rejected", 0, "rejected"),
        ("pending", 0, "cancelled"),
        ("pending", 1, "uncertain"),
        ("handing", 0, "uncertain"),
        ("uncertain", 1, "uncertain"),
    ],
)
def test_what_may_have_arrived_is_not_called_cancelled(
    sqlite_store: Store, state: str, doubts: int, becomes: str
) -> None:
    (copy,) = copies_for(sqlite_store, ANN)
    as_it_is = deliveries.update().values(state=state, doubts=doubts, next_try_at=MONDAY, answer=TELLS_OF_ANN)
    written(sqlite_store, lambda c: c.execute(as_it_is))
    erased(sqlite_store, copy.subscriber_id)
    (left,) = everything(sqlite_store)
    assert (left.state, left.next_try_at, left.answer) == (becomes, None, None)


@pytest.mark.more
def test_a_number_that_another_copy_of_the_edition_has_is_drawn_again(sqlite_store: Store) -> None:
    first, second = copies_for(sqlite_store, ANN, "bob@example.org")
    erased(sqlite_store, first.subscriber_id, draw=lambda _: 6)
    drawn = iter((6, 6, 7))
    erased(sqlite_store, second.subscriber_id, draw=lambda _: next(drawn))
    assert sorted(each.subscriber_id for each in everything(sqlite_store)) == [-8, -7]


def test_who_was_erased_since_they_were_read_gets_no_copy_of_an_edition_that_is_written(store: Store) -> None:
    ann, bob = (a_reader(store, email) for email in (ANN, "bob@example.org"))
    erased(store, ann.id)
    copies = [
        {
            "edition_id": EDITION,
            "subscriber_id": each.id,
            "email": each.email,
            "name": None,
            "selection": "*",
            "message_id": "",
        }
        for each in (ann, bob)
    ]
    written(store, lambda c: added(c, an_edition()))
    assert written(store, lambda c: delivery_store.intend(c, copies, at=MONDAY)) == 1
    assert [copy.email for copy in everything(store)] == ["bob@example.org"]


def test_the_number_of_who_was_erased_is_given_to_nobody_else(store: Store) -> None:
    numbers = []
    for email in (ANN, "bob@example.org", ANN):
        reader = a_reader(store, email)
        numbers.append(reader.id)
        erased(store, reader.id)
    assert len(set(numbers)) == 3


# -- however it is written --------------------------------------------------------------------------------

JORG = "jörg@bücher.example.org"
SPELT = {
    "in capitals": "JÖRG@BÜCHER.EXAMPLE.ORG",
    "decomposed": "jo\u0308rg@bu\u0308cher.example.org",
    "as the name service has it": "Jörg@xn--bcher-kva.example.org",
    "in an address of the web": "https://example.com/?to=j%C3%B6rg%40b%c3%bccher.example.org&x=1",
    "in JSON": r'{"to":"j\u00f6rg@b\u00fccher.example.org"}',
    "in HTML": "&lt;j&ouml;rg&#64;b&#xFC;cher.example.org&gt;",
    "in quoted-printable": "To: j=C3=B6r=\ng@b=C3=BCcher.example.org",
    "in base64": "Content-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(f"{'What they wrote. ' * 3}It was {JORG}, I think.".encode()).decode(),
}


def test_an_address_is_found_in_others_words_however_it_is_written(store: Store) -> None:
    jorg = a_reader(store, JORG)
    told, told_in_editions = metadata.tables["subscription_changes"], metadata.tables["editions"]
    others = {how: a_reader(store, f"bob{number}@example.org").id for number, how in enumerate(SPELT)}
    with store.write() as connection:
        for how, words in SPELT.items():
            connection.execute(told.update().where(told.c.subscriber_id == others[how]).values(reason=words))
            connection.execute(told_in_editions.insert().values(an_edition_told(how, words)))
    erased(store, jorg.id)
    with store.read() as connection:
        reasons = {row.subscriber_id: row.reason for row in connection.execute(told.select())}
        editing = {row.id: row.editing for row in connection.execute(told_in_editions.select())}
    for how, words in SPELT.items():
        left = reasons[others[how]]
        assert ERASED in left, how
        assert left.startswith((words[:3], ERASED)), how
        assert editing[how] == {"opening": left}, how


def an_edition_told(name: str, words: str) -> dict[str, Any]:
    return {
        "id": name,
        "digest": name,
        "starts": MONDAY,
        "ends": MONDAY,
        "state": "draft",
        "prepared_at": MONDAY,
        "editing": {"opening": words},
    }


def test_a_row_that_has_the_address_for_its_own_is_found_in_any_case_of_any_letter(store: Store) -> None:
    jorg = a_reader(store, JORG)
    asks = metadata.tables["desk_asks"]
    others = ("xjörg@bücher.example.org", "jorg@bücher.example.org")
    for email in ("JÖRG@BÜCHER.EXAMPLE.ORG", "jo\u0308rg@xn--bcher-kva.example.org", *others):
        written(store, lambda c, email=email: c.execute(asks.insert().values(email=email, at=MONDAY)))  # type: ignore[misc]
    erased(store, jorg.id)
    with store.read() as connection:
        assert set(connection.execute(sa.select(asks.c.email)).scalars()) == set(others)


def test_a_name_that_was_the_address_of_another_is_none_and_one_that_has_more_keeps_it(store: Store) -> None:
    ann, bob, carol = (a_reader(store, email) for email in (ANN, "bob@example.org", "carol@example.org"))
    for who, name in ((bob, "Ann@Example.org"), (carol, f"Carol for {ANN}")):
        written(store, lambda c, who=who, name=name: subscribers.rename(c, who.id, name, by=Actor.READER))  # type: ignore[misc]
    erased(store, ann.id)
    with store.read() as connection:
        left = [subscribers.find(connection, each.email) for each in (bob, carol)]
    assert [each.name for each in left if each] == [None, f"Carol for {ERASED}"]


# -- addresses --------------------------------------------------------------------------------------------


def test_the_addresses_that_somebody_had_before_go_too_but_for_one_that_is_anothers_now(store: Store) -> None:
    (copy,) = copies_for(store, "office@example.org")
    assert written(store, lambda c: address_history.move(c, copy.subscriber_id, ANN, at=MONDAY, by=Actor.READER))
    with store.read() as connection:
        who = erasing.person(connection, copy.subscriber_id)
    assert who is not None
    assert who.addresses == (ANN, "office@example.org")
    a_reader(store, "Office@example.org")
    with store.read() as connection:
        alone = erasing.person(connection, copy.subscriber_id)
    assert alone is not None
    assert alone.addresses == (ANN,)
    erased(store, copy.subscriber_id)
    assert rows(store)["subscribers"] != []
    assert everything(store)[0].email == ""


def test_of_a_sign_up_only_what_it_is_counted_by_outlives_who_asked(store: Store) -> None:
    ann = a_reader(store, ANN)
    row = a_row(sign_ups, ann.id, TELLS_OF_ANN, 1) | {"address_key": "k3y", "state": "answered"}
    written(store, lambda c: c.execute(sign_ups.insert().values(row)))
    erased(store, ann.id, keys=("k3y",))
    with store.read() as connection:
        (left,) = connection.execute(sign_ups.select()).mappings()
    assert (left["address_key"], left["at"], left["answered_at"], left["state"]) == ("k3y", MONDAY, MONDAY, "expired")
    told = {name for name, value in left.items() if value is not None}
    assert told == {"id", "kind", "address_key", "nonce", "at", "state", "changed_at", "answered_at"}


def test_who_is_marked_waits_in_turn_and_the_links_are_void(store: Store) -> None:
    ann, bob = (a_reader(store, email) for email in (ANN, "bob@example.org"))
    written(store, lambda c: erasing.mark(c, bob.id, at=MONDAY, by=Actor.READER))
    written(store, lambda c: erasing.mark(c, ann.id, at=MONDAY.replace(hour=9), by=Actor.OPERATOR))
    with store.read() as connection:
        assert erasing.waiting(connection) == [bob.id, ann.id]
        assert erasing.waits_since(connection) == (2, MONDAY)
        found = subscribers.find(connection, ANN)
    assert found is not None
    assert found.generation == 1


def test_what_writes_looks_through_nothing_and_one_look_finds_all_who_wait(store: Store) -> None:
    ann, bob = copies_for(store, ANN, "bob@example.org")
    for each in (ann, bob):
        written(store, partial(erasing.mark, number=each.subscriber_id, at=MONDAY, by=Actor.READER))
    said: list[str] = []
    with store.read() as connection:
        people = [who for each in (ann, bob) if (who := erasing.person(connection, each.subscriber_id))]
        sa.event.listen(connection, "before_cursor_execute", lambda *args: said.append(args[2]))
        found = erasing.look_through(connection, people)
    assert len([each for each in said if "FROM deliveries" in each and "LIKE" in each.upper()]) == 1
    said.clear()
    with store.write() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *args: said.append(args[2]))
        for who, met in zip(people, found, strict=True):
            traces = Traces(who.addresses)
            erasing.take_out(connection, who, traces, found=met, address_keys=(), draw=lambda _: next(NEXT))
    assert said != []
    assert [each for each in said if "LIKE" in each.upper()] == []
    assert {copy.email for copy in everything(store)} == {""}


def test_what_names_somebody_since_they_were_looked_for_goes_too(store: Store) -> None:
    ann, joann = (a_reader(store, email) for email in (ANN, JOANN))
    written(store, lambda c: erasing.mark(c, ann.id, at=MONDAY, by=Actor.READER))
    with store.read() as connection:
        who = erasing.person(connection, ann.id)
        assert who is not None
        (found,) = erasing.look_through(connection, [who])
    row = a_row(metadata.tables["records"], joann.id, TELLS_OF_ANN, 901)
    written(store, lambda c: c.execute(metadata.tables["records"].insert().values(row)))
    traces = Traces(who.addresses)
    written(store, lambda c: erasing.take_out(c, who, traces, found=found, address_keys=(), draw=lambda _: next(NEXT)))
    assert [each for each in rows(store)["records"] if ANN in each] == []
