"""Builders of nouns: everything has a sensible value, and a test says only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar
from zoneinfo import ZoneInfo

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.models.blog import BlogInfo, CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.digests import Cadence, CadenceKind, Closing, Digest
from solacefeed.models.events import Event
from solacefeed.models.people import Basis, How, NewConsent
from solacefeed.models.posts import Category, CategoryId, Post, PostState, Reading
from solacefeed.site import Site

LONDON = ZoneInfo("Europe/London")

#: A Monday morning, an hour after the weekly digest has closed.
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
#: A Wednesday, in the week before it.
WEDNESDAY = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
WEEK = timedelta(days=7)

MONDAYS_AT_SEVEN = Closing(weekday=0, at=time(7))

#: While nobody was erased, no key is read.
NO_KEY = FingerprintKey(path=Path("/dev/null/no.key"))

#: Somebody wrote it on paper.
A_CONSENT = NewConsent(basis=Basis.CONSENT, at=MONDAY, how=How.OPERATOR, evidence="a form of paper")


def a_site(*, title: str = "Officers' Blog", url: str = "https://blog.example.org") -> BlogInfo:
    return BlogInfo(title=title, description="", url=url, time_zone="Europe/London")


def a_category(
    *,
    id: str = "1",  # noqa: A002  # the noun's own word
    slug: str = "housing",
    name: str = "Housing",
    parent_id: str | None = None,
) -> Category:
    return Category(id=CategoryId(id), slug=slug, name=name, parent_id=CategoryId(parent_id) if parent_id else None)


def a_source_category(
    *, number: str = "1", slug: str = "housing", name: str = "Housing", parent_number: str | None = None
) -> SourceCategory:
    parent = CategoryNumber(parent_number) if parent_number else None
    return SourceCategory(number=CategoryNumber(number), slug=slug, name=name, parent_number=parent)


def category_ids(*said: str) -> tuple[CategoryId, ...]:
    """Ours, of categories."""
    return tuple(map(CategoryId, said))


def category_numbers(*said: str) -> tuple[CategoryNumber, ...]:
    """The blog's, of categories."""
    return tuple(map(CategoryNumber, said))


def a_source_post(
    *,
    id: str = "1",  # noqa: A002  # the noun's own word
    title: str = "The quiet budget",
    content: str = "<p>Some savings announce themselves.</p>",
    url: str | None = None,
    guid: str | None = None,
    author_id: str | None = None,
    category_numbers: tuple[str, ...] = (),
    published: datetime = WEDNESDAY,
    modified: datetime | None = None,
    protected: bool = False,
) -> SourcePost:
    return SourcePost(
        number=id,
        guid=guid or f"https://blog.example.org/?p={id}",
        url=url or f"https://blog.example.org/post-{id}/",
        title=title,
        content=content,
        author_id=author_id,
        category_numbers=tuple(map(CategoryNumber, category_numbers)),
        published=published,
        modified=modified or published,
        protected=protected,
    )


def a_reading(post: SourcePost) -> Reading:
    """Takes a post at its word: how texts are read is another room's story."""
    return Reading(title=post.title, content=post.content or "", excerpt=post.title, byline=None, first_published=None)


def a_post(
    *,
    id: str = "1",  # noqa: A002  # the noun's own word
    title: str = "The quiet budget",
    content: str = "<p>Some savings announce themselves.</p>",
    excerpt: str = "Some savings announce themselves.",
    url: str | None = None,
    author: str | None = "Jo Carver",
    category_ids: tuple[str, ...] = (),
    published: datetime = WEDNESDAY,
    updated: datetime | None = None,
    revised: datetime | None = None,
) -> Post:
    return Post(
        id=id,
        guid=f"https://blog.example.org/?p={id}",
        url=url or f"https://blog.example.org/post-{id}/",
        title=title,
        content=content,
        excerpt=excerpt,
        author=author,
        byline=None,
        first_published=None,
        category_ids=tuple(map(CategoryId, category_ids)),
        published=published,
        updated=updated or published,
        revised=revised or updated or published,
        seen=published,
        state=PostState.PUBLISHED,
    )


def an_event(
    *,
    id: str = "summit",  # noqa: A002  # the noun's own word
    name: str = "Chief Officers' Summit",
    starts: date | datetime = date(2027, 4, 13),
    ends: date | datetime | None = None,
    categories: tuple[str, ...] = (),
) -> Event:
    return Event(
        id=id,
        name=name,
        place="Harrogate",
        starts=starts,
        ends=ends or starts,
        url="https://events.example.org/summit",
        categories=categories,
    )


def weekly(*closings: Closing) -> Cadence:
    return Cadence(kind=CadenceKind.WEEKLY, closings=closings)


def a_digest(
    *,
    name: str = "weekly",
    closings: tuple[Closing, ...] = (MONDAYS_AT_SEVEN,),
    max_late: timedelta = timedelta(hours=48),
    promote_ahead: timedelta = timedelta(days=180),
    promote_most: int = 3,
    promote_times: int = 0,
    settle: timedelta = timedelta(),
) -> Digest:
    return Digest(
        key=name,
        name=name,
        title="Weekly digest",
        cadences=(weekly(*closings),),
        max_late=max_late,
        promote_ahead=promote_ahead,
        promote_most=promote_most,
        promote_times=promote_times,
        settle=settle,
    )


S = TypeVar("S", bound="HasSite")


class HasSite(Protocol):
    """Settings that hold a site."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def site(self) -> Site: ...


def of_a_site(settings: S, **values: Any) -> S:
    """*settings* of the same site, but that it has other *values*."""
    return replace(settings, site=replace(settings.site, **values))
