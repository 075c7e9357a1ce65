"""Names of events in a paragraph.

Law: only what is written with capitals is a name; "our annual conference" names nothing. Every pattern is bounded, so
reading is linear.
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
# These name an event with a word of their own before them: "Carol Concert", and not "Concert".
_LED_NOUN = (
    r"(?:Concert|Recital|Gala|Ball|Fair|Fayre|F[eê]te|Market|Parade|Carnival|Mela|Regatta|Tournament|Marathon|Triathlon"
    r"|Run|Walk|Ride|Swim|Race|Trek|Rally|Vigil|Hustings|Meetup|Meet-[Uu]p|Hackathon|Unconference|Retreat|Bootcamp|Talk"
    r"|Debate|Briefing|Breakfast|Lunch|Luncheon|Supper|Tea|Picnic|Barbecue|BBQ|Ceilidh|Quiz|Night|Evening|Ceremony"
    r"|Graduation|Celebration|Expo|Show|Bazaar|Auction|Clean|Drop-[Ii]n|Display|Meeting|Tour|Launch|Reception|Screening"
    r"|Clinic|Tasting|Eisteddfod|Fleadh|Jamboree|Session|Day|Training|Walkabout|Lobby|Synod|Showcase|Wassail|Café|Cafe"
    r"|Assembly|Procession|Pilgrimage|Pantomime|Panto|Revue|Disco|Dance|Dash|Challenge|Games|Cup"
    r"|Championship|Trials|Gymkhana"
    r"|Orientation|Induction|Swap|Switch-[Oo]n|Event|Open House|Ordination|Shoot|Sleepout|Cruise"
    r"|Outing|Excursion|Trail|Treasure Hunt"
    r"|Egg Hunt|Bake-[Oo]ff"
    r"|Feast|Banquet|Brunch|Hog Roast|Mixer|Social|Supper Club|Prize-[Gg]iving|Evensong|Mass|Iftar|Pride|Unveiling|Demo"
    r"|Demonstration|Sprint|Panel|Plenary|Taster|Away[Dd]ay|Week|Weekend|Course|Class|Camp|Surgery|Gig"
    r"|Play|Performance)s?"
)
# And these have it with them.
_WHOLE_NOUN = (
    r"(?:Half Marathon|Hack [Dd]ay|(?:Garden|Street|Summer|Christmas|Halloween|Launch) Party"
    r"|(?:Carol|Memorial|Remembrance|Remembrance Sunday|Thanksgiving|Christingle|Civic|Family|Candlelit|Commemoration"
    r"|Nativity|Easter|Harvest) Service|(?:Plant|Book|Jumble|Garage|Cake|Boot) Sale|Litter Pick|Coffee Morning"
    r"|(?:Parish|Annual|Citizens[’']) Assembly|(?:Spring|Summer|Autumn|Winter|Easter) School|Highland Games"
    r"|(?:Fun|Family|Induction|Sports|Action|Away|Taster|Careers|Awareness|Discovery|Members[’']|Visit|Community|Health"
    r"|Games|Applicant|Development|Volunteering|Clean-[Uu]p|Market|DevOps) Day|Open Studio|Question Time)s?"
)
_CONS = r"[A-Z][A-Za-z]{1,20}(?:Con|Conf|Camp|Fest|Jam)\b"
#: With a capital at the beginning of a sentence, and no part of a name.
NOT_NAMED = (
    "The|This|These|Our|Your|A|An|Join|At|In|On|For|And|But|Book|Register|Next|Come|With|Each|Every|Last|After|Before"
    "|Following|When|How|More|Save|All(?! (?:Saints|Souls|Hallows))"
    "|To|By|From|Meet|See|Tickets|Date|Dates|Where|Venue|Time|Once|Then|Registration|"
) + "|".join(name.title() for name in (*MONTHS, *WEEKDAYS))
_FEAST = r"(?:(?:Good|Black) Friday|(?:Easter|Remembrance|Palm|Mothering) Sunday|Easter Monday|Shrove Tuesday)"
_DATE_NAMES = "|".join(name.title() for name in (*MONTHS, *WEEKDAYS))
_WORD = r"(?:[A-Z][\w’'&-]{0,40}+|[0-9]{1,3}[kK]\b|(?:19|20)[0-9]{2}(?![\w/-]))"
_CAPITAL = rf"(?:{_FEAST}|(?!(?:{NOT_NAMED})\b(?![’'-]))(?:{_WORD})|(?<=[Tt]he )Book\b)"
# Within a name stands what begins a sentence elsewhere: "Wigtown Book Festival".
_FURTHER = rf"(?:{_FEAST}|(?!(?:{_DATE_NAMES}|The|This|Our|Your|At|In|On|From|By)\b(?![’'-]))(?:{_WORD}))"
_JOIN = r"[ \xa0](?:(?:of|for|and|&|to)[ \xa0])?"
_LED = rf"(?:{_CAPITAL}{_JOIN}(?:{_FURTHER}{_JOIN}){{0,5}})"
# Behind a name no number of its own is left: "Parents' Evening for Years 7 and 8".
_NO_NUMBER = r"(?![ \xa0](?!(?:19|20)[0-9]{2})[0-9]{1,2}\b(?![:.][0-9]|[ \xa0]?[ap]m|[–-]|[ \xa0]?[A-Z]))"
_MORE = (
    rf"(?:[ \xa0](?:of|on|for)[ \xa0](?:the[ \xa0])?{_CAPITAL}"
    rf"(?:[ \xa0](?:(?:and|&|of|na)[ \xa0])?{_CAPITAL}){{0,4}}{_NO_NUMBER})?"
    rf"(?:[ \xa0](?:19|20)[0-9]{{2}}(?![\w/-])|[ \xa0]#[0-9]{{1,4}}\b)?"
)
# "Exhibition Centre", "Meeting House": these are places and bodies.
_BUILDING = (
    r"(?:[ \xa0](?:and|&)[ \xa0][A-Z][a-z]{1,20})?[ \xa0](?:House|Hall|Room|Centre|Center|Theatre|Office"
    r"|Shop|Road|Street|Square|Bridge|Place|Park|Desk|Team"
    r"|Committee|Company|Trust|Society|Group|Guide|Season|Report|Fund|Director|Officer|Manager|Ground"
    r"|Grounds|Hotel|Hill|Lane"
    r"|Way|Club|Rooms|Complex|Arena|Stadium|Winners?|Programme|Site|Board)\b"
)
# "Parade and Service": one event of two kinds.
_AND_KIND = rf"[ \xa0](?:and|&)[ \xa0](?:{_NOUN}|{_LED_NOUN}|Service|Party)(?=[ \xa0](?![A-Z])|[,.:;)\n]|$)"
_ABOUT = rf"(?=[ \xa0](?:on|of|for)[ \xa0](?:the[ \xa0])?{_CAPITAL})"
_NAME = re.compile(
    rf"(?<![\w’'&-])(?:{_LED}?(?:{_NOUN}|{_WHOLE_NOUN})|{_LED}{_LED_NOUN}"
    rf"|{_LED_NOUN}{_ABOUT})(?:{_AND_KIND})?(?![\w-]|[’']s\b)(?!{_BUILDING}){_MORE}"
    rf"|\b{_CONS}(?:[ \xa0]{_CAPITAL})?"
)
_OF_A_MONTH = re.compile(rf"(?:{'|'.join(name.title() for name in (*MONTHS, *WEEKDAYS))})[’']s?\b")
# Whatever takes place is an event, also of a kind that is not known: "The Orchard Wassail is on".
_TAKES_PLACE = re.compile(
    rf"(?:^|(?<=[.!?:;][ \xa0])|(?<=\n))(?:(?:The|Our|This year[’']s)[ \xa0](?:next[ \xa0]|first[ \xa0]"
    rf"|annual[ \xa0])?)?"
    rf"(?P<name>{_CAPITAL}(?:[ \xa0](?:(?:of|the|and|&|for|in|at|with)[ \xa0]){{0,2}}{_FURTHER}){{1,6}})"
    r"(?=[ \xa0](?:is[ \xa0](?:back[ \xa0])?(?:on|happening)|takes[ \xa0]place"
    r"|is[ \xa0]taking[ \xa0]place|happens[ \xa0]on"
    r"|will[ \xa0](?:take[ \xa0]place|be[ \xa0]held)|is[ \xa0]being[ \xa0]held)\b)"
)
_NO_EVENT = re.compile(
    r"\b(?:Elections?|Referendum|Ballot|Votes?|Voting|Interviews?|Exam(?:ination)?s?|Inspections?|Hearing"
    r"|Inquiry|Committee"
    r"|Cabinet|Council|Trial|Works?|Maintenance|Elections|Assessments?|Sales?|Deadline|Collections?|Strike|Review)\b"
)
# These are days of everybody's calendar, and what is done on them has another name.
_FEAST_DAY = re.compile(
    r"(?:Christmas|Boxing|Mother[’']?s[’']?|Father[’']?s[’']?|Valentine[’']?s|New Year[’']?s|St\.? \w{1,20}|May|Polling"
    r"|Election|Independence|Labou?r|Veterans|Canada|Australia|Anzac|ANZAC|Earth|Women[’']s|Results?"
    r"|Budget|Match|Market|Working"
    r"|Moving|Judgement|First|Last|Present|Rainy|Snow|Every|Modern|Full|Half|One|Good) Day$"
)
_UNNAMED = re.compile(rf"\b{_NOUN}\b|\b{_WHOLE_NOUN}\b", re.IGNORECASE)
#: A kind of event, as it ends a name or stands before "of", "for" and the like.
KIND = rf"(?:{_NOUN}|{_LED_NOUN}|{_WHOLE_NOUN}|Course|Class|Service|Party|Day|Training|Open[Dd]ay)"
_A_KIND = re.compile(rf"\b{KIND}\b", re.IGNORECASE)
_HAS_NOUN = re.compile(rf"\b{_NOUN}\b")
_ANY_NOUN = re.compile(rf"\b(?:{_NOUN}|{_LED_NOUN}|{_WHOLE_NOUN})\b")
_KIND_OF_EVENT = re.compile(rf"\b{_NOUN}\b(?!{_BUILDING})")
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_WORDS = re.compile(r"\w+")


def mentions(text: str) -> tuple[Mention, ...]:
    """Every name of an event in *text*; "the Summit" has the name of the one fuller name that says it too."""
    found = [
        Mention(name=match[0], start=match.start(), end=match.end())
        for match in _NAME.finditer(text)
        if not is_of_a_month(match[0]) and not _FEAST_DAY.search(match[0])
    ]
    taken = {at for name in found for at in range(name.start, name.end)}
    for match in _TAKES_PLACE.finditer(text):
        start, end = match.span("name")
        if not taken.intersection((start, end - 1)) and not _NO_EVENT.search(match["name"]):
            found.append(Mention(name=match["name"], start=start, end=end))
    return with_fullest_names(sorted(found, key=lambda name: name.start))


def with_fullest_names(found: Sequence[Mention]) -> tuple[Mention, ...]:
    """*found*, each with the one fuller name among them that says its own too."""
    names = sorted({mention.name for mention in found}, key=lambda name: (-len(_significant(name)), -len(name), name))
    return tuple(Mention(name=_fullest(mention.name, names), start=mention.start, end=mention.end) for mention in found)


def _fullest(name: str, names: Sequence[str]) -> str:
    fuller = [
        other
        for other in names
        if same_name(name, other)
        and _significant(name) <= _significant(other)
        and _last_kind(name) == _last_kind(other)
    ]
    widest = [other for other in fuller if not any(_significant(other) < _significant(more) for more in fuller)]
    return widest[0] if len({_significant(other) for other in widest}) == 1 else name


def same_name(one: str, other: str) -> bool:
    """Whether both may name one event: the words of one are among the other's, and neither year nor kind differs.

    "The Summit" may be the SOLACE Summit; the SOLACE Summit Dinner is another event.
    """
    first, second = _significant(one), _significant(other)
    years_agree = not years(one) or not years(other) or years(one) == years(other)
    words_agree = bool(first and second) and (first <= second or second <= first)
    return years_agree and _kinds(one) == _kinds(other) and words_agree


def kind_and_words(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The kinds that *name* says, and its other words: of two that are the same name both have the first alike.

    They share one of the second, unless one has none.
    """
    kinds = _kinds(name)
    of_kinds = {word for kind in kinds for word in kind.split()}
    return kinds, frozenset(word for word in _significant(name) if word.removesuffix("s") not in of_kinds)


# Each name is compared with many others.
@lru_cache(maxsize=4096)
def _significant(name: str) -> frozenset[str]:
    words = (word.casefold() for word in _WORDS.findall(name))
    return frozenset(words) - {"the", "of", "for", "and", "on", "s", "our", "annual"} - years(name)


@lru_cache(maxsize=4096)
def _kinds(name: str) -> frozenset[str]:
    return frozenset(noun.casefold().removesuffix("s") for noun in _HAS_NOUN.findall(name))


@lru_cache(maxsize=4096)
def _last_kind(name: str) -> str:
    found = _ANY_NOUN.findall(name)
    return found[-1].casefold().removesuffix("s") if found else ""


@lru_cache(maxsize=4096)
def years(name: str) -> frozenset[str]:
    """The years that *name* says."""
    return frozenset(_YEAR.findall(name))


def speaks_of_an_event(text: str) -> bool:
    """Whether *text* says that there is an event, with or without its name."""
    return bool(_UNNAMED.search(text))


def is_of_a_month(name: str) -> bool:
    """Whether *name* only says of which month or day it is: "November's talk"."""
    return _OF_A_MONTH.match(name) is not None


def names_a_kind(name: str) -> bool:
    """Whether *name* says of what kind its event is, with capitals or without."""
    return _A_KIND.search(name) is not None


def kind_in(name: str) -> re.Match[str] | None:
    """Where *name* says which kind of event it is of."""
    return _KIND_OF_EVENT.search(name)
