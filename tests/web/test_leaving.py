"""One click and its undo: what a mail program sends, and what a reader does on the page after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.preferences import end_of, void_links
from solacefeed.errors import UsageError
from solacefeed.models.people import SubscriptionState as State
from solacefeed.store.database import Store
from tests.deeds.people_world import BASE, KEYS
from tests.support.builders import a_source_post
from tests.web.test_preferences_page import JOBS, OFTEN
from tests.web.visitors import Visitors, visitors


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Visitors:
    """Ann gets one of two digests."""
    made = visitors(sqlite_store, tmp_path, OFTEN, JOBS)
    made.people.come("ann")
    return made


def a_link(digest: str = "weekly", number: int = 1) -> str:
    return f"{BASE}/unsubscribe/{tokens.for_unsubscribing(digest, number, KEYS)}"


FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
WHOLE = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
#: Content type and body, as mail programs send them, and as nobody should.
CLICKS = {
    "as Gmail": (FORM, b"List-Unsubscribe=One-Click"),
    "as Yahoo": (PARTS, WHOLE),
    "truncated": (PARTS, WHOLE[:60]),
    "without an end": (PARTS, b"--x\r\n"),
    "another boundary": ("multipart/form-data; boundary=y", WHOLE),
    "without a boundary": ("multipart/form-data", WHOLE),
    "empty": (FORM, b""),
    "of no kind": ("", b"List-Unsubscribe=One-Click"),
    "json": ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
    "garbage": (FORM, bytes(range(256))),
    "many fields": (FORM, b"&".join(b"a%d=1" % number for number in range(5000))),
    "large": ("text/plain", b"x" * 300_000),
}


@pytest.mark.parametrize(("kind", "body"), CLICKS.values(), ids=CLICKS.keys())
def test_one_click_ends_the_digest_whatever_its_body_holds(site: Visitors, kind: str, body: bytes) -> None:
    answer = site.request("POST", a_link(), {"Content-Type": kind} if kind else {}, body)
    assert answer.status_code == 200
    assert not {"set-cookie", "location"} & answer.headers.keys()
    assert site.people.state("ann") is State.ENDED


def test_one_click_ends_the_digest_that_the_mail_was_of_and_no_other(site: Visitors) -> None:
    site.post(a_link("jobs"))
    assert site.people.state("ann") is State.CONFIRMED


def test_the_page_offers_less_before_it_ends_anything(site: Visitors) -> None:
    page = site.open(a_link())
    for words in ("Less often instead", "Fewer instead", "Pause it for a while"):
        assert site.open(page.link(words)).heading == "Your digests"


def test_who_made_their_links_void_is_led_to_a_new_one_by_mail(site: Visitors) -> None:
    preferences = site.open(f"/preferences/{tokens.for_preferences(1, 0, KEYS)}")
    site.press(preferences, "Make earlier links void")
    page = site.open(a_link())
    assert page.link("Pause it for a while") == f"{BASE}/find"
    assert tokens.for_preferences(1, 1, KEYS) not in page.answer.text
    site.press(page, "Unsubscribe")
    assert site.people.state("ann") is State.ENDED


def test_an_end_by_mistake_is_undone_on_the_page_after_it(site: Visitors) -> None:
    gone = site.press(site.open(a_link()), "Unsubscribe")
    assert gone.heading == "You are unsubscribed"
    undo = gone.button("Undo").getparent().get("action")
    assert site.open(undo).heading == "Undo?"
    assert site.people.state("ann") is State.ENDED
    assert site.press(gone, "Undo: keep it").heading == "You keep it"
    assert site.people.state("ann") is State.CONFIRMED
    assert site.press(gone, "Undo: keep it").heading == "You keep it"


def test_whoever_holds_an_older_mail_takes_no_end_back(site: Visitors) -> None:
    site.press(site.open(a_link()), "Unsubscribe")
    again = site.post(a_link())
    assert again.heading == "You are unsubscribed"
    assert "/undo/" not in again.answer.text
    assert "/undo/" not in site.open(a_link()).answer.text


def test_one_click_ends_it_also_where_a_slash_was_put_behind_the_address(site: Visitors) -> None:
    assert site.post(f"{a_link()}/").status == 200
    assert site.people.state("ann") is State.ENDED


@pytest.mark.more
def test_after_an_hour_one_comes_back_by_the_form_alone(site: Visitors) -> None:
    gone = site.press(site.open(a_link()), "Unsubscribe")
    late = site.press(gone, "Undo: keep it", after=timedelta(minutes=61))
    assert (late.status, late.link("To the form")) == (410, f"{BASE}/subscribe")
    assert site.people.state("ann") is State.ENDED
    site.people.clock.now += timedelta(days=2)
    site.press(site.open("/subscribe"), "Subscribe", email="ann@example.org")
    site.people.mail()
    site.press(site.open(f"/confirm/{site.people.link('ann', 'confirm')}"), "Yes, subscribe me")
    assert site.people.state("ann") is State.CONFIRMED


def test_an_undo_is_of_one_digest_and_one_reader(site: Visitors) -> None:
    site.press(site.open(a_link()), "Unsubscribe")
    until = site.people.clock.now + timedelta(hours=1)
    end = end_of(site.people.world.store, "weekly", 1)
    assert end is not None
    for other in (replace(end, digest="jobs"), replace(end, subscriber_id=2)):
        site.post(f"/undo/{tokens.for_undoing(other, KEYS, until=until)}")
    assert site.people.state("ann") is State.ENDED
    with pytest.raises(UsageError):
        tokens.undoing(tokens.for_unsubscribing("weekly", 1, KEYS), KEYS, now=until)


def test_an_undo_that_somebody_has_kept_takes_no_later_end_back(site: Visitors) -> None:
    """A forwarded mail is enough to end it and to press its undo; then Ann leaves, by whichever way."""
    kept = site.press(site.open(a_link()), "Unsubscribe")
    assert site.press(kept, "Undo: keep it").status == 200
    site.people.clock.now += timedelta(minutes=20)
    assert site.post(a_link()).status == 200
    assert site.press(kept, "Undo: keep it").status == 410
    assert site.people.state("ann") is State.ENDED


def test_no_undo_works_when_its_reader_has_made_all_links_void_since(site: Visitors) -> None:
    ended = site.press(site.open(a_link()), "Unsubscribe")
    void_links(site.people.world.store, site.people.clock, site.people.settings, 1, 0)
    assert site.press(ended, "Undo: keep it").status == 410
    assert site.people.state("ann") is State.ENDED


@pytest.mark.parametrize("mail_program", ["as Gmail", "as Yahoo"])
def test_who_clicks_once_while_an_edition_leaves_gets_no_copy_of_it_any_more(site: Visitors, mail_program: str) -> None:
    people, (kind, body) = site.people, CLICKS[mail_program]
    people.come("ben")
    people.world.appear(a_source_post(published=people.clock.now + timedelta(days=1)))
    people.clock.now += timedelta(days=7)
    people.world.prepare()
    clicked = []

    def click() -> None:
        """Ben clicks in an earlier mail of his, between the first copy's mark and its answer."""
        clicked.append(site.request("POST", a_link(number=2), {"Content-Type": kind}, body).status_code)

    people.world.relay.at_dot = lambda: None if clicked else click()
    people.world.deliver()
    assert clicked == [200]
    copies = people.world.copies()
    assert (copies["ben"].state.value, copies["ben"].answer) == ("cancelled", "the subscription ended")
    assert (copies["ann"].state.value, people.world.got()[-1]) == ("accepted", "ann")
