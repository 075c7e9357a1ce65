"""Many subscriptions that begin at once, each with its person, its consent and the first row of its history.

Rows of people and consents are handed to the driver as they are kept: what SQLAlchemy does for each value takes longer
than SQLite needs for all of them. What many have alike, their choices, is handed to the database once; and the history
it copies by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any, NamedTuple

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, NewConsent, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store import mailable
from solacefeed.store.database import among
from solacefeed.store.dialects import add_rows, spelling
from solacefeed.store.known_names import as_known
from solacefeed.store.row_tables import wanted
from solacefeed.store.schema import Instant, consents, subscribers, subscriptions
from solacefeed.store.subscribers import Since
from solacefeed.store.subscription_changes import write_down
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
    _begin(connection, digest, rows, people, agreed, at=at, by=by, reason=reason)
    for theirs in among(connection, subscriptions.c.subscriber_id, people):
        write_down(connection, (subscriptions.c.digest == digest) & theirs, at=at, by=by, reason=reason)


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
    """How instants are kept: on SQLite as SQLAlchemy spells them, in a tenth of its time."""
    if connection.dialect.name != "sqlite":
        return spelling(connection, Instant())
    # Without the zone, which is the same six letters in all.
    return lambda at: (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(" ", "microseconds")[:-6]


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


#: What a choice is, as ``_choices`` has it.
_CHOSEN = ("state", "category_ids", "since", "cadence", "language", "paused_until")


def _begin(
    connection: sa.Connection,
    digest: str,
    rows: Sequence[NewSubscription],
    people: Sequence[int],
    agreed: Sequence[int],
    *,
    at: datetime,
    by: Actor,
    reason: str,
) -> None:
    """In one statement, to which each choice is handed once: a value for each row takes twice the time."""
    choices, numbers = _choices(rows)
    those = {"subscriber_id": subscriptions.c.subscriber_id, "consent_id": subscriptions.c.consent_id}
    chosen = {"choice": subscriptions.c.consent_id}
    theirs = list(zip(people, agreed, numbers, strict=True))
    kept = {name: subscriptions.c[name] for name in _CHOSEN}
    same = {
        "digest": digest,
        "changed_at": at,
        "entered_by": by.value,
        "chosen_by": by.value,
        "changed_by": by.value,
        "reason": reason,
    }
    for some, choice in product(
        wanted(connection, those | chosen, theirs), list(wanted(connection, chosen | kept, choices))
    ):
        asked = sa.select(
            *(some.c[name] for name in those),
            *(choice.c[name] for name in kept),
            *(sa.literal(value, subscriptions.c[name].type) for name, value in same.items()),
        ).join_from(some, choice, some.c.choice == choice.c.choice)
        connection.execute(subscriptions.insert().from_select([*those, *kept, *same], asked))


def _choices(rows: Sequence[NewSubscription]) -> tuple[list[tuple[Any, ...]], list[int]]:
    """The choices that there are, each after its number; and the number of each row's."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    numbers = []
    for row in rows:
        # Whoever has chosen the same has the same since.
        key = (row.category_ids, id(row.since), row.cadence, row.language, row.paused, row.paused_until)
        if key not in found:
            found[key] = (len(found), *_chosen(row))
        numbers.append(found[key][0])
    return list(found.values()), numbers


def _chosen(row: NewSubscription) -> tuple[Any, ...]:
    return (
        (SubscriptionState.PAUSED if row.paused else SubscriptionState.CONFIRMED).value,
        kept_choice(row.category_ids),
        kept_since(row.since),
        None if row.cadence is None else row.cadence.value,
        row.language,
        row.paused_until,
    )
