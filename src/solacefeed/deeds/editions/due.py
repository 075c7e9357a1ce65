"""Which edition of a digest is seen at an instant, and when it closes next: one answer for one view of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa

from solacefeed.digest.periods import being_collected, due, edition_id, is_too_late, newest_first, passed_over
from solacefeed.models.digests import Cadence, Digest
from solacefeed.models.editions import Edition, EditionState, Period
from solacefeed.store import editions
from solacefeed.words import weekday_words


@dataclass(frozen=True, slots=True, kw_only=True)
class NextClosing:
    """When a digest closes next so that an edition comes of it."""

    at: datetime
    #: Closings since the last edition that make none: it is their day's edition already.
    passed_over: tuple[datetime, ...] = ()


def next_closing(
    connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime, cadence: Cadence | None = None
) -> NextClosing:
    """Of a *cadence*, the first one where none is said."""
    past, of_it = _past(connection, digest, cadence or digest.first), cadence or digest.first
    return NextClosing(
        at=being_collected(now, past, digest, of_it, zone).ends, passed_over=passed_over(now, past, digest, of_it, zone)
    )


def words_of_moved(digest: Digest, closing: NextClosing, zone: tzinfo) -> list[str]:
    """What the operator should know who has moved a closing within the day of an edition."""
    after = f"the next closes on {_moment(closing.at, zone)}"
    return [
        f"[[digests]] closes: {edition_id(digest, digest.first, moved, zone)} is there already, so the closing on "
        f"{_moment(moved, zone)} makes no edition; {after}"
        for moved in closing.passed_over
    ]


def _moment(instant: datetime, zone: tzinfo) -> str:
    local = instant.astimezone(zone)
    return f"{weekday_words(local.date())}, {local:%H:%M}"


def in_view(
    connection: sa.Connection, digest: Digest, cadence: Cadence, zone: tzinfo, now: datetime, *, upcoming: bool
) -> Edition:
    """The edition that is due at *now*; else the last one, while it may still go; else, or if *upcoming*, the next.

    One that is not frozen has no ``counts``. A look back sees the editions whose periods had begun by *now*.
    """
    past = _past(connection, digest, cadence, begun_by=now)
    period = due(now, past, digest, cadence, zone)
    if period and not upcoming:
        return _not_frozen(past, digest, cadence, period, zone, now)
    last = next((each for each in past if each.cadence is cadence.kind), None)
    if last and not upcoming and not is_too_late(last.leaves_at, now, max_late=digest.max_late):
        return last
    coming = being_collected(now, past, digest, cadence, zone)
    return _not_frozen(past, digest, cadence, coming, zone, now)


def before_it(
    connection: sa.Connection, digest: Digest, cadence: Cadence, zone: tzinfo, now: datetime
) -> Period | None:
    """The period that is due at *now*, and not frozen yet."""
    return due(now, _past(connection, digest, cadence, begun_by=now), digest, cadence, zone)


def _past(
    connection: sa.Connection, digest: Digest, cadence: Cadence, *, begun_by: datetime | None = None
) -> list[Edition]:
    """The newest editions, those of a cadence among them however many others there are; newest first."""
    own = editions.recent(connection, digest.key, cadence.kind, begun_by=begun_by)
    return newest_first(own, editions.recent(connection, digest.key, begun_by=begun_by))


def _not_frozen(
    past: list[Edition], digest: Digest, cadence: Cadence, period: Period, zone: tzinfo, now: datetime
) -> Edition:
    """The draft of that name, or what would be one."""
    name = edition_id(digest, cadence, period.ends, zone)
    there = next((each for each in past if each.id == name and each.counts is None), None)
    return there or Edition(
        id=name,
        digest=digest.key,
        period=period,
        state=EditionState.DRAFT,
        reason=None,
        prepared_at=now,
        cadence=cadence.kind,
    )
