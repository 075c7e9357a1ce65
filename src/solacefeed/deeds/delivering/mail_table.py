"""What is written of a kind of mail while it is handed over, whichever table of the store keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from solacefeed.models.deliveries import ClaimKey, DeliveryState, Lease, Mark, Outcome
from solacefeed.store.mail_groups import Written


class Hold(Protocol):
    def __call__(self, connection: sa.Connection, ids: Iterable[int]) -> None: ...


class MarkAll(Protocol):
    def __call__(
        self, connection: sa.Connection, marks: Collection[Mark], *, worker: str, at: datetime
    ) -> dict[ClaimKey, DeliveryState]: ...


class SettleAll(Protocol):
    def __call__(
        self, connection: sa.Connection, outcomes: Sequence[Outcome], *, worker: str, at: datetime
    ) -> set[ClaimKey]: ...


class Release(Protocol):
    def __call__(self, connection: sa.Connection, keys: Iterable[ClaimKey], *, worker: str, at: datetime) -> None: ...


class Renew(Protocol):
    def __call__(self, connection: sa.Connection, *, lease: Lease, at: datetime) -> int: ...


class WriteGroup(Protocol):
    def __call__(
        self,
        connection: sa.Connection,
        outcomes: Sequence[Outcome],
        marks: Collection[Mark],
        *,
        worker: str,
        at: datetime,
        changes: int | None,
    ) -> Written: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTable:
    """What is written of a kind of mail, as ``store.mail_states`` has it for each."""

    hold: Hold
    mark_all: MarkAll
    settle_all: SettleAll
    release: Release
    renew: Renew
    #: Outcomes and marks together, as ``store.mail_groups`` has it; ``None`` of what is too little to need it.
    write_group: WriteGroup | None = None
