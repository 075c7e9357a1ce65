"""The deeds of mail, as a config wants them: what renders a digest, composes copies and hands them over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from solacefeed import tokens
from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.deeds.delivering.deliver import HandOver, deliver
from solacefeed.deeds.delivering.round import Compose, DeliverResult
from solacefeed.deeds.editions.freeze import PrepareResult
from solacefeed.deeds.editions.prepare import prepare
from solacefeed.deeds.editions.preview import Preview, Viewer, preview
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.events.known_events import events_to_promote, known_events
from solacefeed.deeds.mailing import MailSettings
from solacefeed.delivery.rehearsal import Rehearsal
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.digest.messages import Envelope, Recipient, Sheets, compose, message_id
from solacefeed.digest.views import Imprint
from solacefeed.models.deliveries import Delivery, Message
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, Variant
from solacefeed.models.events import Event
from solacefeed.ports import Transport
from solacefeed.store import events
from solacefeed.store.database import Store
from solacefeed.templating import content_mark
from solacefeed.words import interface


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
        return prepare(store, self._base.clock, self._settings(), name_copy=self._name_copy)

    def deliver(
        self, store: Store, on_copy: Callable[[], None] = _ignore, stop: Callable[[], bool] = _never
    ) -> DeliverResult:
        """*on_copy* is told of each copy; when *stop* says so, the round ends after the copy in hand."""
        by = HandOver(
            transport=self.transport,
            compose=self._composer,
            repeat_uncertain=self._base.config.mail.on_uncertain == "retry",
            on_copy=on_copy,
            stop=stop,
        )
        return deliver(store, self._base.clock, self._settings(), by)

    def preview(self, store: Store, digest: str | None, viewer: Viewer, *, upcoming: bool) -> Preview:
        renderer = self.renderer(store, self._base.digest(digest))
        return preview(store, renderer, self._base.clock(), viewer, upcoming=upcoming)

    def _settings(self) -> MailSettings:
        return MailSettings(
            audience=self._base.audience,
            digest=self._base.digest,
            renderer=self.renderer,
            refresh=self._events.refresh,
            rehearsed=self._base.rehearsed,
        )

    def renderer(self, store: Store, digest: Digest) -> Renderer:
        base, site = self._base, self._base.site(store)

        def to_promote(connection: sa.Connection, now: datetime) -> tuple[Event, ...]:
            known = known_events(connection, base.configured_events, now, site.zone)
            rows = events.rows(connection)
            return events_to_promote(known, base.configured_events, rows, now, tentative=digest.promote_tentative)

        return Renderer(
            digest=digest,
            imprint=Imprint(digest_title=digest.title, site=site, postal_address=base.config.site.postal_address),
            names=base.config.categories.names(),
            events=to_promote,
            environment=base.environment,
            templates=content_mark(base.environment, "digest/"),
        )

    def transport(self) -> Transport:
        mail = self._base.config.mail
        if mail.transport == "rehearsal":
            return Rehearsal(mail.dir)
        return SmtpTransport(
            host=mail.host or "localhost",
            port=mail.port,
            tls=mail.tls,
            ca_file=mail.ca_file,
            username=mail.username,
            password=mail.password.get_secret_value() if mail.password else None,
            timeout=mail.timeout,
        )

    def _composer(self, store: Store) -> Compose:
        secret, sheets, envelope_of = self._base.secret(store), Sheets(), cache(self._envelope)

        def compose_copy(edition: Edition, variant: Variant, copy: Delivery) -> Message:
            recipient = Recipient(
                subscriber_id=copy.subscriber_id,
                email=copy.email,
                name=copy.name,
                token=tokens.for_unsubscribing(edition.digest, copy.subscriber_id, secret),
                message_id=copy.message_id,
            )
            return compose(variant, recipient, envelope_of(edition.digest, edition.prepared_at), sheets)

        return compose_copy

    def _name_copy(self, edition_id: str, subscriber_id: int) -> str:
        return message_id(edition_id, subscriber_id, self._base.config.mail.sender)

    def _envelope(self, digest: str, instant: datetime) -> Envelope:
        mail, web, site = self._base.config.mail, self._base.config.web, self._base.config.site
        return Envelope(
            sender=mail.sender,
            reply_to=mail.reply_to,
            return_path=mail.return_path,
            digest_title=self._base.digest(digest).title,
            # Readers filter by it, so it is made of what never changes.
            list_id=f"{digest}.{site.tag_authority.partition(',')[0].rpartition('@')[2]}",
            language=interface(site.language),
            instant=instant,
            unsubscribe_https=f"{web.base_url}/unsubscribe/" if web.base_url else None,
            unsubscribe_mailto=mail.unsubscribe_mailbox,
        )
