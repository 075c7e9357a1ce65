"""What an edition's templates are filled with: plain text throughout, in the order in which it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from solacefeed.stable import shared
from solacefeed.views.events import EventView
from solacefeed.views.posts import PostView


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


@shared
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
    """What a reader should know of a post that was mailed to them."""

    #: What it is called now; ``None`` where it was withdrawn.
    title: str | None
    url: str | None
    #: As it was mailed, where that is another.
    old_title: str | None
    #: What an editor says of it.
    words: str | None = None


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
    #: The editor's own subject, or a notice's; ``None`` where it is made of what the edition has.
    subject: str | None
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
    #: Of posts that were mailed before.
    corrections: tuple[CorrectionView, ...]
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
