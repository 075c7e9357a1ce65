"""Publishes bytes to files: whole or not at all, and only when they changed. The home of brotli.

Beside a document stand its packed forms, ``.gz`` and ``.br``, for web servers that can send them as they are. They take
their names before it does, and the same bytes of a kind always pack to the same bytes, whoever packs them and when.
"""

from __future__ import annotations

import gzip
import logging
import os
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE
from typing import Self, TypeAlias

from solacefeed.errors import PublishError

_log = logging.getLogger(__name__)

#: Readable by the web server that serves the folder.
MODE = 0o644
#: Readable by whoever wrote it alone.
PRIVATE = 0o600

#: Where files are drafted, below the folder: what a dead process left there is in nobody's way, and found again.
DRAFTS = ".drafts"

#: The endings of a file's packed forms.
PACKED = (".gz", ".br")
_Forms: TypeAlias = tuple[tuple[str, bytes], ...]

#: Files that are packed at once or wait for it: so many are in memory.
_MOST_PACKING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How hard a file is packed."""

    gzip: int
    brotli: int

    def forms(self, content: bytes) -> _Forms:
        import brotli

        return (
            (".gz", gzip.compress(content, compresslevel=self.gzip, mtime=0)),
            (".br", brotli.compress(content, mode=brotli.MODE_TEXT, quality=self.brotli)),
        )


#: For what is fetched again and again. Harder, up to 9 and 11, takes much longer and wins little.
OFTEN = Packing(gzip=6, brotli=5)
#: For what a reader fetches once, if ever, and for what is large: up to a tenth larger, in under half the time.
SELDOM = Packing(gzip=4, brotli=2)
#: Bytes of what is large: more than a live document with the usual number of entries has.
LARGE = 1_000_000


def packing(size: int, *, often: bool) -> Packing:
    """How a file of *size* bytes is packed, that is fetched *often* or seldom; nothing else decides on it."""
    return OFTEN if often and size < LARGE else SELDOM


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What is to stand at *path* below a folder."""

    path: str
    content: bytes
    #: How its packed forms are made; ``None`` for none beside it.
    packing: Packing | None = None
    mode: int = MODE


def publish_file(folder: Path, path: str, content: bytes, *, mode: int = MODE) -> bool:
    """Makes *path* below *folder* hold *content* and returns whether that changed anything.

    As ``Staging`` does it; raises ``PublishError``.
    """
    with Staging(folder) as staging:
        staging.add(File(path=path, content=content, mode=mode))
        return bool(staging.publish())


class Staging:
    """Files on their way into a folder: each is packed while the next is made, and all take their names at the end.

    Whoever reads a file meanwhile gets the old bytes or the new ones, also over a power cut; an unchanged file keeps
    its time, and gets back the one that it should have. What was added and is not published leaves nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = _real(folder)
        #: Those that are surely there.
        self._folders: set[Path] = set()
        self._stack = ExitStack()
        #: What stands there already as it should.
        self._standing: list[tuple[str, Path]] = []
        self._packing: deque[tuple[File, Path, Future[_Forms]]] = deque()
        self._drafts: list[_Draft] = []
        self._changed: list[tuple[str, Path, int]] = []

    def __enter__(self) -> Self:
        self._stack.callback(self._leave_nothing)
        # Packers let go of the interpreter: two work beside whoever makes the next file.
        self._packers = self._stack.enter_context(ThreadPoolExecutor(max_workers=2))
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def add(self, file: File) -> None:
        """Takes what is to stand there; raises ``PublishError``."""
        target = _inside(self._root, file.path)
        if _stands_so(file, target):
            self._standing.append((file.path, target))
            return
        self._packing.append((file, target, self._packers.submit(_packed, file)))
        while len(self._packing) > _MOST_PACKING:
            self._draft_next()

    def publish(self, times: Mapping[str, datetime] | None = None) -> list[str]:
        """Lets everything take its name, in its order, and returns the paths of what this changed.

        *times* are those of files, by path; a changed one without has the present. All is on the disk before anything
        takes its name. Raises ``PublishError``.
        """
        times = times or {}
        while self._packing:
            self._draft_next()
        for draft in self._drafts:
            with _told(draft.target):
                draft.settle(times.get(draft.path))
        for draft in self._drafts:
            with _told(draft.target):
                draft.take_its_name()
        for parent in sorted({target.parent for _, target, _ in self._changed}):
            with _told(parent):
                _sync_folder(parent)
        for _, target, size in self._changed:
            _log.info("%s: %d bytes written", target, size)
        return [path for path, _, _ in self._changed] + [
            path for path, target in self._standing if path in times and _set_back(target, times[path])
        ]

    def _draft_next(self) -> None:
        """Writes the next file, and before it its packed forms, under other names."""
        file, target, packed = self._packing.popleft()
        with _told(target):
            self._make_folder(target.parent)
            self._make_folder(_drafts(self._folder))
            for ending, content in (*packed.result(), ("", file.content)):
                draft = _Draft(self._folder, file.path, _beside(target, ending), content, file.mode)
                self._drafts.append(self._stack.enter_context(draft))
        self._changed.append((file.path, target, len(file.content)))

    def _make_folder(self, wanted: Path) -> None:
        if wanted not in self._folders:
            wanted.mkdir(parents=True, exist_ok=True)
            self._folders.add(wanted)

    def _leave_nothing(self) -> None:
        with suppress(OSError):
            # Another's drafts may stand there.
            (self._folder / DRAFTS).rmdir()


def make_private(path: Path, content: bytes) -> None:
    """Writes a file that is its owner's alone, whole and on disk; one that is there already, by whomever, stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
    _sync_folder(path.parent)


def clear_drafts(folder: Path) -> None:
    """Removes what a process that was killed had drafted in *folder*; for whoever is alone there."""
    with _told(folder / DRAFTS):
        lefts = sorted(_drafts(folder).glob("*"))
    for left in lefts:
        with _told(left):
            left.unlink()


def _drafts(folder: Path) -> Path:
    """Where files are drafted in *folder*; raises ``PublishError`` for a link, behind which others' files lie."""
    drafts = folder / DRAFTS
    if drafts.is_symlink():
        raise PublishError(f"{drafts} is a link, which is not followed; remove it, and it is made anew")
    return drafts


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(f"{target} can't be written: {error.strerror}; the old file stays") from error


def _packed(file: File) -> _Forms:
    """The packed forms of a file, by their endings."""
    return file.packing.forms(file.content) if file.packing else ()


class _Draft:
    """A file under another name, until it is on the disk."""

    def __init__(self, folder: Path, path: str, target: Path, content: bytes, mode: int) -> None:
        self.path = path
        self.target = target
        self._handle, self._name = tempfile.mkstemp(prefix=f"{target.name}.", dir=folder / DRAFTS)
        self._named = False
        try:
            os.fchmod(self._handle, mode)
            with open(self._handle, "wb", closefd=False) as file:
                file.write(content)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        os.close(self._handle)
        if not self._named:
            Path(self._name).unlink(missing_ok=True)

    def settle(self, at: datetime | None) -> None:
        if at is not None:
            os.utime(self._handle, (at.timestamp(), at.timestamp()))
        os.fsync(self._handle)

    def take_its_name(self) -> None:
        os.replace(self._name, self.target)
        self._named = True


def remove_file(folder: Path, path: str) -> None:
    """Takes *path* below *folder* away, before it its packed forms, so that none is left without it."""
    target = inside(folder, path)
    try:
        for each in (*(_beside(target, ending) for ending in PACKED), target):
            each.unlink(missing_ok=True)
    except OSError as error:
        raise PublishError(f"{target} can't be removed: {error.strerror}") from error
    _log.info("%s: removed", target)


def content(folder: Path, path: str) -> bytes | None:
    """What *path* below *folder* holds; ``None`` where it is not there."""
    try:
        return inside(folder, path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PublishError(f"{folder / path} can't be read: {error.strerror}") from error


def is_there(folder: Path, path: str) -> bool:
    """Whether a file stands at *path* below *folder*; raises ``PublishError`` where nobody may look."""
    try:
        return (folder / path).is_file()
    except OSError as error:
        raise PublishError(f"{folder / path} can't be read: {error.strerror}") from error


def stands(folder: Path, path: str, size: int, at: datetime) -> bool:
    """Whether *path* below *folder* is there with this size and time."""
    try:
        found = (folder / path).stat()
    except OSError:
        return False
    return found.st_size == size and datetime.fromtimestamp(int(found.st_mtime), UTC) == at.replace(microsecond=0)


def inside(folder: Path, path: str) -> Path:
    """*path* below *folder*; raises ``PublishError`` for one that leads out of it."""
    return _inside(_real(folder), path)


def _inside(root: Path, path: str) -> Path:
    target = _real(root / path)
    if not target.is_relative_to(root) or target == root:
        raise PublishError(f"{path!r} leads out of {root}")
    return target


def _real(path: Path) -> Path:
    """*path* without links, also where nothing is yet; raises ``PublishError`` where they lead in a circle."""
    try:
        return Path(os.path.realpath(path, strict=True))
    except (FileNotFoundError, NotADirectoryError):
        return Path(os.path.realpath(path))
    except OSError as error:
        raise PublishError(f"{path} can't be reached: {error.strerror}; nothing is written there") from error


def _stands_so(file: File, target: Path) -> bool:
    with _told(target):
        if not _holds(target, file.content) or (file.packing is not None and not _is_packed(target)):
            return False
        # What is open to all is the operator's to close.
        return file.mode == MODE or S_IMODE(target.stat().st_mode) == file.mode


def _set_back(target: Path, at: datetime) -> bool:
    """Gives a file and its packed forms the time that they should have; returns whether it had another."""
    with _told(target):
        if int(target.stat().st_mtime) == int(at.timestamp()):
            return False
        for each in (*(_beside(target, ending) for ending in PACKED), target):
            if each.is_file():
                os.utime(each, (at.timestamp(), at.timestamp()))
        return True


def _holds(target: Path, content: bytes) -> bool:
    return target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content


def _is_packed(target: Path) -> bool:
    """Whether its packed forms stand beside it, and not those of other bytes: times of one path are a second apart."""
    forms = [_beside(target, ending) for ending in PACKED]
    at = target.stat().st_mtime
    return all(form.is_file() and abs(form.stat().st_mtime - at) < 1 for form in forms)


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
