"""A log beside the store: what must not be forgotten when an older store is brought back.

One line each, fields apart by tabs, only ever added:

    home       instant   inode of the log   id            since then that store is written of here
    copies     instant   edition            numbers       readers whose copies the relay has taken, and by which claims
    letters    instant   -                  numbers       letters of the outbox that it has taken, and by which claims
    mails      instant   -                  Message-IDs   mails that it has taken, by its own log
    ended      instant   digest             numbers       readers whose subscriptions ended
    back       instant   digest             numbers       readers who changed one that goes on, or came back
    erased     instant   -                  fingerprints  of addresses that were erased
    again      instant   -                  fingerprints  of those that came back by their own form
    gap        instant   -                  -             until then something could not be written

Nobody's address stands in it. A line is written whole or not at all, with the kernel at once, so that no kill loses it,
and is on the disk at the end of each round; a power cut may lose the last seconds. Where one could not be written, an
empty file of the name ``.gap`` stands beside the log until the next one could be. ``taken_claims`` reads the claims.
Of an end that was not the reader's own word a second line says whose it was, by ``weekly@operator`` in the digest's
place: earlier releases take that for another digest's.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from stat import S_ISREG

from solacefeed.errors import StoreError
from solacefeed.models.people import Actor
from solacefeed.store.copying import sync
from solacefeed.store.locks import let_others, take_in_turn

#: How long is kept what the relay has taken: longer than any copy may go (``models.deliveries.LONGEST_SENDING``).
KEPT = timedelta(days=32)
#: How long it is kept who has left: longer than backups should be.
KEPT_ENDS = timedelta(days=400)
#: Bytes below which nothing is let go.
_SMALL = 1_000_000
#: Values of one line.
_MOST = 500


class LogKind(StrEnum):
    """What a line is about."""

    HOME = "home"
    COPIES = "copies"
    LETTERS = "letters"
    MAILS = "mails"
    ENDED = "ended"
    BACK = "back"
    ERASED = "erased"
    AGAIN = "again"
    GAP = "gap"


_KINDS = {each.value: each for each in LogKind}
_ACTORS = {each.value: each for each in Actor}
#: Between a digest, in whose name it can't be, and whose word an end was.
_BY = "@"
_FOR_GOOD = frozenset({LogKind.HOME, LogKind.ERASED, LogKind.AGAIN})
_LEFT = frozenset({LogKind.ENDED, LogKind.BACK})
_ERASED = frozenset({LogKind.ERASED, LogKind.AGAIN})
#: Of mail that the relay has taken; they go soonest.
TAKEN = frozenset({LogKind.COPIES, LogKind.LETTERS, LogKind.MAILS})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    kind: LogKind
    at: datetime
    #: An edition's id, or a digest.
    of: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return "\t".join((self.kind, self.at.isoformat(), self.of, " ".join(self.values))) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLog:
    """The file of one; it is made for its owner alone when the first line is added."""

    path: Path

    def add(self, kind: LogKind, values: Iterable[object], *, at: datetime, of: str = "-") -> None:
        """Raises ``StoreError`` where it can't be written; then none of it is there, and the gap is noted."""
        wanted = [str(value) for value in values]
        self._append(
            [
                LogLine(kind=kind, at=at, of=of, values=tuple(wanted[start : start + _MOST]))
                for start in range(0, len(wanted), _MOST)
            ],
            at,
        )

    def begin(self, home_id: str, *, at: datetime) -> None:
        """From now on all of the store with that id is written here; raises what ``add`` does."""
        self._append([LogLine(kind=LogKind.HOME, at=at, of="", values=(home_id,))], at)

    def _append(self, lines: list[LogLine], at: datetime) -> None:
        if not lines:
            return
        try:
            with self._held() as handle:
                had_gap = self._gap.exists()
                gap = [LogLine(kind=LogKind.GAP, at=at, of="-", values=("-",))] if had_gap else []
                here = str(os.fstat(handle).st_ino)
                told = [replace(line, of=line.of or here) for line in (*gap, *lines)]
                _write_whole(handle, "".join(map(str, told)).encode())
                if had_gap:
                    self._gap.unlink(missing_ok=True)
        except OSError as error:
            self.note_gap()
            raise self.trouble(error) from error

    def note_gap(self) -> None:
        """What should have been added could not be."""
        with suppress(OSError):
            os.close(os.open(self._gap, os.O_WRONLY | os.O_CREAT, 0o600))

    def trouble(self, error: OSError) -> StoreError:
        return StoreError(f"{self.path} can't be written: {error.strerror}")

    @property
    def _gap(self) -> Path:
        return self.path.with_name(f"{self.path.name}.gap")

    def has_gap(self) -> bool:
        """Whether the last line that should have been added could not be."""
        return self._gap.exists()

    @contextmanager
    def _held(self) -> Iterator[int]:
        """The file, while nobody else adds to it; also of another thread. Raises ``OSError``."""
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if not S_ISREG(os.fstat(handle).st_mode):
                    raise OSError(errno.EINVAL, "it is no regular file")
                take_in_turn(handle)
                if self._inode() == os.fstat(handle).st_ino:
                    yield handle
                    return
            finally:
                os.close(handle)

    def _inode(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return None

    def settle(self) -> None:
        """What was added is on the disk then; raises ``StoreError``."""
        try:
            with suppress(FileNotFoundError):
                sync(self.path)
        except OSError as error:
            raise self.trouble(error) from error

    def lines(self) -> Iterator[LogLine]:
        """All that are whole, oldest first."""
        return (line for line in self._read() if line)

    def _read(self) -> Iterator[LogLine | None]:
        """``None`` for what a power cut left of one."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                yield from map(line_of, file)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self.path} can't be read: {error.strerror}") from error

    def editions(self, home_id: str, *, since: datetime | None) -> list[str]:
        """Those of which copies were taken since an instant; without one, since that store was at home here."""
        found: set[str] = set()
        is_ours = since is not None
        for line in self.lines():
            is_ours = is_ours or (line.kind is LogKind.HOME and home_id in line.values)
            if is_ours and line.kind is LogKind.COPIES and (since is None or line.at >= since):
                found.add(line.of)
        return sorted(found)

    def taken(self, edition_id: str) -> set[int]:
        """The numbers of the readers whose copies of an edition were taken."""
        return set().union(*self.taken_at(edition_id).values())

    def taken_at(self, edition_id: str) -> dict[datetime, set[int]]:
        """The same, by the minutes in which that was."""
        found: dict[datetime, set[int]] = {}
        for line in self.lines():
            if line.kind is LogKind.COPIES and line.of == edition_id:
                numbers = found.setdefault(line.at.replace(second=0, microsecond=0), set())
                numbers.update(int(value) for value in line.values if value.isdecimal())
        return found

    def told(self, kind: LogKind, *, since: datetime | None = None) -> set[str]:
        """Those of a kind, of lines since an instant."""
        found = (line for line in self.lines() if line.kind is kind and (since is None or line.at >= since))
        return {value for line in found for value in line.values}

    def add_end(self, digest: str, number: int, *, by: Actor, at: datetime) -> None:
        """Of a subscription that ended by somebody's word; raises what ``add`` does."""
        self.add(LogKind.ENDED, [number], at=at, of=digest)
        if by is not Actor.READER:
            self.add(LogKind.ENDED, [number], at=at, of=f"{digest}{_BY}{by}")

    def who_left(self, *, since: datetime | None) -> dict[tuple[str, int], Actor]:
        """Whose subscription of which digest ended after an instant, and was not begun again by the last line.

        And by whose word, the reader's where nothing says that.
        """
        stands: dict[tuple[str, int], Actor] = {}
        for line in self.lines():
            if line.kind in _LEFT and (since is None or line.at >= since):
                digest, _, by = line.of.partition(_BY)
                for key in ((digest, int(value)) for value in line.values):
                    stands.pop(key, None)
                    if line.kind is LogKind.ENDED:
                        stands[key] = _ACTORS.get(by, Actor.READER)
        return stands

    def erased(self) -> set[str]:
        """The fingerprints of those who were erased, and have not come back by the last line of each."""
        stands: set[str] = set()
        for line in self.lines():
            if line.kind in _ERASED:
                stands = stands | {*line.values} if line.kind is LogKind.ERASED else stands - {*line.values}
        return stands

    def knows(self, home_id: str, *, since: datetime | None) -> bool:
        """Whether all that a store with that id has sent after an instant is written down here.

        Not where it began later, where something could not be written or is damaged, or where this file was itself
        brought back: then it ends when it was copied.
        """
        here, knows, is_damaged = str(self._inode()), False, False
        for line in self._read():
            if line is None:
                is_damaged = True
                continue
            if line.kind is LogKind.HOME and home_id in line.values:
                knows = line.of == here
            elif is_damaged or line.kind is LogKind.GAP:
                # What is damaged was written before the line after it.
                knows = knows and since is not None and line.at < since
            is_damaged = False
        return knows and not is_damaged and not self.has_gap()

    def let_go(self, now: datetime) -> None:
        """Leaves out what is too old, in a file written anew; who adds to it meanwhile waits."""
        if not self._is_old(now):
            return
        draft = self.path.with_name(f".{self.path.name}.draft")
        try:
            with self._held() as former:
                draft.unlink(missing_ok=True)
                self._write_anew(draft, str(os.fstat(former).st_ino), now)
                draft.replace(self.path)
            sync(self.path.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise self.trouble(error) from error

    def _is_old(self, now: datetime) -> bool:
        try:
            if self.path.stat().st_size < _SMALL:
                return False
        except FileNotFoundError:
            return False
        first = next((line for line in self.lines() if line.kind in TAKEN), None)
        # A month's lines go at once, rather than a few at each round.
        return first is not None and now - first.at >= 2 * KEPT

    def _write_anew(self, draft: Path, former: str, now: datetime) -> None:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        here = str(os.fstat(handle).st_ino)
        with open(handle, "w", encoding="utf-8") as file:
            for line in self._read():
                kept = line or LogLine(kind=LogKind.GAP, at=now, of="-", values=("-",))
                if _is_kept(kept, now):
                    is_ours = kept.kind is LogKind.HOME and kept.of == former
                    file.write(str(replace(kept, of=here) if is_ours else kept))
            file.flush()
            os.fsync(file.fileno())


class HomeLogAppender:
    """Adds many lines one after the other, as ``HomeLog.add`` does, in a quarter of the time.

    It keeps the file open. As long as that is where the log is, and ends where it was left, it is only written to: what
    others do meanwhile is seen, and a gap that they note with the first line after ``close``, or after one of theirs.
    """

    def __init__(self, log: HomeLog) -> None:
        self._log = log
        self._path = str(log.path)
        self._handle: int | None = None
        #: The inode of what is open, and where it ended.
        self._left = (-1, -1)

    def add(self, kind: LogKind, values: Sequence[object], *, at: datetime, of: str = "-") -> None:
        """Raises what ``HomeLog.add`` does."""
        try:
            if len(values) <= _MOST and self._is_added(
                LogLine(kind=kind, at=at, of=of, values=tuple(map(str, values)))
            ):
                return
            self.close()
            self._log.add(kind, values, at=at, of=of)
            self._open()
        except OSError as error:
            self.close()
            self._log.note_gap()
            raise self._log.trouble(error) from error

    def _is_added(self, line: LogLine) -> bool:
        """Whether it could be without a closer look."""
        if self._handle is None:
            return False
        take_in_turn(self._handle)
        try:
            there = os.stat(self._path)
            if (there.st_ino, there.st_size) != self._left:
                return False
            content = str(line).encode()
            _write_at(self._handle, content, there.st_size)
            self._left = there.st_ino, there.st_size + len(content)
            return True
        except FileNotFoundError:
            return False
        finally:
            let_others(self._handle)

    def _open(self) -> None:
        self._handle = os.open(self._path, os.O_RDWR | os.O_APPEND)
        take_in_turn(self._handle)
        try:
            there = os.fstat(self._handle)
            # Who was killed in the midst of a line has left it without an end.
            is_whole = there.st_size > 0 and os.pread(self._handle, 1, there.st_size - 1) == b"\n"
            self._left = (there.st_ino, there.st_size) if is_whole else (-1, -1)
        finally:
            let_others(self._handle)

    def close(self) -> None:
        """It is opened again when it is added to."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


def _write_whole(handle: int, content: bytes) -> None:
    """Adds it, or none of it; on a line of its own, whatever a power cut left at the end."""
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        content = b"\n" + content
    _write_at(handle, content, size)


def _write_at(handle: int, content: bytes, size: int) -> None:
    """Adds it to what has that *size*, or none of it."""
    try:
        if os.write(handle, content) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, size)
        raise


def _is_kept(line: LogLine, now: datetime) -> bool:
    return line.kind in _FOR_GOOD or now - line.at < (KEPT_ENDS if line.kind in _LEFT else KEPT)


def line_of(words: str) -> LogLine | None:
    """What *words* with their end of a line say; ``None`` where they are none, or not all of one."""
    fields = words.rstrip("\n").split("\t")
    if not words.endswith("\n") or len(fields) != 4:
        return None
    try:
        kind, at = _KINDS[fields[0]], datetime.fromisoformat(fields[1])
    except (KeyError, ValueError):
        return None
    return None if at.tzinfo is None else LogLine(kind=kind, at=at, of=fields[2], values=tuple(fields[3].split()))
