"""What can't be read, kept, understood or shown, each with its reason; all else goes on.

A post that the poll sets aside stands under the blog's number, or its guid or address; all else under its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from solacefeed.models.blog import Stamp
from solacefeed.store.database import among, upsert
from solacefeed.store.schema import quarantine


class Kind(StrEnum):
    """What stands in quarantine besides the posts of a poll; its value is the first word of the key."""

    #: A post that can't stand in a feed, by our id.
    ENTRY = "entry"
    #: A post that can't be read anew by today's rules, by our id; it stays as it was read.
    READING = "reading"
    #: What somebody tells of an event, by who tells it.
    TELLING = "telling"
    #: An event that can't be shown, by its id.
    EVENT = "event"
    #: By the blog's number.
    CATEGORY = "category"

    def key(self, name: str) -> str:
        """Short enough for any index."""
        return f"{self} {name}"[:MOST_OF_A_KEY]


#: Letters of what is set aside by which it is called.
MOST_OF_A_KEY: Final = 600
#: So long after it was tried in vain a post is tried once more, also where the blog has not changed it.
TRIED_AGAIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One that is set aside."""

    key: str
    reason: str
    found_at: datetime

    @property
    def kind(self) -> Kind | None:
        """``None`` for a post that a poll could not read or keep."""
        return next((kind for kind in Kind if self.key.startswith(f"{kind} ")), None)


def set_aside(
    connection: sa.Connection, reasons: Mapping[str, str], *, at: datetime, marks: Mapping[str, Stamp] = {}
) -> None:
    """Notes these, by key; *marks* are what the blog showed of posts of which nothing else is known."""
    rows = [
        {"key": key, "reason": reasons[key], "found_at": at, "mark": _plain(marks[key]) if key in marks else None}
        for key in sorted(reasons)
    ]
    upsert(connection, quarantine, rows, key=("key",))


def stamps(connection: sa.Connection, now: datetime) -> dict[str, Stamp]:
    """The stamps of posts that were tried within a day, by the blog's numbers: as long as they stand, so do those."""
    rows = connection.execute(quarantine.select().where(quarantine.c.mark.is_not(None)))
    # A clock that was set back must not leave one alone for years.
    return {row.key: _stamp(row.mark) for row in rows if now - TRIED_AGAIN < row.found_at <= now}


def due(connection: sa.Connection, now: datetime, *, every: bool) -> frozenset[str]:
    """What those posts are called that were last tried a day ago, or *every* one."""
    found = (each for each in everything(connection) if each.kind is None)
    return frozenset(each.key for each in found if every or not now - TRIED_AGAIN < each.found_at <= now)


def tried(connection: sa.Connection, keys: Iterable[str], *, at: datetime) -> None:
    for some in among(connection, quarantine.c.key, keys):
        connection.execute(quarantine.update().where(some).values(found_at=at))


def forget_marks(connection: sa.Connection) -> None:
    """All posts are tried again, whether the blog has changed them or not."""
    connection.execute(quarantine.update().values(mark=None))


def _plain(stamp: Stamp) -> list[Any]:
    return [stamp.modified.isoformat(), stamp.url, stamp.author_id, list(stamp.category_numbers or ())]


def _stamp(mark: list[Any]) -> Stamp:
    modified, url, author_id, numbers = mark
    return Stamp(
        modified=datetime.fromisoformat(modified), url=url, author_id=author_id, category_numbers=tuple(numbers)
    )


def take_back(connection: sa.Connection, keys: Iterable[str]) -> None:
    """Forgets what could not be read or kept, for now it can."""
    for some in among(connection, quarantine.c.key, keys):
        connection.execute(quarantine.delete().where(some))


def settle(connection: sa.Connection, kind: Kind, reasons: Mapping[str, str], *, at: datetime) -> None:
    """Makes those of *kind* just these, by name; what is known already stays as it was found."""
    wanted, known = _keyed(kind, reasons), _of(connection, kind)
    take_back(connection, known.keys() - wanted.keys())
    set_aside(connection, {key: why for key, why in wanted.items() if known.get(key) != why}, at=at)


def are_settled(connection: sa.Connection, kind: Kind, reasons: Mapping[str, str]) -> bool:
    """Whether ``settle`` would change nothing."""
    return _keyed(kind, reasons) == _of(connection, kind)


def _keyed(kind: Kind, reasons: Mapping[str, str]) -> dict[str, str]:
    return {kind.key(name): reason for name, reason in reasons.items()}


def _of(connection: sa.Connection, kind: Kind) -> dict[str, str]:
    return {each.key: each.reason for each in everything(connection) if each.kind is kind}


def everything(connection: sa.Connection) -> list[Quarantined]:
    rows = connection.execute(quarantine.select().order_by(quarantine.c.found_at, quarantine.c.key))
    return [Quarantined(key=row.key, reason=row.reason, found_at=row.found_at) for row in rows]
