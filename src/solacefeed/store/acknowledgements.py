"""The troubles that the operator has said to know of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store.schema import acknowledgements


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What the operator knows of one trouble."""

    key: str
    #: On which occasion.
    cause: str
    #: How large it was.
    size: int
    at: datetime


def everything(connection: sa.Connection) -> dict[str, Acknowledgement]:
    """What the operator knows of, by key."""
    return {row.key: Acknowledgement(**row._mapping) for row in connection.execute(acknowledgements.select())}


def replace(connection: sa.Connection, known: Iterable[Acknowledgement]) -> None:
    """Takes *known* for all that the operator knows of."""
    connection.execute(acknowledgements.delete())
    rows = [{"key": each.key, "cause": each.cause, "size": each.size, "at": each.at} for each in known]
    if rows:
        connection.execute(acknowledgements.insert(), rows)
