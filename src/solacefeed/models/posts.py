"""A post, read and kept, and what it is filed under."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType

#: Our id of a category, permanent: the blog's number at first sight, or made of its slug where no number was shown.
CategoryId = NewType("CategoryId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What posts are filed under, as we keep it; a rename keeps the id."""

    id: CategoryId
    #: The blog's, or by its id where another category has that: no two are of one slug.
    slug: str
    #: Plain text.
    name: str
    parent_id: CategoryId | None = None


_FOLLOWED = "tag:"
#: Octets of a file's name that leave room for its endings (Linux takes 255); and what none has, or no XML.
_LONGEST_NAME = 200
_NO_NAME = re.compile("[/\\\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def followed_id(slug: str) -> CategoryId:
    """What a tag that may be followed is called among the categories that readers choose: no category's id looks so."""
    return CategoryId(f"{_FOLLOWED}{slug}")


def is_followed_id(said: str) -> bool:
    """Whether it is what a tag is called among categories."""
    return said.startswith(_FOLLOWED)


def slug_by_id(category_id: CategoryId) -> str:
    """What stands for a slug that can't serve, or is another's: no slug that serves looks like it.

    It is the name of a file, whatever a blog called the category of which the id is made.
    """
    named = f"category-{category_id}"
    serves = len(named.encode(errors="surrogatepass")) <= _LONGEST_NAME and not _NO_NAME.search(named)
    return named if serves else f"category-{_hashed(category_id)}"


def _hashed(category_id: CategoryId) -> str:
    return sha256(category_id.encode(errors="surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """Who wrote a post, as its text says; not the blog's user."""

    name: str
    #: "Chief Executive of Anytown", where the text says it.
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture in a post."""

    #: Absolute.
    url: str
    #: What it shows, in words; empty where the blog says nothing.
    alt: str
    #: In pixels, as the blog says.
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A sound, a film or a file that belongs to a post: what a podcast's player plays."""

    #: Absolute.
    url: str
    #: Its media type, ``audio/mpeg``: as the blog says, else as its name's ending tells.
    type: str
    #: In octets, where the blog says it; nobody fetches it to know.
    length: int | None = None
    #: How long it plays, where the blog says it.
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is understood of one post's title and content; what was not found is ``None``."""

    #: Plain text on one line; never empty (see ``text.clean.title``).
    title: str
    #: Sanitised HTML with absolute URLs and without blurb or residue.
    content: str
    #: Whole sentences of plain text, from the beginning.
    excerpt: str
    byline: Byline | None
    #: "the LGC on 17 May 2012", from a "First published in ..." line.
    first_published: str | None
    #: The advertising paragraphs, as plain text with their links; lifted out of ``content``.
    blurbs: tuple[Blurb, ...] = ()
    #: Where the rest of the text names days: the lines around them, and the addresses behind their words.
    announcement: Blurb | None = None
    #: The last paragraph as plain text, where it is a blurb if it recurs.
    ending: str | None = None
    #: The first paragraph or small box as plain text; it is the blog's own where most posts begin so.
    beginning: str | None = None
    #: The beginning was taken out of ``content``.
    beginning_taken: bool = False
    #: How long it takes to read, at least one; 0 for a post without text.
    minutes: int = 0
    #: The first picture of the content.
    lead_image: Image | None = None
    #: What plays in the content, in its order.
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Blurb:
    """The paragraph in a post that advertises an event."""

    text: str
    #: Absolute; the addresses behind its words, in order.
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What one post says of events."""

    post_id: str
    title: str
    published: datetime
    #: As the blog says of this post; ``None`` for the site's.
    language: str | None
    #: The paragraphs that advertise.
    blurbs: tuple[Blurb, ...] = ()
    #: The lines of its own text that may announce.
    announcement: Blurb | None = None


class PostState(StrEnum):
    """``published`` stands in feeds; ``protected`` is known, never shown; ``gone`` was removed, on evidence."""

    PUBLISHED = "published"
    PROTECTED = "protected"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An article of the blog, read and kept."""

    #: Ours and permanent: the blog's number at first sight. Never its URL, title or host.
    id: str
    #: As the blog first gave it.
    guid: str
    #: May change.
    url: str
    title: str
    content: str
    excerpt: str
    #: Reading time.
    minutes: int = 0
    #: The picture that stands for it: the one that the blog shows above it, else the first of its text.
    lead_image: Image | None = None
    #: What its source attached to it, then what plays in its text; each once.
    enclosures: tuple[Enclosure, ...] = ()
    #: The one above it, which need not stand in its text.
    featured: Image | None = None
    comments_url: str | None = None
    comments: int | None = None
    language: str | None = None
    #: The by-line's name, else the blog's user; ``None`` where neither is known.
    author: str | None
    byline: Byline | None
    first_published: str | None
    category_ids: tuple[CategoryId, ...]
    #: Their slugs.
    tags: tuple[str, ...] = ()
    #: A paragraph that advertises an event was taken out of its text.
    advertises: bool = False
    published: datetime
    #: The blog's last change, or its publication where that is later (a scheduled post).
    updated: datetime
    #: The blog's last change of what a reader reads (title, text or address), or its publication.
    revised: datetime
    #: When we first met it; in a source's first complete crawl, when it was published.
    seen: datetime
    state: PostState = PostState.PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a post stands: what decides on its feeds and its month."""

    published: datetime
    category_ids: tuple[CategoryId, ...]
    author: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChange:
    """One change of a post, as it was noticed."""

    noticed_at: datetime
    #: The blog's date of it.
    modified: datetime
    #: What changed: ``title``, ``text``, ``address`` and the like.
    what: tuple[str, ...]
    #: Whether readers should look again.
    revised: bool
