"""The mails of a cadence at once: one for each post as it settles, and one in the morning of whatever is left.

How far it has come is a mark (``Reached``), not an edition: a post that is for nobody leaves no edition behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count

from solacefeed.digest.eligibility import Candidate
from solacefeed.digest.periods import at_once_id, last_closing
from solacefeed.digest.schedule import Step, StepKind
from solacefeed.models.digests import Cadence, CadenceKind, Digest
from solacefeed.models.editions import WAITING, Edition, Period

#: So that two posts that settle at one instant have editions of their own, and none ends with a morning's.
_APART = timedelta(microseconds=1)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far the mails at once of a digest have come."""

    #: The last post that had its turn settled then; what settles later has not.
    settled_at: datetime
    #: Those that settled at that very instant and had their turn.
    post_ids: tuple[str, ...] = ()
    #: The last morning that had its mail.
    morning: datetime | None = None

    def has_passed(self, candidate: Candidate) -> bool:
        at = candidate.settled_at
        return at < self.settled_at or (at == self.settled_at and candidate.post.id in self.post_ids)

    def past(self, candidate: Candidate) -> Reached:
        """The same, once *candidate* has had its turn too."""
        same = self.post_ids if candidate.settled_at == self.settled_at else ()
        return Reached(settled_at=candidate.settled_at, post_ids=(*same, candidate.post.id), morning=self.morning)


def first_reach(now: datetime, cadence: Cadence, zone: tzinfo) -> Reached:
    """Where a digest begins that had no cadence at once: what settled before waits for nobody."""
    return Reached(settled_at=now, morning=last_closing(now, cadence.closings, zone))


def turns(
    candidates: Iterable[Candidate], reached: Reached, digest: Digest, cadence: Cadence, zone: tzinfo, now: datetime
) -> list[Candidate | datetime]:
    """What is due at *now*, in its order: posts, each as it settled, and the morning's instant, once at most.

    A post that should have gone longer ago than ``max_late`` waits for the morning.
    """
    due: list[tuple[datetime, str, Candidate | datetime]] = [
        (each.settled_at, each.post.id, each)
        for each in candidates
        if each.settled_at <= now and not reached.has_passed(each) and now - each.settled_at <= digest.max_late
    ]
    morning = last_closing(now, cadence.closings, zone)
    if (reached.morning is None or morning > reached.morning) and now - morning <= digest.max_late:
        due.append((morning, "", morning))
    return [each for _, _, each in sorted(due, key=lambda each: each[:2])]


def turn_of(due: Candidate | datetime) -> datetime:
    """When the turn of a post, or of the morning, came."""
    return due if isinstance(due, datetime) else due.settled_at


def step_of(
    due: Candidate | datetime, reached: Reached, digest: Digest, zone: tzinfo, now: datetime, taken: Collection[str]
) -> Step:
    """The making of that edition; *taken* are the ids that the day's have by now."""
    if isinstance(due, datetime):
        period = Period(starts=min(reached.morning or due - _DAY, due), ends=due)
    else:
        before = len(reached.post_ids) if due.settled_at == reached.settled_at else 0
        period = Period(starts=due.settled_at, ends=due.settled_at + (before + 1) * _APART)
    return Step(kind=StepKind.FREEZE, edition_id=_free_id(digest, now, zone, taken), period=period, until=period.ends)


def _free_id(digest: Digest, now: datetime, zone: tzinfo, taken: Collection[str]) -> str:
    numbers = (at_once_id(digest, now, zone, number) for number in count(1))
    return next(name for name in numbers if name not in taken)


def is_mornings(edition: Edition, cadence: Cadence, zone: tzinfo) -> bool:
    """Whether an edition at once is a morning's mail, which counts against nobody's limit."""
    return last_closing(edition.period.ends, cadence.closings, zone) == edition.period.ends


def left_over(past: Iterable[Edition], now: datetime) -> list[Step]:
    """What is to be done with editions at once of which a dead process has left something."""
    return [
        Step(
            kind=StepKind.FREEZE if edition.counts is None else StepKind.LEAVE,
            edition_id=edition.id,
            period=edition.period,
            edition=edition,
            until=edition.period.ends,
        )
        for edition in past
        if edition.cadence is CadenceKind.AT_ONCE and edition.state in WAITING and edition.period.ends <= now
    ]


def midnight_before(now: datetime, zone: tzinfo) -> datetime:
    """The beginning of the local day, in UTC."""
    return datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone).astimezone(UTC)
