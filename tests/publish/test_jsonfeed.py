"""A feed as JSON Feed 1.1: for programs, and for the readers that like it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

from hypothesis import given

from solacefeed.publish import jsonfeed
from solacefeed.publish.feeds import FeedDocument, Term
from tests.publish.documents import ENTRY, FEED, LIVE, OLDER, TITLES, WHOLE, XML_SAFE, as_json


def told(feed: FeedDocument = LIVE) -> dict[str, Any]:
    document = json.loads(as_json(feed))
    assert isinstance(document, dict)
    return document


def test_the_same_feed_is_the_same_bytes() -> None:
    assert as_json(LIVE) == as_json(replace(LIVE))


def test_a_feed_says_who_it_is_where_it_stands_and_in_which_language() -> None:
    head = {name: value for name, value in told().items() if name != "items"}
    assert head == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Housing - Officers' Blog",
        "home_page_url": "https://feeds.example.org/category/housing/",
        "feed_url": "https://feeds.example.org/category/housing.json",
        "language": "en-GB",
        "authors": [{"name": "Society of Officers"}],
        "hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}],
    }
    assert "hubs" not in told(FEED)


def test_an_item_says_all_that_an_entry_does() -> None:
    assert told()["items"][0] == {
        "id": "tag:example.org,2012:post/12",
        "url": "https://blog.example.org/savings/?a=1&b=2",
        "title": "Savings & <others>",
        "content_html": f'{ENTRY.content}<p lang="en">First published in the LGC &amp; others on 17 May 2012.</p>',
        "summary": "Some savings announce themselves.",
        "image": "https://blog.example.org/files/hall.jpg?w=640",
        "date_published": "2026-11-18T09:30:00+00:00",
        "date_modified": "2026-11-23T08:00:00+00:00",
        "authors": [{"name": "Jo Carver"}],
        "tags": ["Housing & Homes"],
        "attachments": [
            {
                "url": "https://blog.example.org/files/hall.pdf",
                "mime_type": "application/pdf",
                "size_in_bytes": 70_000,
            },
            {
                "url": "https://media.example.org/1.mp3?a=1&b=2",
                "mime_type": "audio/mpeg",
                "size_in_bytes": 4_500_000,
                "duration_in_seconds": 1800,
            },
            {"url": "https://media.example.org/film", "mime_type": "video/mp4"},
        ],
        "language": "cy",
    }


def test_what_an_entry_has_not_is_left_out() -> None:
    item = told(replace(FEED, entries=(replace(OLDER, summary=""),)))["items"][0]
    assert {"summary", "image", "tags", "attachments"}.isdisjoint(item)
    assert item["language"] == "en-GB"


def test_dates_are_those_of_utc_in_whole_seconds() -> None:
    moved = ENTRY.updated.replace(microsecond=999_999).astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert jsonfeed.item(replace(ENTRY, updated=moved), LIVE.naming) == jsonfeed.item(ENTRY, LIVE.naming)


def test_items_stand_in_the_feeds_order_and_none_is_a_document_too() -> None:
    assert [item["id"] for item in told()["items"]] == [entry.id for entry in LIVE.entries]
    assert told(replace(LIVE, entries=()))["items"] == []


def test_an_item_is_the_same_bytes_in_every_document() -> None:
    assert jsonfeed.item(WHOLE, LIVE.naming) in as_json(LIVE)


def test_letters_stand_as_they_are() -> None:
    assert "don’t" in as_json(LIVE).decode()


@given(title=TITLES, author=TITLES, label=TITLES, content=XML_SAFE, summary=XML_SAFE)
def test_whatever_a_post_says_comes_back_as_it_was(
    title: str, author: str, label: str, content: str, summary: str
) -> None:
    term = Term(term="housing", scheme="tag:example.org,2012:category", label=label)
    entry = replace(ENTRY, title=title, author=author, content=content, summary=summary, terms=(term,))
    document = told(replace(LIVE, feed=replace(LIVE.feed, title=title), entries=(entry,)))
    item = document["items"][0]
    assert document["title"] == item["title"] == title
    assert item["authors"] == [{"name": author}]
    assert item["tags"] == [label]
    assert (item["content_html"], item["summary"]) == (content, summary)
