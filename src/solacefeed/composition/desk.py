"""The desk, as a config wants it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.deeds.editions.desk_links import DeskDoor
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.web.desk import Desk
    from solacefeed.web.pages import Pages


def door(base: Base, store: Store) -> DeskDoor | None:
    """What links to the desk are made of; ``None`` where there are no pages of ours."""
    address = base.config.web.base_url
    if address is None:
        return None
    return DeskDoor(base_url=address, keys=base.keys(store), editors=base.config.mail.editors)


def desk(base: Base, store: Store, pages: Pages) -> Desk:
    """The part of our pages at which editors work."""
    from solacefeed.composition.events import Events
    from solacefeed.composition.mail import Mail
    from solacefeed.composition.mail_parts import renderer
    from solacefeed.web.desk import Desk
    from solacefeed.web.limits import Rates

    web = base.config.web
    events = Events(base)
    mail = Mail(base, events)

    def send_test(edition_id: str, address: str) -> int:
        return mail.send_test(store, edition_id, address, None).letter

    return Desk(
        store=store,
        clock=base.clock,
        pages=pages,
        door=DeskDoor(base_url=pages.front.base_url, keys=pages.front.keys, editors=base.config.mail.editors),
        find_digest=base.digest,
        renderer=partial(renderer, base, store),
        events=lambda: events.known(store, pages.front.site.zone),
        refresh=lambda: events.refresh(store),
        send_test=send_test,
        wake=base.process.woken.set,
        allows=Rates(base.process.desk_forms, per_network=web.sign_ups_per_network, in_all=web.sign_ups_in_all).allows,
    )
