"""answer: decides of what was asked on forms, and puts one letter into the outbox for each, or none."""

from __future__ import annotations

from dataclasses import dataclass

from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.ports import Clock
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of what was asked."""

    #: Letters put into the outbox.
    letters: int = 0
    #: Answered by nothing, each with its reason in its row.
    dropped: int = 0
    #: Whose time was over.
    expired: int = 0


def is_due(store: Store) -> bool:
    """Whether something waits to be answered: one look by an index."""
    raise NotImplementedError


def answer(store: Store, clock: Clock, settings: PeopleSettings) -> Answered:
    """Answers all that waits; each decision and its letter are one transaction."""
    raise NotImplementedError
