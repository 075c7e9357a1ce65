"""What the deeds of mail have in common: they know their audience, and refuse while a digest is lost."""

from __future__ import annotations

from collections.abc import Callable
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


def execute_mailing(
    store: Store,
    clock: Clock,
    deed: str,
    settings: MailSettings,
    work: Callable[[Store], R],
    *,
    lock: Lock = only_one,
) -> R:
    """Does a deed of mail as ``execute`` does; raises ``ConfigError`` while the config has lost a digest."""

    def admit() -> None:
        settings.audience(store).miss_no_digest()
        settings.digests()

    return execute(store, clock, deed, work, rehearsed=settings.rehearsed, admit=admit, lock=lock)
