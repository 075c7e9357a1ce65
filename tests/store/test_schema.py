"""The migrations and the tables say the same."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from solacefeed.errors import StoreError
from solacefeed.store import (
    bounces,
    digests,
    documents,
    editions,
    events,
    facts,
    migrations,
    posts,
    schema,
    subscribers,
)
from solacefeed.store.database import open_store
from solacefeed.store.digests import ServedDigest
from solacefeed.store.schema import metadata, promotions
from tests.store.rows import CLOSED
from tests.support.builders import MONDAY, WEEK

AN_OLD_POST = {
    "id": "1",
    "guid": "https://blog.example.org/?p=1",
    "url": "https://blog.example.org/post-1/",
    "title": "The quiet budget",
    "content": "<p>Some savings announce themselves.</p>",
    "excerpt": "Some savings announce themselves.",
    "minutes": 1,
    "blurbs": "[]",
    "published": MONDAY - WEEK,
    "modified": MONDAY,
    "seen": MONDAY - WEEK,
    "state": "published",
    "grade": 4,
    "raw": b"",
}

AN_OLD_EVENT = {
    "id": "gala",
    "name": "Gala Dinner",
    "starts": "2026-12-08",
    "ends": "2026-12-08",
    "categories": [],
    "standing": "scheduled",
    "certainty": "certain",
    "sequence": 3,
    "known_since": MONDAY - WEEK,
    "changed": MONDAY,
    "over": False,
    "shown": True,
}


@pytest.mark.more
def test_migrations_build_just_the_tables_that_the_code_speaks_of(store_url: str) -> None:
    with _migrated(store_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.more
def test_a_new_store_is_what_migrations_make_of_an_empty_database(store_url: str) -> None:
    with _migrated(store_url) as connection:
        by_migrations = _shape(connection)
        there = sa.MetaData()
        there.reflect(connection)
        there.drop_all(connection)
    store = open_store(store_url)
    with store.read() as connection:
        assert _shape(connection) == by_migrations
    assert migrations.current(store.engine) == migrations.HEAD
    store.close()


def test_a_new_store_has_its_indexes_in_one_order_so_that_sqlite_takes_the_same_in_each(tmp_path: Path) -> None:
    """Where two would do it takes the one that was made last: the smaller one, of some rows alone."""
    store = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    asked = "SELECT name, sql LIKE '% WHERE %' AS partly FROM sqlite_master WHERE type = 'index' AND tbl_name = "
    for table in metadata.sorted_tables:
        with store.read() as connection:
            made = connection.exec_driver_sql(f"{asked}'{table.name}' ORDER BY rowid").all()
        own = [(row.partly, row.name) for row in made if not row.name.startswith("sqlite_autoindex")]
        assert own == sorted(own)
    store.close()


@contextmanager
def _migrated(url: str) -> Iterator[sa.Connection]:
    """An empty database that was brought to the newest schema by all migrations."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True)
    engine = sa.create_engine(url)
    with engine.connect() as connection, connection.begin():
        migrations.migrate(connection)
        yield connection
    engine.dispose()


def _shape(connection: sa.Connection) -> dict[str, object]:
    """All that a database says of its tables, but for the order of their columns."""
    inspector = sa.inspect(connection)
    told: dict[str, object] = {}
    if connection.dialect.name == "sqlite":
        numbered = sa.text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name")
        told["numbers that come never again"] = connection.execute(numbered).scalars().all()
    for name in inspector.get_table_names():
        columns = {
            each["name"]: (str(each["type"]), each["nullable"], each["default"], bool(each.get("autoincrement")))
            for each in inspector.get_columns(name)
        }
        indexes = {
            each["name"]: (each["column_names"], each["unique"], _partly(connection, each))
            for each in inspector.get_indexes(name)
        }
        unique = sorted((each["name"], each["column_names"]) for each in inspector.get_unique_constraints(name))
        foreign = sorted(map(repr, inspector.get_foreign_keys(name)))
        checks = sorted(map(repr, inspector.get_check_constraints(name)))
        told[name] = (
            columns,
            indexes,
            inspector.get_pk_constraint(name)["constrained_columns"],
            unique,
            foreign,
            checks,
        )
    return told


def _partly(connection: sa.Connection, index: Mapping[str, Any]) -> str | None:
    """Which rows an index has; of all, ``None``."""
    where = index.get("dialect_options", {}).get(f"{connection.dialect.name}_where")
    return None if where is None else str(where)


def test_the_newest_revision_is_the_one_that_is_looked_for() -> None:
    versions = Path(migrations.__file__).parent / "versions"
    assert max(path.name[:4] for path in versions.glob("[0-9]*.py")) == migrations.HEAD


@pytest.mark.more
def test_addresses_beyond_ascii_are_found_as_they_are_compared_now(store_url: str) -> None:
    given = ["ann@Bücher.DE", "Groß@example.org", "ann@xn--bcher-kva.de", "Bob@example.org"]
    with _older_store(store_url, before="one_form_of_an_address") as connection:
        row = "INSERT INTO subscribers (email, canonical, created_at) VALUES (:email, :canonical, :at)"
        rows = [{"email": each, "canonical": each.casefold(), "at": MONDAY} for each in given]
        connection.execute(sa.text(row), rows)
    store = open_store(store_url)
    with store.read() as connection:
        found = {each: subscribers.find(connection, each) for each in given}
    store.close()
    # Where two have turned out to be one, the one that was spelt so keeps the place.
    assert [person and person.email for person in found.values()] == [given[2], given[1], given[2], given[3]]


@pytest.mark.more
def test_the_events_that_an_older_release_told_of_are_counted_too(store_url: str) -> None:
    with _older_store(store_url, before="promotions") as connection:
        tables = sa.MetaData()
        tables.reflect(connection, only=["editions", "variants"])
        told = {"edition_id": "weekly/1", "revision": 1, "picks": [], "subject": "", "text": "", "html": ""}
        connection.execute(tables.tables["editions"].insert().values(**_an_old_edition("weekly/1")))
        connection.execute(
            tables.tables["variants"].insert(),
            [
                {**told, "selection": "*", "event_ids": ["summit", "briefing"]},
                {**told, "selection": "3", "event_ids": []},
            ],
        )
    store = open_store(store_url)
    with store.read() as connection:
        rows = connection.execute(sa.select(promotions).order_by(promotions.c.event_id)).all()
    store.close()
    assert [tuple(row) for row in rows] == [("briefing", "weekly/1", "*", 1), ("summit", "weekly/1", "*", 1)]


def test_events_of_an_older_release_keep_all_that_was_known_and_are_looked_at_anew(store_url: str) -> None:
    with _older_store(store_url, before="bookings") as connection:
        tables = sa.MetaData()
        tables.reflect(connection, only=["events", "facts"])
        connection.execute(tables.tables["facts"].insert().values(name="events_refreshed", value="mark then later"))
        connection.execute(tables.tables["facts"].insert().values(name="clock", value="live"))
        connection.execute(tables.tables["events"].insert().values(**AN_OLD_EVENT))
    store = open_store(store_url)
    with store.read() as connection:
        (row,) = events.rows(connection).values()
        assert (row.told["name"], row.told["book_by"], row.booking_over) == ("Gala Dinner", None, None)
        assert (row.sequence, row.changed) == (3, MONDAY)
        assert [event.booking_over for event in events.shown(connection)] == [False]
        assert facts.read(connection, "events_refreshed") is None
        assert facts.read(connection, facts.CLOCK) == facts.LIVE
    store.close()


def test_what_an_older_release_noted_of_mail_that_came_back_counts_for_its_newest_claim(store_url: str) -> None:
    with _older_store(store_url, before="claims_of_bounces") as connection:
        tables = sa.MetaData()
        tables.reflect(connection, only=["editions", "deliveries", "outbox", "bounces"])
        connection.execute(tables.tables["editions"].insert().values(**_an_old_edition("weekly/1")))
        copy = {"edition_id": "weekly/1", "email": "a@example.org", "selection": "*", "changed_at": MONDAY + WEEK}
        copies = [
            {**copy, "id": number, "subscriber_id": number, "state": "rejected", "attempts": 1, "doubts": 0}
            | {"message_id": f"<{number}@example.org>", "claims": 3}
            for number in (1, 2)
        ]
        connection.execute(tables.tables["deliveries"].insert(), copies)
        letter = {
            "kind": "link",
            "email": "a@example.org",
            "subject": "",
            "text": "",
            "html": "",
            "language": "en",
            "claims": 2,
        }
        instants = dict.fromkeys(("created_at", "changed_at", "not_after"), MONDAY)
        said = {"message_id": "<l@example.org>", "state": "accepted", "attempts": 1, "doubts": 0}
        connection.execute(tables.tables["outbox"].insert().values(id=1, **letter, **said, **instants))
        bounce = {"kind": "hard", "words": "", "outcome": "suppressed", "spent": True, "at": MONDAY}
        noted = [
            {**bounce, "mark": "refused copy 1", "source": "relay", "delivery_id": 1, "letter_id": None},
            {**bounce, "mark": "a letter's", "source": "mail", "delivery_id": None, "letter_id": 1},
            {**bounce, "mark": "nobody's", "source": "mail", "delivery_id": None, "letter_id": None},
        ]
        connection.execute(tables.tables["bounces"].insert(), noted)
    store = open_store(store_url)
    with store.read() as connection:
        claims = connection.execute(sa.select(schema.bounces.c.claim).order_by(schema.bounces.c.id)).scalars().all()
        assert claims == [3, 2, None]
        assert bounces.refused_copies(connection, left_since=MONDAY - 9 * WEEK, limit=10) == [2]
    store.close()


@contextmanager
def _older_store(url: str, *, before: str) -> Iterator[sa.Connection]:
    """A store as it was before the migration of that name."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True)
    folder = Path(migrations.__file__).parent
    config = Config()
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    (known,) = (script for script in scripts.walk_revisions() if script.path.endswith(f"_{before}.py"))
    engine = sa.create_engine(url)
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, str(known.down_revision))
        yield connection
    engine.dispose()


def _an_old_edition(name: str) -> dict[str, object]:
    then = {"starts": CLOSED - WEEK, "ends": CLOSED, "prepared_at": CLOSED}
    return {"id": name, "digest": "weekly", "state": "done", **then}


def test_of_an_older_releases_readers_nobody_knows_by_whom_and_its_digests_are_known_by_their_names(
    store_url: str,
) -> None:
    with _older_store(store_url, before="who_changed_a_subscription") as connection:
        tables = sa.MetaData()
        tables.reflect(connection, only=["editions", "subscribers", "subscriptions"])
        ann = {"id": 1, "email": "ann@example.org", "canonical": "ann@example.org", "name": "Ann", "created_at": MONDAY}
        wish = {"subscriber_id": 1, "category_ids": None, "changed_at": MONDAY}
        connection.execute(tables.tables["editions"].insert().values(**_an_old_edition("weekly/1")))
        connection.execute(tables.tables["subscribers"].insert().values(**ann))
        for digest, state in (("weekly", "confirmed"), ("daily", "ended")):
            connection.execute(tables.tables["subscriptions"].insert().values(**wish, digest=digest, state=state))
    store = open_store(store_url)
    with store.read() as connection:
        found = subscribers.of_one(connection, 1)
        served = digests.everything(connection)
    store.close()
    assert [(each.digest, each.state, each.changed_at) for each in found] == [
        ("daily", "ended", MONDAY),
        ("weekly", "confirmed", MONDAY),
    ]
    assert {(each.entered_by, each.chosen_by, each.changed_by, each.reason) for each in found} == {(None,) * 4}
    assert served == {key: ServedDigest(key=key, name=key, title=None) for key in ("daily", "weekly")}


@pytest.mark.more
def test_the_editions_of_an_older_release_stay_and_are_the_first_of_their_ids(store_url: str) -> None:
    with _older_store(store_url, before="editions_that_are_cancelled") as connection:
        tables = sa.MetaData()
        tables.reflect(connection, only=["editions"])
        connection.execute(tables.tables["editions"].insert().values(**_an_old_edition("weekly/1")))
    store = open_store(store_url)
    with store.read() as connection:
        (edition,) = editions.listing(connection)
    assert (edition.id, edition.issue, edition.mail_name) == ("weekly/1", 1, "weekly/1")
    with pytest.raises(sa.exc.IntegrityError), store.write() as connection:
        editions.add(connection, replace(edition, id="weekly/again"))
    store.close()


@pytest.mark.more
def test_an_older_releases_reader_loses_no_post_of_a_copy_that_comes_to_nothing_afterwards(store_url: str) -> None:
    before = {"id": "weekly/0", "starts": CLOSED - 2 * WEEK, "ends": CLOSED - WEEK}
    states = {1: "accepted", 2: "pending", 3: "handing"}
    with _older_store(store_url, before="cadences_and_choices") as connection:
        there = sa.MetaData()
        there.reflect(connection, only=["editions", "subscribers", "subscriptions", "variants", "deliveries"])
        for edition in (_an_old_edition("weekly/1"), _an_old_edition("weekly/1") | before):
            connection.execute(there.tables["editions"].insert().values(**edition | {"state": "delivering"}))
        for number, state in states.items():
            email = f"reader{number}@example.org"
            who = {"id": number, "email": email, "canonical": email, "created_at": MONDAY}
            connection.execute(there.tables["subscribers"].insert().values(**who))
            wish = {"subscriber_id": number, "digest": "weekly", "changed_at": MONDAY, "state": "confirmed"}
            connection.execute(there.tables["subscriptions"].insert().values(**wish))
            copy: dict[str, object] = {
                "edition_id": "weekly/0" if number == 3 else "weekly/1",
                "subscriber_id": number,
                "email": email,
            }
            copy |= {"selection": "*", "state": state, "message_id": f"<{number}@example.org>", "changed_at": MONDAY}
            connection.execute(there.tables["deliveries"].insert().values(**copy, attempts=0, doubts=0))
    store = open_store(store_url)
    with store.read() as connection:
        since = {number: subscribers.of_one(connection, number)[0].since for number in states}
    store.close()
    assert since == {1: {"*": CLOSED}, 2: {"*": CLOSED - WEEK}, 3: {"*": CLOSED - 2 * WEEK}}


def test_a_store_that_a_newer_release_has_made_is_left_alone(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="install the newer one again"):
        open_store(store_url)


@pytest.mark.more
def test_a_store_of_the_first_schema_keeps_all_it_holds(store_url: str) -> None:
    with _older_store(store_url, before="feeds_that_follow_the_change") as connection:
        tables = sa.MetaData()
        tables.reflect(connection, only=["posts", "post_keys", "documents", "facts"])
        connection.execute(tables.tables["facts"].insert().values(name="clock", value="live"))
        connection.execute(tables.tables["posts"].insert().values(**AN_OLD_POST))
        connection.execute(tables.tables["post_keys"].insert().values(kind="number", value="1", post_id="1"))
        connection.execute(tables.tables["documents"].insert().values(path="all.atom", sha256="0", published_at=MONDAY))
    store = open_store(store_url)
    with store.read() as connection:
        assert facts.read(connection, facts.CLOCK) == facts.LIVE
        assert (events.rows(connection), events.told_at(connection, MONDAY)) == ({}, [])
        (post,) = posts.some(connection, ["1"])
        assert (post.title, post.updated, post.revised) == ("The quiet budget", MONDAY, MONDAY)
        assert documents.paths(connection) == ["all.atom"]
        assert not posts.buried(connection)
    store.close()
