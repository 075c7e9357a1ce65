"""Dates in numbers alone, by the language of the site: 05/06/2026 is in June in Britain, and in May in America.

Law: without a rule for its language the day is taken to stand first, and the date is in doubt.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from solacefeed.events.date_grammar import Phrase, Point

#: Which stands first.
Order = Literal["day first", "month first"]

# By CLDR's short dates; Canada and South Africa write them in several ways, so they have none.
_MONTH_FIRST = frozenset({"us", "ph", "pr", "gu", "vi", "as", "mp", "mh", "pw", "fm"})
_NO_RULE = frozenset({"ca", "za", "cn", "tw", "hk", "jp", "kr", "hu", "lt", "se", "ir", "mn"})
_LANGUAGES_WITHOUT = frozenset({"en", "zh", "ja", "ko", "hu", "lt", "sv", "fa", "mn", "eu", "af", "se", "x", "und", ""})
_NEAR = 1


def order_in(language: str | None, *, site: str | None = None) -> Order | None:
    """In which order *language*, a BCP 47 tag, writes a date in numbers; ``None`` where it can't be known.

    "en" alone has no rule: it is as well American, unless the language of the *site* is the English of a region.
    """
    primary, region = _parts(language or site)
    of_site, home = _parts(site)
    if region is None and primary == of_site:
        region = home
    if region is None:
        return None if primary in _LANGUAGES_WITHOUT else "day first"
    return None if region in _NO_RULE else "month first" if region in _MONTH_FIRST else "day first"


def _parts(language: str | None) -> tuple[str, str | None]:
    """The primary subtag, and the region of two letters where there is one."""
    primary, *others = (language or "").lower().replace("_", "-").split("-")
    return primary, next((part for part in others if len(part) == 2), None)


def settled(phrase: Phrase, order: Order | None, published: date) -> Phrase:
    """*phrase* with its ambiguous days as *order* has them, and years of two digits that are near *published*."""
    if order is None or not any(point.style in ("numeric", "ambiguous") for point in phrase.points):
        return phrase
    return phrase._replace(points=tuple(_settled(point, order, published) for point in phrase.points))


def is_ambiguous(phrase: Phrase) -> bool:
    return any(point.style == "ambiguous" for point in phrase.points)


def _settled(point: Point, order: Order, published: date) -> Point:
    if point.style not in ("numeric", "ambiguous") or point.month is None:
        return point
    day, month, year = point.day, point.month, point.year
    if point.style == "ambiguous" and order == "month first":
        day, month = month, day
    if year is not None and len(year) == 2 and abs(2000 + int(year) - published.year) <= _NEAR:
        year = str(2000 + int(year))
    return point._replace(style="numeric", day=day, month=month, year=year)
