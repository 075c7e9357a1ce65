"""A WordPress in memory that can be changed: what its owner can do to it, and what each deed moves.

The law is WordPress's own (6.1), also where it is odd: a scheduled post goes live without being modified; deleting a
category modifies no post.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from solacefeed.sample import blog
from solacefeed.sample.blog import BlogCategory, BlogPost, BlogTag, BlogUser

#: The category of posts that have no other; WordPress never deletes it.
UNCATEGORIZED = 1


@dataclass(slots=True, kw_only=True)
class Blog(blog.Blog):
    """A blog that can be changed; *at* is the instant of the change, where WordPress would move ``modified``."""

    #: ``2012`` or ``today``: the shape of its pages.
    theme: str = "2012"
    _last_id: int = 0

    def __post_init__(self) -> None:
        if not self.users:
            self.users[1] = BlogUser(id=1, login="editor", name="The Editor")
        default = BlogCategory(id=UNCATEGORIZED, name="Uncategorized", slug="uncategorized")
        self.categories.setdefault(UNCATEGORIZED, default)

    @classmethod
    def shipped(cls) -> Self:
        """The bundled blog, fresh each time, as it stands on 2026-11-23 at 08:00 UTC."""
        shipped = super(Blog, cls).shipped()
        shipped._last_id = max(shipped.posts)
        return shipped

    # -- posts ------------------------------------------------------------------------------------

    def add(
        self,
        title: str = "A new post",
        content: str = "<p>Fresh news about <strong>local government</strong>.</p>\n",
        *,
        at: datetime,
        categories: Iterable[str] = (),
        tags: Iterable[str] = (),
        author: str | None = None,
        slug: str | None = None,
        status: str = "publish",
        password: str = "",
    ) -> int:
        """Adds a post dated *at*, also in the past as an import does, and returns its id.

        Categories and tags go by name, and are made where there is none; *author* is a login, by default the first
        user's.
        """
        post_id = self._take_id()
        writer = self.user(author).id if author else min(self.users)
        self.posts[post_id] = BlogPost(
            id=post_id,
            title=title,
            content=content,
            slug=slug or _slug(title) or str(post_id),
            author=writer,
            categories=self._filed(categories),
            tags=self._tagged(tags),
            date_gmt=at.astimezone(UTC),
            date=self.local(at),
            modified_gmt=at.astimezone(UTC),
            modified=self.local(at),
            status=status,
            password=password,
        )
        return post_id

    def edit(self, post_id: int, *, at: datetime, title: str | None = None, content: str | None = None) -> None:
        """Changes the text; with neither given it is WordPress's Update button pressed for nothing."""
        post = self.posts[post_id]
        self._take_id()  # of the revision that WordPress keeps
        self._save(
            post_id,
            at,
            title=post.title if title is None else title,
            content=post.content if content is None else content,
        )

    def minor_edit(self, post_id: int, content: str) -> None:
        """A plugin writes to the table directly: the text changes, and ``modified`` stays."""
        self.posts[post_id] = replace(self.posts[post_id], content=content)

    def recategorise(self, post_id: int, *names: str, at: datetime) -> None:
        """Files the post under these categories alone."""
        self._save(post_id, at, categories=self._filed(names))

    def retag(self, post_id: int, *names: str, at: datetime) -> None:
        """Tags the post with these alone."""
        self._save(post_id, at, tags=self._tagged(names))

    def slug(self, post_id: int, slug: str, *, at: datetime) -> None:
        """Moves the post to another address."""
        self._save(post_id, at, slug=slug)

    def author(self, post_id: int, login: str, *, at: datetime) -> None:
        """Gives the post to another user."""
        self._save(post_id, at, author=self.user(login).id)

    def redate(self, post_id: int, date: datetime, *, at: datetime) -> None:
        """Publishes the post at another date."""
        self._save(post_id, at, date_gmt=date.astimezone(UTC), date=self.local(date))

    def protect(self, post_id: int, password: str = "secret", *, at: datetime) -> None:
        """Asks for a password before the text; an empty one opens it again."""
        self._save(post_id, at, password=password)

    def unpublish(self, post_id: int, *, at: datetime) -> None:
        """Makes it a draft."""
        self._save(post_id, at, status="draft")

    def private(self, post_id: int, *, at: datetime) -> None:
        """Keeps it for those who are logged in."""
        self._save(post_id, at, status="private")

    def republish(self, post_id: int, *, at: datetime) -> None:
        """Publishes a draft or private post under its old date."""
        self._save(post_id, at, status="publish")

    def trash(self, post_id: int, *, at: datetime) -> None:
        """Puts it in the bin, where it loses its slug to whoever wants it."""
        self._save(post_id, at, status="trash", slug=f"{self.posts[post_id].slug}__trashed")

    def untrash(self, post_id: int, *, at: datetime) -> None:
        """Takes it out of the bin, as a draft."""
        self._save(post_id, at, status="draft", slug=self.posts[post_id].slug.removesuffix("__trashed"))

    def delete(self, post_id: int) -> None:
        """Deletes it for good; its id is never given again."""
        del self.posts[post_id]

    def schedule(self, title: str = "A scheduled post", *, due: datetime, at: datetime, **more: Any) -> int:
        """Writes a post at *at* that goes live with ``publish_due`` once it is *due*; *more* as for ``add``."""
        post_id = self.add(title, at=at, status="future", **more)
        self.redate(post_id, due, at=at)
        return post_id

    def publish_due(self, now: datetime) -> None:
        """Lets scheduled posts go live; WordPress leaves their ``modified`` where it was."""
        for post in tuple(self.posts.values()):
            if post.status == "future" and post.date_gmt <= now:
                self.posts[post.id] = replace(post, status="publish")

    # -- categories and users ---------------------------------------------------------------------

    def add_category(self, name: str, *, parent: str | None = None, slug: str | None = None) -> int:
        """Makes a category and returns its id."""
        category_id = max(self.categories) + 1
        above = self.category(parent).id if parent else 0
        self.categories[category_id] = BlogCategory(id=category_id, name=name, slug=slug or _slug(name), parent=above)
        return category_id

    def rename_category(self, name: str, new: str) -> None:
        """Gives it another name; slug and posts stay as they are."""
        category = self.category(name)
        self.categories[category.id] = replace(category, name=new)

    def slug_category(self, name: str, slug: str) -> None:
        """Gives it another slug."""
        category = self.category(name)
        self.categories[category.id] = replace(category, slug=slug)

    def delete_category(self, name: str) -> None:
        """Deletes it: its children move up, its posts lose it, and those left with none become uncategorized."""
        category = self.category(name)
        if category.id == UNCATEGORIZED:
            raise ValueError("WordPress never deletes the default category")
        del self.categories[category.id]
        for child in tuple(self.categories.values()):
            if child.parent == category.id:
                self.categories[child.id] = replace(child, parent=category.parent)
        for post in tuple(self.posts.values()):
            if category.id in post.categories:
                left = post.categories - {category.id} or {UNCATEGORIZED}
                self.posts[post.id] = replace(post, categories=frozenset(left))

    def add_tag(self, name: str, *, slug: str | None = None) -> int:
        """Makes a tag and returns its id."""
        tag_id = max(self.tags, default=500) + 1
        self.tags[tag_id] = BlogTag(id=tag_id, name=name, slug=slug or _slug(name))
        return tag_id

    def slug_tag(self, name: str, slug: str) -> None:
        """Gives it another slug; no post is modified."""
        tag = self.tag(name)
        self.tags[tag.id] = replace(tag, slug=slug)

    def add_user(self, login: str, name: str) -> int:
        """Opens an account and returns its id."""
        user_id = max(self.users) + 1
        self.users[user_id] = BlogUser(id=user_id, login=login, name=name)
        return user_id

    def rename_author(self, login: str, new: str) -> None:
        """Shows another name for this user; no post is modified."""
        user = self.user(login)
        self.users[user.id] = replace(user, name=new)

    # -- within -----------------------------------------------------------------------------------

    def _save(self, post_id: int, at: datetime, **changed: Any) -> None:
        self.posts[post_id] = replace(
            self.posts[post_id], **changed, modified_gmt=at.astimezone(UTC), modified=self.local(at)
        )

    def _tagged(self, names: Iterable[str]) -> frozenset[int]:
        known = {tag.name: tag.id for tag in self.tags.values()}
        return frozenset(known[name] if name in known else self.add_tag(name) for name in names)

    def _filed(self, names: Iterable[str]) -> frozenset[int]:
        return frozenset(self._category_id(name) for name in names) or frozenset({UNCATEGORIZED})

    def _category_id(self, name: str) -> int:
        try:
            return self.category(name).id
        except KeyError:
            return self.add_category(name)

    def _take_id(self) -> int:
        self._last_id += 1
        return self._last_id


def _slug(text: str) -> str:
    bare = unicodedata.normalize("NFKD", re.sub(r"<[^>]*>|&[#\w]+;", "", text)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")
