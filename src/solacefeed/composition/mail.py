"""The deeds of mail, as a config wants them; what makes mail is loaded when there is mail to make."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.deeds.delivering.deliver import deliver
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.editions.prepare import PrepareResult, prepare
from solacefeed.deeds.mailing import MailSettings
from solacefeed.models.digests import Digest
from solacefeed.ports import Transport
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.editions.preview import Preview, Viewer


def _ignore() -> None:
    """Nobody watches."""


def _never() -> bool:
    """Nobody stops it."""
    return False


class Mail:
    def __init__(self, base: Base, events: Events) -> None:
        self._base = base
        self._events = events

    def prepare(self, store: Store) -> PrepareResult:
        zone = self._base.site(store).zone
        return prepare(store, self._base.clock, self._settings(), zone, self._freeze)

    def _freeze(self, store: Store, digest: Digest) -> PrepareResult:
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.freeze import freeze
        from solacefeed.digest.messages import message_id

        name_copy = partial(message_id, sender=self._base.config.mail.sender)
        return freeze(store, self._base.clock, renderer(self._base, store, digest), name_copy=name_copy)

    def deliver(
        self, store: Store, on_copy: Callable[[], None] = _ignore, stop: Callable[[], bool] = _never
    ) -> DeliverResult:
        """*on_copy* is told of each copy; when *stop* says so, the round ends after the copy in hand."""

        def do_round(store: Store, digest: Digest) -> DeliverResult:
            from solacefeed.composition.mail_parts import composer, letter_composer, only_to, renderer
            from solacefeed.deeds.delivering.round import DeliverySettings, deliver_round

            settings = DeliverySettings(
                renderer=renderer(self._base, store, digest),
                compose=composer(self._base, store),
                compose_letter=letter_composer(self._base.config),
                only_to=only_to(self._base.config),
                repeat_uncertain=self._repeat_uncertain,
                on_copy=on_copy,
                stop=stop,
            )
            return deliver_round(store, self.transport(), self._base.clock, settings)

        return deliver(store, self._base.clock, self._settings(), do_round, repeat_uncertain=self._repeat_uncertain)

    @property
    def _repeat_uncertain(self) -> bool:
        return self._base.config.mail.on_uncertain == "retry"

    def preview(self, store: Store, digest: str | None, viewer: Viewer, *, upcoming: bool) -> Preview:
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.preview import preview

        made_with = renderer(self._base, store, self._base.digest(digest))
        return preview(store, made_with, self._base.clock(), viewer, upcoming=upcoming)

    def transport(self) -> Transport:
        from solacefeed.composition.mail_parts import transport

        return transport(self._base.config)

    def _settings(self) -> MailSettings:
        base = self._base
        return MailSettings(
            audience=base.audience, digest=base.digest, refresh=self._events.refresh, rehearsed=base.rehearsed
        )
