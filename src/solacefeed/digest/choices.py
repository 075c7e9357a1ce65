"""Since when a reader's choice of categories counts, who may join, and what of categories that come and go is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo

from solacefeed.digest.lineage import lineage
from solacefeed.digest.periods import period_start
from solacefeed.models.digests import CadenceKind, Digest, Join
from solacefeed.models.editions import Editing, Period
from solacefeed.models.people import EVERY, Subscription, SubscriptionState
from solacefeed.models.posts import Category, CategoryId

_MOMENT = timedelta(seconds=1)

#: The start of the period in which an instant lies, by the closings that a reader has.
StartOf = Callable[[datetime], datetime]


def may_join(digest: Digest) -> bool:
    """Whether readers may subscribe to it by themselves; else whom the operator enters has it."""
    return digest.join is Join.OPEN


# -- since when a choice counts ------------------------------------------------------------------------


def start_of_period(digest: Digest, cadence: CadenceKind | None, zone: tzinfo, *, is_new: bool = False) -> StartOf:
    """For a reader of *digest* with that cadence; ``None`` is its first.

    Of a digest that *is_new*, and has had no edition, it is the start of the period before: its first edition is for
    those who were there when it came, and brings what the last period did.
    """
    of_it = digest.cadence(cadence)

    def start(at: datetime) -> datetime:
        begun = period_start(at, of_it, zone)
        return period_start(begun - _MOMENT, of_it, zone) if is_new and of_it.kind is not CadenceKind.AT_ONCE else begun

    return start


def since_after(
    before: Subscription | None, category_ids: Collection[CategoryId] | None, *, at: datetime, start_of: StartOf
) -> dict[CategoryId, datetime]:
    """From when each category counts for a reader who chooses *category_ids* (``None``: everything) at that instant.

    What was chosen *before*, by name or under everything, keeps its own; what is added counts from the start of the
    period in which it is, so that nobody gets a back-catalogue. After an end all of it begins anew.
    """
    begins = start_of(at)
    if before is None or before.state is SubscriptionState.ENDED:
        return dict.fromkeys([EVERY] if category_ids is None else sorted(category_ids), begins)
    noted = since_noted(before, start_of)
    if category_ids is not None:
        return {each: _kept(before, noted, each) or begins for each in sorted(category_ids)}
    every = noted.get(EVERY, begins) if before.category_ids is None else begins
    named = noted.keys() - {EVERY} if before.category_ids is None else before.category_ids
    older = {each: kept for each in sorted(named) if (kept := _kept(before, noted, each)) and kept < every}
    return {EVERY: every, **older}


def since_noted(subscription: Subscription, start_of: StartOf) -> Mapping[CategoryId, datetime]:
    """From when each chosen category counts; what an older release left unsaid, from its period's start."""
    if subscription.since is not None:
        return subscription.since
    return {EVERY: start_of(subscription.changed_at)}


def _kept(before: Subscription, noted: Mapping[CategoryId, datetime], each: CategoryId) -> datetime | None:
    if before.category_ids is not None and each not in before.category_ids:
        return None
    return noted.get(each, noted.get(EVERY))


def since_moved(
    since: Mapping[CategoryId, datetime] | None, old: CategoryId, new: CategoryId
) -> dict[CategoryId, datetime] | None:
    """*since* of a choice in which *new* takes the place of *old*: it counts from when the earlier of both did."""
    if since is None:
        return None
    both = [instant for each in (old, new) if (instant := since.get(each, since.get(EVERY)))]
    moved = {each: instant for each, instant in since.items() if each != old}
    return {**moved, new: min(both)} if both else moved


# -- categories that come and go -----------------------------------------------------------------------


def offers(
    categories: Iterable[Category],
    first_seen: Mapping[CategoryId, datetime],
    window: Period,
    category_ids: Collection[CategoryId] | None,
) -> tuple[CategoryId, ...]:
    """Those of *categories*, in their order, that came in the edition's *window* and that its reader may want.

    Who takes everything, or what lies above it, has it already. Of *first_seen* nothing is known for what the first
    crawl brought.
    """
    if not category_ids:
        return ()
    listed = tuple(categories)
    parents = {each.id: each.parent_id for each in listed}
    new = (each.id for each in listed if each.id in first_seen and window.starts <= first_seen[each.id] < window.ends)
    return tuple(each for each in new if not set(category_ids) & set(lineage(each, parents)))


def audience_of(editing: Editing, categories: Iterable[Category]) -> frozenset[CategoryId]:
    """Whoever has chosen one of these gets a notice: as posts do, it reaches who has chosen what lies above, too.

    Empty where it is for everybody.
    """
    parents = {each.id: each.parent_id for each in categories}
    return frozenset(above for wanted in editing.audience for above in lineage(wanted, parents))


def left_without(category_ids: Collection[CategoryId] | None, listed: Collection[CategoryId]) -> bool:
    """Whether a reader has chosen only what there is no more; *listed* is all that can be chosen now."""
    return bool(category_ids) and not any(each in listed for each in category_ids or ())
