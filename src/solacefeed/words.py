"""Dates and lists as people say them.

The law: what is said in English does not change with a release of babel, so its wording is ours and only the
names of days and months are babel's. Any other language is said as CLDR says it; one that CLDR does not know,
in English. This is babel's home.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval
from babel.lists import format_list

# "en" alone is American in CLDR: a comma before "and".
_ENGLISH = Locale("en", "GB")

# The largest part in which two days differ, and how much of the first one must then be said.
_SAID_OF_THE_FIRST = (("year", "d MMMM y"), ("month", "d MMMM"), ("day", "d"))


def day_words(day: date, language: str = "en") -> str:
    """``16 October 2012``; *language* is a BCP 47 tag."""
    return _day(day, "d MMMM y", "long", _locale(language))


def weekday_words(day: date, language: str = "en") -> str:
    """``Tuesday 16 October 2012``."""
    return _day(day, "EEEE d MMMM y", "full", _locale(language))


def month_words(day: date, language: str = "en") -> str:
    """``October``: the month of *day*, as it is said alone."""
    return format_date(day, "LLLL", _locale(language))


def span_words(starts: date, ends: date, language: str = "en") -> str:
    """``16 to 18 October 2012``: the days from *starts* to *ends*, both inclusive, nothing said twice."""
    locale = _locale(language)
    if locale != _ENGLISH:
        return format_interval(starts, ends, "yMMMd", locale=locale)
    for part, pattern in _SAID_OF_THE_FIRST:
        if getattr(starts, part) != getattr(ends, part):
            return f"{format_date(starts, pattern, locale)} to {day_words(ends)}"
    return day_words(ends)


def listing(names: Iterable[str], language: str = "en") -> str:
    """``Housing, Education and Scotland``."""
    return format_list(list(names), locale=_locale(language))


def counted(number: int, noun: str, several: str | None = None) -> str:
    """``1 post``, ``3 posts``; *several* is the plural that is not made by an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"


def _day(day: date, ours: str, theirs: str, locale: Locale) -> str:
    return format_date(day, ours if locale == _ENGLISH else theirs, locale)


def _locale(language: str) -> Locale:
    primary = language.partition("-")[0]
    if primary.lower() == "en":
        return _ENGLISH
    for tag in (language, primary):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return _ENGLISH
