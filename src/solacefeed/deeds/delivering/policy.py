"""What it means that a relay refuses copies for a policy (5.7.x) or no cause: it may mean a domain, or all of us.

Three such refusals in a row are about us, and so is more than a share of what was answered of an edition, each over two
domains or more: neighbours at one domain are refused by that, and whoever signs up three of its addresses pauses
nothing. As long as no copy of another domain was taken, a row of one domain may be about us as well, and counts. By a
row those of the row wait again, by a share all; any other is about its copy alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from math import ceil

import sqlalchemy as sa

from solacefeed.deeds.delivering.handover import ENOUGH_ALIKE
from solacefeed.deeds.held_back import too_many_gone
from solacefeed.store import copies, policy_refusals
from solacefeed.store.policy_refusals import InRow, domain_of

#: Of what was answered: refused so more often than that, and at more than one domain, it is us whom they refuse.
LARGEST_SHARE = 0.05
LEAST_DOMAINS = 2

#: Of those that were taken so many are counted besides those that the refusals are a share of: a round that refuses
#: more counts on from there.
MOST_COUNTED = 20_000

#: As long as so many more refusals would be no such share, it is not asked what others have taken: fewer than those
#: that bring a round to the end of what it has counted.
_FAR_OFF = int(MOST_COUNTED * LARGEST_SHARE) // 2

#: Of each copy of a row, by its number, when it was refused and at which domain.
Row = Mapping[int, InRow]


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

    #: Those in a row up to it, by their numbers, each with its domain.
    row: Mapping[int, str]
    #: How many copies this worker had been given before it.
    takes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCopies:
    """What all workers have written down of an edition."""

    #: How many copies were taken, as far as it matters for the share of the others.
    taken: int
    #: At which domains, as far as two.
    at_domains: Set[str]
    by_domain: Counter[str]


def answered(connection: sa.Connection, edition_id: str, *, beside: int = MOST_COUNTED) -> AnsweredCopies:
    """Both sides of the share, of which neither is cut short: where more were taken than are counted, it is small."""
    refused = policy_refusals.by_domain(connection, edition_id)
    most = beside + ceil(refused.total() / LARGEST_SHARE)
    return AnsweredCopies(
        taken=copies.count_taken(connection, edition_id, most=most),
        at_domains=copies.domains_taken(connection, edition_id, enough=LEAST_DOMAINS, most=most),
        by_domain=refused,
    )


def is_about_us(row: Mapping[int, str], *, taken_at: Set[str]) -> bool:
    """Whether refusals alike, one after the other, are about us; the *row* has the domain of each, by its number.

    There are to be enough of them, over two domains, unless all domains at which one was *taken_at* are among theirs:
    then none has shown that the row is one domain's own.
    """
    domains = set(row.values())
    return len(row) >= ENOUGH_ALIKE and (len(domains) >= LEAST_DOMAINS or taken_at <= domains)


class PolicyRefusals:
    """Those of one edition, in the order of answers; what other workers have heard counts as it is written down.

    Each worker looks before it decides, and once a second (``join``): a copy that it is given ends others' rows too.
    """

    def __init__(self, answered: AnsweredCopies, *, in_row: Row) -> None:
        self.taken = answered.taken
        #: Of those taken; more than two say no more than two.
        self._at_domains = set(answered.at_domains)
        self._in_row = {number: each.domain for number, each in in_row.items()}
        self._by_domain = Counter(answered.by_domain)
        #: Those that this worker has counted in it: what was put off comes again.
        self._counted = set[int]()
        #: Those that this worker knows by itself, and of the row those that are written down, so that others see them.
        self._own = set(in_row)
        self._written = set(in_row)
        #: Of the row those that others were refused, and whether there are any from before the last copy taken here.
        self._others = dict[int, str]()
        self._others_are_over = False
        self._taken_at: datetime | None = None
        self._takes = 0

    def take(self, at: datetime, address: str) -> bool:
        """The relay took a copy; whether that ends a row."""
        self.taken += 1
        if len(self._at_domains) < LEAST_DOMAINS:
            self._at_domains.add(domain_of(address))
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
        for number in self._written - there:
            self._in_row.pop(number, None)
        self._written |= there & self._own
        others = there - self._own
        since = [each for each in others if self._taken_at is None or row[each].at > self._taken_at]
        self._others = {each: row[each].domain for each in since}
        self._others_are_over = len(since) < len(others)

    def note(self, number: int, address: str) -> PolicyRefusal:
        """It refused the copy of that *number* for a policy; one that is refused again is no other."""
        domain = domain_of(address)
        self._in_row[number] = domain
        self._own.add(number)
        self._written.discard(number)
        if number not in self._counted:
            self._counted.add(number)
            self._by_domain[domain] += 1
        return PolicyRefusal(row=dict(self._in_row), takes=self._takes)

    def is_over(self, noted: PolicyRefusal) -> bool:
        """Whether a copy was taken since: then its row has ended."""
        return self._takes != noted.takes

    def means(self, noted: PolicyRefusal) -> PolicyMeans:
        """What it means by what is known now."""
        row = noted.row if self.is_over(noted) else self._in_row | self._others
        if is_about_us(row, taken_at=self._at_domains):
            return PolicyMeans.ROW
        refused = self._by_domain.total()
        if len(self._by_domain) >= LEAST_DOMAINS and too_many_gone(refused, refused + self.taken, LARGEST_SHARE):
            return PolicyMeans.ALL
        return PolicyMeans.ALONE

    def may_be_many(self, written: int) -> bool:
        """Whether *written* refusals may soon be such a share, by what this worker knows to be taken."""
        soon = max(written, self._by_domain.total()) + _FAR_OFF
        return too_many_gone(soon, soon + self.taken, LARGEST_SHARE)

    def hear(self, answered: AnsweredCopies) -> None:
        """What all have written down is more than this one knows, but for what it writes now."""
        self.taken = max(self.taken, answered.taken)
        self._at_domains.update(answered.at_domains)
        self._by_domain |= answered.by_domain
