"""Mail that is due, as jobs of a queue in the store's own PostgreSQL; the home of Procrastinate.

A job is a turn: at an edition, of which it hands copies over until none is left, or at the outbox, which goes first.
The store stays the truth. A job that is done twice finds nothing left to do, and one that is lost is put anew by the
next look for mail. So no job is kept when it is over, whatever became of it, and none is repeated by the queue.

What bites in Procrastinate 3.10:
- A job that is repeated while another one waits by the same queueing lock can't be put back, and stays under way for
  ever (its issue 1543). So a turn ends well whatever befalls it, and what was left is found by the next look.
- A job whose worker died stays under way for ever (its issues 740 and 1408). One task looks for such, each minute; it
  has a queueing lock and no lock, for else its own death would keep it from ever being done again.
- A worker ends by itself when its connection does: ``Serving`` begins it anew.
- Its schema is brought to a database once; ``settle`` does that, and what its later releases change.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

from solacefeed.deeds.delivering.due import DueMail
from solacefeed.errors import StoreError
from solacefeed.store.database import Store
from solacefeed.store.job_tables import SCHEMA, made_by, mark_made_by, within_schema
from solacefeed.store.server_connections import HEARS_OF_LOSS, SPEECH, as_options, bounds_of_silence, rest_of
from solacefeed.store.trouble import first_line
from solacefeed.words import without_instants

#: Turns at mail, and what sees to the queue itself, which waits for no turn.
_MAIL: Final = "mail"
_UPKEEP: Final = "upkeep"
#: A letter's reader waits for it.
_OUTBOX_FIRST: Final = 10

#: Seconds between two signs of life of a worker, and after which one without them is taken for dead.
_HEARTBEAT: Final = 5.0
_DEAD_AFTER: Final = 20.0
#: Seconds between two looks for a job where none was told of.
_LOOKS_EVERY: Final = 5.0
#: Seconds until a queue that did not work is tried again.
_TRIES_EVERY: Final = 2.0
#: Seconds for which it must have worked until it is said that it does again: one that comes and goes is told once.
WORKS_AFTER: Final = 60.0
#: Seconds after which a turn is taken for that of a worker that stands still. ``looks.ROUND`` and what connections
#: have then take less, but at a relay that takes a minute for a mail; and a turn that is begun twice does no harm, for
#: leases decide who has which copy.
_LONGEST_TURN: Final = 1800
_OVER: Final = (
    "SELECT job_id FROM procrastinate_events e JOIN procrastinate_jobs j ON j.id = e.job_id WHERE j.status = 'doing'"
    " AND e.type = 'started' GROUP BY job_id HAVING max(e.at) < now() - make_interval(secs => %(seconds)s)"
)
#: Seconds that a connection is waited for.
_PATIENCE: Final = 10.0


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Who does turns; neither raises."""

    edition: Callable[[str], object]
    outbox: Callable[[], object]


class JobQueue:
    """The queue of a store on PostgreSQL."""

    def __init__(self, store: Store) -> None:
        # What it has to say is told by who works with it: each end of a connection is an error to it, with a traceback.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        self._store = store
        self._putting = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    # -- its schema ---------------------------------------------------------------------------------

    def settle(self) -> None:
        """Brings the queue's own schema to the database, or up to date.

        Raises ``StoreError``, also where a later release of its library has made it: it is never marked as older.
        """
        with self._store.read() as connection:
            if not _is_older(made_by(connection)):
                return
        with within_schema(self._store, make=True) as connection:
            # Another may have been first.
            found = made_by(connection)
            if not _is_older(found):
                return
            for words in _statements(found):
                connection.exec_driver_sql(words)
            mark_made_by(connection, procrastinate.__version__)

    # -- putting ------------------------------------------------------------------------------------

    def put(self, due: DueMail) -> None:
        """A turn for each part of what is *due*, where none waits already; raises ``StoreError``."""
        if due.outbox:
            self._put("outbox", "outbox", _OUTBOX_FIRST)
        for edition in due.editions:
            self.put_edition(edition)

    def put_edition(self, edition_id: str) -> None:
        """One turn more at an edition, unless one waits already; raises ``StoreError``."""
        self._put("edition", f"edition {edition_id}", 0, edition_id=edition_id)

    def _put(self, task: str, lock: str, priority: int, **words: str) -> None:
        try:
            with within_schema(self._store) as connection:
                self._putting.configure_task(
                    task,
                    queue=_MAIL,
                    queueing_lock=lock,
                    priority=priority,
                    connection=connection.connection.driver_connection,
                ).defer(**words)
        except AlreadyEnqueued:
            return
        except ConnectorException as error:
            raise StoreError(f"the queue of jobs did not work: {first_line(error.__cause__ or error)}") from error

    # -- working ------------------------------------------------------------------------------------

    def connecting(self, name: str) -> dict[str, Any]:
        """How a worker of that *name* connects, in the driver's words."""
        url = self._store.engine.url
        words: dict[str, Any] = dict(self._store.engine.dialect.create_connect_args(url)[1])
        # What the address says goes first: the last word counts, also about the encoding.
        (release, *_) = self._store.engine.dialect.server_version_info or (0,)
        ours = as_options({**SPEECH, **HEARS_OF_LOSS, **rest_of(int(release)), "search_path": SCHEMA})
        words["options"] = f"{words.get('options', '')} {ours}".strip()
        encoding = {"client_encoding": SPEECH["client_encoding"]}
        return {**words, **encoding, **bounds_of_silence(url), "application_name": name}


class TroubleSpell:
    """The time in which a queue does not work, or comes and goes: each trouble is told once in it, and its end."""

    def __init__(self, trouble: Callable[[str], object], works: Callable[[str], object]) -> None:
        self._trouble = trouble
        self._works = works
        self._told: set[str] = set()

    def fails(self, why: str) -> None:
        about = without_instants(why)
        if about not in self._told:
            self._told.add(about)
            self._trouble(f"worker: the queue of jobs does not work, and is tried again: {why}")

    def ends(self) -> None:
        if self._told:
            self._told.clear()
            self._works("worker: the queue of jobs works again")


class Serving:
    """Takes jobs of a queue in a thread of its own, *turns* at once, until it is told to end.

    *trouble* is told in a line what does not work, each once until it has worked for a minute, of which *works* is
    told; it is tried again for good.
    """

    def __init__(
        self,
        queue: JobQueue,
        hands: Hands,
        *,
        turns: int,
        name: str,
        trouble: Callable[[str], object],
        works: Callable[[str], object],
    ) -> None:
        self._queue = queue
        self._hands = hands
        self._turns = turns
        self._name = name
        self._spell = TroubleSpell(trouble, works)
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._serve, name="jobs", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No job is begun any more."""
        self._stop.set()
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._break_off)

    def ended_within(self, seconds: float) -> bool:
        """Whether all turns are over, after so many *seconds* at most."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def _break_off(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _serve(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._loop.set_exception_handler(_note)
            self._loop.set_default_executor(ThreadPoolExecutor(self._turns + 2, thread_name_prefix="turn"))
            runner.run(self._for_good())

    async def _for_good(self) -> None:
        while not self._stop.is_set():
            self._work = asyncio.ensure_future(self._until_it_breaks())
            try:
                # A stop that came before there was something to break off.
                if self._stop.is_set():
                    self._work.cancel()
                await self._work
                told = "the queue's worker ended by itself"
            except asyncio.CancelledError:
                return
            except Exception as error:
                told = first_line(error.__cause__ or error)
            if self._stop.is_set():
                return
            self._spell.fails(told)
            await asyncio.sleep(_TRIES_EVERY)

    async def _until_it_breaks(self) -> None:
        pool: dict[str, Any] = {"min_size": 1, "max_size": self._turns + 3, "timeout": _PATIENCE}
        connector = procrastinate.PsycopgConnector(kwargs=self._queue.connecting(self._name), **pool)
        app = with_tasks(connector, self._hands)
        async with app.open_async():
            await asyncio.to_thread(self._queue.settle)
            lasts = asyncio.get_running_loop().call_later(WORKS_AFTER, self._spell.ends)
            try:
                await _first_to_end(
                    app.run_worker_async(queues=[_MAIL], concurrency=self._turns, **_AS_WE_WORK),
                    app.run_worker_async(queues=[_UPKEEP], concurrency=1, **_AS_WE_WORK),
                )
            finally:
                lasts.cancel()


_AS_WE_WORK: Final[dict[str, Any]] = {
    "install_signal_handlers": False,
    "delete_jobs": "always",
    "fetch_job_polling_interval": _LOOKS_EVERY,
    "update_heartbeat_interval": _HEARTBEAT,
    "stalled_worker_timeout": _DEAD_AFTER,
}


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Of a job whose end could not be written down, as its worker froze, or the database was away: it is over."""
    _log.info("%s: %s", context.get("message"), context.get("exception"))


async def _first_to_end(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them ends; the others end with it, after the turns that are under way."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each


def with_tasks(connector: procrastinate.PsycopgConnector, hands: Hands) -> procrastinate.App:
    app = procrastinate.App(connector=connector)

    @app.task(name="edition", queue=_MAIL)
    def edition(edition_id: str) -> None:
        hands.edition(edition_id)

    @app.task(name="outbox", queue=_MAIL)
    def outbox() -> None:
        hands.outbox()

    @app.periodic(cron="* * * * *")
    @app.task(name="stalled", queue=_UPKEEP, queueing_lock="stalled")
    async def stalled(timestamp: int) -> None:  # noqa: ARG001  # what a periodic task is told
        await drop_stalled(app)

    return app


async def drop_stalled(app: procrastinate.App) -> None:
    """Takes out jobs whose worker gives no sign of life; what they were about is put anew by the next look for mail.

    And those of a worker that lives, begun for so long that they are over: their end could not be written down.
    """
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER)
    ended = await app.connector.execute_query_all_async(_OVER, seconds=_LONGEST_TURN)
    for number in {*(job.id for job in stalled if job.id is not None), *(row["job_id"] for row in ended)}:
        try:
            await app.job_manager.finish_job_by_id_async(number, Status.FAILED, delete_job=True)
        except ConnectorException:
            # It has come to its end after all, or another has taken it out.
            continue


def _is_older(made_by_release: str | None) -> bool:
    """Whether the queue's schema is, than what is here; raises ``StoreError`` for a newer one."""
    here = procrastinate.__version__
    if made_by_release is not None and _numbers(made_by_release) > _numbers(here):
        raise StoreError(
            f"the queue of jobs was made by Procrastinate {made_by_release}, and here is {here}: bring this machine to "
            "the same release as the others"
        )
    return made_by_release != here


def _statements(made_by_release: str | None) -> Iterator[str]:
    """What brings the queue's schema from that release's to this one's."""
    if made_by_release is None:
        yield _as_driver_wants(SchemaManager.get_schema())
        return
    since = _numbers(made_by_release)
    for file in sorted(Path(SchemaManager.get_migrations_path()).glob("[0-9]*.sql")):
        if _numbers(file.name.partition("_")[0]) > since:
            yield _as_driver_wants(file.read_text(encoding="utf-8"))


def _as_driver_wants(words: str) -> str:
    return words.replace("%", "%%")


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".")[:3] if part.isdecimal())
