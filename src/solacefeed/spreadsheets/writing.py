"""CSV that is written (RFC 4180, in UTF-8), safe in a spreadsheet."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO, TypeAlias

from solacefeed.errors import UsageError
from solacefeed.spreadsheets.cells import safe_row

Write: TypeAlias = Callable[[Sequence[str | None]], object]


def rows_to(file: TextIO) -> Write:
    """What writes a row to *file*, its cells safe."""
    writer = csv.writer(file, lineterminator="\r\n")
    return lambda row: writer.writerow(safe_row(row))


@contextmanager
def private_file(path: Path) -> Iterator[Write]:
    """What writes rows to *path*, as ``private_text`` does."""
    with private_text(path) as file:
        yield rows_to(file)


@contextmanager
def private_text(path: Path) -> Iterator[TextIO]:
    """A file that takes the name *path* when it is whole, and that its owner alone may read (0600).

    Raises ``UsageError`` where it can't be written, and for what is there and is no regular file: it would go.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} can't be written: it is no regular file")
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
    try:
        # The mark at its beginning tells Excel that it is UTF-8; JSON has none.
        encoding = "utf-8-sig" if path.suffix == ".csv" else "utf-8"
        with open(handle, "w", encoding=encoding, newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)
