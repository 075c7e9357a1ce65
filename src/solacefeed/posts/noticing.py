"""What a reader would notice of a change, and where a post stands in documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from solacefeed.models.posts import CategoryId, Placement, PostChange, PostState
from solacefeed.posts.authors import author_of
from solacefeed.posts.merging import Row
from solacefeed.text.clean import plain

#: What a reader reads; of its columns, ``content`` counts by its words alone.
_REVISES = {"title": "title", "content": "text", "url": "address"}

#: Other columns that a change is told by.
_TOLD = {
    "byline_name": "by-line",
    "byline_role": "by-line",
    "author_id": "author",
    "author_name": "author",
    "published": "date",
    "state": "state",
    "first_published": "first publication",
    "excerpt": "excerpt",
    "blurbs": "event paragraph",
    "enclosures": "enclosures",
    "featured": "picture",
}


def what_changed(known: Row, row: Row, *, refiled: bool, retagged: bool, at: datetime) -> PostChange:
    """What a reader would notice of *row*, and whether the blog did it: what our rules read anew revises nothing."""
    changed = {name for name, value in row.items() if known[name] != value}
    if "content" in changed and plain(known["content"]) == plain(row["content"]):
        changed.remove("content")
    by_the_blog = not changed.isdisjoint({"raw", "url"})
    what = dict.fromkeys([words for name, words in (_REVISES | _TOLD).items() if name in changed])
    return PostChange(
        noticed_at=at,
        modified=row.get("modified", known["modified"]),
        what=(*what, *(["categories"] if refiled else []), *(["tags"] if retagged else [])),
        revised=by_the_blog and not changed.isdisjoint(_REVISES),
    )


def placement(row: Row, category_ids: Iterable[CategoryId], users: Mapping[str, str]) -> Placement | None:
    """Where a post stands; ``None`` where documents don't speak of it (``store.changes.SPOKEN_OF``).

    *users* are the names of the blog's own.
    """
    if row["state"] != PostState.PUBLISHED and not row["tombstone"]:
        return None
    return Placement(
        published=row["published"].astimezone(UTC),
        category_ids=tuple(sorted(category_ids)),
        author=author_of(row["byline_name"], users.get(row["author_id"]), row["author_name"]),
    )
