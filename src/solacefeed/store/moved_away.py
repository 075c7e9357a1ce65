"""Whether a store was moved into another database: it stays as it was, and nothing is written into it any more.

Else what people ask on forms, or a deed of cron that has the old address still, would stand where nobody looks. Whoever
takes it as the one that sends again (``home.settle``) takes that back.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from solacefeed.errors import NotAtHome
from solacefeed.store import facts
from solacefeed.store.database import Store
from solacefeed.store.schema import reader_salts


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedAway:
    #: Where it is now, without its password.
    to: str
    #: Of the move.
    token: str

    @property
    def why(self) -> str:
        return f"the store was moved to {self.to}: let [store] url name that"


def moved_away(connection: sa.Connection) -> MovedAway | None:
    told = facts.read(connection, facts.MOVED)
    return MovedAway(**json.loads(told)) if told else None


def move_away(store: Store, moved: MovedAway) -> None:
    """With it goes what no copy keeps either (``copying``): the salts of readers that are counted today."""
    with store.write() as connection:
        facts.put(connection, facts.MOVED, json.dumps(asdict(moved)))
        connection.execute(reader_salts.delete())


def take_back(connection: sa.Connection) -> None:
    if facts.read(connection, facts.MOVED):
        facts.put(connection, facts.MOVED, "")


def must_be_here(store: Store) -> None:
    """Raises ``NotAtHome`` for a store that was moved."""
    with store.read() as connection:
        moved = moved_away(connection)
    if moved is not None:
        raise NotAtHome(f"{moved.why}; `solacefeed adopt` takes this one as your own again")
