"""What a feed shows of a post, whatever its format, and the ``SourcePost`` that it is; pure.

A feed tells less than the blog knows, so what it does not show stays ``None``. An entry that can't be read raises
``UnreadableEntry`` and costs nobody else; a document that can't be believed raises ``Broken`` and is refused whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

from solacefeed.addresses import parsed
from solacefeed.models.blog import CategoryName, SourcePost
from solacefeed.models.posts import Enclosure
from solacefeed.sources import feed_mending
from solacefeed.sources.feed_filing import filed_under
from solacefeed.sources.unreadable import apart
from solacefeed.text import first_appeared
from solacefeed.text.characters import one_line
from solacefeed.text.clean import plain
from solacefeed.text.enclosures import each_once, enclosure
from solacefeed.text.urls import absolute

#: The most characters that each may have; more is poison, or nobody's intention.
_MOST: Final = {"guid": 2000, "address": 2000, "title": 1_000_000, "text": 4_000_000, "author": 250, "category": 200}

_DAY: Final = re.compile(r"/(?:19|20)\d\d/\d\d/\d\d/")
_NUMBER: Final = re.compile(r"[?&]p=([1-9]\d{0,18})(?:&|\Z)")
_PASSWORD_FORM: Final = re.compile(r"<form\b[^<>]*\b(?:post-password-form|action=postpass)\b", re.IGNORECASE)
_NO_EXCERPT: Final = "There is no excerpt because this is a protected post."
_PROTECTED: Final = re.compile(r"\A\s*+Protected:\s*+")
#: How WordPress, and the plugins that shorten a feed, end what is not the whole post.
_GOES_ON: Final = re.compile(
    r"\[\s*(?:…|\.\.\.|&hellip;|&#8230;)\s*\]\s*(?:</?\w[^<>]*>\s*)*\Z|\bclass=[\"']?[^\"'<>]*\bmore-link\b",
    re.IGNORECASE,
)
_ENDING: Final = 400
_MOST_ENCLOSURES: Final = 50


class Broken(ValueError):
    """The document is no feed that can be believed; ``str()`` says why."""


class UnreadableEntry(ValueError):
    """The entry can't be taken over; ``str()`` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date as a feed writes it."""

    at: datetime
    day_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEnclosure:
    """A file that a feed attaches to a post, as it is written there."""

    url: str | None
    type: str | None = None
    length: str | int | None = None
    seconds: str | float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntry:
    """What a feed shows of one post; addresses as they stand there, everything else decoded once."""

    guid: str | None
    link: str | None
    #: These three are HTML.
    title: str
    content: str | None
    summary: str | None
    published: Moment | None
    updated: datetime | None
    #: Plain text, as is what follows.
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    comments_link: str | None = None
    comments: int | None = None
    #: From where relative addresses of the texts are seen, where the feed says it (``xml:base``).
    content_base: str | None = None
    summary_base: str | None = None
    enclosures: tuple[ReadEnclosure, ...] = ()
    #: Why it was not looked into, where it was not.
    beyond: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """One document of a feed."""

    #: Of the feed: HTML, and where its blog is.
    title: str
    description: str
    home: str | None
    posts: tuple[SourcePost, ...]
    #: Why the other entries can't be taken over, by their keys.
    unreadable: Mapping[str, str]
    #: Where the feed says that older posts are (RFC 5005, JSON Feed).
    older: str | None
    #: WordPress wrote it, which leads to older posts without saying so.
    by_wordpress: bool = False


def posts(
    entries: Iterable[ReadEntry], base: str, *, damaged: bool = False
) -> tuple[tuple[SourcePost, ...], dict[str, str]]:
    """Reads the *entries* of the feed at *base*: the posts, and why the others are none.

    In a *damaged* document U+FFFD stands for bytes that are no characters. They cost their own entry; where they are in
    most of them it is the encoding that is wrong, and ``Broken`` is raised.
    """
    entries = tuple(entries)
    spoilt = {entry for entry in entries if damaged and _is_spoilt(entry)}
    if len(spoilt) * 2 > len(entries):
        raise Broken("not in the encoding that it says; look at the blog's database charset")
    read: list[SourcePost] = []
    unreadable: dict[str, str] = {}
    for entry in entries:
        try:
            if entry in spoilt:
                raise UnreadableEntry("it holds bytes that are no characters in the feed's encoding")
            read.append(post(entry, base))
        except UnreadableEntry as reason:
            unreadable[apart(_key(entry, base), unreadable)] = str(reason)
    return tuple(read), unreadable


def _address(entry: ReadEntry, base: str) -> str | None:
    """Where the post can be gone to; an episode that has no page is what plays."""
    told = (entry.link, *(each.url for each in entry.enclosures or ()))
    return next((found for each in told if (found := absolute(each, base))), None)


def post(entry: ReadEntry, base: str) -> SourcePost:
    """Reads one entry of the feed at *base*; raises ``UnreadableEntry``."""
    if entry.beyond:
        raise UnreadableEntry(entry.beyond)
    url = _address(entry, base)
    if url is None:
        raise UnreadableEntry("it has no http or https address")
    published = entry.published or _day_in(url)
    if published is None:
        raise UnreadableEntry("it has no date")
    protected = _is_protected(entry)
    content, excerpt = (None, None) if protected else _texts(entry, url, base)
    return SourcePost(
        number=_number(entry.guid, url),
        guid=_fitting("guid", entry.guid) if entry.guid else None,
        url=_fitting("address", url),
        title=_fitting("title", _PROTECTED.sub("", entry.title, count=1) if protected else entry.title),
        content=content,
        excerpt=excerpt,
        published=published.at,
        day_only=published.day_only,
        modified=entry.updated,
        author_name=_fitting("author", ", ".join(entry.authors)) or None,
        category_names=_category_names(entry, url),
        comments_url=_comments_url(entry, base),
        comments=entry.comments,
        enclosures=None if protected else _enclosures(entry, url, base),
        protected=protected,
    )


def _day_in(url: str) -> Moment | None:
    """The day that stands in WordPress's permalinks; RSS 0.92 shows no other."""
    found = _DAY.search(url)
    try:
        return (
            Moment(at=datetime.strptime(found[0], "/%Y/%m/%d/").replace(tzinfo=UTC), day_only=True) if found else None
        )
    except ValueError:
        return None


def paragraphs(text: str) -> str:
    """Plain *text* as HTML: an empty line parts paragraphs, any other line end breaks a line."""
    parts = (part.strip() for part in re.split(r"\n[^\S\n]*\n", text))
    return "\n".join(f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>") for part in parts if part)


def _key(entry: ReadEntry, base: str) -> str:
    """What the post is called while it can't be read, and by the store once it can."""
    url = _address(entry, base)
    number = _number(entry.guid, url) if url else None
    nameless = f"without an id: {plain(entry.title)}" if entry.title else "without an id"
    return one_line(number or entry.guid or url or nameless)[: _MOST["guid"]]


def _fitting(what: str, text: str) -> str:
    if len(text) > _MOST[what]:
        raise UnreadableEntry(f"its {what} has {len(text)} characters")
    return text


def _is_spoilt(entry: ReadEntry) -> bool:
    shown = (entry.guid, entry.link, entry.title, entry.content, entry.summary, *entry.authors, *entry.categories)
    return any("\ufffd" in text for text in shown if text)


def _number(guid: str | None, url: str) -> str | None:
    """WordPress's number, where its own address tells it: a blog that moved may have numbered anew."""
    for address in (guid or "", url):
        found = _NUMBER.search(address)
        if found and _beside(address, url):
            return found[1]
    return None


def _beside(address: str, url: str) -> bool:
    this, that = parsed(address), parsed(url)
    return this.host == that.host and that.path.startswith(this.path)


def _comments_url(entry: ReadEntry, base: str) -> str | None:
    url = absolute(entry.comments_link, base)
    # WordPress calls the place "respond" until somebody has.
    return f"{url.removesuffix('#respond')}#comments" if url and url.endswith("#respond") else url


# -- texts --------------------------------------------------------------------------------------------


def _is_protected(entry: ReadEntry) -> bool:
    """WordPress shows a post behind a password as a form that asks for it."""
    asks = _PASSWORD_FORM.search(entry.content or entry.summary or "")
    return bool(asks) or _NO_EXCERPT in (entry.summary or "")


def _texts(entry: ReadEntry, url: str, base: str) -> tuple[str | None, str | None]:
    """Content and excerpt; what ends as an excerpt does is none of the content."""
    content = _seen_from(entry.content, entry.content_base, url, base)
    summary = _seen_from(entry.summary, entry.summary_base, url, base)
    if content is not None and _GOES_ON.search(first_appeared.without(content, url)[-_ENDING:]):
        content, summary = None, content
    return None if content is None else _fitting("text", content), _fitting("text", summary or "") or None


def _enclosures(entry: ReadEntry, url: str, base: str) -> tuple[Enclosure, ...] | None:
    """What the entry attaches; ``None`` where that is nothing, so that what is known from elsewhere stays."""
    place = absolute(entry.content_base, base) or base if entry.content_base else base
    told = (
        enclosure(each.url, place, media_type=each.type, length=each.length, seconds=each.seconds)
        for each in entry.enclosures[:_MOST_ENCLOSURES]
    )
    return each_once(each for each in told if each is not None and each.url != url) or None


def _seen_from(html: str | None, said: str | None, url: str, base: str) -> str | None:
    """A text with its addresses as they are meant; without a base of its own it is seen from its post."""
    place = absolute(said, base) if said else None
    if html is None or place is None or place == url:
        return html
    return feed_mending.based(html, place)


# -- categories ---------------------------------------------------------------------------------------


def _category_names(entry: ReadEntry, url: str) -> tuple[CategoryName, ...] | None:
    """Those that the entry names, with the addresses that its "Filed under" trailer shows; ``None``: it shows none."""
    found: dict[str, CategoryName] = {}
    for category in _named(entry, url):
        known = found.setdefault(category.name.casefold(), category)
        if known.slug is None and category.slug is not None:
            found[category.name.casefold()] = CategoryName(slug=category.slug, name=known.name)
    return tuple(found.values()) or None


def _named(entry: ReadEntry, url: str) -> Iterator[CategoryName]:
    for name in entry.categories:
        yield CategoryName(slug=None, name=_fitting("category", name))
    for category in filed_under(entry.content or entry.summary or "", url):
        yield CategoryName(slug=category.slug, name=_fitting("category", category.name))
