"""The desk: looking changes nothing, one browser acts by a link, and what is approved is what was seen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from solacefeed.deeds.editions.desk_links import give
from solacefeed.models.canaries import CanaryRules
from solacefeed.models.deliveries import Mark
from solacefeed.models.desk import ActKind
from solacefeed.models.editions import Editing, EditionState
from solacefeed.store import outbox
from solacefeed.store.database import open_store
from tests.deeds.event_world import EventWorld, a_blurb
from tests.deeds.world import World
from tests.store.rows import LEASE
from tests.support.builders import a_source_post
from tests.support.counting import transactions_that_write
from tests.web.desk_world import BASE, JANE, SAM, SUNDAY, THIS, WEDNESDAY, Browser, DeskWorld


@pytest.fixture(scope="module")
def drafted_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a desk at which nobody has sat yet, to be copied."""
    path = tmp_path_factory.mktemp("drafted") / "solacefeed.db"
    shutil.copy(migrated_file, path)
    store = open_store(f"sqlite:///{path}")
    DeskWorld(World(store))
    store.close()
    return path


@pytest.fixture
def desk(drafted_file: Path, tmp_path: Path) -> Iterator[DeskWorld]:
    store = open_store(f"sqlite:///{shutil.copy(drafted_file, tmp_path / 'solacefeed.db')}")
    yield DeskWorld(World(store, crawled=False), drafted=True)
    store.close()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# -- looking ------------------------------------------------------------------------------------------


def test_looking_by_any_address_and_method_of_the_desk_changes_nothing(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.look()
    with transactions_that_write(desk.world.store) as written:
        for more in ("", "/mail", "/text", "?do=approve"):
            for method in ("GET", "HEAD"):
                assert browser.client.request(method, browser.path + more).status_code == 200
    assert written.count == 0
    assert desk.edition().state is EditionState.DRAFT


def test_the_page_shows_the_draft_and_counts_beside_last_times(desk: DeskWorld) -> None:
    page = desk.browser().look()
    said = words(page.text)
    assert "It leaves when you approve it, and not before Monday 30 November 2026, 07:00." in said
    assert "Readers 2 Posts 3 Events 0" in said
    assert re.findall(r'value="up (\d)"', page.text) == ["2", "1"]
    assert "<script" not in page.text


def test_nobody_keeps_indexes_or_frames_the_page_and_the_mail_is_framed_by_it_alone(desk: DeskWorld) -> None:
    browser = desk.browser()
    page, mail = browser.look(), browser.look("/mail")
    for answer in (page, mail):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "script-src" not in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in mail.headers["content-security-policy"]
    assert "sandbox allow-popups" in mail.headers["content-security-policy"]
    assert "The quiet budget" in mail.text
    assert "The quiet budget" in browser.look("/text").text


@pytest.mark.parametrize("path", ["/desk/nonsense", "/desk/MToxNzk0ODEzMDAw.forged", "/desk/nonsense/mail"])
def test_a_forged_link_leads_nowhere(desk: DeskWorld, path: str) -> None:
    assert desk.client().get(path).status_code == 404


def test_a_link_says_no_address_and_ends_with_its_editors_place_in_the_config(desk: DeskWorld) -> None:
    link = desk.link()
    assert "jane" not in link
    desk.editors = (SAM,)
    assert desk.browser(path=link).look().status_code == 404


def test_a_link_outlives_a_new_key_and_no_other_store_takes_it(desk: DeskWorld) -> None:
    link = desk.link()
    desk.keys = ("another secret", *desk.keys)
    assert desk.browser(path=link).look().status_code == 200
    desk.keys = ("another secret",)
    assert desk.browser(path=link).look().status_code == 404


# -- who acts -----------------------------------------------------------------------------------------


def test_a_link_acts_in_the_browser_that_first_posted_with_it_and_others_read(desk: DeskWorld) -> None:
    first, second = desk.browser(), desk.browser()
    second.look()
    assert first.press("hold", reason="a typo").status_code == 200
    refused = second.press("release")
    assert refused.status_code == 403
    page = second.look()
    assert "You are reading along." in page.text
    assert "<form" not in page.text
    assert "The quiet budget" in page.text
    assert desk.edition().state is EditionState.HELD
    assert first.press("release").status_code == 200


def test_a_page_that_was_open_in_two_browsers_acts_in_one(desk: DeskWorld) -> None:
    first, second = desk.browser(), desk.browser()
    theirs = second.look().text
    first.press("hold")
    assert second.press("release", page=theirs).status_code == 403
    assert desk.edition().state is EditionState.HELD


def test_a_button_that_is_pressed_twice_at_once_is_pressed_by_one_browser(desk: DeskWorld) -> None:
    browser = desk.browser()
    page = browser.look().text
    assert browser.press("drop 1", page=page).status_code == 200
    assert browser.press("drop 1", page=page).status_code == 200
    assert [act.kind for act in desk.acts()] == [ActKind.DROPPED]


def test_the_cookie_is_for_that_page_alone_and_no_script_and_no_other_site_sends_it(desk: DeskWorld) -> None:
    browser = desk.browser()
    cookie = browser.look().headers["set-cookie"]
    assert f"Path={browser.path};" in cookie
    for said in ("HttpOnly", "SameSite=lax", "Secure"):
        assert said in cookie
    browser.press("hold")
    assert cookie.partition("=")[2].partition(";")[0] not in "".join(map(str, rows(desk)))


def rows(desk: DeskWorld) -> list[object]:
    with desk.world.store.read() as connection:
        return list(connection.exec_driver_sql("SELECT * FROM desk_links").all())


@pytest.mark.parametrize("spoilt", [{"form": ""}, {"form": "forged"}])
def test_another_sites_form_does_nothing_and_claims_nothing(desk: DeskWorld, spoilt: dict[str, str]) -> None:
    browser = desk.browser()
    assert browser.press("approve", **spoilt).status_code == 403
    assert desk.edition().state is EditionState.DRAFT
    assert desk.browser().press("hold").status_code == 200


def test_a_browser_without_cookies_is_told_so(desk: DeskWorld) -> None:
    browser = desk.browser()
    page = browser.look().text
    browser.client.cookies.clear()
    answer = browser.press("approve", page=page)
    assert (answer.status_code, "keeps no cookies" in answer.text) == (403, True)


def test_where_a_post_leads_is_on_the_same_page_whatever_host_is_asked(desk: DeskWorld) -> None:
    browser = desk.browser()
    page = browser.look().text
    answer = browser.client.post(
        browser.path,
        data={"form": browser.hidden("form", page), "do": "hold"},
        headers={"Host": "evil.example.net"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert re.fullmatch(r"[\w.-]+\?done=\d+#top", answer.headers["location"])


# -- approving ----------------------------------------------------------------------------------------


def test_an_editor_approves_with_one_press_and_it_is_written_down_who(desk: DeskWorld) -> None:
    answer = desk.browser().press("approve")
    assert "Done: approved it." in answer.text
    assert desk.edition().state is EditionState.APPROVED
    assert [(act.kind, act.editor, act.at) for act in desk.acts()] == [(ActKind.APPROVED, JANE, SUNDAY)]
    assert "jane@… approved it" in words(answer.text)


def test_who_may_approve_reads_beside_the_button_that_it_settles_the_readers_too(desk: DeskWorld) -> None:
    settles = "Approving settles its words and its readers: who subscribes after that gets the next one."
    browser = desk.browser()
    assert settles in words(browser.look().text)
    browser.press("approve")
    said = words(browser.look().text)
    assert settles not in said
    assert "as it reads now. Who subscribes from now on gets the next one." in said


def test_what_changed_since_it_was_seen_is_not_approved_but_shown(desk: DeskWorld) -> None:
    browser = desk.browser()
    page = browser.look().text
    desk.world.appear(a_source_post(id="4", title="A late one", published=SUNDAY - (SUNDAY - WEDNESDAY) / 2))
    desk.world.vanish("2")
    answer = browser.press("approve", page=page)
    assert answer.status_code == 409
    said = words(answer.text)
    assert "It was not approved: it has changed since you looked." in said
    assert "It has another post: ‘A late one’." in said
    assert "A post is gone: ‘Islands’." in said
    assert desk.edition().state is EditionState.DRAFT
    assert desk.acts() == []
    # What is shown now can be approved.
    assert "Done: approved it." in browser.press("approve", page=answer.text).text


@pytest.mark.parametrize("seen", ["", "nonsense", "bm9uc2Vuc2U="])
def test_who_names_nothing_that_was_seen_approves_nothing(desk: DeskWorld, seen: str) -> None:
    assert desk.browser().press("approve", seen=seen).status_code == 409
    assert desk.edition().state is EditionState.DRAFT


def test_what_was_approved_is_what_goes(desk: DeskWorld) -> None:
    desk.browser().press("approve")
    desk.looked()
    assert (desk.edition().state, desk.edition().counts is not None) == (EditionState.PREPARING, True)


@pytest.mark.more
def test_what_reads_otherwise_by_its_freezing_is_a_draft_again(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("approve")
    changed = a_source_post(id="2", title="Islands and ferries", published=WEDNESDAY, modified=SUNDAY)
    desk.world.appear(changed)
    desk.looked()
    assert (desk.edition().state, desk.edition().counts) == (EditionState.DRAFT, None)
    said = words(browser.look().text)
    assert "Why: it reads otherwise than it was approved." in said
    assert "undone by solacefeed" in said
    browser.press("approve")
    desk.looked()
    assert desk.edition().counts is not None


# -- changing -----------------------------------------------------------------------------------------


def shown(desk: DeskWorld) -> list[str]:
    """The titles of the posts of the mail, as its text has them."""
    text = desk.browser(SAM).look("/text").text
    titles = ("The quiet budget", "Islands", "Empty desks")
    body = text[text.index("<pre>") :]
    return sorted((each for each in titles if each in body), key=body.index)


@pytest.mark.more
def test_posts_are_put_in_order_by_buttons_alone(desk: DeskWorld) -> None:
    browser = desk.browser()
    assert shown(desk) == ["Empty desks", "Islands", "The quiet budget"]
    browser.press("up 1")
    assert shown(desk) == ["Empty desks", "The quiet budget", "Islands"]
    browser.press("lead 2")
    assert shown(desk) == ["Islands", "Empty desks", "The quiet budget"]
    browser.press("by-date")
    assert shown(desk) == ["Empty desks", "Islands", "The quiet budget"]


def test_a_post_that_is_left_out_can_be_taken_in_again_or_undone(desk: DeskWorld) -> None:
    browser = desk.browser()
    assert "Done: left out ‘Islands’." in browser.press("drop 2").text
    assert shown(desk) == ["Empty desks", "The quiet budget"]
    browser.press("keep 2")
    assert len(shown(desk)) == 3
    browser.press("drop 1")
    answer = browser.press(f"undo {desk.acts()[0].id}")
    assert "Undone: left out ‘The quiet budget’." in answer.text
    assert len(shown(desk)) == 3


FILLED = {"opening": "A short week.", "subject": "", "notices": "We moved.\r\n\r\nOur number did not."}


def test_the_editors_words_stand_in_the_mail_and_one_press_is_one_act_that_names_all_it_changed(
    desk: DeskWorld,
) -> None:
    browser = desk.browser()
    answer = browser.press("words", **FILLED)
    assert "Done: changed the opening line and the notices." in answer.text
    mail = browser.look("/mail").text
    assert "A short week." in mail
    assert "Our number did not." in mail
    assert [act.kind for act in desk.acts()] == [ActKind.EDITED]
    assert "Done: changed the subject." in browser.press("words", **FILLED | {"subject": "Desks"}).text
    browser.press(f"undo {desk.acts()[0].id}")
    browser.press(f"undo {desk.acts()[1].id}")
    assert desk.edition().editing == Editing()


def test_who_presses_without_changing_anything_is_told_so_and_not_what_was_done_before(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("hold", reason="a typo")
    browser.press("release")
    answer = browser.press("words", opening="", subject="", notices="")
    bar = answer.text.partition('role="status"')[2]
    assert "All was so already; nothing has changed." in bar
    assert "Undo" not in bar
    assert [act.kind for act in desk.acts()] == [ActKind.RELEASED, ActKind.HELD]


def test_a_press_that_meets_a_freezing_keeps_none_of_its_words(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("approve")
    desk.looked()
    before = desk.edition().editing
    assert browser.press("words", **FILLED).status_code == 409
    assert desk.edition().editing == before


def test_a_word_of_an_editor_is_never_markup(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("words", opening="<script>alert(1)</script>")
    browser.press("hold", reason="<script>alert(2)</script>")
    assert "<script" not in browser.look().text
    assert "<script" not in browser.look("/mail").text


def test_nothing_is_changed_of_an_edition_that_is_frozen_but_it_can_be_held(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("approve")
    desk.looked()
    assert browser.press("drop 1").status_code == 409
    assert browser.press(f"undo {desk.acts()[0].id}").status_code == 409
    assert browser.press("hold", reason="wait").status_code == 200
    assert desk.edition().state is EditionState.HELD


def test_the_page_of_an_edition_that_is_frozen_names_what_goes_and_offers_no_change(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("drop 2")
    browser.press("lead 1")
    browser.press("approve")
    desk.looked()
    desk.world.appear(
        a_source_post(id="3", title="Filled desks", published=WEDNESDAY + timedelta(hours=3), modified=SUNDAY)
    )
    page = browser.look().text
    section = page[page.index('<section id="posts"') :].partition("</section>")[0]
    goes, _, left_out = words(section).partition("Left out")
    assert re.findall(r"The quiet budget|Islands|\w+ desks", goes) == ["The quiet budget", "Empty desks"]
    assert "Islands" in left_out
    assert "<button" not in section


def test_the_page_of_an_edition_that_is_frozen_counts_the_posts_that_go(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("approve")
    desk.looked()

    def posts() -> str:
        return words(browser.look().text.partition('<dl class="counts">')[2].partition("</dl>")[0])

    assert "Posts 3" in posts()
    desk.world.vanish("2")
    assert "Posts 2" in posts()


def test_what_is_done_is_shown_and_acts_no_more(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("hold", reason="wait")
    with desk.world.store.write() as connection:
        connection.exec_driver_sql("UPDATE editions SET state = 'done', counts = '{\"readers\": 2}'")
    page = browser.look()
    assert page.status_code == 200
    assert "Nothing more can be done of it here." in page.text
    assert browser.press("release").status_code == 409


def test_the_page_of_an_edition_that_is_frozen_tells_how_its_copies_stand(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("approve")
    assert "copies" not in words(browser.look().text.partition("<nav")[0])
    desk.looked()
    with desk.world.store.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'cancelled' WHERE email LIKE 'ben%'")
    assert "1 copy waiting, 1 copy cancelled" in words(browser.look().text)


def test_a_test_goes_to_the_editor_who_asks(desk: DeskWorld) -> None:
    desk.browser(SAM).press("test")
    assert [(letter.kind, letter.email) for letter in desk.letters()] == [("test", SAM)]
    assert desk.acts()[0].kind is ActKind.TESTED


def test_a_test_is_taken_back_while_it_waits_and_no_other_test_with_it(desk: DeskWorld) -> None:
    browser = desk.browser()
    assert "A test is on its way to your address." in browser.press("test").text
    browser.press("test")
    assert "The test was taken back before it left." in browser.press(f"undo {desk.acts()[1].id}").text
    assert sorted(letter.state for letter in desk.letters()) == ["cancelled", "pending"]


@pytest.mark.more
def test_a_test_that_has_left_is_not_offered_to_be_taken_back_and_never_said_to_be(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("test")
    with desk.world.store.write() as connection:
        (letter,) = outbox.claim(connection, lease=LEASE, limit=1, at=SUNDAY)
        outbox.mark_all(connection, [Mark(id=letter.id, claim=letter.claims)], worker=LEASE.worker, at=SUNDAY)
    number = desk.acts()[0].id
    shown = browser.look(f"?done={number}").text
    assert "The test has left for your address." in shown
    assert f"undo {number}" not in shown
    late = browser.press(f"undo {number}")
    assert (late.status_code, "The test has left already" in late.text) == (409, True)
    assert desk.acts()[0].undone_at is None


def test_a_test_that_a_trial_keeps_back_is_said_to_be_so(desk: DeskWorld) -> None:
    desk.world.only_to = (SAM,)
    answer = desk.browser().press("test")
    assert (answer.status_code, "this site mails to a few addresses alone" in answer.text) == (409, True)


@pytest.mark.more
def test_a_notice_is_a_draft_of_its_own_in_the_same_browser(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("drop 1")
    answer = browser.press("notice", subject="The office is closed", notice="From Monday on.", **{"for": "housing"})
    assert answer.status_code == 200
    assert "Done: began this notice." in answer.text
    assert str(answer.url).removeprefix("https://news.example.org").partition("?")[0] != browser.path
    theirs = replace(browser, path=str(answer.url.copy_with(query=None, fragment=None)))
    assert "It leaves when you approve it." in answer.text
    assert "Left out" not in answer.text
    assert 'class="notice"' not in theirs.look("/mail").text
    assert "Done: approved it." in theirs.press("approve").text
    made = next(each for each in desk.world.editions() if "notice" in each.id)
    assert (made.state, made.editing.audience) == (EditionState.APPROVED, ("1",))


@pytest.mark.parametrize("filled", [{"subject": "", "notice": "From Monday on."}, {"subject": "Closed", "notice": " "}])
def test_a_notice_without_a_subject_or_words_is_none(desk: DeskWorld, filled: dict[str, str]) -> None:
    assert desk.browser().press("notice", **filled).status_code == 409
    assert [each.id for each in desk.world.editions() if "notice" in each.id] == []


# -- events and corrections ---------------------------------------------------------------------------


@pytest.fixture
def summit(desk: DeskWorld) -> DeskWorld:
    """A post tells of a summit."""
    telling = EventWorld(desk.world)
    telling.post("9", a_blurb("Join us at the Officers' Summit in Leeds on 13-15th April 2027."), published=WEDNESDAY)
    desk.part().refresh()
    return desk


def the_event(desk: DeskWorld) -> str:
    (event,) = desk.known()
    return event.id


def test_an_event_is_dismissed_and_undone(summit: DeskWorld) -> None:
    browser, event = summit.browser(), the_event(summit)
    assert "Officers' Summit" in words(browser.look("/mail").text)
    browser.press(f"dismiss {event}")
    assert summit.known()[0].dismissed
    assert "Officers' Summit" not in words(browser.look("/mail").text)
    browser.press(f"undo {summit.acts()[0].id}")
    assert not summit.known()[0].dismissed
    assert "Officers' Summit" in words(browser.look("/mail").text)


def test_an_event_is_mended_where_its_form_says_otherwise(summit: DeskWorld) -> None:
    browser, event = summit.browser(), the_event(summit)
    before = summit.known()[0]
    filled = {"name": before.name, "place": "York", "url": before.url or "", "first": "2027-04-14", "last": ""}
    browser.press(f"mend {event}", **filled, begins="10:00", ends="16:30")
    after = summit.known()[0]
    assert (after.name, after.place) == (before.name, "York")
    assert str(after.starts) == "2027-04-14 10:00:00+01:00"
    (act,) = summit.acts()
    assert act.kind is ActKind.MENDED
    browser.press(f"undo {act.id}")
    assert (summit.known()[0].place, summit.known()[0].starts) == (before.place, before.starts)


@pytest.mark.parametrize(
    ("filled", "why"),
    [
        ({"first": "2027-04-15", "last": "2027-04-13"}, "end before it begins"),
        ({"first": "2027-04-13", "begins": "10:00"}, "or no times at all"),
        ({"first": "the 13th"}, "no day, or no time"),
        ({"first": "2027-04-13", "begins": "10:00+01:00", "ends": "16:30"}, "no day, or no time"),
        ({"first": "0001-01-01", "begins": "00:00", "ends": "01:00"}, "no day, or no time"),
        ({"first": "9999-12-31", "begins": "23:00", "ends": "23:59"}, "no day, or no time"),
        ({"url": "javascript:alert(1)"}, "begins with https://"),
    ],
)
def test_what_can_not_be_of_an_event_is_said_and_not_kept(summit: DeskWorld, filled: dict[str, str], why: str) -> None:
    answer = summit.browser().press(f"mend {the_event(summit)}", **filled)
    assert (answer.status_code, why in answer.text) == (409, True)
    assert summit.acts() == []
    assert summit.browser().look().status_code == 200


@pytest.mark.parametrize("number", ["abc", "²", "٣", "-1", "9" * 5000])
def test_a_number_that_is_none_is_of_no_act(desk: DeskWorld, number: str) -> None:
    browser = desk.browser()
    assert browser.press(f"undo {number}").status_code == 409
    assert browser.client.get(browser.path, params={"done": number}).status_code == 200


def the_key(page: str) -> str:
    return str(re.findall(r'value="tell (\w+)"', page)[0])


@pytest.fixture
def corrected(desk: DeskWorld) -> tuple[DeskWorld, Browser]:
    """A week later there is another draft, and a post that was mailed is called otherwise."""
    desk.browser().press("approve")
    desk.looked()
    desk.world.clock.forward(days=1)
    desk.looked()
    desk.world.deliver()
    desk.world.clock.forward(days=6)
    now = desk.world.clock.now
    desk.world.appear(a_source_post(id="5", title="A week later", published=now - timedelta(days=3)))
    desk.world.appear(a_source_post(id="1", title="The loud budget", published=WEDNESDAY, modified=now))
    desk.looked()
    (coming,) = [each.id for each in desk.world.editions() if each.state is EditionState.DRAFT]
    return desk, desk.browser(path=give(desk.world.store, desk.door, coming, JANE, at=now).removeprefix(BASE))


@pytest.mark.more
def test_a_correction_is_told_or_not_and_undone(corrected: tuple[DeskWorld, Browser]) -> None:
    _, browser = corrected
    page = browser.look().text
    assert "‘The quiet budget’ is called ‘The loud budget’ now" in page
    assert "it waits for your word" in page
    told = browser.press(f"tell {the_key(page)}").text
    assert "Readers are told." in told
    number = re.findall(r'value="undo (\d+)"', told)[-1]
    assert "it waits for your word" in browser.press(f"undo {number}").text


@pytest.mark.more
def test_an_editor_says_what_was_wrong_with_a_post_that_was_mailed(corrected: tuple[DeskWorld, Browser]) -> None:
    _, browser = corrected
    assert browser.press("say", post="2", correction="").status_code == 409
    written = browser.press("say", post="2", correction="The second table was wrong.").text
    assert "Islands: The second table was wrong." in written


@pytest.mark.more
def test_an_approval_names_what_readers_are_told_of_earlier_posts(corrected: tuple[DeskWorld, Browser]) -> None:
    desk, browser = corrected
    page = browser.look().text
    browser.press(f"tell {the_key(page)}")
    answer = browser.press("approve", page=page)
    assert "What readers are told of earlier posts is something else." in answer.text
    assert not [each for each in desk.world.editions() if each.state is EditionState.APPROVED]


def test_the_page_that_says_that_an_edition_was_approved_has_a_button_that_takes_it_back(desk: DeskWorld) -> None:
    browser = desk.browser()
    answer = browser.press("approve").text
    bar = answer.partition('role="status"')[2]
    assert "approved it" in bar
    assert f'value="undo {desk.acts()[0].id}"' in bar
    assert "Approve or hold" not in answer


def test_the_page_of_a_draft_in_which_nothing_is_says_what_becomes_of_it(desk: DeskWorld) -> None:
    said = "There is no post in it for anybody: as it is, it goes to nobody."
    browser = desk.browser()
    assert said not in browser.look().text
    desk.world.vanish("1", "2", "3", "4")
    assert said in browser.look().text


# -- the door -----------------------------------------------------------------------------------------


def test_the_door_says_the_same_whoever_asks_and_does_the_same(desk: DeskWorld) -> None:
    def asked(email: str) -> tuple[int, str, int]:
        with transactions_that_write(desk.world.store) as written:
            answer = desk.ask_at_door(email)
        return answer.status_code, re.sub(r'value="[^"]+"', "", answer.text), written.count

    assert asked(JANE) == asked("nobody@example.org") == asked("") == asked("not an address")
    assert desk.letters() == []
    assert desk.woken == [True] * 4


@pytest.mark.parametrize("token", ["", "forged"])
def test_another_sites_form_asks_for_nothing_at_the_door(desk: DeskWorld, token: str) -> None:
    assert desk.client().post("/desk", data={"form": token, "email": JANE}).status_code == 403
    assert desk.woken == []


def test_a_network_that_asks_too_often_at_the_door_is_refused(desk: DeskWorld) -> None:
    desk.most = 1
    assert [desk.ask_at_door(JANE).status_code for _ in range(2)] == [200, 429]
    assert desk.woken == [True]


def test_the_page_of_an_edition_says_nothing_of_who_its_editors_are(desk: DeskWorld) -> None:
    desk.browser().press("hold")
    assert "@example.org" not in re.sub(r"you@example\.org|web@example\.org", "", desk.browser(SAM).look().text)


def test_an_editor_reads_on_the_page_by_which_name_the_prompt_knows_the_edition(desk: DeskWorld) -> None:
    assert f"{THIS} · by the link of" in desk.browser().look().text


@pytest.mark.more
def test_the_page_of_an_edition_whose_canary_is_out_says_what_the_rest_waits_for(desk: DeskWorld) -> None:
    browser = desk.browser()
    browser.press("approve")
    desk.looked()
    world, rules = desk.world, CanaryRules(share=0.5, above=1)
    world.canary, world.clock.now = rules, world.clock.now + timedelta(days=1)
    desk.looked()
    world.stop = lambda: True
    world.deliver()
    assert "A part of its copies goes first" in words(browser.look().text)
    world.stop = lambda: False
    world.deliver()
    assert "A part of its copies has gone; the rest follows where that went well, 12:45." in words(browser.look().text)
