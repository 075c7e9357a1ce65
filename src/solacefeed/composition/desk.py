"""The desk, as a config wants it."""

from __future__ import annotations

from solacefeed.composition.base import Base
from solacefeed.deeds.editions.desk_links import DeskDoor
from solacefeed.store.database import Store


def door(base: Base, store: Store) -> DeskDoor | None:
    """What links to the desk are made of; ``None`` where there are no pages of ours."""
    address = base.config.web.base_url
    if address is None:
        return None
    return DeskDoor(base_url=address, keys=base.keys(store), editors=base.config.mail.editors)
