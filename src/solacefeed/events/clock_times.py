"""Times of day in prose: ``10am-4pm``, ``from 9.30``, ``2-4pm``.

Law: absent rather than guessed. Where half of the day is left out it follows from the other time, or from hours at
which nothing else could be meant; ``at 7.30`` alone says nothing.
"""

from __future__ import annotations

import re
from datetime import time
from itertools import product

from solacefeed.models.sightings import Times


class Unclear(Exception):
    """What is written can be read in two ways, or in none; ``str()`` is the reason."""


_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})(?:[.:](?P<minute>[0-9]{2}))?\s?(?:(?P<half>[ap])\.?m\.?)?", re.IGNORECASE)
_NOON = time(12)
# A lone "9.30" is in the morning, a lone "12.30" at midday; before nine, people mean either half of the day.
_FIRST_PLAIN_HOUR = 9


def times(opens: str, closes: str | None) -> Times:
    """The times that *opens* and *closes* say together. Raises ``Unclear``."""
    if closes is None:
        return Times(opens=_alone(opens))
    fitting = [(first, last) for first, last in product(_readings(opens), _readings(closes)) if first < last]
    if not fitting:
        raise Unclear(f"{opens} to {closes}: the time ends before it begins")
    if len(fitting) > 1:
        fitting = [_likely(opens, closes, fitting)]
    return Times(opens=fitting[0][0], closes=fitting[0][1])


def in_half_of(opens: str, begins: str) -> str:
    """*opens* in the half of the day that *begins* says: "7 for 7.30pm" opens its doors at 7pm."""
    half = re.search(r"[ap]\.?m\.?$", begins, re.IGNORECASE)
    return f"{opens}{half[0]}" if half and opens.isdigit() else opens


def _readings(clock: str) -> tuple[time, ...]:
    """The one time that *clock* can mean, or the two, the morning's first."""
    match = _CLOCK.fullmatch(clock)
    if match is None:
        return (_NOON,)
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "").lower()
    if not half and (hour == 0 or hour > 12 or match["hour"][0] == "0"):
        return (time(hour, minute),) if hour < 24 else ()
    if not half and hour == 12:
        # Nothing begins at midnight that does not say so, and nothing ends at it before it began.
        return (time(12, minute),)
    morning, evening = time(hour % 12, minute), time(hour % 12 + 12, minute)
    return {"a": (morning,), "p": (evening,)}.get(half, (morning, evening))


def _alone(clock: str) -> time:
    readings = _readings(clock)
    if len(readings) == 1:
        return readings[0]
    morning = readings[0]
    if morning.hour < _FIRST_PLAIN_HOUR:
        raise Unclear(f"{clock}: in the morning or in the evening?")
    return morning


def _likely(opens: str, closes: str, fitting: list[tuple[time, time]]) -> tuple[time, time]:
    """Of several readings the one that people mean: "2-4pm" is all in the afternoon, "9.30-4.30" a working day."""
    if closes.lower().rstrip(".").endswith("m"):
        return max(fitting)
    first, last = min(fitting)
    if len(_readings(opens)) == 1 or len(_readings(closes)) == 1 or first.hour >= _FIRST_PLAIN_HOUR:
        return first, last
    raise Unclear(f"{opens} to {closes}: in the morning or in the afternoon?")
