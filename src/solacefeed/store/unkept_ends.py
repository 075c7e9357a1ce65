"""How deeds ended whose end the store could not take, in a small file beside it: so it is told apart from a kill.

One line each, fields apart by tabs: the deed, its record's number, when it ended, and how. Where this can't be written
either, nothing is known of it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from solacefeed.models.records import Record
from solacefeed.traces import nameless

#: Bytes from which on it begins anew: what is asked for is the newest.
_MOST = 65_536
#: Characters of how one ended.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class UnkeptEnds:
    path: Path

    @classmethod
    def beside(cls, home_file: Path) -> UnkeptEnds:
        """Those of the store that has this small file beside it (``home_file``)."""
        return cls(home_file.with_name(f"{home_file.name}.ends"))

    def add(self, deed: str, number: int, *, at: datetime, words: str) -> None:
        """Writes down how *deed* ended, whose record has that *number*; where that can't be, nothing is."""
        said = " ".join(nameless(words).split())[:_LONGEST]
        with suppress(OSError):
            anew = os.O_TRUNC if self._size() > _MOST else 0
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | anew, 0o600)
            try:
                # On a line of its own, also behind one that a full disk cut short.
                line = f"\n{deed}\t{number}\t{at.isoformat()}\t{said}\n"
                os.write(handle, line.encode(errors="backslashreplace"))
            finally:
                os.close(handle)

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def of(self, record: Record) -> str | None:
        """How it ended whose *record* has no end; ``None`` where that is not known here."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return None
        for line in reversed(lines):
            match line.split("\t"):
                case [record.deed, number, at, words] if number == str(record.id) and _is_since(at, record.started_at):
                    return words
        return None


def _is_since(at: str, began: datetime) -> bool:
    """A store that was brought back gives its numbers again."""
    try:
        return datetime.fromisoformat(at) >= began
    except ValueError:
        return False


class Unkept(dict[str, str]):
    """How deeds of this process ended that could not be written down, by their names."""

    #: Where it is written down instead; ``None`` where it is nowhere.
    ends: UnkeptEnds | None = None
