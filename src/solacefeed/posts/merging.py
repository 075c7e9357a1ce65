"""What sources say of a post, and whose word counts: a weaker kind of source overwrites nothing that a better one said.

Values are the columns of the store's ``posts``, by name. What a source does not show stays as it was known.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from solacefeed.models.blog import Grade, SourcePost
from solacefeed.models.posts import Blurb, Enclosure, PostState, Reading
from solacefeed.posts import identity
from solacefeed.posts.identity import Key

#: Columns of a post, by name.
Row = Mapping[str, Any]

#: How far ahead of now a date may be: clocks and zones differ, and a typist's year is another thing.
AHEAD = timedelta(days=1)

#: Columns that not every source can say something of.
_SAID_BY_SOME = ("modified", "author_id", "author_name", "comments_url", "comments", "language")

#: What a weaker source may say anew: the text.
_LATER = (
    "title",
    "content",
    "excerpt",
    "byline_name",
    "byline_role",
    "first_published",
    "blurbs",
    "announcement",
    "ending",
    "text_enclosures",
    "beginning",
    "beginning_taken",
    "modified",
    "raw",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A post as a source tells it, read."""

    post: SourcePost
    #: Of the source.
    grade: Grade
    #: When the post counts as seen, if it is new.
    seen: datetime
    #: What the source says, and what was read of it.
    row: Row
    #: What the post is known by, the surest first.
    keys: tuple[Key, ...]
    #: Its source dates it ahead of now, which nobody believes: it was published when it was first seen.
    is_ahead: bool = False


def told(
    post: SourcePost, reading: Reading, *, seen: datetime, grade: Grade = Grade.API, now: datetime | None = None
) -> Told:
    """What a source of this *grade* tells with *post*, as it was read; from *now* on no date is far ahead."""
    is_ahead = now is not None and post.published > now + AHEAD
    if now is not None:
        post = _dated(post, grade, now)
    row, keys = _row(post, reading, grade), tuple(identity.keys(post))
    return Told(
        post=post, grade=grade, seen=min(seen, now) if now and is_ahead else seen, row=row, keys=keys, is_ahead=is_ahead
    )


def _dated(post: SourcePost, grade: Grade, now: datetime) -> SourcePost:
    """*post* without dates that are ahead of *now*; by a modified date the API tells which posts are news."""
    if post.published > now + AHEAD:
        post = replace(post, published=now)
    if grade < Grade.API and post.modified is not None and post.modified > now + AHEAD:
        post = replace(post, modified=None)
    return post


def row_of_new(told: Told, post_id: str) -> dict[str, Any]:
    """Every column of a post that was not known before."""
    post = told.post
    unsaid = dict.fromkeys((*_SAID_BY_SOME, "enclosures", "featured"))
    unsaid |= {"guid": post.guid or post.url, "modified": post.published}
    row = unsaid | dict(told.row)
    return row | {"id": post_id, "seen": told.seen, "revised": row["modified"]}


def believed(known: Row, told: Told) -> dict[str, Any]:
    """What counts of *told*, beside what is *known* of the post."""
    if told.grade < known["grade"]:
        return {name: told.row[name] for name in _LATER} if _is_later(known, told.post) else {}
    if told.is_ahead:
        # Of a release that believed such dates it may have been kept so.
        was = known["published"] if known["published"] <= told.post.published + AHEAD else told.post.published
        return dict(told.row) | {"published": was}
    if told.post.day_only:
        return {name: value for name, value in told.row.items() if name != "published"}
    return dict(told.row)


def _is_later(known: Row, post: SourcePost) -> bool:
    """Whether the blog has changed its text since a better source was asked, as a weaker one shows it."""
    if post.content is None or post.modified is None or known["state"] == PostState.GONE:
        return False
    return bool(post.modified > known["modified"])


def _row(post: SourcePost, reading: Reading, grade: Grade) -> dict[str, Any]:
    said = {name: getattr(post, name) for name in _SAID_BY_SOME}
    return {
        **text_of(reading),
        **{name: value for name, value in said.items() if value is not None},
        **({} if post.enclosures is None else {"enclosures": _listed(post.enclosures)}),
        **({"featured": asdict(post.picture) if post.picture else None} if post.picture_known else {}),
        "url": post.url,
        "published": post.published,
        "state": PostState.PROTECTED.value if post.protected else PostState.PUBLISHED.value,
        "grade": int(grade),
        "gone_at": None,
        "evidence": None,
        "tombstone": False,
        "raw": packed({"title": post.title, "content": post.content, "excerpt": post.excerpt}),
    }


def text_of(reading: Reading) -> dict[str, Any]:
    """The columns that reading makes of a post's text."""
    return {
        "title": reading.title,
        "content": reading.content,
        "excerpt": reading.excerpt,
        "byline_name": reading.byline.name if reading.byline else None,
        "byline_role": reading.byline.role if reading.byline else None,
        "first_published": reading.first_published,
        "blurbs": [_kept(blurb) for blurb in reading.blurbs],
        "announcement": _kept(reading.announcement) if reading.announcement else None,
        "ending": reading.ending,
        "beginning": reading.beginning,
        "beginning_taken": reading.beginning_taken,
        "minutes": reading.minutes,
        "lead_image": asdict(reading.lead_image) if reading.lead_image else None,
        "text_enclosures": _listed(reading.enclosures),
    }


def _listed(enclosures: Sequence[Enclosure]) -> list[dict[str, Any]] | None:
    return [asdict(each) for each in enclosures] or None


def _kept(blurb: Blurb) -> dict[str, Any]:
    return {"text": blurb.text, "links": list(blurb.links)}


def packed(raw: Mapping[str, str | None]) -> bytes:
    """A text as its source gave it, to be read anew by better rules."""
    return zlib.compress(json.dumps(raw).encode())


def unpacked(raw: bytes) -> dict[str, Any]:
    """What was ``packed``."""
    found: dict[str, Any] = json.loads(zlib.decompress(raw))
    return found
