"""Pages of few sentences: each has the site's head, and a way home; after an end none offers to end more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.store.database import Store
from tests.deeds.people_world import BASE, KEYS
from tests.web.visitors import Shown, Visitors, visitors

AN_END = tokens.OwnEnd(digest="weekly", subscriber_id=1, generation=0, change=1)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Visitors:
    """Ann gets the digest, and Eve has asked for it."""
    made = visitors(sqlite_store, tmp_path)
    made.people.come("ann")
    made.people.ask("eve")
    made.people.mail()
    return made


def undone_too_late(site: Visitors) -> Shown:
    until = site.people.clock.now - timedelta(seconds=1)
    return site.open(f"/undo/{tokens.for_undoing(AN_END, KEYS, until=until)}")


def confirmed(site: Visitors) -> Shown:
    return site.press(site.open(f"/confirm/{site.people.link('eve', 'confirm')}"), "Yes, subscribe me")


def confirmed_too_late(site: Visitors) -> Shown:
    link = site.people.link("eve", "confirm")
    site.people.clock.now += timedelta(days=8)
    return site.open(f"/confirm/{link}")


def unsubscribing(site: Visitors) -> Shown:
    return site.open(f"/unsubscribe/{tokens.for_unsubscribing('weekly', 1, KEYS)}")


SHORT: Mapping[str, Callable[[Visitors], Shown]] = {
    "to confirm": lambda site: site.open(f"/confirm/{site.people.link('eve', 'confirm')}"),
    "confirmed": confirmed,
    "too late to confirm": confirmed_too_late,
    "to unsubscribe": unsubscribing,
    "unsubscribed": lambda site: site.press(unsubscribing(site), "Unsubscribe"),
    "to undo": lambda site: site.open(
        f"/undo/{tokens.for_undoing(AN_END, KEYS, until=site.people.clock.now + timedelta(hours=1))}"
    ),
    "too late to undo": undone_too_late,
    "no link of ours": lambda site: site.open("/preferences/made-up"),
    "a void link": lambda site: site.open(f"/preferences/{tokens.for_preferences(1, 7, KEYS)}"),
    "nothing there": lambda site: site.open("/nowhere/at/all"),
    "not to be done": lambda site: site.post("/"),
    "too much": lambda site: site.post("/subscribe", [("name", "a" * 70_000)]),
    "asked": lambda site: site.press(site.open("/subscribe"), "Subscribe", email="carol@example.org"),
    "looked for": lambda site: site.press(site.open("/find"), "Mail me my link", email="ann@example.org"),
    "complained": lambda site: site.press(
        site.open("/complain"), "Send the complaint", words="No.", email="ann@example.org"
    ),
}


@pytest.mark.parametrize("which", SHORT)
def test_a_short_page_has_the_sites_head_and_a_way_home(site: Visitors, which: str) -> None:
    page = SHORT[which](site)
    (head,) = page.tree.iter("header")
    assert [each.get("href") for each in head.iter("a")] == [f"{BASE}/"]
    assert [each.text for each in head.iter("h1")] == [page.heading]
    assert {"The blog", "Complain"} <= {each.text_content() for each in page.tree.iterfind(".//footer//a")}


def test_in_a_frame_there_is_what_is_said_and_no_head(site: Visitors) -> None:
    page = site.press(site.open("/subscribe?embed=1"), "Subscribe", email="carol@example.org")
    assert page.heading == "Look into your mailbox"
    assert list(page.tree.iter("header")) == list(page.tree.iter("footer")) == []
    assert page.tree.find(".//base").get("target") == "_blank"


def test_who_gets_nothing_is_not_asked_whether_to_stop_it_or_to_read_it_by_feed(site: Visitors) -> None:
    page = site.open(f"/preferences/{tokens.for_preferences(1, 0, KEYS)}")
    assert {"Stop everything", "Read by feed instead"} <= {each.text for each in page.tree.iter("h2")}
    page = site.press(page, "Stop all mail")
    assert "We send no digest to a…@example.org." in page.text
    assert {"Stop everything", "Read by feed instead"}.isdisjoint({each.text for each in page.tree.iter("h2")})
    assert page.button("Undo: keep Weekly digest") is not None
