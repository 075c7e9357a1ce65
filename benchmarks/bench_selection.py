"""How fast it is picked what a reader gets, when readers like them were there before, beside a plain look into a dict.

python -m benchmarks.bench_selection [readers]

    dict      for each reader one look into a dict, by their choice and what they have got
    picks     for each reader what they wish, and what of it they get
    fresh     the same, each reader for the first time: what a look costs that nobody had before

Five hundred choices, of twelve categories; a fifth of the readers have got what few others have.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from time import perf_counter

from solacefeed.digest.eligibility import Candidate
from solacefeed.digest.selection import Selector, Wishes, order_of, picks, wishes_of
from solacefeed.models.people import Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId, Post

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
SECTIONS = tuple(CategoryId(str(number)) for number in range(12))
POSTS = 30
CHOICES = 500

#: A reader's wishes, and what they have got.
Reader = tuple[Wishes, frozenset[str]]


def a_candidate(number: int) -> Candidate:
    at = MONDAY - timedelta(days=60) * (number / POSTS)
    filed = frozenset({SECTIONS[number % 12], SECTIONS[number * 5 % 12]})
    post = Post(
        id=str(number),
        guid=str(number),
        url=f"https://blog.example.org/{number}/",
        title=f"Post {number}",
        content="",
        excerpt="",
        author=None,
        byline=None,
        first_published=None,
        category_ids=tuple(sorted(filed)),
        published=at,
        updated=at,
        revised=at,
        seen=at,
    )
    return Candidate(post=post, settled_at=at, filed=filed)


def readers(number: int) -> list[Reader]:
    chance = Random(11)  # noqa: S311  # the same readers in every run
    choices = [choice for size in (1, 2, 3, 4) for choice in combinations(SECTIONS, size)][:CHOICES]
    wishes = [wishes_of(a_subscription(choice), MONDAY) for choice in choices]
    old = frozenset(str(each) for each in range(4, POSTS))
    rare = [frozenset(chance.sample(sorted(old), 20)) for _ in range(200)]
    return [(wishes[each % CHOICES], old if each % 5 else rare[chance.randrange(len(rare))]) for each in range(number)]


def a_subscription(choice: tuple[CategoryId, ...]) -> Subscription:
    return Subscription(
        subscriber=Subscriber(id=1, email="ann@example.org", name=None, created_at=MONDAY),
        digest="weekly",
        state=SubscriptionState.CONFIRMED,
        category_ids=choice,
        changed_at=MONDAY,
        since=dict.fromkeys(choice, MONDAY - timedelta(days=90)),
    )


def timed(look: Callable[[Wishes, frozenset[str]], object], them: Sequence[Reader]) -> float:
    """Microseconds a reader."""
    started = perf_counter()
    for wishes, got in them:
        look(wishes, got)
    return (perf_counter() - started) / len(them) * 1e6


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    them = readers(number)
    candidates = [a_candidate(each) for each in range(POSTS)]
    order = order_of(SECTIONS)
    selector = Selector(candidates, order)
    plain = {(wishes.category_ids, got): selector.picks(wishes, got) for wishes, got in them}
    peer = timed(lambda wishes, got: plain[wishes.category_ids, got], them)
    picked = timed(selector.picks, them)
    fresh = timed(lambda wishes, got: picks(candidates, wishes, got, order), them[:2000])
    print(f"{number:,} readers, {POSTS} posts, {CHOICES} choices, {len(plain):,} different answers")
    print(f"dict     {peer:6.2f} us a reader")
    print(f"picks    {picked:6.2f} us a reader  {picked / peer:.1f} times the dict")
    print(f"fresh    {fresh:6.2f} us a reader")


if __name__ == "__main__":
    main()
