"""Ids are for good: one an event, never one for two, whatever is told and in whichever order."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from solacefeed.events.merging import merge
from solacefeed.events.permanence import named, nearest
from solacefeed.models.sightings import KnownEvent, Sighting
from tests.events.test_merging import LONDON, SIGHTINGS


def with_ids(sightings: list[Sighting], gone: list[Sighting]) -> tuple[KnownEvent, ...]:
    return named(merge(sightings, zone=LONDON), gone=gone, zone=LONDON)


def kept(events: tuple[KnownEvent, ...]) -> list[Sighting]:
    """The sightings as the store has them after a refresh."""
    return [replace(sighting, event_id=event.id) for event in events for sighting in event.sightings]


@given(sightings=SIGHTINGS)
def test_no_two_events_have_one_id_and_none_is_without(sightings: list[Sighting]) -> None:
    ids = [event.id for event in with_ids(sightings, [])]
    assert len(set(ids)) == len(ids)
    assert all(ids)


@given(sightings=SIGHTINGS, seed=st.integers())
def test_naming_twice_changes_nothing_in_whatever_order(sightings: list[Sighting], seed: int) -> None:
    once = with_ids(sightings, [])
    again = with_ids(random.Random(seed).sample(kept(once), len(sightings)), [])
    assert owned(again) == owned(once)


def owned(events: tuple[KnownEvent, ...]) -> dict[str, list[str]]:
    """What is told of each event, by its id."""
    return {event.id: sorted(repr(sighting.told) for sighting in event.sightings) for event in events}


@given(first=SIGHTINGS, more=SIGHTINGS)
def test_an_event_that_is_told_of_again_keeps_an_id_that_one_of_its_sightings_had(
    first: list[Sighting], more: list[Sighting]
) -> None:
    before = with_ids(first, [])
    after = with_ids([*kept(before), *more], [])
    for event in after:
        had = {sighting.event_id for sighting in event.sightings if sighting.event_id}
        # Where one event falls apart into two, the other one has a new id.
        others = {other.id for other in after if other is not event}
        assert event.id in had or had <= others


@given(sightings=SIGHTINGS)
def test_what_comes_back_after_it_was_taken_back_has_its_id_again(sightings: list[Sighting]) -> None:
    before = with_ids(sightings, [])
    assert {event.id for event in with_ids(sightings, kept(before))} == {event.id for event in before}


def test_the_nearest_ids_are_those_that_share_words_or_are_a_typing_error_away() -> None:
    ids = ["solace-summit-2012", "finance-forum-2012", "solace-summit-2013"]
    assert nearest("solace-sumit-2012", ids) == ["solace-summit-2012", "solace-summit-2013"]
    assert nearest("forum", ids) == ["finance-forum-2012"]
    assert nearest("gala-2012", ids) == []
