"""Which edition of a digest is due, what it covers, and what comes after it: one answer for one view of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa

from solacefeed.digest.periods import being_collected, day_edition, edition_id, is_too_late, next_due, passed_over
from solacefeed.digest.selection import selection
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.editions import Edition, Period
from solacefeed.models.events import Event
from solacefeed.models.people import Subscription
from solacefeed.models.posts import Post, PostState
from solacefeed.store import editions, posts, promotions
from solacefeed.store.database import Store
from solacefeed.words import weekday_words


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionInView:
    """One edition of a digest, frozen or not."""

    id: str
    period: Period
    #: Those that it covers, or would if it were frozen now; the lead post first.
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextClosing:
    """When a digest closes next so that an edition comes of it."""

    at: datetime
    #: Closings since the last edition that make none: it is their day's edition already.
    passed_over: tuple[datetime, ...] = ()


def due_period(connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime) -> Period | None:
    """The period whose edition is to be frozen at *now*, if one is."""
    return next_due(now, editions.recent(connection, digest.key), digest, zone)


def is_due(store: Store, digest: Digest, zone: tzinfo, now: datetime) -> bool:
    """Whether there is an edition to freeze at *now*: a look alone."""
    with store.read() as connection:
        return due_period(connection, digest, zone, now) is not None


def why_none_is_due(connection: sa.Connection, digest: str, now: datetime) -> str:
    """In words, for a look that finds nothing to freeze."""
    last = editions.latest(connection, digest)
    if last is None or last.period.ends <= now:
        return "no edition is due"
    until = f"{last.period.ends:%d %B %Y}"
    return f"no edition is due before {until}, for {last.id} closes ahead of now: `solacefeed clock check`"


def next_closing(connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime) -> NextClosing:
    past = editions.recent(connection, digest.key)
    return NextClosing(at=being_collected(now, past, digest, zone).ends, passed_over=passed_over(past, digest, zone))


def words_of_moved(digest: Digest, closing: NextClosing, zone: tzinfo) -> list[str]:
    """What the operator should know who has moved a closing within the day of an edition."""
    after = f"the next closes on {_moment(closing.at, zone)}"
    return [
        f"[[digests]] closes: {day_edition(digest.key, moved, zone)} is there already, so the closing on "
        f"{_moment(moved, zone)} makes no edition; {after}"
        for moved in closing.passed_over
    ]


def _moment(instant: datetime, zone: tzinfo) -> str:
    local = instant.astimezone(zone)
    return f"{weekday_words(local.date())}, {local:%H:%M}"


def upcoming(
    connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime
) -> Iterator[tuple[CadenceKind, str, Period]]:
    """Yields the editions of *digest* that are due or come next, each with its cadence and the id that it will have."""
    past = editions.recent(connection, digest.key)
    for period in (next_due(now, past, digest, zone), being_collected(now, past, digest, zone)):
        if period is not None:
            yield digest.first.kind, edition_id(digest.key, period, zone), period


def covered_by(connection: sa.Connection, digest: Digest, period: Period) -> list[Post]:
    """The posts that an edition of this period covers, if it is frozen now."""
    return posts.some(connection, editions.uncovered_posts(connection, digest.key, period))


def in_view(connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime, *, upcoming: bool) -> EditionInView:
    """The edition that is due at *now*; else the last one, while it may still go; else, or if *upcoming*, the next.

    A look back sees the editions whose periods had begun by *now*.
    """
    past = editions.recent(connection, digest.key, begun_by=now)
    due = next_due(now, past, digest, zone)
    if due and not upcoming:
        return _not_frozen(digest, zone, due, covered_by(connection, digest, due))
    if past and not upcoming and not is_too_late(past[0].period.ends, now, max_late=digest.max_late):
        return _frozen(connection, past[0])
    period = being_collected(now, past, digest, zone)
    before = {post.id for post in covered_by(connection, digest, due)} if due else set()
    rest = (post for post in covered_by(connection, digest, period) if post.id not in before)
    return _not_frozen(digest, zone, period, rest)


def _frozen(connection: sa.Connection, edition: Edition) -> EditionInView:
    covered = posts.some(connection, editions.covered_posts(connection, edition.id))
    there = tuple(post for post in covered if post.state is PostState.PUBLISHED)
    return EditionInView(id=edition.id, period=edition.period, posts=there)


def _not_frozen(digest: Digest, zone: tzinfo, period: Period, covered: Iterable[Post]) -> EditionInView:
    return EditionInView(id=edition_id(digest.key, period, zone), period=period, posts=tuple(covered))


# -- who gets what of it ------------------------------------------------------------------------------


def had_enough(
    connection: sa.Connection, digest: Digest, events: Iterable[Event], zone: tzinfo, now: datetime
) -> Mapping[int, frozenset[str]]:
    """Those of *events* that a reader is told of no more, by subscriber."""
    if not digest.promote_times:
        return {}
    to_come = [event.id for event in events if event.over_at(zone) > now]
    return promotions.had_often(connection, digest.key, to_come, times=digest.promote_times)


def selection_of(reader: Subscription, enough: Mapping[int, frozenset[str]]) -> str:
    """The name of what *reader* gets."""
    return selection(reader.category_ids, enough.get(reader.subscriber.id, ()))
