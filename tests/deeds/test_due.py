"""What a preview shows and what ``status`` promises is what ``prepare`` freezes, whatever happened before."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.editions.preview import Preview, for_nobody
from solacefeed.errors import UsageError
from solacefeed.models.blog import SourcePost
from solacefeed.models.digests import Closing
from solacefeed.models.editions import EditionState
from solacefeed.models.events import EventStatus
from solacefeed.ports import Batch
from solacefeed.store import editions
from solacefeed.store.database import open_store
from tests.deeds.world import World
from tests.support.builders import LONDON, MONDAY, WEDNESDAY, WEEK, a_digest, a_source_post, an_event, weekly
from tests.support.fakes import SettableClock

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("2",))
SUMMIT = an_event(starts=date(2027, 2, 16), ends=date(2027, 2, 18))
READERS = ("ann", "ben", "cat")


def as_frozen(world: World, edition_id: str, name: str) -> tuple[str, str, str]:
    variant, asked = world.variant_of(name, edition_id), world.words_of(name, edition_id)
    return variant.subject, for_nobody(variant.text, asked), for_nobody(variant.html, asked)


def as_shown(preview: Preview) -> tuple[str, str, str]:
    return preview.subject, preview.text, preview.html


def check_prepare_keeps_to(world: World, shown: Preview, seen_by: dict[str, Preview]) -> None:
    """Prepares, and compares what is frozen with what was shown just before."""
    before = {edition.id for edition in world.editions()}
    if not world.prepare().editions:
        return
    (edition,) = (each for each in world.editions() if each.id not in before)
    assert (edition.id, edition.period) == (shown.edition_id, shown.period)
    with world.store.read() as connection:
        assert len(editions.covered_posts(connection, edition.id)) == shown.posts
    for name, copy in world.copies().items():
        if copy.edition_id == edition.id:
            assert as_frozen(world, edition.id, name) == as_shown(seen_by[name])


@pytest.mark.parametrize("weeks", [1, 3])
def test_after_downtime_a_preview_shows_all_that_the_edition_will_cover(world: World, weeks: int) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.appear(*(a_source_post(id=f"1{week}", published=WEDNESDAY + week * WEEK) for week in range(1, weeks + 1)))
    world.clock.forward(days=7 * weeks)
    shown = world.preview()
    assert (shown.posts, shown.period.starts) == (weeks, world.the_edition().period.ends)
    check_prepare_keeps_to(world, shown, {"ann": world.preview("ann")})
    assert len(world.editions()) == 2


def test_a_post_that_came_too_late_for_its_week_is_shown_where_it_will_stand(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.appear(a_source_post(id="2", published=MONDAY - timedelta(minutes=61)))
    assert (world.preview(upcoming=True).edition_id, world.preview(upcoming=True).posts) == ("weekly/2026-11-30", 1)
    world.clock.forward(days=7)
    check_prepare_keeps_to(world, world.preview(), {"ann": world.preview("ann")})
    assert len(world.editions()) == 2


def test_after_the_closing_was_changed_a_preview_shows_the_period_that_will_be_frozen(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.digest = a_digest(closings=(Closing(weekday=3, at=time(17)),))
    world.appear(a_source_post(id="2", published=MONDAY))
    world.clock.forward(days=3, hours=10)
    shown = world.preview()
    assert (shown.edition_id, shown.posts) == ("weekly/2026-11-26", 1)
    check_prepare_keeps_to(world, shown, {"ann": world.preview("ann")})
    assert len(world.editions()) == 2


def test_while_an_edition_is_due_the_one_after_it_has_none_of_its_posts(world: World) -> None:
    world.join("ann")
    world.appear(POST, a_source_post(id="2", published=MONDAY - timedelta(minutes=30)))
    assert (world.preview().posts, world.preview(upcoming=True).posts) == (1, 1)
    after = world.preview(upcoming=True)
    world.prepare()
    assert world.preview(upcoming=True) == after


def test_a_frozen_edition_is_shown_without_what_was_withdrawn_since(world: World) -> None:
    world.join("ann")
    world.appear(POST, a_source_post(id="2"))
    world.prepare()
    world.vanish("2")
    assert (world.preview().edition_id, world.preview().posts) == ("weekly/2026-11-23", 1)


def test_a_look_back_sees_what_had_begun_by_then(world: World) -> None:
    world.join("ann")
    world.appear(a_source_post(id="0", published=WEDNESDAY - WEEK), POST)
    world.prepare()
    world.clock.now = WEDNESDAY
    assert (world.preview().edition_id, world.preview().posts) == ("weekly/2026-11-23", 1)
    world.clock.now = WEDNESDAY - WEEK
    assert (world.preview().edition_id, world.preview().posts) == ("weekly/2026-11-16", 1)


def test_a_preview_for_a_reader_leaves_out_the_events_that_they_have_had_often_enough(world: World) -> None:
    world.digest = a_digest(promote_times=1)
    world.events = (SUMMIT,)
    world.join("ann")
    world.appear(POST)
    world.prepare()
    assert world.preview("ann").events == 1
    world.deliver()
    world.clock.forward(days=7)
    world.join("ben")
    world.appear(a_source_post(id="2", published=MONDAY))
    seen = {name: world.preview(name) for name in ("ann", "ben")}
    assert {name: shown.events for name, shown in seen.items()} == {"ann": 0, "ben": 1}
    check_prepare_keeps_to(world, world.preview(), seen)
    assert len(world.editions()) == 2


def test_who_does_not_get_the_digest_is_shown_none(world: World) -> None:
    world.join("ann")
    world.leave("ann")
    for name in ("ann", "zoe"):
        with pytest.raises(UsageError, match=f"{name}@example.org does not get weekly"):
            world.preview(name)


def test_the_promised_closing_is_the_one_that_is_answered_also_where_one_was_moved_within_its_day(
    world: World,
) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    world.digest = a_digest(closings=(Closing(weekday=0, at=time(8, 45)),))
    promised = world.promised()
    assert promised == datetime.fromisoformat("2026-11-30T08:45Z")
    world.appear(a_source_post(id="2", published=MONDAY))
    world.clock.now = promised
    world.prepare()
    assert [edition.id for edition in world.editions()] == ["weekly/2026-11-23", "weekly/2026-11-30"]


# -- generated histories ------------------------------------------------------------------------------------


class Life:
    """A site over a year: posts come and change, machines stand still, closings are moved, nights have 23 hours."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = World(
            open_store(f"sqlite:///{folder}/{seed}.db"),
            clock=SettableClock(MONDAY + timedelta(days=self.chance.randrange(365))),
        )
        self.world.digest = a_digest(
            promote_times=self.chance.choice([0, 1, 2]),
            max_late=timedelta(hours=self.chance.choice([6, 48, 200])),
            promote_most=self.chance.randint(1, 3),
        )
        self.posts = 0
        self.world.join("ann")

    def live(self, turns: int) -> None:
        for _ in range(turns):
            self.post()
            self.chance.choice([self.post, self.edit, self.vanish, self.move_closing, self.event, self.join])()
            self.world.clock.forward(hours=self.chance.choice([0, 1, 7, 30, 100, 168, 500]))
            self.look()
            if self.chance.random() < 0.5:
                self.keep_the_promise()
        # Else there would have been nothing to compare.
        assert sum(edition.state is not EditionState.SKIPPED for edition in self.world.editions()) > turns // 4
        self.world.store.close()

    # -- what happens -------------------------------------------------------------------------------------

    def post(self) -> None:
        self.posts += 1
        when = self.world.clock.now - timedelta(hours=self.chance.choice([0, 2, 30, 200]))
        self.world.appear(self._post(self.posts, when))

    def edit(self) -> None:
        if self.posts:
            self.world.appear(self._post(self.chance.randint(1, self.posts), self.world.clock.now))

    def _post(self, number: int, when: datetime) -> SourcePost:
        title = f"Post {number}, {self.chance.random()}"
        return a_source_post(
            id=str(number), title=title, category_numbers=self.chance.choice([(), ("1",), ("3",)]), published=when
        )

    def vanish(self) -> None:
        if self.posts:
            self.world.blog_says(Batch(gone={str(self.chance.randint(1, self.posts)): "deleted (404)"}))

    def move_closing(self) -> None:
        """To another hour of today, or to the night in which clocks change, or anywhere."""
        today = self.world.clock.now.astimezone(LONDON)
        day = self.chance.choice([today.weekday(), 6, self.chance.randrange(7)])
        at = self.chance.choice([today.time(), time(1, 30), time(0), time(self.chance.randrange(24), 59)])
        self.world.digest = replace(
            self.world.digest,
            cadences=(weekly(Closing(weekday=day, at=at.replace(second=0, microsecond=0, tzinfo=None))),),
        )

    def event(self) -> None:
        starts = self.world.clock.now.date() + timedelta(days=self.chance.randint(0, 60))
        standing = self.chance.choice([EventStatus.SCHEDULED, EventStatus.MOVED, EventStatus.CANCELLED])
        name = f"event-{self.chance.randrange(4)}"
        others = tuple(event for event in self.world.events if event.id != name)
        book_by = starts - timedelta(days=self.chance.randint(0, 9))
        self.world.events = (*others, replace(an_event(id=name, starts=starts), standing=standing, book_by=book_by))

    def join(self) -> None:
        self.world.join(self.chance.choice(READERS), categories=self.chance.choice([None, ("housing",), ("scotland",)]))

    # -- the law ----------------------------------------------------------------------------------------------

    def look(self) -> None:
        there = [copy.email.partition("@")[0] for copy in self.world.copies().values()]
        known = {"ann", *there} | {name for name in READERS if self._gets(name)}
        check_prepare_keeps_to(self.world, self.world.preview(), {name: self.world.preview(name) for name in known})
        self.world.deliver()

    def _gets(self, name: str) -> bool:
        try:
            self.world.preview(name)
        except UsageError:
            return False
        return True

    def keep_the_promise(self) -> None:
        """At the promised closing an edition is frozen that ends there, or skipped with its reason."""
        self.world.clock.now = promised = self.world.promised()
        self.look()
        newest = self.world.editions()[-1]
        assert newest.period.ends == promised
        assert newest.state is not EditionState.SKIPPED or newest.reason


def test_over_generated_weeks_what_was_shown_is_what_is_frozen(tmp_path: Path) -> None:
    Life(tmp_path, 0).live(10)


@pytest.mark.slow
def test_over_many_generated_years_what_was_shown_is_what_is_frozen(tmp_path: Path) -> None:
    for seed in range(100, 120):
        Life(tmp_path, seed).live(40)
