"""The revisions of an edition's variants: which one a copy gets that was never handed over, and those that others keep.

Law: a copy says what holds when it is begun. What posts, categories and events said when its variant was rendered is
told by a mark that the variant bears (``made_of``), so a change is found without rendering; and while the store's count
of changes stands still and no instant passes at which time alone changes something, nothing is asked again.
"""

from __future__ import annotations

from dataclasses import replace
from sys import getsizeof

import sqlalchemy as sa

from solacefeed.deeds.editions.renderer import Material, Renderer
from solacefeed.digest.memo import Memo
from solacefeed.models.editions import Edition, Variant
from solacefeed.models.posts import PostState
from solacefeed.ports import Clock
from solacefeed.store import counters, editions, posts
from solacefeed.store.database import Store

#: Of variants that are kept in memory; of the others only their revisions are.
KEPT_BYTES = 64 * 1024 * 1024


class Revisions:
    """Those of one edition, for one round; nobody else makes new ones meanwhile."""

    def __init__(self, store: Store, clock: Clock, renderer: Renderer, edition: Edition) -> None:
        self._store = store
        self._clock = clock
        self._renderer = renderer
        self._edition = edition
        self._changes = -1
        self._material: Material | None = None
        #: By selection, what ``_material`` makes the newest; ``None`` where nothing is left to say.
        self._newest: dict[str, int | None] = {}
        self._kept: Memo[tuple[str, int], Variant] = Memo(KEPT_BYTES, _size)

    def look(self, connection: sa.Connection) -> None:
        """Lets what is newest be of *connection*'s view or a later one, for the cost of one count."""
        self._changes = counters.content(connection)

    def newest(self, selection: str) -> Variant | None:
        """What a copy gets now; ``None`` when all posts of its selection have been withdrawn."""
        material = self._gathered()
        if selection not in self._newest:
            self._newest[selection] = self._settled(selection, material)
        revision = self._newest[selection]
        return None if revision is None else self.kept(selection, revision)

    def kept(self, selection: str, revision: int) -> Variant:
        """What a copy gets that was in hand with that revision, for ever."""
        return self._kept.get((selection, revision), lambda: self._read(selection, revision))

    def _read(self, selection: str, revision: int | None = None) -> Variant:
        with self._store.read() as connection:
            return editions.variant(connection, self._edition.id, selection, revision)

    def _gathered(self) -> Material:
        """What variants are made of now, read again only where it may read otherwise."""
        now = self._clock()
        if self._material is None or not self._material.holds(self._changes, now):
            with self._store.read() as connection:
                covered = posts.some(connection, editions.covered_posts(connection, self._edition.id))
                there = [post for post in covered if post.state is PostState.PUBLISHED]
                self._material = self._renderer.gather(connection, there, now)
            self._changes = self._material.changes
            self._newest.clear()
        return self._material

    def _settled(self, selection: str, material: Material) -> int | None:
        """The revision that says what *material* does: the newest there is, else a new one."""
        stored = self._read(selection)
        self._kept.get((selection, stored.revision), lambda: stored)
        picked = {pick.post_id for pick in stored.picks}
        among = [post for post in material.posts if post.id in picked]
        unrendered = self._renderer.unrendered(self._edition.id, self._edition.period, selection, material, among=among)
        if not unrendered.picks:
            return None
        if unrendered.made_of == stored.made_of:
            return stored.revision
        return self._revised(stored, self._renderer.render(unrendered, revision=stored.revision))

    def _revised(self, stored: Variant, fresh: Variant) -> int:
        """*fresh* as a new revision, but where its words are the same after all: then only the mark is new."""
        with self._store.write() as connection:
            if replace(fresh, made_of=stored.made_of) == stored:
                editions.note_made_of(connection, fresh)
                return stored.revision
            fresh = replace(fresh, revision=stored.revision + 1)
            editions.add_variant(connection, fresh)
            return fresh.revision


def _size(variant: Variant) -> int:
    return getsizeof(variant.text) + getsizeof(variant.html)
