"""What is kept of mail that went, when its time is over: letters go whole, copies keep all but whom they went to."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.models.editions import EditionState
from solacefeed.store import facts, mail_states
from solacefeed.store.mail_moves import change
from solacefeed.store.schema import deliveries, editions, outbox

#: Of editions whose copies move no more.
_ENDED = (EditionState.DONE, EditionState.SKIPPED, EditionState.CANCELLED)

#: Editions that closed before that instant have copies without addresses.
_CLEARED = "addresses_of_copies_before"


def drop_letters(connection: sa.Connection, *, before: datetime, limit: int) -> int:
    """Deletes up to *limit* letters that were put there before an instant, and are not to be offered any more."""
    lasts = mail_states.waits(outbox) | mail_states.in_hand(outbox)
    some = sa.select(outbox.c.id).where(outbox.c.created_at < before, ~lasts).limit(limit)
    return connection.execute(outbox.delete().where(outbox.c.id.in_(some))).rowcount


def has_old_letter(connection: sa.Connection, *, before: datetime) -> bool:
    lasts = mail_states.waits(outbox) | mail_states.in_hand(outbox)
    return connection.execute(sa.select(sa.exists().where(outbox.c.created_at < before, ~lasts))).scalar_one()


def old_editions(connection: sa.Connection, *, before: datetime) -> list[str]:
    """Those that closed before an instant, and after what ``note_cleared`` says."""
    told = facts.read(connection, _CLEARED)
    since = datetime.fromisoformat(told) if told else None
    asked = sa.select(editions.c.id).where(editions.c.ends < before, editions.c.state.in_(_ENDED))
    asked = asked if since is None else asked.where(editions.c.ends >= since)
    return list(connection.execute(asked.order_by(editions.c.ends)).scalars())


def is_cleared(connection: sa.Connection, ends: datetime, *, within: timedelta) -> bool:
    """Whether it is kept no more, or not *within* so long, whom copies went to of an edition that closed then."""
    told = facts.read(connection, _CLEARED)
    return told is not None and ends < datetime.fromisoformat(told) + within


def note_cleared(connection: sa.Connection, *, before: datetime) -> None:
    facts.put(connection, _CLEARED, before.isoformat())


def clear_copies(connection: sa.Connection, edition_id: str, *, after: int, limit: int) -> int | None:
    """Takes address, name and answer out of the next *limit* copies; returns the last one's number.

    ``None`` at the end. The number of their reader stays: by it nobody is mailed a post twice.
    """
    its = (deliveries.c.edition_id == edition_id) & (deliveries.c.id > after)
    some = sa.select(deliveries.c.id).where(its).order_by(deliveries.c.id).limit(limit)
    ids = list(connection.execute(some).scalars())
    if ids:
        which = (deliveries.c.edition_id == edition_id) & deliveries.c.id.between(ids[0], ids[-1])
        change(connection, deliveries, which, email="", name=None, answer=None)
    return ids[-1] if ids else None
