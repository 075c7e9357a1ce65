"""Freezes an edition: its posts as they read now, its variants, and one copy a recipient.

    terms --> begun --> readers, by ranges: variants rendered | copies written --> counted --> may leave

Nothing is rendered in a transaction, and none is long, for a page's POST waits as long as it lasts. Until its copies
are counted an edition is ``preparing``: none of them can be claimed, and whoever finds it so, with nobody at it, begins
it anew. Then one compare-and-swap lets it go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.editions.picking import ReaderContents
from solacefeed.deeds.editions.planned import count_unsettled
from solacefeed.deeds.editions.recipients import Page, pages
from solacefeed.deeds.editions.renderer import Head, Renderer
from solacefeed.deeds.editions.terms import Terms
from solacefeed.digest.choice_words import choice_words
from solacefeed.digest.selection import chosen
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, EditionCounts, EditionState, Variant
from solacefeed.models.posts import Post
from solacefeed.store import deliveries, delivery_ends, edition_posts, editions, variants, wanted_copies
from solacefeed.store.database import Store
from solacefeed.store.frozen_posts import frozen
from solacefeed.words import counted, interface

#: Copies written in the first transaction, and variants, which are long.
CHUNK = 500
VARIANTS = 20

#: Why nothing was made of an edition; the next look sees it as it is by then.
OTHERWISE = "somebody has decided otherwise meanwhile"

#: The Message-ID of a copy, from its edition and its subscriber.
NameCopy = Callable[[str, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What became of an edition."""

    edition: Edition
    counts: EditionCounts
    #: Why it goes to nobody; ``None`` where it goes.
    skipped: str | None = None

    def line(self) -> str:
        if self.skipped is not None:
            return f"{self.edition.id} skipped: {self.skipped}"
        counts = self.counts
        return (
            f"{self.edition.id} with {counted(counts.posts, 'post')} in {counted(counts.variants, 'variant')} "
            f"for {counted(counts.readers, 'subscriber')}"
        )


def freeze(
    store: Store, renderer: Renderer, terms: Terms, own: Iterable[Post], *, name_copy: NameCopy, now: datetime
) -> Frozen:
    """Freezes the edition of *terms*, whose window has its *own* posts.

    Only as it was decided on: one that an editor has held, or edited, or that was frozen meanwhile stays as it is; and
    one that is taken out of our hands while its copies are written goes to nobody.
    """
    work = _Freezing(store, renderer, terms, name_copy)
    if not work.begin(own):
        return Frozen(edition=terms.edition, counts=EditionCounts(), skipped=OTHERWISE)
    for page in pages(store, renderer, terms):
        if not work.add(page):
            return work.stopped(now)
    return work.end(now)


def let_go(connection: sa.Connection, edition: Edition, now: datetime) -> bool:
    """Lets the copies of a frozen edition be handed over, if it has closed; false where it is held, or was let go."""
    if edition.period.ends > now:
        return False
    return editions.move(connection, edition.id, leaving={EditionState.PREPARING}, to=EditionState.DELIVERING)


def discard(store: Store, edition_id: str) -> None:
    """Takes back what a dead preparation has written of an edition that is being prepared, in short transactions."""
    chunks = Chunks(CHUNK)
    while True:
        with chunks.write(store) as connection:
            if not editions.is_being_made(connection, edition_id):
                return
            if not deliveries.discard(connection, edition_id, limit=chunks.size):
                variants.discard(connection, edition_id)
                edition_posts.clear(connection, edition_id)
                return


class _Freezing:
    """One edition while it is being frozen."""

    def __init__(self, store: Store, renderer: Renderer, terms: Terms, name_copy: NameCopy) -> None:
        self._store = store
        self._renderer = renderer
        self._terms = terms
        self._edition = terms.edition
        self._name_copy = name_copy
        self._posts = {post.id: post for post in terms.material.posts}
        self._own: set[str] = set()
        self._keys: set[str] = set()
        self._told: set[str] = set()
        self._choices: dict[tuple[str, str], str] = {}
        self._labels = renderer.labels(terms.material)
        self._readers = self._empty = 0
        self._copies_at_once, self._variants_at_once = Chunks(CHUNK), Chunks(VARIANTS)

    def begin(self, own: Iterable[Post]) -> bool:
        """Marks the edition as being prepared, as of now; false where it is not as it was decided on."""
        with self._store.write() as connection:
            known = editions.find(connection, self._edition.id)
            if known is None:
                editions.add(connection, replace(self._edition, state=EditionState.PREPARING))
            elif known.editing != self._edition.editing or not editions.begin_preparing(
                connection, self._edition, leaving=(self._edition.state,)
            ):
                return False
        # Only now: what the copies of any other edition of this name tell of who has got what must stay.
        discard(self._store, self._edition.id)
        posts = list(own)
        with self._store.write() as connection:
            edition_posts.keep(connection, self._edition, _words(posts))
        self._own = {post.id for post in posts}
        return True

    def add(self, page: Page) -> bool:
        """Writes the copies of some readers, with variants that nobody before them had; false where it must stop."""
        self._empty += page.empty
        return all(self._write(some) for some in self._copies_at_once.of(page.recipients))

    def stopped(self, now: datetime) -> Frozen:
        """Ends what was written of an edition that somebody took out of our hands."""
        with self._store.write() as connection:
            delivery_ends.drop_skipped(connection, self._edition.id, at=now)
        return Frozen(edition=self._edition, counts=EditionCounts(), skipped=OTHERWISE)

    def _write(self, recipients: Sequence[ReaderContents]) -> bool:
        contents = {each.contents.key: each.contents for each in recipients}
        new = [self._rendered(key) for key in contents.items() if key[0] not in self._keys]
        choices = self._new_choices(recipients)
        copies = [self._copy(each) for each in recipients]
        for some in self._variants_at_once.of(new):
            with self._variants_at_once.write(self._store, len(some)) as connection:
                for variant in some:
                    variants.add_variant(connection, variant)
        with self._copies_at_once.write(self._store, len(copies)) as connection:
            if not editions.is_being_made(connection, self._edition.id):
                return False
            variants.keep_choices(connection, self._edition.id, choices)
            self._readers += deliveries.intend(connection, copies, at=self._edition.prepared_at)
        self._keys.update(variant.selection for variant in new)
        self._told.update(pick.post_id for variant in new for pick in variant.picks)
        self._choices.update(choices)
        return True

    def _rendered(self, keyed: tuple[str, Any]) -> Variant:
        key, contents = keyed
        head = Head.of(self._edition)
        return self._renderer.render(self._renderer.unrendered(head, contents, self._terms.material, key=key))

    def _new_choices(self, recipients: Iterable[ReaderContents]) -> dict[tuple[str, str], str]:
        """What readers are told that they asked for, where it was not said before."""
        asked = {(each.selection, each.reader.language or ""): each.reader for each in recipients}
        site = self._renderer.imprint.site
        return {
            key: choice_words(chosen(key[0]), self._labels, interface(reader.language or site.language))
            for key, reader in asked.items()
            if key not in self._choices
        }

    def _copy(self, recipient: ReaderContents) -> dict[str, Any]:
        subscriber = recipient.reader.subscriber
        return {
            "edition_id": self._edition.id,
            "subscriber_id": subscriber.id,
            "email": subscriber.email,
            "name": subscriber.name,
            "selection": recipient.selection,
            "variant": recipient.contents.key,
            "message_id": self._name_copy(self._edition.mail_name, subscriber.id),
        }

    def end(self, now: datetime) -> Frozen:
        """Counts what was written, and lets it go where it has closed; what goes to nobody is skipped."""
        counts = EditionCounts(
            posts=len(self._told), readers=self._readers, variants=len(self._keys), empty=self._empty
        )
        # Counted before: of a million copies that takes a while, and nobody else writes any.
        with self._store.read() as connection:
            written = deliveries.count(connection, self._edition.id)
        if written >= CHUNK:
            with self._store.write() as connection:
                wanted_copies.plan_anew(connection)
        with self._store.write() as connection:
            if not editions.is_being_made(connection, self._edition.id):
                delivery_ends.drop_skipped(connection, self._edition.id, at=now)
                return Frozen(edition=self._edition, counts=counts, skipped=OTHERWISE)
            late = [self._posts[post_id] for post_id in sorted(self._told - self._own)]
            edition_posts.keep(connection, self._edition, _words(late), late=True)
            editions.note_counts(connection, self._edition.id, counts)
            if not self._readers:
                reason = self._why_for_nobody(connection)
                editions.skip(connection, self._edition.id, reason)
                return Frozen(edition=self._edition, counts=counts, skipped=reason)
            if written != self._readers:
                raise AssertionError(f"{self._edition.id}: {written} copies are written, and {self._readers} intended")
            let_go(connection, self._edition, now)
        return Frozen(edition=self._edition, counts=counts)

    def _why_for_nobody(self, connection: sa.Connection) -> str:
        # What was brought before, or is nobody's any more, is no post of this edition.
        if self._own:
            return f"none of its {counted(len(self._own), 'post')} is for any subscriber"
        return why_no_posts(connection, self._renderer.digest, self._edition)


def why_no_posts(connection: sa.Connection, digest: Digest, edition: Edition) -> str:
    """Why *edition* has no post of its own."""
    dropped = frozenset(edition.editing.dropped)
    waiting = count_unsettled(connection, digest, until=edition.brings_until, dropped=dropped)
    if waiting:
        wait = "waits to settle and stands" if waiting == 1 else "wait to settle and stand"
        return f"{counted(waiting, 'post')} {wait} in the next edition"
    return "no new posts" if edition.issue == 1 else "no new posts since the one that was cancelled"


def _words(posts: Iterable[Post]) -> Mapping[str, Mapping[str, Any]]:
    return {post.id: frozen(post) for post in posts}
