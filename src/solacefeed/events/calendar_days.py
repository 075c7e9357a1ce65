"""From days as they are written to days of the calendar.

Law: a year left out is that of the nearest day that says one, else the first in which the days are not over when the
text was published; whatever is then out of order, or no day at all, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise

from solacefeed.events.clock_times import Unclear
from solacefeed.events.date_grammar import Phrase, Point

_RELATIVE_YEARS = {"last": -1, "this": 0, "next": 1}
# "16 October 2000 guests" counts guests, and nobody is invited to 1066.
_FARTHEST_YEARS = 20
# Longer than that from December into January, and the days are more likely to be in the wrong order.
_LONGEST_OVER_NEW_YEAR = timedelta(days=183)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def days(phrase: Phrase, published: date) -> list[date]:
    """The day of each point of *phrase*, in order. Raises ``Unclear``."""
    points, months = phrase.points, _months(phrase)
    years = _years(points, months, published)
    found = [_day(*parts) for parts in zip(points, months, years, strict=True)]
    for first, second in pairwise(found):
        if second <= first:
            raise Unclear(f"{_said(second)} is not after {_said(first)}")
    inferred = any(point.year is None for point in points)
    if inferred and years[0] < years[-1] and found[-1] - found[0] > _LONGEST_OVER_NEW_YEAR:
        raise Unclear(f"{_said(found[-1])} is too long after {_said(found[0])}")
    _check_weekdays(phrase, found)
    return found


def _months(phrase: Phrase) -> list[int]:
    """The month of each point: its own, else that of the next one, or of the one before where months stand first."""
    styles = {"numeric" if point.style == "ambiguous" else point.style for point in phrase.points} - {"bare"}
    if len(styles) > 1 or (styles <= {"iso", "month first"} and phrase.points[0].style == "bare"):
        raise Unclear("its days are written in different ways")
    step = 1 if phrase.points[0].style == "month first" else -1
    months: list[int] = []
    for point in phrase.points[::step]:
        months.append(point.month or months[-1])
    return months[::step]


def _years(points: Sequence[Point], months: Sequence[int], published: date) -> list[int]:
    """The year of each point: as said, else as of the next point that says one, else of the one before it."""
    turns = list(accumulate((second < first for first, second in pairwise(months)), initial=0))
    said = {at: _year(point.year, published) for at, point in enumerate(points) if point.year is not None}
    if not said:
        over = (months[-1], points[-1].day) < (published.month, published.day)
        said = {len(points) - 1: published.year + over}
    anchors, anchor = [], max(said)
    for here in reversed(range(len(points))):
        anchor = here if here in said else anchor
        anchors.append(anchor)
    return [said[at] - turns[at] + turn for at, turn in zip(reversed(anchors), turns, strict=True)]


def _year(written: str, published: date) -> int:
    if written in _RELATIVE_YEARS:
        return published.year + _RELATIVE_YEARS[written]
    if len(written) == 2:
        raise Unclear(f"the year “{written}” has two digits")
    year = int(written) if written.isdigit() else 2000 + int(written[1:])
    if abs(year - published.year) > _FARTHEST_YEARS:
        raise Unclear(f"{written} is far from the year of the text")
    return year


def _day(point: Point, month: int, year: int) -> date:
    teen = 11 <= point.day <= 13
    if point.ordinal and point.ordinal != ("th" if teen else _ORDINALS.get(point.day % 10, "th")):
        raise Unclear(f"“{point.day}{point.ordinal}” is no number")
    try:
        return date(year, month, point.day)
    except ValueError:
        raise Unclear(f"there is no {point.day}/{month}/{year}") from None


def _check_weekdays(phrase: Phrase, found: Sequence[date]) -> None:
    claims = [(point.weekday, day) for point, day in zip(phrase.points, found, strict=True)]
    if phrase.weekdays is not None:
        claims += zip(phrase.weekdays, (found[0], found[-1]), strict=True)
    for weekday, day in claims:
        if weekday is not None and weekday != day.weekday():
            raise Unclear(f"{_said(day)} is a {_WEEKDAYS[day.weekday()]}, not a {_WEEKDAYS[weekday]}")


def _said(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
