"""People who subscribe, choose and leave by themselves, as a config wants it."""

from __future__ import annotations

from collections.abc import Callable

from solacefeed.composition.base import Base
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.store.database import Store


class People:
    def __init__(self, base: Base) -> None:
        self._base = base

    def settings(self, store: Store, wake: Callable[[], None] | None = None) -> PeopleSettings | None:
        """``None`` where the config has no pages, or no digests: then nobody can ask for any."""
        raise NotImplementedError
