"""The main job, from an empty folder to three inboxes, and once more."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solacefeed.store.database import open_store
from tests.cli.prompt import PEOPLE, WEEK_LATER, WEEKLY, at, files, mails, rehearsed, set_line, well
from tests.support.blog import faults
from tests.support.blog.server import Serving
from tests.support.site import Site

THREE = [f"weekly-2026-11-23/{name}@example.org.eml" for name in ("alice", "bob", "carol")]


def test_the_first_run_says_each_deed_and_where_to_look(fresh: Site) -> None:
    assert fresh.told("run") == (
        "poll: 20 new, 0 changed, 0 gone; 7 categories new or changed\n"
        "prepare: weekly/2026-11-23 with 5 posts in 3 variants for 3 subscribers\n"
        "publish: 7 feeds of 19 posts; 69 files changed, 0 removed\n"
        "deliver: 3 accepted\n"
        "feeds: feeds/index.html\n"
        "mails: var/mail\n"
    )


def test_the_first_run_makes_a_feed_for_each_category_in_each_format_with_its_page(done: Site) -> None:
    slugs = ("childrens-social-care", "education", "homelessness", "housing", "local-government-finance", "scotland")
    places = ["all", "digest/weekly", *(f"category/{slug}" for slug in slugs)]
    wanted = {f"{place}{ending}" for place in places for ending in (".atom", ".json", ".rss", "/index.html")}
    lists = {"index.html", "feeds.opml", "feeds.json", "sitemap.xml", "events.ics", "events.atom", "events/index.html"}
    assert wanted | lists <= set(done.published())


def test_each_subscriber_gets_one_mail_with_the_posts_of_their_choice(done: Site) -> None:
    assert mails(done) == THREE
    posts = {path: posts_in(done, path) for path in THREE}
    assert {path: len(titles) for path, titles in posts.items()} == dict(zip(THREE, (5, 4, 2), strict=True))
    assert posts[THREE[1]] < posts[THREE[0]]
    assert posts[THREE[2]] < posts[THREE[0]]


def posts_in(site: Site, path: str) -> set[str]:
    """The titles of the edition's posts that the mail at *path* has."""
    message = email.message_from_bytes((site.folder / "var" / "mail" / path).read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    text = " ".join(str(body.get_content()).split())
    known = at(site, "editions", "show", "weekly/2026-11-23", "--json").data["posts"]
    return {post["title"] for post in known if post["title"] in text}


def test_a_second_run_touches_no_file_and_writes_no_mail(done: Site) -> None:
    before = files(done.feeds), files(done.folder / "var" / "mail")
    assert "publish: 7 feeds of 19 posts; 0 files changed, 0 removed\n" in well(done, "run")
    assert (files(done.feeds), files(done.folder / "var" / "mail")) == before


def test_a_quiet_run_says_nothing_since_cron_mails_what_is_said(fresh: Site) -> None:
    for _ in range(2):
        done = fresh.do("run", "-q")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert mails(fresh) == THREE


@pytest.mark.more
def test_a_run_for_programs_is_the_counts_of_each_deed(fresh: Site) -> None:
    told = json.loads(well(fresh, "run", "--json"))
    assert list(told) == ["poll", "prepare", "publish", "deliver"]
    assert (told["poll"]["new"], told["poll"]["categories"]) == (20, 7)
    assert (told["publish"]["feeds"], told["publish"]["changed"]) == (7, 69)
    assert (told["prepare"]["posts"], told["prepare"]["variants"], told["prepare"]["deliveries"]) == (5, 3, 3)
    assert told["deliver"]["accepted"] == 3


@pytest.mark.more
def test_the_deeds_one_by_one_end_where_a_run_ends(fresh: Site, done: Site) -> None:
    for deed in ("poll", "prepare", "publish", "deliver"):
        assert well(fresh, deed).startswith(f"{deed}: ")
    assert fresh.published() == done.published()
    assert mails(fresh) == THREE


@pytest.mark.more
@pytest.mark.parametrize(
    ("zone", "words"), [("Asia/Tokyo", "de_DE.UTF-8"), pytest.param("America/St_Johns", "C", marks=pytest.mark.slow)]
)
def test_a_second_publish_writes_nothing_in_whatever_time_zone_and_locale(done: Site, zone: str, words: str) -> None:
    before = files(done.feeds)
    elsewhere = Site(done.folder, environ={"TZ": zone, "LC_ALL": words, "LANG": words})
    assert "; 0 files changed, 0 removed" in elsewhere.told("publish", "--all")
    assert files(done.feeds) == before


@pytest.mark.more
def test_a_site_without_digests_polls_and_publishes_alone(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more="")
    assert [line.partition(":")[0] for line in well(site, "run").splitlines()] == ["poll", "publish", "feeds"]
    said = at(site, "prepare")
    assert (said.code, said.err) == (2, "solacefeed: the config has no [[digests]], so there is no mail to make\n")


# -- beside another -----------------------------------------------------------------------------------

HOLDER = """
import sys
from solacefeed.store.database import open_store
from solacefeed.store.locks import only_one
store = open_store(sys.argv[1], create=False)
with only_one(store, sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
store.close()
"""


@contextmanager
def another_does(site: Site, deed: str) -> Iterator[int]:
    """A process that does *deed* while the context lasts; gives its number."""
    url = f"sqlite:///{site.folder}/var/solacefeed.db"
    command = [sys.executable, "-c", HOLDER, url, deed]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder.pid
        holder.communicate()


@pytest.mark.more
def test_a_run_beside_another_says_so_in_one_line_and_does_the_rest(done: Site) -> None:
    with another_does(done, "poll") as number:
        first, *rest = well(done, "run").splitlines()
        assert first.startswith(f"poll: process {number} on ")
        assert first.endswith(" does it now")
        assert [line.partition(":")[0] for line in rest] == ["prepare", "publish", "deliver", "feeds", "mails"]
        assert well(done, "run", "-q") == ""


def test_a_single_deed_beside_another_did_not_work(done: Site) -> None:
    with another_does(done, "publish"):
        said = at(done, "publish")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "does it now" in said.err


# -- the blog is down -----------------------------------------------------------------------------------


@pytest.fixture
def beside_the_blog(serving: Serving, tmp_path: Path) -> Site:
    """A site that has crawled a blog over HTTP."""
    site = rehearsed(tmp_path / "site", source=serving.origin, more=WEEKLY + PEOPLE)
    well(site, "poll")
    return site


def test_a_look_that_finds_no_edition_due_and_no_copy_waiting_writes_only_its_heartbeat(done: Site) -> None:
    # There would be something to take over: a due edition does.
    set_line(done, "Harrogate", "Whitby")
    before = everything_in(done)
    assert well(done, "prepare") == "prepare: no edition is due\n"
    assert well(done, "deliver") == "deliver: 0 accepted\n"
    assert everything_in(done) == before
    well(done, "prepare", "--as-of", WEEK_LATER)
    assert everything_in(done)["events"] != before["events"]


def everything_in(site: Site) -> dict[str, list[str]]:
    """Every row of the store but those of looks, by table."""
    url = f"sqlite:///{site.folder}/var/solacefeed.db"
    with closing(open_store(url, create=False)) as store, store.read() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        names = [name for name in tables if name not in ("records", "heartbeats")]
        return {name: [*map(repr, connection.exec_driver_sql(f"SELECT * FROM {name}"))] for name in names}


@pytest.mark.more
def test_while_the_blog_is_down_what_is_due_is_delivered_and_the_exit_code_is_1(
    beside_the_blog: Site, serving: Serving
) -> None:
    serving.faults.add(faults.status(500))
    said = at(beside_the_blog, "run")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert serving.origin in said.err
    assert "500" in said.err
    assert "deliver: 3 accepted" in said.out
    assert mails(beside_the_blog) == THREE


def test_a_blog_that_was_never_read_leaves_nothing_to_look_at(serving: Serving, tmp_path: Path) -> None:
    serving.faults.add(faults.status(503))
    site = rehearsed(tmp_path / "site", source=serving.origin, more=WEEKLY + PEOPLE)
    said = at(site, "run")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert not site.feeds.exists()


@pytest.mark.more
def test_a_refused_answer_touches_no_feed(beside_the_blog: Site, serving: Serving) -> None:
    well(beside_the_blog, "prepare")
    well(beside_the_blog, "publish")
    before = files(beside_the_blog.feeds)
    serving.faults.add(faults.page_instead())
    assert at(beside_the_blog, "run").code == 1
    assert files(beside_the_blog.feeds) == before


@pytest.mark.more
def test_a_post_of_the_next_week_is_in_the_next_edition_alone(beside_the_blog: Site, serving: Serving) -> None:
    well(beside_the_blog, "run")
    serving.blog.add("The week after", at=datetime(2026, 11, 25, 9, tzinfo=UTC), categories=["Housing"])
    assert well(beside_the_blog, "poll", "--as-of", "2026-11-25T10:00Z") == "poll: 1 new, 0 changed, 0 gone\n"
    said = well(beside_the_blog, "run", "--as-of", WEEK_LATER)
    assert "prepare: weekly/2026-11-30 with 1 post in 2 variants for 2 subscribers\n" in said
    assert mails(beside_the_blog) == [*THREE, *(f"weekly-2026-11-30/{who}@example.org.eml" for who in ("alice", "bob"))]
