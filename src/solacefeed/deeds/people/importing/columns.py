"""What each column of a list is, by its heading: as Mailchimp, listmonk, MailPoet, Ghost, Substack and this program
write them, and as people do.

A list without headings has one address a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from solacefeed.errors import UsageError
from solacefeed.spreadsheets.cells import plain


class Field(StrEnum):
    """What a column can be; in words, as a dry run tells them."""

    ADDRESS = "the address"
    NAME = "the name"
    FIRST_NAME = "the first name"
    LAST_NAME = "the last name"
    LANGUAGE = "the language"
    STATUS = "the status"
    WANTS = "whether they want mail"
    REFUSES = "whether mail to them was stopped"
    ENDED_AT = "when they unsubscribed"
    BOUNCED_AT = "when mail to them failed"
    CATEGORIES = "the categories"
    #: Each shows a consent by itself, or with the network that it came from, or never.
    OPTED_IN_AT = "when they agreed"
    CONFIRMED_AT = "when they confirmed"
    CREATED_AT = "when they were entered"
    OPTED_IN_IP = "from where they agreed"
    CONFIRMED_IP = "from where they confirmed"
    #: These stand in this program's own exports alone.
    DIGEST = "the digest"
    CADENCE = "the cadence"
    PAUSED_UNTIL = "until when it is paused"
    BASIS = "the basis"
    CONSENT_AT = "when the consent was given"
    CLAIMED = "whether the consent is only claimed"
    EVIDENCE = "what shows the consent"


#: Headings by what they mean, as ``_key`` has them; of several that a list has, the first.
_HEADINGS: Mapping[Field, tuple[str, ...]] = {
    # "Address" alone is where somebody lives, unless there is no other.
    Field.ADDRESS: ("emailaddress", "email", "mail", "subscriberemail", "primaryemail", "emailadresse", "address"),
    Field.NAME: ("name", "fullname", "displayname", "subscribername", "contactname"),
    Field.FIRST_NAME: ("firstname", "fname", "givenname", "forename"),
    Field.LAST_NAME: ("lastname", "lname", "surname", "familyname"),
    Field.LANGUAGE: ("language", "lang", "locale", "mclanguage"),
    Field.WANTS: ("subscribedtoemails", "subscribed"),
    Field.REFUSES: ("emaildisabled", "unsubscribed", "optedout"),
    Field.ENDED_AT: ("unsubtime", "unsubscribedat", "unsubscribetime", "unsubscribedate", "optouttime", "deletedat"),
    Field.BOUNCED_AT: ("cleantime", "cleanedat", "bouncedat"),
    Field.OPTED_IN_AT: (
        "optintime",
        "optindate",
        "optedinat",
        "consentat",
        "consenttime",
        "consentdate",
        "subscribedat",
    ),
    Field.CONFIRMED_AT: ("confirmtime", "confirmationtime", "confirmedat", "confirmdate", "confirmationdate"),
    Field.CREATED_AT: (
        *("subscriptiontime", "createdat", "startdate", "subscriptiondate", "dateadded", "addedat", "joinedat"),
        *("joindate", "datejoined", "joined", "created"),
    ),
    Field.OPTED_IN_IP: ("optinip", "subscriptionip", "subscribedip", "signupip", "ipaddress", "ip"),
    Field.CONFIRMED_IP: ("confirmip", "confirmationip", "confirmedip"),
}
#: What may be a choice, and may be anything: it is taken for one by word alone.
_CHOICES = {
    *("tag", "tags", "category", "categories", "interest", "interests", "topic", "topics", "group", "groups"),
    *("segment", "segments", "list", "lists", "label", "labels", "newsletters"),
}
#: All of these count, the worst of what they say.
_STATUSES = ("status", "globalstatus", "liststatus", "subscriptionstatus", "memberstatus", "emailstatus")

#: What this program writes, by heading.
OWN_HEADINGS: Mapping[str, Field | None] = {
    "address": Field.ADDRESS,
    "name": Field.NAME,
    "digest": Field.DIGEST,
    "state": Field.STATUS,
    "categories": Field.CATEGORIES,
    "cadence": Field.CADENCE,
    "language": Field.LANGUAGE,
    # It begins anew with an import.
    "counts from": None,
    "paused until": Field.PAUSED_UNTIL,
    "basis": Field.BASIS,
    "consent at": Field.CONSENT_AT,
    "how": None,
    "claimed": Field.CLAIMED,
    "evidence": Field.EVIDENCE,
    "changed": None,
    "by": None,
    # What it once wrote.
    "since": None,
}

OWN = "solacefeed"
#: Tools, each by headings that it alone writes.
_TOOLS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Mailchimp", frozenset({"leid", "euid"})),
    ("Mailchimp", frozenset({"memberrating", "lastchanged"})),
    ("MailPoet", frozenset({"globalstatus"})),
    ("MailPoet", frozenset({"liststatus"})),
    ("listmonk", frozenset({"uuid", "attributes", "status"})),
    ("Ghost", frozenset({"subscribedtoemails", "complimentaryplan"})),
    ("Substack", frozenset({"activesubscription"})),
    ("Substack", frozenset({"subscriptionsourcefree"})),
)
#: Whatever is none of the tools'.
LIST = "a list"


#: What one cell of a row says. A list has millions, so that which cell it is is settled once.
Read: TypeAlias = Callable[[Sequence[str]], str]


def _nothing(_cells: Sequence[str]) -> str:
    return ""


def _reader(place: int) -> Read:
    def read(cells: Sequence[str]) -> str:
        try:
            text = cells[place].strip()
        except IndexError:
            return ""
        return plain(text) if text[:1] == "'" else text

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where in each row of a list what is said."""

    #: Which program has written it, by its headings.
    tool: str
    #: Empty where the list has none.
    headings: tuple[str, ...]
    places: Mapping[Field, tuple[int, ...]]

    def reader(self, field: Field) -> Read:
        """What reads the first column of this kind from a row: without outer blanks, empty where nothing is said."""
        readers = self.readers(field)
        if len(readers) < 2:
            return readers[0] if readers else _nothing
        return lambda cells: next(filter(None, (read(cells) for read in readers)), "")

    def readers(self, field: Field) -> list[Read]:
        """What reads each column of this kind."""
        return [_reader(place) for place in self.places.get(field, ())]

    def has(self, *fields: Field) -> bool:
        return any(field in self.places for field in fields)

    @property
    def tells_who_left(self) -> bool:
        return self.has(Field.STATUS, Field.WANTS, Field.REFUSES, Field.ENDED_AT, Field.BOUNCED_AT)

    def taken_for(self) -> list[tuple[str, Field | None]]:
        """Each heading, with what its column is taken for; ``None`` for nothing."""
        meant = {place: field for field, places in self.places.items() for place in places}
        return [(heading, meant.get(place)) for place, heading in enumerate(self.headings)]

    def may_say_choices(self) -> tuple[str, ...]:
        """The headings that sound like what each has chosen, while no column is taken for that."""
        if self.has(Field.CATEGORIES):
            return ()
        return tuple(heading for heading, field in self.taken_for() if field is None and _key(heading) in _CHOICES)


def columns_of(first: Sequence[str], *, categories: str | None = None) -> Columns:
    """The columns of a list whose first row is *first*; those called *categories* say categories.

    Raises ``UsageError`` where none of them can be the address, or none is called so.
    """
    if any("@" in cell for cell in first):
        return _without_headings(first, categories)
    headings = tuple(plain(cell).strip().lstrip("\ufeff") for cell in first)
    keys = [_key(heading) for heading in headings]
    found = _own(headings) if _is_own(headings) else _others(keys)
    if categories is not None:
        found |= {Field.CATEGORIES: _called(categories, keys, headings)}
    if Field.ADDRESS not in found:
        raise UsageError(f"no column is called Email or alike: there are {', '.join(headings)}")
    return Columns(tool=_tool(headings, keys), headings=headings, places=found)


def _without_headings(first: Sequence[str], categories: str | None) -> Columns:
    if categories is not None:
        raise UsageError(f"the list has no headings, and so no column {categories}")
    place = next(place for place, cell in enumerate(first) if "@" in cell)
    return Columns(tool=LIST, headings=(), places={Field.ADDRESS: (place,)})


def _own(headings: Sequence[str]) -> dict[Field, tuple[int, ...]]:
    meant = ((place, OWN_HEADINGS.get(heading.casefold())) for place, heading in enumerate(headings))
    return {field: (place,) for place, field in meant if field is not None}


def _others(keys: Sequence[str]) -> dict[Field, tuple[int, ...]]:
    places = {field: _places(names, keys) for field, names in _HEADINGS.items()}
    # The first that is there; where a list has it twice, as Mailchimp's have, both.
    found = {field: each for field, each in places.items() if each}
    statuses = tuple(place for place, key in enumerate(keys) if key in _STATUSES)
    return found | ({Field.STATUS: statuses} if statuses else {})


def _places(names: Sequence[str], keys: Sequence[str]) -> tuple[int, ...]:
    first = next((name for name in names if name in keys), None)
    return tuple(place for place, key in enumerate(keys) if key == first)


def _called(name: str, keys: Sequence[str], headings: Sequence[str]) -> tuple[int, ...]:
    places = tuple(place for place, key in enumerate(keys) if key == _key(name))
    if not places:
        raise UsageError(f"no column is called {name}: there are {', '.join(headings)}")
    return places


def _is_own(headings: Sequence[str]) -> bool:
    return {"address", "digest", "state", "basis"} <= {heading.casefold() for heading in headings}


def _tool(headings: Sequence[str], keys: Sequence[str]) -> str:
    if _is_own(headings):
        return OWN
    return next((tool for tool, telling in _TOOLS if telling <= set(keys)), LIST)


def _key(heading: str) -> str:
    """A heading as it is compared: letters and digits alone."""
    return re.sub(r"[\W_]+", "", heading.casefold())
