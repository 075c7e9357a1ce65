"""How often a reader was told of an event: by what has reached them, or may have, or may yet."""

from __future__ import annotations

from solacefeed.models.deliveries import DeliveryState, Mark, Outcome
from solacefeed.models.editions import Variant
from solacefeed.store import copy_claims, deliveries, delivery_ends, promotions, variants
from solacefeed.store.database import Store
from tests.store.rows import CLOSED, LEASE, a_reader, added, an_edition, recovered, written
from tests.support.builders import MONDAY, WEEK


def tells(store: Store, edition_id: str, selection: str, *event_ids: str, revision: int = 1) -> None:
    variant = Variant(
        edition_id=edition_id,
        selection=selection,
        revision=revision,
        picks=(),
        event_ids=event_ids,
        subject="News",
        text="",
        html="",
    )
    written(store, lambda c: variants.add_variant(c, variant))


def an_edition_of(store: Store, week: int, *readers: int, digest: str = "weekly", selection: str = "*") -> str:
    """An edition *week* weeks later, with a pending copy for each reader."""
    edition = an_edition(name=f"{digest}/{week}", ends=CLOSED + week * WEEK, digest=digest)
    written(store, lambda c: added(c, edition, ()))
    rows = [
        {
            "edition_id": edition.id,
            "subscriber_id": reader,
            "email": "reader@example.org",
            "name": None,
            "selection": selection,
            "message_id": f"<{edition.id}.{reader}@example.org>",
        }
        for reader in readers
    ]
    written(store, lambda c: deliveries.intend(c, rows, at=MONDAY))
    return edition.id


def handed_over(store: Store, edition_id: str, *, revision: int = 1, state: DeliveryState) -> None:
    """Every copy of an edition is taken up, and comes out so."""
    with store.write() as connection:
        copies = copy_claims.claim(connection, edition_id, lease=LEASE, limit=50, at=MONDAY)
        marks = [Mark(id=copy.id, claim=copy.claims, revision=revision) for copy in copies]
        deliveries.mark_all(connection, marks, worker=LEASE.worker, at=MONDAY)
        if state is not DeliveryState.HANDING:
            outcomes = [Outcome(id=copy.id, claim=copy.claims, state=state, answer="") for copy in copies]
            deliveries.settle_all(connection, outcomes, worker=LEASE.worker, at=MONDAY)


def had_often(store: Store, *event_ids: str, times: int = 1, digest: str = "weekly") -> dict[int, frozenset[str]]:
    with store.read() as connection:
        return promotions.had_often(connection, digest, event_ids, times=times, readers=(0, 1000))


def test_what_came_or_may_have_come_counts_and_what_the_relay_refused_does_not(store: Store) -> None:
    readers = {}
    for week, state in enumerate(
        (DeliveryState.ACCEPTED, DeliveryState.HANDING, DeliveryState.UNCERTAIN, DeliveryState.REJECTED)
    ):
        readers[state] = a_reader(store, f"{state}@example.org").id
        edition = an_edition_of(store, week, readers[state])
        tells(store, edition, "*", "summit")
        handed_over(store, edition, state=state)
    del readers[DeliveryState.REJECTED]
    assert had_often(store, "summit") == dict.fromkeys(readers.values(), frozenset({"summit"}))


def test_a_copy_that_was_given_up_does_not_count(store: Store) -> None:
    ann = a_reader(store, "ann@example.org").id
    edition = an_edition_of(store, 0, ann)
    tells(store, edition, "*", "summit")
    assert had_often(store, "summit") == {ann: frozenset({"summit"})}
    written(store, lambda c: delivery_ends.expire(c, edition, at=MONDAY))
    assert had_often(store, "summit") == {}


def test_a_copy_that_waits_counts_for_events_that_it_may_tell_of_only_when_it_goes(store: Store) -> None:
    ann = a_reader(store, "ann@example.org").id
    first = an_edition_of(store, 0, ann)
    tells(store, first, "*", "summit")
    handed_over(store, first, state=DeliveryState.ACCEPTED)
    an_edition_of(store, 1, ann)
    assert had_often(store, "summit", "briefing", times=1) == {ann: frozenset({"summit", "briefing"})}
    assert had_often(store, "summit", "briefing", times=2) == {ann: frozenset({"summit"})}
    assert had_often(store, "summit", "briefing", times=3) == {}


def test_editions_are_counted_and_not_revisions(store: Store) -> None:
    ann = a_reader(store, "ann@example.org").id
    edition = an_edition_of(store, 0, ann)
    tells(store, edition, "*", "summit")
    tells(store, edition, "*", "summit", revision=2)
    assert had_often(store, "summit", times=1) == {ann: frozenset({"summit"})}
    assert had_often(store, "summit", times=2) == {}


def test_what_counts_is_the_revision_that_the_reader_got(store: Store) -> None:
    ann = a_reader(store, "ann@example.org").id
    edition = an_edition_of(store, 0, ann)
    tells(store, edition, "*", "briefing", "summit")
    tells(store, edition, "*", "summit", revision=2)
    handed_over(store, edition, revision=2, state=DeliveryState.ACCEPTED)
    assert had_often(store, "summit", "briefing") == {ann: frozenset({"summit"})}


def test_each_reader_is_counted_by_what_their_own_selection_told(store: Store) -> None:
    ann, ben = a_reader(store, "ann@example.org").id, a_reader(store, "ben@example.org").id
    for week in range(3):
        edition = an_edition_of(store, week, ann)
        tells(store, edition, "*", "summit", *(["briefing"] if week else []))
        tells(store, edition, "3", "other")
        handed_over(store, edition, state=DeliveryState.ACCEPTED)
    late = an_edition_of(store, 3, ben)
    tells(store, late, "*", "summit")
    handed_over(store, late, state=DeliveryState.ACCEPTED)
    assert had_often(store, "summit", "briefing", "other", times=3) == {ann: frozenset({"summit"})}
    assert had_often(store, "summit", "briefing", "other", times=2) == {ann: frozenset({"briefing", "summit"})}
    assert had_often(store, "summit", times=1) == {ann: frozenset({"summit"}), ben: frozenset({"summit"})}


def test_another_digests_editions_do_not_count(store: Store) -> None:
    ann = a_reader(store, "ann@example.org").id
    edition = an_edition_of(store, 0, ann, digest="monthly")
    tells(store, edition, "*", "summit")
    assert had_often(store, "summit") == {}
    assert had_often(store, "summit", digest="monthly") == {ann: frozenset({"summit"})}


def test_only_the_events_that_are_asked_for_are_told(store: Store) -> None:
    ann = a_reader(store, "ann@example.org").id
    edition = an_edition_of(store, 0, ann)
    tells(store, edition, "*", "summit")
    handed_over(store, edition, state=DeliveryState.ACCEPTED)
    assert had_often(store, "other") == had_often(store) == {}


def test_a_copy_that_was_refused_when_it_was_offered_once_more_may_have_come_at_first(store: Store) -> None:
    ann = a_reader(store, "ann@example.org").id
    edition = an_edition_of(store, 0, ann)
    tells(store, edition, "*", "summit")
    handed_over(store, edition, state=DeliveryState.HANDING)
    recovered(store, offer_again_at=MONDAY)
    handed_over(store, edition, state=DeliveryState.REJECTED)
    assert had_often(store, "summit") == {ann: frozenset({"summit"})}
