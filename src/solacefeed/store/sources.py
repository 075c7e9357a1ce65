"""What is known of a source: its notes, and what the blog says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.blog import BlogInfo, Grade
from solacefeed.store.database import upsert
from solacefeed.store.schema import sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNotes:
    memory: Mapping[str, str]
    complete: bool
    site: BlogInfo | None
    #: The blog asked not to be asked before.
    not_before: datetime | None = None
    #: The status of that refusal.
    rests_for: int | None = None


NOTHING_YET = SourceNotes(memory={}, complete=False, site=None)

# Asked several times by each deed: built once.
_OF_SOURCE = sources.select().where(sources.c.url == sa.bindparam("url"))


def notes(connection: sa.Connection, url: str) -> SourceNotes:
    row = connection.execute(_OF_SOURCE, {"url": url}).one_or_none()
    if row is None:
        return NOTHING_YET
    site = None
    if row.home is not None:
        site = BlogInfo(title=row.title, description=row.description, url=row.home, time_zone=row.time_zone)
    return SourceNotes(
        memory=row.memory, complete=row.complete, site=site, not_before=row.not_before, rests_for=row.rests_for
    )


def remember(connection: sa.Connection, url: str, *, memory: Mapping[str, str], complete: bool) -> None:
    row = {"url": url, "memory": dict(memory), "complete": complete}
    upsert(connection, sources, [row], key=("url",))


def rest_until(connection: sa.Connection, url: str, instant: datetime, *, status: int) -> None:
    """Writes down that the source is not asked before *instant*, for it refused with *status*."""
    known = notes(connection, url)
    remember(connection, url, memory=known.memory, complete=known.complete)
    connection.execute(sources.update().where(sources.c.url == url).values(not_before=instant, rests_for=status))


def end_rest(connection: sa.Connection, url: str) -> None:
    """Writes down that the source answers again."""
    connection.execute(sources.update().where(sources.c.url == url).values(not_before=None, rests_for=None))


def is_described(known: SourceNotes, site: BlogInfo, *, grade: Grade) -> bool:
    """Whether what a source of this *grade* says of the blog would change nothing."""
    return known.site is not None and (grade < Grade.API or known.site == site)


def describe(connection: sa.Connection, url: str, site: BlogInfo, *, grade: Grade = Grade.API) -> None:
    """Writes down what the blog says of itself; what a weaker source says of it counts only while nothing is known."""
    known = notes(connection, url)
    if is_described(known, site, grade=grade):
        return
    remember(connection, url, memory=known.memory, complete=known.complete)
    connection.execute(
        sources.update()
        .where(sources.c.url == url)
        .values(title=site.title, description=site.description, home=site.url, time_zone=site.time_zone)
    )
