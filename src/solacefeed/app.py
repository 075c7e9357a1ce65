"""Composition: from a config to deeds that can be done. The only place that names concrete classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, cached_property, partial
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from jinja2 import Environment

from solacefeed import tokens
from solacefeed.config import Config
from solacefeed.deeds.agenda import EVENTS, Place
from solacefeed.deeds.almanac import events_to_promote, known_events
from solacefeed.deeds.calendars import CalendarsResult, ask_calendars
from solacefeed.deeds.chronicle import refresh_events
from solacefeed.deeds.deliver import DeliverResult, Postroom, deliver, has_work
from solacefeed.deeds.due import next_closing, words_of_moved
from solacefeed.deeds.execution import execute
from solacefeed.deeds.keeping import RereadResult, lift_recurring, reread
from solacefeed.deeds.moving import redirects
from solacefeed.deeds.ping import PingResult, ping
from solacefeed.deeds.poll import PollResult, poll
from solacefeed.deeds.prepare import PrepareResult, is_due, prepare
from solacefeed.deeds.press import Press
from solacefeed.deeds.preview import Preview, Viewer, preview
from solacefeed.deeds.publish import Prospect, PublishResult, prospect, publish
from solacefeed.deeds.standing import Standing, standing
from solacefeed.deeds.subscribing import Listed, enter_listed
from solacefeed.delivery.rehearsal import Rehearsal
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.digest.messages import Envelope, Recipient, Sheets, compose, message_id
from solacefeed.digest.views import Imprint
from solacefeed.errors import Busy, SourceError, UsageError
from solacefeed.events.merging import KnownEvent
from solacefeed.http_client import HttpClient, user_agent
from solacefeed.models import (
    Delivery,
    Digest,
    Edition,
    Event,
    Message,
    Reading,
    SourcePost,
    Variant,
)
from solacefeed.ports import Clock, Source, Transport
from solacefeed.publish.feeds import Naming
from solacefeed.publish.formats import written_by
from solacefeed.publish.redirects import Server
from solacefeed.sample.blog import Blog
from solacefeed.sample.server import serve
from solacefeed.sources.calendars import ask
from solacefeed.sources.export import ExportSource
from solacefeed.sources.feed import FeedSource
from solacefeed.sources.finding import FEED, PAGES, REST, WORDPRESS_COM, AutoSource, in_use
from solacefeed.sources.pages import PagesSource
from solacefeed.sources.wordpress import WordPressSource
from solacefeed.sources.wordpress_com import WordPressComSource
from solacefeed.store import documents, events, facts, posts, sources
from solacefeed.store.database import Store, open_store
from solacefeed.store.posts import Raw
from solacefeed.templating import content_mark, templates
from solacefeed.text.reading import read
from solacefeed.web.pages import Front, pages
from solacefeed.web.server import serving
from solacefeed.websub import tell
from solacefeed.words import interface

SAMPLE = "sample:"

#: How long a hub may take to answer a ping.
PING_SECONDS = 10


def _ignore(_: int = 0) -> None:
    """Nobody watches."""


def _never() -> bool:
    """Nobody stops it."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The blog's own word, where the config has none."""

    title: str
    url: str
    zone: tzinfo


class App:
    """solacefeed as one config wants it; ``as_of`` is the instant of a rehearsal, ``None`` for the real clock."""

    def __init__(self, config: Config, *, as_of: datetime | None, folder: Path) -> None:
        self.config = config
        #: Where the config file stands, and with it everything of the site.
        self.folder = folder
        self.as_of = as_of

    @property
    def rehearsed(self) -> bool:
        return self.as_of is not None

    @property
    def clock(self) -> Clock:
        instant = self.as_of
        return (lambda: datetime.now(UTC)) if instant is None else (lambda: instant)

    @cached_property
    def environment(self) -> Environment:
        return templates()

    @contextmanager
    def store(self, *, create: bool = True) -> Iterator[Store]:
        """The store, opened, at its newest schema, and settled to be this site's."""
        opened = open_store(self.config.store.url, create=create)
        try:
            with opened.write() as connection:
                facts.settle_tag_authority(connection, self.config.site.tag_authority)
            yield opened
        finally:
            opened.close()

    # -- deeds ---------------------------------------------------------------------------------

    def settle_clock(self, store: Store) -> None:
        """Raises ``StoreError``, as every deed would, when the store lives by the other clock."""
        with store.write() as connection:
            facts.settle_clock(connection, rehearsed=self.rehearsed)

    def poll(self, store: Store, on_batch: Callable[[int], None] = _ignore) -> PollResult:
        def work() -> PollResult:
            with self._source() as source:
                url = self.config.source.url
                try:
                    read_one = self._reader(store)
                    done = poll(store, source, self.clock, url=url, read=read_one, on_batch=on_batch)
                except SourceError:
                    self._look_at_events(store, on_batch)
                    raise
            return replace(done, troubles=self._look_at_events(store, on_batch))

        return execute(store, self.clock, "poll", work, rehearsed=self.rehearsed)

    def publish(self, store: Store, *, everything: bool = False) -> PublishResult:
        def work() -> PublishResult:
            self.refresh_events(store)
            place, url = self.place(store), self.config.source.url
            return publish(store, self.clock, place, self.environment, url=url, everything=everything)

        return execute(store, self.clock, "publish", work, rehearsed=self.rehearsed)

    def prospect(self, store: Store, *, everything: bool = False) -> Prospect:
        """What a publish would do now."""
        place, url = self.place(store), self.config.source.url
        return prospect(store, self.clock, place, self.environment, url=url, everything=everything)

    def ping(self, store: Store) -> PingResult:
        """Tells the hub of what was published, where the config has one."""
        hub = self.config.feeds.hub
        if hub is None or self.rehearsed:
            return PingResult(told=0)
        agent = user_agent(self.config.source.contact or self.config.site.base_url)
        with HttpClient(agent=agent, timeout=PING_SECONDS, max_bytes=65536) as client:
            return ping(store, self.clock, partial(tell, client, hub))

    def prepare(self, store: Store) -> PrepareResult:
        def work() -> PrepareResult:
            if not self.crawled(store):
                return PrepareResult(news="nothing before the first crawl is complete")
            press = self.press(store, self.digest())
            enter_listed(store, self.clock, self._listed(), press.digest.name)
            if not is_due(store, press, self.clock()):
                return PrepareResult()
            self.refresh_events(store)
            return prepare(store, self.clock, press, name_copy=self._name_copy)

        return execute(store, self.clock, "prepare", work, rehearsed=self.rehearsed)

    def deliver(
        self, store: Store, on_copy: Callable[[], None] = _ignore, stop: Callable[[], bool] = _never
    ) -> DeliverResult:
        """*on_copy* is told of each copy; when *stop* says so, the round ends after the copy in hand."""

        def work() -> DeliverResult:
            if not has_work(store, self.digest(), self.clock()):
                return DeliverResult()
            self.refresh_events(store)
            room = Postroom(
                press=self.press(store, self.digest()),
                compose=self._composer(store),
                repeat_uncertain=self.config.mail.on_uncertain == "retry",
                on_copy=on_copy,
                stop=stop,
            )
            return deliver(store, self._transport(), self.clock, room)

        return execute(store, self.clock, "deliver", work, rehearsed=self.rehearsed)

    def deeds(self) -> tuple[str, ...]:
        """The deeds that this config has work for, in their order."""
        # Publishing comes between preparing and delivering, so that a mail's link to its edition leads somewhere.
        return ("poll", "prepare", "publish", "deliver") if self.config.digests else ("poll", "publish")

    def preview(self, store: Store, digest: str | None, viewer: Viewer, *, upcoming: bool) -> Preview:
        return preview(store, self.press(store, self.digest(digest)), self.clock(), viewer, upcoming=upcoming)

    def standing(self, store: Store) -> Standing:
        digests = [table.digest() for table in self.config.digests]
        return standing(store, self.clock(), self.config.source.url, digests, self.site(store).zone)

    def moved_closings(self, store: Store) -> list[str]:
        """What is to be said of closings that were moved within the day of an edition."""
        zone, now = self.site(store).zone, self.clock()
        digests = [table.digest() for table in self.config.digests]
        with store.read() as connection:
            closings = [(digest, next_closing(connection, digest, zone, now)) for digest in digests]
        return [line for digest, closing in closings for line in words_of_moved(digest, closing, zone)]

    def source_in_use(self, store: Store) -> str:
        """The kind of source that the posts come from, and why no better one."""
        with store.read() as connection:
            found = in_use(sources.notes(connection, self.config.source.url).memory)
        if found is None:
            return self.config.source.kind
        return "\n".join([f"{found.kind} at {found.address}", *(f"not {kind}: {why}" for kind, why in found.tried)])

    def check_templates(self) -> None:
        """Parses every template; raises ``ConfigError``, with file and line, for a mistake in one."""
        for name in self.environment.list_templates():
            self.environment.get_template(name)

    def crawled(self, store: Store) -> bool:
        """Whether the blog was once crawled whole."""
        with store.read() as connection:
            return sources.notes(connection, self.config.source.url).complete

    def outcome(self) -> Iterator[tuple[str, Path]]:
        """Where a person can look at what the deeds have made."""
        yield "feeds:", self.config.feeds.dir / "index.html"
        if self.config.digests and self.config.mail.transport == "rehearsal":
            yield "mails:", self.config.mail.dir

    def import_export(self, store: Store, path: Path, on_batch: Callable[[int], None]) -> PollResult:
        """Takes over a WordPress export file, as a poll of a source of its own."""

        def work() -> PollResult:
            source = ExportSource(path)
            read_one = self._reader(store)
            done = poll(store, source, self.clock, url=f"export {path.name}", read=read_one, on_batch=on_batch)
            lift_recurring(store, self._reader(store))
            self.refresh_events(store)
            return done

        return execute(store, self.clock, "poll", work, rehearsed=self.rehearsed)

    def redirects(self, store: Store, server: Server, *, category_base: str) -> str:
        """The rules that lead readers of the blog's own feeds to ours."""
        return redirects(
            store,
            server,
            self.place(store).naming,
            blog_url=self.site(store).url,
            category_base=category_base,
            is_there=lambda path: (self.config.feeds.dir / path).is_file(),
        )

    def reread(self, store: Store, on_chunk: Callable[[int], None]) -> RereadResult:
        done = reread(store, self._reader(store), on_chunk=on_chunk)
        lift_recurring(store, self._reader(store))
        self.refresh_events(store)
        return done

    # -- parts ---------------------------------------------------------------------------------

    def digest(self, name: str | None = None) -> Digest:
        """The digest *name*, or the only one; raises ``UsageError`` where there is none such."""
        known = {table.name: table.digest() for table in self.config.digests}
        if not known:
            raise UsageError("the config has no [[digests]], so there is no mail to make")
        if name is None:
            return next(iter(known.values()))
        if name not in known:
            raise UsageError(f"there is no digest {name}; the config has {', '.join(known)}")
        return known[name]

    def site(self, store: Store) -> SiteFacts:
        """What the config says of the site; where it does not, the blog."""
        with store.read() as connection:
            told = sources.notes(connection, self.config.source.url).site
        config = self.config.site
        return SiteFacts(
            title=config.title or (told and told.title) or config.organisation,
            url=told.url if told else config.base_url,
            zone=_zone(config.time_zone or (told and told.time_zone) or "UTC"),
        )

    def place(self, store: Store) -> Place:
        config, site, has_events = self.config, self.site(store), self._has_events(store)
        naming = Naming(
            site_title=site.title,
            base_url=config.site.base_url,
            tag_authority=config.site.tag_authority,
            language=config.site.language,
            organisation=config.site.organisation,
            names=config.categories.names(),
            rights=config.site.rights,
            hub=config.feeds.hub,
            significance=config.feeds.updated,
            blogs_ids=config.feeds.ids == "blog",
            # Only where there is such a page, or a line would lead nowhere.
            events_url=f"{config.site.base_url}/events/" if config.feeds.event_line and has_events else None,
        )
        return Place(
            folder=config.feeds.dir,
            naming=naming,
            zone=site.zone,
            site_url=site.url,
            most_entries=config.feeds.entries,
            most_bytes=config.feeds.max_bytes,
            combined=tuple(table.combined() for table in config.combined),
            authors=config.feeds.authors,
            digests=tuple((table.name, table.title) for table in config.digests),
            events=has_events,
            subscribe_url=config.feeds.subscribe_url,
            formats=written_by(version, content_mark(self.environment, "site/")),
        )

    def _has_events(self, store: Store) -> bool:
        """Whether events are published: an address that was once there stays."""
        with store.read() as connection:
            return bool(events.shown(connection) or documents.paths(connection, EVENTS))

    def press(self, store: Store, digest: Digest) -> Press:
        config, site = self.config, self.site(store)
        imprint = Imprint(
            digest_title=digest.title,
            site_title=site.title,
            site_url=site.url,
            organisation=config.site.organisation,
            postal_address=config.site.postal_address,
            language=config.site.language,
            zone=site.zone,
            feeds_url=f"{config.site.base_url}/",
        )
        return Press(
            digest=digest,
            imprint=imprint,
            names=config.categories.names(),
            events=self._promotable(site.zone, tentative=digest.promote_tentative),
            environment=self.environment,
            templates=content_mark(self.environment, "digest/"),
        )

    def known_events(self, store: Store, zone: tzinfo) -> tuple[KnownEvent, ...]:
        with store.read() as connection:
            return known_events(connection, self._configured_events(), self.clock(), zone)

    def _promotable(self, zone: tzinfo, *, tentative: bool) -> Callable[[sa.Connection, datetime], tuple[Event, ...]]:
        configured = self._configured_events()

        def at(connection: sa.Connection, now: datetime) -> tuple[Event, ...]:
            known = known_events(connection, configured, now, zone)
            return events_to_promote(known, configured, events.rows(connection), now, tentative=tentative)

        return at

    def refresh_events(self, store: Store) -> None:
        """Brings the store's events up to date, unless another process is at it."""
        with suppress(Busy):
            refresh_events(store, self.clock, self._configured_events(), self.site(store).zone)

    def _look_at_events(self, store: Store, on_batch: Callable[[int], None]) -> tuple[str, ...]:
        """Lifts what recurs, asks the calendars that are due, and refreshes the events; returns calendars' troubles."""
        lift_recurring(store, self._reader(store))
        asked = self._ask_calendars(store, on_batch)
        self.refresh_events(store)
        return asked.troubles

    def _ask_calendars(self, store: Store, on_batch: Callable[[int], None]) -> CalendarsResult:
        source, zone = self.config.source, self.site(store).zone
        wanted = [table.calendar() for table in self.config.calendars]
        agent = user_agent(source.contact or self.config.site.base_url)
        with HttpClient(agent=agent, timeout=source.timeout, max_bytes=source.max_bytes) as client:
            return ask_calendars(store, self.clock, wanted, partial(ask, client, zone=zone), zone, on_batch=on_batch)

    def _configured_events(self) -> tuple[Event, ...]:
        return tuple(table.event() for table in self.config.events)

    def secret(self, store: Store) -> str:
        """The key of signed links: the config's, else the store's own."""
        if self.config.mail.secret is not None:
            return self.config.mail.secret.get_secret_value()
        with store.write() as connection:
            return facts.signing_key(connection)

    @contextmanager
    def pages(self, store: Store) -> Iterator[None]:
        """Our own pages, served while the context lasts, where the config wants them."""
        listen = self.config.web.listen
        if listen is None:
            yield
            return
        front = Front(
            language=self.config.site.language,
            organisation=self.config.site.organisation,
            titles={digest.name: digest.title for digest in self.config.digests},
            secret=self.secret(store),
        )
        with serving(pages(store, self.clock, self.environment, front), listen):
            yield

    def _reader(self, store: Store) -> Callable[[SourcePost | Raw], Reading]:
        """How posts are read, by what is known of their endings by now."""
        with store.read() as connection:
            recurring = posts.recurring_endings(connection)
        return partial(self._read, recurring=recurring)

    def _read(self, post: SourcePost | Raw, *, recurring: frozenset[str]) -> Reading:
        """Where a source shows an excerpt only, that is the content."""
        return read(
            post.title,
            post.content or post.excerpt or "",
            url=post.url,
            own_excerpt=post.excerpt if post.content else None,
            excerpt_length=self.config.feeds.excerpt_length,
            recurring=recurring,
        )

    def _listed(self) -> Iterator[Listed]:
        for table in self.config.subscribers:
            yield Listed(email=table.email, name=table.name, categories=table.categories)

    @contextmanager
    def _source(self) -> Iterator[Source]:
        config = self.config.source
        agent = user_agent(config.contact or self.config.site.base_url)
        with ExitStack() as stack:
            url, kind, reach = config.url, config.kind, {}
            if url == SAMPLE:
                blog = Blog.shipped()
                url, kind, reach = blog.url, REST, {blog.url: stack.enter_context(serve(blog)).origin}
            client = stack.enter_context(
                HttpClient(agent=agent, timeout=config.timeout, max_bytes=config.max_bytes, reach=reach)
            )
            kinds = _kinds(client)
            # Also for one kind alone: each keeps notes of its own, so that a change of kind begins nothing anew.
            yield AutoSource(client, url, kinds if kind == "auto" else {kind: kinds[kind]})

    def _transport(self) -> Transport:
        mail = self.config.mail
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

    def _composer(self, store: Store) -> Callable[[Edition, Variant, Delivery], Message]:
        secret, sheets, envelope_of = self.secret(store), Sheets(), cache(self._envelope)

        def compose_copy(edition: Edition, variant: Variant, copy: Delivery) -> Message:
            token = tokens.for_unsubscribing(edition.digest, copy.subscriber_id, secret)
            recipient = Recipient(
                subscriber_id=copy.subscriber_id,
                email=copy.email,
                name=copy.name,
                token=token,
                message_id=copy.message_id,
            )
            return compose(variant, recipient, envelope_of(edition.digest, edition.prepared_at), sheets)

        return compose_copy

    def _name_copy(self, edition_id: str, subscriber_id: int) -> str:
        return message_id(edition_id, subscriber_id, self.config.mail.sender)

    def _envelope(self, digest: str, instant: datetime) -> Envelope:
        mail, web = self.config.mail, self.config.web
        return Envelope(
            sender=mail.sender,
            reply_to=mail.reply_to,
            return_path=mail.return_path,
            digest_title=self.digest(digest).title,
            # Readers filter by it, so it is made of what never changes.
            list_id=f"{digest}.{self.config.site.tag_authority.partition(',')[0].rpartition('@')[2]}",
            language=interface(self.config.site.language),
            instant=instant,
            unsubscribe_https=f"{web.base_url}/unsubscribe/" if web.base_url else None,
            unsubscribe_mailto=mail.unsubscribe_mailbox,
        )


def _kinds(client: HttpClient) -> Mapping[str, Callable[[str], Source]]:
    """Every kind of source, best first."""
    return {
        REST: partial(WordPressSource, client),
        WORDPRESS_COM: partial(WordPressComSource, client),
        FEED: partial(FeedSource, client),
        PAGES: partial(PagesSource, client),
    }


def _zone(name: str) -> tzinfo:
    """The zone of this name, or of a bare offset such as ``UTC+01:00``, where a blog has no better."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        match = re.fullmatch(r"UTC([+-])(\d\d):(\d\d)", name)
        if match is None:
            return UTC
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(offset if match[1] == "+" else -offset)
