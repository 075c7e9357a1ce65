"""The part of printing that is about events: calendars, their page, and their feed."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment

from solacefeed.deeds.publishing.output import Draft
from solacefeed.deeds.publishing.plan import EVENTS, Agenda, Place
from solacefeed.publish.event_documents import event_documents, event_entries
from solacefeed.publish.feeds import Feed, FeedDocument
from solacefeed.publish.ics import EventSite
from solacefeed.views.events import EventView, event_view, is_to_be

_WHY = "an event has changed, or is over"


class EventPrinting:
    """The events of one publish."""

    def __init__(self, place: Place, environment: Environment, to_do: Agenda) -> None:
        self._place = place
        self._environment = environment
        self._to_do = to_do
        names = place.naming.names
        self._site = EventSite(
            title=place.naming.site_title,
            site_url=place.site_url,
            base_url=place.naming.base_url,
            tag_authority=place.naming.tag_authority,
            language=place.naming.language,
            organisation=place.naming.organisation,
            zone=place.zone,
            labels={c.slug: names.label(c) for c in to_do.categories if names.shows(c)},
        )

    def document(self) -> FeedDocument:
        """The live document of the events' feed; one without events keeps the time of the last change."""
        naming = self._place.naming
        feed = Feed(
            key=EVENTS,
            id=naming.uri("feed/events"),
            title=f"Events - {naming.site_title}",
            name="Events",
            place="events",
            # Events stand in it, and no post.
            category_ids=frozenset(),
        )
        entries = tuple(event_entries(self._to_do.events, self._site))
        updated = max([self._to_do.events_changed_at, *(each.updated for each in entries)])
        return FeedDocument(feed=feed, naming=naming, entries=entries, updated=updated)

    def drafts(self) -> Iterator[Draft]:
        """The calendars and the page."""
        site, categories = self._site, self._to_do.categories
        for path, content in event_documents(self._to_do.events, categories, site, self._environment):
            yield Draft(path=path, content=content, feed=EVENTS, why=_WHY)

    def coming(self) -> tuple[EventView, ...]:
        """What the index page says of them."""
        zone, language = self._place.zone, self._place.naming.language
        return tuple(event_view(event, zone, language) for event in self._to_do.events if is_to_be(event))
