"""Whatever databases, readers and the operator do one after the other, a sync keeps its laws; a small model says which.

The model knows nothing of the store's tables: it keeps who has said what of themselves, and what each export says.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from solacefeed.deeds.people.choose import choose, pause, resume
from solacefeed.deeds.people.confirming import confirm
from solacefeed.deeds.people.subscribe import end, subscribe
from solacefeed.models.people import Actor, Subscription, SubscriptionState
from solacefeed.models.sign_ups import SignUpState
from solacefeed.store import suppressions
from tests.deeds.people_world import People
from tests.deeds.syncing import address, all_rows, bounces, kept, member, moves, synced, why
from tests.deeds.world import World
from tests.store.rows import written
from tests.support.builders import A_CONSENT, LONDON, NO_KEY

SOURCES = ("members", "staff")
NAMES = tuple("abcdefghijkl")
STANDS = (SubscriptionState.CONFIRMED, SubscriptionState.PAUSED)


@dataclass
class Model:
    """Who has said what, by our number of them."""

    #: What each export says: the name in the address, by member.
    exports: dict[str, dict[str, str]] = field(default_factory=lambda: {source: {} for source in SOURCES})
    #: Who ended by their own word, and has not come back by it.
    left: set[int] = field(default_factory=set)
    #: Who subscribed by themselves or by hand.
    own: set[int] = field(default_factory=set)
    #: Which categories readers chose.
    chosen: dict[int, tuple[str, ...] | None] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    #: Who has ever had which address.
    had: dict[str, set[int]] = field(default_factory=lambda: {name: set() for name in NAMES})
    #: Addresses that somebody has left by themselves.
    left_behind: set[tuple[int, str]] = field(default_factory=set)


class Story:
    """A world, the model of it, and one step after the other."""

    def __init__(self, world: World, folder: Path, seed: int) -> None:
        self.world = world
        self.visitors = People(world, folder)
        self.model = Model()
        self.chance = random.Random(seed)  # a story, no secret

    def step(self) -> None:
        acts = (self.export_changes,) * 5 + (self.sync,) * 4 + (self.reader_acts,) * 4 + (self.mailbox,)
        self.chance.choice(acts)()
        for number, (who, _) in self.people().items():
            self.model.had[who].add(number)

    # -- what happens -------------------------------------------------------------------------------

    def export_changes(self) -> None:
        export = self.model.exports[self.chance.choice(SOURCES)]
        number = str(self.chance.randint(1, 6))
        if number in export and self.chance.random() < 0.4:
            del export[number]
        else:
            export[number] = self.chance.choice(NAMES)

    def reader_acts(self) -> None:
        there = kept(self.world)
        who = self.chance.choice(NAMES)
        if who not in there or there[who].state is SubscriptionState.ENDED:
            if who not in self.model.suppressed:
                self._subscribes(who)
            return
        self.chance.choice((self._ends, self._chooses, self._pauses, self._moves, self._signs_up))(who, there[who])

    def mailbox(self) -> None:
        who = self.chance.choice(NAMES)
        if who in self.model.suppressed:
            self.model.suppressed.discard(who)
            at = self.world.clock()
            written(self.world.store, lambda c: suppressions.remove(c, address(who), at=at, by=Actor.OPERATOR))
        else:
            self.model.suppressed.add(who)
            bounces(self.world, who)

    def _subscribes(self, who: str) -> None:
        site = self.world
        subscribe(
            site.store,
            site.clock,
            site.digest,
            LONDON,
            email=address(who),
            name=None,
            slugs=None,
            consent=A_CONSENT,
            key=NO_KEY,
            by=Actor.READER,
        )
        number = kept(site)[who].subscriber.id
        self.model.left.discard(number)
        self.model.own.add(number)
        self.model.chosen[number] = None

    def _signs_up(self, who: str, there: Subscription) -> None:
        """By the form, though they have it: what a sync began is theirs from then on."""
        people = self.visitors
        number = people.ask(who)
        people.answer()
        asked = people.sign_up(number)
        if asked.state is SignUpState.ANSWERED:
            confirmed = confirm(self.world.store, self.world.clock, number, asked.nonce, people.settings)
            if there.entered_by is Actor.SYNC:
                assert confirmed is not None, "who has it by a list is asked, and may say so"
                self.model.own.add(there.subscriber.id)
                self.model.chosen[there.subscriber.id] = None

    def _ends(self, who: str, there: Subscription) -> None:
        end(self.world.store, self.world.clock, "weekly", email=address(who))
        self.model.left.add(there.subscriber.id)

    def _chooses(self, who: str, there: Subscription) -> None:
        slug = self.chance.choice(("housing", "scotland"))
        choose(self.world.store, self.world.clock, self.world.digest, LONDON, who=address(who), slugs=[slug])
        after = kept(self.world)[who]
        if after.category_ids != there.category_ids:
            self.model.chosen[there.subscriber.id] = after.category_ids

    def _pauses(self, who: str, there: Subscription) -> None:
        site = self.world
        if there.state is SubscriptionState.PAUSED:
            resume(site.store, site.clock, site.digest, who=address(who))
        elif there.state is SubscriptionState.CONFIRMED:
            pause(site.store, site.clock, site.digest, LONDON, who=address(who), until=None)

    def _moves(self, who: str, there: Subscription) -> None:
        free = [each for each in NAMES if each not in kept(self.world) and each not in self.model.suppressed]
        if free and who not in self.model.suppressed:
            moves(self.world, who, self.chance.choice(free))
            self.model.left_behind.add((there.subscriber.id, who))

    # -- a sync, and its laws ------------------------------------------------------------------------

    def sync(self) -> None:
        source = self.chance.choice(SOURCES)
        rows = [member(number, who) for number, who in sorted(self.model.exports[source].items())]
        before = self.people()
        found = synced(self.world, *rows, by=source, believe=True)
        after = self.people()
        self.holds_what_is_somebodys_own(before, after)
        self.holds_what_it_lists(source, why(found), after)
        self.ends_what_nobody_lists(after)
        once = all_rows(self.world)
        synced(self.world, *rows, by=source, believe=True)
        assert all_rows(self.world) == once, "a second time writes nothing"

    def people(self) -> dict[int, tuple[str, Subscription]]:
        return {each.subscriber.id: (who, each) for who, each in kept(self.world).items()}

    def holds_what_is_somebodys_own(
        self, before: dict[int, tuple[str, Subscription]], after: dict[int, tuple[str, Subscription]]
    ) -> None:
        model = self.model
        for number, (who, subscription) in after.items():
            if number in model.left:
                assert subscription.state is SubscriptionState.ENDED, "who left stays away"
            if who in model.suppressed:
                assert subscription.state not in STANDS, "nobody is mailed who is never to be mailed"
            if number in model.chosen and number in before:
                assert subscription.category_ids == before[number][1].category_ids, "a choice is the reader's"
            if number in before and before[number][0] != who:
                assert (number, who) not in model.left_behind, "an address that was left is left"
                assert before[number][0] not in model.suppressed, "who bounced is not moved"
            if number in model.own and number in before:
                assert (who, subscription) == before[number], "who came by themselves is as they were"
        assert before.keys() <= after.keys(), "nobody is lost"

    def holds_what_it_lists(
        self, source: str, alone: dict[str, str], after: dict[int, tuple[str, Subscription]]
    ) -> None:
        by_name = dict(after.values())
        for number, who in self.model.exports[source].items():
            if number in alone:
                continue
            # Whoever has the address now, or had it and is elsewhere.
            there = [each for each in (by_name.get(who), *(after[each][1] for each in self.model.had[who])) if each]
            assert any(each.state is not SubscriptionState.ENDED for each in there), (number, who)

    def ends_what_nobody_lists(self, after: dict[int, tuple[str, Subscription]]) -> None:
        """What a sync began and no export has as its last sync read it is not confirmed."""
        listed = self.listed()
        for number, (_, subscription) in after.items():
            if subscription.entered_by is Actor.SYNC and number not in listed:
                assert subscription.state is not SubscriptionState.CONFIRMED, "who is gone from all ends"

    def listed(self) -> set[int]:
        with self.world.store.read() as connection:
            asked = "SELECT subscriber_id FROM sync_members WHERE listed"
            return {row[0] for row in connection.exec_driver_sql(asked)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_sync_keeps_its_laws_whatever_happens_meanwhile(world: World, tmp_path: Path, seed: int) -> None:
    story = Story(world, tmp_path, seed)
    for _ in range(60):
        story.step()
    story.sync()
