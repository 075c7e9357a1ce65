"""What a source says of a blog: its categories, its authors, its posts as they are delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NewType

from solacefeed.models.posts import Enclosure, Image

#: The blog's own number for a category, as text: unlike ``models.posts.CategoryId``, which is ours, for mypy to tell.
CategoryNumber = NewType("CategoryNumber", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogInfo:
    """What the blog says of itself."""

    title: str
    description: str
    url: str
    #: The blog's IANA zone; a bare offset (``UTC+01:00``, no DST) where its owner chose one.
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCategory:
    """A category as the blog lists it now; a rename keeps its number. ``store.categories`` makes it one of ours."""

    number: CategoryNumber
    slug: str
    #: Plain text, decoded once.
    name: str
    parent_number: CategoryNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A word that a post is tagged with; unlike a category it has nothing above it."""

    #: The blog's, where it tells it; a rename keeps it.
    number: str | None
    slug: str
    #: Plain text, decoded once.
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A user of the blog who has written something public."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryName:
    """A category as a source without numbers shows it."""

    #: From its address, where that is shown.
    slug: str | None
    #: Plain text, decoded once.
    name: str


class Grade(IntEnum):
    """How well a kind of source knows a post; a weaker one never overwrites what a better one said."""

    PAGES = 1
    FEED = 2
    EXPORT = 3
    API = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The little of a post that shows whether the rest must be fetched again."""

    modified: datetime
    #: A change of the blog's permalinks moves every address and no modified date.
    url: str
    author_id: str | None
    #: ``None`` where the blog does not tell them.
    category_numbers: tuple[CategoryNumber, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePost:
    """A post as a source delivers it: raw, unsafe, not yet read; ``None`` is what the source does not show."""

    #: The blog's own number for it, as text.
    number: str | None
    guid: str | None
    url: str
    #: HTML, as the blog renders it.
    title: str
    #: HTML, unsafe; ``None`` where the source shows an excerpt only.
    content: str | None
    #: HTML, unsafe: the blog's own, or what it cut off the content; stands for the content where there is none.
    excerpt: str | None = None
    published: datetime
    #: Only the day of the publication is known.
    day_only: bool = False
    #: When the blog says it changed; not when we noticed.
    modified: datetime | None = None
    #: The blog's number for its user.
    author_id: str | None = None
    author_name: str | None = None
    category_numbers: tuple[CategoryNumber, ...] | None = None
    category_names: tuple[CategoryName, ...] | None = None
    tags: tuple[Tag, ...] | None = None
    #: Where comments stand, or can be made.
    comments_url: str | None = None
    #: When the source was asked; it is said nowhere that changes with it.
    comments: int | None = None
    #: BCP 47, where the source says it of this post.
    language: str | None = None
    #: What the source attaches to the post beside its text (``text.enclosures`` makes one).
    enclosures: tuple[Enclosure, ...] | None = None
    #: Listed by the blog, but its text wants a password.
    protected: bool = False
    #: What the blog shows above it, which need not stand in its text; ``None`` for none, or while it is not known.
    picture: Image | None = None
    #: Whether the source has said what its picture is, be it none.
    picture_known: bool = False

    @property
    def stamp(self) -> Stamp | None:
        """``None`` where its source does not show all of that."""
        if self.number is None or self.modified is None or self.category_numbers is None:
            return None
        return Stamp(
            modified=self.modified,
            url=self.url,
            author_id=self.author_id,
            category_numbers=self.category_numbers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDetails:
    """What a source says of a post beside its text, where it was asked for that alone."""

    picture: Image | None = None
    picture_known: bool = False
    #: BCP 47, where the source says it of this post.
    language: str | None = None
    tags: tuple[Tag, ...] | None = None
