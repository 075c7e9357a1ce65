"""A stream that may be read no more: what is not taken is let go of, and nobody waits for its reader."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from typing import Final, TextIO

#: So much a pipe takes whole or not at all where it takes anything (``pipe(7)``).
_AT_ONCE: Final = select.PIPE_BUF


class LogStream:
    """One thread at a time may write to it."""

    #: Seconds for which a reader is waited for, until one was waited for in vain.
    PATIENCE = 1.0

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        #: Lines that nobody has taken since the last one that somebody took.
        self.lost = 0

    def takes(self) -> bool:
        """Whether it takes what is written now; each time that it does not is counted as a line that is lost."""
        file = self._file()
        if file is None or _is_ready(file, 0.0 if self.lost else self.PATIENCE):
            return True
        self.lost += 1
        return False

    def write(self, line: str) -> None:
        """Raises ``OSError`` or ``ValueError`` where it can't be written; cut short where it is not taken whole."""
        file = self._file()
        if file is None:
            print(line, end="", file=self._stream, flush=True)
            return
        self._stream.flush()
        octets = line.encode(self._stream.encoding or "utf-8", "backslashreplace")
        for some in _pieces(octets):
            if not _is_ready(file, self.PATIENCE):
                self.lost += 1
                return
            os.write(file, some)

    def _file(self) -> int | None:
        try:
            return self._stream.fileno()
        except (OSError, ValueError, AttributeError):
            return None


def _pieces(octets: bytes) -> Iterator[bytes]:
    for start in range(0, len(octets), _AT_ONCE):
        yield octets[start : start + _AT_ONCE]


def _is_ready(file: int, within: float) -> bool:
    asked = select.poll()
    asked.register(file, select.POLLOUT)
    # One whose reader has gone answers too: writing says so.
    return bool(asked.poll(within * 1000))
