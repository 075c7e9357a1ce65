"""How a site stands, as a config wants it looked at."""

from __future__ import annotations

from dataclasses import replace

from solacefeed.composition.base import Base
from solacefeed.config.advice import named_slugs, named_tags
from solacefeed.deeds.delivering.pace_status import paces
from solacefeed.deeds.editions.due import next_closing, words_of_moved
from solacefeed.deeds.people.category_slugs import misspelt_tags
from solacefeed.deeds.people.sync import held_since
from solacefeed.deeds.upkeep import clock_check
from solacefeed.deeds.upkeep.backup_status import backup_status
from solacefeed.deeds.upkeep.status import SiteStatus, site_status
from solacefeed.deeds.upkeep.troubles import Judgement, Patience, acknowledged, judgement
from solacefeed.delivery import mailboxes
from solacefeed.models.digests import Digest
from solacefeed.sources.found import in_use
from solacefeed.store import acknowledgements, home, sources
from solacefeed.store.database import Store


class Upkeep:
    def __init__(self, base: Base) -> None:
        self._base = base

    def status(self, store: Store) -> SiteStatus:
        base, now = self._base, self._base.clock()
        status = site_status(store, now, base.config.source.url, self._digests(), base.site(store).zone)
        audience = base.audience(store)
        strange = home.why_not_at_home(store, base.home(store))
        with store.read() as connection:
            amiss = base.fingerprints.amiss(connection)
            held = {each.name: held_since(connection, each.name) for each in base.config.sync}
            paced = paces(connection, base.pace, now)
            every = base.config.backup.every if base.config.backup.dir and store.file else None
            kept = backup_status(connection, not_at_home=strange, every=every)
        looked = replace(
            status,
            # Whom the list may enter can't be told without the key.
            people=() if amiss else audience.troubles(),
            waits_for=audience.waits_for,
            syncs_held={name: record for name, record in held.items() if record},
            key_amiss=amiss,
            only_to=base.config.mail.only_to,
            paces=paced,
            backups=kept,
            has_forms=base.config.web.base_url is not None,
            bounces_to_read=mailboxes.waiting(base.config.bounces.unread),
            bounces_folder=str(base.config.bounces.unread),
            mails_stay_here=base.config.mail.transport == "rehearsal",
        )
        # Who looks as of another instant does not look by this store's clock.
        return looked if base.rehearsed else replace(looked, clock_state=clock_check.look(store, now))

    def judgement(self, status: SiteStatus) -> Judgement:
        every = self._base.config.daemon
        patience = Patience.with_looks(poll_every=every.poll_every, look_every=every.look_every)
        return judgement(status, patience)

    def acknowledge(self, store: Store) -> None:
        """Writes down that the operator knows of the troubles there are now, and of no others."""
        judged = self.judgement(self.status(store))
        known = acknowledged((*judged.troubles, *judged.acknowledged), at=self._base.clock())
        with store.write() as connection:
            acknowledgements.replace(connection, known)

    def source_in_use(self, store: Store) -> str:
        """The kind of source that the posts come from, and why no better one."""
        config = self._base.config.source
        with store.read() as connection:
            found = in_use(sources.notes(connection, config.url).memory)
        if found is None:
            return config.kind
        return "\n".join([f"{found.kind} at {found.address}", *(f"not {kind}: {why}" for kind, why in found.tried)])

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

    def _digests(self) -> list[Digest]:
        return [table.digest() for table in self._base.config.digests]
