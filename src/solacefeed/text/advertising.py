"""Words that advertise an event: they say what, when or where, and how to book, and do not look back."""

from __future__ import annotations

import re

from solacefeed import event_kinds
from solacefeed.text import advertising_words

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?"
)
_DAY = r"\b[0-3]?[0-9](?:st|nd|rd|th)?"
# Of what may mean something else it is told by what it does: "our next fair will be held", and no "fair settlement".
_ON_A_DAY = r"on (?:the )?(?=[0-9]|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_TAKES_PLACE = (
    rf"(?:is|are|will be) {_ON_A_DAY}|(?:is|are) (?:back|being held|taking place|to be held|held)\b"
    r"|will (?:be (?:held|hosted|back|taking place)"
    r"|take place|return|start|begin|open|run)\b|takes? place|happens?\b|returns?\b|starts?\b|begins?\b|opens\b|runs\b"
)
_DETERMINER = r"(?:an?|our|your|the|this|this year[’']s|next|annual|another|[0-9]{1,3}(?:st|nd|rd|th))"
_EVENT = re.compile(
    rf"\b(?:{event_kinds.NOUN}|{event_kinds.SURE}|{event_kinds.WHOLE_NOUN}|{event_kinds.TOGETHER})\b"
    rf"|\b{_DETERMINER} (?:[\w’'&-]{{1,30}} ){{0,3}}{event_kinds.UNSURE} (?:{_TAKES_PLACE})"
    rf"|\bjoin us (?:for|at|on) {_DETERMINER} (?:[\w’'&-]{{1,30}} ){{0,4}}{event_kinds.UNSURE}\b",
    re.IGNORECASE,
)
# By name, with a word of its own before it; so are bodies and reports named, and only a way to book tells.
_NO_NAME = r"(?!(?:The|This|That|These|Our|Your|Their|An?|At|In|On|For|And|But|By|Of|If|It|Each|Every|When|While)\b)"
_NAMED = re.compile(rf"\b{_NO_NAME}[A-Z][\w’'&-]{{1,30}} (?:[\w’'&-]{{1,30}} ){{0,2}}{event_kinds.UNSURE}\b")
_ANYWHERE = re.compile(rf"\b(?:{advertising_words.KINDS})\b", re.IGNORECASE)
_SOME_DAY = re.compile(rf"\b{advertising_words.DAYS}\b", re.IGNORECASE)
_WHEN = re.compile(
    rf"{_DAY} (?:of )?{_MONTH}|{_DAY} ?(?:-|–|—|to|and|&|until) ?{_DAY} (?:of )?{_MONTH}|\b{_MONTH} {_DAY}\b"
    r"|\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b|\b[0-3]?[0-9]([./])[01]?[0-9]\1(?:20)?[0-9]{2}\b",
    re.IGNORECASE,
)
_DIGIT = re.compile("[0-9]")
# Looser, for who looks closer: whatever may be a day with its month, "15.06.2026", "15-Jun-2026", "June the 15th".
_PERHAPS_WHEN = re.compile(
    rf"(?<![0-9.])[0-9]{{1,2}}[./][0-9]{{1,2}}[./][0-9]{{2}}|[0-9](?:st|nd|rd|th)?[\W_]{{1,4}}(?:of )?{_MONTH}"
    rf"|\b{_MONTH}[\W_]{{1,4}}(?:the )?[0-3]?[0-9]",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\b(?:[Ss]ummit|[Cc]onference|[Ss]eminar|[Ww]orkshop|[Ff]orum|[Ee]vent)\b[^.]{0,40}? (?:in|at) [A-Z]"
)
_BOOKING = re.compile(
    r"\b(?:how to (?:book|register|attend|apply)|to (?:book|register|reserve|sign up|attend)\b"
    r"|book(?:ing)? (?:a|an|your|now|here|online|early|places?|tickets?|via|by|through|form"
    r"|details|information|is|closes|opens)\b|bookings"
    r"|register (?:a|an|your|now|here|online|early|via|by|for|at)\b|registration (?:is|form|details|opens|closes|now)\b"
    r"|reserve (?:a|your) |tickets? (?:are|can|cost|available|from|now)\b|buy (?:a |your )?tickets?|sign up\b"
    r"|places are (?:free|limited|going)|delegate (?:places|fee|rate)|join us)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:(?:more|further|full|the) (?:information|details|programme)|find out more|details (?:are|can|here))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"\b(?:will|forthcoming|upcoming|coming|join us|takes place|next|book|register)\b", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:took place|was held|were held|was (?:a|the) |last (?:week|month|year|night)|attended|spoke"
    r"|heard|booked|registered|earlier this|recent(?:ly)?|yesterday)\b",
    re.IGNORECASE,
)  # fmt: skip

# What stands in a box with an advertisement, and tells nothing by itself.
_CLOSING = re.compile(
    r"(?:we |i |all |and )*(?:look(?:ing)? forward to|hope) (?:seeing|welcoming|meeting|to see|you can)\b.{0,60}"
    r"|(?:we(?:’|')ll )?see you "
    r"(?:there|soon|then|in)\b.{0,40}|don(?:’|')t miss (?:out|it|this|your)\b.{0,40}|(?:places|spaces|tickets"
    r"|seats) are (?:limited|going|filling)\b.{0,60}"
    r"|(?:hurry|early bird|members? (?:go|attend|rate)|free (?:for|to)|sponsored by|supported by|in (?:association"
    r"|partnership) with"
    r"|hosted by|organised by)\b.{0,80}|(?:\W*#\w+)+\W*"
    r"|(?:tickets?|cost|prices?|fees?|admission|entry|delegate rates?|venue|where|when|time|date)\s?:.{1,80}"
    r"|(?:tickets?|admission|entry|it) (?:are|is|costs?|from) (?:free|from|£|€|\$).{0,60}",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"(?:book|register|sign up|reserve|buy|get|secure|save|claim|apply|join|attend|order|find out|learn|read|see"
    r"|view|download|visit|more|full|further"
    r"|tickets?|programme|agenda|event|conference|summit|registration|booking|details|how to|click|go to|rsvp"
    r"|enquire)\b[^.]{0,60}[.!→›»>\s]*",
    re.IGNORECASE,
)
_TO_BOOK = re.compile(
    r"(?:book|register|registration|reserve|tickets?|buy|rsvp|sign up|enrol|apply|secure|claim|join)\b"
    r"[^.]{0,40}[.!→›»>\s]*",
    re.IGNORECASE,
)
_PROMOTING = re.compile(
    r"\b(?:join us|upcoming|coming up|forthcoming|dates? for (?:your|the) diar(?:y|ies)|save the date|diary dates?"
    r"|what(?:’|')?s (?:on|next|coming)"
    r"|don(?:’|')t miss|meet us|see you|book|register|next event|our next|sign up|find out more|more information"
    r"|further information"
    r"|want to (?:know|learn|hear) more|hear more|advert(?:isement)?|announcement|get involved|take part)\b",
    re.IGNORECASE,
)
_OF_EVENT = re.compile(r"book|regist|ticket|event|conferenc|summit|webinar|seminar|course|festival", re.IGNORECASE)
_NAMES = re.compile(r"\b[^\W\d_a-z][^\W\d_]{3,}")
_ENDED = (".", "!", "?", "…")

#: Longer ones are no advertisement, no way to book, no title.
LONGEST, _LONGEST_INVITATION, LONGEST_TITLE = 800, 250, 160


def advertises(words: str, *, linked: bool, books: bool = False) -> bool:
    """Whether *words* advertise an event; *linked* when they hold a link, *books* when a button among them does."""
    if not _tells_of_event(words):
        return False
    if books or _BOOKING.search(words):
        return True
    return linked and all(pattern.search(words) for pattern in (_MORE, _AHEAD, _EVENT))


def announces(words: str) -> bool:
    """Whether *words* tell of an event to come, without saying how to book."""
    return _tells_of_event(words) and bool(_AHEAD.search(words))


def _tells_of_event(words: str) -> bool:
    # Most paragraphs name no day and no place, which costs less to see.
    return (says_when(words) or _says_where(words)) and speaks_of_event(words)


def _says_where(words: str) -> bool:
    return (" in " in words or " at " in words) and _WHERE.search(words) is not None


def says_when(words: str) -> bool:
    """Whether *words* name a day."""
    return _has_digit(words) and _WHEN.search(words) is not None


def may_say_when(words: str) -> bool:
    """Whether *words* may name a day in any wording that is understood; more than do."""
    return _has_digit(words) and bool(_WHEN.search(words) or _PERHAPS_WHEN.search(words))


def _has_digit(words: str) -> bool:
    """No day is named without one, and few paragraphs hold one."""
    return _DIGIT.search(words) is not None


def speaks_of_event(words: str) -> bool:
    """Whether the paragraph *words* is about an event and does not look back."""
    if len(words) > LONGEST or not (_EVENT.search(words) or _NAMED.search(words)):
        return False
    return not _BACK.search(words) or bool(_AHEAD.search(words))


def speaks_of_event_anywhere(words: str) -> bool:
    """Whether *words* speak of an event in one of the languages that are known only so far."""
    return len(words) <= LONGEST and _ANYWHERE.search(words) is not None


def says_when_anywhere(words: str) -> bool:
    """Whether *words* name a day in one of these languages."""
    return bool(_SOME_DAY.search(words))


def invites(words: str, *, linked: bool) -> bool:
    """Whether the paragraph *words* says where to book, or where more is to be found."""
    return linked and len(words) <= _LONGEST_INVITATION and bool(_BOOKING.search(words) or _MORE.search(words))


def is_title(words: str) -> bool:
    """Whether *words* are no more than the name, the days or the place of an event."""
    if len(words) > LONGEST_TITLE:
        return False
    told = any(pattern.search(words) for pattern in (_WHEN, _EVENT, _NAMED, _PROMOTING)) or is_closing(words)
    return told and not _BACK.search(words)


def could_advertise(words: str) -> bool:
    """Whether *words* could be a part of an advertisement; a sentence of prose is none."""
    if is_closing(words) or _BOOKING.search(words) or _MORE.search(words) or announces(words):
        return True
    prose = words.endswith(_ENDED) and not (len(words) <= LONGEST_TITLE and says_when(words) and _EVENT.search(words))
    return len(words) <= LONGEST_TITLE and (not prose or bool(_PROMOTING.search(words)))


def could_title(words: str) -> bool:
    """Whether the heading *words* can be only that of an advertisement."""
    if len(words) > LONGEST:
        return False
    return bool(_PROMOTING.search(words) or _BOOKING.search(words) or (_EVENT.search(words) and says_when(words)))


def is_closing(words: str) -> bool:
    """Whether *words* only close an advertisement: "We look forward to seeing you there"."""
    return _CLOSING.fullmatch(words) is not None


def is_button(words: str) -> bool:
    """Whether the link *words* says only that one should follow it."""
    return _BUTTON.fullmatch(words) is not None


def is_to_book(words: str) -> bool:
    """Whether the link *words* is a button to book by."""
    return _TO_BOOK.fullmatch(words) is not None


def leads_to_event(url: str) -> bool:
    """Whether *url* says that it is an event's, or leads to where one books."""
    return _OF_EVENT.search(url) is not None


def is_about(alt: str, words: str) -> bool:
    """Whether a picture of *alt* shows the event that *words* tell of."""
    named = set(_NAMES.findall(alt))
    return bool(_EVENT.search(alt[:LONGEST])) or len(named & set(_NAMES.findall(words))) > 1
