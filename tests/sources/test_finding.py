from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.errors import Refused, SourceError
from solacefeed.http_client.answer import Answer
from solacefeed.http_client.client import HttpClient
from solacefeed.ports import Batch, Known
from solacefeed.sources.finding import BETTER_AGAIN, PATIENCE, AutoSource, Choice, Kinds, kinds_to_try
from solacefeed.sources.finding_site import feeds_of, language_of, says_wordpress_com
from solacefeed.sources.found import KINDS, Found, in_use
from solacefeed.sources.wordpress import WordPressSource
from tests.sources.source_world import HOME, NOW, a_client, an_answer, scripted
from tests.sources.wordpress_com_world import Follower
from tests.support.blog import faults
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve

SOON = timedelta(minutes=15)
TOMORROW = NOW + BETTER_AGAIN


@dataclass(slots=True)
class FakeKind:
    """Sources of one kind: what they give, and what they were asked."""

    gives: Sequence[Batch | SourceError] = (Batch(memory={"mark": "kept"}, complete=True),)
    addresses: list[str] = field(default_factory=list)
    asked: list[Known] = field(default_factory=list)

    def __call__(self, address: str) -> FakeKind:
        self.addresses.append(address)
        return self

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:  # noqa: ARG002  # the seam has it
        self.asked.append(known)
        for step in self.gives:
            if isinstance(step, SourceError):
                raise step
            yield step


def shut(why: str = "shut") -> FakeKind:
    return FakeKind(gives=[SourceError(why)])


@contextmanager
def at(serving: Serving) -> Iterator[HttpClient]:
    with a_client(reach={HOME: serving.origin}) as client:
        yield client


@contextmanager
def following(serving: Serving, **kinds: FakeKind) -> Iterator[Follower]:
    """Somebody who follows the blog by its REST API, or else by these kinds."""
    with at(serving) as client:
        build: Kinds = {"rest": lambda address: WordPressSource(client, address), **kinds}
        yield Follower(AutoSource(client, HOME, build))


def found_by(client: HttpClient, url: str, build: Kinds) -> Found:
    """What the first poll of a site finds there."""
    follower = Follower(AutoSource(client, url, build))
    follower.poll()
    found = in_use(follower.memory)
    assert found is not None
    return found


def a_page(html: str = "", *, link: str = "", kind: str = "text/html", more: dict[str, str] | None = None) -> Answer:
    headers = {"content-type": kind, **({"link": link} if link else {}), **(more or {})}
    return Answer(status=200, url=f"{HOME}/", headers=headers, body=html.encode())


# -- what the page says -------------------------------------------------------------------------------

ATOM = "application/atom+xml"
RSS = "application/rss+xml"


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        (a_page(), ["/feed/"]),
        (a_page(f'<link rel="alternate" type="{RSS}" title="Blog &raquo; Feed" href="/rss">'), ["/rss"]),
        (a_page(f"<LINK href='/a?b=1&amp;c=2' TYPE='{ATOM}' REL='Alternate'>"), ["/a?b=1&c=2"]),
        (a_page(f"<link rel=alternate type={ATOM} href=atom.xml />"), ["/atom.xml"]),
        (
            a_page(f'<link rel="alternate" type="{RSS}" href="/r"><link rel="alternate" type="{ATOM}" href="/a">'),
            ["/a", "/r"],
        ),
        (a_page(f'<link rel="alternate" type="{RSS}" href="/comments/feed/">'), ["/feed/"]),
        (a_page(f'<link rel="alternate" type="{RSS}" title="Comments" href="/c">'), ["/feed/"]),
        (a_page(f'<link rel="alternate" type="{RSS}" href="https://feeds.example.net/blog">'), ["/feed/"]),
        (a_page('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">'), ["/feed/"]),
        (a_page('<link rel="alternate" type="application/json+oembed" href="/oembed">'), ["/feed/"]),
        (a_page('<link rel="alternate" type="application/feed+json" href="/feed.json">'), ["/feed.json"]),
        (a_page(f'<link rel="stylesheet" type="{RSS}" href="/x">'), ["/feed/"]),
        (a_page(f'<link rel="alternate" type="{RSS}">'), ["/feed/"]),
        (a_page(link=f'</h>; rel="alternate"; type="{RSS}", </x>; rel=shortlink'), ["/h"]),
        (a_page(link=f"</h>; type={ATOM}; rel=alternate"), ["/h"]),
        (a_page(link=f'</h,1>; rel="alternate home"; type="{RSS}"; title="a, b; c"'), ["/h,1"]),
        (a_page(f'<link rel="alternate" type="{RSS}" href="http://[oops">'), ["/feed/"]),
        (a_page(kind=RSS), ["/"]),
        (a_page(kind="text/xml"), ["/"]),
        (a_page("".join(f'<link rel="alternate" type="{RSS}" href="/{n}">' for n in range(9))), ["/0", "/1", "/2"]),
        (a_page("<link " * 50_000), ["/feed/"]),
        (a_page(link="<" * 50_000), ["/feed/"]),
    ],
)
def test_a_page_announces_its_feeds(page: Answer, feeds: list[str]) -> None:
    assert feeds_of(page) == tuple(f"{HOME}{feed}" for feed in feeds)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (a_page(), False),
        (a_page('<meta name="generator" content="WordPress.com" />'), True),
        (a_page('<meta name="generator" content="WordPress 6.1" />'), False),
        (a_page('<meta name="author" content="WordPress.com" />'), False),
        (a_page(more={"host-header": "WordPress.com"}), True),
        (a_page(link='<https://public-api.wordpress.com/wp-json/?x>; rel="https://api.w.org/"'), True),
        (a_page('<a href="https://wordpress.com">WordPress.com</a>'), False),
    ],
)
def test_a_page_may_say_that_it_is_at_wordpress_com(page: Answer, *, says: bool) -> None:
    assert says_wordpress_com(page) is says


# -- finding ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("permalinks", ["pretty", "plain"])
def test_a_wordpress_blog_is_found_by_its_rest_api(blog: Blog, permalinks: str) -> None:
    blog.permalinks = permalinks
    with serve(blog) as serving, at(serving) as client:
        build: Kinds = {"rest": lambda address: WordPressSource(client, address), "feed": FakeKind()}
        found = found_by(client, HOME, build)
    assert (found.kind, found.address, found.tried) == ("rest", HOME, ())


def test_where_a_better_kind_is_shut_the_next_is_found_and_the_reasons_are_told(serving: Serving, blog: Blog) -> None:
    serving.faults.add(faults.refused(blog, 401), match="/wp/v2/")
    feed, com = FakeKind(), FakeKind()
    with at(serving) as client:
        build: Kinds = {"rest": lambda address: WordPressSource(client, address), "wordpress.com": com, "feed": feed}
        found = found_by(client, HOME, build)
    assert (found.kind, found.address) == ("feed", f"{HOME}/feed/")
    assert [kind for kind, _ in found.tried] == ["rest", "wordpress.com"]
    assert "rest_not_logged_in" in found.tried[0][1]
    assert com.addresses == []


def test_a_wordpress_com_host_is_asked_for_there() -> None:
    com = FakeKind()
    with a_client() as client:
        found = found_by(client, "https://officers.wordpress.com", {"rest": shut(), "wordpress.com": com})
    assert (found.kind, found.address) == ("wordpress.com", "https://officers.wordpress.com")


def test_each_announced_feed_is_tried_in_turn() -> None:
    links = f'<link rel="alternate" type="{ATOM}" href="/a"><link rel="alternate" type="{RSS}" href="/r">'
    feed = shut()
    with scripted([an_answer(links.encode(), kind="text/html")]) as script, a_client() as client:
        with pytest.raises(SourceError):
            found_by(client, script.origin, {"feed": feed})
        assert feed.addresses == [f"{script.origin}/a", f"{script.origin}/r"]


def test_a_site_that_has_nothing_says_why_of_each_kind(serving: Serving) -> None:
    build = {"rest": shut("no API"), "wordpress.com": shut(), "feed": shut("no feed"), "pages": shut("no posts")}
    with at(serving) as client, pytest.raises(SourceError) as nothing:
        found_by(client, HOME, build)
    assert str(nothing.value) == (
        f"{HOME}: no kind of source works there (rest: no API; wordpress.com: neither the address nor the page says "
        "that the blog is there; feed: no feed; pages: no posts)"
    )


@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests", "500 Internal Server Error"])
def test_a_site_that_is_down_is_said_to_be_down_and_asked_once(status: str) -> None:
    with scripted([an_answer(b"Down", status=status, kind="text/html")]) as script, a_client() as client:
        with pytest.raises(SourceError, match=f"answered {status[:3]} "):
            found_by(client, script.origin, {"rest": shut(), "feed": FakeKind(), "pages": FakeKind()})
        assert len(script.heard) == 1


# -- when to take another -----------------------------------------------------------------------------


def using(kind: str, *, failures: int = 0, ago: timedelta = SOON) -> Choice:
    return Choice(kind=kind, address=HOME, failures=failures, looked_at=NOW - ago)


@pytest.mark.parametrize(
    ("choice", "kinds"),
    [
        (None, KINDS),
        (using("an old name"), KINDS),
        (using("rest"), ("rest",)),
        (using("rest", ago=BETTER_AGAIN), ("rest",)),
        (using("rest", failures=1), ("rest",)),
        (using("rest", failures=PATIENCE - 1), ("rest",)),
        (using("rest", failures=PATIENCE), KINDS),
        (using("rest", failures=PATIENCE + 1), ("rest",)),
        (using("rest", failures=2 * PATIENCE), KINDS),
        (using("feed"), ("feed",)),
        (using("feed", ago=BETTER_AGAIN), ("rest", "wordpress.com", "feed")),
        (using("feed", ago=-SOON), ("rest", "wordpress.com", "feed")),
        (using("feed", failures=PATIENCE), ("feed", "pages")),
        (using("feed", failures=PATIENCE, ago=BETTER_AGAIN), KINDS),
        (using("pages", failures=PATIENCE), ("pages",)),
    ],
)
def test_one_bad_day_never_costs_the_better_kind(choice: Choice | None, kinds: tuple[str, ...]) -> None:
    assert kinds_to_try(choice, NOW) == kinds


@given(
    kind=st.sampled_from(KINDS),
    failures=st.integers(min_value=0, max_value=20),
    ago=st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=2)),
)
def test_the_kind_in_use_is_always_tried_and_the_better_ones_first(kind: str, failures: int, ago: timedelta) -> None:
    kinds = kinds_to_try(using(kind, failures=failures, ago=ago), NOW)
    assert kind in kinds
    assert list(kinds) == [known for known in KINDS if known in kinds]


# -- following a site ---------------------------------------------------------------------------------


def kind_in_use(follower: Follower) -> str | None:
    found = in_use(follower.memory)
    return found.kind if found else None


def poll_in_vain(follower: Follower, now: datetime) -> str:
    with pytest.raises(SourceError) as error:
        follower.poll(now)
    return str(error.value)


def test_a_blog_is_followed_by_its_rest_api_as_if_that_had_been_configured(serving: Serving) -> None:
    with following(serving, feed=FakeKind()) as follower:
        follower.poll()
        before = len(serving.requests)
        follower.poll(NOW + SOON)
        assert len(serving.requests) - before == 3
    assert len(follower.posts) == 5
    assert follower.complete
    found = in_use(follower.memory)
    assert found is not None
    assert (found.kind, found.tried) == ("rest", ())


def test_before_its_first_poll_no_kind_is_in_use() -> None:
    assert in_use({}) is None


def test_a_weaker_kind_is_taken_only_after_three_failed_polls_in_a_row(serving: Serving, blog: Blog) -> None:
    feed = FakeKind()
    with following(serving, feed=feed) as follower:
        follower.poll()
        posts = dict(follower.posts)
        serving.faults.add(faults.refused(blog, 403), match="/wp/v2/")
        for number in range(PATIENCE):
            assert "rest_cannot_access" in poll_in_vain(follower, NOW + SOON * number)
        assert (feed.asked, follower.posts) == ([], posts)
        follower.poll(NOW + SOON * PATIENCE)
    found = in_use(follower.memory)
    assert found is not None
    assert (found.kind, found.address) == ("feed", f"{HOME}/feed/")
    assert [kind for kind, _ in found.tried] == ["rest"]


def test_a_good_poll_forgives_the_bad_ones_before_it(serving: Serving, blog: Blog) -> None:
    feed = FakeKind()
    with following(serving, feed=feed) as follower:
        follower.poll()
        for _ in range(PATIENCE):
            serving.faults.add(faults.refused(blog, 403), match="/wp/v2/", count=1)
            poll_in_vain(follower, NOW + SOON)
            follower.poll(NOW + SOON)
    assert feed.asked == []


def test_a_better_kind_is_tried_again_daily_and_goes_on_where_it_was(serving: Serving, blog: Blog) -> None:
    with following(serving, feed=FakeKind()) as follower:
        follower.poll()
        serving.faults.add(faults.refused(blog, 403), match="/wp/v2/")
        for _ in range(PATIENCE):
            poll_in_vain(follower, NOW)
        follower.poll(NOW)
        before = len(serving.requests)
        follower.poll(NOW + SOON)
        assert len(serving.requests) == before
        follower.poll(TOMORROW)
        assert len(serving.requests) == before + 1
        assert kind_in_use(follower) == "feed"
        serving.faults.clear()
        follower.poll(TOMORROW + SOON)
        assert kind_in_use(follower) == "feed"
        follower.poll(TOMORROW + BETTER_AGAIN)
        assert kind_in_use(follower) == "rest"
        assert in_use(follower.memory) == Found(kind="rest", address=HOME)
        assert "wp/v2/posts?modified_after" in serving.requests[before + 1].target


def test_a_blog_that_is_down_for_long_is_not_read_another_way(serving: Serving) -> None:
    feed, pages = FakeKind(), FakeKind()
    with following(serving, feed=feed, pages=pages) as follower:
        follower.poll()
        serving.faults.add(faults.status(503))
        for number in range(3 * PATIENCE):
            assert "503" in poll_in_vain(follower, NOW + SOON * number)
        assert (feed.asked, pages.asked) == ([], [])
        serving.faults.clear()
        follower.poll(TOMORROW)
    assert kind_in_use(follower) == "rest"


def test_a_refusal_of_a_weaker_kind_is_not_what_the_operator_hears(serving: Serving, blog: Blog) -> None:
    with following(serving, feed=shut("no feed")) as follower:
        follower.poll()
        posts = dict(follower.posts)
        serving.faults.add(faults.refused(blog, 403), match="/wp/v2/")
        for _ in range(PATIENCE + 1):
            assert "rest_cannot_access" in poll_in_vain(follower, NOW)
    assert follower.posts == posts
    assert kind_in_use(follower) == "rest"


def test_the_rest_that_a_better_kind_was_asked_for_is_kept_when_none_works(serving: Serving) -> None:
    rest, feed = FakeKind(), FakeKind()
    with at(serving) as client:
        follower = Follower(AutoSource(client, HOME, {"rest": shut("no API"), "feed": feed}))
        follower.poll()
        feed.gives = [SourceError("the feed is broken")]
        follower.source = AutoSource(client, HOME, {"rest": rest, "feed": feed})
        rest.gives = [Refused("later", status=429, retry_after=SOON)]
        with pytest.raises(Refused, match="the feed is broken") as refused:
            follower.poll(TOMORROW)
    assert refused.value.retry_after == SOON


def test_a_first_crawl_that_breaks_off_is_not_finished_by_a_weaker_kind(serving: Serving) -> None:
    feed = FakeKind()
    with following(serving, feed=feed) as follower:
        serving.faults.add(faults.drop(), match=r"/posts\?")
        poll_in_vain(follower, NOW)
        serving.faults.clear()
        assert (feed.asked, follower.complete) == ([], False)
        follower.poll(NOW + SOON)
    assert kind_in_use(follower) == "rest"
    assert len(follower.posts) == 5


def test_a_first_poll_that_finds_nothing_remembers_nothing(serving: Serving) -> None:
    with at(serving) as client:
        follower = Follower(AutoSource(client, HOME, {"rest": shut("no API"), "feed": shut("no feed")}))
        assert "rest: no API; feed: no feed" in poll_in_vain(follower, NOW)
    assert follower.memory == {}


def test_a_kind_that_is_new_to_a_site_begins_with_all_it_has_and_goes_on_from_its_own_notes(serving: Serving) -> None:
    rest, feed = FakeKind(), FakeKind()
    with at(serving) as client:
        follower = Follower(AutoSource(client, HOME, {"rest": rest, "feed": feed}))
        follower.poll()
        rest.gives = [SourceError("shut")]
        for _ in range(PATIENCE):
            poll_in_vain(follower, NOW)
        follower.poll(NOW)
        follower.poll(NOW + SOON)
    assert [(known.complete, dict(known.memory)) for known in feed.asked] == [(False, {}), (True, {"mark": "kept"})]
    assert follower.memory["rest:mark"] == "kept"


def test_a_feed_that_moved_is_looked_for_again(serving: Serving) -> None:
    feed = FakeKind()
    with at(serving) as client:
        follower = Follower(AutoSource(client, HOME, {"feed": feed}))
        follower.poll()
        follower.memory["address"] = f"{HOME}/old-feed/"
        feed.gives = [SourceError("404")]
        for _ in range(PATIENCE):
            poll_in_vain(follower, NOW)
        feed.addresses.clear()
        poll_in_vain(follower, NOW)
    assert feed.addresses == [f"{HOME}/old-feed/", f"{HOME}/feed/"]


def test_what_was_remembered_of_another_site_counts_for_nothing(serving: Serving) -> None:
    rest = FakeKind()
    with at(serving) as client:
        follower = Follower(AutoSource(client, HOME, {"rest": rest}))
        follower.poll()
        follower.memory["home"] = "https://elsewhere.example.org"
        follower.poll()
    assert [(known.complete, dict(known.memory)) for known in rest.asked] == [(False, {}), (False, {})]


def test_what_a_kind_brings_at_its_own_first_crawl_is_back_catalogue(serving: Serving) -> None:
    with at(serving) as client:
        source = AutoSource(client, HOME, {"rest": FakeKind(), "feed": FakeKind()})
        first = list(source.changes(Known(memory={}, posts={}, complete=True), NOW))
        memory = {name: value for batch in first for name, value in (batch.memory or {}).items()}
        then = list(source.changes(Known(memory=memory, posts={}, complete=True), NOW + SOON))
    assert {batch.back_catalogue for batch in first} == {True}
    assert {batch.back_catalogue for batch in then} == {False}


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ('<!DOCTYPE html><html lang="en-GB">', "en-GB"),
        ("<html class='no-js' lang='cy' dir=ltr>", "cy"),
        ("<HTML LANG=zh-Hant-TW>", "zh-Hant-TW"),
        ("<html>", None),
        ('<html lang="">', None),
        ('<html lang="English please">', None),
        ("<html data-lang=fr>", None),
        ('<p lang="fr">', None),
    ],
)
def test_a_page_says_its_language_at_its_beginning_or_none(html: str, language: str | None) -> None:
    page = Answer(status=200, url=HOME, headers={"content-type": "text/html"}, body=html.encode())
    assert language_of(page) == language
