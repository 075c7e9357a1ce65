"""Which days belong to which name, and whether what stands between lets them belong together.

Law: days belong to the name before them, or to the one after them in a sentence that says the days first. Between a
name and its days stand a place and a few plain words; where more is said, the days may be those of something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from solacefeed.events import mentions
from solacefeed.events.dates import DateRange
from solacefeed.events.mentions import Mention


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


_SENTENCE_END = re.compile(r"[.!?][)”\"’']?\s+(?=[A-Z“\"‘(0-9])")


def sentence(text: str, at: int) -> tuple[int, int]:
    """Where the sentence around *at* begins and ends."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return max((end for end in ends if end <= at), default=0), min((end for end in ends if end > at), default=len(text))


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
    near = [name for name in names if begin <= name.start < end]
    if near:
        days_first = any(begin <= other.start < near[0].start for other in ranges)
        after = [name for name in near if name.start >= days.end]
        before = [name for name in near if name.end <= days.start]
        return after[0] if after and (days_first or not before) else before[-1]
    before = [name for name in names if name.end <= begin]
    after = [name for name in names if name.start >= end]
    return next(iter(before[-1:] or after), None)


_PLAIN = frozenset(
    """
    in at on from between to the a an is are be being will held take takes taking place it its this that these which
    year year's year’s years returns return comes come coming back runs running of over for one two three four five days
    day our annual hosted host hosts organised sponsored by partnership with welcomes next due set again now open online
    conference event venue dates date opens meets join us and has been moved rescheduled brought forward put postponed
    planned scheduled save upon under follows then we autumn spring
    summer winter flagship main national regional biggest premier free new
    """.split()  # noqa: SIM905 - a list of a hundred quoted words says less
)
_LOWER_WORD = re.compile(r"(?<![\w’'-])[a-z][\w’'-]*")
# The place or the verb of the event stands right before its days, whatever was said in between.
_LEADING = re.compile(
    r"(?:\b(?:held|takes? place|taking place)\b[^.;]{0,60}"
    r"|[,–—]\s(?:in|at)\s(?:the\s)?(?:[A-Z][\w’'-]{0,40}[\s,]{1,2}){1,6})(?:on|from|between)?\s?(?:the\s)?$"
)
_ANOTHER_MATTER = re.compile(r"\b(?:which|that|who|whose|and|but|while|before|after|since|because|until)\b|;")


def belongs(text: str, pair: Pair) -> bool:
    """Whether nothing that stands between the name and the days of *pair* makes them those of something else."""
    if pair.name is None or pair.days is None:
        return True
    between = text[pair.gap]
    apart = _ANOTHER_MATTER.search(between) is not None
    if pair.days.start < pair.name.start:
        begin, _ = sentence(text, pair.days.start)
        return _is_plain(text[begin : pair.days.start]) and not apart
    return _is_plain(between) or (_LEADING.search(between) is not None and not apart)


def _is_plain(words: str) -> bool:
    return all(word in _PLAIN for word in _LOWER_WORD.findall(words))
