"""Which events a reader is told of, edition after edition: never past, never cancelled, never too often."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from solacefeed.models.deliveries import Message
from solacefeed.models.events import Event, EventStatus
from solacefeed.store.database import open_store
from tests.deeds.world import World
from tests.support.builders import LONDON, MONDAY, WEEK, a_digest, a_source_post, an_event
from tests.support.fakes import Act, SettableClock

SUMMIT = an_event(starts=date(2027, 2, 16), ends=date(2027, 2, 18))
HOUSING_DAY = an_event(id="housing-day", name="Housing Day", starts=date(2027, 2, 2), categories=("housing",))


def a_week_passes(world: World, *script: Act) -> None:
    """The blog has a new post, its edition is prepared and goes out."""
    number = str(len(world.editions()) + 1)
    world.appear(a_source_post(id=number, category_numbers=("1",), published=world.clock.now - timedelta(days=1)))
    world.prepare()
    world.deliver(*script)
    world.clock.forward(days=7)


def told(world: World, name: str) -> list[list[str]]:
    """The events in each mail that a reader has."""
    return [_named(m, world.events) for m in world.relay.mailbox if m.recipient == f"{name}@example.org"]


def _named(message: Message, events: tuple[Event, ...]) -> list[str]:
    part = message_from_bytes(message.content, policy=policy.default).get_body(("plain",))
    assert part is not None
    text = part.get_content()
    return [event.id for event in events for _ in range(text.count(f"/events/{event.id}.ics"))]


@pytest.fixture
def promoting(world: World) -> World:
    """A site that tells a reader of an event twice at most."""
    world.digest = a_digest(promote_times=2)
    world.events = (SUMMIT, HOUSING_DAY)
    return world


@pytest.mark.more
def test_a_reader_is_told_of_an_event_no_more_often_than_the_digest_wants(promoting: World) -> None:
    promoting.join("ann")
    for _ in range(4):
        a_week_passes(promoting)
    assert told(promoting, "ann") == [["summit", "housing-day"]] * 2 + [[]] * 2


@pytest.mark.more
def test_without_a_limit_every_edition_tells_of_it(promoting: World) -> None:
    promoting.digest = a_digest()
    promoting.join("ann")
    for _ in range(4):
        a_week_passes(promoting)
    assert told(promoting, "ann") == [["summit", "housing-day"]] * 4


@pytest.mark.more
def test_who_subscribes_late_is_told_as_often_as_the_others_were(promoting: World) -> None:
    promoting.join("ann")
    for _ in range(2):
        a_week_passes(promoting)
    promoting.join("ben")
    # Who joins after a closing is there from the next one on.
    for _ in range(4):
        a_week_passes(promoting)
    assert told(promoting, "ann")[2:] == [[], [], [], []]
    assert told(promoting, "ben") == [["summit", "housing-day"]] * 2 + [[]]


@pytest.mark.more
def test_a_copy_that_the_relay_refused_told_nobody(promoting: World) -> None:
    promoting.join("ann")
    a_week_passes(promoting, Act.REJECT)
    for _ in range(3):
        a_week_passes(promoting)
    assert told(promoting, "ann") == [["summit", "housing-day"]] * 2 + [[]]


@pytest.mark.more
def test_a_reader_who_chooses_anew_is_not_told_once_more(promoting: World) -> None:
    promoting.join("ann", categories=("housing",))
    for _ in range(2):
        a_week_passes(promoting)
    promoting.join("ann")
    a_week_passes(promoting)
    assert told(promoting, "ann") == [["summit", "housing-day"]] * 2 + [[]]


@pytest.mark.more
def test_readers_who_have_had_the_same_share_a_variant(promoting: World) -> None:
    promoting.join("ann", "ben")
    a_week_passes(promoting)
    promoting.join("cat")
    for _ in range(2):
        a_week_passes(promoting)
    variants = [promoting.variant_of(name, "weekly/2026-12-07").selection for name in ("ann", "ben", "cat")]
    assert variants[0] == variants[1] != variants[2]


def test_an_event_that_a_reader_has_had_makes_room_for_the_next_one(promoting: World) -> None:
    promoting.digest = a_digest(promote_times=1, promote_most=1)
    promoting.join("ann")
    for _ in range(3):
        a_week_passes(promoting)
    assert told(promoting, "ann") == [["housing-day"], ["summit"], []]


def test_an_event_moved_after_the_edition_was_frozen_stands_there_with_its_new_date(promoting: World) -> None:
    promoting.join("ann")
    promoting.appear(a_source_post(id="1"))
    promoting.prepare()
    promoting.events = (replace(SUMMIT, starts=date(2027, 3, 2), ends=date(2027, 3, 4), standing=EventStatus.MOVED),)
    promoting.deliver()
    variant = promoting.variants()["*"]
    assert variant.revision == 2
    assert "Tue 2 to Thu 4 March 2027, Harrogate\nNew date, in three months\n" in variant.text


@pytest.mark.parametrize("standing", [EventStatus.CANCELLED, EventStatus.POSTPONED])
def test_an_event_cancelled_after_the_edition_was_frozen_is_in_no_mail(promoting: World, standing: EventStatus) -> None:
    promoting.join("ann")
    promoting.appear(a_source_post(id="1"))
    promoting.prepare()
    promoting.events = (replace(SUMMIT, standing=standing), HOUSING_DAY)
    promoting.deliver()
    assert told(promoting, "ann") == [["housing-day"]]


def test_a_booking_link_names_its_edition_if_the_digest_says_so(promoting: World) -> None:
    promoting.digest = replace(a_digest(), utm={"source": "digest", "campaign": "EDITION"})
    promoting.join("ann")
    promoting.appear(a_source_post(id="1"))
    promoting.prepare()
    text = promoting.variants()["*"].text
    assert "summit?utm_source=digest&utm_campaign=weekly-2026-11-23\n" in text
    assert "events/summit.ics\n" in text


# -- generated half-years -------------------------------------------------------------------------------

ACTS = (*[Act.ACCEPT] * 6, Act.REJECT, Act.DEFER, Act.CUT_AFTER_THE_DOT)


def half_a_year(folder: Path, seed: int) -> None:
    """Events come, move and are cancelled, readers come and change their minds, the relay has its moods."""
    chance = random.Random(seed)
    store = open_store(f"sqlite:///{folder}/{seed}.db")
    world = World(store, clock=SettableClock(MONDAY))
    world.digest = a_digest(
        promote_times=chance.randint(1, 3),
        promote_most=chance.randint(1, 3),
        promote_ahead=timedelta(days=chance.randint(10, 120)),
        max_late=timedelta(days=chance.choice([2, 10, 20])),
    )
    world.events = tuple(_an_event(chance, number) for number in range(6))
    world.join("ann")
    for _ in range(10):
        seen = len(world.relay.mailbox)
        if chance.random() < 0.4:
            world.join(chance.choice(["ann", "ben", "cat"]), categories=chance.choice([None, ("housing",)]))
        a_week_passes(world, *chance.choices(ACTS, k=3))
        # A copy in doubt is offered once more as it was, whatever has changed since (docs/promises.md).
        before = {mail.message_id for mail in world.relay.mailbox[:seen]}
        _check_mails(world, [mail for mail in world.relay.mailbox[seen:] if mail.message_id not in before])
        world.events = tuple(_changed(chance, event, world.clock.now.date()) for event in world.events)
    for name in ("ann", "ben", "cat"):
        _check_reader(world, name)
    store.close()


def _an_event(chance: random.Random, number: int) -> Event:
    starts = MONDAY.date() + timedelta(days=chance.randint(-10, 100))
    categories = chance.choice([(), ("housing",), ("scotland",)])
    return an_event(
        id=f"event-{number}", starts=starts, ends=starts + timedelta(days=chance.randint(0, 3)), categories=categories
    )


def _changed(chance: random.Random, event: Event, today: date) -> Event:
    mood = chance.random() if event.ends >= today else 1
    if mood < 0.05:
        return replace(event, standing=EventStatus.CANCELLED)
    if mood < 0.1:
        later = timedelta(days=chance.randint(-20, 40))
        return replace(event, starts=event.starts + later, ends=event.ends + later, standing=EventStatus.MOVED)
    return event


def _check_mails(world: World, mails: list[Message]) -> None:
    """What the mails of this week tell of is to come at this moment, once each, and not too much."""
    sent_at = world.clock.now - WEEK
    for mail in mails:
        named = _named(mail, world.events)
        assert len(named) == len(set(named)) <= world.digest.promote_most
        for event in world.events:
            if event.id in named:
                assert event.standing in (EventStatus.SCHEDULED, EventStatus.MOVED)
                assert event.over_at(LONDON) > sent_at
                assert event.begins_at(LONDON) - world.digest.promote_ahead <= sent_at


def _check_reader(world: World, name: str) -> None:
    """No event stands in more editions to one reader than the digest wants; a second copy is no other edition."""
    mails = {m.message_id: m for m in world.relay.mailbox if m.recipient == f"{name}@example.org"}
    named = [event_id for mail in mails.values() for event_id in _named(mail, world.events)]
    assert all(named.count(event.id) <= world.digest.promote_times for event in world.events)


@pytest.mark.more
def test_over_a_generated_half_year_nobody_is_told_too_much(tmp_path: Path) -> None:
    half_a_year(tmp_path, 0)


@pytest.mark.slow
def test_over_many_generated_half_years_nobody_is_told_too_much(tmp_path: Path) -> None:
    for seed in range(100, 160):
        half_a_year(tmp_path, seed)
