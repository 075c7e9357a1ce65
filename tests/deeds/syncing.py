"""The vocabulary of the tests of ``sync``: a database's export, and what the store has of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.sync import look, sync
from solacefeed.deeds.people.sync_rules import MemberRow
from solacefeed.deeds.people.sync_settings import Synced, SyncSettings
from solacefeed.models.digests import CategoryNames
from solacefeed.models.people import Actor, Basis, Subscription, Suppression, SuppressionReason
from solacefeed.store import address_history, suppressions
from tests.deeds.world import World
from tests.store.rows import everyone, written
from tests.support.builders import LONDON

#: While nobody was erased, no key is read.
NO_KEY = FingerprintKey(path=Path("/dev/null/no.key"))


def address(who: str) -> str:
    return f"{who}@example.org"


def member(number: str, who: str, *interests: str, name: str | None = None) -> MemberRow:
    return MemberRow(
        line=int(number), member=number, email=address(who), name=name, interests="; ".join(interests) or None
    )


def settings(world: World, source: str = "members", *, key: FingerprintKey = NO_KEY) -> SyncSettings:
    return SyncSettings(
        source=source,
        digests=(world.digest,),
        basis=Basis.SOFT_OPT_IN,
        evidence="the form",
        names=CategoryNames(),
        zone=LONDON,
        key=key,
    )


def synced(
    world: World,
    *rows: MemberRow,
    by: SyncSettings | str = "members",
    present: Collection[str] = (),
    believe: bool = False,
) -> Synced:
    """What came of holding the store to an export of these."""
    by = settings(world, by) if isinstance(by, str) else by
    there = {*present, *(each.member for each in rows)}
    return sync(world.store, world.clock, by, rows, there, believe=believe)


def looked(world: World, *rows: MemberRow) -> Synced:
    return look(world.store, settings(world), rows, {each.member for each in rows})


def done(found: Synced) -> dict[str, int]:
    """What was done, without what was not."""
    counts = {
        name: getattr(found, name) for name in ("new", "begun", "back", "moved", "renamed", "gone", "ended", "same")
    }
    return {name: count for name, count in counts.items() if count}


def why(found: Synced) -> dict[str, str]:
    """Why what of which member was left alone."""
    return {each.member: each.why for each in found.alone}


def kept(world: World) -> dict[str, Subscription]:
    """Each subscription, by the reader's name in the address."""
    with world.store.read() as connection:
        return {each.subscriber.email.partition("@")[0]: each for each in everyone(connection)}


def states(world: World) -> dict[str, str]:
    return {who: each.state.value for who, each in kept(world).items()}


def moves(world: World, who: str, to: str, actor: Actor = Actor.READER) -> None:
    number = kept(world)[who].subscriber.id
    assert written(world.store, lambda c: address_history.move(c, number, address(to), at=world.clock(), by=actor))


def bounces(world: World, who: str, reason: SuppressionReason = SuppressionReason.HARD) -> None:
    never = Suppression(canonical=address(who), reason=reason, words=None, actor=Actor.OPERATOR, at=world.clock())
    written(world.store, lambda c: suppressions.add(c, never))


def all_rows(world: World) -> list[str]:
    """All that the store holds of people."""
    tables = ("subscribers", "subscriptions", "subscription_changes", "consents", "sync_members", "address_changes")
    with world.store.read() as connection:
        return [repr(row) for name in tables for row in connection.exec_driver_sql(f"SELECT * FROM {name}")]


def with_share(world: World, share: float) -> SyncSettings:
    return replace(settings(world), largest_share=share)
