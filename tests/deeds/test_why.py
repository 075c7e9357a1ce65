"""Why a reader got what they got of an edition, and why not the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.deeds.editions.why import Why, why
from solacefeed.deeds.editions.why_known import asked_for
from solacefeed.deeds.people.choose import choose, pause
from solacefeed.digest.selection import order_of
from solacefeed.errors import UsageError
from solacefeed.models.digests import Cadence, CadenceKind, Closing
from solacefeed.ports import Batch
from solacefeed.store import categories, deliveries, variants
from solacefeed.store.database import open_store
from tests.deeds.world import World
from tests.store.releases import rows
from tests.support.builders import LONDON, MONDAY, MONDAYS_AT_SEVEN, WEDNESDAY, WEEK, a_digest, a_source_post, weekly
from tests.support.fakes import Act

BUDGET = a_source_post(id="1", title="The quiet budget", category_numbers=("2",))
TRAMS = a_source_post(id="2", title="Trams again", category_numbers=("3",), published=WEDNESDAY + timedelta(hours=1))
FIRST = "weekly/2026-11-23"
NEXT = "weekly/2026-11-30"


def asked(world: World, name: str = "ann", edition_id: str = FIRST) -> Why:
    with world.store.read() as connection:
        names = {each.id: each.name for each in categories.everything(connection)}
        return why(
            connection,
            asked_for(connection, edition_id, [world.digest], LONDON, world.clock.now),
            f"{name}@example.org",
            zone=LONDON,
            order=order_of(names),
            labels=names,
        )


def lines(told: Why) -> dict[str, tuple[bool, str, str]]:
    return {line.post_id: (line.brought, line.verdict, line.why) for line in told.lines}


def brought(told: Why) -> list[str]:
    return [line.post_id for line in told.lines if line.brought]


def mailed(world: World, *acts: Act, **wanted: tuple[str, ...] | None) -> None:
    for name, slugs in wanted.items():
        world.join(name, categories=slugs)
    world.appear(BUDGET, TRAMS)
    world.prepare()
    world.deliver(*acts)


def test_each_post_is_in_or_out_with_what_decided_it(world: World) -> None:
    mailed(world, ann=("housing",))
    told = asked(world)
    assert lines(told) == {
        "1": (
            True,
            "picked",
            "the choice of Housing counts from 2026-11-16 07:00 UTC, and it settled 2026-11-18 09:30 UTC",
        ),
        "2": (False, "not chosen", "it is filed under Scotland, which is not chosen"),
    }
    assert told.subscription == "confirmed, weekly (changed 2026-11-23 08:00 UTC by the operator)"
    assert told.choice == "Housing (from 2026-11-16 07:00 UTC)"
    assert (told.copy or "").startswith("accepted 2026-11-23 08:00 UTC")
    assert (told.nothing, told.unknown, told.frozen_at) == (None, (), MONDAY)
    assert (told.starts, told.ends) == (MONDAY - WEEK - timedelta(hours=1), MONDAY - timedelta(hours=1))


def test_a_second_copy_that_was_given_up_hides_no_first_one(world: World) -> None:
    world.join("ann")
    world.appear(BUDGET)
    world.prepare()
    world.deliver()
    world.send_again("ann")
    world.leave("ann")
    world.deliver()
    said = asked(world).copy or ""
    assert said.startswith("cancelled 2026-11-23 08:00 UTC: the subscription ended")
    assert "; it came when it was offered or sent before, or may have come" in said


@pytest.mark.more
def test_who_ended_it_after_it_was_frozen_is_told_as_such_and_that_their_copy_will_not_go(world: World) -> None:
    world.join("ann", "ben")
    world.appear(BUDGET)
    world.prepare()
    world.clock.forward(hours=1)
    world.leave("ann")
    told = asked(world)
    assert told.subscription == "confirmed, weekly (changed 2026-11-23 08:00 UTC by the operator)"
    assert told.since == "ended, weekly (changed 2026-11-23 09:00 UTC by the reader: as they asked you)"
    assert told.copy == (
        "pending 2026-11-23 08:00 UTC; it will not go, for nothing of this digest is mailed to them now"
    )
    others = asked(world, "ben")
    assert (others.since, others.copy) == (None, "pending 2026-11-23 08:00 UTC")
    world.deliver()
    assert (asked(world).copy or "").startswith("cancelled 2026-11-23 09:00 UTC: the subscription ended")


@pytest.mark.more
def test_what_the_reader_got_stands_first_in_the_order_of_the_mail(world: World) -> None:
    mailed(world, ann=None)
    assert [line.post_id for line in asked(world).lines] == ["2", "1"]
    world.clock.forward(days=7)
    world.appear(a_source_post(id="3", published=WEDNESDAY + WEEK))
    world.prepare()
    assert [(line.post_id, line.brought) for line in asked(world, edition_id=NEXT).lines] == [
        ("3", True),
        ("2", False),
        ("1", False),
    ]


@pytest.mark.more
def test_a_post_that_was_got_before_is_told_with_the_copy_that_brought_it(world: World) -> None:
    mailed(world, ann=None)
    world.clock.forward(days=7)
    world.appear(a_source_post(id="3", published=WEDNESDAY + WEEK))
    world.prepare()
    is_in, verdict, words = lines(asked(world, edition_id=NEXT))["1"]
    assert (is_in, verdict) == (False, "got")
    assert words == f"it was got by {FIRST} (accepted 2026-11-23 08:00 UTC)"


@pytest.mark.more
def test_a_post_is_free_again_whose_copy_came_to_nothing_and_the_next_edition_brings_it(world: World) -> None:
    mailed(world, Act.REJECT, ann=None, ben=None)
    assert (asked(world).copy or "").startswith("rejected 2026-11-23 08:00 UTC: ")
    world.clock.forward(days=7)
    world.prepare()
    assert lines(asked(world, edition_id=NEXT))["1"][:2] == (True, "picked")
    assert "no copy" not in {line.verdict for line in asked(world, "ben", NEXT).lines}


@pytest.mark.more
def test_a_copy_that_came_to_nothing_only_after_the_next_edition_was_frozen_is_told_so(world: World) -> None:
    world.digest = replace(a_digest(), max_late=timedelta(days=9))
    mailed(world, Act.DEFER, ann=None)
    world.clock.forward(days=7)
    world.appear(a_source_post(id="3", published=WEDNESDAY + WEEK))
    world.prepare()
    words = lines(asked(world, edition_id=NEXT))["1"][2]
    assert words == f"it is promised by {FIRST}, whose copy is pending"
    world.clock.forward(hours=1)
    world.deliver(Act.REJECT)
    words = lines(asked(world, edition_id=NEXT))["1"][2]
    assert words == f"it was promised by {FIRST} then, whose copy was rejected 2026-11-30 09:00 UTC: it is free again"


def test_posts_that_nobody_gets_are_told_with_their_reasons(world: World) -> None:
    world.digest = replace(a_digest(), settle=timedelta(minutes=30))
    world.join("ann")
    closing = MONDAY - timedelta(hours=1)
    world.appear(
        BUDGET,
        a_source_post(id="2", title="Late", published=closing - timedelta(minutes=10)),
        a_source_post(id="3", title="Gone", published=WEDNESDAY),
    )
    world.vanish("3")
    old = a_source_post(id="4", title="Old", published=WEDNESDAY - timedelta(days=40))
    world.clock.now, now = WEDNESDAY + timedelta(days=1), world.clock.now
    world.blog_says(Batch(posts=(old,)))
    world.clock.now = now
    world.prepare()
    found = lines(asked(world))
    assert {post_id: each[:2] for post_id, each in found.items()} == {
        "1": (True, "picked"),
        "2": (False, "unsettled"),
        "3": (False, "gone"),
        "4": (False, "back-dated"),
    }
    assert found["2"][2] == "it settles 2026-11-23 07:20 UTC, not before the closing: it waits for the next edition"
    assert found["4"][2] == "it was published 2026-10-09 09:30 UTC, more than 30 days before it was first seen"


@pytest.mark.more
def test_a_post_that_was_withdrawn_later_was_public_then(world: World) -> None:
    mailed(world, ann=None)
    world.clock.forward(hours=5)
    world.vanish("1")
    assert lines(asked(world))["1"][:2] == (True, "picked")
    world.clock.forward(days=7)
    assert lines(asked(world, edition_id=NEXT))["1"][:2] == (False, "gone")


def test_a_past_choice_is_told_as_it_was_then(world: World) -> None:
    mailed(world, ann=("housing",))
    world.clock.forward(hours=5)
    choose(world.store, world.clock, world.digest, LONDON, who="ann@example.org", slugs=("scotland",))
    assert asked(world).choice == "Housing (from 2026-11-16 07:00 UTC)"
    assert lines(asked(world))["2"][1] == "not chosen"


def test_a_category_that_was_chosen_later_brings_no_back_catalogue(world: World) -> None:
    mailed(world, ann=("housing",))
    world.clock.forward(hours=5)
    choose(world.store, world.clock, world.digest, LONDON, who="ann@example.org", slugs=("housing", "scotland"))
    world.clock.forward(days=7)
    told = asked(world, edition_id=NEXT)
    assert lines(told)["2"] == (
        False,
        "before the choice",
        "it settled 2026-11-18 10:30 UTC, and the choice of Scotland counts from 2026-11-23 07:00 UTC",
    )


# -- who got nothing -----------------------------------------------------------------------------------


def test_who_came_later_was_not_subscribed_then(world: World) -> None:
    mailed(world, ann=None)
    world.clock.forward(hours=5)
    world.join("ben")
    told = asked(world, "ben")
    assert (told.copy, told.choice, told.subscription) == (None, None, "none; one began 2026-11-23 13:00 UTC")
    assert told.nothing == "they were not subscribed when it was frozen (2026-11-23 08:00 UTC)"


def test_who_had_left_is_told_by_whom_and_when(world: World) -> None:
    world.join("ben")
    world.leave("ben")
    mailed(world, ann=None)
    assert asked(world, "ben").nothing == "their subscription was ended 2026-11-23 08:00 UTC by the reader"


@pytest.mark.more
def test_who_pauses_gets_nothing(world: World) -> None:
    world.join("ben")
    pause(world.store, world.clock, world.digest, LONDON, who="ben@example.org", until=MONDAY + WEEK)
    mailed(world, ann=None)
    told = asked(world, "ben")
    assert told.nothing == "their subscription was paused 2026-11-23 08:00 UTC by the reader"
    assert told.subscription.endswith(", until 2026-11-30 08:00 UTC")


@pytest.mark.more
def test_who_has_another_cadence_gets_no_edition_of_this_one(world: World) -> None:
    monthly = Cadence(kind=CadenceKind.MONTHLY, closings=(Closing(weekday=0, at=MONDAYS_AT_SEVEN.at, week=1),))
    world.digest = replace(a_digest(), cadences=(weekly(MONDAYS_AT_SEVEN), monthly))
    world.join("ben")
    choose(world.store, world.clock, world.digest, LONDON, who="ben@example.org", cadence=CadenceKind.MONTHLY)
    mailed(world, ann=None)
    assert asked(world, "ben").nothing == "they have the monthly cadence, and this is weekly"


@pytest.mark.more
def test_for_whom_there_was_nothing_is_told_so(world: World) -> None:
    mailed(world, ann=("housing",), ben=("homelessness",), cat=("scotland",))
    world.clock.forward(days=7)
    world.appear(a_source_post(id="3", category_numbers=("3",), published=WEDNESDAY + WEEK))
    world.prepare()
    assert asked(world, "ben", NEXT).nothing == "none of the posts that it could bring is for them"


def test_of_an_edition_that_was_skipped_its_reason_is_told(world: World) -> None:
    world.join("ann")
    world.prepare()
    assert asked(world).nothing == "the edition is skipped: no new posts"


@pytest.mark.more
def test_an_address_that_nobody_has_and_an_edition_that_there_is_not_are_refused(world: World) -> None:
    mailed(world, ann=None)
    with pytest.raises(UsageError, match=r"ben@example\.org is nobody's address here"):
        asked(world, "ben")
    with pytest.raises(UsageError, match="there is no edition weekly/2031-01-06, nor is it the next one"):
        asked(world, edition_id="weekly/2031-01-06")


# -- what is to come -----------------------------------------------------------------------------------


@pytest.mark.more
def test_the_next_edition_is_told_as_it_would_be_now(world: World) -> None:
    mailed(world, ann=None)
    world.clock.forward(days=2)
    world.appear(a_source_post(id="3", published=MONDAY + timedelta(days=1)))
    told = asked(world, edition_id=NEXT)
    assert (told.state, told.frozen_at) == (None, None)
    assert told.nothing == "it is not frozen yet: this is as it would be now"
    assert {post_id: each[:2] for post_id, each in lines(told).items()} == {
        "3": (True, "picked"),
        "2": (False, "got"),
        "1": (False, "got"),
    }


@pytest.mark.more
def test_what_is_told_of_the_next_edition_is_what_comes(world: World) -> None:
    mailed(world, Act.REJECT, ann=("housing",), ben=None, cat=("scotland",))
    world.clock.forward(days=6)
    world.appear(a_source_post(id="3", category_numbers=("1", "3"), published=MONDAY + timedelta(days=1)))
    before = {
        name: [line.post_id for line in asked(world, name, NEXT).lines if line.brought] for name in ("ann", "ben")
    }
    world.clock.forward(days=1)
    world.prepare()
    variants = world.variants(NEXT)
    after = {
        name: [pick.post_id for pick in variants[copy.selection].picks]
        for name, copy in world.copies().items()
        if name in before and copy.edition_id == NEXT
    }
    assert before == after == {"ann": ["3", "1"], "ben": ["3"]}


@pytest.mark.more
def test_at_most_so_many_of_each_reason_are_shown_and_all_that_came(world: World) -> None:
    mailed(world, ann=None)
    world.clock.forward(days=7)
    world.appear(a_source_post(id="3", published=WEDNESDAY + WEEK))
    world.prepare()
    assert [line.post_id for line in asked(world, edition_id=NEXT).some(1)] == ["3", "2"]


# -- what an earlier release made ------------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.parametrize("revision", rows.kept())
def test_of_an_edition_of_an_earlier_release_is_told_what_is_known(store_url: str, revision: str) -> None:
    rows.load(revision, store_url)
    store = open_store(store_url)
    with store.read() as connection:
        copies = deliveries.listing(connection, edition_id=None, state=None, limit=1000)
        digest = replace(a_digest(), key=copies[0].edition_id.partition("/")[0])
        for copy in copies:
            asked_of = asked_for(connection, copy.edition_id, [digest], LONDON, copy.changed_at + WEEK)
            told = why(connection, asked_of, copy.email, zone=LONDON, order={}, labels={})
            said = variants.variant(connection, copy.edition_id, copy.variant_key, copy.revision)
            assert sorted(brought(told)) == sorted(pick.post_id for pick in said.picks)
            assert told.copy is not None
            assert told.copy.startswith(copy.state)
            assert told.unknown[0].startswith("an earlier release froze it")
    store.close()


def test_a_post_that_a_draft_will_bring_is_said_to_settle_and_not_to_have_settled(world: World) -> None:
    world.digest = replace(world.digest, settle=timedelta(minutes=30))
    world.clock.now = MONDAY - timedelta(minutes=105)
    world.join("ann", categories=("housing",))
    world.appear(replace(BUDGET, published=world.clock.now - timedelta(minutes=5)))
    told = asked(world)
    assert [line.why.partition(", ")[2] for line in told.lines] == ["and it settles 2026-11-23 06:40 UTC"]
