"""What a blurb says of its event: name, place, days, times and where to book.

Law: never a wrong date and never a past event; what is not said, or said in two ways, is absent, with the reason. An
event is certain only when its name and its days are, and belong together, and the paragraph looks ahead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from solacefeed.addresses import is_web
from solacefeed.events import dates, mentions, pairing
from solacefeed.events.dates import DateRange
from solacefeed.events.mentions import Mention
from solacefeed.events.pairing import Pair, sentence
from solacefeed.models.events import EventStatus
from solacefeed.models.posts import Blurb
from solacefeed.models.sightings import Certainty, Understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paragraph:
    """The text of a blurb, and what is found in it."""

    text: str
    links: tuple[str, ...]
    names: tuple[Mention, ...]
    ranges: tuple[DateRange, ...]
    #: Why there are no ranges.
    reason: str


def understand(blurb: Blurb, *, published: datetime, zone: tzinfo) -> tuple[Understanding, ...]:
    """The events that *blurb* tells of, in its order; none that was over when its post was *published*."""
    today = published.astimezone(zone).date()
    paragraph = _paragraph(blurb, today)
    pairs = pairing.pairs(blurb.text, paragraph.names, paragraph.ranges)
    ahead = [at for at, pair in enumerate(pairs) if _is_ahead(paragraph, pair, today)]
    return tuple(_understood(paragraph, pairs, at, zone) for at in ahead)


def _paragraph(blurb: Blurb, today: date) -> _Paragraph:
    names = mentions.mentions(blurb.text)
    reading = dates.find(blurb.text, published=today)
    ranges = tuple(found for found in _distinct(reading.ranges) if not _is_deadline(blurb.text, found, names))
    reason = reading.reason or "the days that are written are those of booking"
    return _Paragraph(text=blurb.text, links=_links(blurb), names=names, ranges=ranges, reason=reason)


def _distinct(ranges: Sequence[DateRange]) -> Iterator[DateRange]:
    """The ranges without those which lie within another: the dinner on the second evening, days said twice."""
    for at, one in enumerate(ranges):
        others = (
            other
            for number, other in enumerate(ranges)
            if _covers(other, one) and (number < at or not _covers(one, other))
        )
        if next(others, None) is None:
            yield one


def _covers(one: DateRange, other: DateRange) -> bool:
    return one.starts <= other.starts and other.ends <= one.ends


_DEADLINE = re.compile(
    r"\b(?:clos(?:es?|ing)|deadline|expires?|due|published|posted|updated|announced|on sale|early[- ]bird"
    r"|(?:book(?:ings?)?|registration|tickets?|applications?|nominations?|submissions?|rates?|offers?)\b[^.;]{0,30}"
    r"\b(?:opens?|ends?))\b[^.;]{0,24}$",
    re.IGNORECASE,
)
_DEADLINE_CONTEXT = 80


def _is_deadline(text: str, found: DateRange, names: Sequence[Mention]) -> bool:
    begin = max((name.end for name in names if name.end <= found.start), default=0)
    before = text[max(begin, found.start - _DEADLINE_CONTEXT) : found.start]
    return _DEADLINE.search(before) is not None


# -- whether it is still to come --------------------------------------------------------------------

_TENSE = re.compile(
    r"\b(?:(?P<past>was|were|took place|attended|spoke|heard|gathered|drew|attracted|brought together|met (?:in|at)"
    r"|last (?:week|month|year)(?:['’]s)?|yesterday|earlier this|recent(?:ly)?|looking back"
    r"|thank(?:s| you) to (?:all|everyone))"
    r"|(?P<ahead>will|[’']ll|shall|takes? place|taking place|forthcoming|upcoming|coming|join|next|book|booking"
    r"|register|registration|to be held|save the date|dates? (?:to keep|for)|don[’']t miss|see you|returns?|comes"
    r"|meets?|hosts?|welcomes?|opens?|hope|(?:is|are) (?:being |now )?(?:held|in|at|on|to be|back|set|due|open|limited"
    r"|available|still)))\b",
    re.IGNORECASE,
)
_STANDINGS = {
    standing: re.compile(words, re.IGNORECASE)
    for standing, words in (
        (
            EventStatus.CANCELLED,
            (
                r"\b(?:is|are|been|was) (?:now )?(?:cancell?ed|called off)\b|^cancell?ed\b"
                r"|\b(?:will not|won[’']t|is not|isn[’']t|no longer) (?:now |be )?(?:take|taking|held|go|going)\b"
            ),
        ),
        (EventStatus.POSTPONED, r"\b(?:is|are|been|was) (?:now )?(?:postponed|put off)\b|^postponed\b"),
        (
            EventStatus.MOVED,
            r"\b(?:moved|rescheduled|changed|brought forward|put back) (?:from|to|for)\b|\bnew dates?\b",
        ),
    )
}


def _is_ahead(paragraph: _Paragraph, pair: Pair, today: date) -> bool:
    if pair.days is not None and pair.days.ends < today:
        return False
    called_off = _standing(paragraph, pair) is not EventStatus.SCHEDULED
    return mentions.speaks_of_an_event(paragraph.text) and (called_off or _tense(paragraph, pair) != "past")


def _standing(paragraph: _Paragraph, pair: Pair) -> EventStatus:
    begin, end = sentence(paragraph.text, pair.start)
    said = paragraph.text[begin:end]
    return next((standing for standing, words in _STANDINGS.items() if words.search(said)), EventStatus.SCHEDULED)


def _tense(paragraph: _Paragraph, pair: Pair) -> str | None:
    """``past`` or ``ahead``, by the last word before the days that says so, else the first after them or anywhere."""
    at = pair.days.start if pair.days else pair.start
    begin, end = sentence(paragraph.text, at)
    before = [match.lastgroup for match in _TENSE.finditer(paragraph.text, begin, at)]
    after = [match.lastgroup for match in _TENSE.finditer(paragraph.text, at, end)]
    anywhere = [match.lastgroup for match in _TENSE.finditer(paragraph.text)]
    return next(iter(before[-1:] or after or anywhere), None)


# -- what is said of one event ----------------------------------------------------------------------


def _understood(paragraph: _Paragraph, pairs: Sequence[Pair], at: int, zone: tzinfo) -> Understanding:
    pair = pairs[at]
    missing: dict[str, str] = {}
    days = _believable(paragraph, pair, missing)
    place = _place(paragraph, pairs, at)
    if place is None:
        missing["place"] = "no place is named beside the event or its days"
    if pair.name is None:
        missing["name"] = "no name is written with capitals"
    url = _url(paragraph, pairs, at, missing)
    doubts = _doubts(paragraph, pairs, pair, days)
    if doubts:
        missing["certainty"] = "; ".join(doubts)
    starts, ends = _bounds(days, zone) if days else (None, None)
    return Understanding(
        name=pair.name.name if pair.name else None,
        place=place,
        starts=starts,
        ends=ends,
        times=days.times if days else None,
        url=url,
        standing=_standing(paragraph, pair),
        certainty=Certainty.TENTATIVE if doubts else Certainty.CERTAIN,
        year_said=days is not None and (days.year_said or bool(pair.name and mentions.years(pair.name.name))),
        missing=missing,
    )


def _believable(paragraph: _Paragraph, pair: Pair, missing: dict[str, str]) -> DateRange | None:
    """The days of *pair*, unless its name says another year."""
    days = pair.days
    if days is None:
        missing["starts"] = paragraph.reason
        return None
    years = mentions.years(pair.name.name) if pair.name else frozenset()
    if years and years.isdisjoint({str(days.starts.year), str(days.ends.year)}):
        missing["starts"] = f"the name says {min(years)}, and the days are read as those of {days.starts.year}"
        return None
    if days.times is None:
        missing["times"] = days.untold or "no time is said"
    return days


def _bounds(days: DateRange, zone: tzinfo) -> tuple[date | datetime, date | datetime]:
    """Instants where the times are said, else whole days. Over several days a beginning alone is not enough."""
    times, one_day = days.times, days.starts == days.ends
    if times is None or (times.closes is None and not one_day):
        return days.starts, days.ends
    return _instant(days.starts, times.opens, zone), _instant(days.ends, times.closes or times.opens, zone)


def _instant(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _place(paragraph: _Paragraph, pairs: Sequence[Pair], at: int) -> str | None:
    """The place between name and days, else after them, before them, or in a later sentence if there is one event."""
    text, pair = paragraph.text, pairs[at]
    begin, _ = sentence(text, pair.start)
    _, end = sentence(text, max(pair.start, pair.end - 1))
    begin = max([begin, *(other.end for other in pairs[:at] if other.end <= pair.start)])
    end = min([end, *(other.start for other in pairs[at + 1 :] if other.start >= pair.end)])
    later = text[end:] if len(pairs) == 1 else ""
    return mentions.place(
        between=text[pair.gap], after=text[pair.end : end], before=text[begin : pair.start], later=later
    )


def _doubts(paragraph: _Paragraph, pairs: Sequence[Pair], pair: Pair, days: DateRange | None) -> list[str]:
    doubts = []
    if pair.name is None:
        doubts.append("its name is not said")
    elif sum(other.name is not None and other.name.name == pair.name.name for other in pairs) > 1:
        doubts.append("one name has several days")
    if days is None:
        doubts.append("its days are not said")
    elif days.certainty is not Certainty.CERTAIN:
        doubts += days.doubts
    if not pairing.belongs(paragraph.text, pair):
        doubts.append(f"its days may be those of something else: “{paragraph.text[pair.gap].strip()}”")
    if _tense(paragraph, pair) is None and _standing(paragraph, pair) is EventStatus.SCHEDULED:
        doubts.append("nothing says that it is still to come")
    return doubts


# -- where to book ----------------------------------------------------------------------------------

_ADDRESS = re.compile(r"https?://[^\s<>\"“”]{1,500}[^\s<>\"“”.,;:!?)’']")
_BOOKING = re.compile(r"book|regist|ticket|reserv", re.IGNORECASE)


def _links(blurb: Blurb) -> tuple[str, ...]:
    """The web addresses behind its words, and those that are written out."""
    written = (match[0] for match in _ADDRESS.finditer(blurb.text))
    linked = (link for link in blurb.links if is_web(link))
    return tuple(dict.fromkeys((*linked, *written)))


def _url(paragraph: _Paragraph, pairs: Sequence[Pair], at: int, missing: dict[str, str]) -> str | None:
    """The one link, or the one of several that speaks of booking; as many links as events are theirs in order."""
    links = paragraph.links
    names = list(dict.fromkeys(pair.name.name if pair.name else None for pair in pairs))
    name = pairs[at].name
    for choice in (links, tuple(link for link in links if _BOOKING.search(link))):
        if len(choice) == len(names):
            return choice[names.index(name.name if name else None)]
    missing["url"] = f"{len(links)} links for {len(names)} events" if links else "there is no link"
    return None
