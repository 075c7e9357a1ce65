"""Our own server counts who fetches documents: no request waits for it, and no address stays."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.errors import StoreError
from solacefeed.readership.counting import Fetch
from solacefeed.templating import templates
from solacefeed.web import clients
from solacefeed.web.application import application
from solacefeed.web.documents import Documents, Published
from solacefeed.web.pages import Pages
from solacefeed.web.reader_counting import ReaderCounting
from solacefeed.web.server import serving
from tests.support.fakes import SettableClock
from tests.web.conftest import NOW, Client, a_front
from tests.web.test_documents import PUBLISHED, publish

APP = "newsboat/2.36 (Linux x86_64)"


class Written:
    """What was handed over to be written, and whether it can be."""

    def __init__(self) -> None:
        self.fetches: list[Fetch] = []
        self.times = 0
        self.works = True

    def __call__(self, fetches: Collection[Fetch]) -> None:
        self.times += 1
        if not self.works:
            raise StoreError("the disk is full")
        self.fetches += sorted(fetches)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def counting(clock: SettableClock, written: Written) -> ReaderCounting:
    return ReaderCounting(clock, written)


def asked(folder: Path, counting: ReaderCounting, *requests: tuple[str, str, dict[str, str]], prefix: str = "") -> None:
    """What these requests leave behind, from a server that stands behind a proxy of this machine."""
    publish(folder, PUBLISHED)
    documents = Documents(
        Published(folder=folder, base_url=f"https://feeds.example.org{prefix}", prefix=prefix),
        lambda _: 404,
        lambda _: b"nothing",
    )
    pages = Pages(front=a_front(), environment=templates(None))
    trusted = clients.networks(["127.0.0.0/8"])
    with serving(application(pages, [], documents=documents, trusted=trusted, readers=counting), "127.0.0.1:0") as port:
        for method, path, headers in requests:
            Client(port=port).ask(method, path, headers={"User-Agent": APP, **headers})


def test_who_is_given_a_document_is_noted_from_the_disk_and_from_memory(
    tmp_path: Path, counting: ReaderCounting, written: Written
) -> None:
    first, second = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    asked(tmp_path / "feeds", counting, ("GET", "/all.atom", first), ("GET", "/all.atom", second), ("GET", "/", first))
    counting.write()
    assert written.fetches == [
        Fetch(NOW.date(), "all.atom", "192.0.2.1", APP),
        Fetch(NOW.date(), "all.atom", "192.0.2.2", APP),
        Fetch(NOW.date(), "index.html", "192.0.2.1", APP),
    ]


def test_who_has_it_already_counts_and_who_gets_nothing_does_not(
    tmp_path: Path, counting: ReaderCounting, written: Written
) -> None:
    has = {"If-None-Match": "*", "X-Forwarded-For": "192.0.2.1"}
    nothing: list[tuple[str, str, dict[str, str]]] = [
        ("HEAD", "/feeds/all.atom", {}),
        ("GET", "/feeds/none.atom", {}),
        ("POST", "/feeds/all.rss", {}),
    ]
    asked(tmp_path / "feeds", counting, ("GET", "/feeds/all.atom", has), *nothing, prefix="/feeds")
    counting.write()
    assert [(each.path, each.address) for each in written.fetches] == [("all.atom", "192.0.2.1")]


def test_the_same_reader_is_noted_once_until_it_is_written(counting: ReaderCounting, written: Written) -> None:
    for _ in range(1000):
        counting.note("all.atom", "192.0.2.1", APP)
    counting.write()
    counting.write()
    assert (len(written.fetches), written.times) == (1, 1)


def test_a_fetch_belongs_to_the_day_on_which_it_came(
    counting: ReaderCounting, written: Written, clock: SettableClock
) -> None:
    counting.note("all.atom", "192.0.2.1", APP)
    clock.now += timedelta(days=1)
    counting.note("all.atom", "192.0.2.1", APP)
    counting.write()
    assert [each.day for each in written.fetches] == [NOW.date(), NOW.date() + timedelta(days=1)]


def test_what_cant_be_written_is_tried_again_and_forgotten_after_its_day(
    counting: ReaderCounting, written: Written, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    written.works = False
    counting.note("all.atom", "192.0.2.1", APP)
    counting.write()
    assert "not counted for now: the disk is full" in caplog.text
    assert "192.0.2.1" not in caplog.text
    written.works = True
    counting.write()
    assert len(written.fetches) == 1
    written.works = False
    counting.note("all.atom", "192.0.2.2", APP)
    clock.now += timedelta(days=2)
    counting.write()
    written.works = True
    counting.write()
    assert len(written.fetches) == 1


def test_no_more_is_held_than_so_much(clock: SettableClock, written: Written) -> None:
    counting = ReaderCounting(clock, written, most=10)
    for number in range(100):
        counting.note("all.atom", f"192.0.2.{number}", "x" * 100_000)
    counting.write()
    assert len(written.fetches) == 10
    assert max(len(each.user_agent) for each in written.fetches) == 300


def test_what_was_noted_is_written_at_the_end(counting: ReaderCounting, written: Written) -> None:
    with counting.writing() as open_one:
        open_one.note("all.atom", "192.0.2.1", APP)
    assert len(written.fetches) == 1
