"""The words of a date in prose: text cut into tokens, each of a kind that the grammar knows.

Law: one pass, linear in the length of the text, and no input raises. A number that counts or names something
("page 3", "£16", "2,012", "16bn") is never a day, and "may" and "march" are months only when written with a capital.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, cast

Kind = Literal[
    # numbers
    "day", "year", "iso", "numeric", "time", "number",
    # names
    "month", "weekday", "zone",
    # joins
    "to", "up", "and", "or", "dash", "comma", "slash",
    # small words and marks
    "of", "the", "on", "in", "at", "from", "between", "for", "relative", "year_word", "open", "close", "stop",
    "word", "mark", "end",
]  # fmt: skip


class Token(NamedTuple):
    """A word, number or mark at ``text[start:end]``; a tuple, since a frozen dataclass takes thrice as long to make."""

    kind: Kind
    text: str
    start: int
    end: int


_MONTH_NAMES = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
    "september sept sep", "october oct", "november nov", "december dec",
)  # fmt: skip
_WEEKDAY_NAMES = (
    "monday mon", "tuesday tues tue", "wednesday weds wed", "thursday thurs thur thu", "friday fri", "saturday sat",
    "sunday sun",
)  # fmt: skip

#: 1 to 12, by the name in lower case.
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
#: Monday is 0.
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()}

_SMALL_WORDS: dict[Kind, str] = {
    "to": "to until till til through thru",
    "up": "up",
    "and": "and &",
    "or": "or",
    "of": "of",
    "the": "the",
    "on": "on",
    "in": "in",
    "at": "at starting beginning commencing",
    "from": "from",
    "between": "between",
    "for": "for",
    "relative": "this next last",
    "year_word": "year",
    "time": "noon midday",
    "zone": "gmt bst utc cet cest est edt pst pdt",
}
_KINDS: dict[str, Kind] = {
    **{word: kind for kind, words in _SMALL_WORDS.items() for word in words.split()},
    **dict.fromkeys(MONTHS, "month"),
    **dict.fromkeys(WEEKDAYS, "weekday"),
    "@": "at", ",": "comma", "/": "slash", "(": "open", ")": "close", ".": "stop",
}  # fmt: skip
# Verbs, adjectives and exams as well as names: these want their capital.
_CAPITAL = frozenset({
    "march", "mar", "may", "august", "sept", "sep", "dec", "jan",
    "mon", "tue", "tues", "wed", "thu", "fri", "sat", "sun", "est",
})  # fmt: skip
_LONGEST_SHORT_NAME = 5

_COUNTING = re.compile(
    r"\b(?:page|p|no|number|room|suite|unit|chapter|section|part|volume|vol|issue|paragraph|para|figure|fig|item|question"
    r"|step|lesson|phase|level|tier|band|grade|year|age|aged|under|top|route|platform|pp)s?\.?\s?$"
)
_LONGEST_COUNTING = 12

# The space before it belongs to a match: to look for every kind of token at a space takes most of the time.
_TOKEN = re.compile(
    r"""
    \s*+(?:
      (?P<mark>     https?://\S+ | www\.\S+ )
    | (?P<feast>    (?:Good|Easter|Whit|Palm|Shrove|Ash|Maundy|Holy|Bank\sHoliday)\s
                    (?i:mon|tues|wednes|thurs|fri|satur|sun)day(?=,?\s+[0-9]) )
    | (?P<word>     [^\W\d_]\w*(?:['’]\w+)* )
    | (?P<iso>      [0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-]) )
    | (?P<numeric>  [0-9]{1,2}(?P<by>[/.])[0-9]{1,2}(?P=by)(?:[0-9]{4}|[0-9]{2})(?!\w|[/.][0-9]) )
    | (?P<time>     12\s(?i:noon|midday)\b
                  | (?:1[0-2]|0?[1-9])(?:[.:][0-5][0-9])?\s?(?:(?i:[ap]m)\b|(?i:[ap]\.m)\b\.?)
                  | (?:1[01]|[1-9])(?=\sfor\s(?:1[01]|[1-9])(?:[.:][0-5][0-9])?\s?(?i:[ap]\.?m)\b)
                  | (?:[01]?[0-9]|2[0-3])[.:][0-5][0-9](?!\w|[.:,]?[0-9]|\s?%|\s(?:per|million|billion)\b) )
    | (?P<day>      [0-9]{1,2}(?i:st|nd|rd|th)?(?!\w|%|[.,:][0-9]) )
    | (?P<year>     (?:(?:19|20)[0-9]{2}|['’][0-9]{2})(?!\w|%|[.,:][0-9]) )
    | (?P<number>   [£$€#]?[0-9]\w*(?:[.,:][0-9]\w*)*%? )
    | (?P<dash>     [-‐‑‒–—―−]{1,2} )
    | (?P<other>    \S ) )
    """,
    re.VERBOSE,
)

_END = Token("end", "", -1, -1)


def tokens(text: str) -> list[Token]:
    """The tokens of *text* in order, of plain words in a row only the first, and one that marks the end."""
    found = [_END]
    for match in _TOKEN.finditer(text.rstrip()):
        group = str(match.lastgroup)
        written, last = match[group], found[-1]
        kind = _kind(group, written)
        if kind == "word" == last.kind or (kind == "stop" and _abbreviated(last)):
            continue
        end = match.end()
        start = end - len(written)
        if group == "feast":
            # Of "Good Friday 3 April" all is the day's weekday.
            kind, written = "weekday", written.rpartition(" ")[2]
        if kind == "day" and _COUNTING.search(text[max(0, start - _LONGEST_COUNTING) : start].lower()):
            kind = "number"
        found.append(Token(kind, written, start, end))
    found.append(_END)
    return found[1:]


def _kind(group: str, text: str) -> Kind:
    if group == "word":
        name = text.lower()
        return "word" if name in _CAPITAL and text[0].islower() else _KINDS.get(name, "word")
    return _KINDS.get(text, "mark") if group == "other" else cast(Kind, group)


def _abbreviated(token: Token) -> bool:
    return token.kind in ("month", "weekday") and len(token.text) <= _LONGEST_SHORT_NAME
