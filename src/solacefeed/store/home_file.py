"""The small file beside a store: read, written, and what it says of where the store's file was."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from solacefeed.errors import StoreError
from solacefeed.store.copying import sync
from solacefeed.store.machine import Machine

#: In place of a machine's id where that was another one though the machine had not been off.
_CHANGES = "changes"
#: Further starts of a machine with one id, after which that is taken for lasting again.
_LASTS_AFTER: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the file of an SQLite store was."""

    path: str
    #: Its id; empty where it had none that lasts.
    machine: str
    inode: int
    #: Since which start of it; empty in what earlier releases wrote.
    boot: str = ""
    #: While the id changes: the one that was there last, and through how many further starts it has been.
    seen: str = ""
    starts: int = 0

    @property
    def _is_known(self) -> bool:
        return self.machine not in ("", _CHANGES)

    def is_of_another_machine_than(self, then: Place) -> bool:
        return self._is_known and then._is_known and self.machine != then.machine

    def was_on_since(self, then: Place) -> bool:
        """Whether no kernel was started in between, or nobody knew then when one was.

        Who knew it then would know it now: a clone that can't tell is none that may send.
        """
        return self.boot == then.boot or not then.boot


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
    #: Whether the store was begun, and nothing was kept in it yet: then nothing is lost with it (``store.lost``).
    unused: bool = False
    #: Of PostgreSQL: which one that is of, and how often its store had been taken for being at home.
    cluster: str = ""
    settled: int = 0
    #: Since when it has that id, as ISO 8601 has it; empty in what earlier releases wrote.
    since: str = ""

    @property
    def begun_at(self) -> datetime | None:
        return datetime.fromisoformat(self.since) if self.since else None


def place_of(file: Path, machine: Machine, then: Place | None = None) -> Place:
    """Where *file* is now; by where it was *then* it is seen whether the id of the machine lasts.

    What can't be seen now leaves what was known then, as for one round in a container.
    """
    path = file.resolve()
    now = Place(path=str(path), machine=machine.id, inode=path.stat().st_ino, boot=machine.boot)
    if then is None:
        return now
    if not now.machine or not now.boot:
        known = now if not then.machine else then
        return replace(known, path=now.path, inode=now.inode)
    if then.machine == _CHANGES:
        return _seen_again(now, then)
    if now.is_of_another_machine_than(then) and now.boot == then.boot:
        return replace(now, machine=_CHANGES, seen=now.machine)
    return now


def _seen_again(now: Place, then: Place) -> Place:
    """Of a machine whose id changed: it lasts where the same one is there through several starts."""
    starts = then.starts + (now.boot != then.boot) if now.machine == then.seen else 0
    if starts >= _LASTS_AFTER:
        return now
    return replace(now, machine=_CHANGES, seen=now.machine, starts=starts)


def read_home_file(file: Path) -> HomeFile | None:
    """``None`` where there is none; raises ``StoreError`` for what can't be read."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        place = _place(said["place"]) if said.get("place") else None
        found = HomeFile(
            id=str(said["id"]),
            count=int(said["count"]),
            place=place,
            changes=int(said.get("changes", 0)),
            erased=str(said.get("erased", "")),
            unused=said.get("unused") is True,
            cluster=str(said.get("cluster", "")),
            settled=int(said.get("settled", 0)),
            since=str(said.get("since", "")),
        )
        # What is no instant raises here already.
        return found if found.begun_at else replace(found, since="")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{file} can't be read: {error.strerror}") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise StoreError(f"{file} can't be read: it is not what solacefeed has written") from error


def _place(said: dict[str, object]) -> Place:
    """What a later release says besides is no matter."""
    known = {each.name for each in fields(Place)}
    return Place(**{name: value for name, value in said.items() if name in known})  # type: ignore[arg-type]


def write_home_file(file: Path, content: HomeFile) -> None:
    """Whole and on disk, over the one before; raises ``StoreError``."""
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
