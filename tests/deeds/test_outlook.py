"""What bites before readers notice: found in a real store, and looked at once a day where servers are asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.upkeep.daily_checks import look
from solacefeed.deeds.upkeep.disk_room import DiskRoom, rooms
from solacefeed.deeds.upkeep.doctor.examinations import Examination, SiteFinding, ok, trouble, unknown
from solacefeed.store import alarms
from tests.deeds.alarm_world import Watch
from tests.deeds.test_bounces import path_of, read
from tests.deeds.world import World
from tests.support.bounced_mail import arf
from tests.support.builders import a_source_post

EDITION = "weekly/2026-11-23"
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
DAY = timedelta(days=1)


def an_edition_went(world: World, readers: int) -> list[str]:
    """To so many readers; their names."""
    names = [f"reader{number:02}" for number in range(readers)]
    world.join_at_once(dict.fromkeys(names))
    world.appear(POST)
    world.prepare()
    world.deliver()
    return names


def keys(world: World) -> list[str]:
    return [each.key for each in Watch(world).judged().troubles]


# -- readers ----------------------------------------------------------------------------------------------


def test_an_audience_that_shrinks_by_more_than_a_quarter_has_jumped(world: World) -> None:
    names = an_edition_went(world, 60)
    for name in names[:20]:
        world.leave(name)
    assert keys(world) == []
    world.leave(names[20])
    assert keys(world) == ["audience-jump:weekly"]


@pytest.mark.more
def test_one_that_grows_has_too_until_the_next_edition_was_for_it(world: World) -> None:
    an_edition_went(world, 40)
    world.join_at_once({f"new{number:02}": None for number in range(21)})
    assert keys(world) == ["audience-jump:weekly"]
    world.clock.forward(days=7)
    world.appear(a_source_post(id="2", title="The loud budget", category_numbers=("1",)))
    world.prepare()
    world.deliver()
    assert keys(world) == []


@pytest.mark.more
def test_whoever_comes_after_a_closing_that_mailed_nobody_is_no_sign_that_nobody_looks(world: World) -> None:
    world.appear(POST)
    world.clock.forward(hours=3)
    assert world.prepare().line() == "prepare: nobody has subscribed yet"
    world.join("ann")
    assert keys(world) == []
    world.clock.forward(hours=2)
    assert keys(world) == [f"not-done:{EDITION}"]
    world.prepare()
    world.deliver()
    assert keys(world) == []


@pytest.mark.more
def test_complaints_are_told_by_their_share_of_an_edition(world: World, tmp_path: Path) -> None:
    names = an_edition_went(world, 40)
    copies = world.copies()
    read(world, tmp_path, *(arf(to=path_of(copies[name])) for name in names[:2]))
    assert keys(world) == []
    read(world, tmp_path, arf(to=path_of(copies[names[2]])))
    assert f"called-spam:{EDITION}" in keys(world)
    world.clock.forward(days=31)
    assert f"called-spam:{EDITION}" not in keys(world)


# -- disks ------------------------------------------------------------------------------------------------


def test_what_lies_on_one_disk_is_told_once_also_where_its_folder_is_yet_to_be_made(tmp_path: Path) -> None:
    (room,) = rooms({"the store": tmp_path, "feeds": tmp_path / "not" / "yet"})
    assert room.holds == "the store and feeds"
    assert 0 < room.free <= room.size
    assert room.takes_files


@pytest.mark.parametrize(
    ("free", "size", "wanted", "is_too_little"),
    [
        (99_000_000, 10**11, 0, True),
        (101_000_000, 5 * 10**9, 0, False),
        # A tenth of a small one will do.
        (7_000_000, 64_000_000, 0, False),
        (6_000_000, 64_000_000, 0, True),
        # The store may be written anew at any time.
        (5 * 10**9, 10**11, 6 * 10**9, True),
        # Of a large one two in a hundred are left: much, or not.
        (1_900_000_000, 10**11, 0, True),
        (2_100_000_000, 2 * 10**11, 0, False),
    ],
)
def test_a_disk_is_nearly_full_by_bytes_and_by_its_share(
    free: int, size: int, wanted: int, is_too_little: bool
) -> None:
    assert DiskRoom(holds="feeds", free=free, size=size).is_too_little(wanted) is is_too_little


# -- once a day -------------------------------------------------------------------------------------------


class Asked:
    """Examinations that find what they are told to, and count how often they are asked."""

    def __init__(self) -> None:
        self.finds: dict[str, list[SiteFinding]] = {}
        self.asked: list[str] = []

    def all(self) -> dict[str, Examination]:
        return {name: self._one(name) for name in self.finds}

    def _one(self, name: str) -> Examination:
        def examine() -> list[SiteFinding]:
            self.asked.append(name)
            return self.finds[name]

        return Examination(name=name, part="web", promise=name, examine=examine)


def test_each_is_looked_at_once_a_day_and_what_was_found_stands_until_the_next(world: World) -> None:
    asked = Asked()
    asked.finds = {"certificate https://a.example.org": [trouble("it ends", "renew it")], "dkim": [ok("it is there")]}

    def looks() -> list[str]:
        asked.asked.clear()
        look(world.store, world.clock, asked.all(), every=DAY)
        return sorted(asked.asked)

    assert looks() == sorted(asked.finds)
    world.clock.forward(hours=23)
    assert (looks(), keys(world)) == ([], ["certificate:https://a.example.org"])
    world.clock.forward(hours=1)
    # Who does not answer says nothing.
    asked.finds["certificate https://a.example.org"] = [unknown("no answer")]
    asked.finds["dkim"] = [trouble("two records", "leave one"), trouble("another key", "publish ours")]
    assert looks() == sorted(asked.finds)
    assert keys(world) == ["certificate:https://a.example.org", "dkim", "dkim:2"]
    del asked.finds["certificate https://a.example.org"]
    assert (looks(), keys(world)) == ([], ["dkim", "dkim:2"])
    with world.store.read() as connection:
        assert set(alarms.checked(connection)) == {"dkim"}
