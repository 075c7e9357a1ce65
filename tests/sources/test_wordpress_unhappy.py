"""A WordPress as it is met: what a poll can do without, and how much such a blog gives at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from solacefeed.errors import Refused, SourceError
from solacefeed.models.blog import Author
from solacefeed.sample.answers import JSON
from solacefeed.sources.wordpress_alone import MOST_REFUSED
from solacefeed.sources.wordpress_paging import GROWS_AGAIN
from tests.sources.source_world import HOME, NOW, Reader, a_blog, refusal, rows_changed
from tests.support.blog import faults
from tests.support.blog.answers import Broken, SampleAnswer
from tests.support.blog.blog import Blog
from tests.support.blog.faults import Spoil
from tests.support.blog.server import Serving, serve

LATER = NOW - timedelta(hours=1)
REPORTED = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "heavy-page.json"
TOMORROW = NOW + timedelta(days=1)
POSTS = r"/posts\?"

Answer = SampleAnswer


def lacking(reader: Reader) -> dict[str, str]:
    told: dict[str, str] = json.loads(reader.memory.get("lacking", "{}"))
    return told


def without(*headers: str) -> Spoil:
    """The same answer, with these headers taken away on its way."""
    return lambda answer: replace(answer, headers=tuple(each for each in answer.headers if each[0] not in headers))


UNHAPPY: dict[str, Spoil] = {
    "a web page": faults.page_instead(),
    "a redirect elsewhere": faults.redirect(302, "https://login.example.net/"),
    "a redirect to the front page": faults.redirect(302, "/"),
    "400": refusal(400, "rest_invalid_param"),
    "401": refusal(401, "rest_forbidden"),
    "403": refusal(403, "rest_cannot_access"),
    "404": refusal(404, "rest_no_route"),
    "500": faults.status(500),
    "503 that asks for no rest": faults.status(503),
    "it hangs up": faults.drop(),
    "cut off": faults.cut(5),
    "nothing": faults.content(b""),
    "an object": faults.content(b'{"code": "x"}'),
    "a login": faults.challenge(),
}


# -- what a poll can do without -----------------------------------------------------------------------


@pytest.mark.parametrize("answer", UNHAPPY.values(), ids=UNHAPPY.keys())
@pytest.mark.parametrize(
    ("what", "at"), [("authors", "/users"), ("categories", "/categories"), ("site", r"/\?_fields")]
)
def test_posts_are_read_without_what_a_poll_can_do_without(
    reader: Reader, blog: Blog, what: str, at: str, answer: Spoil
) -> None:
    reader.serving.faults.add(answer, match=at)
    reader.poll()
    assert (len(reader.posts), reader.complete) == (5, True)
    assert list(lacking(reader)) == [what]
    post_id = blog.add("New", at=LATER)
    reader.poll()
    assert str(post_id) in reader.posts


@pytest.mark.parametrize("answer", UNHAPPY.values(), ids=UNHAPPY.keys())
def test_what_was_known_of_the_blog_stays_while_it_can_t_be_read(regular: Reader, answer: Spoil) -> None:
    site, categories, authors = regular.site, regular.categories, dict(regular.authors)
    for at in ("/users", "/categories", r"/\?_fields"):
        regular.serving.faults.add(answer, match=at)
    regular.poll(TOMORROW)
    assert (regular.site, regular.categories, regular.authors) == (site, categories, authors)
    assert set(lacking(regular)) == {"site", "categories", "authors"}
    regular.serving.faults.clear()
    regular.poll(TOMORROW + timedelta(days=1))
    assert lacking(regular) == {}


def test_users_that_come_without_counts_are_believed(reader: Reader) -> None:
    reader.serving.faults.add(without("X-WP-Total", "X-WP-TotalPages"), match="/users")
    reader.poll()
    assert reader.authors["2"] == Author(id="2", name="Jo Bloggs")
    assert lacking(reader) == {}


def test_an_index_that_could_not_be_read_is_asked_for_until_it_is(reader: Reader) -> None:
    reader.serving.faults.add(refusal(403, "rest_forbidden"), match=r"/\?_fields")
    reader.poll()
    assert sum("/?_fields" in target for target in reader.asked_in_a_poll()) == 1
    known = [reader.site]
    reader.serving.faults.clear()
    reader.poll()
    assert [site and site.url for site in (*known, reader.site)] == [None, HOME]
    assert len(reader.asked_in_a_poll()) == 3


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("at", ["/users", "/categories", r"/\?_fields", "/posts"])
def test_who_asks_for_rest_has_it_wherever_it_is_asked_for(reader: Reader, at: str, status: int) -> None:
    reader.serving.faults.add(faults.status(status, retry_after=30), match=at)
    with pytest.raises(Refused, match="asks to come back in 30 s"):
        reader.poll()
    assert re.search(at, reader.serving.requests[-1].target)
    assert sum(bool(re.search(at, asked.target)) for asked in reader.serving.requests) == 1


@pytest.mark.parametrize(
    ("what", "at"),
    [("authors", "/users"), ("categories", "/categories"), ("site", r"/\?_fields"), ("pictures", "/media")],
)
def test_what_asks_for_rest_for_ever_holds_up_no_post(reader: Reader, what: str, at: str) -> None:
    reader.serving.faults.add(faults.status(429, retry_after=30), match=at)
    a_library(reader.serving)
    with pytest.raises(Refused):
        reader.poll()
    for later in (1, 2, 3):
        before = len(reader.serving.requests)
        reader.poll(NOW + timedelta(minutes=later))
        assert (len(reader.posts), reader.complete, list(lacking(reader))) == (5, True, [what])
        asked = [asked.target for asked in reader.serving.requests[before:]]
        # Once, behind everything else.
        assert [bool(re.search(at, target)) for target in asked] == [False] * (len(asked) - 1) + [True]
    reader.serving.faults.clear()
    a_library(reader.serving)
    reader.poll(NOW + timedelta(minutes=4))
    assert lacking(reader) == {}


def test_a_picture_that_the_library_can_t_give_costs_no_other() -> None:
    with serve(a_blog(12)) as serving:
        serving.faults.add(faults.status(500), match=r"/media.*include=[\d,]*\b1006\b")
        a_library(serving)
        reader = Reader(serving)
        reader.poll()
    assert {number for number, post in reader.posts.items() if post.picture} == {"3", "9", "12"}
    assert {number for number, post in reader.posts.items() if not post.picture_known} == {"6"}
    assert lacking(reader) == {}


# -- counts and bodies --------------------------------------------------------------------------------

COUNTS: dict[str, Spoil] = {
    "missing": without("X-WP-Total", "X-WP-TotalPages"),
    "no total": without("X-WP-Total"),
    "no pages": without("X-WP-TotalPages"),
    "words": faults.header("X-WP-Total", "many"),
    "negative": faults.header("X-WP-Total", "-1"),
    "of 5000 digits": faults.header("X-WP-Total", "9" * 5_000),
    "nothing": faults.header("X-WP-TotalPages", "0"),
    "too few pages": faults.header("X-WP-TotalPages", "1"),
    "a trillion pages": faults.header("X-WP-TotalPages", str(10**12)),
}


@pytest.mark.parametrize("counted", COUNTS.values(), ids=COUNTS.keys())
def test_counts_that_are_missing_or_wrong_cost_no_post(counted: Spoil) -> None:
    with serve(a_blog(230)) as serving:
        serving.faults.add(counted, match=POSTS)
        reader = Reader(serving)
        reader.poll()
        assert len(reader.posts) == 230
        assert len([asked for asked in serving.requests if "/posts?" in asked.target]) <= 4
        post_id = serving.blog.add("New", at=LATER)
        assert len(reader.asked_in_a_poll()) < 20
        assert str(post_id) in reader.posts


def test_pages_without_end_and_without_posts_end_at_the_first_empty_one(reader: Reader) -> None:
    reader.serving.faults.add(
        lambda answer: replace(
            answer,
            body=b"[]",
            headers=(
                JSON,
                ("X-WP-Total", str(10**14)),
                ("X-WP-TotalPages", str(10**12)),
            ),
        ),
        match=POSTS,
    )
    reader.poll()
    assert len([asked for asked in reader.serving.requests if "/posts?" in asked.target]) == 1


@pytest.mark.parametrize("kind", ["text/html; charset=UTF-8", "text/plain", "application/octet-stream", "x/y"])
def test_json_is_read_whatever_it_is_said_to_be(regular: Reader, blog: Blog, kind: str) -> None:
    regular.serving.faults.add(faults.content_type(kind), match="wp-json")
    post_id = blog.add("New", at=LATER)
    regular.poll(TOMORROW)
    assert str(post_id) in regular.posts
    assert lacking(regular) == {}


def test_a_byte_order_mark_before_the_json_is_passed_over(regular: Reader, blog: Blog) -> None:
    regular.serving.faults.add(faults.bom())
    post_id = blog.add("New", at=LATER)
    regular.poll()
    assert str(post_id) in regular.posts


#: What caches and plugins write around JSON that is whole.
AROUND: dict[str, Callable[[bytes], bytes]] = {
    "two byte order marks": lambda body: b"\xef\xbb\xbf\xef\xbb\xbf" + body,
    "one behind a blank line": lambda body: b"\r\n\xef\xbb\xbf" + body,
    "a cache's signature": lambda body: body + b"\n<!-- Cached page generated on 2026-11-23 --> \n<!-- a -- b -->",
    "a tab in a text": lambda body: body.replace(b"Post 1", b"Post\t1"),
    "a list by its places": lambda body: json.dumps({str(at): row for at, row in enumerate(json.loads(body))}).encode(),
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND.keys())
def test_what_stands_around_whole_json_costs_nothing(reader: Reader, around: Callable[[bytes], bytes]) -> None:
    reader.serving.faults.add(lambda answer: replace(answer, body=around(answer.body)), match="/(?:posts|users)")
    reader.poll()
    assert (len(reader.posts), len(reader.authors), lacking(reader)) == (5, 1, {})


@pytest.mark.parametrize("behind", [b"<br />\n<b>Notice</b>", b"{}", b"<!-- cut off", b"]"])
def test_what_stands_behind_it_and_is_no_comment_is_not_believed(reader: Reader, behind: bytes) -> None:
    reader.serving.faults.add(lambda answer: replace(answer, body=answer.body + behind), match="/posts")
    with pytest.raises(Refused, match="broken JSON"):
        reader.poll()


# -- how much at once ---------------------------------------------------------------------------------


def above(most: int, fault: Spoil) -> Spoil:
    """That *fault* where an answer would have more than *most* rows."""

    def spoil(answer: Answer) -> Answer | None:
        return fault(answer) if answer.status == 200 and len(json.loads(answer.body)) > most else answer

    return spoil


def with_post(numbers: set[int], fault: Spoil) -> Spoil:
    """That *fault* where an answer would have one of these posts."""

    def spoil(answer: Answer) -> Answer | None:
        told = json.loads(answer.body) if answer.status == 200 else []
        return fault(answer) if any(row["id"] in numbers for row in told) else answer

    return spoil


HEAVY: dict[str, Spoil] = {
    "500": faults.status(500),
    "502": faults.status(502, body="empty"),
    "503 that asks for no rest": faults.status(503),
    "400": refusal(400, "rest_invalid_param"),
    "cut off": lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
    "broken off": lambda answer: Broken.of(answer, body=answer.body[:50], missing=1000),
    "it hangs up": faults.drop(),
    "empty": faults.content(b""),
    "too large": lambda answer: replace(answer, body=answer.body + b" " * 2_000_000),
}


@pytest.mark.parametrize("fault", HEAVY.values(), ids=HEAVY.keys())
@pytest.mark.parametrize(("most", "works"), [(99, 50), (25, 25), (7, 5), (1, 1)])
def test_a_blog_that_can_t_give_a_hundred_posts_at_once_is_read_by_smaller_pages(
    fault: Spoil, most: int, works: int
) -> None:
    with serve(a_blog(120)) as serving:
        serving.faults.add(above(most, fault), match=POSTS)
        reader = Reader(serving, max_bytes=1_000_000)
        taken = [post.number for batch in reader.poll() for post in batch.posts]
        assert taken == [str(number) for number in range(1, 121)]
        assert json.loads(reader.memory["sizes"])[0][:2] == ["posts", works]
        asked = len([asked for asked in serving.requests if "/posts?" in asked.target])
        assert asked <= -(-120 // works) + 5


def test_the_heavy_blog_that_was_reported_is_read_whole() -> None:
    if not REPORTED.exists():
        pytest.skip("the reported inputs are not beside this checkout")
    told = json.loads(REPORTED.read_text(encoding="utf-8"))
    blog = Blog()
    for row in told["posts"]:
        blog.add(f"Post {row['id']}", at=datetime.fromisoformat(row["date"]).replace(tzinfo=UTC))
    with serve(blog) as serving:
        serving.faults.add(above(told["heavy_over"], faults.status(500)), match=POSTS)
        reader = Reader(serving)
        reader.poll()
        assert [int(number) for number in reader.posts] == [row["id"] for row in told["posts"]]
        assert json.loads(reader.memory["sizes"])[0][:2] == ["posts", 25]


def test_a_size_that_works_is_known_in_the_next_poll_and_grows_again_after_a_week() -> None:
    with serve(a_blog(120)) as serving:
        serving.faults.add(above(25, faults.status(500)), match=POSTS)
        reader = Reader(serving)
        reader.poll()
        reader.poll(TOMORROW)
        for number in range(1, 121):
            serving.blog.edit(number, at=LATER, title="Another")
        assert not [
            target for target in reader.asked_in_a_poll(TOMORROW) if "/posts?" in target and "per_page=100" in target
        ]
        assert {post.title for post in reader.posts.values()} == {"Another"}
        serving.faults.clear()
        reader.poll(NOW + GROWS_AGAIN + timedelta(days=1))
        assert "sizes" not in reader.memory


def test_a_post_that_comes_while_the_pages_grow_smaller_is_not_lost() -> None:
    with serve(a_blog(120)) as serving:
        serving.faults.add(faults.status(500), match="per_page=(?:100|50)&page=2")
        reader = Reader(serving)
        steps = reader.steps()
        next(steps), next(steps)
        new = serving.blog.add("New", at=LATER)
        list(steps)
        assert set(reader.posts) == {str(post_id) for post_id in serving.blog.posts}
        assert str(new) in reader.posts


# -- one post alone -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", HEAVY.values(), ids=HEAVY.keys())
@pytest.mark.parametrize("bad", [{1}, {57}, {120}, {1, 2}, {3, 58, 119}])
def test_a_post_that_the_blog_can_t_give_is_set_aside_and_costs_no_other(fault: Spoil, bad: set[int]) -> None:
    with serve(a_blog(120)) as serving:
        serving.faults.add(with_post(bad, fault), match=f"{POSTS}.*content")
        reader = Reader(serving, max_bytes=1_000_000)
        batches = reader.poll()
        assert {int(number) for number in reader.posts} == set(range(1, 121)) - bad
        told = {number: why for batch in batches for number, why in batch.unreadable.items()}
        assert {int(number) for number in told} == bad
        assert all(why.startswith("the blog can't give it: https://blog.example.org/") for why in told.values())
        assert "sizes" not in reader.memory
        assert len(serving.requests) < 25 * len(bad) + 10
        assert len(reader.asked_in_a_poll()) <= 4 + 4 * len(bad)


def test_a_post_that_the_blog_can_give_again_is_taken_at_the_next_sweep() -> None:
    with serve(a_blog(30)) as serving:
        serving.faults.add(with_post({7}, faults.status(500)), match=f"{POSTS}.*content")
        reader = Reader(serving)
        reader.poll()
        assert "7" not in reader.posts
        serving.faults.clear()
        reader.poll(TOMORROW)
        assert "7" in reader.posts


def test_a_post_whose_very_number_the_blog_won_t_give_is_told_by_the_one_before_it() -> None:
    with serve(a_blog(30)) as serving:
        serving.faults.add(with_post({7}, faults.status(500)), match=POSTS)
        reader = Reader(serving)
        told = {number for batch in reader.poll() for number in batch.unreadable}
        assert (told, len(reader.posts)) == ({"the post after 6"}, 29)
        serving.faults.clear()
        again = reader.poll(TOMORROW)
        assert [number for batch in again for number in batch.read_again] == ["the post after 6"]
        assert "7" in reader.posts


def test_an_edited_post_that_the_blog_can_t_give_stays_as_it_was(regular: Reader, blog: Blog) -> None:
    blog.edit(2, at=LATER, title="Another")
    blog.edit(3, at=LATER, title="Another")
    regular.serving.faults.add(with_post({2}, faults.status(500)), match=f"{POSTS}.*content")
    batches = regular.poll()
    assert [*regular.posts["2"].title, regular.posts["3"].title] == [*"Post 1", "Another"]
    assert [number for batch in batches for number in batch.unreadable] == ["2"]


@pytest.mark.parametrize("fault", HEAVY.values(), ids=HEAVY.keys())
@pytest.mark.parametrize("complete", [False, True])
def test_a_blog_that_is_down_is_down_and_no_post_is_to_blame(
    reader: Reader, blog: Blog, fault: Spoil, complete: bool
) -> None:
    if complete:
        reader.poll()
    reader.max_bytes = 1_000_000
    blog.add("New", at=LATER)
    known, before = reader.known, len(reader.serving.requests)
    reader.serving.faults.add(fault, match=POSTS)
    with pytest.raises(SourceError):
        reader.poll(TOMORROW)
    assert replace(reader.known, memory={}) == replace(known, memory={})
    # A connection that hangs up is asked twice by the client.
    assert len([each for each in reader.serving.requests[before:] if "/posts?" in each.target]) <= 2 * 8


def test_a_blog_that_refuses_very_many_posts_has_a_fault_of_its_own() -> None:
    with serve(a_blog(120)) as serving:
        bad = set(range(1, 121, 2))
        serving.faults.add(with_post(bad, faults.status(500)), match=f"{POSTS}.*content")
        with pytest.raises(SourceError, match="answered 500"):
            Reader(serving).poll()
        assert len(serving.requests) < 8 * MOST_REFUSED


# -- pictures and languages ---------------------------------------------------------------------------


def with_fields(**told: Callable[[int], Any]) -> Spoil:
    """The same rows, each with more fields, made of its number."""
    return rows_changed(lambda rows: [row | {name: made(row["id"]) for name, made in told.items()} for row in rows])


def own_picture(number: int) -> int:
    """Each third post has a picture above it, of its number and 1000."""
    return 0 if number % 3 else number + 1000


def a_library(serving: Serving, above: Callable[[int], int] = own_picture) -> None:
    """Pictures of which *above* tells the number by that of the post."""

    def answer(given: Answer) -> Answer:
        media = [
            {
                "id": number,
                "source_url": f"https://blog.example.org/wp-content/uploads/p{number}.jpg",
                "alt_text": f"The &quot;{number}&quot;",
                "media_type": "image",
                "media_details": {"width": 2000, "height": 1000, "sizes": sizes(number)},
            }
            for number in range(1003, 1400, 3)
        ]
        return replace(given, status=200, headers=(JSON,), body=json.dumps(media).encode())

    serving.faults.add(answer, match="/media")
    serving.faults.add(with_fields(featured_media=above), match=f"{POSTS}.*featured_media")


def sizes(number: int) -> dict[str, Any]:
    def size(width: int, height: int) -> dict[str, Any]:
        url = f"https://blog.example.org/wp-content/uploads/p{number}-{width}x{height}.jpg"
        return {"source_url": url, "width": width, "height": height}

    return {"large": size(1024, 512), "medium": size(300, 150), "theme": size(1200, 400), "huge": size(1536, 768)}


def test_the_picture_above_a_post_comes_with_it_at_a_size_fit_for_reading(reader: Reader) -> None:
    a_library(reader.serving)
    reader.poll()
    picture = reader.posts["3"].picture
    assert picture is not None
    assert picture.url == "https://blog.example.org/wp-content/uploads/p1003-1024x512.jpg"
    assert (picture.alt, picture.width, picture.height) == ('The "1003"', 1024, 512)
    assert (reader.posts["1"].picture, reader.posts["1"].picture_known) == (None, True)
    assert sum("/media" in asked.target for asked in reader.serving.requests) == 1


@pytest.mark.parametrize("bad", [(), ("3",)], ids=["all are given", "one is not"])
def test_a_picture_above_many_posts_is_asked_for_once_in_a_poll(bad: tuple[str, ...]) -> None:
    with serve(a_blog(130)) as serving:
        for number in bad:
            serving.faults.add(faults.status(500), match=rf"/media.*include=[\d,]*\b100{number}\b")
        a_library(serving, above=lambda number: 1003 + 3 * (number % 4))
        reader = Reader(serving)
        asked = [target for target in reader.asked_in_a_poll() if "/media" in target]
    assert len(asked) == len(set(asked))
    # One question where it is answered; else halves of it, down to the bad one. The pages of posts behind ask none.
    assert len(asked) <= (5 if bad else 1)
    without = {number for number, post in reader.posts.items() if not post.picture}
    assert without == {number for number in reader.posts if bad and int(number) % 4 == 0}


def test_pictures_of_posts_that_were_taken_over_before_come_by_one_slow_look() -> None:
    with serve(a_blog(230)) as serving:
        reader = Reader(serving)
        reader.poll()
        quiet = len(reader.asked_in_a_poll())
        # As an earlier release left it.
        del reader.memory["beside"]
        a_library(serving)
        looked: dict[str, Any] = {}
        for polls in range(1, 5):
            asked = len(serving.requests)
            looked |= {number: told for batch in reader.poll() for number, told in batch.details.items()}
            assert len(looked) == min(polls * 100, 230)
            assert len(serving.requests) - asked <= quiet + 2
        assert {int(number) for number, told in looked.items() if told.picture} == set(range(3, 231, 3))
        assert len(reader.asked_in_a_poll()) == quiet


@pytest.mark.parametrize("fault", UNHAPPY.values(), ids=UNHAPPY.keys())
def test_pictures_that_can_t_be_had_stay_unknown_until_they_can(reader: Reader, fault: Spoil) -> None:
    reader.serving.faults.add(fault, match="/media", count=None)
    reader.serving.faults.add(with_fields(featured_media=own_picture), match=f"{POSTS}.*featured_media")
    reader.poll()
    assert (reader.posts["3"].picture, reader.posts["3"].picture_known) == (None, False)
    assert list(lacking(reader)) == ["pictures"]
    assert len(reader.asked_in_a_poll()) == 3
    reader.serving.faults.clear()
    a_library(reader.serving)
    details = {number: told for batch in reader.poll(TOMORROW) for number, told in batch.details.items()}
    assert details["3"].picture is not None
    assert lacking(reader) == {}


def test_where_the_library_is_shut_the_plugin_jetpack_s_word_serves(reader: Reader) -> None:
    reader.serving.faults.add(refusal(401, "rest_forbidden"), match="/media")
    address = "https://blog.example.org/wp-content/uploads/a.jpg"
    told = with_fields(featured_media=lambda _: 9, jetpack_featured_media_url=lambda _: address)
    reader.serving.faults.add(told, match=f"{POSTS}.*featured_media")
    reader.poll()
    picture = reader.posts["1"].picture
    assert picture is not None
    assert (picture.url, picture.alt) == (address, "")


def test_a_post_says_its_language_where_a_plugin_does(reader: Reader) -> None:
    said = {1: "cy", 2: "gd_GB", 3: "not a language", 4: None, 5: {"slug": "he", "locale": "he_IL"}}
    reader.serving.faults.add(with_fields(lang=lambda number: said[number]), match=f"{POSTS}.*content")
    reader.poll()
    assert {number: post.language for number, post in reader.posts.items()} == {
        "1": "cy",
        "2": "gd-GB",
        "3": None,
        "4": None,
        "5": "he-IL",
    }
