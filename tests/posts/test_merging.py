"""Whose word counts of what several sources say of a post, and what a reader notices of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from solacefeed.models.blog import Grade, SourcePost
from solacefeed.models.posts import Enclosure, Placement, PostState
from solacefeed.posts import identity, noticing
from solacefeed.posts.merging import Told, believed, packed, row_of_new, told, unpacked
from tests.support.builders import MONDAY, WEDNESDAY, a_reading, a_source_post, category_ids

POST = a_source_post(modified=WEDNESDAY)


def as_told(post: SourcePost, grade: Grade) -> Told:
    return told(post, a_reading(post), seen=MONDAY, grade=grade)


def known_as(post: SourcePost, grade: Grade) -> dict[str, Any]:
    return row_of_new(as_told(post, grade), "1")


@pytest.mark.parametrize("before", Grade)
@pytest.mark.parametrize("now", Grade)
def test_a_source_is_believed_whole_unless_a_better_one_has_told_the_post(before: Grade, now: Grade) -> None:
    anew = replace(POST, title="The loud budget", url="https://blog.example.org/loud/")
    row = believed(known_as(POST, before), as_told(anew, now))
    assert (row == {}) is (now < before)
    assert now < before or (row["title"], row["url"], row["grade"]) == ("The loud budget", anew.url, now)


def test_of_a_weaker_source_the_text_counts_that_the_blog_has_changed_since() -> None:
    later = replace(POST, title="The loud budget", url="https://elsewhere.example/", modified=MONDAY)
    row = believed(known_as(POST, Grade.API), as_told(later, Grade.FEED))
    assert row["title"] == "The loud budget"
    assert row.keys().isdisjoint({"url", "published", "state", "grade"})


@pytest.mark.parametrize("change", [{"content": None}, {"modified": None}, {"modified": WEDNESDAY}], ids=str)
def test_of_a_weaker_source_nothing_counts_that_does_not_show_a_later_text(change: dict[str, Any]) -> None:
    shown: dict[str, Any] = {"modified": MONDAY, "title": "The loud budget"} | change
    later = replace(POST, **shown)
    assert believed(known_as(POST, Grade.API), as_told(later, Grade.FEED)) == {}


def test_a_weaker_source_brings_no_post_back() -> None:
    gone = known_as(POST, Grade.API) | {"state": PostState.GONE.value}
    assert believed(gone, as_told(replace(POST, modified=MONDAY), Grade.FEED)) == {}


def test_what_a_source_does_not_show_is_left_as_it_was() -> None:
    bare = replace(POST, modified=None, author_id=None, comments=None)
    assert (
        believed(known_as(POST, Grade.API), as_told(bare, Grade.API))
        .keys()
        .isdisjoint({"modified", "author_id", "author_name", "comments_url", "comments", "language", "seen", "guid"})
    )


def test_a_texts_source_is_kept_as_it_came() -> None:
    raw = {"title": "T & co", "content": "<p>\u00e9\ud800</p>", "excerpt": None}
    assert unpacked(packed(raw)) == raw


@pytest.mark.parametrize(
    ("row", "what", "revised"),
    [
        ({"title": "The loud budget", "raw": b"other"}, ("title",), True),
        ({"title": "The loud budget"}, ("title",), False),
        ({"url": "https://elsewhere.example/"}, ("address",), True),
        ({"content": "<p>Some savings announce  themselves.</p>", "raw": b"other"}, (), False),
        ({"byline_name": "Jo Carver", "byline_role": "Clerk", "raw": b"other"}, ("by-line",), False),
        ({"comments": 4}, (), False),
    ],
)
def test_what_a_reader_notices_of_a_change(row: dict[str, Any], what: tuple[str, ...], revised: bool) -> None:
    change = noticing.what_changed(known_as(POST, Grade.API), row, refiled=False, retagged=False, at=MONDAY)
    assert (change.what, change.revised, change.modified, change.noticed_at) == (what, revised, WEDNESDAY, MONDAY)


def test_a_post_stands_under_its_byline_before_the_blogs_user_before_the_name_that_a_source_gave() -> None:
    row = known_as(replace(POST, author_id="7", author_name="jo"), Grade.API)
    names = [
        place.author
        for given, users in (({"byline_name": "Jo Carver"}, {"7": "Admin"}), ({}, {"7": "Admin"}), ({}, {}))
        if (place := noticing.placement(row | given, category_ids("2", "10"), users))
    ]
    assert names == ["Jo Carver", "Admin", "jo"]


def test_documents_speak_of_posts_that_they_show_and_of_those_whose_end_they_tell() -> None:
    row = known_as(POST, Grade.API)
    here = Placement(published=WEDNESDAY, category_ids=category_ids("10", "2"), author=None)
    assert noticing.placement(row, category_ids("2", "10"), {}) == here
    assert noticing.placement(row | {"state": "gone"}, (), {}) is None
    assert noticing.placement(row | {"state": "gone", "tombstone": True}, category_ids("2", "10"), {}) == here
    assert noticing.placement(row | {"state": "protected"}, (), {}) is None


def test_a_guid_that_no_address_can_be_is_what_it_is() -> None:
    assert identity.canonical("http://[broken/guid") == "http://[broken/guid"
    assert identity.canonical("HTTPS://Blog.Example.org/Post/?p=1") == "blog.example.org/Post?p=1"


def test_days_are_told_apart_by_more_than_a_zone_can_make() -> None:
    assert timedelta(hours=24) < identity.SAME_DAY < timedelta(hours=48)


SOUND = Enclosure(url="https://media.example.org/1.mp3", type="audio/mpeg", length=9)


def test_what_a_source_attaches_stays_until_that_source_shows_that_it_is_gone() -> None:
    known = known_as(replace(POST, enclosures=(SOUND,)), Grade.FEED)
    assert known["enclosures"] == [{"url": SOUND.url, "type": "audio/mpeg", "length": 9, "seconds": None}]
    assert "enclosures" not in believed(known, as_told(POST, Grade.API))
    assert believed(known, as_told(replace(POST, enclosures=()), Grade.FEED))["enclosures"] is None


def test_a_post_without_anything_attached_is_as_it_was_before_that_was_asked() -> None:
    known = known_as(POST, Grade.FEED)
    row = believed(known, as_told(replace(POST, enclosures=()), Grade.FEED))
    assert all(known[name] == value for name, value in row.items())


def test_what_is_attached_to_a_post_shows_it_to_nobody_again() -> None:
    known = known_as(POST, Grade.FEED)
    row = believed(known, as_told(replace(POST, enclosures=(SOUND,)), Grade.FEED))
    change = noticing.what_changed(known, row, refiled=False, retagged=False, at=MONDAY)
    assert (change.what, change.revised) == (("enclosures",), False)
