"""The outbox: mail to one person goes before any edition, by the same law as a copy, and never twice but in doubt."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count, groupby

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solacefeed.deeds.delivering import letters as letters_deed
from solacefeed.deeds.delivering.claims import BATCH
from solacefeed.deeds.delivering.handover import ENOUGH_ALIKE
from solacefeed.delivery.retries import WAIT_IN_DOUBT, WAITS
from solacefeed.delivery.trial import KEPT_BACK
from solacefeed.digest.messages import letter_id
from solacefeed.errors import StoreError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.letters import Letter, LetterWords, NewLetter, OutboxKind
from solacefeed.store import outbox
from solacefeed.store.database import open_store
from tests.deeds.store_trouble import a_claimer_fails_at
from tests.deeds.world import ENVELOPE, World, is_about
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import RELAY, Act, Killed

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
WORDS = LetterWords(subject="Your link", text="Here it is.\n", html="<p>Here it is.</p>", language="en-GB")

KILLS = (Act.KILL_BEFORE_THE_MARK, Act.KILL_BEFORE_THE_DOT, Act.KILL_AFTER_THE_DOT)


def put(
    world: World, name: str = "eve", *, once: str | None = None, within: timedelta = timedelta(days=1)
) -> int | None:
    """A letter to this person; its number, where there was none such before."""
    with world.store.write() as connection:
        return put_by(connection, world, name, once=once, within=within)


def put_by(
    connection: sa.Connection,
    world: World,
    name: str,
    *,
    once: str | None = None,
    within: timedelta = timedelta(days=1),
) -> int | None:
    """The same, as a part of a larger step."""
    letter = NewLetter(
        kind=OutboxKind.TEST,
        email=f"{name}@example.org",
        words=WORDS,
        once=once,
        not_after=world.clock.now + within,
    )
    return outbox.put(connection, letter, at=world.clock.now, name=partial(letter_id, sender=ENVELOPE.sender))


def letters(world: World) -> dict[str, Letter]:
    """The newest to each person, by name."""
    with world.store.read() as connection:
        newest_first = outbox.listing(connection, limit=1000)
    return {letter.email.partition("@")[0]: letter for letter in reversed(newest_first)}


def states(world: World) -> dict[str, str]:
    return {name: letter.state.value for name, letter in letters(world).items()}


def prepared(world: World, *readers: str) -> None:
    world.join(*(readers or ("ann", "ben")))
    world.appear(POST)
    world.prepare()


def prepared_at_once(world: World, readers: int) -> None:
    """The same with so many readers, who joined in one step."""
    world.join_at_once({f"reader{number:03}": None for number in range(readers)})
    world.appear(POST)
    world.prepare()


# -- before any edition ------------------------------------------------------------------------------


@pytest.mark.more
def test_a_letter_goes_before_any_copy(world: World) -> None:
    prepared(world)
    put(world)
    assert world.deliver().line() == "deliver: 2 accepted; 1 accepted of the outbox"
    assert world.got() == ["eve", "ann", "ben"]
    assert letters(world)["eve"].answer == "250 2.0.0 queued"


def test_a_letter_goes_where_no_edition_is_due(world: World) -> None:
    put(world)
    assert world.has_work()
    result = world.deliver()
    assert world.got() == ["eve"]
    assert result.has_news()
    assert not world.has_work()


@pytest.mark.more
def test_a_letter_goes_while_an_edition_stands_paused(world: World) -> None:
    prepared(world)
    world.deliver(Act.REFUSE_US)
    assert world.the_edition().state is EditionState.PAUSED
    put(world)
    assert world.has_work()
    world.deliver()
    assert world.got() == ["eve"]


@pytest.mark.more
def test_letters_that_come_during_an_edition_go_before_the_next_batch_but_only_so_many_of_them(world: World) -> None:
    prepared_at_once(world, BATCH + 2)
    letters_come = count()

    def come() -> None:
        if world.relay.tried % 5 == 0:
            put(world, f"eve{next(letters_come)}")

    world.relay.at_mark = come
    world.deliver()
    kinds = [name[:3] for name in world.got()]
    assert kinds.index("eve") <= BATCH
    assert kinds.count("rea") == BATCH + 2
    # However many of them come, copies go on: a batch of letters at the end of one of copies, after one by a look.
    while_copies_wait = kinds[: len(kinds) - kinds[::-1].index("rea")]
    runs = [len(list(run)) for kind, run in groupby(while_copies_wait) if kind == "eve"]
    assert 0 < max(runs) <= 2 * letters_deed.BATCH


@pytest.mark.more
def test_a_letter_has_no_headers_of_a_list(world: World) -> None:
    put(world)
    world.deliver()
    head, _, _ = world.relay.mailbox[0].content.partition(b"\r\n\r\n")
    assert b"\r\nList-" not in head
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in head
    assert b"\r\nSubject: Your link\r\n" in head
    assert b"\r\nReply-To: <web@example.org>\r\n" in head
    assert world.relay.mailbox[0].sender == "bounces@example.org"


def test_a_letter_that_is_put_twice_goes_once(world: World) -> None:
    assert put(world, once="confirm 17") is not None
    assert put(world, once="confirm 17") is None
    world.deliver()
    assert put(world, once="confirm 17") is None
    world.deliver()
    assert world.got() == ["eve"]


def test_letters_without_a_key_may_be_several(world: World) -> None:
    put(world)
    put(world)
    world.deliver()
    assert world.got() == ["eve", "eve"]
    assert len({mail.message_id for mail in world.relay.mailbox}) == 2


# -- how each comes out ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "state", "waits"),
    [
        (Act.ACCEPT, DeliveryState.ACCEPTED, None),
        (Act.DEFER, DeliveryState.PENDING, WAITS[0]),
        (Act.DEFER_AFTER_THE_DOT, DeliveryState.PENDING, WAITS[0]),
        (Act.REJECT, DeliveryState.REJECTED, None),
        (Act.CAN_NOT_BE_ADDRESSED, DeliveryState.REJECTED, None),
        (Act.REFUSE, DeliveryState.PENDING, WAITS[0]),
        (Act.REFUSE_US, DeliveryState.PENDING, WAITS[0]),
        (Act.CUT_BEFORE_THE_DOT, DeliveryState.PENDING, WAITS[0]),
        (Act.CUT_AFTER_THE_DOT, DeliveryState.UNCERTAIN, WAIT_IN_DOUBT),
    ],
)
def test_each_answer_of_the_relay_is_written_down(
    world: World, act: Act, state: DeliveryState, waits: timedelta | None
) -> None:
    put(world)
    world.deliver(act)
    letter = letters(world)["eve"]
    assert letter.state is state
    assert is_about(letter.next_try_at, waits)
    assert not world.has_work()
    if waits:
        world.clock.now += waits
        assert world.has_work()


@pytest.mark.more
def test_a_refusal_of_us_pauses_nothing_is_said_and_ends_the_letters_of_the_round(world: World) -> None:
    put(world, "eve")
    put(world, "fay")
    result = world.deliver(Act.REFUSE_US)
    assert states(world) == {"eve": "pending", "fay": "pending"}
    assert result.falls_short()
    assert result.line() == (
        f"deliver: 0 accepted; 1 deferred of the outbox; the outbox waits, {RELAY} refuses us, not the reader: "
        "answered MAIL FROM with 554 5.7.1 <...>: Relay access denied; see [mail] from and return_path: mend that"
    )
    assert letters(world)["fay"].attempts == 0
    world.deliver()
    assert world.got() == ["fay"]


@pytest.mark.more
def test_what_one_readers_server_says_of_us_keeps_no_other_letter_back(world: World) -> None:
    put(world, "eve")
    put(world, "fay")
    put(world, "gus")
    result = world.deliver(Act.REFUSE_US_AFTER_THE_DOT)
    assert states(world) == {"eve": "pending", "fay": "accepted", "gus": "accepted"}
    assert not result.falls_short()
    world.clock.now += WAITS[0]
    world.deliver()
    assert states(world)["eve"] == "accepted"


def test_said_of_three_letters_in_a_row_it_is_about_us(world: World) -> None:
    for name in ("eve", "fay", "gus", "hal"):
        put(world, name)
    result = world.deliver(*[Act.REFUSE_US_AFTER_THE_DOT] * 3)
    assert result.letters.refusal
    assert result.falls_short()
    assert [letters(world)[name].attempts for name in ("eve", "fay", "gus", "hal")] == [1, 1, 1, 0]


@pytest.mark.more
def test_a_letter_that_is_taken_in_between_ends_such_a_row(world: World) -> None:
    for name in ("eve", "fay", "gus", "hal"):
        put(world, name)
    us = Act.REFUSE_US_AFTER_THE_DOT
    assert not world.deliver(us, us, Act.ACCEPT, us).falls_short()
    assert states(world) == {"eve": "pending", "fay": "pending", "gus": "accepted", "hal": "pending"}


def test_of_one_domain_it_is_that_domains_own_once_another_letter_was_taken(world: World) -> None:
    for name in ("eve", "fay", "gus", "hal", "ida"):
        put(world, name)
    result = world.deliver(Act.ACCEPT, *[Act.REFUSE_US_AFTER_THE_DOT] * 3)
    assert not result.falls_short()
    assert states(world)["ida"] == "accepted"


@pytest.mark.more
def test_one_letter_that_hears_it_again_and_again_tells_it(world: World) -> None:
    put(world)
    for attempt in range(ENOUGH_ALIKE):
        result = world.deliver(Act.REFUSE_US_AFTER_THE_DOT)
        assert result.falls_short() is (attempt == ENOUGH_ALIKE - 1)
        world.clock.now += WAITS[attempt]
    assert states(world) == {"eve": "pending"}


@pytest.mark.more
def test_a_refusal_that_may_be_about_us_rejects_at_the_third_time(world: World) -> None:
    put(world)
    for attempt in range(ENOUGH_ALIKE):
        assert states(world) == {"eve": "pending"}
        world.deliver(Act.REFUSE)
        world.clock.now += WAITS[attempt]
    assert states(world) == {"eve": "rejected"}


@pytest.mark.more
def test_a_letters_first_refusal_after_deferrals_is_no_third_one(world: World) -> None:
    put(world)
    for attempt in range(2):
        world.deliver(Act.DEFER)
        world.clock.now += WAITS[attempt]
    world.deliver(Act.REFUSE)
    assert states(world) == {"eve": "pending"}
    world.clock.now += 2 * WAITS[2]
    world.deliver(Act.REFUSE)
    assert states(world) == {"eve": "rejected"}


def test_a_relay_that_begins_to_refuse_what_may_be_about_us_has_rejected_no_letter_when_it_is_mended(
    world: World,
) -> None:
    names = ("eve", "fay", "gus", "hal", "ida")
    for name in names:
        put(world, name)
    world.deliver(Act.ACCEPT, *[Act.REFUSE] * 4)
    assert states(world) == {"eve": "accepted"} | dict.fromkeys(names[1:], "pending")
    world.clock.now += 2 * WAITS[0]
    world.deliver()
    assert states(world) == dict.fromkeys(names, "accepted")


def test_a_letter_that_is_too_late_is_expired(world: World) -> None:
    put(world, within=timedelta(hours=1))
    world.deliver(Act.DEFER)
    world.clock.forward(hours=1, seconds=1)
    assert world.has_work()
    assert world.deliver().letters.counts == {"expired": 1}
    assert states(world) == {"eve": "expired"}
    assert world.got() == []
    assert not world.has_work()


def test_a_letter_in_doubt_that_is_too_late_stays_in_doubt(world: World) -> None:
    put(world, within=timedelta(minutes=5))
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.clock.forward(hours=1)
    world.deliver()
    assert states(world) == {"eve": "uncertain"}
    assert world.got() == ["eve"]
    assert not world.has_work()


@pytest.mark.more
def test_when_the_relay_is_down_letters_and_copies_wait_alike(world: World) -> None:
    prepared(world)
    for name in ("eve", "fay", "gus"):
        put(world, name)
    result = world.deliver(Act.CUT_BEFORE_THE_DOT, Act.CUT_BEFORE_THE_DOT)
    assert result.trouble == "connection refused"
    assert world.relay.tried == 2
    assert letters(world)["gus"].attempts == 0
    assert set(world.states().values()) == {"pending"}


def test_an_operator_who_stops_the_round_leaves_letters_untried(world: World) -> None:
    put(world, "eve")
    put(world, "fay")
    world.stop = lambda: world.relay.tried == 1
    world.deliver()
    assert states(world) == {"eve": "accepted", "fay": "pending"}
    assert letters(world)["fay"].attempts == 0


def test_one_that_was_taken_back_while_it_is_in_hand_gets_no_final_dot(world: World) -> None:
    number = put(world)
    assert number is not None

    def cancelled() -> None:
        with world.store.write() as connection:
            outbox.take_back_from(connection, "eve@example.org", why="no more", at=MONDAY)

    world.relay.at_mark = cancelled
    world.deliver()
    assert world.got() == []
    assert (letters(world)["eve"].state, letters(world)["eve"].answer) == (DeliveryState.CANCELLED, "no more")


@pytest.mark.more
def test_of_many_that_wait_all_of_an_address_are_taken_back_and_no_other(world: World) -> None:
    with world.store.write() as connection:
        for number in range(503):
            put_by(connection, world, "eve" if number % 251 == 0 else f"reader{number}")
        taken = outbox.take_back_from(connection, ["eve@example.org"], why="no more", at=MONDAY)
        again = outbox.take_back_from(connection, ["eve@example.org"], why="no more", at=MONDAY)
    assert (taken, again) == (3, 0)


# -- killed, at any step -----------------------------------------------------------------------------------


def killed(world: World, *script: Act) -> None:
    with pytest.raises(Killed):
        world.deliver(*script)


@pytest.mark.parametrize("kill", KILLS)
def test_killed_before_the_mark_a_letter_is_as_it_was_and_after_it_is_in_doubt(world: World, kill: Act) -> None:
    put(world)
    killed(world, kill)
    assert world.has_work()
    assert world.got() == (["eve"] if kill is Act.KILL_AFTER_THE_DOT else [])
    world.deliver()
    if kill is Act.KILL_BEFORE_THE_MARK:
        assert world.got() == ["eve"]
        return
    assert states(world) == {"eve": "uncertain"}
    assert letters(world)["eve"].next_try_at == MONDAY + WAIT_IN_DOUBT


@pytest.mark.more
def test_a_letter_in_doubt_is_offered_once_more_with_the_same_bytes_and_never_a_third_time(world: World) -> None:
    put(world)
    killed(world, Act.KILL_AFTER_THE_DOT)
    for _ in range(3):
        world.clock.now += WAIT_IN_DOUBT
        with suppress(Killed):
            world.deliver(Act.KILL_AFTER_THE_DOT)
    world.clock.now += WAIT_IN_DOUBT
    world.deliver()
    first, second = world.relay.mailbox
    assert first == second
    assert states(world) == {"eve": "uncertain"}
    assert not world.has_work()


@pytest.mark.more
def test_on_hold_a_letter_in_doubt_is_never_offered_again(world: World) -> None:
    world.repeat_uncertain = False
    put(world)
    killed(world, Act.KILL_BEFORE_THE_DOT)
    for _ in range(3):
        world.clock.now += WAIT_IN_DOUBT
        world.deliver()
    assert states(world) == {"eve": "uncertain"}
    assert world.got() == []


# -- a trial -----------------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_trial_reaches_nobody_else_and_what_is_for_others_never_comes_later(world: World) -> None:
    prepared(world, "ann", "ben", "cat")
    put(world, "eve")
    world.only_to = ("ben@example.org",)
    result = world.deliver()
    assert result.line() == "deliver: 1 accepted, 2 kept back by only_to; 1 kept back by only_to of the outbox"
    assert world.got() == ["ben"]
    assert world.states() == {"ann": "cancelled", "ben": "accepted", "cat": "cancelled"}
    assert world.copies()["ann"].answer == letters(world)["eve"].answer == KEPT_BACK
    assert world.the_edition().state is EditionState.DONE
    world.only_to = ()
    world.clock.forward(hours=2)
    assert not world.has_work()
    world.deliver()
    assert world.got() == ["ben"]


def test_a_letter_that_was_taken_up_is_put_back_where_a_trial_can_not_end_it(world: World) -> None:
    put(world, "ann")
    put(world, "eve")
    world.only_to = ("ann@example.org",)
    sa.event.listen(world.store.engine, "before_cursor_execute", a_claimer_fails_at(KEPT_BACK))
    with pytest.raises(StoreError, match="disk I/O error"):
        world.deliver()
    assert {letter.state for letter in letters(world).values()} == {DeliveryState.PENDING}
    assert world.deliver().letters.counts == {"accepted": 1, "kept_back": 1}


@pytest.mark.more
def test_a_trial_calls_nothing_cancelled_that_may_have_arrived(world: World) -> None:
    prepared(world, "ann")
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.only_to = ("ben@example.org",)
    world.clock.now += WAIT_IN_DOUBT
    world.deliver()
    assert world.states() == {"ann": "uncertain"}
    assert not world.has_work()


@pytest.mark.more
def test_a_trial_may_reach_a_whole_domain(world: World) -> None:
    prepared(world, "ann")
    put(world)
    world.only_to = ("@EXAMPLE.org",)
    world.deliver()
    assert world.got() == ["eve", "ann"]


# -- whatever befalls us -----------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(st.sampled_from(list(Act)), max_size=6), max_size=4), hold=st.booleans())
def test_whatever_befalls_us_each_letter_goes_once_and_a_second_time_only_in_doubt(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[Act]], hold: bool
) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('outbox')}/solacefeed.db")
    try:
        world = World(store, repeat_uncertain=not hold)
        live_through(world, rounds)
        check_the_promises(world, most=1 if hold else 2)
    finally:
        store.close()


def live_through(world: World, rounds: list[list[Act]]) -> None:
    """Rounds with everything that may befall them; then quiet ones, until nothing moves."""
    for name in ("eve", "fay", "gus"):
        put(world, name, within=timedelta(days=3))
    for script in (*rounds, [], [], []):
        with suppress(Killed):
            world.deliver(*script)
        world.clock.forward(hours=5)
    assert not world.has_work()


def check_the_promises(world: World, *, most: int) -> None:
    for name, letter in letters(world).items():
        got = [mail.content for mail in world.relay.mailbox if mail.recipient == letter.email]
        assert len(got) <= (most if letter.doubts else 1)
        assert len(set(got)) <= 1, name
        assert letter.state.value in {"accepted", "rejected", "uncertain"}
        if letter.state is DeliveryState.ACCEPTED:
            assert got
        if got and not letter.doubts:
            assert letter.state is DeliveryState.ACCEPTED
