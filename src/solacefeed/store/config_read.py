"""Which config the daemon goes by, as it has read it: who looks at the store sees whether the file is another now."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from solacefeed.store import facts


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
    value = json.dumps(asdict(read) | {"at": read.at.isoformat()}) if read else ""
    facts.put(connection, facts.CONFIG_READ, value)


def noted(connection: sa.Connection) -> ConfigRead | None:
    told = facts.read(connection, facts.CONFIG_READ)
    if not told:
        return None
    values = json.loads(told)
    return ConfigRead(**values | {"at": datetime.fromisoformat(values["at"])})
