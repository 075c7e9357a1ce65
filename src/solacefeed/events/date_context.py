"""What stands around a date in prose and takes its meaning away: a limit, a rough time, a count, a date called off.

Law: only a fixed number of characters before and after an expression is looked at, so reading stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from solacefeed.events.clock_times import Unclear
from solacefeed.events.date_grammar import Phrase
from solacefeed.events.date_tokens import MONTHS, WEEKDAYS

_CONTEXT, _LONGEST_GAP, _LONGEST_SENTENCE = 40, 60, 400

_A_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b"
_Table = tuple[tuple[re.Pattern[str], str], ...]
_ANOTHER_WORD, _ROUGHLY = "it only describes another word", "it is only roughly a date"
_END_UNREAD = "its end is not understood"


def _table(frame: str, *rows: tuple[str, str]) -> _Table:
    return tuple((re.compile(frame.replace("...", pattern)), reason) for pattern, reason in rows)


# Both are asked in lower case.
_BEFORE = _table(
    "(?:...)$",
    (
        r"(?<![0-9])[0-9]{1,2}(?:st|nd|rd|th)?\s?(?:[-–—/&]|\bto\b|\band\b|\bor\b)?\s?|[0-9][-–—/]",
        "a number before it may belong to it",
    ),
    (
        (
            r"\b(?:by|before|after|since|until|till|than|following|ahead of|up to|prior to)\s"
            r"(?:(?:on|the|midnight|noon|close|end|of|play|business)\s){0,5}"
        ),
        "it is a limit",
    ),
    (r"\b(?:around|about|circa|c\.|approximately|roughly|mid|early|late)[\s-](?:the\s)?", _ROUGHLY),
    (r"\b(?:every|each)\s", "it recurs"),
    (
        (
            r"\b(?:not|instead of|rather than|originally|previously"
            r"|(?:moved|changed|rescheduled|postponed|put back|brought forward) from)\s"
            r"(?:(?:planned|scheduled|due|billed)\s)?(?:on\s|for\s)?(?:the\s)?"
        ),
        "it does not hold",
    ),
)
_BEFORE_ONE_DAY = _table(
    "(?:...)$",
    (r"\b(?:weekend of|w/[cbe]|weeks? (?:of|commencing|beginning|starting|ending))\s(?:the\s)?", _ROUGHLY),
    (
        (
            r"\bfrom\s(?:the\s)?|\b(?:starts?|starting|begins?|beginning|opens"
            r"|(?:will|to|doors|gates) open|open(?=\sfrom\b)"
            r"|opening(?!\s(?:day|night|evening|concert|ceremony))|kicks? off|kicking off"
            r"|commences?|commencing)\s(?:[^\s.;,]+\s){0,4}"
        ),
        "its end is not said",
    ),
    (r"\b(?:ends?|ending|finish(?:es)?|finishing|clos(?:es|ing))\s(?:[^\s.;,]+\s){0,4}", "its beginning is not said"),
)
_AFTER = _table(
    "...",
    (r"['’]s\b|-[^\W\d_]|\s(?:year|month|week)[- ]olds?\b", _ANOTHER_WORD),
    (r"\sonwards?\b", "its end is not said"),
    (r"\s(?:last|past|gone)\b", "it looks back"),
    (r"\s?(?:until|till|through|thru|up to)\b(?!\slate\b)", _END_UNREAD),
    (
        r",?\s(?:and\s)?(?:run|last|continu|end|finish|clos)(?:s|e|es|ning|ing)?\b(?!\s(?:at|with|in|there|on the)\b)",
        _END_UNREAD,
    ),
    (r"\s[0-9]{1,2}(?!\w)|,?\s[0-9]{4}(?!\w)", "a number after it may be its year"),
    (rf"\s?(?:[-–—/]|\bto\b|\band\b|\bor\b)\s?{_A_MONTH}", "it goes on into another month"),
    (
        (
            r"\s(?:figures?|edition|issue|attacks?|bombings?|riots|data|statistics|results|budget|people|delegates"
            r"|councils|members|homes|jobs|staff|places|copies|pounds|hrs|hours)\b"
        ),
        _ANOTHER_WORD,
    ),
)
# What may follow "May 16", so that it can't count: "May 16 people", "March 3 miles".
_NOT_COUNTED = re.compile(
    r"\s?(?:$|[^\w\s]|[A-Z]|(?:in|at|on|by|from|for|with|will|is|are|was|were|when|where|which|to|this|next|and|or|as|the"
    r"|our|we|you|has|have|had|can|brings?|sees?)\b)"
)
_PROVISIONAL_BEFORE = re.compile(r"\bprovisional(?:ly)?(?:\sdates?)?(?:\s(?:of|is|are|for))?:?\s(?:on\s)?$")
_PROVISIONAL_AFTER = re.compile(r"\s?[,–-]?\s?\(?(?:tbc\b|date tbc\b|to be confirmed|provisional|subject to)")
_TEAR = re.compile(
    r"\s*(?:(?:on\s)?(?:the\s)?|(?:up\s)?(?:to|until|till|through)\b[^.;,]{0,30}|[-–—]\s?(?:\w+\s){0,3})", re.IGNORECASE
)
_BETWEEN = re.compile(r"\b[Bb]etween\s$")
_OPENS = re.compile(
    r"\b(?:opens?|opening|starts?|starting|begins?|beginning|runs?|running|launch(?:es)?|commences?|kicks off)\b"
    r"(?:\s[^\s.;]{1,20}){0,5}\s$",
    re.IGNORECASE,
)
_AND_CLOSES = re.compile(
    r",?\s(?:and\s|then\s|before\s){0,2}(?:runs?|running|lasts?|lasting|continu(?:es|ing)|clos(?:es|ing)|ends?|ending"
    r"|finish(?:es|ing)?|conclud(?:es|ing))\s(?:(?:on|at|until|till|to|through|up)\s){0,3}(?:the\s)?"
)
_SENTENCE_END = re.compile(r"[.!?]\s")


def check(text: str, phrase: Phrase) -> None:
    """Raises ``Unclear`` where what stands around *phrase* takes its meaning away."""
    before, after = _unnamed(_before(text, phrase)).lower(), text[phrase.end : phrase.end + _CONTEXT]
    lower = after.lower()
    for pattern, reason in _BEFORE + (_BEFORE_ONE_DAY if _is_one_day(phrase) else ()):
        if pattern.search(before):
            raise Unclear(f"{quoted(text, phrase)}: {reason}")
    for pattern, reason in _AFTER:
        if pattern.match(lower):
            raise Unclear(f"{quoted(text, phrase)}: {reason}")
    if _may_count(phrase) and not _NOT_COUNTED.match(after):
        raise Unclear(f"{quoted(text, phrase)} may count what follows")


# "The Start Smart Workshop", "Opening Night": within a name they begin nothing.
_DATE_NAME = "|".join(name.title() for name in (*MONTHS, *WEEKDAYS))
_IN_A_NAME = re.compile(rf"\b(?:Start|Open|Begin|Clos|End|Finish)[a-z]{{0,4}}[ \xa0](?!(?:{_DATE_NAME})\b)(?=[A-Z])")


def _unnamed(before: str) -> str:
    """*before* without the verbs that are words of a name."""
    return _IN_A_NAME.sub("", before)


def _is_one_day(phrase: Phrase) -> bool:
    """Whether it is a day alone; in "from 10am on 16 October" the first word is said of the time."""
    return len(phrase.points) == 1 and phrase.points[0].early is None


def _may_count(phrase: Phrase) -> bool:
    last = phrase.points[-1]
    return phrase.points[0].style == "month first" and not (last.year or last.late or last.ordinal)


def quoted(text: str, phrase: Phrase) -> str:
    return f"“{text[phrase.start : phrase.end]}”"


def is_between(text: str, phrase: Phrase) -> bool:
    """Whether "between" stands before it."""
    return _BETWEEN.search(_before(text, phrase)) is not None


def is_provisional(text: str, phrase: Phrase) -> bool:
    before, after = _before(text, phrase).lower(), text[phrase.end : phrase.end + _CONTEXT].lower()
    return bool(_PROVISIONAL_BEFORE.search(before) or _PROVISIONAL_AFTER.match(after))


def joined(text: str, found: Sequence[Phrase]) -> list[Phrase]:
    """*found* with one phrase for two that say when something opens and when it closes.

    "Opens on Monday 5 and closes on Friday 9 May": both days with their weekdays, or the first behind the verb.
    """
    made: list[Phrase] = []
    for phrase in found:
        if made and _opens_and_closes(text, made[-1], phrase):
            first = made.pop()
            phrase = phrase._replace(
                points=first.points + phrase.points, joins=("to",), start=first.start, times=phrase.times or first.times
            )
        made.append(phrase)
    return made


def _opens_and_closes(text: str, first: Phrase, last: Phrase) -> bool:
    days = (*first.points, *last.points)
    if len(days) != 2 or first.weekdays or last.weekdays or last.points[0].month is None:
        return False
    if _AND_CLOSES.fullmatch(text[first.end : min(last.start, first.end + _LONGEST_GAP)]) is None:
        return False
    return all(day.weekday is not None for day in days) or _OPENS.search(_before(text, first)) is not None


def sentence(text: str, phrase: Phrase) -> str:
    """What its sentence says besides."""
    before = text[max(0, phrase.start - _LONGEST_SENTENCE) : phrase.start]
    after = text[phrase.end : phrase.end + _LONGEST_SENTENCE]
    return f"{_SENTENCE_END.split(before)[-1]} {_SENTENCE_END.split(after)[0]}"


def torn(text: str, written: Sequence[Phrase]) -> set[int]:
    """The numbers of the phrases which hang together with a neighbour in a way that the grammar does not know."""
    gaps = (text[first.end : min(second.start, first.end + _LONGEST_GAP)] for first, second in pairwise(written))
    return {
        at for first, gap in enumerate(gaps) if "\n" not in gap and _TEAR.fullmatch(gap) for at in (first, first + 1)
    }


def _before(text: str, phrase: Phrase) -> str:
    return text[max(0, phrase.start - _CONTEXT) : phrase.start]
