"""Whatever two do of the same person at once, both come to their end, nothing of either is lost, and the law holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product

import pytest
import sqlalchemy as sa

from solacefeed.deeds.people import erasing as erasing_deeds
from solacefeed.deeds.people.address_by_reader import ask_to_move, confirm_move
from solacefeed.deeds.people.answer_letters import answer_all
from solacefeed.deeds.people.category_moves import move
from solacefeed.deeds.people.change_log import Cursor, changes
from solacefeed.deeds.people.choose import choose, pause, resume, resume_paused
from solacefeed.deeds.people.complaining import complain
from solacefeed.deeds.people.preferences import (
    Preferences,
    WantedDigest,
    end_all,
    end_of,
    read_by_feed,
    read_by_mail,
    save,
    undo,
    void_links,
)
from solacefeed.deeds.people.suppressing import allow_again, suppress
from solacefeed.models.people import Actor, Subscription, SubscriptionState, Suppression, SuppressionReason
from solacefeed.store import (
    address_requests,
    digest_ends,
    erasing,
    subscribers,
    subscription_changes,
    suppressions,
)
from solacefeed.store.database import Store
from solacefeed.traces import Traces
from tests.deeds.crossing import Act, Crossing, crossing
from tests.deeds.people_world import People
from tests.store.rows import written
from tests.support.builders import A_CONSENT, LONDON, a_digest

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)

GIVEN_UP = "the digest was given up"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a digest, one whose pause is over, one that they have just ended and one that was given up."""

    people: People
    number: int
    email: str
    #: Of a change of address that they have asked for.
    move_id: int
    #: Where the change log ends.
    cursor: Cursor

    @property
    def elsewhere(self) -> str:
        return f"new.{self.email}"


@pytest.fixture
def at_once(people: People, store_url: str) -> Iterator[Crossing]:
    people.digests = (people.world.digest, a_digest(name="daily"), a_digest(name="monthly"), a_digest(name="yearly"))
    with crossing(people.world.store, store_url) as found:
        yield found


def somebody(people: People, *, suppressed: bool = False) -> Person:
    now, housing = people.clock.now, people.category("housing")

    def step(connection: sa.Connection) -> Person:
        email = f"r{newest_in(connection, 'subscribers') + 1}@example.org"
        who = subscribers.enter(connection, email=email, name="Ann", at=now, by=Actor.READER)
        for digest in ("weekly", "daily", "monthly", "yearly"):
            chosen = (housing,) if digest == "yearly" else None
            subscribers.subscribe(connection, who, digest, category_ids=chosen, consent=A_CONSENT, at=now)
        subscribers.end(connection, who.id, "daily", at=now, by=Actor.READER)
        subscribers.end(connection, who.id, "monthly", at=now, by=Actor.DIGEST, reason=GIVEN_UP)
        subscribers.pause(connection, who.id, "yearly", until=now, since=None, at=now, by=Actor.READER)
        if suppressed:
            suppressions.add(connection, a_suppression(people, email))
        move_id = address_requests.add(connection, who.id, f"new.{email}", at=now)
        steps, moves = (newest_in(connection, table) for table in ("subscription_changes", "address_changes"))
        end = Cursor(subscriptions=steps, addresses=moves)
        return Person(people=people, number=who.id, email=email, move_id=move_id, cursor=end)

    return written(people.world.store, step)


def newest_in(connection: sa.Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table}").scalar_one())


def a_suppression(people: People, email: str) -> Suppression:
    reason = SuppressionReason.OPERATOR
    return Suppression(canonical=email, reason=reason, words=None, actor=Actor.OPERATOR, at=people.clock.now)


# -- acts ---------------------------------------------------------------------------------------------


def saves_the_form(who: Person, store: Store) -> object:
    people = who.people
    wanted = Preferences(name="Anna", language="cy", digests={"daily": WantedDigest()})
    return save(store, people.clock, people.settings, who.number, 0, wanted)


def is_given_categories(who: Person, store: Store) -> object:
    digest, clock = who.people.world.digest, who.people.clock
    return choose(store, clock, digest, LONDON, who=who.number, slugs=["housing"], by=Actor.OPERATOR)


def gets_another_category(who: Person, store: Store) -> object:
    return move(store, who.people.clock, "housing", "scotland", ["yearly"])


def pauses(who: Person, store: Store) -> object:
    until = who.people.clock.now + timedelta(days=9)
    return pause(store, who.people.clock, who.people.world.digest, LONDON, who=who.number, until=until)


def comes_again(who: Person, store: Store) -> object:
    return resume(store, who.people.clock, who.people.world.digest, who=who.number)


def ends_pauses(who: Person, store: Store) -> object:
    return resume_paused(store, who.people.clock)


def reads_by_feed(who: Person, store: Store) -> object:
    return read_by_feed(store, who.people.clock, who.people.settings, who.number, 0)


def reads_by_mail(who: Person, store: Store) -> object:
    return read_by_mail(store, who.people.clock, who.number, 0)


def leaves(who: Person, store: Store) -> object:
    return end_all(store, who.people.clock, who.number)


def takes_an_end_back(who: Person, store: Store) -> object:
    end = end_of(store, "daily", who.number)
    return end is not None and undo(store, who.people.clock, end)


def makes_links_void(who: Person, store: Store) -> object:
    return void_links(store, who.people.clock, who.people.settings, who.number, 0)


def asks_to_move(who: Person, store: Store) -> None:
    people = who.people
    ask_to_move(store, people.clock, people.settings, who.number, 0, f"other.{who.email}")


def moves(who: Person, store: Store) -> object:
    return confirm_move(store, who.people.clock, who.people.settings, who.move_id, 0)


def is_answered(who: Person, store: Store) -> object:
    people = who.people
    people.find(who.email)
    return answer_all(store, people.clock, people.settings)


def complains(who: Person, store: Store) -> object:
    people = who.people
    return complain(store, people.clock, people.settings, number=who.number, digest="weekly", words="Too much.")


def is_suppressed(who: Person, store: Store) -> object:
    return suppress(store, who.people.clock, [who.email], reason=SuppressionReason.OPERATOR, words=None)


def may_be_mailed_again(who: Person, store: Store) -> object:
    return allow_again(store, who.people.clock, who.email)


def asks_to_be_erased(who: Person, store: Store) -> object:
    return erasing_deeds.ask(store, who.people.clock, who.number)


def is_erased(who: Person, store: Store) -> None:
    with store.read() as connection:
        kept = erasing.person(connection, who.number)
        if kept is None:
            return
        (found,) = erasing.look_through(connection, [kept])
    traces, key = Traces(kept.addresses), who.people.settings.key
    keys = [key.address_key(each) for each in kept.addresses]
    with store.write() as connection:
        erasing.take_out(connection, kept, traces, found=found, address_keys=keys, draw=lambda _: who.number)


def is_told_to_another_program(who: Person, store: Store) -> object:
    return list(changes(store, who.cursor))


def comes_with_the_digest(who: Person, store: Store) -> object:
    at = who.people.clock.now
    with store.write() as connection:
        return digest_ends.revive_all(connection, "monthly", at=at, reason="it is there again", limit=10)


ACTS = (
    saves_the_form,
    is_given_categories,
    gets_another_category,
    pauses,
    comes_again,
    ends_pauses,
    reads_by_feed,
    reads_by_mail,
    leaves,
    takes_an_end_back,
    makes_links_void,
    asks_to_move,
    moves,
    is_answered,
    complains,
    is_suppressed,
    may_be_mailed_again,
    asks_to_be_erased,
    is_erased,
    is_told_to_another_program,
    comes_with_the_digest,
)

#: What nobody else may be in the midst of.
ALONE = (moves, is_suppressed, may_be_mailed_again, asks_to_be_erased)

#: Of those that have waited for one another, or have seen half of what the other did; each is begun first in turn.
PAIRS = (
    (moves, is_told_to_another_program),
    (moves, is_answered),
    (saves_the_form, is_suppressed),
    (takes_an_end_back, may_be_mailed_again),
    (comes_with_the_digest, may_be_mailed_again),
    (ends_pauses, leaves),
    (complains, asks_to_be_erased),
)
#: Among them one who goes over the whole store: the other is begun first.
LONG_PAIRS = ((leaves, is_erased), (complains, is_erased), (is_answered, is_erased))

OneAct = Callable[[Person, Store], object]


def both_ways(pairs: tuple[tuple[OneAct, OneAct], ...]) -> list[tuple[OneAct, OneAct]]:
    return [*pairs, *((other, one) for one, other in pairs)]


@pytest.mark.parametrize(("one", "other"), [*both_ways(PAIRS), *LONG_PAIRS])
def test_two_acts_at_once_both_come_to_their_end_and_leave_what_is_true(
    at_once: Crossing, people: People, one: OneAct, other: OneAct
) -> None:
    assert crossed(at_once, people, one, other, suppressed=may_be_mailed_again in (one, other)) > 0


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), both_ways(tuple(product(ALONE, ACTS))))
def test_whatever_comes_into_the_midst_of_what_is_done_alone_both_come_to_their_end(
    at_once: Crossing, people: People, one: OneAct, other: OneAct
) -> None:
    crossed(at_once, people, one, other, suppressed=may_be_mailed_again in (one, other))


def crossed(at_once: Crossing, people: People, one: OneAct, other: OneAct, *, suppressed: bool) -> int:
    """How often the *other* came into the midst of *one*, each time of somebody else."""
    who: list[Person] = []

    def first() -> Act:
        who.append(somebody(people, suppressed=suppressed))
        return partial(one, who[-1])

    count = 0
    for _ in at_once.places(first, lambda: partial(other, who[-1])):
        assert_law(people, who[-1])
        count += 1
    return count


def assert_law(people: People, who: Person) -> None:
    """Bounced if, and only if, a suppression stands; and the history's last step says what is so."""
    for there in standing(people, who):
        with people.world.store.read() as connection:
            found = suppressions.find(connection, there.subscriber.email)
            steps = subscription_changes.history(connection, who.number, there.digest)
        if there.state is not SubscriptionState.ENDED:
            assert (there.state is SubscriptionState.BOUNCED) == (found is not None), there.digest
        last = steps[-1]
        assert (last.state, last.category_ids, last.language, last.since) == (
            there.state,
            there.category_ids,
            there.language,
            there.since,
        )


def standing(people: People, who: Person) -> list[Subscription]:
    with people.world.store.read() as connection:
        return subscribers.of_one(connection, who.number)


# -- nothing is lost ----------------------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.parametrize(
    ("one", "other"), both_ways(((saves_the_form, is_given_categories), (reads_by_feed, is_given_categories)))
)
def test_what_a_reader_does_leaves_the_categories_that_somebody_else_chose_meanwhile(
    at_once: Crossing, people: People, one: OneAct, other: OneAct
) -> None:
    who: list[Person] = []

    def first() -> Act:
        who.append(somebody(people))
        return partial(one, who[-1])

    for _ in at_once.places(first, lambda: partial(other, who[-1])):
        (there,) = (each for each in standing(people, who[-1]) if each.digest == "weekly")
        assert there.category_ids == (people.category("housing"),)
        assert set(there.since or ()) == {people.category("housing")}
        if saves_the_form in (one, other):
            assert there.language == "cy"
        else:
            assert there.paused_for_feed
