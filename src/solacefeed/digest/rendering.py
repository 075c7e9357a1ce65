"""One variant of an edition as its subject, its text and its html.

The law: what a view says stands in the message literally. It is never a template, never markup, and never one
of the tokens that are replaced when a message is composed for its recipient. Only the templates write those.
This is css-inline's home.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from css_inline import CSSInliner

from solacefeed.views.events import EventView
from solacefeed.views.posts import PostView

if TYPE_CHECKING:
    from jinja2 import Environment

#: Stands in text and html where the recipient's own link to end the subscription goes: https or mailto.
UNSUBSCRIBE = "@@UNSUBSCRIBE@@"
#: Stands in text and html where the recipient's address goes.
RECIPIENT = "@@RECIPIENT@@"
#: Stands in text and html where the words of the recipient's choice go: "Housing and Education".
CHOICE = "@@CHOICE@@"
#: Stands in text and html where the link goes by which the recipient changes what they get: https or mailto.
PREFERENCES = "@@PREFERENCES@@"
#: The same for where they can pause.
PAUSE = f"{PREFERENCES}#pause"

#: What only the recipient's own copy says, by its name in the templates.
_OWN = {
    "unsubscribe": UNSUBSCRIBE,
    "recipient": RECIPIENT,
    "choice": CHOICE,
    "preferences": PREFERENCES,
    "pause": PAUSE,
}

# Without the first css-inline fetches stylesheets that a page names; without the second @media for dark mode is lost.
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)

_DOUBLE_AT = re.compile("@(?=@)")
_URL = re.compile(r"https?://\S*", re.IGNORECASE)
_WORD_JOINER = "\u2060"


V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture in a mail: its place is kept before it comes, or where it never does."""

    #: Of the site's own.
    url: str
    #: What it shows, in words; the post's title where the blog says nothing.
    alt: str
    #: In pixels, as wide as a mail is.
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView(PostView):
    """A post as an edition shows it, under two labels at most, the reader's own first."""

    picture: Picture | None = None
    #: Where it can be commented on.
    comments_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionView(EventView):
    """An event as an edition promotes it; ``book_by`` is ``None`` also where the line says it."""

    #: A line that fits the time left: "Next week", "New date, in three weeks".
    line: str
    #: How it goes on where it recurs: every so many weeks, or once again where it is 0; ``None`` where it does not.
    every: int | None = None
    #: "15 December", the last one's.
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """What became of a post that was mailed before: another title, or nothing."""

    #: What it is called now.
    title: str
    url: str
    #: As it was mailed.
    old_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicView:
    """How much there is of what."""

    label: str
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """What one edition says to all recipients to whom it says the same; plain text throughout."""

    digest_title: str
    site_title: str
    site_url: str
    organisation: str
    postal_address: str | None
    #: BCP 47, of our words.
    language: str
    #: The same of what the site calls its own, where that is another.
    site_language: str | None
    #: In which our words run: "ltr" or "rtl".
    direction: str
    #: "23 November 2026": the day of its closing.
    day: str
    #: "16 to 22 November 2026": the days that it covers.
    span: str
    #: The editor's own words under the head, a paragraph each.
    opening: tuple[str, ...]
    #: The same, tied to no post.
    notices: tuple[str, ...]
    #: The post that leads, with all that is known of it.
    lead: StoryView | None
    #: The next ones, with their excerpts.
    features: tuple[StoryView, ...]
    #: The others, by title, author and minutes.
    titles: tuple[StoryView, ...]
    #: How many more there are on the web.
    more: int
    #: What all of them are about, where they are many.
    topics: tuple[TopicView, ...]
    #: What came while the reader was away, by title; and how many more on the web.
    away: tuple[StoryView, ...]
    away_more: int
    #: The one that most deserves the reader's eye first.
    promotions: tuple[PromotionView, ...]
    #: Whether that stands before the lead.
    events_first: bool
    #: Of posts that were mailed before and are called otherwise now; and how many were withdrawn.
    corrections: tuple[CorrectionView, ...]
    withdrawn: int
    #: Labels of categories that are new.
    offers: tuple[str, ...]
    #: Whether all categories that the reader chose are no more.
    left_without: bool
    #: Where this edition can be read on the web.
    edition_url: str | None
    feeds_url: str
    #: Where those to whom it was forwarded can have it themselves: https or mailto.
    subscribe_url: str | None

    @property
    def count(self) -> int:
        """How many new posts it has, those on the web alone among them."""
        return (self.lead is not None) + len(self.features) + len(self.titles) + self.more

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it at all, as in a preview of a week without posts."""
        said = (self.lead, self.away, self.promotions, self.opening, self.notices, self.left_without)
        return not any(said)

    @property
    def more_url(self) -> str:
        """Where the rest of it is."""
        return self.edition_url or self.feeds_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A variant's words; text and html with what is each recipient's own still to be put in."""

    #: One line.
    subject: str
    text: str
    html: str


def render(view: EditionView, environment: Environment) -> Rendered:
    """Fills the three templates of a digest; the html is styled inline, since some clients read no stylesheet."""
    values = {"edition": disarmed(view), **_OWN}
    subject, text, html = (
        environment.get_template(f"digest/{name}").render(values) for name in ("subject.txt", "body.txt", "body.html")
    )
    return Rendered(subject=" ".join(subject.split()), text=text.strip() + "\n", html=_INLINER.inline(html))


def disarmed(value: V) -> V:
    """*value* without any ``@@``, so that no content, alone or joined, can make up a token.

    A character reference would not do: it means nothing in text, and css-inline resolves it in html. A word joiner
    can't be seen and takes no room; in a URL, which it would change, the first sign is percent-encoded.
    """
    shown: object = value
    if isinstance(value, str):
        shown = _DOUBLE_AT.sub("%40" if _URL.fullmatch(value) else "@" + _WORD_JOINER, value)
    elif isinstance(value, tuple):
        shown = tuple(map(disarmed, value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: disarmed(getattr(value, each.name)) for each in dataclasses.fields(value)}
        shown = dataclasses.replace(value, **parts)
    return cast("V", shown)
