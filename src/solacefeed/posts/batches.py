"""What a batch of posts changes in what is known: which post each is (``recognition``), then each in turn; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from solacefeed.models.blog import SourcePost, Tag
from solacefeed.models.posts import CategoryId, Placement, PostChange
from solacefeed.posts import identity, merging, noticing, recognition
from solacefeed.posts.filing import Filing, KnownCategory
from solacefeed.posts.identity import ADDRESS, GUID, NUMBER, SHARED, Key
from solacefeed.posts.looks import Look
from solacefeed.posts.merging import Row, Told
from solacefeed.posts.recognition import Recognised, number_of, told_as
from solacefeed.posts.tagging import kept_id, tags_of


class Change(StrEnum):
    """What a post of a batch changed."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPosts:
    """All that the store knows and a batch may touch, or be recognised by."""

    #: Posts by id, with every column.
    rows: Mapping[str, Row]
    #: The id of the post that each key is of.
    keys: Mapping[Key, str]
    #: The blog's numbers of those of the posts that have one; several only where two posts were taken for one.
    numbers: Mapping[str, frozenset[str]]
    #: Our ids of their categories.
    filed: Mapping[str, frozenset[CategoryId]]
    #: Our ids of their tags.
    tagged: Mapping[str, frozenset[str]]
    #: The names of the blog's users.
    users: Mapping[str, str]
    categories: Sequence[KnownCategory]


@dataclass(slots=True, kw_only=True)
class Merged:
    """What a batch changes."""

    #: A line for each post that was taken over.
    changes: list[Change] = field(default_factory=list)
    #: The posts that are left out, and why.
    refused: list[tuple[SourcePost, str]] = field(default_factory=list)
    #: Those of which only the whole look tells which posts they are.
    waiting: list[SourcePost] = field(default_factory=list)
    #: The rows of new posts, and of those that changed, by id, as they are in the end.
    new: dict[str, Row] = field(default_factory=dict)
    changed: dict[str, Row] = field(default_factory=dict)
    #: What posts are known by from now on, whoever was known by it before, and numbers that are nobody's any more.
    keys: dict[Key, str] = field(default_factory=dict)
    dropped: set[Key] = field(default_factory=set)
    #: What each post was told as (``looks``), and whether the blog turned out to be numbered anew.
    taken: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    renumbered: bool = False
    #: Posts that are filed otherwise.
    filed: dict[str, frozenset[CategoryId]] = field(default_factory=dict)
    #: Posts that are tagged otherwise, and every tag as it was told.
    tagged: dict[str, frozenset[str]] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    #: Categories that were met for the first time.
    categories: list[KnownCategory] = field(default_factory=list)
    #: Posts to be published, in turn, and the place that each had then.
    places: list[tuple[str, Placement | None]] = field(default_factory=list)
    #: What readers notice, in turn.
    history: list[tuple[str, PostChange]] = field(default_factory=list)


def merge(known: KnownPosts, batch: Sequence[Told], *, at: datetime, look: Look | None = None) -> Merged:
    """What *batch* changes in what is *known*; *at* is when it was noticed, in which *look*: by itself, it is all."""
    look = Look(is_final=True) if look is None else look
    found = recognition.recognise(batch, known.rows, known.keys, known.numbers, look)
    by_now = _Batch(known, at)
    for place, told in enumerate(batch):
        by_now.take(place, told, found)
    return by_now.whole(found)


class _Batch:
    """What is known by now, over what was known before the batch."""

    def __init__(self, known: KnownPosts, at: datetime) -> None:
        self.merged = Merged()
        self._at = at
        self._users = known.users
        self._filing = Filing(known.categories)
        self._rows = dict(known.rows)
        self._keys = dict(known.keys)
        self._numbers = dict(known.numbers)
        self._filed = dict(known.filed)
        self._tagged = dict(known.tagged)
        #: The keys by which a post of this batch was told.
        self._told_by: dict[str, set[Key]] = {}

    def take(self, place: int, told: Told, found: Recognised) -> None:
        if place in found.refused:
            self.merged.refused.append((told.post, found.refused[place]))
        elif place in found.waiting:
            self.merged.waiting.append(told.post)
        elif place in found.repeated:
            self.merged.changes.append(Change.SAME)
        else:
            post_id = found.known.get(place)
            self.merged.changes.append(self._take_new(told) if post_id is None else self._take_known(post_id, told))

    def whole(self, found: Recognised) -> Merged:
        self.merged.categories = list(self._filing.new.values())
        self.merged.renumbered = found.renumbered
        return self.merged

    # -- what it is known by --------------------------------------------------------------------------

    def _remember(self, post_id: str, told: Told) -> None:
        """Knows the post by everything that is told of it."""
        self.merged.taken[post_id] = told_as(told)
        self._told_by.setdefault(post_id, set()).update(told.keys)
        for key in told.keys:
            if key[0] == NUMBER:
                self._remember_number(post_id, key, told)
            elif self._keys.get(key) != post_id:
                self._remember_key(post_id, key)

    def _remember_number(self, post_id: str, number: Key, told: Told) -> None:
        """The number is this post's, and no other is, unless a better source has said so."""
        own, owner = self._numbers.get(post_id, frozenset()), self._keys.get(number)
        said = number_of(told) is not None
        if (owner is not None if not said else self._is_said_better(owner, told)) or (own and not said):
            return
        if own and self._is_said_better(post_id, told):
            return
        for other in own - {number[1]}:
            self._forget((NUMBER, other))
        if owner not in (None, post_id):
            self._numbers[owner] = self._numbers[owner] - {number[1]}
        self._numbers[post_id] = frozenset({number[1]})
        self._know(number, post_id)

    def _is_said_better(self, post_id: str | None, told: Told) -> bool:
        return post_id is not None and told.grade < self._rows[post_id]["grade"]

    def _remember_key(self, post_id: str, key: Key) -> None:
        """A key that another has too tells neither of them any more; one that another had is this post's now."""
        owner = self._keys.get(key)
        if owner is None or not self._has(owner, key):
            self._know(key, post_id)
        elif (shared := (SHARED[key[0]], key[1])) not in self._keys:
            self._know(shared, owner)

    def _has(self, post_id: str, key: Key) -> bool:
        if key in self._told_by.get(post_id, set()):
            return True
        column = {GUID: "guid", ADDRESS: "url"}[key[0]]
        return identity.canonical(self._rows[post_id][column]) == key[1]

    def _know(self, key: Key, post_id: str) -> None:
        self._keys[key] = self.merged.keys[key] = post_id
        self.merged.dropped.discard(key)

    def _forget(self, key: Key) -> None:
        self._keys.pop(key, None)
        self.merged.keys.pop(key, None)
        self.merged.dropped.add(key)

    # -- what becomes of it ---------------------------------------------------------------------------

    def _take_new(self, told: Told) -> Change:
        post_id = identity.free_id(told.post, self._rows.keys())
        self.merged.new[post_id] = {}
        self._write(post_id, {}, merging.row_of_new(told, post_id))
        self._remember(post_id, told)
        self._file(post_id, self._filing.ids_of(told.post))
        if tags := self._tags_of(told):
            self._tag(post_id, tags)
        self._note_place(post_id)
        return Change.NEW

    def _take_known(self, post_id: str, told: Told) -> Change:
        self._remember(post_id, told)
        known = self._rows[post_id]
        row = merging.believed(known, told)
        filing = self._filing.ids_of(told.post) if told.grade >= known["grade"] else None
        refiled = filing is not None and filing != self._filed.get(post_id, frozenset())
        tags = self._tags_of(told) if told.grade >= known["grade"] else None
        retagged = tags is not None and tags != self._tagged.get(post_id, frozenset())
        is_same = not refiled and all(known[name] == value for name, value in row.items())
        if is_same and not retagged:
            return Change.SAME
        if not is_same:
            self._note_place(post_id)
        change = noticing.what_changed(known, row, refiled=refiled, retagged=retagged, at=self._at)
        self._write(post_id, known, row | {"revised": change.modified} if change.revised else row)
        if refiled:
            self._file(post_id, filing)
        if tags is not None and retagged:
            self._tag(post_id, tags)
        if change.what:
            self.merged.history.append((post_id, change))
        return Change.CHANGED

    def _note_place(self, post_id: str) -> None:
        place = noticing.placement(self._rows[post_id], self._filed.get(post_id, ()), self._users)
        self.merged.places.append((post_id, place))

    def _write(self, post_id: str, known: Row, row: dict[str, Any]) -> None:
        whole = dict(known) | row
        self._rows[post_id] = whole
        (self.merged.new if post_id in self.merged.new else self.merged.changed)[post_id] = whole

    def _file(self, post_id: str, category_ids: frozenset[CategoryId] | None) -> None:
        """Files a post under exactly these categories, ``None`` for as it is."""
        if category_ids is not None:
            self._filed[post_id] = self.merged.filed[post_id] = category_ids

    def _tags_of(self, told: Told) -> frozenset[str] | None:
        """Our ids of a post's tags; ``None`` where its source shows none. A tag that is called otherwise now is so."""
        tags = tags_of(told.post, self._filing)
        self.merged.tags |= {kept_id(tag): tag for tag in tags or ()}
        return None if tags is None else frozenset(map(kept_id, tags))

    def _tag(self, post_id: str, tag_ids: frozenset[str]) -> None:
        """Tags a post with exactly these."""
        self._tagged[post_id] = self.merged.tagged[post_id] = tag_ids
