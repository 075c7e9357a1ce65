"""Blogs that mean harm, polled by the real command: it ends within its bounds and its memory, and hears that it shall.

What was good beside the harm is kept, and the next poll of a good blog finds the store as it should be.
"""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.sources.feed_world import an_atom, an_entry, an_item, an_rss
from tests.support.hostile import MOST_MEMORY, Ended, Said, done, moments, serving
from tests.support.site import Site

pytestmark = pytest.mark.slow

#: Just under what [source] max_bytes lets through.
LENGTH = 32_000_000
RSS = "application/rss+xml; charset=UTF-8"


def post(number: int, inside: str = "", text: str = "<p>Councils build homes.</p>") -> str:
    content = f"<content:encoded><![CDATA[{text}]]></content:encoded>"
    link = f"https://blog.example.org/?p={number}"
    named = f"<title>Post {number}</title><link>{link}</link><guid>{link}</guid>"
    return f"<item>{named}<pubDate>Mon, 16 Nov 2026 09:00:00 +0000</pubDate>{inside}{content}</item>"


def attributes(number: int) -> str:
    return " ".join(f"a{each}='1'" for each in range(number))


GOOD = "".join(map(post, (1, 2, 3)))

#: What stands beside three good posts, by what it is.
HARM: dict[str, Callable[[], str]] = {
    "one element": lambda: post(9, text="x" * LENGTH),
    "a million posts": lambda: "<item/>" * (LENGTH // 7),
    "levels": lambda: f"<item>{'<a>' * 100_000}{'</a>' * 100_000}</item>",
    "levels in a text": lambda: post(9, text="<div>" * (LENGTH // 5)),
    "attributes": lambda: f"<item {attributes(1_000_000)}/>",
    "attributes in a text": lambda: post(9, text=f"<p {attributes(300_000)}>x</p>"),
    "references": lambda: an_item("<description>" + "&amp;" * (LENGTH // 5) + "</description>"),
    "less-than signs": lambda: post(9, text="<" * LENGTH),
    "ampersands in a text": lambda: post(9, text="&" * 3_900_000),
    "dots": lambda: post(9, text="." * 10_000_000),
    "dots that are taken": lambda: post(9, text="." * 3_900_000),
    "items of lists": lambda: post(9, text="<li>x" * 780_000),
    "pictures": lambda: "".join(
        post(9 + number, text=f'<img src="data:image/png;base64,{"A" * 3_900_000}">') for number in range(8)
    ),
    "categories": lambda: post(9, "<category>c</category>" * 1_000_000),
    "wide letters": lambda: "".join(post(9 + number, text="\U0001f600 " * 700_000) for number in range(9)),
    "an author": lambda: post(9, f"<author>{'a@' * (LENGTH // 2)}</author>"),
    "white space": lambda: "\n" * LENGTH,
}


def of(source: str, folder: Path, kind: str = "feed", more: str = "") -> Site:
    site = Site.begun(folder / "site", source=source)
    config = site.folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("[site]", f'kind = "{kind}"\n{more}\n[site]', 1), "utf-8")
    return site


def the_same(document: str) -> Callable[[str], Said]:
    body = document.encode()
    return lambda _path: Said(body=body, kind=RSS)


@pytest.mark.parametrize("name", HARM)
def test_a_hostile_feed_costs_no_more_than_its_bounds_and_no_good_post(name: str, tmp_path: Path) -> None:
    with serving(the_same(an_rss(GOOD, HARM[name]()))) as blog:
        site = of(f"{blog.origin}/feed/", tmp_path)
        ended = done(site, ["poll"])
    assert ended.code == 0, ended.said
    assert ended.memory < MOST_MEMORY
    titles = {post["title"] for post in site.data("posts", "list")}
    assert titles >= {"Post 1", "Post 2", "Post 3"}


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY a{number} "&a{number - 1};&a{number - 1};">' for number in range(1, 40))
    with serving(the_same(f"<!DOCTYPE rss [{entities}]>{an_rss(post(9, '<author>&a39;</author>'))}")) as blog:
        ended = done(of(f"{blog.origin}/feed/", tmp_path), ["poll"])
    assert ended.code == 1
    assert "a document type with declarations of its own" in ended.said


@pytest.mark.parametrize("after", moments(seed=1, number=4, longest=6))
def test_a_poll_of_a_hostile_feed_hears_that_it_shall_end(after: float, tmp_path: Path) -> None:
    document = an_rss(GOOD, *(post(9 + number, text="a. <b>b</b> " * 150_000) for number in range(16)))
    answer = the_same(document)
    with serving(lambda path: answer(path)) as blog:
        site = of(f"{blog.origin}/feed/", tmp_path)
        ended = done(site, ["poll"], sent=signal.SIGTERM, after=after)
        assert_heard(ended, 1)
        answer = the_same(an_rss(GOOD))
        assert_sound(site, {"Post 1", "Post 2", "Post 3"})


@pytest.mark.parametrize("after", moments(seed=2, number=4, longest=6))
def test_the_daemon_hears_in_the_midst_of_a_hostile_feed_that_it_shall_end(after: float, tmp_path: Path) -> None:
    document = an_rss(GOOD, *(post(9 + number, text="a. <b>b</b> " * 150_000) for number in range(16)))
    answer = the_same(document)
    with serving(lambda path: answer(path)) as blog:
        site = of(f"{blog.origin}/feed/", tmp_path)
        ended = done(site, ["daemon"], sent=signal.SIGTERM, after=after, until="daemon: polls every")
        assert_heard(ended, 0)
        assert "daemon: ended" in ended.said
        answer = the_same(an_rss(GOOD))
        assert_sound(site, {"Post 1", "Post 2", "Post 3"})


def dripping() -> Iterator[bytes]:
    yield b"<rss><channel>"
    yield from (b" " * 5 for _ in range(3_000_000))


@pytest.mark.parametrize(("words", "code"), [("poll", 1), ("daemon", 0)])
def test_an_answer_without_end_is_left_when_the_command_shall_end(words: str, code: int, tmp_path: Path) -> None:
    with serving(lambda _path: Said(body=dripping(), kind=RSS)) as blog:
        site = of(f"{blog.origin}/feed/", tmp_path)
        until = "daemon: polls" if words == "daemon" else ""
        assert_heard(done(site, [words], sent=signal.SIGTERM, after=2.5, until=until), code)


def endless_feed(path: str) -> Said:
    number = int(path.partition("page=")[2] or 1)
    older = f'<link rel="next" href="/feed/?page={number + 1}"/>'
    return Said(body=an_atom(an_entry(number=number), head=older).encode(), kind="application/atom+xml")


def endless_pages(path: str) -> Said:
    number = int("".join(filter(str.isdigit, path)) or 1)
    post = (
        f'<div class="hentry post-{number}"><h2><a href="/post-{number}/">Ever on</a></h2>'
        '<abbr class="published" title="2012-05-17T10:00:00+01:00"></abbr>'
        '<div class="entry-content"><p>And on, <em>and on</em>.</p></div></div>'
    )
    return Said(body=f'<html><body>{post}<a href="/page/{number + 1}/">Older</a></body></html>'.encode())


def endless_api(path: str) -> Said:
    totals = {"X-WP-Total": "100000000000000", "X-WP-TotalPages": "1000000000000"}
    index = {"name": "A", "description": "", "home": "https://b.example", "gmt_offset": 0, "timezone_string": "UTC"}
    told: object = [] if "/wp/v2/" in path else index
    return Said(body=json.dumps(told).encode(), kind="application/json", headers=totals)


@pytest.mark.parametrize(("kind", "answer"), [("feed", endless_feed), ("pages", endless_pages)])
def test_a_blog_of_endless_pages_is_cut_off_and_gone_on_with(
    kind: str, answer: Callable[[str], Said], tmp_path: Path
) -> None:
    with serving(answer) as blog:
        site = of(f"{blog.origin}/{'feed/' if kind == 'feed' else ''}", tmp_path, kind, "poll_requests = 30")
        kept = 0
        for _ in range(3):
            blog.asked.clear()
            ended = done(site, ["poll"])
            assert (ended.code, len(blog.asked)) == (1, 30)
            assert "the poll was cut off after 30 questions; what was read is kept" in ended.said
            kept, before = len(site.data("posts", "list", "--limit", "1000")), kept
            assert kept >= before + 25
        assert "cut off after 30 questions" in site.do("status").stdout
    assert ended.memory < MOST_MEMORY


def test_a_poll_ends_when_its_seconds_are_over(tmp_path: Path) -> None:
    with serving(endless_pages) as blog:
        ended = done(of(f"{blog.origin}/", tmp_path, "pages", "poll_seconds = 2"), ["poll"])
        assert ended.code == 1
        assert "the poll was cut off after 2 s; what was read is kept" in ended.said
        assert blog.asked


def test_an_api_of_nothing_on_a_trillion_pages_ends_at_the_first_empty_one(tmp_path: Path) -> None:
    with serving(endless_api) as blog:
        ended = done(of(f"{blog.origin}/", tmp_path, "rest"), ["poll"])
        assert len(blog.asked) < 20
    assert ended.said.startswith("poll: 0 new")


@pytest.mark.parametrize(
    ("piece", "times", "last"), [(b"{},", 10_000_000, b"{}]"), (b"0,", 15_000_000, b"0]"), (b"[", LENGTH - 1, b"")]
)
def test_json_that_would_fill_the_memory_is_refused(piece: bytes, times: int, last: bytes, tmp_path: Path) -> None:
    body = b"[" + piece * times + last
    with serving(lambda _path: Said(body=body, kind="application/json")) as blog:
        ended = done(of(f"{blog.origin}/", tmp_path, "rest"), ["poll"])
    assert ended.code == 1
    assert ended.memory < MOST_MEMORY


@pytest.mark.parametrize("piece", ["<div>", "<li>x", "a", "<", "&", "<a href='/x'>", "x. "])
def test_a_page_of_32_megabytes_costs_no_more_than_its_bounds(piece: str, tmp_path: Path) -> None:
    body = piece * (LENGTH // len(piece))
    with serving(lambda _path: Said(body=f"<html><body>{body}</body></html>".encode())) as blog:
        ended = done(of(f"{blog.origin}/", tmp_path, "pages"), ["poll"])
    assert ended.code == 1
    assert ended.memory < MOST_MEMORY


def assert_heard(ended: Ended, code: int) -> None:
    """It ended with that exit code, or had before, and was not waited for; bounds are generous to a busy machine."""
    assert ended.code in (code, 0), ended.said
    assert ended.heard_within is None or ended.heard_within < 20
    assert ended.memory < MOST_MEMORY


def assert_sound(site: Site, titles: set[str]) -> None:
    site.told("poll")
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert {post["title"] for post in site.data("posts", "list")} >= titles
