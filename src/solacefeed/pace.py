"""How fast mail may leave: the limits of a config, and how they stand; of all mail, and of a group of domains.

Per second it is a rate with room for one second's worth, or for one mail where that is less: what is not used lapses.
Per hour and per day what left is counted, by minutes and by days (UTC), so that no 60 minutes have more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from solacefeed.email_addresses import canonical
from solacefeed.stable import stable_hash

#: The scope of all mail, whatever its domain.
ALL = ""

#: Minutes of which what left counts as that of one hour: 60, the one that has begun, and one in which what was taken
#: up before may still leave.
MINUTES = 62

#: Of what left on one day, the days that count for how much may leave on another.
DAYS_REMEMBERED = 30

#: A part of what may leave in an hour or a day that is left to letters.
_LETTERS_PART = 20

#: Deferrals, less what was accepted meanwhile, for which a scope is slowed down; and mails accepted for a step back.
_STRAIN, _RELIEF = 3, 10

#: Slower than that, and than that part of what it was, nothing becomes.
_SLOWEST, _LEAST_PART = 0.1, 32

#: So far the clocks of two workers may be apart.
_SKEW = timedelta(minutes=1)

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minute_of(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(minutes=1)


def day_of(at: datetime) -> int:
    return (at - _EPOCH) // _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one scope; what is ``None`` has no limit."""

    per_second: float | None = None
    per_hour: int | None = None
    #: On a first day; on each other twice what left on the best of the days remembered.
    ramp: int | None = None

    def __bool__(self) -> bool:
        return any(each is not None for each in (self.per_second, self.per_hour, self.ramp))


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainGroup:
    """Domains that share limits, such as all of one provider."""

    name: str
    #: As addresses are compared: small letters, IDNA.
    domains: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """All limits of a site."""

    limits: Limits = field(default_factory=Limits)
    groups: tuple[DomainGroup, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.limits or self.groups)

    @property
    def scopes(self) -> Mapping[str, Limits]:
        return {ALL: self.limits, **{each.name: each.limits for each in self.groups}}

    def scope_of(self, email: str) -> str:
        """The name of the group that an address is of; that of all mail where it is of none."""
        domain = canonical(email).rpartition("@")[2]
        return next((each.name for each in self.groups if domain in each.domains), ALL)

    @property
    def lanes(self) -> Mapping[str, str]:
        """By scope, what stands in the copies that are of it: other groups have other words for it."""
        if not self.groups:
            return {ALL: ""}
        mark = stable_hash([(each.name, sorted(each.domains)) for each in self.groups])[:8]
        return {scope: f"{mark}:{scope}" for scope in self.scopes}


#: That of a site whose config says nothing of it.
UNLIMITED = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceStanding:
    """How one scope stands."""

    #: Until when what may leave is used up; before anything has left, long ago.
    used_until: datetime = _EPOCH
    #: Mails a second, where it is slowed down since mail was deferred, and what they were before.
    slowed_to: float | None = None
    slowed_from: float | None = None
    #: Deferrals that count towards that, and mails accepted that count against it.
    strain: int = 0
    relief: int = 0
    #: What left, by the number of its minute, and of its day.
    minutes: Mapping[int, int] = field(default_factory=dict)
    days: Mapping[int, int] = field(default_factory=dict)

    # -- what may leave ---------------------------------------------------------------------------

    def room(self, limits: Limits, at: datetime, *, letters: bool) -> int | None:
        """How many mails may be taken up now; ``None`` for any number. A part of it is kept for *letters*."""
        rooms = [
            None if (rate := self.rate(limits)) is None else self._permits(rate, at),
            _less(limits.per_hour, self.in_hour(at), letters=letters),
            _less(self.day_limit(limits, at), self.days.get(day_of(at), 0), letters=letters),
        ]
        return min((room for room in rooms if room is not None), default=None)

    def opens_at(self, limits: Limits, at: datetime, *, letters: bool) -> datetime:
        """When, from *at* on, one mail more may be taken up."""
        opens = at
        if (rate := self.rate(limits)) is not None and self._permits(rate, at) < 1:
            # A little later, for what is lost in fractions.
            opens = max(opens, self._used_until(rate, at) + _SECOND / rate + timedelta(milliseconds=1))
        if _less(limits.per_hour, self.in_hour(at), letters=letters) == 0:
            opens = max(opens, self._hour_opens_at(limits.per_hour or 1, at, letters=letters))
        if _less(self.day_limit(limits, at), self.days.get(day_of(at), 0), letters=letters) == 0:
            opens = max(opens, _EPOCH + _DAY * (day_of(at) + 1))
        return opens

    def rate(self, limits: Limits) -> float | None:
        """Mails a second, at most."""
        rates = [each for each in (limits.per_second, self.slowed_to) if each is not None]
        return min(rates, default=None)

    def in_hour(self, at: datetime) -> int:
        now = minute_of(at)
        # What a clock that was ahead has counted counts as long as it may be of the same hour.
        return sum(count for minute, count in self.minutes.items() if abs(now - minute) < MINUTES)

    def day_limit(self, limits: Limits, at: datetime) -> int | None:
        """By the ramp."""
        if limits.ramp is None:
            return None
        today = day_of(at)
        before = [count for day, count in self.days.items() if today - DAYS_REMEMBERED <= day < today]
        return max(limits.ramp, 2 * max(before, default=0))

    def _permits(self, rate: float, at: datetime) -> int:
        """By the second."""
        return max(0, math.floor((at - self._used_until(rate, at)) / _SECOND * rate + 1e-6))

    def _used_until(self, rate: float, at: datetime) -> datetime:
        """Never before the room there is."""
        return max(self.used_until, at - max(_SECOND, _SECOND / rate))

    def _hour_opens_at(self, per_hour: int, at: datetime, *, letters: bool) -> datetime:
        now, used = minute_of(at), self.in_hour(at)
        for minute, count in sorted(self.minutes.items()):
            if abs(now - minute) < MINUTES:
                used -= count
                if _less(per_hour, used, letters=letters):
                    return _EPOCH + timedelta(minutes=minute + MINUTES)
        return at + timedelta(minutes=1)

    # -- what becomes of it -----------------------------------------------------------------------

    def believed(self, at: datetime) -> PaceStanding:
        """How it stands where the clock was put back: what was used is used up to now, and counts from now on."""
        if self.used_until <= at + _SKEW and not self._ahead(at):
            return self
        now, ahead = minute_of(at), self._ahead(at)
        before = {minute: count for minute, count in self.minutes.items() if minute not in ahead}
        latest = max(ahead, default=now)
        anew = sum(count for minute, count in ahead.items() if minute > latest - MINUTES)
        minutes = {**before, now: before.get(now, 0) + anew} if anew else before
        return replace(self, used_until=min(self.used_until, at), minutes=minutes)

    def _ahead(self, at: datetime) -> Mapping[int, int]:
        """What was counted in minutes that are to come, by more than clocks are apart."""
        last = minute_of(at + _SKEW)
        return {minute: count for minute, count in self.minutes.items() if minute > last}

    def after(self, limits: Limits, mails: int, at: datetime) -> PaceStanding:
        """How it stands once so many *mails* more were taken up."""
        rate, minute, day = self.rate(limits), minute_of(at), day_of(at)
        return replace(
            self,
            used_until=at if rate is None else self._used_until(rate, at) + _SECOND / rate * mails,
            minutes={**self.minutes, minute: self.minutes.get(minute, 0) + mails},
            days={**self.days, day: self.days.get(day, 0) + mails},
        )


def slowed(standing: PaceStanding, limits: Limits, heard: Sequence[bool], pace: float) -> PaceStanding:
    """How a scope stands after each of *heard*: whether a mail was deferred, or else accepted.

    *pace* is how many mails a second it went by, for a scope without a limit.
    """
    for deferred in heard:
        standing = _deferred(standing, limits, pace) if deferred else _accepted(standing)
    return standing


def _deferred(standing: PaceStanding, limits: Limits, pace: float) -> PaceStanding:
    if standing.strain + 1 < _STRAIN:
        return replace(standing, strain=standing.strain + 1, relief=0)
    # Whichever is less: the limit may have been lowered since, which is what an operator does then.
    known = [each for each in (standing.slowed_from, limits.per_second) if each is not None]
    full = min(known, default=max(pace, _SLOWEST))
    least = min(full, max(_SLOWEST, full / _LEAST_PART))
    slower = max(min(standing.slowed_to or full, full) / 2, least)
    return replace(standing, slowed_to=slower, slowed_from=full, strain=0, relief=0)


def _accepted(standing: PaceStanding) -> PaceStanding:
    if standing.strain:
        return replace(standing, strain=standing.strain - 1)
    if standing.slowed_to is None or standing.slowed_from is None:
        return standing
    if standing.relief + 1 < _RELIEF:
        return replace(standing, relief=standing.relief + 1)
    faster = standing.slowed_to * 2
    if faster >= standing.slowed_from:
        return replace(standing, slowed_to=None, slowed_from=None, relief=0)
    return replace(standing, slowed_to=faster, relief=0)


def _less(limit: int | None, used: int, *, letters: bool) -> int | None:
    if limit is None:
        return None
    kept = 0 if letters or limit < 2 else max(1, limit // _LETTERS_PART)
    return max(0, limit - kept - used)
