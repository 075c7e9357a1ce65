"""Who is suppressed or to be erased gets nothing and stands nowhere, by whichever way a subscription moves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from solacefeed.deeds.people import preferences, subscribe, suppressing
from solacefeed.deeds.people.address_by_operator import change_address
from solacefeed.deeds.people.digests import ConfiguredDigest, give_up, known_digests, note_served, resume
from solacefeed.deeds.people.erasing import Erasing, ask, erase_waiting
from solacefeed.deeds.people.importing.judging import Fate
from solacefeed.deeds.people.may_mail import verdicts
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor, Subscription, SubscriptionState, SuppressionReason
from solacefeed.store import (
    address_history,
    digest_ends,
    digests,
    mailable,
    new_subscriptions,
    subscribers,
    suppressions,
)
from solacefeed.store.database import Store
from solacefeed.store.schema import outbox as letters
from solacefeed.store.schema import subscriptions
from tests.deeds.importing import Importer
from tests.deeds.people_world import People, address
from tests.deeds.world import World
from tests.support.builders import A_CONSENT, LONDON, MONDAY, NO_KEY, a_source_post

BOUNCED, CONFIRMED, ENDED = SubscriptionState.BOUNCED, SubscriptionState.CONFIRMED, SubscriptionState.ENDED
ANN = "ann@example.org"

#: As ``import`` reads what ``export`` has written.
HEADINGS = "address,digest,state,categories,basis,consent at,how"


def suppress(world: World, who: str = "ann") -> None:
    suppressing.suppress(
        world.store, world.clock, [address(who)], reason=SuppressionReason.OPERATOR, words="they complained"
    )


def allow(world: World, who: str = "ann") -> None:
    suppressing.allow_again(world.store, world.clock, address(who))


def serve(world: World) -> None:
    note_served(world.store, [ConfiguredDigest(digest=world.digest, names=("weekly",))])


def give_it_up(world: World) -> None:
    give_up(world.store, world.clock, known_digests(world.store)["weekly"])


def take_it_up(world: World) -> None:
    resume(world.store, world.clock, known_digests(world.store)["weekly"])


def end(world: World, who: str = "ann") -> None:
    subscribe.end(world.store, world.clock, "weekly", email=address(who))


def undone_by_link(world: World, number: int) -> bool:
    end = preferences.end_of(world.store, "weekly", number)
    return end is not None and preferences.undo(world.store, world.clock, end)


def undo(world: World, who: str = "ann") -> None:
    subscribe.undo_end(world.store, world.clock, "weekly", email=address(who))


def theirs(world: World, who: str = "ann") -> Subscription:
    with world.store.read() as connection:
        person = subscribers.find(connection, address(who))
        assert person is not None
        found = subscribers.subscription(connection, person.id, "weekly")
    assert found is not None
    return found


@pytest.mark.parametrize("back", [(give_it_up, take_it_up), (end, undo)], ids=["digest", "undo"])
@pytest.mark.parametrize("meanwhile", [suppress, allow], ids=["suppressed", "allowed"])
def test_what_ended_comes_back_bounced_if_and_only_if_a_suppression_stands(
    world: World, back: tuple[Callable[[World], None], Callable[[World], None]], meanwhile: Callable[[World], None]
) -> None:
    serve(world)
    world.join("ann")
    if meanwhile is allow:
        suppress(world)
    leave, again = back
    leave(world)
    meanwhile(world)
    again(world)
    assert theirs(world).state is (BOUNCED if meanwhile is suppress else CONFIRMED)


def test_a_copy_of_whom_a_suppression_names_goes_not_whatever_the_state_says(world: World) -> None:
    """The state is another's to keep; the final dot asks for what stands."""
    for who in ("ann", "ben", "cat", "dan"):
        world.join(who)
    world.appear(a_source_post())
    world.prepare()
    suppress(world, "ann")
    ask(world.store, world.clock, theirs(world, "ben").subscriber.id)
    with world.store.write() as connection:
        connection.execute(subscriptions.update().values(state="confirmed"))
        number = theirs(world, "cat").subscriber.id
        connection.execute(
            subscriptions.update().where(subscriptions.c.subscriber_id == number).values(consent_id=None)
        )
    world.deliver()
    assert world.got() == ["dan"]
    assert world.copies()["ann"].answer == "the address is never to be mailed"
    with world.store.read() as connection:
        assert [each.may for each in verdicts(connection, ANN, NO_KEY)] == [False]


@pytest.mark.parametrize("who", ["ann@example.org", "Änna@example.org"])
def test_a_letter_that_waits_for_a_suppressed_address_is_taken_back_however_it_is_spelt(
    people: People, who: str
) -> None:
    people.ask(who)
    people.answer()
    suppress(people.world, who)
    assert [each.state.value for each in people.letters()] == ["cancelled"]


def test_a_letter_put_behind_a_suppression_goes_not(people: People) -> None:
    people.ask("ann")
    people.answer()
    suppress(people.world)
    with people.world.store.write() as connection:
        connection.execute(letters.update().values(state="pending"))
    people.deliver()
    assert people.mailbox("ann") == []
    assert [each.state.value for each in people.letters()] == ["cancelled"]


def test_who_waits_to_be_erased_is_brought_back_by_nobody(people: People) -> None:
    number = people.come("ann").subscriber_id
    world = people.world
    serve(world)
    assert ask(world.store, world.clock, number)
    assert not undone_by_link(world, number)
    with pytest.raises(UsageError, match="is being erased"):
        undo(world)
    with pytest.raises(UsageError, match="is being erased"):
        change_address(world.store, world.clock, ANN, "anna@example.org", NO_KEY)
    give_it_up(world)
    take_it_up(world)
    assert people.state("ann") is ENDED


def test_who_confirms_a_form_while_they_wait_to_be_erased_stays(people: People) -> None:
    number = people.come("ann").subscriber_id
    assert ask(people.world.store, people.clock, number)
    people.clock.now += timedelta(days=1, minutes=1)
    people.ask("ann")
    people.mail()
    assert people.confirm("ann") is not None
    erase_waiting(
        people.world.store, people.clock, Erasing(key=people.settings.key, rehearsals=people.folder / "mails")
    )
    assert people.state("ann") is CONFIRMED


def test_a_list_that_says_both_enters_nobody_whom_it_suppresses(world: World, tmp_path: Path) -> None:
    importer = Importer(world=world, folder=tmp_path)
    lines = (
        HEADINGS,
        f"{ANN},weekly,confirmed,*,consent,2024-01-01,form",
        f"{ANN},daily,bounced,*,consent,2024-01-01,form",
    )
    for acts in (False, True):
        result = importer.brought(*lines, suppresses=True, acts=acts)
        assert (result.fates[Fate.NEW], result.fates[Fate.SUPPRESSED]) == (0, 1)
    with world.store.read() as connection:
        assert subscribers.find(connection, ANN) is None


def test_nobody_is_suppressed_while_a_list_is_brought_in(store: Store) -> None:
    """On PostgreSQL each would see nothing of the other; of SQLite there is one writer."""
    with store.write() as connection:
        if connection.dialect.name != "postgresql":
            return
        new_subscriptions.hold(connection)
        with store.write() as other:
            free = sa.select(sa.func.pg_try_advisory_xact_lock(mailable.LOCK))
            assert not other.execute(free).scalar_one()


def test_an_end_of_a_digest_that_was_cut_off_goes_on_when_it_is_done_again(world: World) -> None:
    serve(world)
    world.join("ann", "ben", "cat")
    with world.store.write() as connection:
        digests.end(connection, "weekly", at=MONDAY)
        assert digest_ends.end_all(connection, "weekly", at=MONDAY, reason="over", limit=2) == 2
    assert give_up(world.store, world.clock, known_digests(world.store)["weekly"]).subscriptions == 1
    with pytest.raises(UsageError, match="was given up before"):
        give_it_up(world)
    with world.store.write() as connection:
        assert digest_ends.revive_all(connection, "weekly", at=MONDAY, reason="again", limit=2) == 2
    assert resume(world.store, world.clock, known_digests(world.store)["weekly"]) == 1
    assert known_digests(world.store)["weekly"].ended_at is None


def test_of_each_who_may_change_a_subscription_it_is_said_whose_ends_they_take_back() -> None:
    assert set(subscribers.REVIVABLE) == set(Actor)


# -- the law ------------------------------------------------------------------------------------------

NAMES = ("ann", "ben", "cat")


class Site:
    """What everyone does with a few addresses, whatever it comes to."""

    def __init__(self, world: World, folder: Path, chance: Random) -> None:
        self.world = world
        self.chance = chance
        self.importer = Importer(world=world, folder=folder)
        self.moves: tuple[Callable[[str], object], ...] = (
            lambda who: suppress(world, who),
            lambda who: allow(world, who),
            lambda who: end(world, who),
            lambda who: undo(world, who),
            lambda who: undone_by_link(world, theirs(world, who).subscriber.id),
            lambda _: give_it_up(world),
            lambda _: take_it_up(world),
            lambda who: ask(world.store, world.clock, theirs(world, who).subscriber.id),
            self._moves,
            self._imports,
            lambda who: self._enters(who, Actor.OPERATOR),
            lambda who: self._enters(who, Actor.READER),
            lambda who: subscribers_pause(world, who),
        )

    def act(self) -> None:
        who = self.chance.choice(NAMES)
        with self.world.store.read() as connection:
            is_known = subscribers.find(connection, address(who)) is not None
        does = self.chance.choice(self.moves if is_known else self.moves[-4:-1])
        self.world.clock.now += timedelta(minutes=self.chance.choice((1, 70)))
        with contextlib.suppress(UsageError):
            does(who)

    def _moves(self, who: str) -> None:
        new = address(self.chance.choice(NAMES))
        with self.world.store.read() as connection:
            free = subscribers.find(connection, new) is None
        if free and self.chance.random() < 0.5:
            number = theirs(self.world, who).subscriber.id
            with self.world.store.write() as connection:
                address_history.move(connection, number, new, at=self.world.clock(), by=Actor.SYNC)
            return
        change_address(self.world.store, self.world.clock, address(who), new, NO_KEY)

    def _imports(self, who: str) -> None:
        other = self.chance.choice(NAMES)
        row = f"{address(who)},weekly,confirmed,*,consent,2024-01-01,form"
        bad = f"{address(other)},daily,bounced,*,consent,2024-01-01,form"
        self.importer.brought(HEADINGS, row, bad, suppresses=self.chance.random() < 0.3)

    def _enters(self, who: str, by: Actor) -> None:
        subscribe.subscribe(
            self.world.store,
            self.world.clock,
            self.world.digest,
            LONDON,
            email=address(who),
            name=None,
            slugs=None,
            consent=A_CONSENT,
            key=NO_KEY,
            by=by,
        )

    def holds(self) -> None:
        with self.world.store.read() as connection:
            marked = mailable.leaving(connection, map(address, NAMES))
            for each in map(address, NAMES):
                person = subscribers.find(connection, each)
                there = subscribers.subscription(connection, person.id, "weekly") if person else None
                if there is None:
                    continue
                suppressed = suppressions.find(connection, canonical(each)) is not None
                if there.state is not ENDED:
                    assert (there.state is BOUNCED) == suppressed
                    assert each not in marked
                assert there.consent_id is not None


def subscribers_pause(world: World, who: str) -> None:
    with world.store.write() as connection:
        person = subscribers.find(connection, address(who))
        assert person is not None
        at = world.clock()
        subscribers.pause(connection, person.id, "weekly", until=None, since=None, at=at, by=Actor.READER)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_done_who_stands_may_be_mailed_and_is_bounced_where_they_are_suppressed(
    sqlite_store: Store, tmp_path: Path, seed: int
) -> None:
    world = World(sqlite_store)
    serve(world)
    site = Site(world, tmp_path, Random(seed))
    for _ in range(50):
        site.act()
        site.holds()
