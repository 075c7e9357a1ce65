"""What became of subscriptions and addresses, in the order in which it did: for another program that keeps them too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from solacefeed.models.people import Actor, Subscriber, SubscriptionState
from solacefeed.store import address_history, subscribers, subscription_changes, sync_members
from solacefeed.store.address_history import AddressChange
from solacefeed.store.database import Store
from solacefeed.store.subscription_changes import NumberedChange, SubscriptionChange

#: Changes read at once.
PAGE = 500

_CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")


class What(StrEnum):
    """What became of a subscription, or of an address."""

    CAME = "came"
    CAME_BACK = "came back"
    LEFT = "left"
    PAUSED = "paused"
    RESUMED = "resumed"
    BOUNCED = "bounced"
    #: The suppression was taken away.
    RESTORED = "restored"
    CHOSE = "chose"
    #: As before, by another's word.
    KEPT = "kept"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a log was read: the last change of a subscription, and the last of an address."""

    subscriptions: int = 0
    addresses: int = 0

    def __str__(self) -> str:
        return f"{self.subscriptions}-{self.addresses}"


def cursor_of(text: str) -> Cursor | None:
    """What ``str`` has made of one; ``None`` where it is none."""
    found = _CURSOR.fullmatch(text)
    return Cursor(subscriptions=int(found[1]), addresses=int(found[2])) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """One change, with what another program may know the person by."""

    #: From which the log goes on behind it.
    cursor: str
    at: datetime
    what: What
    subscriber: Subscriber
    #: The number of each membership database that has them, by its name.
    members: dict[str, str]
    by: Actor
    reason: str | None
    #: Its key; ``None`` of a change of address, as what follows.
    digest: str | None = None
    change: SubscriptionChange | None = None
    #: The address before; of a change of address alone.
    before: str | None = None
    after: str | None = None


def changes(store: Store, start: Cursor, *, since: datetime | None = None) -> Iterator[LoggedChange]:
    """All behind *start*, of those since an instant, oldest first; a page in memory at a time, and none is missed."""
    cursor = start
    while page := _page(store, cursor, since):
        yield from page
        cursor = cursor_of(page[-1].cursor) or cursor


def _page(store: Store, start: Cursor, since: datetime | None) -> list[LoggedChange]:
    # Each by itself: whoever moves somebody writes of both, and has the one while this would wait with the other.
    with store.read() as connection:
        steps = subscription_changes.numbered(connection, after=start.subscriptions, since=since, limit=PAGE)
    with store.read() as connection:
        moves = address_history.numbered(connection, after=start.addresses, since=since, limit=PAGE)
        numbers = {each.subscriber_id for each in moves}
        people = {each.id: each for each in subscribers.people(connection, numbers=numbers)}
        members: dict[int, dict[str, str]] = {}
        for each in sync_members.of_people(connection, {*numbers, *(step.subscriber.id for step in steps)}):
            members.setdefault(each.subscriber_id, {})[each.source] = each.member
    return list(_merged(steps, moves, start, people, members))[:PAGE]


def _merged(
    steps: Sequence[NumberedChange],
    moves: Sequence[AddressChange],
    start: Cursor,
    people: dict[int, Subscriber],
    members: dict[int, dict[str, str]],
) -> Iterator[LoggedChange]:
    """By when they were; those of one kind as they are numbered, whatever a clock has done."""
    cursor, step, move = start, 0, 0
    while step < len(steps) or move < len(moves):
        if move == len(moves) or (step < len(steps) and steps[step].change.at <= moves[move].at):
            cursor = Cursor(subscriptions=steps[step].id, addresses=cursor.addresses)
            yield _of_a_step(steps[step], cursor, members)
            step += 1
        else:
            cursor = Cursor(subscriptions=cursor.subscriptions, addresses=moves[move].id)
            yield _of_a_move(moves[move], cursor, people, members)
            move += 1


def _of_a_step(step: NumberedChange, cursor: Cursor, members: dict[int, dict[str, str]]) -> LoggedChange:
    return LoggedChange(
        cursor=str(cursor),
        at=step.change.at,
        what=what_became(step.before, step.change),
        subscriber=step.subscriber,
        members=members.get(step.subscriber.id, {}),
        by=step.change.actor,
        reason=step.change.reason,
        digest=step.digest,
        change=step.change,
    )


def _of_a_move(
    move: AddressChange, cursor: Cursor, people: dict[int, Subscriber], members: dict[int, dict[str, str]]
) -> LoggedChange:
    return LoggedChange(
        cursor=str(cursor),
        at=move.at,
        what=What.MOVED,
        subscriber=people[move.subscriber_id],
        members=members.get(move.subscriber_id, {}),
        by=move.actor,
        reason=None,
        before=move.before,
        after=move.after,
    )


def what_became(before: SubscriptionChange | None, after: SubscriptionChange) -> What:
    """Of a subscription, by the step that was noted before."""
    if before is None or before.state is not after.state:
        return _of_another_state(before.state if before else None, after.state)
    if after.state is SubscriptionState.ENDED:
        return What.LEFT
    if after.state is SubscriptionState.PAUSED and before.paused_until != after.paused_until:
        return What.PAUSED
    chosen = [(each.category_ids, each.cadence, each.language) for each in (before, after)]
    return What.CHOSE if chosen[0] != chosen[1] else What.KEPT


def _of_another_state(before: SubscriptionState | None, after: SubscriptionState) -> What:
    if after is SubscriptionState.ENDED:
        return What.LEFT
    if after is SubscriptionState.BOUNCED:
        return What.BOUNCED
    if before is SubscriptionState.BOUNCED:
        return What.RESTORED
    if before is SubscriptionState.ENDED:
        return What.CAME_BACK
    if after is SubscriptionState.PAUSED:
        return What.PAUSED
    return What.CAME if before is None else What.RESUMED
