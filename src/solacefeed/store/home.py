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
    of PostgreSQL: another cluster, database   dumps and their restoring make these anew
    or table of facts

A store that has no id yet, new or of an older release, is taken for being at home once.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from solacefeed.errors import NotAtHome, StoreError
from solacefeed.models.people import SubscriptionState
from solacefeed.store import facts, fingerprints
from solacefeed.store.copying import sync
from solacefeed.store.database import Store
from solacefeed.store.home_log import HomeLog, LogKind
from solacefeed.store.locks import in_turn
from solacefeed.store.moved_away import moved_away, take_back
from solacefeed.store.schema import editions, subscription_changes

#: Milliseconds for which PostgreSQL's transactions under way are waited for: less than until it looks for deadlocks.
_PATIENCE = 500
#: What it says of a lock that it did not get so soon.
_NOT_YET = "55P03"

#: What ends it.
ADOPT = "`solacefeed adopt` says what would go twice, and takes it as your own"

_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the file of an SQLite store was."""

    path: str
    machine: str
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFile:
    """What stands in the file beside the store."""

    id: str
    count: int
    #: ``None`` on PostgreSQL.
    place: Place | None
    #: Which changes of subscriptions the log has, and of which fingerprints it tells: a digest of them all.
    changes: int = 0
    erased: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFiles:
    """The files beside a store; by ``home_of`` those of one."""

    file: Path
    log: HomeLog

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
    with store.read() as connection:
        known = _known(connection)
        cluster = _cluster(connection)
        moved = moved_away(connection)
    if moved is not None:
        return moved.why
    try:
        kept = _read(home.file)
    except StoreError as error:
        return str(error)
    if known.id is None:
        older = kept is not None and kept.count and known.has_editions
        return "an older store was put in the place of the one that delivered here" if older else None
    if cluster is not None:
        return _why_of_postgres(known, kept, cluster)
    if kept is None:
        return f"the store was copied or restored: what it has beside it, {home.file}, is not there"
    return _why_of_sqlite(known, kept, store.file or Path())


def _why_of_sqlite(known: _Known, kept: HomeFile, file: Path) -> str | None:
    if known.count < 0:
        return "the store was restored from a backup"
    if kept.id != known.id:
        return "the store is of another place, and was put in the place of the one that delivered here"
    if kept.count > known.count:
        return "the store was restored: it is older than what was done here since"
    now, then = _place(file), kept.place
    if then is None or now == then:
        return None
    if now.inode != then.inode:
        return f"the store was copied: it is not the file that delivered at {then.path}"
    if now.machine != then.machine and now.path != then.path:
        return f"the store was copied to another machine: it delivered at {then.path}"
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
    if kept is not None and kept.id == known.id and kept.count > known.count:
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
        facts.put(connection, facts.HOME_COUNT, str(_known(connection).count + 1))
    _write_down(store, home)


def settle_first(store: Store, home: HomeFiles, *, at: datetime) -> None:
    """Takes a store that has no home yet for being at home, so that its copies are known as such."""
    with store.read() as connection:
        begun = id_of(connection)
    if begun is None:
        settle(store, home, at=at)


def settle(store: Store, home: HomeFiles, *, at: datetime) -> None:
    """Takes the store for being at home here, under a new id; where it had one, its copies elsewhere are no more."""
    chosen = secrets.token_hex(8)
    # The file first: one with no count is believed of a store without an id, however this is cut off.
    place = _place(store.file) if store.file else None
    with store.read() as connection:
        newest = _newest_change(connection)
    _write(home.file, HomeFile(id=chosen, count=0, place=place, changes=newest))
    with store.write() as connection:
        facts.put(connection, facts.HOME, chosen)
        facts.put(connection, facts.HOME_COUNT, "0")
        take_back(connection)
        if (cluster := _cluster(connection)) is not None:
            facts.put(connection, facts.HOME_CLUSTER, cluster)
    # Where that can't be, it is a gap, which status tells; no mail waits for it.
    with suppress(StoreError):
        home.log.begin(chosen, at=at)
        home.log.settle()


def leave(store: Store) -> None:
    """Lets a store that was brought back be at home nowhere, until it is adopted; what it was known by it keeps."""
    with store.write() as connection:
        facts.put(connection, facts.HOME, facts.read(connection, facts.HOME) or secrets.token_hex(8))
        facts.put(connection, facts.HOME_COUNT, "-1")


def note_people(store: Store, home: HomeFiles, *, at: datetime) -> None:
    """Writes into the log whose subscriptions ended, and who was erased, and is not in it yet."""
    if why_not_at_home(store, home) or (kept := _read(home.file)) is None:
        return
    with store.read() as connection:
        if not _all_are_told(connection) or id_of(connection) != kept.id:
            return
        newest = _newest_change(connection)
        ended = _ended_since(connection, kept.changes) if newest > kept.changes else []
        marks = fingerprints.everybody(connection)
    for digest, has_ended, number in ended:
        home.log.add(LogKind.ENDED if has_ended else LogKind.BACK, [number], at=at, of=digest)
    erased = sha256(" ".join(sorted(marks)).encode()).hexdigest() if marks else ""
    if erased != kept.erased:
        stand = home.log.erased()
        home.log.add(LogKind.ERASED, sorted(marks - stand), at=at)
        home.log.add(LogKind.AGAIN, sorted(stand - marks), at=at)
    if newest != kept.changes or erased != kept.erased:
        home.log.settle()
        _write_down(store, home, told=(newest, erased))


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


def _ended_since(connection: sa.Connection, since: int) -> list[tuple[str, bool, int]]:
    """Of changes after a number, in their order: of which digest, whether it ended by that, and whose."""
    changes = subscription_changes.c
    query = sa.select(changes.digest, changes.state, changes.subscriber_id).where(changes.id > since)
    return [
        (row.digest, row.state == SubscriptionState.ENDED, row.subscriber_id)
        for row in connection.execute(query.order_by(changes.id))
    ]


def _write_down(store: Store, home: HomeFiles, *, told: tuple[int, str] | None = None) -> None:
    """With *told*, which changes and fingerprints the log has."""
    try:
        home.file.parent.mkdir(parents=True, exist_ok=True)
        # Of two processes the later one writes the later count.
        with in_turn(home.file):
            with store.read() as connection:
                known = _known(connection)
            place = _place(store.file) if store.file else None
            kept = _read(home.file) or HomeFile(id="", count=0, place=None)
            changes, erased = told or (kept.changes, kept.erased)
            _write(
                home.file,
                HomeFile(id=known.id or "", count=known.count, place=place, changes=changes, erased=erased),
            )
    except OSError as error:
        raise StoreError(f"{home.file} can't be written: {error.strerror}") from error


def id_of(connection: sa.Connection) -> str | None:
    """Of the home that the store had, whether it is there or not."""
    return facts.read(connection, facts.HOME)


def _known(connection: sa.Connection) -> _Known:
    return _Known(
        id=facts.read(connection, facts.HOME),
        count=int(facts.read(connection, facts.HOME_COUNT) or 0),
        cluster=facts.read(connection, facts.HOME_CLUSTER),
        has_editions=connection.execute(sa.select(sa.exists(sa.select(editions.c.id)))).scalar_one(),
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


def _place(file: Path) -> Place:
    path = file.resolve()
    return Place(path=str(path), machine=_machine(), inode=path.stat().st_ino)


@cache
def _machine() -> str:
    try:
        return _MACHINE_ID.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _read(file: Path) -> HomeFile | None:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        place = Place(**said["place"]) if said.get("place") else None
        return HomeFile(
            id=str(said["id"]),
            count=int(said["count"]),
            place=place,
            changes=int(said.get("changes", 0)),
            erased=str(said.get("erased", "")),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{file} can't be read: {error.strerror}") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise StoreError(f"{file} can't be read: it is not what solacefeed has written") from error


def _write(file: Path, content: HomeFile) -> None:
    """Whole and on disk, over the one before."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                json.dump(asdict(content), opened)
                opened.flush()
                os.fsync(opened.fileno())
            os.replace(draft, file)
        except BaseException:
            os.unlink(draft)
            raise
        sync(file.parent)
    except OSError as error:
        raise StoreError(f"{file} can't be written: {error.strerror}") from error
