"""What becomes of each row, by what the store knows of its person. Nobody is brought back who left or was erased."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from solacefeed.deeds.people.fingerprints import ERASED, LEAVING
from solacefeed.deeds.people.importing.understanding import ImportRow, RefusedRow
from solacefeed.models.people import SubscriptionState
from solacefeed.models.posts import CategoryId


class Fate(StrEnum):
    """What a row comes to."""

    NEW = "new"
    KNOWN = "known"
    ENDED = "ended"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    MOVED = "moved"
    #: With the tool that has written the list.
    LEFT = "left"
    TWICE = "twice"
    ELSEWHERE = "another digest"
    REFUSED = "refused"


#: Those that are no mistake of the list's: nobody need look at them again.
PLAIN = frozenset({Fate.NEW, Fate.KNOWN, Fate.TWICE, Fate.ELSEWHERE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a store knows of the people of some rows, by their canonical addresses."""

    #: The numbers of those who are subscribers.
    people: Mapping[str, int]
    #: By these numbers.
    states: Mapping[int, SubscriptionState]
    #: Why whom nobody but they themselves may enter.
    refusals: Mapping[str, str]
    #: Those whose addresses were theirs before, and are nobody's now.
    moved: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row with what becomes of it."""

    fate: Fate
    #: For whoever reads what was refused.
    why: str = ""
    #: Of a new one, ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None = None


_KNOWN = Judged(fate=Fate.KNOWN)

#: What an export's categories mean: ids, or why they mean nothing.
Chosen = Callable[[str | None], tuple[CategoryId, ...] | str | None]


def judged(row: ImportRow, known: Knowledge, chosen: Chosen) -> Judged:
    """What becomes of a row that could be understood."""
    refusal = known.refusals.get(row.canonical)
    if refusal is not None:
        return Judged(fate=Fate.ERASED if refusal in (ERASED, LEAVING) else Fate.SUPPRESSED, why=refusal)
    if row.canonical in known.moved:
        return Judged(fate=Fate.MOVED, why="has another address here by their own word: that one holds")
    state = known.states.get(known.people.get(row.canonical, 0))
    if state is SubscriptionState.ENDED:
        return Judged(fate=Fate.ENDED, why="has ended it here: only they can come back")
    if state is not None:
        return _KNOWN
    wanted = chosen(row.categories)
    if isinstance(wanted, str):
        return Judged(fate=Fate.REFUSED, why=wanted)
    return _new(wanted)


@lru_cache(1 << 12)
def _new(category_ids: tuple[CategoryId, ...] | None) -> Judged:
    return Judged(fate=Fate.NEW, category_ids=category_ids)


def refused(row: RefusedRow) -> Judged:
    """What becomes of one that could not, or that says of its person that they are not to be mailed."""
    return Judged(fate=Fate.LEFT if row.there else Fate.REFUSED, why=row.why)
