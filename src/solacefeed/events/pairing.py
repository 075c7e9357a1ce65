"""Which days belong to which name, and whether what stands between lets them belong together.

Law: days belong to the name before them, or to the one after them in a sentence that says the days first. Between a
name and its days stand a place and a few plain words; where more is said, the days may be those of something else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from solacefeed.events import mentions
from solacefeed.events.dates import DateRange
from solacefeed.events.mentions import Mention
from solacefeed.events.plain_words import BESIDES, KINDS, PLAIN, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A name, and the days which belong to it; either may be absent."""

    name: Mention | None
    days: DateRange | None

    @property
    def start(self) -> int:
        return min((part.start for part in (self.name, self.days) if part), default=0)

    @property
    def end(self) -> int:
        return max((part.end for part in (self.name, self.days) if part), default=0)

    @property
    def gap(self) -> slice:
        """What stands between the two."""
        if self.name is None or self.days is None:
            return slice(0)
        return slice(min(self.name.end, self.days.end), max(self.name.start, self.days.start))


_SENTENCE_END = re.compile(
    r"(?<!\bSt)(?<!\b[DMJ]r)(?<!\bMrs)(?<!\bMs)(?<!\bProf)(?<!\bRev)[.!?][)”\"’']?[^\S\n]+(?=[A-Z“\"‘(0-9£$€])|\n"
)


def sentence(text: str, at: int) -> tuple[int, int]:
    """Where the sentence around *at* begins and ends; a line ends one, too."""
    ends = _sentence_ends(text)
    after = bisect_right(ends, at)
    return ends[after - 1] if after else 0, ends[after] if after < len(ends) else len(text)


# Each text is asked many times in a row.
@lru_cache(maxsize=8)
def _sentence_ends(text: str) -> tuple[int, ...]:
    return tuple(match.end() for match in _SENTENCE_END.finditer(text))


def pairs(text: str, names: Sequence[Mention], ranges: Sequence[DateRange]) -> tuple[Pair, ...]:
    """Every range with its name; where there are none, every name, or the one event that has none."""
    if ranges:
        found = [Pair(name=_name_of(text, names, ranges, days), days=days) for days in ranges]
        sure = {pair.name.name for pair in found if pair.name and belongs(text, pair)}
        return tuple(pair for pair in found if pair.name is None or pair.name.name not in sure or belongs(text, pair))
    distinct = {mention.name: mention for mention in reversed(names)}
    if not distinct and mentions.speaks_of_an_event(text):
        return (Pair(name=None, days=None),)
    return tuple(Pair(name=mention, days=None) for mention in reversed(distinct.values()))


def _name_of(text: str, names: Sequence[Mention], ranges: Sequence[DateRange], days: DateRange) -> Mention | None:
    begin, end = sentence(text, days.start)
    after = [name for name in names if days.end <= name.start < end]
    before = [name for name in names if begin <= name.start and name.end <= days.start]
    if after or before:
        first = min(name.start for name in (*after, *before))
        days_first = any(begin <= other.start < first for other in ranges)
        if after and (days_first or not before):
            return after[0]
        # "The Seminar at Warwick Conferences": the last one is where the other is.
        where = len(before) > 1 and _AT.search(text[before[-2].end : before[-1].start]) is not None
        return before[-2 if where else -1]
    before = [name for name in names if name.end <= begin]
    after = [name for name in names if name.start >= end]
    return next(iter(before[-1:] or after), None)


# “The Fete is on 6 June” is what somebody says, or would say.
_QUOTED = re.compile(r"“[^”\n]{0,80}$")


def _is_quoted(text: str, pair: Pair) -> bool:
    """Whether name and days stand together within quotation marks."""
    if pair.name is None or pair.days is None or pair.days.start < pair.name.start:
        return False
    before = text[max(0, pair.name.start - 90) : pair.name.start]
    return _QUOTED.search(before) is not None and "”" not in text[pair.name.start : pair.days.end]


# What else a sentence with a day, an hour and a place may be about.
_OTHER_BUSINESS = re.compile(
    r"\b(?:clos(?:ed?|es|ing|ure)|deadline|appl(?:y|ies|ications?)|interviews?|vot(?:e|es|ing)|polls?"
    r"|ballots?|strikes?|results?"
    r"|publish(?:ed)?|report|broadcast|collect(?:ed|ions?)|deliver(?:ed|y)|suspended|roadworks|parking"
    r"|permits?|trains?|buses"
    r"|no|not|never|cancelled|postponed|except|water|power|hearing|judgment|inspect\w*|nominations?"
    r"|entries|deadline|submit\w*"
    r"|submissions?|tickets go|on sale|expires?|due|debate it|was|were|had|did|has been|have been"
    r"|recorded|rehearsals?|returns? to"
    r"|by post|reopens?|refund\w*|holidays?|term|exams?|last (?:year|month|week))\b",
    re.IGNORECASE,
)


def _is_evident(text: str, pair: Pair, said: str) -> bool:
    """Whether a title names the event, and a sentence says its day with weekday or year, and its times, and no more."""
    if pair.name is None or pair.days is None or "\n" not in text:
        return False
    days, title = pair.days, text.partition("\n")[0]
    if days.times is None or not (days.weekday_said or days.year_said) or pair.name.name.lower() not in title.lower():
        return False
    return mentions.names_a_kind(pair.name.name) and _OTHER_BUSINESS.search(said) is None


# What is shown or told of it, and what takes people there, has days of its own.
_OF_ANOTHER = re.compile(
    r"\b(?:(?:highlights|recordings?|coverage|footage|videos?|photo\w{0,6}|pictures|slides|minutes|results?|winners?|repeats?"
    r"|feedback|memories)\s(?:of|from)|about|(?:set(?:ting)?\sup|prepar\w{1,6}|rehears\w{1,4}|practis\w{1,3}|collect|pick\sup)\b"
    r"[^.;\n]{0,40}\bfor|(?:buses|trains|coaches|minibus(?:es)?|shuttles?|trams|ferries)\b[^.;\n]{0,40}\b(?:to|from|for))"
    r"\s(?:(?:the|our|this\syear[’']s)\s)?$",
    re.IGNORECASE,
)
_NO = re.compile(r"\b(?:no|not|without|cancelled)\s(?:the\s)?$", re.IGNORECASE)
# "The Spring Ride, led by Jo, leaves"
_ASIDE = re.compile(
    r"^,\s(?:(?!(?:which|who|where|when|the|says)\b)[^,.;]{3,50},\s(?=[a-z])"
    r"|(?:which|who)\s(?:[^,.;]|[,.](?=[0-9])){3,70},\s(?=(?:is|are|will|takes?|returns?|runs?)\b))"
)
# "Voting in the Book Awards opens on": it is the voting that opens.
_HEADED = re.compile(
    r"^\W{0,3}(?:(?:the|our|next|first|last)\s){0,3}(?P<head>[^\W\d_][\w’'-]{2,20})(?:\s[a-z]{2,12}){0,4}"
    r"\s(?:in|for|to|of|during|at)\s(?:[a-z]{3,10}\s)?(?:the\s|our\s|this\syear[’']s\s)?(?:[A-Z]\w{0,20}\s)?$",
    re.IGNORECASE,
)
_VERB_OF_ANOTHER = re.compile(r"\s(?:opens?|closes?|starts?|begins?|ends?|is|are|will|runs?|takes?|goes)\b")
_IS = re.compile(r"\s(?:is|was|marks)\s(?:the\s)?")
_CAPITAL_WITHIN = re.compile(r"[^.!?]\s[A-Z]")
_AT = re.compile(r"^\s(?:at|in)\s(?:the\s)?$")


_LOWER_WORD = re.compile(r"(?<![\w’'-])[a-z][\w’'-]*")
_ANY_WORD = re.compile(r"[^\W\d_][\w’'-]*")
# The place or the verb of the event stands right before its days, whatever was said in between.
_LEADING = re.compile(
    r"(?:\b(?:held|takes? place|taking place)\b[^.;]{0,60}"
    r"|[,–—]\s(?:in|at)\s(?:the\s)?(?:[A-Z][\w’'-]{0,40}[\s,]{1,2}){1,6})(?:on|from|between)?\s?(?:the\s)?$"
)
# "for new clerks will run from": what stands behind the name belongs to it, and then it is said when it is.
_VERB = re.compile(
    r"\s(?:for|of|on|with|by|in)\s(?:[^\s.;,:]{1,20}\s){1,5}?"
    r"(?:(?:will|is to|are to) (?:run|return|start|begin|open|be)|is|are|runs|returns)"
    r"(?:\s(?:back|held|planned|arranged|scheduled|in|at|the|[A-Z][\w’']{0,20})){0,6}\s(?:on|for|from|between)?\s?(?:the\s)?$"
)
# "lands at Kendal Library on": one verb, which does not look back, and a place.
# "Cyclists will gather at the memorial on 12 July for the annual": whoever they are, it is then.
_GATHER = re.compile(r"\b(?:gather|meet|assemble|come together|line up|set off|take part)\b[^.;]{0,80}$")
_FOR_IT = re.compile(r"\s(?:for|at|in)\s(?:(?:the|our|this year[’']s|their)\s)?(?:[a-z]{4,12}\s)?")
_AT_A_PLACE = re.compile(
    r"\s[a-z]{2,12}(?<!ed)\s(?:at|in|to|into)\s(?:the\s)?(?:[A-Z][\w’'-]{0,40}[\s,]{1,2}){1,6}(?:on|from)\s(?:the\s)?"
)
# "will be celebrated at Brogdale Farm on"
_WILL_BE = re.compile(
    r"\s(?:will|is to|are to) be [a-z]{3,15}(?:\s(?:at|in|the|by|with)|[\s,]{1,2}[A-Z][\w’'-]{0,20}){0,10}"
    r"[\s,]{1,2}(?:on|from|between)\s(?:the\s)?"
)
# ", sailing into Blyth from"
_GOING_ON = re.compile(
    r",\s[a-z]{3,12}ing\s(?:in|into|at|to|through|across|around)\s(?:the\s)?(?:[A-Z][\w’'-]{0,30}[\s,]{1,2}){1,5}(?:from|on)\s(?:the\s)?"
)
# It is on the air that it is then.
_ON_AIR = re.compile(r"\b(?:BBC|ITV|S4C|RTÉ|Channel\s[0-9]|Sky|Radio|TV|iPlayer|Netflix)\b")
# A book's imprint: "(Faber, 9 April 2026, £16.99)".
_IMPRINT = re.compile(r"\([A-Z][^()\n]{2,60},\s$")
_PRICE = re.compile(r",?\s(?:£|€|\$|[0-9]{1,4}\s?pp)")
# "Twilight Session for new governors: Wednesday"
_FOR_WHOM = re.compile(
    r"\s(?:for|of|with|by|on)\s[^\W\d_][\w’'-]{0,20}(?:\s[^\W\d_][\w’'-]{0,20}){0,4}\s?[:,–—-]\s?(?:on\s)?"
)
_ANOTHER_MATTER = re.compile(r"\b(?:which|that|who|whose|and|but|while|before|after|since|because|until)\b|;")


def belongs(text: str, pair: Pair) -> bool:
    """Whether nothing that stands between the name and the days of *pair* makes them those of something else."""
    if pair.name is None or pair.days is None:
        return True
    begin, end = sentence(text, pair.days.start)
    before = text[max(begin, pair.name.start - 90) : pair.name.start]
    if _NO.search(before[-12:]) or _OF_ANOTHER.search(before) or _is_quoted(text, pair):
        return False
    return _belongs(text, pair, begin, end) or _is_evident(text, pair, text[begin:end])


def _belongs(text: str, pair: Pair, begin: int, end: int) -> bool:
    if pair.name is None or pair.days is None:
        return True
    if not begin <= pair.name.start < end:
        if pair.name.start >= end and _CAPITAL_WITHIN.search(text[begin : pair.days.start]):
            return False
        title, line_end, _ = text.partition("\n")
        own = title if line_end and pair.name.start < len(title) else pair.name.name
        return _says_when(text[begin : pair.days.start], text[pair.days.end : end], own, timed=not pair.days.all_day)
    head = _HEADED.search(text[begin : pair.name.start])
    if head and head["head"].lower() not in KINDS and _VERB_OF_ANOTHER.match(text[pair.name.end : pair.days.start]):
        return False
    between = _ASIDE.sub(" ", text[pair.gap])
    if _ON_AIR.search(between) or _is_imprint(text, pair.days):
        return False
    apart = _ANOTHER_MATTER.search(between) is not None
    if pair.days.start < pair.name.start and _IS.fullmatch(between):
        # "Sunday 8 March is Mother's Day": the day has that name, and nobody is invited.
        return False
    if pair.days.start < pair.name.start:
        before = text[begin : pair.days.start]
        gathered = _GATHER.search(before) is not None and _FOR_IT.fullmatch(between) is not None
        return (_is_plain(before) or gathered) and not apart
    return _is_plain(between) or (_LEADING.search(between) is not None and not apart) or _says_itself(between)


def _is_imprint(text: str, days: DateRange) -> bool:
    said = days.weekday_said or days.times is not None
    before = text[max(0, days.start - 70) : days.start]
    return not said and _IMPRINT.search(before) is not None and _PRICE.match(text, days.end) is not None


def _says_itself(between: str) -> bool:
    if _WILL_BE.fullmatch(between):
        return True
    if _FOR_WHOM.fullmatch(between) or _GOING_ON.fullmatch(between):
        return True
    return _VERB.match(between) is not None or _AT_A_PLACE.fullmatch(between) is not None


def _is_plain(piece: str) -> bool:
    return all(word in PLAIN for word in _LOWER_WORD.findall(piece))


# -- a name in another sentence, in the title or in a heading ---------------------------------------

_LABEL = re.compile(
    r"(?:[•*·-]\s?)?(?:dates?|when|day)(?: (?:and|&) times?)?(?:\s?[:?–—-]\s?|\s)(?:on\s|from\s)?(?:the\s)?",
    re.IGNORECASE,
)
_PREPOSITIONS = words("on from the between it it’s it's is are at of this")


def stands_alone(text: str, days: DateRange) -> bool:
    """Whether *days* stand in a line or sentence that says when and where, and nothing else: "When: 18 May, 10am"."""
    begin, end = sentence(text, days.start)
    before, after = text[begin : days.start], text[days.end : end]
    return _LABEL.fullmatch(before) is not None or (_is_opening(before) and _is_mere_place(after))


def _is_opening(before: str) -> bool:
    return all(word.lower() in _PREPOSITIONS for word in _ANY_WORD.findall(before))


_TWO_CAPITALS = re.compile(r"(?=\b([A-Z][\w’'-]{1,30} [A-Z][\w’'-]{1,30}))")


def _shares_a_name(before: str, name: str) -> bool:
    return mentions.names_a_kind(name) and not set(_TWO_CAPITALS.findall(before)).isdisjoint(
        _TWO_CAPITALS.findall(name)
    )


_IT_IS = re.compile(r"\b(?:it[’']s|it is|is|are)\b", re.IGNORECASE)
# "Our team will answer your questions in a free webinar on"
_OF_KIND = re.compile(
    r"\b(?:at|in|for|to) (?:a|an|our|the|this) (?:[a-z-]{1,20} ){0,3}?(?P<kind>[a-z]{3,20}) (?:on |from )?$"
)


def _is_mere_place(after: str) -> bool:
    return all(word in BESIDES for word in _LOWER_WORD.findall(after)) and not after.lower().startswith(
        (" is ", " will ")
    )


def _says_when(before: str, after: str, name: str, *, timed: bool) -> bool:
    """Whether a sentence that says nothing but when and where, or that an event is then, may speak of *name*."""
    if _LABEL.fullmatch(before) and before.strip():
        return True
    if _is_opening(before):
        return _IT_IS.search(before) is not None or _is_mere_place(after)
    if timed and before.rstrip().endswith(":"):
        return _is_mere_place(after)
    own = {word.lower() for word in _ANY_WORD.findall(name)}
    said = _ANY_WORD.findall(before)
    lower = [word for number, word in enumerate(said) if number == 0 or word[0].islower()]
    if all(word.lower() in PLAIN or word.lower() in own for word in lower):
        return True
    if (kind := _OF_KIND.search(before)) is not None and kind["kind"] in own:
        return True
    # "Sarah Moss comes to the shop on", under "An evening with Sarah Moss".
    if _shares_a_name(before, name) and not _ANOTHER_MATTER.search(before):
        return True
    first = said[0].lower()
    return (
        (first in PLAIN or first in own) and _LEADING.search(before) is not None and not _ANOTHER_MATTER.search(before)
    )
