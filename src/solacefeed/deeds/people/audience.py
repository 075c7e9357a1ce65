"""The audience: the config's digests and its list, beside those whom the store serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from solacefeed.deeds.people import digests, subscriber_list
from solacefeed.deeds.people.category_slugs import known_slugs, misspelt
from solacefeed.deeds.people.digests import ConfiguredDigest, GivenUp, called, known_digests
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.list_rules import Comparison, Listed
from solacefeed.errors import ConfigError, UsageError
from solacefeed.models.digests import Digest
from solacefeed.ports import Clock
from solacefeed.store.database import Store

#: What is likeliest, and harms nothing, before what ends subscriptions.
NOT_READ_YET = (
    "the config's file was changed since it was read: `systemctl reload solacefeed`, or a SIGHUP to the daemon, reads "
    "it anew; only if this is said then too"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who is to get which digest, by a config and by a store."""

    store: Store
    clock: Clock
    #: By whose days the digests close.
    zone: tzinfo
    configured: tuple[ConfiguredDigest, ...]
    listed: tuple[Listed, ...]
    #: Whether the blog was once read whole.
    crawled: bool
    #: What tells an erased address.
    key: FingerprintKey
    #: What has to be known before an edition is prepared; ``None`` while nothing is lacking.
    waits_for: str | None = None
    #: Whether the config's file was changed since it was read.
    is_outdated: Callable[[], bool] = lambda: False

    # -- digests -----------------------------------------------------------------------------------

    def misfits(self) -> list[str]:
        """Which digests the config has lost, or has though they were given up."""
        found = digests.misfits(self.configured, known_digests(self.store))
        return [f"{NOT_READ_YET}: {words}" for words in found] if found and self.is_outdated() else found

    def miss_no_digest(self) -> None:
        """Raises ``ConfigError`` for each of them: readers would be left behind, or mailed who have ended."""
        if found := self.misfits():
            raise ConfigError(found)

    def serve(self, *wanted: Digest) -> tuple[Digest, ...]:
        """The digests *wanted*, which the store will miss from now on when the config loses one.

        Raises ``ConfigError`` as above.
        """
        self.miss_no_digest()
        digests.note_served(self.store, self.configured)
        return wanted

    def titles(self) -> dict[str, str]:
        """What readers know each digest by, by its key: of the config's, and of all that were ever served."""
        current = {each.digest.key: each.digest.title for each in self.configured}
        before = {key: each.title or each.name for key, each in known_digests(self.store).items()}
        return current | {key: title for key, title in before.items() if key not in current}

    def names(self) -> dict[str, str]:
        """What the operator calls each digest, by its key."""
        before = {key: each.name for key, each in known_digests(self.store).items()}
        return before | {each.digest.key: each.digest.name for each in self.configured}

    def keys_to_end(self, name: str | None) -> list[str]:
        """The keys of the digest *name*; without one, of all that are served, for an end must miss none."""
        served = known_digests(self.store)
        by_name = {each: digest.digest.key for digest in self.configured for each in digest.names}
        if name is not None:
            return [by_name.get(name) or called(name, served).key]
        standing = (key for key, each in served.items() if each.ended_at is None)
        return list(dict.fromkeys([*by_name.values(), *standing]))

    def end(self, name: str) -> GivenUp:
        """Gives up a digest that the config has no more; raises ``UsageError`` for one that it has."""
        served = called(name, known_digests(self.store))
        if served.key in (each.digest.key for each in self.configured):
            raise UsageError(f"{served.name} stands in the config: take its [[digests]] out, then end it")
        return digests.give_up(self.store, self.clock, served)

    def resume(self, name: str) -> int:
        """Takes up a digest that was given up; returns how many readers it has again."""
        return digests.resume(self.store, self.clock, called(name, known_digests(self.store)))

    # -- the list ----------------------------------------------------------------------------------

    def outlook(self) -> Comparison:
        """How the store differs from the list; nothing while mail has to wait for something else."""
        if not self.configured or not self.crawled or self.misfits():
            return Comparison()
        digests = [each.digest for each in self.configured]
        return Comparison.of(
            subscriber_list.look(self.store, self.listed_for(each.key), each, self.key) for each in digests
        )

    def hold_to_list(self, digest: Digest) -> Comparison:
        listed = self.listed_for(digest.key)
        return subscriber_list.hold_to_list(self.store, self.clock, listed, digest, self.zone, self.key)

    def listed_for(self, key: str) -> list[Listed]:
        """Whom the list wants to have this digest; who is said to have none has the first."""
        first = self.configured[0].digest.key
        return [each for each in self.listed if key in (each.digests or (first,))]

    def accept_held(self) -> int:
        """Ends those whom the list names no more and who are held back; returns how many."""
        return subscriber_list.end_all(self.store, self.clock, self.outlook().held)

    def refuse_held(self) -> int:
        """Lets them stay; returns how many."""
        return subscriber_list.keep_all(self.store, self.clock, self.outlook().held)

    # -- what is amiss -----------------------------------------------------------------------------

    def troubles(self) -> tuple[str, ...]:
        """What keeps readers from a digest that they are to have, one line each."""
        return tuple(dict.fromkeys((*self.misfits(), *self.outlook().troubles())))

    def amiss(self, named: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
        """What of the config the store does not bear out; *named* has its slugs, behind the place of each."""
        outlook = self.outlook()
        return [
            *(f"no mail goes: {words}" for words in self.misfits()),
            *(self._misspelt(named) if self.crawled else ()),
            *outlook.held_back(),
            *dict.fromkeys(f"[[subscribers]] {email}: {why}" for email, why in outlook.own),
        ]

    def _misspelt(self, named: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
        followed = {slug: None for each in self.configured for slug in each.digest.followed}
        with self.store.read() as connection:
            return misspelt(named, known_slugs(connection, tuple(followed)))
