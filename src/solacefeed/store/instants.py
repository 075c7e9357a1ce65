"""Instants that the store keeps by our clock, and which of them lie ahead of now: found, and brought back.

A clock that was once ahead leaves them behind when it is right again: a post seen in 2030, a blog not to be asked
before, an edition that covers until then. Every instant that the tables have stands here, unless it is not
ours; a test names those, and holds that there are no others.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import LONGEST_SENDING
from solacefeed.models.editions import WAITING, EditionState
from solacefeed.models.sightings import Origin
from solacefeed.store import changes, facts, held_editions, schema

#: Two clocks, or two looks at one, may differ by so much.
SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Instants of one kind that lie ahead of now."""

    #: Table and column: ``posts.seen``.
    kept: str
    count: int
    furthest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A column of instants by our clock."""

    column: sa.Column[datetime]
    #: How far ahead it may rightly lie.
    may_lie: timedelta = timedelta()
    #: Of which rows; of all where there is no condition.
    only: sa.ColumnElement[bool] | None = None
    #: It is brought back to nothing, which means that there is nothing to wait for; else to now.
    to_nothing: bool = False

    @property
    def name(self) -> str:
        return f"{self.column.table.name}.{self.column.name}"

    def ahead(self, now: datetime) -> sa.ColumnElement[bool]:
        late = self.column > now + self.may_lie + SLACK
        return late if self.only is None else late & self.only


#: The closing of an edition that has left, or was skipped, lies behind; one that waits is drafted, and may be frozen,
#: before it.
_EDITION_ENDS = _Kept(
    column=schema.editions.c.ends, only=schema.editions.c.state.not_in([*WAITING, EditionState.CANCELLED])
)

# A copy that was in hand keeps its bytes for ever, and with them the instant in its Date.
_NO_COPY_IN_HAND = ~sa.exists().where(
    schema.deliveries.c.edition_id == schema.editions.c.id, schema.deliveries.c.revision.is_not(None)
)
_OF_A_CALENDAR = schema.sightings.c.origin.in_((int(Origin.PAGE), int(Origin.CALENDAR)))

KEPT = (
    _Kept(column=schema.sources.c.not_before, may_lie=timedelta(days=1), to_nothing=True),
    _Kept(column=schema.categories.c.first_seen),
    _Kept(column=schema.documents.c.published_at),
    _Kept(column=schema.gone_documents.c.gone_at),
    _Kept(column=schema.feeds.c.retired_at),
    _Kept(column=schema.pings.c.next_try_at, may_lie=timedelta(hours=12)),
    # What a first crawl brings counts as seen when it was published, and that may be ahead.
    _Kept(column=schema.posts.c.seen, only=schema.posts.c.seen > schema.posts.c.published),
    _Kept(column=schema.posts.c.gone_at),
    _Kept(column=schema.post_changes.c.noticed_at),
    _Kept(column=schema.quarantine.c.found_at),
    _Kept(column=schema.removals.c.found_at),
    _Kept(column=schema.subscribers.c.created_at),
    _Kept(column=schema.subscriptions.c.changed_at),
    _Kept(column=schema.subscriptions.c.away_until),
    _Kept(
        column=schema.editions.c.prepared_at,
        only=(schema.editions.c.state != EditionState.CANCELLED) & _NO_COPY_IN_HAND,
    ),
    _Kept(column=schema.deliveries.c.next_try_at, may_lie=timedelta(hours=4)),
    _Kept(column=schema.deliveries.c.lease_until, may_lie=timedelta(hours=1)),
    _Kept(column=schema.deliveries.c.changed_at),
    _Kept(column=schema.deliveries.c.until, may_lie=LONGEST_SENDING),
    _Kept(column=schema.paces.c.used_until),
    _Kept(column=schema.copy_acts.c.at),
    _Kept(column=schema.copy_acts.c.was_since),
    _Kept(column=schema.canaries.c.begun_at),
    _Kept(column=schema.canaries.c.went_at),
    # A quarter of the longest max_late at most.
    _Kept(column=schema.canaries.c.waits_until, may_lie=LONGEST_SENDING),
    _Kept(column=schema.canaries.c.decided_at),
    _Kept(column=schema.policy_refusals.c.at),
    _Kept(column=schema.outbox.c.next_try_at, may_lie=timedelta(hours=4)),
    _Kept(column=schema.outbox.c.lease_until, may_lie=timedelta(hours=1)),
    _Kept(column=schema.outbox.c.created_at, only=schema.outbox.c.doubts == 0),
    _Kept(column=schema.outbox.c.changed_at),
    _Kept(column=schema.subscription_changes.c.at),
    _Kept(column=schema.subscription_changes.c.away_until),
    _Kept(column=schema.correction_decisions.c.at),
    _Kept(column=schema.digests.c.ended_at),
    _Kept(column=schema.acknowledgements.c.at),
    _Kept(column=schema.alarms.c.since),
    _Kept(column=schema.alarms.c.gone_since),
    _Kept(column=schema.alarms.c.told_at),
    _Kept(column=schema.alarm_messages.c.since),
    _Kept(column=schema.alarm_messages.c.at),
    _Kept(column=schema.alarm_messages.c.next_try_at, may_lie=timedelta(hours=4)),
    _Kept(column=schema.site_checks.c.looked_at),
    _Kept(column=schema.heartbeats.c.at),
    _Kept(column=schema.edition_sums.c.counted_at),
    _Kept(column=schema.records.c.started_at),
    _Kept(column=schema.records.c.ended_at),
    _Kept(column=schema.calendars.c.asked_at),
    _Kept(column=schema.calendars.c.read_at),
    _Kept(column=schema.calendars.c.not_before, may_lie=timedelta(days=1), to_nothing=True),
    _Kept(column=schema.events.c.known_since),
    _Kept(column=schema.events.c.changed),
    _Kept(column=schema.events.c.decided_at),
    # A post that is dated ahead says its events then; a calendar said them when it was asked.
    _Kept(column=schema.sightings.c.said_at, only=_OF_A_CALENDAR),
    _Kept(column=schema.sightings.c.seen_at),
    _Kept(column=schema.sightings.c.until),
    _Kept(column=schema.wordings.c.first_used_at),
    _Kept(column=schema.consents.c.recorded_at),
    _Kept(column=schema.suppressions.c.at),
    _Kept(column=schema.fingerprints.c.at),
    _Kept(column=schema.erasures.c.at),
    _Kept(column=schema.sign_ups.c.at),
    _Kept(column=schema.sign_ups.c.answered_at),
    _Kept(column=schema.sign_ups.c.changed_at),
    _Kept(column=schema.address_moves.c.at),
    _Kept(column=schema.address_moves.c.confirmed_at),
    _Kept(column=schema.counted_moves.c.at),
    _Kept(column=schema.address_changes.c.at),
    _Kept(column=schema.reader_complaints.c.at),
    _Kept(column=schema.reader_complaints.c.due, may_lie=timedelta(days=30)),
    _Kept(column=schema.reader_complaints.c.answered_at),
    _Kept(column=schema.read_mails.c.at),
    _Kept(column=schema.bounces.c.at),
    _Kept(column=schema.sync_members.c.changed_at),
    _Kept(column=schema.desk_links.c.made_at),
    _Kept(column=schema.desk_links.c.claimed_at),
    _Kept(column=schema.desk_asks.c.at),
    _Kept(column=schema.desk_acts.c.at),
    _Kept(column=schema.desk_acts.c.undone_at),
)

#: Facts with an instant in them that was now when it was written. When the events were refreshed last heals by itself.
_FACTS = ("feeds_made_of_events", "clock_sure")
#: With a row for each reader, or for each of their copies.
LARGE = frozenset(
    {schema.deliveries, schema.subscribers, schema.subscriptions, schema.subscription_changes, schema.consents}
)

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[0-9:.]*(?:\+00:00|Z)")


def ahead(connection: sa.Connection, now: datetime) -> list[Ahead]:
    """The instants that lie ahead of *now* and should not, by kind; every table is read."""
    return [*ahead_in_small(connection, now), *ahead_in_large(connection, now)]


def ahead_in_small(connection: sa.Connection, now: datetime) -> list[Ahead]:
    """Those outside ``LARGE`` tables."""
    small = [kept for kept in (_EDITION_ENDS, *KEPT) if kept.column.table not in LARGE]
    facts_ahead = _facts_ahead(connection, now)
    told = [Ahead(kept=f"facts.{name}", count=1, furthest=instant) for name, instant in facts_ahead]
    return [*_counted(connection, small, now), *told]


def ahead_in_large(connection: sa.Connection, now: datetime) -> list[Ahead]:
    """Those in ``LARGE`` tables, which are gone through from end to end."""
    large = [kept for kept in KEPT if kept.column.table in LARGE]
    since = (_count_since(connection, table, now) for table in _WITH_SINCE)
    return [*_counted(connection, large, now), *(each for each in since if each is not None)]


def editions_ahead(connection: sa.Connection, now: datetime) -> list[str]:
    """The ids of the editions that close ahead of *now*."""
    query = sa.select(schema.editions.c.id).where(_EDITION_ENDS.ahead(now)).order_by(schema.editions.c.ends)
    return list(connection.execute(query).scalars())


def bring_back(connection: sa.Connection, now: datetime) -> int:
    """Brings back what lies ahead of *now*, but for editions; returns how many instants."""
    # Documents say when a post went.
    gone = sa.select(schema.posts.c.id).where(schema.posts.c.gone_at > now + SLACK)
    changes.about_to_change(connection, connection.execute(gone).scalars().all())
    found = {each.kept for each in _counted(connection, KEPT, now)}
    _hold(connection, [kept for kept in KEPT if kept.name in found], now)
    count = sum(_bring_back(connection, kept, now) for kept in KEPT if kept.name in found)
    for name, _ in _facts_ahead(connection, now):
        facts.put(connection, name, _brought_back(facts.read(connection, name) or "", now))
        count += 1
    return count + sum(_bring_back_since(connection, table, now) for table in _WITH_SINCE)


def _hold(connection: sa.Connection, found: Sequence[_Kept], now: datetime) -> None:
    """Takes editions, and then mail, before any of it is written: several columns of a row may lie ahead."""
    of_editions = sa.or_(sa.false(), *(each.ahead(now) for each in found if each.column.table is schema.editions))
    held_editions.hold(connection, connection.execute(sa.select(schema.editions.c.id).where(of_editions)).scalars())
    for table in (schema.deliveries, schema.outbox):
        late = [each.ahead(now) for each in found if each.column.table is table]
        if late:
            held_editions.hold_mail(connection, table, sa.or_(*late))


def _counted(connection: sa.Connection, every: Sequence[_Kept], now: datetime) -> Iterator[Ahead]:
    """Those of which there are any, in their order; each table is gone through once."""
    by_table = defaultdict(list)
    for kept in every:
        by_table[kept.column.table].append(kept)
    found: dict[str, tuple[int, Any]] = {}
    for table, columns in by_table.items():
        late = [(kept, kept.ahead(now)) for kept in columns]
        counts = [sa.func.count().filter(is_late) for _, is_late in late]
        furthest = [sa.func.max(kept.column).filter(is_late) for kept, is_late in late]
        row = list(connection.execute(sa.select(*counts, *furthest).select_from(table)).one())
        found |= {kept.name: (row[at], row[len(late) + at]) for at, kept in enumerate(columns)}
    for kept in every:
        count, furthest_at = found[kept.name]
        if count:
            yield Ahead(kept=kept.name, count=count, furthest=furthest_at)


def _bring_back(connection: sa.Connection, kept: _Kept, now: datetime) -> int:
    table = kept.column.table
    assert isinstance(table, sa.Table)
    back = None if kept.to_nothing else now.replace(microsecond=0)
    return connection.execute(table.update().where(kept.ahead(now)).values(**{kept.column.name: back})).rowcount


#: From when each chosen category counts, as JSON.
_WITH_SINCE = (schema.subscriptions, schema.subscription_changes)


def _since_ahead(connection: sa.Connection, table: sa.Table, now: datetime) -> dict[str, datetime]:
    """The texts of that JSON in which an instant lies ahead, each with its furthest; many readers share one."""
    texts = sa.select(sa.cast(table.c.since, sa.Text)).where(table.c.since.is_not(None)).distinct()
    furthest = {
        text: max(map(datetime.fromisoformat, _INSTANT.findall(text)), default=now)
        for text in connection.execute(texts).scalars()
    }
    return {text: instant for text, instant in furthest.items() if instant > now + SLACK}


def _count_since(connection: sa.Connection, table: sa.Table, now: datetime) -> Ahead | None:
    found = _since_ahead(connection, table, now)
    if not found:
        return None
    counts = (
        connection.execute(sa.select(sa.func.count()).select_from(table).where(_says(table, text))).scalar_one()
        for text in found
    )
    return Ahead(kept=f"{table.name}.since", count=sum(counts), furthest=max(found.values()))


def _bring_back_since(connection: sa.Connection, table: sa.Table, now: datetime) -> int:
    count = 0
    for text in _since_ahead(connection, table, now):
        back = json.loads(_brought_back(text, now))
        count += connection.execute(table.update().where(_says(table, text)).values(since=back)).rowcount
    return count


def _says(table: sa.Table, text: str) -> sa.ColumnElement[bool]:
    return sa.cast(table.c.since, sa.Text) == text


def _facts_ahead(connection: sa.Connection, now: datetime) -> Iterator[tuple[str, datetime]]:
    for name in (*_FACTS, *facts.names(connection, "at_once:")):
        instants = map(datetime.fromisoformat, _INSTANT.findall(facts.read(connection, name) or ""))
        furthest = max(instants, default=now)
        if furthest > now + SLACK:
            yield name, furthest


def _brought_back(fact: str, now: datetime) -> str:
    at = now.replace(microsecond=0)
    return _INSTANT.sub(lambda found: min(datetime.fromisoformat(found[0]), at).isoformat(), fact)
