"""Pictures, embeds and links of plugins and themes as they were met, and of WordPress's own theme tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from solacefeed.models.posts import Reading
from solacefeed.sources.export_file import records
from solacefeed.sources.export_text import paragraphs
from solacefeed.text.pictures import motif
from solacefeed.text.reading import read
from tests.text.text_soup import objections

SHARED = Path(__file__).parents[3] / "shared"
URL = "https://blog.example.org/2026/11/a-post/"
MEDIA = "https://blog.example.org/wp-content/uploads/2026/11/"

cases = pytest.mark.skipif(not (SHARED / "cases").is_dir(), reason="the inputs that went wrong once are not here")
exports = pytest.mark.skipif(not (SHARED / "kit/exports").is_dir(), reason="WordPress's theme tests are not here")


def reading_of(name: str, number: int) -> Reading:
    (post,) = (p for p in json.loads((SHARED / "cases" / name).read_text())["posts"] if p["id"] == number)
    return read(post["title"], post["content"], url=URL)


@cases
@pytest.mark.parametrize(
    ("number", "picture"),
    [
        (9, f'src="https://i0.wp.com/{MEDIA[8:]}dsc1234-1024x683.jpg?resize=580%2C387&amp;ssl=1" width="580"'),
        (10, 'src="https://mlx.i.optimole.example/w:800/photo.jpg" width="800"'),
        (12, 'src="https://blog.example.org/a-1024.jpg"'),
    ],
)
def test_of_each_plugin_the_picture_that_was_meant_arrives_once(number: int, picture: str) -> None:
    content = reading_of("plugin-residue.json", number).content
    assert picture in content
    assert content.count("<img") == 1


@cases
def test_a_post_of_another_blog_is_one_link_with_its_title() -> None:
    assert reading_of("plugin-residue.json", 18).content.endswith(
        '<p><a href="https://other.example.org/post/">Another post</a></p>'
    )


@cases
def test_a_podcast_is_its_files_name_and_plays() -> None:
    reading = reading_of("plugin-residue.json", 14)
    assert '<a href="https://media.example.org/ep1.mp3">ep1.mp3</a>' in reading.content
    assert [(each.url, each.type) for each in reading.enclosures] == [
        ("https://media.example.org/ep1.mp3", "audio/mpeg")
    ]


@cases
def test_a_link_around_a_card_is_a_link_in_its_heading_and_its_paragraph() -> None:
    link = '<a href="https://events.example.org/report">'
    content = reading_of("blocks.json", 1).content
    assert f"<h3>{link}Read the report</a></h3><p>{link}Forty pages of evidence.</a></p>" in content


def exported(name: str) -> Iterator[Any]:
    for record in records(SHARED / "kit/exports" / name):
        if record.kind == "item" and record.text("wp:post_type") == "post":
            yield record.text("title"), paragraphs(record.texts.get("content:encoded") or "")


@exports
@pytest.mark.slow
@pytest.mark.parametrize("name", ["themeunittestdata.wordpress.xml", "64-block-test-data.xml", "theme-preview.xml"])
def test_of_a_theme_test_no_picture_and_no_file_is_lost(name: str) -> None:
    for title, html in exported(name):
        content = read(title, html, url=URL).content
        pictures = re.findall(r'<img [^>]*src="([^"]+)"', html)
        assert {
            each for each in pictures if motif(each) not in map(motif, re.findall(r'src="([^"]+)"', content))
        } == set()
        assert {
            each for each in re.findall(r'<(?:audio|video)[^>]* src="(https?:[^"]+)"', html) if each not in content
        } == set()
        assert objections(content) == []
