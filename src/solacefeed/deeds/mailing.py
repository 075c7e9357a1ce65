"""What the deeds of mail have in common: they know their audience, and refuse while a digest is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from solacefeed.deeds.execution import Lock, R, execute
from solacefeed.deeds.people.audience import Audience
from solacefeed.models.digests import Digest
from solacefeed.ports import Clock
from solacefeed.store.database import Store
from solacefeed.store.locks import only_one


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """All that mail needs besides the store; what is made of a store is made when it is needed."""

    audience: Callable[[Store], Audience]
    #: All that the config has; raises ``UsageError`` where that is none.
    digests: Callable[[], tuple[Digest, ...]]
    #: Brings events up to date; returns what did not work.
    refresh: Callable[[Store], tuple[str, ...]]
    rehearsed: bool
    #: Raises ``NotAtHome`` where no mail may leave this store.
    must_be_at_home: Callable[[Store], object] = lambda _store: None
    #: Mail leaves within it: before and after, the store is seen to be ahead of each copy of it.
    around_mail: Callable[[Store], AbstractContextManager[None]] = lambda _store: nullcontext()
    #: Done at each look for mail that leaves, whether there is any.
    settle_doubts: Callable[[Store], object] = lambda _store: None


def execute_mailing(
    store: Store,
    clock: Clock,
    deed: str,
    settings: MailSettings,
    work: Callable[[Store], R],
    *,
    lock: Lock = only_one,
) -> R:
    """Does a deed of mail as ``execute`` does; raises ``ConfigError`` while the config has lost a digest.

    Raises ``NotAtHome`` before anything is handed over from a store that was copied or restored.
    """

    def admit() -> None:
        settings.audience(store).miss_no_digest()
        settings.digests()
        if deed == "deliver":
            settings.must_be_at_home(store)

    return execute(store, clock, deed, work, rehearsed=settings.rehearsed, admit=admit, lock=lock)
