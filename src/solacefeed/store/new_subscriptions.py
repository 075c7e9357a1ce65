"""Many subscriptions that begin at once, each with its person, its consent and the first row of its history.

Their rows are handed to the driver as they are kept: what SQLAlchemy does for each value takes longer than SQLite
needs for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, NewConsent, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store import mailable
from solacefeed.store.database import among, as_known
from solacefeed.store.dialects import add_rows, spelling
from solacefeed.store.schema import Instant, consents, subscribers, subscription_changes, subscriptions
from solacefeed.store.subscribers import Since
from solacefeed.store.subscription_rows import kept_choice, kept_since


class NewSubscription(NamedTuple):
    """One that is to begin; a tuple, since there are millions."""

    email: str
    canonical: str
    name: str | None
    #: ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None
    since: Since
    consent: NewConsent
    #: ``None`` for the digest's first.
    cadence: CadenceKind | None = None
    #: ``None`` for the site's.
    language: str | None = None
    paused: bool = False
    #: ``None`` for when the reader says so.
    paused_until: datetime | None = None


def hold(connection: sa.Connection) -> None:
    """Lets nobody else begin a subscription, nor suppress or erase anybody, until the transaction ends.

    Of SQLite there is one writer in any case.
    """
    mailable.hold(connection, alone=True)
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE subscribers, subscriptions IN SHARE ROW EXCLUSIVE MODE"))


def numbers_of(connection: sa.Connection, canonicals: Iterable[str]) -> dict[str, int]:
    """The numbers of those of *canonicals* who are subscribers."""
    asked = sa.select(subscribers.c.canonical, subscribers.c.id)
    conditions = among(connection, subscribers.c.canonical, canonicals)
    return {who: number for each in conditions for who, number in connection.execute(asked.where(each))}


def states(connection: sa.Connection, digest: str, numbers: Iterable[int]) -> dict[int, SubscriptionState]:
    """How those subscribers stand who have, or had, the digest."""
    its = sa.select(subscriptions.c.subscriber_id, subscriptions.c.state).where(subscriptions.c.digest == digest)
    conditions = among(connection, subscriptions.c.subscriber_id, numbers)
    rows = (row for each in conditions for row in connection.execute(its.where(each)))
    return {row.subscriber_id: as_known(SubscriptionState, row.state) for row in rows}


def begin_all(
    connection: sa.Connection,
    digest: str,
    rows: Sequence[NewSubscription],
    known: Mapping[str, int],
    *,
    at: datetime,
    by: Actor,
    reason: str,
) -> None:
    """Begins *rows*, each of another address, of whom nobody has or had the digest: ``states`` told so under ``hold``.

    Who is *known* keeps their name.
    """
    if not rows:
        return
    instant = _instants(connection)
    kept_at, whose = instant(at), by.value
    people, agreed = _people(connection, rows, known, kept_at, whose), _numbers(connection, consents, len(rows))
    add_rows(
        connection,
        consents,
        ("id", "subscriber_id", "digest", *_SAID, "recorded_at"),
        [
            (number, person, digest, *_said(row.consent, instant), kept_at)
            for number, person, row in zip(agreed, people, rows, strict=True)
        ],
    )
    chosen = _chosen(rows, instant)
    add_rows(
        connection,
        subscriptions,
        ("subscriber_id", "digest", *_CHOSEN, "consent_id", "changed_at", *_BY_WHOM, "reason"),
        [
            (person, digest, *choice, number, kept_at, whose, whose, whose, reason)
            for number, person, choice in zip(agreed, people, chosen, strict=True)
        ],
    )
    add_rows(
        connection,
        subscription_changes,
        ("subscriber_id", "digest", *_CHOSEN, "at", "actor", "reason"),
        [(person, digest, *choice, kept_at, whose, reason) for person, choice in zip(people, chosen, strict=True)],
    )


def _people(
    connection: sa.Connection, rows: Sequence[NewSubscription], known: Mapping[str, int], at: Any, whose: str
) -> list[int]:
    """The number of each row's person, who is new unless known."""
    new = [row for row in rows if row.canonical not in known]
    add_rows(
        connection,
        subscribers,
        ("email", "canonical", "name", "named_by", "created_at"),
        [(row.email, row.canonical, row.name, None if row.name is None else whose, at) for row in new],
    )
    given = _given(connection, [row.canonical for row in new])
    return [known.get(row.canonical) or given[row.canonical] for row in rows]


def _given(connection: sa.Connection, canonicals: Sequence[str]) -> Mapping[str, int]:
    """The numbers that the database has given to those who were entered just now, in this order.

    It gives each once for good: an old mail's link must never be somebody else's.
    """
    if connection.dialect.name != "sqlite":
        return numbers_of(connection, canonicals)
    # Of SQLite, which has one writer, they follow on one another.
    newest = connection.execute(sa.select(sa.func.max(subscribers.c.id))).scalar() or 0
    return dict(zip(canonicals, range(newest - len(canonicals) + 1, newest + 1), strict=True))


def _instants(connection: sa.Connection) -> Callable[[datetime], Any]:
    """How instants are kept: on SQLite as SQLAlchemy spells them, in a fifth of its time."""
    if connection.dialect.name != "sqlite":
        return spelling(connection, Instant())
    return lambda at: at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _numbers(connection: sa.Connection, table: sa.Table, count: int) -> Sequence[int]:
    """The next *count* ids of *table*, which no row has."""
    if connection.dialect.name == "sqlite":
        newest = connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0
        return range(newest + 1, newest + 1 + count)
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    each = sa.func.generate_series(1, count).table_valued("number")
    return list(connection.execute(sa.select(sa.func.nextval(sequence)).select_from(each)).scalars())


_SAID = ("basis", "at", "how", "source", "evidence", "claimed", "wording_hash", "network")


def _said(consent: NewConsent, instant: Callable[[datetime], Any]) -> tuple[Any, ...]:
    return (
        consent.basis.value,
        instant(consent.at),
        consent.how.value,
        consent.source,
        consent.evidence,
        consent.claimed,
        consent.wording_hash,
        consent.network,
    )


_CHOSEN = ("state", "category_ids", "since", "cadence", "language", "paused_until")


_BY_WHOM = ("entered_by", "chosen_by", "changed_by")


def _chosen(rows: Sequence[NewSubscription], instant: Callable[[datetime], Any]) -> list[tuple[Any, ...]]:
    # Whoever has chosen the same has the same since, which is spelt once.
    alike = {id(row.since): row.since for row in rows}
    spelt = {number: json.dumps(kept_since(since)) for number, since in alike.items()}
    return [
        (
            (SubscriptionState.PAUSED if row.paused else SubscriptionState.CONFIRMED).value,
            _spelt_choice(row.category_ids),
            spelt[id(row.since)],
            None if row.cadence is None else row.cadence.value,
            row.language,
            None if row.paused_until is None else instant(row.paused_until),
        )
        for row in rows
    ]


@lru_cache(1 << 12)
def _spelt_choice(category_ids: tuple[CategoryId, ...] | None) -> str | None:
    return None if category_ids is None else json.dumps(kept_choice(category_ids))
