"""What a simulated site promises its readers: one value, of which the config is written and by which the model goes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Literal

Kind = Literal["at-once", "daily", "weekly", "monthly"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRule:
    """``mon 07:00``, ``daily 07:00``, ``first mon of month 07:00``; local."""

    at: time
    #: Monday is 0; ``None`` for every day.
    weekday: int | None = None
    #: Which such day of the month; ``None`` for each.
    ordinal: int | None = None

    def moved(self, at: time, days: int) -> ClosingRule:
        return replace(self, at=at, weekday=None if self.weekday is None else (self.weekday + days) % 7)

    def words(self) -> str:
        day = "daily" if self.weekday is None else WEEKDAYS[self.weekday]
        of_month = f"{ORDINALS[self.ordinal]} {day} of month" if self.ordinal is not None else day
        return f"{of_month} {self.at:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceRule:
    kind: Kind
    #: Of one at once: its mornings.
    closings: tuple[ClosingRule, ...]
    most_a_day: int = 3

    def moved(self, at: time, days: int) -> CadenceRule:
        """The same cadence, which closes at another time, and of weekdays on another one."""
        return replace(self, closings=tuple(each.moved(at, days) for each in self.closings))

    def toml(self) -> str:
        """The value of ``closes``."""
        if self.kind == "at-once":
            return '"at once"'
        words = [f'"{closing.words()}"' for closing in self.closings]
        return words[0] if len(words) == 1 else f"[{', '.join(words)}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRule:
    name: str
    #: The first one is the first cadence.
    cadences: tuple[CadenceRule, ...]
    #: Slugs that it is of; ``None`` for all.
    categories: tuple[str, ...] | None = None
    settle: timedelta = timedelta(minutes=30)
    max_age: timedelta = timedelta(days=30)
    mail_within: timedelta = timedelta(days=70)
    max_late: timedelta = timedelta(hours=48)
    #: Slugs of categories and tags.
    leave_out: tuple[str, ...] = ()
    repeats: bool = False
    #: Whether readers are told what became of posts that they got.
    corrections: bool = False
    #: Whether an editor's word is waited for, of all cadences but at once.
    approval: Literal["none", "hold", "required"] = "none"

    @property
    def first(self) -> CadenceRule:
        return self.cadences[0]

    def cadence(self, kind: str | None) -> CadenceRule:
        return next((each for each in self.cadences if each.kind == kind), self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    zone: str
    digests: tuple[DigestRule, ...]
    #: Each category's slug with that of the one above it; in the order in which readers see them.
    parents: dict[str, str | None] = field(default_factory=dict)
    #: Those of the blog's tags that can be followed.
    follow: tuple[str, ...] = ()
    #: Of a feed's live document, at most.
    entries: int = 8
    #: Whether what the relay refuses is looked at as what comes back: who has no mailbox is mailed no more.
    refusals_suppress: bool = False

    def digest(self, name: str) -> DigestRule:
        return next(each for each in self.digests if each.name == name)

    def with_digest(self, digest: DigestRule) -> Rules:
        """The same with another digest of that name."""
        digests = tuple(digest if each.name == digest.name else each for each in self.digests)
        return replace(self, digests=digests)

    def lineage(self, slug: str) -> list[str]:
        """A category and all above it."""
        above = self.parents.get(slug)
        return [slug, *(self.lineage(above) if above else [])]
