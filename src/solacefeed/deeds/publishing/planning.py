"""What a publish has to do: which feeds there are, and which of their documents what has changed can have changed.

The cost follows the change. A post that changed makes its feeds anew, those that it stood in and those that it stands
in now: their live documents, and the archives of its months. Only when what all documents have in common changes (the
config, the program, a file that somebody spoiled) everything is made anew, and it is said why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.publishing import fence, marks
from solacefeed.deeds.publishing.made_with import ASKED, OVERTAKEN, SPOILED, why_anew
from solacefeed.deeds.publishing.plan import Plan, PublishSettings
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Category, CategoryId, Placement
from solacefeed.publish import months
from solacefeed.publish.editions import edition_path, is_edition_page
from solacefeed.publish.feeds import (
    Feed,
    Holders,
    author_feeds,
    category_feeds,
    combined_feeds,
)
from solacefeed.store import (
    categories,
    changes,
    documents,
    edition_posts,
    editions,
    events,
    facts,
    feeds,
    posts,
    promotions,
)
from solacefeed.store.feeds import PublishedFeed


def make_plan(
    connection: sa.Connection, settings: PublishSettings, *, now: datetime, everything: bool, spoiled: bool = False
) -> Plan:
    """Reads what is to be done out of the store; *everything* makes all documents anew, and *spoiled* files do."""
    since = why_anew(facts.read(connection, marks.MADE_WITH), settings.made_with)
    since = since or (OVERTAKEN if fence.was_overtaken(connection) else SPOILED if spoiled else None)
    since = since or (ASKED if everything else None)
    return _Planning(connection, settings, since=since).made(now)


def owes_pages(connection: sa.Connection, digests: Collection[str]) -> bool:
    """Whether an edition of one of *digests* has mail to hand over and no page, nor one that the gate refused."""
    leaving = (each for each in editions.open_ones(connection) if each.digest in digests)
    wanted = {path for each in leaving if is_edition_page(path := edition_path(each.id))}
    # One that a publish announced, and died before it was written, is of no feed yet.
    there = {path for path, each in documents.some(connection, wanted).items() if each.feed}
    return bool(wanted - there)


class _Planning:
    """One plan on its way."""

    def __init__(self, connection: sa.Connection, settings: PublishSettings, *, since: str | None) -> None:
        self._connection = connection
        self._settings = settings
        self._former = categories.slugs_before(connection)
        self._categories_before = marks.categories_before(connection)
        self._plan = Plan(
            turn=fence.turn(connection),
            overtaken=fence.overtaken(connection),
            known=feeds.everything(connection),
            categories=categories.everything(connection),
            former=self._former,
            pending=changes.pending(connection, places=since is None),
            since=since,
        )
        self._placements_of_months: dict[str, dict[str, Placement]] = {}

    def made(self, now: datetime) -> Plan:
        plan = self._plan
        candidates = self._feeds(plan.categories, {category.id for category in plan.categories})
        if plan.whole:
            plan.counts = self._all_counts(candidates)
            dirty = {key: set(counts) for key, counts in plan.counts.items()}
        else:
            dirty = self._touched_months(candidates)
            plan.counts = {feed.key: self._counts(feed, dirty[feed.key]) for feed in candidates if feed.key in dirty}
        plan.feeds = self._there_now(candidates)
        there = {feed.key for feed in plan.feeds}
        plan.retiring = {key: now for key in self._alive_before() if key not in there}
        plan.ended = [key for key, feed in plan.known.items() if feed.ended and key not in there]
        self._choose(dirty)
        self._choose_editions()
        self._choose_events(now)
        return plan

    # -- which feeds there are ----------------------------------------------------------------------

    def _feeds(self, listed: Sequence[Category], with_posts: AbstractSet[CategoryId]) -> list[Feed]:
        naming = self._settings.naming
        made = category_feeds(listed, with_posts, naming, self._former)
        made += combined_feeds(self._settings.combined, listed, naming)
        return made + (author_feeds(self._authors(), naming) if self._settings.authors else [])

    def _authors(self) -> set[str]:
        known = {feed.name for feed in self._plan.known.values() if feed.kind is FeedKind.AUTHOR}
        if self._plan.whole or not known:
            return known | posts.everybody(self._connection)
        return known | {placement.author for placement in self._pending_now().values() if placement.author}

    def _there_now(self, candidates: Sequence[Feed]) -> list[Feed]:
        """The candidates with posts; which of two has a former address depends on who is there."""
        filled = {feed.key for feed in candidates if self._has_posts(feed.key)}
        if filled or self._plan.known:
            # The feed of all posts never goes, also when for a while there are none.
            filled.add(FeedKind.ALL.key())
        there = (feed for feed in candidates if feed.kind is FeedKind.CATEGORY and feed.key in filled)
        with_posts = {CategoryId(feed.subject) for feed in there}
        return [feed for feed in self._feeds(self._plan.categories, with_posts) if feed.key in filled]

    def _has_posts(self, key: str) -> bool:
        if key in self._plan.counts:
            return bool(self._plan.counts[key])
        known = self._plan.known.get(key)
        return known is not None and known.retired_at is None

    def _alive_before(self) -> list[str]:
        return [key for key, feed in self._plan.known.items() if feed.retired_at is None]

    # -- what has changed -----------------------------------------------------------------------------

    def _all_counts(self, candidates: Sequence[Feed]) -> dict[str, dict[str, int]]:
        """How many posts each feed has in each month, newest first; one month in memory at a time."""
        holders = Holders(candidates)
        counts: dict[str, dict[str, int]] = {feed.key: {} for feed in candidates}
        for month in months.around(posts.months_with_posts(self._connection)):
            begin, end = months.span(month, self._settings.site.zone)
            for placement in posts.placements_between(self._connection, begin, end).values():
                for feed in holders.of(placement):
                    counts[feed.key][month] = counts[feed.key].get(month, 0) + 1
        return counts

    def _touched_months(self, candidates: Iterable[Feed]) -> dict[str, set[str]]:
        """The months of each feed in which a post that changed stood or stands."""
        dirty: dict[str, set[str]] = {}
        now, before = Holders(candidates), Holders(self._feeds(self._categories_before, _ids(self._categories_before)))
        there = {feed.key for feed in candidates}
        for post_id, placement in self._touched_places():
            month = months.month_of(placement.published, self._settings.site.zone)
            for feed in (*now.of(placement), *before.of(placement)):
                if feed.key in there:
                    dirty.setdefault(feed.key, set()).add(month)
                    self._plan.why.setdefault((feed.key, month), set()).add(post_id)
        return dirty

    def _touched_places(self) -> Iterator[tuple[str, Placement]]:
        for each in self._plan.pending:
            yield from ((each.post_id, placement) for placement in each.before)
        yield from self._pending_now().items()
        yield from self._refiled().items()

    def _pending_now(self) -> dict[str, Placement]:
        return changes.places_of(self._connection, [each.post_id for each in self._plan.pending])

    def _refiled(self) -> dict[str, Placement]:
        """The posts of categories that are called, or stand, otherwise than before."""
        before, now = (_by_id(listed) for listed in (self._categories_before, self._plan.categories))
        changed = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
        changed |= _below(changed, self._categories_before) | _below(changed, self._plan.categories)
        return changes.places_of(self._connection, posts.ids_filed_under(self._connection, sorted(changed)))

    # -- months -----------------------------------------------------------------------------------

    def _counts(self, feed: Feed, dirty: set[str]) -> dict[str, int]:
        counts = documents.months(self._connection, feed.key)
        for month in dirty:
            counts[month] = sum(feed.holds(placement) for placement in self._placements(month).values())
        return {month: counts[month] for month in sorted(counts, reverse=True) if counts[month]}

    def _placements(self, month: str) -> dict[str, Placement]:
        if month not in self._placements_of_months:
            begin, end = months.span(month, self._settings.site.zone)
            self._placements_of_months[month] = posts.placements_between(self._connection, begin, end)
        return self._placements_of_months[month]

    # -- which documents ----------------------------------------------------------------------------

    def _choose(self, dirty: Mapping[str, set[str]]) -> None:
        plan = self._plan
        lists_changed = plan.retiring or self._lists_changed()
        moved = {feed.key for feed in plan.feeds if not _as_before(feed, plan.known.get(feed.key))}
        chosen: dict[str, list[Feed]] = {}
        for feed in plan.feeds:
            if plan.whole or lists_changed or moved or feed.key in dirty:
                plan.live.append(feed)
                if feed.key not in plan.counts:
                    plan.counts[feed.key] = documents.months(self._connection, feed.key)
            if feed.key in dirty or feed.key in moved:
                for month in self._archives_of(feed, dirty.get(feed.key, set()), whole=feed.key in moved):
                    chosen.setdefault(month, []).append(feed)
        plan.archives = {month: chosen[month] for month in sorted(chosen)}

    def _choose_editions(self) -> None:
        """All, or those that are new, those beside them, and those of posts or events that changed."""
        covering = edition_posts.covering(self._connection, [each.post_id for each in self._plan.pending])
        if self._settings.digests:
            self._plan.event_looks = marks.changed_looks(self._connection)
            covering |= promotions.editions_with(self._connection, self._plan.event_looks)
        for digest, _ in self._settings.digests:
            public = self._plan.editions[digest] = editions.public(self._connection, digest)
            there = set(documents.paths(self._connection, FeedKind.DIGEST.key(digest)))
            pages = {path for path in there if is_edition_page(path)}
            if pages - {edition_path(edition.id) for edition in public}:
                self._plan.edition_withdrawn.add(digest)
            new = [number for number, edition in enumerate(public) if edition_path(edition.id) not in there]
            beside = {number + step for number in new for step in (-1, 0, 1)}
            self._plan.edition_pages |= {
                edition.id
                for number, edition in enumerate(public)
                if self._makes_anew(digest) or number in beside or edition.id in covering
            }

    def _makes_anew(self, digest: str) -> bool:
        """Every page of a digest: of those beside one that goes, nobody knows which they were."""
        return self._plan.whole or digest in self._plan.edition_withdrawn

    def _choose_events(self, now: datetime) -> None:
        plan = self._plan
        plan.events = events.shown(self._connection)
        before, at = marks.events_before(self._connection)
        changed = not marks.are_as_told(plan.events, before)
        # That it is too late to book changes what documents say, and is no news to anybody.
        otherwise = changed or marks.bookings(plan.events) != (facts.read(self._connection, marks.BOOKINGS_TOLD) or "")
        plan.events_changed = self._settings.events and (otherwise or plan.whole or self._lists_changed())
        plan.events_changed_at = now.replace(microsecond=0) if changed else at

    def _lists_changed(self) -> bool:
        return _by_id(self._categories_before) != _by_id(self._plan.categories)

    def _archives_of(self, feed: Feed, dirty: set[str], *, whole: bool) -> set[str]:
        """Its months that are made anew: those touched, and where one was born or has died, its neighbours."""
        now = self._plan.counts[feed.key]
        if whole or self._plan.whole:
            return set(now)
        born_or_dead = now.keys() ^ documents.months(self._connection, feed.key).keys()
        neighbours = {near(month, now) for month in born_or_dead for near in (months.previous_of, months.following_of)}
        return (dirty & now.keys()) | {month for month in neighbours if month is not None}


def _by_id(listed: Iterable[Category]) -> dict[CategoryId, Category]:
    return {category.id: category for category in listed}


def _ids(listed: Iterable[Category]) -> set[CategoryId]:
    return {category.id for category in listed}


def _below(above: Iterable[CategoryId], listed: Sequence[Category]) -> set[CategoryId]:
    """The categories that stand below those *above*."""
    reached, grown = set[CategoryId](), set(above)
    while grown:
        grown = {category.id for category in listed if category.parent_id in grown} - reached
        reached |= grown
    return reached


def _as_before(feed: Feed, known: PublishedFeed | None) -> bool:
    if known is None or known.retired_at is not None:
        return False
    return all(getattr(feed, name) == getattr(known, name) for name in ("stem", "title", "name", "parent", "depth"))
