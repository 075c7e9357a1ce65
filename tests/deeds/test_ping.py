"""ping: the hub is told of what was published, and holds nothing up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import pytest

from solacefeed.deeds.publishing.ping import WAITS, PingResult, ping
from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import write_changes
from solacefeed.errors import HubError
from solacefeed.ports import Batch
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from solacefeed.store import pings
from solacefeed.websub import tell
from tests.deeds.world import BLOG, World, environment
from tests.sources.source_world import a_client, an_answer, scripted
from tests.support.builders import LONDON, a_source_post

HUB = "https://hub.example.org/"
POST = a_source_post(id="1", category_numbers=("1",))


class Hub:
    """Hears what it is told, unless it is down."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.down: Exception | None = None

    def __call__(self, topic: str) -> None:
        if self.down:
            raise self.down
        self.heard.append(topic)


class Publisher:
    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.hub = Hub()
        naming = Naming(
            site=Site(
                title="Officers' Blog",
                base_url="https://feeds.example.org",
                tag_authority="example.org,2012",
                language="en-GB",
                organisation="Society of Officers",
                url=BLOG,
                zone=LONDON,
            ),
            hub=HUB,
        )
        self.settings = PublishSettings(folder=folder, naming=naming)

    def publish(self) -> None:
        write_changes(self.world.store, self.world.clock, self.settings, environment, url=BLOG)

    def ping(self) -> PingResult:
        return ping(self.world.store, self.world.clock, self.hub)

    def waiting(self) -> int:
        with self.world.store.read() as connection:
            return pings.waiting(connection)


@pytest.fixture
def publisher(world: World, tmp_path: Path) -> Publisher:
    world.appear(POST)
    return Publisher(world, tmp_path / "feeds")


def test_the_hub_is_told_once_of_each_live_document_that_changed(publisher: Publisher) -> None:
    publisher.publish()
    assert publisher.ping() == PingResult(told=6)
    assert sorted(publisher.hub.heard) == sorted(
        f"https://feeds.example.org/{stem}.{ending}"
        for stem in ("all", "category/housing")
        for ending in ("atom", "json", "rss")
    )
    publisher.publish()
    assert publisher.ping() == PingResult(told=0)


def test_without_a_change_nothing_is_told(publisher: Publisher) -> None:
    publisher.publish()
    publisher.ping()
    publisher.hub.heard.clear()
    publisher.world.blog_says(Batch(posts=(POST,)))
    publisher.publish()
    publisher.ping()
    assert publisher.hub.heard == []


def test_what_the_hub_does_not_hear_it_is_told_again_ever_more_rarely_and_then_no_more(publisher: Publisher) -> None:
    publisher.publish()
    publisher.hub.down = HubError("the hub: nothing answers")
    for wait in WAITS:
        assert publisher.ping().trouble == "the hub: nothing answers"
        assert publisher.waiting() == 6
        assert publisher.ping() == PingResult(told=0)
        publisher.world.clock.now += wait
    publisher.ping()
    assert publisher.waiting() == 0


def test_a_bug_while_the_hub_is_told_holds_nothing_up_either(publisher: Publisher) -> None:
    publisher.publish()
    publisher.hub.down = KeyError("topic")
    assert publisher.ping() == PingResult(told=0, trouble="a bug of solacefeed: KeyError: 'topic'")
    assert publisher.waiting() == 6


def test_a_hub_that_is_back_hears_all_of_it(publisher: Publisher) -> None:
    publisher.publish()
    publisher.hub.down = HubError("the hub: nothing answers")
    publisher.ping()
    publisher.hub.down = None
    publisher.world.clock.now += WAITS[0]
    assert publisher.ping() == PingResult(told=6)
    assert publisher.waiting() == 0


# -- what is said over the wire -------------------------------------------------------------------------


def test_a_hub_is_told_by_a_form_that_every_hub_takes() -> None:
    with listening() as (origin, posted), a_client() as client:
        tell(client, f"{origin}/hub", "https://feeds.example.org/all.atom")
    ((path, kind, body),) = posted
    assert (path, kind) == ("/hub", "application/x-www-form-urlencoded")
    assert dict(parse_qsl(body)) == {
        "hub.mode": "publish",
        "hub.url": "https://feeds.example.org/all.atom",
        "hub.topic": "https://feeds.example.org/all.atom",
    }


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[str, str | None, str]]]]:
    """A hub on the loopback, and what was posted to it: path, type and body."""
    posted: list[tuple[str, str | None, str]] = []

    class Hears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
            posted.append((self.path, self.headers["Content-Type"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, template: str, *arguments: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Hears) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", posted
        server.shutdown()
        thread.join()


def test_a_hub_that_is_out_of_reach_is_the_hubs_trouble_and_no_blogs() -> None:
    with scripted() as script:
        nobody = f"{script.origin}/"
    with a_client() as client, pytest.raises(HubError, match=r": nothing answers at that port; "):
        tell(client, nobody, "https://feeds.example.org/all.atom")


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "302 Found"])
def test_a_hub_that_does_not_want_to_know_says_so_in_one_line(status: str) -> None:
    with (
        scripted([an_answer(b"no", status=status, more="Location: /elsewhere\r\n")]) as script,
        a_client() as client,
        pytest.raises(HubError, match=f"answered {status[:3]} to a ping; is that a WebSub hub"),
    ):
        tell(client, f"{script.origin}/", "https://feeds.example.org/all.atom")
