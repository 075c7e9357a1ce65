"""What a calendar says anew of an event that it told of before: nothing, something else, or other days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from solacefeed.models.events import EventStatus
from solacefeed.models.sightings import Sighting

# What is put right within a day was a slip, and nobody's plans.
_A_SLIP = timedelta(days=1)


def retold(before: Sighting, after: Sighting, *, zone: tzinfo, at: datetime) -> Sighting | None:
    """*after*, heard at the instant *at*, as it holds instead of *before*; ``None`` where it says nothing new.

    A calendar has no word for an event that moved (RFC 5545 section 3.8.1.11): it shows by its first day.
    """
    told = after.told
    if told.standing is EventStatus.SCHEDULED and _has_moved(before, after, zone, at):
        told = replace(told, standing=EventStatus.MOVED)
    if (told, after.categories) == (before.told, before.categories):
        return None
    said_at = after.said_at if before.said_at < after.said_at else at
    return replace(after, told=told, said_at=said_at, event_id=before.event_id)


def _has_moved(before: Sighting, after: Sighting, zone: tzinfo, at: datetime) -> bool:
    was, now = _first_day(before, zone), _first_day(after, zone)
    moved_now = was is not None and now is not None and was != now and at - before.said_at >= _A_SLIP
    return moved_now or before.told.standing is EventStatus.MOVED


def _first_day(sighting: Sighting, zone: tzinfo) -> date | None:
    starts = sighting.told.starts
    return starts.astimezone(zone).date() if isinstance(starts, datetime) else starts
