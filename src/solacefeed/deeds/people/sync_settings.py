"""A source of ``sync``, and what came of holding the store to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from solacefeed.deeds.held_back import LARGEST_SHARE
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.models.digests import CategoryNames, Digest
from solacefeed.models.people import Basis, How, NewConsent, Wording
from solacefeed.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """A source, and by what the store is held to it."""

    #: Its name in the config.
    source: str
    digests: tuple[Digest, ...]
    basis: Basis
    #: What shows the consent; without it and a wording, it is claimed.
    evidence: str | None = None
    #: What members have agreed to.
    wording: Wording | None = None
    #: The slug of a category, by the database's word for it.
    words: Mapping[str, str] = field(default_factory=dict)
    #: Of all whom it brought: more than these, gone or moved at once, are held back.
    largest_share: float = LARGEST_SHARE
    #: What readers see of the categories.
    names: CategoryNames
    zone: tzinfo
    key: FingerprintKey
    #: The canonical addresses that the config lists, by digest.
    listed: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def digest_keys(self) -> tuple[str, ...]:
        return tuple(each.key for each in self.digests)

    def consent(self, at: datetime) -> NewConsent:
        """The database's word for it."""
        return NewConsent(
            basis=self.basis,
            at=at,
            how=How.SYNC,
            source=self.source,
            evidence=self.evidence,
            claimed=self.evidence is None,
            wording_hash=self.wording.hash if self.wording else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """A member of whom something is not as the export says."""

    line: int
    member: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a look has found, or what was done."""

    #: Rows of the export; those of members who were new to the store, and of whom nothing was to be done.
    rows: int = 0
    new: int = 0
    same: int = 0
    #: Subscribers who were here and whom it has a digest begin for, or begin again.
    begun: int = 0
    back: int = 0
    moved: int = 0
    renamed: int = 0
    #: Those who are here otherwise and stay as they are, and are known by the member's number from now on.
    known: int = 0
    #: Members whom the export has no more, or no more for a digest, and subscriptions that ended so.
    gone: int = 0
    ended: int = 0
    #: Of those, and of changed addresses, how many are too many to be believed.
    held_gone: int = 0
    held_moves: int = 0
    alone: tuple[LeftAlone, ...] = ()
    #: Words of the members' interests that are no category.
    unknown: tuple[str, ...] = ()

    def held_back(self) -> tuple[str, ...]:
        """What the export says that is too much at once to be believed, a line each."""
        gone = f"{counted(self.held_gone, 'member')} no more" if self.held_gone else None
        moved = f"another address for {counted(self.held_moves, 'member')}" if self.held_moves else None
        return tuple(f"the export has {each}, too many at once to be believed" for each in (gone, moved) if each)
