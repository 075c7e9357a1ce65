"""The vocabulary of the events' tests: a site of which posts, calendars, the config and the operator tell events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from solacefeed.deeds.events.calendars import CalendarsResult, ask_calendars
from solacefeed.deeds.events.known_events import known_events
from solacefeed.deeds.events.refresh import refresh_events
from solacefeed.models.blog import SourcePost
from solacefeed.models.events import Calendar, CalendarKind, Event, EventStatus
from solacefeed.models.posts import Blurb, Reading
from solacefeed.models.sightings import Certainty, KnownEvent, Origin, Sighting, Understanding
from solacefeed.ports import Batch
from solacefeed.sources.calendar_answers import CalendarAnswer, Validators
from solacefeed.store import calendars, events
from solacefeed.store.calendars import CalendarNotes
from solacefeed.store.events import EventRow
from tests.deeds.world import World
from tests.support.builders import LONDON, a_reading, a_source_post

BOOKING = "https://events.example.org/summit/"


def a_blurb(text: str, *links: str) -> Blurb:
    return Blurb(text=text, links=links or (BOOKING,))


def listed(
    uid: str = "1",
    *,
    name: str = "Chief Officers' Summit",
    starts: date | datetime = date(2027, 4, 13),
    ends: date | datetime | None = None,
    place: str | None = "Harrogate",
    url: str | None = BOOKING,
    standing: EventStatus = EventStatus.SCHEDULED,
    certainty: Certainty = Certainty.CERTAIN,
    said: datetime | None = None,
    calendar: str = "events",
) -> Sighting:
    """An event as a calendar lists it; *said* when it was asked where that is ``None``."""
    told = Understanding(
        name=name,
        place=place,
        starts=starts,
        ends=ends or starts,
        url=url,
        standing=standing,
        certainty=certainty,
        year_said=True,
    )
    # Replaced by the moment at which the calendar is asked.
    never = datetime.max.replace(tzinfo=UTC)
    return Sighting(told=told, origin=Origin.CALENDAR, source=f"calendar {calendar}", said_at=said or never, uid=uid)


@dataclass
class EventWorld:
    """A site on one store; its clock is the world's."""

    world: World
    configured: list[Event] = field(default_factory=list)
    #: What each calendar answers: its events, an error, or ``None`` for unchanged.
    answers: dict[str, list[Sighting] | Exception | None] = field(default_factory=dict)
    asked: list[tuple[str, Validators]] = field(default_factory=list)
    _blurbs: dict[str, tuple[Blurb, ...]] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.world.clock.now

    def at(self, moment: datetime) -> None:
        self.world.clock.now = moment

    # -- who tells ---------------------------------------------------------------------------------

    def post(self, number: str, *blurbs: Blurb, published: datetime | None = None) -> None:
        """A post with these paragraphs, or the same one edited."""
        self._blurbs[number] = blurbs
        when = published or self.now
        modified = max(self.now, when)
        post = a_source_post(id=number, published=when, modified=modified)
        self.world.blog_says(Batch(posts=(post,)), read=self._read)

    def _read(self, post: SourcePost) -> Reading:
        return replace(a_reading(post), blurbs=self._blurbs[post.number or ""])

    def ask(self) -> CalendarsResult:
        """One poll's look at the calendars that have an answer."""
        wanted = [
            Calendar(
                name=name,
                address=f"https://{name}.example.org/",
                kind=CalendarKind.ICS,
                every=timedelta(hours=6),
            )
            for name in sorted(self.answers)
        ]
        return ask_calendars(
            self.world.store, self.world.clock, wanted, self._answer, LONDON, on_batch=lambda _count: None
        )

    def _answer(self, calendar: Calendar, validators: Validators, now: datetime) -> CalendarAnswer | None:
        self.asked.append((calendar.name, validators))
        answer = self.answers[calendar.name]
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return None
        dated = tuple(replace(one, said_at=min(one.said_at, now)) for one in answer)
        return CalendarAnswer(sightings=dated, validators=Validators(etag='"1"'))

    # -- what is known -----------------------------------------------------------------------------

    def refresh(self) -> int:
        return refresh_events(self.world.store, self.world.clock, self.configured, LONDON)

    def tell(self) -> dict[str, EventRow]:
        """Asks the calendars, refreshes, and gives what the store has."""
        self.ask()
        self.refresh()
        return self.rows()

    def rows(self) -> dict[str, EventRow]:
        with self.world.store.read() as connection:
            return events.rows(connection)

    def row(self) -> EventRow:
        (only,) = self.rows().values()
        return only

    def shown(self) -> list[Event]:
        with self.world.store.read() as connection:
            return events.shown(connection)

    def known(self, *, at: datetime | None = None) -> tuple[KnownEvent, ...]:
        with self.world.store.read() as connection:
            return known_events(connection, self.configured, at or self.now, LONDON)

    def notes(self) -> dict[str, CalendarNotes]:
        with self.world.store.read() as connection:
            return calendars.notes(connection)

    def everything(self) -> Iterator[str]:
        """Every row that has to do with events."""
        with self.world.store.read() as connection:
            for table in ("events", "sightings", "calendars"):
                yield from sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {table}").all()))
