"""The revisions of an edition's variants: which one a copy gets that was never handed over, and those that others keep.

Law: frozen are the words. A copy says of its posts what they said when the edition was frozen, but for those that are
public no more, and of its events what holds when it is begun. What that was when its variant was rendered is told by a
mark that the variant bears (``made_of``), so a change is found without rendering; and while the store's count of
changes stands still and no instant passes at which time alone changes something, nothing is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from sys import getsizeof

import sqlalchemy as sa

from solacefeed.deeds.editions.renderer import Head, Material, Renderer
from solacefeed.digest.contents import Contents
from solacefeed.digest.memo import Memo
from solacefeed.models.editions import Edition, Variant
from solacefeed.models.posts import Post, PostState
from solacefeed.ports import Clock
from solacefeed.store import counters, edition_posts, posts, variants
from solacefeed.store.database import Store
from solacefeed.store.frozen_posts import of_edition, thawed

#: Of variants that are kept in memory; of the others only their revisions are.
KEPT_BYTES = 64 * 1024 * 1024


#: Variants that are read at once where nobody has brought them: of a database far away each by itself costs a journey.
AHEAD = 32
#: So many of them are kept at most, and what is read with one more.
KEPT_AHEAD = 128
#: So many that were brought are kept, while others are.
KEPT_BROUGHT = 500


class Revisions:
    """Those of one edition, for one round; of several workers one makes each, and the others find it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        renderer: Renderer,
        edition: Edition,
        on_taken_out: Callable[[tuple[str, ...]], object] = lambda _: None,
    ) -> None:
        """*on_taken_out* is told the titles of posts that are public no more, whenever they are others than before."""
        self._on_taken_out = on_taken_out
        self._taken_out: tuple[str, ...] = ()
        self._store = store
        self._clock = clock
        self._renderer = renderer
        self._edition = edition
        self._changes = -1
        self._material: Material | None = None
        #: By the variant's key, what ``_material`` makes the newest; ``None`` where nothing is left to say.
        self._newest: dict[str, int | None] = {}
        self._kept: Memo[tuple[str, int], Variant] = Memo(KEPT_BYTES, _size)
        #: By key, what was the newest while ``_material`` held, and was not asked for yet.
        self._ahead: dict[str, Variant] = {}
        #: What was read for whoever is about to ask, by key and revision; without a revision, the newest then.
        self._brought: dict[tuple[str, int | None], Variant] = {}

    def bring(self, wanted: Collection[tuple[str, int | None]]) -> None:
        """Reads what copies are about to ask for, by their variants' keys and the revision that each keeps, if any.

        It is for another thread than that of whoever asks, which need not wait for the store then. What changes after
        that is found as ever.
        """
        known = ((key, number) in self._brought or (number is None and key in self._newest) for key, number in wanted)
        missing = {each for each, is_known in zip(wanted, known, strict=True) if not is_known}
        if not missing:
            return
        kept = {(key, revision) for key, revision in missing if revision is not None}
        with self._store.read() as connection:
            found = variants.newest_of(connection, self._edition.id, {key for key, number in missing if number is None})
            # What a later one is compared with.
            kept |= {(variant.selection, 1) for variant in found if variant.revision > 1}
            those = variants.of_revisions(connection, self._edition.id, kept)
        if len(self._brought) > KEPT_BROUGHT:
            # Nobody came for it: it was put back, or was known by then.
            self._brought.clear()
        self._brought.update({(variant.selection, variant.revision): variant for variant in those})
        self._brought.update({(variant.selection, None): variant for variant in found})

    def look(self, connection: sa.Connection) -> None:
        """Lets what is newest be of *connection*'s view or a later one, for the cost of one count."""
        self.see(counters.content(connection))

    def see(self, changes: int) -> None:
        """The same, by who has looked already."""
        self._changes = changes

    @property
    def material(self) -> Material | None:
        """What ``newest`` was told of last; ``None`` before."""
        return self._material

    def holds(self, material: Material) -> bool:
        """Whether what was the newest of *material* still is, as far as was looked."""
        return material.holds(self._changes, self._clock())

    def newest(self, key: str) -> Variant | None:
        """What a copy gets now; ``None`` when all posts of its variant have been withdrawn."""
        material = self._gathered()
        if key not in self._newest:
            self._newest[key] = self._settled(key, material)
        revision = self._newest[key]
        return None if revision is None else self.kept(key, revision)

    def kept(self, key: str, revision: int) -> Variant:
        """What a copy gets that was in hand with that revision, for ever."""
        return self._kept.get((key, revision), lambda: self._read(key, revision))

    def _read(self, key: str, revision: int) -> Variant:
        if brought := self._brought.pop((key, revision), None):
            return brought
        with self._store.read_at_once() as connection:
            return variants.variant(connection, self._edition.id, key, revision)

    def _newest_stored(self, key: str) -> Variant:
        if brought := self._brought.pop((key, None), None):
            return brought
        if key not in self._ahead:
            with self._store.read_at_once() as connection:
                found = variants.newest_from(connection, self._edition.id, key, limit=AHEAD)
            if len(self._ahead) > KEPT_AHEAD:
                self._ahead.clear()
            self._ahead |= {variant.selection: variant for variant in found if variant.selection not in self._newest}
        return self._ahead.pop(key)

    def _gathered(self) -> Material:
        """What variants are made of now, read again only where it may read otherwise."""
        now = self._clock()
        if self._material is None or not self._material.holds(self._changes, now):
            with self._store.read() as connection:
                there = frozen(connection, self._edition)
                pages = edition_posts.editions_of(connection, self._edition.digest, [post.id for post in there])
                self._material = self._renderer.gather(connection, there, now, pages)
                taken_out = titles_taken_out(connection, self._edition, there)
            if taken_out and taken_out != self._taken_out:
                self._taken_out = taken_out
                self._on_taken_out(taken_out)
            self._changes = self._material.changes
            if self._newest:
                self._newest.clear()
                self._ahead.clear()
                self._brought.clear()
        return self._material

    def _settled(self, key: str, material: Material) -> int | None:
        """The revision that says what *material* does: the newest there is, else a new one."""
        stored = self._newest_stored(key)
        self._kept.get((key, stored.revision), lambda: stored)
        # Of what was frozen: what was taken out of a later revision may have come back.
        frozen_first = stored if stored.revision == 1 else self._read(key, 1)
        contents = left_of(frozen_first, material, hidden=self._hidden(frozen_first))
        if contents is None:
            return None
        unrendered = self._renderer.unrendered(Head.of(self._edition), contents, material, key=key)
        if unrendered.made_of == stored.made_of:
            return stored.revision
        return self._revised(stored, self._renderer.render(unrendered, revision=stored.revision))

    def _hidden(self, variant: Variant) -> set[str]:
        """The posts of which it tells another title, and that are public no more."""
        told = {each.post_id for each in variant.corrections if each.new_title is not None}
        if not told:
            return set()
        with self._store.read() as connection:
            return {post.id for post in posts.some(connection, told) if post.state is not PostState.PUBLISHED}

    def _revised(self, stored: Variant, fresh: Variant) -> int:
        """*fresh* as a new revision, but where its words are the same after all: then only the mark is new."""
        with self._store.write() as connection:
            variants.hold(connection, self._edition.id, stored.selection)
            newest = variants.variant(connection, self._edition.id, stored.selection)
            if newest.revision != stored.revision and newest.made_of == fresh.made_of:
                return newest.revision
            stored = newest
            fresh = replace(fresh, revision=newest.revision)
            if replace(fresh, made_of=stored.made_of) == stored:
                variants.note_made_of(connection, fresh)
                return stored.revision
            fresh = replace(fresh, revision=stored.revision + 1)
            variants.add_variant(connection, fresh)
            return fresh.revision


def frozen(connection: sa.Connection, edition: Edition) -> list[Post]:
    """The posts of an edition that are public still, as they read when it was frozen; the lead post first."""
    words = of_edition(connection, edition.id)
    there = (post for post in posts.some(connection, words) if post.state is PostState.PUBLISHED)
    kept = [thawed(post, words[post.id]) for post in there]
    return in_order(kept, edition.editing.order)


def titles_taken_out(connection: sa.Connection, edition: Edition, there: Iterable[Post]) -> tuple[str, ...]:
    """What those posts of an edition were called that are not *there* any more, as far as it is kept."""
    left = {post.id for post in there}
    words = of_edition(connection, edition.id)
    return tuple(sorted(said["title"] for post_id, said in words.items() if said and post_id not in left))


def in_order(found: list[Post], first: tuple[str, ...]) -> list[Post]:
    """*found* with the posts that an editor has put *first* at its beginning."""
    places = {post_id: number for number, post_id in enumerate(first)}
    return sorted(found, key=lambda post: places.get(post.id, len(places)))


def left_of(stored: Variant, material: Material, *, hidden: Collection[str] = ()) -> Contents | None:
    """What is still to be said of a variant: without posts and events that are there no more; ``None`` for nothing.

    Of posts that are *hidden* no title is told: that they were withdrawn stands in the next edition.
    """
    there = {post.id for post in material.posts}
    to_come = {event.id for event in material.events}
    picks = tuple(pick for pick in stored.picks if pick.post_id in there)
    event_ids = tuple(event_id for event_id in stored.event_ids if event_id in to_come)
    if stored.picks and not picks:
        return None
    corrections = tuple(each for each in stored.corrections if each.new_title is None or each.post_id not in hidden)
    return replace(Contents.of(stored), picks=picks, event_ids=event_ids, corrections=corrections)


def _size(variant: Variant) -> int:
    return getsizeof(variant.text) + getsizeof(variant.html)
