"""A log beside the store: what must not be forgotten when an older store is brought back.

One line each, fields apart by tabs, only ever added:

    home       instant   id                           since then that store is written of here
    copies     instant   edition   numbers            readers whose copies the relay has taken
    letters    instant   -         numbers            letters of the outbox that it has taken
    mails      instant   -         Message-IDs        mails that it has taken, by its own log
    ended      instant   digest    numbers            readers whose subscriptions ended
    back       instant   digest    numbers            readers who changed one that goes on, or came back
    erased     instant   -         fingerprints       of addresses that were erased

Nobody's address stands in it. What is added is with the kernel at once, so no kill loses it, and on the disk at the end
of each round; a power cut may lose the last seconds.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from solacefeed.errors import StoreError
from solacefeed.store.copying import sync

#: How long is kept what the relay has taken: longer than any copy may go (``models.deliveries.LONGEST_SENDING``).
KEPT = timedelta(days=32)
#: How long it is kept who has left: longer than backups should be.
KEPT_ENDS = timedelta(days=400)
#: Bytes below which nothing is let go.
_SMALL = 1_000_000
#: Values of one line.
_MOST = 500


class LogKind(StrEnum):
    """What a line is about."""

    HOME = "home"
    COPIES = "copies"
    LETTERS = "letters"
    MAILS = "mails"
    ENDED = "ended"
    BACK = "back"
    ERASED = "erased"


_KINDS = {each.value: each for each in LogKind}
_FOR_GOOD = frozenset({LogKind.HOME, LogKind.ERASED})
_LEFT = frozenset({LogKind.ENDED, LogKind.BACK})
#: What goes soonest.
_TAKEN = frozenset({LogKind.COPIES, LogKind.LETTERS, LogKind.MAILS})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    kind: LogKind
    at: datetime
    #: An edition's id, or a digest.
    of: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLog:
    """The file of one; it is made for its owner alone when the first line is added."""

    path: Path

    def add(self, kind: LogKind, values: Iterable[object], *, at: datetime, of: str = "-") -> None:
        """Raises ``StoreError`` where it can't be written."""
        wanted = [str(value) for value in values]
        lines = [
            "\t".join((kind, at.isoformat(), of, *_in_one(wanted[start : start + _MOST])))
            for start in range(0, len(wanted), _MOST)
        ]
        if lines:
            self._append("".join(f"{line}\n" for line in lines).encode())

    def _append(self, content: bytes) -> None:
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                written = os.write(handle, content)
                if written < len(content):
                    # The next line is to begin a line of its own.
                    os.write(handle, b"\n")
                    raise StoreError(f"{self.path} can't be written: the disk is full")
            finally:
                os.close(handle)
        except OSError as error:
            raise StoreError(f"{self.path} can't be written: {error.strerror}") from error

    def settle(self) -> None:
        """What was added is on the disk then."""
        with suppress(FileNotFoundError):
            sync(self.path)

    def lines(self) -> Iterator[LogLine]:
        """All, oldest first; what a cut or a full disk left half is passed over."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    if found := _line(line):
                        yield found
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self.path} can't be read: {error.strerror}") from error

    def editions(self, *, since: datetime) -> list[str]:
        """Those of which copies were taken since an instant."""
        found = {line.of for line in self.lines() if line.kind is LogKind.COPIES and line.at >= since}
        return sorted(found)

    def taken(self, edition_id: str) -> set[int]:
        """The numbers of the readers whose copies of an edition were taken."""
        found = (line for line in self.lines() if line.kind is LogKind.COPIES and line.of == edition_id)
        return {int(value) for line in found for value in line.values if value.isdecimal()}

    def told(self, kind: LogKind, *, since: datetime | None = None) -> set[str]:
        """Those of a kind, of lines since an instant."""
        found = (line for line in self.lines() if line.kind is kind and (since is None or line.at >= since))
        return {value for line in found for value in line.values}

    def who_left(self, *, since: datetime | None) -> list[tuple[str, int]]:
        """Whose subscription of which digest ended after an instant, and was not begun again by the last line."""
        stands: dict[tuple[str, int], bool] = {}
        for line in self.lines():
            if line.kind in _LEFT and (since is None or line.at >= since):
                stands |= {(line.of, int(value)): line.kind is LogKind.ENDED for value in line.values}
        return sorted(each for each, has_ended in stands.items() if has_ended)

    def knows(self, home_id: str) -> bool:
        """Whether all that a store with that id has sent is written down here, since it had that id."""
        return home_id in self.told(LogKind.HOME)

    def let_go(self, now: datetime) -> None:
        """Leaves out what is too old, in a file written anew; for who adds to it alone."""
        try:
            if self.path.stat().st_size < _SMALL:
                return
        except FileNotFoundError:
            return
        first = next((line for line in self.lines() if line.kind in _TAKEN), None)
        # A month's lines go at once, rather than a few at each round.
        if first is None or now - first.at < 2 * KEPT:
            return
        draft = self.path.with_name(f".{self.path.name}.draft")
        other = HomeLog(path=draft)
        with suppress(FileNotFoundError):
            draft.unlink()
        for line in self.lines():
            if _is_kept(line, now):
                other.add(line.kind, line.values, at=line.at, of=line.of)
        try:
            other.settle()
            draft.replace(self.path)
            sync(self.path.parent)
        except OSError as error:
            raise StoreError(f"{self.path} can't be written: {error.strerror}") from error


def _is_kept(line: LogLine, now: datetime) -> bool:
    return line.kind in _FOR_GOOD or now - line.at < (KEPT_ENDS if line.kind in _LEFT else KEPT)


def _in_one(values: Collection[str]) -> tuple[str]:
    return (" ".join(values),)


def _line(words: str) -> LogLine | None:
    fields = words.rstrip("\n").split("\t")
    if not words.endswith("\n") or len(fields) != 4:
        return None
    try:
        return LogLine(
            kind=_KINDS[fields[0]], at=datetime.fromisoformat(fields[1]), of=fields[2], values=tuple(fields[3].split())
        )
    except (KeyError, ValueError):
        return None
