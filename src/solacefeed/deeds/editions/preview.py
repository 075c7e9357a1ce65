"""preview: an edition as it would be, for eyes only; it writes nothing to the store, and takes any instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.editions.due import EditionInView, had_enough, in_view, selection_of
from solacefeed.deeds.editions.renderer import Material, Renderer
from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.digest.rendering import CHOICE, PREFERENCES, RECIPIENT, UNSUBSCRIBE
from solacefeed.digest.selection import selection
from solacefeed.errors import UsageError
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Period
from solacefeed.models.people import Subscription, SubscriptionState
from solacefeed.store import deliveries, subscribers
from solacefeed.store.database import Store
from solacefeed.words import counted

#: Of a mail's html that Gmail shows; the rest stands behind a link, the one to unsubscribe with it.
SHOWN_BYTES = 102_000
CUT_SHORT = (
    f"Gmail shows {SHOWN_BYTES // 1000} kB of a mail, and the rest, with the link to unsubscribe, behind another link"
)

_STAND_INS = {
    RECIPIENT: "you@example.org",
    UNSUBSCRIBE: "https://example.org/your-own-link",
    PREFERENCES: "https://example.org/your-own-page",
    CHOICE: "what you chose",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    edition_id: str
    period: Period
    posts: int
    events: int
    subject: str
    text: str
    html: str
    #: Of the html, in bytes: what mail programs count.
    size: int

    def line(self) -> str:
        words = f"{self.edition_id}: {counted(self.posts, 'post')}, {counted(self.events, 'event')}"
        if not self.posts:
            return f"{words}; without a post it would be skipped"
        words = f"{words}, {-(-self.size // 1000)} kB"
        return words if self.size <= SHOWN_BYTES else f"{words}; {CUT_SHORT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """With whose eyes an edition is looked at: a reader's of these categories, or those of one subscriber."""

    #: Slugs; ``None`` for everything.
    slugs: Sequence[str] | None = None
    #: A subscriber's address; their own choice stands, and what they were told of before.
    email: str | None = None


def preview(store: Store, renderer: Renderer, now: datetime, viewer: Viewer, *, upcoming: bool) -> Preview:
    """The edition that ``prepare`` would freeze at *now*; else the last one, while it may go; else the one to come.

    Raises ``UsageError`` for a category that the blog has not, and for an address that does not get the digest.
    """
    with store.read() as connection:
        shown = in_view(connection, renderer.digest, renderer.imprint.site.zone, now, upcoming=upcoming)
        material = renderer.gather(connection, shown.posts, now)
        name = _selection(connection, renderer, shown, viewer, material)
    variant = renderer.render(renderer.unrendered(shown.id, shown.period, name, material))
    html = for_nobody(variant.html)
    return Preview(
        edition_id=shown.id,
        period=shown.period,
        posts=len(variant.picks),
        events=len(variant.event_ids),
        subject=variant.subject,
        text=for_nobody(variant.text),
        html=html,
        size=len(html.encode()),
    )


def for_nobody(part: str) -> str:
    """*part* with stand-ins where a recipient's own address, choice and links go."""
    for placeholder, words in _STAND_INS.items():
        part = part.replace(placeholder, words)
    return part


def _selection(
    connection: sa.Connection, renderer: Renderer, shown: EditionInView, viewer: Viewer, material: Material
) -> str:
    if viewer.email is None:
        return selection(category_ids(connection, viewer.slugs, "--categories"))
    reader = _subscription(connection, viewer.email, renderer.digest)
    frozen = deliveries.selection_of(connection, shown.id, reader.subscriber.id)
    if frozen is not None:
        return frozen
    enough = had_enough(connection, renderer.digest, material.events, renderer.imprint.site.zone, material.now)
    return selection_of(reader, enough)


def _subscription(connection: sa.Connection, email: str, digest: Digest) -> Subscription:
    known = subscribers.find(connection, email)
    there = subscribers.subscription(connection, known.id, digest.key) if known else None
    if there is None or there.state is not SubscriptionState.CONFIRMED:
        raise UsageError(f"{email} does not get {digest.name}: `solacefeed subscribers list` shows who does")
    return there
