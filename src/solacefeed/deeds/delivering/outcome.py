"""What became of copies: how many came to each end, in numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from solacefeed.models.canaries import Canary
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import BY_OPERATOR
from solacefeed.words import counted, instant_words

#: What may have become of mail, as it is told.
ENDS = ("deferred", "rejected", "uncertain", "cancelled", "expired", "kept_back")


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersOutcome:
    """What became of letters of the outbox."""

    #: By state; ``deferred`` for those that wait to be offered again, ``kept_back`` for those of a trial's others.
    counts: Mapping[str, int] = field(default_factory=dict)
    #: In what words the relay refused us; ``None`` where it did not. What it was offered then waits.
    refusal: str | None = None

    def moved(self) -> int:
        return sum(self.counts.values())

    def line(self) -> str:
        return "; ".join(filter(None, (self.done(), self.trouble())))

    def done(self) -> str:
        told = [f"{self.counts[name]} {in_words(name)}" for name in ("accepted", *ENDS) if self.counts.get(name)]
        return f"{', '.join(told)} of the outbox" if told else ""

    def trouble(self) -> str:
        return f"the outbox waits, {self.refusal}: mend that" if self.refusal else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverResult:
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    cancelled: int = 0
    expired: int = 0
    #: Copies for others than those whom a trial may reach.
    kept_back: int = 0
    #: The round has ended for the sake of others, and there may be more to do at once.
    gave_way: bool = False
    #: Editions that were paused now.
    paused: int = 0
    #: Every edition that stands paused, with the reason.
    pauses: tuple[str, ...] = ()
    #: Every edition of which a part has gone, or goes, and the rest waits for how that is taken.
    canaries: tuple[str, ...] = ()
    #: Why the rest was left for later.
    trouble: str | None = None
    #: The last copies in a row that found no relay.
    lost: int = 0
    #: Editions of which nobody has a copy, though some were tried.
    unreached: tuple[str, ...] = ()
    #: What did not work beside it.
    troubles: tuple[str, ...] = ()
    #: Of the outbox, whose letters went before all copies.
    letters: LettersOutcome = field(default_factory=LettersOutcome)
    #: Letters that the relay refused because of us, and that wait.
    letters_refused: int = 0
    #: When the rest goes on, which a limit keeps back; and about when its last leaves, where that can be foreseen.
    paced_until: datetime | None = None
    paced_ends: datetime | None = None

    def falls_short(self) -> bool:
        return bool(self.trouble or self.pauses or self.unreached or self.letters.refusal)

    def is_pressing(self) -> bool:
        return self.falls_short()

    def has_news(self) -> bool:
        return self.moved() > 0

    def moved(self) -> int:
        """How many copies and letters came to some state, and editions to a halt."""
        ends = self.deferred, self.rejected, self.uncertain, self.cancelled, self.expired, self.kept_back
        copies = self.accepted + sum(ends)
        return copies + self.letters.moved() + self.paused

    def left(self) -> tuple[str, ...]:
        """What waits for somebody or something, a line each."""
        unreached = (f"{edition} has reached nobody" for edition in self.unreached)
        return (*self.waits(), *unreached, *self.pauses)

    def waits(self) -> tuple[str, ...]:
        """What of it waits for the relay, in whose words there may be other numbers each time."""
        copies = (f"deliver: the rest waits: {self.trouble}",) if self.trouble else ()
        letters = (f"deliver: {trouble}",) if (trouble := self.letters.trouble()) else ()
        return (*copies, *letters)

    def paced(self) -> str:
        if self.paced_until is None:
            return ""
        last = f", the last leaves about {instant_words(self.paced_ends)}" if self.paced_ends else ""
        return f"paced: goes on at {instant_words(self.paced_until)}{last}"

    def news(self) -> str:
        """``line`` without what is ``left``, for who tells that apart."""
        done = f"{self._copies()}; {letters}" if (letters := self.letters.done()) else self._copies()
        return "; ".join(filter(None, (done, self.paced(), *self.canaries)))

    def _copies(self) -> str:
        ends = (f", {count} {in_words(name)}" for name in ENDS if (count := getattr(self, name)))
        return f"deliver: {self.accepted} accepted{''.join(ends)}"

    def line(self) -> str:
        words = self._copies()
        words += f"; {letters}" if (letters := self.letters.line()) else ""
        words += f"; the rest waits: {self.trouble}" if self.trouble else ""
        words += f"; {paced}" if (paced := self.paced()) else ""
        words += "".join(f"; {edition} has reached nobody" for edition in self.unreached)
        return "; ".join([words, *self.canaries, *self.pauses])


def in_words(end: str) -> str:
    return "kept back by only_to" if end == "kept_back" else end


def pause_words(edition_id: str, reason: str | None) -> str:
    """What a person is told of an edition that stands paused."""
    resume = f"`solacefeed editions resume {edition_id}`"
    if reason == BY_OPERATOR:
        return f"{edition_id} is paused, {reason}: {resume} lets it go on"
    return f"{edition_id} is paused, {reason}: mend that, then {resume}"


def canary_words(canary: Canary) -> str:
    """What a person is told of one that is out."""
    copies = counted(canary.copies, "copy", "copies")
    if canary.went_at is None or canary.waits_until is None:
        return f"{canary.edition_id} sends a canary of {copies} first"
    # Whoever looks at the minute that is named finds it over.
    went, goes = (
        instant_words(canary.went_at),
        instant_words(canary.waits_until + timedelta(minutes=1, microseconds=-1)),
    )
    return f"the canary of {canary.edition_id}, {copies}, went {went}; the rest goes {goes}, unless it was taken badly"


def has_reached_nobody(copies: Mapping[str, int], deferred: int) -> bool:
    """Whether, of *copies* by state, some were tried and nobody can have one."""
    arrived = copies.get(DeliveryState.ACCEPTED, 0) + copies.get(DeliveryState.UNCERTAIN, 0)
    tried = deferred + copies.get(DeliveryState.REJECTED, 0) + copies.get(DeliveryState.EXPIRED, 0)
    return arrived == 0 and tried > 0
