"""A first crawl that several polls make, each cut off: the store is in the end as one poll would have made it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from solacefeed.deeds.posts.take_over import take_over
from solacefeed.errors import BrokenOff, CutOff
from solacefeed.http_client.budget import Budget
from solacefeed.models.posts import PostState
from solacefeed.posts.merging import unpacked
from solacefeed.sources.finding import AutoSource
from solacefeed.sources.found import in_use
from solacefeed.sources.wordpress import WordPressSource
from solacefeed.store import quarantine, sources
from solacefeed.store.database import Store
from solacefeed.store.schema import posts
from tests.deeds.moving_blog import MovingBlog, name_in
from tests.deeds.world import everything_in
from tests.sources.source_world import HOME, NOW, a_client
from tests.support.blog.server import Serving, serve
from tests.support.builders import a_reading
from tests.support.fakes import Killed, SettableClock

NAMES = tuple(f"post-{number}" for number in range(23))


@contextmanager
def a_served_blog() -> Iterator[Serving]:
    blog = MovingBlog()
    for name in NAMES:
        blog.write(name)
    with serve(blog) as serving:
        yield serving


def polled(
    store: Store,
    serving: Serving,
    *,
    requests: int = 1000,
    on_batch: Callable[[int], None] = lambda _: None,
    now: datetime = NOW,
) -> None:
    """One poll, by a source that has learnt that this blog gives five posts at once."""
    with store.write() as connection:
        known = sources.notes(connection, HOME)
        sizes = json.dumps([["posts", 5, now.isoformat()], ["stamps", 5, now.isoformat()]])
        memory = {"home": HOME, "whole": "", "rest:home": HOME, **known.memory, "rest:sizes": sizes}
        sources.remember(connection, HOME, memory=memory, complete=known.complete)
    with a_client(reach={HOME: serving.origin}, budget=Budget(seconds=600, requests=requests)) as client:
        source = AutoSource(client, HOME, {"rest": lambda url: WordPressSource(client, url)})
        take_over(store, source, SettableClock(now), url=HOME, read=a_reading, on_batch=on_batch)


def what_is_kept(store: Store) -> dict[str, list[object]]:
    """All but the source's own notes of its way."""
    return {table: rows for table, rows in everything_in(store).items() if table != "sources"}


@pytest.fixture
def undisturbed(store: Store) -> dict[str, list[object]]:
    with a_served_blog() as serving:
        polled(store, serving)
    kept = what_is_kept(store)
    with store.write() as connection:
        for table in reversed(posts.metadata.sorted_tables):
            connection.execute(sa.delete(table))
    return kept


def test_a_crawl_cut_off_by_its_questions_ends_as_one_that_was_not(
    store: Store, undisturbed: dict[str, list[object]]
) -> None:
    with a_served_blog() as serving:
        for requests in (7, 6, 8, 7):
            with suppress(CutOff):
                polled(store, serving, requests=requests)
            with store.read() as connection:
                found = in_use(sources.notes(connection, HOME).memory)
            assert found is not None
            assert found.kind == "rest"
        polled(store, serving)
    assert what_is_kept(store) == undisturbed


def test_a_crawl_killed_or_broken_off_after_any_batch_ends_as_one_that_was_not(
    store: Store, undisturbed: dict[str, list[object]]
) -> None:
    with a_served_blog() as serving:
        for end in (Killed(), BrokenOff("enough"), Killed()):
            batches = iter(range(3))

            def after_some(_: int, end: BaseException = end, batches: Iterator[int] = batches) -> None:
                if next(batches, None) is None:
                    raise end

            with pytest.raises(type(end)):
                polled(store, serving, on_batch=after_some)
        before = len(serving.requests)
        polled(store, serving)
        whole = [asked for asked in serving.requests[before:] if "content" in asked.target]
    assert len(whole) <= 2
    assert what_is_kept(store) == undisturbed


def test_nothing_of_a_first_crawl_counts_as_news_however_many_polls_made_it(store: Store) -> None:
    with a_served_blog() as serving:
        for requests in (7, 6, 7):
            with suppress(CutOff):
                polled(store, serving, requests=requests)
            with store.read() as connection:
                assert not sources.notes(connection, HOME).complete
        polled(store, serving)
    with store.read() as connection:
        rows = connection.execute(sa.select(posts.c.published, posts.c.seen)).all()
        assert sources.notes(connection, HOME).complete
        assert quarantine.everything(connection) == []
    assert len(rows) == len(NAMES)
    assert all(row.seen == row.published for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("requests", [15, 19, 1000])
@pytest.mark.parametrize("deed", ["moves", "shares a link", "shares a guid"])
def test_which_post_it_is_is_settled_where_no_poll_can_list_all(sqlite_store: Store, requests: int, deed: str) -> None:
    store = sqlite_store
    with a_served_blog() as serving:
        blog = serving.blog
        assert isinstance(blog, MovingBlog)
        polled(store, serving)
        before = names(store)
        match deed:
            case "moves":
                blog.move_in({number: number + 100 for number in blog.posts})
            case "shares a link":
                blog.links[blog.write("one more")] = blog.permalink(blog.posts[2])
            case "shares a guid":
                blog.guids[blog.write("one more")] = blog.guid(blog.posts[2])
        ended = 0
        for day in range(1, 16):
            with suppress(CutOff):
                polled(store, serving, requests=requests, now=NOW + timedelta(days=day))
                ended += 1
        assert ended > 2
        after = names(store)
    assert before.items() <= after.items()
    assert len(after) == len(before) + (deed != "moves")


def names(store: Store) -> dict[str, str]:
    with store.read() as connection:
        rows = connection.execute(sa.select(posts.c.id, posts.c.raw).where(posts.c.state == PostState.PUBLISHED)).all()
    return {row.id: name_in(unpacked(row.raw)["content"]) for row in rows}
