"""The vocabulary of which post is which: a blog that is moved and meddled with, polled by each kind of source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

import sqlalchemy as sa

from solacefeed.deeds.posts.take_over import PollResult, take_over
from solacefeed.models.posts import PostState
from solacefeed.ports import Source
from solacefeed.posts.merging import unpacked
from solacefeed.sample.blog import BlogPost
from solacefeed.sources.export import ExportSource
from solacefeed.sources.feed import FeedSource
from solacefeed.sources.wordpress import WordPressSource
from solacefeed.store.database import Store
from solacefeed.store.schema import posts
from tests.sources.source_world import HOME, NOW, a_client
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve
from tests.support.builders import a_reading
from tests.support.fakes import SettableClock


@dataclass(slots=True, kw_only=True)
class MovingBlog(Blog):
    """A blog of which each guid and each link can be what a plugin makes of it."""

    guids: dict[int, str] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)

    def guid(self, post: BlogPost) -> str:
        return self.guids.get(post.id) or Blog.guid(self, post)

    def permalink(self, post: BlogPost) -> str:
        return self.links.get(post.id) or Blog.permalink(self, post)

    def write(self, name: str) -> int:
        """Adds a post that is told from all others by its text, whatever else of it changes."""
        at = NOW - timedelta(days=40) + timedelta(hours=7 * self._last_id)
        return self.add(f"On {name}", f"<p>This is {name}.</p>", at=at, slug=f"on-{name}")

    def move_in(self, numbers: dict[int, int]) -> None:
        """Imports the posts of these *numbers* into a new WordPress under others; what was there is there no more."""
        old = dict(self.posts)
        guids, links = ({number: of(old[number]) for number in numbers} for of in (self.guid, self.permalink))
        self.posts = {new: replace(old[number], id=new) for number, new in sorted(numbers.items(), key=lambda n: n[1])}
        self.guids = {new: guids[number] for number, new in numbers.items()}
        self.links = {new: links[number] for number, new in numbers.items()}
        self._last_id = max([self._last_id, *self.posts])

    def bring(self, numbers: dict[int, int], old: dict[int, BlogPost]) -> None:
        """Imports more of the *old* posts, under new numbers."""
        for number, new in numbers.items():
            self.posts[new] = replace(old[number], id=new)
            self.guids[new], self.links[new] = Blog.guid(self, old[number]), Blog.permalink(self, old[number])


@dataclass(slots=True, kw_only=True)
class Follower:
    """A store that follows a blog; each poll is a quarter of an hour after the last one, or as much *later*."""

    store: Store
    blog: MovingBlog
    serving: Serving
    folder: Path
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW))

    def by_rest(self, *, later: timedelta = timedelta(minutes=15)) -> PollResult:
        with a_client(reach={HOME: self.serving.origin}) as client:
            return self.by(WordPressSource(client, HOME), HOME, later)

    def by_feed(self, *, later: timedelta = timedelta(minutes=15)) -> PollResult:
        with a_client(reach={HOME: self.serving.origin}) as client:
            return self.by(FeedSource(client, f"{HOME}/feed/"), f"{HOME}/feed/", later)

    def by_export(self, *, later: timedelta = timedelta(minutes=15)) -> PollResult:
        path = self.folder / "export.xml"
        path.write_text(exported(self.blog))
        return self.by(ExportSource(path), f"export:{path}", later)

    @property
    def names(self) -> dict[str, str]:
        """Of each post that feeds show, by its id, the name that its text bears."""
        return {post_id: name for post_id, (name, state) in self.known.items() if state == PostState.PUBLISHED}

    @property
    def known(self) -> dict[str, tuple[str, str]]:
        """The names of all posts, and their states."""
        with self.store.read() as connection:
            rows = connection.execute(sa.select(posts.c.id, posts.c.raw, posts.c.state)).all()
        return {row.id: (name_in(unpacked(row.raw)["content"]), row.state) for row in rows}

    @property
    def dated(self) -> dict[str, tuple[datetime, datetime]]:
        """By their names, when posts were published and seen."""
        with self.store.read() as connection:
            rows = connection.execute(sa.select(posts.c.raw, posts.c.published, posts.c.seen)).all()
        return {name_in(unpacked(row.raw)["content"]): (row.published, row.seen) for row in rows}

    def by(self, source: Source, name: str, later: timedelta) -> PollResult:
        self.clock.now += later
        return take_over(self.store, source, self.clock, url=name, read=a_reading, on_batch=lambda _: None)


def name_in(text: str) -> str:
    found = re.search(r"This is ([\w-]+)", text)
    assert found is not None
    return found[1]


@contextmanager
def following(store: Store, folder: Path, *names: str) -> Iterator[Follower]:
    """A blog with posts of these names, which nobody has polled yet."""
    blog = MovingBlog()
    for name in names:
        blog.write(name)
    with serve(blog) as serving:
        yield Follower(store=store, blog=blog, serving=serving, folder=folder)


def exported(blog: MovingBlog) -> str:
    """The export that its owner would make now."""
    items = (
        f"<item><title>{escape(post.title)}</title><link>{escape(blog.permalink(post))}</link>"
        f"<guid>{escape(blog.guid(post))}</guid><content:encoded><![CDATA[{post.content}]]></content:encoded>"
        f"<wp:post_id>{post.id}</wp:post_id><wp:post_date_gmt>{post.date_gmt:%Y-%m-%d %H:%M:%S}</wp:post_date_gmt>"
        f"<wp:post_modified_gmt>{post.modified_gmt:%Y-%m-%d %H:%M:%S}</wp:post_modified_gmt>"
        "<wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item>"
        for post in blog.public_posts()
    )
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>A blog</title>'
        f"<link>{blog.url}</link><wp:wxr_version>1.2</wp:wxr_version>{''.join(items)}</channel></rss>"
    )
