"""The store is held to the config's list, and what is somebody's own stays theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa

from solacefeed.deeds.people.audience import Audience
from solacefeed.deeds.people.category_slugs import CategorySlugs, misspelt
from solacefeed.deeds.people.choose import choose, pause, resume
from solacefeed.deeds.people.digests import ConfiguredDigest
from solacefeed.deeds.people.list_rules import Comparison, Listed
from solacefeed.deeds.people.subscribe import DECIDED, end, subscribe
from solacefeed.deeds.people.subscriber_list import end_all, hold_to_list, keep_all
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, Subscription
from solacefeed.models.posts import CategoryId
from solacefeed.store.database import Store
from solacefeed.store.schema import subscribers as subscribers_table
from solacefeed.store.schema import subscriptions as subscriptions_table
from solacefeed.store.subscription_changes import history
from tests.deeds.world import CATEGORIES, HOMELESSNESS, SCOTLAND, World
from tests.store.rows import everyone
from tests.support.builders import A_CONSENT, LONDON, MONDAY, NO_KEY, WEEK, a_source_category, a_source_post
from tests.support.counting import what_is_asked


def a_line(who: str, *categories: str, name: str | None = None) -> Listed:
    return Listed(email=f"{who}@example.org", name=name, categories=categories or None)


def held(world: World, *lines: Listed | str) -> Comparison:
    """What differed when the store was held to a list of these."""
    listed = [a_line(line) if isinstance(line, str) else line for line in lines]
    return hold_to_list(world.store, world.clock, listed, world.digest, LONDON, NO_KEY)


def kept(world: World) -> dict[str, Subscription]:
    """Each subscription, by the reader's name in the address."""
    with world.store.read() as connection:
        return {each.subscriber.email.partition("@")[0]: each for each in everyone(connection)}


def states(world: World) -> dict[str, str]:
    return {who: each.state.value for who, each in kept(world).items()}


def by(world: World, who: str) -> Actor | None:
    return kept(world)[who].changed_by


def entered_by_hand(world: World, who: str, *slugs: str, name: str | None = None) -> None:
    subscribe(
        world.store,
        world.clock,
        world.digest,
        LONDON,
        email=f"{who}@example.org",
        consent=A_CONSENT,
        key=NO_KEY,
        name=name,
        slugs=slugs or None,
    )


def everything(store: Store) -> list[str]:
    """All that the store holds of people."""
    with store.read() as connection:
        tables = ("subscribers", "subscriptions", "subscription_changes", "consents")
        return [repr(row) for name in tables for row in connection.exec_driver_sql(f"SELECT * FROM {name}")]


def as_an_older_release_left_it(store: Store) -> None:
    """Nobody noted who entered, chose or ended."""
    unknown = dict.fromkeys(("entered_by", "chosen_by", "changed_by", "reason"))
    with store.write() as connection:
        connection.execute(sa.update(subscriptions_table).values(unknown))
        connection.execute(sa.update(subscribers_table).values(named_by=None))
        connection.exec_driver_sql("DELETE FROM subscription_changes")


# -- what the list has entered follows it --------------------------------------------------------------


def test_a_site_without_a_list_is_asked_one_thing_about_it(world: World) -> None:
    entered_by_hand(world, "ann")
    with what_is_asked(world.store) as asked:
        assert held(world) == Comparison()
    assert sum("SELECT" in each for each in asked) == 1


def test_who_is_listed_is_entered_once_and_nothing_is_written_again(world: World) -> None:
    assert len(held(world, "ann", "ben").new) == 2
    before = everything(world.store)
    world.clock.now += WEEK
    assert held(world, "ann", a_line("BEN")) == Comparison()
    assert everything(world.store) == before
    assert {each.entered_by for each in kept(world).values()} == {Actor.LIST}


def test_who_is_listed_no_more_ends_by_the_lists_word_and_comes_back_by_it(world: World) -> None:
    held(world, "ann", "ben")
    held(world, "ben")
    assert states(world) == {"ann": "ended", "ben": "confirmed"}
    assert (by(world, "ann"), kept(world)["ann"].reason) == (Actor.LIST, "the config lists them no more")
    held(world, a_line("ann", "housing"), "ben")
    assert states(world) == {"ann": "confirmed", "ben": "confirmed"}
    assert kept(world)["ann"].category_ids == ("1",)
    with world.store.read() as connection:
        steps = history(connection, kept(world)["ann"].subscriber.id, "weekly")
    assert [(each.actor.value, each.state.value) for each in steps] == [
        ("list", "confirmed"),
        ("list", "ended"),
        ("list", "confirmed"),
    ]


def test_a_changed_choice_and_a_changed_name_take_effect(world: World) -> None:
    held(world, a_line("ann", "housing", name="Ann"), a_line("ben", name="Ben"))
    held(world, a_line("ann", "scotland", "housing", name="Ann Other"), a_line("ben", "housing"))
    ann, ben = kept(world)["ann"], kept(world)["ben"]
    assert (ann.category_ids, ann.subscriber.name) == (("1", "3"), "Ann Other")
    assert (ben.category_ids, ben.subscriber.name) == (("1",), None)
    held(world, "ann", a_line("ben", "housing"))
    assert kept(world)["ann"].category_ids is None


def test_a_changed_name_stands_on_the_next_copy_also_of_one_who_comes_back(world: World) -> None:
    held(world, a_line("ann", name="Ann"))
    held(world)
    held(world, a_line("ann", name="Ann Other"))
    assert kept(world)["ann"].subscriber.name == "Ann Other"


# -- what is somebody's own ------------------------------------------------------------------------------


def test_a_line_of_the_list_may_name_a_tag_that_readers_may_follow(world: World) -> None:
    ((email, why),) = held(world, a_line("ann", "planning")).left_out
    assert (email, why) == (
        "ann@example.org",
        "the blog has no category planning; there are homelessness, housing, scotland",
    )
    world.digest = replace(world.digest, followed=("planning",))
    held(world, a_line("ann", "scotland", "planning"))
    assert kept(world)["ann"].category_ids == ("3", "tag:planning")


def test_the_list_brings_nobody_back_who_left_themselves(world: World) -> None:
    held(world, "ann")
    world.leave("ann")
    found = held(world, "ann")
    assert states(world) == {"ann": "ended"}
    assert found.own == (("ann@example.org", "ended on 23 November 2026, and stays so"),)
    assert not found.troubles()


def test_nor_one_who_left_after_the_list_had_ended_it(world: World) -> None:
    held(world, "ann")
    held(world)
    world.leave("ann")
    held(world, "ann")
    assert states(world) == {"ann": "ended"}


def test_nor_one_whom_the_operator_ended(world: World) -> None:
    held(world, "ann")
    end(world.store, world.clock, "weekly", email="ann@example.org", by=Actor.OPERATOR, reason=DECIDED)
    held(world, "ann")
    assert states(world) == {"ann": "ended"}


def test_a_choice_and_a_name_by_hand_stay_whatever_the_list_says(world: World) -> None:
    held(world, a_line("ann", "housing", name="Ann"))
    entered_by_hand(world, "ann", "scotland", name="Ann Other")
    found = held(world, a_line("ann", "housing", name="Ann"))
    ann = kept(world)["ann"]
    assert (ann.category_ids, ann.subscriber.name) == (("3",), "Ann Other")
    assert found.own == (("ann@example.org", "has chosen other categories, which stay"),)


def test_a_choice_by_hand_outlives_an_end_by_the_list(world: World) -> None:
    held(world, a_line("ann", "housing"))
    entered_by_hand(world, "ann", "scotland")
    held(world)
    held(world, a_line("ann", "housing"))
    assert (states(world)["ann"], kept(world)["ann"].category_ids) == ("confirmed", ("3",))


def test_who_was_entered_by_hand_needs_no_list(world: World) -> None:
    entered_by_hand(world, "ann")
    held(world, "ann")
    held(world)
    assert states(world) == {"ann": "confirmed"}


def test_whom_the_operator_brings_back_the_list_ends_no_more(world: World) -> None:
    held(world, "ann")
    held(world)
    entered_by_hand(world, "ann")
    held(world)
    assert states(world) == {"ann": "confirmed"}


def test_who_leaves_while_the_list_is_looked_through_stays_away(world: World) -> None:
    held(world, "ann", "ben")
    held(world, "ben")

    def now() -> datetime:
        # Asked between the look and the first change.
        world.leave("ann")
        world.leave("ben")
        return MONDAY

    found = hold_to_list(world.store, now, [a_line("ann"), a_line("ben", "housing")], world.digest, LONDON, NO_KEY)
    assert (len(found.back), len(found.chosen)) == (1, 1)
    assert states(world) == {"ann": "ended", "ben": "ended"}
    assert {by(world, "ann"), by(world, "ben")} == {Actor.READER}


def test_who_is_renamed_by_hand_while_the_list_is_looked_through_keeps_that_name(world: World) -> None:
    held(world, a_line("ann", name="Ann"))

    def now() -> datetime:
        entered_by_hand(world, "ann", name="Ann Other")
        return MONDAY

    found = hold_to_list(world.store, now, [a_line("ann", name="Anna")], world.digest, LONDON, NO_KEY)
    assert len(found.named) == 1
    assert kept(world)["ann"].subscriber.name == "Ann Other"


# -- too many at once --------------------------------------------------------------------------------


@pytest.mark.parametrize(("listed", "gone", "brake"), [(3, 3, False), (4, 4, True), (40, 4, False), (39, 4, True)])
def test_more_than_three_and_more_than_a_tenth_at_once_are_held_back(
    world: World, listed: int, gone: int, brake: bool
) -> None:
    people = [f"r{number}" for number in range(listed)]
    held(world, *people)
    found = held(world, *people[gone:])
    assert (len(found.held), len(found.over)) == ((gone, 0) if brake else (0, gone))
    assert sum(state == "ended" for state in states(world).values()) == (0 if brake else gone)
    assert bool(found.troubles()) is brake


@pytest.mark.more
def test_readers_by_hand_do_not_make_an_emptied_list_believed(world: World) -> None:
    world.join(*(f"h{number}" for number in range(100)))
    held(world, *(f"r{number}" for number in range(5)))
    assert held(world).troubles() == (
        (
            "[[subscribers]] names 5 readers no more, too many at once to be believed: "
            "`solacefeed subscribers held list`, then accept or refuse"
        ),
    )
    assert set(states(world).values()) == {"confirmed"}


def test_those_held_back_end_when_the_operator_believes_it(world: World) -> None:
    held(world, *(f"r{number}" for number in range(5)))
    found = held(world, "r0")
    assert end_all(world.store, world.clock, found.held) == 4
    assert states(world) == {"r0": "confirmed", "r1": "ended", "r2": "ended", "r3": "ended", "r4": "ended"}
    assert held(world, "r0") == Comparison()


def test_those_whom_the_operator_lets_stay_are_the_operators_from_then_on(world: World) -> None:
    held(world, *(f"r{number}" for number in range(5)))
    keep_all(world.store, world.clock, held(world, "r0").held)
    assert held(world, "r0") == Comparison()
    assert set(states(world).values()) == {"confirmed"}
    assert kept(world)["r4"].entered_by is Actor.OPERATOR


def test_while_some_are_held_back_the_others_follow_the_list(world: World) -> None:
    held(world, *(f"r{number}" for number in range(5)))
    held(world, a_line("r0", "housing"), "new")
    assert (kept(world)["r0"].category_ids, states(world)["new"]) == (("1",), "confirmed")


# -- slugs that mean nothing -------------------------------------------------------------------------


def test_one_whose_category_the_blog_does_not_have_is_left_out_and_the_others_get_theirs(world: World) -> None:
    found = held(world, a_line("ann", "housng"), "ben", a_line("cat", "housing", "cooking"))
    assert states(world) == {"ben": "confirmed"}
    assert found.troubles() == (
        "[[subscribers]] ann@example.org is left out: the blog has no category housng; did you mean housing?",
        (
            "[[subscribers]] cat@example.org is left out: the blog has no category cooking; "
            "there are homelessness, housing, scotland"
        ),
    )


def test_one_who_had_a_choice_before_keeps_it_while_the_list_is_wrong(world: World) -> None:
    held(world, a_line("ann", "housing"))
    held(world, a_line("ann", "cooking"))
    assert (states(world)["ann"], kept(world)["ann"].category_ids) == ("confirmed", ("1",))


def test_a_category_that_the_blog_calls_otherwise_now_is_still_meant(world: World) -> None:
    held(world, a_line("ann", "housing"))
    world.recategorise(a_source_category(number="1", slug="homes", name="Homes"), HOMELESSNESS, SCOTLAND)
    assert held(world, a_line("ann", "housing")) == Comparison()
    assert held(world, a_line("ann", "homes")) == Comparison()


def test_each_slug_that_means_no_category_is_said_with_its_place_and_what_may_be_meant() -> None:
    slugs = CategorySlugs(ids={each.slug: CategoryId(each.number) for each in CATEGORIES}, renamed={"homes": "housing"})
    named = [
        ("[[combined]] people", ("housing", "scotlnd")),
        ("[categories] hide", ["homes"]),
        ("[[events]] a", ("x",)),
    ]
    assert misspelt(named, slugs) == [
        "[[combined]] people: the blog has no category scotlnd; did you mean scotland?",
        "[categories] hide: the blog calls homes housing now",
        "[[events]] a: the blog has no category x; there are homelessness, housing, scotland",
    ]


# -- a store of the release before ---------------------------------------------------------------------


def test_those_whom_an_older_release_entered_are_the_lists_and_nobody_notices(world: World) -> None:
    world.join("ann", "ben", categories=("housing",))
    world.join("cat")
    as_an_older_release_left_it(world.store)
    before = {who: (each.state, each.category_ids, each.changed_at) for who, each in kept(world).items()}
    world.clock.now += WEEK
    lines = (a_line("ann", "housing"), a_line("ben", "scotland"))
    held(world, *lines)
    assert {who: (each.state, each.category_ids, each.changed_at) for who, each in kept(world).items()} == before
    after = everything(world.store)
    held(world, *lines)
    assert everything(world.store) == after
    assert [each.entered_by for each in kept(world).values()] == [Actor.LIST, Actor.LIST, None]
    # Ann's choice is the list's; Ben's may be his own, and stays.
    held(world, a_line("ann", "scotland"), a_line("ben", "homelessness"))
    assert (kept(world)["ann"].category_ids, kept(world)["ben"].category_ids) == (("3",), ("1",))
    held(world)
    assert states(world) == {"ann": "ended", "ben": "ended", "cat": "confirmed"}


def test_who_ended_under_an_older_release_is_taken_to_have_ended_themselves(world: World) -> None:
    world.join("ann")
    world.leave("ann")
    as_an_older_release_left_it(world.store)
    held(world, "ann")
    assert states(world) == {"ann": "ended"}


def test_a_name_of_an_older_release_gives_way_to_the_lists_and_is_not_taken_away(world: World) -> None:
    entered_by_hand(world, "ann", name="Ann")
    entered_by_hand(world, "ben", name="Ben")
    as_an_older_release_left_it(world.store)
    held(world, a_line("ann", name="Ann Other"), "ben")
    assert {who: each.subscriber.name for who, each in kept(world).items()} == {"ann": "Ann Other", "ben": "Ben"}


# -- the joint with the edition ------------------------------------------------------------------------


@pytest.mark.more
def test_who_is_taken_off_the_list_after_the_preparation_gets_no_copy(world: World) -> None:
    held(world, "ann", "ben")
    world.appear(a_source_post())
    world.prepare()
    held(world, "ben")
    world.deliver()
    assert world.states() == {"ann": "cancelled", "ben": "accepted"}
    assert world.got() == ["ben"]
    assert world.clock.now == MONDAY


# -- cadence, language, pause, and several digests -----------------------------------------------------------


def test_a_cadence_and_a_language_of_the_list_take_effect_and_go_with_it(world: World) -> None:
    held(world, replace(a_line("ann"), cadence=CadenceKind.WEEKLY, language="cy"))
    assert (kept(world)["ann"].cadence, kept(world)["ann"].language) == (CadenceKind.WEEKLY, "cy")
    held(world, replace(a_line("ann"), language="en"))
    assert (kept(world)["ann"].cadence, kept(world)["ann"].language) == (None, "en")
    assert held(world, replace(a_line("ann"), language="en")) == Comparison()


def test_whoever_chose_another_cadence_keeps_it(world: World) -> None:
    held(world, "ann")
    kind = CadenceKind.WEEKLY
    choose(world.store, world.clock, world.digest, LONDON, who="ann@example.org", cadence=kind)
    found = held(world, "ann")
    assert kept(world)["ann"].cadence is kind
    assert found.own == (("ann@example.org", "has chosen another cadence or language, which stays"),)


def test_what_the_list_adds_counts_from_its_period_and_what_it_keeps_from_when_it_did(world: World) -> None:
    world.had_an_edition()
    closed = MONDAY.replace(hour=7)
    held(world, a_line("ann", "housing"))
    world.clock.now += WEEK
    held(world, a_line("ann", "housing", "scotland"))
    assert kept(world)["ann"].since == {CategoryId("1"): closed, CategoryId("3"): closed + WEEK}
    held(world)
    world.clock.now += WEEK
    held(world, a_line("ann", "housing"))
    assert kept(world)["ann"].since == {CategoryId("1"): closed + 2 * WEEK}


def test_the_list_neither_ends_nor_resumes_a_pause(world: World) -> None:
    held(world, "ann", "ben")
    pause(world.store, world.clock, world.digest, LONDON, who="ann@example.org", until=None)
    assert held(world, "ann", "ben") == Comparison()
    held(world, "ben")
    assert states(world) == {"ann": "paused", "ben": "confirmed"}
    held(world, a_line("ann", "housing"), "ben")
    assert (states(world)["ann"], kept(world)["ann"].category_ids) == ("paused", ("1",))
    held(world, "ben")
    resume(world.store, world.clock, world.digest, who="ann@example.org")
    held(world, "ben")
    assert (states(world)["ann"], by(world, "ann")) == ("ended", Actor.LIST)


def test_who_pauses_while_the_list_is_looked_through_is_not_ended(world: World) -> None:
    held(world, "ann", "ben")

    def now() -> datetime:
        pause(world.store, world.clock, world.digest, LONDON, who="ann@example.org", until=None)
        return MONDAY

    hold_to_list(world.store, now, [a_line("ben")], world.digest, LONDON, NO_KEY)
    assert states(world) == {"ann": "paused", "ben": "confirmed"}


def an_audience(world: World, *listed: Listed) -> Audience:
    """Of a config with two digests, and a list of these."""
    digests = [replace(world.digest, key=name, name=name) for name in ("weekly", "jobs")]
    configured = tuple(ConfiguredDigest(digest=each, names=(each.name,)) for each in digests)
    return Audience(
        store=world.store,
        clock=world.clock,
        zone=LONDON,
        configured=configured,
        listed=listed,
        key=NO_KEY,
        crawled=True,
    )


def test_each_digest_has_those_whom_the_list_wants_to_have_it(world: World) -> None:
    ann = replace(a_line("ann", "housing"), digests=("weekly",))
    both = replace(a_line("ben"), digests=("weekly", "jobs"))
    audience = an_audience(world, ann, replace(a_line("ann", "scotland"), digests=("jobs",)), both, a_line("cat"))
    assert len(audience.outlook().new) == 5
    for each in audience.configured:
        audience.hold_to_list(each.digest)
    with world.store.read() as connection:
        found = {(each.subscriber.email[:3], each.digest): each.category_ids for each in everyone(connection)}
    assert found == {
        ("ann", "weekly"): ("1",),
        ("ann", "jobs"): ("3",),
        ("ben", "weekly"): None,
        ("ben", "jobs"): None,
        ("cat", "weekly"): None,
    }
    assert audience.outlook() == Comparison()


def test_who_is_listed_for_one_digest_no_more_keeps_the_other(world: World) -> None:
    both = replace(a_line("ann"), digests=("weekly", "jobs"))
    for each in (audience := an_audience(world, both)).configured:
        audience.hold_to_list(each.digest)
    audience = an_audience(world, replace(both, digests=("jobs",)))
    assert [each.digest for each in audience.outlook().over] == ["weekly"]
    for each in audience.configured:
        audience.hold_to_list(each.digest)
    with world.store.read() as connection:
        found = {each.digest: each.state.value for each in everyone(connection)}
    assert found == {"weekly": "ended", "jobs": "confirmed"}


def test_a_slip_that_two_digests_meet_is_told_once(world: World) -> None:
    audience = an_audience(world, replace(a_line("ann", "cooking"), digests=("weekly", "jobs")))
    assert len(audience.troubles()) == 1
