"""One number moves with everything that a mail is made of, whoever wrote it, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
import sqlalchemy as sa

from solacefeed.models.blog import Author
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.sightings import Decision, Origin, Verdict
from solacefeed.store import categories, counters, editions, events, facts, posts, subscribers
from solacefeed.store.database import Store, open_store
from tests.deeds.event_world import listed
from tests.store.rows import EDITION, copies_for, keep, written
from tests.support.builders import LONDON, MONDAY, WEDNESDAY, a_reading, a_source_category, a_source_post
from tests.support.fakes import Killed

POST = a_source_post(id="1", title="The quiet budget", author_id="7", category_numbers=("1",))
LISTED = (a_source_category(number="1"), a_source_category(number="2", slug="scotland", name="Scotland"))
SIGHTING = listed(said=WEDNESDAY)


def number(store: Store) -> int:
    with store.read() as connection:
        return counters.content(connection)


def keeps(post_title: str) -> Callable[[sa.Connection], object]:
    post = a_source_post(id="1", title=post_title, author_id="7", category_numbers=("1",))
    return lambda c: keep(c, post, seen=WEDNESDAY)


@pytest.fixture
def filled(store: Store) -> Store:
    """A post, its author, categories, and an event that a calendar told of."""
    with store.write() as connection:
        categories.replace(connection, LISTED)
        categories.learn_authors(connection, [Author(id="7", name="Jo Carver")])
        keeps("The quiet budget")(connection)
        events.take_answer(connection, "calendar", [SIGHTING], at=MONDAY, zone=LONDON)
    return store


@pytest.mark.parametrize(
    "writes",
    [
        keeps("The loud budget"),
        lambda c: keep(c, a_source_post(id="2"), seen=WEDNESDAY),
        lambda c: posts.bury(c, {"1": "deleted (404)"}, at=MONDAY),
        lambda c: posts.reread(c, {"1": a_reading(a_source_post(title="As better rules read it"))}),
        lambda c: categories.replace(c, LISTED[:1]),
        lambda c: categories.learn_authors(c, [Author(id="7", name="Jo Carver-Smith")]),
        lambda c: events.take_answer(c, "calendar", [], at=MONDAY, zone=LONDON),
        lambda c: events.follow(c, Origin.CONFIG, {("summit", "config"): SIGHTING}, at=MONDAY),
        lambda c: events.decide(c, "summit", Decision(verdict=Verdict.DISMISSED, decided_at=MONDAY)),
    ],
    ids=["edit", "post", "removal", "reread", "category", "author", "calendar", "config", "decision"],
)
def test_it_moves_with_everything_that_a_mail_is_made_of(
    filled: Store, writes: Callable[[sa.Connection], object]
) -> None:
    before = number(filled)
    written(filled, writes)
    assert number(filled) == before + 1


@pytest.mark.parametrize(
    "writes",
    [
        keeps("The quiet budget"),
        lambda c: categories.replace(c, LISTED),
        lambda c: categories.learn_authors(c, [Author(id="7", name="Jo Carver")]),
        lambda c: events.take_answer(c, "calendar", [SIGHTING], at=MONDAY, zone=LONDON),
        lambda c: events.follow(c, Origin.BLURB, {}, at=MONDAY),
        lambda c: subscribers.enter(c, email="ann@example.org", name=None, at=MONDAY),
        lambda c: facts.put(c, "events_refreshed", "now"),
    ],
    ids=["same post", "same categories", "same author", "same calendar", "no blurb", "reader", "fact"],
)
def test_it_stands_still_when_nothing_of_it_was_written(
    filled: Store, writes: Callable[[sa.Connection], object]
) -> None:
    before = number(filled)
    written(filled, writes)
    assert number(filled) == before


def test_editions_and_their_copies_do_not_move_it(store: Store) -> None:
    before = number(store)
    (copy,) = copies_for(store, "ann@example.org")
    with store.write() as connection:
        editions.skip(connection, EDITION, "no new posts")
    assert (copy.state, number(store)) == (DeliveryState.PENDING, before)


def test_what_was_not_kept_was_not_counted(filled: Store) -> None:
    before = number(filled)

    def keep_and_die(connection: sa.Connection) -> None:
        keeps("The loud budget")(connection)
        raise Killed

    with pytest.raises(Killed):
        written(filled, keep_and_die)
    assert number(filled) == before


def test_what_another_process_writes_is_counted_too(filled: Store, store_url: str) -> None:
    before = number(filled)
    with closing(open_store(store_url)) as another:
        written(another, keeps("The loud budget"))
    assert number(filled) == before + 1
