"""Names and places of events in a paragraph.

Law: only what is written with capitals is a name or a place; "our annual conference" names nothing. Every pattern is
bounded, so reading is linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from solacefeed.events.date_tokens import MONTHS, WEEKDAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """The name of an event, and where it stands."""

    #: The fullest name that the paragraph has for it.
    name: str
    start: int
    end: int


_NOUN = (
    r"(?:Summit|Conference|Congress|Convention|Symposium|Seminar|Webinar|Workshop|Masterclass|Forum|Roadshow|Festival"
    r"|Colloquium|Round ?[Tt]able|Study [Tt]our|(?:Open|Training|Study) [Dd]ay|Lecture|Dinner|Awards|Exhibition"
    r"|Annual (?:General )?Meeting|AGM)s?"
)
_NO_NAME = (
    "The|This|These|Our|Your|A|An|Join|At|In|On|For|And|But|Book|Register|Next|Come|With|Each|Every|Last|After|Before"
    "|Following|When|How|More|Save|All|To|By|From|"
) + "|".join(name.title() for name in (*MONTHS, *WEEKDAYS))
_CAPITAL = rf"(?!(?:{_NO_NAME})\b(?![’'-]))(?:[A-Z][\w’'&-]{{0,40}}|(?:19|20)[0-9]{{2}}(?!\w))"
_NAME = re.compile(
    rf"(?<![\w’'&-])(?:{_CAPITAL}\s(?:(?:of|for|and|&)\s)?){{0,6}}{_NOUN}(?![\w-])"
    rf"(?:\s(?:of|on|for)\s(?:the\s)?{_CAPITAL}(?:\s(?:(?:and|&|of)\s)?{_CAPITAL}){{0,4}})?(?:\s(?:19|20)[0-9]{{2}}(?!\w))?"
)
_UNNAMED = re.compile(_NOUN, re.IGNORECASE)
_HAS_NOUN = re.compile(rf"\b{_NOUN}\b")
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_WORDS = re.compile(r"\w+")


def mentions(text: str) -> tuple[Mention, ...]:
    """Every name of an event in *text*; "the Summit" has the name of the one fuller name that says it too."""
    found = [Mention(name=match[0], start=match.start(), end=match.end()) for match in _NAME.finditer(text)]
    names = sorted({mention.name for mention in found}, key=lambda name: (-len(_significant(name)), -len(name), name))
    return tuple(Mention(name=_fullest(mention.name, names), start=mention.start, end=mention.end) for mention in found)


def _fullest(name: str, names: Sequence[str]) -> str:
    fuller = [other for other in names if same_name(name, other) and _significant(name) <= _significant(other)]
    widest = [other for other in fuller if not any(_significant(other) < _significant(more) for more in fuller)]
    return widest[0] if len({_significant(other) for other in widest}) == 1 else name


def same_name(one: str, other: str) -> bool:
    """Whether both may name one event: the words of one are among the other's, and neither year nor kind differs.

    "The Summit" may be the SOLACE Summit; the SOLACE Summit Dinner is another event.
    """
    first, second = _significant(one), _significant(other)
    years_agree = not years(one) or not years(other) or years(one) == years(other)
    return years_agree and _kinds(one) == _kinds(other) and bool(first) and (first <= second or second <= first)


# Each name is compared with many others.
@lru_cache(maxsize=4096)
def _significant(name: str) -> frozenset[str]:
    words = (word.casefold() for word in _WORDS.findall(name))
    return frozenset(words) - {"the", "of", "for", "and", "on", "s", "our", "annual"} - years(name)


@lru_cache(maxsize=4096)
def _kinds(name: str) -> frozenset[str]:
    return frozenset(noun.casefold().removesuffix("s") for noun in _HAS_NOUN.findall(name))


@lru_cache(maxsize=4096)
def years(name: str) -> frozenset[str]:
    """The years that *name* says."""
    return frozenset(_YEAR.findall(name))


def speaks_of_an_event(text: str) -> bool:
    """Whether *text* says that there is an event, with or without its name."""
    return bool(_UNNAMED.search(text))


# -- places -----------------------------------------------------------------------------------------

_NO_PLACE = (
    "Local|Public|Social|Government|Housing|Education|Children|Childrens|Children[’']s|Adult|Chief|Association|Society"
    "|Parliament|Health|Finance|Planning|Policy|Delegates|Members|Speakers|Details|Places|Tickets|Booking|Registration|We"
    "|You|It|There|Here|Please|If|As|I"
)
_PLACE_WORD = rf"(?!(?:{_NO_NAME})\b(?![’'-]))(?:St\.|[A-Z][\w’']{{0,40}}(?:-[\w’']{{1,40}}){{0,3}})"
_PLACE = (
    rf"(?:[Tt]he\s)?(?P<place>(?!(?:{_NO_PLACE})\b){_PLACE_WORD}"
    rf"(?:(?:\s(?:of|upon|on|under|le|in|and|&))?\s{_PLACE_WORD}|,\s(?:the\s)?{_PLACE_WORD}){{0,6}})"
)
_IN = rf"(?:[Ii]n|[Aa]t|to)\s{_PLACE}"
_LISTED = re.compile(rf"^\s?[,(–—|:-]\s?{_PLACE}\s?(?:[,()–—|:;.-]|$)")
_HOST = re.compile(rf"(?<![\w’'-]){_PLACE}\s(?:will\s)?(?:hosts?|welcomes?|plays? host to)\b")
_BETWEEN = (re.compile(rf"\b{_IN}"), _HOST, _LISTED)
_AFTER = (re.compile(rf"^[\s,;:)–—-]{{0,3}}(?:[a-z]+\s){{0,4}}{_IN}"), _LISTED)
_BEFORE = (_HOST, re.compile(rf"\b{_IN}[\s,:–—(]{{1,3}}(?:on|from|between)?\s?(?:the\s)?$"))
_LATER = (
    re.compile(rf"\bvenue (?:is|will be)\s{_PLACE}"),
    re.compile(rf"\b(?:held|takes? place|taking place|It will be|It is)\s{_IN}"),
)
_ONLINE = re.compile(
    r"\b(?:(?<!book )(?<!register )(?<!available )online|(?:by|via|on) (?:Zoom|Teams|Microsoft Teams))\b"
)
_JOINS = (" and ", " & ", ", ", " in ")


def place(*, between: str, after: str, before: str, later: str) -> str | None:
    """The place that is named *between* an event's name and days, right *after* or *before* both, or *later*."""
    for piece, patterns in ((between, _BETWEEN), (after, _AFTER), (before, _BEFORE), (later, _LATER)):
        for pattern in patterns:
            for match in pattern.finditer(piece):
                if named := _without_events(match["place"]):
                    return named
    return "online" if _ONLINE.search(between) or _ONLINE.search(after) else None


def _without_events(name: str) -> str | None:
    """*name* up to the join behind which an event begins."""
    while noun := _HAS_NOUN.search(name):
        cut = max(name.rfind(join, 0, noun.start()) for join in _JOINS)
        if cut <= 0:
            return None
        name = name[:cut]
    return name
