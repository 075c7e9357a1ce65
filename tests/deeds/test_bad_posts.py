"""A post that can't be kept costs no other, and what fails for the store's sake is no post's fault."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.deeds.posts.decisions import retry_quarantined
from solacefeed.deeds.posts.take_over import take_over
from solacefeed.errors import StoreError
from solacefeed.models.blog import Grade, SourcePost, Stamp
from solacefeed.models.posts import Reading
from solacefeed.ports import Batch, Known
from solacefeed.sources import feed_json
from solacefeed.sources import wordpress_rows as rows
from solacefeed.store import categories, posts, quarantine
from solacefeed.store.database import Store, open_store
from solacefeed.text import reading
from tests.deeds.world import BLOG, CATEGORIES, World, everything_in
from tests.sources.feed_world import a_json_feed
from tests.sources.test_wordpress_rows import POST
from tests.support.builders import MONDAY, WEDNESDAY, a_reading, a_source_category, a_source_post
from tests.support.counting import Tally, before_each_statement, transactions_that_write
from tests.support.fakes import ScriptedSource, SettableClock

MANY = tuple(
    a_source_post(id=str(n), title=f"Post {n}", published=WEDNESDAY - timedelta(days=n)) for n in range(1, 101)
)
#: No database takes half a character.
HALF = "\ud800"


def spoiling(*bad: str) -> Callable[[SourcePost], Reading]:
    """Reads these posts, by number, into what no database can hold."""
    return lambda post: replace(a_reading(post), excerpt=HALF) if post.number in bad else a_reading(post)


def ids(world: World) -> set[str]:
    with world.store.read() as connection:
        return {post.id for post in posts.listing(connection, limit=1000)}


def set_aside(world: World) -> dict[str, str]:
    with world.store.read() as connection:
        return {each.key: each.reason for each in quarantine.everything(connection)}


EVERY = tuple(str(post.number) for post in MANY)


@pytest.mark.parametrize(
    "bad",
    [("1",), ("50",), ("51",), ("100",), ("1", "2", "37", "38", "99"), EVERY[::2], EVERY],
    ids=["first", "middle", "behind the middle", "last", "several", "every other", "all"],
)
def test_a_post_that_cant_be_kept_is_set_aside_and_the_others_are_kept(world: World, bad: tuple[str, ...]) -> None:
    result = world.blog_says(Batch(posts=MANY, memory={"watermark": "x"}, complete=True), read=spoiling(*bad))
    assert (result.new, result.unreadable) == (100 - len(bad), len(bad))
    assert ids(world) == set(EVERY) - set(bad)
    assert set_aside(world).keys() == set(bad)
    assert all(reason.startswith("keeping it failed: ") for reason in set_aside(world).values())


def test_what_is_kept_beside_a_bad_post_is_what_would_be_kept_without_it(
    sqlite_store: Store, migrated_file: Path, tmp_path: Path
) -> None:
    without = open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'without.db')}")
    World(sqlite_store).blog_says(Batch(posts=MANY), read=spoiling("37"))
    World(without).blog_says(Batch(posts=tuple(post for post in MANY if post.number != "37")))
    assert everything_in(sqlite_store) == everything_in(without)
    without.close()


def test_a_post_is_taken_out_of_the_quarantine_once_it_can_be_kept(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:3]), read=spoiling("2"))
    assert set_aside(world).keys() == {"2"}
    assert world.blog_says(Batch(posts=MANY[:3])).new == 1
    assert set_aside(world) == {}


def test_a_bad_post_among_a_hundred_is_found_by_halves(world: World) -> None:
    """Twice seven halves of the batch are tried, and no post by itself but the last two."""
    tried = Tally()

    def count(_connection: sa.Connection, _name: str) -> None:
        tried.count += 1

    sa.event.listen(world.store.engine, "savepoint", count)
    world.blog_says(Batch(posts=MANY), read=spoiling("64"))
    sa.event.remove(world.store.engine, "savepoint", count)
    assert tried.count <= 15


def test_a_number_that_no_column_holds_is_one_posts_fault(world: World) -> None:
    endless = replace(MANY[1], comments=10**30)
    assert world.blog_says(Batch(posts=(MANY[0], endless, MANY[2]))).new == 2
    assert set_aside(world).keys() == {"2"}


def test_an_address_longer_than_an_index_takes_costs_no_other(world: World) -> None:
    """PostgreSQL refuses it and SQLite does not; either way the others are kept, and what it is called is short."""
    letters = "".join(chr(ord("a") + (n * n * 7 + n // 3) % 26) for n in range(60_000))
    endless = replace(MANY[1], number=None, guid=None, url=f"{BLOG}/{letters}")
    result = world.blog_says(Batch(grade=Grade.FEED, posts=(MANY[0], endless, MANY[2])))
    assert {"1", "3"} <= ids(world)
    assert result.new + result.unreadable == 3
    assert all(len(key) <= 600 for key in set_aside(world))


def test_a_guid_that_no_parser_takes_for_an_address_is_a_guid(world: World) -> None:
    assert world.blog_says(Batch(posts=(replace(MANY[0], guid="http://[1/?p=1"), MANY[1]))).new == 2


def test_an_instant_beyond_every_calendar_is_one_posts_fault(world: World) -> None:
    early = replace(MANY[1], published=datetime.min.replace(tzinfo=WEDNESDAY.tzinfo))
    assert world.blog_says(Batch(posts=(MANY[0], early, MANY[2]))).new == 2
    assert set_aside(world).keys() == {"2"}


# -- all of them, and what is their own fault ---------------------------------------------------------


def stumbling_over(*bad: str) -> Callable[[SourcePost], Reading]:
    def read(post: SourcePost) -> Reading:
        if post.number in bad:
            raise RecursionError("too deep")
        return a_reading(post)

    return read


def test_where_no_post_of_many_can_be_read_none_is_to_blame_and_nothing_is_set_aside(world: World) -> None:
    with pytest.raises(RecursionError):
        world.blog_says(Batch(posts=MANY, memory={"watermark": "x"}), read=stumbling_over(*EVERY))
    assert (set_aside(world), ids(world)) == ({}, set())
    assert world.blog_says(Batch(posts=MANY), read=stumbling_over(*EVERY[1:])).unreadable == 99


@pytest.mark.parametrize("url", ["", "http://[oops", f"https://{'a' * 64}.example/", "mailto:jo@example.org", "/a"])
def test_a_post_without_an_address_that_can_be_gone_to_is_set_aside(world: World, url: str) -> None:
    result = world.blog_says(Batch(posts=(MANY[0], replace(MANY[1], url=url), MANY[2])))
    assert (result.new, result.unreadable) == (2, 1)
    assert set_aside(world)["2"].startswith("its address is none of the web: ")


ODD_TEXTS = ("half \ud800", "\x00", "\ufffe and \U0001f600", "\x1b[31m", "&#xD800;&#0;", "9" * 5_000)


@pytest.mark.parametrize("odd", ODD_TEXTS, ids=[ascii(odd)[:20] for odd in ODD_TEXTS])
def test_no_character_in_any_field_of_a_row_costs_another(world: World, odd: str) -> None:
    """As a blog's JSON can have them."""
    texts = {
        "title": {"rendered": odd},
        "content": {"rendered": f"<p>{odd}</p><p title='{odd}'>Words.</p>", "protected": False},
        "excerpt": {"rendered": odd},
        "guid": {"rendered": odd},
    }
    told = [POST | {"id": n} | (texts if n == 2 else {"guid": {"rendered": f"{BLOG}/?p={n}"}}) for n in (1, 2, 3)]
    links = (
        {"link": f"{BLOG}/{row['id']}/", "title": row["title"] if row["id"] == 2 else {"rendered": f"Post {row['id']}"}}
        for row in told
    )
    batch = Batch(
        posts=tuple(rows.post(row | link) for row, link in zip(told, links, strict=True)),
        categories=(rows.category({"id": 9, "name": odd, "slug": odd[:200], "parent": 0}), *CATEGORIES),
        authors=(rows.author({"id": 3, "name": odd}),),
    )
    assert world.blog_says(batch, read=lambda post: reading.read(post.title, post.content or "", url=post.url)).new == 3


@pytest.mark.parametrize("odd", ODD_TEXTS, ids=[ascii(odd)[:20] for odd in ODD_TEXTS])
def test_no_character_in_any_field_of_a_json_feed_costs_another(world: World, odd: str) -> None:
    told = {"title": odd, "content_html": f"<p>{odd}</p>", "summary": odd, "tags": [odd], "authors": [{"name": odd}]}
    dated: list[dict[str, Any]] = [
        {"id": f"{n}", "url": f"{BLOG}/{n}/", "date_published": f"2026-11-0{n}T09:00:00Z"} for n in (1, 2, 3)
    ]
    items = [dated[0] | {"title": "One"}, dated[1] | told | {"id": odd}, dated[2] | {"title": "Three"}]
    page = feed_json.page(a_json_feed(*items, title=odd, description=odd).encode(), url=f"{BLOG}/feed.json")
    batch = Batch(grade=Grade.FEED, posts=page.posts)
    done = world.blog_says(batch, read=lambda post: reading.read(post.title, post.content or "", url=post.url))
    # A guid without end is its own entry's fault.
    assert (done.new + len(page.unreadable), done.unreadable) == (3, 0)


# -- when one is tried again --------------------------------------------------------------------------


def known_by_the_next_poll(world: World) -> dict[str, Stamp]:
    source = ScriptedSource(Batch())
    take_over(world.store, source, world.clock, url=BLOG, read=a_reading, on_batch=lambda _: None)
    return dict(source.asked[0].posts)


def test_a_post_that_was_set_aside_is_known_by_what_the_blog_showed_of_it_for_a_day(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:3]), read=stumbling_over("2"))
    known = known_by_the_next_poll(world)
    assert known.keys() == {"1", "2", "3"}
    assert known["2"] == Stamp(
        modified=MANY[1].modified or MONDAY,
        url=MANY[1].url,
        author_id=MANY[1].author_id,
        category_numbers=MANY[1].category_numbers or (),
    )
    world.clock.now += timedelta(hours=23)
    assert "2" in known_by_the_next_poll(world)
    world.clock.now += timedelta(hours=2)
    assert known_by_the_next_poll(world).keys() == {"1", "3"}


def test_a_change_that_cant_be_read_is_not_asked_for_again_at_each_poll(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:3]))
    changed = replace(MANY[1], modified=WEDNESDAY + timedelta(days=1), content="<p>New.</p>")
    world.blog_says(Batch(posts=(changed,)), read=stumbling_over("2"))
    assert known_by_the_next_poll(world)["2"].modified == changed.modified
    world.blog_says(Batch(posts=(changed,)))
    assert set_aside(world) == {}


def test_who_wants_them_tried_again_need_not_wait_for_a_day(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:3]), read=stumbling_over("2"))
    assert retry_quarantined(world.store, BLOG) == 1
    assert "2" not in known_by_the_next_poll(world)
    assert set_aside(world).keys() == {"2"}


def test_a_clock_that_was_set_back_leaves_none_alone_for_years(world: World) -> None:
    world.clock.now += timedelta(days=400)
    world.blog_says(Batch(posts=MANY[:3]), read=stumbling_over("2"))
    world.clock.now -= timedelta(days=400)
    assert "2" not in known_by_the_next_poll(world)


def test_a_post_that_is_gone_is_set_aside_no_more(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:3]), read=stumbling_over("2"))
    world.vanish("2")
    assert set_aside(world) == {}


# -- categories ---------------------------------------------------------------------------------------


def test_a_category_that_cant_be_read_is_set_aside_until_it_can(world: World) -> None:
    bad = Batch(categories=CATEGORIES, unreadable_categories={"3": "name is missing"})
    world.blog_says(bad)
    assert set_aside(world) == {"category 3": "name is missing"}
    with transactions_that_write(world.store) as writes:
        world.blog_says(bad)
    assert writes.count == 0
    world.recategorise(*CATEGORIES)
    assert set_aside(world) == {}


def test_a_category_that_no_store_can_hold_costs_no_other(world: World) -> None:
    odd = a_source_category(number="7", slug=f"half {HALF}", name="Half")
    world.recategorise(*CATEGORIES[:2], odd, CATEGORIES[2], a_source_category(number="8", slug="new", name="New"))
    with world.store.read() as connection:
        assert {each.slug for each in categories.everything(connection)} == {
            "housing",
            "homelessness",
            "scotland",
            "new",
        }
    assert set_aside(world).keys() == {"category 7"}
    world.recategorise(*CATEGORIES, replace(CATEGORIES[2], slug=f"half {HALF}"))
    with world.store.read() as connection:
        assert "scotland" in {each.slug for each in categories.everything(connection)}


# -- the store's own troubles -------------------------------------------------------------------------


def test_a_full_disk_is_said_as_it_is_and_no_post_is_set_aside(sqlite_store: Store) -> None:
    world = World(sqlite_store)
    world.blog_says(Batch(posts=MANY[:2]))
    before = everything_in(world.store)

    def full(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    big = tuple(replace(post, content="<p>" + "words " * 500 + "</p>") for post in MANY)
    with pytest.raises(StoreError, match=r"database or disk is full.*nothing of this step was kept"):
        take_over(
            world.store.beginning_with(full),
            ScriptedSource(Batch(posts=big)),
            world.clock,
            url=BLOG,
            read=a_reading,
            on_batch=lambda _: None,
        )
    assert everything_in(world.store) == before
    assert set_aside(world) == {}


@pytest.mark.parametrize("after", [0, 3, 8, 12])
def test_a_trouble_of_the_store_that_passes_is_no_posts_fault_either(world: World, after: int) -> None:
    """As when PostgreSQL ends one of two that wait for each other: the batch is not tried in halves."""
    before = everything_in(world.store)
    asked = Tally()

    def go_away() -> None:
        asked.count += 1
        if asked.count == after + 8:  # Beyond what is read before the transaction.
            raise sa.exc.OperationalError("...", None, Exception("database is locked"))

    with before_each_statement(world.store, go_away), pytest.raises(StoreError, match="database is locked"):
        world.blog_says(Batch(posts=MANY), read=spoiling("64"))
    assert everything_in(world.store) == before
    assert set_aside(world) == {}


# -- how much is held ---------------------------------------------------------------------------------


class _Source:
    """Yields batches that are made as they are asked for."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:  # noqa: ARG002  # the seam has it
        return self._batches


def crawl_of(batches: int) -> Iterator[Batch]:
    """Each batch has half a megabyte."""
    for start in range(0, batches * 10, 10):
        numbers = range(start + 1, start + 11)
        content = "x" * 50_000
        yield Batch(posts=tuple(a_source_post(id=str(n), title=f"Post {n}", content=f"{n}{content}") for n in numbers))


def test_a_crawl_of_many_batches_holds_no_more_than_one_of_few(sqlite_store: Store) -> None:
    def most_held(batches: int) -> int:
        source = _Source(crawl_of(batches))
        tracemalloc.start()
        clock = SettableClock(MONDAY)
        take_over(sqlite_store, source, clock, url=f"{BLOG}/{batches}", read=a_reading, on_batch=lambda _: None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = most_held(4), most_held(40)
    # What is kept for speed (addresses, statements) has its bound; the posts themselves have 18 MB more.
    assert many < few + 5_000_000
