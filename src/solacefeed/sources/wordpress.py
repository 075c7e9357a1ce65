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

What no answer shows is a plugin that writes into a text without moving its modified date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from solacefeed.errors import Refused, SourceError
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import Author, BlogInfo, CategoryNumber, SourceCategory, SourcePost, Stamp
from solacefeed.ports import Batch, Known
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.wordpress_api import PAGE, Api, CollectionPage

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
#: How security plugins keep the users' names to themselves.
_SHUT: Final = frozenset({401, 403, 404})

T = TypeVar("T")


class WordPressSource:
    """The blog at *url*; a ``ports.Source``.

    It remembers where the API (``api``) of which address (``home``) is, up to when it knows every change
    (``watermark``), when it last swept (``swept_at``), by how many posts the blog's own total then differed from ours
    (``gap``), and which posts are ``unsettled``.
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
        yield from poll.of_changes() if known.complete else poll.of_everything()


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
        self._users_were_asked = False

    def of_everything(self) -> Iterator[Batch]:
        site, categories = self._site(), self._categories()
        yield replace(categories, site=site, authors=self._authors())
        for page in self._api.pages("posts", _fields=rows.POST_FIELDS):
            yield self._taken(page)
        self._swept_at = self._now
        yield self._last(gap=len(self._unreadable))

    def of_changes(self) -> Iterator[Batch]:
        # In this order: WordPress lets what is due go live at the first request, and the total must know of it.
        modified, _ = self._listed(modified_after=_as_parameter(self._watermark - OVERLAP))
        newest = self._api.listing("posts", per_page=1, orderby="date", order="desc", _fields=rows.STAMP_FIELDS)
        categories = self._categories()
        yield categories
        yield from self._fetched(modified | self._stamped(newest.rows))
        gap = newest.total - len(self._stamps)
        if self._sweep_is_due(gap, categories.categories or ()):
            yield from self._sweep()
        else:
            yield self._last(gap=gap)

    # -- the sweep ------------------------------------------------------------------------------------

    def _sweep_is_due(self, gap: int, categories: Iterable[SourceCategory]) -> bool:
        return (
            self._known.memory.get("gap") != str(gap)
            or {category.number for category in categories} != {category.number for category in self._known.categories}
            or not timedelta() <= self._now - self._swept_at < SWEEP_EVERY
        )

    def _sweep(self) -> Iterator[Batch]:
        yield Batch(site=self._site(), authors=self._authors())
        listed, total = self._listed()
        yield from self._fetched(listed)
        absent = sorted(self._stamps.keys() - listed.keys(), key=int)
        gone = self._gone(absent[:MOST_ASKED], witness=self._witness(listed))
        for post_id in gone:
            del self._stamps[post_id]
        self._swept_at = self._now
        # While some are left to ask no gap is remembered, and the next poll sweeps again.
        yield self._last(gap=total - len(self._stamps) if len(absent) <= MOST_ASKED else None, gone=gone)

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

    def _listed(self, **filters: str) -> tuple[dict[str, Stamp | None], int]:
        """The stamps of all that pass the *filters*, and how many the blog says that they are."""
        pages = list(self._api.pages("posts", **filters, _fields=rows.STAMP_FIELDS))
        return self._stamped(row for page in pages for row in page.rows), pages[-1].total if pages else 0

    def _stamped(self, listed: Iterable[Any]) -> dict[str, Stamp | None]:
        """The stamps by id; ``None`` for one that can't be read."""
        ids = {post_id: row for row in listed if (post_id := _readable(rows.row_id, row))}
        stamps = {post_id: _readable(rows.stamp, row) for post_id, row in ids.items()}
        self._note(stamp.modified for stamp in stamps.values() if stamp)
        return stamps

    def _fetched(self, listed: dict[str, Stamp | None]) -> Iterator[Batch]:
        """Takes those of the *listed* posts whole that are unknown or have another stamp."""
        wanted = sorted((post_id for post_id, stamp in listed.items() if self._is_news(post_id, stamp)), key=int)
        for start in range(0, len(wanted), PAGE):
            ids = ",".join(wanted[start : start + PAGE])
            page = self._api.listing("posts", include=ids, orderby="id", per_page=PAGE, _fields=rows.POST_FIELDS)
            yield self._taken(page)

    def _is_news(self, post_id: str, stamp: Stamp | None) -> bool:
        if post_id in self._unreadable:
            return False
        known = self._stamps.get(post_id)
        return stamp is None or known is None or post_id in self._unsettled or _essence(stamp) != _essence(known)

    def _taken(self, page: CollectionPage) -> Batch:
        posts: list[SourcePost] = []
        unreadable: dict[str, str] = {}
        stamps: dict[str, Stamp] = {}
        for row in page.rows:
            try:
                posts.append(rows.post(row))
                stamps[rows.row_id(row)] = rows.stamp(row)
            except rows.Unreadable as reason:
                unreadable[_readable(rows.row_id, row) or "without an id"] = str(reason)
        self._stamps |= stamps
        self._unsettled -= stamps.keys()
        self._unsettled |= {post_id for post_id, stamp in stamps.items() if _is_young(stamp, page.answered_at)}
        self._unreadable |= unreadable
        self._note(stamp.modified for stamp in stamps.values())
        return Batch(authors=self._authors_of(posts), posts=tuple(posts), unreadable=unreadable)

    # -- the rest of the blog -------------------------------------------------------------------------

    def _site(self) -> BlogInfo:
        return self._all_or_nothing("its index", rows.site, [self._api.index(rows.SITE_FIELDS)])[0]

    def _categories(self) -> Batch:
        """All of them; one that can't be read stays as it is known, unless none can."""
        told = [row for page in self._api.pages("categories", _fields=rows.CATEGORY_FIELDS) for row in page.rows]
        known = {category.number: category for category in self._known.categories}
        read: list[SourceCategory] = []
        unreadable: dict[str, str] = {}
        for row in told:
            try:
                read.append(rows.category(row))
            except rows.Unreadable as reason:
                number = _readable(rows.row_id, row) or "without an id"
                unreadable[number] = str(reason)
                read += [known[it] for it in (CategoryNumber(number),) if it in known]
        if len(unreadable) == len(told) > 1:
            why = next(iter(unreadable.values()))
            raise SourceError(f"{self._api.root}: its categories can't be read: {why}")
        return Batch(categories=tuple(read), unreadable_categories=unreadable)

    def _authors_of(self, posts: Iterable[SourcePost]) -> tuple[Author, ...] | None:
        strangers = {post.author_id for post in posts} - {None} - self._known.authors.keys()
        return self._authors() if strangers and not self._users_were_asked else None

    def _authors(self) -> tuple[Author, ...] | None:
        """The users who have written something public; ``None`` where the blog keeps them to itself."""
        self._users_were_asked = True
        try:
            pages = list(self._api.pages("users", _fields=rows.AUTHOR_FIELDS))
        except Refused as refused:
            if refused.status in _SHUT:
                return None
            raise
        return tuple(author for page in pages for row in page.rows if (author := _readable(rows.author, row)))

    def _all_or_nothing(self, what: str, read: Callable[[Any], T], told: Iterable[Any]) -> tuple[T, ...]:
        try:
            return tuple(read(row) for row in told)
        except rows.Unreadable as reason:
            raise SourceError(f"{self._api.root}: {what} can't be read: {reason}") from reason

    # -- memory ---------------------------------------------------------------------------------------

    def _remembered(self, name: str) -> datetime:
        return datetime.fromisoformat(self._known.memory.get(name, "1970-01-01T00:00:00+00:00"))

    def _note(self, modified: Iterable[datetime]) -> None:
        # A date to come, as a plugin may write it, would hide every change until then.
        self._watermark = min(max((self._watermark, *modified)), self._now)

    def _last(self, *, gap: int | None, gone: dict[str, str] | None = None) -> Batch:
        memory = {
            "home": self._api.home,
            "api": self._api.root,
            "watermark": self._watermark.isoformat(),
            "swept_at": self._swept_at.isoformat(),
            "unsettled": " ".join(sorted(self._unsettled, key=int)),
        }
        return Batch(gone=gone or {}, memory=memory if gap is None else memory | {"gap": str(gap)}, complete=True)


def _essence(stamp: Stamp) -> tuple[datetime, str, str | None, frozenset[CategoryNumber]]:
    """What is compared; the order of categories means nothing."""
    return stamp.modified, stamp.url, stamp.author_id, frozenset(stamp.category_numbers)


def _is_young(stamp: Stamp, answered_at: datetime | None) -> bool:
    return answered_at is not None and abs(answered_at - stamp.modified) < SETTLES_AFTER


def _readable(read: Callable[[Any], T], row: Any) -> T | None:
    try:
        return read(row)
    except rows.Unreadable:
        return None


def _as_parameter(instant: datetime) -> str:
    """With a Z: without an offset WordPress takes it for the blog's local time."""
    return f"{max(instant, datetime(1970, 1, 1, tzinfo=UTC)):%Y-%m-%dT%H:%M:%SZ}"
