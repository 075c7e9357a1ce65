"""What a calendar has answered, and how that answer is known again."""

from __future__ import annotations

from dataclasses import dataclass

from solacefeed.models.sightings import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What an earlier answer is known by (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarAnswer:
    """All that a calendar says of the days that are looked at."""

    sightings: tuple[Sighting, ...]
    validators: Validators = Validators()
    #: What of it was left out, in a line.
    note: str | None = None
    #: The same, a few words each; the first of them.
    left_out: tuple[str, ...] = ()
