"""Dates and lists as people say them.

The law: what is said in English does not change with a release of babel, so its wording is ours and only the
names of days and months are babel's. Any other language is said as CLDR says it; one that CLDR does not know,
in English. This is babel's home, and it is loaded with the first date that is said.

Pages and mails are of one language, ``interface``, and say so; the posts in them may be of another.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

#: The language of our own words, until there are catalogues of others.
OURS = "en"

# "en" alone is American in CLDR: a comma before "and".
_ENGLISH = ("en", "GB")

#: Languages that are written from the right to the left.
_FROM_THE_RIGHT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})

#: The hour at which a night is over.
_MORNING = 6

# The largest part in which two days differ, and how much of the first one must then be said.
_SAID_OF_THE_FIRST = (("year", "d MMMM y"), ("month", "d MMMM"), ("day", "d"))


def interface(language: str) -> str:
    """The language of pages and mails on a site whose posts are in *language*: its kind of ours, or ours."""
    return language if _primary(language) == OURS else OURS


def marked(language: str) -> str | None:
    """The language of our words, where they stand among posts in *language* and that is another."""
    return interface(language) if interface(language) != language else None


def theirs(language: str | None, site_language: str) -> str | None:
    """*language*, a post's where it is known, or else the site's; ``None`` where our words around it are in it too."""
    own = language or site_language
    return own if own != interface(site_language) else None


def day_words(day: date, language: str = "en") -> str:
    """``16 October 2012``; *language* is a BCP 47 tag."""
    return _day(day, "d MMMM y", "long", _locale(language))


def weekday_words(day: date, language: str = "en") -> str:
    """``Tuesday 16 October 2012``."""
    return _day(day, "EEEE d MMMM y", "full", _locale(language))


def instant_words(instant: datetime) -> str:
    """``2012-10-16 09:00 UTC``, as the operator reads it whatever the language."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def month_words(day: date, language: str = "en") -> str:
    """``October``: the month of *day*, as it is said alone."""
    return _formatted(day, "LLLL", _locale(language))


def span_words(starts: date, ends: date, language: str = "en") -> str:
    """``16 to 18 October 2012``: the days from *starts* to *ends*, both inclusive, nothing said twice."""
    locale = _locale(language)
    if locale != _english():
        from babel.dates import format_interval

        return format_interval(starts, ends, "yMMMd", locale=locale)
    for part, pattern in _SAID_OF_THE_FIRST:
        if getattr(starts, part) != getattr(ends, part):
            return f"{_formatted(starts, pattern, locale)} to {day_words(ends)}"
    return day_words(ends)


def span_in_words(starts: date | datetime, ends: date | datetime, zone: tzinfo, language: str = "en") -> str:
    """``16 to 18 October 2012``, or ``8 December 2026, 10:00 to 16:00``; an all-day end is inclusive.

    Times are by the clock of *zone*. What ends before it is morning belongs to the evening on which it began.
    """
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return span_words(starts, ends, language)
    begin, end = starts.astimezone(zone), ends.astimezone(zone)
    if begin == end:
        return f"{day_words(begin.date(), language)}, {begin:%H:%M}"
    last, until = _ended(end)
    if last <= begin.date():
        return f"{day_words(begin.date(), language)}, {begin:%H:%M} to {until}"
    if _is_one_night(begin, end):
        return f"{day_words(begin.date(), language)}, {begin:%H:%M} to {until} the next day"
    return f"{span_words(begin.date(), last, language)}, from {begin:%H:%M} on the first day to {until} on the last"


def short_day_words(day: date, said_on: date, language: str = "en") -> str:
    """``Tue 8 December``; with its year where that is another than that of *said_on*."""
    locale, year = _locale(language), day.year != said_on.year
    if locale == _english():
        return _formatted(day, "EEE d MMMM y" if year else "EEE d MMMM", locale)
    from babel.dates import format_skeleton

    return format_skeleton("yMMMEd" if year else "MMMMEd", day, locale=locale)


def coming_words(
    starts: date | datetime, ends: date | datetime, zone: tzinfo, said_on: date, language: str = "en"
) -> str:
    """``Tue 8 December, 10:00 to 16:00``, ``Tue 13 to Thu 15 April 2027``: when to come, as it is said on *said_on*.

    Times are by the clock of *zone*; an all-day end is inclusive.
    """
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return _short_span(starts, ends, said_on, language)
    begin, end = starts.astimezone(zone), ends.astimezone(zone)
    first = short_day_words(begin.date(), said_on, language)
    if begin == end:
        return f"{first}, {begin:%H:%M}"
    last, until = _ended(end)
    if last <= begin.date() or _is_one_night(begin, end):
        return f"{first}, {begin:%H:%M} to {until}"
    return f"{_short_span(begin.date(), last, said_on, language)}, from {begin:%H:%M}"


def _short_span(starts: date, ends: date, said_on: date, language: str) -> str:
    last = short_day_words(ends, said_on, language)
    if starts == ends:
        return last
    if _locale(language) != _english():
        return f"{short_day_words(starts, said_on, language)} – {last}"
    if (starts.year, starts.month) == (ends.year, ends.month):
        return f"{_formatted(starts, 'EEE d', _english())} to {last}"
    return f"{short_day_words(starts, ends, language)} to {last}"


def _ended(end: datetime) -> tuple[date, str]:
    """The last day that *end* leaves something of, and the time on it."""
    if end.hour == end.minute == 0:
        return end.date() - timedelta(days=1), "midnight"
    return end.date(), f"{end:%H:%M}"


def _is_one_night(begin: datetime, end: datetime) -> bool:
    return end.date() - begin.date() == timedelta(days=1) and end.hour < _MORNING <= begin.hour


def listing(names: Iterable[str], language: str = "en") -> str:
    """``Housing, Education and Scotland``."""
    listed = list(names)
    if _primary(language) == OURS:
        return " and ".join(filter(None, (", ".join(listed[:-1]), *listed[-1:])))
    from babel.lists import format_list

    return format_list(listed, locale=_locale(language))


def counted(number: int, noun: str, several: str | None = None) -> str:
    """``1 post``, ``3 posts``; *several* is the plural that is not made by an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"


def direction(language: str) -> str:
    """``rtl`` for a language that is written from the right to the left, else ``ltr``."""
    return "rtl" if _primary(language) in _FROM_THE_RIGHT else "ltr"


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _day(day: date, ours: str, theirs: str, locale: Locale) -> str:
    return _formatted(day, ours if locale == _english() else theirs, locale)


def _formatted(day: date, pattern: str, locale: Locale) -> str:
    from babel.dates import format_date

    return format_date(day, pattern, locale)


@cache
def _english() -> Locale:
    from babel import Locale

    return Locale(*_ENGLISH)


def _locale(language: str) -> Locale:
    if _primary(language) == OURS:
        return _english()
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.partition("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return _english()
