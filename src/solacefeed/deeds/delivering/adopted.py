"""The mail of a store that was adopted: seen to before any of it leaves, edition by edition, each once.

Those that were open when the store was copied, and those that are prepared anew since, for their closing passed while
something else may have delivered them. The log beside the store knows what was taken. What it does not know of is
in doubt, unless it goes back beyond the copy: then it has not gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.clock import SharedClock
from solacefeed.models.deliveries import LONGEST_SENDING
from solacefeed.models.editions import Edition
from solacefeed.ports import Clock
from solacefeed.store import doubted_mail, editions, facts
from solacefeed.store.database import Store
from solacefeed.store.home import HomeFiles
from solacefeed.store.home_log import LogKind

#: After that no edition is prepared any more whose closing was before the adoption.
_OVER = LONGEST_SENDING + timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What is known of the span between a copy of a store and its adoption."""

    #: When the copy last looked for mail; ``None`` where it never did.
    since: datetime | None
    #: When it was adopted: what closed later is not in doubt.
    until: datetime
    #: Whether the log has all that was taken since.
    is_complete: bool
    #: Editions that were seen to.
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTo:
    """What became of one edition's copies."""

    edition_id: str
    taken: int
    doubted: int


def read(connection: sa.Connection) -> Adoption | None:
    said = facts.read(connection, facts.ADOPTION)
    return _adoption(json.loads(said)) if said else None


def put(connection: sa.Connection, adoption: Adoption | None) -> None:
    facts.put(connection, facts.ADOPTION, json.dumps(asdict(adoption), default=_instant) if adoption else "")


def _instant(value: datetime) -> str:
    return value.isoformat()


def _adoption(said: Mapping[str, object]) -> Adoption:
    since, done = said["since"], said["done"]
    return Adoption(
        since=datetime.fromisoformat(str(since)) if since else None,
        until=datetime.fromisoformat(str(said["until"])),
        is_complete=bool(said["is_complete"]),
        done=tuple(map(str, done)) if isinstance(done, list) else (),
    )


def in_doubt(connection: sa.Connection, adoption: Adoption) -> list[Edition]:
    """The open editions that are still to be seen to: those that closed before the adoption."""
    found = editions.open_ones(connection)
    return [each for each in found if each.period.ends <= adoption.until and each.id not in adoption.done]


def see_to(store: Store, home: HomeFiles, machines_clock: Clock, *, repeat_uncertain: bool) -> list[SeenTo]:
    """Sees to what is in doubt, for whoever delivers; asks one fact where nothing is.

    A kill leaves the rest to the next one.
    """
    with store.read() as connection:
        adoption = read(connection)
        found = in_doubt(connection, adoption) if adoption else []
    if adoption is None:
        return []
    now = SharedClock(store, machines_clock)()
    if now - adoption.until > _OVER:
        with store.write() as connection:
            put(connection, None)
        return []
    done = []
    mails = home.log.told(LogKind.MAILS) if found else set()
    for edition in found:
        taken = doubted_mail.copies_taken(store, edition.id, home.log.taken(edition.id), mails, at=now)
        doubted = 0
        if not adoption.is_complete:
            again = now if repeat_uncertain else None
            doubted = doubted_mail.doubt_copies(store, edition.id, offer_again_at=again, at=now)
        adoption = replace(adoption, done=(*adoption.done, edition.id))
        with store.write() as connection:
            put(connection, adoption)
        done.append(SeenTo(edition_id=edition.id, taken=taken, doubted=doubted))
    return done
