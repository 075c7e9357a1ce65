"""What holds of every page: looking changes nothing, nobody else's word is taken, and nothing tells who was there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.preferences import end_of
from solacefeed.store.database import Store
from tests.deeds.people_world import BASE, KEYS
from tests.web.test_preferences_page import JOBS, OFTEN
from tests.web.visitors import Visitors, visitors

PUBLIC = ("/", "/subscribe", "/subscribe?embed=1", "/find", "/complain")
#: What a scanner adds, or takes for a page of its own.
HOSTS = (
    "evil.example",
    "news.example.org.evil.example",
    "evil.example:443",
    "127.0.0.1",
    "news.example.org@evil.example",
    "evil.example/x",
    "EVIL.example",
    "[::1]",
    "a" * 200,
    "",
)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Visitors:
    """Ann gets one digest, Ben has asked for it, Cat has ended it within the hour."""
    made = visitors(sqlite_store, tmp_path, OFTEN, JOBS)
    for who in ("ann", "cat"):
        made.people.come(who)
    made.people.ask("ben")
    made.people.mail()
    made.post(f"/unsubscribe/{tokens.for_unsubscribing('weekly', 2, KEYS)}")
    return made


def addresses(site: Visitors) -> Iterator[str]:
    """Every address of the pages that leads somewhere."""
    until = site.people.clock.now + timedelta(hours=1)
    yield from PUBLIC
    yield f"/confirm/{site.people.link('ben', 'confirm')}"
    yield f"/preferences/{tokens.for_preferences(1, 0, KEYS)}"
    yield f"/complain/{tokens.for_preferences(1, 0, KEYS)}"
    yield f"/unsubscribe/{tokens.for_unsubscribing('weekly', 1, KEYS)}"
    end = end_of(site.people.world.store, "weekly", 2)
    assert end is not None
    yield f"/undo/{tokens.for_undoing(end, KEYS, until=until)}"
    for purpose in ("export", "erase", "move"):
        yield f"/{purpose}/{tokens.for_hour(purpose, 1, 0, KEYS, until=until)}"


@pytest.mark.more
def test_a_scanner_that_looks_at_every_address_changes_nothing(site: Visitors) -> None:
    before = site.rows()
    application = site.application()
    for path in addresses(site):
        for method in ("GET", "HEAD"):
            answer = site.request(method, f"{BASE}{path}", {"Purpose": "prefetch"}, application=application)
            assert answer.status_code == 200, path
    assert site.rows() == before


def test_every_route_is_among_those_that_are_looked_at(site: Visitors) -> None:
    known = {path.partition("?")[0].split("/")[1] for path in addresses(site)}
    assert site.application().own == known | {"moved"}


def test_no_host_header_is_reflected(site: Visitors) -> None:
    application = site.application()
    paths = [*addresses(site), "/nowhere"]
    for number, host in enumerate(HOSTS):
        path = paths[number % len(paths)]
        usual = site.request("GET", f"{BASE}{path}", application=application)
        answer = site.request("GET", f"{BASE}{path}", {"Host": host, "X-Forwarded-Host": host}, application=application)
        assert (answer.status_code, len(answer.content)) == (usual.status_code, len(usual.content)), path
        assert "evil" not in answer.text.lower() + str(answer.headers).lower()
        assert "location" not in answer.headers


def test_what_is_somebodys_is_never_kept_indexed_or_told_to_the_next_site(site: Visitors) -> None:
    for path in addresses(site):
        headers = site.open(path).answer.headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "camera=()" in headers["permissions-policy"]
        assert "set-cookie" not in headers
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        if path not in ("/", "/subscribe"):
            assert (headers["cache-control"], headers["x-robots-tag"]) == ("no-store", "noindex"), path


@pytest.mark.more
def test_no_log_names_an_address_or_a_link(site: Visitors, caplog: pytest.LogCaptureFixture) -> None:
    paths = list(addresses(site))
    with caplog.at_level(logging.DEBUG):
        for path in paths:
            site.open(path)
            site.open(f"{path}x")
        site.press(site.open("/subscribe"), "Subscribe", email="eve@example.org")
        site.press(site.open(paths[6]), "Save", name="Ann")
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert "eve@" not in ours
    assert [path for path in paths if len(path) > 20 and path.rpartition("/")[2] in ours] == []


FORGED = ("", "x", "%2e%2e", "MTow.x", "%00", "a" * 5000, "é", "<script>alert(1)</script>", "' OR 1=1 --")


BEHIND_A_LINK = ("confirm", "preferences", "unsubscribe", "undo", "export", "erase", "move", "moved")


@pytest.mark.more
def test_what_is_no_link_of_ours_is_answered_alike_and_shows_nothing_of_itself(site: Visitors) -> None:
    before, application = site.rows(), site.application()
    for path in (f"{BASE}/{page}/{token}" for page in BEHIND_A_LINK for token in FORGED):
        for method in ("GET", "POST"):
            answer = site.request(method, path, application=application)
            assert (answer.status_code, "alert" in answer.text) == (404, False), path
    assert site.rows() == before


@pytest.mark.more
def test_a_link_of_one_purpose_is_none_of_another(site: Visitors) -> None:
    before = site.rows()
    links = [path.split("/") for path in addresses(site) if path.count("/") == 2]
    for _, purpose, token in links:
        for page in BEHIND_A_LINK:
            if page != purpose and (purpose, page) != ("complain", "preferences"):
                assert site.request("POST", f"{BASE}/{page}/{token}").status_code == 404, (purpose, page)
    assert site.rows() == before


def test_what_a_visitor_typed_is_text_wherever_it_is_shown(site: Visitors) -> None:
    script = '"><script>alert(1)</script>{{ 7 * 7 }}'
    shown = site.press(site.open("/subscribe"), "Subscribe", email=script, name=script)
    page = site.press(site.open(f"/preferences/{tokens.for_preferences(1, 0, KEYS)}"), "Save", name=script)
    for answer in (shown, page):
        assert "<script" not in answer.answer.text
        assert answer.value("name") == script
