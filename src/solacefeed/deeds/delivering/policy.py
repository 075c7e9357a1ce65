"""What it means that a relay refuses copies for a policy (5.7.x) or no cause: it may mean a domain, or all of us.

Three such refusals in a row are about us, and so is more than a share of what was answered of an edition, over two
domains or more. By a row those of the row wait again, by a share all; any other is about its copy alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum, auto

from solacefeed.deeds.delivering.handover import ENOUGH_ALIKE
from solacefeed.deeds.held_back import too_many_gone

#: Of what was answered: refused so more often than that, and at more than one domain, it is us whom they refuse.
LARGEST_SHARE = 0.05
LEAST_DOMAINS = 2


class PolicyMeans(Enum):
    #: This copy alone is rejected.
    ALONE = auto()
    #: The last ones in a row were refused because of us.
    ROW = auto()
    #: All that were refused so were, because of us.
    ALL = auto()


class PolicyRefusals:
    """Those of one edition, in the order of answers; of other rounds as they were when this one began."""

    def __init__(self, *, taken: int, in_row: Iterable[int], by_domain: Counter[str]) -> None:
        self.taken = taken
        self._in_row = set(in_row)
        self._by_domain = by_domain

    def take(self) -> bool:
        """The relay took a copy; whether that ends a row."""
        self.taken += 1
        is_end = bool(self._in_row)
        self._in_row.clear()
        return is_end

    def refuse(self, number: int, address: str) -> PolicyMeans:
        """It refused the copy of that *number* for a policy; one that is refused again is no other."""
        self._in_row.add(number)
        self._by_domain[address.rpartition("@")[2].lower()] += 1
        if len(self._in_row) >= ENOUGH_ALIKE:
            return PolicyMeans.ROW
        refused = self._by_domain.total()
        if len(self._by_domain) >= LEAST_DOMAINS and too_many_gone(refused, refused + self.taken, LARGEST_SHARE):
            return PolicyMeans.ALL
        return PolicyMeans.ALONE
