from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from solacefeed.errors import Refused, SourceError
from solacefeed.models.blog import Author, BlogInfo
from solacefeed.sources.wordpress_removals import MOST_ASKED
from tests.sources.source_world import HOME, NOW, Reader, a_blog, refusal, rows_changed
from tests.support.blog import faults
from tests.support.blog.blog import Blog
from tests.support.blog.faults import Spoil
from tests.support.blog.server import Serving, serve
from tests.support.builders import a_source_category

LATER = NOW - timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1)
LISTINGS = r"/posts\?"


# -- the first crawl ----------------------------------------------------------------------------------


def test_a_first_crawl_takes_every_public_post_and_no_other() -> None:
    blog = a_blog(230)
    blog.unpublish(7, at=LATER)
    with serve(blog) as serving:
        reader = Reader(serving)
        batches = reader.poll()
    assert set(reader.posts) == {str(post.id) for post in blog.public_posts()}
    assert [len(batch.posts) for batch in batches] == [0, 100, 100, 29, 0]


def test_only_the_last_batch_of_a_first_crawl_is_complete() -> None:
    with serve(a_blog(101)) as serving:
        *earlier, last = Reader(serving).poll()
    assert last.complete
    assert not any(batch.complete for batch in earlier)
    # What is kept of the way is kept with the posts that were read on it.
    assert all((batch.memory is not None) == bool(batch.posts) for batch in earlier)
    assert "crawl" not in (last.memory or {})


def test_a_post_arrives_as_the_blog_has_it(reader: Reader, blog: Blog) -> None:
    post_id = blog.add(
        "Caf&#233; &amp; <em>more</em>",
        "<p>Text</p>",
        at=datetime(2026, 7, 1, 11, 30, tzinfo=UTC),
        categories=["Housing", "Uncategorized"],
        author="jo",
        slug="cafe",
    )
    reader.poll()
    post = reader.posts[str(post_id)]
    assert (post.title, (post.content or "").strip()) == ("Caf&#233; &amp; <em>more</em>", "<p>Text</p>")
    assert (post.url, post.guid) == (f"{HOME}/2026/07/01/cafe/", f"{HOME}/?p={post_id}")
    assert post.published == post.modified == datetime(2026, 7, 1, 11, 30, tzinfo=UTC)
    assert (post.author_id, post.category_numbers) == ("2", ("1", "2"))


def test_a_protected_post_is_known_as_such(reader: Reader, blog: Blog) -> None:
    blog.protect(3, at=LATER)
    reader.poll()
    assert reader.posts["3"].protected
    assert reader.posts["3"].content == ""


def test_the_names_of_the_blog_are_plain_text(reader: Reader) -> None:
    reader.poll()
    assert reader.categories == (
        a_source_category(number="1", slug="uncategorized", name="Uncategorized"),
        a_source_category(number="2", slug="housing", name="Housing"),
        a_source_category(number="3", slug="health-wellbeing", name="Health & Wellbeing", parent_number="2"),
    )
    assert reader.authors["2"] == Author(id="2", name="Jo Bloggs")
    assert reader.site == BlogInfo(title="Officers &amp; others", description="", url=HOME, time_zone="Europe/London")


def test_a_blog_with_an_offset_for_a_time_zone_says_so(reader: Reader, blog: Blog) -> None:
    blog.time_zone, blog.gmt_offset = "", -3.5
    reader.poll()
    assert reader.site is not None
    assert reader.site.time_zone == "UTC-03:30"


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_blog_that_keeps_its_users_to_itself_is_read_without_names(reader: Reader, blog: Blog, code: int) -> None:
    reader.serving.faults.add(faults.refused(blog, code), match="/users")
    reader.poll()
    assert len(reader.posts) == 5
    assert reader.authors == {}


def test_posts_that_vanish_while_we_page_end_the_crawl_without_an_error() -> None:
    blog = a_blog(201)
    with serve(blog) as serving:
        reader = Reader(serving)
        steps = reader.steps()
        next(steps), next(steps)
        for post_id in range(150, 202):
            blog.delete(post_id)
        list(steps)
        assert reader.complete
        reader.poll()
        assert set(reader.posts) == {str(post_id) for post_id in blog.posts}


def test_a_crawl_that_broke_off_is_done_again_from_the_start(reader: Reader) -> None:
    steps = reader.steps()
    begun = [next(steps), next(steps)]
    assert [len(batch.posts) for batch in begun] == [0, 5]
    reader.poll()
    assert reader.complete
    assert len(reader.posts) == 5


def test_a_shipped_blog_is_read_whole() -> None:
    with serve(Blog.shipped()) as serving:
        reader = Reader(serving)
        reader.poll()
        assert set(reader.posts) == {str(post.id) for post in serving.blog.public_posts()}


# -- where the API is ---------------------------------------------------------------------------------


def test_a_blog_without_pretty_permalinks_is_read_by_rest_route(reader: Reader, blog: Blog) -> None:
    blog.permalinks = "plain"
    reader.poll()
    assert len(reader.posts) == 5
    assert reader.memory["api"] == f"{HOME}/index.php?rest_route=/"


def test_the_link_element_serves_where_the_header_was_taken_away(reader: Reader) -> None:
    reader.serving.faults.add(faults.header("Link", "<https://x.example/>; rel=shortlink"), match="^/$")
    reader.poll()
    assert reader.memory["api"] == f"{HOME}/wp-json/"


def test_a_theme_that_announces_nothing_is_asked_by_rest_route(reader: Reader) -> None:
    reader.serving.faults.add(faults.page_instead(), match="^/$")
    reader.poll()
    assert reader.memory["api"] == f"{HOME}/?rest_route=/"
    assert len(reader.posts) == 5


def test_an_announced_address_that_leads_nowhere_is_none(reader: Reader) -> None:
    link = '<http://[oops>; rel="https://api.w.org/"'
    reader.serving.faults.add(faults.header("Link", link), match="^/$")
    reader.poll()
    assert len(reader.posts) == 5
    assert "rest_route" in reader.memory["api"]


def test_an_api_announced_without_tls_is_asked_with_it(reader: Reader) -> None:
    link = '<http://blog.example.org/wp-json/>; rel="https://api.w.org/"'
    reader.serving.faults.add(faults.header("Link", link), match="^/$")
    reader.poll()
    assert reader.memory["api"] == f"{HOME}/wp-json/"


def test_an_api_on_another_host_is_never_asked(reader: Reader) -> None:
    link = '<https://evil.example/wp-json/>; rel="https://api.w.org/"'
    reader.serving.faults.add(faults.header("Link", link), match="^/$")
    with pytest.raises(SourceError, match=r"https://evil\.example/wp-json/, another host"):
        reader.poll()


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(401),
        faults.status(403),
        faults.status(404),
        faults.redirect(301, "https://www.example.org/"),
        faults.endless(8),
    ],
    ids=["behind a password", "shut", "not there", "elsewhere", "too heavy"],
)
def test_a_page_for_people_that_can_t_be_had_hides_no_api(reader: Reader, fault: Spoil) -> None:
    reader.serving.faults.add(fault, match="^/$")
    reader.poll()
    assert (len(reader.posts), reader.memory["api"]) == (5, f"{HOME}/?rest_route=/")


def test_an_announced_api_that_is_not_there_is_asked_for_without_permalinks(reader: Reader, blog: Blog) -> None:
    reader.serving.faults.add(faults.not_found(blog), match="^/wp-json")
    reader.poll()
    assert (len(reader.posts), reader.memory["api"]) == (5, f"{HOME}/?rest_route=/")


def test_where_no_api_is_either_the_first_trouble_is_told(reader: Reader, blog: Blog) -> None:
    reader.serving.faults.add(faults.status(403), match="^/$")
    reader.serving.faults.add(faults.not_found(blog), match="rest_route")
    with pytest.raises(SourceError, match=f"{HOME}: answered 403"):
        reader.poll()


@pytest.mark.parametrize(("was", "becomes"), [("pretty", "plain"), ("plain", "pretty")])
def test_a_change_of_permalinks_goes_unnoticed(reader: Reader, blog: Blog, was: str, becomes: str) -> None:
    blog.permalinks = was
    reader.poll()
    blog.permalinks = becomes
    post_id = blog.add("New", at=LATER)
    reader.poll()
    assert str(post_id) in reader.posts


def test_a_root_that_moved_is_found_anew_in_the_same_poll(regular: Reader, blog: Blog) -> None:
    blog.permalinks = "plain"
    targets = regular.asked_in_a_poll()
    assert targets.count("/") == 1
    assert regular.memory["api"] == f"{HOME}/index.php?rest_route=/"


def test_a_new_address_in_the_configuration_is_asked_where_its_api_is(regular: Reader) -> None:
    regular.memory |= {"home": "https://old.example.org", "api": "https://old.example.org/wp-json/"}
    assert regular.asked_in_a_poll()[0] == "/"
    assert regular.memory["api"] == f"{HOME}/wp-json/"


# -- the quiet poll -----------------------------------------------------------------------------------


def test_a_quiet_poll_asks_three_small_questions(regular: Reader) -> None:
    before = len(regular.serving.requests)
    batches = regular.poll()
    asked = regular.serving.requests[before:]
    assert len(asked) == 3
    assert sum(request.octets for request in asked) <= 4_000
    assert not any(batch.posts or batch.gone for batch in batches)


def test_a_poll_says_who_asks_and_offers_gzip(regular: Reader) -> None:
    headers = regular.serving.requests[-1].headers
    assert headers["user-agent"] == "solacefeed/0 (+mailto:web@example.org)"
    assert headers["accept-encoding"] == "gzip"
    assert headers["host"] == "blog.example.org"


def test_a_quiet_poll_stays_quiet_after_a_change_was_taken(regular: Reader, blog: Blog) -> None:
    blog.add("New", at=LATER)
    blog.delete(2)
    regular.poll()
    assert len(regular.asked_in_a_poll()) == 3


def test_the_whole_list_is_asked_for_once_a_day(regular: Reader) -> None:
    assert len(regular.asked_in_a_poll(TOMORROW)) > 3
    assert len(regular.asked_in_a_poll(TOMORROW + timedelta(hours=23))) == 3


def test_a_date_to_come_hides_no_later_change(regular: Reader, blog: Blog) -> None:
    blog.edit(1, at=NOW + timedelta(days=4000), title="From the future")
    regular.poll()
    blog.edit(2, at=LATER, title="Today")
    regular.poll()
    assert regular.posts["2"].title == "Today"


# -- what the owner of the blog does ------------------------------------------------------------------


def replace_by_import(blog: Blog, written: datetime) -> None:
    blog.delete(2)
    blog.add("Old", at=written)


CHANGES: dict[str, Callable[[Blog], object]] = {
    "adds a post": lambda blog: blog.add("New", at=LATER, categories=["Housing"]),
    "adds a post in a new category": lambda blog: blog.add("New", at=LATER, categories=["Brand new"]),
    "imports an old post": lambda blog: blog.add("Old", at=datetime(2013, 1, 1, tzinfo=UTC)),
    "adds many posts in one second": lambda blog: [blog.add("Bulk", at=LATER) for _ in range(130)],
    "edits a title": lambda blog: blog.edit(2, at=LATER, title="Another"),
    "edits the text": lambda blog: blog.edit(2, at=LATER, content="<p>Other.</p>"),
    "presses Update": lambda blog: blog.edit(2, at=LATER),
    "files a post anew": lambda blog: blog.recategorise(2, "Uncategorized", at=LATER),
    "renames a category": lambda blog: blog.rename_category("Housing", "Homes"),
    "gives a category another slug": lambda blog: blog.slug_category("Housing", "homes"),
    "deletes a category": lambda blog: blog.delete_category("Housing"),
    "adds a category": lambda blog: blog.add_category("Brand new"),
    "gives a post another address": lambda blog: blog.slug(2, "elsewhere", at=LATER),
    "gives a post another author": lambda blog: blog.author(2, "editor", at=LATER),
    "protects a post": lambda blog: blog.protect(2, at=LATER),
    "dates a post anew": lambda blog: blog.redate(2, datetime(2014, 1, 1, tzinfo=UTC), at=LATER),
    "bins a post": lambda blog: blog.trash(2, at=LATER),
    "bins the newest post": lambda blog: blog.trash(5, at=LATER),
    "deletes a post": lambda blog: blog.delete(2),
    "withdraws a post": lambda blog: blog.unpublish(2, at=LATER),
    "makes a post private": lambda blog: blog.private(2, at=LATER),
    "deletes one and imports another": lambda blog: replace_by_import(blog, LATER),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_next_poll_knows_what_the_owner_did(regular: Reader, blog: Blog, change: Callable[[Blog], object]) -> None:
    change(blog)
    regular.poll()
    assert_same_knowledge(regular, newcomer(regular.serving))


AT_THE_SWEEP: dict[str, Callable[[Blog], object]] = {
    "renames an author": lambda blog: blog.rename_author("jo", "Jo B. Bloggs"),
    "renames the blog": lambda blog: setattr(blog, "title", "Another"),
    "moves the blog to another time zone": lambda blog: setattr(blog, "time_zone", "Asia/Tokyo"),
    "replaces a post by an old one": lambda blog: replace_by_import(blog, datetime(2013, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("change", AT_THE_SWEEP.values(), ids=AT_THE_SWEEP.keys())
def test_a_day_later_at_most_we_know_what_the_owner_did(
    regular: Reader, blog: Blog, change: Callable[[Blog], object]
) -> None:
    change(blog)
    regular.poll(TOMORROW)
    assert_same_knowledge(regular, newcomer(regular.serving))


def test_a_scheduled_post_that_goes_live_is_taken_although_it_was_not_modified(reader: Reader, blog: Blog) -> None:
    post_id = blog.schedule(due=LATER, at=NOW - timedelta(days=30), author="jo")
    reader.poll()
    assert str(post_id) not in reader.posts
    blog.publish_due(NOW)
    assert len(reader.asked_in_a_poll()) == 4
    assert reader.posts[str(post_id)].published == LATER


def test_an_old_scheduled_post_is_found_by_the_total(reader: Reader, blog: Blog) -> None:
    post_id = blog.schedule(due=datetime(2026, 11, 1, tzinfo=UTC), at=datetime(2026, 10, 1, tzinfo=UTC))
    reader.poll()
    blog.publish_due(NOW)
    reader.poll()
    assert str(post_id) in reader.posts


def test_a_post_taken_out_of_the_bin_is_back(regular: Reader, blog: Blog) -> None:
    blog.unpublish(2, at=LATER)
    regular.poll()
    assert "2" not in regular.posts
    blog.republish(2, at=LATER)
    regular.poll()
    assert "2" in regular.posts


def test_an_edit_in_the_doubled_hour_of_october_is_not_lost(reader: Reader, blog: Blog) -> None:
    # 01:30 in London comes twice that night, at 00:30 and at 01:30 UTC; WordPress compares local times.
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    blog.edit(1, at=first, title="First")
    reader.poll(first)
    blog.edit(2, at=second, title="Second")
    reader.poll(second)
    assert reader.posts["2"].title == "Second"


def test_an_edit_in_the_very_second_of_the_one_before_is_not_lost(reader: Reader, blog: Blog) -> None:
    post_id = blog.add("First", at=LATER)
    reader.serving.faults.add(faults.header("Date", format_datetime(LATER, usegmt=True)))
    reader.poll()
    blog.edit(post_id, at=LATER, title="Second")
    reader.poll()
    assert reader.posts[str(post_id)].title == "Second"
    reader.serving.faults.clear()
    reader.serving.faults.add(faults.header("Date", format_datetime(LATER + timedelta(minutes=2), usegmt=True)))
    assert len(reader.asked_in_a_poll()) == 4
    assert len(reader.asked_in_a_poll()) == 3


def test_a_plugin_that_writes_into_a_text_unseen_shows_at_the_next_edit(regular: Reader, blog: Blog) -> None:
    blog.minor_edit(2, "<p>By a plugin.</p>")
    regular.poll(TOMORROW)
    assert "plugin" not in (regular.posts["2"].content or "")
    blog.edit(2, at=LATER)
    regular.poll(TOMORROW)
    assert "plugin" in (regular.posts["2"].content or "")


def test_a_new_author_is_asked_for_once_in_a_poll(regular: Reader, blog: Blog) -> None:
    blog.add_user("sam", "Sam Brown")
    for _ in range(130):
        blog.add(at=LATER, author="sam")
    targets = regular.asked_in_a_poll()
    assert sum("/users" in target for target in targets) == 1
    assert regular.authors["3"].name == "Sam Brown"


def test_the_author_of_a_post_comes_no_later_than_the_post(regular: Reader, blog: Blog) -> None:
    blog.add_user("sam", "Sam Brown")
    blog.add(at=LATER, author="sam")
    for batch in regular.steps():
        assert {post.author_id for post in batch.posts} <= regular.authors.keys()


# -- removal, only on evidence ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("removal", "evidence"),
    [
        (lambda blog: blog.delete(2), "deleted (404 rest_post_invalid_id)"),
        (lambda blog: blog.unpublish(2, at=LATER), "withdrawn (401 rest_forbidden)"),
        (lambda blog: blog.private(2, at=LATER), "withdrawn (401 rest_forbidden)"),
        (lambda blog: blog.trash(2, at=LATER), "withdrawn (401 rest_forbidden)"),
    ],
)
def test_a_removal_comes_with_its_evidence_in_the_last_batch(
    regular: Reader, blog: Blog, removal: Callable[[Blog], object], evidence: str
) -> None:
    removal(blog)
    *earlier, last = regular.poll()
    assert last.gone == {"2": evidence}
    assert not any(batch.gone for batch in earlier)


def without(post_id: int) -> Spoil:
    return rows_changed(lambda rows: [row for row in rows if row["id"] != post_id])


def test_a_post_that_a_list_leaves_out_is_kept_while_the_blog_answers_for_it(regular: Reader) -> None:
    regular.serving.faults.add(without(2), match=LISTINGS)
    regular.poll(TOMORROW)
    assert "2" in regular.posts


def test_lists_that_do_not_add_up_cost_one_sweep_and_not_one_a_poll(regular: Reader) -> None:
    less = faults.header("X-WP-Total", "4")
    regular.serving.faults.add(less, match=LISTINGS)
    assert len(regular.asked_in_a_poll()) > 3
    assert len(regular.asked_in_a_poll()) == 3


@pytest.mark.parametrize(
    "answer",
    [
        faults.status(500),
        faults.status(404),
        faults.challenge(),
        faults.page_instead(),
        refusal(401, "rest_not_logged_in"),
        refusal(403, "rest_forbidden"),
        refusal(404, "rest_no_route"),
    ],
)
def test_any_other_answer_for_a_post_proves_nothing(regular: Reader, blog: Blog, answer: Spoil) -> None:
    blog.delete(2)
    regular.serving.faults.add(answer, match="/posts/2")
    regular.poll()
    assert "2" in regular.posts


@pytest.mark.parametrize("status", [429, 503])
def test_a_blog_that_asks_for_rest_is_asked_for_no_other_post(regular: Reader, blog: Blog, status: int) -> None:
    for number in (2, 3, 4):
        blog.delete(number)
    regular.serving.faults.add(faults.status(status, retry_after=30), match=r"/posts/\d")
    with pytest.raises(Refused, match="asks to come back in 30 s"):
        regular.poll()
    assert sum("/posts/" in asked.target for asked in regular.serving.requests) == 1
    assert regular.posts.keys() >= {"2", "3", "4"}
    regular.serving.faults.clear()
    regular.poll()
    assert regular.gone.keys() == {"2", "3", "4"}


def test_a_blog_that_refuses_every_post_by_itself_loses_none(regular: Reader, blog: Blog) -> None:
    blog.delete(2)
    regular.serving.faults.add(refusal(401, "rest_forbidden"), match=r"/posts/\d")
    regular.poll()
    assert "2" in regular.posts


def test_a_blog_that_shows_no_post_at_all_proves_nothing(regular: Reader, blog: Blog) -> None:
    for post_id in tuple(blog.posts):
        blog.delete(post_id)
    regular.poll()
    assert len(regular.posts) == 5


@pytest.mark.more
def test_very_many_removals_are_asked_for_over_several_polls() -> None:
    blog = a_blog(MOST_ASKED + 30)
    with serve(blog) as serving:
        reader = Reader(serving)
        reader.poll()
        for post_id in range(2, MOST_ASKED + 12):
            blog.delete(post_id)
        reader.poll()
        assert len(reader.gone) == MOST_ASKED
        reader.poll()
        assert set(reader.posts) == {str(post_id) for post_id in blog.posts}
        assert len(reader.asked_in_a_poll()) == 3


# -- bad posts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("date_gmt", "0000-00-00T00:00:00", "date_gmt is no date"),
        ("date_gmt", None, "date_gmt is missing"),
        ("content", [], "content is not an object"),
        ("link", "javascript:alert(1)", "link is no http or https address"),
        ("categories", [2, "x"], "categories are not numbers"),
        ("id", -3, "id is -3"),
        ("id", True, "id is not a number"),
    ],
)
def test_one_bad_post_never_stops_the_others(reader: Reader, field: str, value: object, reason: str) -> None:
    def spoilt(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row | {field: value} if row["id"] == 2 else row for row in rows]

    reader.serving.faults.add(rows_changed(spoilt), match=LISTINGS)
    batches = reader.poll()
    assert set(reader.posts) == {"1", "3", "4", "5"}
    assert [told for batch in batches for told in batch.unreadable.values() if reason in told]
    assert len(reader.asked_in_a_poll()) <= 4


# -- what goes wrong ----------------------------------------------------------------------------------

SHUT = "is this a WordPress blog, and its REST API switched on?"


def faulty_answers() -> list[Any]:
    blog = a_blog()
    return [
        pytest.param(faults.refused(blog, 401), "answered 401 rest_not_logged_in You are not", id="401"),
        pytest.param(faults.refused(blog, 403), "answered 403 rest_cannot_access DRA: Only", id="403"),
        pytest.param(faults.refused(blog, 404), "the REST API is switched off; allow wp/v2", id="404"),
        pytest.param(faults.not_found(blog), f"answered 404, HTML instead of JSON; {SHUT}", id="html404"),
        pytest.param(faults.page_instead(), f": HTML instead of JSON; {SHUT}", id="page"),
        pytest.param(faults.challenge(), "answered 403 (Forbidden); the REST API is closed to us", id="challenge"),
        pytest.param(faults.status(500), "(Internal Server Error); the blog has a fault of its own", id="500"),
        pytest.param(
            faults.status(500, body="json"), "answered 500 internal_server_error There has been", id="500json"
        ),
        pytest.param(faults.status(502, body="empty"), "answered 502 (Bad Gateway)", id="502"),
        pytest.param(faults.status(503, retry_after=600), "; asks to come back in 600 s", id="503"),
        pytest.param(faults.status(429), "it is asked too often", id="429"),
        pytest.param(faults.status(599), "answered 599; the blog has a fault", id="599"),
        pytest.param(faults.status(204, body="empty"), "answered 204 (No Content); open it", id="204"),
        pytest.param(faults.truncated(5), "the connection broke off", id="truncated"),
        pytest.param(faults.cut(5), "broken JSON (5 bytes)", id="cut"),
        pytest.param(faults.content(b""), "an empty answer instead of JSON", id="empty"),
        pytest.param(faults.drop(), "the connection broke off (Server disconnected", id="drop"),
        pytest.param(faults.junk(), "something stands before the JSON, such as a warning of PHP", id="junk"),
        pytest.param(faults.content(b'["caf\xe9"]'), "JSON that is not UTF-8", id="latin1"),
        pytest.param(faults.content(b'{"code": "x"}'), "something other than a list", id="object"),
        pytest.param(faults.content(b"[" * 200_000), "broken JSON (200000 bytes)", id="deep"),
        pytest.param(
            faults.redirect(302, "https://other.example/x?k=s"), "redirects to https://other.example/x, a", id="away"
        ),
        pytest.param(faults.redirect(302, "/wp-json/wp/v2/posts"), "redirects more than 5 times", id="loop"),
        pytest.param(faults.endless(500), "larger than 1000000 bytes", id="500 MB"),
        pytest.param(faults.gzip_bomb(500), "larger than 1000000 bytes", id="gzip bomb"),
        pytest.param(
            faults.header("Content-Encoding", "br"), "the encoding 'br, gzip', which we did not offer", id="encoding"
        ),
    ]


@pytest.mark.parametrize(("fault", "line"), faulty_answers())
def test_every_fault_is_one_clear_line_and_changes_nothing(
    regular: Reader, blog: Blog, fault: Spoil, line: str
) -> None:
    blog.edit(2, at=LATER, title="Another")
    regular.max_bytes = 1_000_000
    known = regular.known
    regular.serving.faults.add(fault, match="/posts")
    with pytest.raises(SourceError) as error:
        regular.poll()
    assert line in str(error.value)
    assert str(error.value).startswith(f"{HOME}/wp-json/wp/v2/posts: ")
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 300
    assert regular.known == known


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (faults.status(503, retry_after=600), f"{HOME}: answered 503 (Service Unavailable); maintenance, or"),
        (faults.challenge(), f"{HOME}: answered 403"),
        (faults.drop(), f"{HOME}: the connection broke off"),
    ],
)
def test_a_blog_whose_home_page_is_out_of_order_is_not_crawled(reader: Reader, fault: Spoil, line: str) -> None:
    reader.serving.faults.add(fault)
    with pytest.raises(SourceError) as error:
        reader.poll()
    assert str(error.value).startswith(line)
    assert not reader.complete


def test_a_blog_that_does_not_answer_in_time_is_given_up(regular: Reader) -> None:
    regular.timeout = 0.3
    regular.serving.faults.hold(match="/posts")
    with pytest.raises(SourceError, match=r"no whole answer within 0\.3 s"):
        regular.poll()


def test_a_crawl_that_breaks_off_keeps_the_pages_it_had() -> None:
    with serve(a_blog(230)) as serving:
        serving.faults.add(faults.status(500), match=r"/posts\?", skip=2)
        reader = Reader(serving)
        with pytest.raises(SourceError, match="answered 500"):
            reader.poll()
        assert len(reader.posts) == 200
        assert not reader.complete


def test_a_cache_that_ignores_the_query_is_noticed() -> None:
    with serve(a_blog(230)) as serving:
        first_page = rows_changed(lambda rows: [row | {"id": row["id"] - 100} for row in rows])
        serving.faults.add(first_page, match="page=2")
        with pytest.raises(SourceError, match="page 2 of posts repeats what came before"):
            Reader(serving).poll()


def test_an_unreadable_category_costs_no_other_and_stays_as_it_is_known(regular: Reader) -> None:
    before = regular.categories
    nameless = rows_changed(lambda rows: [row | {"name": None} if row["slug"] == "housing" else row for row in rows])
    regular.serving.faults.add(nameless, match="/categories")
    batches = regular.poll()
    assert set(regular.categories) == set(before)
    (housing,) = (each.number for each in before if each.slug == "housing")
    assert [batch.unreadable_categories for batch in batches if batch.categories] == [{housing: "name is missing"}]
    newcomer = Reader(regular.serving)
    newcomer.poll()
    assert set(newcomer.categories) == {each for each in before if each.slug != "housing"}


def test_an_unreadable_category_is_no_reason_to_lose_one(regular: Reader, blog: Blog) -> None:
    nameless = rows_changed(lambda rows: [row | {"name": None} for row in rows])
    regular.serving.faults.add(nameless, match="/categories")
    before = regular.categories
    post_id = blog.add("New", at=LATER)
    regular.poll()
    assert regular.categories == before
    assert str(post_id) in regular.posts


# -- helpers ------------------------------------------------------------------------------------------


def newcomer(serving: Serving) -> Reader:
    reader = Reader(serving)
    reader.poll()
    return reader


def assert_same_knowledge(regular: Reader, newcomer: Reader) -> None:
    assert regular.posts == newcomer.posts
    assert regular.categories == newcomer.categories
    assert regular.site == newcomer.site
    assert newcomer.authors.items() <= regular.authors.items()
