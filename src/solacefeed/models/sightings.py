"""What sources tell of events, one event as it is known from all of them, and what the operator says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time
from enum import IntEnum, StrEnum

from solacefeed.models.events import EventStatus


class Certainty(StrEnum):
    """``tentative`` is for an operator's eyes until confirmed."""

    CERTAIN = "certain"
    TENTATIVE = "tentative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When it begins on its first day and ends on its last, by the clock of the place."""

    opens: time
    #: ``None`` where only the beginning is said.
    closes: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """An event as one paragraph tells of it; ``None`` for what it does not say."""

    name: str | None = None
    place: str | None = None
    #: A date means all day; a datetime is an instant in UTC.
    starts: date | datetime | None = None
    #: All day: the last day, inclusive. The beginning itself where only that is said.
    ends: date | datetime | None = None
    #: By the clock of the place.
    times: Times | None = None
    #: Where to book.
    url: str | None = None
    standing: EventStatus = EventStatus.SCHEDULED
    certainty: Certainty = Certainty.TENTATIVE
    #: Whether the year is said, so that it did not have to be found.
    year_said: bool = False
    #: Why an attribute is missing, by its name; and under "certainty" why the event is tentative.
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_day(self) -> bool:
        return self.starts is not None and not isinstance(self.starts, datetime)


class Origin(IntEnum):
    """Where an event is met; the greater is the more exact. What the operator says stands above all but the config."""

    BLURB = 1
    PAGE = 2
    CALENDAR = 3
    CONFIG = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An event as one source tells of it."""

    told: Understanding
    origin: Origin
    #: Where, for the operator: the id of a post, the address of a calendar, the id in the config.
    source: str
    #: When the source said so: a post's publication, a calendar's last change.
    said_at: datetime
    #: The source's own permanent id for it; two of one source with different ids are two events.
    uid: str | None = None
    #: Slugs of those whom the source says it for; empty for everyone.
    categories: tuple[str, ...] = ()
    #: The permanent id of the event that it is of; ``None`` before the store has given one.
    event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEvent:
    """One event, and where each attribute is known from."""

    #: Permanent, and ours (see ``events.permanence``); empty until it is named.
    id: str = ""
    name: str | None
    place: str | None
    starts: date | datetime | None
    ends: date | datetime | None
    url: str | None
    standing: EventStatus
    certainty: Certainty
    #: Slugs; empty means that it is for everyone.
    categories: tuple[str, ...] = ()
    #: The operator has said that it is none, or none of ours.
    dismissed: bool = False
    #: The ``source`` of each attribute that is known, "starts" standing for all that is said of time.
    known_from: Mapping[str, str] = field(default_factory=dict)
    #: The most exact first.
    sightings: tuple[Sighting, ...]


class Verdict(StrEnum):
    """``confirmed``: it is right as it stands; ``dismissed``: it is no event, or none of ours."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What the operator wrote instead; ``None`` for what stands as it is told. Days come together."""

    name: str | None = None
    place: str | None = None
    starts: date | datetime | None = None
    ends: date | datetime | None = None
    url: str | None = None

    def over(self, before: Edits) -> Edits:
        """These, and what was written *before* where they say nothing."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(before, **{name: value for name, value in said.items() if value is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All that the operator said of one event."""

    verdict: Verdict | None = None
    edits: Edits = Edits()
    decided_at: datetime
