"""``index.html``: the page on which a person finds and understands all feeds.

The law: same view, same bytes. No clock, no version, no order of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed as the directory lists it; plain text throughout."""

    title: str
    #: Relative to the page: ``category/housing.atom``.
    href: str
    #: Absolute: what a person copies into a feed reader.
    atom_url: str
    entries: int
    #: The newest entry's date, "20 November 2026"; ``None`` in an empty feed.
    newest: str | None
    #: 0, or one more than the feed of the parent category, which stands somewhere above.
    depth: int = 0
    #: Title and URL of the newest entries, at most three.
    latest: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event to come; plain text throughout."""

    name: str
    #: "16 to 18 October 2012"
    when: str
    place: str | None
    #: Where to book.
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryView:
    """What the page shows, in the order in which it shows it."""

    site_title: str
    site_url: str
    organisation: str
    #: BCP 47.
    language: str
    #: The feed of all posts first: it is the page's main offer, and what a browser discovers first.
    feeds: tuple[FeedView, ...]
    events: tuple[EventView, ...] = ()


def index_page(directory: DirectoryView, environment: Environment) -> bytes:
    """The page in UTF-8, whole in itself: it loads nothing."""
    return environment.get_template("site/index.html").render(directory=directory).encode()
