"""Entries: what stands in documents, each made once and written once a format; a bad one costs no other.

What the gate refuses of a post is known before anything is made. What goes wrong while an entry is written down is a
fault of ours: the entry is left out, and the document made once more without it.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from solacefeed.errors import in_a_line, is_about_one
from solacefeed.models.posts import Category, CategoryId, Post
from solacefeed.publish import atom, gate, jsonfeed, rss
from solacefeed.publish.entries import entry
from solacefeed.publish.feeds import Entry, FeedDocument, Naming
from solacefeed.store import posts

_log = logging.getLogger(__name__)

#: Entries, and rendered ones, that are kept for the next document that wants them.
KEPT = 1000

#: Entries that may go wrong by themselves in one publish and one format.
MOST_SPOILT = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a feed is written."""

    ending: str
    entry: Callable[[Entry, Naming], bytes]
    document: Callable[[FeedDocument, Iterable[bytes]], bytes]


ATOM = Format(ending="atom", entry=atom.entry, document=atom.document)
FORMATS = (
    ATOM,
    Format(ending="json", entry=jsonfeed.item, document=jsonfeed.document),
    Format(ending="rss", entry=rss.item, document=rss.document),
)


class EntryBuild:
    """The entries of one publish."""

    def __init__(
        self, shown: Sequence[Category], naming: Naming, languages: Mapping[CategoryId, str] | None = None
    ) -> None:
        self._shown = shown
        self._languages = languages or {}
        self._naming = naming
        self._made: OrderedDict[str, Entry] = OrderedDict()
        self._rendered: OrderedDict[tuple[str, str], tuple[Entry, bytes]] = OrderedDict()
        #: The posts that entries are of, by the entries' ids.
        self._posts: dict[str, str] = {}
        #: Those of a format that could not be written down.
        self._spoilt: dict[str, list[str]] = {}
        #: The ids of all posts that were looked at.
        self.looked_at: set[str] = set()
        #: Why posts can't stand in a feed, by id.
        self.left_out: dict[str, str] = {}

    def of(self, found: Iterable[Post]) -> dict[str, Entry]:
        """The posts as entries, by id; one that can't stand in a feed is left out, and the others go on."""
        made: dict[str, Entry] = {}
        for post in found:
            self.looked_at.add(post.id)
            each = None if post.id in self.left_out else self._entry(post)
            if each is not None:
                made[post.id] = self._made[post.id] = each
                self._posts[each.id] = post.id
                _keep_some(self._made)
        return made

    def _entry(self, post: Post) -> Entry | None:
        """Notes why where it can be none."""
        try:
            made = entry(post, self._shown, self._naming, self._languages)
            problems = gate.entry_problems(made)
        except Exception as error:
            if not is_about_one(error):
                raise
            _log.info("post %s can be no entry", post.id, exc_info=True)
            problems = [in_a_line(error)]
        if problems:
            self.left_out[post.id] = f"it can't stand in a feed: {'; '.join(problems)}"
            return None
        return made

    def of_ids(self, connection: sa.Connection, ids: Sequence[str]) -> list[Entry]:
        """The entries of these posts, newest first; what was made for another document is not read again."""
        made = {post_id: self._made[post_id] for post_id in ids if post_id in self._made}
        made |= self.of(posts.some(connection, [post_id for post_id in ids if post_id not in made]))
        return [made[post_id] for post_id in sorted(made, key=lambda it: (made[it].published, it), reverse=True)]

    def fit(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Without those that were left out since they were made."""
        return tuple(each for each in entries if self._posts[each.id] not in self.left_out)

    def written(self, kind: Format, wanted: Entry) -> bytes:
        """*wanted* as that format has it; raises ``_Spoilt``."""
        key = (kind.ending, wanted.id)
        kept = self._rendered.get(key)
        if kept is None or kept[0] != wanted:
            self._rendered[key] = kept = (wanted, _written(kind, wanted, self._naming))
            _keep_some(self._rendered)
        return kept[1]

    def all_but_spoilt(self, make: Callable[[], Iterable[T]]) -> list[T]:
        """What *make* makes, once more without each entry that can't be written down."""
        while True:
            try:
                return list(make())
            except _Spoilt as spoilt:
                post_id = self._posts.get(spoilt.entry_id)
                if post_id is None or post_id in self.left_out or self._is_everywhere(spoilt.ending):
                    raise spoilt.cause from None
                self._spoilt.setdefault(spoilt.ending, []).append(post_id)
                _log.info("post %s can't be written down", post_id, exc_info=spoilt.cause)
                self.left_out[post_id] = f"it can't stand in a feed: {in_a_line(spoilt.cause)}"
                self._made.pop(post_id, None)

    def _is_everywhere(self, ending: str) -> bool:
        """Whether it is no entry's own fault: then none is left out for it, and documents stay as they were."""
        spoilt = self._spoilt.get(ending, [])
        some_are_well = any(written == ending for written, _ in self._rendered)
        if len(spoilt) < MOST_SPOILT and (some_are_well or not spoilt):
            return False
        for post_id in spoilt:
            self.left_out.pop(post_id, None)
        return True


class _Spoilt(Exception):
    """An entry can't be written down, by a fault of ours."""

    def __init__(self, entry_id: str, ending: str, cause: Exception) -> None:
        self.entry_id = entry_id
        self.ending = ending
        self.cause = cause
        super().__init__(entry_id)


def _written(kind: Format, wanted: Entry, naming: Naming) -> bytes:
    try:
        return kind.entry(wanted, naming)
    except Exception as error:
        if not is_about_one(error):
            raise
        raise _Spoilt(wanted.id, kind.ending, error) from error


def _keep_some(made: OrderedDict[Any, Any]) -> None:
    """Lets go of what was made longest ago, where it is more than ``KEPT``."""
    if len(made) > KEPT:
        made.popitem(last=False)
