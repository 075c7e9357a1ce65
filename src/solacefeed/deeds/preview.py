"""preview: an edition as it would be, for eyes only; it writes nothing to the store, and takes any instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.press import Press
from solacefeed.deeds.subscribing import category_ids
from solacefeed.digest.periods import edition_id, last_closing, latest_period, open_period
from solacefeed.digest.rendering import RECIPIENT, UNSUBSCRIBE
from solacefeed.digest.selection import selection
from solacefeed.models import Period, Post
from solacefeed.store import editions, posts
from solacefeed.store.database import Store
from solacefeed.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    edition_id: str
    period: Period
    posts: int
    events: int
    subject: str
    text: str
    html: str

    def line(self) -> str:
        words = f"{self.edition_id}: {counted(self.posts, 'post')}, {counted(self.events, 'event')}"
        return words if self.posts else f"{words}; without a post it would be skipped"


def preview(store: Store, press: Press, now: datetime, *, slugs: Sequence[str] | None, upcoming: bool) -> Preview:
    """The newest edition whose closing may still be answered at *now*; else, or if *upcoming*, the one being collected.

    *slugs* are a reader's categories, ``None`` for everything. Raises ``UsageError`` for one that the blog has not.
    """
    digest, zone = press.digest, press.imprint.zone
    with store.read() as connection:
        wanted = category_ids(connection, slugs, "--categories")
        closed = now - last_closing(now, digest.closings, zone) <= digest.max_late and not upcoming
        period = (latest_period if closed else open_period)(now, digest.closings, zone)
        name = edition_id(digest.name, period, zone)
        material = press.gather(connection, _posts(connection, name, period), now)
    variant = press.render(press.unrendered(name, period, selection(wanted), material))
    return Preview(
        edition_id=name,
        period=period,
        posts=len(variant.picks),
        events=len(variant.event_ids),
        subject=variant.subject,
        text=_for_nobody(variant.text),
        html=_for_nobody(variant.html),
    )


def _for_nobody(part: str) -> str:
    """*part* with stand-ins where a recipient's own address and link go."""
    return part.replace(RECIPIENT, "you@example.org").replace(UNSUBSCRIBE, "https://example.org/your-own-link")


def _posts(connection: sa.Connection, name: str, period: Period) -> list[Post]:
    """The posts of an edition that is frozen; of one that is not, those seen in its period."""
    if editions.find(connection, name) is not None:
        return posts.some(connection, editions.covered_posts(connection, name))
    return posts.seen_in(connection, period)
