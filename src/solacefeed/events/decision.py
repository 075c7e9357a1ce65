"""What the operator says of an event: it stands over all but the config."""

from __future__ import annotations

from dataclasses import replace

from solacefeed.models.sightings import Certainty, Decision, KnownEvent, Origin, Verdict

OPERATOR = "the operator"


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
