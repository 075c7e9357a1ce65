"""Forgetting a person: at once no mail goes to them, and when nobody delivers nothing is left of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from solacefeed.deeds.delivering.other_workers import OtherWorkers
from solacefeed.deeds.people import erasing
from solacefeed.deeds.people.erasing import Erased, Erasing, ask, erase_waiting, rewrite, rewrite_is_due
from solacefeed.deeds.people.fingerprints import FingerprintKey, refusal
from solacefeed.deeds.people.subscribe import subscribe
from solacefeed.deeds.upkeep.reader_troubles import unerased
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.errors import Busy, UsageError
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.models.people import Actor
from solacefeed.store import address_history, deliveries, outbox, subscribers
from solacefeed.store.database import Store, open_store
from solacefeed.store.locks import DELIVER, one_of_several, only_one
from tests.deeds.crossing import BOUND, ends_or_waits
from tests.deeds.world import World
from tests.support.builders import A_CONSENT, LONDON, MONDAY, a_source_post
from tests.support.counting import before_each_statement
from tests.support.fakes import Act, Killed
from tests.support.searching import found_in

EDITION = "weekly/2026-11-23"


@pytest.fixture
def settings(tmp_path: Path) -> Erasing:
    return Erasing(key=FingerprintKey(path=tmp_path / "apart" / "key"), rehearsals=tmp_path / "mail", within=0.0)


@pytest.fixture
def prepared(world: World) -> World:
    """An edition for Ann and Bob that nobody was handed yet."""
    world.appear(a_source_post())
    world.join("ann", "bob")
    world.prepare()
    return world


def number_of(store: Store, email: str = "ann@example.org") -> int:
    with store.read() as connection:
        found = subscribers.find(connection, email)
    assert found is not None
    return found.id


def a_letter(world: World, number: int) -> int:
    letter = NewLetter(
        kind=OutboxKind.LINK,
        email="ann@example.org",
        subscriber_id=number,
        words=LetterWords(subject="Your link", text="ann@example.org", html="", language="en"),
        not_after=MONDAY + timedelta(days=1),
    )
    with world.store.write() as connection:
        put = outbox.put(connection, letter, at=MONDAY, name=lambda *_: "<1@example.org>")
    assert put is not None
    return put


@pytest.mark.more
def test_an_erased_reader_leaves_the_sums_of_copies_as_they_were(prepared: World, settings: Erasing) -> None:
    prepared.deliver()
    with prepared.store.read() as connection:
        before = deliveries.tally(connection, EDITION)
    assert ask(prepared.store, prepared.clock, number_of(prepared.store))
    done = erase_waiting(prepared.store, prepared.clock, settings)
    assert (done.people, done.copies) == (1, 1)
    with prepared.store.read() as connection:
        assert deliveries.tally(connection, EDITION) == before == {"accepted": 2}
        assert subscribers.find(connection, "ann@example.org") is None
    assert erase_waiting(prepared.store, prepared.clock, settings).people == 0


def test_who_asks_while_copies_are_handed_over_gets_none_and_goes_when_that_ends(
    prepared: World, settings: Erasing
) -> None:
    """Both copies are claimed by then: hers is refused its mark, and her letter too."""
    ann = number_of(prepared.store)
    a_letter(prepared, ann)
    told: list[Erased] = []

    def ask_meanwhile() -> bool:
        if not told:
            ask(prepared.store, prepared.clock, ann)
            told.append(erase_waiting(prepared.store, prepared.clock, settings))
        return False

    prepared.stop = ask_meanwhile
    with only_one(prepared.store, "deliver"):
        prepared.deliver()
    assert told[0].people == 0
    assert told[0].waits_for is not None
    assert prepared.got() == ["bob"]
    assert erase_waiting(prepared.store, prepared.clock, settings).people == 1
    with prepared.store.read() as connection:
        assert deliveries.tally(connection, EDITION) == {"accepted": 1, "cancelled": 1}
        assert outbox.listing(connection, limit=5) == []


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_workers_that_hand_over_without_a_pause_give_way_to_who_is_to_be_erased(
    prepared: World, store_url: str, settings: Erasing
) -> None:
    ask(prepared.store, prepared.clock, number_of(prepared.store))
    settings = replace(settings, within=float(BOUND))
    with closing(open_store(store_url)) as other, ThreadPoolExecutor(1) as one:
        with one_of_several(other, DELIVER):
            done = one.submit(erase_waiting, prepared.store, prepared.clock, settings)
            assert ends_or_waits(other, done)
            workers = OtherWorkers(other, lambda act: act())
            assert workers.are_to_end()
        assert done.result(BOUND).people == 1
        assert not workers.are_to_end()


def test_what_a_dead_deliverer_left_in_hand_is_settled_and_never_offered_again(
    prepared: World, settings: Erasing
) -> None:
    with pytest.raises(Killed):
        prepared.deliver(Act.KILL_AFTER_THE_DOT)
    for email in ("ann@example.org", "bob@example.org"):
        ask(prepared.store, prepared.clock, number_of(prepared.store, email))
    assert erase_waiting(prepared.store, prepared.clock, settings).people == 2
    prepared.deliver()
    with prepared.store.read() as connection:
        assert deliveries.tally(connection, EDITION) == {"uncertain": 1, "cancelled": 1}


def test_an_erased_address_comes_back_by_its_readers_own_act_alone(prepared: World, settings: Erasing) -> None:
    ask(prepared.store, prepared.clock, number_of(prepared.store))
    enter = partial(
        subscribe,
        prepared.store,
        prepared.clock,
        prepared.digest,
        LONDON,
        email="Ann@Example.org",
        name=None,
        slugs=None,
        consent=A_CONSENT,
        key=settings.key,
    )
    with pytest.raises(UsageError, match="is being erased at the person's wish"):
        enter()
    erase_waiting(prepared.store, prepared.clock, settings)
    with pytest.raises(UsageError, match="was erased at the person's wish"):
        enter()
    assert enter(by=Actor.READER)


def test_killed_at_any_statement_and_done_again_nothing_is_left(sqlite_store: Store, settings: Erasing) -> None:
    world = World(sqlite_store)
    world.appear(a_source_post())
    world.join("ann")
    world.prepare()
    world.deliver()
    a_letter(world, number_of(sqlite_store))
    ask(sqlite_store, world.clock, number_of(sqlite_store))
    deaths = 0
    while not _dies_after(31 * deaths, world, settings):
        deaths += 1
        # Nothing was half done: she waits as before.
        assert number_of(sqlite_store) == 1
        assert world.states() == {"ann": "accepted"}
    assert deaths > 2
    rewrite(sqlite_store)
    assert sqlite_store.file is not None
    assert found_in(sqlite_store.file.parent, "ann@example.org") == []


def _dies_after(steps: int, world: World, settings: Erasing) -> bool:
    """Whether it was done before so many statements were."""
    left = iter(range(steps))

    def step() -> None:
        if next(left, None) is None:
            raise Killed

    try:
        with before_each_statement(world.store, step):
            erase_waiting(world.store, world.clock, settings)
    except Killed:
        return False
    return True


def test_no_byte_is_left_in_sqlites_files_nor_in_rehearsed_mails(sqlite_store: Store, settings: Erasing) -> None:
    assert sqlite_store.file is not None
    folder = sqlite_store.file.parent
    world = World(sqlite_store)
    world.appear(a_source_post())
    world.join("ann", "joann")
    world.prepare()
    world.deliver()
    a_letter(world, number_of(sqlite_store))
    for name in (
        "weekly-2026-11-23/ann@example.org",
        "weekly-2026-11-23/joann@example.org",
        "link-20261123T080000-1/x",
    ):
        path = settings.rehearsals / f"{name}.eml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("To: <Ann@example.org>\n\nHello=\n" if "/x" in name else "To: somebody\n\n")
    ask(sqlite_store, world.clock, number_of(sqlite_store))
    assert erase_waiting(sqlite_store, world.clock, settings).files == 2
    rewrite(sqlite_store)
    left = [each for each in found_in(folder, "ann@example.org") if "joann" not in each]
    assert [each for each in left if not _is_joanns(folder, each)] == []
    assert sorted(path.name for path in settings.rehearsals.rglob("*.eml")) == ["joann@example.org.eml"]


def _is_joanns(folder: Path, found: str) -> bool:
    """Her address has Ann's in it."""
    content = (folder / found.partition(":")[0]).read_bytes().lower()
    return b"ann@example.org" not in content.replace(b"joann@example.org", b"")


def test_a_large_store_is_written_anew_in_the_small_hours_and_a_small_one_at_once(
    sqlite_store: Store, settings: Erasing
) -> None:
    world = World(sqlite_store)
    world.join("ann")
    assert not rewrite_is_due(sqlite_store, MONDAY, LONDON)
    ask(sqlite_store, world.clock, number_of(sqlite_store))
    assert erase_waiting(sqlite_store, world.clock, settings).owed
    assert rewrite_is_due(sqlite_store, MONDAY, LONDON)
    assert not rewrite_is_due(sqlite_store, MONDAY, LONDON, soon_written=1)
    assert rewrite_is_due(sqlite_store, MONDAY.replace(hour=3), LONDON, soon_written=1)
    assert rewrite_is_due(sqlite_store, MONDAY + timedelta(days=1, seconds=1), LONDON, soon_written=1)
    with only_one(sqlite_store, "poll"), pytest.raises(Busy):
        rewrite(sqlite_store)
    rewrite(sqlite_store)
    assert not rewrite_is_due(sqlite_store, MONDAY.replace(hour=3), LONDON)


def test_nobody_is_asked_for_whom_there_is_none(sqlite_store: Store, settings: Erasing) -> None:
    world = World(sqlite_store)
    assert not ask(sqlite_store, world.clock, 17)
    assert erasing.erase_address(sqlite_store, world.clock, settings, "ann@example.org").people == 1


def test_an_earlier_address_is_not_brought_back_either_unless_it_is_anothers_now(
    prepared: World, settings: Erasing
) -> None:
    ann = number_of(prepared.store)
    with prepared.store.write() as connection:
        address_history.move(connection, ann, "second@example.org", at=MONDAY, by=Actor.READER)
        address_history.move(connection, ann, "third@example.org", at=MONDAY, by=Actor.READER)
    prepared.join("second")
    ask(prepared.store, prepared.clock, ann)
    erase_waiting(prepared.store, prepared.clock, settings)
    names = ("ann", "second", "third", "bob")
    with prepared.store.read() as connection:
        refused = [each for each in names if refusal(connection, f"{each}@example.org", settings.key)]
    assert refused == ["ann", "third"]


@pytest.mark.more
def test_status_tells_of_who_waits_too_long_to_be_erased_and_of_bytes_that_may_be_left(
    sqlite_store: Store, settings: Erasing
) -> None:
    world = World(sqlite_store)
    world.join("ann")

    def troubles(days: int) -> list[str]:
        at = MONDAY + timedelta(days=days)
        return [each.key for each in unerased(site_status(sqlite_store, at, "x", [world.digest], LONDON))]

    ask(sqlite_store, world.clock, number_of(sqlite_store))
    assert (troubles(1), troubles(2)) == ([], ["erase"])
    erase_waiting(sqlite_store, world.clock, settings)
    assert (troubles(2), troubles(3)) == ([], ["erase:file"])
    rewrite(sqlite_store)
    assert troubles(3) == []
