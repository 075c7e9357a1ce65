"""What the operator decides of editions: a cancelled one leaves its id and its posts; rejected copies go again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.deeds.editions import cancelling
from solacefeed.deeds.editions.decisions import CHUNK, cancel_within
from solacefeed.deeds.editions.prepare import make
from solacefeed.delivery.retries import WAIT_IN_DOUBT
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import Editing, Edition, EditionState
from solacefeed.models.events import Event
from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.store import deliveries, editions, schema, suppressions
from tests.deeds.test_publish import Publisher
from tests.deeds.world import World
from tests.store.rows import an_edition, others_alike
from tests.support.builders import MONDAY, WEDNESDAY, WEEK, a_source_post
from tests.support.fakes import Act, Killed

HOUSES = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
ISLANDS = a_source_post(id="2", title="Islands", category_numbers=("3",), published=WEDNESDAY + timedelta(hours=1))
LATER = a_source_post(id="3", title="A later thought", published=MONDAY + timedelta(days=2))


@pytest.fixture
def prepared(world: World) -> World:
    """An edition with two posts: ann and ben get one of them each, cat both."""
    world.join("ann", categories=("housing",))
    world.join("ben", categories=("scotland",))
    world.join("cat")
    world.appear(HOUSES, ISLANDS)
    world.prepare()
    return world


def covered(world: World, edition_id: str) -> list[str]:
    with world.store.read() as connection:
        return editions.covered_posts(connection, edition_id)


def subjects(world: World, name: str) -> list[bytes]:
    """Which of the three posts stand in the mails that a reader has."""
    mails = b"".join(mail.content for mail in world.relay.mailbox if mail.recipient.startswith(name))
    return [title for title in (b"The quiet budget", b"Islands", b"A later thought") if title in mails]


def a_week_later(world: World) -> Edition:
    world.clock.now = MONDAY + WEEK
    world.appear(LATER)
    world.prepare()
    return world.editions()[-1]


# -- cancel -------------------------------------------------------------------------------------------


def test_of_a_cancelled_edition_nobody_gets_a_copy(prepared: World) -> None:
    cancelled = prepared.cancel()
    assert cancelled.line() == (
        "editions: weekly/2026-11-23 cancelled; 3 copies not sent; its closing mails nobody any more, 2 posts stand "
        "in the next one"
    )
    assert prepared.deliver().line() == "deliver: 0 accepted"
    assert set(prepared.states().values()) == {"cancelled"}
    assert prepared.copies()["ann"].answer == "the edition was cancelled"
    assert prepared.the_edition().reason == "cancelled 2026-11-23 08:00 UTC"


def test_a_cancelled_edition_is_made_anew_by_no_look_and_mails_nobody_who_has_none(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    prepared.cancel()
    for _ in range(3):
        prepared.clock.forward(hours=1)
        prepared.prepare()
        prepared.deliver()
    assert (prepared.got(), [each.state for each in prepared.editions()]) == (["ann"], [EditionState.CANCELLED])


def test_it_says_so_where_it_was_asked_to_be_made_anew(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    assert prepared.cancel(make_anew=True).line() == (
        "editions: weekly/2026-11-23 cancelled; 2 copies not sent, 1 had gone; while its closing may be answered, the "
        "next prepare makes it anew for who has none"
    )


def test_one_that_was_cancelled_may_be_made_anew_after_all(prepared: World) -> None:
    prepared.cancel()
    prepared.cancel(make_anew=True)
    prepared.prepare()
    prepared.deliver()
    assert sorted(prepared.got()) == ["ann", "ben", "cat"]


def test_who_missed_a_cancelled_edition_gets_its_posts_with_the_next_closing_and_nobody_twice(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    prepared.cancel()
    prepared.prepare()
    edition = a_week_later(prepared)
    prepared.deliver()
    assert edition.period.starts < MONDAY
    assert subjects(prepared, "ben") == [b"Islands"]
    told = [mail.recipient for mail in prepared.relay.mailbox if b"The quiet budget" in mail.content]
    assert sorted(told) == sorted(set(told))


def test_posts_of_a_cancelled_edition_stand_in_the_next_one(prepared: World) -> None:
    prepared.cancel()
    edition = a_week_later(prepared)
    assert covered(prepared, edition.id) == ["1", "2", "3"]
    prepared.deliver()
    assert subjects(prepared, "cat") == [b"The quiet budget", b"Islands", b"A later thought"]


def test_who_was_handed_a_post_gets_it_in_no_later_edition_and_the_others_do(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    cancelled = prepared.cancel()
    assert (cancelled.copies, cancelled.handed, cancelled.posts) == (2, 1, 1)
    assert covered(prepared, "weekly/2026-11-23") == ["1"]
    edition = a_week_later(prepared)
    assert covered(prepared, edition.id) == ["1", "2", "3"]
    prepared.deliver()
    told = [mail.recipient for mail in prepared.relay.mailbox if b"The quiet budget" in mail.content]
    assert len(told) == len(set(told))
    assert prepared.states()["ann"] == "accepted"


def test_who_has_the_one_that_was_cancelled_gets_nothing_by_the_one_made_anew(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    prepared.cancel(make_anew=True)
    prepared.prepare()
    prepared.deliver()
    assert prepared.got() == ["ann", "ben", "cat"]


def test_a_copy_that_may_have_arrived_counts_as_handed_and_stays_in_doubt(prepared: World) -> None:
    prepared.deliver(Act.CUT_AFTER_THE_DOT, Act.DEFER, Act.DEFER)
    assert prepared.cancel().handed == 1
    prepared.clock.now += WAIT_IN_DOUBT
    prepared.deliver()
    assert (prepared.got(), prepared.states()["ann"]) == (["ann"], "uncertain")
    assert covered(prepared, "weekly/2026-11-23") == ["1"]


def test_the_id_is_free_again_and_no_message_id_comes_twice(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    before = {copy.message_id for copy in prepared.copies().values()}
    prepared.cancel(make_anew=True)
    assert prepared.prepare().line() == "prepare: weekly/2026-11-23 with 2 posts in 2 variants for 2 subscribers"
    old, new = sorted(prepared.editions(), key=lambda edition: edition.issue)
    assert [(each.id, each.state.value, each.issue) for each in (old, new)] == [
        ("weekly/2026-11-23~1", "cancelled", 1),
        ("weekly/2026-11-23", "delivering", 2),
    ]
    prepared.deliver()
    with_second = [mail.message_id for mail in prepared.relay.mailbox]
    assert len(set(with_second)) == len(with_second) == 3
    assert before.isdisjoint(with_second[1:])
    assert subjects(prepared, "ann") == [b"The quiet budget"]
    assert subjects(prepared, "cat") == [b"The quiet budget", b"Islands"]


def test_an_edition_made_anew_while_the_old_one_goes_out_reaches_its_readers_with_its_own_words(world: World) -> None:
    world.join("ann", "ben", "cat")
    world.appear(replace(HOUSES, title="A wrong title"))
    world.prepare()

    def correct_it() -> None:
        if world.relay.tried == 1:
            world.cancel(make_anew=True)
            world.appear(replace(HOUSES, modified=MONDAY))
            world.clock.forward(minutes=1)
            world.prepare()

    world.relay.at_mark = correct_it
    world.deliver()
    world.deliver()
    assert sorted(world.got()) == ["ann", "ben", "cat"]
    told = [b"A wrong title" in mail.content for mail in world.relay.mailbox]
    assert (told.count(True), len({mail.message_id for mail in world.relay.mailbox})) == (0, len(told))


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.APPROVED])
@pytest.mark.parametrize("gathered", [False, True], ids=["when it was planned", "when it was gathered"])
def test_what_is_cancelled_while_it_is_about_to_be_made_goes_to_nobody_as_it_was(
    world: World, state: EditionState, gathered: bool
) -> None:
    world.join("ann")
    world.appear(HOUSES)
    seen = replace(an_edition(state=state), editing=Editing(subject="As it was approved"))
    with world.store.write() as connection:
        editions.add(connection, seen)

    def cancel(*_: object) -> tuple[()]:
        if world.the_edition().state is not EditionState.CANCELLED:
            world.cancel(make_anew=True)
        return ()

    world.promotable = cancel if gathered else None
    make(world.store, world.clock, world.editions_with(world.name_copy), (lambda _: ()) if gathered else cancel)
    world.promotable = None
    assert world.the_edition().state is EditionState.CANCELLED
    assert world.deliver().accepted == 0
    # Made anew it is another one, of which nobody has said anything yet, and may be cancelled in its turn.
    world.prepare()
    assert [(each.issue, each.editing.subject) for each in world.editions()] == [(1, "As it was approved"), (2, None)]
    world.cancel(make_anew=True)
    world.prepare()
    world.deliver()
    assert (world.got(), len(world.editions())) == (["ann"], 3)


def test_killed_between_putting_a_cancelled_one_aside_and_making_it_anew_it_is_made_by_the_next_look(
    prepared: World,
) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    prepared.cancel(make_anew=True)

    def die(_connection: sa.Connection, _at: datetime) -> tuple[Event, ...]:
        raise Killed

    prepared.promotable = die
    with pytest.raises(Killed):
        prepared.prepare()
    assert [each.state for each in prepared.editions()] == [EditionState.CANCELLED, EditionState.DRAFT]
    prepared.promotable = None
    assert prepared.prepare().line() == "prepare: weekly/2026-11-23 with 2 posts in 2 variants for 2 subscribers"
    prepared.deliver()
    assert sorted(prepared.got()) == ["ann", "ben", "cat"]


def test_an_edition_may_be_cancelled_again_and_again(prepared: World) -> None:
    for issue in (1, 2, 3):
        prepared.cancel(make_anew=True)
        prepared.prepare()
        assert max(edition.issue for edition in prepared.editions()) == issue + 1
    prepared.deliver()
    assert sorted(prepared.got()) == ["ann", "ben", "cat"]
    names = [edition.id for edition in sorted(prepared.editions(), key=lambda edition: edition.issue)]
    assert names == [*(f"weekly/2026-11-23~{issue}" for issue in (1, 2, 3)), "weekly/2026-11-23"]


def test_a_skipped_edition_can_be_cancelled_and_its_posts_are_told_after_all(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.appear(HOUSES)
    world.prepare()
    assert world.the_edition().state is EditionState.SKIPPED
    assert world.cancel(make_anew=True).posts == 1
    world.join("dan")
    assert world.prepare().deliveries == 1
    world.deliver()
    assert world.got() == ["dan"]


def test_what_is_cancelled_while_it_is_delivered_ends_with_the_copy_in_hand(prepared: World) -> None:
    prepared.relay.at_mark = lambda: prepared.cancel() if prepared.relay.tried == 2 else None
    result = prepared.deliver()
    assert (result.accepted, prepared.got()) == (1, ["ann"])
    assert prepared.states() == {"ann": "accepted", "ben": "cancelled", "cat": "cancelled"}
    assert prepared.the_edition().state is EditionState.CANCELLED
    assert covered(prepared, "weekly/2026-11-23") == ["1"]


@pytest.mark.parametrize("how", [Act.DEFER_AFTER_THE_DOT, Act.REFUSE_US_AFTER_THE_DOT])
def test_a_copy_put_off_after_its_edition_was_cancelled_waits_for_nothing(prepared: World, how: Act) -> None:
    prepared.relay.at_dot = prepared.cancel
    prepared.deliver(how)
    assert set(prepared.states().values()) == {"cancelled"}
    assert prepared.the_edition().state is EditionState.CANCELLED


def test_killed_at_the_dot_of_a_cancelled_edition_a_copy_stays_in_doubt_and_goes_no_more(prepared: World) -> None:
    with pytest.raises(Killed):
        prepared.deliver(Act.KILL_AFTER_THE_DOT)
    prepared.cancel()
    prepared.clock.now += WAIT_IN_DOUBT
    prepared.deliver()
    assert (prepared.got(), prepared.states()["ann"]) == (["ann"], "uncertain")
    assert prepared.copies()["ann"].next_try_at is None


def test_what_was_cancelled_or_is_not_there_can_not_be_cancelled(prepared: World) -> None:
    prepared.cancel()
    with pytest.raises(UsageError, match="was cancelled before"):
        prepared.cancel()
    with pytest.raises(UsageError, match="there is no edition weekly/2026-11-30"):
        prepared.cancel("weekly/2026-11-30")


# -- an edition with many copies ----------------------------------------------------------------------

EDITION = "weekly/2026-11-23"
#: More than end in one transaction.
MANY = cancelling.CHUNK + 20


def for_many(world: World, readers: int) -> World:
    world.join_at_once({"reader1": None})
    with world.store.write() as connection:
        others_alike(connection, readers)
    world.appear(HOUSES)
    world.prepare()
    return world


@pytest.fixture
def large(world: World) -> World:
    return for_many(world, MANY)


def cancelled_and_killed(world: World, *, make_anew: bool = False) -> None:
    """The process ends when its word is written, and before the copies are."""
    with world.store.write() as connection:
        cancel_within(connection, EDITION, at=world.clock.now, make_anew=make_anew)


def tally(world: World) -> dict[str, int]:
    with world.store.read() as connection:
        return deliveries.tally(connection)


def free_posts(world: World) -> list[str]:
    """Those of the edition's window that it has still."""
    with world.store.read() as connection:
        return editions.covered_posts(connection, EDITION)


def test_a_large_edition_is_cancelled_as_a_small_one_is(large: World) -> None:
    done = large.cancel()
    assert (done.copies, done.handed, done.posts) == (MANY, 0, 1)
    assert tally(large) == {"cancelled": MANY}
    assert not large.has_work()


def test_killed_in_the_midst_of_it_no_copy_can_go_and_the_next_deliver_ends_the_rest(large: World) -> None:
    cancelled_and_killed(large)
    assert tally(large) == {"pending": MANY}
    assert large.has_work()
    assert large.deliver().moved() == 0
    assert (large.got(), tally(large), free_posts(large)) == ([], {"cancelled": MANY}, [])
    assert not large.has_work()


def test_killed_in_the_midst_of_it_one_that_is_made_anew_has_all_readers(large: World) -> None:
    cancelled_and_killed(large, make_anew=True)
    assert large.prepare().deliveries == MANY
    assert large.deliver().accepted == MANY
    assert len(set(large.got())) == MANY


@pytest.mark.more
def test_what_is_in_hand_when_a_large_one_is_cancelled_gets_no_mark(large: World) -> None:
    def cancel() -> None:
        large.relay.at_mark = lambda: None
        cancelled_and_killed(large)

    large.relay.at_mark = cancel
    assert large.deliver().accepted == 0
    assert (large.got(), tally(large)) == ([], {"cancelled": MANY})


def test_rejected_copies_are_offered_again_however_many_they_are(world: World) -> None:
    for_many(world, CHUNK + 20)
    with world.store.write() as connection:
        connection.execute(schema.deliveries.update().values(state=DeliveryState.REJECTED.value))
        connection.execute(schema.editions.update().values(state=EditionState.DONE.value))
    world.leave("reader1")
    done = world.retry()
    assert (done.editions, sum(done.left.values())) == ({EDITION: CHUNK + 19}, 1)
    assert world.the_edition().state is EditionState.DELIVERING
    assert world.retry().editions == {}


# -- what everyone sees -------------------------------------------------------------------------------


@pytest.fixture
def publisher(prepared: World, tmp_path: Path) -> Publisher:
    return Publisher(prepared.store, tmp_path / "feeds", prepared.clock, digests=(("weekly", "The Weekly"),))


def page(publisher: Publisher) -> str | None:
    path = publisher.folder / "digest" / "weekly" / "2026-11-23.html"
    return path.read_text() if path.exists() else None


def test_the_page_of_an_edition_that_nobody_got_goes_when_it_is_cancelled(
    prepared: World, publisher: Publisher
) -> None:
    publisher.publish()
    assert page(publisher)
    prepared.cancel()
    publisher.publish()
    assert page(publisher) is None
    assert "edition/weekly/2026-11-23" not in publisher.atom("digest/weekly.atom")
    assert publisher.publish().changed == 0


def test_who_was_handed_a_copy_of_a_cancelled_edition_still_finds_its_page(
    prepared: World, publisher: Publisher
) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    publisher.publish()
    prepared.cancel()
    publisher.publish()
    left = page(publisher)
    assert left
    assert "The quiet budget" in left
    assert "Islands" not in left


def test_the_page_of_a_cancelled_edition_goes_when_its_only_copy_turns_out_to_be_lost(
    prepared: World, publisher: Publisher
) -> None:
    prepared.repeat_uncertain = False
    prepared.deliver(Act.CUT_AFTER_THE_DOT, Act.DEFER, Act.DEFER)
    prepared.cancel()
    publisher.publish()
    assert page(publisher)
    (copy,) = [each for each in prepared.copies().values() if each.state is DeliveryState.UNCERTAIN]
    assert prepared.resolve(copy.id, arrived=False).given_up == {"the edition was cancelled": 1}
    publisher.publish()
    assert page(publisher) is None
    assert publisher.publish().changed == 0


@pytest.mark.parametrize("answer", [Act.DEFER_AFTER_THE_DOT, Act.REFUSE_AFTER_THE_DOT])
def test_so_it_does_when_the_relay_does_not_take_the_only_copy_that_was_in_hand(
    prepared: World, publisher: Publisher, answer: Act
) -> None:
    def cancel() -> None:
        prepared.relay.at_dot = lambda: None
        prepared.cancel()

    prepared.relay.at_dot = cancel
    prepared.deliver(answer)
    publisher.publish()
    assert page(publisher) is None


def test_the_page_of_an_edition_made_anew_says_what_the_new_one_says(prepared: World, publisher: Publisher) -> None:
    prepared.deliver(Act.ACCEPT, Act.DEFER, Act.DEFER)
    publisher.publish()
    prepared.cancel(make_anew=True)
    prepared.prepare()
    publisher.publish()
    made = page(publisher)
    assert made
    assert "Islands" in made
    before = publisher.states()
    publisher.publish(everything=True)
    assert publisher.states() == before


# -- retry --------------------------------------------------------------------------------------------


def test_rejected_copies_go_again_under_the_same_message_id(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.REJECT, Act.REJECT)
    names = {name: copy.message_id for name, copy in prepared.copies().items()}
    assert prepared.retry().line() == "deliveries: the next deliver offers 2 copies of weekly/2026-11-23 again"
    assert prepared.the_edition().state is EditionState.DELIVERING
    assert prepared.deliver().line() == "deliver: 2 accepted"
    assert prepared.got() == ["ann", "ben", "cat"]
    assert {name: copy.message_id for name, copy in prepared.copies().items()} == names
    assert prepared.the_edition().state is EditionState.DONE


def test_one_copy_can_be_retried_alone(prepared: World) -> None:
    prepared.deliver(Act.REJECT, Act.REJECT)
    ben = prepared.copies()["ben"]
    assert prepared.retry(None, ben.id).editions == {"weekly/2026-11-23": 1}
    prepared.deliver()
    assert prepared.states() == {"ann": "rejected", "ben": "accepted", "cat": "accepted"}


def test_who_left_since_is_not_offered_it_again(prepared: World) -> None:
    prepared.deliver(*[Act.REJECT] * 3)
    prepared.leave("ben")
    retried = prepared.retry("weekly/2026-11-23")
    assert retried.line() == (
        "deliveries: the next deliver offers 2 copies of weekly/2026-11-23 again; 1 not, the subscription ended"
    )
    prepared.deliver()
    assert prepared.states() == {"ann": "accepted", "ben": "rejected", "cat": "accepted"}


def test_who_is_paused_or_never_to_be_mailed_is_told_from_who_left(prepared: World) -> None:
    prepared.deliver(*[Act.REJECT] * 3)
    with prepared.store.write() as connection:
        never = Suppression(
            canonical="cat@example.org",
            reason=SuppressionReason.OPERATOR,
            words=None,
            actor=Actor.OPERATOR,
            at=prepared.clock.now,
        )
        suppressions.add(connection, never)
    prepared.leave("ben")
    assert prepared.retry().left == {"the subscription ended": 1, "the address is never to be mailed": 1}


@pytest.mark.more
def test_a_copy_that_was_sent_again_is_retried_in_its_own_time(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.ACCEPT, Act.REJECT)
    prepared.clock.forward(days=3)
    prepared.send_again("cat", until=prepared.clock.now + timedelta(days=4))
    prepared.deliver(Act.REJECT)
    assert prepared.states()["cat"] == "rejected"
    assert prepared.retry().editions == {"weekly/2026-11-23": 1}
    prepared.deliver()
    assert prepared.states()["cat"] == "accepted"


def test_after_its_own_time_too_it_would_come_too_late(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.ACCEPT, Act.REJECT)
    prepared.clock.forward(days=3)
    prepared.send_again("cat", until=prepared.clock.now + timedelta(days=1))
    prepared.deliver(Act.REJECT)
    prepared.clock.forward(days=2)
    assert prepared.retry().left == {"it would come too late": 1}


def test_what_may_have_arrived_when_it_was_first_offered_is_not_retried(prepared: World) -> None:
    prepared.deliver(Act.CUT_AFTER_THE_DOT)
    prepared.clock.now += WAIT_IN_DOUBT
    prepared.deliver(Act.REJECT)
    retried = prepared.retry()
    assert retried.line() == "deliveries: nothing to offer again; 1 not, it may have arrived when it was first offered"


def test_what_would_come_too_late_is_not_retried(prepared: World) -> None:
    prepared.deliver(*[Act.REJECT] * 3)
    prepared.clock.forward(hours=48, minutes=1)
    assert prepared.retry().line() == "deliveries: nothing to offer again; 3 not, it would come too late"
    prepared.digest = replace(prepared.digest, max_late=timedelta(days=5))
    assert prepared.retry().editions == {"weekly/2026-11-23": 3}


def test_what_another_edition_has_brought_since_is_not_offered_again(prepared: World) -> None:
    prepared.digest = replace(prepared.digest, max_late=timedelta(days=9))
    prepared.deliver(Act.REJECT, Act.REJECT, Act.ACCEPT)
    prepared.clock.forward(days=7)
    prepared.leave("ben")
    prepared.prepare()
    assert {name: copy.edition_id for name, copy in prepared.copies().items()}["ann"] == "weekly/2026-11-30"
    retried = prepared.retry("weekly/2026-11-23")
    assert (retried.editions, retried.left) == (
        {},
        {"another edition has brought one of its posts since, or is about to": 1, "the subscription ended": 1},
    )


def test_what_another_edition_was_to_bring_and_did_not_is_offered_again(prepared: World) -> None:
    prepared.digest = replace(prepared.digest, max_late=timedelta(days=9))
    prepared.deliver(Act.REJECT, Act.ACCEPT, Act.ACCEPT)
    prepared.clock.forward(days=7)
    prepared.prepare()
    prepared.deliver(Act.REJECT)
    assert prepared.retry("weekly/2026-11-23").editions == {"weekly/2026-11-23": 1}


def test_nothing_is_offered_again_while_an_edition_is_being_made(prepared: World) -> None:
    prepared.digest = replace(prepared.digest, max_late=timedelta(days=9))
    prepared.deliver(Act.REJECT, Act.REJECT, Act.ACCEPT)
    prepared.clock.forward(days=7)
    with pytest.raises(Killed):
        prepared.prepare_and_die()
    with pytest.raises(UsageError, match="an edition is being made"):
        prepared.retry("weekly/2026-11-23")


def test_copies_of_a_digest_that_the_config_has_no_more_are_left_and_keep_no_other(prepared: World) -> None:
    prepared.deliver(*[Act.REJECT] * 3)
    prepared.digest = replace(prepared.digest, name="monthly")
    assert prepared.retry().line() == "deliveries: nothing to offer again; 3 not, the config has its digest no more"


def test_copies_of_a_cancelled_edition_are_not_retried(prepared: World) -> None:
    prepared.deliver(*[Act.REJECT] * 2, Act.DEFER)
    prepared.cancel()
    assert prepared.retry().line() == "deliveries: nothing to offer again; 2 not, the edition was cancelled"


def test_a_copy_that_was_not_rejected_is_not_retried(prepared: World) -> None:
    prepared.deliver()
    with pytest.raises(UsageError, match="is no rejected copy"):
        prepared.retry(None, prepared.copies()["ann"].id)
    with pytest.raises(UsageError, match="there is no edition"):
        prepared.retry("weekly/2030-01-07")
