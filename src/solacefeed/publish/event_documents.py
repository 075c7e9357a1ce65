"""All that is published of events: calendars, the entries of their feed, and the page for people.

The law: same events, same bytes. No clock is asked here: whoever hands the events over has left out those that are
over, and a page says a date, not how near it is.

How a deed publishes them, with *events* the store's to come and the lately cancelled::

    site = EventSite(title=..., site_url=..., base_url=..., tag_authority=..., language=..., organisation=..., zone=...,
                     labels={category.slug: names.label(category) for category in listed if names.shows(category)})
    for path, document in event_documents(events, listed, site, environment):   # also when there are none
        publish_file(folder, path, document)
    entries = event_entries(events, site)    # of the feed with the key ``events``, at ``events.atom`` and its like

Each path is claimed and remembered like every other document's, so that the calendar of an event that is over goes
with it. ``events.ics`` and ``events/index.html`` stand there without events too: somebody subscribes to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from html import escape
from typing import Any

from jinja2 import Environment

from solacefeed.models.events import Event, EventStatus
from solacefeed.models.posts import Category
from solacefeed.publish import ics
from solacefeed.publish.feeds import Entry, Term, branch, file_slug
from solacefeed.publish.ics import EventSite
from solacefeed.views.events import (
    STANDING_WORDS,
    EventView,
    address,
    book_by,
    can_be_booked,
    event_view,
    is_to_be,
    link_words,
    when,
)
from solacefeed.words import interface, marked, month_words, theirs

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
    events: Sequence[Event], categories: Sequence[Category], site: EventSite, environment: Environment
) -> Iterator[tuple[str, bytes]]:
    """Each document with its path below the feeds' folder.

    *categories* are all that the blog lists; those without a label in *site* are hidden and have no calendar.
    """
    yield CALENDAR, ics.calendar(events, site, path=CALENDAR, title=_title(site))
    by_category = list(_by_category(events, categories, site))
    for label, path, filed in by_category:
        yield path, ics.calendar(filed, site, path=path, title=f"{label} - {_title(site)}")
    for event in ics.in_order(events, site.zone):
        yield event.calendar_path, ics.single(event, site)
    calendars = tuple((label, _webcal(site.url(path))) for label, path, _ in by_category)
    yield PAGE, _page(events, site, calendars, environment)


def event_entries(events: Sequence[Event], site: EventSite) -> tuple[Entry, ...]:
    """The events as entries of a feed: the last one that was made known first."""
    newest_first = sorted(ics.in_order(events, site.zone), key=_known_since, reverse=True)
    return tuple(_entry(event, site) for event in newest_first)


def _title(site: EventSite) -> str:
    return f"Events - {site.title}"


def _by_category(
    events: Sequence[Event], categories: Sequence[Category], site: EventSite
) -> Iterator[tuple[str, str, list[Event]]]:
    """Label, path and events of each category that readers see and that has events of its own or below it."""
    shown = [category for category in categories if category.slug in site.labels]
    for category in sorted(shown, key=lambda c: (site.labels[c.slug].casefold(), c.id)):
        members = branch(category, categories)
        slugs = {other.slug for other in categories if other.id in members}
        if filed := [event for event in events if not slugs.isdisjoint(event.categories)]:
            yield site.labels[category.slug], f"category/{file_slug(category.slug, category.id)}/{CALENDAR}", filed


def _webcal(url: str) -> str:
    """*url* as the address that opens a calendar program."""
    return f"webcal:{url.partition(':')[2]}"


# -- entries ----------------------------------------------------------------------------------------


def _entry(event: Event, site: EventSite) -> Entry:
    known_since = _known_since(event)
    return Entry(
        id=site.uri(event),
        title=ics.summary(event),
        url=address(event) or site.url("events/"),
        author=site.organisation,
        published=known_since,
        updated=max(event.changed or known_since, known_since),
        summary=_in_short(event, site),
        content=_content(event, site),
        terms=tuple(
            Term(term=slug, scheme=f"tag:{site.tag_authority}:category", label=site.labels[slug])
            for slug in event.categories
            if slug in site.labels
        ),
        language=marked(site.language),
    )


def _known_since(event: Event) -> datetime:
    return event.known_since or event.changed or ics.EVER


def _in_short(event: Event, site: EventSite) -> str:
    """``16 to 18 October 2012, Coventry``"""
    return ", ".join(filter(None, (when(event, site.zone, site.language), event.place)))


def _content(event: Event, site: EventSite) -> str:
    standing, last_day = STANDING_WORDS.get(event.standing), book_by(event, site.language)
    paragraphs = (
        f"<strong>{escape(standing)}</strong>" if standing else "",
        escape(_in_short(event, site)),
        escape(event.text or ""),
        f"Book by {escape(last_day)}" if last_day else "",
        _links(event, site),
    )
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph)


def _links(event: Event, site: EventSite) -> str:
    links = {
        link_words(bookable=can_be_booked(event)): address(event),
        "Add to your calendar": site.url(event.calendar_path) if is_to_be(event) else None,
    }
    return " · ".join(f'<a href="{escape(to)}">{words}</a>' for words, to in links.items() if to)


# -- the page ---------------------------------------------------------------------------------------


def _page(
    events: Sequence[Event], site: EventSite, by_category: tuple[tuple[str, str], ...], environment: Environment
) -> bytes:
    shown = sorted(ics.in_order(events, site.zone), key=lambda event: not is_to_be(event))
    page = EventsPage(
        site_title=site.title,
        site_url=site.site_url,
        organisation=site.organisation,
        language=interface(site.language),
        site_language=theirs(None, site.language),
        events=tuple(_card(event, site) for event in shown),
        calendar=f"../{CALENDAR}",
        calendar_url=site.url(CALENDAR),
        webcal=_webcal(site.url(CALENDAR)),
        feed=f"../{FEED}",
        by_category=by_category,
        data={"@context": _SCHEMA_ORG.rstrip("/"), "@graph": [_data(event, site) for event in shown]},
    )
    return events_page(page, environment)


def events_page(page: EventsPage, environment: Environment) -> bytes:
    """The page in UTF-8, whole in itself: it loads nothing."""
    return environment.get_template("site/events.html").render(page=page).encode()


def _card(event: Event, site: EventSite) -> EventCard:
    first = event.begins_at(site.zone).astimezone(site.zone).date()
    shown = event_view(event, site.zone, site.language, calendar_url=f"../{event.calendar_path}")
    return EventCard(
        **{each.name: getattr(shown, each.name) for each in fields(shown)},
        starts=_machine_readable(event.starts, site),
        ends=_machine_readable(event.ends, site),
        day=str(first.day),
        month=month_words(first, interface(site.language)),
        categories=tuple(site.labels[slug] for slug in event.categories if slug in site.labels),
    )


def _data(event: Event, site: EventSite) -> dict[str, Any]:
    """One event as schema.org has it; what is not known is left out, since a search engine refuses an empty value."""
    said = {
        "@type": "Event",
        "@id": site.uri(event),
        "name": event.name,
        "description": event.text,
        "startDate": _machine_readable(event.starts, site),
        # The last day, inclusive, as search engines want it; not iCalendar's day after.
        "endDate": _machine_readable(event.ends, site),
        "eventStatus": _SCHEMA_ORG + _STATUS[event.standing],
        "eventAttendanceMode": f"{_SCHEMA_ORG}{'Online' if _is_online(event) else 'Offline'}EventAttendanceMode",
        "location": _location(event, site),
        "url": address(event),
        "organizer": {"@type": "Organization", "name": site.organisation, "url": site.site_url},
    }
    return {name: value for name, value in said.items() if value is not None}


def _location(event: Event, site: EventSite) -> dict[str, str] | None:
    if event.place is None:
        return None
    if _is_online(event):
        return {"@type": "VirtualLocation", "url": address(event) or site.url("events/")}
    return {"@type": "Place", "name": event.place, "address": event.place}


def _is_online(event: Event) -> bool:
    return event.place is not None and event.place.strip().casefold() in _ONLINE


def _machine_readable(time: date | datetime, site: EventSite) -> str:
    if isinstance(time, datetime):
        return time.astimezone(site.zone).isoformat(timespec="minutes")
    return time.isoformat()
