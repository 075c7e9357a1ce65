"""Bounces: believed of a mail of ours alone, counted by editions, and each mail once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.editions.freeze import NameCopy
from solacefeed.deeds.people import held_bounces as held_bounces_decided
from solacefeed.deeds.people.bounce_mail import (
    BounceSettings,
    BouncesRead,
    read_files,
    read_imap,
    read_mails_given,
    what_is_said,
)
from solacefeed.deeds.people.bounced import BounceRules, RefusalsTaken, came_back_too_often, in_a_row, take_refusals
from solacefeed.deeds.people.erasing import Erasing, ask, erase_waiting
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.mail_retention import let_bounces_go
from solacefeed.deeds.people.suppressing import allow_again
from solacefeed.delivery import mailboxes
from solacefeed.delivery.imap_mailbox import ImapMailbox
from solacefeed.delivery.mailboxes import StoredMail
from solacefeed.delivery.return_path import signed_path
from solacefeed.digest.messages import message_id
from solacefeed.errors import SolacefeedError, UsageError
from solacefeed.models.bounces import Bounce, BounceKind, BounceOutcome, Failure
from solacefeed.models.deliveries import Delivery, DeliveryState
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.models.mailbox import MailOutcome
from solacefeed.models.people import Actor, Subscription, SubscriptionState, Suppression, SuppressionReason
from solacefeed.store import bounces, held_bounces, outbox, pace, read_mails, schema, subscribers, suppressions
from solacefeed.store.bounces import OfferedCopy
from tests.deeds.world import World
from tests.mail.fake_imap import FakeImap
from tests.support.bounced_mail import absence, arf, by_hand, dsn, in_words, microsofts_complaint, returned
from tests.support.builders import MONDAY, WEEK, a_source_post
from tests.support.fakes import Act

KEYS = ("a-key",)
FULL = {"status": "5.2.2", "said": "smtp; 552 5.2.2 mailbox full"}
RULES = BounceRules()

#: Of the clock, between what a relay says and the look at it.
LEAPS = [timedelta(seconds=-1), timedelta(), timedelta(hours=1), timedelta(hours=-2)]

SUPPRESSED, COUNTED, BEFORE = BounceOutcome.SUPPRESSED, BounceOutcome.COUNTED, BounceOutcome.BEFORE
NOTED, UNKNOWN = BounceOutcome.NOTED, BounceOutcome.UNKNOWN


def an_edition_goes(world: World, *script: Act, after: timedelta = timedelta()) -> list[Delivery]:
    """A post appears and its edition is handed over, so long *after* the first Monday; returns the newest copies."""
    world.clock.now = MONDAY + after
    number = str(1000 + int(after / timedelta(days=1)))
    seen = world.clock.now - timedelta(days=4)
    world.appear(a_source_post(id=number, title=f"Post {number}", published=seen, category_numbers=("1",)))
    world.prepare()
    world.deliver(*script)
    copies = list(world.copies().values())
    newest = max(copy.edition_id for copy in copies)
    return sorted((copy for copy in copies if copy.edition_id == newest), key=lambda copy: copy.id)


def path_of(copy: Delivery) -> str:
    return signed_path("bounces@example.org", copy, KEYS)


def settings(folder: Path, rules: BounceRules = RULES, *, asked: list[str] | None = None) -> BounceSettings:
    link = None if asked is None else lambda _connection, email: asked.append(email)
    return BounceSettings(keys=KEYS, rules=rules, unread=folder / "unread", ask_for_link=link)


def read(world: World, folder: Path, *mails: bytes, rules: BounceRules = RULES) -> BouncesRead:
    given = [StoredMail(content=mail) for mail in mails]
    return read_mails_given(world.store, world.clock, given, settings(folder, rules))


def state(world: World, name: str) -> SubscriptionState:
    return subscription(world, name).state


def subscription(world: World, name: str) -> Subscription:
    with world.store.read() as connection:
        who = subscribers.find(connection, f"{name}@example.org")
        assert who is not None
        there = subscribers.subscription(connection, who.id, "weekly")
    assert there is not None
    return there


def reason(world: World, name: str) -> SuppressionReason | None:
    with world.store.read() as connection:
        found = suppressions.find(connection, f"{name}@example.org")
    return found.reason if found else None


def listed(world: World) -> list[Bounce]:
    with world.store.read() as connection:
        return bounces.listing(connection, limit=100)


# -- what is believed ---------------------------------------------------------------------------------


def test_a_hard_bounce_of_a_signed_path_suppresses_its_reader_once_and_nobody_else(
    world: World, tmp_path: Path
) -> None:
    world.join("ann", "joe")
    ann, _ = an_edition_goes(world)
    bounce = dsn(to=path_of(ann), recipient="ann@example.org")
    assert read(world, tmp_path, bounce, bounce).bounces == {SUPPRESSED: 1}
    assert not read(world, tmp_path, bounce).has_news()
    assert (state(world, "ann"), state(world, "joe")) == (SubscriptionState.BOUNCED, SubscriptionState.CONFIRMED)
    assert reason(world, "ann") is SuppressionReason.HARD
    (noted,) = listed(world)
    assert (noted.delivery_id, noted.canonical, noted.status) == (ann.id, "ann@example.org", "5.1.1")
    assert "@" not in noted.words


@pytest.mark.more
def test_a_reader_who_is_let_back_in_has_what_they_had_chosen(world: World, tmp_path: Path) -> None:
    world.join("ann", "joe", categories=("housing",))
    ann, _ = an_edition_goes(world)
    before = subscription(world, "ann").category_ids
    read(world, tmp_path, dsn(to=path_of(ann)))
    assert allow_again(world.store, world.clock, "ann@example.org")
    assert (state(world, "ann"), subscription(world, "ann").category_ids) == (SubscriptionState.CONFIRMED, before)


@pytest.mark.more
@pytest.mark.parametrize("upper", [True, False])
def test_a_path_that_a_relay_has_changed_in_case_is_believed(sqlite_store: object, tmp_path: Path, upper: bool) -> None:
    world = World(sqlite_store)  # type: ignore[arg-type]
    world.join("ann")
    (ann,) = an_edition_goes(world)
    path = path_of(ann).upper() if upper else path_of(ann)
    assert read(world, tmp_path, dsn(to=path)).bounces == {SUPPRESSED: 1}


def forged(ann: Delivery) -> list[bytes]:
    own = path_of(ann)
    wrong = own.replace(own[-14], "a" if own[-14] != "a" else "b")
    return [
        dsn(to="bounces@example.org", recipient="ann@example.org"),
        dsn(to=wrong, recipient="ann@example.org"),
        dsn(to=own.replace("+c", "+l"), recipient="ann@example.org"),
        dsn(to=signed_path("bounces@example.org", ann, ("another-key",)), recipient="ann@example.org"),
        dsn(to=signed_path("bounces@example.org", replace(ann, id=ann.id + 1), KEYS), recipient="ann@example.org"),
        arf(mail=returned(message_id=ann.message_id)),
        microsofts_complaint(mail=returned(message_id=ann.message_id)),
        microsofts_complaint(mail=returned(message_id=ann.message_id, token=token(1)[:-3] + "abc")),
        microsofts_complaint(mail=returned(message_id="<another@example.org>", token=token(1))),
    ]


def token(number: int) -> str:
    return tokens.for_unsubscribing("weekly", number, KEYS)


@pytest.mark.parametrize("which", range(9))
def test_a_forged_or_broken_bounce_changes_nothing_and_is_listed(
    sqlite_store: object, tmp_path: Path, which: int
) -> None:
    world = World(sqlite_store)  # type: ignore[arg-type]
    world.join("ann", "joe")
    ann, _ = an_edition_goes(world)
    assert read(world, tmp_path, forged(ann)[which]).bounces == {UNKNOWN: 1}
    assert (state(world, "ann"), state(world, "joe")) == (SubscriptionState.CONFIRMED, SubscriptionState.CONFIRMED)
    (noted,) = listed(world)
    assert (noted.outcome, noted.canonical, noted.delivery_id) == (UNKNOWN, None, None)


def test_a_complaint_suppresses_at_once_by_its_path_or_by_message_id_and_link(world: World, tmp_path: Path) -> None:
    world.join("ann", "joe")
    ann, joe = an_edition_goes(world)
    of_joe = microsofts_complaint(mail=returned(message_id=joe.message_id, token=token(joe.subscriber_id)))
    assert read(world, tmp_path, arf(to=path_of(ann)), of_joe).bounces == {SUPPRESSED: 2}
    assert reason(world, "ann") is reason(world, "joe") is SuppressionReason.COMPLAINT


def by_code(edition: str, subscriber: int) -> str:
    """A Message-ID as this release gives it."""
    return message_id(edition, tokens.for_message(edition, subscriber, KEYS), "digest@example.org")


def test_a_bounce_is_believed_by_a_message_id_that_nobody_could_guess(world: World, tmp_path: Path) -> None:
    world.name_copy = by_code
    world.join("ann", "joe")
    ann, joe = an_edition_goes(world)
    of_ann = dsn(recipient="Ann@Example.org", mail=returned(message_id=ann.message_id))
    of_joe = arf(recipient="joe@example.org", mail=returned(message_id=joe.message_id))
    assert read(world, tmp_path, of_ann, of_joe).bounces == {SUPPRESSED: 2}
    assert reason(world, "ann") is SuppressionReason.HARD
    assert reason(world, "joe") is SuppressionReason.COMPLAINT


@pytest.mark.more
def test_so_it_is_of_a_copy_that_was_sent_again(world: World, tmp_path: Path) -> None:
    world.name_copy = by_code
    world.join("ann")
    (before,) = an_edition_goes(world)
    world.send_again("ann")
    world.deliver()
    ann = world.copies()["ann"]
    assert ann.message_id != before.message_id
    mail = returned(message_id=ann.message_id)
    assert read(world, tmp_path, dsn(recipient="ann@example.org", mail=mail)).bounces == {SUPPRESSED: 1}


@pytest.mark.more
@pytest.mark.parametrize("address", ["joe@example.org", "nobody@example.org"])
def test_but_not_where_it_is_about_another_address(sqlite_store: object, tmp_path: Path, address: str) -> None:
    world = World(sqlite_store, name_copy=by_code)  # type: ignore[arg-type]
    world.join("ann", "joe")
    ann, _ = an_edition_goes(world)
    mail = returned(message_id=ann.message_id)
    assert read(world, tmp_path, dsn(recipient=address, mail=mail)).bounces == {UNKNOWN: 1}
    assert reason(world, "ann") is reason(world, "joe") is None


def guessable(edition: str, subscriber: int) -> str:
    """As older releases gave it."""
    return message_id(edition, str(subscriber), "digest@example.org")


def by_another_key(edition: str, subscriber: int) -> str:
    return message_id(edition, tokens.for_message(edition, subscriber, ("another-key",)), "digest@example.org")


@pytest.mark.more
@pytest.mark.parametrize("named", [guessable, by_another_key])
def test_nor_by_one_that_can_be_guessed_or_is_not_ours(sqlite_store: object, tmp_path: Path, named: NameCopy) -> None:
    world = World(sqlite_store, name_copy=named)  # type: ignore[arg-type]
    world.join("ann")
    (ann,) = an_edition_goes(world)
    mail = returned(message_id=ann.message_id)
    assert read(world, tmp_path, dsn(recipient="ann@example.org", mail=mail)).bounces == {UNKNOWN: 1}
    assert reason(world, "ann") is None


def test_what_is_about_us_suppresses_nobody_and_is_noted(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    refused = {"status": "5.7.26", "said": "smtp; 550-5.7.26 blocked because the sender is unauthenticated"}
    assert read(world, tmp_path, dsn(to=path_of(ann), **refused)).bounces == {NOTED: 1}
    assert (reason(world, "ann"), listed(world)[0].kind) == (None, BounceKind.SENDER)


# -- what counts --------------------------------------------------------------------------------------


@pytest.mark.more
def test_four_editions_in_a_row_over_a_fortnight_suppress_a_mailbox_that_is_full(world: World, tmp_path: Path) -> None:
    world.join("ann")
    for week in range(4):
        (ann,) = an_edition_goes(world, after=week * WEEK)
        outcome = SUPPRESSED if week == 3 else COUNTED
        assert read(world, tmp_path, dsn(to=path_of(ann), **FULL)).bounces == {outcome: 1}, week
    assert reason(world, "ann") is SuppressionReason.SOFT


@pytest.mark.more
def test_an_edition_that_went_well_begins_anew(world: World, tmp_path: Path) -> None:
    world.join("ann")
    for week in range(7):
        (ann,) = an_edition_goes(world, after=week * WEEK)
        if week != 3:
            assert read(world, tmp_path, dsn(to=path_of(ann), **FULL)).bounces == {COUNTED: 1}, week
    assert reason(world, "ann") is None


@pytest.mark.more
def test_bounces_that_come_late_and_in_another_order_count_the_same(world: World, tmp_path: Path) -> None:
    world.join("ann")
    copies = [an_edition_goes(world, after=week * WEEK)[0] for week in range(4)]
    done = [read(world, tmp_path, dsn(to=path_of(copies[which]), **FULL)).bounces for which in (3, 0, 2, 1)]
    assert done == [{COUNTED: 1}, {COUNTED: 1}, {COUNTED: 1}, {SUPPRESSED: 1}]


@pytest.mark.more
def test_two_bounces_of_one_edition_are_one(world: World, tmp_path: Path) -> None:
    world.join("ann")
    rules = BounceRules(hard=2)
    (ann,) = an_edition_goes(world)
    first, again = dsn(to=path_of(ann)), dsn(to=path_of(ann), said="smtp; 550 5.1.1 user unknown")
    assert read(world, tmp_path, first, again, rules=rules).bounces == {COUNTED: 2}
    (ann,) = an_edition_goes(world, after=WEEK)
    assert read(world, tmp_path, dsn(to=path_of(ann)), rules=rules).bounces == {SUPPRESSED: 1}


@pytest.mark.more
def test_what_led_to_a_suppression_is_no_reason_for_another(world: World, tmp_path: Path) -> None:
    world.join("ann")
    for week in range(4):
        (ann,) = an_edition_goes(world, after=week * WEEK)
        read(world, tmp_path, dsn(to=path_of(ann), **FULL))
    assert allow_again(world.store, world.clock, "ann@example.org")
    (ann,) = an_edition_goes(world, after=4 * WEEK)
    assert read(world, tmp_path, dsn(to=path_of(ann), **FULL)).bounces == {COUNTED: 1}


@pytest.mark.parametrize("said", [{}, FULL], ids=["hard", "soft"])
def test_what_comes_of_an_old_edition_suppresses_nobody_whose_mailbox_took_later_ones(
    world: World, tmp_path: Path, said: dict[str, str]
) -> None:
    world.join("ann")
    old = [an_edition_goes(world, after=week * WEEK)[0] for week in range(4)]
    for week in range(4, 9):
        an_edition_goes(world, after=week * WEEK)
    for copy in old:
        assert read(world, tmp_path, dsn(to=path_of(copy), **said)).bounces == {COUNTED: 1}
    assert reason(world, "ann") is None


def test_bounces_of_weeks_that_are_read_at_once_suppress_whatever_their_order(world: World, tmp_path: Path) -> None:
    world.join("ann")
    copies = [an_edition_goes(world, after=week * WEEK)[0] for week in range(7)]
    outcome = read(world, tmp_path, *(dsn(to=path_of(copy)) for copy in copies)).bounces
    assert outcome[SUPPRESSED] == 1
    assert reason(world, "ann") is SuppressionReason.HARD


@pytest.mark.parametrize("shape", [dsn, arf], ids=["hard", "complaint"])
def test_what_has_suppressed_a_reader_who_was_let_back_in_says_nothing_when_it_is_sent_again(
    world: World, tmp_path: Path, shape: Callable[..., bytes]
) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    assert read(world, tmp_path, shape(to=path_of(ann))).bounces == {SUPPRESSED: 1}
    assert allow_again(world.store, world.clock, "ann@example.org")
    again = shape(to=path_of(ann)).replace(b"Subject: ", b"Subject: Re: ", 1)
    assert not read(world, tmp_path, again).bounces
    assert reason(world, "ann") is None


@pytest.mark.parametrize("leap", LEAPS, ids=str)
@pytest.mark.parametrize("shape", [dsn, arf], ids=["hard", "complaint"])
def test_what_comes_of_a_copy_that_was_sent_again_since_suppresses_again(
    world: World, tmp_path: Path, shape: Callable[..., bytes], leap: timedelta
) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    bounce = shape(to=path_of(ann))
    for number in range(3):
        another = bounce.replace(b"Subject: ", f"Subject: {number} ".encode(), 1)
        assert read(world, tmp_path, another).bounces == {SUPPRESSED: 1}
        assert allow_again(world.store, world.clock, "ann@example.org")
        world.clock.now += leap
        world.send_again("ann")
        # Until the relay has taken it, what comes is of the one before.
        again = bounce.replace(b"Subject: ", f"Subject: Re: {number} ".encode(), 1)
        assert not read(world, tmp_path, again).bounces
        world.deliver(*[Act.DEFER] * (number % 2))
        assert read(world, tmp_path, another).bounces == {}
        if number % 2:
            assert not read(world, tmp_path, again).bounces
            world.clock.forward(hours=2)
            world.deliver()
        assert world.states() == {"ann": "accepted"}
        assert state(world, "ann") is SubscriptionState.CONFIRMED


def test_a_letter_that_comes_back_once_more_suppresses_nobody_who_was_let_back_in(world: World, tmp_path: Path) -> None:
    world.join("ann")
    link = a_letter(world, OutboxKind.LINK, email="ann@example.org", subscriber_id=1)
    assert read(world, tmp_path, dsn(to=link)).bounces == {SUPPRESSED: 1}
    assert allow_again(world.store, world.clock, "ann@example.org")
    assert not read(world, tmp_path, dsn(to=link, said="smtp; 550 5.1.1 no such user")).bounces


def test_a_bounce_of_who_is_suppressed_already_is_told_so(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    again = dsn(to=path_of(ann), said="smtp; 550 5.1.1 user unknown here")
    assert read(world, tmp_path, dsn(to=path_of(ann)), again).bounces == {SUPPRESSED: 1, BEFORE: 1}


def a_copy(number: int, week: int, *, accepted: bool = True) -> OfferedCopy:
    state = DeliveryState.ACCEPTED if accepted else DeliveryState.REJECTED
    return OfferedCopy(id=number, email="ann@example.org", state=state, closed_at=MONDAY + week * WEEK)


@pytest.mark.parametrize(
    ("kinds", "which", "row"),
    [
        ({1: "soft", 2: "soft", 3: "soft"}, 3, [1, 2, 3]),
        ({1: "soft", 3: "soft", 4: "soft"}, 4, [3, 4]),
        ({1: "soft", 2: "soft", 4: "soft"}, 1, [1, 2]),
        ({1: "soft", 2: "sender", 3: "soft"}, 3, [1, 3]),
        ({1: "hard", 2: "soft"}, 2, [1, 2]),
        ({4: "soft", 5: "soft"}, None, [4, 5]),
        ({1: "soft"}, None, []),
    ],
)
def test_a_row_is_of_copies_that_came_back_one_after_the_other(
    kinds: dict[int, str], which: int | None, row: list[int]
) -> None:
    offered = [a_copy(number, number) for number in range(1, 6)]
    found, _ = in_a_row(offered, {number: BounceKind(kind) for number, kind in kinds.items()}, which)
    assert [each.id for each in found] == row


def test_a_copy_that_was_refused_for_another_reason_ends_no_row() -> None:
    offered = [a_copy(1, 1), a_copy(2, 2, accepted=False), a_copy(3, 3)]
    found, _ = in_a_row(offered, {1: BounceKind.SOFT, 3: BounceKind.SOFT}, 3)
    assert [each.id for each in found] == [1, 3]


def a_failure(kind: BounceKind, *addresses: str) -> Failure:
    return Failure(addresses=addresses, kind=kind, status=None, words="")


@pytest.mark.parametrize(
    ("failures", "kind"),
    [
        ([a_failure(BounceKind.HARD, "ann@example.org")], "hard"),
        ([a_failure(BounceKind.HARD, "a@other.example"), a_failure(BounceKind.SOFT, "b@other.example")], "soft"),
        ([a_failure(BounceKind.SOFT, "b@other.example"), a_failure(BounceKind.HARD, "Ann@Example.org")], "hard"),
    ],
)
def test_what_is_said_of_the_address_itself_counts_before_what_is_said_of_where_it_leads(
    failures: Sequence[Failure], kind: str
) -> None:
    assert what_is_said(failures, "ann@example.org").kind == kind


# -- refusals of the relay ----------------------------------------------------------------------------


def test_a_refusal_at_the_relay_counts_as_a_bounce_once(world: World) -> None:
    world.join("ann", "joe")
    an_edition_goes(world, Act.REJECT)
    assert world.states() == {"ann": "rejected", "joe": "accepted"}
    done = take_refusals(world.store, world.clock, RULES)
    again = take_refusals(world.store, world.clock, RULES)
    assert (done.suppressed, again.suppressed, again.counted) == (1, 0, 0)
    assert (state(world, "ann"), state(world, "joe")) == (SubscriptionState.BOUNCED, SubscriptionState.CONFIRMED)
    assert done.line() == "refusals: 1 address suppressed"


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        ("relay:587: answered RCPT TO with 550 5.1.1 no such user", "hard", SuppressionReason.HARD),
        ("relay:587: answered RCPT TO with 552 5.2.2 mailbox full", "soft", None),
        ("relay:587: answered the message with 554 5.7.1 rejected", "soft", None),
        ("subscriber 1: this address can't stand in a mail; correct it", "sender", None),
    ],
)
def test_a_refusal_counts_by_what_the_relay_has_said(
    sqlite_store: object, answer: str, kind: str, why: SuppressionReason | None
) -> None:
    world = World(sqlite_store)  # type: ignore[arg-type]
    world.join("ann")
    (ann,) = an_edition_goes(world, Act.REJECT)
    with world.store.write() as connection:
        connection.execute(schema.deliveries.update().values(answer=answer))
    take_refusals(world.store, world.clock, RULES)
    assert [(each.kind, each.delivery_id) for each in listed(world)] == [(kind, ann.id)]
    assert reason(world, "ann") is why


@pytest.mark.more
def test_beyond_a_tenth_of_what_it_has_answered_a_relay_that_refuses_is_asked_about(world: World) -> None:
    """While the rest of the edition waits for its turn: who was not offered a copy says nothing."""
    world.join_at_once({f"reader{number:03}": None for number in range(60)})
    world.stop = lambda: world.relay.tried >= 32
    an_edition_goes(world, *[Act.ACCEPT] * 20, *[Act.REJECT] * 12)
    done = take_refusals(world.store, world.clock, RULES)
    assert done.line() == "refusals: 10 addresses suppressed, 2 copies held, for too many of an edition came back"
    assert not take_refusals(world.store, world.clock, RULES).has_news()
    # The operator's word holds for what was believed before it was known, and for what is refused after it.
    refused = held_bounces_decided.refuse(world.store, world.clock, "weekly/2026-11-23")
    assert refused.line() == "bounces: 2 of weekly/2026-11-23 not believed, 10 addresses mailed again"
    world.stop = lambda: world.relay.tried >= 42
    world.deliver(*[Act.REJECT] * 10)
    assert not take_refusals(world.store, world.clock, RULES).has_news()
    assert {reason(world, name) for name in world.states()} == {None}


@pytest.mark.more
def test_what_came_back_by_mail_and_what_the_relay_refused_count_together(world: World, tmp_path: Path) -> None:
    world.join_at_once({f"reader{number:03}": None for number in range(100)})
    copies = an_edition_goes(world, *[Act.REJECT] * 6)
    take_refusals(world.store, world.clock, RULES)
    read(world, tmp_path, *(dsn(to=path_of(each), recipient=each.email) for each in copies[50:56]))
    assert outcomes(world) == [SUPPRESSED] * 10 + [BounceOutcome.HELD] * 2


@pytest.mark.more
def test_more_than_ten_that_are_refused_in_a_row_are_asked_about_from_the_first(world: World) -> None:
    """However many were taken before: a relay that has lost its list of mailboxes refuses all that follow."""
    world.join_at_once({f"reader{number:03}": None for number in range(130)})
    world.stop = lambda: world.relay.tried >= 115
    an_edition_goes(world)
    world.clock.forward(minutes=5)
    world.stop = lambda: world.relay.tried >= 126
    world.deliver(*[Act.REJECT] * 11)
    done = take_refusals(world.store, world.clock, RULES)
    assert (done.suppressed, done.held) == (0, 11)
    believed = held_bounces_decided.accept(world.store, world.clock, "weekly/2026-11-23")
    assert believed.addresses == 11


@pytest.mark.parametrize("later", [timedelta(days=5), timedelta(days=20)])
def test_what_is_refused_when_it_is_sent_again_late_counts_too(world: World, later: timedelta) -> None:
    """A copy that is sent again has a time of its own, weeks after its edition closed."""
    world.join("ann", "joe")
    world.appear(a_source_post(id="1", published=MONDAY - timedelta(days=4), category_numbers=("1",)))
    world.prepare()
    world.clock.forward(days=3)
    world.deliver()
    world.clock.forward(days=later.days - 3)
    world.send_again(DeliveryState.EXPIRED)
    world.deliver(Act.REJECT)
    assert take_refusals(world.store, world.clock, RULES).suppressed == 1
    assert not take_refusals(world.store, world.clock, RULES).has_news()


@pytest.mark.parametrize(("before", "after"), [*pairwise([*LEAPS, LEAPS[0]])], ids=str)
def test_what_is_refused_again_after_the_operator_has_let_it_be_mailed_suppresses_again(
    world: World, before: timedelta, after: timedelta
) -> None:
    world.join("ann", "joe")
    an_edition_goes(world, Act.REJECT)
    refusals_suppress_twice(world, before, after)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("ahead", [timedelta(minutes=50), timedelta(minutes=-50)], ids=str)
def test_so_it_does_where_the_leaders_clock_is_not_the_databases(
    world: World, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    world.join("ann", "joe")
    monkeypatch.setattr(pace, "ahead", lambda _connection, _at: ahead)
    (ann, _) = an_edition_goes(world, Act.REJECT)
    assert ann.changed_at - world.clock.now == ahead
    refusals_suppress_twice(world, timedelta(), timedelta(minutes=10))


def refusals_suppress_twice(world: World, before: timedelta, after: timedelta) -> None:
    """While the clock leaps *before* each look at them, and *after* it."""
    for suppressed in (1, 2):
        world.clock.now += before
        assert take_refusals(world.store, world.clock, RULES).suppressed == 1
        assert state(world, "ann") is SubscriptionState.BOUNCED
        assert take_refusals(world.store, world.clock, RULES) == RefusalsTaken()
        assert len(listed(world)) == suppressed
        assert allow_again(world.store, world.clock, "ann@example.org")
        world.clock.now += after
        assert take_refusals(world.store, world.clock, RULES) == RefusalsTaken()
        world.send_again(DeliveryState.REJECTED)
        world.deliver(Act.REJECT)


def test_refusals_that_another_look_takes_meanwhile_are_taken_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("ann", "joe")
    an_edition_goes(world, Act.REJECT)
    with world.store.read() as connection:
        found = bounces.refused_copies(connection, left_since=MONDAY - WEEK, limit=10)
    assert take_refusals(world.store, world.clock, RULES).suppressed == 1
    monkeypatch.setattr(bounces, "refused_copies", lambda _connection, **_asked: found)
    assert take_refusals(world.store, world.clock, RULES) == RefusalsTaken()
    assert len(listed(world)) == 1


def test_a_copy_that_is_offered_again_meanwhile_is_refused_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("ann", "joe")
    ann, _ = an_edition_goes(world, Act.REJECT)
    assert world.retry("weekly/2026-11-23").editions == {"weekly/2026-11-23": 1}
    monkeypatch.setattr(bounces, "refused_copies", lambda _connection, **_asked: [ann.id])
    assert take_refusals(world.store, world.clock, RULES) == RefusalsTaken()
    assert listed(world) == []


def test_a_copy_of_which_much_came_back_and_that_is_refused_then_is_counted_once(world: World, tmp_path: Path) -> None:
    world.join("ann", "joe")
    ann, _ = an_edition_goes(world)
    for number in range(12):
        read(world, tmp_path, dsn(to=path_of(ann), recipient="ann@example.org", said=f"smtp; 550 5.1.1 gone {number}"))
    assert allow_again(world.store, world.clock, "ann@example.org")
    world.clock.forward(hours=1)
    world.send_again("ann")
    world.deliver(Act.REJECT)
    assert take_refusals(world.store, world.clock, RULES).suppressed == 1
    assert not take_refusals(world.store, world.clock, RULES).has_news()


def test_a_refusal_that_nobody_counted_in_its_time_counts_no_more(world: World) -> None:
    world.join("ann", "joe")
    an_edition_goes(world, Act.REJECT)
    world.clock.forward(days=20)
    assert not take_refusals(world.store, world.clock, RULES).has_news()


# -- letters ------------------------------------------------------------------------------------------


def a_letter(world: World, kind: OutboxKind, *, email: str, subscriber_id: int | None) -> str:
    """Puts one into the outbox; returns its return path."""
    words = LetterWords(subject="Hello", text="Hello", html="<p>Hello</p>", language="en")
    new = NewLetter(kind=kind, email=email, subscriber_id=subscriber_id, words=words, not_after=world.clock.now + WEEK)
    with world.store.write() as connection:
        number = outbox.put(
            connection, new, at=world.clock.now, name=lambda kind, number, _: f"<{kind}-{number}@example.org>"
        )
        assert number is not None
        letter = outbox.find(connection, number)
    assert letter is not None
    return signed_path("bounces@example.org", letter, KEYS)


def test_a_letter_that_comes_back_suppresses_a_reader_and_no_editor(world: World, tmp_path: Path) -> None:
    world.join("ann")
    draft = a_letter(world, OutboxKind.DRAFT, email="ed@example.org", subscriber_id=None)
    link = a_letter(world, OutboxKind.LINK, email="ann@example.org", subscriber_id=1)
    assert read(world, tmp_path, dsn(to=draft), dsn(to=link)).bounces == {NOTED: 1, SUPPRESSED: 1}
    assert (reason(world, "ed"), reason(world, "ann")) == (None, SuppressionReason.HARD)
    assert {each.canonical for each in listed(world)} == {None, "ann@example.org"}


def test_a_stranger_who_mistyped_a_form_is_no_reader_but_one_who_complains_is_left_alone(
    world: World, tmp_path: Path
) -> None:
    mistyped = a_letter(world, OutboxKind.CONFIRMATION, email="nobody@example.org", subscriber_id=None)
    bothered = a_letter(world, OutboxKind.CONFIRMATION, email="eve@example.org", subscriber_id=None)
    assert read(world, tmp_path, dsn(to=mistyped), arf(to=bothered)).bounces == {NOTED: 1, SUPPRESSED: 1}
    assert (reason(world, "nobody"), reason(world, "eve")) == (None, SuppressionReason.COMPLAINT)


# -- the mailbox --------------------------------------------------------------------------------------


def test_delays_and_absences_are_ignored(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    delay = dsn(to=path_of(ann), action="delayed", status="4.4.1")
    done = read(world, tmp_path, delay, absence(to=path_of(ann)), delay)
    assert (done.ignored, done.bounces, done.left, listed(world)) == (2, {}, 0, [])
    assert done.line() == "bounces: 2 ignored"


def test_a_mail_with_a_readers_token_unsubscribes_them_from_this_mailbox_too(world: World, tmp_path: Path) -> None:
    world.join("ann")
    mail = f"From: x@example.org\nSubject: unsubscribe {token(1)}\nMessage-ID: <1@x>\n\n".encode()
    assert read(world, tmp_path, mail).requests == {MailOutcome.ENDED: 1}
    assert state(world, "ann") is SubscriptionState.ENDED


def test_plain_words_get_the_address_itself_its_link_and_nobody_else(world: World, tmp_path: Path) -> None:
    world.join("ann")
    asked: list[str] = []
    mail = by_hand("Please unsubscribe me.\nAnn", sender="ann@example.org")
    given = settings(tmp_path, asked=asked)
    assert read_mails_given(world.store, world.clock, [StoredMail(content=mail)], given).requests == {
        MailOutcome.LINK: 1
    }
    assert (asked, state(world, "ann")) == (["ann@example.org"], SubscriptionState.CONFIRMED)


def test_what_no_rule_understands_is_left_for_people_whole_and_once(world: World, tmp_path: Path) -> None:
    answer = by_hand("I liked the piece on budgets. Could you send me the paper?")
    unknown = in_words("Il messaggio non e' stato recapitato: casella inesistente.")
    assert read(world, tmp_path, answer, unknown, answer).left == 2
    folder = tmp_path / "unread"
    files = sorted((folder / "new").iterdir())
    assert sorted(each.read_bytes() for each in files) == sorted([answer, unknown])
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert mailboxes.waiting(folder) == 2
    files[0].unlink()
    assert not read(world, tmp_path, answer, unknown).has_news()
    assert mailboxes.waiting(folder) == 1


def test_a_mail_that_can_not_be_left_for_people_is_read_again_by_the_next_look(world: World, tmp_path: Path) -> None:
    (tmp_path / "unread").write_text("in the way")
    with pytest.raises(SolacefeedError, match="unread"):
        read(world, tmp_path, by_hand("Hello."))
    (tmp_path / "unread").unlink()
    assert read(world, tmp_path, by_hand("Hello.")).left == 1


def test_and_holds_up_no_bounce_beside_it(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    (tmp_path / "unread").write_text("in the way")
    with pytest.raises(SolacefeedError, match="unread"):
        read(world, tmp_path, by_hand("Hello."), dsn(to=path_of(ann)))
    assert state(world, "ann") == "bounced"
    (tmp_path / "unread").unlink()
    again = read(world, tmp_path, by_hand("Hello."), dsn(to=path_of(ann)))
    assert (again.left, dict(again.bounces)) == (1, {})


def test_a_maildir_is_read_by_its_new_files_though_the_mailbox_of_unsubscribes_is_the_same(
    world: World, tmp_path: Path
) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    new = tmp_path / "box" / "new"
    new.mkdir(parents=True)
    (new / "1.host").write_bytes(dsn(to=path_of(ann)))
    with world.store.write() as connection:
        read_mails.note(connection, "the file's name, by the other reader", MailOutcome.BEFORE, at=MONDAY)
    given = settings(tmp_path)
    assert read_files(world.store, world.clock, [tmp_path / "box"], given).bounces == {SUPPRESSED: 1}
    assert not read_files(world.store, world.clock, [tmp_path / "box"], given).has_news()
    (new / "2.host").write_bytes(dsn(to=path_of(ann), said="smtp; 550 5.1.1 no such user"))
    assert read_files(world.store, world.clock, [tmp_path / "box"], given).bounces == {BEFORE: 1}


@pytest.mark.more
def test_a_file_of_one_mail_and_an_mbox_are_read(world: World, tmp_path: Path) -> None:
    world.join("ann", "joe")
    ann, joe = an_edition_goes(world)
    (tmp_path / "one.eml").write_bytes(dsn(to=path_of(ann)))
    (tmp_path / "mbox").write_bytes(
        b"".join(
            b"From MAILER-DAEMON Mon Nov 23 08:00:00 2026\n" + mail + b"\n"
            for mail in (dsn(to=path_of(joe)), absence())
        )
    )
    done = read_files(world.store, world.clock, [tmp_path / "one.eml", tmp_path / "mbox"], settings(tmp_path))
    assert (done.bounces, done.ignored) == ({SUPPRESSED: 2}, 1)
    assert done.line() == "bounces: 2 addresses suppressed, 1 ignored"


@pytest.mark.more
def test_a_mailbox_on_a_server_is_read_on_from_where_the_last_look_ended(world: World, tmp_path: Path) -> None:
    world.join("ann", "joe")
    ann, joe = an_edition_goes(world)
    with FakeImap({4: dsn(to=path_of(ann)), 9: absence()}) as server:
        mailbox = ImapMailbox(host="127.0.0.1", port=server.port, tls="none", username="bounces", password="swordfish")
        done = read_imap(world.store, world.clock, mailbox, settings(tmp_path))
        assert (done.bounces, done.ignored) == ({SUPPRESSED: 1}, 1)
        server.mails[10] = dsn(to=path_of(joe))
        assert read_imap(world.store, world.clock, mailbox, settings(tmp_path)).bounces == {SUPPRESSED: 1}
        # A server that is made anew numbers them anew: each is known again.
        server.validity = 8
        assert not read_imap(world.store, world.clock, mailbox, settings(tmp_path)).has_news()
        assert [said for said in server.said if "BODY" in said][:4] == [
            f"UID FETCH {uid} (BODY.PEEK[]<0.{mailboxes.MOST_BYTES}>)" for uid in (4, 9, 10, 4)
        ]


@pytest.mark.more
def test_what_was_read_before_a_server_failed_is_kept(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    many = {uid: by_hand(f"Hello {uid}.") for uid in range(1, 60)} | {1: dsn(to=path_of(ann))}
    with FakeImap(many) as server:
        server.fails_after = 55
        mailbox = ImapMailbox(host="127.0.0.1", port=server.port, tls="none", username="bounces", password="swordfish")
        with pytest.raises(SolacefeedError):
            read_imap(world.store, world.clock, mailbox, settings(tmp_path))
        assert reason(world, "ann") is SuppressionReason.HARD
        server.fails_after = None
        assert read_imap(world.store, world.clock, mailbox, settings(tmp_path)).left == 9


def test_bounces_are_forgotten_as_copies_are_and_a_suppression_stays(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    read(world, tmp_path, dsn(to=path_of(ann)))
    let_bounces_go(world.store, MONDAY + timedelta(days=366), keep=timedelta(days=366))
    assert len(listed(world)) == 1
    let_bounces_go(world.store, MONDAY + timedelta(days=367), keep=timedelta(days=366))
    assert (listed(world), reason(world, "ann")) == ([], SuppressionReason.HARD)


def test_who_is_erased_is_erased_from_what_people_have_to_read_too(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    by_ann, by_joe = by_hand("Hello.", sender="ann@example.org"), by_hand("Hello.", sender="joe@example.org")
    read(world, tmp_path, dsn(to=path_of(ann)), by_ann, by_joe)
    erasing = Erasing(
        key=FingerprintKey(path=tmp_path / "key"), rehearsals=tmp_path / "mail", unread=tmp_path / "unread"
    )
    ask(world.store, world.clock, 1)
    assert erase_waiting(world.store, world.clock, erasing).people == 1
    assert [each.read_bytes() for each in (tmp_path / "unread" / "new").iterdir()] == [by_joe]
    assert listed(world) == []


def test_forged_bounces_fill_no_store(world: World, tmp_path: Path) -> None:
    world.join("ann")
    (ann,) = an_edition_goes(world)
    read(world, tmp_path, dsn(to=path_of(ann)), *(dsn(recipient=f"x{number}@example.org") for number in range(5)))
    with world.store.write() as connection:
        bounces.trim_unknown(connection, most=3)
    assert [each.outcome for each in listed(world)] == [UNKNOWN, UNKNOWN, UNKNOWN, SUPPRESSED]


# -- too many of an edition ---------------------------------------------------------------------------


@pytest.fixture
def storm(world: World, tmp_path: Path) -> World:
    """Of an edition for a hundred readers twelve mails came back: one after the other beyond a tenth."""
    world.join_at_once({f"reader{number:03}": None for number in range(100)})
    copies = an_edition_goes(world)
    for copy in copies[:12]:
        read(world, tmp_path, dsn(to=path_of(copy), recipient=copy.email))
    return world


def outcomes(world: World) -> list[BounceOutcome]:
    """Of what came back, oldest first."""
    return [each.outcome for each in reversed(listed(world))]


@pytest.mark.more
def test_beyond_a_tenth_of_an_edition_what_comes_back_waits_for_the_operator(storm: World) -> None:
    assert outcomes(storm) == [SUPPRESSED] * 10 + [BounceOutcome.HELD] * 2
    assert reason(storm, "reader011") is None
    with storm.store.read() as connection:
        assert held_bounces.waiting(connection) == {"weekly/2026-11-23": 2}


@pytest.mark.more
def test_what_the_operator_believes_suppresses_and_so_does_what_comes_after(storm: World, tmp_path: Path) -> None:
    done = held_bounces_decided.accept(storm.store, storm.clock, "weekly/2026-11-23")
    assert done.line() == "bounces: 2 of weekly/2026-11-23 believed, 2 addresses suppressed"
    assert reason(storm, "reader011") is SuppressionReason.HARD
    copy = storm.copies()["reader050"]
    assert read(storm, tmp_path, dsn(to=path_of(copy), recipient=copy.email)).bounces == {SUPPRESSED: 1}
    assert held_bounces_decided.accept(storm.store, storm.clock, "weekly/2026-11-23").held == 0


@pytest.mark.more
def test_what_the_operator_does_not_believe_is_undone_and_counts_for_nobody(storm: World, tmp_path: Path) -> None:
    with storm.store.write() as connection:
        own = Suppression(
            canonical="reader003@example.org",
            reason=SuppressionReason.OPERATOR,
            words=None,
            actor=Actor.OPERATOR,
            at=storm.clock.now,
        )
        suppressions.remove(connection, own.canonical, at=storm.clock.now, by=Actor.OPERATOR)
        suppressions.add(connection, own)
    done = held_bounces_decided.refuse(storm.store, storm.clock, "weekly/2026-11-23")
    assert done.line() == "bounces: 2 of weekly/2026-11-23 not believed, 9 addresses mailed again"
    assert {reason(storm, f"reader{number:03}") for number in range(12)} == {None, SuppressionReason.OPERATOR}
    assert state(storm, "reader000") is SubscriptionState.CONFIRMED
    copy = storm.copies()["reader050"]
    assert read(storm, tmp_path, dsn(to=path_of(copy), recipient=copy.email)).bounces == {NOTED: 1}
    with storm.store.read() as connection:
        assert bounces.of_address(connection, "reader050@example.org") == []
        assert bounces.of_address(connection, "reader000@example.org") == []


@pytest.mark.more
def test_what_the_operator_believed_by_mistake_is_undone_too_but_for_who_was_suppressed_anew_since(
    storm: World, tmp_path: Path
) -> None:
    storm.clock.forward(hours=1)
    assert held_bounces_decided.accept(storm.store, storm.clock, "weekly/2026-11-23").addresses == 2
    assert allow_again(storm.store, storm.clock, "reader003@example.org")
    letter = a_letter(storm, OutboxKind.LINK, email="reader003@example.org", subscriber_id=4)
    assert read(storm, tmp_path, dsn(to=letter)).bounces == {SUPPRESSED: 1}
    done = held_bounces_decided.refuse(storm.store, storm.clock, "weekly/2026-11-23")
    assert (done.held, done.addresses) == (0, 11)
    left = {number for number in range(12) if reason(storm, f"reader{number:03}") is not None}
    assert left == {3}


@pytest.mark.more
def test_a_second_mail_of_the_same_copies_is_no_second_bounce(world: World, tmp_path: Path) -> None:
    world.join_at_once({f"reader{number:03}": None for number in range(20)})
    copies = an_edition_goes(world)
    for said in ("smtp; 550 5.1.1 unknown", "smtp; 550 5.1.1 unknown still"):
        read(world, tmp_path, *(dsn(to=path_of(each), recipient=each.email, said=said) for each in copies[:10]))
    assert Counter(outcomes(world)) == {SUPPRESSED: 10, BEFORE: 10}


def test_a_small_edition_or_a_list_that_loses_few_asks_nobody(world: World, tmp_path: Path) -> None:
    world.join_at_once({f"reader{number:03}": None for number in range(10)})
    copies = an_edition_goes(world)
    read(world, tmp_path, *(dsn(to=path_of(each), recipient=each.email) for each in copies))
    assert outcomes(world) == [SUPPRESSED] * 10


@pytest.mark.parametrize(
    ("hard", "copies", "too_often"),
    [(10, 20, False), (11, 20, True), (11, 110, False), (11, 109, True), (1000, 10_000, False), (1001, 10_000, True)],
)
def test_too_often_is_more_than_ten_and_more_than_a_tenth(hard: int, copies: int, too_often: bool) -> None:
    assert came_back_too_often(hard, copies) is too_often


def test_of_an_edition_that_there_is_not_nothing_is_decided(world: World) -> None:
    for decide in (held_bounces_decided.accept, held_bounces_decided.refuse):
        with pytest.raises(UsageError, match="there is no edition weekly/2026-11-30"):
            decide(world.store, world.clock, "weekly/2026-11-30")


# -- mail that was sent before ------------------------------------------------------------------------


@pytest.mark.more
def test_a_complaint_of_the_first_of_two_copies_is_understood(world: World, tmp_path: Path) -> None:
    world.join("ann", "ben")
    ann, _ = an_edition_goes(world)
    assert world.send_again("ann").seconds == 1
    world.deliver()
    assert world.copies()["ann"].message_id != ann.message_id
    complaint = microsofts_complaint(mail=returned(message_id=ann.message_id, token=token(ann.subscriber_id)))
    assert read(world, tmp_path, complaint).bounces == {SUPPRESSED: 1}


def test_a_bounce_of_a_cancelled_edition_is_understood_when_another_has_its_name(world: World, tmp_path: Path) -> None:
    world.join("ann", "ben")
    world.stop = lambda: bool(world.got())
    ann, _ = an_edition_goes(world)
    path = path_of(ann)
    world.stop = lambda: False
    world.cancel(make_anew=True)
    world.prepare()
    assert read(world, tmp_path, dsn(to=path, recipient="ann@example.org")).bounces == {SUPPRESSED: 1}
