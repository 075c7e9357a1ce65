"""Whom the sources of ``sync`` have told of: which member of which source is which subscriber, and what holds them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.store.database import among, upsert
from solacefeed.store.schema import subscriptions, sync_members
from solacefeed.store.subscription_rows import as_text

_LISTED = sync_members.c.listed.is_(True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A subscriber as a source knows them."""

    source: str
    #: The source's own number of them.
    member: str
    subscriber_id: int
    #: The canonical address that it told last and that was acted on.
    told: str
    #: The keys of the digests that it holds them to.
    digests: tuple[str, ...]
    #: False when it lists them no more.
    listed: bool = True


def of_source(connection: sa.Connection, source: str, members: Iterable[str]) -> dict[str, Membership]:
    """Those of *members* that are known, by number."""
    return {
        row.member: _membership(row)
        for some in among(connection, sync_members.c.member, members)
        for row in connection.execute(sync_members.select().where(sync_members.c.source == source, some))
    }


def of_people(connection: sa.Connection, subscriber_ids: Iterable[int]) -> list[Membership]:
    """All of these people, listed or no more, by source and number."""
    found = [
        _membership(row)
        for some in among(connection, sync_members.c.subscriber_id, subscriber_ids)
        for row in connection.execute(sync_members.select().where(some))
    ]
    return sorted(found, key=lambda each: (each.source, each.member))


def listed(connection: sa.Connection, source: str, *, after: str, limit: int) -> list[Membership]:
    """The next *limit* behind that member whom *source* lists, by number."""
    its = (sync_members.c.source == source) & _LISTED & (sync_members.c.member > after)
    rows = connection.execute(sync_members.select().where(its).order_by(sync_members.c.member).limit(limit))
    return [_membership(row) for row in rows]


def listed_as(connection: sa.Connection, source: str, subscriber_ids: Iterable[int]) -> dict[int, set[str]]:
    """The numbers by which *source* lists each of these people: of two members with one address there are two."""
    its = (sync_members.c.source == source) & _LISTED
    found: dict[int, set[str]] = {}
    for some in among(connection, sync_members.c.subscriber_id, subscriber_ids):
        asked = sa.select(sync_members.c.subscriber_id, sync_members.c.member).where(its, some)
        for number, member in connection.execute(asked):
            found.setdefault(number, set()).add(member)
    return found


def note(connection: sa.Connection, memberships: Iterable[Membership], *, at: datetime) -> None:
    """Writes down what a source says of these, over what it said before."""
    rows = [
        {
            "source": each.source,
            "member": each.member,
            "subscriber_id": each.subscriber_id,
            "told": each.told,
            "digests": list(each.digests),
            "listed": each.listed,
            "changed_at": at,
        }
        for each in memberships
    ]
    upsert(connection, sync_members, rows, key=("source", "member"))


def claimed(connection: sa.Connection, digest: str, subscriber_ids: Collection[int]) -> set[int]:
    """Those of these people whom a source lists and holds to *digest*."""
    holds = _LISTED & as_text(sync_members.c.digests).contains(f'"{digest}"', autoescape=True)
    asked = sa.select(sync_members.c.subscriber_id).where(holds)
    conditions = among(connection, sync_members.c.subscriber_id, subscriber_ids)
    return {row.subscriber_id for some in conditions for row in connection.execute(asked.where(some))}


def unclaimed(connection: sa.Connection, source: str, *, limit: int) -> list[tuple[int, str]]:
    """Up to *limit* subscriptions that ``sync`` began for people of *source* and that no source claims any more."""
    theirs, other = sync_members, sync_members.alias()
    subscriber_id, digest = subscriptions.c.subscriber_id, subscriptions.c.digest
    held_to_it = as_text(other.c.digests).like(sa.literal('%"').concat(digest).concat('"%'))
    claims = sa.exists().where(other.c.subscriber_id == subscriber_id, other.c.listed.is_(True), held_to_it)
    its = sa.exists().where(theirs.c.subscriber_id == subscriber_id, theirs.c.source == source)
    begun = (subscriptions.c.entered_by == Actor.SYNC) & (subscriptions.c.state == SubscriptionState.CONFIRMED)
    asked = sa.select(subscriber_id, digest).where(begun, its, ~claims).order_by(subscriber_id, digest).limit(limit)
    return [(row.subscriber_id, row.digest) for row in connection.execute(asked)]


def count_listed(connection: sa.Connection, source: str) -> int:
    its = (sync_members.c.source == source) & _LISTED
    return connection.execute(sa.select(sa.func.count()).select_from(sync_members).where(its)).scalar_one()


def _membership(row: sa.Row[Any]) -> Membership:
    return Membership(
        source=row.source,
        member=row.member,
        subscriber_id=row.subscriber_id,
        told=row.told,
        digests=tuple(row.digests),
        listed=row.listed,
    )
