"""JSON Feed (versions 1 and 1.1), read into pages of entries; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from solacefeed.sources.answers import TooMuchJson, from_json
from solacefeed.sources.feed_entry import Broken, FeedPage, Moment, ReadEnclosure, ReadEntry, paragraphs, posts
from solacefeed.text.characters import one_line
from solacefeed.text.urls import absolute

_MOST_ITEMS: Final = 20_000
_DAY: Final = len("2012-05-17")
#: Written by hand it is often without the s, which is no other version.
_VERSION: Final = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/", re.IGNORECASE)


def page(body: bytes, *, url: str) -> FeedPage:
    """Reads the document that *url* answered; raises ``Broken``."""
    told = _parsed(body)
    items = told.get("items")
    if not _VERSION.match(str(told.get("version"))) or not isinstance(items, list):
        raise Broken("JSON, but no JSON Feed")
    if len(items) > _MOST_ITEMS:
        raise Broken(f"a feed of {len(items)} posts, more than {_MOST_ITEMS}")
    house = _authors(told)
    read, unreadable = posts([_entry(item, house) for item in items if isinstance(item, dict)], url)
    return FeedPage(
        title=escape(_text(told, "title") or "", quote=False),
        description=escape(_text(told, "description") or "", quote=False),
        home=absolute(_text(told, "home_page_url"), url),
        posts=read,
        unreadable=unreadable,
        older=absolute(_text(told, "next_url"), url),
    )


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        told = from_json(body.decode())
    except TooMuchJson as error:
        raise Broken(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise Broken(f"broken JSON ({len(body)} bytes); was it cut off on its way?") from error
    return told if isinstance(told, dict) else {}


def _entry(item: dict[str, Any], house: tuple[str, ...]) -> ReadEntry:
    text, updated = _text(item, "content_text"), _moment(item, "date_modified")
    return ReadEntry(
        guid=_text(item, "id") or _number(item),
        link=_text(item, "url"),
        title=escape(_text(item, "title") or "", quote=False),
        content=_text(item, "content_html") or (None if text is None else paragraphs(text)),
        summary=escape(_text(item, "summary") or "", quote=False) or None,
        published=_moment(item, "date_published") or updated,
        updated=updated.at if updated else None,
        authors=_authors(item) or house,
        categories=tuple(_names(item.get("tags"))),
        enclosures=tuple(_enclosures(item.get("attachments"))),
    )


def _enclosures(attachments: Any) -> Iterator[ReadEnclosure]:
    for told in attachments if isinstance(attachments, list) else ():
        if isinstance(told, dict):
            length, seconds = (_amount(told.get(name)) for name in ("size_in_bytes", "duration_in_seconds"))
            yield ReadEnclosure(url=_text(told, "url"), type=_text(told, "mime_type"), length=length, seconds=seconds)


def _amount(said: Any) -> str | None:
    return str(said) if isinstance(said, int | float) and not isinstance(said, bool) else None


def _text(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    # JSON can spell half a character, which nothing else can hold, and NUL, which PostgreSQL can't.
    return value.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(value, str) and value else None


def _number(item: dict[str, Any]) -> str | None:
    """An id that was written as a number, which version 1 asks readers to take."""
    number = item.get("id")
    return str(number) if type(number) is int else None


def _moment(row: dict[str, Any], name: str) -> Moment | None:
    """A date of RFC 3339; without a zone it is taken for UTC."""
    written = (_text(row, name) or "").strip()
    try:
        at = datetime.fromisoformat(written)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(at=at.replace(microsecond=0), day_only=len(written) == _DAY)


def _authors(row: dict[str, Any]) -> tuple[str, ...]:
    people = row.get("authors") or [row.get("author")]  # Version 1 had one.
    named = [_text(person, "name") for person in people if isinstance(person, dict)] if isinstance(people, list) else []
    return tuple(_names(named))


def _names(values: Any) -> Iterator[str]:
    for value in values if isinstance(values, list) else ():
        if isinstance(value, str) and (name := one_line(value)):
            yield name
