"""Who gets which post, and why: of what an edition may bring, what a reader has chosen and has not got.

What is picked and what is told of it are asked of one function, ``verdict``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

from solacefeed.digest.eligibility import Candidate
from solacefeed.models.editions import Pick
from solacefeed.models.people import EVERY, Subscription
from solacefeed.models.posts import CategoryId

#: The selection of a reader who takes everything.
EVERYTHING = "*"

#: No category's id has a space in it, since none of the blog's addresses has.
_WITHOUT = " !"

#: So many answers are kept to be given again; beyond that all are made anew.
MOST_KEPT = 20_000


def selection(category_ids: Iterable[CategoryId] | None, withheld: Iterable[str] = ()) -> str:
    """The name of a choice: equal choices have equal names, and with them one variant.

    The chosen category ids, sorted and joined by commas, or ``*``; behind each ``!`` the id of an event that the reader
    has had often enough: ``*``, ``3,17``, ``3,17 !summit-2027``.
    """
    wanted = EVERYTHING if category_ids is None else ",".join(sorted(set(category_ids)))
    return _WITHOUT.join([wanted, *sorted(quote(event_id, safe="") for event_id in set(withheld))])


def chosen(name: str) -> frozenset[CategoryId] | None:
    """The category ids behind a selection's name; ``None`` for everything."""
    wanted = name.partition(_WITHOUT)[0]
    return None if wanted == EVERYTHING else frozenset(map(CategoryId, filter(None, wanted.split(","))))


def withheld(name: str) -> frozenset[str]:
    """The ids of the events that are not for the readers behind a selection's name."""
    return frozenset(map(unquote, name.split(_WITHOUT)[1:]))


# -- what a reader wishes, and what of it an edition brings them ----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What decides on a reader's posts, besides what they have got; readers who wish the same are equal."""

    #: Sorted; ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None
    #: From when each counts, sorted: of a reader who takes everything ``EVERY`` and what counts longer than that.
    since: tuple[tuple[CategoryId, datetime], ...]
    #: What settled before is told by its title.
    away_until: datetime | None = None


class PostOutcome(StrEnum):
    """How an edition deals with one post for one reader."""

    PICKED = "picked"
    #: Some edition has brought it, or is about to.
    GOT = "got"
    NOT_CHOSEN = "not chosen"
    #: It settled before the choice counted.
    BEFORE_THE_CHOICE = "before the choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostVerdict:
    """Whether a reader gets a post, and what decided that."""

    outcome: PostOutcome
    #: Of one that is picked: the chosen categories, in readers' order; empty for a reader who takes everything.
    because: tuple[CategoryId, ...] = ()
    #: Of one that is picked: its title will do.
    away: bool = False
    #: From when the choice counts: of the reason that counts longest.
    since: datetime | None = None


#: The places of categories among those that readers see.
Order = Mapping[CategoryId, int]


def wishes_of(subscription: Subscription, floor: datetime) -> Wishes:
    """What a subscription asks for; a choice of which nobody has noted since when it counts does so from *floor*."""
    noted = subscription.since or {}
    of_all = noted.get(EVERY, floor)
    if subscription.category_ids is None:
        since = {**noted, EVERY: of_all}
    else:
        since = {each: noted.get(each, of_all) for each in subscription.category_ids}
    return Wishes(
        category_ids=None if subscription.category_ids is None else tuple(sorted(set(subscription.category_ids))),
        since=tuple(sorted(since.items())),
        away_until=subscription.away_until,
    )


def order_of(category_ids: Iterable[CategoryId]) -> Order:
    """The places of *category_ids*, which are in the order in which readers see them."""
    return {each: place for place, each in enumerate(category_ids)}


def verdict(candidate: Candidate, wishes: Wishes, got: Collection[str], order: Order) -> PostVerdict:
    """Whether a reader who has *got* these posts, or is promised them, gets one that an edition may bring."""
    if candidate.post.id in got:
        return PostVerdict(outcome=PostOutcome.GOT)
    matching = [each for each in wishes.since if each[0] in candidate.filed or each[0] == EVERY]
    if not matching:
        return PostVerdict(outcome=PostOutcome.NOT_CHOSEN)
    since = min(instant for _, instant in matching)
    if since > candidate.settled_at:
        return PostVerdict(outcome=PostOutcome.BEFORE_THE_CHOICE, since=since)
    counting = [category_id for category_id, instant in matching if instant <= candidate.settled_at]
    return PostVerdict(
        outcome=PostOutcome.PICKED,
        because=() if wishes.category_ids is None else tuple(sorted(counting, key=lambda each: _place(each, order))),
        away=wishes.away_until is not None and candidate.settled_at < wishes.away_until,
        since=since,
    )


def _place(category_id: CategoryId, order: Order) -> tuple[int, CategoryId]:
    """What readers don't see stands behind what they see."""
    return order.get(category_id, len(order)), category_id


def picks(candidates: Iterable[Candidate], wishes: Wishes, got: Collection[str], order: Order) -> tuple[Pick, ...]:
    """What a reader gets of *candidates*, each once, in their order."""
    told = ((each.post.id, verdict(each, wishes, got, order)) for each in candidates)
    return tuple(
        Pick(post_id=post_id, because=said.because, away=said.away)
        for post_id, said in told
        if said.outcome is PostOutcome.PICKED
    )


class Selector:
    """Picks of *candidates* for many readers: those for whom the same is picked share it, as one object."""

    def __init__(self, candidates: Iterable[Candidate], order: Order) -> None:
        self._candidates = tuple(candidates)
        self._order = order
        #: By wishes, what is picked for who has got nothing yet.
        self._chosen: dict[Wishes, tuple[Pick, ...]] = {}
        #: By the same, as an object, and what was got.
        self._left: dict[tuple[int, frozenset[str]], tuple[Pick, ...]] = {}
        self._shared: dict[tuple[Pick, ...], tuple[Pick, ...]] = {}

    def picks(self, wishes: Wishes, got: frozenset[str]) -> tuple[Pick, ...]:
        """What ``picks`` says."""
        chosen = self._chosen.get(wishes)
        if chosen is None:
            _make_room(self._chosen)
            chosen = self._chosen[wishes] = self._share(picks(self._candidates, wishes, (), self._order))
        if not got or not chosen:
            return chosen
        key = (id(chosen), got)
        left = self._left.get(key)
        if left is None:
            _make_room(self._left)
            left = self._left[key] = self._share(tuple(each for each in chosen if each.post_id not in got))
        return left

    def _share(self, picked: tuple[Pick, ...]) -> tuple[Pick, ...]:
        return self._shared.setdefault(picked, picked)


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= MOST_KEPT:
        kept.clear()
