"""A WordPress blog as a source, over its REST API.

REST has no conditional GET, so a quiet poll is three small questions:

    what was modified since the watermark   edits
    the newest post, by no date filter      its X-WP-Total tells of new, gone and back-dated posts
    the categories                          renames, which modify no post

When the answers do not add up, and once a day, a *sweep* lists the stamp of every post: it finds what was back-dated,
scheduled, filed anew or removed. Absence from a list proves nothing: a post is gone when it is asked for by itself and
the blog says so, while it still answers for another.

Dates are whole seconds, so a post that was taken right after a change may have changed once more within the same
second: until the blog's own clock has moved on it is *unsettled*, and the next poll takes it again.

What a poll can do without is ``wordpress_besides``, how much is asked for at once ``wordpress_paging``, and which post
is to blame ``wordpress_alone``.

What no answer shows is a plugin that writes into a text without moving its modified date.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, Final

from solacefeed.errors import Refused, SourceError
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import Author, PostDetails, SourceCategory, SourcePost, Stamp
from solacefeed.ports import Batch, Known
from solacefeed.sources import found
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.found import LACKING, PICTURES, SITE
from solacefeed.sources.wordpress_alone import Alone
from solacefeed.sources.wordpress_api import Api
from solacefeed.sources.wordpress_besides import Besides, by_number, readable
from solacefeed.sources.wordpress_paging import CollectionPage, is_too_much, portions, sizes_of

#: WordPress compares its local dates, so the doubled hour in October needs one hour; the rest is for slow saves.
OVERLAP: Final = timedelta(hours=2)
SWEEP_EVERY: Final = timedelta(days=1)
#: How far the blog's clock must have moved on from a change before its date is believed to tell of the last one: a
#: second, and what a slow answer and several machines' clocks may be out by.
SETTLES_AFTER: Final = timedelta(minutes=1)
#: How many absent posts are asked for one by one in one poll; the others in the next.
MOST_ASKED: Final = 200

#: What the blog answers for a post that is not there (any more), and what that means.
_EVIDENCE: Final = {
    (404, "rest_post_invalid_id"): "deleted (404 rest_post_invalid_id)",
    (401, "rest_forbidden"): "withdrawn (401 rest_forbidden)",
}
#: Of how many posts that were taken over before anybody asked for them the pictures are looked at in one poll.
PICTURES_AT_ONCE: Final = 100
_ALL: Final = "all"


class WordPressSource:
    """The blog at *url*; a ``ports.Source``.

    It remembers where the API (``api``) of which address (``home``) is, up to when it knows every change
    (``watermark``), when it last swept (``swept_at``), by how many posts the blog's own total then differed from ours
    (``gap``), which posts are ``unsettled``, and up to which the pictures of those that were taken over before were
    looked at (``details``); where there is any, the page sizes that work (``sizes``), what could not be had
    (``lacking``), and behind which a post is that the blog won't even name (``unnamed``).
    """

    def __init__(self, client: HttpClient, url: str) -> None:
        self._client = client
        self._url = url

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields what changed since *known*: everything, page by page, until a first crawl was complete.

        Raises ``SourceError`` at the first answer that can't be believed.
        """
        root = known.memory.get("api") if known.memory.get("home") == self._url else None
        poll = Poll(Api(self._client, self._url, root, now), known, now)
        try:
            yield from poll.of_changes() if known.complete else poll.of_everything()
        except Refused:
            yield from poll.note_of_rest()
            raise


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
        self._sizes = sizes_of(known.memory, now)
        self._besides = Besides(api, self._sizes, known.memory, now)
        self._users_were_asked = False
        self._alone = Alone(api, known.posts.keys(), known.memory.get("unnamed", ""))
        #: The highest number of a post whose details were looked at; ``_ALL`` once every one was.
        self._looked_up_to = known.memory.get("details", "0" if known.complete else _ALL)

    def of_everything(self) -> Iterator[Batch]:
        pages = self._by_number("posts", rows.POST_FIELDS)
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
            yield self._taken(page)
        yield from self._left_out(whole=True)
        yield from self._rested()
        self._swept_at = self._now
        listed = frozenset(self._told | self._unreadable.keys() | self._alone.refused.keys())
        yield replace(self._last(gap=str(len(self._unreadable))), listed=listed)

    def of_changes(self) -> Iterator[Batch]:
        # In this order: WordPress lets what is due go live at the first request, and the total must know of it.
        modified, _ = yield from self._listed(modified_after=_as_parameter(self._watermark - OVERLAP))
        newest = self._api.listing("posts", per_page=1, orderby="date", order="desc", _fields=rows.STAMP_FIELDS)
        categories = self._besides.categories(self._known.categories)
        yield replace(categories, site=self._besides.site() if self._besides.lacks(SITE) else None)
        if not self._known.in_doubt:
            # What of those is which, only a list of all tells: then all are listed first.
            yield from self._fetched(modified | self._stamped(newest.rows))
        gap = self._gap(newest.total)
        if self._sweep_is_due(gap, categories.categories):
            yield from self._sweep()
        else:
            yield from self._details(again=False)
            yield from self._left_out(whole=False)
            yield from self._rested()
            yield self._last(gap=gap)

    # -- the sweep ------------------------------------------------------------------------------------

    def _gap(self, total: int | None) -> str:
        """By how many posts the blog's own total differs from ours; where it tells none, only time is due to sweep."""
        return "unknown" if total is None else str(total - len(self._stamps))

    def _sweep_is_due(self, gap: str, categories: Iterable[SourceCategory] | None) -> bool:
        numbers = {category.number for category in self._known.categories}
        return (
            bool(self._known.in_doubt)
            or self._known.memory.get("gap") != gap
            or (categories is not None and {category.number for category in categories} != numbers)
            or not timedelta() <= self._now - self._swept_at < SWEEP_EVERY
        )

    def _sweep(self) -> Iterator[Batch]:
        yield Batch(site=self._besides.site(), authors=self._authors())
        listed, total = yield from self._listed()
        yield Batch(listed=frozenset(listed), unchanged=frozenset(self._as_they_were(listed)))
        yield from self._fetched(listed)
        yield from self._details(again=True)
        yield from self._left_out(whole=True)
        absent = sorted(self._stamps.keys() - listed.keys(), key=int)
        gone = self._gone(absent[:MOST_ASKED], witness=self._witness(listed))
        for post_id in gone:
            del self._stamps[post_id]
        yield from self._rested()
        self._swept_at = self._now
        # While some are left to ask no gap is remembered, and the next poll sweeps again.
        yield self._last(gap=self._gap(total) if len(absent) <= MOST_ASKED else None, gone=gone)

    def _witness(self, listed: Iterable[str]) -> str | None:
        return next((post_id for post_id in listed if post_id in self._known.posts), None)

    def _gone(self, absent: list[str], *, witness: str | None) -> dict[str, str]:
        if not absent or witness is None:
            return {}
        refusals = {post_id: self._refusal(post_id) for post_id in absent}
        if self._refusal(witness):
            return {}  # The blog refuses what it has just listed: its refusals mean nothing now.
        evidence = {post_id: _EVIDENCE.get((no.status, no.code or "")) for post_id, no in refusals.items() if no}
        return {post_id: words for post_id, words in evidence.items() if words}

    def _refusal(self, post_id: str) -> Refused | None:
        return self._api.refusal(f"posts/{post_id}", _fields="id")

    # -- posts ----------------------------------------------------------------------------------------

    def _by_number(self, what: str, fields: str, **filters: str) -> Iterator[CollectionPage]:
        """Every page of posts; *what* tells apart whole ones and their stamps, which may work by other sizes."""
        places = self._api.by_number("posts", **filters, _fields=fields)

        def alone(place: int, error: SourceError) -> None:
            self._alone.blame(partial(self._alone.name_at, place, places.last_id), error)

        for page in portions(places, self._sizes, what, alone):
            self._alone.another_answers(page.rows, whole=what == "posts")
            yield page
        self._alone.all_came()

    def _listed(self, **filters: str) -> Generator[Batch, None, tuple[dict[str, Stamp | None], int | None]]:
        """The stamps of all that pass the *filters*, and how many the blog says that they are."""
        stamps: dict[str, Stamp | None] = {}
        total: int | None = None
        for page in self._by_number("stamps", rows.STAMP_FIELDS, **filters):
            stamps |= self._stamped(page.rows)
            total = total if page.total is None else page.total
            # It says nothing; who waits may end the poll here.
            yield Batch()
        return stamps, total

    def _stamped(self, listed: Iterable[Any]) -> dict[str, Stamp | None]:
        """The stamps by id; ``None`` for one that can't be read."""
        stamps = {post_id: readable(self._stamp_of, row) for post_id, row in by_number(listed).items()}
        self._note(stamp.modified for stamp in stamps.values() if stamp)
        return stamps

    def _stamp_of(self, row: Any) -> Stamp:
        return rows.stamp(row, self._api.home)

    def _fetched(self, listed: dict[str, Stamp | None]) -> Iterator[Batch]:
        """Takes those of the *listed* posts whole that are unknown or have another stamp."""
        wanted = sorted((post_id for post_id, stamp in listed.items() if self._is_news(post_id, stamp)), key=int)
        for page in self._chosen(wanted, "posts", rows.POST_FIELDS):
            yield self._taken(page)

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
        return stamp is None or known is None or post_id in self._unsettled or _differ(stamp, known)

    def _taken(self, page: CollectionPage) -> Batch:
        posts: list[SourcePost] = []
        unreadable: dict[str, str] = {}
        stamps: dict[str, Stamp] = {}
        for row in page.rows:
            try:
                posts.append(rows.post(row, self._api.home))
                stamps[rows.row_id(row)] = self._stamp_of(row)
            except rows.Unreadable as reason:
                unreadable[readable(rows.row_id, row) or "without an id"] = str(reason)
        self._stamps |= stamps
        self._told |= stamps.keys()
        self._unsettled -= stamps.keys()
        self._unsettled |= {post_id for post_id, stamp in stamps.items() if _is_young(stamp, page.answered_at)}
        self._unreadable |= unreadable
        self._note(stamp.modified for stamp in stamps.values())
        pictured = tuple(self._with_pictures(posts, page.rows))
        return Batch(authors=self._authors_of(posts), posts=pictured, unreadable=unreadable)

    def _left_out(self, *, whole: bool) -> Iterator[Batch]:
        """Posts that the blog refused each alone, while it answered for others; *whole* where all were asked for."""
        self._unreadable |= self._alone.refused
        no_more = self._alone.named(whole=whole)
        if self._alone.refused or no_more:
            yield Batch(unreadable=dict(self._alone.refused), read_again=no_more)

    # -- beside the text ------------------------------------------------------------------------------

    def _with_pictures(self, posts: Iterable[SourcePost], told: Sequence[Any]) -> Iterator[SourcePost]:
        pictures = self._besides.pictures(told)
        for post in posts:
            if post.number is not None and post.number in pictures:
                yield replace(post, picture=pictures[post.number], picture_known=True)
            else:
                yield post
        if self._besides.has_failed(PICTURES):
            # Once they can be had again, all posts are looked at anew.
            self._looked_up_to = "0"

    def _details(self, *, again: bool) -> Iterator[Batch]:
        """Looks at the next posts that were taken over when nobody asked for their pictures and languages.

        While pictures can't be had that is tried *again* once a day.
        """
        if self._looked_up_to == _ALL or (self._besides.lacks(PICTURES) and not again):
            return
        waiting = sorted(int(post_id) for post_id in self._stamps if int(post_id) > int(self._looked_up_to))
        ids = [str(number) for number in waiting[:PICTURES_AT_ONCE]]
        for page in self._chosen(ids, "details", f"id,{rows.DETAIL_FIELDS}"):
            yield Batch(details=self._read_details(page.rows))
        if not self._besides.has_failed(PICTURES):
            self._looked_up_to = ids[-1] if len(ids) < len(waiting) else _ALL

    def _read_details(self, told: Sequence[Any]) -> dict[str, PostDetails]:
        pictures = self._besides.pictures(told)
        return {
            number: PostDetails(
                picture=pictures.get(number), picture_known=number in pictures, language=rows.language(row)
            )
            for number, row in by_number(told).items()
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
                case found.PICTURES:
                    yield from self._details(again=True)

    # -- memory ---------------------------------------------------------------------------------------

    def _remembered(self, name: str) -> datetime:
        return datetime.fromisoformat(self._known.memory.get(name, "1970-01-01T00:00:00+00:00"))

    def _note(self, modified: Iterable[datetime]) -> None:
        # A date to come, as a plugin may write it, would hide every change until then.
        self._watermark = min(max((self._watermark, *modified)), self._now)

    def note_of_rest(self) -> Iterator[Batch]:
        """What is to be remembered where something that a poll can do without asked for rest, and ended this one."""
        resting = self._besides.resting()
        if resting is not None and resting != self._known.memory.get(found.RESTING):
            noted = {"home": self._api.home, "api": self._api.root, found.RESTING: resting}
            yield Batch(memory={**self._known.memory, **noted, LACKING: self._besides.written() or "{}"})

    def _last(self, *, gap: str | None, gone: dict[str, str] | None = None) -> Batch:
        memory = {
            "home": self._api.home,
            "api": self._api.root,
            "watermark": self._watermark.isoformat(),
            "swept_at": self._swept_at.isoformat(),
            "unsettled": " ".join(sorted(self._unsettled, key=int)),
            "details": self._looked_up_to,
            "gap": gap,
            "sizes": self._sizes.written(),
            "unnamed": self._alone.unnamed() or None,
            LACKING: self._besides.written(),
            found.RESTING: self._besides.resting(),
        }
        told = {name: value for name, value in memory.items() if value is not None}
        return Batch(gone=gone or {}, memory=told, complete=True)


def _differ(told: Stamp, known: Stamp) -> bool:
    """Whether the blog tells another thing than is known; what it does not tell is no news."""
    return (
        (told.modified, told.url) != (known.modified, known.url)
        or told.author_id not in (None, known.author_id)
        or (told.category_numbers is not None and set(told.category_numbers) != set(known.category_numbers or ()))
    )


def _is_young(stamp: Stamp, answered_at: datetime | None) -> bool:
    return answered_at is not None and abs(answered_at - stamp.modified) < SETTLES_AFTER


def _as_parameter(instant: datetime) -> str:
    """With a Z: without an offset WordPress takes it for the blog's local time."""
    return f"{max(instant, datetime(1970, 1, 1, tzinfo=UTC)):%Y-%m-%dT%H:%M:%SZ}"
