"""What a batch of posts changes in what is known: each post in turn, as if it had come alone, and nothing is written.

A post may come twice in a batch, or be known by what an earlier one of it has told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from solacefeed.models.blog import SourcePost
from solacefeed.models.posts import CategoryId, Placement, PostChange
from solacefeed.posts import identity, merging, noticing
from solacefeed.posts.filing import Filing, KnownCategory
from solacefeed.posts.identity import NUMBER, SAME_DAY, AnotherBlog, Key
from solacefeed.posts.merging import Row, Told


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
    #: Those of the posts that the blog has a number for.
    numbered: Collection[str]
    #: Our ids of their categories.
    filed: Mapping[str, frozenset[CategoryId]]
    #: The names of the blog's users.
    users: Mapping[str, str]
    categories: Sequence[KnownCategory]


@dataclass(slots=True, kw_only=True)
class Merged:
    """What a batch changes."""

    #: A line for each post that was taken over.
    changes: list[Change] = field(default_factory=list)
    #: The posts that can't be of this blog, and why.
    refused: list[tuple[SourcePost, str]] = field(default_factory=list)
    #: The rows of new posts, and of those that changed, by id, as they are in the end.
    new: dict[str, Row] = field(default_factory=dict)
    changed: dict[str, Row] = field(default_factory=dict)
    #: What posts are known by from now on.
    keys: dict[Key, str] = field(default_factory=dict)
    #: Posts that are filed otherwise.
    filed: dict[str, frozenset[CategoryId]] = field(default_factory=dict)
    #: Categories that were met for the first time.
    categories: list[KnownCategory] = field(default_factory=list)
    #: Posts to be published, in turn, and the place that each had then.
    places: list[tuple[str, Placement | None]] = field(default_factory=list)
    #: What readers notice, in turn.
    history: list[tuple[str, PostChange]] = field(default_factory=list)


def merge(known: KnownPosts, batch: Iterable[Told], *, at: datetime) -> Merged:
    """What *batch* changes in what is *known*; *at* is when it was noticed."""
    by_now = _Batch(known, at)
    for each in batch:
        try:
            by_now.take(each)
        except AnotherBlog as reason:
            by_now.merged.refused.append((each.post, str(reason)))
    return by_now.whole()


class _Batch:
    """What is known by now, over what was known before the batch."""

    def __init__(self, known: KnownPosts, at: datetime) -> None:
        self.merged = Merged()
        self._at = at
        self._users = known.users
        self._filing = Filing(known.categories)
        self._rows = dict(known.rows)
        self._keys = dict(known.keys)
        self._numbered = set(known.numbered)
        self._filed = dict(known.filed)
        self._titled: dict[str, set[str]] = {}
        for post_id, row in self._rows.items():
            self._titled.setdefault(row["title"], set()).add(post_id)

    def take(self, told: Told) -> None:
        post_id = self._find(told)
        self.merged.changes.append(self._take_new(told) if post_id is None else self._take_known(post_id, told))

    def whole(self) -> Merged:
        self.merged.categories = list(self._filing.new.values())
        return self.merged

    # -- which post it is -----------------------------------------------------------------------------

    def _find(self, told: Told) -> str | None:
        for key in told.keys:
            post_id = self._keys.get(key)
            if post_id is not None:
                if key[0] == NUMBER:
                    identity.corroborate(self._rows[post_id], told.post, told.row["title"])
                return post_id
        return self._by_title_and_day(told)

    def _by_title_and_day(self, told: Told) -> str | None:
        """The one post with this title of that day; none where several could be meant, or numbers tell them apart."""
        apart = self._numbered if identity.numbered(told.post) is not None else set[str]()
        found = [
            post_id
            for post_id in self._titled.get(told.row["title"], set()) - apart
            if abs(self._rows[post_id]["published"] - told.post.published) <= SAME_DAY
        ]
        return found[0] if len(found) == 1 else None

    def _remember(self, post_id: str, told: Told) -> None:
        """Knows the post by everything that is told of it; what is another's already stays so."""
        for key in told.keys:
            if key not in self._keys:
                self._keys[key] = self.merged.keys[key] = post_id
                if key[0] == NUMBER:
                    self._numbered.add(post_id)

    # -- what becomes of it ---------------------------------------------------------------------------

    def _take_new(self, told: Told) -> Change:
        post_id = identity.free_id(told.post, self._rows.keys())
        self.merged.new[post_id] = {}
        self._write(post_id, {}, merging.row_of_new(told, post_id))
        self._remember(post_id, told)
        self._file(post_id, self._filing.ids_of(told.post))
        self._note_place(post_id)
        return Change.NEW

    def _take_known(self, post_id: str, told: Told) -> Change:
        self._remember(post_id, told)
        known = self._rows[post_id]
        row = merging.believed(known, told)
        filing = self._filing.ids_of(told.post) if told.grade >= known["grade"] else None
        refiled = filing is not None and filing != self._filed.get(post_id, frozenset())
        if not refiled and all(known[name] == value for name, value in row.items()):
            return Change.SAME
        self._note_place(post_id)
        change = noticing.what_changed(known, row, refiled=refiled, at=self._at)
        self._write(post_id, known, row | {"revised": change.modified} if change.revised else row)
        if refiled:
            self._file(post_id, filing)
        if change.what:
            self.merged.history.append((post_id, change))
        return Change.CHANGED

    def _note_place(self, post_id: str) -> None:
        place = noticing.placement(self._rows[post_id], self._filed.get(post_id, ()), self._users)
        self.merged.places.append((post_id, place))

    def _write(self, post_id: str, known: Row, row: dict[str, Any]) -> None:
        whole = dict(known) | row
        if known:
            self._titled[known["title"]].discard(post_id)
        self._titled.setdefault(whole["title"], set()).add(post_id)
        self._rows[post_id] = whole
        (self.merged.new if post_id in self.merged.new else self.merged.changed)[post_id] = whole

    def _file(self, post_id: str, category_ids: frozenset[CategoryId] | None) -> None:
        """Files a post under exactly these categories, ``None`` for as it is."""
        if category_ids is not None:
            self._filed[post_id] = self.merged.filed[post_id] = category_ids
