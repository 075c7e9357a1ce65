"""The deeds of events, as a config wants them."""

from __future__ import annotations

from datetime import tzinfo

from solacefeed.composition.base import Base
from solacefeed.deeds.events.refresh import refresh_beside
from solacefeed.models.sightings import KnownEvent
from solacefeed.store.database import Store


class Events:
    def __init__(self, base: Base) -> None:
        self._base = base

    def known(self, store: Store, zone: tzinfo) -> tuple[KnownEvent, ...]:
        from solacefeed.deeds.events.known_events import known_events

        base = self._base
        with store.read() as connection:
            return known_events(connection, base.configured_events, base.clock(), zone)

    def refresh(self, store: Store) -> tuple[str, ...]:
        """Brings the store's events up to date; returns what did not work."""
        base = self._base
        return refresh_beside(
            store,
            base.clock,
            base.configured_events,
            lambda store: base.site(store).zone,
            language=base.config.site.language,
        )
