"""What a reader gets of the posts that an edition may bring: chosen, since when, not got yet, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.eligibility import Candidate, candidates
from solacefeed.digest.selection import PostOutcome, PostVerdict, Selector, Wishes, order_of, picks, verdict, wishes_of
from solacefeed.models.editions import Pick
from solacefeed.models.people import EVERY, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from tests.support.builders import MONDAY, WEDNESDAY, a_category, a_digest, a_post, category_ids

HOUSING, HOMELESSNESS, HOSTELS, SCOTLAND = category_ids("1", "2", "3", "4")
PLANNING = CategoryId("tag:planning")
CATEGORIES = (
    a_category(id="1", slug="housing"),
    a_category(id="2", slug="homelessness", parent_id="1"),
    a_category(id="3", slug="hostels", parent_id="2"),
    a_category(id="4", slug="scotland"),
)
#: Scotland first, as readers see them.
ORDER = order_of([SCOTLAND, HOUSING, HOMELESSNESS, HOSTELS])

EARLY = WEDNESDAY - timedelta(days=30)
SETTLED = WEDNESDAY + timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


def a_reader(
    *chosen: CategoryId,
    everything: bool = False,
    since: Mapping[CategoryId, datetime] | None = None,
    away_until: datetime | None = None,
) -> Wishes:
    subscription = Subscription(
        subscriber=Subscriber(id=1, email="ann@example.org", name=None, created_at=EARLY),
        digest="weekly",
        state=SubscriptionState.CONFIRMED,
        category_ids=None if everything else chosen,
        changed_at=EARLY,
        since=since,
        away_until=away_until,
    )
    return wishes_of(subscription, EARLY)


def a_candidate(*filed: str, tags: tuple[str, ...] = (), id: str = "1") -> Candidate:  # noqa: A002  # the noun's own
    post = replace(a_post(id=id, category_ids=filed), tags=tags)
    (found,) = candidates(
        [post], {}, replace(a_digest(), settle=SETTLED - WEDNESDAY, followed=("planning",)), CATEGORIES
    )
    return found


@pytest.mark.parametrize(
    ("post", "reader", "because"),
    [
        pytest.param(a_candidate("1"), a_reader(HOUSING), [HOUSING], id="its own category"),
        pytest.param(a_candidate("3"), a_reader(HOUSING), [HOUSING], id="one two above it"),
        pytest.param(a_candidate("1"), a_reader(HOMELESSNESS), None, id="a child brings nothing of its parent's"),
        pytest.param(a_candidate("1", "4"), a_reader(HOUSING, SCOTLAND), [SCOTLAND, HOUSING], id="in readers' order"),
        pytest.param(a_candidate("99", "1"), a_reader(CategoryId("99"), HOUSING), [HOUSING, "99"], id="unseen last"),
        pytest.param(a_candidate(tags=("planning",)), a_reader(PLANNING), [PLANNING], id="a tag"),
        pytest.param(a_candidate("1", tags=("other",)), a_reader(PLANNING), None, id="another tag"),
        pytest.param(a_candidate(), a_reader(everything=True), [], id="everything, filed nowhere"),
        pytest.param(a_candidate("1"), a_reader(everything=True), [], id="everything needs no reason"),
        pytest.param(a_candidate("1"), a_reader(), None, id="a reader who chose nothing"),
    ],
)
def test_a_reader_gets_what_is_filed_under_their_choice(
    post: Candidate, reader: Wishes, because: list[CategoryId] | None
) -> None:
    said = verdict(post, reader, (), ORDER)
    if because is None:
        assert said.outcome is PostOutcome.NOT_CHOSEN
    else:
        assert (said.outcome, list(said.because)) == (PostOutcome.PICKED, because)


def test_a_post_that_settled_before_the_choice_counted_is_not_picked() -> None:
    post = a_candidate("1")
    assert verdict(post, a_reader(HOUSING, since={HOUSING: SETTLED}), (), ORDER).outcome is PostOutcome.PICKED
    later = SETTLED + MINUTE
    assert verdict(post, a_reader(HOUSING, since={HOUSING: later}), (), ORDER) == PostVerdict(
        outcome=PostOutcome.BEFORE_THE_CHOICE, since=later
    )


def test_only_the_categories_that_counted_by_then_are_reasons() -> None:
    reader = a_reader(HOUSING, SCOTLAND, since={HOUSING: EARLY, SCOTLAND: MONDAY})
    assert verdict(a_candidate("1", "4"), reader, (), ORDER).because == (HOUSING,)


def test_a_category_that_is_not_noted_counts_from_when_everything_did() -> None:
    reader = a_reader(HOUSING, SCOTLAND, since={EVERY: MONDAY, SCOTLAND: EARLY})
    assert reader.since == ((HOUSING, MONDAY), (SCOTLAND, EARLY))


def test_a_choice_of_which_nothing_is_noted_counts_from_the_floor() -> None:
    assert a_reader(HOUSING).since == ((HOUSING, EARLY),)
    assert a_reader(everything=True).since == ((EVERY, EARLY),)


def test_who_goes_over_to_everything_keeps_what_they_had_chosen_before() -> None:
    reader = a_reader(everything=True, since={EVERY: MONDAY, HOUSING: EARLY})
    assert verdict(a_candidate("2"), reader, (), ORDER) == PostVerdict(outcome=PostOutcome.PICKED, since=EARLY)
    assert verdict(a_candidate("4"), reader, (), ORDER).outcome is PostOutcome.BEFORE_THE_CHOICE


def test_what_came_in_a_pause_is_told_by_its_title() -> None:
    def away(until: datetime) -> bool:
        return verdict(a_candidate("1"), a_reader(HOUSING, away_until=until), (), ORDER).away

    assert (away(SETTLED), away(SETTLED + MINUTE)) == (False, True)


def test_what_was_got_is_not_picked_again() -> None:
    assert verdict(a_candidate("1"), a_reader(HOUSING), {"1"}, ORDER).outcome is PostOutcome.GOT


# -- for many readers ------------------------------------------------------------------------------------

INSTANTS = st.sampled_from([EARLY, SETTLED, SETTLED + MINUTE, MONDAY])
IDS = st.sampled_from([HOUSING, HOMELESSNESS, HOSTELS, SCOTLAND, PLANNING])
READERS = st.builds(
    lambda chosen, everything, since, away: a_reader(*chosen, everything=everything, since=since, away_until=away),
    st.sets(IDS).map(sorted),
    st.booleans(),
    st.none() | st.dictionaries(IDS | st.just(EVERY), INSTANTS),
    st.none() | INSTANTS,
)
POSTS = st.lists(st.sets(st.sampled_from("1234")).map(sorted), max_size=4).map(
    lambda filings: [a_candidate(*filed, id=str(number)) for number, filed in enumerate(filings)]
)


@given(posts=POSTS, readers=st.lists(st.tuples(READERS, st.frozensets(st.sampled_from("0123"))), max_size=6))
def test_one_who_picks_for_many_picks_as_for_each(
    posts: list[Candidate], readers: list[tuple[Wishes, frozenset[str]]]
) -> None:
    selector = Selector(posts, ORDER)
    for wishes, got in readers * 2:
        assert selector.picks(wishes, got) == picks(posts, wishes, got, ORDER)


@given(posts=POSTS, reader=READERS, got=st.frozensets(st.sampled_from("0123")))
def test_each_post_is_picked_once_in_its_order_and_none_that_was_got(
    posts: list[Candidate], reader: Wishes, got: frozenset[str]
) -> None:
    picked = [each.post_id for each in picks(posts, reader, got, ORDER)]
    assert picked == sorted(set(picked) - got, key=int)


@given(posts=POSTS, reader=READERS, got=st.frozensets(st.sampled_from("0123")))
def test_what_is_picked_twice_over_is_nothing(posts: list[Candidate], reader: Wishes, got: frozenset[str]) -> None:
    first = {each.post_id for each in picks(posts, reader, got, ORDER)}
    assert picks(posts, reader, got | first, ORDER) == ()


def test_readers_for_whom_the_same_is_picked_share_it_whatever_they_chose() -> None:
    selector = Selector([a_candidate("3")], ORDER)
    ann = selector.picks(a_reader(HOUSING), frozenset())
    ben = selector.picks(a_reader(HOUSING, SCOTLAND, since={EVERY: SETTLED, SCOTLAND: MONDAY}), frozenset({"9"}))
    assert ann == (Pick(post_id="1", because=(HOUSING,)),)
    assert ann is ben
