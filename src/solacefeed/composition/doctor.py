"""What ``doctor`` examines of a config's site; each examination loads what it asks by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path

from solacefeed.composition.base import Base
from solacefeed.composition.bounces import Bounces
from solacefeed.composition.pages import check as check_templates
from solacefeed.composition.posts import SAMPLE
from solacefeed.composition.signing import keys_of
from solacefeed.composition.upkeep import Upkeep
from solacefeed.config.advice import warnings
from solacefeed.config.checks import address_of
from solacefeed.deeds.upkeep.catalogue_check import check_catalogues
from solacefeed.deeds.upkeep.doctor import database, machine, mail, web
from solacefeed.deeds.upkeep.doctor.examinations import Examination, SiteFinding, note, ok, trouble, unknown
from solacefeed.deeds.upkeep.doctor.machine import OwnFile
from solacefeed.deeds.upkeep.doctor.web import PublishedDocument
from solacefeed.dns_client.lookup import Lookup
from solacefeed.errors import ConfigError, MissingStore, OlderStore, StoreError
from solacefeed.http_client.certificate import certificate_end
from solacefeed.http_client.client import HttpClient
from solacefeed.sources.found import in_use
from solacefeed.store import sources
from solacefeed.store.database import Store
from solacefeed.web.documents import media_type

#: Seconds for one question over the web, or to the relay.
_PATIENCE = 20

#: Those that are asked for from outside, where they are published: one of each kind that web servers have to know.
_ASKED_FOR = ("index.html", "all.atom", "all.rss", "all.json", "feeds.opml", "events.ics")

_DOMAINS_OF_RECEIVED = ("return_path", "reply_to", "unsubscribe_mailbox")

_INSTALL = "pip install '.[doctor]' in the checkout"


class Doctor:
    """*store* is the site's, opened to look, or why there is none."""

    def __init__(
        self, base: Base, bounces: Bounces, upkeep: Upkeep, store: Store | StoreError, *, lookup: Lookup, config: Path
    ) -> None:
        self._base = base
        self._bounces = bounces
        self._upkeep = upkeep
        self._store = store
        self._lookup = lookup
        self._config_file = config
        #: Asked once, whoever looks.
        self._silence = cache(self._is_silent)

    def examinations(self, test_mail: bytes | None = None) -> list[Examination]:
        """All that there is to look at, in the order in which it is told; of a *test_mail* as it came too."""
        parts = (self._of_config(), self._of_store(), self._of_machine(), self._of_web(), self._of_mail())
        found = [each for part in parts for each in part]
        if test_mail is not None:
            look = partial(self._test_mail, test_mail)
            found.append(Examination(name="test-mail", part="mail", promise="what a test mail shows", examine=look))
        return found

    # -- the config ------------------------------------------------------------------------------

    def _of_config(self) -> Iterator[Examination]:
        base = self._base
        templates, catalogues = partial(check_templates, base), partial(check_catalogues, base.config.site.catalogues)
        yield _of("config", "advice", "what of the config was perhaps not meant", partial(self._advice))
        yield _of("config", "templates", "templates", partial(_said, templates, "every template renders"))
        if base.config.site.catalogues:
            words = partial(_said, catalogues, "the catalogues are in order")
            yield _of("config", "catalogues", "catalogues", words)

    def _advice(self) -> Iterator[SiteFinding]:
        borne_out = self._upkeep.worth_a_look(self._store) if isinstance(self._store, Store) else []
        yield from database.config_findings([*warnings(self._base.config), *borne_out], well="the config is in order")

    # -- the store -------------------------------------------------------------------------------

    def _of_store(self) -> Iterator[Examination]:
        store = self._store
        if not isinstance(store, Store):
            yield _of("store", "database", "the store", partial(_without_store, store))
            return
        yield _of("store", "database", "the store", partial(database.database_findings, store))
        yield _of("store", "locks", "who is at work", partial(database.lock_findings, store))
        if self._base.config.store.engine == "procrastinate":
            yield _of(
                "store",
                "queue",
                "the queue of mail",
                partial(database.queue_findings, store, self._base.configured_keys),
            )

    # -- the machine -----------------------------------------------------------------------------

    def _of_machine(self) -> Iterator[Examination]:
        base = self._base
        yield _of("machine", "files", "modes of files", self._files)
        yield _of("machine", "disk", "room on the disk", self._room)
        yield _of("machine", "zones", "rules of time zones", self._zones)
        if not base.rehearsed:
            yield _of("machine", "clock", "the clock", self._clock)

    def _files(self) -> Iterator[SiteFinding]:
        config, feeds = self._base.config, self._base.config.feeds.dir
        yield from machine.file_findings(self._own_files())
        folders = {"the site's folder": self._base.folder, "the folder of feeds": feeds}
        if (file := self._file()) is not None:
            folders["the store's folder"] = file.parent
        yield from machine.folder_findings(folders)
        if feeds.is_dir() and config.web.listen is None:
            yield from machine.served_findings(feeds, [each.path for each in self._documents()])

    def _own_files(self) -> Iterator[OwnFile]:
        config = self._base.config
        yield OwnFile(what="the config", path=self._config_file, private=False)
        if (file := self._file()) is not None:
            for path in sorted([file, *file.parent.glob(f"{file.name}-*"), *file.parent.glob(f"{file.name}.*.lock")]):
                yield OwnFile(what="the store" if path.suffix != ".lock" else "a lock", path=path)
        secrets = {
            "[mail] password_file": config.mail.password_file,
            "[mail] secret_file": config.mail.secret_file,
            "[bounces] password_file": config.bounces.password_file,
            "[dkim] rsa_key_file": config.dkim.rsa_key_file,
            "[dkim] ed25519_key_file": config.dkim.ed25519_key_file,
            "the key of fingerprints": config.privacy.fingerprint_key_file,
        }
        yield from (OwnFile(what=what, path=path) for what, path in secrets.items() if path is not None)

    def _room(self) -> Iterable[SiteFinding]:
        config, file = self._base.config, self._file()
        folders = {"feeds": config.feeds.dir}
        if file is not None:
            folders = {"the store": file.parent, **folders}
        if config.mail.transport == "rehearsal":
            folders["rehearsed mails"] = config.mail.dir
        size = file.stat().st_size if file is not None and file.exists() else 0
        return machine.disk_findings(folders, wanted=size)

    def _file(self) -> Path | None:
        """The store's, where it is SQLite's, be it there or not."""
        if isinstance(self._store, Store):
            return self._store.file
        kind, separator, path = self._base.config.store.url.partition("sqlite:///")
        return Path(path) if separator and not kind else None

    def _zones(self) -> Iterable[SiteFinding]:
        zone = self._base.config.site.time_zone
        if zone is None and isinstance(self._store, Store):
            zone = str(self._base.site(self._store).zone)
        return machine.zone_findings(zone or "the blog's own zone", machine.zone_rules(), self._base.clock())

    def _clock(self) -> Iterator[SiteFinding]:
        config = self._base.config
        url = config.site.base_url if config.source.url == SAMPLE else config.source.url
        with self._client() as client:
            client.get(url, accept="*/*")
            yield from web.clock_findings(url, client.server_time, self._base.clock())

    # -- what is had from outside ----------------------------------------------------------------

    def _of_web(self) -> Iterator[Examination]:
        config = self._base.config
        yield _of("web", "source", "the blog", self._source, seconds=45)
        yield _of("web", "feeds", "the published documents from outside", self._served, seconds=120)
        if config.web.base_url is not None:
            yield _of("web", "pages", "our own pages from outside", self._pages, seconds=45)
        yield from self._certificates().values()

    def _certificates(self) -> dict[str, Examination]:
        """By the address that is served with each."""
        config, now = self._base.config, self._base.clock()
        found = {}
        for url in filter(None, (config.site.base_url, config.web.base_url)):
            if url.startswith("https:"):
                look = partial(web.certificate_of, url, partial(certificate_end, timeout=_PATIENCE))
                found[url] = _of("web", "certificate", f"the certificate of {url}", partial(look, now), seconds=45)
        return found

    def daily(self) -> dict[str, Examination]:
        """What is looked at once a day without being asked: it ends while nobody changes anything here. By its name."""
        found = {f"certificate {url}": each for url, each in self._certificates().items()}
        if self._base.config.mail.transport == "smtp" and self._base.config.dkim.domain is not None:
            look = partial(self._unless_silent, "DKIM", self._dkim)
            found["dkim"] = _of("dns", "dkim", "DKIM", look, seconds=60)
        return found

    def _source(self) -> Iterator[SiteFinding]:
        url = self._base.config.source.url
        if url == SAMPLE:
            yield ok("posts are those of the bundled blog")
            return
        found = None
        if isinstance(self._store, Store):
            with self._store.read() as connection:
                found = in_use(sources.notes(connection, url).memory)
        configured = self._base.config.source.kind
        kind = found.kind if found else None if configured == "auto" else configured
        tried = tuple(f"{better}: {why}" for better, why in found.tried) if found else ()
        with self._client() as client:
            yield from web.source_findings(client, url, kind, tried)

    def _served(self) -> Iterator[SiteFinding]:
        with self._client() as client:
            yield from web.document_findings(client, self._base.config.site.base_url.rstrip("/"), self._documents())

    def _documents(self) -> list[PublishedDocument]:
        folder = self._base.config.feeds.dir
        there = [name for name in _ASKED_FOR if (folder / name).is_file()]
        return [
            PublishedDocument(path=name, kind=media_type(name), content=(folder / name).read_bytes()) for name in there
        ]

    def _pages(self) -> Iterator[SiteFinding]:
        with self._client() as client:
            yield from web.page_findings(client, (self._base.config.web.base_url or "").rstrip("/"))

    def _client(self) -> HttpClient:
        source = self._base.config.source
        return HttpClient(agent=self._base.agent, timeout=min(source.timeout, _PATIENCE), max_bytes=source.max_bytes)

    # -- mail ------------------------------------------------------------------------------------

    def _of_mail(self) -> Iterator[Examination]:
        config = self._base.config
        if files := self._base.mailbox_files:
            yield _of("mail", "mailboxes", "mailboxes on this machine", partial(self._mailboxes, files))
        if config.bounces.imap is not None:
            yield _of("mail", "imap", "the mailbox of bounces", self._imap, seconds=60)
        if config.mail.transport == "rehearsal":
            yield _of("mail", "rehearsal", "how mails leave", _rehearsal)
            return
        yield _of("mail", "relay", "the relay", self._relay, seconds=60)
        yield _of("dns", "resolver", "the resolver", self._resolver)
        looks: dict[str, tuple[str, Callable[[], Iterable[SiteFinding]]]] = {
            "spf": ("SPF", self._spf),
            "dkim": ("DKIM", self._dkim),
            "dmarc": ("DMARC", self._dmarc),
            "mx": ("where mail to us goes", self._mx),
        }
        for name, (promise, look) in looks.items():
            yield _of("dns", name, promise, partial(self._unless_silent, promise, look), seconds=60)

    def _mailboxes(self, files: dict[str, Path]) -> Iterable[SiteFinding]:
        from solacefeed.deeds.upkeep.doctor.relay import mailbox_file_findings

        return mailbox_file_findings(files)

    def _imap(self) -> Iterable[SiteFinding]:
        from solacefeed.deeds.upkeep.doctor.relay import imap_findings

        return imap_findings(self._bounces.imap_mailbox(self._base.config.bounces.imap or ""))

    def _relay(self) -> Iterator[SiteFinding]:
        from solacefeed.composition.mail_parts import over_the_relay
        from solacefeed.deeds.upkeep.doctor.relay import relay_findings
        from solacefeed.delivery.relay_check import RelayProbe

        config, now = self._base.config, self._base.clock()
        with over_the_relay(config, RelayProbe, timeout=min(config.mail.timeout, _PATIENCE))() as relay:
            yield from relay_findings(relay, config.mail.return_path, verp=config.bounces.verp, now=now)

    def _test_mail(self, content: bytes) -> Iterable[SiteFinding]:
        from solacefeed.delivery.authentication_results import received_headers
        from solacefeed.delivery.signature_check import check

        return mail.mail_findings(received_headers(content), check(content, keys_of(self._base.config)))

    # -- the name system -------------------------------------------------------------------------

    def _is_silent(self) -> str | None:
        from solacefeed.deeds.upkeep.doctor.dns import silence

        return silence(self._lookup, _domain(self._base.config.mail.return_path))

    def _unless_silent(self, promise: str, look: Callable[[], Iterable[SiteFinding]]) -> Iterator[SiteFinding]:
        if self._silence():
            yield unknown(f"{promise}: not looked at, for no resolver answers")
        else:
            yield from look()

    def _resolver(self) -> Iterable[SiteFinding]:
        from solacefeed.deeds.upkeep.doctor.dns import resolver_findings

        return resolver_findings(self._lookup, self._silence())

    def _spf(self) -> Iterator[SiteFinding]:
        from solacefeed.deeds.upkeep.doctor.dns import spf_findings
        from solacefeed.dns_client.sender_policies import is_installed, spf_policy

        if not is_installed():
            yield unknown("SPF is not looked at", _INSTALL)
            return
        config, domain = self._base.config, _domain(self._base.config.mail.return_path)
        host = config.mail.host or "localhost"
        policy = spf_policy(domain, self._lookup)
        yield from spf_findings(domain, policy, host, self._lookup.addresses(host))

    def _dkim(self) -> Iterator[SiteFinding]:
        from solacefeed.deeds.upkeep.doctor.dns import dkim_findings

        try:
            keys = keys_of(self._base.config)
        except ConfigError as error:
            yield from (trouble(problem, "see docs/delivery.md, Signing by ourselves") for problem in error.problems)
            return
        yield from dkim_findings(keys, self._lookup)

    def _dmarc(self) -> Iterator[SiteFinding]:
        from solacefeed.deeds.upkeep.doctor.dns import SenderDomains, dmarc_findings
        from solacefeed.dns_client.sender_policies import dmarc_policy, is_installed, organisational_domain

        if not is_installed():
            yield unknown("DMARC is not looked at", _INSTALL)
            return
        config = self._base.config
        author = _domain(address_of(config.mail.sender))
        domains = SenderDomains(
            author=author,
            return_path=_domain(config.mail.return_path),
            signing=(config.dkim.domain,) if config.dkim.domain else (),
        )
        yield from dmarc_findings(domains, dmarc_policy(author, self._lookup), organisational_domain)

    def _mx(self) -> Iterator[SiteFinding]:
        from solacefeed.deeds.upkeep.doctor.dns import mailbox_findings

        named: dict[str, list[str]] = {}
        for key in _DOMAINS_OF_RECEIVED:
            if address := getattr(self._base.config.mail, key):
                named.setdefault(_domain(address_of(address)), []).append(f"[mail] {key}")
        for domain, keys in named.items():
            yield from mailbox_findings(domain, keys, self._lookup)


def _of(
    part: str, name: str, promise: str, examine: Callable[[], Iterable[SiteFinding]], *, seconds: float = 30.0
) -> Examination:
    return Examination(name=name, part=part, promise=promise, examine=examine, seconds=seconds)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _said(check: Callable[[], list[str]], well: str) -> Iterator[SiteFinding]:
    """What a check of ours says: mistakes are troubles, all else is worth a look."""
    try:
        said = check()
    except ConfigError as error:
        yield from (
            trouble(problem, "mend that line; `solacefeed check` tells all such lines") for problem in error.problems
        )
        return
    yield from database.config_findings(said, well=well)


def _without_store(why: StoreError) -> Iterator[SiteFinding]:
    if isinstance(why, MissingStore):
        yield note("there is no store yet", "`solacefeed run` makes it")
    elif isinstance(why, OlderStore):
        yield note(str(why), "back the store up; the next deed brings it up to date. See docs/operating.md, Upgrade")
    else:
        yield trouble(str(why), "see docs/operating.md, When something is wrong")


def _rehearsal() -> Iterator[SiteFinding]:
    yield note(
        "mails are rehearsed, so that neither a relay nor what the name system says of your mail is looked at",
        '[mail] transport = "smtp", then `solacefeed doctor` again',
    )
