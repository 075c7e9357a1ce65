"""Moving in: whoever follows the blog's own feeds is led to ours, each to the same one, and nobody to another."""

from __future__ import annotations

import re

import pytest

from solacefeed.errors import UsageError
from solacefeed.models.posts import CategoryId
from solacefeed.publish.feeds import category_feeds
from solacefeed.publish.redirects import Server, rules
from tests.publish.addresses import CATEGORIES, LEADING, NUMBERS, STAYING, written
from tests.publish.documents import NAMING

SERVERS: list[Server] = ["nginx", "caddy", "apache"]


def led(address: str, config: str) -> list[str]:
    """Where rules in nginx's words lead from an address; tests/real asks the servers themselves."""
    mapped = re.findall(r'^    "~\*(\S+)" (\S+);$', config, re.MULTILINE)
    return [target for pattern, target in mapped if re.search(pattern, address, re.IGNORECASE)]


@pytest.mark.parametrize(("address", "place"), LEADING.items())
def test_an_address_of_the_blogs_feed_leads_to_ours(address: str, place: str) -> None:
    assert led(address, written("nginx")) == [f"{NAMING.site.base_url}/{place}"]


@pytest.mark.parametrize("address", STAYING)
def test_what_is_another_feed_stays_the_blogs(address: str) -> None:
    assert led(address, written("nginx")) == []


def test_a_blog_below_a_folder_is_met_there() -> None:
    config = written("nginx", blog_url="https://example.org/the.blog/")
    assert led("/the.blog/feed/", config) == [f"{NAMING.site.base_url}/all.rss"]
    assert led("/the.blog/?feed=atom&cat=44", config) == [f"{NAMING.site.base_url}/category/care.atom"]
    assert led("/feed/", config) == led("/theXblog/feed/", config) == []


def test_a_blog_with_another_category_base_is_met_there() -> None:
    feeds = category_feeds(CATEGORIES, {CategoryId("3")}, NAMING)
    config = rules("nginx", feeds, NAMING.site.base_url, "https://b.example.org", CATEGORIES, category_base="/topics/")
    assert led("/topics/housing/feed/", config) == [f"{NAMING.site.base_url}/category/housing.rss"]
    assert led("/category/housing/feed/", config) == []
    with pytest.raises(UsageError, match="is no category base"):
        rules("nginx", feeds, NAMING.site.base_url, "https://b.example.org", CATEGORIES, category_base="a;b")


def test_where_we_have_no_rss_its_readers_are_led_to_atom() -> None:
    feeds = category_feeds(CATEGORIES, {CategoryId("3")}, NAMING)
    config = rules("nginx", feeds, NAMING.site.base_url, "https://b.example.org", CATEGORIES, rss="atom")
    assert led("/feed/", config) == [f"{NAMING.site.base_url}/all.atom"]


@pytest.mark.parametrize("server", SERVERS)
def test_the_blogs_words_can_do_nothing_in_a_servers_config(server: Server) -> None:
    assert "evil" not in written(server)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "address", ["https://blog.example.org/;evil", "https://blog.example.org/{", "blog", "http://a b/"]
)
def test_an_address_that_could_mean_more_is_refused(server: Server, address: str) -> None:
    with pytest.raises(UsageError, match="can't stand in a server's config"):
        written(server, blog_url=address)


@pytest.mark.parametrize("server", SERVERS)
def test_the_same_feeds_are_the_same_rules_and_each_is_permanent(server: Server) -> None:
    assert written(server) == written(server)
    assert "301" in written(server)
    assert written(server).count(f"{NAMING.site.base_url}/category/housing.atom") == 1
    assert NUMBERS[CategoryId("4")] in written(server)
