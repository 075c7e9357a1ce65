"""What mail says of who sends it, once for all mail that says the same; kept for good, for there are few."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields

import sqlalchemy as sa

from solacefeed.models.senders import MailSender
from solacefeed.stable import stable_hash
from solacefeed.store.database import among, insert_missing
from solacefeed.store.schema import editions, senders

_NAMES = frozenset(each.name for each in fields(MailSender))


def find(connection: sa.Connection, sender: MailSender) -> int | None:
    """Its number; ``None`` where it is not kept yet."""
    asked = sa.select(senders.c.id).where(senders.c.made_of == stable_hash(sender))
    return connection.execute(asked).scalar()


def keep(connection: sa.Connection, sender: MailSender) -> int:
    """Its number, under which it is kept from now on, also where another worker keeps the same at this moment."""
    said = {name: value for name, value in asdict(sender).items() if value is not None}
    insert_missing(connection, senders, [{"made_of": stable_hash(sender), "says": said}], key=("made_of",))
    number = find(connection, sender)
    assert number is not None
    return number


def some(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, MailSender]:
    """Those of these numbers; what a newer release has written of one besides says nothing here."""
    queries = [senders.select().where(each) for each in among(connection, senders.c.id, numbers)]
    rows = (row for each in queries for row in connection.execute(each))
    return {row.id: MailSender(**{name: said for name, said in row.says.items() if name in _NAMES}) for row in rows}


# -- of an edition ---------------------------------------------------------------------------------------


def of_edition(connection: sa.Connection, edition_id: str, *, hold: bool = False) -> int | None:
    """The number of what its copies say of who sends them (``models.senders``); ``None`` where that is the config's.

    With *hold* it stays so until the transaction ends.
    """
    asked = sa.select(editions.c.sender_id).where(editions.c.id == edition_id)
    return connection.execute(asked.with_for_update(read=True) if hold else asked).scalar()


def keep_for(connection: sa.Connection, edition_id: str, number: int) -> None:
    """Lets the copies that are taken up from now on say that; the caller holds the edition."""
    connection.execute(editions.update().where(editions.c.id == edition_id).values(sender_id=number))


def forget_of(connection: sa.Connection, edition_id: str) -> None:
    """Lets the copies that go on by the operator's word say what the config says then."""
    connection.execute(editions.update().where(editions.c.id == edition_id).values(sender_id=None))
