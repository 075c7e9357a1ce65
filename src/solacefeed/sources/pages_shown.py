"""What a blog's page shows: of each post, and of the blog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from solacefeed.models.blog import CategoryName
from solacefeed.sources.pages_dates import Dated
from solacefeed.sources.pages_links import bare


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one page shows of one post; ``None`` is what it does not show."""

    number: str | None = None
    #: The permalink.
    url: str | None = None
    #: HTML.
    title: str | None = None
    #: HTML, unsafe.
    content: str | None = None
    #: ``content`` is the beginning of the text, or may be.
    cut: bool = False
    published: Dated | None = None
    modified: Dated | None = None
    author: str | None = None
    categories: tuple[CategoryName, ...] | None = None
    #: Of the categories that WordPress writes into the names of the box (``category-housing``).
    slugs: tuple[str, ...] | None = None
    #: Where comments stand, or can be made.
    comments_url: str | None = None
    protected: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """What it is recognised by on any page: its number, its permalink."""
        return frozenset(key for key in (self.number, self.url and bare(self.url)) if key)

    def over(self, other: Shown) -> Shown:
        """What both show of the post; where they differ this one is believed, and of two dates the exact one."""
        said = {part.name: getattr(self, part.name) for part in fields(self)}
        both = replace(other, **{name: value for name, value in said.items() if value is not None})
        return replace(
            both,
            published=surest((self.published, other.published)),
            protected=self.protected or other.protected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogPage:
    """What a page shows."""

    #: Where it answered.
    url: str
    posts: tuple[Shown, ...]
    #: The numbers of posts that stand on it and can't be read there.
    hidden: tuple[str, ...]
    #: The blog's own addresses, each once; none is from a post's text.
    links: tuple[str, ...]
    #: The categories among them, by address.
    categories: Mapping[str, CategoryName]
    site_title: str | None
    site_description: str | None


def surest(dates: Iterable[Dated | None]) -> Dated | None:
    """The first exact one, else the first."""
    found = [date for date in dates if date]
    return next((date for date in found if not date.day_only), next(iter(found), None))
