"""No mail leaves before the page that it leads to stands, whoever let its edition go, and however long ago it froze."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from solacefeed.app import App
from solacefeed.config.loading import load
from solacefeed.daemon.jobs import EmbeddedJobs
from solacefeed.daemon.looks import Looks
from solacefeed.daemon.progress import LookProgress
from solacefeed.errors import Busy, PublishError
from solacefeed.publish.editions import is_edition_page
from solacefeed.store.database import Store
from tests.daemon.test_log import Heard
from tests.support.site import Site

Begin = Callable[..., Site]


class Looking:
    """A daemon's looks at a site, called one by one."""

    def __init__(self, site: Site, store: Store, app: App) -> None:
        self.site, self.store, self.app = site, store, app
        self.heard = Heard("plain")
        self.looks = Looks(
            app, store, self.heard.log, threading.Event(), LookProgress(), lambda _: None, EmbeddedJobs(store)
        )

    def mails(self) -> int:
        return len(list((self.site.folder / "var" / "mail").rglob("*.eml")))

    def pages(self) -> list[str]:
        return [path for path in self.site.published() if is_edition_page(path)]


@pytest.fixture
def looking(begin: Begin) -> Iterator[Looking]:
    """A site whose edition was let go by another process, as an approval and a late look do, and has no page yet."""
    site = begin()
    for deed in ("poll", "publish", "prepare"):
        site.told(deed)
    app = App(load(site.folder / "config.toml", environ={}), as_of=None, folder=site.folder)
    with app.store() as store:
        yield Looking(site, store, app)


def test_the_page_of_an_edition_that_was_frozen_before_stands_before_its_mail_leaves(looking: Looking) -> None:
    assert looking.pages() == []
    stood: list[int] = []
    deliver = looking.app.mail.deliver

    def watched(*given: object, **named: object) -> object:
        stood.append(len(looking.pages()))
        return deliver(*given, **named)  # type: ignore[arg-type]

    looking.app.mail.deliver = watched  # type: ignore[method-assign,assignment]
    looking.looks.at_the_mail()
    assert stood == [1], looking.heard.err
    assert looking.mails() == 3
    looking.looks.at_the_mail()
    assert looking.heard.said.count("publish: ") == 1


def test_a_page_that_cant_be_made_keeps_no_mail_back(looking: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_store: Store) -> None:
        raise PublishError("the folder is full")

    monkeypatch.setattr(looking.app.publishing, "publish", fails)
    looking.looks.at_the_mail()
    assert "the folder is full" in looking.heard.err
    assert looking.mails() == 3


def test_while_another_one_publishes_mail_waits_for_the_next_look(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_store: Store) -> None:
        raise Busy("publish: another one is at it")

    with monkeypatch.context() as patched:
        patched.setattr(looking.app.publishing, "publish", held)
        looking.looks.at_the_mail()
    assert looking.mails() == 0
    looking.looks.at_the_mail()
    assert (looking.mails(), len(looking.pages())) == (3, 1)
