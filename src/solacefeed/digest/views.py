"""What an edition shows to those to whom it says the same: from picks and posts to words.

The law: nothing here depends on what a reader chose but the posts that they get and why. The words of the choice are
each copy's own (``digest.choice_words``), so that all who get the same posts share one variant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, tzinfo

from solacefeed.digest.edition_view import CorrectionView, EditionView, PromotionView, StoryView, TopicView
from solacefeed.digest.links import tagged
from solacefeed.digest.long_words import shortened
from solacefeed.digest.pictures import picture
from solacefeed.models.editions import Correction, Editing, Period, Pick
from solacefeed.models.events import Promotion
from solacefeed.models.posts import CategoryId, Post
from solacefeed.site import Site
from solacefeed.views.events import event_view
from solacefeed.views.posts import language_of, origin, origin_language, reading_time
from solacefeed.words import (
    coming_words,
    day_words,
    direction,
    interface,
    near_day_words,
    short_day_words,
    span_words,
    theirs,
)

#: Posts that stand with their excerpts beside the lead, in an edition of no more posts than that; then one fewer.
FEATURES = 4
#: Labels of a post.
LABELS = 2
#: Characters of a title; what is longer was never meant for one.
LONGEST_TITLE = 300
#: What an edition of many posts is about, at most so many labels of it.
TOPICS = 3

#: A closing in the morning does not cover its own day.
_HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Who publishes a digest, and for whom: the same in every edition."""

    digest_title: str
    site: Site
    postal_address: str | None
    #: Where those can subscribe to whom a mail was forwarded: https or mailto.
    subscribe_url: str | None = None
    #: The hosts of which pictures may stand in mails; none where none may.
    picture_hosts: frozenset[str] = frozenset()
    #: Whether the event that an edition promotes first stands before the lead.
    events_first: bool = True

    @property
    def feeds_url(self) -> str:
        return self.site.published_at("")


def edition_view(
    imprint: Imprint,
    period: Period,
    picks: Sequence[Pick],
    posts: Mapping[str, Post],
    promotions: tuple[Promotion, ...],
    *,
    labels: Mapping[CategoryId, str],
    languages: Mapping[CategoryId, str] | None = None,
    utm: Mapping[str, str] | None = None,
    edition_url: str | None = None,
    editing: Editing | None = None,
    corrections: tuple[Correction, ...] = (),
    offers: Sequence[str] = (),
    left_without: bool = False,
    language: str | None = None,
) -> EditionView:
    """*picks* stand in their order, the lead first; those of a pause by title alone, behind the others.

    *labels* has the name of each category that readers see, by its id, in the order in which they see them.
    *languages* tells in which language posts of a category are. *utm* is what booking links say of where they were
    clicked. *offers* are labels of new categories. *language* is that of our words (BCP 47), the site's where ``None``.
    """
    said = Words(
        imprint=imprint,
        language=interface(language, imprint.site.language),
        said_on=_local(period.ends, imprint.site.zone).date(),
        labels=labels,
        languages=languages or {},
        utm=utm or {},
    )
    fresh = [said.story(pick, posts[pick.post_id]) for pick in picks if not pick.away]
    featured = 1 + (FEATURES if len(fresh) <= 1 + FEATURES else FEATURES - 1)
    first, last = covered_days(period, imprint.site.zone)
    told = editing or Editing()
    return EditionView(
        digest_title=imprint.digest_title,
        site_title=imprint.site.title,
        site_url=imprint.site.url,
        organisation=imprint.site.organisation,
        postal_address=imprint.postal_address,
        language=said.language,
        site_language=said.theirs(None),
        direction=direction(said.language),
        day=day_words(said.said_on, said.language),
        span=span_words(first, last, said.language),
        subject=_one_line(told.subject or "") or None,
        opening=_paragraphs(told.opening or ""),
        notices=tuple(filter(None, map(_one_line, told.notices))),
        lead=fresh[0] if fresh else None,
        features=tuple(fresh[1:featured]),
        titles=tuple(fresh[featured:]),
        more=0,
        topics=_topics(fresh) if len(fresh) > 1 + FEATURES else (),
        away=tuple(said.story(pick, posts[pick.post_id]) for pick in picks if pick.away),
        away_more=0,
        promotions=tuple(map(said.promotion, promotions)),
        events_first=imprint.events_first,
        corrections=tuple(map(_correction, corrections)),
        offers=tuple(offers),
        left_without=left_without,
        edition_url=edition_url,
        feeds_url=imprint.feeds_url,
        subscribe_url=imprint.subscribe_url,
    )


def covered_days(period: Period, zone: tzinfo) -> tuple[date, date]:
    """The first and the last local day that an edition speaks of."""
    first = _local(period.starts, zone).date()
    return first, max(first, (_local(period.ends, zone) - _HALF_A_DAY).date())


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """In which words an edition says what it shows."""

    imprint: Imprint
    #: BCP 47, of our words.
    language: str
    #: The day of the closing: years are told where they are others than its.
    said_on: date
    labels: Mapping[CategoryId, str]
    languages: Mapping[CategoryId, str]
    utm: Mapping[str, str]

    def theirs(self, language: str | None) -> str | None:
        """*language*, else the site's; ``None`` where our words around it are in it too."""
        return theirs(language, self.imprint.site.language, self.language)

    def story(self, pick: Pick, post: Post) -> StoryView:
        published = _local(post.published, self.imprint.site.zone).date()
        return StoryView(
            title=shortened(post.title, LONGEST_TITLE),
            url=post.url,
            author=post.author,
            role=post.byline.role if post.byline else None,
            published=near_day_words(published, self.said_on, self.language),
            excerpt=post.excerpt,
            categories=_labels(pick, post, self.labels),
            reading_time=reading_time(post.minutes, self.language),
            origin=origin(post.first_published),
            origin_language=origin_language(self.language),
            language=self.theirs(language_of(post, self.languages)),
            picture=picture(post, self.imprint.picture_hosts),
            comments_url=post.comments_url,
        )

    def promotion(self, promotion: Promotion) -> PromotionView:
        event, zone = replace(promotion.event, booking_over=not promotion.bookable), self.imprint.site.zone
        line = f"{promotion.news}, {_lowered(promotion.nearness)}" if promotion.news else promotion.nearness
        calendar = f"{self.imprint.feeds_url}{event.calendar_path}"
        shown = event_view(event, zone, self.imprint.site.language, calendar_url=calendar, language=self.language)
        told = {each.name: getattr(shown, each.name) for each in fields(shown)}
        return PromotionView(
            **told
            | {
                "when": coming_words(event.starts, event.ends, zone, self.said_on, self.language),
                "url": tagged(shown.url, self.utm) if shown.url else None,
                "book_by": None if shown.book_by and shown.book_by in line else shown.book_by,
            },
            line=line,
            every=promotion.every,
            until=short_day_words(promotion.until, self.said_on, self.language) if promotion.until else None,
        )


def _labels(pick: Pick, post: Post, labels: Mapping[CategoryId, str]) -> tuple[str, ...]:
    """At most two: those that the reader chose first, then the post's others, each in the order that readers see."""
    own = [labels[category] for category in labels if category in pick.because]
    others = [labels[category] for category in labels if category in post.category_ids]
    return tuple(dict.fromkeys([*own, *others]))[:LABELS]


def _topics(stories: Sequence[StoryView]) -> tuple[TopicView, ...]:
    """The labels under which most of them stand, each post under its first one."""
    counts = Counter(story.categories[0] for story in stories if story.categories)
    return tuple(TopicView(label=label, posts=posts) for label, posts in counts.most_common(TOPICS))


def _correction(correction: Correction) -> CorrectionView:
    old, new = correction.old_title, correction.new_title
    return CorrectionView(
        title=None if new is None else shortened(new, LONGEST_TITLE),
        url=correction.url,
        old_title=shortened(old, LONGEST_TITLE) if old and old != new else None,
        words=correction.words,
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_one_line, text.splitlines())))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lowered(line: str) -> str:
    return line[:1].lower() + line[1:]


def _local(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone)
