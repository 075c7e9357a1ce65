"""prepare: one edition for a digest and a period, each post once, whoever looks and how often."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from solacefeed.models.digests import Closing
from solacefeed.models.editions import EditionState
from solacefeed.ports import Batch
from solacefeed.store.database import open_store
from tests.deeds.world import World
from tests.support.builders import MONDAY, WEDNESDAY, WEEK, a_source_post, an_event, weekly
from tests.support.fakes import Killed

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("2",))


def picked(world: World, edition_id: str = "weekly/2026-11-23") -> dict[str, list[str]]:
    """The posts of each selection."""
    return {name: [pick.post_id for pick in variant.picks] for name, variant in world.variants(edition_id).items()}


def test_an_edition_has_the_weeks_posts_and_a_copy_for_each_reader(world: World) -> None:
    world.join("ann", "ben")
    world.appear(POST)
    result = world.prepare()
    assert (result.editions, result.posts, result.variants, result.deliveries) == (1, 1, 1, 2)
    assert result.line() == "prepare: weekly/2026-11-23 with 1 post in 1 variant for 2 subscribers"
    edition = world.the_edition()
    assert (edition.id, edition.state, edition.prepared_at) == ("weekly/2026-11-23", EditionState.DELIVERING, MONDAY)
    assert world.states() == {"ann": "pending", "ben": "pending"}


def test_preparing_twice_changes_nothing(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    before = (world.editions(), world.variants(), world.copies())
    world.clock.forward(hours=3)
    assert world.prepare().line() == "prepare: no edition is due"
    assert (world.editions(), world.variants(), world.copies()) == before


def test_what_a_preparation_that_died_has_written_goes_to_nobody_and_is_made_anew(world: World) -> None:
    world.join("ann", "ben")
    world.appear(POST)
    with pytest.raises(Killed):
        world.prepare_and_die()
    assert world.the_edition().state is EditionState.PREPARING
    assert world.deliver().accepted == 0
    assert world.prepare().deliveries == 2
    assert world.deliver().accepted == 2


def test_readers_with_one_choice_share_a_variant_and_get_only_what_they_chose(world: World) -> None:
    world.join("ann", "ben", categories=("scotland",))
    world.join("cat", categories=("housing",))
    world.join("dan")
    world.appear(POST, a_source_post(id="2", category_numbers=("3",), published=WEDNESDAY + timedelta(days=1)))
    assert world.prepare().variants == 3
    assert picked(world) == {"3": ["2"], "1": ["1"], "*": ["2", "1"]}
    assert {name: copy.selection for name, copy in world.copies().items()} == {
        "ann": "3",
        "ben": "3",
        "cat": "1",
        "dan": "*",
    }


def test_a_reader_for_whom_there_is_nothing_gets_nothing(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.join("ben")
    world.appear(POST)
    world.prepare()
    assert world.states() == {"ben": "pending"}


def test_the_first_edition_has_no_back_catalogue(world: World) -> None:
    world.join("ann")
    world.appear(*(a_source_post(id=str(n), published=MONDAY - n * WEEK) for n in range(2, 10)), POST)
    world.prepare()
    assert picked(world) == {"*": ["1"]}


def test_each_post_stands_in_one_edition_over_many_weeks(world: World) -> None:
    world.join("ann")
    expected = {}
    for week in range(6):
        world.clock.now = MONDAY + week * WEEK
        ids = [str(10 * week + number) for number in range(week % 3 + 1)]
        world.appear(*(a_source_post(id=id_, published=world.clock.now - timedelta(days=3)) for id_ in ids))
        world.prepare()
        expected[f"weekly/{(MONDAY + week * WEEK).date()}"] = sorted(ids)
    assert {edition.id: sorted(picked(world, edition.id)["*"]) for edition in world.editions()} == expected


def test_a_changed_post_is_not_news_again(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.clock.forward(days=6)
    world.blog_says(Batch(posts=(replace(POST, title="Corrected", modified=world.clock.now),)))
    world.clock.forward(days=1)
    assert world.prepare().line() == "prepare: weekly/2026-11-30 skipped: no new posts"
    assert world.states() == {"ann": "pending"}


def test_a_post_that_came_into_the_store_too_late_stands_in_the_next_edition(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    # Seen a minute before the closing by a poll that committed an hour after it.
    world.appear(a_source_post(id="2", published=MONDAY - timedelta(minutes=61)))
    world.clock.forward(days=7)
    world.prepare()
    assert picked(world, "weekly/2026-11-30") == {"*": ["2"]}


def test_a_post_published_after_the_closing_waits_for_the_next_edition(world: World) -> None:
    world.join("ann")
    world.appear(POST, a_source_post(id="2", published=MONDAY - timedelta(minutes=30)))
    world.prepare()
    assert picked(world) == {"*": ["1"]}
    world.clock.forward(days=7)
    world.prepare()
    assert picked(world, "weekly/2026-11-30") == {"*": ["2"]}


def test_an_empty_edition_is_skipped_and_says_why(world: World) -> None:
    world.join("ann")
    assert world.prepare().line() == "prepare: weekly/2026-11-23 skipped: no new posts"
    edition = world.the_edition()
    assert (edition.state, edition.reason) == (EditionState.SKIPPED, "no new posts")


def test_one_whose_posts_wait_to_settle_is_skipped_and_says_so_of_those_that_it_could_bring(world: World) -> None:
    world.digest = replace(world.digest, settle=timedelta(minutes=30))
    world.join("ann")
    fresh = [a_source_post(id=name, published=MONDAY - timedelta(minutes=70)) for name in ("1", "2")]
    old = a_source_post(id="3", published=MONDAY - timedelta(days=400))
    world.appear(*fresh, old)
    words = "2 posts wait to settle and stand in the next edition"
    assert world.prepare().line() == f"prepare: weekly/2026-11-23 skipped: {words}"
    assert world.the_edition().reason == words
    world.clock.forward(days=7)
    world.prepare()
    assert sorted(picked(world, "weekly/2026-11-30")["*"]) == ["1", "2"]


def test_an_edition_that_interests_nobody_is_skipped_and_says_why(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.appear(POST)
    world.prepare()
    edition = world.the_edition()
    assert (edition.state, edition.reason) == (EditionState.SKIPPED, "none of its 1 post is for any subscriber")
    assert world.copies() == {}


def test_what_a_skipped_edition_covered_is_not_sent_to_who_joins_later(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.appear(POST)
    world.prepare()
    world.clock.forward(minutes=1)
    world.join("ben")
    world.clock.forward(days=7)
    assert world.prepare().skipped == 1
    assert world.copies() == {}


def test_a_digest_waits_for_its_first_reader(world: World) -> None:
    world.appear(POST)
    assert world.prepare().line() == "prepare: nobody has subscribed yet"
    assert world.editions() == []


def test_after_three_weeks_of_downtime_one_edition_covers_them_all(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    for week in range(1, 4):
        world.appear(a_source_post(id=f"1{week}", published=WEDNESDAY + week * WEEK))
    world.clock.forward(days=21)
    assert world.prepare().editions == 1
    assert [edition.id for edition in world.editions()] == ["weekly/2026-11-23", "weekly/2026-12-14"]
    assert picked(world, "weekly/2026-12-14") == {"*": ["13", "12", "11"]}


def test_an_edition_that_would_come_too_late_is_let_pass_and_its_posts_come_next_week(world: World) -> None:
    world.join("ann")
    world.appear(a_source_post(id="0", published=WEDNESDAY - WEEK))
    world.clock.now = MONDAY - WEEK
    world.prepare()
    world.appear(POST)
    world.clock.now = MONDAY + timedelta(hours=48)
    assert world.prepare().line() == "prepare: no edition is due"
    world.clock.now = MONDAY + WEEK
    world.prepare()
    assert picked(world, "weekly/2026-11-30") == {"*": ["1"]}


def test_a_closing_moved_within_its_day_makes_no_second_edition(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.digest = replace(world.digest, cadences=(weekly(Closing(weekday=0, at=time(7, 45))),))
    world.appear(a_source_post(id="2", published=MONDAY - timedelta(minutes=30)))
    assert world.prepare().line() == "prepare: no edition is due"
    world.clock.forward(days=7)
    world.prepare()
    assert picked(world, "weekly/2026-11-30") == {"*": ["2"]}


def test_who_joined_after_the_preparation_is_in_the_next_edition(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.join("ben")
    world.prepare()
    assert world.states() == {"ann": "pending"}


def test_who_left_before_the_preparation_is_in_no_edition(world: World) -> None:
    world.join("ann", "ben")
    world.leave("ann")
    world.appear(POST)
    world.prepare()
    assert world.states() == {"ben": "pending"}


def test_an_edition_promotes_the_events_of_the_readers_categories(world: World) -> None:
    world.events = (
        an_event(id="summit", starts=date(2026, 12, 1)),
        an_event(id="islands", starts=date(2026, 12, 2), categories=("scotland",)),
        an_event(id="hostels", starts=date(2026, 12, 3), categories=("homelessness",)),
        an_event(id="past", starts=date(2012, 10, 16)),
    )
    world.join("ann", categories=("housing",))
    world.join("ben")
    world.appear(POST)
    world.prepare()
    assert {name: variant.event_ids for name, variant in world.variants().items()} == {
        "1": ("summit", "hostels"),
        "*": ("summit", "islands", "hostels"),
    }


def test_a_copys_message_id_is_its_editions_and_its_readers_own(world: World) -> None:
    world.join("ann", "ben")
    world.appear(POST)
    world.prepare()
    ids = [copy.message_id for copy in world.copies().values()]
    assert len(set(ids)) == 2
    assert all(name.startswith("<weekly-2026-11-23.") and name.endswith("@example.org>") for name in ids)


# -- while it is made -----------------------------------------------------------------------------------


def while_rendering(world: World, happens: Callable[[], object], *, times: int = 1) -> None:
    """This happens while the first variant is rendered, or the first few."""
    numbers = count(1)
    world.templates.at_rendering = lambda: happens() if next(numbers) <= times else None


@pytest.mark.more
def test_while_variants_are_rendered_this_process_and_others_may_write(world: World, store_url: str) -> None:
    world.join("ann", "ben", "cat")
    world.appear(POST)
    with closing(open_store(store_url)) as another, ThreadPoolExecutor(1) as a_page:

        def two_write() -> None:
            a_page.submit(world.leave, "ann").result(timeout=60)
            World(another, crawled=False).leave("ben")

        while_rendering(world, two_write)
        world.prepare()
    world.deliver()
    assert world.got() == ["cat"]


def test_what_is_written_of_an_edition_goes_in_short_transactions_and_leaves_by_the_last(world: World) -> None:
    world.join("ann")
    world.join("ben", categories=("housing",))
    world.appear(POST)
    rendered: list[int] = []

    def at_the_end(_: sa.Connection) -> None:
        rendered.append(world.templates.rendered)

    sa.event.listen(world.store.engine, "commit", at_the_end)
    while_rendering(world, lambda: states.append(world.the_edition().state), times=9)
    states: list[EditionState] = []
    world.prepare()
    sa.event.remove(world.store.engine, "commit", at_the_end)
    # Begun before the first is rendered; the copies, and the leaving, after the last.
    assert (states, world.the_edition().state) == ([EditionState.PREPARING] * 2, EditionState.DELIVERING)
    assert set(rendered[-2:]) == {2}


def test_a_reader_who_leaves_while_variants_are_rendered_gets_nothing(world: World) -> None:
    world.join("ann", "ben")
    world.appear(POST)
    while_rendering(world, lambda: world.leave("ann"))
    world.prepare()
    world.deliver()
    assert (world.got(), world.states()["ann"]) == (["ben"], "cancelled")


def test_a_post_withdrawn_while_variants_are_rendered_is_in_no_copy(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.join("ben", categories=("housing",))
    world.appear(POST, a_source_post(id="2", category_numbers=("3",)), a_source_post(id="3", category_numbers=("3",)))
    while_rendering(world, lambda: world.vanish("2"))
    world.prepare()
    world.deliver()
    assert {name: [pick.post_id for pick in world.variant_of(name).picks] for name in ("ann", "ben")} == {
        "ann": ["3"],
        "ben": ["1"],
    }


def test_when_all_posts_go_while_variants_are_rendered_nobody_gets_a_mail(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    while_rendering(world, lambda: world.vanish("1"))
    world.prepare()
    assert world.deliver().cancelled == 1


def test_a_change_of_another_weeks_post_renders_nothing_anew(world: World) -> None:
    world.join("ann")
    world.appear(a_source_post(id="0", published=WEDNESDAY - WEEK), POST)
    while_rendering(world, lambda: world.vanish("0"))
    assert world.prepare().editions == 1
    world.deliver()
    assert world.templates.rendered == 1


def test_killed_while_variants_are_rendered_it_is_done_again(world: World) -> None:
    world.join("ann")
    world.appear(POST)

    def die() -> None:
        raise Killed

    while_rendering(world, die)
    with pytest.raises(Killed):
        world.prepare()
    assert world.copies() == {}
    assert world.prepare().deliveries == 1


def test_for_readers_for_whom_there_is_nothing_nothing_is_rendered(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.join("ben", categories=("housing",))
    world.appear(POST)
    world.prepare()
    assert world.templates.rendered == len(world.variants()) == 1


def test_whether_an_edition_is_due_is_told_by_a_look(world: World) -> None:
    assert not world.is_due()
    world.join("ann")
    assert world.is_due()
    world.appear(POST)
    world.prepare()
    assert not world.is_due()
    world.clock.forward(days=7)
    assert world.is_due()
