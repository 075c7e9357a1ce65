"""What became of copies: how many came to each end, in numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solacefeed.models.deliveries import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverResult:
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    cancelled: int = 0
    expired: int = 0
    #: Editions that were paused now.
    paused: int = 0
    #: Every edition that stands paused, with the reason.
    pauses: tuple[str, ...] = ()
    #: Why the rest was left for later.
    trouble: str | None = None
    #: The last copies in a row that found no relay.
    lost: int = 0
    #: Editions of which nobody has a copy, though some were tried.
    unreached: tuple[str, ...] = ()
    #: What did not work beside it.
    troubles: tuple[str, ...] = ()

    def falls_short(self) -> bool:
        return bool(self.trouble or self.pauses or self.unreached)

    def is_pressing(self) -> bool:
        return self.falls_short()

    def has_news(self) -> bool:
        return self.moved() > 0

    def moved(self) -> int:
        """How many copies came to some state, and editions to a halt."""
        copies = self.accepted + self.deferred + self.rejected + self.uncertain + self.cancelled + self.expired
        return copies + self.paused

    def left(self) -> tuple[str, ...]:
        """What waits for somebody or something, a line each."""
        unreached = (f"{edition} has reached nobody" for edition in self.unreached)
        waits = (f"deliver: the rest waits: {self.trouble}",) if self.trouble else ()
        return (*waits, *unreached, *self.pauses)

    def line(self) -> str:
        words = f"deliver: {self.accepted} accepted"
        for name in ("deferred", "rejected", "uncertain", "cancelled", "expired"):
            if count := getattr(self, name):
                words += f", {count} {name}"
        words += f"; the rest waits: {self.trouble}" if self.trouble else ""
        words += "".join(f"; {edition} has reached nobody" for edition in self.unreached)
        return "; ".join([words, *self.pauses])


def pause_words(edition_id: str, reason: str | None) -> str:
    """What a person is told of an edition that stands paused."""
    return f"{edition_id} is paused, {reason}: mend that, then `solacefeed editions resume {edition_id}`"


def has_reached_nobody(copies: Mapping[str, int], deferred: int) -> bool:
    """Whether, of *copies* by state, some were tried and nobody can have one."""
    arrived = copies.get(DeliveryState.ACCEPTED, 0) + copies.get(DeliveryState.UNCERTAIN, 0)
    tried = deferred + copies.get(DeliveryState.REJECTED, 0) + copies.get(DeliveryState.EXPIRED, 0)
    return arrived == 0 and tried > 0
