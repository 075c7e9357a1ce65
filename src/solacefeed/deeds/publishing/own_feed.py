"""A reader's own choice as a feed: the posts that their digests would bring them, each once, as all feeds have it.

It is made when it is asked for, by what makes the published documents, and kept nowhere. A pause is one of mail: who
reads by feed meanwhile goes on reading. A post in none of the chosen categories never stands in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from solacefeed.catalogue import N_, gettext
from solacefeed.deeds.publishing.build_entries import ATOM, EntryBuild
from solacefeed.digest.eligibility import Candidate, candidates
from solacefeed.digest.marks import kept_out
from solacefeed.models.digests import Digest
from solacefeed.models.feeds import FeedKind
from solacefeed.models.people import Subscription, SubscriptionState
from solacefeed.models.posts import Category, CategoryId, Post, PostState, is_followed_id
from solacefeed.publish.entries import newest
from solacefeed.publish.feeds import FeedDocument, Naming, branch, feed_called, tree_order
from solacefeed.stable import stable_hash
from solacefeed.store import categories, counters, posts, subscribers
from solacefeed.store.database import Store
from solacefeed.words import interface

#: Entries of one feed, where documents have no bound of their own.
MOST_ENTRIES = 100
#: Posts that are looked at for each that may stand in it: a digest leaves some out.
_LOOKED_AT = 3

OWN_CHOICE = N_("What you chose")
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFeedSettings:
    """What every reader's feed has in common."""

    naming: Naming
    #: Those of the config, by their keys.
    digests: Mapping[str, Digest]
    #: As of live documents; 0 for all.
    most_entries: int = 0
    most_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFeed:
    """What one reader follows, as it stands now."""

    generation: int
    #: Those that stand, be they paused, by digest.
    subscriptions: tuple[Subscription, ...]
    #: Changes with what their feed would say.
    mark: str


class OwnFeeds:
    """Makes them, from any thread; one at a time, since all share what was made before.

    *settings* are asked for again when what feeds say has changed.
    """

    def __init__(self, store: Store, settings: Callable[[], OwnFeedSettings]) -> None:
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._shared: _Shared | None = None

    def of(self, number: int) -> OwnFeed | None:
        """What the subscriber of this *number* follows; ``None`` where that is nobody, or nothing any more."""
        with self._store.read() as connection:
            theirs = subscribers.of_one(connection, number)
            standing = tuple(each for each in theirs if each.state is not SubscriptionState.ENDED)
            if not standing:
                return None
            with self._lock:
                shared = self._of_today(connection)
        choices = [(each.digest, each.category_ids) for each in standing]
        mark = stable_hash((shared.content, shared.made_with, choices))
        return OwnFeed(generation=standing[0].subscriber.generation, subscriptions=standing, mark=mark)

    def document(self, own: OwnFeed, number: int, address: str) -> bytes:
        """Their feed as Atom, which stands at *address*."""
        with self._lock, self._store.read() as connection:
            shared = self._of_today(connection)
            found = _wanted(connection, own, shared.settings)
            (document,) = shared.build.all_but_spoilt(lambda: [_document(shared, found, own, number, address)])
        return document

    def _of_today(self, connection: sa.Connection) -> _Shared:
        content = counters.content(connection)
        if self._shared is None or self._shared.content != content:
            settings, known = self._settings(), categories.everything(connection)
            names = settings.naming.names
            shown = [each for each in tree_order(known, names) if names.shows(each)]
            self._shared = _Shared(
                content=content,
                settings=settings,
                made_with=_mark(settings),
                build=EntryBuild(shown, settings.naming, names.languages_of(known)),
            )
        return self._shared


def _mark(settings: OwnFeedSettings) -> str:
    """Changes with what a feed says, and with what a digest lets into it."""
    digests = {key: (each.categories, each.marks, each.followed) for key, each in settings.digests.items()}
    return stable_hash((settings.naming, digests, settings.most_entries, settings.most_bytes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all feeds are made of, as long as no post has changed."""

    #: See ``counters.content``.
    content: int
    settings: OwnFeedSettings
    #: Changes with the settings.
    made_with: str
    build: EntryBuild


def _document(shared: _Shared, found: Sequence[Post], own: OwnFeed, number: int, address: str) -> bytes:
    settings, made = shared.settings, shared.build.of(found)
    listed = [made[post.id] for post in found if post.id in made]
    entries = newest(listed, most=settings.most_entries or MOST_ENTRIES, most_bytes=settings.most_bytes)
    naming = settings.naming
    name = gettext(OWN_CHOICE, interface(naming.site.language))
    changed = [each.updated for each in entries] or [each.changed_at for each in own.subscriptions]
    shown = FeedDocument(
        feed=feed_called(name, FeedKind.OWN.key(str(number)), naming),
        naming=naming,
        entries=entries,
        updated=max(changed),
        address=address,
    )
    return ATOM.document(shown, [shared.build.written(ATOM, each) for each in entries])


# -- what they chose -----------------------------------------------------------------------------------


def _wanted(connection: sa.Connection, own: OwnFeed, settings: OwnFeedSettings) -> list[Post]:
    """The newest posts that one of these subscriptions would bring, newest first."""
    known = categories.everything(connection)
    most = _LOOKED_AT * (settings.most_entries or MOST_ENTRIES)
    found: dict[str, Post] = {}
    for each in own.subscriptions:
        digest = settings.digests.get(each.digest)
        if digest is not None:
            ids = posts.newest_ids(connection, _LONG_AGO, _among(each.category_ids, known), limit=most)
            looked_at = candidates(posts.some(connection, ids), {}, digest, known)
            found |= {one.post.id: one.post for one in looked_at if brings(one, digest, each.category_ids)}
    return sorted(found.values(), key=lambda post: (post.published, post.id), reverse=True)


def _among(chosen: Collection[CategoryId] | None, known: Sequence[Category]) -> frozenset[CategoryId] | None:
    """The categories that posts are filed under which may be wanted; ``None`` for any, as of tags."""
    if chosen is None or any(is_followed_id(each) for each in chosen):
        return None
    return frozenset().union(*(branch(each, known) for each in known if each.id in chosen))


def brings(candidate: Candidate, digest: Digest, chosen: Collection[CategoryId] | None) -> bool:
    """Whether *digest* brings a post at all, and to who chose these categories or tags; ``None`` for everything."""
    if candidate.post.state is not PostState.PUBLISHED or kept_out(candidate.slugs, candidate.post.tags, digest.marks):
        return False
    if digest.categories is not None and candidate.slugs.isdisjoint(digest.categories):
        return False
    return chosen is None or not candidate.filed.isdisjoint(chosen)
