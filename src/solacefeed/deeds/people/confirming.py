"""A sign-up is confirmed by a POST of whoever reads its letter: then, and only then, a subscription begins."""

from __future__ import annotations

from dataclasses import dataclass

from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.models.sign_ups import SignUp
from solacefeed.ports import Clock
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What a confirmation has begun."""

    subscriber_id: int
    #: For their links.
    generation: int
    #: The keys of those that were asked for and stand now.
    digests: tuple[str, ...]
    #: Whether this POST has begun one of them; a second one has not.
    new: bool


def look_at(store: Store, clock: Clock, sign_up_id: int, nonce: str, settings: PeopleSettings) -> SignUp | None:
    """What would be confirmed, its wishes as they can be had now; ``None`` where it is over, unknown or can't be had.

    One that was confirmed before is shown too (``SignUp.state``).
    """
    raise NotImplementedError


def confirm(store: Store, clock: Clock, sign_up_id: int, nonce: str, settings: PeopleSettings) -> Confirmed | None:
    """Begins what was asked for; again, it begins nothing and says the same. ``None`` as ``look_at``."""
    raise NotImplementedError
