"""``redirects``: what the operator gives the server before the blog, so that its readers are led to our feeds."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.prompt import at, well
from tests.support.blog.blog import Blog
from tests.support.site import Site


def led(config: str) -> set[str]:
    """The addresses that nginx is told to lead to."""
    return set(re.findall(r'^    "~\S+ (\S+);$', config, re.MULTILINE))


def test_every_feed_that_is_published_is_led_to(done: Site) -> None:
    feeds = {path.relative_to(done.feeds).as_posix() for path in done.feeds.rglob("*.atom")}
    known = {path for path in feeds if re.fullmatch(r"all\.atom|category/[a-z-]+\.atom", path)}
    assert len(known) == 7
    assert {f"https://feeds.example.org/{path}" for path in known} <= led(well(done, "redirects", "nginx"))


def test_the_blogs_own_address_is_named(done: Site) -> None:
    assert f"from the feeds of {Blog.shipped().url} to ours" in well(done, "redirects", "nginx")


@pytest.mark.parametrize(("server", "word"), [("nginx", "return 301"), ("caddy", "redir"), ("apache", "RewriteRule")])
def test_each_server_is_told_in_its_own_words(done: Site, server: str, word: str) -> None:
    assert word in well(done, "redirects", server)
    told = json.loads(well(done, "redirects", server, "--json"))
    assert told == {"server": server, "rules": well(done, "redirects", server)}


def test_the_blogs_category_base_is_the_operators_to_say(done: Site) -> None:
    config = well(done, "redirects", "nginx", "--category-base", "topics")
    assert "/topics/" in config
    assert "/category/([" not in config


def test_before_anything_is_published_there_is_nowhere_to_lead_to(fresh: Site) -> None:
    well(fresh, "poll")
    said = at(fresh, "redirects", "nginx")
    assert (said.code, said.out) == (2, "")
    assert said.err == "solacefeed: there are no feeds to lead to yet: `solacefeed publish`\n"
