from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.blog import Author, SourcePost
from solacefeed.sources import wordpress_rows as rows
from tests.support.builders import a_source_category, category_numbers

POST: dict[str, Any] = {
    "id": 7,
    "date_gmt": "2026-07-01T11:30:00",
    "modified_gmt": "2026-07-02T11:30:00",
    "guid": {"rendered": "https://blog.example.org/?p=7"},
    "link": "https://blog.example.org/2026/07/01/seven/",
    "title": {"rendered": "Caf&#233;"},
    "content": {"rendered": "<p>Text</p>", "protected": False},
    "author": 3,
    "categories": [10, 9],
}
SITE: dict[str, Any] = {
    "name": "Ours &amp; theirs",
    "description": "",
    "home": "https://blog.example.org",
    "gmt_offset": 0,
    "timezone_string": "Europe/London",
}


def test_a_post_is_read_in_utc_with_its_html_as_it_comes() -> None:
    assert rows.post(POST) == SourcePost(
        number="7",
        guid="https://blog.example.org/?p=7",
        url="https://blog.example.org/2026/07/01/seven/",
        title="Caf&#233;",
        content="<p>Text</p>",
        author_id="3",
        category_numbers=category_numbers("9", "10"),
        published=datetime(2026, 7, 1, 11, 30, tzinfo=UTC),
        modified=datetime(2026, 7, 2, 11, 30, tzinfo=UTC),
    )


def test_a_stamp_agrees_with_its_post() -> None:
    post = rows.post(POST)
    stamp = rows.stamp(POST)
    assert (stamp.modified, stamp.url) == (post.modified, post.url)
    assert (stamp.author_id, stamp.category_numbers) == (post.author_id, post.category_numbers)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"title": {"rendered": "word " * 300_000}}, "its title has 1500000 characters"),
        ({"content": {"rendered": "word " * 900_000}}, "its text has 4500000 characters"),
        ({"excerpt": {"rendered": "word " * 900_000}}, "its text has 4500000 characters"),
        ({"link": f"https://blog.example.org/{'x' * 2000}"}, "its address has 2025 characters"),
        ({"categories": list(range(1, 102))}, "it is filed under 101 categories"),
    ],
)
def test_a_post_that_no_blog_means_to_give_is_not_believed(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(rows.Unreadable, match=reason):
        rows.post(POST | more)


def test_a_name_is_no_longer_than_wordpress_keeps_one() -> None:
    told = {"id": 4, "name": "Homes " * 100, "slug": "homes", "parent": 0}
    assert len(rows.category(told).name) <= 250
    with pytest.raises(rows.Unreadable, match="its slug has 251 characters"):
        rows.category(told | {"slug": "s" * 251})


def test_a_post_of_nobody_has_no_author() -> None:
    assert rows.post(POST | {"author": 0}).author_id is None


def test_a_post_without_a_guid_goes_by_its_address() -> None:
    assert rows.post(POST | {"guid": {"rendered": ""}}).guid == POST["link"]


#: What plugins make of a field, and what the post then is beside what it was.
AS_PLUGINS_WRITE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"author": None}, {"author_id": None}),
    ({"author": False}, {"author_id": None}),
    ({"author": "3"}, {}),
    ({"author": {"id": 3, "name": "Jo"}}, {}),
    ({"author": {"ID": "3"}}, {}),
    ({"categories": None}, {"category_numbers": None}),
    ({"categories": False}, {"category_numbers": None}),
    ({"categories": ["9", "10"]}, {}),
    ({"categories": {"0": 10, "2": 9}}, {}),
    ({"guid": None}, {"guid": POST["link"]}),
    ({"guid": "https://blog.example.org/?p=7"}, {}),
    ({"title": None}, {"title": ""}),
    ({"title": {"rendered": None}}, {"title": ""}),
    ({"title": "Caf&#233;"}, {}),
    ({"content": "<p>Text</p>"}, {}),
    ({"excerpt": "<p>In short</p>"}, {"excerpt": "<p>In short</p>"}),
    ({"id": "7"}, {}),
    ({"link": "/2026/07/01/seven/"}, {}),
    ({"link": "//blog.example.org/2026/07/01/seven/"}, {}),
    ({"modified_gmt": None}, {"modified": datetime(2026, 7, 1, 11, 30, tzinfo=UTC)}),
    ({"modified_gmt": "-0001-11-30T00:00:00"}, {"modified": datetime(2026, 7, 1, 11, 30, tzinfo=UTC)}),
]


@pytest.mark.parametrize(("said", "meant"), AS_PLUGINS_WRITE)
def test_what_a_plugin_takes_away_or_writes_otherwise_costs_no_post(
    said: dict[str, Any], meant: dict[str, Any]
) -> None:
    home = "https://blog.example.org/"
    post = rows.post(POST | said, home)
    assert post == replace(rows.post(POST), **meant)
    stamp = rows.stamp(POST | said, home)
    assert (stamp.modified, stamp.url) == (post.modified, post.url)
    assert (stamp.author_id, stamp.category_numbers) == (post.author_id, post.category_numbers)


def test_names_are_decoded_once() -> None:
    row = {"id": 2, "name": "Health &amp; R&amp;amp;D", "slug": "health", "parent": 0}
    assert rows.category(row) == a_source_category(number="2", slug="health", name="Health & R&amp;D")
    assert rows.author(row) == Author(id="2", name="Health & R&amp;D")
    assert rows.site(SITE).title == "Ours & theirs"


def test_no_control_character_gets_into_a_name() -> None:
    assert rows.author({"id": 2, "name": "Jo\x0b\x00 Bloggs\ufffe"}).name == "Jo Bloggs"


@pytest.mark.parametrize(
    ("offset", "zone"),
    [
        (0, "UTC+00:00"),
        (1, "UTC+01:00"),
        (5.5, "UTC+05:30"),
        (-3.5, "UTC-03:30"),
        ("5.75", "UTC+05:45"),
        (-0.5, "UTC-00:30"),
    ],
)
def test_a_zone_without_a_name_is_its_offset(offset: object, zone: str) -> None:
    assert rows.site(SITE | {"timezone_string": "", "gmt_offset": offset}).time_zone == zone


@pytest.mark.parametrize(
    "left", [{}, {"home": None}, {"home": "/"}, {"home": "javascript:alert(1)"}, {"description": None}]
)
def test_of_a_site_its_name_and_its_zone_are_enough(left: dict[str, Any]) -> None:
    site = rows.site({"name": "Ours", "timezone_string": "Europe/London"} | left, "https://blog.example.org/")
    assert (site.title, site.description, site.time_zone) == ("Ours", "", "Europe/London")
    assert site.url == "https://blog.example.org/"


@pytest.mark.parametrize("offset", [None, "x", [], float("inf"), float("nan"), 99])
def test_an_offset_that_is_none_is_not_believed(offset: object) -> None:
    with pytest.raises(rows.Unreadable, match="gmt_offset"):
        rows.site(SITE | {"timezone_string": "", "gmt_offset": offset})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
READERS: list[tuple[Callable[[Any], object], dict[str, Any]]] = [
    (rows.post, POST),
    (rows.stamp, POST),
    (rows.site, SITE),
    (rows.category, {"id": 2, "name": "A", "slug": "a", "parent": 0}),
    (rows.author, {"id": 2, "name": "A"}),
]


@given(reader=st.sampled_from(READERS), data=st.data())
def test_whatever_a_row_holds_it_is_read_or_said_to_be_unreadable(
    reader: tuple[Callable[[Any], object], dict[str, Any]], data: st.DataObject
) -> None:
    read, row = reader
    field = data.draw(st.sampled_from(sorted(row)))
    for spoilt in (row | {field: data.draw(JSON)}, data.draw(JSON)):
        with suppress(rows.Unreadable):
            read(spoilt)


@pytest.mark.parametrize("field", ["link", "guid"])
def test_a_control_character_in_an_address_breaks_no_feed(field: str) -> None:
    spoilt = {"link": "https://blog.example.org/a\x00b/", "guid": {"rendered": "https://blog.example.org/a\x00b/"}}
    post = rows.post(POST | {field: spoilt[field]})
    assert "\x00" not in post.url + (post.guid or "")


@pytest.mark.parametrize(
    ("said", "slug", "name"),
    [
        ({"slug": ""}, "category-4", "Housing"),
        ({"name": " "}, "housing", "housing"),
        ({"slug": "", "name": ""}, "category-4", "category-4"),
        ({"parent": None}, "housing", "Housing"),
        ({"id": "4", "parent": "0"}, "housing", "Housing"),
    ],
)
def test_a_category_is_called_somehow(said: dict[str, Any], slug: str, name: str) -> None:
    category = rows.category({"id": 4, "slug": "housing", "name": "Housing", "parent": 0} | said)
    assert (category.number, category.slug, category.name, category.parent_number) == ("4", slug, name, None)


def test_a_control_character_in_a_slug_goes_no_further() -> None:
    assert rows.category({"id": 4, "slug": "hou\x00sing", "name": "Housing", "parent": 0}).slug == "housing"


# -- pictures and languages ---------------------------------------------------------------------------


def a_size(width: int, height: int, name: str = "hall") -> dict[str, Any]:
    url = f"https://blog.example.org/wp-content/uploads/{name}-{width}x{height}.jpg"
    return {"source_url": url, "width": width, "height": height}


def a_media_row(*sizes: dict[str, Any], width: int = 2400, height: int = 1600, **more: Any) -> dict[str, Any]:
    details = {"width": width, "height": height, "sizes": {str(place): size for place, size in enumerate(sizes)}}
    url = "https://blog.example.org/wp-content/uploads/hall.jpg"
    row = {"id": 9, "source_url": url, "alt_text": "A hall", "media_type": "image", "media_details": details}
    return row | more


@pytest.mark.parametrize(
    ("row", "width"),
    [
        (a_media_row(a_size(300, 200), a_size(1024, 683), a_size(1536, 1024)), 1024),
        # Cut to another shape it is another picture.
        (a_media_row(a_size(300, 200), a_size(1200, 400), a_size(150, 150)), 300),
        (a_media_row(a_size(1536, 1024), a_size(2048, 1365)), 1536),
        (a_media_row(), 2400),
        (a_media_row(a_size(300, 200), width=900, height=600), 900),
    ],
)
def test_a_picture_is_the_widest_up_to_1200_pixels_that_shows_all_of_it(row: dict[str, Any], width: int) -> None:
    picture = rows.picture(row)
    assert picture is not None
    assert (picture.width, picture.alt) == (width, "A hall")


@pytest.mark.parametrize(
    "more",
    [
        {"media_type": "file"},
        {"source_url": "javascript:alert(1)", "media_details": {}},
        {"source_url": "http://[oops", "media_details": None},
        {"source_url": None, "media_details": []},
    ],
)
def test_what_is_no_picture_or_has_no_address_is_none(more: dict[str, Any]) -> None:
    assert rows.picture(a_media_row() | more) is None


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ({"lang": "cy"}, "cy"),
        ({"wpml_current_locale": "en_GB"}, "en-GB"),
        ({"polylang_current_lang": "zh_hant_TW"}, "zh-Hant-TW"),
        ({"lang": "de_DE_formal"}, "de-DE"),
        ({"lang": {"code": "gd"}}, "gd"),
        ({"lang": "", "wpml_current_locale": "he_IL"}, "he-IL"),
        ({"lang": "<script>"}, None),
        ({"lang": 7}, None),
        ({"lang": []}, None),
        ({}, None),
    ],
)
def test_a_language_is_what_a_plugin_says_in_bcp_47(said: dict[str, Any], tag: str | None) -> None:
    assert rows.language(said) == tag
    assert rows.post(POST | said).language == tag


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["sizes", "width", "source_url", "lang"]), inner),
)


@pytest.mark.more
@given(
    st.dictionaries(
        st.sampled_from([*rows.MEDIA_FIELDS.split(","), *rows.DETAIL_FIELDS.split(","), "media_details"]), _ANYTHING
    )
)
def test_whatever_a_blog_says_of_pictures_and_languages_raises_nothing(row: dict[str, Any]) -> None:
    picture = rows.picture(row)
    assert picture is None or picture.url.startswith("http")
    rows.language(row), rows.media_id(row), rows.picture_by_jetpack(row)


def test_a_guid_that_no_database_can_find_is_as_good_as_none() -> None:
    assert rows.post(POST | {"guid": {"rendered": "9" * 5_000}}).guid == POST["link"]
