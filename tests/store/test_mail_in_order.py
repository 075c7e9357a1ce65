"""Whoever changes several copies or letters takes them by their numbers, so that nobody waits in a ring."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.people import Actor
from solacefeed.store import (
    aging,
    copy_claims,
    copy_decisions,
    deliveries,
    delivery_ends,
    doubted_mail,
    editions,
    erasing,
    instants,
    mail_states,
    policy_refusals,
    schema,
)
from solacefeed.store.database import Store, open_store
from solacefeed.store.held_editions import hold_mail_of
from solacefeed.traces import Traces
from tests.deeds.crossing import BOUND, ends_or_waits
from tests.store.rows import EDITION, LEASE, an_edition, copies_for, leaves, written
from tests.support.builders import MONDAY

LATER, IN_2030 = MONDAY + timedelta(hours=1), MONDAY.replace(year=2030)
PENDING, CLAIMED = DeliveryState.PENDING, DeliveryState.CLAIMED
REJECTED, UNCERTAIN = DeliveryState.REJECTED, DeliveryState.UNCERTAIN
#: Of mail in hand.
IN_HAND = {"worker": LEASE.worker, "lease_until": LATER}


@dataclass(frozen=True)
class Act:
    name: str
    state: DeliveryState
    act: Callable[[sa.Connection, list[int]], object]
    #: Of the rows besides their state, and whether their readers have left.
    also: dict[str, Any] = field(default_factory=dict)
    gone: bool = False


def refused_for_policy(connection: sa.Connection, ids: list[int]) -> int:
    return policy_refusals.set_right(connection, EDITION, row_alone=False, at=MONDAY, next_try_at=LATER)


def set_aside(connection: sa.Connection) -> bool:
    """Another edition has its name."""
    return editions.add(connection, replace(an_edition(), issue=2))


def erased(connection: sa.Connection, of: int, ids: list[int]) -> int | None:
    """The reader of a copy, whom the answers to others' copies name."""
    copy = deliveries.find(connection, of)
    assert copy
    erasing.mark(connection, copy.subscriber_id, at=MONDAY, by=Actor.READER)
    who = erasing.person(connection, copy.subscriber_id)
    assert who
    rows = {"deliveries": [(number,) for number in ids]}
    found = erasing.MetRows(rows=rows, newest={"deliveries": ids[-1]})
    return erasing.take_out(
        connection, who, Traces(who.addresses), found=found, address_keys=(), draw=lambda most: most // 2
    )


ACTS = [
    Act("who left", PENDING, lambda c, _: delivery_ends.drop_ended(c, EDITION, at=MONDAY), gone=True),
    Act("too late", PENDING, lambda c, _: delivery_ends.expire(c, EDITION, at=LATER)),
    Act("cancelled", CLAIMED, lambda c, ids: delivery_ends.drop_cancelled(c, EDITION, at=MONDAY, ids=ids), IN_HAND),
    Act("given up", CLAIMED, lambda c, _: delivery_ends.give_up(c, "weekly", reason="over", at=MONDAY), IN_HAND),
    Act("skipped", PENDING, lambda c, _: delivery_ends.drop_skipped(c, EDITION, at=MONDAY)),
    Act("resumed", PENDING, lambda c, _: deliveries.offer_at_once(c, EDITION, at=MONDAY), {"next_try_at": LATER}),
    Act("retried", REJECTED, lambda c, ids: deliveries.retry(c, EDITION, ids, at=MONDAY)),
    Act("set right", REJECTED, refused_for_policy),
    Act("resolved", UNCERTAIN, lambda c, ids: copy_decisions.resolve(c, ids, arrived=True, at=MONDAY), {"doubts": 1}),
    Act("held", UNCERTAIN, lambda c, _: deliveries.leave_in_doubt(c, sa.true(), at=MONDAY),
        {"doubts": 1, "next_try_at": LATER}),
    Act("set aside", PENDING, lambda c, _: set_aside(c)),
    Act("brought back", PENDING, lambda c, _: instants.bring_back(c, MONDAY), {"next_try_at": IN_2030}),
    Act("brought back, by two columns", PENDING, lambda c, _: instants.bring_back(c, MONDAY),
        {"changed_at": IN_2030}),
    Act("erased", PENDING, lambda c, ids: erased(c, ids[-1], ids), {"answer": "550 to reader5@example.org"}),
    Act("aged", DeliveryState.ACCEPTED, lambda c, _: aging.clear_copies(c, EDITION, after=0, limit=100)),
]  # fmt: skip


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_an_act_that_waits_for_a_copy_has_none_of_those_behind_it(store: Store, store_url: str, act: Act) -> None:
    copies = copies_for(store, *(f"reader{number}@example.org" for number in range(6)))
    ids = [copy.id for copy in copies]
    for copy in copies if act.gone else ():
        leaves(store, copy)
    written(store, lambda c: _stand(c, ids, act))
    moved = _across(store, open_store(store_url), schema.deliveries, ids, act.act)
    assert moved or act.name == "held"


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_so_it_is_of_what_a_restored_store_had_in_hand(store: Store, store_url: str) -> None:
    ids = [copy.id for copy in copies_for(store, *(f"reader{number}@example.org" for number in range(6)))]
    written(store, lambda c: _stand(c, ids, ACTS[0]))
    other = open_store(store_url)
    doubt = lambda: doubted_mail.doubt_copies(other, EDITION, offer_again_at=None, at=MONDAY)  # noqa: E731
    assert _crossed(store, schema.deliveries, ids, doubt) == len(ids)
    other.close()


LOST = {"worker": "another", "lease_until": MONDAY - timedelta(days=9)}

NO_WAIT = [
    Act("taken up", PENDING, lambda c, _: len(copy_claims.claim(c, EDITION, lease=LEASE, limit=9, at=MONDAY))),
    Act("lost its lease", DeliveryState.HANDING, lambda c, _: mail_states.recover(
        c, schema.deliveries, at=MONDAY, offer_again_at=LATER, worker=None), LOST),
    Act("lease begun anew", CLAIMED, lambda c, _: mail_states.renew(c, schema.deliveries, lease=LEASE, at=MONDAY),
        {**IN_HAND, "lease_until": MONDAY.replace(year=2100)}),
]  # fmt: skip


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("act", NO_WAIT, ids=lambda act: act.name)
def test_what_takes_copies_as_they_come_waits_for_none_of_them(store: Store, store_url: str, act: Act) -> None:
    ids = [copy.id for copy in copies_for(store, *(f"reader{number}@example.org" for number in range(6)))]
    written(store, lambda c: _stand(c, ids, act))
    other = open_store(store_url)
    with store.write() as connection:
        hold_mail_of(connection, schema.deliveries, [ids[0], ids[3]])
        # In this very thread: where it waited, the database would end it.
        assert written(other, lambda c: act.act(c, ids)) == len(ids) - 2
    other.close()


def _stand(connection: sa.Connection, ids: list[int], act: Act) -> None:
    """Lets the copies be in a state, and lie in the database in the opposite of their order."""
    table = schema.deliveries
    for number in reversed(ids):
        known = {"state": act.state.value, **act.also}
        connection.execute(table.update().where(table.c.id == number).values(**known))
        if act.name == "set right":
            policy_refusals.note(connection, number, EDITION, at=MONDAY)
    if act.name == "brought back, by two columns":
        # In the order of their columns the last copy would come before all others.
        connection.execute(table.update().where(table.c.id == ids[-1]).values(next_try_at=IN_2030))
    if act.name in ("cancelled", "set aside"):
        connection.execute(schema.editions.update().values(state=EditionState.CANCELLED.value))


def _across(
    store: Store, other: Store, table: sa.Table, ids: list[int], act: Callable[[sa.Connection, list[int]], Any]
) -> Any:
    with closing(other):
        return _crossed(store, table, ids, lambda: written(other, lambda c: act(c, ids)))


def _crossed(store: Store, table: sa.Table, ids: list[int], act: Callable[[], Any]) -> Any:
    """What *act* returns, which another connection does while this one has the first row, and takes the last one."""
    with ThreadPoolExecutor(1) as another:
        with store.write() as connection:
            hold_mail_of(connection, table, ids[:1])
            theirs = another.submit(act)
            assert ends_or_waits(store, theirs)
            assert not theirs.done(), "it does not wait"
            hold_mail_of(connection, table, ids[-1:])
        return theirs.result(timeout=BOUND)
