"""What of mail is kept no longer: the words of letters, whom copies went to, and what came back. Sums stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from solacefeed.deeds.chunks import Chunks
from solacefeed.store import aging, bounces
from solacefeed.store.database import Store

#: Letters, and copies, in the first transaction.
CHUNK = 500


def let_go(store: Store, now: datetime, *, keep_letters: timedelta, keep_copies: timedelta) -> None:
    """Forgets what is due; where nothing is over, nothing is written."""
    chunks = Chunks(CHUNK)
    while _is_any_letter(store, now - keep_letters):
        with chunks.write(store) as connection:
            aging.drop_letters(connection, before=now - keep_letters, limit=chunks.size)
    _clear_copies(store, now - keep_copies)


def let_bounces_go(store: Store, now: datetime, *, keep: timedelta) -> None:
    """Forgets bounces as copies forget whom they went to; a suppression that came of one stays."""
    chunks = Chunks(CHUNK)
    while _is_any_bounce(store, now - keep):
        with chunks.write(store) as connection:
            bounces.drop(connection, before=now - keep, limit=chunks.size)


def _is_any_bounce(store: Store, before: datetime) -> bool:
    with store.read() as connection:
        return bounces.is_any_before(connection, before)


def _is_any_letter(store: Store, before: datetime) -> bool:
    with store.read() as connection:
        return aging.has_old_letter(connection, before=before)


def _clear_copies(store: Store, before: datetime) -> None:
    with store.read() as connection:
        old = aging.old_editions(connection, before=before)
    chunks = Chunks(CHUNK)
    for edition_id in old:
        after: int | None = 0
        while after is not None:
            with chunks.write(store) as connection:
                after = aging.clear_copies(connection, edition_id, after=after, limit=chunks.size)
    if old:
        with store.write() as connection:
            aging.note_cleared(connection, before=before)
