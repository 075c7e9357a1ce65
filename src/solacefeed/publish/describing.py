"""What a feed is, in one sentence that a person understands; pages and lists say it alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solacefeed.catalogue import gettext, ngettext
from solacefeed.models.feeds import FeedKind
from solacefeed.publish.feeds import Feed, Naming
from solacefeed.words import interface, listing

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
    language, site, name = interface(naming.site.language), naming.site.title, feed.name
    few = _few([part.name for part in parts], language)
    match feed.kind:
        case FeedKind.CATEGORY if parts:
            return gettext(
                "Every post of %(site)s under %(category)s, including %(others)s.",
                language,
                site=site,
                category=name,
                others=few,
            )
        case FeedKind.CATEGORY:
            return gettext("Every post of %(site)s under %(category)s.", language, site=site, category=name)
        case FeedKind.COMBINED:
            return gettext(
                "Every post of %(site)s under %(categories)s, each once.",
                language,
                site=site,
                categories=few if parts else name,
            )
        case FeedKind.AUTHOR:
            return gettext("Every post of %(site)s by %(author)s.", language, site=site, author=name)
        case FeedKind.DIGEST:
            return gettext("Every edition of %(digest)s, the newsletter of %(site)s.", language, digest=name, site=site)
        case FeedKind.EVENTS:
            return gettext(
                "What is coming up at %(organisation)s: dates, places and how to book.",
                language,
                organisation=naming.site.organisation,
            )
        case FeedKind.OWN:
            return gettext("The posts of %(site)s that you chose.", language, site=site)
        case _:
            return gettext("Every post of %(site)s.", language, site=site)


def _few(names: Sequence[str], language: str) -> str:
    """Who they are, or how many."""
    if len(names) <= NAMED:
        return listing(names, language)
    return ngettext("%(number)s category", "%(number)s categories", len(names), language)


def _gathered(feed: Feed, categories: Sequence[Feed]) -> tuple[Feed, ...]:
    """The categories that a combined feed is made of, without those that come with one above them."""
    ids = feed.category_ids or frozenset()
    within = [category for category in categories if (category.category_ids or frozenset()) <= ids]
    keys = {category.key for category in within}
    return tuple(category for category in within if category.parent not in keys)
