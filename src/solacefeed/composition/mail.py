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
from solacefeed.words import interface

if TYPE_CHECKING:
    from solacefeed.deeds.editions.preview import Preview, Viewer
    from solacefeed.digest.drafts import DraftedEdition
    from solacefeed.digest.rendering import Rendered
    from solacefeed.models.letters import LetterWords
    from solacefeed.store.outbox import NameLetter


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

    # -- the outbox ------------------------------------------------------------------------------

    def put_draft(self, store: Store, draft: DraftedEdition) -> int:
        """For each editor of the config to whom it is news; returns for how many."""
        from solacefeed.deeds.editions.editors import send_draft

        editors, environment = self._base.config.mail.editors, self._base.environment
        at = self._base.clock()
        return send_draft(store, draft, editors, at=at, name=self._name_letter(), environment=environment)

    def put_test(
        self, store: Store, rendered: Rendered, address: str, *, edition_id: str, choice: str | None = None
    ) -> int:
        """*choice* is what its foot says was chosen. Returns the letter's number.

        Raises ``UsageError`` where a trial keeps it back.
        """
        from solacefeed.composition.mail_parts import only_to
        from solacefeed.deeds.editions.editors import send_test
        from solacefeed.digest.drafts import words_of_a_test

        site, reached = self._base.site(store), only_to(self._base.config)
        words = words_of_a_test(rendered, address, links_to=site.url, language=interface(site.language), choice=choice)
        at, name = self._base.clock(), self._name_letter()
        return send_test(store, words, address, edition_id=edition_id, only_to=reached, at=at, name=name)

    def put_alarm(self, store: Store, words: LetterWords, *, cause: str) -> int:
        """For each operator of the config, once for each *cause*; returns for how many."""
        from solacefeed.deeds.editions.editors import send_alarm

        operators, at = self._base.config.mail.operators, self._base.clock()
        return send_alarm(store, words, operators, cause=cause, at=at, name=self._name_letter())

    def _name_letter(self) -> NameLetter:
        from solacefeed.digest.messages import letter_id

        return partial(letter_id, sender=self._base.config.mail.sender)

    def transport(self) -> Transport:
        from solacefeed.composition.mail_parts import transport

        return transport(self._base.config)

    def _settings(self) -> MailSettings:
        base = self._base
        return MailSettings(
            audience=base.audience, digest=base.digest, refresh=self._events.refresh, rehearsed=base.rehearsed
        )
