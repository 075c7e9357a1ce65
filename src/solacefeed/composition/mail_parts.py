"""What mail is made with: what renders a digest, composes copies and hands them over."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from functools import cache, partial
from urllib.parse import quote

import sqlalchemy as sa

from solacefeed import brand, tokens
from solacefeed.composition.base import Base
from solacefeed.config import Config
from solacefeed.deeds.delivering.round import Compose
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.events.known_events import events_to_promote, known_events
from solacefeed.delivery.rehearsal import Rehearsal
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.digest.choices import choice_words
from solacefeed.digest.messages import Envelope, Recipient, Sheets, compose
from solacefeed.digest.pictures import picture_hosts
from solacefeed.digest.selection import chosen
from solacefeed.digest.views import Imprint
from solacefeed.models.deliveries import Delivery, Message
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, Variant
from solacefeed.models.events import Event
from solacefeed.ports import Transport
from solacefeed.site import Site
from solacefeed.store import categories, events
from solacefeed.store.database import Store
from solacefeed.words import interface


def renderer(base: Base, store: Store, digest: Digest) -> Renderer:
    site = base.site(store)

    def to_promote(connection: sa.Connection, now: datetime) -> tuple[Event, ...]:
        known = known_events(connection, base.configured_events, now, site.zone)
        rows = events.rows(connection)
        return events_to_promote(known, base.configured_events, rows, now, tentative=digest.promote_tentative)

    return Renderer(
        digest=digest,
        imprint=Imprint(
            digest_title=digest.title,
            site=site,
            postal_address=base.config.site.postal_address,
            subscribe_url=base.config.feeds.subscribe_url,
            picture_hosts=picture_hosts(site.url) if base.config.mail.pictures == "own" else frozenset(),
            events_first=digest.events_first,
        ),
        names=base.names,
        events=to_promote,
        environment=base.environment,
        templates=base.templates_mark("digest/") + brand.mark(base.brand),
    )


def composer(base: Base, store: Store) -> Compose:
    secret, sheets, envelope_of = base.secret(store), Sheets(), cache(partial(_envelope, base, base.site(store)))
    choice_of = cache(partial(_choice, base, store, interface(base.site(store).language)))

    def compose_copy(edition: Edition, variant: Variant, copy: Delivery) -> Message:
        recipient = Recipient(
            subscriber_id=copy.subscriber_id,
            email=copy.email,
            name=copy.name,
            token=tokens.for_unsubscribing(edition.digest, copy.subscriber_id, secret),
            message_id=copy.message_id,
            choice=choice_of(copy.selection),
            preferences=_preferences(base, edition.digest),
        )
        return compose(variant, recipient, envelope_of(edition.digest, edition.prepared_at), sheets)

    return compose_copy


def _choice(base: Base, store: Store, language: str, selection: str) -> str:
    with store.read() as connection:
        labels = {
            each.id: base.names.label(each) for each in categories.everything(connection) if base.names.shows(each)
        }
    return choice_words(chosen(selection), labels, language)


def _preferences(base: Base, digest: str) -> str:
    """Until there is a page for it, whoever reads what readers answer."""
    address = quote(parseaddr(base.config.mail.reply_to)[1], safe="@+")
    return f"mailto:{address}?subject={quote(f'Change or pause {base.digest(digest).title}', safe='')}"


def _envelope(base: Base, site: Site, digest: str, instant: datetime) -> Envelope:
    mail, web = base.config.mail, base.config.web
    return Envelope(
        sender=mail.sender,
        reply_to=mail.reply_to,
        return_path=mail.return_path,
        digest_title=base.digest(digest).title,
        # Readers filter by it, so it is made of what never changes.
        list_id=f"{digest}.{site.domain}",
        language=interface(site.language),
        instant=instant,
        unsubscribe_https=f"{web.base_url}/unsubscribe/" if web.base_url else None,
        unsubscribe_mailto=mail.unsubscribe_mailbox,
    )


def transport(config: Config) -> Transport:
    mail = config.mail
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
