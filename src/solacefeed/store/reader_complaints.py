"""Complaints of readers, each with the day by which it has to be answered."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.people import ReaderComplaint
from solacefeed.store.deliveries import LARGEST_NUMBER
from solacefeed.store.schema import reader_complaints

_OPEN = reader_complaints.c.answered_at.is_(None)


def add(
    connection: sa.Connection, *, subscriber_id: int | None, digest: str | None, words: str, at: datetime, due: datetime
) -> int:
    row = {"subscriber_id": subscriber_id, "digest": digest, "words": words, "at": at, "due": due}
    new = reader_complaints.insert().values(**row).returning(reader_complaints.c.id)
    return int(connection.execute(new).scalar_one())


def answer(connection: sa.Connection, number: int, *, at: datetime) -> bool:
    """It is answered; false where it was before, or is not there."""
    this = (reader_complaints.c.id == number) & _OPEN
    return connection.execute(reader_complaints.update().where(this).values(answered_at=at)).rowcount == 1


def find(connection: sa.Connection, number: int) -> ReaderComplaint | None:
    if not 0 < number <= LARGEST_NUMBER:
        return None
    row = connection.execute(reader_complaints.select().where(reader_complaints.c.id == number)).one_or_none()
    return ReaderComplaint(**row._mapping) if row else None


def open_ones(connection: sa.Connection) -> list[ReaderComplaint]:
    """Those that nobody has answered, by the day on which they are due."""
    asked = reader_complaints.select().where(_OPEN).order_by(reader_complaints.c.due, reader_complaints.c.id)
    return [ReaderComplaint(**row._mapping) for row in connection.execute(asked)]


def listing(connection: sa.Connection, *, limit: int) -> list[ReaderComplaint]:
    """The newest *limit*, newest first."""
    asked = reader_complaints.select().order_by(reader_complaints.c.id.desc()).limit(limit)
    return [ReaderComplaint(**row._mapping) for row in connection.execute(asked)]


def count_by(connection: sa.Connection, subscriber_id: int, *, after: datetime) -> int:
    """How many somebody has made since an instant."""
    theirs = (reader_complaints.c.subscriber_id == subscriber_id) & (reader_complaints.c.at > after)
    return connection.execute(sa.select(sa.func.count()).select_from(reader_complaints).where(theirs)).scalar_one()
