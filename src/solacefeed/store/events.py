"""Events: what each source told of them (sightings), and one row an event under its permanent id.

A sighting is never changed where its source may be asked for the past: what a calendar says anew stands in a new row,
and the old one holds until then. What posts and the config tell follows them as they are. An event's row stays for
ever; ``over`` and ``shown`` are facts that a step with a clock writes (``deeds.events.refresh``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, tzinfo
from typing import Any

import sqlalchemy as sa

from solacefeed.events.calendar_changes import retold
from solacefeed.models.events import Event, EventStatus, over_at
from solacefeed.models.sightings import Certainty, Decision, Edits, Origin, Sighting, Times, Understanding, Verdict
from solacefeed.store.database import among, update_all, upsert
from solacefeed.store.known_names import as_known, only_known
from solacefeed.store.schema import events, sightings

#: A source, and its own id for what it tells there.
Key = tuple[str, str]

_CALENDARS = (int(Origin.PAGE), int(Origin.CALENDAR))

#: Columns that say what an event is; ``certainty`` is for us alone.
_TOLD = ("name", "place", "starts", "ends", "url", "text", "categories", "standing", "certainty", "book_by")

# Asked by each look at events, and for each edition: built once.
_TOLD_AT = (
    sightings.select()
    .where(sightings.c.origin != Origin.CONFIG, sightings.c.said_at <= sa.bindparam("instant"))
    .where(sa.or_(sightings.c.until.is_(None), sightings.c.until > sa.bindparam("instant")))
    .order_by(sightings.c.id)
)
_OF_CONFIG = sa.select(sightings.c.source, sightings.c.event_id).where(
    sightings.c.origin == Origin.CONFIG, sightings.c.event_id.is_not(None)
)
_HEARD = sa.select(sa.func.max(sightings.c.id), sa.func.count(sightings.c.until)).where(
    sightings.c.origin.in_(_CALENDARS)
)
_SAID_AFTER = sa.select(sa.func.min(sightings.c.said_at)).where(sightings.c.said_at > sa.bindparam("instant"))
_DECIDED = events.select().where(events.c.decided_at.is_not(None)).order_by(events.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event as the store has it."""

    id: str
    #: All that is known of it, ``None`` where it is not; the columns of the same names.
    told: Mapping[str, Any]
    over: bool
    shown: bool
    #: ``None`` in a row of a release that knew of no last day to book.
    booking_over: bool | None
    sequence: int
    known_since: datetime
    changed: datetime

    @property
    def event(self) -> Event | None:
        """The event, where name and days are known."""
        if self.told["name"] is None or self.told["starts"] is None or self.told["ends"] is None:
            return None
        said = {name: value for name, value in self.told.items() if name != "certainty"}
        return Event(
            id=self.id,
            **said,
            booking_over=bool(self.booking_over),
            sequence=self.sequence,
            known_since=self.known_since,
            changed=self.changed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """An event as an edition's page tells it, also when it is over."""

    row: EventRow
    #: The operator said that it is no event, or none of ours.
    dismissed: bool
    #: A hash of how those pages last showed it; ``None`` before.
    shown_as: str | None


# -- sightings --------------------------------------------------------------------------------------


def told_at(connection: sa.Connection, instant: datetime) -> list[Sighting]:
    """What posts and calendars had told at *instant*."""
    return [_sighting(row) for row in connection.execute(_TOLD_AT, {"instant": instant})]


def of_config(connection: sa.Connection) -> dict[str, str]:
    """The event of each ``[[events]]`` that a refresh has met, by its id there."""
    return {row.source: row.event_id for row in connection.execute(_OF_CONFIG)}


def follow(connection: sa.Connection, origin: Origin, fresh: Mapping[Key, Sighting], *, at: datetime) -> list[Sighting]:
    """Makes the sightings of *origin*, posts or config, just *fresh*; returns those that are gone or read otherwise."""
    known = {(row.source, row.uid): row for row in connection.execute(_current(origin))}
    gone = [row for key, row in known.items() if key not in fresh]
    values = {key: _values(sighting) for key, sighting in fresh.items() if key in known}
    otherwise = {key: row for key, row in values.items() if row != {name: getattr(known[key], name) for name in row}}
    for some in among(connection, sightings.c.id, [row.id for row in gone]):
        connection.execute(sightings.delete().where(some))
    update_all(connection, sightings, [{"id": known[key].id} | row for key, row in otherwise.items()])
    _insert(connection, [(key, sighting) for key, sighting in fresh.items() if key not in known], seen_at=at)
    return [_sighting(row) for row in (*gone, *(known[key] for key in otherwise))]


def take_answer(
    connection: sa.Connection, source: str, answer: Sequence[Sighting], *, at: datetime, zone: tzinfo
) -> int:
    """Takes over the whole *answer* of the calendar *source*; returns how many sightings that changed.

    What the calendar lists no more is taken back, unless it was over by then: calendars forget what is past.
    """
    query = sightings.select().where(
        sightings.c.origin.in_(_CALENDARS), sightings.c.source == source, sightings.c.until.is_(None)
    )
    known = {row.uid: row for row in connection.execute(query)}
    ended: list[dict[str, Any]] = []
    fresh: list[tuple[Key, Sighting]] = []
    # In an order of our own: what was taken back first must not depend on how the calendar is sorted.
    for sighting in sorted(answer, key=lambda one: one.uid or ""):
        row = known.pop(sighting.uid or "", None)
        anew = sighting if row is None else retold(_sighting(row), sighting, zone=zone, at=at)
        if anew is not None:
            fresh.append(((source, sighting.uid or ""), anew))
            ended += [] if row is None else [{"id": row.id, "until": anew.said_at}]
    taken_away = [row for row in known.values() if not _was_over(_decoded(row.told), at, zone)]
    update_all(connection, sightings, [*ended, *({"id": row.id, "until": at} for row in taken_away)])
    _insert(connection, fresh, seen_at=at)
    return len(fresh) + len(taken_away)


def taken_back(connection: sa.Connection) -> list[Sighting]:
    """What calendars told once and hold no more: an event is known again by it."""
    query = sightings.select().where(sightings.c.until.is_not(None), sightings.c.event_id.is_not(None))
    return [
        _sighting(row)
        for row in connection.execute(query.order_by(sightings.c.until.desc(), sightings.c.source, sightings.c.uid))
    ]


def belong(connection: sa.Connection, owners: Mapping[str, Sequence[Sighting]]) -> None:
    """Writes down which event each of the sightings that hold is of."""
    wanted = {_identity(sighting): name for name, owned in owners.items() for sighting in owned}
    rows = connection.execute(sightings.select().where(sightings.c.until.is_(None)).order_by(sightings.c.id)).all()
    owned = ((row, wanted.get(_identity(_sighting(row)))) for row in rows)
    found = [{"id": row.id, "event_id": name} for row, name in owned if name is not None and name != row.event_id]
    update_all(connection, sightings, found)


def heard(connection: sa.Connection) -> tuple[object, ...]:
    """Changes with everything that calendars and the operator say."""
    numbers = connection.execute(_HEARD).one()
    return (*numbers, decisions(connection))


def said_after(connection: sa.Connection, instant: datetime) -> list[datetime]:
    """When more will be said: by posts that are dated ahead."""
    found = connection.execute(_SAID_AFTER, {"instant": instant}).scalars()
    return [each for each in found if each is not None]


def _current(origin: Origin) -> sa.Select[Any]:
    return sightings.select().where(sightings.c.origin == origin, sightings.c.until.is_(None))


def _insert(connection: sa.Connection, fresh: Iterable[tuple[Key, Sighting]], *, seen_at: datetime) -> None:
    rows = [
        {"source": source, "uid": uid, "seen_at": seen_at, "event_id": sighting.event_id} | _values(sighting)
        for (source, uid), sighting in fresh
    ]
    if rows:
        connection.execute(sightings.insert(), rows)


def _values(sighting: Sighting) -> dict[str, Any]:
    return {
        "origin": int(sighting.origin),
        "told": _encoded(sighting.told),
        "categories": list(sighting.categories),
        "said_at": sighting.said_at,
    }


def _sighting(row: sa.Row[Any]) -> Sighting:
    origin = as_known(Origin, row.origin)
    return Sighting(
        told=_decoded(row.told),
        origin=origin,
        source=row.source,
        said_at=row.said_at,
        # A post has no ids for what its paragraphs tell of: two of them may tell of one event.
        uid=None if origin is Origin.BLURB or not row.uid else row.uid,
        categories=tuple(row.categories),
        event_id=row.event_id,
    )


def _identity(sighting: Sighting) -> tuple[object, ...]:
    if sighting.origin is Origin.CONFIG:
        return (sighting.origin, sighting.source)
    return (sighting.origin, sighting.source, sighting.uid, sighting.said_at, repr(sighting.told))


def _was_over(told: Understanding, at: datetime, zone: tzinfo) -> bool:
    """Not where nobody can say: what a calendar tells no more it takes back then."""
    try:
        return told.ends is not None and over_at(told.ends, zone) <= at
    except (TypeError, OverflowError):
        return False


# -- events -----------------------------------------------------------------------------------------


def rows(connection: sa.Connection) -> dict[str, EventRow]:
    """Every event that was ever known, by id."""
    return {row.id: _row(row) for row in connection.execute(events.select().order_by(events.c.id))}


def write(connection: sa.Connection, found: Sequence[EventRow]) -> None:
    """Writes these rows; what the operator said of them stays."""
    values = [
        {
            **{name: _plain(row.told[name]) for name in _TOLD},
            "id": row.id,
            "over": row.over,
            "shown": row.shown,
            "booking_over": row.booking_over,
            "sequence": row.sequence,
            "known_since": row.known_since,
            "changed": row.changed,
        }
        for row in found
    ]
    upsert(connection, events, values, key=("id",))


def shown(connection: sa.Connection) -> list[Event]:
    """The events that documents show, by their beginning: those that are certain, and not long over or called off."""
    query = events.select().where(events.c.shown).order_by(events.c.starts, events.c.id)
    made = (_row(row).event for row in connection.execute(query))
    return [event for event in made if event is not None]


def kept(connection: sa.Connection) -> dict[str, KeptEvent]:
    """Every event that was ever known, by id, with what became of it."""
    return {
        row.id: KeptEvent(row=_row(row), dismissed=row.verdict == Verdict.DISMISSED, shown_as=row.shown_as)
        for row in connection.execute(events.select().order_by(events.c.id))
    }


def note_looks(connection: sa.Connection, marks: Mapping[str, str]) -> None:
    """Writes down how pages of editions show these events now."""
    update_all(connection, events, [{"id": event_id, "shown_as": mark} for event_id, mark in marks.items()])


def decisions(connection: sa.Connection, *, until: datetime | None = None) -> dict[str, Decision]:
    """What the operator has said by *until*, by event."""
    query = _DECIDED if until is None else _DECIDED.where(events.c.decided_at <= until)
    return {
        row.id: Decision(
            verdict=as_known(Verdict, row.verdict) if row.verdict else None,
            edits=_edits(row.edits or {}),
            decided_at=row.decided_at,
        )
        for row in connection.execute(query)
    }


def decide(connection: sa.Connection, event_id: str, decision: Decision) -> None:
    edits = {name: _plain(value) for name, value in asdict(decision.edits).items() if value is not None}
    connection.execute(
        events.update()
        .where(events.c.id == event_id)
        .values(
            verdict=decision.verdict.value if decision.verdict else None,
            edits=edits or None,
            decided_at=decision.decided_at,
        )
    )


def undecide(connection: sa.Connection, event_id: str) -> None:
    """Leaves an event as it is told: the operator has said nothing of it."""
    none = {"verdict": None, "edits": None, "decided_at": None}
    connection.execute(events.update().where(events.c.id == event_id).values(**none))


def decision_told(decision: Decision | None) -> dict[str, Any]:
    """*decision* as JSON; ``decision_of`` reads it again."""
    if decision is None:
        return {}
    edits = {name: _plain(value) for name, value in asdict(decision.edits).items() if value is not None}
    return {"verdict": decision.verdict, "edits": edits, "decided_at": decision.decided_at.isoformat()}


def decision_of(told: Mapping[str, Any]) -> Decision | None:
    if not told:
        return None
    return Decision(
        verdict=as_known(Verdict, told["verdict"]) if told["verdict"] else None,
        edits=_edits(told["edits"]),
        decided_at=datetime.fromisoformat(told["decided_at"]),
    )


def _row(row: sa.Row[Any]) -> EventRow:
    told = {name: getattr(row, name) for name in _TOLD}
    told |= {name: _moment(getattr(row, name)) for name in ("starts", "ends", "book_by")}
    told |= {"categories": tuple(row.categories)}
    told |= {"standing": as_known(EventStatus, row.standing), "certainty": as_known(Certainty, row.certainty)}
    return EventRow(
        id=row.id,
        told=told,
        over=row.over,
        shown=row.shown,
        booking_over=row.booking_over,
        sequence=row.sequence,
        known_since=row.known_since,
        changed=row.changed,
    )


# -- values as JSON and text ------------------------------------------------------------------------


def _encoded(told: Understanding) -> dict[str, Any]:
    return {
        name: {part: value and value.isoformat() for part, value in asdict(told.times).items()}
        if name == "times" and told.times
        else _plain(getattr(told, name))
        for name in (field.name for field in fields(told))
    }


def _decoded(told: Mapping[str, Any]) -> Understanding:
    only_known(told, Understanding)
    times = told["times"]
    return Understanding(
        **{
            **told,
            "starts": _moment(told["starts"]),
            "ends": _moment(told["ends"]),
            "times": Times(**{part: value and time.fromisoformat(value) for part, value in times.items()})
            if times
            else None,
            "standing": as_known(EventStatus, told["standing"]),
            "certainty": as_known(Certainty, told["certainty"]),
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, EventStatus | Certainty) else value


def _moment(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _edits(told: Mapping[str, Any]) -> Edits:
    only_known(told, Edits)
    days: dict[str, Any] = {name: _moment(told.get(name)) for name in ("starts", "ends")}
    return Edits(**{**told, **days})
