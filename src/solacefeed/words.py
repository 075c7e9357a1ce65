"""Dates, times and lists as people say them, and in which language.

The law: what is said in English does not change with a release of babel, so its wording is ours, and so are its names
of days and months. Any other language is said as CLDR says it, with the words of its catalogue between; one that CLDR
does not know, in English. Babel, which knows much of all the world, is loaded with the first date of another language.

Pages and mails are of one language, ``interface``, and say so; the posts in them may be of another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from solacefeed.catalogue import OURS, gettext, primary, speaks

if TYPE_CHECKING:
    from babel import Locale

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: What a pattern's letters stand for in English.
_PARTS: Mapping[str, Callable[[date], str]] = {
    "d": lambda day: str(day.day),
    "y": lambda day: str(day.year),
    "MMMM": lambda day: _MONTHS[day.month - 1],
    "LLLL": lambda day: _MONTHS[day.month - 1],
    "EEEE": lambda day: _DAYS[day.weekday()],
    "EEE": lambda day: _DAYS[day.weekday()][:3],
}

#: The hour at which a night is over.
_MORNING = 6

_INSTANT = re.compile(
    r"\b\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC\b"
    r"|\b\d{1,2} [A-Z][a-z]+( \d{4})?, \d{2}:\d{2} UTC\b"
    r"|\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z\b|[+-]\d{2}:?\d{2}\b)?"
)

_WELSH_VOWELS = frozenset("aeiouwyâêîôûŵŷ")

# The largest part in which two days differ, and how much of the first one must then be said.
_SAID_OF_THE_FIRST = (("year", "d MMMM y"), ("month", "d MMMM"), ("day", "d"))


def interface(*languages: str | None) -> str:
    """The language of our words for whom *languages* are right, the best first: the first one that we speak.

    A site's pages go by that of its posts, a mail by its reader's and then by the site's. English is always spoken.
    """
    return next((language for language in languages if language and speaks(language)), OURS)


def marked(language: str) -> str | None:
    """The language of our words, where they stand among posts in *language* and that is another."""
    return interface(language) if interface(language) != language else None


def theirs(language: str | None, site_language: str, ours: str | None = None) -> str | None:
    """*language*, a post's where it is known, or else the site's; ``None`` where our words around it are in it too.

    Our words are in *ours*; on a site's pages in the ``interface`` of its language.
    """
    own = language or site_language
    return own if own != (ours or interface(site_language)) else None


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Where a line of *language* begins, as HTML's ``dir`` says it."""
    locale = _locale(language)
    return "rtl" if locale is not None and locale.text_direction == "rtl" else "ltr"


def language_name(language: str) -> str:
    """``Cymraeg`` for ``cy``: what *language* calls itself."""
    locale = _locale(language)
    said = (locale.language_name or language) if locale is not None else "English"
    return said[:1].upper() + said[1:]


def day_words(day: date, language: str = "en") -> str:
    """``16 October 2012``; *language* is a BCP 47 tag."""
    return _day(day, "d MMMM y", "long", _locale(language))


def abbreviated_day_words(day: date) -> str:
    """``16 Oct 2012``, for operators, where there is little room."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def weekday_words(day: date, language: str = "en") -> str:
    """``Tuesday 16 October 2012``."""
    return _day(day, "EEEE d MMMM y", "full", _locale(language))


def weekday_alone(day: date, language: str = "en") -> str:
    """``Tuesday``"""
    return _formatted(day, "EEEE", _locale(language))


def short_weekday_words(day: date, language: str = "en") -> str:
    """``Tue 16 October``, for what is near enough to need no year."""
    return _by_skeleton(day, "EEE d MMMM", "MMMMEd", _locale(language))


def instant_words(instant: datetime) -> str:
    """``2012-10-16 09:00 UTC``, as the operator reads it whatever the language."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def near_instant_words(instant: datetime, said_at: datetime) -> str:
    """``16 October, 09:00 UTC``, as the operator reads what is of late; with its year as ``near_day_words``."""
    at = instant.astimezone(UTC)
    return f"{near_day_words(at, said_at.astimezone(UTC))}, {at:%H:%M} UTC"


def without_instants(told: str) -> str:
    """What two lines have in common that tell the same of two instants, be they said as above or as programs do."""
    return _INSTANT.sub("", told)


def month_words(day: date, language: str = "en") -> str:
    """``October``: the month of *day*, as it is said alone."""
    return _formatted(day, "LLLL", _locale(language))


def span_words(starts: date, ends: date, language: str = "en") -> str:
    """``16 to 18 October 2012``: the days from *starts* to *ends*, both inclusive, nothing said twice."""
    locale = _locale(language)
    if locale is not None:
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
    first, at = day_words(begin.date(), language), _time_words(begin, language)
    if begin == end:
        return gettext("%(day)s, %(time)s", language, day=first, time=at)
    last, until = _ended(end, language)
    if last <= begin.date():
        return gettext("%(day)s, %(begins)s to %(ends)s", language, day=first, begins=at, ends=until)
    if _is_one_night(begin, end):
        return gettext("%(day)s, %(begins)s to %(ends)s the next day", language, day=first, begins=at, ends=until)
    return gettext(
        "%(days)s, from %(begins)s on the first day to %(ends)s on the last",
        language,
        days=span_words(begin.date(), last, language),
        begins=at,
        ends=until,
    )


def near_day_words(day: date, said_on: date, language: str = "en") -> str:
    """``8 December``; with its year where that is another than that of *said_on*."""
    if day.year != said_on.year:
        return day_words(day, language)
    return _by_skeleton(day, "d MMMM", "MMMd", _locale(language))


def short_day_words(day: date, said_on: date, language: str = "en") -> str:
    """``Tue 8 December``; with its year where that is another than that of *said_on*."""
    if day.year == said_on.year:
        return short_weekday_words(day, language)
    return _by_skeleton(day, "EEE d MMMM y", "yMMMEd", _locale(language))


def coming_words(
    starts: date | datetime, ends: date | datetime, zone: tzinfo, said_on: date, language: str = "en"
) -> str:
    """``Tue 8 December, 10:00 to 16:00``, ``Tue 13 to Thu 15 April 2027``: when to come, as it is said on *said_on*.

    Times are by the clock of *zone*; an all-day end is inclusive.
    """
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return _short_span(starts, ends, said_on, language)
    begin, end = starts.astimezone(zone), ends.astimezone(zone)
    first, at = short_day_words(begin.date(), said_on, language), _time_words(begin, language)
    if begin == end:
        return gettext("%(day)s, %(time)s", language, day=first, time=at)
    last, until = _ended(end, language)
    if last <= begin.date() or _is_one_night(begin, end):
        return gettext("%(day)s, %(begins)s to %(ends)s", language, day=first, begins=at, ends=until)
    days = _short_span(begin.date(), last, said_on, language)
    return gettext("%(days)s, from %(begins)s", language, days=days, begins=at)


def _short_span(starts: date, ends: date, said_on: date, language: str) -> str:
    last = short_day_words(ends, said_on, language)
    if starts == ends:
        return last
    if _locale(language) is not None:
        return f"{short_day_words(starts, said_on, language)} – {last}"
    if (starts.year, starts.month) == (ends.year, ends.month):
        return f"{_formatted(starts, 'EEE d', None)} to {last}"
    return f"{short_day_words(starts, ends, language)} to {last}"


def _ended(end: datetime, language: str) -> tuple[date, str]:
    """The last day that *end* leaves something of, and the time on it."""
    if end.hour == end.minute == 0:
        return end.date() - timedelta(days=1), gettext("midnight", language)
    return end.date(), _time_words(end, language)


def _time_words(time: datetime, language: str) -> str:
    """``10:00``"""
    locale = _locale(language)
    if locale is None:
        return f"{time:%H:%M}"
    from babel.dates import format_skeleton

    return format_skeleton("Hm", time.replace(tzinfo=None), locale=locale)


def _is_one_night(begin: datetime, end: datetime) -> bool:
    return end.date() - begin.date() == timedelta(days=1) and end.hour < _MORNING <= begin.hour


def tally(counts: Mapping[str, int]) -> str:
    """``3 accepted, 1 pending``."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def listing(names: Iterable[str], language: str = "en") -> str:
    """``Housing, Education and Scotland``."""
    listed = list(names)
    if and_ := _and(primary(language), listed[-1] if listed else ""):
        return f" {and_} ".join(filter(None, (", ".join(listed[:-1]), *listed[-1:])))
    locale = _locale(language)
    if locale is None:
        return listing(listed)
    from babel.lists import format_list

    return format_list(listed, locale=locale)


def _and(language: str, last: str) -> str | None:
    """What stands before the *last* name, where we know better than CLDR: Welsh "a(c)" is for us to choose."""
    if language == "cy":
        return "ac" if last[:1].lower() in _WELSH_VOWELS else "a"
    return "and" if language == OURS else None


def counted(number: int, noun: str, several: str | None = None) -> str:
    """``1 post``, ``3 posts``; *several* is the plural that is not made by an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"


def _day(day: date, ours: str, theirs: str, locale: Locale | None) -> str:
    return _formatted(day, ours if locale is None else theirs, locale)


def _by_skeleton(day: date, ours: str, skeleton: str, locale: Locale | None) -> str:
    if locale is None:
        return _formatted(day, ours, locale)
    from babel.dates import format_skeleton

    return format_skeleton(skeleton, day, locale=locale)


# Of few days, for each post of each variant of an edition.
@lru_cache(maxsize=1024)
def _formatted(day: date, pattern: str, locale: Locale | None) -> str:
    """*day* by CLDR's letters of *pattern*."""
    if locale is None:
        return " ".join(_PARTS[part](day) for part in pattern.split())
    from babel.dates import format_date

    return format_date(day, pattern, locale)


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale | None:
    """``None`` for English."""
    if primary(language) == OURS:
        return None
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.partition("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None
