"""Permanent ids: an event keeps its id by its sightings, whatever becomes of its name and its days.

Law: each event has one id and no two have the same; an id once given stays with the event while one of its sightings
does, or one that is of the same event as one which is gone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from difflib import get_close_matches
from itertools import count

from solacefeed.events.merging import same
from solacefeed.models.sightings import KnownEvent, Origin, Sighting

_LONGEST = 60

#: So many ids are named of those that may have been meant.
_MOST_NEAR = 3


def named(events: Sequence[KnownEvent], *, gone: Sequence[Sighting] = (), zone: tzinfo) -> tuple[KnownEvent, ...]:
    """The *events* with their ids; *gone* are the sightings that were taken back since ids were last given."""
    given_back = {one.source for one in gone if one.origin is Origin.CONFIG}
    ways: tuple[Callable[[KnownEvent], Iterable[str]], ...] = (
        lambda event: _of_sightings(event, given_back),
        # What comes back as it was is what it was; of two that are alike another could have its id else.
        lambda event: _of_gone(event, gone, given_back, _is_the_very),
        lambda event: _of_gone(event, gone, given_back, lambda one, other: same(one, other, zone)),
        _made,
    )
    ids: dict[int, str] = {}
    for way in ways:
        for number, event in enumerate(events):
            if number not in ids:
                found = next((name for name in way(event) if name not in ids.values()), None)
                ids |= {number: found} if found is not None else {}
    return tuple(replace(event, id=ids[number]) for number, event in enumerate(events))


def nearest(wanted: str, ids: Collection[str]) -> list[str]:
    """Those of *ids* that may have been meant by *wanted*, the likeliest first."""
    words = _words(wanted)
    shared = {name: len(words & _words(name)) for name in ids}
    alike = sorted((name for name in ids if shared[name]), key=lambda name: (-shared[name], name))
    return list(dict.fromkeys([*get_close_matches(wanted, sorted(ids), n=1, cutoff=0.8), *alike]))[:_MOST_NEAR]


def _words(name: str) -> set[str]:
    return {word for word in name.split("-") if not word.isdigit()}


def _of_sightings(event: KnownEvent, given_back: Collection[str]) -> Iterable[str]:
    ids = [sighting.event_id for sighting in event.sightings if sighting.event_id is not None]
    return [name for name in ids if not _is_refused(event, name, given_back)]


def _of_gone(
    event: KnownEvent,
    gone: Sequence[Sighting],
    given_back: Collection[str],
    is_same: Callable[[Sighting, Sighting], bool],
) -> Iterator[str]:
    for sighting in event.sightings:
        for before in gone:
            name = before.event_id
            if name is not None and not _is_refused(event, name, given_back) and is_same(sighting, before):
                yield name


def _is_the_very(one: Sighting, other: Sighting) -> bool:
    return replace(one, event_id=None) == replace(other, event_id=None)


def _is_refused(event: KnownEvent, name: str, given_back: Collection[str]) -> bool:
    """Whether the config has changed the id *name* into another: it wants another event, not the old one."""
    first = event.sightings[0]
    return first.origin is Origin.CONFIG and first.event_id is None and name in given_back


def _made(event: KnownEvent) -> Iterator[str]:
    """The config's id, else name and year, ``solace-summit-2012``; beside such a one the whole date, or a number."""
    first = event.sightings[0]
    if first.origin is Origin.CONFIG:
        yield first.source
    words, dates = _letters(event.name or "event"), []
    if event.starts is not None:
        # A name may say its year already.
        dates = [str(event.starts.year), f"{event.starts:%Y-%m-%d}"]
        words = words.removesuffix(f"-{dates[0]}")
    yield from ("-".join([words, *dates[at : at + 1]]) for at in range(max(len(dates), 1)))
    yield from ("-".join([words, *dates[:1], str(number)]) for number in count(2))


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:_LONGEST].strip("-") or "event"
