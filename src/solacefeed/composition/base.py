"""What every deed's composition goes by: the config, the clock, and what both say with a store of the site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from solacefeed import catalogue
from solacefeed.brand import Brand, branded, logo, typeface
from solacefeed.composition.process_state import ProcessState
from solacefeed.config import Config, content_known_by
from solacefeed.errors import UsageError
from solacefeed.models.blog import BlogInfo
from solacefeed.models.digests import CategoryNames, Digest
from solacefeed.models.events import Event
from solacefeed.models.people import Basis
from solacefeed.pace import Pace
from solacefeed.palette import palette
from solacefeed.person_names import person_name
from solacefeed.ports import Clock
from solacefeed.site import Site, zone_named
from solacefeed.sources.found import CATEGORIES, SITE, lacking
from solacefeed.store import categories, facts, sources
from solacefeed.store.config_read import ConfigRead
from solacefeed.store.database import Store
from solacefeed.store.home import HomeFiles, home_of
from solacefeed.store.sources import SourceNotes
from solacefeed.template_files import content_mark

if TYPE_CHECKING:
    import sqlalchemy as sa
    from jinja2 import Environment

    from solacefeed.deeds.people.audience import Audience
    from solacefeed.deeds.people.fingerprints import FingerprintKey
    from solacefeed.tokens import Keys


class Base:
    """solacefeed as one config wants it; ``as_of`` is the instant of a rehearsal, ``None`` for the real clock."""

    def __init__(self, config: Config, *, as_of: datetime | None, folder: Path, read: ConfigRead | None = None) -> None:
        catalogue.look_in(config.site.catalogues)
        self.config = config
        #: Where the config file stands, and with it everything of the site.
        self.folder = folder
        self.as_of = as_of
        #: The file that it was read from, as that was then; ``None`` where it is of no file.
        self.read = read
        #: Another's where this config takes its place (``daemon.reading_again``).
        self.process = ProcessState()

    def file_is_another_now(self) -> bool:
        """Whether the config's file was changed since it was read."""
        return self.read is not None and content_known_by(Path(self.read.path)) != self.read.content

    @property
    def rehearsed(self) -> bool:
        return self.as_of is not None

    @property
    def clock(self) -> Clock:
        instant = self.as_of
        return (lambda: datetime.now(UTC)) if instant is None else (lambda: instant)

    @property
    def agent(self) -> str:
        """How we call ourselves to servers, with somebody to write to."""
        from solacefeed.http_client.client import user_agent

        return user_agent(self.config.source.contact or self.config.site.base_url)

    @cached_property
    def environment(self) -> Environment:
        from solacefeed.templating import templates

        return templates(self.config.site.templates, self.brand)

    @cached_property
    def brand(self) -> Brand:
        """What pages and mails look like."""
        site = self.config.site
        picture = logo(site.logo, site.organisation, site.logo_size) if site.logo else None
        return branded(palette(site.accent), typeface(site.typeface), picture)

    def templates_mark(self, part: str) -> str:
        """Changes with what the templates below *part* say."""
        return content_mark(part, self.config.site.templates)

    @property
    def configured_events(self) -> tuple[Event, ...]:
        return tuple(table.event() for table in self.config.events)

    def digest(self, name: str | None = None) -> Digest:
        """The digest that is or was called *name*, or the only one; raises ``UsageError`` where there is none such."""
        if not self.config.digests:
            raise UsageError("the config has no [[digests]], so there is no mail to make")
        there = ", ".join(table.name for table in self.config.digests)
        if name is None and len(self.config.digests) > 1:
            raise UsageError(f"there are several digests: say which by --digest, one of {there}")
        for table in self.config.digests:
            if name is None or name in table.names:
                return table.digest()
        raise UsageError(f"there is no digest {name}; the config has {there}")

    def digests(self) -> tuple[Digest, ...]:
        """All that the config has, in its order; raises ``UsageError`` where that is none."""
        if not self.config.digests:
            raise UsageError("the config has no [[digests]], so there is no mail to make")
        return tuple(table.digest() for table in self.config.digests)

    @property
    def mailbox_files(self) -> dict[str, Path]:
        """The mailboxes on this machine, by the keys of the config that name them."""
        mail, bounces = self.config.mail, self.config.bounces
        files = {f"[mail] unsubscribe_files {path.name}": path for path in mail.unsubscribe_files}
        return files | ({"[bounces] maildir": bounces.maildir} if bounces.maildir else {})

    @property
    def pace(self) -> Pace:
        """The limits of mail; a rehearsal has none, for it mails nobody."""
        config = self.config
        return Pace() if config.mail.transport == "rehearsal" else config.delivery.pace()

    @property
    def tells_somebody(self) -> bool:
        """Whether there is somebody to tell of troubles."""
        watch = self.config.monitoring
        mails = self.config.mail.operators and self.config.digests
        return bool(mails or watch.webhook or watch.heartbeat)

    @property
    def subscribe_url(self) -> str | None:
        """Where people subscribe by email: where the config says, else at our own form if they can there."""
        config = self.config
        can_join = any(table.public and table.join == "open" for table in config.digests)
        own = f"{config.web.base_url.rstrip('/')}/subscribe" if config.web.base_url and can_join else None
        return config.feeds.subscribe_url or own

    @property
    def names(self) -> CategoryNames:
        """What readers see of categories, and what these tell of their posts."""
        names = replace(self.config.categories.names(), languages=self.config.languages)
        return self.config.tags.added_to(names)

    def site(self, store: Store) -> Site:
        """What the config says of the site; where it does not, the blog."""
        with store.read_at_once() as connection:
            return self._site(sources.notes(connection, self.config.source.url).site)

    def _site(self, told: BlogInfo | None) -> Site:
        """By what the blog has *told* of itself."""
        config = self.config.site
        return Site(
            title=config.title or (told and told.title) or config.organisation,
            url=told.url if told else config.base_url,
            base_url=config.base_url,
            tag_authority=config.tag_authority,
            language=config.language,
            organisation=config.organisation,
            zone=zone_named(config.time_zone or (told and told.time_zone) or "UTC"),
        )

    def crawled(self, store: Store) -> bool:
        """Whether the blog was once crawled whole."""
        with store.read_at_once() as connection:
            return sources.notes(connection, self.config.source.url).complete

    def _waits_for(self, connection: sa.Connection, notes: SourceNotes) -> str | None:
        """What has to be known of the blog before editions are prepared; ``None`` while nothing is lacking."""
        if not notes.complete:
            return "the first crawl is complete"
        if self.config.site.time_zone is None and notes.site is None:
            return f"the blog's time zone is known{_why(notes, SITE)}: write [site] time_zone"
        if CATEGORIES in lacking(notes.memory) and not categories.are_met(connection):
            return f"the blog's categories are known{_why(notes, CATEGORIES)}"
        return None

    def audience(self, store: Store) -> Audience:
        """The config's digests and its list, beside those whom the store serves."""
        from solacefeed.deeds.people.audience import Audience
        from solacefeed.deeds.people.digests import ConfiguredDigest
        from solacefeed.deeds.people.list_rules import Listed

        config = self.config
        with store.read() as connection:
            notes = sources.notes(connection, config.source.url)
            waits_for = self._waits_for(connection, notes)
        return Audience(
            store=store,
            clock=self.clock,
            configured=tuple(ConfiguredDigest(digest=t.digest(), names=t.names) for t in config.digests),
            listed=tuple(
                Listed(
                    email=each.email,
                    name=person_name(each.name),
                    categories=each.categories,
                    cadence=each.cadence_kind(),
                    language=each.language,
                    digests=tuple(self.digest(name).key for name in each.digests),
                    basis=Basis(each.basis),
                    evidence=each.evidence,
                )
                for each in config.subscribers
            ),
            zone=self._site(notes.site).zone,
            key=self.fingerprints,
            crawled=notes.complete,
            waits_for=waits_for,
            is_outdated=self.file_is_another_now,
        )

    def zone_is_known(self, store: Store) -> bool:
        """Whether by somebody's word: months stand in permanent addresses."""
        with store.read_at_once() as connection:
            told = sources.notes(connection, self.config.source.url).site
        return self.config.site.time_zone is not None or told is not None

    def home(self, store: Store) -> HomeFiles:
        """The files by which a store is known that was copied or restored."""
        return home_of(store, self.home_otherwise)

    @property
    def home_otherwise(self) -> Path:
        """The file of a store on PostgreSQL."""
        return self.folder / "var" / "solacefeed.home"

    def keys(self, store: Store) -> Keys:
        """Those of signed links, the newest first: the config's, then the store's own."""
        return facts.signing_keys(store, self.configured_keys)

    @property
    def configured_keys(self) -> Keys:
        """Those that the config has, the newest first; none where the store's own signs."""
        secret = self.config.mail.secret
        return tuple(secret.get_secret_value().split()) if secret else ()

    @cached_property
    def fingerprints(self) -> FingerprintKey:
        """What tells an erased address, wherever it comes from."""
        from solacefeed.deeds.people.fingerprints import FingerprintKey

        return FingerprintKey(path=self.config.privacy.fingerprint_key_file)


def _why(notes: SourceNotes, what: str) -> str:
    """Why that is not known of the blog, where its source has said so."""
    said = lacking(notes.memory).get(what)
    return f" ({said})" if said else ""
