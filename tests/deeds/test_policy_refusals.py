"""Refusals for a policy: three in a row, or a share over two domains, are about us; any other about its copy."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.deeds.delivering.policy import AnsweredCopies, PolicyMeans, PolicyRefusals, answered
from solacefeed.deeds.people.bounced import BounceRules, take_refusals
from solacefeed.delivery.retries import WAITS
from solacefeed.models.bounces import BounceKind
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.pace import Limits, Pace
from solacefeed.store import bounces, policy_refusals, schema
from solacefeed.store.database import Store
from solacefeed.store.policy_refusals import InRow
from tests.deeds.world import World, is_about
from tests.store.rows import copies_for
from tests.store.test_erasing import erased
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import RELAY, Act

EDITION = "weekly/2026-11-23"
READERS = ("ann", "ben", "cat", "dan", "eve")


@pytest.fixture
def prepared(world: World) -> World:
    """An edition for five readers."""
    world.join(*READERS)
    world.appear(a_source_post(id="1", title="The quiet budget", category_numbers=("1",)))
    world.prepare()
    return world


def noted(world: World) -> list[BounceKind]:
    take_refusals(world.store, world.clock, BounceRules())
    with world.store.read() as connection:
        return [each.kind for each in bounces.listing(connection, limit=100)]


def by_domain(world: World) -> Counter[str]:
    with world.store.read() as connection:
        return policy_refusals.by_domain(connection, EDITION)


@pytest.mark.more
def test_one_beside_copies_that_are_taken_is_about_its_own_and_counts_soft(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE)
    assert result.line() == "deliver: 3 accepted, 2 rejected"
    assert prepared.the_edition().state is EditionState.DONE
    assert by_domain(prepared) == Counter({"example.org": 2})
    assert noted(prepared) == [BounceKind.SOFT] * 2


@pytest.mark.more
def test_the_third_in_a_row_pauses_and_those_before_it_wait_again(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE, Act.REFUSE)
    assert (result.accepted, result.rejected, result.deferred, result.paused) == (1, 0, 3, 1)
    assert prepared.states() == {"ann": "accepted"} | dict.fromkeys(READERS[1:], "pending")
    assert prepared.the_edition().reason == f"{RELAY}: answered RCPT TO with 554 5.7.1 not today"
    assert by_domain(prepared) == Counter()
    assert noted(prepared) == []
    prepared.resume()
    assert prepared.deliver().accepted == 4
    assert sorted(prepared.got()) == list(READERS)


def test_a_copy_that_is_taken_ends_a_row(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE, Act.ACCEPT, Act.REFUSE)
    assert (result.rejected, result.paused) == (3, 0)


def test_a_refusal_of_another_kind_ends_none(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE, Act.REJECT, Act.REFUSE)
    assert (result.rejected, result.paused) == (1, 1)


@pytest.mark.more
def test_a_row_goes_on_over_rounds_of_one_copy_each(prepared: World) -> None:
    def one(act: Act) -> int:
        tried = prepared.relay.tried
        prepared.stop = lambda: prepared.relay.tried > tried
        return prepared.deliver(act).paused

    assert [one(act) for act in (Act.ACCEPT, Act.REFUSE, Act.REFUSE)] == [0, 0, 0]
    # Between rounds they are counted as bounces.
    assert noted(prepared) == [BounceKind.SOFT] * 2
    assert one(Act.REFUSE) == 1
    assert noted(prepared) == []
    assert list(prepared.states().values()).count("pending") == 4


@pytest.mark.more
def test_so_does_a_refusal_that_names_nobody(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, *[Act.REFUSE_OTHERWISE] * 4)
    assert (result.accepted, result.rejected, result.deferred, result.paused) == (1, 0, 3, 1)
    assert prepared.states() == {"ann": "accepted"} | dict.fromkeys(READERS[1:], "pending")
    assert noted(prepared) == []
    prepared.resume()
    assert prepared.deliver().accepted == 4


def test_one_that_names_nobody_beside_copies_that_are_taken_is_about_its_own(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, Act.REFUSE_OTHERWISE, Act.REFUSE_OTHERWISE)
    assert result.line() == "deliver: 3 accepted, 2 rejected"
    assert by_domain(prepared) == Counter({"example.org": 2})
    assert noted(prepared) == [BounceKind.SOFT] * 2


def test_both_kinds_stand_in_one_row(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE_OTHERWISE, Act.REFUSE)
    assert (result.rejected, result.paused) == (0, 1)


@pytest.mark.more
def test_the_same_copy_refused_again_and_again_is_no_row(world: World) -> None:
    world.join("ann", "ben")
    world.appear(a_source_post(id="1", title="The quiet budget", category_numbers=("1",)))
    world.prepare()
    world.deliver(Act.ACCEPT, Act.REFUSE)
    for _ in range(3):
        assert world.retry(EDITION).editions == {EDITION: 1}
        assert world.deliver(Act.REFUSE).rejected == 1
    assert by_domain(world) == Counter({"example.org": 1})


def test_before_any_was_taken_the_third_pauses_whatever_the_words(prepared: World) -> None:
    prepared.deliver(Act.REFUSE, Act.REFUSE_OTHERWISE, Act.REFUSE, Act.REFUSE)
    assert prepared.the_edition().state is EditionState.PAUSED
    assert set(prepared.states().values()) == {"pending"}


@pytest.mark.more
def test_what_may_have_arrived_is_not_offered_once_more_for_it(prepared: World) -> None:
    prepared.deliver(Act.CUT_AFTER_THE_DOT, *[Act.ACCEPT] * 2, Act.CUT_BEFORE_THE_DOT, Act.CUT_BEFORE_THE_DOT)
    prepared.clock.forward(hours=1)
    prepared.deliver(Act.REFUSE, Act.REFUSE, Act.REFUSE)
    doubtful = [copy for copy in prepared.copies().values() if copy.doubts]
    assert [copy.state for copy in doubtful] in ([DeliveryState.REJECTED], [DeliveryState.PENDING])
    assert prepared.the_edition().state is EditionState.PAUSED


@pytest.mark.more
def test_a_share_over_two_domains_pauses_and_all_of_them_wait_again(world: World) -> None:
    names = [f"reader{number:02}" for number in range(20)]
    world.join_at_once(dict.fromkeys(names))
    world.appear(a_source_post(id="1", title="The quiet budget", category_numbers=("1",)))
    world.prepare()
    # Every second reader has their mailbox elsewhere.
    with world.store.write() as connection:
        copies = schema.deliveries
        moved = copies.update().where(copies.c.id % 2 == 0)
        connection.execute(moved.values(email=sa.func.replace(copies.c.email, "@example.org", "@example.net")))
    turn = [Act.ACCEPT, Act.REFUSE]
    result = world.deliver(*turn * 3, Act.ACCEPT, Act.ACCEPT, Act.REFUSE)
    assert (result.accepted, result.rejected, result.deferred, result.paused) == (5, 0, 4, 1)
    assert Counter(world.states().values()) == Counter(accepted=5, pending=15)
    world.clock.forward(hours=1)
    world.resume()
    assert world.deliver().accepted == 15


@pytest.mark.more
def test_three_neighbours_at_one_domain_pause_nothing_that_others_got(world: World) -> None:
    world.join_at_once(dict.fromkeys(f"reader{number}" for number in range(1, 8)))
    world.appear(a_source_post(id="1", title="The quiet budget", category_numbers=("1",)))
    world.prepare()
    with world.store.write() as connection:
        copies = schema.deliveries
        first = sa.select(sa.func.min(copies.c.id)).scalar_subquery()
        elsewhere = copies.update().where(copies.c.id == first)
        connection.execute(elsewhere.values(email="reader1@example.net"))
    # A round each, so that what is known of it is read anew.
    world.stop = lambda: world.relay.tried >= 3
    result = world.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE)
    assert (result.rejected, result.paused) == (2, 0)
    world.stop = lambda: False
    result = world.deliver(Act.REFUSE)
    assert (result.accepted, result.rejected, result.paused) == (3, 1, 0)
    assert world.the_edition().state is EditionState.DONE


def test_what_is_put_right_waits_behind_what_was_never_tried(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE, Act.REFUSE)
    again = [copy.next_try_at for name, copy in prepared.copies().items() if name in ("ben", "cat", "dan")]
    assert all(is_about(each, WAITS[0]) for each in again)
    assert prepared.copies()["eve"].next_try_at is None


def test_nothing_of_it_is_kept_of_who_is_too_late(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE, Act.REFUSE)
    prepared.clock.now += prepared.digest.max_late + timedelta(hours=1)
    assert prepared.deliver().expired == 4


def test_nothing_of_it_is_kept_of_who_was_erased(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.REFUSE)
    erased(prepared.store, prepared.copies()["ben"].subscriber_id)
    with prepared.store.read() as connection:
        assert connection.execute(schema.policy_refusals.select()).all() == []


def refused(rule: PolicyRefusals, number: int, address: str) -> PolicyMeans:
    """It refuses a copy, and that is decided at once."""
    return rule.means(rule.note(number, address))


# -- the rule ---------------------------------------------------------------------------------------------

NOTHING = AnsweredCopies(taken=0, at_domains=set(), by_domain=Counter())

answers = st.lists(st.sampled_from(["taken", "taken elsewhere", "a.example", "b.example"]), max_size=60)
#: Where a copy was taken.
AT = {"taken": "reader@a.example", "taken elsewhere": "reader@c.example"}


@given(answers)
def test_whatever_comes_three_in_a_row_are_about_us_but_no_domain_alone_beside_others_that_are_served(
    said: list[str],
) -> None:
    rule, row = PolicyRefusals(NOTHING, in_row={}), list[str]()
    domains, served = Counter[str](), set[str]()
    for number, one in enumerate(said):
        if one in AT:
            assert rule.take(MONDAY, AT[one]) == bool(row)
            served.add(AT[one].partition("@")[2])
            row = []
            continue
        row.append(one)
        domains[one] += 1
        means = refused(rule, number, f"reader{number}@{one}")
        assert (means is PolicyMeans.ROW) == (len(row) >= 3 and (len(set(row)) > 1 or served <= set(row)))
        if means is PolicyMeans.ALL:
            assert len(domains) == 2
            assert domains.total() > 3


@given(answers, st.integers(0, 60))
def test_a_rule_that_is_taken_up_again_in_the_midst_says_the_same(said: list[str], cut: int) -> None:
    def heard(rule: PolicyRefusals, some: list[tuple[int, str]]) -> list[object]:
        return [rule.take(MONDAY, AT[one]) if one in AT else refused(rule, number, f"r@{one}") for number, one in some]

    numbered = list(enumerate(said))
    whole = heard(PolicyRefusals(NOTHING, in_row={}), numbered)
    first = heard(PolicyRefusals(NOTHING, in_row={}), numbered[:cut])
    last = max((number for number, one in numbered[:cut] if one in AT), default=-1)
    known = AnsweredCopies(
        taken=sum(one in AT for _, one in numbered[:cut]),
        at_domains={AT[one].partition("@")[2] for _, one in numbered[:cut] if one in AT},
        by_domain=Counter(one for _, one in numbered[:cut] if one not in AT),
    )
    kept = PolicyRefusals(known, in_row={number: InRow(MONDAY, one) for number, one in numbered[:cut] if number > last})
    assert first + heard(kept, numbered[cut:]) == whole


@pytest.mark.both_stores
def test_a_small_share_of_a_large_edition_is_small_however_many_copies_are_counted(store: Store) -> None:
    copies = copies_for(store, *(f"reader{number}@d{number % 3}.example" for number in range(400)))
    refused_ones, table = [copy.id for copy in copies[:12]], schema.deliveries
    with store.write() as connection:
        connection.execute(table.update().values(state=DeliveryState.ACCEPTED.value))
        connection.execute(
            table.update().where(table.c.id.in_(refused_ones)).values(state=DeliveryState.REJECTED.value)
        )
        for number in refused_ones:
            policy_refusals.note(connection, number, EDITION, at=MONDAY, in_row=False)
    with store.read() as connection:
        found = answered(connection, EDITION, beside=50)
    assert (found.taken, len(found.at_domains)) == (290, 2)
    assert found.by_domain == Counter({f"d{number}.example": 4 for number in range(3)})
    assert refused(PolicyRefusals(found, in_row={}), 0, "one@d1.example") is PolicyMeans.ALONE


@pytest.mark.both_stores
def test_a_domain_is_what_stands_behind_the_last_at_in_small_letters(store: Store) -> None:
    copies = copies_for(store, *ADDRESSES)
    with store.write() as connection:
        connection.execute(schema.deliveries.update().values(state=DeliveryState.REJECTED.value))
        for copy in copies:
            policy_refusals.note(connection, copy.id, EDITION, at=MONDAY)
        last = schema.deliveries.c.id == copies[-1].id
        connection.execute(schema.deliveries.update().where(last).values(email=""))
    with store.read() as connection:
        assert policy_refusals.by_domain(connection, EDITION) == Counter({"example.org": 3, "a.example": 1})


#: The last one is of who was erased.
ADDRESSES = ("ann@example.org", "Ben@Example.ORG", '"a@b"@example.org', "moo@a.example", "eve@example.org")


# -- several workers ----------------------------------------------------------------------------------

S = timedelta(seconds=1)


def at(*instants: tuple[int, datetime]) -> dict[int, InRow]:
    """A row as it is written down."""
    return {number: InRow(instant, "example.org") for number, instant in instants}


def a_rule(*, in_row: tuple[int, ...] = ()) -> PolicyRefusals:
    """Where what was taken is of the same domain, so that a row of that alone counts."""
    rows = at(*((number, MONDAY) for number in in_row))
    return PolicyRefusals(AnsweredCopies(taken=9, at_domains={"example.org"}, by_domain=Counter()), in_row=rows)


def test_the_row_of_another_worker_counts_with_ones_own() -> None:
    rule = a_rule()
    assert refused(rule, 1, "a@example.org") is PolicyMeans.ALONE
    rule.join(at((1, MONDAY), (2, MONDAY + S)))
    assert refused(rule, 3, "c@example.org") is PolicyMeans.ROW


def test_what_another_was_refused_before_the_last_copy_taken_here_stands_in_no_row_and_the_next_one_ends_it() -> None:
    rule = a_rule()
    assert not rule.take(MONDAY + 2 * S, "z@example.org")
    rule.join(at((2, MONDAY), (3, MONDAY + S), (4, MONDAY + 3 * S)))
    assert refused(rule, 5, "e@example.org") is PolicyMeans.ALONE
    assert rule.take(MONDAY + 4 * S, "z@example.org")
    assert not rule.take(MONDAY + 4 * S, "z@example.org")


def test_a_copy_that_another_worker_was_given_ends_ones_own_row() -> None:
    rule = a_rule(in_row=(1,))
    refused(rule, 2, "b@example.org")
    rule.join(at((1, MONDAY), (2, MONDAY)))
    rule.join({})
    assert refused(rule, 3, "c@example.org") is PolicyMeans.ALONE


def test_one_that_is_not_written_down_yet_is_in_the_row_all_the_same() -> None:
    rule = a_rule()
    refused(rule, 1, "a@example.org")
    rule.join({})
    refused(rule, 2, "b@example.org")
    rule.join(at((1, MONDAY)))
    assert refused(rule, 3, "c@example.org") is PolicyMeans.ROW


def test_a_share_is_one_of_what_all_workers_were_answered() -> None:
    rule = a_rule()
    rule.hear(AnsweredCopies(taken=10, at_domains=set(), by_domain=Counter({"example.org": 3})))
    assert refused(rule, 4, "d@example.net") is PolicyMeans.ALL
    rule = a_rule()
    rule.hear(AnsweredCopies(taken=1000, at_domains=set(), by_domain=Counter({"example.org": 3})))
    assert refused(rule, 4, "d@example.net") is PolicyMeans.ALONE


def test_one_that_was_put_off_and_is_refused_again_counts_once() -> None:
    rule = a_rule()
    for number, address in ((1, "a@example.org"), (2, "b@example.net"), (1, "a@example.org"), (2, "b@example.net")):
        assert refused(rule, number, address) is PolicyMeans.ALONE
        rule.take(MONDAY, "c@example.org")


def test_a_copy_taken_while_it_is_looked_up_for_a_refusal_ends_the_row_of_that() -> None:
    rule = a_rule()
    noted = rule.note(1, "a@example.org")
    assert rule.take(MONDAY, "z@example.org")
    rule.join({})
    assert rule.means(noted) is PolicyMeans.ALONE
    assert rule.is_over(noted)
    refused(rule, 2, "b@example.org")
    assert refused(rule, 3, "c@example.org") is PolicyMeans.ALONE


def test_a_row_that_was_whole_before_a_copy_was_taken_is_about_us() -> None:
    rule = a_rule(in_row=(1, 2))
    noted = rule.note(3, "c@example.org")
    rule.take(MONDAY, "z@example.org")
    assert rule.means(noted) is PolicyMeans.ROW


@pytest.fixture
def beside(prepared: World) -> World:
    """Another worker on the same store, where the first one takes up a copy at a time."""
    prepared.pace = Pace(limits=Limits(per_second=1))
    return World(prepared.store, clock=prepared.clock, crawled=False)


def one_of(world: World, act: Act) -> int:
    """One copy by a worker of its own."""
    tried = world.relay.tried
    world.stop = lambda: world.relay.tried > tried
    return world.deliver(act).paused


@pytest.mark.more
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_two_refused_to_one_worker_and_one_to_another_meanwhile_pause_the_edition(
    prepared: World, beside: World
) -> None:
    one_of(prepared, Act.ACCEPT)

    def meanwhile() -> None:
        """While a copy waits for its mark two are refused to the other worker."""
        prepared.relay.at_mark = lambda: None
        for _ in range(2):
            beside.clock.now += S
            assert one_of(beside, Act.REFUSE) == 0

    prepared.relay.at_mark = meanwhile
    prepared.stop = lambda: False
    result = prepared.deliver(Act.REFUSE_AFTER_THE_DOT)
    assert beside.relay.tried == 2
    assert (result.rejected, result.paused) == (0, 1)
    assert list(prepared.states().values()).count("rejected") == 0


@pytest.mark.more
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_what_is_refused_once_another_worker_has_paused_the_edition_waits(prepared: World, beside: World) -> None:
    one_of(prepared, Act.ACCEPT)

    def meanwhile() -> None:
        prepared.relay.at_mark = lambda: None
        beside.deliver(Act.REFUSE_US)

    prepared.relay.at_mark = meanwhile
    prepared.stop = lambda: False
    result = prepared.deliver(Act.REFUSE_AFTER_THE_DOT)
    assert (result.rejected, result.deferred) == (0, 1)
    assert prepared.the_edition().state is EditionState.PAUSED
