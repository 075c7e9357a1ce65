"""What a reader does by the links in their mails, and what these links can't do."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.address_by_operator import change_address
from solacefeed.deeds.people.address_by_reader import ask_to_move, confirm_move, look_at_move
from solacefeed.deeds.people.choose import choose
from solacefeed.deeds.people.complaining import answered, complain
from solacefeed.deeds.people.confirming import confirm
from solacefeed.deeds.people.preferences import (
    Gone,
    HourPurpose,
    Preferences,
    Saved,
    WantedDigest,
    ask_for_hour,
    end_all,
    end_of,
    read_by_feed,
    read_by_mail,
    save,
    standing,
    undo,
    void_links,
)
from solacefeed.deeds.people.subscribe import end_by_number
from solacefeed.email_addresses import canonical
from solacefeed.errors import ConfigError, UsageError
from solacefeed.models.digests import Cadence, CadenceKind, Closing
from solacefeed.models.people import Actor, ReaderComplaint, Suppression, SuppressionReason
from solacefeed.models.people import SubscriptionState as State
from solacefeed.store import reader_complaints, schema, subscribers, subscription_changes, suppressions
from solacefeed.templating import templates
from tests.deeds.people_world import KEYS, People, address, parsed, text_of
from tests.support.builders import LONDON, MONDAY, a_digest, a_source_post
from tests.support.fakes import Killed

HOUR = timedelta(hours=1)


def saved(people: People, who: str, wanted: Preferences) -> Saved:
    number, generation = tokens.preferring(people.link(who, "preferences"), KEYS)
    return save(people.world.store, people.clock, people.settings, number, generation, wanted)


def a_reader(people: People, who: str = "ann") -> tuple[int, int]:
    """Number and generation of somebody who came by the form, and has their welcome."""
    done = people.come(who)
    people.deliver()
    return done.subscriber_id, done.generation


def wanted(**digests: WantedDigest | None) -> Preferences:
    return Preferences(name=None, language=None, digests=digests)


# -- choosing -----------------------------------------------------------------------------------------


def test_a_form_of_preferences_is_saved_whole_and_says_what_it_changed(people: People) -> None:
    daily = Cadence(kind=CadenceKind.DAILY, closings=(Closing(weekday=None, at=time(7)),))
    people.world.digest = replace(a_digest(), cadences=(*a_digest().cadences, daily))
    number, _ = a_reader(people)
    housing = people.category("housing")
    changes = saved(
        people,
        "ann",
        Preferences(
            name=" Ann  Carer ",
            language="cy",
            digests={"weekly": WantedDigest(category_ids=(housing,), cadence=CadenceKind.DAILY)},
        ),
    ).changes
    assert changes == (
        "Weekly digest brings you: Housing, every day.",
        "Weekly digest speaks the language that you have chosen.",
        "Your name is saved.",
    )
    there = people.subscription("ann")
    assert there is not None
    assert (there.category_ids, there.cadence, there.language) == ((housing,), CadenceKind.DAILY, "cy")
    assert (there.chosen_by, there.subscriber.name) == (Actor.READER, "Ann Carer")
    with people.world.store.read() as connection:
        last = subscription_changes.history(connection, number, "weekly")[-1]
    assert (last.actor, last.reason) == (Actor.READER, "on the page of what they get")


def test_saving_what_is_so_already_changes_nothing(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    a_reader(people)
    before = people.subscription("ann")
    assert saved(people, "ann", wanted(weekly=WantedDigest())) == Saved()
    assert people.subscription("ann") == before


def test_a_pause_begins_lasts_to_its_day_and_ends_by_the_form(people: People) -> None:
    a_reader(people)
    until = people.clock.now + timedelta(days=14)
    pause = wanted(weekly=WantedDigest(paused=True, until=until))
    assert saved(people, "ann", pause).changes == ("Weekly digest is paused until Monday 7 December 2026.",)
    assert people.state("ann") is State.PAUSED
    assert saved(people, "ann", pause) == Saved()
    assert saved(people, "ann", wanted(weekly=WantedDigest())).changes == ("Weekly digest comes to you again.",)
    assert people.state("ann") is State.CONFIRMED


@pytest.mark.parametrize(
    "unheard",
    [
        WantedDigest(category_ids=()),
        WantedDigest(cadence=CadenceKind.MONTHLY),
        WantedDigest(paused=True, until=MONDAY),
    ],
)
def test_what_can_t_be_wanted_changes_nothing_at_all(people_on_sqlite: People, unheard: WantedDigest) -> None:
    people = people_on_sqlite
    a_reader(people)
    with pytest.raises(UsageError):
        saved(people, "ann", Preferences(name="Ann", language="cy", digests={"weekly": unheard}))
    there = people.subscription("ann")
    assert there is not None
    assert (there.language, there.subscriber.name) == (None, None)


def test_a_link_begins_no_digest_but_asks_the_address(people: People) -> None:
    people.digests = (people.world.digest, a_digest(name="news"))
    a_reader(people)
    assert saved(people, "ann", wanted(news=WantedDigest())).asked == ("news",)
    assert people.state("ann", "news") is None
    people.mail()
    people.confirm("ann")
    assert people.state("ann", "news") is State.CONFIRMED


def test_who_ended_it_is_not_brought_back_by_their_own_link(people: People) -> None:
    number, _ = a_reader(people)
    end_by_number(people.world.store, people.clock, "weekly", number)
    assert saved(people, "ann", wanted(weekly=WantedDigest())).asked == ("weekly",)
    assert people.state("ann") is State.ENDED


# -- stopping -----------------------------------------------------------------------------------------


def undone(people: People, number: int) -> bool:
    """Whether the end that there is, is one no more."""
    end = end_of(people.world.store, "weekly", number)
    return end is not None and undo(people.world.store, people.clock, end)


def test_an_end_is_undone_within_the_hour_and_not_after(people: People) -> None:
    number, _ = a_reader(people)
    store, clock = people.world.store, people.clock
    assert end_all(store, clock, number) == ("weekly",)
    clock.now += timedelta(minutes=59)
    assert undone(people, number)
    there = people.subscription("ann")
    assert there is not None
    assert (there.state, there.changed_by) == (State.CONFIRMED, Actor.READER)
    assert not undone(people, number), "there is nothing to undo"
    end_by_number(store, clock, "weekly", number)
    clock.now += timedelta(minutes=61)
    assert not undone(people, number)
    assert people.state("ann") is State.ENDED


def test_no_end_is_undone_for_an_address_that_is_never_to_be_mailed(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number, _ = a_reader(people)
    end_by_number(people.world.store, people.clock, "weekly", number)
    with people.world.store.write() as connection:
        suppression = Suppression(
            canonical=canonical(address("ann")),
            reason=SuppressionReason.HARD,
            words=None,
            actor=Actor.SUPPRESSION,
            at=people.clock.now,
        )
        suppressions.add(connection, suppression)
    assert not undone(people, number)


# -- links --------------------------------------------------------------------------------------------


def test_void_links_open_nothing_and_unsubscribing_works_all_the_same(people: People) -> None:
    number, generation = a_reader(people)
    store, clock = people.world.store, people.clock
    assert standing(store, number, generation).masked == "a…@example.org"
    old = people.link("ann", "preferences")
    new = void_links(store, clock, people.settings, number, generation)
    with pytest.raises(Gone):
        standing(store, *tokens.preferring(old, KEYS))
    with pytest.raises(Gone):
        void_links(store, clock, people.settings, number, generation)
    people.deliver()
    assert tokens.preferring(people.link("ann", "preferences"), KEYS) == (number, new)
    assert people.subjects("ann")[-1] == "Your new link: Society of Officers"
    assert end_by_number(store, clock, "weekly", number)


def test_nobody_s_number_is_gone(people_on_sqlite: People) -> None:
    for number in (0, 7, 2**70):
        with pytest.raises(Gone):
            standing(people_on_sqlite.world.store, number, 0)


@pytest.mark.parametrize("purpose", list(HourPurpose))
def test_what_tells_or_moves_a_person_s_data_wants_a_letter_to_the_address(
    people_on_sqlite: People, purpose: HourPurpose
) -> None:
    people = people_on_sqlite
    number, generation = a_reader(people)
    for _ in range(2):
        ask_for_hour(people.world.store, people.clock, people.settings, number, generation, purpose)
    people.deliver()
    assert len(people.mailbox("ann")) == 3, "one letter an hour, however often it is asked for"
    token = people.link("ann", purpose.value)
    assert tokens.of_hour(purpose.value, token, KEYS, now=people.clock.now) == (number, generation)
    with pytest.raises(tokens.Expired):
        tokens.of_hour(purpose.value, token, KEYS, now=people.clock.now + HOUR + timedelta(seconds=1))
    assert "until 09:00" in text_of(people.mailbox("ann")[-1])


def test_whoever_holds_a_forwarded_mail_floods_nobody_with_links(people: People) -> None:
    number, generation = a_reader(people)
    for _ in range(8):
        for purpose in HourPurpose:
            ask_for_hour(people.world.store, people.clock, people.settings, number, generation, purpose)
        people.clock.now += HOUR
    purposes = tuple(f"{each} " for each in HourPurpose)
    assert len([each for each in people.letters() if (each.once or "").startswith(purposes)]) == 3
    new = void_links(people.world.store, people.clock, people.settings, number, generation)
    ask_for_hour(people.world.store, people.clock, people.settings, number, new, HourPurpose.ERASE)
    people.deliver()
    assert people.link("ann", "erase"), "and nobody is kept from their own by it"


def test_an_hour_between_two_letters_is_one_whenever_it_begins(people: People) -> None:
    number, generation = a_reader(people)

    def asked() -> int:
        ask_for_hour(people.world.store, people.clock, people.settings, number, generation, HourPurpose.ERASE)
        return len([each for each in people.letters() if (each.once or "").startswith("erase")])

    people.clock.now += timedelta(minutes=50)
    assert asked() == 1
    for minutes, letters in ((20, 1), (39, 1), (1, 2), (30, 2)):
        people.clock.now += timedelta(minutes=minutes)
        assert asked() == letters


# -- by feed instead ----------------------------------------------------------------------------------


def test_who_reads_by_feed_gets_no_mail_and_comes_back_with_the_same_choice(people: People) -> None:
    number, generation = a_reader(people)
    store, clock = people.world.store, people.clock
    saved(people, "ann", wanted(weekly=WantedDigest(category_ids=(people.category("housing"),))))
    before = people.subscription("ann")
    assert read_by_feed(store, clock, people.settings, number, generation)
    assert not read_by_feed(store, clock, people.settings, number, generation)
    assert standing(store, number, generation).reads_by_feed
    saved(people, "ann", wanted(weekly=WantedDigest(category_ids=None, paused=True)))
    assert standing(store, number, generation).reads_by_feed, "another choice does not end it"
    saved(people, "ann", wanted(weekly=WantedDigest(category_ids=(people.category("housing"),), paused=True)))
    assert read_by_mail(store, clock, number, generation)
    after = people.subscription("ann")
    assert before is not None
    assert after is not None
    assert (after.state, after.category_ids) == (State.CONFIRMED, before.category_ids)
    assert not read_by_mail(store, clock, number, generation)


def test_who_reads_by_feed_does_so_whatever_else_is_changed_of_it(people: People) -> None:
    number, generation = a_reader(people)
    store, clock, digest = people.world.store, people.clock, people.world.digest
    read_by_feed(store, clock, people.settings, number, generation)
    choose(store, clock, digest, LONDON, who=address("ann"), language="cy", reason="as they asked us")
    assert standing(store, number, generation).reads_by_feed
    end_by_number(store, clock, "weekly", number)
    assert undone(people, number)
    assert read_by_mail(store, clock, number, generation)
    assert people.state("ann") is State.CONFIRMED
    saved(people, "ann", wanted(weekly=WantedDigest(paused=True)))
    assert not standing(store, number, generation).reads_by_feed, "this pause is another"


# -- another address ----------------------------------------------------------------------------------


def moved_by(people: People, who: str) -> tuple[int, int]:
    return tokens.of_hour("moved", people.link(who, "moved"), KEYS, now=people.clock.now)


@pytest.mark.more
def test_an_address_is_changed_by_the_new_one_and_told_to_the_old_one(people: People) -> None:
    number, generation = a_reader(people)
    store, clock = people.world.store, people.clock
    with store.read() as connection:
        before = subscription_changes.history(connection, number, "weekly")
    ask_to_move(store, clock, people.settings, number, generation, "anna@example.org")
    people.deliver()
    assert people.subscription("ann") is not None, "nothing is moved by the asking"
    move_id, asked_by = moved_by(people, "anna")
    look = look_at_move(store, clock, move_id, asked_by)
    assert look is not None
    assert look.email == "anna@example.org"
    done = confirm_move(store, clock, people.settings, move_id, asked_by)
    assert done is not None
    assert (done.subscriber_id, done.generation, done.masked) == (number, 1, "a…a@example.org")
    assert confirm_move(store, clock, people.settings, move_id, asked_by) == done, "twice says the same"
    people.deliver()
    assert people.subjects("ann")[-1] == "Your address was changed: Society of Officers"
    receipt = text_of(people.mailbox("ann")[-1])
    assert ("anna@" in receipt, "goes to a…a@example.org from now on" in receipt) == (False, True), "told apart"
    assert standing(store, number, 1).masked == "a…a@example.org"
    moved = people.subscription("anna")
    assert moved is not None
    assert (moved.subscriber.id, moved.state) == (number, State.CONFIRMED)
    with store.read() as connection:
        assert subscription_changes.history(connection, number, "weekly") == before
    with pytest.raises(Gone):
        standing(store, number, generation)


def test_a_copy_that_waits_goes_to_the_new_address(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number, generation = a_reader(people)
    people.world.appear(a_source_post(published=people.clock.now + timedelta(days=1)))
    people.clock.now += timedelta(days=7)
    people.world.prepare()
    ask_to_move(people.world.store, people.clock, people.settings, number, generation, "anna@example.org")
    people.answer()
    (letter,) = [each for each in people.letters() if each.email == "anna@example.org"]
    assert letter.once == "move 1"
    confirm_move(people.world.store, people.clock, people.settings, 1, generation)
    assert people.world.copies().keys() == {"anna"}


@pytest.mark.more
def test_a_known_address_joins_nothing_and_learns_of_it_alone(people: People) -> None:
    number, generation = a_reader(people)
    a_reader(people, "ben")
    before = (people.subscription("ann"), people.subscription("ben"))
    ask_to_move(people.world.store, people.clock, people.settings, number, generation, "BEN@example.org")
    people.deliver()
    assert people.subjects("BEN@example.org") == ["Nothing was moved: Society of Officers"]
    assert (people.subscription("ann"), people.subscription("ben")) == before


def test_an_address_that_was_taken_meanwhile_is_not_moved_to(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number, generation = a_reader(people)
    ask_to_move(people.world.store, people.clock, people.settings, number, generation, "ben@example.org")
    people.deliver()
    move_id, asked_by = moved_by(people, "ben")
    with people.world.store.write() as connection:
        subscribers.enter(connection, email="ben@example.org", name=None, at=people.clock.now)
    assert confirm_move(people.world.store, people.clock, people.settings, move_id, asked_by) is None
    assert people.state("ann") is State.CONFIRMED


@pytest.mark.parametrize("spoilt", ["late", "void"])
def test_a_change_of_address_ends_with_its_hour_and_with_its_links(people_on_sqlite: People, spoilt: str) -> None:
    people = people_on_sqlite
    number, generation = a_reader(people)
    store, clock = people.world.store, people.clock
    ask_to_move(store, clock, people.settings, number, generation, "anna@example.org")
    if spoilt == "late":
        clock.now += HOUR + timedelta(seconds=1)
    else:
        void_links(store, clock, people.settings, number, generation)
    assert look_at_move(store, clock, 1, generation) is None
    assert confirm_move(store, clock, people.settings, 1, generation) is None


def test_moves_flood_no_stranger(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number, generation = a_reader(people)
    for _ in range(5):
        ask_to_move(people.world.store, people.clock, people.settings, number, generation, "victim@example.org")
    people.ask("victim")
    people.mail()
    assert len(people.mailbox("victim")) == 1


@pytest.mark.more
def test_who_has_moved_and_left_comes_back_by_the_form_on_the_same_day(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number, generation = a_reader(people)
    ask_to_move(people.world.store, people.clock, people.settings, number, generation, "anna@example.org")
    people.deliver()
    assert confirm_move(people.world.store, people.clock, people.settings, *moved_by(people, "anna"))
    end_all(people.world.store, people.clock, number)
    people.ask("anna")
    people.mail()
    assert people.subjects("anna")[-1].startswith("Please confirm")


def open_complaints(people: People) -> list[ReaderComplaint]:
    with people.world.store.read() as connection:
        return reader_complaints.open_ones(connection)


# -- complaints ---------------------------------------------------------------------------------------


def test_a_complaint_is_told_acknowledged_at_once_and_counted_to_its_day(people: People) -> None:
    number, _ = a_reader(people)
    store, clock = people.world.store, people.clock
    which = complain(store, clock, people.settings, number=number, digest="weekly", words="Too <b>many</b> mails")
    people.deliver()
    (told,) = people.mailbox("complaints")
    assert "ann@example.org wrote:" in text_of(told)
    assert "Too <b>many</b> mails" in text_of(told)
    assert str(parsed(told)["Subject"]) == f"[Complaint {which}] to be answered by 23 December 2026"
    assert people.subjects("ann")[-1] == "We have your complaint: Society of Officers"
    assert "many" not in text_of(people.mailbox("ann")[-1])
    (open_one,) = open_complaints(people)
    assert open_one.due == clock.now + timedelta(days=30)
    assert answered(store, clock, which)
    assert not answered(store, clock, which)
    assert open_complaints(people) == []


def test_a_complaint_without_a_link_is_told_and_a_flood_is_not_acknowledged(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number, _ = a_reader(people)
    store, clock = people.world.store, people.clock
    complain(store, clock, people.settings, number=None, digest="no such digest", words="Please stop. ben@example.org")
    for _ in range(5):
        complain(store, clock, people.settings, number=number, digest=None, words="again")
    people.deliver()
    assert len(people.mailbox("complaints")) == 6
    assert len([each for each in people.subjects("ann") if "complaint" in each]) == 3


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 10_001])
def test_a_complaint_says_something_and_not_too_much(people_on_sqlite: People, words: str) -> None:
    people = people_on_sqlite
    with pytest.raises(UsageError):
        complain(people.world.store, people.clock, people.settings, number=None, digest=None, words=words)


@pytest.mark.more
def test_moves_to_one_address_are_capped_as_sign_ups_are(people_on_sqlite: People) -> None:
    people = people_on_sqlite
    number, generation = a_reader(people)
    for _ in range(10):
        people.clock.now += timedelta(days=1, hours=1)
        ask_to_move(people.world.store, people.clock, people.settings, number, generation, "victim@example.org")
        people.deliver()
    people.ask("victim")
    people.mail()
    assert len(people.mailbox("victim")) == 3


def test_a_move_that_is_not_mailed_keeps_nobody_from_signing_up_and_is_not_kept(people: People) -> None:
    number, generation = a_reader(people)
    for each in range(8):
        ask_to_move(people.world.store, people.clock, people.settings, number, generation, f"v{each}@example.org")
    with people.world.store.read() as connection:
        assert len(connection.execute(schema.address_moves.select()).all()) == 3
    people.ask("v7")
    people.mail()
    assert people.subjects("v7")[0].startswith("Please confirm")


@pytest.mark.more
def test_readers_who_ask_at_once_to_move_to_one_address_cause_one_letter(people: People) -> None:
    readers, start = [a_reader(people, each) for each in ("ann", "ben", "cat", "dan")], Barrier(4)

    def ask(reader: tuple[int, int]) -> None:
        start.wait()
        ask_to_move(people.world.store, people.clock, people.settings, *reader, "victim@example.org")

    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(ask, readers))
    people.deliver()
    assert len(people.mailbox("victim")) == 1


# -- letters ------------------------------------------------------------------------------------------


def test_others_can_write_while_a_letter_is_written(people_on_sqlite: People, tmp_path: Path) -> None:
    people, store, clock = people_on_sqlite, people_on_sqlite.world.store, people_on_sqlite.clock
    template = tmp_path / "outbox" / "letter.txt"
    template.parent.mkdir()
    template.write_text("{{ seen(letter.heading) }}", encoding="utf-8")
    watched, headings = templates(tmp_path), list[str]()

    def seen(heading: str) -> str:
        """Fails where the store is locked."""
        with closing(sqlite3.connect(store.engine.url.database or "", timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        headings.append(heading)
        return heading

    people.ask("ann")
    people.mail()
    watched.globals["seen"] = seen
    settings = replace(people.settings, environment=watched)
    link = tokens.confirming(people.link("ann", "confirm"), KEYS, now=clock.now)
    done = confirm(store, clock, *link, settings)
    assert done is not None
    number = done.subscriber_id
    generation = void_links(store, clock, settings, number, done.generation)
    ask_for_hour(store, clock, settings, number, generation, HourPurpose.ERASE)
    ask_to_move(store, clock, settings, number, generation, "anna@example.org")
    assert confirm_move(store, clock, settings, 1, generation)
    change_address(store, clock, "anna@example.org", "anne@example.org", settings.key, settings)
    complain(store, clock, settings, number=number, digest=None, words="Stop it.")
    assert len(headings) == 8, headings


def test_a_complaint_is_kept_also_where_no_letter_about_it_can_be_made(people: People, tmp_path: Path) -> None:
    number, _ = a_reader(people)
    template = tmp_path / "outbox" / "letter.txt"
    template.parent.mkdir()
    template.write_text("{{ 1 // 0 }}", encoding="utf-8")
    broken = replace(people.settings, environment=templates(tmp_path))
    with pytest.raises(ConfigError):
        complain(people.world.store, people.clock, broken, number=number, digest=None, words="Stop it.")
    assert [each.words for each in open_complaints(people)] == ["Stop it."]


def test_a_complaint_is_kept_with_its_letters_or_not_at_all(people: People) -> None:
    number, _ = a_reader(people)

    def die(*_: object) -> str:
        raise Killed

    dying = replace(people.settings, name_letter=die)
    with pytest.raises(Killed):
        complain(people.world.store, people.clock, dying, number=number, digest=None, words="Stop it.")
    assert open_complaints(people) == []
    which = complain(people.world.store, people.clock, people.settings, number=number, digest=None, words="Stop it.")
    people.deliver()
    assert f"has the number {which}." in text_of(people.mailbox("ann")[-1])
    assert f"complaints answered {which}" in text_of(people.mailbox("complaints")[-1])
