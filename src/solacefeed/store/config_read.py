"""Which config each process that runs for good goes by, as it has read it: who looks sees whether the file is another.

The daemon is known to run by its lock. Workers and who serves pages are several: each has a note of its own, which ends
with it, and counts no more where it was killed (proc(5): a process is its number and when it began).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store import facts
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRead:
    """A config file as it was read."""

    #: The file, and on which machine: another one has another file of that name.
    path: str
    host: str
    #: What tells its content then from what it may be now.
    content: str
    at: datetime

    @classmethod
    def of(cls, path: Path, content: str, at: datetime) -> ConfigRead:
        return cls(path=str(path.resolve()), host=os.uname().nodename, content=content, at=at)

    def is_of_file(self, path: Path) -> bool:
        """Whether it was read from *path* of this machine."""
        return (self.path, self.host) == (str(path.resolve()), os.uname().nodename)


def note(connection: sa.Connection, read: ConfigRead | None) -> None:
    """Writes down what the daemon goes by from now on; ``None`` where it can't be told."""
    facts.put(connection, facts.CONFIG_READ, json.dumps(_told(read)) if read else "")


def noted(connection: sa.Connection) -> ConfigRead | None:
    told = facts.read(connection, facts.CONFIG_READ)
    if not told:
        return None
    return _read(json.loads(told))


@contextmanager
def noted_while_it_runs(store: Store, kind: str, read: ConfigRead | None) -> Iterator[None]:
    """This process, a ``worker`` or one that serves pages (``web``), goes by *read*; what can't be noted is not told.

    When it ends, that is noted no more.
    """
    note_process(store, kind, read)
    try:
        yield
    finally:
        note_process(store, kind, None)


def note_process(store: Store, kind: str, read: ConfigRead | None) -> None:
    """Writes down what this process goes by from now on; ``None`` where it ends, or that can't be told.

    What was noted of processes of this machine that were killed goes.
    """
    with suppress(StoreError), store.write() as connection:
        for name in facts.names(connection, _of_machine()):
            if _living(connection, name) is None:
                facts.forget(connection, name)
        own, begun = f"{_of_machine()}{os.getpid()}", _begun(str(os.getpid()))
        if read is not None and begun:
            facts.put(connection, own, json.dumps({"kind": kind, "begun": begun, "read": _told(read)}))
        else:
            facts.forget(connection, own)


def noted_of_processes(connection: sa.Connection) -> list[tuple[str, ConfigRead]]:
    """The kind of each process beside the daemon that runs on this machine, and what it goes by."""
    found = (_living(connection, name) for name in facts.names(connection, _of_machine()))
    return [(each["kind"], _read(each["read"])) for each in found if each is not None]


def _living(connection: sa.Connection, name: str) -> dict[str, Any] | None:
    """What the fact of this *name* tells of a process, where that runs."""
    told: dict[str, Any] = json.loads(facts.read(connection, name) or "{}")
    begun = _begun(name.rpartition("/")[2])
    return told if begun and told.get("begun") == begun else None


def _of_machine() -> str:
    return f"{facts.CONFIG_READ}/{os.uname().nodename}/"


def _begun(process: str) -> str:
    """When a process of that number began, in ticks since the machine did; empty where none is, or none can be seen."""
    try:
        # Behind the program's name, which may have anything in it, the 22nd field.
        return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _told(read: ConfigRead) -> dict[str, str]:
    return asdict(read) | {"at": read.at.isoformat()}


def _read(told: dict[str, Any]) -> ConfigRead:
    return ConfigRead(**told | {"at": datetime.fromisoformat(told["at"])})
