"""The same event, met in many places, as one.

Law: every value stands in one of the sightings, and ``known_from`` says in which; the days and times of an event come
from one sighting together, so no range is made of two. The outcome doesn't depend on the order of the sightings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from solacefeed.addresses import parsed
from solacefeed.events.mentions import kind_and_words, same_name, years
from solacefeed.models.events import EventStatus
from solacefeed.models.sightings import Certainty, KnownEvent, Origin, Sighting

_Span = tuple[date, date]

# Next year's event at the same address is another one.
_SAME_OCCASION = timedelta(days=183)


def merge(sightings: Iterable[Sighting], *, zone: tzinfo) -> tuple[KnownEvent, ...]:
    """One event for all *sightings* of it, by the first day.

    They are of one event when they share an address that is more than a host's and no names disagree, else when their
    names agree and their days, in *zone*, overlap. Only those that share a word of their names, or an address, are
    compared.
    """
    alike: dict[object, list[Sighting]] = {}
    for sighting in sorted(sightings, key=_exactness, reverse=True):
        alike.setdefault(_likeness(sighting), []).append(sighting)
    groups = _grouped([same_told[0] for same_told in alike.values()], zone)
    whole = ([sighting for one in group for sighting in alike[_likeness(one)]] for group in groups)
    made = (_known(sorted(group, key=_exactness, reverse=True), zone) for group in whole)
    return tuple(sorted(made, key=lambda known: _order(known, zone)))


def _likeness(sighting: Sighting) -> object:
    """The same for sightings that are of the same events: of hundreds of posts a few are left to compare."""
    told = sighting.told
    own = sighting.uid and (sighting.uid, sighting.source)
    said_at = sighting.said_at if told.starts is None or told.ends is None else None
    return (sighting.origin, own, told.name, told.url, told.starts, told.ends, told.year_said, said_at)


def _grouped(ordered: Sequence[Sighting], zone: tzinfo) -> list[list[Sighting]]:
    stale = _stale(ordered, zone)
    groups: list[list[Sighting]] = []
    found_by: dict[object, set[int]] = defaultdict(set)
    # What is left standing joins the event that it was of, and never ties that one to the next year's.
    for sighting in [*(one for one in ordered if id(one) not in stale), *(one for one in ordered if id(one) in stale)]:
        known, asked = _keys(sighting)
        near = sorted(set().union(*(found_by[key] for key in asked if key in found_by)))
        fitting = [at for at in near if any(same(sighting, other, zone) for other in groups[at])]
        if fitting:
            chosen = min(fitting, key=lambda at: _distance(sighting, groups[at], zone))
            groups[chosen].append(sighting)
        else:
            chosen = len(groups)
            groups.append([sighting])
        for key in known:
            found_by[key].add(chosen)
    return groups


def _keys(sighting: Sighting) -> tuple[list[object], list[object]]:
    """What a sighting is found by, and what it asks for: two of one event have one in common, so few are compared."""
    told = sighting.told
    shared: list[object] = [("uid", sighting.source, sighting.uid)] if sighting.uid is not None else []
    if address := _address(told.url):
        shared.append(("address", address))
    if told.name is None:
        return shared, shared
    kinds, words = kind_and_words(told.name)
    shared += [("word", kinds, word) for word in words]
    bare, of_kind = ("bare", kinds), ("kind", kinds)
    return [*shared, of_kind, *([] if words else [bare])], [*shared, bare if words else of_kind]


def _stale(sightings: Sequence[Sighting], zone: tzinfo) -> set[int]:
    """The ``id()`` of each sighting that is an echo of another."""
    by_days: dict[object, list[Sighting]] = {}
    for sighting in sightings:
        if sighting.told.starts is not None:
            by_days.setdefault(_in_the_year(_span(sighting, zone)), []).append(sighting)
    return {id(late) for alike in by_days.values() for late in _echoing(alike, zone)}


def _echoing(alike: Sequence[Sighting], zone: tzinfo) -> Iterator[Sighting]:
    """Those of *alike*, which have the same days of the year, that are an echo of another."""
    if len({_span(one, zone) for one in alike}) == 1:
        return
    found_by: dict[object, list[Sighting]] = defaultdict(list)
    for one in alike:
        for key in _keys(one)[0]:
            found_by[key].append(one)
    for late in alike:
        near = (early for key in _keys(late)[1] for early in found_by.get(key, ()))
        if any(_echoes(late, early, zone) and _of_one_name_or_address(late, early) for early in near):
            yield late


def _distance(sighting: Sighting, group: Sequence[Sighting], zone: tzinfo) -> tuple[bool, timedelta]:
    """How far the days of *group* are from those of *sighting*; an echo's are those that it echoes."""
    span = _span(sighting, zone)
    echoed = any(_echoes(sighting, other, zone) for other in group)
    return not echoed, min(_gap(span, _span(other, zone)) for other in group)


def _gap(one: _Span, other: _Span) -> timedelta:
    return max(one[0] - other[1], other[0] - one[1], timedelta())


def _exactness(sighting: Sighting) -> tuple[object, ...]:
    """Greatest for the most exact: by origin, by certainty, by what is said at all; then the newest."""
    told = sighting.told
    certain = told.certainty is Certainty.CERTAIN
    whose = (sighting.source, sighting.uid or "")
    return (sighting.origin, told.starts is not None, certain, sighting.said_at, *whose, repr(told))


def _order(known: KnownEvent, zone: tzinfo) -> tuple[object, ...]:
    first = known.sightings[0]
    return (_span(first, zone), known.name or "", known.url or "", first.source, first.uid or "")


# -- the same event ---------------------------------------------------------------------------------


def same(one: Sighting, other: Sighting, zone: tzinfo) -> bool:
    """Whether both are of one event."""
    if one.origin is other.origin and one.uid is not None and other.uid is not None:
        if one.uid == other.uid and (one.source == other.source or _by_name(one, other)):
            return True
        if one.source == other.source or one.origin is Origin.CONFIG:
            return False
    by_name, by_address = _by_name(one, other), _by_address(one, other)
    if not (by_name or by_address) or _speaks_of_another_year(one, other) or _speaks_of_another_year(other, one):
        return False
    span, its = _span(one, zone), _span(other, zone)
    near = abs(span[0] - its[0]) < _SAME_OCCASION
    overlap = span[0] <= its[1] and its[0] <= span[1]
    return (by_address and near) or (by_name and overlap) or _echo(one, other, zone)


def _of_one_name_or_address(one: Sighting, other: Sighting) -> bool:
    return _by_name(one, other) or _by_address(one, other)


def _by_name(one: Sighting, other: Sighting) -> bool:
    return one.told.name is not None and other.told.name is not None and same_name(one.told.name, other.told.name)


def _by_address(one: Sighting, other: Sighting) -> bool:
    nameless = one.told.name is None or other.told.name is None
    return _one_address(one.told.url, other.told.url) and (nameless or _by_name(one, other))


def _speaks_of_another_year(one: Sighting, other: Sighting) -> bool:
    said = years(one.told.name or "")
    if not said or other.told.starts is None or other.told.ends is None:
        return False
    return said.isdisjoint({str(other.told.starts.year), str(other.told.ends.year)})


def _one_address(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and _address(one) is not None and _address(one) == _address(other)


# Each is compared with many others.
@lru_cache(maxsize=4096)
def _address(url: str | None) -> str | None:
    """*url* without what makes no difference; ``None`` for a bare host, which is the address of no one event."""
    parts = parsed(url or "")
    path = parts.path.rstrip("/")
    return f"{parts.host.removeprefix('www.')}{path}?{parts.query}" if path or parts.query else None


def _span(sighting: Sighting, zone: tzinfo) -> _Span:
    """Its days; where they aren't said, those from the day it was told of on."""
    told = sighting.told
    if told.starts is None or told.ends is None:
        said = _day(sighting.said_at, zone)
        return said, said + _SAME_OCCASION
    return _day(told.starts, zone), _day(told.ends, zone)


def _day(moment: date | datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def _echo(one: Sighting, other: Sighting, zone: tzinfo) -> bool:
    return _echoes(one, other, zone) or _echoes(other, one, zone)


def _echoes(late: Sighting, early: Sighting, zone: tzinfo) -> bool:
    """Whether *late* is a paragraph left standing after its event, so that its days are read as those a year on."""
    if late.told.starts is None or early.told.starts is None or late.told.year_said or late.origin is not Origin.BLURB:
        return False
    later, earlier = _span(late, zone), _span(early, zone)
    return later > earlier and _in_the_year(later) == _in_the_year(earlier)


def _in_the_year(span: _Span) -> tuple[tuple[int, int], ...]:
    return tuple((day.month, day.day) for day in span)


# -- one of many ------------------------------------------------------------------------------------


def _known(group: Sequence[Sighting], zone: tzinfo) -> KnownEvent:
    said = (one for one in group if one.told.starts is not None)
    dated = next((one for one in said if not any(_echoes(one, other, zone) for other in group)), None)
    name = next((one for one in group if one.told.name is not None), None)
    place = next((one for one in group if one.told.place is not None), None)
    booking = next((one for one in group if one.told.url is not None), None)
    known_by = {"name": name, "place": place, "starts": dated, "url": booking}
    return KnownEvent(
        name=name.told.name if name else None,
        place=place.told.place if place else None,
        starts=dated.told.starts if dated else None,
        ends=dated.told.ends if dated else None,
        url=booking.told.url if booking else None,
        standing=_standing(group),
        certainty=dated.told.certainty if dated and name else Certainty.TENTATIVE,
        categories=next((one.categories for one in group if one.origin is Origin.CONFIG or one.categories), ()),
        known_from={attribute: sighting.source for attribute, sighting in known_by.items() if sighting},
        sightings=tuple(group),
    )


def _standing(group: Sequence[Sighting]) -> EventStatus:
    """As the most exact source says that speaks of it, and last: who calls off an event need not repeat its days."""
    latest = max(group, key=lambda sighting: (sighting.origin, sighting.said_at, sighting.told.standing.value))
    return latest.told.standing
