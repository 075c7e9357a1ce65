"""The vocabulary of the tests of pages: a reader who keeps what the pages of a served blog told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from solacefeed.errors import CutOff
from solacefeed.http_client.budget import Budget
from solacefeed.models.blog import BlogInfo, Grade, SourcePost
from solacefeed.ports import Batch, Known
from solacefeed.sources.pages import Bounds, PagesSource
from tests.sources.source_world import HOME, NOW, a_client
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving

FEW = Bounds(pages=5, later=3, posts=8, filing=20, depth=12)


def a_long_blog(posts: int = 25, *, theme: str = "2012") -> Blog:
    """A blog with a post a day, each with a text that is more than its excerpt."""
    blog = Blog(title="Officers & others", description="What we think", theme=theme)
    blog.add_user("jo", "Jo Bloggs")
    blog.add_category("Housing")
    blog.add_category("Health & Wellbeing")
    for number in range(1, posts + 1):
        add_post(blog, number)
    return blog


def add_post(blog: Blog, number: int) -> int:
    text = f"<p>This is the text of post {number}. {'Councils build homes. ' * 20}</p>\n<p>The <em>end</em>.</p>\n"
    at = datetime(2026, 9, 1, 9, tzinfo=UTC) + timedelta(days=number - 1)
    return blog.add(
        f"Post &amp; number {number}", text, at=at, author="jo", slug=f"post-{number}", categories=["Housing"]
    )


@dataclass(slots=True)
class PagesReader:
    """Commits each batch, as the deed does."""

    serving: Serving
    bounds: Bounds = field(default_factory=Bounds)
    #: How many questions a poll may ask.
    requests: int = 100_000
    #: By which words the last poll was cut off.
    cut_off: str = ""
    site: BlogInfo | None = None
    posts: dict[str, SourcePost] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    complete: bool = False

    def poll(self) -> list[str]:
        """Polls, and returns the numbers or addresses of the posts that were new or changed."""
        return [post.number or post.url for batch in self.steps() for post in batch.posts]

    def asked_in_a_poll(self) -> list[str]:
        """Polls, and returns the paths and queries that were asked for."""
        before = len(self.serving.requests)
        self.poll()
        return [asked.target for asked in self.serving.requests[before:]]

    def steps(self) -> Iterator[Batch]:
        reach = {HOME: self.serving.origin, "http://blog.example.org": self.serving.origin}
        known = Known(memory=self.memory, posts={}, complete=self.complete)
        self.cut_off = ""
        with a_client(reach=reach, budget=Budget(seconds=600, requests=self.requests)) as client:
            try:
                for batch in PagesSource(client, f"{HOME}/", bounds=self.bounds).changes(known, NOW):
                    assert batch.grade is Grade.PAGES
                    assert not batch.gone
                    self._commit(batch)
                    yield batch
            except CutOff as cut:
                self.cut_off = str(cut)

    def _commit(self, batch: Batch) -> None:
        self.site = batch.site or self.site
        self.posts |= {post.number or post.url: post for post in batch.posts}
        self.unreadable |= batch.unreadable
        self.memory = self.memory if batch.memory is None else dict(batch.memory)
        self.complete = self.complete or batch.complete
