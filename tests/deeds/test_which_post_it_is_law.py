"""Laws of identity, whatever is done to a blog: as many posts as it has, each under one id, and that for good."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solacefeed.deeds.posts.take_over import PollResult
from solacefeed.store.database import Store, open_store
from tests.deeds.moving_blog import Follower, MovingBlog, following
from tests.support.databases import Databases

#: What is done, and to which posts by their places.
Edit = tuple[str, int, int]

Stores = Callable[[], AbstractContextManager[Store]]

#: Between two polls a feed has been read to its end once more, and a blog swept.
LATER = timedelta(days=8)
SHARED_LINK, SHARED_GUID = "https://elsewhere.example/story/", "https://blog.example.org/?p=1"

WHICH = st.integers(0, 9)
EDITS = st.one_of(
    st.tuples(st.just("write"), WHICH, WHICH),
    st.tuples(st.just("remove"), WHICH, WHICH),
    st.tuples(st.just("move"), WHICH, WHICH),
    st.tuples(st.just("share a link"), WHICH, WHICH),
    st.tuples(st.just("share a guid"), WHICH, WHICH),
    st.tuples(st.just("guids are permalinks"), WHICH, WHICH),
    st.tuples(st.just("http to https"), WHICH, WHICH),
    st.tuples(st.just("www"), WHICH, WHICH),
    st.tuples(st.just("retitle"), WHICH, WHICH),
)


@pytest.fixture
def on_sqlite(migrated_file: Path, tmp_path: Path) -> Stores:
    numbers = iter(range(10_000))

    @contextmanager
    def one() -> Iterator[Store]:
        path = shutil.copy(migrated_file, tmp_path / f"{next(numbers)}.db")
        store = open_store(f"sqlite:///{path}")
        yield store
        store.close()
        Path(path).unlink()

    return one


@pytest.fixture
def on_postgresql(databases: Databases) -> Stores:
    @contextmanager
    def one() -> Iterator[Store]:
        with databases.migrated() as address:
            store = open_store(address)
            yield store
            store.close()

    return one


def do(blog: MovingBlog, edit: Edit, follower: Follower) -> None:
    """Does one thing to a blog, to the posts that are meant by their places."""
    what, one, other = edit
    numbers = sorted(blog.posts)
    first, second = numbers[one % len(numbers)], numbers[other % len(numbers)]
    match what:
        case "write":
            blog.write(f"p{len(follower.known)}-{one}")
        case "remove" if len(numbers) > 2:
            blog.delete(first)
        case "move":
            turned = [*numbers[one % len(numbers) :], *numbers[: one % len(numbers)]]
            blog.move_in({number: new + other * 3 for number, new in zip(numbers, turned, strict=True)})
        case "share a link":
            blog.links |= dict.fromkeys((first, second), SHARED_LINK)
        case "share a guid":
            blog.guids |= dict.fromkeys((first, second), SHARED_GUID)
        case "guids are permalinks":
            blog.guids = {number: blog.permalink(blog.posts[number]) for number in numbers}
        case "http to https" | "www":
            move = ("https://", "http://") if what == "http to https" else ("//blog.", "//www.blog.")
            blog.links = {number: blog.permalink(blog.posts[number]).replace(*move) for number in numbers}
            blog.guids = {number: blog.guid(blog.posts[number]).replace(*move) for number in numbers}
        case "retitle":
            blog.edit(first, at=follower.clock.now, title=f"Anew {one}{other}")


def names_on(blog: MovingBlog) -> set[str]:
    return {post.content.split("This is ")[1].partition(".")[0] for post in blog.public_posts()}


def holds(follower: Follower, poll: Callable[..., PollResult], edits: list[Edit], kind: str) -> None:
    """The laws, after each of *edits*."""
    poll(later=LATER)
    for edit in edits:
        before = follower.known
        do(follower.blog, edit, follower)
        result = poll(later=LATER)
        now, names = follower.known, names_on(follower.blog)
        assert {post_id: now[post_id][0] for post_id in before} == {
            post_id: name for post_id, (name, _) in before.items()
        }
        told = [name for name, _ in now.values()]
        assert len(told) == len(set(told))
        assert names <= set(told)
        assert result.new == len(now) - len(before)
        if kind == "rest":
            assert set(follower.names.values()) == names
    assert (follower.known, poll(later=LATER).line()) == (follower.known, "poll: 0 new, 0 changed, 0 gone")


def tellable(edits: list[Edit]) -> list[Edit]:
    """Without what leaves a feed's entry nothing of its own: it has no number beside guid and link."""
    shares_links = any(what == "share a link" for what, _, _ in edits)
    return [edit for edit in edits if not (shares_links and edit[0] == "share a guid")]


def try_out(stores: Stores, folder: Path, kind: str, edits: list[Edit]) -> None:
    if kind == "feed":
        edits = tellable(edits)
    with stores() as store, following(store, folder, "a", "b", "c", "d") as follower:
        polls = {"rest": follower.by_rest, "feed": follower.by_feed, "export": follower.by_export}
        holds(follower, polls[kind], edits, kind)


KINDS = pytest.mark.parametrize("kind", ["rest", "export", "feed"])
quiet = HealthCheck.function_scoped_fixture


@KINDS
@settings(max_examples=4, deadline=None, suppress_health_check=[quiet])
@given(edits=st.lists(EDITS, max_size=4))
def test_each_post_of_a_blog_is_one_and_stays_it(
    on_sqlite: Stores, tmp_path: Path, kind: str, edits: list[Edit]
) -> None:
    try_out(on_sqlite, tmp_path, kind, edits)


@pytest.mark.slow
@KINDS
@settings(max_examples=60, deadline=None, suppress_health_check=[quiet])
@given(edits=st.lists(EDITS, max_size=8))
def test_whatever_is_done_to_a_blog_each_post_is_one_and_stays_it(
    on_sqlite: Stores, tmp_path: Path, kind: str, edits: list[Edit]
) -> None:
    try_out(on_sqlite, tmp_path, kind, edits)


@pytest.mark.slow
@KINDS
@settings(max_examples=40, deadline=None, suppress_health_check=[quiet])
@given(edits=st.lists(EDITS, max_size=6))
def test_on_postgresql_too_each_post_is_one_and_stays_it(
    on_postgresql: Stores, tmp_path: Path, kind: str, edits: list[Edit]
) -> None:
    try_out(on_postgresql, tmp_path, kind, edits)
