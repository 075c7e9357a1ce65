"""When a cadence closes, and which period is due or comes next; local time, so that a closing keeps its hour over DST.

The same cadence, editions and time have the same answer: the period that is promised is the one that becomes due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from solacefeed.models.digests import Cadence, CadenceKind, Closing, Digest
from solacefeed.models.editions import Edition, EditionState, Period

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MOMENT = timedelta(seconds=1)

#: So many days, weeks or months on either side hold the closings next to an instant, whatever a zone did to its days.
_NEAR = range(-2, 3)

#: What an edition is before its words are frozen.
_OPEN_TO_CHANGE = (EditionState.DRAFT, EditionState.HELD)


def last_closing(now: datetime, closings: Iterable[Closing], zone: tzinfo) -> datetime:
    """The newest closing at or before *now*, in UTC."""
    return max(found for closing in closings for found in _around(now, closing, zone) if found <= now)


def next_closing(now: datetime, closings: Iterable[Closing], zone: tzinfo) -> datetime:
    """The first closing after *now*, in UTC."""
    return min(found for closing in closings for found in _around(now, closing, zone) if found > now)


def period_start(at: datetime, cadence: Cadence, zone: tzinfo) -> datetime:
    """The start of the period in which the instant *at* lies; of a cadence at once, that instant itself."""
    return at if cadence.kind is CadenceKind.AT_ONCE else last_closing(at, cadence.closings, zone)


def is_too_late(ends: datetime, now: datetime, *, max_late: timedelta) -> bool:
    """Whether an edition whose period *ends* then is made no more at *now*, and handed to nobody any more."""
    return now > last_instant(ends, max_late)


def last_instant(ends: datetime, max_late: timedelta) -> datetime:
    """Until when it is not too late for an edition whose period *ends* then."""
    return ends + max_late


def newest_first(*several: Iterable[Edition]) -> list[Edition]:
    """All of these editions, each once."""
    found = {edition.id: edition for some in several for edition in some}
    return sorted(found.values(), key=lambda edition: (edition.period.ends, edition.id), reverse=True)


# -- a cadence with its editions -----------------------------------------------------------------------
#
# *past* are the newest editions of the digest, newest first; those of other cadences among them matter for their names
# alone. Those cancelled to be made anew are none, and what is still
# a draft of a closing to come is made anew until that.


def due(now: datetime, past: Sequence[Edition], digest: Digest, cadence: Cadence, zone: tzinfo) -> Period | None:
    """The period whose edition is to be prepared at *now*; at most one, however long nobody looked.

    It begins where the last edition ended that was not folded into it, so that a missed week's posts stand in the next
    edition. A closing more than ``max_late`` ago is let pass, as is one whose day's edition is there already. Of a
    cadence at once it is the morning's.
    """
    standing = _standing(now, past)
    own = _own(standing, digest, cadence, zone)
    ends = last_closing(now, cadence.closings, zone)
    is_covered = any(edition.period.ends >= ends for edition in own)
    if is_covered or is_too_late(ends, now, max_late=digest.max_late):
        return None
    if edition_id(digest, cadence, ends, zone) in _taken(standing, past, cadence):
        return None
    return Period(starts=_covered_until(own) or _closing_before(ends, cadence, zone), ends=ends)


def being_collected(now: datetime, past: Sequence[Edition], digest: Digest, cadence: Cadence, zone: tzinfo) -> Period:
    """The period of the edition that comes next, after the one that is due at *now*, if one is."""
    before = due(now, past, digest, cadence, zone)
    standing = _standing(now, past)
    own = _own(standing, digest, cadence, zone)
    since = before.ends if before else _covered_until(own)
    taken = _taken(standing, past, cadence) | ({edition_id(digest, cadence, before.ends, zone)} if before else set())
    after = max([now, *(edition.period.ends for edition in own)])
    ends = _up_to_a_free_day(after, taken, digest, cadence, zone)[-1]
    return Period(starts=since or _closing_before(ends, cadence, zone), ends=ends)


def passed_over(
    now: datetime, past: Sequence[Edition], digest: Digest, cadence: Cadence, zone: tzinfo
) -> tuple[datetime, ...]:
    """The closings after the last edition that make none: they were moved within its day, which names it."""
    standing = _standing(now, past)
    own = _own(standing, digest, cadence, zone)
    if not own:
        return ()
    return tuple(_up_to_a_free_day(own[0].period.ends, _names(standing), digest, cadence, zone)[:-1])


def has_its_closing(edition: Edition, cadence: Cadence, zone: tzinfo) -> bool:
    """Whether an edition closes when its cadence does; the config may have moved closings since it was begun."""
    return last_closing(edition.period.ends, cadence.closings, zone) == edition.period.ends


def is_open_to_change(edition: Edition, now: datetime) -> bool:
    """Whether an edition that is to come has promised nothing yet."""
    return edition.state in _OPEN_TO_CHANGE and edition.counts is None and edition.period.ends > now


def with_moved_closings(past: Iterable[Edition], cadence: Cadence, zone: tzinfo, now: datetime) -> list[Edition]:
    """*past*; what is open to change, and whose closing was moved within its day, closes as that day does by now."""
    return [_on_its_day(each, cadence, zone) if is_open_to_change(each, now) else each for each in past]


def _on_its_day(edition: Edition, cadence: Cadence, zone: tzinfo) -> Edition:
    if edition.cadence is not cadence.kind or has_its_closing(edition, cadence, zone):
        return edition
    near = (found for closing in cadence.closings for found in _around(edition.period.ends, closing, zone))
    # An edition is named by its day, which is another by the clock of another zone.
    of_the_day = [found for found in near if edition.id.endswith(found.astimezone(zone).date().isoformat())]
    ends = min(of_the_day, default=edition.period.ends)
    return replace(edition, period=replace(edition.period, ends=ends))


def _standing(now: datetime, past: Iterable[Edition]) -> list[Edition]:
    return [
        edition
        for edition in past
        if _answers_its_closing(edition) and not (edition.state in _OPEN_TO_CHANGE and edition.period.ends > now)
    ]


def _answers_its_closing(edition: Edition) -> bool:
    """Nor is there another of its name; what was cancelled to be made anew leaves both free."""
    return edition.state is not EditionState.CANCELLED or edition.folded


def _own(standing: Iterable[Edition], digest: Digest, cadence: Cadence, zone: tzinfo) -> list[Edition]:
    """Those of the cadence; of the first one also those of another that was the first before it.

    Of those at once they are the morning's, which end at a closing.
    """
    own = [each for each in standing if each.cadence is cadence.kind or _was_first(each, digest, cadence)]
    if cadence.kind is not CadenceKind.AT_ONCE:
        return own
    return [each for each in own if last_closing(each.period.ends, cadence.closings, zone) == each.period.ends]


def _was_first(edition: Edition, digest: Digest, cadence: Cadence) -> bool:
    return cadence.kind is digest.first.kind and edition.id.removeprefix(f"{digest.key}/")[:1].isdigit()


def _covered_until(own: Sequence[Edition]) -> datetime | None:
    """The end of the last edition that was not folded into the next one; ``None`` where there is no edition."""
    whole = next((edition.period.ends for edition in own if not edition.folded), None)
    return whole or (own[-1].period.starts if own else None)


def _closing_before(closing: datetime, cadence: Cadence, zone: tzinfo) -> datetime:
    return last_closing(closing - _MOMENT, cadence.closings, zone)


def _names(editions: Iterable[Edition]) -> set[str]:
    return {edition.id for edition in editions}


def _taken(standing: Iterable[Edition], past: Iterable[Edition], cadence: Cadence) -> set[str]:
    """The names that no new edition of *cadence* can have; its own drafts become the edition of their name."""
    others = (each for each in past if _answers_its_closing(each) and each.cadence is not cadence.kind)
    return _names(standing) | _names(others)


def _up_to_a_free_day(
    after: datetime, taken: Collection[str], digest: Digest, cadence: Cadence, zone: tzinfo
) -> list[datetime]:
    """The closings after that instant, up to the first whose day has no edition yet."""
    found = [next_closing(after, cadence.closings, zone)]
    while edition_id(digest, cadence, found[-1], zone) in taken:
        found.append(next_closing(found[-1], cadence.closings, zone))
    return found


# -- names ---------------------------------------------------------------------------------------------


def edition_id(digest: Digest, cadence: Cadence, closing: datetime, zone: tzinfo) -> str:
    """``weekly/2026-11-23``, the digest and its local closing day; ``weekly/daily-2026-11-23`` of a further cadence.

    Of a cadence at once it is what the day's ids begin with, and none itself.
    """
    day = closing.astimezone(zone).date().isoformat()
    if cadence.kind is digest.first.kind and cadence.kind is not CadenceKind.AT_ONCE:
        return f"{digest.key}/{day}"
    return f"{digest.key}/{cadence.kind}-{day}"


def closing_of(name: str, digest: Digest, cadence: Cadence, zone: tzinfo) -> datetime | None:
    """The closing that *name* is made of, as its day closes by now; ``None`` where it is no such name."""
    try:
        day = date.fromisoformat(name[-len("2026-11-23") :])
    except ValueError:
        return None
    midnight = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
    found = next_closing(midnight - _MOMENT, cadence.closings, zone)
    return found if edition_id(digest, cadence, found, zone) == name else None


def day_of_at_once(name: str) -> date | None:
    """The day by which a mail at once is called; ``None`` for any other edition."""
    called = name.partition("/")[2].removeprefix(f"{CadenceKind.AT_ONCE}-")
    try:
        return date.fromisoformat(called.rpartition("-")[0])
    except ValueError:
        return None


def at_once_id(digest: Digest, instant: datetime, zone: tzinfo, number: int) -> str:
    """``weekly/at-once-2026-11-23-2``: the second one of that local day, be it a post's or the morning's."""
    return f"{digest.key}/{CadenceKind.AT_ONCE}-{instant.astimezone(zone).date().isoformat()}-{number}"


# -- closings ------------------------------------------------------------------------------------------


def _around(now: datetime, closing: Closing, zone: tzinfo) -> list[datetime]:
    """This closing, in UTC, before and after *now*."""
    return [_instant(day, closing, zone) for day in _days_around(now.astimezone(zone).date(), closing)]


def _days_around(today: date, closing: Closing) -> list[date]:
    if closing.weekday is None:
        return [today + days * _DAY for days in _NEAR]
    if closing.week is None:
        this_week = today + timedelta(days=closing.weekday - today.weekday())
        return [this_week + weeks * _WEEK for weeks in _NEAR]
    return [_day_of_month(_month(today, months), closing.weekday, closing.week) for months in _NEAR]


def _month(today: date, later: int) -> date:
    """The first day of the month so many months later."""
    years, months = divmod(today.month - 1 + later, 12)
    return date(today.year + years, months + 1, 1)


def _day_of_month(first: date, weekday: int, week: int) -> date:
    """The month's first to fourth such *weekday*, as *week* counts; its last for -1. It begins with *first*."""
    if week < 0:
        return _day_of_month(_month(first, 1), weekday, 1) - _WEEK
    return first + timedelta(days=(weekday - first.weekday()) % 7) + (week - 1) * _WEEK


def _instant(day: date, closing: Closing, zone: tzinfo) -> datetime:
    """The closing of that local *day*.

    An hour that comes twice is taken as its first (PEP 495). One that DST leaves out is taken as the one after it, but
    where that is the next day's already, as the one before it, for an edition is named by its day: Greenland goes
    from 23:00 to midnight. A day that a zone left out altogether, as Samoa did, closes in the one after it.
    """
    local = datetime.combine(day, closing.at, zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).date() == day:
        return found
    before = local.replace(fold=1).astimezone(UTC)
    return before if before.astimezone(zone).date() == day else found
