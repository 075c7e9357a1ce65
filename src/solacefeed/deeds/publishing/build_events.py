"""The part of the build that is about events: calendars, their page, and their feed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from solacefeed.catalogue import gettext
from solacefeed.deeds.publishing.output import Draft
from solacefeed.deeds.publishing.plan import EVENTS, Plan, PublishSettings
from solacefeed.errors import in_a_line, is_about_one
from solacefeed.models.events import Event
from solacefeed.publish.event_documents import event_documents, event_entries
from solacefeed.publish.feeds import FeedDocument, feed_called
from solacefeed.publish.ics import EventNaming
from solacefeed.views.events import EventView, event_view
from solacefeed.words import interface

if TYPE_CHECKING:
    from jinja2 import Environment

_log = logging.getLogger(__name__)

T = TypeVar("T")

_WHY = "an event has changed, or is over"


class EventBuild:
    """The events of one publish."""

    def __init__(self, settings: PublishSettings, environment: Environment, plan: Plan) -> None:
        self._settings = settings
        self._environment = environment
        self._plan = plan
        self._events: Sequence[Event] = plan.events
        #: Why events can't be shown, by id.
        self.left_out: dict[str, str] = {}
        names = settings.naming.names
        self._event_naming = EventNaming(
            site=settings.site,
            labels={c.slug: names.label(c) for c in plan.categories if names.shows(c)},
        )

    def document(self) -> FeedDocument:
        """The live document of the events' feed; one without events keeps the time of the last change."""
        naming = self._settings.naming
        name = gettext("Events", interface(naming.site.language))
        # Events stand in it, and no post.
        feed = replace(feed_called(name, EVENTS, naming), category_ids=frozenset())
        entries = self._over(lambda events: event_entries(events, self._event_naming))
        updated = max([self._plan.events_changed_at, *(each.updated for each in entries)])
        return FeedDocument(feed=feed, naming=naming, entries=entries, updated=updated)

    def drafts(self) -> Iterator[Draft]:
        """The calendars and the page."""
        naming, categories = self._event_naming, self._plan.categories
        made = self._over(lambda events: list(event_documents(events, categories, naming, self._environment)))
        for path, content in made:
            yield Draft(path=path, content=content, feed=EVENTS, why=_WHY)

    def coming(self) -> tuple[EventView, ...]:
        """What the index page says of them."""
        zone, language = self._settings.site.zone, self._settings.naming.site.language
        return self._over(
            lambda events: tuple(event_view(event, zone, language) for event in events if event.standing.is_to_be)
        )

    def _over(self, make: Callable[[Sequence[Event]], T]) -> T:
        """What is made of all events; of those of which it can't be made alone, without them."""
        try:
            return make(self._events)
        except Exception as error:
            if not is_about_one(error):
                raise
            spoilt = {event.id: why for event in self._events if (why := _why_not(make, event))}
            if len(spoilt) == len(self._events) > 1:
                raise
            self.left_out |= spoilt
            self._events = [event for event in self._events if event.id not in self.left_out]
            return make(self._events)


def _why_not(make: Callable[[Sequence[Event]], object], event: Event) -> str | None:
    try:
        make([event])
    except Exception as error:
        if not is_about_one(error):
            raise
        _log.info("event %s can't be shown", event.id, exc_info=True)
        return f"it can't be shown: {in_a_line(error)}"
    return None
