"""Months: the archives of a feed, one for each month in which it has posts (RFC 5005 section 4).

A month is the blog's: it begins and ends at local midnight, as the blog's own month pages do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo


def month_of(instant: datetime, zone: tzinfo) -> str:
    """``2012-05``"""
    local = instant.astimezone(zone)
    return f"{local.year:04}-{local.month:02}"


def span(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The half-open span of *month*."""
    year, number = map(int, month.split("-"))
    return _begin(year, number, zone), _begin(*following(year, number), zone)


def following(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < 12 else (year + 1, 1)


def preceding(year: int, month: int) -> tuple[int, int]:
    return (year, month - 1) if month > 1 else (year - 1, 12)


def around(months: Iterable[tuple[int, int]]) -> list[str]:
    """The local months that posts of these months of UTC can be of, newest first."""
    near = {each for year, month in months for each in (preceding(year, month), (year, month), following(year, month))}
    return [f"{year:04}-{month:02}" for year, month in sorted(near, reverse=True) if 1 <= year <= 9998]


def previous_of(month: str, months: Iterable[str]) -> str | None:
    """The newest of *months* before *month*."""
    return max((other for other in months if other < month), default=None)


def following_of(month: str, months: Iterable[str]) -> str | None:
    """The oldest of *months* after *month*."""
    return min((other for other in months if other > month), default=None)


def enough_for(counts: Mapping[str, int], most: int) -> str | None:
    """The oldest of the newest months that together have *most* posts; of *counts*, the oldest where all have less."""
    total = 0
    month = None
    for month in sorted(counts, reverse=True):
        total += counts[month]
        if most and total >= most:
            return month
    return month


def _begin(year: int, month: int, zone: tzinfo) -> datetime:
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
