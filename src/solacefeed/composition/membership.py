"""What ``sync`` is made of: a source of the config, and by what the store is held to it."""

from __future__ import annotations

from solacefeed.composition.base import Base
from solacefeed.config.tables import SyncConfig
from solacefeed.deeds.people.member_files import MemberColumns
from solacefeed.deeds.people.sync_settings import SyncSettings
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.people import Basis, Wording
from solacefeed.store.database import Store


def source_named(base: Base, name: str | None) -> SyncConfig:
    """The source that is called so, or the only one; raises ``UsageError`` where there is none such."""
    sources = base.config.sync
    if not sources:
        raise UsageError("the config has no [[sync]]: it says which column is what, and why members may be mailed")
    there = ", ".join(each.name for each in sources)
    if name is None and len(sources) > 1:
        raise UsageError(f"there are several sources: say which by --source, one of {there}")
    found = next((each for each in sources if name in (None, each.name)), None)
    if found is None:
        raise UsageError(f"there is no source {name}; the config has {there}")
    return found


def columns(source: SyncConfig) -> MemberColumns:
    return MemberColumns(member=source.member, email=source.email, names=source.names, interests=source.interests)


def sync_settings(base: Base, store: Store, source: SyncConfig, *, acts: bool) -> SyncSettings:
    """By what the store is held to a source; raises ``ConfigError`` where a digest is lost."""
    audience, digests = base.audience(store), base.digests()
    wanted = [base.digest(name) for name in source.digests] or [digests[0]]
    audience.miss_no_digest()
    language = base.config.site.language
    return SyncSettings(
        source=source.name,
        digests=tuple({each.key: each for each in (audience.serve(*wanted) if acts else wanted)}.values()),
        basis=Basis(source.basis),
        evidence=source.evidence,
        wording=Wording(name=f"sync {source.name}", language=language, text=source.wording) if source.wording else None,
        words=source.words,
        largest_share=source.largest_fall / 100,
        names=base.names,
        zone=audience.zone,
        key=base.fingerprints,
        listed={each.key: {canonical(line.email) for line in audience.listed_for(each.key)} for each in wanted},
    )
