"""What the operator says of an event: it stands over all but the config."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum

from solacefeed.events.dates import Certainty
from solacefeed.events.merging import KnownEvent, Origin

OPERATOR = "the operator"


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


def in_config(event: KnownEvent) -> bool:
    """Whether ``[[events]]`` has it: then the operator's word stands there."""
    return event.sightings[0].origin is Origin.CONFIG


def decided(event: KnownEvent, decision: Decision | None) -> KnownEvent:
    """*event* as the operator wants it. Days that the operator wrote are certain."""
    if decision is None or in_config(event):
        return event
    edits = decision.edits
    said = {name: value for name in ("name", "place", "url") if (value := getattr(edits, name)) is not None}
    known_from = {**event.known_from, **dict.fromkeys(said, OPERATOR)}
    edited = replace(event, **said)
    if edits.starts is not None and edits.ends is not None:
        known_from["starts"] = OPERATOR
        edited = replace(edited, starts=edits.starts, ends=edits.ends, certainty=Certainty.CERTAIN)
    if decision.verdict is Verdict.CONFIRMED:
        edited = replace(edited, certainty=Certainty.CERTAIN)
    whole = edited.name is not None and edited.starts is not None
    certainty = edited.certainty if whole else Certainty.TENTATIVE
    return replace(edited, certainty=certainty, known_from=known_from, dismissed=decision.verdict is Verdict.DISMISSED)
