"""A blog's web pages as a source: what a reader with a browser finds.

    the home page, and on to older posts      every post, newest first
    a post's own page                         its text, where those pages show the beginning alone
    the pages of categories                   what is filed where, if posts do not say so themselves

Where the home page lists no posts, the months and categories that it leads to are gone through instead. A post that is
met twice is one post. After the first crawl a poll ends at the first page on which nothing is new or changed.

Laws:
- Pages can't prove a removal: absence means nothing, and nothing is ever ``gone``.
- One page after another, of the blog's own host alone, within ``Bounds``: what a poll leaves, the next one takes up. No
  address is taken from a post's text.
- A page is believed whole or not at all; a post that can't be read costs no other.

What pages do not show, better sources tell: an edit behind the beginning, a back-dated post, a post's second page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from itertools import islice, zip_longest
from typing import Final

from solacefeed.errors import CutOff, SourceError
from solacefeed.http_client.answer import one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import BlogInfo, CategoryName, Grade, SourcePost
from solacefeed.ports import Batch, Known
from solacefeed.posts.identity import called
from solacefeed.sources import answers, former_marks
from solacefeed.sources.pages_links import bare, is_month, next_page, numbered, paged
from solacefeed.sources.pages_reading import read_post
from solacefeed.sources.pages_shown import BlogPage, Shown
from solacefeed.sources.pages_web import NOT_THERE, Web
from solacefeed.stable import stable_hash
from solacefeed.text import tree

#: Of how many posts, the newest ones, a fingerprint is remembered: at most 60 kB.
REMEMBERED: Final = 2_000
#: When the own pages of so many posts in a row do not answer, it is the blog that is out of order.
FAILURES: Final = 3

#: Hexadecimal digits of a fingerprint.
_DIGITS: Final = 10

_SHUT: Final = NOT_THERE | {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is asked for in one poll at most."""

    #: Pages that list posts, until they were once gone through to their end.
    pages: int = 500
    #: The same in later polls.
    later: int = 20
    #: Posts' own pages.
    posts: int = 300
    #: Pages of categories; beyond them no filing is believed to be whole.
    filing: int = 1_000
    #: The last page of an archive that is believed to be one.
    depth: int = 2_000


_BOUNDS: Final = Bounds()


class PagesSource:
    """The web pages of the blog at *url*; a ``ports.Source``.

    It remembers whose pages they were (``home``), a fingerprint of what they showed of each of the newest posts
    (``posts``), that they were once gone through to their end (``whole``), and with which page to go on (``reached``)
    when a poll did not come to its end. Where reading what is filed under each category was cut off it is not begun
    anew (``unfiled``).
    """

    def __init__(self, client: HttpClient, url: str, *, bounds: Bounds = _BOUNDS) -> None:
        self._client = client
        self._url = url
        self._bounds = bounds

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields what is new or changed, page by page; the last batch is complete.

        Raises ``SourceError`` at the first page that can't be believed, and ``CutOff`` where bounds were reached.
        """
        yield from _Poll(Web(self._client, self._url, now), known, self._bounds).batches()


class _Unreadable(ValueError):
    """The post can't be taken over as it is shown; ``str()`` says why."""


class _NoAnswer(_Unreadable):
    """Its own page did not answer, which may pass."""


@dataclass(slots=True)
class _Taken:
    """What was taken from one page."""

    posts: list[SourcePost] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    #: Whether some were not remembered at all.
    has_strangers: bool = False
    #: Whether some were left because no more posts' own pages may be asked for.
    is_broken_off: bool = False
    #: How the poll's own bounds cut it off meanwhile.
    cut: CutOff | None = None


class _Poll:
    """One poll, and what it has learnt so far."""

    def __init__(self, web: Web, known: Known, bounds: Bounds) -> None:
        self._web = web
        self._bounds = bounds
        memory = known.memory if known.memory.get("home") == web.home.url else {}
        self._is_first = not (known.complete and "whole" in memory)
        self._reached = memory.get("reached")
        #: Whether reading the categories' pages took a poll beyond its bounds.
        self._unfiled = "unfiled" in memory
        #: What posts are called that are handed on also as they were, and which of them no page has shown.
        self._again, self._missing = known.again, set(known.again)
        self._remembered: dict[str, str] = json.loads(memory.get("posts", "{}"))
        #: The fingerprints of this poll, in the order of the pages.
        self._seen: dict[str, str] = {}
        self._met: set[str] = set()
        #: By the address of their archives.
        self._categories: dict[str, CategoryName] = {}
        #: By slug.
        self._names: dict[str, CategoryName] = {}
        self._posts_left = bounds.posts
        self._failures = 0
        #: An archive goes on behind the last page that is believed to be one.
        self._goes_deeper = False

    def batches(self) -> Iterator[Batch]:
        home = self._web.home_page()
        self._learn_categories(home)
        # First: a page without posts has nothing to say, and no kind works there.
        archives = self._archives(home)
        yield Batch(grade=Grade.PAGES, site=_site(home))
        left = self._bounds.pages if self._is_first else self._bounds.later
        for page, following in self._pages(archives):
            left -= 1
            taken = self._take(page)
            on = page.url if taken.is_broken_off else following
            yield Batch(
                grade=Grade.PAGES,
                posts=tuple(taken.posts),
                unreadable=taken.unreadable,
                memory=self._memory(on),
            )
            if taken.cut:
                raise taken.cut
            if on and (taken.is_broken_off or (not left and (self._is_first or taken.has_strangers))):
                raise CutOff(
                    f"{self._web.home.url}: one poll goes through no more pages; what was read is kept, and the next "
                    f"poll goes on at {on}"
                )
            if not left or not (self._is_first or taken.posts or self._missing):
                break
        yield Batch(grade=Grade.PAGES, memory=self._memory(None, whole=True), complete=True)
        if self._goes_deeper:
            most = self._bounds.depth
            raise CutOff(f"{self._web.home.url}: leads back more than {most} pages; what is behind them is not read")

    # -- the way through the blog ---------------------------------------------------------------------

    def _archives(self, home: BlogPage) -> list[str]:
        """The addresses to begin at: the home page, or all that it leads to; after those that were done."""
        months = sorted(filter(is_month, home.links), reverse=True)
        begins = [home.url] if home.posts or home.hidden else [*months, *home.categories]
        archives = list(dict.fromkeys(paged(address)[0] for address in begins))
        if not archives:
            raise SourceError(
                f"{self._web.home.url}: no posts are found on this page; if they are listed on another page, write its "
                "address into [source] url, else choose another [source] kind: this theme does not mark them"
            )
        archive, number = paged(self._reached or "")
        if archive not in archives:
            return archives
        # Posts that were removed meanwhile have moved the others to the page before.
        resumed = numbered(archive, number - 1 if self._is_first else number)
        return [resumed, *archives[archives.index(archive) + 1 :]]

    def _pages(self, archives: list[str]) -> Iterator[tuple[BlogPage, str | None]]:
        """Yields the pages, each with the address of the one that follows."""
        for archive, next_archive in zip_longest(archives, archives[1:]):
            for page in self._walk(archive):
                yield page, self._older(page) or next_archive

    def _walk(self, address: str | None) -> Iterator[BlogPage]:
        """Yields the page at *address* and the older ones, until there is none, or none that shows anything new."""
        met: set[str] = set()
        while address and (page := self._web.page(address)):
            shown = {*page.hidden, *(key for post in page.posts for key in post.keys)}
            if shown <= met:
                return
            met |= shown
            self._learn_categories(page)
            yield page
            address = self._older(page)

    def _older(self, page: BlogPage) -> str | None:
        archive, number = paged(page.url)
        if number >= self._bounds.depth:
            self._goes_deeper = self._goes_deeper or next_page(page.links, page.url) is not None
            return None
        # A post that hides others hides the link as well.
        return next_page(page.links, page.url) or (numbered(archive, number + 1) if page.hidden else None)

    def _learn_categories(self, page: BlogPage) -> None:
        self._categories = {**page.categories, **self._categories}
        found = {category.slug: category for category in page.categories.values() if category.slug}
        self._names = {**found, **self._names}

    # -- posts ----------------------------------------------------------------------------------------

    def _take(self, page: BlogPage) -> _Taken:
        taken = _Taken()
        for shown in (*page.posts, *(Shown(number=number, cut=True) for number in page.hidden)):
            self._missing.discard(_called(shown))
            if not self._is_news(shown):
                self._note(shown)
            elif shown.cut and not self._posts_left:
                taken.is_broken_off = True
                break
            else:
                try:
                    self._take_over(shown, taken)
                except CutOff as cut:
                    taken.is_broken_off, taken.cut = True, cut
                    break
        return taken

    def _is_news(self, shown: Shown) -> bool:
        if shown.keys & self._met:
            return False
        return _called(shown) in self._again or not _is_as_it_was(shown, self._remembered.get(_key(shown)))

    def _note(self, shown: Shown) -> None:
        self._met |= shown.keys
        self._seen.setdefault(_key(shown), _fingerprint(shown))

    def _take_over(self, shown: Shown, taken: _Taken) -> None:
        taken.has_strangers |= _key(shown) not in self._remembered
        try:
            taken.posts.append(_post(self._filed_in(self._whole(shown))))
        except _Unreadable as reason:
            taken.unreadable[_called(shown)] = str(reason)
            if isinstance(reason, _NoAnswer):
                return
        self._note(shown)

    def _whole(self, shown: Shown) -> Shown:
        """The post with all of its text, from its own page if need be."""
        own = self._own_page(shown) if shown.cut else None
        if own is None:
            return shown
        if None not in (shown.number, own.number) and shown.number != own.number:
            raise _Unreadable("another post answers at its address")
        if own.content is None and not own.protected and tree.text(tree.parse(shown.content or "")):
            raise _Unreadable("its text is not found on its own page")
        # An archive's title may be shortened.
        return replace(shown.over(own), title=own.title or shown.title, content=own.content, cut=False)

    def _own_page(self, shown: Shown) -> Shown | None:
        """What the post's own page shows; ``None`` where that is not there for visitors."""
        address = self._web.address_of(shown)
        if address is None:
            raise _Unreadable("it shows neither its number nor its address")
        self._posts_left -= 1
        try:
            asked = self._web.html(address, none=_SHUT)
        except SourceError as error:
            self._failures += 1
            if self._failures == FAILURES or answers.asks_for_rest(error):
                raise
            raise _NoAnswer(str(error)) from error
        self._failures = 0
        own = asked and read_post(*asked, self._web.home, shown.number)
        if asked and not own:
            raise _Unreadable("no post is found on its own page, or its tags nest too deep")
        return own or None

    def _filed_in(self, shown: Shown) -> Shown:
        """The post with its categories: by the names of its box, else by their pages, where new posts come first."""
        self._names |= {category.slug: category for category in shown.categories or () if category.slug}
        if shown.categories is not None:
            return shown
        if shown.slugs and self._names.keys() >= set(shown.slugs):
            return replace(shown, categories=tuple(self._names[slug] for slug in shown.slugs))
        if not self._is_first and _key(shown) in self._remembered:
            return shown
        found = [names for key in sorted(shown.keys) if (names := self._filing.get(key))]
        return replace(shown, categories=tuple(found[0].values()) if found else None)

    @cached_property
    def _filing(self) -> dict[str, dict[str, CategoryName]]:
        """By each key of a post the categories, by address, on whose pages it is listed."""
        filed: dict[str, dict[str, CategoryName]] = {}
        if self._unfiled:
            return filed
        self._unfiled = True
        left = self._bounds.filing if self._is_first else self._bounds.later
        for address, name in tuple(self._categories.items()):
            for page in islice(self._walk(address), left):
                left -= 1
                for key in (key for post in page.posts for key in post.keys):
                    filed.setdefault(key, {})[address] = name
                if not self._is_first and any(_key(post) in self._remembered for post in page.posts):
                    break
        self._unfiled = False
        return filed if left else {}

    # -- memory ---------------------------------------------------------------------------------------

    def _memory(self, reached: str | None, *, whole: bool = False) -> dict[str, str]:
        # Of a poll that goes on where another ended the posts are the older ones.
        newer, older = (self._remembered, self._seen) if self._reached else (self._seen, self._remembered)
        posts = {key: self._seen.get(key) or self._remembered[key] for key in (newer | older)}
        memory = {"home": self._web.home.url, "posts": json.dumps(dict(islice(posts.items(), REMEMBERED)))}
        if reached:
            memory["reached"] = reached
        if whole or not self._is_first:
            memory["whole"] = "yes"
        if self._unfiled and not whole:
            memory["unfiled"] = "yes"
        return memory


def _key(shown: Shown) -> str:
    """What the post is remembered by."""
    return shown.number or f"u{_digest(bare(shown.url) if shown.url else shown.title or '')}"


def _called(shown: Shown) -> str:
    return called(one_line(shown.number or shown.url or "without an address"))


def _fingerprint(shown: Shown) -> str:
    """What a reader would notice; what else changes in the mark-up at every request does not count."""
    return stable_hash((replace(shown, number=None, content=None), *_noticed(shown)))[:_DIGITS]


def _is_as_it_was(shown: Shown, fingerprint: str | None) -> bool:
    """Whether this is the post's *fingerprint*, of whichever release."""
    if fingerprint is None or fingerprint == _fingerprint(shown):
        return fingerprint is not None
    return fingerprint == _digest(former_marks.words_for_shown(shown, *_noticed(shown)))


def _noticed(shown: Shown) -> tuple[str, list[str]]:
    """The text, and the addresses in it."""
    body = tree.parse(shown.content or "")
    addresses = [element.get("href") or element.get("src") for element in tree.every(body)]
    return tree.text(body), [address for address in addresses if address]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGITS]


def _post(shown: Shown) -> SourcePost:
    if shown.url is None:
        raise _Unreadable("it shows no address of its own")
    if shown.published is None:
        raise _Unreadable("it shows no date")
    return SourcePost(
        number=shown.number,
        guid=None,
        url=shown.url,
        title=shown.title or "",
        content=None if shown.cut else shown.content or "",
        excerpt=shown.content if shown.cut else None,
        published=shown.published.at,
        day_only=shown.published.day_only,
        modified=shown.modified and shown.modified.at,
        author_name=shown.author,
        category_names=shown.categories,
        comments_url=shown.comments_url,
        protected=shown.protected,
    )


def _site(home: BlogPage) -> BlogInfo | None:
    """The blog as its home page presents it; ``None`` without a title."""
    if home.site_title is None:
        return None
    # No page tells the zone.
    return BlogInfo(title=home.site_title, description=home.site_description or "", url=home.url, time_zone="")
