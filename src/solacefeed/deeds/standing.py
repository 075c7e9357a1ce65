"""status: what stands, and what a person should do about it. Looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.due import next_closing
from solacefeed.models import Digest, Edition, Record
from solacefeed.store import (
    calendars,
    deliveries,
    documents,
    editions,
    facts,
    feeds,
    pings,
    posts,
    records,
    sources,
    subscribers,
)
from solacefeed.store.calendars import CalendarNotes
from solacefeed.store.database import Store
from solacefeed.words import counted

DEEDS = ("poll", "publish", "prepare", "deliver")

#: After so long without a good poll somebody should look, unless polls are meant to be rarer.
QUIET_TOO_LONG = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStanding:
    name: str
    #: That an edition will come of.
    next_closing: datetime
    last_edition: Edition | None
    #: Copies of the last edition, by state.
    deliveries: Mapping[str, int]
    #: Closings since the last edition that make none: it is their day's already.
    passed_over: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a site stands at one instant."""

    now: datetime
    source: str
    #: ``live`` or ``rehearsed``; ``None`` before the first deed.
    clock: str | None
    crawled: bool
    #: The latest record of each deed that was ever done.
    records: Mapping[str, Record]
    last_good_poll: datetime | None
    #: By state.
    posts: Mapping[str, int]
    feeds: int
    #: Why the newest version of a document was not let through, by path.
    troubled: Mapping[str, str]
    #: Documents that the hub is still to be told of.
    pings: int
    feeds_changed: datetime | None
    digests: tuple[DigestStanding, ...]
    #: By state.
    subscriptions: Mapping[str, int]
    #: By state, of all editions.
    deliveries: Mapping[str, int]
    #: Those that were asked.
    calendars: tuple[CalendarNotes, ...] = ()


def standing(store: Store, now: datetime, source: str, digests: Sequence[Digest], zone: tzinfo) -> Standing:
    with store.read() as connection:
        latest = {deed: record for deed in DEEDS if (record := records.latest(connection, deed))}
        good = records.latest_good(connection, "poll")
        return Standing(
            now=now,
            source=source,
            clock=facts.read(connection, facts.CLOCK),
            crawled=sources.notes(connection, source).complete,
            records=latest,
            last_good_poll=good.ended_at if good else None,
            posts=posts.tally(connection),
            feeds=sum(feed.retired_at is None for feed in feeds.everything(connection).values()),
            troubled={each.path: each.trouble or "" for each in documents.troubled(connection)},
            pings=pings.waiting(connection),
            feeds_changed=documents.newest(connection),
            calendars=tuple(calendars.notes(connection).values()),
            digests=tuple(_digest(connection, digest, now, zone) for digest in digests),
            subscriptions=subscribers.tally(connection),
            deliveries=deliveries.tally(connection),
        )


def _digest(connection: sa.Connection, digest: Digest, now: datetime, zone: tzinfo) -> DigestStanding:
    last = editions.latest(connection, digest.name)
    closing = next_closing(connection, digest, zone, now)
    return DigestStanding(
        name=digest.name,
        next_closing=closing.at,
        passed_over=closing.passed_over,
        last_edition=last,
        deliveries=deliveries.tally(connection, last.id) if last else {},
    )


def advice(stands: Standing, *, poll_every: timedelta = timedelta()) -> list[str]:
    """What a person should do, the most pressing first; empty when all is well."""
    patience = max(QUIET_TOO_LONG, 3 * poll_every)
    return [
        *_of_the_poll(stands, patience),
        *_of_calendars(stands),
        *_of_other_deeds(stands),
        *_of_deliveries(stands),
    ]


def _of_the_poll(stands: Standing, patience: timedelta) -> list[str]:
    poll = stands.records.get("poll")
    if poll is None:
        return ["nothing was polled yet: `solacefeed run`"]
    if poll.ok is False:
        return [f"the last poll did not work: {poll.summary}"]
    if held := poll.counts.get("held"):
        words = f"{counted(held, 'removal')} held back, too many at once to be believed"
        return [f"{words}: `solacefeed posts removals list`, then accept or refuse"]
    good = stands.last_good_poll
    if stands.clock == facts.LIVE and good and stands.now - good > patience:
        return [f"no poll has worked since {good:%d %B, %H:%M} UTC: is the daemon or cron running?"]
    return []


def _of_calendars(stands: Standing) -> list[str]:
    return [f"calendar {each.name} could not be read: {each.trouble}" for each in stands.calendars if each.trouble]


def _of_other_deeds(stands: Standing) -> list[str]:
    failed = (stands.records[deed] for deed in DEEDS[1:] if deed in stands.records)
    words = [f"the last {record.deed} did not work: {record.summary}" for record in failed if record.ok is False]
    words += [
        f"{path} stays as it was, its newest version is not right: {why}" for path, why in stands.troubled.items()
    ]
    # Those whom the config lists are entered by the first prepare.
    if stands.digests and "prepare" in stands.records and not stands.subscriptions.get("confirmed"):
        words.append("nobody has subscribed: `solacefeed subscribers add ADDRESS`")
    return words


def _of_deliveries(stands: Standing) -> list[str]:
    last = stands.records.get("deliver")
    # A copy may stay uncertain for ever; after the next edition it is no news.
    uncertain = sum(digest.deliveries.get("uncertain", 0) for digest in stands.digests)
    words = []
    if last and "the rest waits" in last.summary:
        words.append(f"the relay did not take all: {last.summary}")
    if uncertain:
        copies = "copy is" if uncertain == 1 else "copies are"
        words.append(
            f"{uncertain} {copies} uncertain, cut off before the relay's answer: "
            "`solacefeed deliveries list --state uncertain`"
        )
    return words
