"""The files of the feeds' folder, as they stand at the moment: read once, kept as long as nothing has changed them.

Nothing outside the folder is read, wherever a link in it leads, nor anything that has no plain name: files that begin
with a dot are drafts, or nobody's business. Publishing replaces files whole, so what is opened is the old one or the
new one.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from solacefeed.files import OFTEN
from solacefeed.web.negotiation import IDENTITY

#: Bytes of files that are kept in memory, packed forms included.
MOST_KEPT = 64 * 1024 * 1024
#: Bytes of one that is packed here; a larger one, which is read each time, has packed forms beside it or none.
LARGEST_PACKED = 4 * 1024 * 1024
#: Bytes of what is small enough to be sent as it is.
_SMALL = 256

#: The packed forms that stand beside a document, the best first.
_FORMS = {"br": ".br", "gzip": ".gz"}

#: What it means that a file can't be opened where none is to be had.
_NOTHING_THERE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}

_SEGMENT = re.compile(r"[A-Za-z0-9_~][A-Za-z0-9._~-]*")
_LONGEST_PATH = 1000

#: Of a file: which one it is, when it was changed, and how large it is.
_Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A file as it was read."""

    #: Below the folder.
    path: str
    mark: _Mark
    changed_at: datetime
    #: Of its bytes, so that the same bytes have one wherever they lie.
    digest: str
    #: By encoding; ``identity`` is always there, but for one that is too large to be read at once.
    forms: Mapping[str, bytes]
    #: Of its packed forms, the best first.
    encodings: tuple[str, ...]
    #: Of one that is too large: where each form lies, and its size.
    lies_at: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    #: What is made of it once, by whoever answers with it.
    notes: dict[object, object] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.forms.values()))

    def length(self, form: str) -> int:
        return self.lies_at[form][1] if self.lies_at else len(self.forms[form])

    def opened(self, form: str) -> BinaryIO | None:
        """One that is too large, to be read from its beginning as it stood: whoever replaces it leaves that alone."""
        target, size = self.lies_at[form]
        handle = _open(target)
        if handle is None:
            return None
        file = open(handle, "rb")  # noqa: SIM115  # whoever reads it closes it
        if os.fstat(handle).st_size == size:
            return file
        file.close()
        return None


def plain_path(path: str) -> bool:
    """Whether *path* is one below the folder that may be asked for: of plain names alone, none of them hidden."""
    return len(path) <= _LONGEST_PATH and all(_SEGMENT.fullmatch(each) for each in path.split("/"))


class DocumentFiles:
    """Reads them; from any thread."""

    def __init__(self, folder: Path, *, most_kept: int = MOST_KEPT) -> None:
        self._folder = str(folder)
        self._most_kept = most_kept
        # Of a larger one, each client is given a piece after another.
        self._largest_whole = most_kept // 4
        self._kept: dict[str, DocumentFile] = {}
        #: Of those that are kept, packed forms included.
        self.bytes_kept = 0
        # One reads and packs at a time: what is on its way is bounded, and the second finds what the first has read.
        self._reading = threading.Lock()

    def kept(self, path: str) -> DocumentFile | None:
        """The file at *path* where it was read before and has not changed since; waits for nothing but its ``stat``."""
        found = self._kept.get(path)
        if found is None:
            return None
        try:
            same = _mark(os.stat(f"{self._folder}/{path}")) == found.mark
        except OSError:
            same = False
        return found if same else None

    def read(self, path: str) -> DocumentFile | None:
        """The file at *path*; ``None`` where there is none that may be read. Raises ``OSError`` where that can't be."""
        if not plain_path(path):
            return None
        with self._reading:
            found = self.kept(path) or _read(self._folder, path, self._largest_whole)
            self._keep(path, found)
        return found

    def is_folder(self, path: str) -> bool:
        """Whether a folder with a page of its own stands at *path*."""
        try:
            below = os.stat(f"{self._folder}/{path}/index.html") if plain_path(path) else None
        except OSError:
            return False
        return below is not None and S_ISREG(below.st_mode)

    def _keep(self, path: str, found: DocumentFile | None) -> None:
        """The newest last; the oldest make room. One that would take a quarter of it all is not kept."""
        self._forget(path)
        if found is None or found.lies_at or found.size > self._largest_whole:
            return
        self._kept[path] = found
        self.bytes_kept += found.size
        while self.bytes_kept > self._most_kept:
            self._forget(next(iter(self._kept)))

    def _forget(self, path: str) -> None:
        before = self._kept.pop(path, None)
        self.bytes_kept -= before.size if before else 0


def _read(folder: str, path: str, largest_whole: int) -> DocumentFile | None:
    root, target = os.path.realpath(folder), os.path.realpath(f"{folder}/{path}")
    if not target.startswith(f"{root}/"):
        return None
    status = _status(target)
    if status is not None and status.st_size > largest_whole:
        return _large(path, target, status)
    found = _whole(target)
    if found is None:
        return None
    content, status = found
    packed = _packed(target, content, status.st_mtime)
    return DocumentFile(
        path=path,
        mark=_mark(status),
        changed_at=datetime.fromtimestamp(int(status.st_mtime), UTC),
        digest=sha256(content).hexdigest()[:24],
        forms={IDENTITY: content} | packed,
        encodings=tuple(packed),
    )


def _large(path: str, target: str, status: os.stat_result) -> DocumentFile:
    beside = {name: (target + ending, _status(target + ending)) for name, ending in _FORMS.items()}
    packed = {
        name: (where, found.st_size)
        for name, (where, found) in beside.items()
        if found and _is_of(found, status.st_mtime)
    }
    return DocumentFile(
        path=path,
        mark=_mark(status),
        changed_at=datetime.fromtimestamp(int(status.st_mtime), UTC),
        digest=sha256(repr((path, *_mark(status)[1:])).encode()).hexdigest()[:24],
        forms={},
        encodings=tuple(packed),
        lies_at={IDENTITY: (target, status.st_size)} | packed,
    )


def _status(target: str) -> os.stat_result | None:
    """Of a file; ``None`` where there is none."""
    try:
        found = os.lstat(target)
    except OSError:
        return None
    return found if S_ISREG(found.st_mode) else None


def _whole(target: str) -> tuple[bytes, os.stat_result] | None:
    """All bytes of a file; ``None`` where there is none."""
    handle = _open(target)
    if handle is None:
        return None
    with open(handle, "rb") as file:
        return file.read(), os.fstat(handle)


def _open(target: str) -> int | None:
    """A file that is one, and no folder, pipe or link; ``None`` where there is none."""
    try:
        # A pipe would hold up who opens it.
        handle = os.open(target, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise
    if not S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    return handle


def _packed(target: str, content: bytes, changed: float) -> dict[str, bytes]:
    """Its packed forms, those beside it or made here; none that is no smaller, nor one made of what is not kept."""
    if len(content) < _SMALL:
        return {}
    forms = {name: _form_beside(target + ending, changed) for name, ending in _FORMS.items()}
    if None in forms.values() and len(content) <= LARGEST_PACKED:
        made = dict(OFTEN.forms(content))
        forms = {name: form or made[_FORMS[name]] for name, form in forms.items()}
    return {name: form for name, form in forms.items() if form and len(form) < len(content)}


def _form_beside(target: str, changed: float) -> bytes | None:
    """What stands there, unless it is of other bytes."""
    try:
        found = _whole(target)
    except OSError:
        return None
    return found[0] if found and _is_of(found[1], changed) else None


def _is_of(form: os.stat_result, changed: float) -> bool:
    """Whether a packed form is of a file that changed then: two versions of one are a second apart."""
    return abs(form.st_mtime - changed) < 1


def _mark(status: os.stat_result) -> _Mark:
    return status.st_ino, status.st_mtime_ns, status.st_size
