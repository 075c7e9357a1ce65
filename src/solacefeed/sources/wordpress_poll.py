"""One poll of a WordPress blog over its REST API: what is asked, in which order, and what it learns.

REST has no conditional GET, so a quiet poll is three small questions:

    what was modified since the watermark   edits
    the newest post, by no date filter      its X-WP-Total tells of new, gone and back-dated posts
    the categories                          renames, which modify no post

When the answers do not add up, and once a day, a *sweep* lists the stamp of every post: it finds what was back-dated,
scheduled, filed anew or removed (``wordpress_removals``).

Dates are whole seconds, so a post that was taken right after a change may have changed once more within the same
second: until the blog's own clock has moved on it is *unsettled*, and the next poll takes it again.

What a poll can do without is ``wordpress_besides``, how much is asked for at once ``wordpress_paging``, and which post
is to blame ``wordpress_alone``.

A poll that is cut off leaves how far it came with what was kept (``wordpress_progress``); the next goes on there.
What no answer shows is a plugin that writes into a text without moving its modified date.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, Final

from solacefeed.errors import SourceError
from solacefeed.models.blog import Author, PostDetails, SourceCategory, SourcePost, Stamp
from solacefeed.ports import Batch, Known
from solacefeed.sources import found
from solacefeed.sources import wordpress_removals as removals
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.found import LACKING, PICTURES, SITE, TAGS
from solacefeed.sources.wordpress_alone import Alone
from solacefeed.sources.wordpress_api import Api
from solacefeed.sources.wordpress_besides import Besides, by_number, readable
from solacefeed.sources.wordpress_paging import CollectionPage, id_of, is_too_much, portions, sizes_of
from solacefeed.sources.wordpress_progress import CRAWL, MODIFIED, MOST_OWED, SWEEP, Progress, Ways

#: WordPress compares its local dates, so the doubled hour in October needs one hour; the rest is for slow saves.
OVERLAP: Final = timedelta(hours=2)
SWEEP_EVERY: Final = timedelta(days=1)
#: How far the blog's clock must have moved on from a change before its date is believed to tell of the last one: a
#: second, and what a slow answer and several machines' clocks may be out by.
SETTLES_AFTER: Final = timedelta(minutes=1)
#: Of how many posts that were taken over before anybody asked for them the pictures are looked at in one poll.
PICTURES_AT_ONCE: Final = 100
_ALL: Final = "all"


class Poll:
    """One poll, and what it has learnt so far."""

    def __init__(self, api: Api, known: Known, now: datetime) -> None:
        self._api = api
        self._known = known
        self._now = now
        self._stamps = dict(known.posts)
        self._watermark = self._remembered("watermark")
        self._swept_at = self._remembered("swept_at")
        self._unsettled = set(known.memory.get("unsettled", "").split()) & known.posts.keys()
        self._unreadable: dict[str, str] = {}
        self._told: set[str] = set()
        self._ways = Ways(known.memory if known.memory.get("home") == api.home else {}, now)
        self._sizes = sizes_of(known.memory, now)
        self._besides = Besides(api, self._sizes, known.memory, now)
        self._users_were_asked = False
        #: Only the end of a poll changes it.
        self._kept_gap = known.memory.get("gap")
        self._alone = Alone(api, known.posts.keys(), known.memory.get("unnamed", ""))
        #: The highest number of a post whose details were looked at; ``_ALL`` once every one was.
        self._looked_up_to = known.memory.get("beside", "0" if known.complete else _ALL)

    def of_everything(self) -> Iterator[Batch]:
        crawl = self._ways.begin(CRAWL)
        pages = self._by_number("posts", rows.POST_FIELDS, crawl) if not crawl.over else iter(())
        # Before anything is given: where posts are shut to us, another kind of source has its turn.
        try:
            first = next(pages, None)
        except SourceError as error:
            if is_too_much(error) and (site := self._besides.site()):
                # The API is there, and has a bad day: no weaker kind shall have the first word.
                yield Batch(site=site)
            raise
        site, categories = self._besides.site(), self._besides.categories(self._known.categories)
        yield replace(categories, site=site, authors=self._authors())
        for page in chain([first] if first else [], pages):
            yield self._on_the_way(self._taken(page))
        if crawl.is_resumed:
            # What came, changed or went behind us in the meantime is found before anything counts as complete.
            crawl.over = True
            yield self._on_the_way(Batch())
            yield from self._swept()
            return
        yield from self._left_out(behind=0)
        yield from self._rested()
        self._swept_at = self._now
        self._ways.end(CRAWL)
        listed = frozenset(self._told | self._unreadable.keys() | self._alone.refused.keys())
        yield replace(self._last(gap=str(len(self._unreadable))), listed=listed)

    def of_changes(self) -> Iterator[Batch]:
        # In this order: WordPress lets what is due go live at the first request, and the total must know of it.
        modified = self._ways.begin(MODIFIED, since=_as_parameter(self._watermark - OVERLAP))
        yield from self._listed(modified, modified_after=modified.since or "")
        newest = self._api.listing("posts", per_page=1, orderby="date", order="desc", _fields=rows.STAMP_FIELDS)
        categories = self._besides.categories(self._known.categories)
        yield replace(categories, site=self._besides.site() if self._besides.lacks(SITE) else None)
        self._owe(modified, self._stamped(newest.rows))
        if self._has_just_swept():
            modified.owed += self._known.in_doubt - set(modified.owed)
        if not self._known.in_doubt or self._has_just_swept():
            # What of those is which, only a list of all tells: else all are listed first.
            yield from self._fetched(modified)
            self._ways.end(MODIFIED)
        gap = self._gap(newest.total)
        if self._sweep_is_due(gap, categories.categories):
            if not self._ways.is_under_way(SWEEP):
                yield Batch(site=self._besides.site(), authors=self._authors())
            yield from self._swept()
        else:
            yield from self._details(again=False)
            yield from self._left_out(behind=None)
            yield from self._rested()
            yield self._last(gap=gap)

    # -- the sweep ------------------------------------------------------------------------------------

    def _gap(self, total: int | None) -> str:
        """By how many posts the blog's own total differs from ours; where it tells none, only time is due to sweep."""
        return "unknown" if total is None else str(total - len(self._stamps))

    def _sweep_is_due(self, gap: str, categories: Iterable[SourceCategory] | None) -> bool:
        numbers = {category.number for category in self._known.categories}
        return (
            self._ways.is_under_way(SWEEP)
            or bool(self._known.in_doubt and not self._has_just_swept())
            or self._known.memory.get("gap") != gap
            or (categories is not None and {category.number for category in categories} != numbers)
            or not timedelta() <= self._now - self._swept_at < SWEEP_EVERY
        )

    def _has_just_swept(self) -> bool:
        """Whether this very look has swept already: once more would not tell what that could not."""
        return self._known.complete and self._swept_at == self._now

    def _swept(self) -> Iterator[Batch]:
        sweep = self._ways.begin(SWEEP)
        listed, total = yield from self._listed(sweep, all_of_them=True)
        # What was listed days ago is no word on what stands there now; and no later poll could list more at once.
        whole, unchanged = None if sweep.is_resumed else frozenset(listed), frozenset(self._as_they_were(listed))
        yield Batch(listed=whole, unchanged=unchanged, last_word=sweep.is_resumed)
        yield from self._fetched(sweep)
        yield from self._details(again=True)
        yield from self._left_out(behind=sweep.resumed_behind or 0)
        absent = [post_id for post_id in sweep.absent if post_id in self._stamps]
        witness = removals.witness(listed, self._known.posts, absent)
        gone = removals.gone(self._api, absent[: removals.MOST_ASKED], witness)
        for post_id in gone:
            del self._stamps[post_id]
        yield from self._rested()
        self._swept_at = self._now
        for way in (SWEEP, CRAWL, MODIFIED):
            self._ways.end(way)
        # While some are left to ask no gap is remembered, and the next poll sweeps again.
        gap = self._gap(total) if len(absent) <= removals.MOST_ASKED else None
        yield self._last(gap=gap, gone=gone)

    # -- posts ----------------------------------------------------------------------------------------

    def _by_number(self, what: str, fields: str, way: Progress, **filters: str) -> Iterator[CollectionPage]:
        """Every page of posts on the *way*; *what* tells apart whole ones and stamps, which may work by other sizes."""
        places = self._api.by_number("posts", way, **filters, _fields=fields)

        def alone(place: int, error: SourceError) -> None:
            self._alone.blame(partial(self._alone.name_at, place, places.last_id), error)

        for page in portions(places, self._sizes, what, alone):
            self._alone.another_answers(page.rows, whole=what == "posts")
            way.last_id, way.taken, way.page = places.last_id, places.taken, places.page
            yield page
        self._alone.all_came()

    def _listed(
        self, way: Progress, *, all_of_them: bool = False, **filters: str
    ) -> Generator[Batch, None, tuple[dict[str, Stamp | None], int | None]]:
        """The stamps of what this poll lists on the *way*, and how many the blog says that all are.

        What is news is owed from now on, and what is not there is noted, where *all of them* are to be listed.
        """
        stamps, total = dict[str, Stamp | None](), None
        if way.over:
            return stamps, total
        known, before = sorted(map(int, self._stamps)) if all_of_them else [], way.last_id
        for page in self._by_number("stamps", rows.STAMP_FIELDS, way, **filters):
            told = self._stamped(page.rows)
            stamps |= told
            total = total if page.total is None else page.total
            self._owe(way, told)
            way.absent += removals.missing(known, before, way.last_id, told)
            before = way.last_id
            # Who waits may end the poll here.
            yield self._on_the_way(Batch())
            if len(way.owed) >= MOST_OWED:
                yield from self._fetched(way)
        way.absent += removals.missing(known, before, None, ())
        way.over = True
        if way.is_resumed:
            yield self._on_the_way(Batch())
        return stamps, total

    def _stamped(self, listed: Iterable[Any]) -> dict[str, Stamp | None]:
        """The stamps by id; ``None`` for one that can't be read."""
        stamps = {
            post_id: readable(partial(rows.stamp, home=self._api.home), row)
            for post_id, row in by_number(listed).items()
        }
        self._note(stamp.modified for stamp in stamps.values() if stamp)
        return stamps

    def _owe(self, way: Progress, listed: dict[str, Stamp | None]) -> None:
        """Those of the *listed* posts are to be taken whole that are unknown or have another stamp."""
        owed = set(way.owed)
        way.owed += [
            post_id for post_id, stamp in listed.items() if post_id not in owed and self._is_news(post_id, stamp)
        ]

    def _fetched(self, way: Progress) -> Iterator[Batch]:
        """Takes whole what is owed."""
        way.owed.sort(key=int)
        for page in self._chosen(way.owed, "posts", rows.POST_FIELDS):
            batch = self._taken(page)
            way.fetched_up_to(max(map(id_of, page.rows), default=0))
            yield self._on_the_way(batch)
        way.owed = []

    def _on_the_way(self, batch: Batch) -> Batch:
        """The *batch*, with how far this poll has come by it."""
        refused = self._alone.not_yet_told()
        self._unreadable |= refused
        return replace(batch, unreadable={**batch.unreadable, **refused}, memory=self._memory())

    def _as_they_were(self, listed: dict[str, Stamp | None]) -> set[str]:
        news = {post_id for post_id, stamp in listed.items() if self._is_news(post_id, stamp)}
        return listed.keys() - news - self._told - self._unreadable.keys()

    def _chosen(self, ids: Sequence[str], what: str, fields: str) -> Iterator[CollectionPage]:
        """The pages of the posts of these *ids*."""
        if not ids:
            return
        places = self._api.chosen("posts", ids, _fields=fields)

        def alone(place: int, error: SourceError) -> None:
            self._alone.blame(lambda: ids[place], error, but=ids[place])

        for page in portions(places, self._sizes, what, alone):
            self._alone.another_answers(page.rows, whole=what == "posts")
            yield page
        self._alone.all_came()

    def _is_news(self, post_id: str, stamp: Stamp | None) -> bool:
        if post_id in self._unreadable or post_id in self._alone.refused:
            return False
        known = self._stamps.get(post_id)
        if post_id in self._known.in_doubt and post_id not in self._told:
            return True
        return stamp is None or known is None or post_id in self._unsettled or rows.differ(stamp, known)

    def _taken(self, page: CollectionPage) -> Batch:
        posts: list[SourcePost] = []
        unreadable: dict[str, str] = {}
        stamps: dict[str, Stamp] = {}
        for row in page.rows:
            try:
                posts.append(rows.post(row, self._api.home))
                stamps[rows.row_id(row)] = rows.stamp(row, self._api.home)
            except rows.Unreadable as reason:
                unreadable[readable(rows.row_id, row) or "without an id"] = str(reason)
        self._stamps |= stamps
        self._told |= stamps.keys()
        self._unsettled -= stamps.keys()
        self._unsettled |= {post_id for post_id, stamp in stamps.items() if _is_young(stamp, page.answered_at)}
        self._unreadable |= unreadable
        self._note(stamp.modified for stamp in stamps.values())
        whole = tuple(self._with_details(posts, page.rows))
        return Batch(authors=self._authors_of(posts), posts=whole, unreadable=unreadable)

    def _left_out(self, *, behind: int | None) -> Iterator[Batch]:
        """Posts that the blog refused each alone while it answered for others; *behind* a number all were asked for."""
        last = self._on_the_way(Batch(read_again=self._alone.named(behind=behind)))
        if last.unreadable or last.read_again:
            yield last

    # -- beside the text ------------------------------------------------------------------------------

    def _with_details(self, posts: Iterable[SourcePost], told: Sequence[Any]) -> Iterator[SourcePost]:
        pictures, tags = self._besides.pictures(told), self._besides.tags(told)
        for post in posts:
            number = post.number or ""
            known = number in pictures
            yield replace(post, picture=pictures.get(number), picture_known=known, tags=tags.get(number))
        if self._besides.has_failed(PICTURES, TAGS):
            # Once they can be had again, all posts are looked at anew.
            self._looked_up_to = "0"

    def _details(self, *, again: bool) -> Iterator[Batch]:
        """Looks at the next posts that were taken over when nobody asked for their pictures, tags and languages.

        While one of those can't be had that is tried *again* once a day.
        """
        if self._looked_up_to == _ALL or (self._besides.lacks(PICTURES, TAGS) and not again):
            return
        waiting = sorted(int(post_id) for post_id in self._stamps if int(post_id) > int(self._looked_up_to))
        ids = [str(number) for number in waiting[:PICTURES_AT_ONCE]]
        for page in self._chosen(ids, "details", f"id,{rows.DETAIL_FIELDS}"):
            yield Batch(details=self._read_details(page.rows))
        if not self._besides.has_failed(PICTURES, TAGS):
            self._looked_up_to = ids[-1] if len(ids) < len(waiting) else _ALL

    def _read_details(self, told: Sequence[Any]) -> dict[str, PostDetails]:
        pictures, tags = self._besides.pictures(told), self._besides.tags(told)
        return {
            number: PostDetails(
                picture=pictures.get(number), picture_known=number in pictures, tags=tags.get(number), language=language
            )
            for number, language in ((each, rows.language(row)) for each, row in by_number(told).items())
        }

    def _authors_of(self, posts: Iterable[SourcePost]) -> tuple[Author, ...] | None:
        strangers = {post.author_id for post in posts} - {None} - self._known.authors.keys()
        return self._authors() if strangers and not self._users_were_asked else None

    def _authors(self) -> tuple[Author, ...] | None:
        self._users_were_asked = True
        return self._besides.authors()

    def _rested(self) -> Iterator[Batch]:
        """Asks behind all posts for what asked for rest before, and has had it."""
        for what in self._besides.rested():
            match what:
                case found.SITE:
                    yield Batch(site=self._besides.site())
                case found.CATEGORIES:
                    yield self._besides.categories(self._known.categories)
                case found.AUTHORS:
                    yield Batch(authors=self._authors())
                case found.PICTURES | found.TAGS:
                    yield from self._details(again=True)

    # -- memory ---------------------------------------------------------------------------------------

    def _remembered(self, name: str) -> datetime:
        return datetime.fromisoformat(self._known.memory.get(name, "1970-01-01T00:00:00+00:00"))

    def _note(self, modified: Iterable[datetime]) -> None:
        # A date to come, as a plugin may write it, would hide every change until then; and a late one what changed
        # behind a poll that is still under way.
        self._watermark = min(max((self._watermark, *modified)), self._ways.begun)

    def note_of_rest(self) -> Iterator[Batch]:
        """What is to be remembered where something that a poll can do without asked for rest, and ended this one."""
        resting = self._besides.resting()
        if resting is not None and resting != self._known.memory.get(found.RESTING):
            noted = {"home": self._api.home, "api": self._api.root, found.RESTING: resting}
            yield Batch(memory={**self._known.memory, **noted, LACKING: self._besides.written() or "{}"})

    def _last(self, *, gap: str | None, gone: dict[str, str] | None = None) -> Batch:
        self._kept_gap = gap
        return Batch(gone=gone or {}, memory=self._memory(), complete=True)

    def _memory(self) -> dict[str, str]:
        memory = {
            "home": self._api.home,
            "api": self._api.root,
            "watermark": self._watermark.isoformat(),
            "swept_at": self._swept_at.isoformat(),
            "unsettled": " ".join(sorted(self._unsettled, key=int)),
            "beside": self._looked_up_to,
            "sizes": self._sizes.written(),
            "unnamed": self._alone.unnamed() or None,
            LACKING: self._besides.written(),
            found.RESTING: self._besides.resting(),
            "gap": self._kept_gap,
            **self._ways.written(),
        }
        return {name: value for name, value in memory.items() if value is not None}


def _is_young(stamp: Stamp, answered_at: datetime | None) -> bool:
    return answered_at is not None and abs(answered_at - stamp.modified) < SETTLES_AFTER


def _as_parameter(instant: datetime) -> str:
    """With a Z: without an offset WordPress takes it for the blog's local time."""
    return f"{max(instant, datetime(1970, 1, 1, tzinfo=UTC)):%Y-%m-%dT%H:%M:%SZ}"
