"""Where a store is at home: by what it is known whether it was copied, restored or set back since mail left here last.

The store keeps an id of its home and a count, which grows with each round that hands mail over and with each backup. A
small file beside it (``HomeFile``) keeps the same id, the count that it saw last, and of SQLite where the store's file
was. The store is written first and the file then, so a kill leaves the file a little behind, and never ahead:

    the file says more than the store          an older store was put in its place
    the file says another id                   the store was written of elsewhere meanwhile
    there is no file, or it can't be read      the store was copied or moved without it, or nobody can tell
    the store's file is another one            by its inode, which a move or a rename within a file system keeps, as
                                               do restarts, bind mounts and a new name of the machine; by chance
                                               another machine has the same: then at another path
    it is on another machine                   by its id (``machine``) and since another start of it: the disk was
                                               cloned, or moved there
    of PostgreSQL: another cluster, database   dumps and their restoring make these anew
    or table of facts

A store that has no id yet, new or of an older release, is taken for being at home once: as it is first opened to write.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from solacefeed.errors import NotAtHome, StoreError
from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.store import facts, fingerprints, taken_claims
from solacefeed.store.database import Store
from solacefeed.store.home_file import HomeFile, place_of, read_home_file, write_home_file
from solacefeed.store.home_log import HomeLog, LogKind
from solacefeed.store.known_names import as_known
from solacefeed.store.locks import in_turn
from solacefeed.store.machine import Machine, this_machine
from solacefeed.store.moved_away import moved_away, take_back
from solacefeed.store.schema import editions, metadata, subscription_changes

#: What a store has rows in before anything is kept in it that can't be had again: how deeds went, and the config.
_OF_DEEDS = ("alarm_messages", "alarms", "counters", "facts", "heartbeats", "records", "site_checks", "reader_salts")
_OF_CONFIG = ("calendars", "digests", "paced_days", "paced_minutes", "paces", "sources", "wordings")
_CONTENT = tuple(table for table in metadata.sorted_tables if table.name not in (*_OF_DEEDS, *_OF_CONFIG))
#: Milliseconds for which PostgreSQL's transactions under way are waited for: less than until it looks for deadlocks.
_PATIENCE = 500
# Asked before and after each mail: built once.
_HAS_EDITIONS = sa.select(sa.exists(sa.select(editions.c.id)))
#: What it says of a lock that it did not get so soon.
_NOT_YET = "55P03"

#: What ends it.
ADOPT = "`solacefeed adopt` says what would go twice, and takes it as your own"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFiles:
    """The files beside a store; by ``home_of`` those of one."""

    file: Path
    log: HomeLog
    #: On which that is asked.
    machine: Machine = field(default_factory=this_machine)

    @classmethod
    def at(cls, file: Path) -> HomeFiles:
        return cls(file=file, log=HomeLog(path=file.with_name(f"{file.name}.log")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store says of its home."""

    id: str | None
    count: int
    #: Of PostgreSQL: as it was when it was taken for being at home.
    cluster: str | None
    #: How often it was.
    settled: int
    has_editions: bool


def home_of(store: Store, otherwise: Path) -> HomeFiles:
    """Those beside an SQLite store's file; on PostgreSQL *otherwise*, on each machine that delivers."""
    return HomeFiles.at(store.file.with_name(f"{store.file.name}.home") if store.file else otherwise)


def must_be_at_home(store: Store, home: HomeFiles) -> None:
    """Raises ``NotAtHome`` where ``why_not_at_home`` says why."""
    if why := why_not_at_home(store, home):
        raise NotAtHome(f"no mail leaves: {why}; {ADOPT}")


def why_not_at_home(store: Store, home: HomeFiles) -> str | None:
    """Why the store is taken for a copy, or for an older one of this place; ``None`` where it is at home. A look."""
    try:
        # Before the store: several may send beside one file, and each writes the store first.
        kept = read_home_file(home.file)
    except StoreError as error:
        return str(error)
    # Before the store, too: what is told there has its mark by then.
    taken = taken_claims.newest(home.log, since=kept.begun_at) if kept and kept.begun_at else []
    with store.read() as connection:
        known = _known(connection)
        cluster = _cluster(connection)
        forgets = bool(cluster and kept and kept.id == known.id) and taken_claims.are_forgotten(connection, taken)
        moved = moved_away(connection)
    if moved is not None:
        return moved.why
    if known.id is None:
        older = kept is not None and kept.count and known.has_editions
        return "an older store was put in the place of the one that delivered here" if older else None
    if forgets:
        return "the database lacks what was written last: it was set back, or its standby took over before it had that"
    if cluster is not None:
        return _why_of_postgres(known, kept, cluster)
    if kept is None:
        return f"the store was copied or restored: what it has beside it, {home.file}, is not there"
    return _why_of_sqlite(known, kept, store.file or Path(), home.machine)


def _why_of_sqlite(known: _Known, kept: HomeFile, file: Path, machine: Machine) -> str | None:
    if known.count < 0:
        return "the store was restored from a backup"
    if kept.id != known.id:
        return "the store is of another place, and was put in the place of the one that delivered here"
    if kept.count > known.count:
        return "the store was restored: it is older than what was done here since"
    now, then = place_of(file, machine), kept.place
    if then is None or now == then:
        return None
    if now.inode != then.inode:
        return f"the store was copied: it is not the file that delivered at {then.path}"
    if now.is_of_another_machine_than(then):
        if now.path != then.path:
            return f"the store was copied to another machine: it delivered at {then.path}"
        if not now.was_on_since(then):
            return "the store's disk was cloned, or moved: it delivered on another machine, by its /etc/machine-id"
    return _why_still_there(Path(then.path), Path(now.path))


def _why_still_there(former: Path, file: Path) -> str | None:
    try:
        # By its disk too: a clone of a file system has the same inodes.
        is_gone = former.samefile(file)
    except OSError:
        is_gone = True
    return None if is_gone or former == file else f"the store was copied: {former} is still there"


def _why_of_postgres(known: _Known, kept: HomeFile | None, cluster: str) -> str | None:
    if known.cluster != cluster:
        return "the database was restored from a dump, or copied: it is not the one that delivered"
    if kept is None:
        return None
    # Whose id is another one was adopted on another machine since; or here, before it was set back once more.
    is_older = kept.count > known.count if kept.id == known.id else kept.settled > known.settled
    if is_older and kept.cluster in ("", cluster):
        return "the database was set back: it is older than what was done here since"
    return None


def note_progress(store: Store, home: HomeFiles, *, at: datetime) -> None:
    """Lets the count grow, in the store first; a store that has no home yet is at home from now on.

    Done before mail leaves and after it, so that a copy made meanwhile is an older one. Raises ``NotAtHome``, and
    ``StoreError`` where the file can't be written: then no mail leaves.
    """
    must_be_at_home(store, home)
    settle_first(store, home, at=at)
    with store.write() as connection:
        facts.count_up(connection, facts.HOME_COUNT)
    _write_down(store, home, at=at)


def settle_first(store: Store, home: HomeFiles, *, at: datetime) -> None:
    """Takes a store that has no home yet for being at home, so that its copies are known as such.

    Raises ``NotAtHome`` where it is an older one, and ``StoreError`` where the file can't be written.
    """
    if _has_begun(store):
        return
    with _alone(home):
        # Of two that are opened at once, the first one does it.
        if not _has_begun(store):
            must_be_at_home(store, home)
            settle(store, home, at=at, unused=True)


def begin(store: Store, home: HomeFiles, *, at: datetime) -> None:
    """Does that as soon as a store is opened to write; where it can't be yet, it is asked again before mail leaves."""
    with suppress(StoreError, NotAtHome):
        settle_first(store, home, at=at)
    note_use(store, home)


def note_use(store: Store, home: HomeFiles) -> None:
    """Writes into the small file that something would be lost with the store, as soon as it holds anything.

    Where that can't be, it is asked again when the store is opened next.
    """
    with suppress(StoreError):
        kept = read_home_file(home.file)
        if kept is None or not kept.unused or why_not_at_home(store, home):
            return
        with store.read() as connection:
            is_used = _holds_something(connection)
        if is_used:
            _write_down(store, home)


def _holds_something(connection: sa.Connection) -> bool:
    there = sa.union_all(*(sa.select(sa.literal(1)).where(sa.exists().select_from(table)) for table in _CONTENT))
    return connection.execute(there.limit(1)).first() is not None


def _has_begun(store: Store) -> bool:
    with store.read_at_once() as connection:
        return id_of(connection) is not None


@contextmanager
def _alone(home: HomeFiles) -> Iterator[None]:
    """With the small file; raises ``StoreError``."""
    try:
        home.file.parent.mkdir(parents=True, exist_ok=True)
        with in_turn(home.file):
            yield
    except OSError as error:
        raise StoreError(f"{home.file} can't be written: {error.strerror}") from error


def settle(store: Store, home: HomeFiles, *, at: datetime, unused: bool = False) -> None:
    """Takes the store for being at home here, under a new id; where it had one, its copies elsewhere are no more.

    Nothing is lost with one that is *unused*.
    """
    chosen = secrets.token_hex(8)
    # The file first: one with no count is believed of a store without an id, however this is cut off.
    place = place_of(store.file, home.machine) if store.file else None
    with store.read() as connection:
        newest, cluster = _newest_change(connection), _cluster(connection)
        settled = _known(connection).settled
    if (kept := _readable(home)) is not None and kept.cluster == cluster:
        settled = max(settled, kept.settled)
    first = HomeFile(id=chosen, count=0, place=place, changes=newest, unused=unused, cluster=cluster or "")
    write_home_file(home.file, replace(first, settled=settled + 1, since=at.isoformat()))
    with store.write() as connection:
        facts.put(connection, facts.HOME, chosen)
        facts.put(connection, facts.HOME_COUNT, "0")
        facts.put(connection, facts.HOME_SETTLED, str(settled + 1))
        take_back(connection)
        if cluster is not None:
            facts.put(connection, facts.HOME_CLUSTER, cluster)
    # Where that can't be, it is a gap, which status tells; no mail waits for it.
    with suppress(StoreError):
        home.log.begin(chosen, at=at)
        home.log.settle()


def _readable(home: HomeFiles) -> HomeFile | None:
    """The small file, unless it is damaged, which adopting mends."""
    try:
        return read_home_file(home.file)
    except StoreError:
        return None


def leave(store: Store) -> None:
    """Lets a store that was brought back be at home nowhere, until it is adopted; what it was known by it keeps."""
    with store.write() as connection:
        facts.put(connection, facts.HOME, facts.read(connection, facts.HOME) or secrets.token_hex(8))
        facts.put(connection, facts.HOME_COUNT, "-1")


def note_people(store: Store, home: HomeFiles, *, at: datetime) -> None:
    """Writes into the log whose subscriptions ended, and who was erased, and is not in it yet."""
    note_use(store, home)
    if why_not_at_home(store, home) or (kept := read_home_file(home.file)) is None:
        return
    with store.read() as connection:
        if not _all_are_told(connection) or id_of(connection) != kept.id:
            return
        newest = _newest_change(connection)
        ended = _ended_since(connection, kept.changes) if newest > kept.changes else []
        marks = fingerprints.everybody(connection)
    for digest, number, by in ended:
        if by is None:
            home.log.add(LogKind.BACK, [number], at=at, of=digest)
        else:
            home.log.add_end(digest, number, by=by, at=at)
    erased = sha256(" ".join(sorted(marks)).encode()).hexdigest() if marks else ""
    if erased != kept.erased:
        stand = home.log.erased()
        home.log.add(LogKind.ERASED, sorted(marks - stand), at=at)
        home.log.add(LogKind.AGAIN, sorted(stand - marks), at=at)
    if newest != kept.changes or erased != kept.erased:
        home.log.settle()
        _write_down(store, home, at=at, told=(newest, erased))


def _all_are_told(connection: sa.Connection) -> bool:
    """Whether no change is under way, of those with numbers so far: on PostgreSQL a later number may come first.

    False where one takes long: the next look is soon. To be asked first, before there is a view of the rest.
    """
    if connection.dialect.name != "postgresql":
        return True
    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_PATIENCE}ms'"))
    try:
        # Whoever writes to the table has its number and its lock at once; this waits for them, and they for it.
        with connection.begin_nested():
            connection.execute(sa.text("LOCK TABLE subscription_changes IN SHARE MODE"))
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_YET:
            raise
        return False
    return True


def _newest_change(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.max(subscription_changes.c.id))).scalar() or 0


def _ended_since(connection: sa.Connection, since: int) -> list[tuple[str, int, Actor | None]]:
    """Of changes after a number, in their order: of which digest, whose, and by whose word it ended if it did."""
    changes = subscription_changes.c
    query = sa.select(changes.digest, changes.state, changes.subscriber_id, changes.actor).where(changes.id > since)
    return [
        (row.digest, row.subscriber_id, as_known(Actor, row.actor) if row.state == SubscriptionState.ENDED else None)
        for row in connection.execute(query.order_by(changes.id))
    ]


def _write_down(
    store: Store, home: HomeFiles, *, at: datetime | None = None, told: tuple[int, str] | None = None
) -> None:
    """With *told*, which changes and fingerprints the log has; without, that the store is used."""
    # Of two processes the later one writes the later count.
    with _alone(home):
        with store.read() as connection:
            known = _known(connection)
        kept = read_home_file(home.file) or HomeFile(id="", count=0, place=None)
        place = place_of(store.file, home.machine, kept.place) if store.file else None
        changes, erased = told or (kept.changes, kept.erased)
        so_far = HomeFile(id=known.id or "", count=known.count, place=place, changes=changes, erased=erased)
        unused = kept.unused and told is not None
        since = kept.since if kept.id == known.id and kept.since else at.isoformat() if at else ""
        there = replace(so_far, cluster=known.cluster or "", settled=known.settled, since=since, unused=unused)
        write_home_file(home.file, there)


def id_of(connection: sa.Connection) -> str | None:
    """Of the home that the store had, whether it is there or not."""
    return facts.read(connection, facts.HOME)


def _known(connection: sa.Connection) -> _Known:
    said = facts.several(connection, facts.HOME, facts.HOME_COUNT, facts.HOME_CLUSTER, facts.HOME_SETTLED)
    return _Known(
        id=said.get(facts.HOME),
        count=int(said.get(facts.HOME_COUNT) or 0),
        cluster=said.get(facts.HOME_CLUSTER),
        settled=int(said.get(facts.HOME_SETTLED) or 0),
        has_editions=connection.execute(_HAS_EDITIONS).scalar_one(),
    )


def _cluster(connection: sa.Connection) -> str | None:
    """Of PostgreSQL what no dump brings along: the cluster, the database there, and the table of facts."""
    if connection.dialect.name != "postgresql":
        return None
    asked = sa.text(
        "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || "
        "(SELECT oid FROM pg_database WHERE datname = current_database()) || '/' || 'facts'::regclass::oid"
    )
    return str(connection.execute(asked).scalar_one())
