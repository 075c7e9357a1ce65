"""What mail says of who sends it, once for all mail that says the same; kept for good, for there are few."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields

import sqlalchemy as sa

from solacefeed.models.senders import MailSender
from solacefeed.stable import stable_hash
from solacefeed.store.database import insert_missing
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import editions, senders

_NAMES = frozenset(each.name for each in fields(MailSender))

# Asked by each round: built once.
_ALL = senders.select()
_NUMBER = sa.select(senders.c.id).where(senders.c.made_of == sa.bindparam("hash"))
_OF_EDITION = sa.select(editions.c.sender_id).where(editions.c.id == sa.bindparam("of_edition"))
_HELD = _OF_EDITION.with_for_update(read=True)
_KEEP_FOR = editions.update().where(editions.c.id == sa.bindparam("of_edition"))


def find(connection: sa.Connection, sender: MailSender) -> int | None:
    """Its number; ``None`` where it is not kept yet."""
    return connection.execute(_NUMBER, {"hash": stable_hash(sender)}).scalar()


def keep(connection: sa.Connection, sender: MailSender) -> int:
    """Its number, under which it is kept from now on, also where another worker keeps the same at this moment."""
    said = {name: value for name, value in asdict(sender).items() if value is not None}
    insert_missing(connection, senders, [{"made_of": stable_hash(sender), "says": said}], key=("made_of",))
    number = find(connection, sender)
    assert number is not None
    return number


def some(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, MailSender]:
    """Those of these numbers; what a newer release has written of one besides says nothing here."""
    rows = rows_among(connection, _ALL, senders.c.id, numbers)
    return {row.id: MailSender(**{name: said for name, said in row.says.items() if name in _NAMES}) for row in rows}


# -- of an edition ---------------------------------------------------------------------------------------


def of_edition(connection: sa.Connection, edition_id: str) -> int | None:
    """The number of what its copies say of who sends them (``models.senders``); ``None`` where that is the config's."""
    return connection.execute(sa.select(editions.c.sender_id).where(editions.c.id == edition_id)).scalar()


def hold_of_edition(connection: sa.Connection, edition_id: str) -> int | None:
    """The same, and nobody lets it be another until the transaction ends; several may hold it so at once."""
    return connection.execute(_HELD, {"of_edition": edition_id}).scalar()


def keep_for(connection: sa.Connection, edition_id: str, number: int) -> None:
    """Lets the copies that are taken up from now on say that."""
    connection.execute(_KEEP_FOR, {"of_edition": edition_id, "sender_id": number})


def forget_of(connection: sa.Connection, edition_id: str) -> None:
    """Lets the copies that go on by the operator's word say what the config says then."""
    connection.execute(editions.update().where(editions.c.id == edition_id).values(sender_id=None))
