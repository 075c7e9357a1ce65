"""The part of the build that is about events: calendars, their page, and their feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from solacefeed.deeds.publishing.output import Draft
from solacefeed.deeds.publishing.plan import EVENTS, Plan, PublishSettings
from solacefeed.publish.event_documents import event_documents, event_entries
from solacefeed.publish.feeds import FeedDocument, feed_called
from solacefeed.publish.ics import EventNaming
from solacefeed.views.events import EventView, event_view

if TYPE_CHECKING:
    from jinja2 import Environment

_WHY = "an event has changed, or is over"


class EventBuild:
    """The events of one publish."""

    def __init__(self, settings: PublishSettings, environment: Environment, plan: Plan) -> None:
        self._settings = settings
        self._environment = environment
        self._plan = plan
        names = settings.naming.names
        self._event_naming = EventNaming(
            site=settings.site,
            labels={c.slug: names.label(c) for c in plan.categories if names.shows(c)},
        )

    def document(self) -> FeedDocument:
        """The live document of the events' feed; one without events keeps the time of the last change."""
        naming = self._settings.naming
        # Events stand in it, and no post.
        feed = replace(feed_called("Events", EVENTS, naming), category_ids=frozenset())
        entries = tuple(event_entries(self._plan.events, self._event_naming))
        updated = max([self._plan.events_changed_at, *(each.updated for each in entries)])
        return FeedDocument(feed=feed, naming=naming, entries=entries, updated=updated)

    def drafts(self) -> Iterator[Draft]:
        """The calendars and the page."""
        naming, categories = self._event_naming, self._plan.categories
        for path, content in event_documents(self._plan.events, categories, naming, self._environment):
            yield Draft(path=path, content=content, feed=EVENTS, why=_WHY)

    def coming(self) -> tuple[EventView, ...]:
        """What the index page says of them."""
        zone, language = self._settings.site.zone, self._settings.naming.site.language
        return tuple(event_view(event, zone, language) for event in self._plan.events if event.standing.is_to_be)
