"""The queue of turns holds no truth: what is put twice waits once, and what its worker's death left is taken out."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextlib import closing

import procrastinate
import psycopg
import pytest
import sqlalchemy as sa

from solacefeed.daemon.queue import Hands, JobQueue, Serving, TroubleSpell, drop_stalled, with_tasks
from solacefeed.deeds.delivering.due import DueMail
from solacefeed.errors import StoreError
from solacefeed.store.database import Store, open_store
from solacefeed.store.job_tables import QueueStanding, made_by, mark_made_by, standing, within_schema
from solacefeed.store.server_connections import SPEECH

ONE, TWO = "weekly/2026-11-23", "daily/2026-11-24"

#: Of a date's style the order of its parts stays as it was, in which ours are never written.
AS_SHOWN = {**SPEECH, "DateStyle": "ISO, MDY"}

of_postgres = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


@pytest.fixture
def queue(store: Store) -> JobQueue:
    made = JobQueue(store)
    made.settle()
    with within_schema(store) as connection:
        connection.exec_driver_sql("DELETE FROM procrastinate_jobs")
    return made


def stands(store: Store) -> QueueStanding:
    with store.read() as connection:
        return standing(connection)


class Hearing:
    """Hears of turns; the first one waits until it may go on."""

    def __init__(self, most: int) -> None:
        self.turns: list[str] = []
        self._most = most
        self.all = threading.Event()

    def hands(self) -> Hands:
        return Hands(edition=self._hear, outbox=lambda: self._hear("outbox"))

    def _hear(self, what: str) -> None:
        self.turns.append(what)
        if len(self.turns) == self._most:
            self.all.set()


def test_of_a_queue_that_comes_and_goes_each_trouble_is_told_once_and_its_end_once() -> None:
    said: list[str] = []
    spell = TroubleSpell(said.append, said.append)
    spell.ends()
    for why in ("the server went away", "no connection", "the server went away", "no connection"):
        spell.fails(why)
    first = "worker: the queue of jobs does not work, and is tried again: "
    assert said == [f"{first}the server went away", f"{first}no connection"]
    said.clear()
    spell.ends()
    spell.ends()
    spell.fails("no connection")
    assert said == ["worker: the queue of jobs works again", f"{first}no connection"]


@of_postgres
def test_its_tables_are_made_once_and_by_the_release_that_is_here(store: Store, queue: JobQueue) -> None:
    queue.settle()
    with store.read() as connection:
        assert made_by(connection) == procrastinate.__version__


@of_postgres
def test_an_account_that_may_make_no_schema_has_the_one_that_somebody_made_for_it(store_url: str) -> None:
    """As docs/scaling.md says it."""
    open_store(store_url).close()
    address = sa.make_url(store_url)
    admin = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE narrow LOGIN")
        try:
            connection.exec_driver_sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO narrow")
            connection.exec_driver_sql("CREATE SCHEMA solacefeed_jobs AUTHORIZATION narrow")
            with closing(open_store(address.set(username="narrow"))) as store:
                queue = JobQueue(store)
                queue.settle()
                queue.put_edition(ONE)
                assert stands(store).waiting == 1
        finally:
            connection.exec_driver_sql("DROP OWNED BY narrow CASCADE")
            connection.exec_driver_sql("DROP ROLE narrow")


@of_postgres
def test_tables_of_a_later_release_are_told_of_and_stay_what_they_are(store: Store, queue: JobQueue) -> None:
    with within_schema(store) as connection:
        mark_made_by(connection, "99.0.1")
    try:
        with pytest.raises(StoreError, match=r"made by Procrastinate 99\.0\.1, and here is .*: bring this machine to"):
            queue.settle()
        with store.read() as connection:
            assert made_by(connection) == "99.0.1"
    finally:
        with within_schema(store) as connection:
            mark_made_by(connection, procrastinate.__version__)


@of_postgres
def test_what_is_put_twice_waits_once_and_letters_go_first(store: Store, queue: JobQueue) -> None:
    for _ in range(2):
        queue.put(DueMail(outbox=False, editions=(ONE, TWO)))
    queue.put(DueMail(outbox=True, editions=(ONE,)))
    assert stands(store).waiting == 3
    heard = Hearing(3)
    serving = Serving(queue, heard.hands(), turns=1, name="worker 1 on here", trouble=print, works=print)
    serving.begin()
    assert heard.all.wait(60)
    assert stands(store).workers == ("1 on here",)
    serving.stop()
    assert serving.ended_within(60)
    assert heard.turns == ["outbox", ONE, TWO]
    # No job is kept when it is over.
    assert (stands(store).waiting, stands(store).under_way) == (0, 0)


@of_postgres
def test_a_job_whose_worker_died_is_taken_out_and_can_be_put_again(store: Store, queue: JobQueue) -> None:
    queue.put_edition(ONE)

    async def die_with_it() -> None:
        connector = procrastinate.PsycopgConnector(kwargs=queue.connecting("worker 1 on here"))
        app = with_tasks(connector, Hearing(1).hands())
        async with app.open_async():
            number = await app.job_manager.register_worker()
            assert await app.job_manager.fetch_job(queues=["mail"], worker_id=number)
            await drop_stalled(app)
            assert stands(store).under_way == 1
            with within_schema(store) as connection:
                connection.exec_driver_sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 min'")
            await drop_stalled(app)

    queue.put_edition(TWO)
    asyncio.run(die_with_it())
    # The other one waits still.
    assert (stands(store).waiting, stands(store).under_way) == (1, 0)
    queue.put_edition(ONE)
    assert stands(store).waiting == 2


@of_postgres
def test_its_connections_speak_as_the_stores_do_whatever_the_address_and_the_environment_say(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    set_otherwise = "-c%20default_transaction_isolation=serializable%20-c%20DateStyle=SQL"
    with closing(open_store(f"{store_url}&options={set_otherwise}&client_encoding=LATIN1")) as store:
        words = JobQueue(store).connecting("worker 1 on here")
        with store.read() as connection:
            assert {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in SPEECH} == AS_SHOWN
    with closing(psycopg.connect(**words)) as connected:
        shown = {name: one[0] for name in SPEECH if (one := connected.execute(f"SHOW {name}").fetchone())}
        assert connected.info.encoding == "utf-8"
    assert shown == AS_SHOWN


@of_postgres
def test_its_connections_are_given_up_after_as_much_silence_as_the_stores(queue: JobQueue) -> None:
    """Else a turn's end is waited for as long as a machine without power keeps its connection."""
    silence = queue.connecting("worker 1 on here")
    assert (silence["tcp_user_timeout"], silence["keepalives_idle"], silence["connect_timeout"]) == (8000, 5, 10)


@pytest.mark.more
def test_a_site_without_a_queue_loads_none() -> None:
    words = (
        "import sys, solacefeed.app, solacefeed.daemon.running, solacefeed.daemon.jobs, solacefeed.cli.worker\n"
        "print(*(name for name in ('procrastinate', 'psycopg', 'psycopg_pool') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
