"""What is kept of people, shown and forgotten, as a config wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.deeds.execution import beside
from solacefeed.errors import Busy
from solacefeed.models.people import Actor
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.people.erasing import Erased, Erasing


class Privacy:
    def __init__(self, base: Base) -> None:
        self._base = base

    # -- erasing ---------------------------------------------------------------------------------

    def erase(self, store: Store, email: str, *, by: Actor) -> Erased:
        """Erases an address and all who are marked, and writes the store's file anew at once.

        While copies are being handed over, a subscriber is marked, and gets no more mail. Raises ``Busy`` then for an
        address that is no subscriber's.
        """
        from dataclasses import replace

        from solacefeed.deeds.people.erasing import ask, erase_address, erase_waiting, rewrite
        from solacefeed.store import subscribers

        with store.read() as connection:
            known = subscribers.find(connection, email)
        if known is None:
            done = erase_address(store, self._base.clock, self._erasing(), email)
        else:
            ask(store, self._base.clock, known.id, by=by)
            done = erase_waiting(store, self._base.clock, self._erasing())
        if not done.owed:
            return done
        try:
            rewrite(store)
        except Busy:
            return done
        return replace(done, owed=False)

    def look(self, store: Store) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a look at the mail does besides: what was done, a line each, and what did not work."""
        done: list[str] = []
        trouble = beside(store, self._base.clock, "privacy", lambda: done.extend(self._look(store)))
        return tuple(done), (trouble,) if trouble else ()

    def _look(self, store: Store) -> list[str]:
        from solacefeed.deeds.people.erasing import erase_waiting, rewrite, rewrite_is_due

        found = erase_waiting(store, self._base.clock, self._erasing())
        if rewrite_is_due(store, self._base.clock(), self._base.site(store).zone):
            rewrite(store)
        return [found.line()] if found.people else []

    def _erasing(self) -> Erasing:
        from solacefeed.deeds.people.erasing import Erasing

        return Erasing(key=self._base.fingerprints, rehearsals=self._base.config.mail.dir)
