"""A change of address: asked by a fresh link to the old one, done by the new one, and told to the old one."""

from __future__ import annotations

from dataclasses import dataclass

from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.models.people import AddressMove
from solacefeed.ports import Clock
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A change of address that is done."""

    subscriber_id: int
    #: Of the links from now on: those in mails to the old address are void.
    generation: int
    #: ``a…@example.org``: the new one.
    masked: str


def ask_to_move(
    store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int, new_email: str
) -> None:
    """Mails a link to the new address, by which it confirms the change; whatever that address is, the same is said.

    Raises ``Gone``, and ``UsageError`` for what is no address.
    """
    raise NotImplementedError


def look_at_move(store: Store, clock: Clock, move_id: int, generation: int) -> AddressMove | None:
    """What would be confirmed; ``None`` where it can't be any more."""
    raise NotImplementedError


def confirm_move(store: Store, clock: Clock, settings: PeopleSettings, move_id: int, generation: int) -> Moved | None:
    """Moves the subscriber with history and ledger, and tells the old address; again, it says the same.

    ``None`` where it can't be done: the address is somebody's meanwhile, or the links were made void.
    """
    raise NotImplementedError
