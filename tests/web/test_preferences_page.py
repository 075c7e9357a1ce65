"""What a reader does on their page: choose, pause, stop, read by feed; and what wants a fresh link by mail."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.models.digests import Cadence, CadenceKind, Closing
from solacefeed.models.people import Actor
from solacefeed.models.people import SubscriptionState as State
from solacefeed.store import consents, erasing, reader_complaints, subscribers
from solacefeed.store.database import Store
from solacefeed.words import day_words
from tests.deeds.people_world import BASE, KEYS, parsed, subject_of, text_of
from tests.deeds.test_sign_up import suppress
from tests.support.builders import MONDAYS_AT_SEVEN, a_digest, weekly
from tests.support.counting import what_is_asked
from tests.web.visitors import Shown, Visitors, visitors

DAILY = Cadence(kind=CadenceKind.DAILY, closings=(Closing(weekday=None, at=MONDAYS_AT_SEVEN.at),))
OFTEN = replace(a_digest(), cadences=(weekly(MONDAYS_AT_SEVEN), DAILY))
JOBS = replace(a_digest(name="jobs"), title="Jobs")


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Visitors:
    """Ann gets one of two digests."""
    made = visitors(sqlite_store, tmp_path, OFTEN, JOBS)
    made.people.come("ann")
    return made


def her_page(site: Visitors, generation: int = 0) -> Shown:
    return site.open(f"/preferences/{tokens.for_preferences(1, generation, KEYS)}")


def test_the_page_shows_what_stands_with_the_address_masked(site: Visitors) -> None:
    page = her_page(site)
    assert page.heading == "Your digests"
    assert "What we send to a…@example.org" in page.text
    assert "ann@example.org" not in page.answer.text
    assert (page.ticked("way-weekly"), page.ticked("cadence-weekly")) == (["on"], ["weekly"])
    assert (page.ticked("scope-weekly"), page.ticked("way-jobs")) == (["all"], ["off"])


@pytest.mark.more
def test_the_page_asks_no_more_of_the_store_where_a_site_has_more_digests(site: Visitors) -> None:
    asked_of: list[list[str]] = []
    for more in (0, 6):
        further = (replace(a_digest(name=f"more-{number}"), title=f"More {number}") for number in range(more))
        site.people.digests = (OFTEN, JOBS, *further)
        with what_is_asked(site.store) as asked:
            assert her_page(site).text.count("Yes, mail me a link to confirm it") == 1 + more
        asked_of.append(asked)
    assert asked_of[0] == asked_of[1]


@pytest.mark.more
def test_a_reader_narrows_what_comes_and_is_told_in_words_what_has_changed(site: Visitors) -> None:
    answer = site.press(
        her_page(site),
        "Save",
        {"scope-weekly": "some", "category-weekly": ["scotland", "housing"], "cadence-weekly": "daily"},
        name="Ann Carer",
    )
    assert "Weekly digest brings you: Housing and Scotland" in answer.text
    there = site.people.subscription("ann")
    assert there is not None
    assert there.cadence is CadenceKind.DAILY
    assert there.category_ids == (site.people.category("housing"), site.people.category("scotland"))
    assert there.subscriber.name == "Ann Carer"
    assert sorted(answer.ticked("category-weekly")) == ["housing", "scotland"]
    assert "nothing has changed" in site.press(answer, "Save").text


@pytest.mark.more
@pytest.mark.parametrize(("way", "days"), [("short", 14), ("long", 30)])
def test_a_pause_by_name_ends_on_the_day_that_the_page_names(site: Visitors, way: str, days: int) -> None:
    until = (site.people.clock.now + timedelta(days=days)).date()
    page = her_page(site)
    assert f"It comes again from {day_words(until)} on" in page.text
    answer = site.press(page, "Save", {"way-weekly": way})
    there = site.people.subscription("ann")
    assert there is not None
    assert (there.state, there.paused_until) == (State.PAUSED, datetime(until.year, until.month, until.day, tzinfo=UTC))
    assert (answer.ticked("way-weekly"), answer.value("until-weekly")) == (["until"], until.isoformat())


@pytest.mark.more
def test_a_pause_until_a_day_and_back(site: Visitors) -> None:
    answer = site.press(her_page(site), "Save", {"way-weekly": "until", "until-weekly": "2027-01-04"})
    assert "It is paused until 4 January 2027." in answer.text
    assert "nothing has changed" in site.press(answer, "Save").text
    assert "comes to you again" in site.press(answer, "Save", {"way-weekly": "on"}).text
    assert site.people.state("ann") is State.CONFIRMED


@pytest.mark.parametrize("day", ["", "soon", "2026-11-23", "2020-01-01", "2030-01-01"])
def test_a_day_that_can_not_be_is_told_beside_its_field_and_nothing_is_changed(site: Visitors, day: str) -> None:
    answer = site.press(her_page(site), "Save", {"way-weekly": "until", "until-weekly": day}, name="Ann")
    assert answer.status == 422
    field = answer.tree.get_element_by_id("until-weekly")
    assert "Choose a day to come" in answer.tree.get_element_by_id(field.get("aria-describedby")).text_content()
    there = site.people.subscription("ann")
    assert there is not None
    assert (there.state, there.subscriber.name) == (State.CONFIRMED, None)


def test_nothing_ticked_is_asked_about_and_never_everything(site: Visitors) -> None:
    answer = site.press(her_page(site), "Save", {"scope-weekly": "some"})
    assert (answer.status, "Tick at least one category" in answer.text) == (422, True)


@pytest.mark.more
def test_what_was_sent_is_shown_again_where_something_is_to_be_mended(site: Visitors) -> None:
    site.languages = ("en-GB", "cy")
    chosen = {"scope-weekly": "some", "category-weekly": ["housing", "scotland"], "way-weekly": "until"}
    page = site.press(her_page(site), "Save", chosen | {"until-weekly": "2027-01-04"})
    assert sorted(page.ticked("category-weekly")) == ["housing", "scotland"]
    answer = site.press(page, "Save", {"category-weekly": [], "until-weekly": ""}, language="cy")
    assert answer.status == 422
    assert (answer.ticked("scope-weekly"), answer.ticked("category-weekly")) == (["some"], [])
    assert answer.value("until-weekly") == ""
    assert answer.ticked("language") == ["cy"]


def test_a_longer_name_from_elsewhere_stays_as_it_is_when_its_reader_saves_the_page_unchanged(site: Visitors) -> None:
    name = "Ann " + "Carer " * 20 + "Esq"
    with site.store.write() as connection:
        subscribers.rename(connection, 1, name, by=Actor.SYNC)
    answer = site.press(her_page(site), "Save")
    assert "nothing has changed" in answer.text
    there = site.people.subscription("ann")
    assert there is not None
    assert (there.subscriber.name, there.subscriber.named_by) == (name, Actor.SYNC)


def test_a_further_digest_begins_by_a_letter_alone(site: Visitors) -> None:
    page = her_page(site)
    assert "By pressing the button you ask" in page.text
    answer = site.press(page, "Save", {"way-jobs": "on"})
    assert "A mail with a link is on its way: press that, and Jobs begins." in answer.text
    assert site.people.state("ann", "jobs") is None


def test_the_sentence_of_consent_names_what_is_asked_for_and_is_the_one_that_is_kept(site: Visitors) -> None:
    page = her_page(site)
    said = "By pressing the button you ask Society of Officers to mail you what you have chosen of Jobs (every Monday)."
    assert said in page.text
    site.press(page, "Save", {"way-jobs": "on"})
    (asked,) = site.asked()
    with site.store.read() as connection:
        agreed = consents.wording(connection, asked.wording_hash or "")
    assert agreed is not None
    assert agreed.text in page.text


def test_what_was_asked_for_beside_another_sentence_is_asked_once_more(site: Visitors) -> None:
    page = her_page(site)
    site.people.digests = (OFTEN, replace(JOBS, title="Vacancies"))
    answer = site.press(page, "Save", {"way-jobs": "on"}, name="Ann")
    assert "Please look once more" in answer.text
    assert (answer.ticked("way-jobs"), answer.value("name"), site.asked()) == (["on"], "Ann", [])
    site.press(answer, "Save")
    assert [each.wishes[0].digest for each in site.asked()] == ["jobs"]


@pytest.mark.more
def test_who_comes_back_finds_what_they_had_chosen(site: Visitors) -> None:
    chosen = {"scope-weekly": "some", "category-weekly": ["housing", "scotland"], "cadence-weekly": "daily"}
    site.press(her_page(site), "Save", chosen)
    site.press(her_page(site), "Stop all mail", after=timedelta(minutes=1))
    page = her_page(site)
    assert page.ticked("way-weekly") == ["off"]
    assert (page.ticked("scope-weekly"), page.ticked("cadence-weekly")) == (["some"], ["daily"])
    assert sorted(page.ticked("category-weekly")) == ["housing", "scotland"]
    site.press(page, "Save", {"way-weekly": "on"}, after=timedelta(hours=2))
    (asked,) = site.asked()
    assert asked.wishes[0].category_ids == (site.people.category("housing"), site.people.category("scotland"))
    assert asked.wishes[0].cadence is CadenceKind.DAILY


@pytest.mark.more
def test_what_is_stopped_can_be_taken_back_on_the_page_for_an_hour(site: Visitors) -> None:
    answer = site.press(her_page(site), "Save", {"way-weekly": "off"})
    assert "Weekly digest will not come to you any more." in answer.text
    assert site.people.state("ann") is State.ENDED
    assert site.press(answer, "Undo: keep Weekly digest").heading == "You keep it"
    assert site.people.state("ann") is State.CONFIRMED
    stopped = site.press(her_page(site), "Stop all mail")
    assert site.people.state("ann") is State.ENDED
    assert site.press(stopped, "Undo", after=timedelta(hours=2)).status == 410
    assert site.people.state("ann") is State.ENDED


def test_one_moves_from_mail_to_a_feed_and_back_with_the_same_choice(site: Visitors) -> None:
    site.press(her_page(site), "Save", {"scope-weekly": "some", "category-weekly": ["housing"]})
    answer = site.press(her_page(site), "Read by feed, no mail")
    feed = answer.link("Your own feed").removeprefix(f"{BASE}/my/").removesuffix(".atom")
    assert tokens.feeding(feed, KEYS) == (1, 0)
    assert site.people.state("ann") is State.PAUSED
    site.press(answer, "Mail me again")
    there = site.people.subscription("ann")
    assert there is not None
    assert (there.state, there.category_ids) == (State.CONFIRMED, (site.people.category("housing"),))


@pytest.mark.more
def test_earlier_links_are_made_void_and_the_new_one_goes_by_mail_alone(site: Visitors) -> None:
    page = her_page(site)
    answer = site.press(page, "Make earlier links void")
    assert tokens.for_preferences(1, 1, KEYS) not in answer.answer.text
    old = site.open(page.url)
    assert (old.status, old.link("Mail me my link")) == (410, f"{BASE}/find")
    assert site.press(page, "Save", {"way-weekly": "off"}).status == 410
    site.people.deliver()
    assert site.open(f"/preferences/{site.people.link('ann', 'preferences')}").heading == "Your digests"


@pytest.mark.more
def test_a_post_without_the_pages_own_token_changes_nothing(site: Visitors) -> None:
    path = her_page(site).url
    other = tokens.for_preferences(1, 0, ("another key",))
    for fields in (
        [("act", "stop")],
        [("act", "save"), ("way-weekly", "off"), ("form", "made up")],
        [("act", "stop"), ("form", site.open("/find").value("form"))],
    ):
        site.post(path, fields)
    assert site.post(f"/preferences/{other}", [("act", "stop")]).status == 404
    late = site.press(her_page(site), "Stop all mail", after=timedelta(days=2))
    assert "stood open for long" in late.text
    assert site.people.state("ann") is State.CONFIRMED


# -- by a fresh link -----------------------------------------------------------------------------------------


def her_fresh_link(site: Visitors, words: str, page: str) -> Shown:
    site.press(her_page(site), words)
    site.people.deliver()
    return site.open(f"/{page}/{site.people.link('ann', page)}")


@pytest.mark.more
def test_a_reader_gets_all_that_is_kept_by_a_fresh_link(site: Visitors) -> None:
    page = her_fresh_link(site, "Get all that you keep of me", "export")
    told = site.press(page, "Get the file").answer
    assert json.loads(told.text)["person"]["address"] == "ann@example.org"
    assert told.headers["content-disposition"].startswith("attachment")
    assert told.headers["cache-control"] == "no-store"
    assert site.open(page.url).heading == "All that is kept of you"


@pytest.mark.more
def test_a_reader_is_forgotten_by_a_press_of_the_fresh_links_button(site: Visitors) -> None:
    page = her_fresh_link(site, "Be forgotten", "erase")
    site.post(page.url)
    assert site.people.state("ann") is State.CONFIRMED
    assert site.press(page, "Erase all of it").heading == "You are forgotten"
    assert her_page(site).status == 410
    with site.store.read() as connection:
        assert erasing.waiting(connection) == [1]


@pytest.mark.more
def test_an_address_is_changed_by_both_its_mailboxes(site: Visitors) -> None:
    page = her_fresh_link(site, "Change my address", "move")
    assert "a…@example.org" in page.text
    assert site.press(page, "Write to the new address", email="nobody").status == 422
    site.press(page, "Write to the new address", email="ann.carer@example.org")
    site.people.deliver()
    moved = site.open(f"/moved/{site.people.link('ann.carer', 'moved')}")
    assert site.people.state("ann") is State.CONFIRMED
    done = site.press(moved, "Yes, write to me here")
    assert "Our mails come to a…r@example.org from now on." in done.text
    assert (site.people.state("ann"), site.people.state("ann.carer")) == (None, State.CONFIRMED)
    assert site.open(done.link("Choose more or fewer")).status == 200


@pytest.mark.parametrize("page", ["export", "erase", "move", "moved"])
def test_a_fresh_link_works_for_an_hour_and_only_for_its_purpose(site: Visitors, page: str) -> None:
    until = site.people.clock.now + timedelta(hours=1)
    right = f"/{page}/{tokens.for_hour(page, 1, 0, KEYS, until=until)}"
    wrong = f"/{page}/{tokens.for_hour('preferences', 1, 0, KEYS, until=until)}"
    assert site.open(wrong).status == 404
    assert site.open(f"/{page}/{tokens.for_hour(page, 1, 7, KEYS, until=until)}").status == 410
    site.people.clock.now = until + timedelta(seconds=1)
    assert site.open(right).status == 410


# -- complaints ----------------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_complaint_from_the_page_is_acknowledged_by_mail_and_told_to_who_answers(site: Visitors) -> None:
    page = site.open(her_page(site).link("Complain"))
    assert site.press(page, "Send the complaint", words=" ").status == 422
    done = site.press(page, "Send the complaint", words="Too many mails.")
    assert "You get an answer by 23 December 2026 at the latest." in done.text
    site.people.deliver()
    assert "Too many mails." in str([each.content for each in site.people.mailbox("complaints")])
    assert len(site.people.mailbox("ann")) == 3


@pytest.mark.more
def test_an_answer_to_the_operators_mail_about_a_complaint_goes_to_who_complained(site: Visitors) -> None:
    site.press(site.open(her_page(site).link("Complain")), "Send the complaint", words="Too many mails.")
    site.press(site.open("/complain"), "Send the complaint", words="Too many mails.", email="eve@example.org")
    site.people.deliver()
    told = [parsed(each) for each in site.people.mailbox("complaints")]
    assert [each["Reply-To"] for each in told] == ["ann@example.org", "eve@example.org"]
    assert "eve@example.org" in text_of(site.people.mailbox("complaints")[1])


@pytest.mark.more
def test_an_address_beyond_ascii_keeps_no_complaint_from_who_answers(site: Visitors) -> None:
    complained(site, "jörg@example.org")
    site.people.deliver()
    (told,) = site.people.mailbox("complaints")
    assert parsed(told)["Reply-To"] == "office@example.org"
    assert "jörg@example.org" in text_of(told)


def complained(site: Visitors, address: str) -> str:
    """What the page says to who complains without a link."""
    page = site.press(site.open("/complain"), "Send the complaint", words="Stop <it>.", email=address)
    assert page.heading == "Your complaint has come"
    return page.text


@pytest.mark.more
def test_who_complains_without_a_link_is_told_so_by_mail_the_same_whoever_they_are(site: Visitors) -> None:
    texts = {complained(site, f"{who}@example.org") for who in ("ann", "eve")}
    assert len(texts) == 1
    assert "A mail that says so is on its way to the address that you typed." in texts.pop()
    site.people.mail()
    mails = [site.people.mailbox(who)[-1] for who in ("ann", "eve")]
    assert {subject_of(each) for each in mails} == {"We have your complaint: Society of Officers"}
    assert text_of(mails[0]) == text_of(mails[1])
    assert "answers you by 23 December 2026 at the latest" in text_of(mails[0])
    assert all("Stop" not in text_of(each) and "http" not in text_of(each) for each in mails)
    with site.store.read() as connection:
        due = [each.due for each in reader_complaints.open_ones(connection)]
    told = text_of(site.people.mailbox("complaints")[0])
    assert "who has typed the address ann@example.org" in told
    assert told.count("ann@example.org") == 1
    assert max(due) == site.people.clock.now + timedelta(days=30), "status counts them"


@pytest.mark.more
def test_of_many_complaints_one_is_acknowledged_to_an_address_as_of_all_forms(site: Visitors) -> None:
    for _ in range(3):
        complained(site, "eve@example.org")
    site.press(site.open("/subscribe"), "Subscribe", email="eve@example.org")
    site.people.mail()
    assert len(site.people.mailbox("eve")) == 1
    assert len(site.people.mailbox("complaints")) == 3


@pytest.mark.more
def test_an_address_that_is_never_to_be_mailed_gets_no_acknowledgement(site: Visitors) -> None:
    suppress(site.people, "eve")
    assert "never to be mailed" in complained(site, "eve@example.org")
    site.people.mail()
    assert site.people.mailbox("eve") == []
    assert len(site.people.mailbox("complaints")) == 1


@pytest.mark.more
def test_who_gives_no_address_is_told_that_no_mail_comes(site: Visitors) -> None:
    page = site.open("/complain")
    assert site.press(page, "Send the complaint", words="Stop it.", email="nobody").status == 422
    longer = site.press(page, "Send the complaint", words="Stop it. " * 600)
    assert (longer.status, "Say it in 5000 characters at most." in longer.text) == (422, True)
    done = site.press(page, "Send the complaint", words="Stop it.", email=" ")
    assert "You gave no address: so no mail says that it has come" in done.text
    assert "at the latest" not in done.text
    site.people.mail()
    (told,) = site.people.mailbox("complaints")
    assert parsed(told)["Reply-To"] == "office@example.org"
    assert site.asked() == []
