"""Feeds, as they were last published: what the index shows of each, whichever of them has changed.

(unknown) --> published <--> retired --> ended      retired: nothing is left to stand in it, and it says so
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.feeds import FeedKind
from solacefeed.store.database import among, upsert
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFeed:
    key: str
    #: As documents have it; permanent.
    id: str
    stem: str
    title: str
    name: str
    parent: str | None
    depth: int
    #: How many posts its live document and its archives have together.
    posts: int
    #: The newest post's publication.
    newest: datetime | None
    updated: datetime | None
    #: Title and address of its newest posts.
    latest: tuple[tuple[str, str], ...] = ()
    retired_at: datetime | None = None
    #: It has said long enough that it is retired.
    ended: bool = False

    @property
    def kind(self) -> FeedKind:
        return FeedKind.of(self.key)


def everything(connection: sa.Connection) -> dict[str, PublishedFeed]:
    """All feeds that ever were, by key."""
    return {row.key: _feed(row) for row in connection.execute(feeds.select().order_by(feeds.c.key))}


def note(connection: sa.Connection, published: Sequence[PublishedFeed]) -> None:
    rows = [_row(feed) for feed in sorted(published, key=lambda feed: feed.key)]
    upsert(connection, feeds, rows, key=("key",))


def retire(connection: sa.Connection, since: Mapping[str, datetime]) -> None:
    """Nothing is left to stand in these, by key, since then."""
    for key, at in since.items():
        values = {"retired_at": at, "posts": 0, "newest": None, "latest": []}
        connection.execute(feeds.update().where(feeds.c.key == key).values(**values))


def retired_long(connection: sa.Connection, *, until: datetime) -> list[str]:
    """The keys of those retired before *until* that still say so."""
    query = sa.select(feeds.c.key).where(feeds.c.retired_at < until, ~feeds.c.ended)
    return list(connection.execute(query).scalars())


def end_retired(connection: sa.Connection, *, until: datetime) -> int:
    """Those retired before *until* have said so long enough; returns how many."""
    return connection.execute(
        feeds.update().where(feeds.c.retired_at < until, ~feeds.c.ended).values(ended=True)
    ).rowcount


def forget(connection: sa.Connection, keys: Iterable[str]) -> None:
    for some in among(connection, feeds.c.key, keys):
        connection.execute(feeds.delete().where(some))


#: Columns that kept the name that their attribute had before.
_COLUMNS = {"stem": "place"}


def _row(feed: PublishedFeed) -> dict[str, Any]:
    row = {_COLUMNS.get(name, name): getattr(feed, name) for name in PublishedFeed.__dataclass_fields__}
    return row | {"latest": [{"title": title, "url": url} for title, url in feed.latest]}


def _feed(row: sa.Row[Any]) -> PublishedFeed:
    as_known(FeedKind, row.key.partition("/")[0])
    values = {name: getattr(row, _COLUMNS.get(name, name)) for name in PublishedFeed.__dataclass_fields__}
    return PublishedFeed(**values | {"latest": tuple((each["title"], each["url"]) for each in row.latest)})
