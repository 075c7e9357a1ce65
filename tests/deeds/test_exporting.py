"""A person is shown all that is kept of them, and nothing of anybody else."""

from __future__ import annotations

import json

import pytest

from solacefeed.cli.console import plain
from solacefeed.deeds.people.exporting import WORDS, export_of
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor
from solacefeed.store import address_history, subscribers
from solacefeed.store.database import Store
from solacefeed.store.personal_columns import PUBLIC
from tests.deeds.world import World
from tests.store.rows import a_reader, added, an_edition
from tests.store.test_erasing import ANN, JOANN, TELLS_OF_ANN, a_row, people_tables
from tests.support.builders import MONDAY, a_source_post


@pytest.mark.more
def test_what_somebody_got_wished_and_agreed_to_is_told_in_words(world: World) -> None:
    world.appear(a_source_post(title="The quiet budget", category_numbers=("1",)))
    world.join("ann", "bob", categories=("housing",))
    world.prepare()
    world.deliver()
    with world.store.write() as connection:
        known = subscribers.find(connection, ANN)
        assert known is not None
        address_history.move(connection, known.id, "anna@example.org", at=MONDAY, by=Actor.READER)
    told = plain(export_of(world.store, known.id))
    assert list(told) == ["about", *WORDS]
    assert told["person"]["address"] == "anna@example.org"
    assert [each["before"] for each in told["earlier_addresses"]] == [ANN]
    assert [(each["digest"], each["state"], each["categories"]) for each in told["subscriptions"]] == [
        ("weekly", "confirmed", ["Housing"])
    ]
    assert [(each["by"], each["state"]) for each in told["history"]] == [("operator", "confirmed")]
    assert [(each["basis"], each["evidence"]) for each in told["consents"]] == [("consent", "a form of paper")]
    (copy,) = told["copies"]
    assert (copy["edition"], copy["to"], copy["state"]) == ("weekly/2026-11-23", ANN, "accepted")
    assert [each["title"] for each in copy["posts"]] == ["The quiet budget"]
    assert "bob" not in json.dumps(told)


def test_a_row_of_any_table_that_is_somebodys_is_told(store: Store) -> None:
    ann, joann = (a_reader(store, email) for email in (ANN, JOANN))
    tables = [each for each in people_tables() if {"subscriber_id", "email", "canonical"} & set(each.columns.keys())]
    tables = [each for each in tables if each.name not in ("subscription_changes", "consents", "address_changes")]
    with store.write() as connection:
        added(connection, an_edition())
        for table in tables:
            if table.name != "suppressions":
                connection.execute(table.insert().values(a_row(table, ann.id, TELLS_OF_ANN, 901)))
    told = export_of(store, ann.id)
    parts = {"outbox": "letters", "sign_ups": "sign_ups", "reader_complaints": "complaints"}
    shown = {name for name, part in parts.items() if told[part]} | set(told["also"])
    assert shown == {table.name for table in tables} - {"suppressions"}
    assert export_of(store, joann.id)["also"] == {}
    assert len(PUBLIC & set(tables)) == 0


def test_of_a_stranger_nothing_is_told(sqlite_store: Store) -> None:
    with pytest.raises(UsageError, match="there is no subscriber 17"):
        export_of(sqlite_store, 17)
