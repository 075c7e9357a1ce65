"""How fast mail may leave, what of that is used, and when what waits will have left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.pace import ALL, MINUTES, Limits, Pace, PaceStanding, day_of
from solacefeed.store import copy_lanes, editions
from solacefeed.store import pace as pace_store

#: An end farther away than that is not told: by then something else will have been done about it.
_FORESEEN = timedelta(days=60)
#: After it what was used comes back.
_HOUR = timedelta(minutes=MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceStatus:
    """That of all mail, or of one group of domains."""

    #: Of the group; empty of all mail.
    group: str
    #: Mails a second, by the config, and where the relay defers mail.
    per_second: float | None
    slowed_to: float | None
    per_hour: int | None
    #: Those that left in the last hour.
    in_hour: int
    #: By the ramp, today (UTC), and those that left today.
    per_day: int | None
    in_day: int
    #: Copies of editions that are under way, and about when the last of them leaves.
    waiting: int
    ends_at: datetime | None


def paces(connection: sa.Connection, pace: Pace, now: datetime) -> tuple[PaceStatus, ...]:
    """Of each that has a limit, or is slowed down; all mail first."""
    ahead = pace_store.ahead(connection, now)
    by_limits = now + ahead
    known = pace_store.read(connection, at=by_limits)
    if not pace and not known:
        return ()
    waiting = _waiting(connection, pace)
    found = (
        _status(scope, limits, known.get(scope, PaceStanding()), waiting[scope], by_limits, ahead)
        for scope, limits in pace.scopes.items()
        if limits or (scope in known and known[scope].slowed_to is not None)
    )
    return tuple(found)


def last_of(found: Iterable[PaceStatus]) -> datetime | None:
    """About when the last of all that wait leaves, where that can be foreseen."""
    ends = [each.ends_at for each in found if each.waiting]
    known = [each for each in ends if each is not None]
    return max(known) if known and len(known) == len(ends) else None


def _waiting(connection: sa.Connection, pace: Pace) -> dict[str, int]:
    """Copies by scope; all of them count as all mail, also those that are in no lane yet."""
    found = dict.fromkeys(pace.scopes, 0)
    by_lane = {lane: scope for scope, lane in pace.lanes.items() if scope != ALL}
    for edition in editions.open_ones(connection):
        for lane, copies in copy_lanes.count_waiting(connection, edition.id).items():
            found[ALL] += copies
            if lane in by_lane:
                found[by_lane[lane]] += copies
    return found


def _status(
    scope: str, limits: Limits, standing: PaceStanding, waiting: int, now: datetime, ahead: timedelta
) -> PaceStatus:
    """At *now* by the clock of the limits, which is so far *ahead* of that of whoever asks."""
    ends = ends_at(limits, standing, waiting, now) if waiting else None
    return PaceStatus(
        group=scope,
        per_second=limits.per_second,
        slowed_to=standing.slowed_to,
        per_hour=limits.per_hour,
        in_hour=standing.in_hour(now),
        per_day=standing.day_limit(limits, now),
        in_day=standing.days.get(day_of(now), 0),
        waiting=waiting,
        ends_at=ends - ahead if ends else None,
    )


def ends_at(limits: Limits, standing: PaceStanding, waiting: int, now: datetime) -> datetime | None:
    """About when the last of those that wait leaves, if all of them are taken; ``None`` for a day far off."""
    rate = standing.rate(limits)
    by_rate = now + timedelta(seconds=waiting / rate) if rate else now
    opens = standing.opens_at(limits, now, letters=False)
    ends = max(opens, by_rate, _by_hour(limits, standing, waiting, now), _by_day(limits, standing, waiting, now))
    return ends if ends - now < _FORESEEN else None


def _by_hour(limits: Limits, standing: PaceStanding, waiting: int, now: datetime) -> datetime:
    """Minute after minute as much as comes back of the hour, if nothing else leaves."""
    own, at, hours = Limits(per_hour=limits.per_hour), now, 0
    whole = PaceStanding().room(own, now, letters=False)
    # What others have counted has come back by then, and each hour goes as the one before.
    settled = now + 2 * _HOUR
    while whole and (room := standing.room(own, at, letters=False) or 0) < waiting:
        standing = standing.after(own, room, at)
        waiting -= room
        at = standing.opens_at(own, at, letters=False)
        if at >= settled:
            more, waiting = divmod(waiting - 1, whole)
            hours, waiting = hours + more, waiting + 1
    return at + _HOUR * hours


def _by_day(limits: Limits, standing: PaceStanding, waiting: int, now: datetime) -> datetime:
    """Day after day as much as the ramp lets leave, if nothing else does."""
    own, at = Limits(ramp=limits.ramp), now
    while (room := standing.room(own, at, letters=False)) is not None and room < waiting:
        standing = standing.after(own, room, at)
        waiting -= room
        at = standing.opens_at(own, at, letters=False)
        if at - now > _FORESEEN:
            break
    return at
