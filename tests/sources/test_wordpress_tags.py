"""What a blog's posts are tagged with comes with them, and costs no more than they use."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.blog import Tag
from solacefeed.sources import wordpress_rows as rows
from tests.sources.source_world import NOW, Reader, a_blog, refusal, rows_changed
from tests.support.blog import faults
from tests.support.blog.blog import Blog
from tests.support.blog.faults import Spoil
from tests.support.blog.server import serve

LATER, TOMORROW = NOW + timedelta(hours=1), NOW + timedelta(days=1)
AT = datetime(2026, 11, 17, 9, tzinfo=UTC)


def slugs(reader: Reader) -> dict[str, tuple[str, ...] | None]:
    """Of the tags of each post; ``None`` where they are not known."""
    return {
        number: None if post.tags is None else tuple(sorted(tag.slug for tag in post.tags))
        for number, post in reader.posts.items()
    }


def asked_of_tags(targets: list[str]) -> list[str]:
    return [target for target in targets if "/tags" in target]


def test_the_tags_of_a_post_come_with_it(reader: Reader, blog: Blog) -> None:
    blog.add_tag("Caf\u00e9s & co", slug="cafes")
    post_id = str(blog.add(at=AT, tags=["Caf\u00e9s & co", "Planning"]))
    reader.poll()
    tags = reader.posts[post_id].tags
    assert tags == (
        Tag(number="501", slug="cafes", name="Caf\u00e9s & co"),
        Tag(number="502", slug="planning", name="Planning"),
    )
    assert {told for number, told in slugs(reader).items() if number != post_id} == {()}


@pytest.mark.more
def test_of_ten_thousand_tags_those_are_asked_for_that_posts_have_in_one_question_a_page() -> None:
    blog = a_blog(0)
    for number in range(10_000):
        blog.add_tag(f"tag {number}")
    for number in range(230):
        blog.add(f"Post {number}", at=AT, tags=[f"tag {number % 40}", f"tag {number % 7}"])
    with serve(blog) as serving:
        reader = Reader(serving)
        asked = asked_of_tags(reader.asked_in_a_poll())
        # The second page of posts has no tag that the first had not.
        assert len(asked) == 1
        assert asked_of_tags(reader.asked_in_a_poll()) == []
    numbers = {post_id: int(post_id) - 1 for post_id in reader.posts}
    assert slugs(reader) == {
        post_id: tuple(sorted({f"tag-{number % 40}", f"tag-{number % 7}"})) for post_id, number in numbers.items()
    }


def test_a_blog_whose_posts_have_no_tags_is_asked_for_none(reader: Reader) -> None:
    assert asked_of_tags(reader.asked_in_a_poll()) == []
    assert set(slugs(reader).values()) == {()}


def test_a_change_of_tags_is_found_like_any_other(reader: Reader, blog: Blog) -> None:
    reader.poll()
    blog.retag(2, "Not by mail", at=LATER - timedelta(minutes=10))
    reader.poll(LATER)
    assert slugs(reader)["2"] == ("not-by-mail",)
    blog.retag(2, at=LATER + timedelta(minutes=10))
    reader.poll(LATER + timedelta(minutes=30))
    assert slugs(reader)["2"] == ()


def test_a_tag_that_can_t_be_read_costs_no_other_and_no_post(reader: Reader, blog: Blog) -> None:
    good, bad = blog.add_tag("Good"), blog.add_tag("Bad")
    blog.add(at=AT, tags=["Good", "Bad"])
    poison = rows_changed(lambda told: [row | ({"slug": 7} if row["id"] == bad else {}) for row in told])
    reader.serving.faults.add(poison, match="/tags", count=None)
    reader.poll()
    assert slugs(reader)["6"] == ("good",)
    assert (good, len(reader.posts), reader.memory.get("lacking")) == (501, 6, None)


def test_a_tag_that_the_blog_can_t_give_costs_no_other(reader: Reader, blog: Blog) -> None:
    blog.add(at=AT, tags=["Good", "Bad", "Fine"])
    reader.serving.faults.add(faults.status(500), match=r"/tags.*include=[\d,]*\b502\b", count=None)
    reader.poll()
    assert slugs(reader)["6"] == ("fine", "good")


SHUT: dict[str, Spoil] = {
    "closed to visitors": refusal(401, "rest_forbidden"),
    "taken away": refusal(404, "rest_no_route"),
    "no list": rows_changed(lambda _: {"no": "list"}),  # type: ignore[arg-type,return-value]  # as a plugin spoils it
    "down": faults.status(502),
}


@pytest.mark.parametrize("fault", SHUT.values(), ids=SHUT)
def test_where_tags_can_t_be_had_posts_come_all_the_same_and_they_are_learnt_once_they_can(
    reader: Reader, blog: Blog, fault: Spoil
) -> None:
    blog.add(at=AT, tags=["Planning"])
    reader.serving.faults.add(fault, match="/tags", count=None)
    reader.poll()
    # Of those without any it is known.
    assert (slugs(reader)["6"], slugs(reader)["1"]) == (None, ())
    assert list(json.loads(reader.memory["lacking"])) == ["tags"]
    assert asked_of_tags(reader.asked_in_a_poll()) == []
    reader.serving.faults.clear()
    learnt = {number: told for batch in reader.poll(TOMORROW) for number, told in batch.details.items()}
    assert learnt["6"].tags == (Tag(number="501", slug="planning", name="Planning"),)
    assert "lacking" not in reader.memory


def test_the_tags_of_posts_that_an_earlier_release_took_over_come_bit_by_bit() -> None:
    blog = a_blog(0)
    for number in range(230):
        blog.add(f"Post {number}", at=AT, tags=["Planning"] if number % 2 else [])
    with serve(blog) as serving:
        reader = Reader(serving)
        reader.poll()
        quiet = len(reader.asked_in_a_poll())
        # As that release left it.
        reader.memory["details"] = "all"
        del reader.memory["beside"]
        batches = [batch for _ in range(3) for batch in reader.poll()]
        learnt = {number: told.tags for batch in batches for number, told in batch.details.items()}
        assert not any(batch.posts for batch in batches)
        assert (len(learnt), sum(bool(tags) for tags in learnt.values())) == (230, 115)
        assert len(reader.asked_in_a_poll()) == quiet


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ([], ()),
        ([5, 3, 5], ("3", "5")),
        ({"0": 5, "2": 7}, ("5", "7")),
        (["5"], ("5",)),
        ([5, "x", None, -1], ("5",)),
        (["x"], None),
        (None, None),
        ("5", None),
        (list(range(1, 500)), tuple(map(str, range(1, 201)))),
    ],
)
def test_a_posts_tags_are_numbers_and_what_is_none_costs_the_post_nothing(said: Any, numbers: tuple[str, ...]) -> None:
    assert rows.tag_numbers({"tags": said}) == numbers


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    )
)
def test_whatever_a_blog_says_of_tags_raises_nothing(said: Any) -> None:
    numbers = rows.tag_numbers({"tags": said})
    assert numbers is None or all(re.fullmatch("[0-9]+", each) for each in numbers)
