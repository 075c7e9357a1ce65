"""A store of the last release under this one: nothing moves that need not, and what must be done is done once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from solacefeed.deeds.publishing.made_with import EARLIER_RELEASE
from solacefeed.deeds.publishing.marks import MADE_WITH
from solacefeed.http_client.client import HttpClient
from solacefeed.ports import Known
from solacefeed.publish.formats import NUMBERS
from solacefeed.store import facts, schema
from solacefeed.store.database import open_store
from tests.publish.writing import Site, site_of
from tests.store.releases import rows
from tests.store.releases.making import DIGESTING, END, reaching
from tests.support.blog.blog import Blog
from tests.support.site import copied_site

pytestmark = pytest.mark.both_stores

REVISION = rows.kept()[-1]
#: The documents of that release that this one writes otherwise, each for a reason that the changelog names.
#: Feeds name a style for browsers since, and pages say when copying was refused; what they say of posts is as it was.
ALL_OTHERWISE = (".atom", ".rss", ".html")
#: Documents that there were not then.
SINCE = {"feed.css", "404.html", "410.html"}
WRITTEN_OTHERWISE = {
    "0004": {
        # It says what the mail said: events, who signs a post as what, where it was first published.
        *(f"digest/weekly/2026-{day}.html" for day in ("11-09", "11-16", "11-23", "12-07", "12-14")),
        # Until when an event can be booked was lost outside mails.
        *("events.atom", "events.rss", "events.json", "events.ics", "events/summit-2027.ics", "events/index.html"),
        # Its folders have a name alone, as the W3C's validator wants it.
        "feeds.opml",
    }
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site of the last release, whose folder was lost."""
    folder = tmp_path / "site"
    folder.mkdir()
    with site_of(REVISION, folder) as site:
        yield site


@pytest.fixture(scope="module")
def _published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "site"
    folder.mkdir()
    with site_of(REVISION, folder) as site:
        site.app.publishing.publish(site.store)
    return folder


@pytest.fixture
def published(_published_once: Path, tmp_path: Path) -> Iterator[Site]:
    """The first one, after this release has published."""
    folder = copied_site(_published_once, tmp_path / "published")
    with closing(open_store(f"sqlite:///{folder}/var/solacefeed.db")) as store:
        yield Site(folder, store)


@pytest.fixture
def site_anywhere(store_url: str, tmp_path: Path) -> Iterator[Site]:
    """The same on each database."""
    folder = tmp_path / "site"
    folder.mkdir()
    with site_of(REVISION, folder, store_url) as site:
        yield site


def is_written_as_then(path: str) -> bool:
    return not path.endswith(ALL_OTHERWISE) and path not in WRITTEN_OTHERWISE[REVISION]


def kept(table: str) -> dict[str, dict[str, Any]]:
    """The rows of the last release, by their first column."""
    return {next(iter(row.values())): row for row in rows.tables(REVISION)[table]}


def held(site: Site, table: str) -> dict[str, dict[str, Any]]:
    """The same rows as they stand in the store now, with the columns that they had."""
    before = kept(table)
    columns = next(iter(before.values())).keys()
    with site.store.read() as connection:
        found = connection.execute(schema.metadata.tables[table].select()).mappings().all()
    return {row[next(iter(columns))]: {name: row[name] for name in columns} for row in found}


def states(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """The bytes, the time and the inode of each file that is written as it was by the last release."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for name, path in found.items()
        if is_written_as_then(name.removesuffix(".gz").removesuffix(".br"))
    }


def take_back_marks(site: Site) -> None:
    """The facts are those again that the last release wrote; the documents stand in the folder."""
    with site.store.write() as connection:
        connection.execute(schema.facts.delete())
        connection.execute(schema.facts.insert(), list(kept("facts").values()))


def test_no_document_has_other_bytes_or_another_time(site_anywhere: Site) -> None:
    site_anywhere.app.publishing.publish(site_anywhere.store)
    now = held(site_anywhere, "documents")
    same = {path: row for path, row in kept("documents").items() if is_written_as_then(path)}
    assert {path: now.get(path) for path in same} == same
    assert now.keys() == kept("documents").keys() | SINCE
    assert all(now[path]["sha256"] != kept("documents")[path]["sha256"] for path in WRITTEN_OTHERWISE[REVISION])
    for path, row in same.items():
        assert (site_anywhere.feeds / path).stat().st_mtime == row["published_at"].timestamp()


def test_no_file_moves_and_no_hub_is_told(published: Site) -> None:
    take_back_marks(published)
    with published.store.write() as connection:
        connection.execute(schema.pings.delete())
    before = states(published.feeds)
    published.app.publishing.publish(published.store)
    assert states(published.feeds) == before
    topics = [topic.removeprefix("https://feeds.example.org/") for topic in held(published, "pings")]
    assert [topic for topic in topics if is_written_as_then(topic)] == []


def test_an_upgrade_makes_everything_anew_once_and_says_so(published: Site) -> None:
    take_back_marks(published)
    first, second = (published.app.publishing.publish(published.store) for _ in range(2))
    assert first.since == EARLIER_RELEASE
    assert "; everything was made anew, since an earlier release had made it" in first.line()
    assert second.since == ""
    assert (second.changed, second.removed) == (0, 0)
    assert (first.has_news(), second.has_news()) == (True, False)


def test_what_writes_each_format_is_remembered(published: Site) -> None:
    with published.store.read() as connection:
        formats = json.loads(facts.read(connection, MADE_WITH) or "")["formats"]
    assert formats == published.app.publishing.settings(published.store).formats
    assert formats.keys() == NUMBERS.keys()
    assert f"lxml {version('lxml')}" in formats["atom"]


def test_events_stay_as_they_were_published_and_so_does_the_time_of_their_last_change(published: Site) -> None:
    at = kept("facts")["feeds_made_of_events"]["value"].partition(" ")[0]
    assert held(published, "events") == kept("events")
    with published.store.read() as connection:
        told = facts.read(connection, "feeds_made_of_events") or ""
    assert told.startswith(f"{at} ")
    assert told != kept("facts")["feeds_made_of_events"]["value"]


@pytest.mark.more
def test_an_event_that_ended_between_the_releases_moves_the_time_of_their_last_change(site: Site) -> None:
    later = replace(site, at=END.replace(day=17))
    later.app.publishing.publish(site.store)
    with site.store.read() as connection:
        told = facts.read(connection, "feeds_made_of_events") or ""
    assert told.startswith(f"{later.at.isoformat()} ")


# -- what sources remember -----------------------------------------------------------------------------

MEMORIES: Mapping[str, Mapping[str, str]] = json.loads((rows.HERE / REVISION / "memories.json").read_text("utf-8"))


def polled(kind: str, blog: Blog, client: HttpClient, memory: Mapping[str, str]) -> tuple[list[str], Mapping[str, str]]:
    """The posts that a poll takes for news, and what is remembered then."""
    known = Known(memory=memory, posts={}, complete=True)
    news: list[str] = []
    # A day later a feed is asked without conditions, whatever its validators say.
    for batch in DIGESTING[kind](client, blog).changes(known, END.replace(day=15)):
        news += [post.number or post.url for post in batch.posts]
        memory = memory if batch.memory is None else batch.memory
    return news, memory


@pytest.mark.parametrize("kind", DIGESTING)
def test_a_source_takes_no_post_for_news_that_an_earlier_release_knew(kind: str) -> None:
    blog = Blog.shipped()
    with reaching(blog) as client:
        news, memory = polled(kind, blog, client, MEMORIES[kind])
        assert news == []
        assert memory != MEMORIES[kind]
        assert polled(kind, blog, client, memory)[0] == []


@pytest.mark.parametrize("kind", DIGESTING)
def test_a_source_takes_a_post_for_news_that_has_changed_since_an_earlier_release(kind: str) -> None:
    blog = Blog.shipped()
    with reaching(blog) as client:
        blog.edit(1291, at=END, content="<p>A home is a home.</p>\n")
        assert polled(kind, blog, client, MEMORIES[kind])[0] == ["1291"]
