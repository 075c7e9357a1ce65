"""How the site stands, asked through nginx: neither set up by one line nor as shipped does it tell the world."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.real.conftest import free_port
from tests.real.test_redirects import running
from tests.real.test_serving import AROUND, settings
from tests.support.site import Site
from tests.web.whole_site import WholeSite

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]

MORE = """
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
[mail]
from = "Officers <digest@example.org>"
[web]
base_url = "http://news.example.org"
{trusted}
[monitoring]
listen = "127.0.0.1:{apart}"
allow = ["192.0.2.0/24"]
"""
#: All that an operator has to write for pages to be reached.
PLAIN = "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{pages}; }} }}"
PATHS = ("/metrics", "/statusz")
#: What a client may make up.
FORGED: tuple[Mapping[str, str], ...] = (
    {},
    {"Host": "127.0.0.1:8025"},
    {"Host": "localhost"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-For": "192.0.2.7"},
    {"X-Real-IP": "192.0.2.7", "Forwarded": "for=192.0.2.7"},
)


def status(port: int, path: str, headers: Mapping[str, str]) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as wire:
        wire.request("GET", path, headers={"Host": "news.example.org", **headers})
        return wire.getresponse().status


@contextmanager
def nginx(folder: Path, words: str, port: int) -> Iterator[None]:
    folder.mkdir()
    (folder / "feeds").mkdir()
    (folder / "feeds.conf").write_text(words.replace("/srv/solacefeed/feeds", f"{folder}/feeds"), encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
    with running(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], port):
        yield


@contextmanager
def a_site(folder: Path, trusted: str = "") -> Iterator[tuple[WholeSite, int]]:
    """One with its pages served, and the port at which it is told apart how it stands."""
    pages, apart = free_port(), free_port()
    whole = WholeSite(Site.begun(folder, source="sample:", more=MORE.format(trusted=trusted, apart=apart)), pages)
    whole.site.told("run")
    with whole.served():
        yield whole, apart


def test_neither_a_plain_nginx_nor_the_shipped_one_tells_the_world(tmp_path: Path) -> None:
    with a_site(tmp_path / "site") as (whole, apart):
        for path in PATHS:
            assert status(apart, path, {"Host": f"127.0.0.1:{apart}"}) == 200
        for name in ("plain", "shipped"):
            port, folder = free_port(), tmp_path / name
            words = settings(folder, port, whole.port) if name == "shipped" else PLAIN
            words = words if name == "shipped" else words.format(port=port, pages=whole.port)
            with nginx(folder, words, port):
                assert status(port, "/subscribe", {}) == 200
                told = {(path, str(made_up)): status(port, path, made_up) for path in PATHS for made_up in FORGED}
                assert set(told.values()) == {404}, told


def test_a_proxy_that_is_named_and_tells_whom_it_saw_lets_in_who_is_allowed(tmp_path: Path) -> None:
    with a_site(tmp_path / "site", 'trusted_proxies = ["127.0.0.1"]') as (whole, _):
        port = free_port()
        # As the shipped one does, for a client of that network.
        seen = "location / { proxy_set_header X-Forwarded-For 192.0.2.7; "
        words = PLAIN.format(port=port, pages=whole.port).replace("location / { ", seen)
        with nginx(tmp_path / "nginx", words, port):
            assert [status(port, path, {"X-Forwarded-For": "203.0.113.9"}) for path in PATHS] == [200, 200]
