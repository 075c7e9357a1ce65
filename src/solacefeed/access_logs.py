"""Web servers' logs as files, packed or not, line by line; a line that is too long is skipped and never held."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from solacefeed.errors import UsageError

#: Octets of a line: servers cut off longer requests.
LONGEST_LINE = 32_768

_GZIP = b"\x1f\x8b"
#: What stands for standard input.
STDIN = "-"


def lines(path: Path) -> Iterator[str | None]:
    """The lines of the log at *path*, or of what comes in where that is ``-``; ``None`` for one that is too long.

    Raises ``UsageError`` where the file can't be read, or can't be read on.
    """
    try:
        with _opened(path) as file:
            yield from _lines_of(file)
    except (OSError, EOFError, zlib.error) as error:
        why = (isinstance(error, OSError) and error.strerror) or "it is packed, and broken or cut off"
        raise UsageError(f"{path} can't be read to its end: {why}; what it said before that is counted") from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with _raw(path) as raw:
        # By its first bytes: a rotated log is packed under any name.
        if raw.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
            with gzip.open(raw, "rb") as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield raw


@contextmanager
def _raw(path: Path) -> Iterator[BufferedReader]:
    if str(path) == STDIN:
        yield cast(BufferedReader, sys.stdin.buffer)
    else:
        with path.open("rb") as file:
            yield file


def _lines_of(file: BinaryIO) -> Iterator[str | None]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE:
            yield line.decode("utf-8", "replace").rstrip("\r\n")
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield None
