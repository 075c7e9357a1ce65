"""A store that is opened to look stays as it is; one that can't be used says why in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.errors import Busy, MissingStore, OlderStore, StoreError
from solacefeed.models.events import EventStatus
from solacefeed.models.sightings import Certainty, Decision, Edits, Origin, Sighting, Verdict
from solacefeed.sources.calendars_found import a_told
from solacefeed.store import deliveries, editions, events, facts, feeds, migrations, posts, subscribers
from solacefeed.store.database import Store, open_store, open_to_look
from solacefeed.store.events import EventRow
from solacefeed.store.feeds import PublishedFeed
from solacefeed.store.locks import only_one
from tests.store.rows import copies_for, keep, written
from tests.support.builders import MONDAY, a_source_post
from tests.support.databases import Databases
from tests.support.limits import bits_bind, no_room
from tests.support.older import REVISION, made_by_an_older_release
from tests.support.postgres import GUARDED


def a_row_of_everything(store: Store) -> None:
    """A post, an event with a sighting and a decision, an edition, a copy for a subscriber, and a feed."""
    post = a_source_post()
    written(store, lambda c: keep(c, post, seen=MONDAY))
    copies_for(store, "ann@example.org")
    sighting = Sighting(
        told=a_told(name="Summit", place=None, span=(date(2027, 4, 13), date(2027, 4, 13)), url=None),
        origin=Origin.CALENDAR,
        source="calendar forum",
        said_at=MONDAY,
        uid="1",
    )
    written(store, lambda c: events.take_answer(c, sighting.source, [sighting], at=MONDAY, zone=UTC))
    told = dict.fromkeys(("name", "place", "starts", "ends", "url", "text", "book_by"))
    told |= {"categories": (), "standing": EventStatus.SCHEDULED, "certainty": Certainty.CERTAIN}
    row = EventRow(
        id="summit",
        told=told,
        over=False,
        shown=True,
        booking_over=False,
        sequence=0,
        known_since=MONDAY,
        changed=MONDAY,
    )
    decision = Decision(verdict=Verdict.CONFIRMED, edits=Edits(name="Summit"), decided_at=MONDAY)
    written(store, lambda c: events.write(c, [row]))
    written(store, lambda c: events.decide(c, "summit", decision))
    feed = PublishedFeed(
        key="category/1",
        id="tag:example.org,2012:feed/category/1",
        stem="category/housing",
        title="Housing",
        name="Housing",
        parent=None,
        depth=0,
        posts=1,
        newest=MONDAY,
        updated=MONDAY,
    )
    written(store, lambda c: feeds.note(c, [feed]))


def _deliveries(connection: sa.Connection) -> object:
    return deliveries.listing(connection, edition_id=None, state=None, limit=9)


def _sightings(connection: sa.Connection) -> object:
    return events.told_at(connection, MONDAY)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refusal(url: str) -> str:
    """Why the store can't be opened, in a line."""
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# -- looking ------------------------------------------------------------------------------------------


def test_a_look_reads_what_a_deed_wrote(store: Store, store_url: str) -> None:
    written(store, lambda c: facts.put(c, "word", "kept"))
    looking = open_to_look(store_url)
    with looking.read() as connection:
        assert facts.read(connection, "word") == "kept"
    looking.close()


def test_a_look_can_write_nothing(store: Store, store_url: str) -> None:
    looking = open_to_look(store_url)
    with pytest.raises(StoreError, match="did not work"):
        written(looking, lambda c: facts.put(c, "word", "kept"))
    looking.close()
    with store.read() as connection:
        assert facts.read(connection, "word") is None


def test_a_look_leaves_a_store_of_an_older_release_as_it_is(store_url: str) -> None:
    made_by_an_older_release(store_url)
    with pytest.raises(OlderStore, match=f"revision {REVISION}, this one has {migrations.HEAD}.* back it up") as older:
        open_to_look(store_url)
    assert older.value.revision == REVISION
    engine = sa.create_engine(store_url)
    assert migrations.current(engine) == REVISION
    engine.dispose()


@pytest.mark.more
def test_a_deed_brings_a_store_of_an_older_release_up_to_date(store_url: str) -> None:
    made_by_an_older_release(store_url)
    open_store(store_url).close()
    open_to_look(store_url).close()


def test_a_look_at_an_empty_database_fills_it_with_nothing(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        file = Path(store_url.removeprefix("sqlite:///"))
        file.parent.mkdir()
        file.touch()
    with pytest.raises(MissingStore):
        open_to_look(store_url)
    engine = sa.create_engine(store_url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_look_touches_no_byte_of_a_file_and_leaves_none_beside_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/solacefeed.db"
    open_store(url).close()
    before = files(tmp_path)
    looking = open_to_look(url)
    with looking.read() as connection:
        facts.read(connection, facts.CLOCK)
    looking.close()
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("revision", "words"), [("9999", "install the newer one again"), ("3f2ab0", "is it another program's database?")]
)
def test_a_revision_that_nobody_here_knows_is_told(store_url: str, revision: str, words: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    store.close()
    for opening in (open_store, open_to_look):
        with pytest.raises(StoreError, match=f"revision {revision}.*{words}"):
            opening(store_url)


# -- a file in trouble ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A store's folder, whose permissions the test may take away."""
    place = tmp_path / "var"
    open_store(f"sqlite:///{place}/solacefeed.db").close()
    yield place
    place.chmod(0o755)


@pytest.mark.parametrize(
    ("what", "mode", "words"),
    [
        (".", 0o000, "can't be opened: Permission denied"),
        (".", 0o444, "can't be opened: Permission denied"),
        (".", 0o555, "this user may not write into its folder, as SQLite must)"),
        ("solacefeed.db", 0o000, "solacefeed.db: this user may not read it)"),
    ],
)
def test_a_store_that_may_not_be_opened_is_told_with_its_reason(folder: Path, what: str, mode: int, words: str) -> None:
    (folder / what).chmod(mode)
    with bits_bind():
        assert words in refusal(f"sqlite:///{folder}/solacefeed.db")


def test_a_file_that_may_not_be_written_is_told_at_the_first_write(folder: Path) -> None:
    (folder / "solacefeed.db").chmod(0o444)
    words = r"readonly database \(.*/solacefeed.db: this user may not write it\); nothing of this step was kept"
    with bits_bind():
        store = open_store(f"sqlite:///{folder}/solacefeed.db")
        with pytest.raises(StoreError, match=words):
            written(store, lambda c: facts.put(c, "word", "kept"))
        store.close()


def test_a_store_that_may_not_be_made_is_told(folder: Path) -> None:
    folder.chmod(0o555)
    with bits_bind():
        assert "new.db can't be made: " in refusal(f"sqlite:///{folder}/new.db")
        assert "deeper/new.db can't be made: " in refusal(f"sqlite:///{folder}/deeper/new.db")


def test_a_folder_in_the_place_of_the_file_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "solacefeed.db").mkdir()
    assert refusal(f"sqlite:///{tmp_path}/solacefeed.db").endswith("/solacefeed.db: that is a folder)")


def hold(store: Store) -> None:
    with only_one(store, "poll"):
        pass


def test_a_lock_that_may_not_be_taken_is_told(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/solacefeed.db")
    (folder / "solacefeed.db.poll.lock").touch(mode=0o000)
    with bits_bind(), pytest.raises(StoreError, match=r"poll: .*poll\.lock can't be opened: Permission denied"):
        hold(store)
    store.close()


def test_a_disk_without_room_is_told_and_locks_are_held_all_the_same(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/solacefeed.db")
    with no_room(), only_one(store, "poll"):
        with pytest.raises(StoreError, match="nothing of this step was kept"):
            written(store, lambda c: facts.put(c, "word", "kept"))
        with pytest.raises(Busy):
            hold(store)
    written(store, lambda c: facts.put(c, "word", "kept"))
    store.close()


def test_a_file_that_broke_is_told(folder: Path) -> None:
    file = folder / "solacefeed.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert refusal(f"sqlite:///{file}").endswith("database disk image is malformed")


# -- a server in trouble --------------------------------------------------------------------------------


@pytest.fixture
def postgres_address(databases: Databases) -> str:
    """With ``{}`` where a database's name goes."""
    return databases.address


@pytest.fixture
def server(postgres_address: str) -> Iterator[sa.Connection]:
    """Its operator's connection."""
    engine = sa.create_engine(postgres_address.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_a_wrong_password_is_told_and_never_shown(server: sa.Connection, postgres_address: str) -> None:
    server.exec_driver_sql(f"CREATE DATABASE {GUARDED}")
    server.exec_driver_sql("CREATE ROLE keeper LOGIN PASSWORD 'right'")
    guarded = postgres_address.format(GUARDED)
    told = refusal(guarded.replace("solacefeed@", "keeper:hunter2@"))
    assert told.endswith('password authentication failed for user "keeper"')
    assert "hunter2" not in told
    assert refusal(guarded.replace("solacefeed@", "keeper@")).endswith("no password supplied")
    server.exec_driver_sql(f"DROP DATABASE {GUARDED}")
    server.exec_driver_sql("DROP ROLE keeper")


def test_a_server_without_such_a_database_or_account_is_told(postgres_address: str) -> None:
    assert refusal(postgres_address.format("nowhere")).endswith('database "nowhere" does not exist')
    stranger = postgres_address.format("postgres").replace("solacefeed@", "stranger@")
    assert refusal(stranger).endswith('role "stranger" does not exist')


def test_an_account_that_may_only_read_can_look_and_is_told_when_it_writes(
    server: sa.Connection, postgres_address: str
) -> None:
    server.exec_driver_sql("CREATE DATABASE shown")
    server.exec_driver_sql("CREATE ROLE looker LOGIN")
    own = open_store(postgres_address.format("shown"))
    with own.write() as connection:
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker")
    own.close()
    url = postgres_address.format("shown").replace("solacefeed@", "looker@")
    open_to_look(url).close()
    store = open_store(url)
    with pytest.raises(StoreError, match="permission denied for table facts; nothing of this step was kept"):
        written(store, lambda c: facts.put(c, "word", "kept"))
    store.close()
    server.exec_driver_sql("DROP DATABASE shown")
    server.exec_driver_sql("DROP ROLE looker")


def test_a_server_that_goes_away_is_told_and_takes_no_lock_with_it(
    server: sa.Connection, postgres_address: str
) -> None:
    server.exec_driver_sql("CREATE DATABASE leaving")
    store = open_store(postgres_address.format("leaving"))
    with only_one(store, "poll"):
        with pytest.raises(StoreError, match="nothing of this step was kept"):
            written(store, lambda c: c.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())"))
        server.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'leaving'")
    with only_one(store, "poll"):
        written(store, lambda c: facts.put(c, "word", "kept"))
    store.close()
    server.exec_driver_sql("DROP DATABASE leaving WITH (FORCE)")


def test_a_driver_that_is_not_there_is_told_with_how_to_get_it() -> None:
    assert "pip install '.[postgres]' in the checkout" in refusal(
        "postgresql+asyncpg://solacefeed@127.0.0.1/solacefeed"
    )


# -- what a newer release wrote -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "change", "read", "what"),
    [
        ("editions", "state = 'printed'", editions.listing, "edition state 'printed'"),
        ("deliveries", "state = 'framed'", _deliveries, "delivery state 'framed'"),
        ("posts", "state = 'archived'", lambda c: posts.listing(c, limit=9), "post state 'archived'"),
        ("subscriptions", "state = 'gifted'", lambda c: subscribers.of_one(c, 1), "subscription state 'gifted'"),
        ("events", "standing = 'hybrid'", events.rows, "event status 'hybrid'"),
        ("events", "certainty = 'likely'", events.rows, "certainty 'likely'"),
        ("events", "verdict = 'starred'", events.decisions, "verdict 'starred'"),
        ("events", "edits = '{\"price\": 3}'", events.decisions, "edits with price"),
        ("feeds", "key = 'podcast/1'", feeds.everything, "feed kind 'podcast'"),
        ("posts", "lead_image = '{\"focus\": 3}'", lambda c: posts.listing(c, limit=9), "image with focus"),
        ("sightings", "origin = 9", _sightings, "origin 9"),
        ("sightings", "told = '{\"price\": 3}'", _sightings, "understanding with price"),
    ],
)
def test_what_a_newer_release_has_written_is_told_and_not_guessed_at(
    store: Store, table: str, change: str, read: Callable[[sa.Connection], object], what: str
) -> None:
    a_row_of_everything(store)
    written(store, lambda c: c.exec_driver_sql(f"UPDATE {table} SET {change}"))
    with pytest.raises(StoreError) as refused, store.read() as connection:
        read(connection)
    assert str(refused.value) == (
        f"the store holds the {what}, which this release does not know: install the newer one again"
    )
