"""Which picture stands for a post in a mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solacefeed.digest.edition_view import Picture
from solacefeed.digest.pictures import picture, picture_hosts
from solacefeed.models.posts import Image
from tests.support.builders import a_post

HOSTS = picture_hosts("https://blog.example.org")
LARGE = Image(url="https://blog.example.org/roof.jpg", alt="A roof", width=1200, height=675)


def shown(image: Image | None = LARGE, hosts: frozenset[str] = HOSTS) -> Picture | None:
    return picture(replace(a_post(title="A roof first"), lead_image=image), hosts)


def test_a_picture_of_the_blogs_own_is_shown_in_the_size_of_a_mails_column() -> None:
    assert shown() == Picture(url=LARGE.url, alt="A roof", width=536, height=302)
    assert shown(replace(LARGE, height=900)) == Picture(url=LARGE.url, alt="A roof", width=536, height=402)


def test_no_picture_stands_where_the_config_allows_none() -> None:
    assert shown(hosts=frozenset()) is None


def test_the_featured_picture_comes_before_the_first_of_the_text() -> None:
    featured = replace(LARGE, url="https://blog.example.org/featured.jpg")
    post = replace(a_post(), lead_image=LARGE, featured=featured)
    found = picture(post, HOSTS)
    assert found
    assert found.url == featured.url


def test_a_picture_without_words_is_told_by_the_posts_title() -> None:
    found = shown(replace(LARGE, alt=""))
    assert found
    assert found.alt == "A roof first"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/roof.jpg",
        "https://blog.example.org.evil.example/roof.jpg",
        "https://evil.example/blog.example.org/roof.jpg",
        "https://i0.wp.com/evil.example/blog.example.org/roof.jpg",
        "https://i9.wp.com/blog.example.org/roof.jpg",
        "https://user@evil.example/roof.jpg",
        "data:image/png;base64,x",
        "//blog.example.org/roof.jpg",
        "javascript:alert(1)",
        "https://blog.example.org/roof.svg",
        "https://other.files.wordpress.com/roof.jpg",
        "",
    ],
)
def test_nothing_is_loaded_from_anywhere_else(url: str) -> None:
    assert shown(replace(LARGE, url=url)) is None


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((None, None), id="not known"),
        pytest.param((1200, None), id="half known"),
        pytest.param((675, 1200), id="upright"),
        pytest.param((1200, 200), id="a strip"),
        pytest.param((120, 80), id="an icon"),
        pytest.param((0, 0), id="nothing"),
    ],
)
def test_a_picture_whose_place_cant_be_kept_is_not_shown(size: tuple[int | None, int | None]) -> None:
    assert shown(replace(LARGE, width=size[0], height=size[1])) is None


def test_wordpress_network_cuts_a_picture_to_the_one_ratio_whatever_its_size() -> None:
    url = "https://i2.wp.com/blog.example.org/wp-content/roof.jpg?fit=300%2C900&ssl=1&utm=x"
    found = shown(replace(LARGE, url=url, width=None, height=None))
    assert found == Picture(
        url="https://i2.wp.com/blog.example.org/wp-content/roof.jpg?ssl=1&resize=1072,604",
        alt="A roof",
        width=536,
        height=302,
    )


def test_wordpress_com_cuts_the_pictures_of_its_blogs() -> None:
    url = "https://officers.files.wordpress.com/2026/11/roof.jpg?w=300"
    found = shown(replace(LARGE, url=url), picture_hosts("https://officers.wordpress.com/"))
    assert found
    assert found.url == "https://officers.files.wordpress.com/2026/11/roof.jpg?w=1072&h=604&crop=1"


def test_the_hosts_of_a_site_are_its_own_with_and_without_www() -> None:
    assert picture_hosts("https://www.example.org/blog/") == {"example.org", "www.example.org"}
    assert picture_hosts("blog.xml") == frozenset()
