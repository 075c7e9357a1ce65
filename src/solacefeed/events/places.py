"""Places of events in a paragraph.

Law: only what is written with capitals is a place. Every pattern is bounded, so reading is linear.
"""

from __future__ import annotations

import re

from solacefeed.events import mentions
from solacefeed.events.plain_words import words

_NO_PLACE = (
    "Local|Public|Social|Government|Housing|Education|Children|Childrens|Children[’']s|Adult|Chief|Association|Society"
    "|Parliament|Health|Finance|Planning|Policy|Delegates|Members|Speakers|Details|Places|Tickets"
    "|Booking|Registration|We"
    "|Lord|Lady|Sir|Dame|Dr|Professor|Prof|Mr|Mrs|Ms|Cllr|Cllrs|Councillor|Mayor|Minister|Bishop"
    "|President|Chair|King|Queen"
    "|GMT|BST|UTC|CET|CEST|EST|EDT|AM|PM|Council(?! Chamber)|You|It|There|Here|Please|If|As|I"
)
_PLACE_WORD = (
    rf"(?!(?:{mentions.NOT_NAMED})\b(?![’'-]))(?:St\.|[A-Z](?:[\w’'&]|\.(?=[0-9])){{0,40}}(?:-[\w’']{{1,40}}){{0,3}})"
)
_A_BUILDING = (
    r"(?:[ \xa0][A-Z][a-z]{1,20}){0,3}[ \xa0](?:House|Hall|Room|Centre|Center|University|College|School"
    r"|Theatre|Library|Hospital"
    r"|Chamber|Institute|Club|Building|Museum|Park|Gardens?|Square|Street|Road)\b"
)
# "Room 101", "Committee Room 2"; and a house has its number: ", 14 Mill Street".
_ROOM = r"(?:(?<=Room|Hall)|(?<=Suite|Level|Floor)|(?<=Studio)|(?<=Gallery|Theatre))[ \xa0][0-9]{1,4}[A-Za-z]?(?!\w)"
_PLACE = (
    rf"(?:[Tt]he[ \xa0])?(?P<place>(?!(?:{_NO_PLACE})\b(?!{_A_BUILDING})){_PLACE_WORD}"
    rf"(?:(?:[ \xa0](?:of|upon|on|under|le|in|and|&|na))?[ \xa0]{_PLACE_WORD}|{_ROOM}"
    rf"|,[ \xa0](?:the[ \xa0]|[0-9]{{1,4}}[a-z]?[ \xa0])?{_PLACE_WORD}){{0,6}})"
)
_IN = rf"(?:[Ii]n|[Aa]t|to)[ \xa0]{_PLACE}"
_LISTED = re.compile(rf"^[ \xa0]?[,(–—|:-][ \xa0]?{_PLACE}[ \xa0]?(?:[,()–—|:;.-]|$)")
# Behind a time no comma is needed: "10am Town Hall, Leeds".
_BEHIND_TIME = re.compile(rf"^[ \xa0]{_PLACE}[ \xa0]?(?:[,()–—|:;.-]|$)")
_HOST = re.compile(rf"(?<![\w’'-]){_PLACE}[ \xa0](?:will[ \xa0])?(?:hosts?|welcomes?|plays? host to)\b")
_BETWEEN = (re.compile(rf"\b{_IN}"), _HOST, _LISTED)
_AFTER = (re.compile(rf"^[ \xa0,;:)–—-]{{0,3}}(?:(?!ends|finish|clos|then)[a-z]+,?[ \xa0]){{0,4}}{_IN}"), _LISTED)
_BEFORE = (_HOST, re.compile(rf"\b{_IN}[ \xa0,:–—(]{{1,3}}(?:on|from|between)?[ \xa0]?(?:the[ \xa0])?$"))
_LATER = (
    re.compile(rf"\bvenue (?:is|will be)[ \xa0]{_PLACE}"),
    re.compile(rf"\b(?:held|takes? place|taking place|It will be|It is)[ \xa0]{_IN}"),
)
_LABELLED = re.compile(
    rf"^(?:[•*·-][ \xa0])?(?i:venue|where|place|location|at)s?[ \xa0]?[:?–—-][ \xa0]?(?i:at |in )?{_PLACE}",
    re.MULTILINE,
)
_LABELLED_ONLINE = re.compile(
    r"^(?:[•*·-][ \xa0])?(?:venue|where|place|location)s?[ \xa0]?[:?–—-][ \xa0]?"
    r"(?:online|(?:via |on )?(?:zoom|teams|microsoft teams))\b",
    re.MULTILINE | re.IGNORECASE,
)
# Also behind the times of that line: "7pm in the Parish Hall".
_A_LINE = re.compile(
    rf"[ \xa0]?\n(?:[0-9](?:[0-9.:apm–-]|[ \xa0](?=[0-9apm–-])){{0,20}},?[ \xa0](?:in|at)[ \xa0])?{_PLACE}\.?(?:\n|$)"
)
_OWN = re.compile(rf"^,?[ \xa0]{_IN}")
_ONLINE = re.compile(
    r"\b(?:(?<!book )(?<!register )(?<!available )online|(?:by|via|on|over) (?:Zoom|Teams|MS Teams|Microsoft Teams))\b"
)
#: Who hosts, and not where.
_BODIES = words(
    "Institution Institute Union Trust Foundation Federation League Network Group Company Branch Department Charity",
    "Partnership Alliance Team Board Faculty",
)
_JOINS = (" and ", " & ", ", ", " in ")


def place(*, between: str, after: str, before: str, later: str, timed: bool = False) -> str | None:
    """The place that is named *between* an event's name and days, right *after* or *before* both, or *later*.

    Behind days that are *timed* it needs no comma.
    """
    behind = (*_AFTER, _BEHIND_TIME) if timed else _AFTER
    found = _first((between, _BETWEEN), (after, behind), (before, _BEFORE), (later, _LATER))
    return found or ("online" if _ONLINE.search(between) or _ONLINE.search(after) else None)


def labelled(lines: str) -> str | None:
    """The place that a line of *lines* calls so: "Venue: Corn Exchange, Ipswich"."""
    return _first((lines, (_LABELLED,))) or ("online" if _LABELLED_ONLINE.search(lines) else None)


def next_line(after: str) -> str | None:
    """The place that is the whole line behind the one that ends where *after* begins."""
    match = _A_LINE.match(after)
    return _without_events(match["place"]) if match else None


def of_name(after: str) -> str | None:
    """The place right behind a name, *after* which it stands."""
    return _first((after, (_OWN,)))


def _first(*wheres: tuple[str, tuple[re.Pattern[str], ...]]) -> str | None:
    for piece, patterns in wheres:
        for pattern in patterns:
            for match in pattern.finditer(piece):
                if named := _without_events(match["place"]):
                    return named
    return None


def _without_events(name: str) -> str | None:
    """*name* up to the join behind which an event begins; ``None`` for a body that is called by one word."""
    if name in _BODIES:
        return None
    while noun := mentions.kind_in(name):
        cut = max(name.rfind(join, 0, noun.start()) for join in _JOINS)
        if cut <= 0:
            return None
        name = name[:cut]
    return name
