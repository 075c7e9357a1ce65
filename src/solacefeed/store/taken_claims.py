"""By which claims the relay has taken mail, as lines of the log beside the store tell it (``home_log``).

Behind the numbers of a line stand the claims of that mail, each as its own number and the claim's with a dot between,
and last of all who had it in hand, after an ``@``: what a power cut has left of a line tells no claim. Lines of earlier
releases have numbers alone. A worker's name is nobody else's, and no claim of a mail has the number of another, so no
line is about a later attempt, nor about a row that has that number since.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.database import among
from solacefeed.store.home_log import TAKEN, HomeLog, LogKind, LogLine, line_of
from solacefeed.store.mail_states import has_lost_lease
from solacefeed.store.schema import Instant, deliveries, outbox

#: Bytes that are read at once, and of the end of a log at most.
_BLOCK, _MOST = 65_536, 16_777_216
#: By so much the clock that wrote a line may lie behind the one of the marks.
_SLACK = timedelta(hours=1)


#: By which of the newest it is seen whether the store knows them: commits are lost from the last one on.
_FEW = 200
_TABLES = {LogKind.COPIES: deliveries, LogKind.LETTERS: outbox}


class TakenClaim(NamedTuple):
    """One mail that a worker had in hand."""

    kind: LogKind
    worker: str
    id: int
    claim: int


class Left(NamedTuple):
    """What dead workers left of which nobody knows how it came out, and since when it had its marks."""

    claims: frozenset[TakenClaim]
    since: datetime


def written(numbers: Iterable[int], claims: Iterable[tuple[int, int]], worker: str) -> list[str]:
    """The values of one line: *numbers* as earlier releases read them, and claims by mail's own number."""
    return [*map(str, numbers), *(f"{number}.{claim}" for number, claim in claims), f"@{_one_word(worker)}"]


def _one_word(worker: str) -> str:
    """A machine may be called anything."""
    return "".join(worker.split())


def _of_line(line: LogLine) -> Iterator[tuple[LogKind, str, str]]:
    if line.kind in TAKEN and line.values and (worker := line.values[-1]).startswith("@"):
        yield from ((line.kind, worker, value) for value in line.values[:-1])


def left_handing(
    connection: sa.Connection, table: sa.Table, kind: LogKind, *, at: datetime, worker: str
) -> Left | None:
    """What has its mark and lost its lease (``mail_states.has_lost_lease``); ``None`` where there is none."""
    lost = has_lost_lease(connection.dialect.name, table, at=sa.literal(at, Instant), worker=worker)
    asked = sa.select(table.c.worker, table.c.id, table.c.claims, table.c.changed_at)
    rows = connection.execute(asked.where(lost, table.c.state == DeliveryState.HANDING)).all()
    if not rows:
        return None
    claims = frozenset(TakenClaim(kind, row.worker or "", row.id, row.claims) for row in rows)
    return Left(claims, min(row.changed_at for row in rows))


def held_at_once(connection: sa.Connection, table: sa.Table, numbers: Iterable[int]) -> set[int]:
    """Keeps others from changing that mail until the transaction ends; those that nobody else had at this moment."""
    asked = sa.select(table.c.id).order_by(table.c.id).with_for_update(skip_locked=True)
    return {
        number
        for some in among(connection, table.c.id, sorted(numbers))
        for number in connection.execute(asked.where(some)).scalars()
    }


def found(log: HomeLog, wanted: Collection[TakenClaim], *, since: datetime) -> set[TakenClaim]:
    """Those of *wanted* that the log tells of; it is read from its end, as far as it has lines from *since* on.

    Raises ``StoreError`` where it can't be read; where there is none it tells of nothing.
    """
    spelt = {(each.kind, f"@{_one_word(each.worker)}", f"{each.id}.{each.claim}"): each for each in wanted}
    known: set[TakenClaim] = set()
    try:
        for line in _newest_first(log.path):
            if line.kind in TAKEN and line.at < since - _SLACK:
                break
            known |= {spelt[each] for each in _of_line(line) if each in spelt}
            if len(known) == len(spelt):
                break
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreError(f"{log.path} can't be read: {error.strerror}") from error
    return known


def newest(log: HomeLog, *, since: datetime) -> list[TakenClaim]:
    """The last few that the log tells of, from *since* on; none where it can't be read."""
    found: list[TakenClaim] = []
    try:
        for line in _newest_first(log.path):
            if len(found) >= _FEW or line.at < since:
                break
            for kind, worker, value in _of_line(line):
                number, _, claim = value.partition(".")
                if claim.isdecimal() and number.isdecimal():
                    found.append(TakenClaim(kind, worker, int(number), int(claim)))
    except OSError:
        return []
    return found


def are_forgotten(connection: sa.Connection, taken: Collection[TakenClaim]) -> bool:
    """Whether the store has never heard of the marks of some: before a mail is taken its claim and mark are on disk."""
    for kind, table in _TABLES.items():
        of_kind = {each.id: each for each in reversed(list(taken)) if each.kind is kind}
        asked = sa.select(table.c.id, table.c.claims, table.c.state, table.c.worker)
        for some in among(connection, table.c.id, sorted(of_kind)):
            if any(_is_forgotten(row, of_kind[row.id]) for row in connection.execute(asked.where(some)).all()):
                return True
    return False


def _is_forgotten(row: Any, taken: TakenClaim) -> bool:
    is_claimed_so = row.claims == taken.claim and f"@{_one_word(row.worker or '')}" == taken.worker
    return row.claims < taken.claim or (is_claimed_so and row.state == DeliveryState.CLAIMED)


def _newest_first(path: Path) -> Iterator[LogLine]:
    """The lines that are whole."""
    with path.open("rb") as file:
        start = file.seek(0, os.SEEK_END)
        # What stands behind the last end of a line is none.
        first, is_end, least = b"", True, max(0, start - _MOST)
        while start > least:
            size = min(_BLOCK, start - least)
            start -= size
            file.seek(start)
            first, *pieces = (file.read(size) + first).split(b"\n")
            if is_end:
                is_end, pieces = not pieces, pieces[:-1]
                first = b"" if is_end else first
            yield from _read(reversed(pieces))
        if start == 0:
            yield from _read([first])


def _read(pieces: Iterable[bytes]) -> Iterator[LogLine]:
    lines = (line_of(piece.decode("utf-8", "replace") + "\n") for piece in pieces)
    return (line for line in lines if line)
