"""Publishes bytes to files: whole or not at all, and only when they changed. The home of brotli.

Beside a document stand its packed forms, ``.gz`` and ``.br``, for web servers that can send them as they are. They are
written before it, and the same bytes always pack to the same bytes.
"""

from __future__ import annotations

import gzip
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import brotli

from solacefeed.errors import PublishError

_log = logging.getLogger(__name__)

#: Readable by the web server that serves the folder.
MODE = 0o644

#: Where packing harder takes much longer and wins little: 5 of 11, 6 of 9.
_BROTLI_QUALITY, _GZIP_LEVEL = 5, 6


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=_GZIP_LEVEL, mtime=0)


def _brotlied(content: bytes) -> bytes:
    packed: bytes = brotli.compress(content, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    return packed


#: Where files are drafted, below the folder: what a dead process left there is in nobody's way, and found again.
DRAFTS = ".drafts"

#: Files that are written at once.
_AT_ONCE = 100

PACKED: dict[str, Callable[[bytes], bytes]] = {".gz": _gzipped, ".br": _brotlied}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What is to stand at *path* below a folder."""

    path: str
    content: bytes
    #: Its time, if it changes; ``None`` for the present.
    at: datetime | None = None
    #: Whether its packed forms stand beside it.
    packed: bool = False


def publish_file(folder: Path, path: str, content: bytes) -> bool:
    """Makes *path* below *folder* hold *content* and returns whether that changed anything; as ``publish_files``."""
    return bool(publish_files(folder, [File(path=path, content=content)]))


def publish_files(folder: Path, wanted: Sequence[File]) -> list[str]:
    """Makes *folder* hold the *wanted* files and returns the paths of those that this changed.

    Whoever reads a file meanwhile gets the old bytes or the new ones, also over a power cut; an unchanged file keeps
    its time, and gets back the one that it should have. Raises ``PublishError``.
    """
    changed: list[str] = []
    try:
        for start in range(0, len(wanted), _AT_ONCE):
            changed += _publish_some(folder, wanted[start : start + _AT_ONCE])
    finally:
        with suppress(OSError):
            # Another's drafts may stand there.
            (folder / DRAFTS).rmdir()
    return changed


def clear_drafts(folder: Path) -> None:
    """Removes what a process that was killed had drafted in *folder*; for whoever is alone there."""
    with _told(folder / DRAFTS):
        lefts = sorted((folder / DRAFTS).glob("*"))
    for left in lefts:
        with _told(left):
            left.unlink()


def _publish_some(folder: Path, wanted: Sequence[File]) -> list[str]:
    """All are written before any is waited for, and all are on the disk before any takes its name."""
    targets = [(file, inside(folder, file.path)) for file in wanted]
    with ExitStack() as stack:
        drafts = []
        changed = [(file, target) for file, target in targets if not _stands_so(file, target)]
        for (file, target), packed in zip(changed, _all_packed(changed), strict=True):
            with _told(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                (folder / DRAFTS).mkdir(exist_ok=True)
                forms = [*packed, (target, file.content)]
                drafts += [stack.enter_context(_Draft(folder, *form, file.at)) for form in forms]
        for draft in drafts:
            with _told(draft.target):
                draft.settle()
        for draft in drafts:
            with _told(draft.target):
                draft.take_its_name()
        for parent in sorted({target.parent for _, target in changed}):
            with _told(parent):
                _sync_folder(parent)
    for file, target in changed:
        _log.info("%s: %d bytes written", target, len(file.content))
    return [file.path for file, _ in changed]


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(f"{target} can't be written: {error.strerror}; the old file stays") from error


def _all_packed(files: Sequence[tuple[File, Path]]) -> Iterator[list[tuple[Path, bytes]]]:
    """The packed forms of each, with their names; packers let go of the interpreter, so two work at once."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from pool.map(_packed, files)


def _packed(wanted: tuple[File, Path]) -> list[tuple[Path, bytes]]:
    file, target = wanted
    packers = PACKED if file.packed else {}
    return [(_beside(target, ending), pack(file.content)) for ending, pack in packers.items()]


class _Draft:
    """A file under another name, until it is on the disk."""

    def __init__(self, folder: Path, target: Path, content: bytes, at: datetime | None) -> None:
        self.target = target
        self._handle, self._name = tempfile.mkstemp(prefix=f"{target.name}.", dir=folder / DRAFTS)
        self._named = False
        try:
            os.fchmod(self._handle, MODE)
            with open(self._handle, "wb", closefd=False) as file:
                file.write(content)
            if at is not None:
                os.utime(self._handle, (at.timestamp(), at.timestamp()))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        os.close(self._handle)
        if not self._named:
            Path(self._name).unlink(missing_ok=True)

    def settle(self) -> None:
        os.fsync(self._handle)

    def take_its_name(self) -> None:
        os.replace(self._name, self.target)
        self._named = True


def remove_file(folder: Path, path: str) -> None:
    """Takes *path* below *folder* away, with its packed forms; one that is not there is as good."""
    target = inside(folder, path)
    try:
        for each in (target, *(_beside(target, ending) for ending in PACKED)):
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
    root = _real(folder)
    target = _real(root / path)
    if not target.is_relative_to(root) or target == root:
        raise PublishError(f"{path!r} leads out of {folder}")
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
        return _holds(target, file.content) and _has_time(target, file.at) and not (file.packed and _unpacked(target))


def _has_time(target: Path, at: datetime | None) -> bool:
    return at is None or int(target.stat().st_mtime) == int(at.timestamp())


def _holds(target: Path, content: bytes) -> bool:
    return target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content


def _unpacked(target: Path) -> bool:
    return not all(_beside(target, ending).is_file() for ending in PACKED)


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
