"""What a worker has in hand: one mail, how it came out, and what is written of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

import sqlalchemy as sa

from solacefeed.deeds.delivering.mail_table import MailTable
from solacefeed.deeds.editions.renderer import Material
from solacefeed.errors import Rejected, SenderRefused
from solacefeed.models.deliveries import DeliveryState, Mark, Message, Outcome


class Marked(Enum):
    """What became of a mark."""

    #: It is on disk.
    GO = auto()
    #: It was not to go, and that is written down.
    STAY = auto()
    #: What it says may have changed since it was composed; nothing is written.
    MOVED = auto()
    #: What it is part of was halted; nothing is written.
    HELD = auto()


class Also(Protocol):
    """Writes something besides, and returns what is to be done once that is on disk.

    Of a copy its edition's row is taken before that of any copy (``store.held_editions``).
    """

    def __call__(self, connection: sa.Connection, /) -> Callable[[], object] | None: ...


@dataclass(slots=True, kw_only=True)
class Ending:
    """How one came out, and what is to be written with that."""

    state: DeliveryState
    answer: str
    next_try_at: datetime | None = None
    also: Also | None = None
    #: The edition that changes by it, also in copies that were refused before.
    edition_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """How one came out is not known before something was looked up."""

    #: Looks, while other answers come in, and returns what tells of it then, which waits for nothing.
    look: Callable[[], Callable[[], object]]
    #: Decides by what is known then: also where it could not be looked, for the relay has answered.
    decide: Callable[[], Ending]


class InHand(Protocol):
    """One mail that this worker has claimed."""

    @property
    def table(self) -> MailTable: ...

    @property
    def id(self) -> int: ...

    @property
    def claim(self) -> int: ...

    @property
    def email(self) -> str: ...

    @property
    def whose(self) -> tuple[str | None, int]:
        """Of a copy its edition and its reader's number; of a letter its own."""
        ...

    @property
    def attempts(self) -> int: ...

    @property
    def doubts(self) -> int: ...

    @property
    def composed(self) -> Message | None:
        """As it was composed last."""
        ...

    @property
    def material(self) -> Material | None:
        """What that was made of; ``None`` where it says the same for ever."""
        ...

    def message(self, *, at_once: bool = False) -> Message | None:
        """What it says now; ``None`` where nothing is left to say. Raises ``Unaddressable``.

        Where that has to be written first, it waits for the store; wanted *at_once*, it raises ``StoreHeld`` then.
        """
        ...

    def may_have_moved(self, changes: int) -> bool:
        """Whether it may say something else by now, when the store counts so many *changes*."""
        ...

    def has_moved(self) -> bool:
        """Whether it does, which takes a look."""
        ...

    def mark(self) -> Mark: ...

    def is_held(self) -> bool:
        """Whether those of its kind that have no mark shall get none."""
        ...

    def halts(self) -> bool:
        """Whether it is not to be begun with: it is held, or the round ends."""
        ...

    def taken(self) -> Also | None:
        """The relay took it; what is to be written with that."""
        ...

    def refuse(self, error: Rejected) -> Ending | Undecided:
        """What the relay's refusal means for it, and for others of its kind."""
        ...

    def refuse_us(self, error: SenderRefused) -> Ending | Undecided:
        """The same, where the relay refused it because of us."""
        ...

    def told(self, state: DeliveryState | None) -> None:
        """It is in hand no more, which is on disk: what is written of it now, or ``None`` where that is nothing."""
        ...

    def came_back(self, *, unmarked: bool = False) -> None:
        """It waits again, and was not tried; *unmarked*, since it was refused its mark."""
        ...

    def offered(self) -> None:
        """A connection is through with it."""
        ...


@dataclass(slots=True, kw_only=True)
class ToWrite:
    """What is to be written of mail in hand."""

    mail: InHand
    #: ``None`` where it was not tried, and is put back.
    outcome: Outcome | None
    also: Also | None = None
    #: The edition that changes by it.
    edition_id: str | None = None
