"""The revisions of an edition's variants: which one a copy gets that was never handed over, and those that others keep.

Law: frozen are the words. A copy says of its posts what they said when the edition was frozen, but for those that are
public no more, and of its events what holds when it is begun. What that was when its variant was rendered is told by a
mark that the variant bears (``made_of``), so a change is found without rendering; and while the store's count of
changes stands still and no instant passes at which time alone changes something, nothing is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from sys import getsizeof
from threading import Lock

import sqlalchemy as sa

from solacefeed.deeds.editions.renderer import Head, Material, Renderer, Unrendered
from solacefeed.delivery.event_loop import Apart, Signal, tell_all
from solacefeed.digest.contents import Contents
from solacefeed.digest.memo import Memo
from solacefeed.errors import StoreHeld
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
        #: By key and revision; whoever brings them is another thread than whoever asks.
        self._kept: Memo[tuple[str, int], Variant] = Memo(KEPT_BYTES, _size)
        self._keeping = Lock()
        #: By key, which is the newest in the store, for whoever is about to ask; and at which count of changes it was.
        self._found: dict[str, tuple[int, int]] = {}
        #: Those that wait for a new revision, which one at a time makes; ``None`` where nobody does.
        self._waiting: list[Signal[None]] | None = None

    def bring(self, wanted: Collection[tuple[str, int | None]]) -> None:
        """Reads what copies are about to ask for, by their variants' keys and the revision that each keeps, if any.

        It is for another thread than that of whoever asks, which need not wait for the store then. What changes after
        that is found as ever.
        """
        newest = {key for key, number in wanted if number is None and not (key in self._newest or key in self._found)}
        kept = {(key, number) for key, number in wanted if number is not None and (key, number) not in self._kept}
        if not (newest or kept):
            return
        changes = self._changes
        with self._store.read() as connection:
            found = variants.newest_of(connection, self._edition.id, newest)
            # What a later one is compared with.
            kept |= {(variant.selection, 1) for variant in found if variant.revision > 1}
            those = variants.of_revisions(connection, self._edition.id, kept)
        self._keep(those)
        self._find(found, changes)

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

    def newest(self, key: str, *, at_once: bool = False) -> Variant | None:
        """What a copy gets now; ``None`` when all posts of its variant have been withdrawn.

        A new revision is written apart from the loop whose task asks, so that no other one waits for that. Raises
        ``StoreHeld`` where one is to be written and whoever asks wants it *at_once*.
        """
        material = self._gathered()
        while key not in self._newest:
            self._settle(key, material, at_once=at_once)
            # It may have become another one while that was written.
            material = self._gathered()
        revision = self._newest[key]
        return None if revision is None else self.kept(key, revision)

    def kept(self, key: str, revision: int) -> Variant:
        """What a copy gets that was in hand with that revision, for ever."""
        with self._keeping:
            return self._kept.get((key, revision), lambda: self._read(key, revision))

    def _keep(self, some: Iterable[Variant]) -> None:
        with self._keeping:
            for variant in some:
                self._kept.put((variant.selection, variant.revision), variant)

    def _read(self, key: str, revision: int) -> Variant:
        with self._store.read_at_once() as connection:
            return variants.variant(connection, self._edition.id, key, revision)

    def _find(self, newest: Collection[Variant], changes: int) -> None:
        self._keep(newest)
        self._found.update({variant.selection: (variant.revision, changes) for variant in newest})

    def _newest_stored(self, key: str) -> Variant:
        if (found := self._found.get(key)) is not None:
            return self.kept(key, found[0])
        with self._store.read_at_once() as connection:
            some = variants.newest_from(connection, self._edition.id, key, limit=AHEAD)
        self._find([variant for variant in some if variant.selection not in self._newest], self._changes)
        return next(variant for variant in some if variant.selection == key)

    def _gathered(self) -> Material:
        """What variants are made of now, read again only where it may read otherwise."""
        now, former = self._clock(), self._material
        if former is not None and former.holds(self._changes, now):
            return former
        with self._store.read() as connection:
            there = frozen(connection, self._edition)
            pages = edition_posts.editions_of(connection, self._edition.digest, [post.id for post in there])
            material = self._renderer.gather(connection, there, now, pages)
            taken_out = titles_taken_out(connection, self._edition, there)
        # What does not work leaves all as it was: whoever asks next meets it, and no mail goes of what was before.
        if taken_out and taken_out != self._taken_out:
            self._on_taken_out(taken_out)
            self._taken_out = taken_out
        self._changes = material.changes
        self._newest.clear()
        # Other workers may have made newer ones of it: what they rendered is not rendered here.
        by_time = former is not None and former.changes == material.changes
        still = {} if by_time else dict(self._found)
        self._found = {key: found for key, found in still.items() if found[1] == material.changes}
        self._material = material
        return material

    def _settle(self, key: str, material: Material, *, at_once: bool) -> None:
        """Finds the revision that says what *material* does: the newest there is, else a new one."""
        stored = self._newest_stored(key)
        # Of what was frozen: what was taken out of a later revision may have come back.
        frozen_first = stored if stored.revision == 1 else self.kept(key, 1)
        contents = left_of(frozen_first, material, hidden=self._hidden(frozen_first))
        if contents is None:
            self._is_newest(key, None)
            return
        unrendered = self._renderer.unrendered(Head.of(self._edition), contents, material, key=key)
        if unrendered.made_of == stored.made_of:
            self._is_newest(key, stored.revision)
        elif at_once:
            raise StoreHeld("what it says is still to be written")
        elif self._waiting is not None:
            # Whoever waits for it looks anew: it may be the same one.
            signal: Signal[None] = Signal()
            self._waiting.append(signal)
            signal.wait()
        else:
            self._revise(stored, unrendered, material)

    def _is_newest(self, key: str, revision: int | None) -> None:
        self._newest[key] = revision
        self._found.pop(key, None)

    def _revise(self, stored: Variant, unrendered: Unrendered, material: Material) -> None:
        """Has it rendered and written; what keeps it from being written is told to all who wait."""
        key = stored.selection
        waiting = self._waiting = []
        try:
            fresh = self._renderer.render(unrendered, revision=stored.revision)
            written = Apart(partial(self._revised, stored, fresh)).wait()
        except BaseException as error:
            self._waiting = None
            for signal in waiting:
                signal.fail(error)
            raise
        self._waiting = None
        self._find([written], material.changes)
        if material is self._material:
            self._is_newest(key, written.revision)
        tell_all(waiting, [None] * len(waiting))

    def _hidden(self, variant: Variant) -> set[str]:
        """The posts of which it tells another title, and that are public no more."""
        told = {each.post_id for each in variant.corrections if each.new_title is not None}
        if not told:
            return set()
        with self._store.read() as connection:
            return {post.id for post in posts.some(connection, told) if post.state is not PostState.PUBLISHED}

    def _revised(self, stored: Variant, fresh: Variant) -> Variant:
        """*fresh* as a new revision, but where its words are the same after all: then only the mark is new."""
        with self._store.write() as connection:
            variants.hold(connection, self._edition.id, stored.selection)
            newest = variants.variant(connection, self._edition.id, stored.selection)
            if newest.revision != stored.revision and newest.made_of == fresh.made_of:
                return newest
            fresh = replace(fresh, revision=newest.revision)
            if replace(fresh, made_of=newest.made_of) == newest:
                variants.note_made_of(connection, fresh)
            else:
                variants.add_variant(connection, replace(fresh, revision=newest.revision + 1))
            return variants.variant(connection, self._edition.id, stored.selection)


def frozen(connection: sa.Connection, edition: Edition) -> list[Post]:
    """The posts of an edition that are public still, as they read when it was frozen; the lead post first."""
    return [post for post in as_frozen(connection, edition) if post.state is PostState.PUBLISHED]


def as_frozen(connection: sa.Connection, edition: Edition) -> list[Post]:
    """The same, with those that were taken out since, whose state says so."""
    words = of_edition(connection, edition.id)
    kept = [thawed(post, words[post.id]) for post in posts.some(connection, words)]
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
