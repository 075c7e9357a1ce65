"""What mail is made with: what renders a digest, composes copies and hands them over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import parseaddr
from functools import cache, partial
from typing import TypeVar
from urllib.parse import quote

import sqlalchemy as sa

from solacefeed import brand, tokens
from solacefeed.composition.base import Base
from solacefeed.composition.signing import Sign, signer
from solacefeed.config import Config
from solacefeed.deeds.delivering.edition_copies import Compose
from solacefeed.deeds.delivering.letters import ComposeLetter
from solacefeed.deeds.delivering.senders import OfNow, Senders
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.events.known_events import events_to_promote, known_events
from solacefeed.delivery.rehearsal import Rehearsal
from solacefeed.delivery.return_path import signed_path
from solacefeed.delivery.smtp import SmtpTransport, verifying
from solacefeed.delivery.trial import OnlyTo, OnlyToThem
from solacefeed.digest.choice_words import choice_words
from solacefeed.digest.messages import (
    Envelope,
    LetterSender,
    Recipient,
    Sheets,
    compose,
    compose_letter,
    feedback_id,
    message_id,
)
from solacefeed.digest.pictures import picture_hosts
from solacefeed.digest.selection import chosen
from solacefeed.digest.views import Imprint
from solacefeed.models.deliveries import Delivery, Message
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, Period, Variant
from solacefeed.models.events import Event
from solacefeed.models.feeds import FeedKind
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.models.senders import MailSender
from solacefeed.ports import Transport
from solacefeed.site import Site
from solacefeed.store import categories, events, variants
from solacefeed.store.database import Store
from solacefeed.tokens import Keys
from solacefeed.words import interface

R = TypeVar("R", bound=SmtpTransport)


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


def sender_of_now(base: Base, store: Store) -> OfNow:
    """What mail says of who sends it, by the config: of a digest's copies, or of letters."""
    site = base.site(store)
    return cache(lambda key: _sender(base, site, None if key is None else base.digest(key)))


def _sender(base: Base, site: Site, digest: Digest | None) -> MailSender:
    mail = base.config.mail
    both = MailSender(
        sender=mail.sender,
        reply_to=mail.reply_to,
        return_path=mail.return_path,
        signs_return_path=base.config.bounces.verp,
        pages=base.config.web.base_url,
        unsubscribe_mailto=mail.unsubscribe_mailbox,
    )
    if digest is None:
        return both
    return replace(
        both,
        digest_title=digest.title,
        # Readers filter by it, so it is made of what never changes.
        list_id=f"{digest.key}.{site.domain}",
        archive_url=site.published_at(f"{FeedKind.DIGEST.key(digest.key)}/") if digest.public else None,
        language=site.language,
        feedback_sender=mail.feedback_id,
    )


def composer(base: Base, store: Store, senders: Senders) -> Compose:
    keys, sheets, sign = base.keys(store), Sheets(), signer(base.config)
    choices = cache(partial(_choices, base, store))

    @cache
    def shared(
        sender: MailSender, edition_id: str, instant: datetime, language: str
    ) -> tuple[Envelope, Callable[[Delivery | None], str]]:
        """What all such copies have in common, found by one look for both."""
        return _envelope(sender, edition_id, instant, language), _preferences(sender, keys)

    def compose_copy(edition: Edition, variant: Variant, copy: Delivery) -> Message:
        said, instant = choices(edition.id), edition.leaves_at
        language, sender = variant.language or "", senders.of(copy.sender_id, edition.digest)
        envelope, preferences = shared(sender, edition.id, instant, language)
        recipient = Recipient(
            subscriber_id=copy.subscriber_id,
            email=copy.email,
            name=copy.name,
            token=tokens.for_unsubscribing(edition.digest, copy.subscriber_id, keys),
            message_id=copy.message_id,
            choice=said(copy.selection, language),
            preferences=preferences(copy),
        )
        own_path = signed_path(envelope.return_path, copy, keys) if sender.signs_return_path else None
        return _signed(compose(variant, recipient, envelope, sheets, return_path=own_path), sign, instant)

    return compose_copy


def _signed(message: Message, sign: Sign | None, instant: datetime) -> Message:
    return message if sign is None else replace(message, content=sign(message.content, instant))


#: Stands in a sample where a reader has a signed token.
NOBODYS_LINK = "your-own-link"


def sample_mail(base: Base, store: Store, variant: Variant, period: Period, choice: str, address: str | None) -> bytes:
    """A copy for eyes only: nobody's link to unsubscribe is in it, and nobody's number."""
    sender = sender_of_now(base, store)(variant.edition_id.partition("/")[0])
    recipient = Recipient(
        subscriber_id=0,
        email=address or "you@example.org",
        name=None,
        token=NOBODYS_LINK,
        message_id=message_id(variant.edition_id, NOBODYS_LINK, base.config.mail.sender),
        choice=choice,
        preferences=_preferences(sender, keys=())(None),
    )
    envelope = _envelope(sender, variant.edition_id, period.ends, variant.language or "")
    return _signed(compose(variant, recipient, envelope), signer(base.config), period.ends).content


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


def _preferences(sender: MailSender, keys: Keys) -> Callable[[Delivery | None], str]:
    """The page of a copy's reader; where there are no pages, whoever reads what readers answer.

    Of no copy it is that of a sample.
    """
    if sender.pages:
        page = f"{sender.pages}/preferences/"

        def own(copy: Delivery | None) -> str:
            return page + (tokens.for_preferences(copy.subscriber_id, copy.generation, keys) if copy else NOBODYS_LINK)

        return own
    address = quote(parseaddr(sender.reply_to)[1], safe="@+")
    mailto = f"mailto:{address}?subject={quote(f'Change or pause {sender.digest_title}', safe='')}"
    return lambda _copy: mailto


def _envelope(sender: MailSender, edition_id: str, instant: datetime, language: str) -> Envelope:
    digest = edition_id.partition("/")[0]
    return Envelope(
        sender=sender.sender,
        reply_to=sender.reply_to,
        return_path=sender.return_path,
        digest_title=sender.digest_title or digest,
        list_id=sender.list_id or digest,
        language=interface(language or sender.language or ""),
        instant=instant,
        unsubscribe_https=f"{sender.pages}/unsubscribe/" if sender.pages else None,
        unsubscribe_mailto=sender.unsubscribe_mailto,
        help_url=f"{sender.pages}/find" if sender.pages else None,
        archive_url=sender.archive_url,
        feedback_id=feedback_id(edition_id, digest, sender.feedback_sender) if sender.feedback_sender else None,
    )


def letter_composer(base: Base, store: Store, senders: Senders) -> ComposeLetter:
    """Signs the links of a letter as it leaves: none is kept signed."""
    keys, sign = base.keys(store), signer(base.config)

    def compose_one(letter: Letter, words: LetterWords) -> Message:
        said = replace(words, text=tokens.signed(words.text, keys), html=tokens.signed(words.html, keys))
        sender = senders.of(letter.sender_id, None)
        token = tokens.signed_in(words.text, "unsubscribe", keys)
        message = compose_letter(letter, said, _letter_sender(sender), token=token)
        if sender.signs_return_path:
            message = replace(message, sender=signed_path(message.sender, letter, keys))
        return _signed(message, sign, letter.created_at)

    return compose_one


def _letter_sender(sender: MailSender) -> LetterSender:
    return LetterSender(
        sender=sender.sender,
        reply_to=sender.reply_to,
        return_path=sender.return_path,
        unsubscribe_https=f"{sender.pages}/unsubscribe/" if sender.pages else None,
        unsubscribe_mailto=sender.unsubscribe_mailto,
    )


def only_to(config: Config) -> OnlyTo:
    return OnlyTo(allowed=config.mail.only_to)


def transports(config: Config) -> Callable[[], Transport]:
    """Makes one for each connection. All mail passes one, whatever it is and whoever sends it."""
    make, trial = _outside(config), only_to(config)
    return (lambda: OnlyToThem(make(), trial)) if trial.allowed else make


def _outside(config: Config) -> Callable[[], Transport]:
    mail = config.mail
    if mail.transport == "rehearsal":
        return partial(Rehearsal, mail.dir)
    return over_the_relay(config, SmtpTransport)


def over_the_relay(config: Config, kind: type[R], *, timeout: int | None = None) -> Callable[[], R]:
    """Makes a session of that *kind* with the relay, as the config has it, or with a *timeout* of its own."""
    mail = config.mail
    return partial(
        kind,
        host=mail.host or "localhost",
        port=mail.port,
        tls=mail.tls,
        context=None if mail.tls == "none" else verifying(mail.ca_file),
        username=mail.username,
        password=mail.password.get_secret_value() if mail.password else None,
        timeout=timeout or mail.timeout,
    )


def connections(config: Config) -> int:
    """How many at most; the files of a rehearsal are written one after the other."""
    return 1 if config.mail.transport == "rehearsal" else config.delivery.connections
