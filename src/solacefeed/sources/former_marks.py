"""Marks of posts as the releases up to schema 0004 remembered them, of Python's own words for a value.

They are read and never written: a post whose mark of that kind still fits is remembered by today's from then on, so an
upgrade takes no post for news that is as it was. The names of classes and fields are those of then, whatever they are
called by now, and a field that came later stands in none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from solacefeed.models.blog import CategoryName, SourcePost
from solacefeed.sources.pages_dates import Dated
from solacefeed.sources.pages_shown import Shown

_OF_A_POST = (
    "number guid url title content excerpt published day_only modified author_id author_name",
    "comments_url comments language protected",
)


def words_for_post(post: SourcePost) -> str:
    """What a feed's notes held a digest of."""
    first, last = _OF_A_POST
    filed = f"category_ids={post.category_numbers!r}, category_names={_names(post.category_names)}"
    return f"SourcePost({_fields(post, first)}, {filed}, {_fields(post, last)})"


def words_for_shown(shown: Shown, text: str, addresses: Sequence[str]) -> str:
    """What was held a digest of, of what a page *shown*, its text and the *addresses* in it."""
    seen = (
        f"Shown(number=None, {_fields(shown, 'url title')}, content=None, {_fields(shown, 'cut')}, "
        f"published={_dated(shown.published)}, modified={_dated(shown.modified)}, {_fields(shown, 'author')}, "
        f"categories={_names(shown.categories)}, {_fields(shown, 'slugs comments_url protected')})"
    )
    return f"({seen}, {text!r}, {list(addresses)!r})"


def _names(names: Sequence[CategoryName] | None) -> str:
    if names is None:
        return "None"
    told = [f"CategoryName({_fields(name, 'slug name')})" for name in names]
    return f"({', '.join(told)}{',' if len(told) == 1 else ''})"


def _dated(dated: Dated | None) -> str:
    return "None" if dated is None else f"Dated(at={dated.at!r}, day_only={dated.day_only!r})"


def _fields(value: object, names: str) -> str:
    return ", ".join(f"{name}={getattr(value, name)!r}" for name in names.split())
