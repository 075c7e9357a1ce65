"""An event in words: mails, pages, entries and calendars say the same of it.

No clock is asked: whether it is over, or too late to book, is told by facts, or by who knows the time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import quote

from solacefeed.addresses import is_web
from solacefeed.catalogue import N_, gettext
from solacefeed.models.events import Event, EventStatus
from solacefeed.words import day_words, interface, span_in_words, theirs

#: What is said above the name of an event that is not as it was.
_STANDING = {
    EventStatus.MOVED: N_("New date"),
    EventStatus.POSTPONED: N_("Postponed: a new date is not known yet"),
    EventStatus.CANCELLED: N_("Cancelled"),
}

_BLANK = re.compile(r"[\s\x00-\x20\x7f-\x9f]+")
#: What may stand in an address as it is (RFC 3986 section 2), escapes among it.
_OF_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event as mails and pages show it; plain text throughout."""

    name: str
    #: "16 to 18 October 2012"
    when: str
    place: str | None
    #: One or two sentences that make one want to go.
    text: str | None
    #: Where to book; where to read more, when it is too late for that.
    url: str | None
    #: "Cancelled"; ``None`` for one that is as it was said to be.
    standing: str | None
    #: Whether it is to be, or was, at the time that is said.
    to_be: bool
    bookable: bool
    #: "2 April 2027", the last day to book; ``None`` where nobody said one, or there is nothing to book any more.
    book_by: str | None
    #: Its own calendar, which a click adds to the reader's; ``None`` where there is none any more.
    calendar_url: str | None = None
    #: BCP 47, where it is another than that of the words around it.
    language: str | None = None

    @property
    def link_words(self) -> str:
        """What the link to ``url`` says: a message, which the template says in its language."""
        return link_words(bookable=self.bookable)


def event_view(
    event: Event,
    zone: tzinfo,
    site_language: str,
    *,
    calendar_url: str | None = None,
    over: bool = False,
    language: str | None = None,
) -> EventView:
    """*event* by the clock of *zone*; that it is *over* is said where what is over is still shown.

    Our words are in *language*; on a site's pages in the ``interface`` of its language.
    """
    ours = language or interface(site_language)
    bookable = can_be_booked(event) and not over
    return EventView(
        name=event.name,
        when=when(event, zone, ours),
        place=event.place,
        text=event.text,
        url=address(event),
        standing=gettext("Over", ours) if over and event.standing.is_to_be else standing_words(event, ours),
        to_be=event.standing.is_to_be,
        bookable=bookable,
        book_by=book_by(event, ours) if bookable else None,
        calendar_url=calendar_url,
        language=theirs(None, site_language, ours),
    )


def can_be_booked(event: Event) -> bool:
    return event.standing.is_to_be and not event.booking_over


def link_words(*, bookable: bool) -> str:
    return N_("How to book") if bookable else N_("Read more")


def standing_words(event: Event, language: str) -> str | None:
    """What is said above the name of one that is not as it was."""
    words = _STANDING.get(event.standing)
    return gettext(words, language) if words else None


def when(event: Event, zone: tzinfo, language: str) -> str:
    """Its days and times."""
    return span_in_words(event.starts, event.ends, zone, language)


def book_by(event: Event, language: str) -> str | None:
    """The last day to book, while there is one to come."""
    return day_words(event.book_by, language) if event.book_by and can_be_booked(event) else None


def address(event: Event) -> str | None:
    """Where to book, if a link may lead there: an address of the web, and nothing in it that ends one."""
    if event.url is None:
        return None
    written = quote(_BLANK.sub("", event.url), safe=_OF_ADDRESSES, errors="ignore")
    return written if is_web(written) else None
