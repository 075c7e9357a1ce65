"""The deeds of mail, as a config wants them; what makes mail is loaded when there is mail to make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.deeds.delivering.deliver import deliver
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.editions.prepare import PrepareResult, prepare
from solacefeed.deeds.editions.steps import EditionSettings
from solacefeed.deeds.mailing import MailSettings
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.ports import Transport
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.editions.preview import Preview, Viewer
    from solacefeed.deeds.editions.renderer import Renderer


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
        return prepare(store, self._base.clock, self._settings(), self._edition_settings(store))

    def _edition_settings(self, store: Store) -> EditionSettings:
        """What editions are made with; what renders them is loaded when one is made."""

        def of_digest(digest: Digest) -> Renderer:
            from solacefeed.composition.mail_parts import renderer

            return renderer(self._base, store, digest)

        def name_copy(edition: str, subscriber: int) -> str:
            from solacefeed.digest.messages import message_id

            return message_id(edition, subscriber, self._base.config.mail.sender)

        return EditionSettings(
            digests=self._base.digests() if self._base.config.digests else (),
            zone=self._base.site(store).zone,
            renderer=of_digest,
            name_copy=name_copy,
        )

    def deliver(
        self, store: Store, on_copy: Callable[[], None] = _ignore, stop: Callable[[], bool] = _never
    ) -> DeliverResult:
        """*on_copy* is told of each copy; when *stop* says so, the round ends after the copy in hand."""

        def do_round(store: Store, digests: Sequence[Digest]) -> DeliverResult:
            from solacefeed.composition.mail_parts import composer, letter_composer, only_to, renderer
            from solacefeed.deeds.delivering.round import DeliverySettings, deliver_round

            settings = DeliverySettings(
                digests=digests,
                renderer=lambda digest: renderer(self._base, store, digest),
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

    def preview(
        self,
        store: Store,
        digest: str | None,
        viewer: Viewer,
        *,
        upcoming: bool,
        cadence: CadenceKind | None = None,
    ) -> Preview:
        """Raises ``UsageError`` for a digest, a cadence, a category or a reader that there is not."""
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.preview import preview
        from solacefeed.deeds.people.choose import offered

        found = self._base.digest(digest)
        wanted = found.cadence(offered(found, cadence)) if cadence else None
        made_with = renderer(self._base, store, found)
        return preview(store, made_with, self._base.clock(), viewer, upcoming=upcoming, cadence=wanted)

    def preview_edition(self, store: Store, edition_id: str, viewer: Viewer) -> Preview:
        """An edition as it stands; raises ``UsageError`` where there is none, or for a reader who does not get it."""
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.preview import preview_edition

        made_with = renderer(self._base, store, self._base.digest(edition_id.partition("/")[0]))
        return preview_edition(store, made_with, edition_id, self._base.clock(), viewer)

    def transport(self) -> Transport:
        from solacefeed.composition.mail_parts import transport

        return transport(self._base.config)

    def _settings(self) -> MailSettings:
        base = self._base
        return MailSettings(
            audience=base.audience, digests=base.digests, refresh=self._events.refresh, rehearsed=base.rehearsed
        )
