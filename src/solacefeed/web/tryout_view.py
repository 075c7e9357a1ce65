"""What the page of a tryout shows: what was understood of a blog and from where, what was left out, what comes next.

The law: everything that it leads to stands beside it, so that the page works from a disk too; all that it loads from
elsewhere are the pictures of the blog's own posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solacefeed.models.posts import Image
from solacefeed.publish.page import Link

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    """Something that is known of the blog, by its name."""

    name: str
    value: str
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutCategory:
    name: str
    #: "12 posts"
    posts: str
    #: The page that its readers see; ``None`` where it has no feed.
    page: str | None
    #: The documents themselves.
    formats: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutPost:
    title: str
    url: str
    #: BCP 47, where it is another than that of the words around it.
    language: str | None
    published: str
    #: By its text; else ``user`` is the name of the blog's user, where that is known.
    author: str | None
    role: str | None
    user: str | None
    categories: str
    reading_time: str | None
    excerpt: str
    origin: str | None
    picture: Image | None
    #: The advertising paragraphs that were taken out of it.
    blurbs: tuple[str, ...] = ()
    #: The events that it tells of: their names, with their places on the page.
    events: tuple[Link, ...] = ()
    #: Of what was taken out no event is understood.
    tells_of_nothing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutSource:
    """Where an event is told of."""

    name: str
    url: str | None
    sentence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutEvent:
    #: Of its place on the page.
    anchor: str
    name: str
    when: str | None
    place: str | None
    url: str | None
    is_certain: bool
    #: Why it is not.
    doubt: str | None
    sources: tuple[TryoutSource, ...]
    #: "and 3 more posts"
    more: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutEdition:
    #: "for a reader of everything"
    reader: str
    #: "Monday 23 November 2026", when it closes or closed.
    closes: str
    is_coming: bool
    subject: str
    #: "5 posts, 1 event"
    contents: str
    #: "19 kB"
    size: str
    #: It is more than Gmail shows.
    is_large: bool
    is_nothing: bool
    page: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutView:
    """One kind of what was left out."""

    what: str
    why: str
    each: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TryoutPage:
    """What the page shows, in the order in which it shows it; plain text throughout."""

    #: BCP 47, of our own words, and of the blog's where that is another.
    language: str
    site_language: str | None
    site_title: str
    site_url: str
    #: The origins that pictures come from.
    pictures: tuple[str, ...]
    facts: tuple[FactView, ...]
    #: Ways to read it that did not work, and why.
    tried: tuple[str, ...]
    feeds: Link
    events_page: str | None
    categories: tuple[TryoutCategory, ...]
    posts: tuple[TryoutPost, ...]
    more_posts: tuple[TryoutPost, ...]
    editions: tuple[TryoutEdition, ...]
    events: tuple[TryoutEvent, ...]
    left_out: tuple[LeftOutView, ...]
    #: What begins a site in earnest.
    command: str
    config: str


def tryout_html(page: TryoutPage, environment: Environment) -> str:
    """The page as html."""
    template = environment.get_template("web/tryout.html", globals={"language": page.language})
    return template.render(page=page)
