"""What a feed is, in one sentence that a person understands; pages and lists say it alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solacefeed.models.feeds import FeedKind
from solacefeed.publish.feeds import Feed, Naming
from solacefeed.words import counted, interface, listing

#: Names that a sentence has room for; beyond, it counts.
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """The feeds that stand around one."""

    #: That of the category above its own.
    parent: Feed | None = None
    #: Whose posts all stand in it too: its child categories, or what a combined feed is made of.
    parts: tuple[Feed, ...] = ()


def kinship(feeds: Sequence[Feed]) -> dict[str, Kin]:
    """What stands around each of all *feeds*, by its key; those around it are in the order of *feeds*."""
    by_key = {feed.key: feed for feed in feeds}
    below: dict[str, list[Feed]] = {}
    for feed in feeds:
        if feed.parent in by_key:
            below.setdefault(str(feed.parent), []).append(feed)
    categories = [feed for feed in feeds if feed.kind is FeedKind.CATEGORY]
    return {
        feed.key: Kin(
            parent=by_key.get(feed.parent or ""),
            parts=_gathered(feed, categories) if feed.kind is FeedKind.COMBINED else tuple(below.get(feed.key, ())),
        )
        for feed in feeds
    }


def describe(feed: Feed, naming: Naming, parts: Sequence[Feed]) -> str:
    """One sentence, in plain text."""
    site, names = naming.site.title, [part.name for part in parts]
    few = (
        listing(names, interface(naming.site.language))
        if len(names) <= NAMED
        else counted(len(names), "category", "categories")
    )
    match feed.kind:
        case FeedKind.CATEGORY:
            return f"Every post of {site} under {feed.name}" + (f", including {few}." if names else ".")
        case FeedKind.COMBINED:
            return f"Every post of {site} under {few if names else feed.name}, each once."
        case FeedKind.AUTHOR:
            return f"Every post of {site} by {feed.name}."
        case FeedKind.DIGEST:
            return f"Every edition of {feed.name}, the newsletter of {site}."
        case FeedKind.EVENTS:
            return f"What is coming up at {naming.site.organisation}: dates, places and how to book."
        case _:
            return f"Every post of {site}."


def _gathered(feed: Feed, categories: Sequence[Feed]) -> tuple[Feed, ...]:
    """The categories that a combined feed is made of, without those that come with one above them."""
    ids = feed.category_ids or frozenset()
    within = [category for category in categories if (category.category_ids or frozenset()) <= ids]
    keys = {category.key for category in within}
    return tuple(category for category in within if category.parent not in keys)
