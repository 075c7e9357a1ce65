"""What a first crawl costs a post, beside ``text.read`` of the same posts in the same run; in CPU, not in waiting.

python -m benchmarks.bench_crawl [posts]

The blog answers over HTTP from a process of its own, so that its work is not counted. The store is a file.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter, process_time

import sqlalchemy as sa

from benchmarks.children import ROOT, python
from solacefeed.deeds.posts.take_over import PollResult, take_over
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import SourcePost
from solacefeed.models.posts import Reading
from solacefeed.sample.blog import Blog, BlogCategory, BlogPost, BlogUser
from solacefeed.sample.server import serve
from solacefeed.sources.wordpress import WordPressSource
from solacefeed.store.database import Store, open_store
from solacefeed.text.reading import read

_HOME = "https://blog.example.org"
_NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_SECTIONS = range(1, 21)
_ROUNDS = 3
_SENTENCES = (
    "Every council has a plan, and <em>most</em> plans have a <a href='/2025/plan/'>cost</a>.",
    "What we found, when we looked, was that the cost of the plan’s delay was larger than the plan’s own.",
    "Nobody had asked; so we did: who waits, for how long, and what does the waiting do?",
    "The answers fill this page, and there are more of them in <strong>the report</strong> than one would like.",
    "A budget that announces itself is rarely the one that is kept, as any treasurer will tell you.",
)


def a_text(random: Random) -> str:
    """About 6 kB of HTML, with a by-line before and an event behind it."""
    paragraphs = (f"<p>{' '.join(random.choices(_SENTENCES, k=4))}</p>\n" for _ in range(14))
    return (
        "<p><em>Jo Bloggs, Chief Executive of Anytown, writes on waiting.</em></p>\n"
        f"{''.join(paragraphs)}<p>All this will be at the heart of the Summit in Harrogate on 13-15th April 2027. "
        'How to book is <a href="https://events.example.org/">here</a>.</p>\n'
    )


def a_blog(number: int) -> Blog:
    random = Random(7)  # noqa: S311  # the same posts each time
    return Blog(
        title="Officers",
        users={1: BlogUser(id=1, login="jo", name="Jo Bloggs")},
        categories={n: BlogCategory(id=n, name=f"Section {n}", slug=f"section-{n}") for n in _SECTIONS},
        posts={n: a_post(n, random) for n in range(1, number + 1)},
    )


def a_post(n: int, random: Random) -> BlogPost:
    at = _NOW - n * timedelta(hours=3)
    return BlogPost(
        id=n,
        title=f"Slow is fast, part {n}",
        content=a_text(random),
        slug=f"slow-is-fast-{n}",
        author=1,
        categories=frozenset(random.sample(_SECTIONS, 2)),
        date_gmt=at,
        modified_gmt=at,
        date=at.replace(tzinfo=None),
        modified=at.replace(tzinfo=None),
    )


def answering(number: int) -> None:
    """Serves the blog until standard input ends; says where."""
    with serve(a_blog(number)) as origin:
        print(origin, flush=True)
        sys.stdin.read()


@contextmanager
def served(number: int) -> Iterator[str]:
    command = python("bench_crawl", "--serve", number)
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def understood(post: SourcePost) -> Reading:
    """As the app reads a post."""
    return read(post.title, post.content or "", url=post.url, own_excerpt=post.excerpt)


def polled(store: Store, origin: str, reading: Callable[[SourcePost], Reading]) -> PollResult:
    """A first crawl where the store is empty."""
    with HttpClient(agent="solacefeed/0", timeout=60, max_bytes=50_000_000, reach={_HOME: origin}) as client:
        source = WordPressSource(client, _HOME)
        return take_over(store, source, lambda: _NOW, url=_HOME, read=reading, on_batch=lambda _: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    seconds: float
    processor: float


def spent(step: Callable[[], object]) -> Spent:
    begun, busy = perf_counter(), process_time()
    step()
    return Spent(seconds=perf_counter() - begun, processor=process_time() - busy)


class Crawl:
    """One first crawl into an empty store, a poll that finds nothing behind it, and the reading of the same posts."""

    def __init__(self, origin: str) -> None:
        self.posts: list[SourcePost] = []
        self.statements = 0
        with tempfile.TemporaryDirectory() as folder, closing(open_store(f"sqlite:///{Path(folder)}/s.db")) as store:
            sa.event.listen(store.engine, "before_cursor_execute", self._count)
            self.crawl = spent(lambda: polled(store, origin, self._read))
            sa.event.remove(store.engine, "before_cursor_execute", self._count)
            self.idle = spent(lambda: polled(store, origin, understood))
        self.reading = spent(lambda: [understood(post) for post in self.posts])

    def _count(self, *_: object) -> None:
        self.statements += 1

    def _read(self, post: SourcePost) -> Reading:
        self.posts.append(post)
        return understood(post)


def main() -> None:
    number = int((sys.argv[1:] or ["2000"])[0])
    with served(number) as origin:
        crawls = [Crawl(origin) for _ in range(_ROUNDS)]
    crawl, reading = (min(getattr(one, name).processor for one in crawls) for name in ("crawl", "reading"))
    size = sum(len(post.content or "") for post in crawls[0].posts) / number / 1000
    print(f"first crawl of {len(crawls[0].posts)} posts of {size:.1f} kB; CPU, least of {_ROUNDS} rounds")
    print(f"  text.read    {reading / number * 1000:6.2f} ms a post")
    print(f"  first crawl  {crawl / number * 1000:6.2f} ms a post  {crawl / reading:5.2f} x text.read")
    print(f"  {crawls[0].statements / number * 100:.0f} statements in 100 posts")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        answering(int(sys.argv[2]))
    else:
        main()
