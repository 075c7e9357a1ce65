"""backup: a copy of the store under a name that says when, looked through before it has that name; old ones go.

draft --> on disk --> opened and looked through --> its name --> older ones beyond *keep* go

Whatever ends it before the last step leaves the older ones as they were.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from solacefeed.deeds.execution import execute
from solacefeed.deeds.upkeep.backup_status import BACKUP
from solacefeed.errors import StoreError, UsageError
from solacefeed.ports import Clock
from solacefeed.store import copying, home, records
from solacefeed.store.copying import CopyContents
from solacefeed.store.database import Store
from solacefeed.store.home import HomeFiles
from solacefeed.words import counted

#: Of its record, and of its lock.
DEED: Final = BACKUP

_AGAIN_AFTER = timedelta(hours=1)

#: ``solacefeed-20261123T030000Z.db``
_NAME = re.compile(r"solacefeed-\d{8}T\d{6}Z(?:-\d+)?\.db")
_DRAFT = re.compile(rf"\.{_NAME.pattern}\.draft(?:-journal|-wal|-shm)?")

#: Of a connection: secrets, and what is psycopg's and not libpq's.
_NOT_PRINTED = frozenset({"password", "sslpassword", "autocommit", "prepare_threshold", "context"})


def _never() -> bool:
    """Nobody stops it."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Where backups go."""

    #: A folder for backups by time, or with ``is_folder`` false the file that is to be made.
    to: Path
    is_folder: bool = True
    #: How many stay in the folder, with the new one; ``None`` for all.
    keep: int | None = None
    home: HomeFiles
    rehearsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupDone:
    """A backup that was made."""

    file: Path
    contents: CopyContents
    #: Older ones that were removed.
    removed: int
    #: What of older ones could not be removed.
    troubles: tuple[str, ...] = ()

    def line(self) -> str:
        """``backup: var/backups/solacefeed-20261123T030000Z.db: revision 0040, 20 posts, ...; 12 kB``."""
        gone = f"; {counted(self.removed, 'older one')} removed" if self.removed else ""
        return f"{DEED}: {self.file}: {self.contents.line()}; {_size(self.contents.size)}{gone}"

    def falls_short(self) -> bool:
        return False

    def is_pressing(self) -> bool:
        return False

    def has_news(self) -> bool:
        return True


def _size(octets: int) -> str:
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{max(1, round(octets / 1000))} kB"


def back_up(store: Store, clock: Clock, settings: BackupSettings, *, stop: Callable[[], bool] = _never) -> BackupDone:
    """Makes a backup of an SQLite store while others write, and lets go of older ones beyond what is kept.

    Raises ``UsageError`` on PostgreSQL, whose own tool does it, and for a file that is there; ``StoreError`` where the
    copy could not be written or is not whole; ``BrokenOff`` when *stop* says so; ``Busy`` beside another. The older
    ones stay then.
    """
    if store.file is None:
        raise UsageError(words_for_postgres(store))
    if settings.to.exists() and not (settings.to.is_file() or settings.to.is_dir()):
        raise UsageError(f"{settings.to} is no regular file and no folder: name a new file, or a folder")
    if not settings.is_folder and os.path.lexists(settings.to):
        raise UsageError(f"{settings.to} is there already: name a new file, or a folder")

    def work(store: Store) -> BackupDone:
        file = _file(settings, clock())
        _make_folder(file.parent)
        for left in _drafts(file.parent):
            copying.remove(left)
        draft = file.with_name(f".{file.name}.draft")
        # A copy stays what it is, and is not taken for being at home by it.
        is_at_home = home.why_not_at_home(store, settings.home) is None
        if is_at_home:
            home.settle_first(store, settings.home, at=clock())
        found = _copied(store, draft, file, stop)
        # So that a store which is brought back from it is seen to be older than what was done here since.
        if is_at_home:
            home.note_progress(store, settings.home, at=clock())
        removed, troubles = _rotate(file, settings.keep) if settings.is_folder else (0, ())
        return BackupDone(file=file, contents=found, removed=removed, troubles=troubles)

    return execute(store, clock, DEED, work, rehearsed=settings.rehearsed)


def _copied(store: Store, draft: Path, file: Path, stop: Callable[[], bool]) -> CopyContents:
    try:
        copying.copy_into(store, draft, stop=stop)
        found = copying.contents(draft, thoroughly=False)
        # Not by a link, which the file systems of many disks for backups do not have.
        draft.rename(file)
        copying.sync(file.parent)
    except OSError as error:
        raise StoreError(f"{DEED}: {file} can't be written: {error.strerror}; the older ones stay") from error
    finally:
        copying.remove(draft)
    return found


def _file(settings: BackupSettings, now: datetime) -> Path:
    if not settings.is_folder:
        return settings.to
    stem = f"solacefeed-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    names = (f"{stem}.db", *(f"{stem}-{number}.db" for number in range(2, 100)))
    return next(path for name in names if not os.path.lexists(path := settings.to / name))


def _make_folder(folder: Path) -> None:
    try:
        # What lies there holds addresses.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"{DEED}: {folder} can't be made: {error.strerror}") from error


def backups(folder: Path) -> list[Path]:
    """Those that lie in a folder, by their names, the newest first."""
    return sorted(_named(folder, _NAME), key=lambda path: _age(path.name), reverse=True)


def _age(name: str) -> tuple[str, int]:
    stem, _, number = name.removesuffix(".db").removeprefix("solacefeed-").partition("-")
    return stem, int(number or 1)


def _drafts(folder: Path) -> list[Path]:
    """What a killed one left; for who is alone there."""
    return sorted(_named(folder, _DRAFT))


def _named(folder: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    try:
        yield from (path for path in folder.iterdir() if pattern.fullmatch(path.name))
    except OSError as error:
        raise StoreError(f"{DEED}: {folder} can't be read: {error.strerror}") from error


def _rotate(newest: Path, keep: int | None) -> tuple[int, tuple[str, ...]]:
    """How many were removed, and what could not be; never the one that was just made."""
    if keep is None:
        return 0, ()
    removed, troubles = 0, []
    lie = [path for path in backups(newest.parent) if path != newest]
    # Of each store the last one stays: what was begun anew by mistake costs nobody the one before.
    stores = {copying.home_of(newest), *map(copying.home_of, lie[: max(1, keep) - 1])}
    for old in lie[max(1, keep) - 1 :]:
        of = copying.home_of(old)
        if of is not None and of not in stores:
            stores.add(of)
            continue
        try:
            old.unlink()
            removed += 1
        except OSError as error:
            troubles.append(f"{DEED}: {old} can't be removed: {error.strerror}")
    return removed, tuple(troubles)


def is_due(store: Store, now: datetime, every: timedelta) -> bool:
    """Whether the last good one is so long ago, or in a time to come by a clock that was wrong, or there is none.

    One that did not work is tried again after an hour, or sooner where backups are made more often.
    """
    with store.read() as connection:
        good, last = records.latest_good(connection, DEED), records.latest(connection, DEED)
    if last is not None and last.ok is False and last.ended_at and abs(now - last.ended_at) < min(every, _AGAIN_AFTER):
        return False
    return good is None or good.ended_at is None or abs(now - good.ended_at) >= every


def _for_libpq(store: Store) -> dict[str, str]:
    """What the address's query says of the connection, but secrets; several hosts as libpq is told of them."""
    url = store.engine.url
    _, known = store.engine.dialect.create_connect_args(url)
    names = [*url.query, *(["port"] if "host" in url.query else [])]
    return {name: str(known[name]) for name in names if name in known and name not in _NOT_PRINTED}


def words_for_postgres(store: Store) -> str:
    """What an operator does there, with the command."""
    at = store.engine.url
    # Made anew: ``set(password=None)`` leaves the one that is there, which is then shown as ``***``.
    address = at.create("postgresql", at.username, None, at.host, at.port, at.database, _for_libpq(store))
    # Blanks of a query are signs of plus to SQLAlchemy, and libpq takes those for what they are.
    plain, question, query = address.render_as_string().partition("?")
    url = f"{plain}{question}{query.replace('+', '%20')}"
    return (
        f"a store on PostgreSQL is backed up by PostgreSQL: pg_dump --format=custom --file=solacefeed.dump '{url}', "
        "then pg_restore --list solacefeed.dump; docs/recovery.md has the rest"
    )
