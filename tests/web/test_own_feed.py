"""A reader's own choice as a feed: their posts, each once, as published; theirs alone, and void when they say so."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from lxml import etree

from solacefeed import tokens
from solacefeed.deeds.people.choose import pause
from solacefeed.deeds.publishing.own_feed import OwnFeeds, OwnFeedSettings
from solacefeed.models.digests import Digest, Marks
from solacefeed.publish import gate
from solacefeed.publish.feeds import Naming
from solacefeed.store.database import Store
from solacefeed.store.schema import subscribers
from solacefeed.templating import templates
from solacefeed.web import own_feed
from solacefeed.web.application import application
from solacefeed.web.own_feed import FollowedByFeed
from solacefeed.web.pages import Pages
from solacefeed.web.server import serving
from tests.deeds.world import World
from tests.support.builders import LONDON, WEDNESDAY, a_digest, a_source_post
from tests.web.conftest import SECRET, Client, Got, a_front

ATOM = "{http://www.w3.org/2005/Atom}"
POSTS = (
    a_source_post(id="1", title="Homes", category_numbers=("1",)),
    a_source_post(id="2", title="The homeless", category_numbers=("2",), published=WEDNESDAY + timedelta(hours=1)),
    a_source_post(id="3", title="Both", category_numbers=("1", "3"), published=WEDNESDAY + timedelta(hours=2)),
    a_source_post(id="4", title="Scotland", category_numbers=("3",), published=WEDNESDAY + timedelta(hours=3)),
    a_source_post(id="5", title="Of nothing", published=WEDNESDAY + timedelta(hours=4)),
)


@pytest.fixture
def world(store: Store) -> World:
    """On each database."""
    world = World(store)
    world.appear(*POSTS)
    return world


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader(Client):
    """One who has their feed's address."""

    link: str

    def reads(self, headers: dict[str, str] | None = None) -> Got:
        return self.ask("GET", self.link, headers=headers)

    def titles(self) -> list[str]:
        root = etree.fromstring(self.reads().raw)
        return [str(each.findtext(f"{ATOM}title")) for each in root.iter(f"{ATOM}entry")]


@contextmanager
def reading(world: World, *digests: Digest, number: int = 1, generation: int = 0) -> Iterator[Reader]:
    front = a_front()
    pages = Pages(front=front, environment=templates(None))
    settings = OwnFeedSettings(
        naming=Naming(site=front.site), digests={each.key: each for each in digests or (world.digest,)}
    )
    parts = own_feed.routes(FollowedByFeed(feeds=OwnFeeds(world.store, lambda: settings), pages=pages))
    link = f"/my/{tokens.for_feed(number, generation, (SECRET,))}.atom"
    with serving(application(pages, parts), "127.0.0.1:0") as port:
        yield Reader(port=port, link=link)


@pytest.mark.parametrize(
    ("chosen", "titles"),
    [
        (("housing",), ["Both", "The homeless", "Homes"]),
        (("homelessness",), ["The homeless"]),
        (("housing", "scotland"), ["Scotland", "Both", "The homeless", "Homes"]),
        (None, ["Of nothing", "Scotland", "Both", "The homeless", "Homes"]),
    ],
)
def test_it_brings_the_posts_that_they_chose_each_once_and_no_other(
    world: World, chosen: tuple[str, ...] | None, titles: list[str]
) -> None:
    world.join("ann", categories=chosen)
    with reading(world) as ann:
        assert ann.titles() == titles
        assert gate.problems("atom", ann.reads().raw) == []


def test_several_digests_bring_each_post_once_and_each_keeps_out_what_it_keeps_out(world: World) -> None:
    world.join("ann", categories=("housing",))
    scottish = replace(
        a_digest(name="scottish"), categories=("scotland",), marks=Marks(leave_out=frozenset({"housing"}))
    )
    weekly, world.digest = replace(world.digest, hold_over=3.0), scottish
    world.join("ann", categories=None)
    with reading(world, weekly, scottish) as ann:
        assert ann.titles() == ["Scotland", "Both", "The homeless", "Homes"]
    with reading(world, scottish) as ann:
        assert ann.titles() == ["Scotland"]


def test_who_pauses_mail_goes_on_reading_and_who_has_left_does_not(world: World) -> None:
    world.join("ann", categories=("scotland",))
    pause(world.store, world.clock, world.digest, LONDON, who="ann@example.org", until=None)
    with reading(world) as ann:
        assert ann.titles() == ["Scotland", "Both"]
        world.leave("ann")
        assert ann.reads().status == 410


def test_a_new_post_and_another_choice_are_there_at_once_and_what_is_the_same_is_not_sent_again(world: World) -> None:
    world.join("ann", categories=("scotland",))
    with reading(world) as ann:
        first = ann.reads({"Accept-Encoding": "gzip"})
        assert first.headers["content-encoding"] == "gzip"
        assert b"<entry>" in gzip.decompress(first.raw)
        has = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]}
        assert (ann.reads(has).status, ann.reads(has).raw) == (304, b"")
        world.appear(
            a_source_post(id="6", title="New", category_numbers=("3",), published=WEDNESDAY + timedelta(days=1))
        )
        assert ann.reads(has).status == 200
        assert ann.titles() == ["New", "Scotland", "Both"]


def test_it_is_one_persons_and_no_cache_or_search_keeps_it(world: World) -> None:
    world.join("ann")
    with reading(world) as ann:
        answer = ann.reads()
        assert answer.headers["cache-control"].startswith("private")
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert "access-control-allow-origin" not in answer.headers
        assert "ann@" not in answer.body
        root = etree.fromstring(answer.raw)
        links = {str(each.get("rel")): each.get("href") for each in root.findall(f"{ATOM}link")}
        assert links == {"self": f"https://news.example.org{ann.link}", "alternate": "https://feeds.example.org/"}
        assert ann.ask("HEAD", ann.link).headers["etag"] == answer.headers["etag"]


def test_a_link_that_they_made_void_is_gone_and_a_forged_one_never_was(world: World) -> None:
    world.join("ann", "ben")
    with reading(world) as ann:
        assert ann.reads().status == 200
        with world.store.write() as connection:
            connection.execute(sa.update(subscribers).where(subscribers.c.id == 1).values(generation=1))
        assert ann.reads().status == 410
        assert ann.ask("GET", f"/my/{tokens.for_feed(1, 1, (SECRET,))}.atom").status == 200
        assert ann.ask("GET", f"/my/{tokens.for_feed(2, 0, (SECRET,))}.atom").status == 200
        assert ann.ask("GET", f"/my/{tokens.for_feed(99, 0, (SECRET,))}.atom").status == 410
        for forged in (
            tokens.for_feed(2, 0, ("another",)),
            tokens.for_preferences(2, 0, (SECRET,)),
            tokens.for_feed(2, 0, (SECRET,))[:-1],
            "x",
        ):
            assert ann.ask("GET", f"/my/{forged}.atom").status == 404
