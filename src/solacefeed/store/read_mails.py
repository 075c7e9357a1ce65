"""Which mails of a mailbox were read, and what became of them; of their words nothing is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.mailbox import MailOutcome
from solacefeed.store import facts
from solacefeed.store.database import among, insert_new
from solacefeed.store.schema import read_mails


def note(connection: sa.Connection, mark: str, outcome: MailOutcome, *, at: datetime) -> bool:
    """Writes down what becomes of a mail; false where it was read before."""
    row = {"mark": mark, "outcome": outcome.value, "at": at}
    return insert_new(connection, read_mails, row, key=("mark",))


def is_there(connection: sa.Connection, mark: str) -> bool:
    return connection.execute(sa.select(sa.exists().where(read_mails.c.mark == mark))).scalar_one()


def among_these(connection: sa.Connection, marks: Collection[str]) -> set[str]:
    """Those of *marks* that were read before."""
    asked = sa.select(read_mails.c.mark)
    conditions = among(connection, read_mails.c.mark, marks)
    return {mark for some in conditions for mark in connection.execute(asked.where(some)).scalars()}


def count(connection: sa.Connection, outcome: MailOutcome, *, since: datetime) -> int:
    """How many that were read since an instant came to that."""
    which = (read_mails.c.outcome == outcome.value) & (read_mails.c.at >= since)
    return connection.execute(sa.select(sa.func.count()).select_from(read_mails).where(which)).scalar_one()


def state(connection: sa.Connection, mailbox: str) -> str | None:
    """How a mailbox was when it was last read to its end."""
    return facts.read(connection, _fact(mailbox))


def put_state(connection: sa.Connection, mailbox: str, told: str) -> None:
    facts.put(connection, _fact(mailbox), told)


def _fact(mailbox: str) -> str:
    return f"mailbox {mailbox}"


# -- more than one look reads -------------------------------------------------------------------------------

_BEHIND = "mailbox-behind "


def behind(connection: sa.Connection) -> dict[str, datetime]:
    """The mailboxes in which more waits than a look reads, each with since when it does."""
    found = {name: facts.read(connection, name) for name in facts.names(connection, _BEHIND)}
    return {name.removeprefix(_BEHIND): datetime.fromisoformat(since) for name, since in found.items() if since}


def is_behind(connection: sa.Connection, mailbox: str) -> bool:
    return bool(facts.read(connection, _BEHIND + mailbox))


def put_behind(connection: sa.Connection, mailbox: str, since: datetime | None) -> None:
    """Writes down that more waits there since then; ``None``, that it was read to its end."""
    facts.put(connection, _BEHIND + mailbox, since.isoformat() if since else "")
