"""The mail of a store that was adopted: seen to before any of it leaves, edition by edition, each once.

Those that were open when the store was copied, and those that are prepared anew since, for their closing passed while
something else may have delivered them. The log beside the store knows what was taken. What it does not know of is
in doubt, unless it goes back beyond the copy: then it has not gone. Of an edition that was prepared anew when it was
too late for it, that goes to nobody any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.delivering.giving_up import give_up_waiting
from solacefeed.digest.periods import is_too_late
from solacefeed.models.deliveries import LONGEST_SENDING
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition
from solacefeed.ports import Clock
from solacefeed.store import doubted_mail, editions
from solacefeed.store.adopted import Adoption, put, read
from solacefeed.store.database import Store
from solacefeed.store.home import HomeFiles
from solacefeed.store.home_log import LogKind

#: After that no edition is prepared any more whose closing was before the adoption.
_OVER = LONGEST_SENDING + timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTo:
    """What became of one edition's copies."""

    edition_id: str
    taken: int
    doubted: int


def in_doubt(connection: sa.Connection, adoption: Adoption) -> list[Edition]:
    """The open editions that are still to be seen to: those that closed before the adoption."""
    found = editions.open_ones(connection)
    return [each for each in found if each.period.ends <= adoption.until and each.id not in adoption.done]


def see_to(
    store: Store,
    home: HomeFiles,
    machines_clock: Clock,
    *,
    repeat_uncertain: bool,
    digests: Callable[[], Iterable[Digest]] = tuple,
) -> list[SeenTo]:
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
        taken = 0
        for at, readers in home.log.taken_at(edition.id).items():
            taken += doubted_mail.copies_taken(store, edition.id, readers, (), at=min(at, now))
        taken += doubted_mail.copies_taken(store, edition.id, (), mails, at=now)
        doubted, late = 0, _is_made_too_late(edition, adoption, digests(), now)
        if not adoption.is_complete:
            again = now if repeat_uncertain and not late else None
            doubted = doubted_mail.doubt_copies(store, edition.id, offer_again_at=again, at=now)
        if late:
            give_up_waiting(store, edition.id, lambda: now)
        adoption = replace(adoption, done=(*adoption.done, edition.id))
        with store.write() as connection:
            put(connection, adoption)
        done.append(SeenTo(edition_id=edition.id, taken=taken, doubted=doubted))
    return done


def _is_made_too_late(edition: Edition, adoption: Adoption, digests: Iterable[Digest], now: datetime) -> bool:
    """Whether it was prepared anew for the sake of those alone who have got it."""
    if edition.id not in adoption.left or edition.prepared_at < adoption.until:
        return False
    lengths = (each.max_late for each in digests if each.key == edition.digest)
    return any(is_too_late(edition.brings_until, now, max_late=each) for each in lengths)
