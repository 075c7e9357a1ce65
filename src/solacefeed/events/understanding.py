"""What a blurb says of its event: name, place, days, times and where to book.

Law: never a wrong date and never a past event; what is not said, or said in two ways, is absent, with the reason. An
event is certain only when its name and its days are, and belong together, and the paragraph looks ahead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo

from solacefeed.events import booking, dates, headings, labels, mentions, pairing, places
from solacefeed.events.dates import DateRange
from solacefeed.events.mentions import Mention
from solacefeed.events.numeric_dates import Order
from solacefeed.events.pairing import Pair, sentence
from solacefeed.models.events import EventStatus
from solacefeed.models.posts import Blurb, Reading
from solacefeed.models.sightings import Certainty, Times, Understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paragraph:
    """The text of a blurb, or of a post behind its title, and what is found in it."""

    text: str
    #: Its first line is the title of a post.
    titled: bool
    links: tuple[str, ...]
    names: tuple[Mention, ...]
    ranges: tuple[DateRange, ...]
    #: Why there are no ranges.
    reason: str


def understand(
    blurb: Blurb, *, published: datetime, zone: tzinfo, title: str = "", order: Order | None = None
) -> tuple[Understanding, ...]:
    """The events that *blurb* tells of, in its order; none that was over when its post was *published*.

    With a *title* it is what the post itself says. *order* is that of days in numbers in the language of the site.
    """
    paragraph = _paragraph(blurb, title, published.astimezone(zone).date(), order)
    return tuple(told for _, told in _told(paragraph, published, zone))


def announced(
    blurb: Blurb, *, published: datetime, zone: tzinfo, title: str, order: Order | None = None
) -> tuple[Understanding, ...]:
    """The events that a post of this *title* announces in its own words, of which *blurb* has the lines.

    Those alone that have a name and the days that belong to it: a post speaks of many days.
    """
    paragraph = _paragraph(blurb, title, published.astimezone(zone).date(), order)
    return tuple(
        told
        for pair, told in _told(paragraph, published, zone)
        if told.name and told.starts and pairing.belongs(paragraph.text, pair)
    )


def may_announce(blurb: Blurb, *, title: str) -> bool:
    """Whether a post of this *title* names an event and a day at all, in the lines that *blurb* has of it."""
    return bool(dates.has_days(text := f"{title}\n{blurb.text}") and _names(text, titled=True))


def announcing(reading: Reading) -> Reading:
    """*reading* without the lines around its days, unless they may announce an event: few posts do."""
    if reading.announcement is None or may_announce(reading.announcement, title=reading.title):
        return reading
    return replace(reading, announcement=None)


def _told(paragraph: _Paragraph, published: datetime, zone: tzinfo) -> Iterator[tuple[Pair, Understanding]]:
    today = published.astimezone(zone).date()
    pairs = pairing.pairs(paragraph.text, paragraph.names, paragraph.ranges)
    ahead = [at for at, pair in enumerate(pairs) if _is_ahead(paragraph, pair, today)]
    return ((pairs[at], _understood(paragraph, pairs, at, zone)) for at in ahead)


def _paragraph(blurb: Blurb, title: str, today: date, order: Order | None) -> _Paragraph:
    # A bar parts as a comma does.
    text = labels.in_lines_of_their_own((f"{title}\n{blurb.text}" if title else blurb.text).replace("|", ","))
    names = _names(text, titled=bool(title))
    reading = dates.find(text, published=today, order=order)
    ranges = tuple(found for found in _distinct(reading.ranges) if not _is_deadline(text, found, names))
    reason = reading.reason or "the days that are written are those of booking"
    return _Paragraph(
        text=text, titled=bool(title), links=booking.links(blurb), names=names, ranges=ranges, reason=reason
    )


_YEAR_BEHIND = re.compile(r" (?:19|20)[0-9]{2}$")


def _names(text: str, *, titled: bool) -> tuple[Mention, ...]:
    """The names in *text*, in its order: those with capitals, those that stand alone, and where these are repeated."""
    alone = list(headings.named_alone(text, titled=titled))
    found = [
        *alone,
        *(
            name
            for name in mentions.mentions(text)
            if not any(name.start < other.end and other.start < name.end for other in alone)
        ),
    ]
    for name in alone[:1]:
        said = _YEAR_BEHIND.sub("", name.name).lower()
        again = text.lower().find(said, name.end)
        # "Women in Engineering Evening" is called so, and not "Engineering Evening".
        found = [one for one in found if not (again <= one.start and one.end <= again + len(said))]
        if again >= 0 and not any(other.start < again + len(said) and again < other.end for other in found):
            written = text[again : again + len(said)]
            called = written if sum(map(str.isupper, written)) > sum(map(str.isupper, name.name)) else name.name
            found = [replace(one, name=called) if one is name else one for one in found]
            found.append(Mention(name=called, start=again, end=again + len(said)))
    return mentions.with_fullest_names(sorted(found, key=lambda name: (name.start, name.end)))


def _distinct(ranges: Sequence[DateRange]) -> Iterator[DateRange]:
    """The ranges without those which lie within another: the dinner on the second evening, days said twice."""
    for at, one in enumerate(ranges):
        others = (
            other
            for number, other in enumerate(ranges)
            if _covers(other, one) and (not _covers(one, other) or (-_fullness(other), number) < (-_fullness(one), at))
        )
        if next(others, None) is None:
            yield one


def _fullness(one: DateRange) -> int:
    """How much is said of its days: the fullest of several wordings stands for them."""
    return 4 * (one.times is not None) + 2 * one.weekday_said + one.year_said


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
    begin = max(begin, text.rfind("\n", 0, found.start) + 1)
    before = text[max(begin, found.start - _DEADLINE_CONTEXT) : found.start]
    return _DEADLINE.search(before) is not None


# -- whether it is still to come --------------------------------------------------------------------

_TENSE = re.compile(
    r"\b(?:(?P<past>was|were|took place|attended|spoke|heard|gathered|drew|attracted|brought together|met (?:in|at)"
    r"|last (?:week|month|year)(?:['’]s)?|yesterday|earlier this|recent(?:ly)?|looking back"
    r"|thank(?:s| you) (?:to (?:all|everyone)|for (?:making|coming|joining|attending|helping|supporting)))"
    r"|(?P<ahead>will|[’']ll|shall|takes? place|taking place|forthcoming|upcoming|coming|join|next|book|booking"
    r"|register|registration|to be held|save the date|dates? (?:to keep|for)|don[’']t miss|see you|returns?|comes"
    r"|meets?|hosts?|hosting|welcomes?|welcome|opens?|hope|presents?|invites?|invited|inviting|holding|running|gather"
    r"|come along|doors open|drop in|begins?|starts?|leaves|on sale"
    r"|(?:is|are) (?:being |now )?(?:held|in|at|on|to be|back|set|due|open|limited|available|still)))\b",
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
    told_of = bool(paragraph.names) or mentions.speaks_of_an_event(paragraph.text)
    return told_of and (called_off or _tense(paragraph, pair) != "past")


def _standing(paragraph: _Paragraph, pair: Pair) -> EventStatus:
    begin, end = sentence(paragraph.text, pair.start)
    said = paragraph.text[begin:end]
    return next((standing for standing, words in _STANDINGS.items() if words.search(said)), EventStatus.SCHEDULED)


def _tense(paragraph: _Paragraph, pair: Pair) -> str | None:
    """``past`` or ``ahead``, by the last word before the days that says so, else the first after them or anywhere.

    Days that stand alone under a name are ahead.
    """
    if paragraph.titled and pair.days and pair.name and pairing.stands_alone(paragraph.text, pair.days):
        return "past" if headings.looks_back(paragraph.text.partition("\n")[0]) else "ahead"
    at = pair.days.start if pair.days else pair.start
    begin, end = sentence(paragraph.text, at)
    before = [match.lastgroup for match in _TENSE.finditer(paragraph.text, begin, at)]
    after = [match.lastgroup for match in _TENSE.finditer(paragraph.text, at, end)]
    if pair.days and (pair.days.year_said or pair.days.weekday_said or pair.days.times) and not (before or after):
        # The days themselves are those of a day to come.
        return "ahead"
    anywhere = [match.lastgroup for match in _TENSE.finditer(paragraph.text)]
    return next(iter(before[-1:] or after or anywhere), None)


# -- what is said of one event ----------------------------------------------------------------------


def _understood(paragraph: _Paragraph, pairs: Sequence[Pair], at: int, zone: tzinfo) -> Understanding:
    pair = pairs[at]
    missing: dict[str, str] = {}
    days = _believable(paragraph, pairs, at, missing)
    place = _place(paragraph, pairs, at)
    if place is None:
        missing["place"] = "no place is named beside the event or its days"
    if pair.name is None:
        missing["name"] = "no name is written with capitals"
    url = booking.url(paragraph.links, pairs, at, missing)
    doubts = _doubts(paragraph, pairs, pair, days, placed=place is not None)
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


def _believable(paragraph: _Paragraph, pairs: Sequence[Pair], at: int, missing: dict[str, str]) -> DateRange | None:
    """The days of a pair, unless its name says another year, with the times that a line of their own says."""
    pair, days = pairs[at], pairs[at].days
    if days is None:
        missing["starts"] = paragraph.reason
        return None
    years = mentions.years(pair.name.name) if pair.name else frozenset()
    if years and years.isdisjoint({str(days.starts.year), str(days.ends.year)}):
        missing["starts"] = f"the name says {min(years)}, and the days are read as those of {days.starts.year}"
        return None
    if days.times is None and days.untold is None:
        days = replace(days, times=_times_elsewhere(paragraph.text, pairs, at, days))
    if days.times is None:
        missing["times"] = days.untold or "no time is said"
    return days


# The place stands between the day and its times: "on 6 June at the Pavilion, Bexhill, 2pm to 4pm".
_WHERE_FIRST = re.compile(
    r"[\s,]{0,2}(?:(?:at|in|on)\s)?(?:the\s)?(?:[A-Z0-9][\w’'.&-]{0,30}(?:\s(?:of|the|and|in|on|upon))?[\s,]{1,2}){1,10}"
    r"(?:(?:from|at|between)\s)?(?=[0-9])"
)


# "... at the hall, from 12 noon to 2.30pm": set off by a comma they are those of all that was said.
_LATER_TIMES = re.compile(r",\s(?:any\stime\s)?(?:from|between)\s(?=[0-9])")


def _times_elsewhere(text: str, pairs: Sequence[Pair], at: int, days: DateRange) -> Times | None:
    """The times that a line of their own says, or the sentence of the days behind the place."""
    _, end = sentence(text, max(days.start, days.end - 1))
    end = min([end, *(other.days.start for other in pairs if other.days and other.days.start >= days.end)])
    where = _WHERE_FIRST.match(text, days.end, end)
    later = where or _LATER_TIMES.search(text, days.end, end)
    behind = dates.times_of(text[later.end() : end]) if later else None
    return behind or dates.labelled_times(_lines_around(text, pairs, at))


def _bounds(days: DateRange, zone: tzinfo) -> tuple[date | datetime, date | datetime]:
    """Instants where the times are said, else whole days. Over several days a beginning alone is not enough."""
    times, one_day = days.times, days.starts == days.ends
    if times is None or (times.closes is None and not one_day):
        return days.starts, days.ends
    return _instant(days.starts, times.opens, zone), _instant(days.ends, times.closes or times.opens, zone)


def _instant(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _place(paragraph: _Paragraph, pairs: Sequence[Pair], at: int) -> str | None:
    """The place between name and days, else after them, before them, or in a later sentence if there is one event.

    Where the name stands in another sentence, or in the title, that of the days comes first.
    """
    text, pair = paragraph.text, pairs[at]
    if pair.name and pair.days and not _are_together(text, pair):
        return _place_apart(paragraph, pairs, at, pair.name, pair.days)
    begin, _ = sentence(text, pair.start)
    _, end = sentence(text, max(pair.start, pair.end - 1))
    begin = max([begin, *(other.end for other in pairs[:at] if other.end <= pair.start)])
    end = min([end, *(other.start for other in pairs[at + 1 :] if other.start >= pair.end)])
    later = text[end:] if len(pairs) == 1 else ""
    return places.place(
        between=text[pair.gap],
        after=text[pair.end : end],
        before=text[begin : pair.start],
        later=later,
        timed=_ends_timed(pair),
    ) or _place_in_lines(paragraph, pairs, at)


def _are_together(text: str, pair: Pair) -> bool:
    _, end = sentence(text, pair.start)
    return pair.end <= end


def _ends_timed(pair: Pair) -> bool:
    return pair.days is not None and pair.days.times is not None and pair.end == pair.days.end


def _place_apart(paragraph: _Paragraph, pairs: Sequence[Pair], at: int, name: Mention, days: DateRange) -> str | None:
    text = paragraph.text
    begin, _ = sentence(text, days.start)
    _, end = sentence(text, max(days.start, days.end - 1))
    _, end_of_name = sentence(text, name.start)
    return (
        places.place(
            between=text[begin : days.start],
            after=text[days.end : end],
            before="",
            later="",
            timed=days.times is not None,
        )
        or _place_in_lines(paragraph, pairs, at)
        or places.of_name(text[name.end : end_of_name])
        or (places.place(between="", after="", before="", later=text[end:]) if len(pairs) == 1 else None)
    )


_LINES_BEFORE, _LINES_AFTER = 3, 5


def _place_in_lines(paragraph: _Paragraph, pairs: Sequence[Pair], at: int) -> str | None:
    """The place that a line says around the line of the days."""
    days = pairs[at].days
    if days is None or "\n" not in paragraph.text:
        return None
    return places.next_line(paragraph.text[days.end :]) or places.labelled(_lines_around(paragraph.text, pairs, at))


def _lines_around(text: str, pairs: Sequence[Pair], at: int) -> str:
    """The lines around the days of a pair, as far as no other days stand in them."""
    days = pairs[at].days
    if days is None:
        return ""
    others = [other.days for number, other in enumerate(pairs) if other.days and number != at]
    floor = max((other.end for other in others if other.end <= days.start), default=0)
    ceiling = min((other.start for other in others if other.start >= days.end), default=len(text))
    before = (
        text[floor : days.start].split("\n")[-_LINES_BEFORE:]
        if not others
        else text[floor : days.start].split("\n")[-1:]
    )
    after = text[days.end : ceiling].split("\n")[:_LINES_AFTER]
    return "\n".join([*before[:-1], before[-1] + text[days.start : days.end] + after[0], *after[1:]])


def _doubts(
    paragraph: _Paragraph, pairs: Sequence[Pair], pair: Pair, days: DateRange | None, *, placed: bool
) -> list[str]:
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
    if paragraph.titled and days is not None and not (days.weekday_said or days.year_said or days.times or placed):
        doubts.append("its day is said without weekday, year, time or place")
    if _tense(paragraph, pair) is None and _standing(paragraph, pair) is EventStatus.SCHEDULED:
        doubts.append("nothing says that it is still to come")
    return doubts
