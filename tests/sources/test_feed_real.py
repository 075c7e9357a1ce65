"""The feeds of a real WordPress, as the kit captured them."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.text.reading import read
from tests.sources.feed_world import page_of

SAMPLES = Path(__file__).parents[3] / "shared/kit/wordpress/samples"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the kit's samples are not beside this checkout"),
]


def test_the_two_posts_come_out_of_the_sites_feed() -> None:
    page = page_of((SAMPLES / "feed-atom.xml").read_bytes())
    assert page.by_wordpress
    assert page.unreadable == {}
    newer, older = page.posts
    assert [name.name for name in newer.category_names or ()] == [
        "Childrens Social Care", "Education", "Housing", "Local Government finance", "Scotland",
    ]  # fmt: skip
    assert [post.author_name for post in page.posts] == ["David Martin", "Mark Rogers"]
    assert [post.published.isoformat() for post in page.posts] == [
        "2012-06-01T10:00:00+00:00", "2012-05-17T09:00:00+00:00",
    ]  # fmt: skip
    readings = [read(post.title, post.content or "", url=post.url, own_excerpt=post.excerpt) for post in (newer, older)]
    assert [reading.byline.name for reading in readings if reading.byline] == ["David Martin", "Mark Rogers"]
    assert [len(reading.blurbs) for reading in readings] == [1, 1]
    assert readings[1].first_published == "the LGC on 17 May 2012"


def test_a_categorys_feed_shows_the_same_post() -> None:
    whole = page_of((SAMPLES / "feed-atom.xml").read_bytes())
    scotland = page_of((SAMPLES / "feed-category-scotland-atom.xml").read_bytes())
    assert scotland.posts == whole.posts[:1]
