"""Generated weeks: whatever is known of events, an edition says nothing of them that is wrong, twice or too much."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.events.promotion import next_change, promotions
from solacefeed.models.events import Event, EventStatus, Promotion
from tests.support.builders import an_event
from tests.support.generated import examples

DAY = timedelta(days=1)
ZONES = tuple(map(ZoneInfo, ("Europe/London", "America/New_York", "Pacific/Auckland", "UTC")))
SLUGS = ("housing", "education", "scotland")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a digest wants, and what one of its readers chose."""

    ahead: timedelta
    most: int
    times: int
    zone: tzinfo
    slugs: frozenset[str] | None


def weeks(chance: random.Random, count: int) -> Iterator[tuple[tuple[Event, ...], datetime]]:
    """The events as they are known each week, and the moment at which an edition goes; over clock changes too."""
    now = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(minutes=chance.randrange(2 * 365 * 24 * 60))
    events = tuple(_an_event(chance, number, now.date()) for number in range(chance.randint(0, 6)))
    for _ in range(count):
        yield events, now
        now += 7 * DAY + timedelta(minutes=chance.randint(-600, 600))
        events = tuple(_changed(chance, event) for event in events)
        events += tuple(_an_event(chance, len(events) + new, now.date()) for new in range(chance.randint(0, 1)))


def _an_event(chance: random.Random, number: int, today: date) -> Event:
    first = today + chance.randint(-20, 120) * DAY
    last = first + chance.choice([0, 0, 1, 2, 9]) * DAY
    starts: date = first
    ends: date = last
    if chance.random() < 0.5:
        zone = chance.choice(ZONES)
        starts = datetime.combine(first, time(chance.randint(0, 20), chance.choice([0, 30])), zone)
        ends = datetime.combine(last, time(chance.randint(21, 23)), zone)
    event = an_event(
        id=f"e{number}", starts=starts, ends=ends, categories=tuple(chance.choices(SLUGS, k=chance.randint(0, 1)))
    )
    book_by = first - chance.randint(0, 30) * DAY if chance.random() < 0.3 else None
    return replace(event, standing=chance.choice([*[EventStatus.SCHEDULED] * 4, *EventStatus]), book_by=book_by)


def _changed(chance: random.Random, event: Event) -> Event:
    if chance.random() < 0.9:
        return event
    moved_by = chance.randint(-30, 30) * DAY
    return replace(
        event, starts=event.starts + moved_by, ends=event.ends + moved_by, standing=chance.choice(list(EventStatus))
    )


def check(chosen: tuple[Promotion, ...], now: datetime, policy: Policy) -> None:
    """The laws of one mail."""
    ids = [promotion.event.id for promotion in chosen]
    assert len(ids) == len(set(ids)) <= policy.most
    for promotion in chosen:
        event = promotion.event
        assert event.standing not in (EventStatus.CANCELLED, EventStatus.POSTPONED)
        assert event.begins_at(policy.zone) - policy.ahead <= now < event.over_at(policy.zone)
        assert policy.slugs is None or not event.categories or policy.slugs & set(event.categories)
        assert promotion.bookable == (event.book_by is None or now.astimezone(policy.zone).date() <= event.book_by)
        assert (promotion.nearness == "On now") == (event.begins_at(policy.zone) <= now)


def half_a_year(chance: random.Random, count: int) -> int:
    """So many weeks of one reader; returns how often anything was promoted."""
    policy = Policy(
        ahead=chance.choice([0, 7, 30, 60, 90, 180]) * DAY,
        most=chance.randint(0, 6),
        times=chance.choice([1, 2, 3, 4, 8, 26]),
        zone=chance.choice(ZONES),
        slugs=chance.choice([None, frozenset(), frozenset({"housing"}), frozenset(SLUGS)]),
    )
    told: Counter[str] = Counter()
    for events, now in weeks(chance, count):
        chosen = promotions(
            # A list in which an event stands twice must not bring it twice.
            chance.sample(events * 2, len(events) * 2),
            now,
            ahead=policy.ahead,
            most=policy.most,
            zone=policy.zone,
            language="en-GB",
            slugs=policy.slugs,
            withheld=frozenset(event for event, times in told.items() if times >= policy.times),
        )
        check(chosen, now, policy)
        told.update(promotion.event.id for promotion in chosen)
    assert max(told.values(), default=0) <= policy.times
    return told.total()


@settings(max_examples=examples(60))
@given(st.randoms(use_true_random=False))
def test_until_the_next_change_the_same_is_promoted_in_the_same_words(chance: random.Random) -> None:
    ahead, zone = chance.choice([0, 7, 60, 180]) * DAY, chance.choice(ZONES)
    for events, now in weeks(chance, 6):
        known = tuple(replace(each, known_since=_met(chance, now)) for each in events)
        then = next_change(known, now, ahead=ahead, zone=zone)
        last = (then or now + 400 * DAY) - timedelta(microseconds=1)
        between = now + chance.random() * (last - now)
        at_first, at_last, in_between = (
            promotions(known, at, ahead=ahead, most=9, zone=zone, language="en-GB", slugs=None)
            for at in (now, last, between)
        )
        assert at_first == in_between == at_last


def _met(chance: random.Random, now: datetime) -> datetime | None:
    return chance.choice([None, now - chance.randint(-2, 20) * DAY])


def test_while_nothing_is_promoted_days_change_nothing() -> None:
    event = an_event(starts=date(2027, 4, 13))
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    for ahead, instant in ((30, "2027-03-13T23:00"), (180, "2026-11-23T23:00")):
        then = next_change([event], monday, ahead=ahead * DAY, zone=ZoneInfo("Europe/Paris"))
        assert then == datetime.fromisoformat(f"{instant}+00:00")
    assert next_change([event], monday + 365 * DAY, ahead=30 * DAY, zone=UTC) is None


@settings(deadline=None, max_examples=examples(60))
@given(st.randoms(use_true_random=False))
def test_over_generated_weeks_nothing_past_cancelled_doubled_or_too_much_is_promoted(chance: random.Random) -> None:
    half_a_year(chance, 12)


@pytest.mark.slow
def test_over_a_hundred_thousand_generated_weeks_nothing_past_cancelled_doubled_or_too_much_is_promoted() -> None:
    promoted = sum(half_a_year(random.Random(seed), 25) for seed in range(4000))
    assert promoted > 30_000
