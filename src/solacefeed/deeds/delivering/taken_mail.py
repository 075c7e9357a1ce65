"""What the relay has taken, into the journal beside the store: by it a store that is brought back knows of it."""

from __future__ import annotations

from collections.abc import Sequence

from solacefeed.deeds.delivering.handover import InHand
from solacefeed.ports import Clock
from solacefeed.store.journal import Journal, Kept


def note_taken(journal: Journal, clock: Clock, mails: Sequence[InHand]) -> None:
    """Adds one line for each edition, and one for letters."""
    by_edition: dict[str | None, list[int]] = {}
    for mail in mails:
        edition, number = mail.whose
        by_edition.setdefault(edition, []).append(number)
    for edition, numbers in by_edition.items():
        if edition is None:
            journal.add(Kept.LETTERS, numbers, at=clock())
        else:
            journal.add(Kept.COPIES, numbers, at=clock(), of=edition)
