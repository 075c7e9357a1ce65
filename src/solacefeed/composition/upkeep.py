"""How a site stands, as a config wants it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from solacefeed.composition.base import Base
from solacefeed.config import content_known_by
from solacefeed.config.advice import named_slugs, named_tags
from solacefeed.deeds.delivering.pace_status import PaceStatus, paces
from solacefeed.deeds.editions.due import next_closing, words_of_moved
from solacefeed.deeds.people.category_slugs import misspelt_tags
from solacefeed.deeds.people.sync import held_since
from solacefeed.deeds.upkeep import clock_check
from solacefeed.deeds.upkeep.backup_status import backup_status
from solacefeed.deeds.upkeep.deed_troubles import Patience, deeds_wanted
from solacefeed.deeds.upkeep.disk_room import rooms
from solacefeed.deeds.upkeep.edition_status import EditionOutcome
from solacefeed.deeds.upkeep.outlook import looked_out
from solacefeed.deeds.upkeep.status import SiteStatus, site_status
from solacefeed.deeds.upkeep.troubles import Judgement, acknowledged, judgement
from solacefeed.delivery import mailboxes
from solacefeed.delivery.trial import OnlyTo
from solacefeed.errors import ConfigError, SolacefeedError
from solacefeed.models.digests import Digest
from solacefeed.models.editions import EditionState
from solacefeed.sources.found import Found, in_use
from solacefeed.store import acknowledgements, config_read, facts, home, sources
from solacefeed.store.database import Store
from solacefeed.store.job_tables import standing
from solacefeed.store.locks import DAEMON, holder
from solacefeed.store.unkept_ends import UnkeptEnds
from solacefeed.store.writable import why_read_only


class Upkeep:
    def __init__(self, base: Base) -> None:
        self._base = base

    def status(self, store: Store) -> SiteStatus:
        base, now = self._base, self._base.clock()
        status = site_status(store, now, base.config.source.url, self._digests(), base.site(store).zone)
        audience = base.audience(store)
        at_home = base.home(store)
        strange = home.why_not_at_home(store, at_home)
        with store.read() as connection:
            amiss = base.fingerprints.amiss(connection)
            held = {each.name: held_since(connection, each.name) for each in base.config.sync}
            paced = paces(connection, base.pace, now)
            zone, crawled = base.site(store).zone, status.crawled and status.clock == facts.LIVE
            outlook = looked_out(connection, self._digests(), zone, now, crawled=crawled)
            every = base.config.backup.every if base.config.backup.dir and store.file else None
            kept = backup_status(
                connection,
                not_at_home=strange,
                log_with_gap=at_home.log.path if at_home.log.has_gap() else None,
                every=every,
                by_server=store.file is None,
            )
            queue = standing(connection) if base.config.store.engine == "procrastinate" else None
        looked = replace(
            status,
            outdated_configs=self._outdated_configs(store),
            unkept_ends=_unkept_ends(status, UnkeptEnds.beside(at_home.file)),
            leader=holder(store, "daemon") if queue else None,
            queue=queue,
            no_writes=why_read_only(store),
            # Whom the list may enter can't be told without the key.
            people=() if amiss else audience.troubles(),
            waits_for=audience.waits_for,
            syncs_held={name: record for name, record in held.items() if record},
            key_amiss=amiss,
            only_to=base.config.mail.only_to,
            cut_off=self.cut_off(),
            templates_amiss=self._templates_amiss(),
            paces=paced,
            mailboxes_behind={name: at for name, at in status.mailboxes_behind.items() if self._is_read(name)},
            outlook=replace(
                outlook,
                store_size=store.file.stat().st_size if store.file and store.file.exists() else 0,
                by_mail_alone=self._tells_by_mail_alone(),
            ),
            backups=kept,
            has_forms=base.config.web.base_url is not None,
            mailboxes_to_come=self.mailboxes_to_come(),
            bounces_to_read=mailboxes.waiting(base.config.bounces.unread),
            bounces_folder=str(base.config.bounces.unread),
            mails_stay_here=base.config.mail.transport == "rehearsal",
            editions=tuple(_by_the_pace(each, paced) for each in status.editions),
            next_looks=self._next_looks(store, status),
            disks=rooms(self._folders(store)),
        )
        # Who looks as of another instant does not look by this store's clock.
        return looked if base.rehearsed else replace(looked, clock_state=clock_check.glance(store, now))

    def _outdated_configs(self, store: Store) -> dict[str, datetime]:
        """By kind of process on this machine, when the first that runs has read the file, if that is another now."""
        own = self._base.read
        if own is None:
            return {}
        path = Path(own.path)
        with store.read() as connection:
            noted = config_read.noted_of_processes(connection)
            daemons = config_read.noted(connection)
        if daemons is not None and holder(store, DAEMON) is not None:
            noted.insert(0, (DAEMON, daemons))
        content = content_known_by(path) if noted else None
        outdated: dict[str, datetime] = {}
        for kind, read in noted:
            if read.is_of_file(path) and read.content != content:
                outdated[kind] = min(read.at, outdated.get(kind, read.at))
        return outdated

    def _next_looks(self, store: Store, status: SiteStatus) -> dict[str, datetime]:
        """Of a live site: the daemon's next, at the latest; none where no daemon runs."""
        every = self._base.config.daemon
        if status.clock != facts.LIVE or holder(store, DAEMON) is None:
            return {}
        looks = {deed: every.poll_every if deed in ("poll", "publish") else every.look_every for deed in status.records}
        begun = {deed: record.ended_at or record.started_at for deed, record in status.records.items()}
        return {deed: begun[deed] + looks[deed] for deed in looks}

    def _is_read(self, mailbox: str) -> bool:
        """Whether looks read a mailbox still, by the config."""
        said = self._base.config.bounces
        files = {f"bounces {said.maildir}", *map(str, self._base.config.mail.unsubscribe_files)}
        return mailbox in files or (said.imap is not None and mailbox.startswith("imap://"))

    def judgement(self, status: SiteStatus) -> Judgement:
        return judgement(status, self.patience())

    def cut_off(self) -> tuple[str, ...]:
        """Operators and editors whom `[mail] only_to` keeps mail from, alarms and drafts too."""
        mail = self._base.config.mail
        wanted = dict.fromkeys((*mail.operators, *mail.editors))
        return tuple(each for each in wanted if not OnlyTo(allowed=mail.only_to).reaches(each))

    def mailboxes_to_come(self) -> dict[str, str]:
        """The mailboxes on this machine that are not there yet, by the keys of the config that name them."""
        return {key: str(path) for key, path in self._base.mailbox_files.items() if _is_to_come(path)}

    def _templates_amiss(self) -> tuple[str, ...]:
        """What is wrong with templates of the operator's: looked at once a process, and when they change."""
        base = self._base
        if base.config.site.templates is None:
            return ()
        try:
            mark = base.templates_mark("")
        except ConfigError as error:
            return tuple(error.problems)
        known = base.process.templates_amiss
        if known is None or known[0] != mark:
            from solacefeed.composition.pages import template_problems

            known = base.process.templates_amiss = (mark, template_problems(base))
        return known[1]

    def patience(self) -> Patience:
        """How long no good look of a deed is no trouble yet."""
        every = self._base.config.daemon
        return Patience.with_looks(poll_every=every.poll_every, look_every=every.look_every)

    def deeds_of_config(self) -> tuple[str, ...]:
        """Those that a site of this config is to have done."""
        config = self._base.config
        return deeds_wanted(has_digests=bool(config.digests), has_forms=config.web.base_url is not None)

    def acknowledge(self, store: Store) -> None:
        """Writes down that the operator knows of the troubles there are now, and of no others."""
        judged = self.judgement(self.status(store))
        known = acknowledged((*judged.troubles, *judged.acknowledged), at=self._base.clock())
        with store.write() as connection:
            acknowledgements.replace(connection, known)

    def source_in_use(self, store: Store) -> str:
        """The kind of source that the posts come from, and why no better one."""
        found = self._found(store)
        if found is None:
            return self._base.config.source.kind
        return "\n".join([f"{found.kind} at {found.address}", *(f"not {kind}: {why}" for kind, why in found.tried)])

    def kind_in_use(self, store: Store) -> str:
        """The kind alone; ``auto`` before one was found."""
        found = self._found(store)
        return found.kind if found else self._base.config.source.kind

    def _found(self, store: Store) -> Found | None:
        with store.read() as connection:
            return in_use(sources.notes(connection, self._base.config.source.url).memory)

    def worth_a_look(self, store: Store) -> list[str]:
        """What of the config the store does not bear out, and closings that were moved, one line each."""
        zone, now = self._base.site(store).zone, self._base.clock()
        with store.read() as connection:
            closings = [(digest, next_closing(connection, digest, zone, now)) for digest in self._digests()]
            tags = misspelt_tags(connection, named_tags(self._base.config))
            amiss = self._base.fingerprints.amiss(connection)
        key = [f"[privacy] fingerprint_key_file: who was erased can't be known: {amiss}"] if amiss else []
        moved = [line for digest, closing in closings for line in words_of_moved(digest, closing, zone)]
        # As in the status.
        listed = [] if amiss else self._base.audience(store).amiss(named_slugs(self._base.config))
        return [*key, *moved, *listed, *tags]

    def _folders(self, store: Store) -> dict[str, Path]:
        """Those that we write to, by what they are of."""
        config = self._base.config
        own = {"the store": store.file.parent} if store.file else {}
        mails = {"rehearsed mails": config.mail.dir} if config.mail.transport == "rehearsal" else {}
        return {**own, "feeds": config.feeds.dir, "unread bounces": config.bounces.unread, **mails}

    def _tells_by_mail_alone(self) -> bool:
        config, watch = self._base.config, self._base.config.monitoring
        mails = bool(config.mail.operators) and config.mail.transport == "smtp"
        return mails and not (watch.heartbeat or watch.webhook)

    def _digests(self) -> list[Digest]:
        return [table.digest() for table in self._base.config.digests]


def _is_to_come(path: Path) -> bool:
    try:
        return mailboxes.is_to_come(path)
    except SolacefeedError:
        # The look that reads it says why it can't.
        return False


def _by_the_pace(edition: EditionOutcome, paced: Sequence[PaceStatus]) -> EditionOutcome:
    """With the end that the limits of all copies give, where that is later."""
    ends = [each.ends_at for each in paced if each.ends_at and each.waiting]
    if not ends or edition.state is not EditionState.DELIVERING or not edition.waiting:
        return edition
    return replace(edition, ends_at=max([*ends, *([edition.ends_at] if edition.ends_at else [])]))


def _unkept_ends(status: SiteStatus, ends: UnkeptEnds) -> dict[str, str]:
    """How the last of each deed ended whose record has no end, as far as that is known beside the store."""
    without = {deed: record for deed, record in status.records.items() if record.ok is None}
    return {deed: words for deed, record in without.items() if (words := ends.of(record))}
