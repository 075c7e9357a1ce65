"""What mail is made with: what renders a digest, composes copies and hands them over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import parseaddr
from functools import cache, partial
from urllib.parse import quote

import sqlalchemy as sa

from solacefeed import brand, tokens
from solacefeed.composition.base import Base
from solacefeed.config import Config
from solacefeed.deeds.delivering.letters import ComposeLetter
from solacefeed.deeds.delivering.round import Compose
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.events.known_events import events_to_promote, known_events
from solacefeed.delivery.rehearsal import Rehearsal
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.delivery.trial import OnlyTo, OnlyToThem
from solacefeed.digest.choice_words import choice_words
from solacefeed.digest.messages import Envelope, LetterSender, Recipient, Sheets, compose, compose_letter, message_id
from solacefeed.digest.pictures import picture_hosts
from solacefeed.digest.selection import chosen
from solacefeed.digest.views import Imprint
from solacefeed.models.deliveries import Delivery, Message
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, Period, Variant
from solacefeed.models.events import Event
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.ports import Transport
from solacefeed.site import Site
from solacefeed.store import categories, events, variants
from solacefeed.store.database import Store
from solacefeed.tokens import Keys
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
            subscribe_url=base.subscribe_url,
            picture_hosts=picture_hosts(site.url) if base.config.mail.pictures == "own" else frozenset(),
            events_first=digest.events_first,
        ),
        names=base.names,
        events=to_promote,
        environment=base.environment,
        templates=base.templates_mark("digest/") + brand.mark(base.brand),
    )


def composer(base: Base, store: Store) -> Compose:
    keys, sheets, envelope_of = base.keys(store), Sheets(), cache(partial(_envelope, base, base.site(store)))
    choices = cache(partial(_choices, base, store))

    def compose_copy(edition: Edition, variant: Variant, copy: Delivery) -> Message:
        said = choices(edition.id)
        language = variant.language or ""
        recipient = Recipient(
            subscriber_id=copy.subscriber_id,
            email=copy.email,
            name=copy.name,
            token=tokens.for_unsubscribing(edition.digest, copy.subscriber_id, keys),
            message_id=copy.message_id,
            choice=said(copy.selection, language),
            preferences=_preferences(base, edition.digest, copy, keys),
        )
        return compose(variant, recipient, envelope_of(edition.digest, edition.leaves_at, language), sheets)

    return compose_copy


#: Stands in a sample where a reader has a signed token.
NOBODYS_LINK = "your-own-link"


def sample_mail(base: Base, store: Store, variant: Variant, period: Period, choice: str, address: str | None) -> bytes:
    """A copy for eyes only: nobody's link to unsubscribe is in it, and nobody's number."""
    digest = variant.edition_id.partition("/")[0]
    recipient = Recipient(
        subscriber_id=0,
        email=address or "you@example.org",
        name=None,
        token=NOBODYS_LINK,
        message_id=message_id(variant.edition_id, 0, base.config.mail.sender),
        choice=choice,
        preferences=_preferences(base, digest, None, ()),
    )
    envelope = _envelope(base, base.site(store), digest, period.ends, variant.language or "")
    return compose(variant, recipient, envelope).content


def _choices(base: Base, store: Store, edition_id: str) -> Callable[[str, str], str]:
    """In which words readers are told what they asked for: as they were frozen with an edition, by selection."""
    with store.read() as connection:
        kept = variants.choices(connection, edition_id)
        labels = {
            each.id: base.names.label(each) for each in categories.everything(connection) if base.names.shows(each)
        }
    site = base.site(store).language

    def said(selection: str, language: str) -> str:
        words = kept.get((selection, language))
        # A release before kept none.
        return choice_words(chosen(selection), labels, interface(language or site)) if words is None else words

    return cache(said)


def _preferences(base: Base, digest: str, copy: Delivery | None, keys: Keys) -> str:
    """The reader's own page; where there are no pages, whoever reads what readers answer. ``None`` is for a sample."""
    if base.config.web.base_url:
        token = tokens.for_preferences(copy.subscriber_id, copy.generation, keys) if copy else NOBODYS_LINK
        return f"{base.config.web.base_url}/preferences/{token}"
    address = quote(parseaddr(base.config.mail.reply_to)[1], safe="@+")
    return f"mailto:{address}?subject={quote(f'Change or pause {base.digest(digest).title}', safe='')}"


def _envelope(base: Base, site: Site, digest: str, instant: datetime, language: str) -> Envelope:
    mail, web = base.config.mail, base.config.web
    return Envelope(
        sender=mail.sender,
        reply_to=mail.reply_to,
        return_path=mail.return_path,
        digest_title=base.digest(digest).title,
        # Readers filter by it, so it is made of what never changes.
        list_id=f"{digest}.{site.domain}",
        language=interface(language or site.language),
        instant=instant,
        unsubscribe_https=f"{web.base_url}/unsubscribe/" if web.base_url else None,
        unsubscribe_mailto=mail.unsubscribe_mailbox,
    )


def letter_composer(base: Base, store: Store) -> ComposeLetter:
    """Signs the links of a letter as it leaves: none is kept signed."""
    mail, web, keys = base.config.mail, base.config.web, base.keys(store)
    sender = LetterSender(
        sender=mail.sender,
        reply_to=mail.reply_to,
        return_path=mail.return_path,
        unsubscribe_https=f"{web.base_url}/unsubscribe/" if web.base_url else None,
        unsubscribe_mailto=mail.unsubscribe_mailbox,
    )

    def compose_one(letter: Letter, words: LetterWords) -> Message:
        said = replace(words, text=tokens.signed(words.text, keys), html=tokens.signed(words.html, keys))
        return compose_letter(letter, said, sender, token=tokens.signed_in(words.text, "unsubscribe", keys))

    return compose_one


def only_to(config: Config) -> OnlyTo:
    return OnlyTo(allowed=config.mail.only_to)


def transport(config: Config) -> Transport:
    """All mail passes it, whatever it is and whoever sends it."""
    return OnlyToThem(_outside(config), only_to(config))


def _outside(config: Config) -> Transport:
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
