"""Mailboxes on this machine, an mbox file or a Maildir folder, read and never changed; a file may be one mail, too.

Whoever delivers into an mbox locks it: a file that is locked is left for the next look. Of what is large no more than
its beginning is read, and of what was read before nothing. What people have to read is left for them in a Maildir of
ours, which any mail program opens.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from solacefeed.errors import SolacefeedError
from solacefeed.traces import Traces

#: Bytes of a mail that are read: a report says what it has to say before it repeats the mail that came back.
MOST_BYTES = 256 * 1024

#: Files of which is asked together whether they were read before, and mails of an mbox, which are in memory meanwhile.
_FILES = 500
_MAILS = 50

#: Of a line; a longer one is read in pieces.
_LINE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """A mail as it lies there; of a large one the beginning."""

    content: bytes
    #: By which it is known before it is understood: a Maildir's file by its name, a mail of an mbox by its bytes.
    name: str | None = None


def state(path: Path) -> str:
    """What changes when mails come: while it is the same, there is nothing new to read. Empty where nothing is."""
    with _told(path):
        places = [path / "new", path / "cur"] if path.is_dir() else [path]
        stats = [each.stat() for each in places if each.exists()]
    return " ".join(f"{each.st_ino}:{each.st_size}:{each.st_mtime_ns}" for each in stats)


def is_to_come(path: Path) -> bool:
    """Whether nothing is at *path* yet, in a folder that is there: servers make a mailbox with its first mail."""
    with _told(path):
        return not path.exists() and path.parent.is_dir()


def check(path: Path) -> None:
    """Raises ``SolacefeedError`` where what would be read there is no mailbox, or can't be read by this user."""
    with _told(path):
        if path.is_dir():
            _parts(path)
        else:
            _open(path).close()


#: Which of some names are of those that were read before.
Known = Callable[[Sequence[str]], Collection[str]]


def mails(path: Path, known: Known) -> Iterator[StoredMail] | None:
    """The mails of *path*, without those that are *known*; ``None`` while somebody delivers into it.

    Raises ``SolacefeedError`` for what is no mailbox, or can't be read.
    """
    if path.is_dir():
        return _maildir(path, known)
    return None if _is_locked(path) else _mbox(path, known)


def _maildir(path: Path, known: Known) -> Iterator[StoredMail]:
    with _told(path):
        files = sorted(path / part / name for part, names in _parts(path).items() for name in names)
    for start in range(0, len(files), _FILES):
        # What stands behind the colon are flags, which change.
        some = {
            sha256(f"maildir {file.name.partition(':')[0]}".encode("utf-8", "surrogateescape")).hexdigest(): file
            for file in files[start : start + _FILES]
        }
        before = known([*some])
        for name, file in some.items():
            if name not in before and (content := _beginning(file)) is not None:
                yield StoredMail(content=content, name=name)


def _parts(path: Path) -> dict[str, list[str]]:
    """The names of the mails of a Maildir by the folder in which they are."""
    if not (path / "new").is_dir():
        raise SolacefeedError(f"{path} is no Maildir: there is no folder new in it")
    # What is listed by a pattern is empty for whoever may not read it.
    there = [part for part in ("new", "cur") if (path / part).is_dir()]
    return {part: [name for name in os.listdir(path / part) if not name.startswith(".")] for part in there}


def _beginning(file: Path) -> bytes | None:
    """``None`` where it is no file, such as a folder that another program keeps there."""
    with _told(file.parent):
        try:
            with _open(file) as opened:
                return opened.read(MOST_BYTES)
        except FileNotFoundError:
            # Somebody has moved it meanwhile, and the next look finds it there.
            return b""
        except _NoFileError:
            return None


class _NoFileError(SolacefeedError):
    """There is something else than a file, such as a folder or a pipe."""


def _open(path: Path) -> BinaryIO:
    # A pipe that nobody writes to would be waited for until somebody does.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _NoFileError(f"{path} is no mailbox: neither a file nor a Maildir")
    return open(handle, "rb")


def _is_locked(path: Path) -> bool:
    with _told(path):
        if path.with_name(f"{path.name}.lock").exists():
            return True
        with _open(path) as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False


def _mbox(path: Path, known: Known) -> Iterator[StoredMail]:
    """Where each was depends on what its owner removes; so each is known by its bytes, which costs no understanding."""
    with _told(path), _open(path) as file:
        contents = _split(file)
        while some := [*islice(contents, _MAILS)]:
            named = {sha256(b"mbox " + each).hexdigest(): each for each in some}
            before = known([*named])
            yield from (StoredMail(content=each, name=name) for name, each in named.items() if name not in before)


def from_stream(stream: BinaryIO) -> Iterator[StoredMail]:
    """The mails of *stream*, which may be an mbox or one mail."""
    return (StoredMail(content=each) for each in _split(stream))


def _split(file: BinaryIO) -> Iterator[bytes]:
    """Each mail from behind its ``From`` line, which stands at the beginning or behind an empty line (RFC 4155).

    What does not begin so is one mail, without such a line.
    """
    kept: bytearray | None = None
    is_mbox, after_empty = False, True
    while line := file.readline(_LINE):
        if after_empty and line.startswith(b"From ") and (is_mbox or kept is None):
            if kept is not None:
                yield bytes(kept)
            kept, is_mbox = bytearray(), True
        elif kept is None and not line.strip():
            continue
        else:
            kept = bytearray() if kept is None else kept
            if len(kept) < MOST_BYTES:
                kept += line
        after_empty = line in (b"\n", b"\r\n")
    if kept is not None:
        yield bytes(kept)


# -- what is left for people --------------------------------------------------------------------------


def leave(folder: Path, name: str, content: bytes) -> None:
    """Puts a mail into the Maildir *folder*, whole and on the disk; the same once more changes nothing.

    Raises ``SolacefeedError`` where it can't be written.
    """
    with _told(folder):
        for part in (folder, *(folder / each for each in _PARTS)):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / "tmp" / name
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / "new" / name)
        _keep(folder / "new")


def waiting(folder: Path) -> int:
    """How many mails are left in the Maildir *folder*; none where there is no such folder."""
    try:
        return sum(1 for part in ("new", "cur") for _ in (folder / part).glob("[!.]*"))
    except OSError:
        return 0


def forget(folder: Path, traces: Traces) -> int:
    """Removes the mails left in *folder* that name an address; returns how many.

    Raises ``SolacefeedError`` where one can't be removed.
    """
    count = 0
    with _told(folder):
        for file in (each for part in _PARTS for each in (folder / part).glob("*")):
            if traces.stand_in(file.read_bytes().decode("utf-8", "replace")):
                file.unlink(missing_ok=True)
                _keep(file.parent)
                count += 1
    return count


#: Of a Maildir.
_PARTS = ("tmp", "new", "cur")


def _keep(folder: Path) -> None:
    """What was renamed in *folder*, or removed from it, is so on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SolacefeedError(f"{path}: {os.strerror(error.errno) if error.errno else error}") from error
