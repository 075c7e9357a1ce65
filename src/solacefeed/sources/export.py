"""A WordPress export file (WXR 1.0 to 1.2) as a source: years of history at once.

Laws: the whole file is believed or nothing of it is, so it is read to its end once before the first post is given. And
absence proves nothing: a file shows what was there when it was made.

What WordPress writes, and other readers trip over: posts as their authors typed them, paragraphs as blank lines; dates
of ``0000-00-00``; an author as a display name in version 1.0, and as a login since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from solacefeed.errors import SourceError
from solacefeed.http_client.answer import one_line
from solacefeed.models.blog import (
    Author,
    BlogInfo,
    CategoryName,
    CategoryNumber,
    Grade,
    SourceCategory,
    SourcePost,
    Tag,
)
from solacefeed.ports import Batch, Known
from solacefeed.posts.filing import slug_of
from solacefeed.sources.export_file import MOST_CHARACTERS, ExportItem, fingerprint, records
from solacefeed.sources.export_text import paragraphs
from solacefeed.sources.unreadable import apart
from solacefeed.text.clean import plain, scrub
from solacefeed.text.urls import absolute

#: How many posts, and characters of them, are handed on at once.
BATCH: Final = 100
BATCH_CHARACTERS: Final = 4_000_000


class ExportSource:
    """The export at *path*, plain or gzipped; a ``ports.Source``.

    It remembers the file's fingerprint (``export``): a file that was taken over is not read again until it changes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def home(self) -> str | None:
        """The address of the blog that it is an export of; raises ``SourceError`` as ``changes`` does."""
        return self._blog.url or None

    @cached_property
    def _blog(self) -> _Blog:
        return _blog(self._path)

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:  # noqa: ARG002  # the seam has it
        """Yields the blog and all its published posts, in the file's order.

        Raises ``SourceError`` before the first batch for a file that is no export, or not a whole one.
        """
        memory = {"export": fingerprint(self._path)}
        is_known = known.complete and known.memory.get("export") == memory["export"]
        if not is_known or known.in_doubt:
            blog = self._blog
            yield Batch(
                grade=Grade.EXPORT,
                site=blog.site,
                categories=blog.categories,
                authors=blog.authors,
                listed=frozenset(blog.numbers),
            )
            met: set[str] = set()
            for items in _batches(records(self._path)):
                yield _taken(items, blog, met)
        yield Batch(grade=Grade.EXPORT, memory=memory, complete=True)


def _blog(path: Path) -> _Blog:
    """Reads the file to its end, and returns what it says besides posts."""
    blog = _Blog()
    for record in records(path):
        blog.learn(record)
    if not blog.version:
        raise SourceError(
            f"{path}: not an export of WordPress (no wp:wxr_version in it); make one there in Tools, Export"
        )
    return blog


class _Blog:
    """What an export says besides its posts."""

    def __init__(self) -> None:
        self.site: BlogInfo | None = None
        self.version = ""
        self.url = ""
        #: Of the published posts.
        self.numbers: set[str] = set()
        #: Number and name by login.
        self._authors: dict[str, tuple[str | None, str | None]] = {}
        self._categories: dict[str, ExportItem] = {}

    def learn(self, record: ExportItem) -> None:
        match record.kind:
            case "channel":
                self._learn_channel(record)
            case "wp:author":
                self._learn_author(record)
            case "item" if _is_published(record) and (number := _number(record.text("wp:post_id"))):
                self.numbers.add(number)
            case "wp:category":
                self._categories.setdefault(record.text("wp:category_nicename"), record)

    @property
    def authors(self) -> tuple[Author, ...] | None:
        """Those with a number and a name; ``None`` where the file has none (version 1.0)."""
        found = (Author(id=number, name=name) for number, name in self._authors.values() if number and name)
        return tuple(found) or None

    @property
    def categories(self) -> tuple[SourceCategory, ...] | None:
        """All of them with their parents; ``None`` where the file has none, or not their numbers (version 1.0)."""
        numbers = {slug: self._number(slug) for slug in self._categories}
        found = (
            SourceCategory(
                number=number,
                slug=scrub(slug),
                name=plain(self._categories[slug].text("wp:cat_name")) or slug,
                parent_number=self._number(self._categories[slug].text("wp:category_parent")),
            )
            for slug, number in numbers.items()
            if number
        )
        return tuple(found) if numbers and all(numbers.values()) else None

    def category_numbers(self, named: Iterable[CategoryName]) -> tuple[CategoryNumber, ...] | None:
        """The numbers of the categories *named*; ``None`` unless the file has the number of each."""
        numbers = [self._number(name.slug or "") for name in named]
        known = {number for number in numbers if number}
        return tuple(sorted(known, key=int)) if all(numbers) else None

    def author(self, creator: str) -> tuple[str | None, str | None]:
        """The number and the name of a post's *creator*: a display name in version 1.0, later a login."""
        if self.version == "1.0":
            return None, plain(creator) or None
        return self._authors.get(creator, (None, None))

    def _learn_channel(self, record: ExportItem) -> None:
        version = re.fullmatch(r"\d+\.\d+", record.text("wp:wxr_version"))
        self.version = version[0] if version else ""
        self.url = absolute(record.text("wp:base_blog_url"), "") or absolute(record.text("link"), "") or ""
        if self.url:
            # The file tells the hour of each post twice, here and in UTC, and never the zone.
            title, description = plain(record.text("title")), plain(record.text("description"))
            self.site = BlogInfo(title=title, description=description, url=self.url, time_zone="")

    def _learn_author(self, record: ExportItem) -> None:
        number, login = _number(record.text("wp:author_id")), record.text("wp:author_login")
        name = plain(record.text("wp:author_display_name"))
        self._authors.setdefault(login, (number, name or None))

    def _number(self, slug: str) -> CategoryNumber | None:
        record = self._categories.get(slug)
        number = _number(record.text("wp:term_id")) if record else None
        return CategoryNumber(number) if number else None


class _Unreadable(ValueError):
    """The post can't be taken over; ``str()`` says why."""


def _batches(items: Iterable[ExportItem]) -> Iterator[list[ExportItem]]:
    """The published *items*, a hundred at a time, or fewer long ones."""
    batch: list[ExportItem] = []
    for item in filter(_is_published, items):
        batch.append(item)
        if len(batch) == BATCH or sum(item.characters for item in batch) > BATCH_CHARACTERS:
            yield batch
            batch = []
    if batch:
        yield batch


def _is_published(item: ExportItem) -> bool:
    return (item.kind, item.text("wp:post_type"), item.text("wp:status")) == ("item", "post", "publish")


def _taken(items: Iterable[ExportItem], blog: _Blog, met: set[str]) -> Batch:
    """Takes what *items* are, but those whose numbers were *met* before."""
    posts: list[SourcePost] = []
    unreadable: dict[str, str] = {}
    for item in items:
        try:
            post = _post(item, blog)
            if post.number in met:
                raise _Unreadable(f"its number {post.number} stands twice in the file; the first one counts")
            met.update(filter(None, [post.number]))
            posts.append(post)
        except _Unreadable as reason:
            unreadable[apart(_name(item), unreadable)] = str(reason)
    return Batch(grade=Grade.EXPORT, posts=tuple(posts), unreadable=unreadable)


def _name(item: ExportItem) -> str:
    """What an item is called that can't be taken over."""
    said = item.text("guid") or item.text("link")
    return one_line(said or f"without an address: {item.text('title')}")


def _post(item: ExportItem, blog: _Blog) -> SourcePost:
    if item.characters > MOST_CHARACTERS:
        raise _Unreadable(f"it has more than {MOST_CHARACTERS} characters")
    published, day_only = _published(item)
    protected = bool(item.texts.get("wp:post_password"))
    content = "" if protected else item.texts.get("content:encoded")
    author_id, author_name = blog.author(item.text("dc:creator"))
    named = _category_names(item)
    return SourcePost(
        number=_number(item.text("wp:post_id")),
        guid=item.text("guid") or None,
        url=_address(item, blog.url),
        title=item.text("title"),
        content=None if content is None else paragraphs(content),
        excerpt=None if protected else item.text("excerpt:encoded") or None,
        published=published,
        day_only=day_only,
        modified=_instant(item.text("wp:post_modified_gmt")),
        author_id=author_id,
        author_name=author_name,
        category_numbers=blog.category_numbers(named),
        category_names=named,
        tags=_tags(item),
        protected=protected,
    )


def _address(item: ExportItem, base: str) -> str:
    """The permalink, else a guid that is an address: WordPress answers it for ever."""
    address = absolute(item.text("link"), base) or absolute(item.text("guid"), "")
    if address is None:
        raise _Unreadable("its link is no http or https address")
    return address


def _number(said: str) -> str | None:
    return str(int(said)) if re.fullmatch("[0-9]{1,18}", said) and int(said) else None


def _category_names(item: ExportItem) -> tuple[CategoryName, ...]:
    """Its categories; before there were tags (WordPress 2.3) they bear no domain."""
    domain = "category" if any(domain for domain, _, _ in item.terms) else None
    named = {text: slug for said, slug, text in item.terms if said == domain and plain(text)}
    return tuple(CategoryName(slug=scrub(slug or "") or None, name=plain(text)) for text, slug in named.items())


def _tags(item: ExportItem) -> tuple[Tag, ...]:
    """Its tags, by their slugs."""
    named = {
        scrub(slug or "") or slug_of(plain(text)): plain(text) for said, slug, text in item.terms if said == "post_tag"
    }
    return tuple(Tag(number=None, slug=slug, name=name or slug) for slug, name in sorted(named.items()))


def _published(item: ExportItem) -> tuple[datetime, bool]:
    """When, and whether that is only the day: the local date of a zone that the file does not tell."""
    instant = _instant(item.text("wp:post_date_gmt")) or _mail_date(item.text("pubDate"))
    if instant:
        return instant, False
    local = _instant(item.text("wp:post_date"))
    if local is None:
        raise _Unreadable("it has no date")
    return local.replace(hour=0, minute=0, second=0), True


def _instant(said: str) -> datetime | None:
    """``2012-05-18 09:00:00``, always UTC; ``None`` for a date that is none, such as 0000-00-00."""
    return _dated(partial(datetime.strptime, said, "%Y-%m-%d %H:%M:%S"))


def _mail_date(said: str) -> datetime | None:
    # The year -0001, as WordPress writes it for no date, would be read as 2000.
    return _dated(partial(parsedate_to_datetime, said)) if re.search(r"\s[12]\d{3}\s", said) else None


def _dated(read: Callable[[], datetime]) -> datetime | None:
    try:
        read_date = read()
        return (read_date if read_date.tzinfo else read_date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
