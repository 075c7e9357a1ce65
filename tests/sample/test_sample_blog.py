"""The bundled blog answers like a WordPress, changes like one, and breaks down when it is told to."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import IncompleteRead, RemoteDisconnected
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sample.asking import ask, connect
from tests.support.blog import faults
from tests.support.blog.answers import answer
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve

POSTS = "/wp-json/wp/v2/posts"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def blog() -> Blog:
    return Blog.shipped()


@pytest.fixture
def serving(blog: Blog) -> Iterator[Serving]:
    with serve(blog) as serving:
        yield serving


def rows(blog: Blog, target: str) -> Any:
    return json.loads(answer(blog, target).body)


def ids(blog: Blog, query: str) -> list[int]:
    return [row["id"] for row in rows(blog, f"{POSTS}?_fields=id&per_page=100&{query}")]


def header(blog: Blog, target: str, name: str) -> str:
    return dict(answer(blog, target).headers)[name]


# -- answering ----------------------------------------------------------------------------------------


def test_the_home_page_says_where_the_api_is(serving: Serving) -> None:
    home = ask(serving, "/")
    assert home.status == 200
    assert home.headers["Link"] == '<https://blog.example.org/wp-json/>; rel="https://api.w.org/"'
    assert b'<link rel="https://api.w.org/" href="https://blog.example.org/wp-json/" />' in home.body


def test_no_port_stands_in_any_answer(serving: Serving) -> None:
    port = serving.origin.rpartition(":")[2].encode()
    for target in ("/", "/wp-json/", f"{POSTS}?per_page=5", "/wp-json/wp/v2/users", "/wp-json/wp/v2/categories"):
        got = ask(serving, target)
        assert b":" + port not in got.body
        assert port.decode() not in str(got.headers["Link"])


def test_the_index_holds_the_fields_asked_for_and_its_own_links(blog: Blog) -> None:
    index = rows(blog, "/wp-json/?_fields=name,timezone_string,home,nonsense")
    assert index == {
        "name": "Society of Chief Officers",
        "home": "https://blog.example.org",
        "timezone_string": "Europe/London",
        "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }


def test_json_is_written_as_php_writes_it(blog: Blog) -> None:
    body = answer(blog, f"{POSTS}/1219?_fields=id,link,title,date").body
    assert body == (
        rb'{"id":1219,"date":"2026-10-06T10:00:00",'
        rb'"link":"https:\/\/blog.example.org\/2026\/10\/06\/counting-rough-sleepers-is-the-easy-part\/",'
        rb'"title":{"rendered":"Counting rough sleepers\u000b is the easy part"}}'
    )


def test_category_names_are_html_escaped(blog: Blog) -> None:
    blog.rename_category("Housing", 'Homes & "Places"')
    names = [row["name"] for row in rows(blog, "/wp-json/wp/v2/categories?_fields=name")]
    assert 'Homes &amp; "Places"' in names


def test_a_protected_post_is_listed_without_its_text(blog: Blog) -> None:
    row = rows(blog, f"{POSTS}/1240?_fields=title,content")
    assert row == {
        "title": {"rendered": "Members only: notes from the autumn meeting"},
        "content": {"rendered": "", "protected": True},
    }


def test_a_post_has_all_the_fields_of_a_real_one(blog: Blog) -> None:
    (row,) = rows(blog, f"{POSTS}?include=1311")
    assert row["guid"] == {"rendered": "https://blog.example.org/?p=1311"}
    assert row["categories"] == [4, 6, 7, 9]
    assert row["excerpt"]["rendered"].endswith(" [&hellip;]</p>\n")
    assert row["_links"]["self"] == [{"href": "https://blog.example.org/wp-json/wp/v2/posts/1311"}]


REFUSALS = [
    (f"{POSTS}/99999", 404, "rest_post_invalid_id"),
    (f"{POSTS}/1316", 401, "rest_forbidden"),
    (f"{POSTS}/abc", 404, "rest_no_route"),
    (f"{POSTS}?per_page=101", 400, "rest_invalid_param"),
    (f"{POSTS}?per_page=0", 400, "rest_invalid_param"),
    (f"{POSTS}?page=0", 400, "rest_invalid_param"),
    (f"{POSTS}?page=two", 400, "rest_invalid_param"),
    (f"{POSTS}?page=9", 400, "rest_post_invalid_page_number"),
    (f"{POSTS}?orderby=nope", 400, "rest_invalid_param"),
    (f"{POSTS}?orderby=include", 400, "rest_orderby_include_missing_include"),
    (f"{POSTS}?order=up", 400, "rest_invalid_param"),
    (f"{POSTS}?include=1,x", 400, "rest_invalid_param"),
    (f"{POSTS}?after=2026-11-01", 400, "rest_invalid_param"),
    (f"{POSTS}?after=1764547200", 400, "rest_invalid_param"),
    (f"{POSTS}?after=2026-02-30T00:00:00", 400, "rest_invalid_param"),
    (f"{POSTS}?modified_after=", 400, "rest_invalid_param"),
    ("/wp-json/wp/v2/nope", 404, "rest_no_route"),
    ("/wp-json/wp/v2/categories/99", 404, "rest_term_invalid"),
    ("/wp-json/wp/v2/users/99", 404, "rest_user_invalid_id"),
    ("/?rest_route=/wp/v2/posts/99999", 404, "rest_post_invalid_id"),
]


@pytest.mark.parametrize(("target", "status", "code"), REFUSALS)
def test_what_can_not_be_had_is_refused_in_wordpress_words(blog: Blog, target: str, status: int, code: str) -> None:
    refused = answer(blog, target)
    body = json.loads(refused.body)
    assert (refused.status, body["code"], body["data"]["status"]) == (status, code, status)


def test_a_wrong_page_hides_a_wrong_date_as_in_wordpress(blog: Blog) -> None:
    params = rows(blog, f"{POSTS}?after=then&page=x&per_page=y")["data"]["params"]
    assert params == {"page": "page is not of type integer.", "per_page": "per_page is not of type integer."}


def test_elsewhere_there_is_an_html_404(serving: Serving) -> None:
    got = ask(serving, "/nowhere/")
    assert (got.status, got.headers.get_content_type()) == (404, "text/html")


def test_a_head_has_the_headers_of_a_get_and_no_body(serving: Serving) -> None:
    got, head = (ask(serving, f"{POSTS}?per_page=2", method=method) for method in ("GET", "HEAD"))
    assert head.body == b""
    for name in ("X-WP-Total", "X-WP-TotalPages", "Link", "Content-Type", "Content-Length"):
        assert head.headers[name] == got.headers[name]


def test_a_reader_who_offers_gzip_gets_it(serving: Serving) -> None:
    plain = ask(serving, POSTS)
    packed = ask(serving, POSTS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2


def test_without_pretty_permalinks_only_the_other_form_works(serving: Serving, blog: Blog) -> None:
    blog.permalinks = "plain"
    assert ask(serving, "/").headers["Link"] == (
        '<https://blog.example.org/index.php?rest_route=/>; rel="https://api.w.org/"'
    )
    moved = ask(serving, f"{POSTS}?per_page=1")
    assert moved.headers["Location"] == f"https://blog.example.org{POSTS}/?per_page=1"
    page = ask(serving, f"{POSTS}/?per_page=1")
    assert (page.status, page.headers.get_content_type()) == (200, "text/html")
    for entrance in ("/", "/index.php"):
        (row,) = ask(serving, f"{entrance}?rest_route=/wp/v2/posts&per_page=1&_fields=link").json
        assert row == {"link": "https://blog.example.org/?p=1311"}


# -- paging and filters -------------------------------------------------------------------------------


@given(
    per_page=st.integers(1, 100),
    orderby=st.sampled_from(["id", "date", "title"]),
    order=st.sampled_from(["asc", "desc"]),
)
def test_the_pages_together_show_every_post_once(per_page: int, orderby: str, order: str) -> None:
    blog = Blog.shipped()
    query = f"{POSTS}?_fields=id&per_page={per_page}&orderby={orderby}&order={order}"
    last = int(header(blog, query, "X-WP-TotalPages"))
    shown = [row["id"] for page in range(1, last + 1) for row in rows(blog, f"{query}&page={page}")]
    assert len(shown) == int(header(blog, query, "X-WP-Total"))
    assert set(shown) == {post.id for post in blog.public_posts()}


def test_pages_of_posts_modified_in_one_second_lose_some(blog: Blog) -> None:
    for _ in range(30):
        blog.add(at=NOON)
    shown = [
        row["id"]
        for page in range(1, 6)
        for row in rows(blog, f"{POSTS}?_fields=id&orderby=modified&per_page=10&page={page}")
    ]
    assert len(shown) == 50 > len(set(shown))


def test_neighbouring_pages_are_linked_with_the_query_that_was_asked(blog: Blog) -> None:
    link = header(blog, f"{POSTS}?categories=4,7&per_page=2&page=2", "Link")
    asked = "https://blog.example.org/wp-json/wp/v2/posts?categories%5B0%5D=4&categories%5B1%5D=7&per_page=2"
    assert link == f'<{asked}&page=1>; rel="prev", <{asked}&page=3>; rel="next"'


def test_beyond_the_last_page_of_categories_there_is_an_empty_list(blog: Blog) -> None:
    beyond = answer(blog, "/wp-json/wp/v2/categories?page=9")
    assert (beyond.status, beyond.body) == (200, b"[]")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("after=2026-11-17T08:29:59Z", True),
        ("after=2026-11-17T08:30:00Z", False),
        ("after=2026-11-17T09:29:59%2B01:00", True),
        ("after=2026-11-17T08:30:00", False),
        ("before=2026-11-17T08:30:01Z", True),
        ("before=2026-11-17T08:30:00Z", False),
        ("modified_after=2026-11-17T08:29:59", True),
        ("modified_after=2026-11-17T08:30:00Z", False),
        ("modified_before=2026-11-17T08:30:01", True),
        ("categories=14", True),
        ("categories=6", False),
        ("categories[]=6&categories[]=3", True),
        ("include=1291", True),
        ("include=1290,1292", False),
    ],
)
def test_a_filter_finds_a_post_or_not(blog: Blog, query: str, found: bool) -> None:
    assert (1291 in ids(blog, query)) is found


def test_a_date_without_an_offset_is_the_blogs_local_time(blog: Blog) -> None:
    summer = blog.add(at=datetime(2026, 7, 1, 11, 30, tzinfo=UTC))
    assert summer in ids(blog, "after=2026-07-01T12:29:59")
    assert summer not in ids(blog, "after=2026-07-01T12:30:00")
    assert summer not in ids(blog, "after=2026-07-01T11:45:00Z")


def test_after_a_change_of_time_zone_the_filters_are_out_by_the_difference(blog: Blog) -> None:
    summer = blog.add(at=datetime(2026, 7, 1, 11, 30, tzinfo=UTC))
    blog.time_zone = "Asia/Tokyo"
    row = rows(blog, f"{POSTS}/{summer}?_fields=date,date_gmt")
    assert row == {"date": "2026-07-01T12:30:00", "date_gmt": "2026-07-01T11:30:00"}
    assert summer not in ids(blog, "after=2026-07-01T11:29:59Z")


def test_posts_come_in_the_order_of_include_when_asked(blog: Blog) -> None:
    assert ids(blog, "include=1311,1014,1270&orderby=include&order=asc") == [1311, 1014, 1270]


# -- changing -----------------------------------------------------------------------------------------

MOVES: dict[str, Callable[[Blog], object]] = {
    "edit": lambda blog: blog.edit(1291, title="Another", at=NOON),
    "edit for nothing": lambda blog: blog.edit(1291, at=NOON),
    "recategorise": lambda blog: blog.recategorise(1291, "Wales", at=NOON),
    "slug": lambda blog: blog.slug(1291, "elsewhere", at=NOON),
    "author": lambda blog: blog.author(1291, "mleigh", at=NOON),
    "protect": lambda blog: blog.protect(1291, at=NOON),
    "redate": lambda blog: blog.redate(1291, NOON - HOUR, at=NOON),
    "republish": lambda blog: blog.republish(1291, at=NOON),
}
STAYS: dict[str, Callable[[Blog], object]] = {
    "minor edit": lambda blog: blog.minor_edit(1291, "<p>Behind its back.</p>"),
    "rename category": lambda blog: blog.rename_category("Homelessness", "Rough sleeping"),
    "slug category": lambda blog: blog.slug_category("Homelessness", "rough-sleeping"),
    "delete category": lambda blog: blog.delete_category("Homelessness"),
    "rename author": lambda blog: blog.rename_author("northmere", "Northmere"),
}


def modified_stamps(blog: Blog) -> dict[int, str]:
    return {row["id"]: row["modified_gmt"] for row in rows(blog, f"{POSTS}?_fields=id,modified_gmt&per_page=100")}


def answers(blog: Blog) -> list[bytes]:
    """Everything that the API says."""
    return [answer(blog, f"/wp-json/wp/v2/{name}?per_page=100").body for name in ("posts", "categories", "users")]


@pytest.mark.parametrize("deed", MOVES.values(), ids=MOVES)
def test_a_change_that_moves_modified(blog: Blog, deed: Callable[[Blog], object]) -> None:
    deed(blog)
    assert modified_stamps(blog)[1291] == "2026-11-23T12:00:00"
    assert rows(blog, f"{POSTS}/1291")["guid"]["rendered"] == "https://blog.example.org/?p=1291"


@pytest.mark.parametrize("deed", STAYS.values(), ids=STAYS)
def test_a_change_that_no_post_tells_of(blog: Blog, deed: Callable[[Blog], object]) -> None:
    before, stamps = answers(blog), modified_stamps(blog)
    deed(blog)
    assert modified_stamps(blog) == stamps
    assert answers(blog) != before


@pytest.mark.parametrize("deed", ["unpublish", "private", "trash"])
def test_a_withdrawn_post_is_forbidden_and_gone_from_the_list(blog: Blog, deed: str) -> None:
    getattr(blog, deed)(1291, at=NOON)
    assert rows(blog, f"{POSTS}/1291")["code"] == "rest_forbidden"
    assert 1291 not in ids(blog, "include=1291,1298")


def test_a_deleted_post_is_unknown_and_its_id_is_never_given_again(blog: Blog) -> None:
    newest = blog.add(at=NOON)
    blog.delete(newest)
    assert rows(blog, f"{POSTS}/{newest}")["code"] == "rest_post_invalid_id"
    assert blog.add(at=NOON) > newest


def test_a_post_comes_back_from_the_bin_under_its_address(blog: Blog) -> None:
    blog.trash(1291, at=NOON)
    blog.untrash(1291, at=NOON)
    assert rows(blog, f"{POSTS}/1291")["code"] == "rest_forbidden"
    blog.republish(1291, at=NOON)
    link = rows(blog, f"{POSTS}/1291?_fields=link")["link"]
    assert link.endswith("/2026/11/17/what-a-temporary-home-does-to-a-familys-year/")


def test_a_scheduled_post_goes_live_without_being_modified(blog: Blog) -> None:
    post = blog.schedule(due=NOON + HOUR, at=NOON, categories=["Housing"])
    blog.publish_due(NOON)
    assert rows(blog, f"{POSTS}/{post}")["code"] == "rest_forbidden"
    blog.publish_due(NOON + HOUR)
    row = rows(blog, f"{POSTS}/{post}?_fields=date_gmt,modified_gmt")
    assert row == {"date_gmt": "2026-11-23T13:00:00", "modified_gmt": "2026-11-23T12:00:00"}


def test_when_a_category_is_deleted_its_children_move_up_and_its_posts_are_refiled(blog: Blog) -> None:
    blog.delete_category("Housing")
    assert rows(blog, "/wp-json/wp/v2/categories/14?_fields=parent") == {"parent": 0}
    assert rows(blog, f"{POSTS}/1174?_fields=categories") == {"categories": [1]}
    assert rows(blog, f"{POSTS}/1311?_fields=categories") == {"categories": [4, 7, 9]}


def test_the_default_category_is_never_deleted(blog: Blog) -> None:
    with pytest.raises(ValueError, match="default category"):
        blog.delete_category("Uncategorized")


def test_only_users_with_public_posts_are_shown(blog: Blog) -> None:
    blog.add_user("newcomer", "A Newcomer")
    shown = [row["slug"] for row in rows(blog, "/wp-json/wp/v2/users")]
    assert shown == ["mnicrath", "mleigh", "northmere", "editor"]
    assert rows(blog, "/wp-json/wp/v2/users/9")["code"] == "rest_user_cannot_view"


def test_a_category_counts_its_own_public_posts_alone(blog: Blog) -> None:
    before = rows(blog, "/wp-json/wp/v2/categories/6?_fields=count")["count"]
    blog.add(at=NOON, categories=["Homelessness"])
    blog.add(at=NOON, categories=["Housing"], status="draft")
    assert rows(blog, "/wp-json/wp/v2/categories/6?_fields=count")["count"] == before


def test_each_shipped_blog_is_a_fresh_one() -> None:
    Blog.shipped().delete(1014)
    assert 1014 in Blog.shipped().posts


def test_a_bare_offset_is_a_time_zone_too() -> None:
    blog = Blog(time_zone="", gmt_offset=5.5)
    post = blog.add(at=NOON)
    assert rows(blog, f"{POSTS}/{post}?_fields=date") == {"date": "2026-11-23T17:30:00"}
    index = rows(blog, "/wp-json/?_fields=gmt_offset,timezone_string")
    assert (index["gmt_offset"], index["timezone_string"]) == (5.5, "")


def test_an_unknown_name_is_told(blog: Blog) -> None:
    with pytest.raises(KeyError, match="no category 'Wales'"):
        blog.category("Wales")
    with pytest.raises(KeyError, match="no user 'nobody'"):
        blog.user("nobody")


# -- serving ------------------------------------------------------------------------------------------


def test_what_was_asked_is_noted(serving: Serving) -> None:
    got = ask(serving, f"{POSTS}?per_page=1", headers={"User-Agent": "reader/1"})
    ask(serving, "/nowhere", method="HEAD")
    first, second = serving.requests
    assert (first.method, first.target, first.status) == ("GET", f"{POSTS}?per_page=1", 200)
    assert (first.headers["user-agent"], first.octets) == ("reader/1", len(got.body))
    assert (second.method, second.status, second.octets) == ("HEAD", 404, 0)


def test_one_connection_serves_many_requests(serving: Serving) -> None:
    connection = connect(serving)
    connection.connect()
    port = connection.sock.getsockname()
    for _ in range(3):
        connection.request("GET", POSTS)
        connection.getresponse().read()
        assert connection.sock.getsockname() == port
    connection.close()


def test_the_end_of_the_serving_leaves_no_thread_behind(blog: Blog) -> None:
    before = threading.active_count()
    with serve(blog) as serving:
        idle = connect(serving)
        idle.request("GET", "/")
        idle.getresponse().read()
        serving.faults.hold(match="/held")
        waiting = connect(serving)
        waiting.request("GET", "/held")
    assert threading.active_count() == before
    idle.close()
    waiting.close()


# -- breaking down ------------------------------------------------------------------------------------


def test_a_fault_spoils_what_it_matches_as_often_as_it_counts(serving: Serving) -> None:
    serving.faults.add(faults.status(503, retry_after=30), match=r"/posts\?", skip=1, count=2)
    assert ask(serving, "/wp-json/").status == 200
    statuses = [ask(serving, f"{POSTS}?page=1").status for _ in range(4)]
    assert statuses == [200, 503, 503, 200]


def test_cleared_faults_are_over(serving: Serving) -> None:
    serving.faults.add(faults.status(500))
    assert ask(serving, "/").status == 500
    serving.faults.clear()
    assert ask(serving, "/").status == 200


@pytest.mark.parametrize(
    ("body", "kind", "begins"),
    [
        ("html", "text/html", b"<!DOCTYPE html>"),
        ("json", "application/json", b'{"code":"internal_server_error","message":"<p>'),
        ("empty", "text/html", b""),
    ],
)
def test_an_error_of_the_server_itself(serving: Serving, body: str, kind: str, begins: bytes) -> None:
    serving.faults.add(faults.status(503, body=body, retry_after=600))
    got = ask(serving, POSTS)
    assert (got.status, got.headers["Retry-After"], got.headers.get_content_type()) == (503, "600", kind)
    assert got.body.startswith(begins)
    assert bool(got.body) is bool(begins)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "rest_not_logged_in"), (403, "rest_cannot_access"), (404, "rest_no_route")]
)
def test_a_security_plugin_says_no(serving: Serving, blog: Blog, status: int, code: str) -> None:
    serving.faults.add(faults.refused(blog, status), match="/users")
    got = ask(serving, "/wp-json/wp/v2/users")
    assert (got.status, got.json["code"]) == (status, code)
    assert ask(serving, POSTS).status == 200


@pytest.mark.parametrize(
    ("spoil", "begins"),
    [
        (faults.junk(), b"<br />\n<b>Warning</b>"),
        (faults.bom(), b"\xef\xbb\xbf\n\n[{"),
        (faults.cut(5), b'[{"id'),
        (faults.content(b"[]"), b"[]"),
        (faults.page_instead(), b"<!DOCTYPE html>"),
        (faults.header("X-WP-Total", "many"), b'[{"id":'),
        (faults.content_type("text/plain"), b'[{"id":'),
    ],
)
def test_a_well_framed_body_that_should_not_be_believed(serving: Serving, spoil: faults.Spoil, begins: bytes) -> None:
    serving.faults.add(spoil, count=1)
    spoilt, sound = ask(serving, POSTS), ask(serving, POSTS)
    assert spoilt.status == 200
    assert spoilt.body.startswith(begins)
    assert (spoilt.body, spoilt.headers.items()) != (sound.body, sound.headers.items())


def test_a_guard_in_front_of_the_blog_wants_a_browser(serving: Serving) -> None:
    serving.faults.add(faults.challenge())
    got = ask(serving, POSTS)
    assert (got.status, got.headers["Cf-Mitigated"]) == (403, "challenge")


def test_a_blog_with_the_api_taken_away_shows_its_404_page(serving: Serving, blog: Blog) -> None:
    serving.faults.add(faults.not_found(blog), match="wp-json")
    got = ask(serving, POSTS)
    assert (got.status, got.headers.get_content_type()) == (404, "text/html")


def test_a_redirect_leads_elsewhere(serving: Serving) -> None:
    serving.faults.add(faults.redirect(302, "https://elsewhere.example.net/"))
    got = ask(serving, POSTS)
    assert (got.status, got.headers["Location"]) == (302, "https://elsewhere.example.net/")


def test_a_truncated_body_breaks_off(serving: Serving) -> None:
    serving.faults.add(faults.truncated(5))
    with pytest.raises(IncompleteRead) as broken:
        ask(serving, POSTS)
    assert broken.value.partial == b'[{"id'


def test_a_dropped_connection_gives_no_answer(serving: Serving) -> None:
    serving.faults.add(faults.drop())
    with pytest.raises(RemoteDisconnected):
        ask(serving, POSTS)
    assert serving.requests[-1].status is None


def test_a_held_answer_comes_when_it_is_released(serving: Serving) -> None:
    release = serving.faults.hold(match="/posts")
    connection = connect(serving)
    connection.request("GET", POSTS)
    assert ask(serving, "/wp-json/").status == 200
    release.set()
    assert connection.getresponse().status == 200
    connection.close()


def test_an_endless_body_costs_nothing_that_is_not_taken(serving: Serving) -> None:
    serving.faults.add(faults.endless(500))
    connection = connect(serving)
    connection.request("GET", POSTS)
    response = connection.getresponse()
    assert len(response.read(100_000)) == 100_000
    response.close()
    connection.close()


def test_a_gzip_bomb_unpacks_to_what_it_says(serving: Serving) -> None:
    serving.faults.add(faults.gzip_bomb(3))
    got = ask(serving, POSTS, headers={"Accept-Encoding": "gzip"})
    assert len(got.body) < 10_000
    assert len(zlib.decompress(got.body, wbits=zlib.MAX_WBITS | 16)) == 3_000_000


def test_a_dripping_body_never_ends_by_itself(serving: Serving) -> None:
    serving.faults.drip(every=0.0001)
    connection = connect(serving)
    connection.request("GET", "/wp-json/?_fields=name")
    response = connection.getresponse()
    assert response.read(200).rstrip(b" ").endswith(b"}")
    response.close()
    connection.close()
