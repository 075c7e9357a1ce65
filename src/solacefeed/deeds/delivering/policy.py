"""What it means that a relay refuses copies for a policy (5.7.x) or no cause: it may mean a domain, or all of us.

Three such refusals in a row are about us, and so is more than a share of what was answered of an edition, over two
domains or more. By a row those of the row wait again, by a share all; any other is about its copy alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from math import ceil

import sqlalchemy as sa

from solacefeed.deeds.delivering.handover import ENOUGH_ALIKE
from solacefeed.deeds.held_back import too_many_gone
from solacefeed.store import copies, policy_refusals

#: Of what was answered: refused so more often than that, and at more than one domain, it is us whom they refuse.
LARGEST_SHARE = 0.05
LEAST_DOMAINS = 2

#: Of those that were taken so many are counted besides those that the refusals are a share of: a round that refuses
#: more counts on from there.
MOST_COUNTED = 20_000

#: As long as so many more refusals would be no such share, it is not asked what others have taken: fewer than those
#: that bring a round to the end of what it has counted.
_FAR_OFF = int(MOST_COUNTED * LARGEST_SHARE) // 2

#: When each copy of a row was refused, by its number.
Row = Mapping[int, datetime]


class PolicyMeans(Enum):
    #: This copy alone is rejected.
    ALONE = auto()
    #: The last ones in a row were refused because of us.
    ROW = auto()
    #: All that were refused so were, because of us.
    ALL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRefusal:
    """A refusal for a policy, in the order of answers."""

    #: Those in a row up to it, by their numbers.
    row: frozenset[int]
    #: How many copies this worker had been given before it.
    takes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What all workers have written down of an edition."""

    #: How many copies were taken, as far as it matters for the share of the others.
    taken: int
    by_domain: Counter[str]


def answered(connection: sa.Connection, edition_id: str, *, beside: int = MOST_COUNTED) -> Answered:
    """Both sides of the share, of which neither is cut short: where more were taken than are counted, it is small."""
    refused = policy_refusals.by_domain(connection, edition_id)
    most = beside + ceil(refused.total() / LARGEST_SHARE)
    return Answered(taken=copies.count_taken(connection, edition_id, most=most), by_domain=refused)


class PolicyRefusals:
    """Those of one edition, in the order of answers; what other workers have heard counts as it is written down.

    Each worker looks before it decides, and once a second (``join``): a copy that it is given ends others' rows too.
    """

    def __init__(self, answered: Answered, *, in_row: Iterable[int]) -> None:
        self.taken = answered.taken
        self._in_row = set(in_row)
        self._by_domain = Counter(answered.by_domain)
        #: Those that this worker has counted in it: what was put off comes again.
        self._counted = set[int]()
        #: Those that this worker knows by itself, and of the row those that are written down, so that others see them.
        self._own = set(in_row)
        self._written = set(in_row)
        #: Of the row those that others were refused, and whether there are any from before the last copy taken here.
        self._others = set[int]()
        self._others_are_over = False
        self._taken_at: datetime | None = None
        self._takes = 0

    def take(self, at: datetime) -> bool:
        """The relay took a copy; whether that ends a row."""
        self.taken += 1
        self._takes += 1
        self._taken_at = at
        is_end = bool(self._in_row or self._others) or self._others_are_over
        self._in_row.clear()
        self._others.clear()
        self._others_are_over = False
        return is_end

    def join(self, row: Row) -> None:
        """The row as it is written down now, of all workers."""
        there = set(row)
        # What another worker was given has ended this one's row too.
        self._in_row -= self._written - there
        self._written |= there & self._own
        others = there - self._own
        self._others = {each for each in others if self._taken_at is None or row[each] > self._taken_at}
        self._others_are_over = self._others != others

    def note(self, number: int, address: str) -> PolicyRefusal:
        """It refused the copy of that *number* for a policy; one that is refused again is no other."""
        self._in_row.add(number)
        self._own.add(number)
        self._written.discard(number)
        if number not in self._counted:
            self._counted.add(number)
            self._by_domain[address.rpartition("@")[2].lower()] += 1
        return PolicyRefusal(row=frozenset(self._in_row), takes=self._takes)

    def is_over(self, noted: PolicyRefusal) -> bool:
        """Whether a copy was taken since: then its row has ended."""
        return self._takes != noted.takes

    def means(self, noted: PolicyRefusal) -> PolicyMeans:
        """What it means by what is known now."""
        row = noted.row if self.is_over(noted) else self._in_row | self._others
        if len(row) >= ENOUGH_ALIKE:
            return PolicyMeans.ROW
        refused = self._by_domain.total()
        if len(self._by_domain) >= LEAST_DOMAINS and too_many_gone(refused, refused + self.taken, LARGEST_SHARE):
            return PolicyMeans.ALL
        return PolicyMeans.ALONE

    def may_be_many(self, written: int) -> bool:
        """Whether *written* refusals may soon be such a share, by what this worker knows to be taken."""
        soon = max(written, self._by_domain.total()) + _FAR_OFF
        return too_many_gone(soon, soon + self.taken, LARGEST_SHARE)

    def hear(self, answered: Answered) -> None:
        """What all have written down is more than this one knows, but for what it writes now."""
        self.taken = max(self.taken, answered.taken)
        self._by_domain |= answered.by_domain
