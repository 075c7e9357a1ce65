"""The form, from its page and from the blog: who asks is asked back, and nobody learns who is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from solacefeed import tokens
from solacefeed.models.digests import Cadence, CadenceKind, Closing, Join
from solacefeed.models.people import SubscriptionState
from solacefeed.store import consents, feeds
from solacefeed.store.database import Store
from solacefeed.store.feeds import PublishedFeed
from solacefeed.web.challenge import Challenge
from solacefeed.web.snippet import Snippet, form_html, iframe_html
from solacefeed.web.wordings import snippet_wording
from tests.deeds.people_world import BASE, KEYS
from tests.deeds.test_sign_up import suppress
from tests.support.builders import MONDAY, MONDAYS_AT_SEVEN, a_digest, weekly
from tests.support.counting import what_is_asked
from tests.web.visitors import Shown, Visitors, visitors

DAILY = Cadence(kind=CadenceKind.DAILY, closings=(Closing(weekday=None, at=MONDAYS_AT_SEVEN.at),))
JOBS = replace(a_digest(name="jobs"), title="Jobs")
OFTEN = replace(a_digest(), cadences=(weekly(MONDAYS_AT_SEVEN), DAILY))


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Visitors:
    return visitors(sqlite_store, tmp_path)


def asks(site: Visitors, email: str, **filled: object) -> Shown:
    return site.press(site.open("/subscribe"), "Subscribe", {"email": email, **filled})


# -- from the form to the subscription ---------------------------------------------------------------------


def test_who_fills_in_the_form_confirms_by_a_press_and_is_told_what_comes_when(site: Visitors) -> None:
    housing = site.people.category("housing")
    sent = asks(site, "ann@example.org", name="Ann", scope="some", category=["housing"])
    assert (sent.status, sent.heading) == (200, "Look into your mailbox")
    site.people.mail()
    page = site.open(f"/confirm/{site.people.link('ann', 'confirm')}")
    assert "Weekly digest, every Monday: Housing" in page.text
    assert site.people.state("ann") is None
    done = site.press(page, "Yes, subscribe me")
    assert done.heading == "You are subscribed"
    assert "Weekly digest comes every Monday; the next one comes on Monday 30 November 2026." in done.text
    there = site.people.subscription("ann")
    assert there is not None
    assert (there.state, there.category_ids, there.subscriber.name) == (SubscriptionState.CONFIRMED, (housing,), "Ann")
    choosing = site.open(done.link("Choose more or fewer"))
    assert "a…@example.org" in choosing.text


def test_the_consent_that_is_kept_is_the_sentence_that_stood_beside_the_button(site: Visitors) -> None:
    page = site.open("/subscribe")
    asks(site, "ann@example.org")
    site.people.mail()
    site.press(site.open(f"/confirm/{site.people.link('ann', 'confirm')}"), "Yes, subscribe me")
    there = site.people.subscription("ann")
    assert there is not None
    with site.store.read() as connection:
        consent = consents.find(connection, there.consent_id or 0)
        agreed = consents.wording(connection, (consent and consent.wording_hash) or "")
    assert consent is not None
    assert agreed is not None
    assert agreed.text in page.text
    assert (consent.network, consent.source) == ("192.0.2.0/24", f"{BASE}/subscribe")


def test_a_second_press_of_the_confirmation_says_the_same(site: Visitors) -> None:
    asks(site, "ann@example.org")
    site.people.mail()
    page = site.open(f"/confirm/{site.people.link('ann', 'confirm')}")
    first = site.press(page, "Yes, subscribe me")
    again = site.press(page, "Yes, subscribe me")
    assert (again.heading, again.text) == (first.heading, first.text)
    assert site.open(page.url).heading == "You have confirmed it already"


def test_a_confirmation_after_seven_days_says_so_and_leads_back_to_the_form(site: Visitors) -> None:
    asks(site, "ann@example.org")
    site.people.mail()
    path = f"/confirm/{site.people.link('ann', 'confirm')}"
    site.people.clock.now += timedelta(days=8)
    over = site.open(path)
    assert (over.status, over.link("Back to the form")) == (410, f"{BASE}/subscribe")


def test_a_post_to_a_confirmation_without_its_page_begins_nothing(site: Visitors) -> None:
    asks(site, "ann@example.org")
    site.people.mail()
    path = f"/confirm/{site.people.link('ann', 'confirm')}"
    assert site.post(path).heading == "Please confirm your subscription"
    assert site.post(path, [("form", "made up")]).heading == "Please confirm your subscription"
    assert site.people.state("ann") is None


# -- the same for everybody ----------------------------------------------------------------------------------


@pytest.mark.more
def test_known_unknown_suppressed_and_ended_addresses_are_answered_by_the_same_bytes_and_statements(
    site: Visitors,
) -> None:
    site.people.come("known")
    site.people.come("gone")
    site.press(site.open(f"/unsubscribe/{tokens.for_unsubscribing('weekly', 2, KEYS)}"), "Unsubscribe")
    assert site.people.state("gone") is SubscriptionState.ENDED
    suppress(site.people, "refused")
    site.people.come("other")
    said: list[tuple[int, str, dict[str, str], list[str]]] = []
    for who in ("unknown", "known", "gone", "refused"):
        page = site.open("/subscribe")
        with what_is_asked(site.store) as asked:
            answer = site.press(page, "Subscribe", email=f"{who}@example.org").answer
        said.append((answer.status_code, answer.text, dict(answer.headers), asked))
    assert len(set(map(repr, said))) == 1
    assert "commit" in said[0][3]
    assert len(site.asked()) == 4


@pytest.mark.more
def test_asking_for_ones_link_is_answered_alike_too(site: Visitors) -> None:
    site.people.come("known")
    said: list[tuple[str, list[str]]] = []
    for who in ("known", "unknown"):
        page = site.open("/find")
        with what_is_asked(site.store) as asked:
            answer = site.press(page, "Mail me my link", email=f"{who}@example.org").answer
        said.append((answer.text, asked))
    assert said[0] == said[1]
    site.people.mail()
    assert len(site.people.mailbox("unknown")) == 0
    assert site.people.link("known", "preferences")


# -- what is to be mended --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "ann@example.org, ben@example.org",
        "ann@example.org\r\nBcc: ben@example.org",
        f"{'a' * 65}@example.org",
        "a@localhost",
        "a@LOCALHOST",
        "a@printer.local",
        "j\ufffdrg@example.org",
        "a\0b@example.org",
    ],
)
def test_what_is_no_one_address_is_told_beside_its_field_and_what_was_typed_is_kept(site: Visitors, email: str) -> None:
    answer = asks(site, email, name="Ann", scope="some", category=["scotland"])
    assert answer.status == 422
    field = answer.tree.get_element_by_id("email")
    told = answer.tree.get_element_by_id(field.get("aria-describedby")).text_content()
    assert "Type one whole email address" in told
    assert answer.link(told) == "#email"
    assert (field.get("aria-invalid"), answer.value("name"), answer.ticked("category")) == ("true", "Ann", ["scotland"])
    assert site.asked() == []


def test_a_mistyped_host_is_asked_about_once(site: Visitors) -> None:
    answer = asks(site, "ann@gmial.com")
    assert "Did you mean ann@gmail.com?" in answer.text
    assert site.asked() == []
    assert site.press(answer, "Subscribe").heading == "Look into your mailbox"
    assert [each.email for each in site.asked()] == ["ann@gmial.com"]


def test_only_what_is_ticked_with_nothing_ticked_is_asked_about_and_never_everything(site: Visitors) -> None:
    answer = asks(site, "ann@example.org", scope="some")
    assert (answer.status, "Tick at least one category" in answer.text) == (422, True)
    assert asks(site, "ann@example.org", scope="some", category=["nowhere"]).status == 422
    assert site.asked() == []


# -- who may send it ---------------------------------------------------------------------------------------------


def test_what_comes_without_a_page_of_ours_or_too_fast_or_too_late_is_shown_once_more_with_what_was_typed(
    site: Visitors,
) -> None:
    for shown in (
        site.press(site.open("/subscribe"), "Subscribe", after=timedelta(seconds=1), email="ann@example.org"),
        site.press(site.open("/subscribe"), "Subscribe", after=timedelta(days=2), email="ann@example.org"),
        site.press(site.open("/subscribe"), "Subscribe", email="ann@example.org", homepage="https://spam.example"),
    ):
        assert (shown.status, "press the button" in shown.text) == (200, True)
        assert shown.value("email") == "ann@example.org"
    blind = site.post("/subscribe", [("email", "ann@example.org"), ("digest", "weekly"), ("name", "Ann")])
    assert ("press the button" in blind.text, site.asked()) == (True, [])
    assert site.press(blind, "Subscribe").heading == "Look into your mailbox"
    assert [each.name for each in site.asked()] == ["Ann"]


def test_a_sentence_that_was_changed_meanwhile_is_read_before_it_is_agreed_to(site: Visitors) -> None:
    page = site.open("/subscribe")
    site.consent = "Mail me what I tick."
    shown = site.press(page, "Subscribe", email="ann@example.org")
    assert ("Mail me what I tick." in shown.text, site.asked()) == (True, [])


def test_more_forms_than_are_taken_in_an_hour_are_not(site: Visitors) -> None:
    site.most = 1
    assert asks(site, "ann@example.org").status == 200
    assert asks(site, "ben@example.org").status == 429
    assert len(site.asked()) == 1
    complaint = site.press(site.open("/complain"), "Send the complaint", words="Stop it.", email="eve@example.org")
    assert complaint.status == 200, "each form has its own"


def test_a_question_of_the_operators_is_to_be_answered(site: Visitors) -> None:
    site.challenge = Challenge(question="What do we look after?", answers=("councils", "local government"))
    wrong = asks(site, "ann@example.org", answer="Money")
    assert (wrong.status, "That is not the answer" in wrong.text, site.asked()) == (422, True, [])
    assert site.press(wrong, "Subscribe", answer=" Local government. ").heading == "Look into your mailbox"


# -- what is offered ------------------------------------------------------------------------------------------------


def test_one_digest_needs_no_chooser_and_several_are_ticked(sqlite_store: Store, tmp_path: Path) -> None:
    site = visitors(sqlite_store, tmp_path)
    assert site.open("/subscribe").ticked("digest") == []
    site.people.digests = (OFTEN, JOBS)
    page = site.open("/subscribe")
    assert page.ticked("digest") == ["weekly"]
    site.press(page, "Subscribe", {"cadence-weekly": "daily"}, email="ann@example.org", digest=["weekly", "jobs"])
    (asked,) = site.asked()
    assert [(each.digest, each.cadence) for each in asked.wishes] == [("weekly", CadenceKind.DAILY), ("jobs", None)]


def test_a_digest_that_is_not_for_everybody_is_neither_shown_nor_taken(sqlite_store: Store, tmp_path: Path) -> None:
    hidden = (replace(JOBS, public=False), replace(a_digest(name="list"), title="The list's", join=Join.LIST))
    site = visitors(sqlite_store, tmp_path, a_digest(), *hidden)
    page = site.open("/subscribe?digest=jobs&digest=list")
    assert "Jobs" not in page.text
    assert "The list's" not in page.text
    site.press(page, "Subscribe", email="ann@example.org", digest=["jobs", "list", "weekly"])
    assert [[wish.digest for wish in each.wishes] for each in site.asked()] == [["weekly"]]


def test_a_categorys_page_can_lead_to_the_form_with_its_own_ticked(site: Visitors) -> None:
    page = site.open("/subscribe?categories=housing,nowhere,scotland")
    assert (page.ticked("scope"), sorted(page.ticked("category"))) == (["some"], ["housing", "scotland"])
    assert site.open("/subscribe?categories=nowhere").ticked("scope") == ["all"]
    assert site.open("/?categories=housing").ticked("category") == ["housing"]


def test_the_first_page_shows_what_each_category_last_said_and_leads_to_its_form(site: Visitors) -> None:
    said = PublishedFeed(
        key=f"category/{site.people.category('housing')}",
        id="tag:example.org,2012:feed/housing",
        stem="category/housing",
        title="Housing - Officers' Blog",
        name="Housing",
        parent=None,
        depth=0,
        posts=1,
        newest=MONDAY,
        updated=MONDAY,
        latest=(("Who owns the damp?", "https://blog.example.org/damp"),),
    )
    with site.store.write() as connection:
        feeds.note(connection, [said])
    page = site.open("/")
    assert page.heading == "Follow Officers' Blog"
    assert page.button("Subscribe") is not None
    assert "Weekly digest Every Monday" in page.text
    assert "Housing Who owns the damp? 23 November 2026" in page.text
    assert page.link("By email: Housing") == f"{BASE}/subscribe?categories=housing"
    assert site.open(page.link("By email: Housing")).ticked("category") == ["housing"]
    assert page.link("In a feed reader: Housing").endswith("/category/housing/index.html")
    assert page.link("The same in your calendar").startswith("webcal:")


def test_a_page_speaks_the_language_that_its_address_asks_for_and_keeps_to_it(site: Visitors) -> None:
    site.languages = ("en-GB", "cy")
    page = site.open("/subscribe?lang=cy")
    assert page.tree.get("lang") == "cy"
    assert site.open("/subscribe?lang=tlh").tree.get("lang") == "en-GB"
    assert page.ticked("language") == ["cy"]
    site.press(page, page.tree.findtext(".//form//button"), email="ann@example.org")
    assert [each.language for each in site.asked()] == ["cy"]


# -- the snippet ----------------------------------------------------------------------------------------------------


def a_snippet(site: Visitors, **values: object) -> Snippet:
    made = Snippet(
        base_url=BASE,
        language="en-GB",
        says_language=False,
        digests=("weekly",),
        wording=snippet_wording(site.consent, site.front.site.organisation, [a_digest()], "en-GB"),
    )
    return replace(made, **values)  # type: ignore[arg-type]


def pasted(snippet: str) -> Shown:
    """The blog's page with the snippet in it."""
    return Shown(
        answer=httpx.Response(200, text=f"<html><body>{snippet}</body></html>"), url="https://blog.example.org/join"
    )


def test_a_form_pasted_into_the_blog_asks_at_once_without_a_page_of_ours(site: Visitors) -> None:
    page = pasted(form_html(a_snippet(site, categories=[("housing", "Housing")]), KEYS))
    sent = site.press(page, "Subscribe", email="ann@example.org", after=timedelta(days=400))
    assert sent.heading == "Look into your mailbox"
    assert [each.wishes[0].category_ids for each in site.asked()] == [(site.people.category("housing"),)]
    assert "set-cookie" not in sent.answer.headers


@pytest.mark.parametrize(
    ("consent", "said"),
    [
        (None, "By pressing the button you ask Society of Officers to mail you Weekly digest (every Monday)."),
        ("I want it.", "Weekly digest (every Monday), from Society of Officers. I want it."),
    ],
)
def test_a_pasted_form_says_who_mails_what_and_how_often_and_that_is_what_is_kept(
    site: Visitors, consent: str | None, said: str
) -> None:
    site.consent = consent
    page = pasted(form_html(a_snippet(site), KEYS))
    assert said in page.text
    site.press(page, "Subscribe", email="ann@example.org")
    (asked,) = site.asked()
    with site.store.read() as connection:
        agreed = consents.wording(connection, asked.wording_hash or "")
    assert agreed is not None
    assert agreed.text.startswith(said)
    assert agreed.text in page.text


def test_a_form_pasted_for_one_digest_is_no_consent_to_another(site: Visitors) -> None:
    token = pasted(form_html(a_snippet(site), KEYS)).value("form")
    site.people.digests = (a_digest(), replace(a_digest(name="jobs"), title="Jobs"))
    answer = site.post("/subscribe", [("form", token), ("digest", "jobs"), ("email", "ann@example.org")])
    assert "Please look once more" in answer.text
    assert site.asked() == []


def test_the_sentence_of_a_form_names_all_that_can_be_chosen_on_it(site: Visitors) -> None:
    site.people.digests = (a_digest(), replace(a_digest(name="jobs"), title="Jobs"))
    said = "to mail you what you have chosen of Weekly digest (every Monday) and Jobs (every Monday)."
    assert said in site.open("/subscribe").text


def test_a_pasted_form_has_no_script_no_style_and_nothing_that_a_strict_policy_forbids(site: Visitors) -> None:
    text = form_html(a_snippet(site, categories=[("housing", "Housing"), ("scotland", "Scotland")]), KEYS)
    assert re.search(r"<script|style|onclick|javascript|class=", text) is None
    assert text.count("<label") >= text.count('type="checkbox"') + 1


def test_a_pasted_form_with_an_older_sentence_shows_the_new_one_first(site: Visitors) -> None:
    page = pasted(form_html(a_snippet(site), KEYS))
    site.consent = "Mail me what I tick."
    shown = site.press(page, "Subscribe", email="ann@example.org")
    assert ("Mail me what I tick." in shown.text, site.asked()) == (True, [])
    assert site.press(shown, "Subscribe").heading == "Look into your mailbox"


def test_only_the_page_for_a_frame_may_be_framed_and_by_the_blog_alone(site: Visitors) -> None:
    src = re.findall(r'src="([^"]+)"', iframe_html(a_snippet(site)))[0].replace("&amp;", "&")
    framed = site.open(src)
    assert "frame-ancestors https://blog.example.org" in framed.answer.headers["content-security-policy"]
    sent = site.press(framed, "Subscribe", email="ann@example.org")
    assert sent.heading == "Look into your mailbox"
    assert "frame-ancestors https://blog.example.org" in sent.answer.headers["content-security-policy"]
    for path in ("/", "/subscribe", "/find", "/complain"):
        assert "frame-ancestors 'none'" in site.open(path).answer.headers["content-security-policy"]


# -- no page is a dead end -------------------------------------------------------------------------------------


def test_who_has_mistyped_their_address_is_led_back_to_the_form_that_they_sent(site: Visitors) -> None:
    sent = asks(site, "ann@exmaple.example")
    assert "A mail is on its way to the address that you typed" in sent.text
    assert sent.link("I mistyped my address") == f"{BASE}/subscribe"
    found = site.press(site.open("/find"), "Mail me my link", email="ann@example.org")
    assert "Nothing begins" not in found.text
    assert found.link("I mistyped my address") == f"{BASE}/find"
    framed = site.press(site.open("/subscribe?embed=1"), "Subscribe", email="ann@example.org")
    assert framed.link("I mistyped my address") == f"{BASE}/subscribe?embed=1"


@pytest.mark.parametrize("path", ["/", "/subscribe"])
def test_who_has_subscribed_already_is_led_to_where_their_link_is_mailed(site: Visitors, path: str) -> None:
    assert site.open(path).link("Mail me my link") == f"{BASE}/find"


def test_a_link_that_is_none_of_ours_and_an_unknown_page_lead_on(site: Visitors) -> None:
    assert site.open("/preferences/made-up").link("Mail me my link") == f"{BASE}/find"
    assert site.open("/preferences/made-up").link("To the form") == f"{BASE}/subscribe"
    assert site.open("/nowhere").link("Follow") == f"{BASE}/"


def test_who_has_ended_can_undo_it_on_that_page_alone_and_is_led_back_to_the_form_later(site: Visitors) -> None:
    done = site.people.come("ann")
    path = f"/unsubscribe/{tokens.for_unsubscribing('weekly', done.subscriber_id, KEYS)}"
    gone = site.press(site.open(path), "Unsubscribe")
    kept = site.press(gone, "Undo: keep it")
    assert (kept.heading, kept.link("Mail me my link")) == ("You keep it", f"{BASE}/find")
    assert site.people.state("ann") is SubscriptionState.CONFIRMED
    site.press(site.open(path), "Unsubscribe")
    late = site.open(path)
    assert (late.heading, "Undo" in late.text) == ("You are unsubscribed", False)
    assert late.link("Follow") == f"{BASE}/"


def test_who_moves_is_asked_for_the_new_address_and_a_used_link_promises_no_mail(site: Visitors) -> None:
    done = site.people.come("ann")
    until = site.people.clock.now + timedelta(hours=1)
    path = tokens.for_hour("move", done.subscriber_id, done.generation, KEYS, until=until)
    assert "Your new email address" in site.open(f"/move/{path}").text
    path = tokens.for_hour("erase", done.subscriber_id, done.generation, KEYS, until=until)
    gone = site.press(site.open(f"/erase/{path}"), "Erase all of it")
    assert gone.link("Follow") == f"{BASE}/"
    used = site.open(f"/erase/{path}")
    assert (used.status, "You can have a new one" in used.text) == (410, False)


def test_a_form_is_not_taken_into_a_file_that_is_gone(site: Visitors) -> None:
    page = site.open("/subscribe")
    assert site.store.file is not None
    site.store.file.rename(site.store.file.with_name("elsewhere.db"))
    told = site.press(page, "Subscribe", {"email": "ann@example.org"})
    assert (told.status, told.heading) == (503, "Something went wrong here")
