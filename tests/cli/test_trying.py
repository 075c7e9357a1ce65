"""``try``: any blog on one page, from its address alone; nothing is mailed, and nothing is kept."""

from __future__ import annotations

import os
import re
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import IO, Any, TextIO

import httpx
import pytest
from lxml import html

from solacefeed.config import load
from solacefeed.tryout import TryoutSettings, try_out
from tests.cli.prompt import NOW, Said, files, typed
from tests.sources.source_world import refusal, rows_changed
from tests.support import warm
from tests.support.blog import faults
from tests.support.blog.answers import SampleAnswer
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
BLURB = (
    "<p>This will be the focus of discussions at the <b>Housing Summit</b> in Leeds on 12-13th March 2027. "
    '<a href="https://events.example.org/summit">Book here</a>.</p>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was written, as a browser has it."""

    folder: Path
    said: Said

    @property
    def page(self) -> Any:
        return html.document_fromstring((self.folder / "index.html").read_bytes())

    def words(self, of: str = "") -> str:
        """What can be read on the page, or in its section *of* that name."""
        (found,) = self.page.xpath(f"//section[@aria-labelledby='{of}']" if of else "//body")
        return read(found)

    def links(self, of: str) -> dict[str, str]:
        found = self.page.xpath(f"//section[@aria-labelledby='{of}']//a")
        return {read(each): each.get("href") for each in found}


def read(element: Any) -> str:
    return " ".join(" ".join(each for each in element.itertext()).split()).replace(" ,", ",").replace(" :", ":")


def tried(folder: Path, url: str, *words: str) -> Shown:
    """What comes of *url*, on the day on which the sample blog's newest edition closed."""
    said = typed("try", url, "--once", str(folder / "shown"), "--as-of", NOW, *words)
    assert (said.code, said.err) == (0, ""), said
    return Shown(folder=folder / "shown", said=said)


def a_blog() -> Blog:
    """A blog with a bit of everything."""
    blog = Blog(title="Officers & others")
    blog.add_user("jo", "Jo Bloggs")
    for name in ("Housing", "Education", "Nobody's"):
        blog.add_category(name)
    for number in range(8):
        filed = ["Housing"] if number % 2 else ["Housing", "Education"]
        at = AT - timedelta(days=5 * number)
        blog.add(
            f"Post {number}",
            f"<p>By Ann Other, Director of Homes</p><p>Words {number}.</p>{BLURB}",
            at=at,
            categories=filed,
            author="jo",
        )
    blog.add("Unsigned", "<p>Nobody says who wrote this.</p>", at=AT, categories=["Education"], author="jo")
    blog.protect(blog.add("Behind a door", "<p>Not for you.</p>", at=AT, categories=["Housing"], author="jo"), at=AT)
    blog.private(blog.add("For nobody", "<p>At all.</p>", at=AT, categories=["Housing"], author="jo"), at=AT)
    return blog


@contextmanager
def serving(blog: Blog) -> Iterator[Serving]:
    with serve(blog) as served:
        served.blog.url = served.origin
        yield served


@pytest.fixture
def served() -> Iterator[Serving]:
    with serving(a_blog()) as served:
        yield served


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """That blog, tried once."""
    with serving(a_blog()) as served:
        return tried(tmp_path_factory.mktemp("tried"), served.origin)


# -- what is understood --------------------------------------------------------------------------------


@pytest.mark.more
def test_the_page_says_how_the_blog_is_read_and_what_it_says_of_itself(shown: Shown) -> None:
    words = shown.words("source")
    assert "Officers & others" in shown.words()
    assert "WordPress's own API" in words
    assert "all 10 posts" in words
    assert "Europe/London" in words
    assert "en-GB" in words
    assert shown.page.get("lang") == "en-GB"


def test_each_category_with_posts_leads_to_its_feed_as_readers_see_it_and_as_it_is(shown: Shown) -> None:
    rows = [read(each) for each in shown.page.xpath("//ul[@class='rows']/li")]
    assert [row.partition(" Atom")[0] for row in rows] == ["Housing 8 posts", "Education 5 posts"]
    for href in shown.links("categories").values():
        assert (shown.folder / href).is_file(), href
    feed = (shown.folder / "feeds" / "category" / "housing.atom").read_text(encoding="utf-8")
    assert feed.count("<entry>") == 8
    assert "Housing Summit" not in feed


def test_posts_stand_there_with_their_by_lines_and_with_what_was_taken_out_of_them(shown: Shown) -> None:
    words = shown.words("posts")
    assert "By-line Ann Other, Director of Homes" in words
    assert "Jo Bloggs (the blog's user)" in words
    assert "Taken out of its text This will be the focus of discussions at the Housing Summit in Leeds" in words
    assert "It tells of Housing Summit" in words
    assert "Behind a door" not in words


def test_a_paragraph_of_which_no_event_is_understood_says_so(tmp_path: Path) -> None:
    blog = Blog(title="Vague")
    for number in range(6):
        words = BLURB.replace("Housing Summit", "Congrès national").replace("focus", "heart")
        blog.add(f"Post {number}", f"<p>Words {number}.</p>{words}", at=AT - timedelta(days=number))
    with serving(blog) as served:
        shown = tried(tmp_path, served.origin)
    assert "No event is understood from it." in shown.words("posts")
    assert "It tells of" not in shown.words("posts")


def test_an_event_says_from_which_sentence_it_is_known_and_how_surely(shown: Shown) -> None:
    words = shown.words("events")
    assert "Certain Housing Summit 12 to 13 March 2027 Leeds" in words
    assert "This will be the focus of discussions" in words
    assert "Said in Post 7 and in 7 more posts" in words
    assert shown.links("events")["Where it is booked: Housing Summit"] == "https://events.example.org/summit"


def test_this_week_s_digest_and_the_last_ones_are_there_as_mails_and_as_text(shown: Shown) -> None:
    cards = [
        " ".join(each.text_content().split())
        for each in shown.page.xpath("//section[@aria-labelledby='digests']//li[contains(@class, 'card')]")
    ]
    assert cards[0].startswith("Being collected: closes on 30 November 2026")
    assert "Without a post it would be skipped, and nobody mailed." in cards[0]
    everything = [card for card in cards[1:] if "For a reader of everything" in card]
    assert [re.findall(r"Closed on (\d+ \w+)", card)[0] for card in everything] == [
        "23 November", "16 November", "9 November", "2 November",
    ]  # fmt: skip
    assert "For a reader of Housing alone: 1 post and 1 event" in " ".join(cards)
    assert "For a reader of Education alone: 2 posts and 1 event" in " ".join(cards)
    for href in shown.links("digests").values():
        assert (shown.folder / href).is_file(), href
    text = (shown.folder / "digests" / "weekly-2026-11-23.txt").read_text(encoding="utf-8")
    assert text.startswith("Subject: ")
    assert "Post 0" in text
    assert "Housing Summit" in text


@pytest.mark.more
def test_the_newest_digest_is_shown_as_readers_of_categories_that_have_something_in_it(tmp_path: Path) -> None:
    blog = Blog(title="Officers")
    for name in ("Housing", "Education", "Parking"):
        blog.add_category(name)
    for week in range(2, 6):
        filed = ["Housing", "Education"]
        blog.add(f"Old {week}", "<p>Words.</p>", at=AT - timedelta(weeks=week), categories=filed)
    blog.add("New", "<p>Words.</p>", at=AT, categories=["Parking"])
    with serving(blog) as served:
        shown = tried(tmp_path, served.origin)
    assert "Parking" in shown.words("digests")
    assert not re.search(r"Housing|Education", shown.words("digests"))
    files = {path.name for path in (shown.folder / "digests").iterdir()}
    assert len([name for name in files if name.startswith("weekly-2026-11-23-")]) == 2


def test_what_was_left_out_is_said_and_why(tmp_path: Path, served: Serving) -> None:
    served.faults.add(rows_changed(_a_broken_one), match=r"wp/v2/posts")
    shown = tried(tmp_path, served.origin)
    words = shown.words("left-out")
    assert "1 thing set aside" in words
    assert "1 post behind a password" in words
    assert "Behind a door" in words
    assert "7 advertising paragraphs" in words
    assert "1 post without a by-line" in words
    assert "Unsigned" in words
    assert "Drafts and private posts" in words
    assert "For nobody" not in shown.words()


def _a_broken_one(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blog gives one of them without a date that can be one."""
    return [row | {"date_gmt": "soon"} if "Post 3" in str(row.get("title")) else row for row in rows]


@pytest.mark.more
def test_the_config_that_it_ends_with_is_one_that_works(tmp_path: Path, served: Serving) -> None:
    shown = tried(tmp_path, served.origin)
    command, config = shown.page.xpath("//section[@aria-labelledby='next']//code/text()")
    assert command == f"solacefeed init ~/blog --source {served.origin}"
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    loaded = load(tmp_path / "config.toml", environ={})
    assert (loaded.source.url, loaded.site.organisation) == (served.origin, "Officers & others")
    assert [digest.name for digest in loaded.digests] == ["weekly"]


# -- any blog ------------------------------------------------------------------------------------------


@pytest.mark.more
def test_so_many_of_the_newest_posts_are_read_and_the_page_says_how_many_there_are(
    tmp_path: Path, served: Serving
) -> None:
    shown = tried(tmp_path, served.origin, "--posts", "3")
    assert "the newest 3 posts; the blog has 7 more" in shown.words("source")
    assert "Post 3" not in shown.words("posts")


@pytest.mark.more
def test_a_blog_whose_api_is_shut_is_shown_by_its_feed_and_the_page_says_why(tmp_path: Path, served: Serving) -> None:
    served.faults.add(refusal(403, "rest_forbidden"), match=r"wp-json|rest_route")
    shown = tried(tmp_path, served.origin, "--posts", "4")
    words = shown.words("source")
    assert "Read by a feed" in words
    assert "the newest 4 posts" in words
    assert "Time zone UTC, for the blog does not say it" in words
    assert "Better ways to read it that did not work" in words
    assert "rest: " in words
    assert "Post 1" in shown.words("posts")


@pytest.mark.more
def test_a_blog_that_takes_too_long_is_shown_as_far_as_it_was_read(tmp_path: Path) -> None:
    blog = Blog(title="Long")
    for number in range(260):
        blog.add(f"Post {number}", at=AT - timedelta(hours=number), slug=f"post-{number}")
    settings = TryoutSettings(
        url="", posts=250, folder=tmp_path / "shown", work=tmp_path, base_url="https://feeds.example.org",
        as_of=datetime(2026, 11, 23, 8, tzinfo=UTC), on_batch=lambda _: None, requests=20,
    )  # fmt: skip
    with serving(blog) as served:
        served.faults.add(refusal(403, "rest_forbidden"), match=r"wp-json|rest_route")
        made = try_out(replace(settings, url=served.origin))
        assert len(served.requests) <= 21
    assert 0 < len(made.report.posts) < 250
    assert made.report.posts[0].title == "Post 0"
    assert "Cut off" in made.html


@pytest.mark.more
def test_a_blog_that_does_not_say_its_zone_or_language_is_shown_all_the_same(tmp_path: Path, served: Serving) -> None:
    served.faults.add(refusal(403, "rest_forbidden"), match=r"/\?_fields")
    served.faults.add(_without_language, match=r"^/$")
    shown = tried(tmp_path, served.origin)
    words = shown.words("source")
    assert f"Blog {served.origin}" in words
    assert "Time zone UTC, for the blog does not say it" in words
    assert "Language en, for the blog does not say it" in words


def _without_language(answer: SampleAnswer) -> SampleAnswer:
    return replace(answer, body=re.sub(rb' lang="[^"]*"', b"", answer.body))


@pytest.mark.more
def test_a_welsh_blog_has_a_page_in_welsh(tmp_path: Path, served: Serving) -> None:
    served.faults.add(_in_welsh, match=r"^/$")
    shown = tried(tmp_path, served.origin)
    assert shown.page.get("lang") == "cy"
    assert "Categorïau" in shown.words()


def _in_welsh(answer: SampleAnswer) -> SampleAnswer:
    return replace(answer, body=re.sub(rb' lang="[^"]*"', b' lang="cy"', answer.body))


def test_a_blog_without_a_post_has_a_page_that_says_so(tmp_path: Path) -> None:
    with serving(Blog(title="Empty")) as served:
        words = tried(tmp_path, served.origin).words()
    assert "There is no post." in words
    assert "No post is filed under any." in words


def test_what_the_blog_writes_is_no_markup_of_the_page(tmp_path: Path) -> None:
    blog = Blog(title="&lt;b&gt;Bold&lt;/b&gt;")
    blog.add_category("<i>House</i>")
    blog.add("&lt;script&gt;alert(1)&lt;/script&gt;", "<p>Words.</p>", at=AT, categories=["<i>House</i>"])
    with serving(blog) as served:
        shown = tried(tmp_path, served.origin)
    assert not shown.page.xpath("//script")
    assert not shown.page.xpath("//i | //b")
    assert "<script>alert(1)</script>" in shown.words("posts")


@pytest.mark.more
def test_the_bundled_blog_can_be_tried_too(tmp_path: Path) -> None:
    shown = tried(tmp_path, "sample:")
    assert shown.said.out.splitlines()[0].startswith("try: 19 posts, 7 categories, 1 event, ")
    told = typed("try", "sample:", "--once", str(tmp_path / "told"), "--as-of", NOW, "--json").data
    assert told["counts"]["posts"] == 19
    assert told["source"]["kind"] == "rest"


# -- nothing is kept -----------------------------------------------------------------------------------


@pytest.mark.more
def test_nothing_but_the_folder_that_was_named_is_written(
    tmp_path: Path, served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("SOLACEFEED_STORE_URL", f"sqlite:///{home}/real.db")
    shown = tried(tmp_path, served.origin)
    assert files(home) == {}
    assert {each.name for each in shown.folder.iterdir()} == {"index.html", "digests", "feeds"}
    assert not [each for each in files(shown.folder) if each.endswith((".db", ".toml", ".eml"))]


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path, served: Serving) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    said = typed("try", served.origin, "--once", str(tmp_path))
    assert (said.code, said.out) == (2, "")
    assert "is not empty" in said.err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


# -- what can't be read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code", "why"),
    [
        ("ftp://example.org", 2, "must be an http or https address"),
        ("https://jo:secret@example.org", 2, "must not carry a user name or password"),
        ("", 2, "must be an http or https address"),
    ],
)
def test_an_address_that_is_none_is_said_at_once(tmp_path: Path, url: str, code: int, why: str) -> None:
    said = typed("try", url, "--once", str(tmp_path / "shown"))
    assert said.code == code
    assert why in said.err
    assert not (tmp_path / "shown").exists()


def test_where_nobody_answers_it_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = typed("try", f"http://127.0.0.1:{port}", "--once", str(tmp_path / "shown"))
    assert said.code == 1
    assert f"http://127.0.0.1:{port}" in said.err
    assert not (tmp_path / "shown" / "index.html").exists()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (faults.status(404), "no kind of source works there"),
        (faults.status(503), "503"),
        (faults.challenge(), "403"),
        (faults.content(b"<!DOCTYPE html><title>A shop</title><p>No posts."), "no kind of source works there"),
    ],
    ids=["nothing there", "in maintenance", "a guard before it", "no blog"],
)
def test_where_there_is_no_blog_it_says_what_was_tried(
    tmp_path: Path, served: Serving, spoil: faults.Spoil, why: str
) -> None:
    served.faults.add(spoil)
    said = typed("try", served.origin, "--once", str(tmp_path / "shown"))
    assert (said.code, said.out) == (1, "")
    assert why in said.err
    assert "config" not in said.err


def test_a_blog_that_has_moved_is_named_to_be_tried_there(tmp_path: Path, served: Serving) -> None:
    served.faults.add(faults.redirect(301, "https://www.example.net/"))
    said = typed("try", served.origin, "--once", str(tmp_path / "shown"))
    assert said.code == 1
    assert "https://www.example.net/, another host; if it has moved, try that address" in said.err


# -- served --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """``solacefeed try URL`` in a process of its own."""

    command: warm.Command
    out: TextIO
    err: IO[bytes]
    #: Which it says first.
    address: str

    def ended(self) -> tuple[int, str, str]:
        """Its exit code, and what it has said after its address and of what went wrong."""
        said = self.out.read()
        code = self.command.wait()
        self.err.seek(0)
        return code, said, self.err.read().decode()


@contextmanager
def trying(folder: Path, url: str) -> Iterator[Trying]:
    folder.mkdir(exist_ok=True)
    ours, theirs = os.pipe()
    with os.fdopen(ours) as out, tempfile.TemporaryFile() as err:
        words, environ = ["try", url, "--as-of", NOW], os.environ | {"TMPDIR": str(folder)}
        command = warm.Command(words, folder, environ, out=theirs, err=err.fileno())
        os.close(theirs)
        try:
            first = out.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", first)
            assert found, first
            yield Trying(command=command, out=out, err=err, address=found[0])
        finally:
            command.send(signal.SIGKILL)
            command.wait()


def get(address: str, **headers: str) -> httpx.Response:
    return httpx.get(address, headers=headers, timeout=60)


def left(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.mark.more
def test_all_of_it_is_served_until_somebody_ends_it_and_then_nothing_is_left(tmp_path: Path, served: Serving) -> None:
    with trying(tmp_path / "there", served.origin) as process:
        address = process.address
        # Whoever opens it at once waits until there is something to see.
        page = get(f"{address}/")
        assert page.status_code == 200
        assert "Officers &amp; others" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for href in re.findall(r'href="((?:feeds|digests)/[^"]+)"', page.text):
            assert get(f"{address}/{href}").status_code == 200, href
        assert get(f"{address}/feeds/all.atom").headers["content-type"].startswith("application/atom+xml")
        mail = get(f"{address}/digests/weekly-2026-11-23.html")
        assert "sandbox" in mail.headers["content-security-policy"]
        assert get(f"{address}/digests/nothing.html").status_code == 404
        assert get(f"{address}/config.toml").status_code == 404
        assert get(f"{address}/feeds/../../config.toml").status_code == 404
        assert httpx.post(f"{address}/").status_code == 405
        (folder,) = left(tmp_path / "there")
        before = files(tmp_path / "there" / folder)
        get(f"{address}/")
        assert files(tmp_path / "there" / folder) == before
        process.command.send(signal.SIGTERM)
        code, out, err = process.ended()
        assert (code, err) == (0, "")
        assert out.endswith("try: ended; nothing is kept\n")
    assert left(tmp_path / "there") == []


def test_what_a_killed_one_left_the_next_one_removes(tmp_path: Path, served: Serving) -> None:
    with trying(tmp_path / "there", served.origin) as process:
        assert get(f"{process.address}/").status_code == 200
        process.command.send(signal.SIGKILL)
        process.command.wait()
    (stale,) = left(tmp_path / "there")
    with trying(tmp_path / "there", served.origin) as process:
        assert get(f"{process.address}/").status_code == 200
        assert left(tmp_path / "there") != [stale]
        assert len(left(tmp_path / "there")) == 1
        process.command.send(signal.SIGTERM)
        process.command.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_while_the_blog_still_keeps_it_waiting(
    tmp_path: Path, served: Serving, number: signal.Signals
) -> None:
    asked, answered = Event(), Event()

    def wait(answer: SampleAnswer) -> SampleAnswer:
        asked.set()
        answered.wait()
        return answer

    served.faults.add(wait, match=r"wp/v2/posts")
    with trying(tmp_path / "there", served.origin) as process:
        assert asked.wait(60)
        process.command.send(number)
        code, _, err = process.ended()
        assert (code, err) == (1, "solacefeed: broken off; nothing is kept\n")
    answered.set()
    assert left(tmp_path / "there") == []


def test_a_port_that_is_taken_is_said_before_the_blog_is_asked(tmp_path: Path, served: Serving) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = typed("try", served.origin, "--port", str(taken.getsockname()[1]))
    assert said.code == 2
    assert "--port" in said.err
    assert not served.requests
