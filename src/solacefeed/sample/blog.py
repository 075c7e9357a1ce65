"""A WordPress in memory: its posts, categories and users, as WordPress 6.1 keeps them.

The law is WordPress's own, also where it is odd: a post stores its local time beside UTC, and no later change of the
time zone moves it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from importlib import resources
from typing import Any, Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogUser:
    """Somebody with an account."""

    id: int
    login: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogCategory:
    """A category; ``name`` is plain text, ``parent`` is 0 at the top."""

    id: int
    name: str
    slug: str
    parent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogTag:
    """A tag; ``name`` is plain text."""

    id: int
    name: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogPost:
    """A row of WordPress's table of posts."""

    id: int
    #: HTML, as WordPress renders it.
    title: str
    #: HTML, as WordPress renders it.
    content: str
    slug: str
    author: int
    categories: frozenset[int]
    date_gmt: datetime
    modified_gmt: datetime
    #: Local time as it was stored, naive: the filters compare this one.
    date: datetime
    #: Local time as it was stored, naive.
    modified: datetime
    #: publish, future, draft, private or trash.
    status: str = "publish"
    password: str = ""
    tags: frozenset[int] = frozenset()

    @property
    def public(self) -> bool:
        """Whether the blog lists it to everyone; a password hides its text, not the post."""
        return self.status == "publish"


@dataclass(slots=True, kw_only=True)
class Blog:
    """A blog as it stands."""

    url: str = "https://blog.example.org"
    title: str = "A blog"
    description: str = ""
    #: IANA name; empty where the owner chose a bare offset.
    time_zone: str = "Europe/London"
    #: Hours, in force where ``time_zone`` is empty.
    gmt_offset: float = 0
    #: ``pretty`` or ``plain``: without pretty ones the REST API answers under ``?rest_route=`` alone.
    permalinks: str = "pretty"
    users: dict[int, BlogUser] = field(default_factory=dict)
    categories: dict[int, BlogCategory] = field(default_factory=dict)
    tags: dict[int, BlogTag] = field(default_factory=dict)
    posts: dict[int, BlogPost] = field(default_factory=dict)

    @classmethod
    def shipped(cls) -> Self:
        """The bundled blog, fresh each time, as it stands on 2026-11-23 at 08:00 UTC."""
        folder = resources.files(__package__)
        facts = json.loads((folder / "blog.json").read_text("utf-8"))
        blog = cls(
            **facts["site"],
            users={row["id"]: BlogUser(**row) for row in facts["users"]},
            categories={row["id"]: BlogCategory(**row) for row in facts["categories"]},
            tags={row["id"]: BlogTag(**row) for row in facts["tags"]},
        )
        summit = (folder / "summit.html").read_text("utf-8")
        for row in facts["posts"]:
            body = (folder / "posts" / f"{row['slug']}.html").read_text("utf-8")
            blog._load(row, body + summit)
        return blog

    # -- what is there ----------------------------------------------------------------------------

    def public_posts(self) -> tuple[BlogPost, ...]:
        """The posts that everyone may see, in no order that means anything."""
        return tuple(post for post in tuple(self.posts.values()) if post.public)

    def category(self, name: str) -> BlogCategory:
        """The category with this name or slug."""
        for category in self.categories.values():
            if name in (category.name, category.slug):
                return category
        raise KeyError(f"the blog has no category {name!r}")

    def tag(self, name: str) -> BlogTag:
        """The tag with this name or slug."""
        for tag in self.tags.values():
            if name in (tag.name, tag.slug):
                return tag
        raise KeyError(f"the blog has no tag {name!r}")

    def user(self, login: str) -> BlogUser:
        """The user with this login."""
        for user in self.users.values():
            if user.login == login:
                return user
        raise KeyError(f"the blog has no user {login!r}")

    def permalink(self, post: BlogPost) -> str:
        """Where a reader finds *post* now; moves with its slug and its date."""
        if self.permalinks == "plain":
            return f"{self.url}/?p={post.id}"
        return f"{self.url}/{post.date:%Y/%m/%d}/{post.slug}/"

    def guid(self, post: BlogPost) -> str:
        """What WordPress wrote down when the post was first saved; never moves."""
        return f"{self.url}/?p={post.id}"

    @property
    def zone(self) -> tzinfo:
        """The zone that its local times are in, from now on."""
        if self.time_zone:
            return ZoneInfo(self.time_zone)
        return timezone(timedelta(hours=self.gmt_offset))

    def local(self, instant: datetime) -> datetime:
        """*instant* as a naive local time of the blog."""
        return instant.astimezone(self.zone).replace(tzinfo=None)

    def _load(self, row: dict[str, Any], content: str) -> None:
        date, modified = (datetime.fromisoformat(row.pop(name)) for name in ("date", "modified"))
        author, categories = self.user(row.pop("author")).id, map(self.category, row.pop("categories"))
        tags = map(self.tag, row.pop("tags", ()))
        self.posts[row["id"]] = BlogPost(
            **row,
            content=content,
            author=author,
            categories=frozenset(category.id for category in categories),
            tags=frozenset(tag.id for tag in tags),
            date_gmt=date.astimezone(UTC),
            date=self.local(date),
            modified_gmt=modified.astimezone(UTC),
            modified=self.local(modified),
        )
