"""What the relay has taken, into the log beside the store: by it a store that is brought back knows of it."""

from __future__ import annotations

from collections.abc import Sequence

from solacefeed.deeds.delivering.handover import InHand
from solacefeed.ports import Clock
from solacefeed.store.home_log import HomeLog, LogKind


def note_taken(log: HomeLog, clock: Clock, mails: Sequence[InHand]) -> None:
    """Adds one line for each edition, and one for letters."""
    by_edition: dict[str | None, list[int]] = {}
    for mail in mails:
        edition, number = mail.whose
        by_edition.setdefault(edition, []).append(number)
    for edition, numbers in by_edition.items():
        if edition is None:
            log.add(LogKind.LETTERS, numbers, at=clock())
        else:
            log.add(LogKind.COPIES, numbers, at=clock(), of=edition)
