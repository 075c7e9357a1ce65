"""Feeds as a source: Atom, RSS or JSON Feed, one for the blog or one a category.

A feed shows the newest posts, so each poll reads on towards older ones until a page shows nothing new: to the end of
all pages in the first crawl. The way there is ``prev-archive`` or ``next`` (RFC 5005), JSON Feed's ``next_url``, or
WordPress's ``?paged=N``. A way back that a poll's bounds cut off is gone on with by the next poll, after its news.

What a poll can't see, and what is done about it:

    304 says that nothing newer was published, and no more     every day the feed is asked without conditions
    an edit further back moves the validators, no first page   all pages are read, once a day at most
    a post of an old date, a rename of a category              all pages are read every week
    a removal                                                  nothing: absence means nothing, ``gone`` stays empty

WordPress cuts a post with page breaks (``<!--nextpage-->``) to its first page, and names tags like categories.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode

from solacefeed.addresses import parsed
from solacefeed.errors import BrokenOff, CutOff, Refused
from solacefeed.http_client.answer import Answer
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import BlogInfo, Grade, SourcePost
from solacefeed.ports import Batch, Known
from solacefeed.posts.identity import called, canonical
from solacefeed.sources import answers, feed_answers, former_marks
from solacefeed.sources.answers import asks_for_rest
from solacefeed.sources.feed_entry import FeedPage
from solacefeed.stable import stable_hash
from solacefeed.text.characters import shorten
from solacefeed.text.clean import plain

LOOK_EVERY: Final = timedelta(days=1)
SWEEP_EVERY: Final = timedelta(days=7)
MOST_PAGES: Final = 2_000
#: How many of the newest posts are remembered, of all feeds together: 17 bytes each.
MOST_REMEMBERED: Final = 2_000

#: How many posts, and characters of them, are handed on at once.
_BATCH: Final = 100
_BATCH_CHARACTERS: Final = 4_000_000
#: Hexadecimal digits of a digest.
_DIGEST: Final = 8
#: Characters of what a feed says of its blog.
_LONGEST: Final = 500
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class FeedSource:
    """The blog whose feed is at *url*, or whose feeds are at each *url*; a ``ports.Source``.

    A post that several feeds show is taken from the first of them. For each feed is remembered what ``_Notes`` holds.
    One crawl goes back *most_pages* at most.
    """

    def __init__(self, client: HttpClient, url: str | Sequence[str], *, most_pages: int = MOST_PAGES) -> None:
        self._client = client
        self._urls = (url,) if isinstance(url, str) else tuple(dict.fromkeys(url))
        self._most_pages = most_pages

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields what changed since *known*, page by page: everything until a first crawl was complete.

        A feed that refuses does not stop the others, unless its blog asks for rest: then the first ``Refused`` is
        raised at the end. Any other ``SourceError`` is raised at once, and so is ``CutOff``, by which a feed's way back
        is remembered as far as it was gone.
        """
        memory: dict[str, str] = {}
        refusals: list[Refused] = []
        deep: list[str] = []
        met: set[str] = set()
        for url in self._urls:
            notes = _Notes.of(known.memory.get(url, ""))
            walk = _Walk(self._client, url, notes, now, met, known.again)
            try:
                yield from walk.changes(first=not known.complete, most_pages=self._most_pages)
            except Refused as refused:
                if asks_for_rest(refused):
                    raise
                refusals.append(refused)
            except (BrokenOff, CutOff):
                memory[url] = notes.written(MOST_REMEMBERED // len(self._urls))
                yield Batch(grade=Grade.FEED, memory={**known.memory, **memory})
                raise
            memory[url] = notes.written(MOST_REMEMBERED // len(self._urls))
            deep += [url] if walk.has_more else []
        if refusals:
            raise refusals[0]
        yield Batch(grade=Grade.FEED, memory=memory, complete=True)
        if deep:
            raise CutOff(f"{deep[0]}: leads back more than {self._most_pages} pages; what is behind them is not read")


@dataclass(slots=True, kw_only=True)
class _Notes:
    """What is remembered of one feed."""

    #: The validators of its first page, as they were answered.
    etag: str | None = None
    modified: str | None = None
    title: str | None = None
    #: When it was last read without conditions, and when to its end.
    looked_at: datetime = _NEVER
    swept_at: datetime = _NEVER
    #: Something changed that no first page shows, and nobody has gone to look for it.
    hinted: bool = False
    #: How many pages of a way back were read that was cut off, and where the next one is.
    reached: tuple[int, str] | None = None
    #: A digest of each of the newest posts, by a digest of its key; the newest first.
    seen: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, written: str) -> Self:
        if not written:
            return cls()
        told = json.loads(written)
        return cls(
            etag=told["etag"],
            modified=told["modified"],
            title=told["title"],
            looked_at=datetime.fromisoformat(told["looked_at"]),
            swept_at=datetime.fromisoformat(told["swept_at"]),
            hinted=told["hinted"],
            reached=_place(told.get("reached")),
            seen={pair[:_DIGEST]: pair[_DIGEST:] for pair in told["seen"].split()},
        )

    def written(self, most: int) -> str:
        newest = list(self.seen.items())[:most]
        return json.dumps(
            {
                "etag": self.etag,
                "modified": self.modified,
                "title": self.title,
                "looked_at": self.looked_at.isoformat(),
                "swept_at": self.swept_at.isoformat(),
                "hinted": self.hinted,
                "reached": self.reached,
                "seen": " ".join(key + digest for key, digest in newest),
            }
        )


class _Walk:
    """One way through one feed, from its newest posts on."""

    def __init__(
        self, client: HttpClient, url: str, notes: _Notes, now: datetime, met: set[str], again: frozenset[str]
    ) -> None:
        self._client = client
        #: What posts are called that are handed on also as they were, and which of them no page has shown.
        self._again = again
        self._missing = again - {called(key) for key in met}
        self._url = url
        self._notes = notes
        self._now = now
        #: The keys of the posts that this poll has met, in whichever feed.
        self._met = met
        #: Those of this feed.
        self._shown: set[str] = set()
        #: The number and the address of the page that is asked next.
        self._next: tuple[int, str] | None = None
        #: It has come to the way back that was cut off before.
        self._goes_back = False
        #: The way back goes on behind the last page that is believed in.
        self.has_more = False

    def changes(self, *, first: bool, most_pages: int) -> Iterator[Batch]:
        notes = self._notes
        resumed = notes.reached is not None
        sweeping = not resumed and (first or self._is_due(notes.swept_at, SWEEP_EVERY) or self._owes_a_sweep())
        looking = bool(resumed or sweeping or self._missing or self._is_due(notes.looked_at, LOOK_EVERY))
        answer = self._asked(self._url) if looking else self._asked_if_changed()
        if answer.status == HTTPStatus.NOT_MODIFIED and not looking:
            return
        touched: dict[str, str] = {}
        try:
            for number, page in enumerate(self._pages(answer, 1, self._url, most_pages), start=1):
                changed = self._changed(page, touched)
                if number == 1 and not changed:
                    notes.hinted = notes.hinted or self._moved(answer)
                site = self._site(page, first) if number == 1 else None
                yield from self._batches(page, changed, site)
                if not changed and not (sweeping or self._missing or self._owes_a_sweep()):
                    break
            else:
                self._have_swept(resumed)
            if resumed and notes.reached is not None:
                yield from self._resumed(notes.reached, touched, most_pages)
        except (BrokenOff, CutOff):
            # What was handed on is not handed on again, and the way back is gone on with; after all news, though.
            among_news = resumed and not self._goes_back
            notes.reached = notes.reached if among_news else self._next or notes.reached
            self._settle(answer, {} if among_news else touched, looking=looking)
            raise
        self._settle(answer, touched, looking=looking)

    def _settle(self, answer: Answer, touched: dict[str, str], *, looking: bool) -> None:
        notes = self._notes
        self._met |= self._shown
        notes.looked_at = self._now if looking else notes.looked_at
        notes.etag, notes.modified = _validators(answer)
        notes.seen = touched | {key: digest for key, digest in notes.seen.items() if key not in touched}

    def _resumed(self, reached: tuple[int, str], touched: dict[str, str], most_pages: int) -> Iterator[Batch]:
        """Goes on with a way back that was cut off."""
        self._goes_back, self._next = True, reached
        number, url = reached
        answer = self._asked(url)
        if answer.status not in _GONE:
            for page in self._pages(answer, number, url, most_pages):
                yield from self._batches(page, self._changed(page, touched), None)
        self._have_swept(False)

    def _have_swept(self, resumed: bool) -> None:
        if not resumed:
            self._notes.swept_at, self._notes.hinted, self._notes.reached = self._now, False, None

    def _batches(self, page: FeedPage, changed: dict[str, SourcePost], site: BlogInfo | None) -> Iterator[Batch]:
        """What changed on *page*, some posts at a time."""
        first, *others = _some_at_a_time(self._unmet(changed))
        yield Batch(grade=Grade.FEED, site=site, posts=first, unreadable=page.unreadable)
        for posts in others:
            yield Batch(grade=Grade.FEED, posts=posts)

    def _owes_a_sweep(self) -> bool:
        return self._notes.hinted and self._is_due(self._notes.swept_at, LOOK_EVERY)

    def _moved(self, answer: Answer) -> bool:
        before = (self._notes.etag, self._notes.modified)
        return any(before) and before != _validators(answer)

    def _is_due(self, last: datetime, every: timedelta) -> bool:
        return not timedelta() <= self._now - last < every

    # -- asking ---------------------------------------------------------------------------------------

    def _asked(self, url: str) -> Answer:
        return answers.asked(self._client, url, accept=feed_answers.ACCEPT)

    def _asked_if_changed(self) -> Answer:
        # WordPress wants both validators to match where both are sent, and its ETag moves also when its date goes back.
        etag, modified = self._notes.etag, self._notes.modified
        since = None if etag else modified
        return answers.asked(self._client, self._url, accept=feed_answers.ACCEPT, etag=etag, modified_since=since)

    def _pages(self, answer: Answer, first: int, url: str, most: int) -> Iterator[FeedPage]:
        """The feed's pages from number *first* at *url* on, to number *most*: until they end, lead elsewhere, or repeat
        what came before.
        """
        asked, shown = {self._url, url}, set[str]()
        for number in range(first, most + 1):
            page = feed_answers.page(answer, self._now)
            yield page
            keys = {*_by_keys(page), *map(_short, page.unreadable)}
            older = _older(page, self._url, number + 1)
            if keys <= shown or older is None or older in asked:
                return
            if number == most:
                self.has_more = True
                return
            self._next = number + 1, older
            shown |= keys
            asked.add(older)
            answer = self._asked(older)
            if answer.status in _GONE:
                return

    # -- what is new ----------------------------------------------------------------------------------

    def _changed(self, page: FeedPage, touched: dict[str, str]) -> dict[str, SourcePost]:
        """The posts that differ from what was remembered, by their keys; all are *touched* then."""
        # What can't be read now is news as soon as it can.
        touched |= {_short(key): _short(reason) for key, reason in page.unreadable.items()}
        self._shown.update(map(_key, page.posts))
        self._missing -= {called(key) for key in (*page.unreadable, *map(_key, page.posts))}
        fresh = {key: post for key, post in _by_keys(page).items() if key not in touched}
        touched |= {key: _mark(post) for key, post in fresh.items()}
        alike = _sharing(page.posts)
        news = {key for key, post in fresh.items() if not self._is_as_it_was(key, post, shares=_has_any(post, alike))}
        # Which of those that share a guid or a link is which, only all of them tell.
        theirs = {mark for key in news for mark in _marks_of(fresh[key])} & alike
        return {key: post for key, post in fresh.items() if key in news or _has_any(post, theirs)}

    def _is_as_it_was(self, key: str, post: SourcePost, *, shares: bool) -> bool:
        """Whether this is what was remembered of it, by whichever release."""
        if called(_key(post)) in self._again:
            return False
        known = self._notes.seen.get(key)
        if known is not None or shares:
            return known == _mark(post)
        return self._notes.seen.get(_short(_key(post))) in (_mark(post), _short(former_marks.words_for_post(post)))

    def _unmet(self, posts: dict[str, SourcePost]) -> tuple[SourcePost, ...]:
        return tuple(post for post in posts.values() if _key(post) not in self._met)

    def _site(self, page: FeedPage, first: bool) -> BlogInfo | None:
        """What the feed says of the blog, at first and when that changed; a category's feed has a title of its own."""
        if _is_of_a_category(self._url):
            return None
        before, title = self._notes.title, shorten(plain(page.title), _LONGEST)
        self._notes.title = title
        if title == before or not title or (before is None and not first):
            return None
        home = page.home or str(replace(parsed(self._url), path="/", query="", fragment=""))
        # A feed's dates are instants: of the blog's own zone it says nothing.
        return BlogInfo(title=title, description=shorten(plain(page.description), _LONGEST), url=home, time_zone="UTC")


def _place(told: object) -> tuple[int, str] | None:
    match told:
        case [int(number), str(url)]:
            return number, url
        case _:
            return None


def _some_at_a_time(posts: Sequence[SourcePost]) -> list[tuple[SourcePost, ...]]:
    """*posts* in their order, a hundred at a time, or fewer long ones; at least one lot, though it be empty."""
    lots: list[list[SourcePost]] = [[]]
    characters = 0
    for post in posts:
        long = len(post.content or "") + len(post.excerpt or "")
        if lots[-1] and (len(lots[-1]) == _BATCH or characters + long > _BATCH_CHARACTERS):
            lots.append([])
            characters = 0
        lots[-1].append(post)
        characters += long
    return list(map(tuple, lots))


def _validators(answer: Answer) -> tuple[str | None, str | None]:
    etag, modified = (answer.headers.get(name, "")[:_LONGEST] for name in ("etag", "last-modified"))
    return etag or None, modified or None


def _key(post: SourcePost) -> str:
    return post.number or post.guid or post.url


def _by_keys(page: FeedPage) -> dict[str, SourcePost]:
    """The posts of a page by digests of their keys; where one guid is given to several, its link is part of it."""
    found: dict[str, SourcePost] = {}
    for post in page.posts:
        key = _short(f"{_key(post)} {post.url}")
        found[_short(f"{key} {_mark(post)}") if key in found else key] = post
    return found


def _marks_of(post: SourcePost) -> set[str]:
    """What it may share with others: guid and link, as they were compared by any release."""
    return {canonical(told).partition("#")[0] for told in (post.guid, post.url) if told}


def _sharing(posts: Iterable[SourcePost]) -> set[str]:
    """The guids and links that several of *posts* have."""
    counted = Counter(mark for post in posts for mark in _marks_of(post))
    return {mark for mark, times in counted.items() if times > 1}


def _has_any(post: SourcePost, marks: set[str]) -> bool:
    return not marks.isdisjoint(_marks_of(post))


def _mark(post: SourcePost) -> str:
    return stable_hash(post)[:_DIGEST]


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGEST]


def _is_of_a_category(url: str) -> bool:
    parts = parsed(url)
    return bool({"category", "tag", "author"} & set(parts.path.split("/"))) or "cat=" in parts.query


def _older(page: FeedPage, url: str, number: int) -> str | None:
    """Where page *number* of the feed at *url* is, on its own host; ``None`` where nothing leads there."""
    here = parsed(url)
    if page.older is not None:
        there = parsed(page.older)
        # Behind a proxy a blog may not know its own port or scheme.
        moved = replace(there, scheme=here.scheme, authority=here.authority, fragment="")
        return str(moved) if there.host == here.host else None
    if page.by_wordpress:
        query = [(name, value) for name, value in parse_qsl(here.query, keep_blank_values=True) if name != "paged"]
        return str(replace(here, query=urlencode([*query, ("paged", str(number))], errors="replace"), fragment=""))
    return None
