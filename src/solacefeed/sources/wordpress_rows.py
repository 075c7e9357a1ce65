"""The rows of WordPress's REST API (wp/v2), read into our nouns; pure.

A row that can't be read raises ``Unreadable`` with the reason: whether one row or the whole answer is left out is for
the asker to decide. Dates are read from the ``_gmt`` fields, which write no offset; the others are the blog's local
time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from solacefeed.addresses import is_web
from solacefeed.models.blog import Author, BlogInfo, CategoryNumber, SourceCategory, SourcePost, Stamp
from solacefeed.text.clean import plain, scrub

#: What ``?_fields=`` asks for; the reader of the same name wants no more.
SITE_FIELDS = "name,description,home,gmt_offset,timezone_string"
CATEGORY_FIELDS = "id,name,slug,parent"
AUTHOR_FIELDS = "id,name"
POST_FIELDS = "id,date_gmt,modified_gmt,guid,link,title,content,excerpt,author,categories,comment_status"
STAMP_FIELDS = "id,modified_gmt,link,author,categories"

T = TypeVar("T")


class Unreadable(ValueError):
    """The row is not what WordPress would give; ``str()`` says which field, and why."""


def site(row: Any) -> BlogInfo:
    """Reads the API's index."""
    return BlogInfo(
        title=plain(_field(row, "name", str)),
        description=plain(_field(row, "description", str)),
        url=_address(row, "home"),
        time_zone=_zone(row),
    )


def category(row: Any) -> SourceCategory:
    """Reads a category; REST escapes its name as HTML."""
    parent = _field(row, "parent", int)
    return SourceCategory(
        number=CategoryNumber(row_id(row)),
        slug=scrub(_field(row, "slug", str)),
        name=plain(_field(row, "name", str)),
        parent_number=CategoryNumber(str(parent)) if parent else None,
    )


def author(row: Any) -> Author:
    """Reads a user."""
    return Author(id=row_id(row), name=plain(_field(row, "name", str)))


def stamp(row: Any) -> Stamp:
    """Reads the little that shows whether a post changed."""
    return Stamp(
        modified=_instant(row, "modified_gmt"),
        url=_address(row, "link"),
        author_id=_author_id(row),
        category_numbers=_category_numbers(row),
    )


def post(row: Any) -> SourcePost:
    """Reads a whole post; its HTML stays as it comes."""
    content = _field(row, "content", dict)
    url = _address(row, "link")
    return SourcePost(
        number=row_id(row),
        guid=scrub(_field(_field(row, "guid", dict), "rendered", str)) or url,
        url=url,
        title=_field(_field(row, "title", dict), "rendered", str),
        content=_field(content, "rendered", str),
        excerpt=_excerpt(row),
        comments_url=f"{url}#comments" if row.get("comment_status") == "open" else None,
        author_id=_author_id(row),
        category_numbers=_category_numbers(row),
        published=_instant(row, "date_gmt"),
        modified=_instant(row, "modified_gmt"),
        protected=content.get("protected") is True,
    )


def _excerpt(row: Any) -> str | None:
    """Where a plugin has taken the excerpt away, the content does without it."""
    said = row.get("excerpt")
    rendered = said.get("rendered") if isinstance(said, dict) else None
    return rendered if isinstance(rendered, str) else None


def row_id(row: Any) -> str:
    """Reads the blog's number for whatever the row is about."""
    number = _field(row, "id", int)
    if number <= 0:
        raise Unreadable(f"id is {number}")
    return str(number)


def _field(row: Any, name: str, kind: type[T]) -> T:
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Unreadable(f"{name} is missing" if value is None else f"{name} is not {_KINDS[kind]}")
    return value


_KINDS: dict[type, str] = {str: "text", int: "a number", dict: "an object", list: "a list"}


def _instant(row: Any, name: str) -> datetime:
    said = _field(row, name, str)
    try:
        return datetime.fromisoformat(said).replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable(f"{name} is no date") from None


def _address(row: Any, name: str) -> str:
    said = scrub(_field(row, name, str)).strip()
    if not is_web(said):
        raise Unreadable(f"{name} is no http or https address")
    return said


def _author_id(row: Any) -> str | None:
    number = _field(row, "author", int)
    return str(number) if number else None


def _category_numbers(row: Any) -> tuple[CategoryNumber, ...]:
    # The blog orders them by name, so a rename would move them: by number they stay.
    numbers = _field(row, "categories", list)
    if not all(isinstance(number, int) for number in numbers):
        raise Unreadable("categories are not numbers")
    return tuple(CategoryNumber(str(number)) for number in sorted(set(numbers)))


def _zone(row: Any) -> str:
    """The IANA name, else the bare offset that the owner chose: ``UTC+05:30``."""
    named = row.get("timezone_string")
    return named if isinstance(named, str) and named else _offset(row.get("gmt_offset"))


def _offset(hours: Any) -> str:
    try:
        minutes = round(timedelta(hours=float(hours)) / timedelta(minutes=1))
    except (TypeError, ValueError, OverflowError):
        raise Unreadable("gmt_offset is no number of hours") from None
    if abs(minutes) > 14 * 60:
        raise Unreadable("gmt_offset is nowhere on Earth")
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
