"""Words that advertise an event: they say what, when or where, and how to book, and do not look back."""

from __future__ import annotations

import re

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?"
)
_DAY = r"\b[0-3]?[0-9](?:st|nd|rd|th)?"
_EVENT = re.compile(
    r"\b(?:summit|conference|congress|convention|symposium|seminar|webinar|workshop|masterclass|forum|roadshow|festival"
    r"|colloquium|round ?table|study tour|training day|open day|lecture|annual (?:meeting|dinner|general meeting)"
    r"|event|awards)s?\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"{_DAY} (?:of )?{_MONTH}|{_DAY} ?(?:-|–|—|to|and|&|until) ?{_DAY} (?:of )?{_MONTH}|\b{_MONTH} {_DAY}\b"
    r"|\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b|\b[0-3]?[0-9]/[01]?[0-9]/(?:20)?[0-9]{2}\b",
    re.IGNORECASE,
)
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
    r"|hosted by|organised by)\b.{0,80}|(?:\W*#\w+)+\W*",
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
_NAMES = re.compile(r"\b[^\W\d_a-z][^\W\d_]{3,}")
_ENDED = (".", "!", "?", "…")

#: Longer ones are no advertisement, no way to book, no title.
LONGEST, _LONGEST_INVITATION, LONGEST_TITLE = 800, 250, 160


def advertises(words: str, *, linked: bool, books: bool = False) -> bool:
    """Whether *words* advertise an event; *linked* when they hold a link, *books* when a button among them does."""
    if not _tells_of_event(words):
        return False
    return books or bool(_BOOKING.search(words) or (linked and _MORE.search(words) and _AHEAD.search(words)))


def announces(words: str) -> bool:
    """Whether *words* tell of an event to come, without saying how to book."""
    return _tells_of_event(words) and bool(_AHEAD.search(words))


def _tells_of_event(words: str) -> bool:
    return speaks_of_event(words) and bool(says_when(words) or _WHERE.search(words))


def says_when(words: str) -> bool:
    """Whether *words* name a day."""
    return bool(_WHEN.search(words))


def may_say_when(words: str) -> bool:
    """Whether *words* may name a day in any wording that is understood; more than do."""
    return says_when(words) or bool(_PERHAPS_WHEN.search(words))


def speaks_of_event(words: str) -> bool:
    """Whether the paragraph *words* is about an event and does not look back."""
    if len(words) > LONGEST or not _EVENT.search(words):
        return False
    return not _BACK.search(words) or bool(_AHEAD.search(words))


def invites(words: str, *, linked: bool) -> bool:
    """Whether the paragraph *words* says where to book, or where more is to be found."""
    return linked and len(words) <= _LONGEST_INVITATION and bool(_BOOKING.search(words) or _MORE.search(words))


def is_title(words: str) -> bool:
    """Whether *words* are no more than the name, the days or the place of an event."""
    told = says_when(words) or _EVENT.search(words) or _PROMOTING.search(words) or is_closing(words)
    return len(words) <= LONGEST_TITLE and bool(told) and not _BACK.search(words)


def could_advertise(words: str) -> bool:
    """Whether *words* could be a part of an advertisement; a sentence of prose is none."""
    if is_closing(words) or _BOOKING.search(words) or _MORE.search(words) or announces(words):
        return True
    prose = words.endswith(_ENDED) and not (len(words) <= LONGEST_TITLE and says_when(words) and _EVENT.search(words))
    return len(words) <= LONGEST_TITLE and (not prose or bool(_PROMOTING.search(words)))


def could_title(words: str) -> bool:
    """Whether the heading *words* can be only that of an advertisement."""
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


def is_about(alt: str, words: str) -> bool:
    """Whether a picture of *alt* shows the event that *words* tell of."""
    named = set(_NAMES.findall(alt))
    return bool(_EVENT.search(alt)) or len(named & set(_NAMES.findall(words))) > 1
