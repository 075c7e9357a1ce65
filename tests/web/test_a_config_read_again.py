"""What the pages of a config that is read again go on with: it is the process's, and begins anew with none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from solacefeed.composition import pages
from solacefeed.composition.people import People
from solacefeed.daemon.reading_again import read_again
from solacefeed.store.database import Store
from solacefeed.web.application import Current
from tests.web.watching import Watched


class Reloaded:
    """A site whose pages are served by one process, which may read its config again."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.app = Watched.site(folder, store, more="sign_ups_per_network = 2\n").app
        self.current = Current(pages.put_together(self.app, store))
        self._served = pages.Served(store=store, current=[(self.current, pages.put_together)])

    def read_again(self) -> None:
        def reread() -> Watched:
            return Watched.site(self.folder, self.store, more="sign_ups_per_network = 2\n")

        self.app, kept = read_again(self.app, lambda: reread().app, self._served.turn_to)
        assert kept == ()

    def ask(self, path: str, *, form: Mapping[str, str] | None = None) -> httpx.Response:
        served = self.current.application
        return Watched(app=self.app, served=served, apart=served).ask(path, form=form, peer="203.0.113.9")


@pytest.fixture
def site(tmp_path: Path, sqlite_store: Store) -> Reloaded:
    return Reloaded(tmp_path, sqlite_store)


def test_who_delivers_hears_the_pages_of_the_new_config(site: Reloaded) -> None:
    heard = site.app.process.woken
    site.read_again()
    People(site.app).settings(site.store).wake()
    assert heard.is_set()


def test_requests_are_counted_on(site: Reloaded) -> None:
    site.ask("/healthz")
    site.read_again()
    site.ask("/healthz")
    assert site.current.application.counts.read()["/healthz", 200] == 2


def test_a_reload_gives_nobody_new_tries(site: Reloaded) -> None:
    def tries() -> list[int]:
        return [site.ask("/find", form={"email": "ann"}).status_code for _ in range(3)]

    # A form that is amiss does nothing, and is counted.
    assert tries() == [422, 422, 429]
    site.read_again()
    assert tries() == [429, 429, 429]


def test_nor_new_links_to_the_desk(site: Reloaded) -> None:
    def tries() -> list[int]:
        token = site.ask("/desk").text.partition('name="form" value="')[2].partition('"')[0]
        return [site.ask("/desk", form={"form": token, "email": "ann"}).status_code for _ in range(3)]

    assert tries() == [200, 200, 429]
    site.read_again()
    assert tries() == [429, 429, 429]
