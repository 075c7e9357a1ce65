"""What a poll can do without: the site's facts, its categories, its authors, its pictures, its tags.

Posts are read all the same where one of these can't be had. It then stays as it was known, or unknown; it is remembered
why (``lacking``), and ``status`` says it. A server that asks for rest (``Retry-After``) ends the poll; but what asked
for it is asked *behind* the posts from then on, until it answers: one that is shut so for ever holds up no post.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from solacefeed.errors import Refused, SourceError
from solacefeed.http_client.answer import one_line
from solacefeed.models.blog import Author, BlogInfo, CategoryNumber, SourceCategory, Tag
from solacefeed.models.posts import Image
from solacefeed.ports import Batch
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.found import AUTHORS, CATEGORIES, LACKING, PICTURES, RESTING, SITE, TAGS
from solacefeed.sources.wordpress_api import Api
from solacefeed.sources.wordpress_paging import Sizes, portions

T = TypeVar("T")

#: Letters of a reason that are remembered.
_LONGEST: Final = 300
#: Nobody is left alone for longer.
_LONGEST_REST: Final = timedelta(days=1)
#: Pictures, or tags, that can't be had each alone, in one poll; more are a fault of the library's own.
_MOST_REFUSED: Final = 20


class Besides:
    """Asks for what a poll can do without at *now*; by *memory*, what could not be had before."""

    def __init__(self, api: Api, sizes: Sizes, memory: Mapping[str, str], now: datetime) -> None:
        self._api = api
        self._sizes = sizes
        self._now = now
        self._lacking: dict[str, str] = json.loads(memory.get(LACKING, "{}"))
        #: What asked for rest, and until when.
        self._resting: dict[str, str] = json.loads(memory.get(RESTING, "{}"))
        #: What could not be had in this poll.
        self._failed: set[str] = set(self._resting)
        #: By number, of those that this poll has asked for; ``None`` for one that the blog has not, or can't say.
        self._tags: dict[str, Tag | None] = {}
        #: So too; of those that were asked for, one that can't be had alone is left out.
        self._pictures: dict[str, Image | None] = {}
        self._pictures_asked: set[str] = set()
        self._behind_the_posts = False
        #: Somebody asked for rest there: then nothing more is asked.
        self._was_refused = False

    def lacks(self, *what: str) -> bool:
        """Whether one of these could not be had."""
        return not self._lacking.keys().isdisjoint(what)

    def has_failed(self, *what: str) -> bool:
        """Whether one of these was asked for in this poll, in vain."""
        return not self._failed.isdisjoint(what)

    def written(self) -> str | None:
        """What could not be had and why, to be remembered; ``None`` where nothing is lacking."""
        return json.dumps(self._lacking, sort_keys=True) if self._lacking else None

    def resting(self) -> str | None:
        """What asked for rest and until when, to be remembered; ``None`` where nothing does."""
        return json.dumps(self._resting, sort_keys=True) if self._resting else None

    def rested(self) -> list[str]:
        """What asked for rest before and has had it; all posts are taken, and it can be asked now."""
        self._behind_the_posts = True
        over = [what for what, until in sorted(self._resting.items()) if self._is_over(until)]
        for what in over:
            del self._resting[what]
            self._failed.discard(what)
        return over

    def _is_over(self, until: str) -> bool:
        return not timedelta() < datetime.fromisoformat(until) - self._now <= _LONGEST_REST

    def site(self) -> BlogInfo | None:
        return self.without(SITE, lambda: rows.site(self._api.index(rows.SITE_FIELDS), self._api.home))

    def categories(self, known: Iterable[SourceCategory]) -> Batch:
        """All of them; one that can't be read stays as it is *known*, unless none can."""
        by_number = {category.number: category for category in known}
        unreadable: dict[str, str] = {}

        def ask() -> tuple[SourceCategory, ...]:
            told, read = self._all("categories", rows.CATEGORY_FIELDS), list[SourceCategory]()
            for row in told:
                try:
                    read.append(rows.category(row))
                except rows.Unreadable as reason:
                    number = readable(rows.row_id, row) or "without an id"
                    unreadable[number] = str(reason)
                    read += [by_number[it] for it in (CategoryNumber(number),) if it in by_number]
            if len(unreadable) == len(told) > 1:
                raise rows.Unreadable(next(iter(unreadable.values())))
            return tuple(read)

        found = self.without(CATEGORIES, ask)
        return Batch() if found is None else Batch(categories=found, unreadable_categories=unreadable)

    def authors(self) -> tuple[Author, ...] | None:
        """The users who have written something public."""

        def ask() -> tuple[Author, ...]:
            told = self._all("users", rows.AUTHOR_FIELDS)
            return tuple(author for row in told if (author := readable(rows.author, row)))

        return self.without(AUTHORS, ask)

    def pictures(self, told: Sequence[Any]) -> Mapping[str, Image | None]:
        """The picture that stands above each post of the rows *told*, by the post's number; unknown ones are left out.

        They are asked for together, in one question for a page of posts, and each once in a poll: many posts may show
        the same. Where they can't be had, the plugin Jetpack's word serves.
        """
        listed = by_number(told)
        wanted = {number: rows.media_id(row) for number, row in listed.items() if rows.tells_of_pictures(row)}
        self._learn_pictures({each for each in wanted.values() if each} - self._pictures_asked)
        known: dict[str, Image | None] = {}
        for number, media in wanted.items():
            if media is None:
                known[number] = None
            elif media in self._pictures:
                known[number] = self._pictures[media]
            elif by_jetpack := rows.picture_by_jetpack(listed[number]):
                known[number] = by_jetpack
        return known

    def _learn_pictures(self, ids: Collection[str]) -> None:
        """That they can't be had once is enough for a poll."""
        if not ids or PICTURES in self._failed:
            return
        found = self.without(PICTURES, lambda: self._media(sorted(ids, key=int)))
        if found is not None:
            self._pictures |= found
            self._pictures_asked |= set(ids)

    def tags(self, told: Sequence[Any]) -> Mapping[str, tuple[Tag, ...]]:
        """The tags of each post of the rows *told*, by the post's number; unknown ones are left out.

        A blog may have ten thousand: those alone are asked for that these posts have, each once in a poll.
        """
        listed = by_number(told)
        wanted = {number: tags for number, row in listed.items() if (tags := rows.tag_numbers(row)) is not None}
        are_known = self._learn_tags({each for tags in wanted.values() for each in tags} - self._tags.keys())
        return {
            number: tuple(known for each in tags if (known := self._tags.get(each)))
            for number, tags in wanted.items()
            if are_known or not tags
        }

    def _learn_tags(self, ids: Collection[str]) -> bool:
        """Whether all of these are known by now; that they can't be had once is enough for a poll."""
        if not ids:
            return TAGS not in self._failed
        if TAGS in self._failed:
            return False
        found = self.without(TAGS, lambda: self._told("tags", rows.TAG_FIELDS, sorted(ids, key=int))[0])
        if found is None:
            return False
        shown = by_number(found)
        self._tags |= {number: readable(rows.tag, shown.get(number)) for number in ids}
        return True

    def _media(self, ids: Sequence[str]) -> dict[str, Image | None]:
        """By their numbers; one that can't be had alone, while others can, is left out."""
        told, refused = self._told("media", rows.MEDIA_FIELDS, ids)
        shown = {number: rows.picture(row) for number, row in by_number(told).items()}
        return {number: shown.get(number) for number in ids if number not in refused}

    def _told(self, route: str, fields: str, ids: Sequence[str]) -> tuple[list[Any], Collection[str]]:
        """The rows of these *ids*, and those that can't be had alone while others can."""
        refused: dict[str, SourceError] = {}
        told: list[Any] = []

        def alone(place: int, error: SourceError) -> None:
            refused[ids[place]] = error
            if len(refused) > _MOST_REFUSED or (len(refused) > 1 and not told):
                raise error

        places = self._api.chosen(route, ids, _fields=fields)
        for page in portions(places, self._sizes, route, alone):
            told += page.rows
        if refused and not told:
            raise next(iter(refused.values()))
        return told, refused.keys()

    def _all(self, route: str, fields: str) -> list[Any]:
        places = self._api.by_number(route, _fields=fields)
        return [row for page in portions(places, self._sizes, route, _not_alone) for row in page.rows]

    def without(self, what: str, ask: Callable[[], T]) -> T | None:
        """What *ask* has; ``None`` where it can't be had, and why is noted."""
        if what in self._resting or (self._behind_the_posts and self._was_refused):
            return None
        try:
            found = ask()
        except rows.Unreadable as reason:
            self._note(what, f"it can't be read: {reason}")
            return None
        except SourceError as error:
            self._note(what, str(error))
            if isinstance(error, Refused) and error.retry_after is not None:
                self._resting[what] = (self._now + error.retry_after).isoformat()
                if not self._behind_the_posts:
                    raise
                self._was_refused = True
            return None
        self._lacking.pop(what, None)
        return found

    def _note(self, what: str, why: str) -> None:
        self._failed.add(what)
        self._lacking[what] = one_line(why, _LONGEST)


def readable(read: Callable[[Any], T], row: Any) -> T | None:
    """What *read* makes of the *row*; ``None`` where it can't."""
    try:
        return read(row)
    except rows.Unreadable:
        return None


def _not_alone(_place: int, error: SourceError) -> None:
    """None of these is left out alone: all of them are had, or what was known stays."""
    raise error


def by_number(told: Iterable[Any]) -> dict[str, Any]:
    """Rows by the blog's number; those without one are left out."""
    return {number: row for row in told if (number := readable(rows.row_id, row))}
