"""From a form to a subscription: one row, one letter or none, one POST."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.address_by_operator import change_address
from solacefeed.deeds.people.answer import AGAIN_AFTER
from solacefeed.deeds.people.answer_letters import answer_all
from solacefeed.deeds.people.choose import pause
from solacefeed.deeds.people.confirming import confirm, look_at
from solacefeed.deeds.people.list_rules import Listed
from solacefeed.deeds.people.preferences import void_links
from solacefeed.deeds.people.sign_up import ask, joinable
from solacefeed.deeds.people.subscriber_list import hold_to_list
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest, Join
from solacefeed.models.letters import OutboxKind
from solacefeed.models.people import Actor, Basis, How, Suppression, SuppressionReason
from solacefeed.models.people import SubscriptionState as State
from solacefeed.models.posts import CategoryId
from solacefeed.models.sign_ups import NewSignUp, SignUpKind, SignUpState, Wish
from solacefeed.store import consents, fingerprints, outbox, sign_ups, suppressions
from solacefeed.templating import templates
from tests.deeds.people_world import A_WORDING, BASE, KEYS, People, address, parsed, text_of
from tests.deeds.syncing import member, synced
from tests.support.builders import LONDON, a_digest
from tests.support.counting import transactions_that_write


def suppress(people: People, who: str) -> None:
    with people.world.store.write() as connection:
        suppression = Suppression(
            canonical=canonical(address(who)),
            reason=SuppressionReason.COMPLAINT,
            words=None,
            actor=Actor.SUPPRESSION,
            at=people.clock.now,
        )
        suppressions.add(connection, suppression)


# -- the way in ---------------------------------------------------------------------------------------


@pytest.mark.more
def test_somebody_who_asks_is_asked_back_and_subscribes_by_their_own_post(people: People) -> None:
    number = people.ask("ann", Wish(digest="weekly", category_ids=(people.category("housing"),)), name="Ann Carer")
    assert people.state("ann") is None, "nothing stands before the confirmation"
    people.mail()
    assert people.subjects("ann") == ["Please confirm: Weekly digest"]
    assert people.state("ann") is None
    done = people.confirm("ann")
    assert done is not None
    assert (done.digests, done.new) == (("weekly",), True)
    there = people.subscription("ann")
    assert there is not None
    assert there.state is State.CONFIRMED
    assert there.category_ids == (people.category("housing"),)
    assert (there.entered_by, there.subscriber.name) == (Actor.READER, "Ann Carer")
    assert people.sign_up(number).state is SignUpState.CONFIRMED
    people.deliver()
    assert people.subjects("ann") == ["Please confirm: Weekly digest", "Welcome: Weekly digest"]


def test_the_consent_of_a_form_can_be_shown_with_its_wording_and_its_time(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    done = people.come("ann")
    with people.world.store.read() as connection:
        (kept,) = consents.of_one(connection, done.subscriber_id)
        wording = consents.wording(connection, kept.wording_hash or "")
    assert (kept.basis, kept.how, kept.claimed) == (Basis.CONSENT, How.FORM, False)
    assert (kept.at, kept.source, kept.network) == (people.clock.now, f"{BASE}/subscribe", "192.0.2.0/24")
    assert wording == A_WORDING


def test_the_letter_that_asks_holds_nothing_that_a_visitor_typed(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    typed = "BuyGold evil.example.com"
    people.ask("buygold.evil.example.com@example.org", name=typed)
    people.mail()
    (message,) = people.mailbox("buygold.evil.example.com@example.org")
    # Its address is the envelope's and the To line's alone.
    head, _, body = message.content.partition(b"\r\n\r\n")
    assert b"uyGold" not in message.content
    assert b"buygold" not in body
    assert re.findall(rb"^(\S+): .*buygold", head, re.MULTILINE) == [b"To"]


@pytest.mark.more
def test_no_token_is_kept_with_a_letter_that_waits(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("ann")
    people.answer()
    (letter,) = people.letters()
    with people.world.store.read() as connection:
        words = outbox.words(connection, [letter.id])[letter.id]
    people.deliver()
    token = people.link("ann", "confirm")
    assert token not in words.text
    assert token not in words.html
    assert KEYS[0] not in words.text
    assert "@@confirm." in words.text, "it is signed as it leaves"


def test_a_letter_offered_again_has_the_same_bytes(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("ann")
    people.mail()
    with people.world.store.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'pending'")
    people.clock.now += timedelta(hours=1)
    people.deliver()
    first, again = people.mailbox("ann")
    assert first.content == again.content


@pytest.mark.more
def test_confirming_twice_says_the_same_and_welcomes_once(people: People) -> None:
    first = people.come("ann")
    again = people.confirm("ann")
    assert again is not None
    assert (again.digests, again.new) == (first.digests, False)
    people.deliver()
    assert people.subjects("ann").count("Welcome: Weekly digest") == 1


def test_who_left_since_does_not_come_back_by_an_old_confirmation(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    done = people.come("ann")
    people.world.leave("ann")
    again = people.confirm("ann")
    assert again is not None
    assert again.digests == ()
    assert people.state("ann") is State.ENDED
    assert done.digests == ("weekly",)


@pytest.mark.more
def test_who_ended_it_comes_back_by_the_form_and_its_confirmation(people: People) -> None:
    people.come("ann")
    people.world.leave("ann")
    people.clock.now += timedelta(days=2)
    people.come("ann")
    assert people.state("ann") is State.CONFIRMED


@pytest.mark.more
def test_the_welcome_can_be_left_by_one_click_and_the_question_can_not(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.come("ann")
    people.deliver()
    question, welcome = map(parsed, people.mailbox("ann"))
    assert question["List-Unsubscribe"] is None
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = str(welcome["List-Unsubscribe"]).partition("/unsubscribe/")[2].partition(">")[0]
    assert tokens.unsubscribing(token, KEYS)[0] == "weekly"
    # RFC 3834 section 5: no answer to another mail, so it is no "auto-replied".
    assert {question["Auto-Submitted"], welcome["Auto-Submitted"]} == {"auto-generated"}


@pytest.mark.more
def test_the_welcome_leads_to_ones_choice_and_to_ones_feed(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    done = people.come("ann")
    people.deliver()
    assert tokens.preferring(people.link("ann", "preferences"), KEYS) == (done.subscriber_id, 0)
    assert tokens.feeding(people.link("ann", "my"), KEYS) == (done.subscriber_id, 0)
    assert "The next one comes on Monday 30 November 2026." in text_of(people.mailbox("ann")[-1])


@pytest.mark.more
def test_a_config_can_leave_the_welcome_out(people_on_sqlite: People) -> None:
    people_on_sqlite.welcome = False
    people_on_sqlite.come("ann")
    assert [each.kind for each in people_on_sqlite.letters()] == [OutboxKind.CONFIRMATION]


def test_whoever_delivers_is_woken_when_a_welcome_waits(people_on_sqlite: People) -> None:
    people_on_sqlite.come("ann")
    assert people_on_sqlite.woken


# -- what is known already ----------------------------------------------------------------------------


@pytest.mark.more
def test_who_has_it_already_is_led_to_their_own_choice(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.come("ann")
    people.clock.now += timedelta(days=2)
    people.ask("ann")
    people.mail()
    assert people.subjects("ann")[-1] == "What you get from Society of Officers"
    assert "You have asked for Weekly digest, and it comes to you already." in text_of(people.mailbox("ann")[-1])


@pytest.mark.more
@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("gone_from", ["the database", "the config's list"])
def test_whom_a_list_has_brought_is_asked_and_by_their_word_no_list_ends_it(
    people: People, gone_from: str, paused: bool
) -> None:
    world = people.world

    def listed(*who: str) -> None:
        if gone_from == "the database":
            synced(world, *(member("7", each) for each in who), believe=True)
        else:
            lines = [Listed(email=address(each), name=None, categories=None) for each in who]
            hold_to_list(world.store, world.clock, lines, world.digest, LONDON, people.settings.key)

    listed("ann")
    if paused:
        pause(world.store, world.clock, world.digest, LONDON, who=address("ann"), until=None)
    done = people.come("ann", Wish(digest="weekly", category_ids=(people.category("housing"),)))
    assert done.digests == ("weekly",)
    theirs = people.subscription("ann")
    assert theirs is not None
    assert (theirs.state, theirs.entered_by, theirs.chosen_by) == (State.CONFIRMED, Actor.READER, Actor.READER)
    assert theirs.category_ids == (people.category("housing"),)
    with world.store.read() as connection:
        consent = consents.find(connection, theirs.consent_id or 0)
    assert consent is not None
    assert (consent.how, consent.claimed) == (How.FORM, False)
    assert "Welcome: Weekly digest" not in people.subjects("ann"), "it came to them before"
    listed()
    assert people.subscription("ann") == theirs
    people.clock.now += timedelta(days=2)
    people.ask("ann")
    people.mail()
    assert people.subjects("ann")[-1] == "What you get from Society of Officers"


@pytest.mark.more
def test_who_has_one_and_asks_for_another_is_asked_about_that_alone(people: People) -> None:
    people.digests = (people.world.digest, a_digest(name="news"))
    people.come("ann")
    people.clock.now += timedelta(days=2)
    done = people.come("ann", Wish(digest="weekly"), Wish(digest="news"))
    assert (done.digests, done.new) == (("weekly", "news"), True)
    assert people.state("ann", "news") is State.CONFIRMED


@pytest.mark.more
def test_a_link_goes_to_who_is_known_and_to_nobody_else(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.come("ann")
    people.clock.now += timedelta(days=2)
    people.find("ann")
    stranger = people.find("ben")
    people.mail()
    assert people.subjects("ann")[-1] == "What you get from Society of Officers"
    assert people.mailbox("ben") == []
    assert people.sign_up(stranger).reason == "no subscriber has this address"


def test_a_suppressed_address_gets_nothing_whatever_is_asked(people: People) -> None:
    people.come("ann")
    people.deliver()
    suppress(people, "ann")
    before = len(people.mailbox("ann"))
    people.clock.now += timedelta(days=2)
    asked = [people.ask("ann"), people.find("ann")]
    people.mail()
    assert len(people.mailbox("ann")) == before
    assert {people.sign_up(each).reason for each in asked} == {"the address is never to be mailed"}


def test_who_was_suppressed_before_the_click_is_not_subscribed_by_it(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("ann")
    people.mail()
    suppress(people, "ann")
    assert people.confirm("ann") is None
    assert people.state("ann") is None


def test_who_was_erased_comes_back_by_their_own_form_and_is_known_as_erased_no_more(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    fingerprint = people.settings.key.fingerprint(address("ann"))
    with people.world.store.write() as connection:
        fingerprints.add(connection, fingerprint, at=people.clock.now)
    people.come("ann")
    with people.world.store.read() as connection:
        assert not fingerprints.there(connection, [fingerprint])
    assert people.state("ann") is State.CONFIRMED


# -- what can be had ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "staff", [replace(a_digest(name="staff"), join=Join.LIST), replace(a_digest(name="staff"), public=False), None]
)
def test_what_no_form_offers_is_not_had_by_any_post(people_on_sqlite: People, staff: Digest | None) -> None:
    people = people_on_sqlite
    weekly = people.world.digest
    people.digests = (weekly, *([staff] if staff else []))
    assert joinable(people.digests) == (weekly,)
    number = people.ask("ann", Wish(digest="staff"))
    people.mail()
    assert people.mailbox("ann") == []
    assert people.sign_up(number).reason == "nothing of it can be had by a form"


@pytest.mark.more
def test_a_digest_that_was_closed_since_is_not_begun_by_the_click(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.ask("ann")
    people.mail()
    people.digests = (replace(people.world.digest, join=Join.LIST),)
    assert people.confirm("ann") is None
    assert people.state("ann") is None


@pytest.mark.more
def test_a_category_that_is_gone_never_makes_a_wish_one_for_everything(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    housing, gone = people.category("housing"), CategoryId("c-that-is-gone")
    people.ask("ann", Wish(digest="weekly", category_ids=(housing, gone)))
    alone = people.ask("ben", Wish(digest="weekly", category_ids=(gone,)))
    people.mail()
    people.confirm("ann")
    there = people.subscription("ann")
    assert there is not None
    assert there.category_ids == (housing,)
    assert people.mailbox("ben") == []
    assert people.sign_up(alone).state is SignUpState.DROPPED


def test_a_cadence_that_the_digest_has_not_is_its_first(people_on_sqlite: People) -> None:
    people_on_sqlite.come("ann", Wish(digest="weekly", cadence=CadenceKind.DAILY))
    there = people_on_sqlite.subscription("ann")
    assert there is not None
    assert there.cadence is None


@pytest.mark.parametrize(
    "typed", ["", "ann", "ann@example.org, ben@example.org", "a@b@c", "ann@example.org\nBcc: x@y.z"]
)
def test_what_is_no_address_is_refused(people_on_sqlite: People, typed: str) -> None:
    people = people_on_sqlite
    new = NewSignUp(kind=SignUpKind.SUBSCRIBE, email=typed, wishes=(Wish(digest="weekly"),))
    with pytest.raises(UsageError):
        ask(people.world.store, people.clock, people.settings.key, new, None)


# -- the time ends ------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_click_after_seven_days_begins_nothing(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number = people.ask("ann")
    people.mail()
    asked = people.sign_up(number)
    people.clock.now += timedelta(days=7, seconds=1)
    with pytest.raises(tokens.Expired):
        people.confirm("ann")
    assert look_at(people.world.store, people.clock, number, asked.nonce, people.settings) is None
    assert confirm(people.world.store, people.clock, number, asked.nonce, people.settings) is None


def test_another_nonce_confirms_nothing(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number = people.ask("ann")
    people.mail()
    assert confirm(people.world.store, people.clock, number, "another", people.settings) is None


@pytest.mark.more
def test_what_nobody_confirms_in_seven_days_leaves_no_address_and_no_row_after_thirty(people: People) -> None:
    number = people.ask("ann", name="Ann")
    people.mail()
    people.clock.now += timedelta(days=7, minutes=1)
    assert people.answer().expired == 1
    kept = people.sign_up(number)
    assert (kept.state, kept.email, kept.name, kept.wishes) == (SignUpState.EXPIRED, None, None, ())
    assert people.letters() == [], "the letter had the address too"
    people.clock.now += timedelta(days=23)
    people.answer()
    with people.world.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sign_ups").scalar() == 0


@pytest.mark.more
def test_the_network_of_a_consent_is_kept_thirty_days(people: People) -> None:
    done = people.come("ann")
    people.clock.now += timedelta(days=30, minutes=1)
    people.answer()
    with people.world.store.read() as connection:
        (kept,) = consents.of_one(connection, done.subscriber_id)
    assert kept.network is None
    assert kept.wording_hash


@pytest.mark.more
def test_a_look_with_nothing_due_writes_its_heartbeat_and_nothing_else(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    people.come("ann")
    people.answer()
    people.clock.now += timedelta(minutes=1)
    with transactions_that_write(people.world.store) as written:
        assert not people.answer().has_news()
    assert written.count == 1


# -- an old letter's link -----------------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.parametrize("since", ["void", "moved"])
def test_an_old_confirmation_leads_to_no_links_of_a_later_generation(people: People, since: str) -> None:
    done, store = people.come("ann"), people.world.store
    link = tokens.confirming(people.link("ann", "confirm"), KEYS, now=people.clock.now)
    assert confirm(store, people.clock, *link, people.settings) == replace(done, new=False)
    if since == "void":
        void_links(store, people.clock, people.settings, done.subscriber_id, done.generation)
    else:
        change_address(store, people.clock, address("ann"), "anna@example.org", people.settings.key, people.settings)
    assert look_at(store, people.clock, *link, people.settings) is None
    assert confirm(store, people.clock, *link, people.settings) is None


# -- a letter that can't be made ----------------------------------------------------------------------


def test_a_sign_up_whose_letter_can_t_be_made_stops_nobody_and_is_answered_when_it_can(
    people: People, tmp_path: Path
) -> None:
    people.digests = (people.world.digest, a_digest(name="news"))
    two = people.ask("ann", Wish(digest="weekly"), Wish(digest="news"))
    one = people.ask("ben")
    template = tmp_path / "outbox" / "letter.txt"
    template.parent.mkdir()
    # Of a letter with two items it makes nothing.
    template.write_text("{{ 1 // (letter['items'] | length - 2) }}", encoding="utf-8")
    store, clock, broken = people.world.store, people.clock, replace(people.settings, environment=templates(tmp_path))
    assert answer_all(store, clock, broken) == (1, 0)
    assert people.sign_up(one).state is SignUpState.ANSWERED
    aside = people.sign_up(two)
    assert aside.state is SignUpState.ASIDE
    assert "division" in (aside.reason or "")
    with store.read() as connection:
        assert sign_ups.aside(connection) == (1, aside.reason)
    assert people.answer().letters == 0, "not at each look"
    clock.now += AGAIN_AFTER + timedelta(seconds=1)
    assert people.answer().letters == 1
    assert people.sign_up(two).state is SignUpState.ANSWERED


def test_what_is_set_aside_for_seven_days_leaves_no_address_and_no_reason(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number = people.ask("ann")
    with people.world.store.write() as connection:
        assert sign_ups.set_aside(connection, number, reason="ann@example.org can't be", at=people.clock.now)
        assert not sign_ups.set_aside(connection, number, reason="again", at=people.clock.now)
    people.clock.now += timedelta(days=7, minutes=1)
    assert people.answer().expired == 1
    gone = people.sign_up(number)
    assert (gone.state, gone.email, gone.reason) == (SignUpState.EXPIRED, None, None)
