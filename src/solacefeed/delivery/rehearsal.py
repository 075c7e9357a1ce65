"""A rehearsal: mail is written to a folder, one file a copy, and nobody gets any.

The law is a relay's: the rename is the final dot. Before it there is no copy; after it the copy is whole and on
disk. The same message again is the same file with the same bytes, so a rehearsal done twice changes nothing.

A copy has its reader's address and their own link in it: nobody but the operator may read it.
"""

from __future__ import annotations

import email
import email.policy
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from errno import ENOTDIR
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote

from solacefeed.errors import Deferred, StoreError, TransportError, Uncertain
from solacefeed.models.deliveries import Message
from solacefeed.models.letters import OutboxKind
from solacefeed.ports import nothing_follows
from solacefeed.traces import Traces

#: Of a file name without prefix and suffix; file systems end at 255 octets.
_LONGEST_NAME = 200

#: Of a copy, and of the folder of an edition's copies.
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700


class Rehearsal:
    """A ``Transport`` that writes files such as ``weekly-2026-11-23/alice@example.org.eml`` below *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open between messages."""

    def connect(self) -> None:
        """Whether the folder can be written to is seen with each message."""

    def break_off(self) -> None:
        """A file does not keep anybody waiting."""

    def hand_over(
        self,
        message: Message,
        mark: Callable[[], bool],
        following: Callable[[], Message | None] = nothing_follows,  # noqa: ARG002  # nothing goes before its file
    ) -> str:
        """Writes *message*, and returns the file's name relative to the folder.

        Raises ``Deferred`` when *mark* says no or the file can't be written, and ``Uncertain`` when it stands there
        but the disk does not promise to keep it.
        """
        path = self._folder / _file_name(message)
        draft = path.with_name(f".{path.name}.part")
        with _disk_trouble(_no_relay, f"{path.parent}: can't be written to"):
            _make_folder(path.parent)
            _write(draft, message.content)
        try:
            if not mark():
                raise Deferred(f"{path}: not written, since the copy must no longer go")
            with _disk_trouble(Deferred, f"{path}: can't be written"):
                draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        with _disk_trouble(Uncertain, f"{path}: written, perhaps not kept"):
            _keep(path.parent)
            _keep(self._folder)
        return f"written as {path.relative_to(self._folder)}"


def forget(folder: Path, addresses: Iterable[str]) -> int:
    """Removes the mails that ``told_of`` finds; returns how many.

    Raises ``StoreError`` where one can't be removed; it does not say which, for its name is an address.
    """
    found = told_of(folder, addresses)
    for path in found:
        try:
            path.unlink(missing_ok=True)
            _keep(path.parent)
        except OSError as error:
            raise StoreError(f"{path.parent}: a rehearsed mail can't be removed: {error.strerror}") from error
    return len(found)


def told_of(folder: Path, addresses: Iterable[str]) -> list[Path]:
    """The mails below *folder* that went to one of *addresses*, or name it: letters anywhere, copies in their To line.

    An edition says the same to all its readers, but for the name in that line.
    """
    traces = Traces(tuple(addresses))
    names = {as_name(form).casefold() for each in traces.addresses for form in (each, each.casefold())}
    return [
        path
        for path in sorted(folder.glob("*/*.eml")) + sorted(folder.glob("*/.*.eml.part"))
        if _is_to_one(path.name.removeprefix(".").partition(".eml")[0], names, traces) or _tells_of(path, traces)
    ]


def _is_to_one(name: str, names: Collection[str], traces: Traces) -> bool:
    """Whether a file is called by one of the addresses, in any case; of a long one the name has a hash."""
    return name.casefold() in names or traces.are(unquote(name))


#: A header's line with what is folded below it, and in how many octets of a copy it is looked for.
_TO_LINE = re.compile(rb"^To:.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_HEAD = 16 * 1024

#: Folders of letters; all others are of an edition's copies.
_OF_LETTERS = re.compile(rf"(?:{'|'.join(OutboxKind)})-\d{{8}}T")


def _tells_of(path: Path, traces: Traces) -> bool:
    """Whether mail to somebody else names the address: a letter such as a complaint that was passed on, or a name."""
    if not _OF_LETTERS.match(path.parent.name):
        return _is_called_by(path, traces)
    content = path.read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts = (part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
    # As it is too, for a header that is not encoded (RFC 6532) is read as one without letters.
    told = content.decode("utf-8", errors="replace"), *message.values(), *parts
    return any(traces.stand_in(str(words)) for words in told)


def _is_called_by(path: Path, traces: Traces) -> bool:
    """Whether the name in a copy's To line has the address; no more than that is read as mail, for there are many."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    found = _TO_LINE.search(head)
    if found is None:
        return False
    line = found[0].decode("utf-8", errors="replace")
    if "=?" not in line and not any(core in line.lower() for core in traces.cores):
        return False
    message = email.message_from_string(line, policy=email.policy.default)
    return any(traces.stand_in(str(value)) for value in message.values())


def _file_name(message: Message) -> Path:
    """From the Message-ID's local part without its last word (whose it is), and the recipient."""
    local_part = message.message_id.strip("<>").rpartition("@")[0]
    return Path(as_name(local_part.rpartition(".")[0]), f"{as_name(message.recipient)}.eml")


def as_name(text: str) -> str:
    """*text* as one name in a folder: no path, nothing hidden, and never the same for two texts."""
    name = quote(text, safe="@+", errors="surrogatepass")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 65]}-{sha256(name.encode()).hexdigest()}"


def _make_folder(folder: Path) -> None:
    """Makes *folder*, or keeps others out of it as it is; the one around it may be the operator's own."""
    folder.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    if folder.is_symlink():
        raise NotADirectoryError(ENOTDIR, "it is a link, which is not followed; remove it")
    folder.chmod(_FOLDER_MODE)


def _write(path: Path, content: bytes) -> None:
    # What a dead process left may be open to others, or lead elsewhere.
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _keep(folder: Path) -> None:
    """Makes the names in *folder* survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _no_relay(message: str) -> Deferred:
    """A folder that can't be written to is to a rehearsal what a relay that is down is to a round."""
    return Deferred(message, connection_lost=True)


@contextmanager
def _disk_trouble(kind: Callable[[str], TransportError], subject: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise kind(f"{subject}: {error.strerror}") from error
