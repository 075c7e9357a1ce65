"""Links to the desk: in each draft's mail the editor's own; asked for at the door; claimed by one browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Thread

import pytest

from solacefeed.deeds.editions import desk_acts
from solacefeed.deeds.editions.desk_links import (
    MOST_ASKS,
    MOST_LETTERS,
    MOST_LETTERS_WITHIN,
    ONE_IN,
    DeskDoor,
    NoDesk,
    addresses_in_drafts,
    answer_asks,
    ask,
    claim,
    come,
    fresh_cookie,
    give,
    is_over,
)
from solacefeed.deeds.editions.editors import send_draft
from solacefeed.deeds.editions.undoing import undo
from solacefeed.deeds.people.erasing import Erasing, erase_address
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.digest.messages import letter_id
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import LONGEST_SENDING
from solacefeed.models.desk import ActKind
from solacefeed.models.editions import EditionState
from solacefeed.models.letters import Letter
from solacefeed.store import desk, editions, outbox
from solacefeed.traces import ERASED
from solacefeed.web.desk_words import who_words
from tests.deeds.world import ENVELOPE, World, environment
from tests.digest.test_drafts import TALLY, a_draft
from tests.store.rows import an_edition
from tests.support.builders import MONDAY

JANE, SAM = "jane@example.org", "sam@example.org"
DOOR = DeskDoor(base_url="https://news.example.org", keys=("a secret",), editors=(JANE, SAM))
NAME = partial(letter_id, sender=ENVELOPE.sender)
THIS = "weekly/2026-11-24"


@pytest.fixture
def drafted(world: World) -> World:
    with world.store.write() as connection:
        editions.add(connection, an_edition(name=THIS, ends=MONDAY + timedelta(days=1), state=EditionState.DRAFT))
    return world


def letters(world: World) -> list[Letter]:
    """Newest first."""
    with world.store.read() as connection:
        return outbox.listing(connection, limit=100)


def said(world: World, letter: Letter) -> str:
    with world.store.read() as connection:
        return outbox.words(connection, [letter.id])[letter.id].text


def links_in(text: str) -> list[str]:
    return re.findall(r"https://news\.example\.org/desk/\S+", text)


def token(address: str) -> str:
    return address.rpartition("/")[2]


def test_the_mails_about_a_draft_bear_one_link_each_editor_their_own(drafted: World) -> None:
    pages = partial(addresses_in_drafts, drafted.store, DOOR, THIS, at=MONDAY)

    def told(number: int) -> None:
        draft = a_draft(posts=a_draft().posts[:number])
        send_draft(
            drafted.store,
            draft,
            lambda: TALLY,
            (JANE, SAM),
            at=MONDAY,
            name=NAME,
            environment=environment(),
            desk=pages,
        )

    told(2)
    told(1)
    found = [(each.email, links_in(said(drafted, each))) for each in letters(drafted)]
    own = pages((JANE, SAM))
    assert found == [(email, [own[email]]) for email in (SAM, JANE, SAM, JANE)]
    assert "solacefeed editions approve" not in said(drafted, letters(drafted)[0])


def test_an_editor_who_is_erased_has_no_link_any_more_and_what_they_did_is_nobodys(
    drafted: World, tmp_path: Path
) -> None:
    janes, sams = (give(drafted.store, DOOR, THIS, each, at=MONDAY) for each in (JANE, SAM))
    desk_acts.hold(drafted.store, drafted.clock, THIS, reason=f"{JANE} is away", by=SAM)
    desk_acts.approve(drafted.store, drafted.clock, THIS, by="Jane@Example.org", seen=None)
    undo(drafted.store, drafted.clock, THIS, 2, by=JANE)
    erasing = Erasing(key=FingerprintKey(path=tmp_path / "key"), rehearsals=tmp_path / "mail")
    erase_address(drafted.store, drafted.clock, erasing, JANE)
    with pytest.raises(NoDesk, match="leads to no desk any more"):
        come(drafted.store, DOOR, token(janes), None, MONDAY)
    assert come(drafted.store, DOOR, token(sams), None, MONDAY).link.editor == SAM
    with drafted.store.read() as connection:
        told = [(each.kind, each.editor, each.undone_by) for each in desk.acts(connection, THIS)]
    assert told == [(ActKind.APPROVED, ERASED, ERASED), (ActKind.HELD, SAM, None)]
    # It is as it was written down, so that it can be taken back still.
    undo(drafted.store, drafted.clock, THIS, 1, by=SAM)
    assert who_words(ERASED, "en-GB") == "somebody who was erased"


def test_of_two_browsers_that_act_at_once_one_claims_the_link(drafted: World) -> None:
    address = give(drafted.store, DOOR, THIS, JANE, at=MONDAY)
    link = come(drafted.store, DOOR, token(address), None, MONDAY).link
    start, cookies, won = Barrier(4), [fresh_cookie() for _ in range(4)], []

    def act(cookie: str) -> None:
        start.wait()
        if claim(drafted.store, link, cookie, MONDAY):
            won.append(cookie)

    threads = [Thread(target=act, args=(cookie,)) for cookie in cookies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    may = [come(drafted.store, DOOR, token(address), cookie, MONDAY).may_act for cookie in cookies]
    assert may == [cookie in won for cookie in cookies]


def test_a_fresh_link_voids_no_older_one_and_is_for_editors_alone(drafted: World) -> None:
    first, second = (give(drafted.store, DOOR, THIS, JANE, at=MONDAY) for _ in range(2))
    assert first != second
    for address in (first, second):
        assert come(drafted.store, DOOR, token(address), None, MONDAY).link.editor == JANE
    with pytest.raises(UsageError, match="is no editor"):
        give(drafted.store, DOOR, THIS, "ann@example.org", at=MONDAY)
    with pytest.raises(UsageError, match="there is no edition"):
        give(drafted.store, DOOR, "weekly/2026-01-01", JANE, at=MONDAY)


def answered(world: World) -> int:
    return answer_asks(world.store, DOOR, title="Officers' Blog", at=world.clock.now, name=NAME)


def test_who_asks_at_the_door_is_mailed_a_link_if_they_are_an_editor(drafted: World) -> None:
    for email in ("Jane@example.org", "mallory@example.org", "", "x" * 300):
        ask(drafted.store, email, at=MONDAY)
    assert answered(drafted) == 1
    (letter,) = letters(drafted)
    assert (letter.email, letter.subject) == (JANE, "[Desk] Officers' Blog")
    (address,) = links_in(said(drafted, letter))
    assert come(drafted.store, DOOR, token(address), None, MONDAY).edition.id == THIS
    assert answered(drafted) == 0


def test_an_editor_gets_one_letter_in_ten_minutes_however_often_somebody_asks(drafted: World) -> None:
    # Whenever they begin, also just before the clock's next ten.
    drafted.clock.forward(minutes=8)
    for _ in range(9):
        ask(drafted.store, JANE, at=drafted.clock.now)
        answered(drafted)
        drafted.clock.forward(minutes=1)
    assert len(letters(drafted)) == 1
    drafted.clock.forward(minutes=1)
    ask(drafted.store, JANE, at=drafted.clock.now)
    assert answered(drafted) == 1


def test_no_stranger_floods_an_editor_whose_earlier_links_hold(drafted: World) -> None:
    for _ in range(12):
        ask(drafted.store, JANE, at=drafted.clock.now)
        answered(drafted)
        drafted.clock.now += ONE_IN
    assert len(letters(drafted)) == MOST_LETTERS
    (first,) = links_in(said(drafted, letters(drafted)[-1]))
    assert come(drafted.store, DOOR, token(first), None, drafted.clock.now).may_act
    drafted.clock.now += MOST_LETTERS_WITHIN
    ask(drafted.store, JANE, at=drafted.clock.now)
    assert answered(drafted) == 1


def test_who_asks_while_nothing_waits_is_told_so(world: World) -> None:
    ask(world.store, JANE, at=MONDAY)
    answered(world)
    assert "No edition waits for you just now." in said(world, letters(world)[0])


def test_those_who_ask_fill_no_store(drafted: World) -> None:
    with drafted.store.write() as connection:
        for _ in range(MOST_ASKS):
            desk.ask(connection, "mallory@example.org", at=MONDAY)
    assert not ask(drafted.store, "mallory@example.org", at=MONDAY)
    answered(drafted)
    assert ask(drafted.store, "mallory@example.org", at=MONDAY)


@pytest.mark.parametrize("state", list(EditionState))
def test_a_link_ends_with_its_edition(state: EditionState) -> None:
    edition = an_edition(state=state, ends=MONDAY)
    gone = {EditionState.DONE, EditionState.SKIPPED, EditionState.CANCELLED}
    assert is_over(edition, MONDAY) is (state in gone)
    assert is_over(edition, MONDAY + LONGEST_SENDING + timedelta(hours=1))


def test_a_link_of_another_store_with_the_same_key_is_none(drafted: World) -> None:
    address = give(drafted.store, DOOR, THIS, JANE, at=MONDAY)
    with drafted.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM desk_links")
    again = give(drafted.store, DOOR, THIS, SAM, at=MONDAY + timedelta(minutes=1))
    assert token(address) != token(again)
    with pytest.raises(UsageError):
        come(drafted.store, DOOR, token(address), None, MONDAY)
    assert come(drafted.store, replace(DOOR, editors=(SAM,)), token(again), None, MONDAY).link.editor == SAM
