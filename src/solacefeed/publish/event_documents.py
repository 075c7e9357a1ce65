"""All that is published of events: calendars, the entries of their feed, and the page for people.

The law: same events, same bytes. No clock is asked here: each event that is given is shown, over or not, and a
page says a date, not how near it is.

``events.ics`` and ``events/index.html`` stand there without events too: somebody subscribes to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from solacefeed.catalogue import gettext
from solacefeed.models.events import Event, EventStatus
from solacefeed.models.posts import Category
from solacefeed.publish import ics
from solacefeed.publish.feeds import Entry, Term, branch, category_stem
from solacefeed.publish.ics import EventNaming
from solacefeed.views.events import (
    EventView,
    address,
    book_by,
    can_be_booked,
    event_view,
    link_words,
    standing_words,
    when,
)
from solacefeed.words import interface, marked, month_words, theirs

if TYPE_CHECKING:
    from jinja2 import Environment

CALENDAR = "events.ics"
PAGE = "events/index.html"
FEED = "events.atom"

_SCHEMA_ORG = "https://schema.org/"
_STATUS = {
    EventStatus.SCHEDULED: "EventScheduled",
    EventStatus.MOVED: "EventRescheduled",
    EventStatus.POSTPONED: "EventPostponed",
    EventStatus.CANCELLED: "EventCancelled",
}
_ONLINE = frozenset({"online", "on line", "on-line", "virtual", "webinar", "zoom", "teams", "microsoft teams"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCard(EventView):
    """An event as its own page shows it, whose calendar stands beside it."""

    #: ``2012-10-16``, or an instant with its offset.
    starts: str
    ends: str
    #: Of its first day, for those who see: "16" and "October".
    day: str
    month: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """What the page shows, in the order in which it shows it."""

    site_title: str
    site_url: str
    organisation: str
    language: str
    #: The same of what the site calls its own, where that is another.
    site_language: str | None
    #: Absolute: the page itself.
    url: str
    #: Those to be before those that are not.
    events: tuple[EventCard, ...]
    #: The calendar of them all: relative to the page, as a person copies it, and as it opens a calendar program.
    calendar: str
    calendar_url: str
    webcal: str
    #: Relative to the page; there is one while there are events.
    feed: str
    #: Label and ``webcal:`` address of each category's calendar.
    by_category: tuple[tuple[str, str], ...]
    #: What machines read: JSON-LD.
    data: dict[str, Any]


def event_documents(
    events: Sequence[Event], categories: Sequence[Category], naming: EventNaming, environment: Environment
) -> Iterator[tuple[str, bytes]]:
    """Each document with its path below the feeds' folder.

    *categories* are all that the blog lists; those without a label in *naming* are hidden and have no calendar.
    """
    yield CALENDAR, ics.calendar(events, naming, path=CALENDAR, title=_title(naming))
    by_category = list(_by_category(events, categories, naming))
    for label, path, filed in by_category:
        yield path, ics.calendar(filed, naming, path=path, title=f"{label} - {_title(naming)}")
    for event in ics.in_order(events, naming.site.zone):
        yield event.calendar_path, ics.single(event, naming)
    calendars = tuple((label, _webcal(naming.url(path))) for label, path, _ in by_category)
    yield PAGE, _page(events, naming, calendars, environment)


def event_entries(events: Sequence[Event], naming: EventNaming) -> tuple[Entry, ...]:
    """The events as entries of a feed: the last one that was made known first."""
    newest_first = sorted(ics.in_order(events, naming.site.zone), key=_known_since, reverse=True)
    return tuple(_entry(event, naming) for event in newest_first)


def _title(naming: EventNaming) -> str:
    name = gettext("Events", interface(naming.site.language))
    return f"{name} - {naming.site.title}"


def _by_category(
    events: Sequence[Event], categories: Sequence[Category], naming: EventNaming
) -> Iterator[tuple[str, str, list[Event]]]:
    """Label, path and events of each category that readers see and that has events of its own or below it."""
    shown = [category for category in categories if category.slug in naming.labels]
    for category in sorted(shown, key=lambda c: (naming.labels[c.slug].casefold(), c.id)):
        members = branch(category, categories)
        slugs = {other.slug for other in categories if other.id in members}
        if filed := [event for event in events if not slugs.isdisjoint(event.categories)]:
            yield naming.labels[category.slug], f"{category_stem(category)}/{CALENDAR}", filed


def _webcal(url: str) -> str:
    """*url* as the address that opens a calendar program."""
    return f"webcal:{url.partition(':')[2]}"


# -- entries ----------------------------------------------------------------------------------------


def _entry(event: Event, naming: EventNaming) -> Entry:
    known_since = _known_since(event)
    return Entry(
        id=naming.uri(event),
        title=ics.summary(event, interface(naming.site.language)),
        url=address(event) or naming.url("events/"),
        author=naming.site.organisation,
        published=known_since,
        updated=max(event.changed or known_since, known_since),
        summary=_in_short(event, naming),
        content=_content(event, naming),
        terms=tuple(
            Term(term=slug, scheme=naming.site.tag("category"), label=naming.labels[slug])
            for slug in event.categories
            if slug in naming.labels
        ),
        language=marked(naming.site.language),
    )


def _known_since(event: Event) -> datetime:
    return event.known_since or event.changed or ics.EVER


def _in_short(event: Event, naming: EventNaming) -> str:
    """``16 to 18 October 2012, Coventry``"""
    return ", ".join(filter(None, (when(event, naming.site.zone, interface(naming.site.language)), event.place)))


def _content(event: Event, naming: EventNaming) -> str:
    language = interface(naming.site.language)
    standing, last_day = standing_words(event, language), book_by(event, language)
    paragraphs = (
        f"<strong>{escape(standing)}</strong>" if standing else "",
        escape(_in_short(event, naming)),
        escape(event.text or ""),
        escape(gettext("Book by %(day)s", language, day=last_day)) if last_day else "",
        _links(event, naming, language),
    )
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph)


def _links(event: Event, naming: EventNaming, language: str) -> str:
    links = {
        gettext(link_words(bookable=can_be_booked(event)), language): address(event),
        gettext("Add to your calendar", language): naming.url(event.calendar_path) if event.standing.is_to_be else None,
    }
    return " · ".join(f'<a href="{escape(to)}">{escape(words, quote=False)}</a>' for words, to in links.items() if to)


# -- the page ---------------------------------------------------------------------------------------


def _page(
    events: Sequence[Event], naming: EventNaming, by_category: tuple[tuple[str, str], ...], environment: Environment
) -> bytes:
    shown = sorted(ics.in_order(events, naming.site.zone), key=lambda event: not event.standing.is_to_be)
    page = EventsPage(
        site_title=naming.site.title,
        site_url=naming.site.url,
        organisation=naming.site.organisation,
        language=interface(naming.site.language),
        site_language=theirs(None, naming.site.language),
        url=naming.url("events/"),
        events=tuple(_card(event, naming) for event in shown),
        calendar=f"../{CALENDAR}",
        calendar_url=naming.url(CALENDAR),
        webcal=_webcal(naming.url(CALENDAR)),
        feed=f"../{FEED}",
        by_category=by_category,
        data={"@context": _SCHEMA_ORG.rstrip("/"), "@graph": [_data(event, naming) for event in shown]},
    )
    return events_page(page, environment)


def events_page(page: EventsPage, environment: Environment) -> bytes:
    """The page in UTF-8, whole in itself: it loads nothing."""
    template = environment.get_template("site/events.html", globals={"language": page.language})
    return template.render(page=page).encode()


def _card(event: Event, naming: EventNaming) -> EventCard:
    first = event.begins_at(naming.site.zone).astimezone(naming.site.zone).date()
    shown = event_view(event, naming.site.zone, naming.site.language, calendar_url=f"../{event.calendar_path}")
    return EventCard(
        **{each.name: getattr(shown, each.name) for each in fields(shown)},
        starts=_machine_readable(event.starts, naming),
        ends=_machine_readable(event.ends, naming),
        day=str(first.day),
        month=month_words(first, interface(naming.site.language)),
        categories=tuple(naming.labels[slug] for slug in event.categories if slug in naming.labels),
    )


def _data(event: Event, naming: EventNaming) -> dict[str, Any]:
    """One event as schema.org has it; what is not known is left out, since a search engine refuses an empty value."""
    said = {
        "@type": "Event",
        "@id": naming.uri(event),
        "name": event.name,
        "description": event.text,
        "startDate": _machine_readable(event.starts, naming),
        # The last day, inclusive, as search engines want it; not iCalendar's day after.
        "endDate": _machine_readable(event.ends, naming),
        "eventStatus": _SCHEMA_ORG + _STATUS[event.standing],
        "eventAttendanceMode": f"{_SCHEMA_ORG}{'Online' if _is_online(event) else 'Offline'}EventAttendanceMode",
        "location": _location(event, naming),
        "url": address(event),
        "organizer": {"@type": "Organization", "name": naming.site.organisation, "url": naming.site.url},
    }
    return {name: value for name, value in said.items() if value is not None}


def _location(event: Event, naming: EventNaming) -> dict[str, str] | None:
    if event.place is None:
        return None
    if _is_online(event):
        return {"@type": "VirtualLocation", "url": address(event) or naming.url("events/")}
    return {"@type": "Place", "name": event.place, "address": event.place}


def _is_online(event: Event) -> bool:
    return event.place is not None and event.place.strip().casefold() in _ONLINE


def _machine_readable(time: date | datetime, naming: EventNaming) -> str:
    if isinstance(time, datetime):
        return time.astimezone(naming.site.zone).isoformat(timespec="minutes")
    return time.isoformat()
