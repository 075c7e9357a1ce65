"""Complaints of readers: each is acknowledged at once, and has to be answered within thirty days."""

from __future__ import annotations

from datetime import timedelta

from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.models.people import ReaderComplaint
from solacefeed.ports import Clock
from solacefeed.store.database import Store

#: Data (Use and Access) Act 2025, section 103: a complaint is acknowledged within thirty days; we let none wait longer.
ANSWERED_WITHIN = timedelta(days=30)


def complain(
    store: Store, clock: Clock, settings: PeopleSettings, *, number: int | None, digest: str | None, words: str
) -> int:
    """Keeps a complaint, tells whoever answers it, and the reader that it has come; returns its number.

    Raises ``UsageError`` for one without words, or with too many.
    """
    raise NotImplementedError


def open_complaints(store: Store) -> list[ReaderComplaint]:
    """Those that nobody has answered, the most pressing first."""
    raise NotImplementedError


def answered(store: Store, clock: Clock, complaint_id: int) -> bool:
    """Writes down that it was answered; false where it was before. Raises ``UsageError`` where there is none."""
    raise NotImplementedError
