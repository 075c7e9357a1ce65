"""Composition: from a config to deeds that can be done. The only place that names concrete classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, cached_property, partial
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from jinja2 import Environment

from solacefeed import files, tokens
from solacefeed.config import Config, named_slugs
from solacefeed.deeds.delivering.deliver import DeliverResult, DeliverySettings, deliver, has_work, left_to_the_operator
from solacefeed.deeds.editions.due import next_closing, words_of_moved
from solacefeed.deeds.editions.prepare import PrepareResult, is_due, prepare, why_none_is_due
from solacefeed.deeds.editions.preview import Preview, Viewer, preview
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.events.calendars import CalendarsResult, ask_calendars
from solacefeed.deeds.events.known_events import events_to_promote, known_events
from solacefeed.deeds.events.refresh import refresh_events
from solacefeed.deeds.execution import R, beside, execute
from solacefeed.deeds.people.audience import Audience
from solacefeed.deeds.people.digests import ConfiguredDigest
from solacefeed.deeds.people.subscriber_list import Listed
from solacefeed.deeds.posts.decisions import RereadResult, lift_recurring, reread
from solacefeed.deeds.posts.poll import PollResult, poll
from solacefeed.deeds.publishing.ping import PingResult, ping
from solacefeed.deeds.publishing.plan import EVENTS, PublishSettings
from solacefeed.deeds.publishing.publish import Forecast, PublishResult, forecast, publish
from solacefeed.deeds.publishing.redirects import redirects
from solacefeed.deeds.upkeep import clock_check
from solacefeed.deeds.upkeep.clock_check import AttestedSource
from solacefeed.deeds.upkeep.status import SiteStatus, site_status
from solacefeed.deeds.upkeep.template_check import SHOWN, check_templates
from solacefeed.deeds.upkeep.troubles import Judgement, Patience, acknowledged, judgement
from solacefeed.delivery.rehearsal import Rehearsal
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.digest.messages import Envelope, Recipient, Sheets, compose, message_id
from solacefeed.digest.views import Imprint
from solacefeed.errors import BrokenOff, UsageError
from solacefeed.events.merging import KnownEvent
from solacefeed.http_client.client import HttpClient, user_agent
from solacefeed.models.blog import SourcePost
from solacefeed.models.deliveries import Delivery, Message
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, Variant
from solacefeed.models.events import Event
from solacefeed.models.posts import Reading
from solacefeed.ports import Clock, Pause, Source, Transport
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
from solacefeed.store import acknowledgements, documents, events, facts, posts, sources
from solacefeed.store.database import Store, open_store, open_to_look
from solacefeed.store.posts import Raw
from solacefeed.templating import content_mark, templates
from solacefeed.text.reading import read
from solacefeed.web.pages import Front, Page, pages, visitors_page
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
            authority = self.config.site.tag_authority
            facts.settled(opened, facts.TAG_AUTHORITY, lambda c: facts.settle_tag_authority(c, authority))
            yield opened
        finally:
            opened.close()

    @contextmanager
    def looking(self) -> Iterator[Store]:
        """The store, opened for reading alone: a look changes nothing in it, and brings no older one up to date."""
        opened = open_to_look(self.config.store.url)
        try:
            with opened.read() as connection:
                facts.check_tag_authority(connection, self.config.site.tag_authority)
            yield opened
        finally:
            opened.close()

    # -- deeds ---------------------------------------------------------------------------------

    @contextmanager
    def deciding(self, *, create: bool = False) -> Iterator[Store]:
        """The store for what the operator decides: it lives by the same clock, or nothing is decided.

        Raises ``OtherClock`` else. Before the first deed either clock will do.
        """
        with self.store(create=create) as store:
            with store.read() as connection:
                facts.check_clock(connection, rehearsed=self.rehearsed)
            yield store

    def settle_clock(self, store: Store) -> None:
        """Raises ``StoreError``, as every deed would, when the store lives by the other clock."""
        facts.settled(store, facts.CLOCK, lambda c: facts.settle_clock(c, rehearsed=self.rehearsed))

    def poll(
        self,
        store: Store,
        on_batch: Callable[[int], None] = _ignore,
        *,
        pause: Pause | None = None,
        at_once: bool = False,
    ) -> PollResult:
        """*pause* waits with a person for a maintenance; *at_once* asks also a blog that asked for rest for one."""

        def work(store: Store) -> PollResult:
            asking = partial(self._look_at_events, store, on_batch, pause=pause, at_once=at_once)
            try:
                with self._source(store, pause) as source:
                    url, read_one = self.config.source.url, self._reader(store)
                    done = poll(store, source, self.clock, url=url, read=read_one, on_batch=on_batch, at_once=at_once)
            except BrokenOff:
                raise
            except Exception:
                if clock_check.is_believed(store, self.clock()):
                    asking()
                raise
            return replace(done, troubles=asking())

        return execute(store, self.clock, "poll", work, rehearsed=self.rehearsed)

    def publish(self, store: Store, *, everything: bool = False) -> PublishResult:
        def work(store: Store) -> PublishResult:
            troubles = self.refresh_events(store)
            settings, url = self.publish_settings(store), self.config.source.url
            done = publish(store, self.clock, settings, self.environment, url=url, everything=everything)
            return replace(done, troubles=troubles)

        return execute(store, self.clock, "publish", work, rehearsed=self.rehearsed)

    def forecast(self, store: Store, *, everything: bool = False) -> Forecast:
        """What a publish would do now."""
        settings, url = self.publish_settings(store), self.config.source.url
        return forecast(store, self.clock, settings, self.environment, url=url, everything=everything)

    def ping(self, store: Store) -> PingResult:
        """Tells the hub of what was published, where the config has one."""
        hub = self.config.feeds.hub
        if hub is None or self.rehearsed:
            return PingResult(told=0)
        agent = user_agent(self.config.source.contact or self.config.site.base_url)
        done = PingResult(told=0)

        def work() -> None:
            nonlocal done
            with HttpClient(agent=agent, timeout=PING_SECONDS, max_bytes=65536) as client:
                done = ping(store, self.clock, partial(tell, client, hub))

        trouble = beside(store, self.clock, "ping", work)
        return done if trouble is None else replace(done, trouble=trouble)

    def prepare(self, store: Store) -> PrepareResult:
        """Raises ``ConfigError``, as ``deliver`` does, while the config has lost a digest that the store serves."""

        def work(store: Store) -> PrepareResult:
            audience = self.audience(store)
            if not audience.crawled:
                return PrepareResult(news="nothing before the first crawl is complete")
            clock_check.believe(store, self.clock)
            renderer = self.renderer(store, audience.serve(self.digest()))
            compared = audience.hold_to_list(renderer.digest)
            amiss = compared.troubles()
            if not is_due(store, renderer, self.clock()):
                done = PrepareResult(news=why_none_is_due(store, renderer, self.clock()))
                return replace(done, troubles=amiss, entered=len(compared.new), ended=len(compared.over))
            beside_it = self.refresh_events(store)
            done = prepare(store, self.clock, renderer, name_copy=self._name_copy)
            left_out = len(compared.left_out) if done.editions else 0
            done = replace(done, troubles=(*beside_it, *amiss), left_out=left_out)
            return replace(done, entered=len(compared.new), ended=len(compared.over))

        return self._mailing(store, "prepare", work)

    def deliver(
        self, store: Store, on_copy: Callable[[], None] = _ignore, stop: Callable[[], bool] = _never
    ) -> DeliverResult:
        """*on_copy* is told of each copy; when *stop* says so, the round ends after the copy in hand."""

        def work(store: Store) -> DeliverResult:
            clock_check.believe(store, self.clock)
            repeat = self.config.mail.on_uncertain == "retry"
            if not has_work(store, self.digest(), self.clock(), repeat_uncertain=repeat):
                return left_to_the_operator(store, self.digest())
            troubles = self.refresh_events(store)
            wanted = DeliverySettings(
                renderer=self.renderer(store, self.audience(store).serve(self.digest())),
                compose=self._composer(store),
                repeat_uncertain=repeat,
                on_copy=on_copy,
                stop=stop,
            )
            return replace(deliver(store, self._transport(), self.clock, wanted), troubles=troubles)

        return self._mailing(store, "deliver", work)

    def _mailing(self, store: Store, deed: str, work: Callable[[Store], R]) -> R:
        """Does a deed of mail, unless the config has lost a digest that the store serves."""

        def admit() -> None:
            self.audience(store).miss_no_digest()
            self.digest()

        return execute(store, self.clock, deed, work, rehearsed=self.rehearsed, admit=admit)

    def deeds(self, store: Store) -> tuple[str, ...]:
        """The deeds that there is work for, in their order; those of mail also where all they do is to refuse."""
        mail = self.config.digests or self.audience(store).misfits()
        # Publishing comes between preparing and delivering, so that a mail's link to its edition leads somewhere.
        return ("poll", "prepare", "publish", "deliver") if mail else ("poll", "publish")

    def preview(self, store: Store, digest: str | None, viewer: Viewer, *, upcoming: bool) -> Preview:
        return preview(store, self.renderer(store, self.digest(digest)), self.clock(), viewer, upcoming=upcoming)

    def status(self, store: Store) -> SiteStatus:
        digests = [table.digest() for table in self.config.digests]
        stands = site_status(store, self.clock(), self.config.source.url, digests, self.site(store).zone)
        looked = replace(stands, people=self.audience(store).troubles())
        # Who looks as of another instant does not look by this store's clock.
        return looked if self.rehearsed else replace(looked, clock_state=clock_check.look(store, self.clock()))

    def moved_closings(self, store: Store) -> list[str]:
        """What is to be said of closings that were moved within the day of an edition."""
        zone, now = self.site(store).zone, self.clock()
        digests = [table.digest() for table in self.config.digests]
        with store.read() as connection:
            closings = [(digest, next_closing(connection, digest, zone, now)) for digest in digests]
        return [line for digest, closing in closings for line in words_of_moved(digest, closing, zone)]

    def judgement(self, stands: SiteStatus) -> Judgement:
        every = self.config.daemon
        patience = Patience.with_looks(poll_every=every.poll_every, look_every=every.look_every)
        return judgement(stands, patience)

    def acknowledge(self, store: Store) -> None:
        """Writes down that the operator knows of the troubles there are now, and of no others."""
        judged = self.judgement(self.status(store))
        known = acknowledged((*judged.troubles, *judged.acknowledged), at=self.clock())
        with store.write() as connection:
            acknowledgements.replace(connection, known)

    def source_in_use(self, store: Store) -> str:
        """The kind of source that the posts come from, and why no better one."""
        with store.read() as connection:
            found = in_use(sources.notes(connection, self.config.source.url).memory)
        if found is None:
            return self.config.source.kind
        return "\n".join([f"{found.kind} at {found.address}", *(f"not {kind}: {why}" for kind, why in found.tried)])

    def check_templates(self) -> None:
        """Renders every template with samples; raises ``ConfigError``, with file and line, for all mistakes in them."""
        check_templates(self.environment, {**SHOWN, Page: visitors_page})

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

        def work(store: Store) -> PollResult:
            clock_check.believe(store, self.clock)
            source = ExportSource(path)
            read_one = self._reader(store)
            done = poll(store, source, self.clock, url=f"export {path.name}", read=read_one, on_batch=on_batch)
            return replace(done, troubles=(*self._lift_recurring(store), *self.refresh_events(store)))

        return execute(store, self.clock, "poll", work, rehearsed=self.rehearsed)

    def redirects(self, store: Store, server: Server, *, category_base: str) -> str:
        """The rules that lead readers of the blog's own feeds to ours."""
        return redirects(
            store,
            server,
            self.publish_settings(store).naming,
            blog_url=self.site(store).url,
            category_base=category_base,
            is_there=partial(files.is_there, self.config.feeds.dir),
        )

    def reread(self, store: Store, on_chunk: Callable[[int], None]) -> RereadResult:
        done = reread(store, self._reader(store), on_chunk=on_chunk)
        return replace(done, troubles=(*self._lift_recurring(store), *self.refresh_events(store)))

    # -- people --------------------------------------------------------------------------------

    def audience(self, store: Store) -> Audience:
        """The config's digests and its list, beside those whom the store serves."""
        config = self.config
        listed = tuple(Listed(email=t.email, name=t.name, categories=t.categories) for t in config.subscribers)
        return Audience(
            store=store,
            clock=self.clock,
            configured=tuple(ConfiguredDigest(digest=t.digest(), names=t.names) for t in config.digests),
            listed=listed,
            crawled=self.crawled(store),
        )

    def beside_the_store(self, store: Store) -> list[str]:
        """What of the config the store does not bear out, one line each."""
        return self.audience(store).amiss(named_slugs(self.config))

    # -- parts ---------------------------------------------------------------------------------

    def digest(self, name: str | None = None) -> Digest:
        """The digest that is or was called *name*, or the only one; raises ``UsageError`` where there is none such."""
        if not self.config.digests:
            raise UsageError("the config has no [[digests]], so there is no mail to make")
        for table in self.config.digests:
            if name is None or name in table.names:
                return table.digest()
        raise UsageError(f"there is no digest {name}; the config has {', '.join(t.name for t in self.config.digests)}")

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

    def publish_settings(self, store: Store) -> PublishSettings:
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
        return PublishSettings(
            folder=config.feeds.dir,
            naming=naming,
            zone=site.zone,
            site_url=site.url,
            most_entries=config.feeds.entries,
            most_bytes=config.feeds.max_bytes,
            combined=tuple(table.combined() for table in config.combined),
            authors=config.feeds.authors,
            digests=tuple(self.audience(store).titles().items()),
            events=has_events,
            subscribe_url=config.feeds.subscribe_url,
            formats=written_by(version, content_mark(self.environment, "site/")),
        )

    def _has_events(self, store: Store) -> bool:
        """Whether events are published: an address that was once there stays."""
        with store.read() as connection:
            return bool(events.shown(connection) or documents.paths(connection, EVENTS))

    def renderer(self, store: Store, digest: Digest) -> Renderer:
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
        return Renderer(
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

    def refresh_events(self, store: Store) -> tuple[str, ...]:
        """Brings the store's events up to date, unless another process is at it; returns what did not work."""

        def work() -> None:
            refresh_events(store, self.clock, self._configured_events(), self.site(store).zone)

        return self._beside(store, "events", work)

    def _look_at_events(
        self, store: Store, on_batch: Callable[[int], None], *, pause: Pause | None, at_once: bool
    ) -> tuple[str, ...]:
        """Lifts what recurs, asks the calendars that are due, and refreshes the events; returns what did not work."""
        return (
            *self._lift_recurring(store),
            *self._ask_calendars(store, partial(self._asked, store, on_batch, pause=pause, at_once=at_once)),
            *self.refresh_events(store),
        )

    def _lift_recurring(self, store: Store) -> tuple[str, ...]:
        return self._beside(store, "endings", lambda: lift_recurring(store, self._reader(store)))

    def _ask_calendars(self, store: Store, ask_them: Callable[[], CalendarsResult]) -> tuple[str, ...]:
        of_calendars: list[str] = []

        def work() -> None:
            of_calendars.extend(ask_them().troubles)

        return (*self._beside(store, "calendars", work), *of_calendars)

    def _beside(self, store: Store, name: str, work: Callable[[], object]) -> tuple[str, ...]:
        trouble = beside(store, self.clock, name, work)
        return () if trouble is None else (trouble,)

    def _asked(
        self, store: Store, on_batch: Callable[[int], None], *, pause: Pause | None, at_once: bool
    ) -> CalendarsResult:
        source, zone = self.config.source, self.site(store).zone
        wanted = [table.calendar() for table in self.config.calendars]
        agent = user_agent(source.contact or self.config.site.base_url)
        with HttpClient(agent=agent, timeout=source.timeout, max_bytes=source.max_bytes, pause=pause) as client:
            put = partial(ask, client, zone=zone)
            return ask_calendars(store, self.clock, wanted, put, zone, on_batch=on_batch, at_once=at_once)

    def _configured_events(self) -> tuple[Event, ...]:
        return tuple(table.event() for table in self.config.events)

    def secret(self, store: Store) -> str:
        """The key of signed links: the config's, else the store's own."""
        if self.config.mail.secret is not None:
            return self.config.mail.secret.get_secret_value()
        return facts.settled(store, facts.SECRET, facts.signing_key)

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
            titles=self.audience(store).titles(),
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

    @contextmanager
    def _source(self, store: Store, pause: Pause | None = None) -> Iterator[Source]:
        config = self.config.source
        agent = user_agent(config.contact or self.config.site.base_url)
        with ExitStack() as stack:
            url, kind, reach = config.url, config.kind, {}
            if url == SAMPLE:
                blog = Blog.shipped()
                url, kind, reach = blog.url, REST, {blog.url: stack.enter_context(serve(blog))}
            timeout, max_bytes = config.timeout, config.max_bytes
            client = stack.enter_context(
                HttpClient(agent=agent, timeout=timeout, max_bytes=max_bytes, reach=reach, pause=pause)
            )
            kinds = _kinds(client)
            # Also for one kind alone: each keeps notes of its own, so that a change of kind begins nothing anew.
            source = AutoSource(client, url, kinds if kind == "auto" else {kind: kinds[kind]})
            yield AttestedSource(source, store, self.clock, lambda: client.server_time)

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
