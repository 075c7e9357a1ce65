"""A clock that leaps: nothing that can't be undone is done by it, and what it left behind is found and mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.clock import AttestedSource, doubt
from solacefeed.deeds.execution import Result, execute
from solacefeed.deeds.posts.take_over import take_over
from solacefeed.deeds.upkeep.clock_check import confirm, look, repair
from solacefeed.errors import ClockDoubt, SourceError, UsageError
from solacefeed.models.blog import SourcePost
from solacefeed.models.editions import EditionState
from solacefeed.ports import Batch, Known
from solacefeed.store import facts, posts
from solacefeed.store.database import Store
from solacefeed.store.schema import facts as fact_rows
from tests.deeds.test_publish import Publisher
from tests.deeds.world import BLOG, CATEGORIES, World
from tests.simulation.database_clock import go_by
from tests.support.builders import MONDAY, WEEK, a_reading, a_site, a_source_post
from tests.support.fakes import Act, ScriptedSource, SettableClock

IN_2030 = datetime(2030, 1, 7, 8, tzinfo=UTC)
AT_BOOT = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)
DAY = timedelta(days=1)

FIRST = a_source_post(id="1", title="The quiet budget")
SECOND = a_source_post(id="2", title="Islands", published=MONDAY + 2 * DAY)
THIRD = a_source_post(id="3", title="A later thought", published=MONDAY + 9 * DAY)


class LiveWorld(World):
    """A site that lives by the clock, whose deeds are written down, and whose blog says what time it is."""

    #: What the blog's clock says; ``None`` where the blog does not say.
    blogs_time: datetime | None = MONDAY

    def polls(self, *found: SourcePost) -> Result:
        batch = Batch(site=a_site(), categories=CATEGORIES, memory={}, posts=found, complete=True)
        source = AttestedSource(ScriptedSource(batch), self.store, self.clock, lambda: self.blogs_time)

        def work() -> Result:
            return take_over(self.store, source, self.clock, url=BLOG, read=a_reading, on_batch=lambda _: None)

        return self.done("poll", work)

    def done(self, deed: str, work: Callable[[], Result]) -> Result:
        return execute(self.store, self.clock, deed, lambda _store: work(), rehearsed=False)

    def it_is(self, now: datetime, *, at_the_blog: datetime | None) -> None:
        self.clock.now, self.blogs_time = now, at_the_blog

    def mails(self, *script: Act) -> list[str]:
        """The lines of a preparation and a delivery."""
        return [
            self.done("prepare", self.prepare).line(),
            self.done("deliver", lambda: self.deliver(*script)).line(),
        ]


@pytest.fixture
def live(store: Store) -> LiveWorld:
    """A site with two readers, whose first edition waits to be prepared."""
    world = LiveWorld(store, crawled=False)
    go_by(store.engine, lambda: world.clock.now)
    world.clock.now = FIRST.published
    world.blogs_time = FIRST.published
    world.polls()
    world.polls(FIRST)
    world.it_is(MONDAY, at_the_blog=MONDAY)
    world.join("ann", "ben")
    return world


def titles(world: World) -> Counter[tuple[str, str]]:
    """How often each reader was handed each post."""
    return Counter(
        (mail.recipient, post.title)
        for mail in world.relay.mailbox
        for post in (FIRST, SECOND, THIRD)
        if post.title.encode() in mail.content
    )


def each_post_once(world: World, *wanted: SourcePost) -> bool:
    return titles(world) == Counter(
        {(f"{who}@example.org", post.title): 1 for who in ("ann", "ben") for post in wanted}
    )


# -- what is believed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "believed"),
    [
        (MONDAY, True),
        (MONDAY + 60 * DAY, True),
        (MONDAY + 61 * DAY, False),
        (IN_2030, False),
        (MONDAY - timedelta(hours=23), True),
        (MONDAY - 2 * DAY, False),
        (AT_BOOT, False),
    ],
)
def test_a_clock_is_believed_within_sixty_days_of_the_last_good_look(now: datetime, believed: bool) -> None:
    assert (doubt(now, MONDAY) is None) is believed


def test_a_clock_that_is_older_than_the_program_is_never_believed() -> None:
    why = doubt(AT_BOOT, None)
    assert why == "this machine's clock says 1970-01-01 00:03 UTC, before this program was made: set it right"


# -- a leap ahead, and back -----------------------------------------------------------------------------


@pytest.mark.parametrize("at_the_blog", [MONDAY + DAY, None], ids=["the blog knows better", "the blog says nothing"])
def test_one_look_in_2030_freezes_nothing_and_the_next_edition_goes_as_ever(
    live: LiveWorld, at_the_blog: datetime | None
) -> None:
    live.mails(Act.ACCEPT, Act.DEFER)
    before = (live.editions(), live.copies())
    live.it_is(IN_2030, at_the_blog=at_the_blog)
    for deed in (lambda: live.polls(SECOND), live.prepare, live.deliver):
        with pytest.raises(ClockDoubt, match="says 2030-01-07 08:00 UTC, but the last good look was on 2026-11-"):
            deed()
    assert (live.editions(), live.copies()) == before
    live.it_is(MONDAY + 3 * DAY, at_the_blog=MONDAY + 3 * DAY)
    live.polls(SECOND)
    live.it_is(MONDAY + WEEK, at_the_blog=MONDAY + WEEK)
    assert live.mails()[0] == "prepare: weekly/2026-11-30 with 1 post in 1 variant for 2 subscribers"
    assert Counter(live.states().values()) == Counter(accepted=2)


def test_a_look_in_2030_ends_no_tombstone_and_retires_no_feed_for_good(live: LiveWorld, tmp_path: Path) -> None:
    publisher = Publisher(live.store, tmp_path / "feeds", live.clock)
    publisher.publish()
    live.vanish("1")
    publisher.publish()
    before = publisher.states()
    live.clock.now = IN_2030
    with pytest.raises(ClockDoubt):
        publisher.publish()
    live.clock.now = MONDAY
    publisher.publish(everything=True)
    assert publisher.states() == before
    with live.store.read() as connection:
        assert [each.post_id for each in posts.buried(connection)] == ["1"]


def test_a_doubted_poll_takes_nothing_over_and_says_why(live: LiveWorld) -> None:
    live.it_is(IN_2030, at_the_blog=MONDAY)
    with pytest.raises(ClockDoubt) as caught:
        live.polls(SECOND)
    assert str(caught.value) == (
        "this machine's clock says 2030-01-07 08:00 UTC, but the last good look was on 2026-11-18 09:30 UTC, and the "
        "blog's clock has not borne that out: set it right, or, if it is, `solacefeed poll`, or `solacefeed clock "
        "confirm`; the blog's says 2026-11-23 08:00 UTC; nothing was taken over"
    )
    with live.store.read() as connection:
        assert posts.some(connection, ["2"]) == []


def test_a_machine_that_was_off_for_three_months_needs_one_good_poll(live: LiveWorld) -> None:
    live.mails()
    later = MONDAY + 13 * WEEK
    live.it_is(later, at_the_blog=later + timedelta(minutes=3))
    with pytest.raises(ClockDoubt):
        live.prepare()
    live.polls(a_source_post(id="2", title="Islands", published=later - 2 * DAY))
    assert live.mails()[0].startswith("prepare: weekly/2027-02-22")
    assert look(live.store, later).doubt is None


def test_a_blog_that_does_not_answer_bears_nothing_out(live: LiveWorld) -> None:
    live.it_is(IN_2030, at_the_blog=IN_2030)
    source = AttestedSource(ScriptedSource(SourceError("503")), live.store, live.clock, lambda: IN_2030)
    with pytest.raises(SourceError, match="503"):
        list(source.changes(Known(memory={}, posts={}), IN_2030))
    with pytest.raises(ClockDoubt):
        live.prepare()


def test_a_poll_that_brings_nothing_bears_the_time_out_too(live: LiveWorld) -> None:
    live.it_is(IN_2030, at_the_blog=IN_2030)
    source = AttestedSource(ScriptedSource(), live.store, live.clock, lambda: IN_2030)
    assert list(source.changes(Known(memory={}, posts={}), IN_2030)) == []
    assert look(live.store, IN_2030).doubt is None


@pytest.mark.more
def test_the_operator_may_say_that_the_clock_is_right(live: LiveWorld) -> None:
    live.it_is(IN_2030 - DAY, at_the_blog=None)
    confirm(live.store, live.clock)
    live.polls(a_source_post(id="2", published=IN_2030 - 2 * DAY))
    live.clock.now = IN_2030
    assert live.mails()[0].startswith("prepare: weekly/2030-01-07 with 1 post ")


def test_a_store_that_is_looked_at_every_few_weeks_is_never_in_doubt(live: LiveWorld) -> None:
    for _ in range(5):
        live.clock.now += 40 * DAY
        live.prepare()
    assert look(live.store, live.clock.now).doubt is None


def test_a_rehearsal_lives_by_any_instant(world: World) -> None:
    facts.settle_clock(world.store, rehearsed=True)
    world.join("ann")
    world.appear(FIRST)
    world.prepare()
    for now in (IN_2030, MONDAY, datetime(2012, 6, 4, 8, tzinfo=UTC)):
        world.clock.now = now
        world.prepare()
        world.deliver()
        source = AttestedSource(ScriptedSource(), world.store, world.clock, lambda: MONDAY)
        assert list(source.changes(Known(memory={}, posts={}), now)) == []


# -- 1970, and forward ------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_new_store_at_boot_in_1970_does_nothing_and_goes_on_as_ever(store: Store) -> None:
    world = LiveWorld(store, crawled=False)
    world.it_is(AT_BOOT, at_the_blog=MONDAY - 3 * DAY)
    world.join("ann", "ben")
    for deed in (lambda: world.polls(FIRST), world.prepare, world.deliver):
        with pytest.raises(ClockDoubt):
            deed()
    assert world.editions() == []
    world.it_is(MONDAY, at_the_blog=MONDAY)
    world.polls(FIRST)
    assert world.mails()[0].startswith("prepare: weekly/2026-11-23 with 1 post")
    assert each_post_once(world, FIRST)


@pytest.mark.more
def test_a_store_that_is_looked_at_in_1970_loses_no_post(live: LiveWorld) -> None:
    live.mails()
    live.it_is(AT_BOOT, at_the_blog=MONDAY + 2 * DAY)
    with pytest.raises(ClockDoubt):
        live.polls(SECOND)
    live.it_is(MONDAY + 3 * DAY, at_the_blog=MONDAY + 3 * DAY)
    live.polls(SECOND)
    live.it_is(MONDAY + WEEK, at_the_blog=MONDAY + WEEK)
    live.mails()
    assert each_post_once(live, FIRST, SECOND)


def test_a_new_store_whose_clock_the_blog_contradicts_takes_nothing_over(store: Store) -> None:
    world = LiveWorld(store, crawled=False)
    world.it_is(IN_2030, at_the_blog=MONDAY)
    with pytest.raises(ClockDoubt, match="the blog's says 2026-11-23 08:00 UTC; nothing was taken over"):
        world.polls(FIRST)
    world.it_is(MONDAY, at_the_blog=None)
    world.polls(FIRST)


def test_1970_can_not_be_confirmed(live: LiveWorld) -> None:
    live.clock.now = AT_BOOT
    with pytest.raises(UsageError, match="that can't be right"):
        confirm(live.store, live.clock)


# -- what an older release, or a smaller leap, has left behind ----------------------------------------------


def leapt_under_the_last_release(live: LiveWorld) -> None:
    """A whole run in 2030, by a release that asked no clock; then the time is right again."""
    live.mails()
    with live.store.write() as connection:
        connection.execute(fact_rows.delete().where(fact_rows.c.name.in_((facts.CLOCK, facts.CLOCK_SURE))))
    live.it_is(IN_2030 - DAY, at_the_blog=IN_2030 - DAY)
    live.blog_says(Batch(posts=(SECOND,)))
    live.clock.now = IN_2030
    live.prepare()
    live.deliver(*[Act.DEFER] * 2)
    live.done("poll", lambda: live.blog_says(Batch()))
    live.it_is(MONDAY + 3 * DAY, at_the_blog=MONDAY + 3 * DAY)
    with live.store.write() as connection:
        connection.execute(fact_rows.delete().where(fact_rows.c.name == facts.CLOCK_SURE))


@pytest.mark.more
def test_a_skipped_edition_of_2030_holds_up_the_next_ones_until_it_is_mended_and_prepare_says_so(
    live: LiveWorld,
) -> None:
    leapt_under_the_last_release(live)
    assert live.editions()[-1].state is EditionState.SKIPPED
    live.polls()
    assert "2030-01-07 closes ahead of now" in live.done("prepare", live.prepare).line()
    assert repair(live.store, live.clock).cancelled == ("weekly/2030-01-07",)
    live.it_is(MONDAY + WEEK, at_the_blog=MONDAY + WEEK)
    assert live.mails()[1] == "deliver: 2 accepted"
    assert each_post_once(live, FIRST, SECOND)


@pytest.mark.more
def test_what_a_run_in_2030_left_behind_is_said_and_mended_and_the_next_edition_goes(live: LiveWorld) -> None:
    live.digest = replace(live.digest, max_age=timedelta(days=2000))
    leapt_under_the_last_release(live)
    with pytest.raises(ClockDoubt, match="but the last good look was on 2030-01-07"):
        repair(live.store, live.clock)
    live.polls()
    assert live.done("prepare", live.prepare).line() == (
        "prepare: no edition is due before 7 January 2030, for weekly/2030-01-07 closes ahead of now: "
        "`solacefeed clock check`"
    )
    kinds = {each.kept for each in look(live.store, live.clock.now).ahead}
    assert kinds >= {"editions.ends", "editions.prepared_at", "posts.seen", "deliveries.next_try_at"}
    mended = repair(live.store, live.clock)
    assert mended.cancelled == ("weekly/2030-01-07",)
    assert look(live.store, live.clock.now).ahead == ()
    assert repair(live.store, live.clock).line() == "clock: 0 instants brought back"
    live.it_is(MONDAY + WEEK, at_the_blog=MONDAY + WEEK)
    assert live.mails() == [
        "prepare: weekly/2026-11-30 with 1 post in 1 variant for 2 subscribers",
        "deliver: 2 accepted",
    ]
    assert each_post_once(live, FIRST, SECOND)
    live.polls(THIRD)
    live.it_is(MONDAY + 2 * WEEK, at_the_blog=MONDAY + 2 * WEEK)
    live.mails()
    assert each_post_once(live, FIRST, SECOND, THIRD)


@pytest.mark.more
def test_who_was_handed_a_post_in_2030_does_not_get_it_again(live: LiveWorld) -> None:
    live.mails()
    live.it_is(MONDAY + 30 * DAY, at_the_blog=MONDAY + 3 * DAY)
    live.blog_says(Batch(posts=(SECOND,)))
    live.clock.now = datetime(2026, 12, 28, 8, tzinfo=UTC)
    assert live.mails()[1] == "deliver: 2 accepted"
    live.it_is(MONDAY + 4 * DAY, at_the_blog=MONDAY + 4 * DAY)
    live.polls()
    assert repair(live.store, live.clock).cancelled == ("weekly/2026-12-28",)
    live.it_is(MONDAY + WEEK, at_the_blog=MONDAY + WEEK)
    live.mails()
    assert [(each.id, each.state) for each in live.editions()][:2] == [
        ("weekly/2026-11-23", EditionState.DONE),
        ("weekly/2026-11-30", EditionState.SKIPPED),
    ]
    live.polls(THIRD)
    for week in (2, 3, 4, 5):
        live.it_is(MONDAY + week * WEEK, at_the_blog=MONDAY + week * WEEK)
        live.mails()
    assert each_post_once(live, FIRST, SECOND, THIRD)
    names = [mail.message_id for mail in live.relay.mailbox]
    assert len(names) == len(set(names))


def test_files_that_were_published_ahead_get_the_right_time(live: LiveWorld, tmp_path: Path) -> None:
    clock = SettableClock(MONDAY + 30 * DAY)
    publisher = Publisher(live.store, tmp_path / "feeds", clock)
    publisher.publish()
    live.clock.now = clock.now = MONDAY
    live.polls()
    ahead = {each.kept for each in look(live.store, MONDAY).ahead}
    assert ahead == {"documents.published_at", "facts.feeds_made_of_events"}
    repair(live.store, live.clock)
    publisher.publish()
    assert {datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in publisher.folder.rglob("*.atom")} == {MONDAY}
    before = publisher.states()
    assert publisher.publish().changed == 0
    assert publisher.states() == before
